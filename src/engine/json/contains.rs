//! `@>` and `<@`: does one value hold the other, in PostgreSQL's sense.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    JsonFunction, Texts, argument, invalid_json, plain_field, rows, text_argument, udf,
};
use crate::model::Json;

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Contains;

/// `jsonb_contains(a, b)` is `a @> b`.
/// `@>`, as a function.
pub const CONTAINS: &str = "jsonb_contains";

pub fn contains() -> Arc<ScalarUDF> {
    udf(Contains)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![contains()]
}

impl JsonFunction for Contains {
    fn name(&self) -> &str {
        CONTAINS
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        if given.len() != 2 {
            return plan_err!("jsonb_contains takes two arguments");
        }
        given.iter().map(|t| text_argument(self.name(), t)).collect()
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(plain_field(self.name(), DataType::Boolean))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let outer = Texts::new(argument(args, 0)?)?;
        let inner = Texts::new(argument(args, 1)?)?;
        let parse = |text: &str| Json::parse(text).map_err(|e| invalid_json(text, &e));
        let constant = inner.constant().map(|text| text.map(parse).transpose()).transpose()?;
        let held = (0..rows(args))
            .map(|row| {
                let Some(outer) = outer.get(row) else { return Ok(None) };
                let outer = parse(outer)?;
                Ok(match &constant {
                    Some(inner) => inner.as_ref().map(|inner| holds(&outer, inner)),
                    None => inner.get(row).map(parse).transpose()?.map(|inner| holds(&outer, &inner)),
                })
            })
            .collect::<Result<BooleanArray>>()?;
        Ok(Arc::new(held))
    }
}

/// An array holds a scalar, but only at the top: `[1, 2] @> 1`, not `[[1]] @> [1]`.
fn holds(outer: &Json, inner: &Json) -> bool {
    match (outer, inner) {
        (Json::Array(items), scalar) if is_scalar(scalar) => items.iter().any(|item| equal(item, scalar)),
        _ => holds_nested(outer, inner),
    }
}

fn holds_nested(outer: &Json, inner: &Json) -> bool {
    match (outer, inner) {
        (Json::Object(_), Json::Object(wanted)) => {
            wanted.iter().all(|(key, value)| outer.get(key).is_some_and(|found| holds_nested(found, value)))
        }
        (Json::Array(items), Json::Array(wanted)) => {
            wanted.iter().all(|value| items.iter().any(|item| holds_nested(item, value)))
        }
        (a, b) => is_scalar(a) && equal(a, b),
    }
}

fn is_scalar(value: &Json) -> bool {
    !matches!(value, Json::Array(_) | Json::Object(_))
}

fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => same_number(a, b),
        _ => is_scalar(a) && is_scalar(b) && a == b,
    }
}

/// `1.0` and `1` are one number; both texts are canonical, without exponents.
pub fn same_number(a: &str, b: &str) -> bool {
    fn trimmed(text: &str) -> &str {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
    }
    trimmed(a) == trimmed(b)
}
