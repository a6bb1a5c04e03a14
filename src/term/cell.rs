//! One Arrow value as text for a person, and as a JSON value for a program.

use std::fmt::{Display, LowerExp, Write as _};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Timelike, Utc};

use crate::model::Json;

/// What NULL looks like in a table.
pub const NULL: &str = "<null>";

/// Formats the values of one column of one batch.
pub struct Cells<'a> {
    array: &'a ArrayRef,
    pg_type: &'a str,
    formatter: ArrayFormatter<'a>,
    /// The values inside: one column of an array's items, or one for each member of a record.
    inside: Vec<Cells<'a>>,
}

impl<'a> Cells<'a> {
    pub fn new(array: &'a ArrayRef, pg_type: &'a str) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(true);
        let inside = match array.data_type() {
            DataType::List(_) => {
                vec![Cells::new(
                    array.as_list::<i32>().values(),
                    pg_type.strip_suffix("[]").unwrap_or("text"),
                )?]
            }
            DataType::LargeList(_) => {
                vec![Cells::new(
                    array.as_list::<i64>().values(),
                    pg_type.strip_suffix("[]").unwrap_or("text"),
                )?]
            }
            DataType::Struct(_) => {
                let members = array.as_struct().columns().iter();
                members.map(|member| Cells::new(member, "")).collect::<Result<_, _>>()?
            }
            _ => Vec::new(),
        };
        let formatter = ArrayFormatter::try_new(array.as_ref(), &OPTIONS)?;
        Ok(Self { array, pg_type, formatter, inside })
    }

    /// A column of nothing but NULL has no bitmap that says so.
    pub fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row) || *self.array.data_type() == DataType::Null
    }

    /// Appends the value as psql shows it: nothing for NULL, which the caller tells from an empty text.
    pub fn write_text(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return;
        }
        match (self.array.data_type(), self.instant(row), self.items(row)) {
            (DataType::Utf8, ..) => out.push_str(self.array.as_string::<i32>().value(row)),
            (DataType::Float64, ..) => {
                write_float_text(self.array.as_primitive::<Float64Type>().value(row), 15, out)
            }
            (DataType::Float32, ..) => {
                write_float_text(self.array.as_primitive::<Float32Type>().value(row), 6, out);
            }
            (kind, Some(instant), _) => {
                let _ = write!(out, "{}", instant.format("%Y-%m-%d %H:%M:%S"));
                write_fraction(instant, out);
                out.push_str(if has_zone(kind) { "+00" } else { "" });
            }
            (_, _, Some((items, range))) => {
                out.push('{');
                for (i, item) in range.enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    items.write_item(item, out);
                }
                out.push('}');
            }
            _ => self.write_formatted(row, out),
        }
    }

    /// Appends `jsonb` as itself, numbers as numbers (decimals exactly), timestamps as RFC 3339, arrays
    /// and records nested.
    pub fn write_json(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return out.push_str("null");
        }
        if let Some(instant) = self.instant(row) {
            let _ = write!(out, "\"{}", instant.format("%Y-%m-%dT%H:%M:%S"));
            write_fraction(instant, out);
            return out.push_str(if has_zone(self.array.data_type()) { "Z\"" } else { "\"" });
        }
        if let Some((items, range)) = self.items(row) {
            out.push('[');
            for (i, item) in range.enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                items.write_json(item, out);
            }
            return out.push(']');
        }
        match self.array.data_type() {
            DataType::Boolean => self.write_formatted(row, out),
            DataType::Float64 => write_float(self.array.as_primitive::<Float64Type>().value(row), out),
            DataType::Float32 => {
                write_float(f64::from(self.array.as_primitive::<Float32Type>().value(row)), out);
            }
            DataType::Struct(fields) => {
                out.push('{');
                for (i, (field, member)) in fields.iter().zip(&self.inside).enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    Json::write_string(field.name(), out);
                    out.push_str(": ");
                    member.write_json(row, out);
                }
                out.push('}');
            }
            kind if kind.is_integer() || is_decimal(kind) => self.write_formatted(row, out),
            _ if is_json(self.pg_type) => self.write_formatted(row, out),
            // Exact numbers come as their digits; JSON knows none that are not finite.
            DataType::Utf8 if self.pg_type == "numeric" => {
                let digits = self.array.as_string::<i32>().value(row);
                let finite = digits.ends_with(|c: char| c.is_ascii_digit());
                out.push_str(if finite { digits } else { "null" });
            }
            DataType::Utf8 => Json::write_string(self.array.as_string::<i32>().value(row), out),
            _ => Json::write_string(&self.formatter.value(row).to_string(), out),
        }
    }

    fn write_formatted(&self, row: usize, out: &mut String) {
        let _ = write!(out, "{}", self.formatter.value(row));
    }

    /// One item of PostgreSQL's `{a,"b c",NULL}`.
    fn write_item(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return out.push_str("NULL");
        }
        let mut text = String::new();
        self.write_text(row, &mut text);
        let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_whitespace();
        let nested = self.items(row).is_some();
        if nested || !(text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special)) {
            return out.push_str(&text);
        }
        out.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    }

    /// Where the items of an array are.
    fn items(&self, row: usize) -> Option<(&Cells<'a>, std::ops::Range<usize>)> {
        let (from, to) = match self.array.data_type() {
            DataType::List(_) => {
                let offsets = self.array.as_list::<i32>().value_offsets();
                (usize::try_from(*offsets.get(row)?).ok()?, usize::try_from(*offsets.get(row + 1)?).ok()?)
            }
            DataType::LargeList(_) => {
                let offsets = self.array.as_list::<i64>().value_offsets();
                (usize::try_from(*offsets.get(row)?).ok()?, usize::try_from(*offsets.get(row + 1)?).ok()?)
            }
            _ => return None,
        };
        Some((self.inside.first()?, from..to))
    }

    /// A time in UTC; one without a zone is taken as it stands.
    fn instant(&self, row: usize) -> Option<DateTime<Utc>> {
        let DataType::Timestamp(unit, _) = self.array.data_type() else { return None };
        match unit {
            TimeUnit::Second => {
                DateTime::from_timestamp(self.array.as_primitive::<TimestampSecondType>().value(row), 0)
            }
            TimeUnit::Millisecond => DateTime::from_timestamp_millis(
                self.array.as_primitive::<TimestampMillisecondType>().value(row),
            ),
            TimeUnit::Microsecond => DateTime::from_timestamp_micros(
                self.array.as_primitive::<TimestampMicrosecondType>().value(row),
            ),
            TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(
                self.array.as_primitive::<TimestampNanosecondType>().value(row),
            )),
        }
    }
}

