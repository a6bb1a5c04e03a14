//! Operators on `jsonb`, planned as the functions of this room.
//!
//! Plain text is not JSON: PostgreSQL refuses `name ->> 'x'` where `name` is text, and so does this.
//! Where DataFusion has lost track of a column's PostgreSQL type (through `coalesce`, `case`), the
//! operand is read as JSON by `jsonb_in` instead, and fails on the first value that is not.

use arrow::datatypes::DataType;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, Operator, binary_expr};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::engine::json::function::{canonical, is_jsonb, is_text, jsonb_metadata};
use crate::engine::json::{access, compare, contains, edit, exists, path, shape};
use crate::engine::operators::{conversion, type_of};
use crate::engine::pg_type;
use crate::engine::types::PgType;
use crate::engine::types::read::list_items;

#[derive(Debug)]
pub struct JsonOperators;

impl ExprPlanner for JsonOperators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let kinds = match is_json_operator(&op) {
            true => (type_of(&left, schema)?, type_of(&right, schema)?),
            false => (PgType::Unknown, PgType::Unknown),
        };
        let json = |expr: Expr, op: &BinaryOperator, schema: &DFSchema| operand(expr, op, schema, &kinds);
        let planned = match op {
            BinaryOperator::Arrow => access::get().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::LongArrow => access::get_text().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::HashArrow => access::path().call(vec![json(left, &op, schema)?, list(right)?]),
            BinaryOperator::HashLongArrow => {
                access::path_text().call(vec![json(left, &op, schema)?, list(right)?])
            }
            // Arrays and paths have these operators too.
            BinaryOperator::AtArrow | BinaryOperator::ArrowAt
                if kinds.0 != PgType::Jsonb && kinds.1 != PgType::Jsonb =>
            {
                return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
            }
            BinaryOperator::AtArrow => {
                contains::contains().call(vec![json(left, &op, schema)?, json(right, &op, schema)?])
            }
            BinaryOperator::ArrowAt => {
                contains::contains().call(vec![json(right, &op, schema)?, json(left, &op, schema)?])
            }
            BinaryOperator::Question => exists::one().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::QuestionPipe => exists::any().call(vec![json(left, &op, schema)?, list(right)?]),
            BinaryOperator::QuestionAnd => exists::all().call(vec![json(left, &op, schema)?, list(right)?]),
            BinaryOperator::Eq => return compare(op, Operator::Eq, left, right, schema),
            BinaryOperator::NotEq => return compare(op, Operator::NotEq, left, right, schema),
            BinaryOperator::AtQuestion => path::exists_operator().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::AtAt => path::match_operator().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::Lt => return compare(op, Operator::Lt, left, right, schema),
            BinaryOperator::LtEq => return compare(op, Operator::LtEq, left, right, schema),
            BinaryOperator::Gt => return compare(op, Operator::Gt, left, right, schema),
            BinaryOperator::GtEq => return compare(op, Operator::GtEq, left, right, schema),
            BinaryOperator::StringConcat if joins_jsonb(&left, &right, schema) => {
                edit::concat().call(vec![json(left, &op, schema)?, json(right, &op, schema)?])
            }
            BinaryOperator::Minus if known_jsonb(&left, schema) => edit::delete().call(vec![left, right]),
            BinaryOperator::HashMinus => {
                edit::delete_path().call(vec![json(left, &op, schema)?, list(right)?])
            }
            _ => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        Ok(PlannerResult::Planned(planned))
    }

    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        if !known_jsonb(&access.expr, schema) {
            return Ok(PlannerResult::Original(access));
        }
        if matches!(access.field_access, GetFieldAccess::ListRange { .. }) {
            return plan_err!("jsonb subscript does not support slices");
        }
        Ok(PlannerResult::Planned(subscript(access)))
    }
}

pub fn known_jsonb(expr: &Expr, schema: &DFSchema) -> bool {
    expr.to_field(schema).is_ok_and(|(_, field)| is_jsonb(&field))
}

/// The operand as canonical jsonb.
fn operand(expr: Expr, op: &BinaryOperator, schema: &DFSchema, kinds: &(PgType, PgType)) -> Result<Expr> {
    if let Some(literal) = literal_json(&expr)? {
        return Ok(literal);
    }
    let (_, field) = expr.to_field(schema)?;
    match pg_type::stated(&field) {
        Some("jsonb" | "json") => Ok(expr),
        None if is_text(field.data_type()) => Ok(shape::jsonb_in().call(vec![expr])),
        _ => plan_err!(
            "operator does not exist: {} {op} {}; it takes jsonb: cast text that holds JSON with ::jsonb",
            kinds.0,
            kinds.1
        ),
    }
}

fn is_json_operator(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Arrow
            | BinaryOperator::LongArrow
            | BinaryOperator::HashArrow
            | BinaryOperator::HashLongArrow
            | BinaryOperator::AtArrow
            | BinaryOperator::ArrowAt
            | BinaryOperator::Question
            | BinaryOperator::QuestionPipe
            | BinaryOperator::QuestionAnd
            | BinaryOperator::AtQuestion
            | BinaryOperator::AtAt
            | BinaryOperator::HashMinus
    )
}

