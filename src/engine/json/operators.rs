//! Operators on `jsonb`, planned as the functions of this room.
//!
//! Plain text is not JSON: PostgreSQL refuses `name ->> 'x'` where `name` is text, and so does this.
//! Where DataFusion has lost track of a column's PostgreSQL type (through `coalesce`, `case`), the
//! operand is read as JSON by `jsonb_in` instead, and fails on the first value that is not.

use arrow::datatypes::DataType;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::engine::json::function::{canonical, is_jsonb, is_text, jsonb_metadata};
use crate::engine::json::{access, contains, exists, shape};
use crate::engine::pg_type;

#[derive(Debug)]
pub struct JsonOperators;

impl ExprPlanner for JsonOperators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let planned = match op {
            BinaryOperator::Arrow => access::get().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::LongArrow => access::get_text().call(vec![json(left, &op, schema)?, right]),
            BinaryOperator::HashArrow => access::path().call(vec![json(left, &op, schema)?, list(right)?]),
            BinaryOperator::HashLongArrow => {
                access::path_text().call(vec![json(left, &op, schema)?, list(right)?])
            }
            // Arrays have these operators too.
            BinaryOperator::AtArrow | BinaryOperator::ArrowAt
                if is_array(&left, schema) || is_array(&right, schema) =>
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
            BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq
                if known_jsonb(&left, schema) || known_jsonb(&right, schema) =>
            {
                return plan_err!(
                    "jsonb values are not ordered here: take the value out as text with ->> and cast it, as in (x ->> 'n')::int {op} ..."
                );
            }
            BinaryOperator::StringConcat if known_jsonb(&left, schema) && known_jsonb(&right, schema) => {
                return plan_err!("jsonb || jsonb is not supported");
            }
            _ => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        Ok(PlannerResult::Planned(planned))
    }
}

fn known_jsonb(expr: &Expr, schema: &DFSchema) -> bool {
    expr.to_field(schema).is_ok_and(|(_, field)| is_jsonb(&field))
}

fn is_array(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|t| t.is_list())
}

/// The operand as canonical jsonb.
fn json(expr: Expr, op: &BinaryOperator, schema: &DFSchema) -> Result<Expr> {
    if let Some(literal) = literal_json(&expr)? {
        return Ok(literal);
    }
    let (_, field) = expr.to_field(schema)?;
    match pg_type::stated(&field) {
        Some("jsonb") => Ok(expr),
        Some(other) => no_operator(other, op),
        None if is_text(field.data_type()) => Ok(shape::jsonb_in().call(vec![expr])),
        None => no_operator(&pg_type::name_of(&field), op),
    }
}

fn no_operator<T>(kind: &str, op: &BinaryOperator) -> Result<T> {
    plan_err!(
        "operator does not exist: {kind} {op} ...; it takes jsonb: cast text that holds JSON with ::jsonb"
    )
}

/// A text literal read as JSON; `None` for what is no text literal.
fn literal_json(expr: &Expr) -> Result<Option<Expr>> {
    let Expr::Literal(value, metadata) = expr else { return Ok(None) };
    if metadata.is_some() {
        return Ok(None);
    }
    Ok(match value.try_as_str() {
        Some(Some(text)) => Some(jsonb_literal(canonical(text)?)),
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
    let items: Vec<ScalarValue> = array_items(text)?.into_iter().map(ScalarValue::Utf8).collect();
    let array = ScalarValue::new_list_nullable(&items, &DataType::Utf8);
    Ok(Expr::Literal(ScalarValue::List(array), None))
}

/// PostgreSQL's array literal of one dimension: `{a, "b c", NULL}`.
fn array_items(text: &str) -> Result<Vec<Option<String>>> {
    let Some(body) = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')) else {
        return plan_err!("malformed array literal: '{text}': it starts with '{{' and ends with '}}'");
    };
    let mut items = Vec::new();
    if body.trim().is_empty() {
        return Ok(items);
    }
    let mut chars = body.chars();
    let (mut item, mut quoted, mut inside) = (String::new(), false, false);
    let mut finish = |item: &mut String, quoted: &mut bool| {
        let text = std::mem::take(item);
        items.push(match std::mem::take(quoted) {
            true => Some(text),
            false if text.trim().eq_ignore_ascii_case("null") => None,
            false => Some(text.trim().to_owned()),
        });
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => {
                inside = !inside;
                quoted = true;
            }
            ',' if !inside => finish(&mut item, &mut quoted),
            '{' | '}' if !inside => return plan_err!("malformed array literal: '{text}'"),
            c if quoted && !inside && c.is_whitespace() => {}
            c => item.push(c),
        }
    }
    if inside {
        return plan_err!("malformed array literal: '{text}': a quote is not closed");
    }
    finish(&mut item, &mut quoted);
    Ok(items)
}

/// `jsonb = 'literal'`: the literal is JSON, not text.
fn compare(
    op: BinaryOperator,
    operator: Operator,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
) -> Result<PlannerResult<RawBinaryExpr>> {
    let (left_known, right_known) = (known_jsonb(&left, schema), known_jsonb(&right, schema));
    let side = |expr: Expr, other_known: bool| -> Result<Expr> {
        Ok(if other_known { literal_json(&expr)?.unwrap_or(expr) } else { expr })
    };
    if !left_known && !right_known {
        return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
    }
    let (left, right) = (side(left, right_known)?, side(right, left_known)?);
    Ok(PlannerResult::Planned(binary_expr(left, operator, right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_literals_read_as_postgresql_reads_them() {
        let items = |text| array_items(text).unwrap();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(items("{}"), []);
        assert_eq!(items("{a, b}"), [some("a"), some("b")]);
        assert_eq!(items(r#"{"a,b" ,NULL,"NULL",\"}"#), [some("a,b"), None, some("NULL"), some("\"")]);
        assert!(array_items("a,b").is_err());
        assert!(array_items("{{a}}").is_err());
        assert!(array_items("{\"a}").is_err());
    }
}