/// Microseconds, as many as PostgreSQL has, without the zeros at their end.
fn write_fraction(instant: DateTime<Utc>, out: &mut String) {
    let micros = instant.nanosecond() % 1_000_000_000 / 1000;
    if micros > 0 {
        let _ = write!(out, ".{micros:06}");
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// JSON has no NaN and no infinity; they become null.
fn write_float(number: f64, out: &mut String) {
    let _ = if number.is_finite() { write!(out, "{number}") } else { write!(out, "null") };
}

/// As PostgreSQL writes it: the shortest digits that read back, with an exponent outside of `digits` places.
fn write_float_text<F: LowerExp + Display + Copy + Into<f64>>(number: F, digits: i32, out: &mut String) {
    let wide: f64 = number.into();
    if wide.is_nan() {
        return out.push_str("NaN");
    }
    if wide.is_infinite() {
        return out.push_str(if wide > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let _ = match exponent < -4 || exponent >= digits {
        true => write!(out, "{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        false => write!(out, "{number}"),
    };
}

/// Numbers line up on the right.
pub fn is_number(pg_type: &str) -> bool {
    matches!(pg_type, "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric")
}

fn is_json(pg_type: &str) -> bool {
    matches!(pg_type, "jsonb" | "json")
}

fn has_zone(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, Some(_)))
}

fn is_decimal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Decimal128Array, Int64Array, ListBuilder, StringArray, StringBuilder, TimestampMicrosecondArray,
        TimestampNanosecondArray,
    };

    use super::*;

    fn both(array: ArrayRef, pg_type: &str) -> (String, String) {
        let cells = Cells::new(&array, pg_type).unwrap();
        let (mut text, mut json) = (String::new(), String::new());
        cells.write_text(0, &mut text);
        cells.write_json(0, &mut json);
        (text, json)
    }

    #[test]
    fn a_timestamp_is_utc_in_both_forms() {
        let array = TimestampMicrosecondArray::from(vec![1_790_000_000_500_000]).with_timezone("+00:00");
        let (text, json) = both(Arc::new(array), "timestamp with time zone");
        assert_eq!(text, "2026-09-21 14:13:20.5+00");
        assert_eq!(json, "\"2026-09-21T14:13:20.5Z\"");
    }

    #[test]
    fn jsonb_is_json_and_text_is_a_string() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![r#"{"a": 1}"#]));
        assert_eq!(both(array.clone(), "jsonb").1, r#"{"a": 1}"#);
        assert_eq!(both(array, "text").1, r#""{\"a\": 1}""#);
    }

    #[test]
    fn null_is_not_an_empty_text() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
        assert!(Cells::new(&array, "text").unwrap().is_null(0));
        assert_eq!(both(array, "text"), (String::new(), "null".into()));
        let untyped: ArrayRef = Arc::new(arrow::array::NullArray::new(1));
        assert!(Cells::new(&untyped, "text").unwrap().is_null(0));
        assert_eq!(both(untyped, "text").1, "null");
    }

    #[test]
    fn decimals_and_large_integers_are_exact() {
        let decimal = Decimal128Array::from(vec![30]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(both(Arc::new(decimal), "numeric").1, "0.30");
        assert_eq!(
            both(Arc::new(Int64Array::from(vec![9_007_199_254_740_993])), "bigint").1,
            "9007199254740993"
        );
    }

    #[test]
    fn a_clock_of_nanoseconds_shows_microseconds_as_postgresql_does() {
        let array = TimestampNanosecondArray::from(vec![1_790_000_000_123_456_789]);
        let zoned: ArrayRef = Arc::new(array.clone().with_timezone("+00:00"));
        let (text, json) = both(zoned, "timestamp with time zone");
        assert_eq!((&*text, &*json), ("2026-09-21 14:13:20.123456+00", "\"2026-09-21T14:13:20.123456Z\""));
        assert_eq!(both(Arc::new(array), "timestamp").0, "2026-09-21 14:13:20.123456");
        let whole = TimestampNanosecondArray::from(vec![1_790_000_000_000_000_999]);
        assert_eq!(both(Arc::new(whole), "timestamp").0, "2026-09-21 14:13:20");
    }

    #[test]
    fn an_array_is_an_array_in_both_forms() {
        let mut builder = ListBuilder::new(StringBuilder::new());
        builder.append_value([Some("a"), None, Some("b, c"), Some(""), Some("say \"x\""), Some("null")]);
        let (text, json) = both(Arc::new(builder.finish()), "text[]");
        // select array['a', null, 'b, c', '', 'say "x"', 'null']
        assert_eq!(text, r#"{a,NULL,"b, c","","say \"x\"","null"}"#);
        assert_eq!(json, r#"["a", null, "b, c", "", "say \"x\"", "null"]"#);
        let mut builder = ListBuilder::new(StringBuilder::new());
        builder.append_value([Some(r#"{"a": 1}"#)]);
        assert_eq!(both(Arc::new(builder.finish()), "jsonb[]").1, r#"[{"a": 1}]"#);
    }
}