/// The argument of a JSON function, as the operators take it.
pub fn argument(expr: Expr, function: &str, schema: &DFSchema) -> Result<Expr> {
    if let Some(literal) = literal_json(&expr)? {
        return Ok(literal);
    }
    let (_, field) = expr.to_field(schema)?;
    match pg_type::stated(&field) {
        Some("jsonb" | "json") => Ok(expr),
        None if is_text(field.data_type()) => Ok(shape::jsonb_in().call(vec![expr])),
        stated => {
            let kind = stated.map_or_else(|| pg_type::name_of(&field), str::to_owned);
            plan_err!(
                "function {function}({kind}) does not exist; it takes jsonb: cast text that holds JSON with ::jsonb"
            )
        }
    }
}

/// `x['a']['b'][0]`, as PostgreSQL has it since 14.
fn subscript(access: RawFieldAccessExpr) -> Expr {
    let RawFieldAccessExpr { field_access, expr } = access;
    match field_access {
        GetFieldAccess::NamedStructField { name } => {
            access::get().call(vec![expr, Expr::Literal(name, None)])
        }
        GetFieldAccess::ListIndex { key } => access::get().call(vec![expr, *key]),
        GetFieldAccess::ListRange { .. } => expr,
    }
}

/// A text literal read as JSON; `None` for what is no text literal.
pub fn literal_json(expr: &Expr) -> Result<Option<Expr>> {
    let Expr::Literal(value, metadata) = expr else { return Ok(None) };
    if metadata.is_some() {
        return Ok(None);
    }
    Ok(match value.try_as_str() {
        Some(Some(text)) => match conversion::open(text, PgType::Jsonb) {
            Some(parameter) => Some(parameter),
            None => Some(jsonb_literal(canonical(text)?)),
        },
        _ => None,
    })
}

fn jsonb_literal(text: String) -> Expr {
    let metadata: std::collections::BTreeMap<String, String> = jsonb_metadata().into_iter().collect();
    Expr::Literal(ScalarValue::Utf8(Some(text)), Some(FieldMetadata::from(metadata)))
}

/// `'{a,b}'` as an array of text; anything else is left to the type check of the function.
fn list(expr: Expr) -> Result<Expr> {
    let Expr::Literal(value, _) = &expr else { return Ok(expr) };
    let Some(Some(text)) = value.try_as_str() else { return Ok(expr) };
    let items: Vec<ScalarValue> = list_items(text)?.into_iter().map(ScalarValue::Utf8).collect();
    let array = ScalarValue::new_list_nullable(&items, &DataType::Utf8);
    Ok(Expr::Literal(ScalarValue::List(array), None))
}

/// `||` is that of jsonb where both sides are, a text literal counting as either.
fn joins_jsonb(left: &Expr, right: &Expr, schema: &DFSchema) -> bool {
    let literal = |e: &Expr| matches!(literal_json(e), Ok(Some(_)));
    match (known_jsonb(left, schema), known_jsonb(right, schema)) {
        (true, true) => true,
        (true, false) => literal(right),
        (false, true) => literal(left),
        (false, false) => false,
    }
}

/// `jsonb = 'literal'`: the literal is JSON, not text.
fn compare(
    op: BinaryOperator,
    operator: Operator,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
) -> Result<PlannerResult<RawBinaryExpr>> {
    if !known_jsonb(&left, schema) && !known_jsonb(&right, schema) {
        return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
    }
    let kinds = (type_of(&left, schema)?, type_of(&right, schema)?);
    if [&kinds.0, &kinds.1].iter().any(|kind| !matches!(kind, PgType::Jsonb | PgType::Unknown)) {
        return plan_err!("operator does not exist: {} {op} {}", kinds.0, kinds.1);
    }
    let form = match operator {
        Operator::Eq | Operator::NotEq => compare::key,
        _ => compare::order,
    };
    let side = |expr: Expr| -> Result<Expr> {
        if let Some(literal) = literal_json(&expr)? {
            return Ok(form().call(vec![literal]));
        }
        let (_, field) = expr.to_field(schema)?;
        match pg_type::stated(&field) {
            Some("jsonb") => Ok(form().call(vec![expr])),
            // Its type got lost on the way (through a window, say): it is read again.
            None if is_text(field.data_type()) => Ok(form().call(vec![shape::jsonb_in().call(vec![expr])])),
            stated => {
                let kind = stated.map_or_else(|| pg_type::name_of(&field), str::to_owned);
                plan_err!(
                    "operator does not exist: jsonb {op} {kind}; it takes jsonb: take the value out with ->>, or cast it"
                )
            }
        }
    };
    let (left, right) = (side(left)?, side(right)?);
    Ok(PlannerResult::Planned(binary_expr(left, operator, right)))
}
