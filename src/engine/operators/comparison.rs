//! `= <> < > <= >=`: both sides are brought to one type, or to keys of it, and compared by DataFusion.

use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::{Expr, Operator, binary_expr};

use super::conversion::{converted, key};
use super::type_of;
use crate::engine::functions::resolve::common;
use crate::engine::types::calendar::Read;
use crate::engine::types::{PgType, keys};

pub fn compared(
    operator: Operator,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
    context: Read,
) -> Result<Expr> {
    let (left_type, right_type) = (type_of(&left, schema)?, type_of(&right, schema)?);
    let kind = match (&left_type, &right_type) {
        (PgType::Unknown, PgType::Unknown) => PgType::Text,
        (PgType::Unknown, other) | (other, PgType::Unknown) => other.clone(),
        _ => match common(&[left_type.clone(), right_type.clone()]) {
            Some(kind) if comparable(&kind) => kind,
            _ => {
                let symbol = symbol(operator);
                return plan_err!("operator does not exist: {left_type} {symbol} {right_type}");
            }
        },
    };
    if !comparable(&kind) {
        return plan_err!("operator does not exist: {left_type} {} {right_type}", symbol(operator));
    }
    let one_text = left_type == right_type || left_type == PgType::Unknown || right_type == PgType::Unknown;
    let equality = matches!(operator, Operator::Eq | Operator::NotEq);
    let side = |expr, from: &PgType| -> Result<Expr> {
        let expr = converted(expr, from, &kind, context)?;
        // Addresses of one type are equal where their texts are, and texts can be asked of a service.
        let as_text = equality && one_text && matches!(kind, PgType::Inet | PgType::Cidr);
        Ok(if keys::needed(&kind) && !as_text { key(expr, kind.clone()) } else { expr })
    };
    Ok(binary_expr(side(left, &left_type)?, operator, side(right, &right_type)?))
}

/// PostgreSQL's way of writing it.
pub fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "=",
        Operator::NotEq => "<>",
        Operator::Lt => "<",
        Operator::LtEq => "<=",
        Operator::Gt => ">",
        Operator::GtEq => ">=",
        _ => "?",
    }
}

fn comparable(kind: &PgType) -> bool {
    match kind {
        PgType::Json => false,
        PgType::Array(item) => comparable(item),
        _ => true,
    }
}
