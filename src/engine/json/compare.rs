//! Equality and order of `jsonb`.
//!
//! A value is its text, but `1.0` and `1` are the same number: `jsonb_key` is the text with numbers in
//! their shortest form, equal exactly where the values are. `jsonb_order` is text that sorts, byte by byte, as
//! PostgreSQL sorts: object > array > boolean > number > string > null, shorter before longer, and the
//! empty array (at the top only) before everything.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{JsonFunction, Texts, argument, plain_field, rows, text_argument, udf};
use crate::engine::json::skim::{Elements, Kind, Members, unquoted};

/// Under this name `text.rs` shows nothing: the argument is what the statement says.
pub const KEY: &str = "jsonb_key";
pub const ORDER: &str = "jsonb_order";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum As {
    Key,
    Order,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Comparable {
    form: As,
}

/// Text that is equal where the values are.
pub fn key() -> Arc<ScalarUDF> {
    udf(Comparable { form: As::Key })
}

/// Text that sorts as the values do.
pub fn order() -> Arc<ScalarUDF> {
    udf(Comparable { form: As::Order })
}

impl JsonFunction for Comparable {
    fn name(&self) -> &str {
        match self.form {
            As::Key => KEY,
            As::Order => ORDER,
        }
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [kind] => Ok(vec![text_argument(self.name(), kind)?]),
            _ => plan_err!("{} takes one argument", self.name()),
        }
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(plain_field(self.name(), DataType::Utf8))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let given = argument(args, 0)?;
        if self.form == As::Key
            && let ColumnarValue::Array(array) = given
            && is_plain(array)
        {
            return Ok(Arc::clone(array));
        }
        let json = Texts::new(given)?;
        let count = rows(args);
        let array: ArrayRef = match self.form {
            As::Key => {
                let mut out = StringBuilder::new();
                (0..count).for_each(|row| out.append_option(json.get(row).map(shortest)));
                Arc::new(out.finish())
            }
            As::Order => {
                let mut out = StringBuilder::new();
                for row in 0..count {
                    let text = json.get(row).map(sortable);
                    out.append_option(text);
                }
                Arc::new(out.finish())
            }
        };
        Ok(array)
    }
}

/// One character per byte: UTF-8 keeps their order, and windows take text.
fn sortable(json: &str) -> String {
    order_bytes(json).into_iter().map(char::from).collect()
}

/// No point anywhere, so no number with digits after one.
fn is_plain(array: &ArrayRef) -> bool {
    array.as_any().downcast_ref::<StringArray>().is_some_and(|texts| !texts.value_data().contains(&b'.'))
}

/// The text with every number in its shortest form.
pub fn shortest(json: &str) -> Cow<'_, str> {
    if !json.contains('.') {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['"', '.']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if from.starts_with('"') {
            let length = string_length(from);
            out.push_str(&from[..length]);
            rest = &from[length..];
        } else {
            let digits = from[1..].find(|c: char| !c.is_ascii_digit()).map_or(from.len(), |n| n + 1);
            let fraction = from[..digits].trim_end_matches('0');
            out.push_str(if fraction == "." { "" } else { fraction });
            rest = &from[digits..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Bytes of the quoted string that `text` begins with.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Depth beyond which two values count as equal; no value that was read is as deep.
const MAX_DEPTH: usize = 1_000;

/// See [`order`].
pub fn order_bytes(json: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_order(json, true, &mut out);
    out
}

fn write_order(json: &str, top: bool, out: &mut Vec<u8>) {
    write_value(json, top, 0, out);
}

fn write_value(json: &str, top: bool, depth: usize, out: &mut Vec<u8>) {
    if depth > MAX_DEPTH {
        return;
    }
    match Kind::of(json) {
        None | Some(Kind::Null) => out.push(1),
        Some(Kind::String) => {
            out.push(2);
            write_text(&unquoted(json.trim()), out);
        }
        Some(Kind::Number) => {
            out.push(3);
            write_number(json.trim(), out);
        }
        Some(Kind::Bool) => out.extend([4, u8::from(json.trim_start().starts_with('t'))]),
        Some(Kind::Array) => {
            let items: Vec<&str> = Elements::of(json).map(Iterator::collect).unwrap_or_default();
            if items.is_empty() && top {
                out.push(0);
                return;
            }
            out.push(5);
            write_count(items.len(), out);
            items.iter().for_each(|item| write_value(item, false, depth + 1, out));
        }
        Some(Kind::Object) => {
            let members: Vec<(&str, &str)> = Members::of(json).map(Iterator::collect).unwrap_or_default();
            out.push(6);
            write_count(members.len(), out);
            for (key, value) in members {
                write_text(&unquoted(key), out);
                write_value(value, false, depth + 1, out);
            }
        }
    }
}

fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

/// Ends in a byte that sorts before any other; a zero byte inside is written so that it does not end it.
fn write_text(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(0xff);
        }
    }
    out.extend([0, 0]);
}

/// Sign, then where the point stands, then the digits; everything turned round below zero.
fn write_number(text: &str, out: &mut Vec<u8>) {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // `json` keeps exponents as they were written.
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(0)),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let point = whole.len() as i64 - (all.len() - significant.len()) as i64 + exponent;
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        out.push(1);
        return;
    }
    out.push(if negative { 0 } else { 2 });
    let start = out.len();
    // Flipping the sign bit makes two's complement sort as numbers do.
    out.extend((point ^ i64::MIN).to_be_bytes());
    out.extend(significant.bytes());
    out.push(0);
    if negative {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(json: &str) -> Vec<u8> {
        let mut out = Vec::new();
        write_order(json, true, &mut out);
        out
    }

    // The order is what psql 15 gave for `select v from (values ...) t(v) order by v::jsonb`.
    #[test]
    fn values_sort_as_in_postgresql() {
        let sorted = [
            "[]",
            "null",
            r#""""#,
            r#""a""#,
            r#""ab""#,
            r#""b""#,
            "-100",
            "-2",
            "-1.5",
            "-1",
            "-0.001",
            "0",
            "0.001",
            "1",
            "1.5",
            "2",
            "10",
            "12345678901234567890123",
            "false",
            "true",
            "[null]",
            "[[]]",
            "[{}]",
            "[1, 2]",
            r#"{}"#,
            r#"{"a": 1}"#,
            r#"{"a": 2}"#,
            r#"{"b": 1}"#,
            r#"{"a": 1, "b": 0}"#,
        ];
        for pair in sorted.windows(2) {
            assert!(bytes(pair[0]) < bytes(pair[1]), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn numbers_of_another_scale_are_equal() {
        for (a, b) in [("1.0", "1"), ("0.0", "0"), ("[1.50, {\"a\": 10.0}]", "[1.5, {\"a\": 10}]")] {
            assert_eq!(shortest(a), shortest(b));
            assert_eq!(bytes(a), bytes(b));
        }
        assert_ne!(shortest("\"1.0\""), shortest("\"1\""));
        assert_eq!(shortest(r#"{"a.0": "1.0\".0", "b": 2.0}"#), r#"{"a.0": "1.0\".0", "b": 2}"#);
        assert_ne!(bytes("1.01"), bytes("1.1"));
    }
}
