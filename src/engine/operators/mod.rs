//! PostgreSQL's operators, chosen by the types of their operands.
//!
//! | file | holds |
//! |---|---|
//! | this file | the planner of operators and array literals |
//! | `comparison` | `= <> < > <= >=`: brought to one type, then DataFusion's own, so that joins and pushdown see them |
//! | `arithmetic` | `+ - * / % ^ \|\|` and the rest: functions with PostgreSQL's overloads |
//! | `quantified` | `= any (array)` and the like |
//! | `conversion` | casts and keys as expressions |
//! | `settle` | what is typed when the whole plan is known: casts, CASE, IN, UNION |
//!
//! Operators of `jsonb` are planned before these, in `json`.

mod arithmetic;
mod comparison;
pub mod conversion;
mod quantified;
mod settle;

use std::sync::Arc;

use datafusion::common::{DFSchema, Result, not_impl_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, ScalarUDF};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::engine::functions::overloaded::given_type;
use crate::engine::functions::resolve::common;
use crate::engine::types::PgType;
use crate::engine::types::calendar::Read;

pub use settle::settle;

/// Functions that operators are planned as, under names no statement can write.
pub fn functions(context: Read) -> Vec<Arc<ScalarUDF>> {
    [arithmetic::all(context), quantified::all(context)].concat()
}

#[derive(Debug)]
pub struct Operators {
    context: Read,
    arithmetic: Vec<Arc<ScalarUDF>>,
}

impl Operators {
    pub fn new(context: Read) -> Self {
        Self { context, arithmetic: arithmetic::all(context) }
    }

    fn planned(&self, name: &str, operands: Vec<Expr>) -> Option<Expr> {
        let function = self.arithmetic.iter().find(|f| f.name() == name)?;
        Some(function.call(operands))
    }
}

/// The PostgreSQL type of an expression; a quoted literal has none of its own.
pub fn type_of(expr: &Expr, schema: &DFSchema) -> Result<PgType> {
    let (_, field) = expr.to_field(schema)?;
    Ok(given_type(&field, matches!(expr, Expr::Literal(..))))
}

impl ExprPlanner for Operators {
    /// Taken for `count(*)`, it would count what is not there.
    #[expect(deprecated, reason = "the SQL planner still hands over a wildcard so")]
    fn plan_aggregate(&self, expr: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if matches!(expr.args.as_slice(), [Expr::Wildcard { qualifier: Some(_), .. }]) {
            return not_impl_err!("{}(table.*) here: count a column that is never NULL", expr.func.name());
        }
        Ok(PlannerResult::Original(expr))
    }

    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let comparison = match op {
            BinaryOperator::And | BinaryOperator::Or => {
                return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
            }
            BinaryOperator::Eq => Some(Operator::Eq),
            BinaryOperator::NotEq => Some(Operator::NotEq),
            BinaryOperator::Lt => Some(Operator::Lt),
            BinaryOperator::LtEq => Some(Operator::LtEq),
            BinaryOperator::Gt => Some(Operator::Gt),
            BinaryOperator::GtEq => Some(Operator::GtEq),
            _ => None,
        };
        if let Some(operator) = comparison {
            return Ok(PlannerResult::Planned(comparison::compared(
                operator,
                left,
                right,
                schema,
                self.context,
            )?));
        }
        let (left_type, right_type) = (type_of(&left, schema)?, type_of(&right, schema)?);
        let name = arithmetic::name_of(&op);
        let (left, right) = arithmetic::assume_same(name, left, left_type, right, right_type, self.context)?;
        Ok(match self.planned(name, vec![left.clone(), right.clone()]) {
            Some(planned) => {
                // Whether there is such an operator is known now; later nobody would know its place.
                planned.to_field(schema)?;
                PlannerResult::Planned(planned)
            }
            None => PlannerResult::Original(RawBinaryExpr { op, left, right }),
        })
    }

    fn plan_array_literal(&self, exprs: Vec<Expr>, schema: &DFSchema) -> Result<PlannerResult<Vec<Expr>>> {
        let kinds = exprs.iter().map(|e| type_of(e, schema)).collect::<Result<Vec<_>>>()?;
        let Some(kind) = common(&kinds) else {
            let first = kinds.first().map(PgType::name).unwrap_or_default();
            let differs =
                |k: &&PgType| kinds.first().is_some_and(|f| common(&[f.clone(), (*k).clone()]).is_none());
            let other = kinds.iter().find(differs);
            let other = other.map(PgType::name).unwrap_or_default();
            return datafusion::common::plan_err!("ARRAY types {first} and {other} cannot be matched");
        };
        let items = exprs
            .into_iter()
            .zip(kinds)
            .map(|(expr, from)| conversion::converted(expr, &from, &kind, self.context))
            .collect::<Result<Vec<_>>>()?;
        Ok(PlannerResult::Planned(conversion::array_of(items, &kind)))
    }
}
