//! One Arrow value as text for a person, and as a JSON value for a program.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::model::Json;

/// What NULL looks like in a table.
pub const NULL: &str = "<null>";

/// Formats the values of one column of one batch.
pub struct Cells<'a> {
    array: &'a ArrayRef,
    pg_type: &'a str,
    formatter: ArrayFormatter<'a>,
}

impl<'a> Cells<'a> {
    pub fn new(array: &'a ArrayRef, pg_type: &'a str) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(true);
        Ok(Self { array, pg_type, formatter: ArrayFormatter::try_new(array.as_ref(), &OPTIONS)? })
    }

    /// As psql shows it, but for NULL, which is never mistaken for an empty text.
    pub fn text(&self, row: usize) -> String {
        if self.is_null(row) {
            return NULL.to_owned();
        }
        match self.instant(row) {
            Some(instant) => instant.format("%Y-%m-%d %H:%M:%S%.f+00").to_string(),
            None => self.formatter.value(row).to_string(),
        }
    }

    /// `jsonb` as itself, numbers as numbers (decimals exactly), timestamps as RFC 3339.
    pub fn json(&self, row: usize) -> String {
        if self.is_null(row) {
            return "null".to_owned();
        }
        if let Some(instant) = self.instant(row) {
            return format!("\"{}\"", instant.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }
        match self.array.data_type() {
            DataType::Boolean => boolean(self.array.as_boolean(), row),
            DataType::Float64 => Json::from(self.array.as_primitive::<Float64Type>().value(row)).to_json(),
            DataType::Float32 => {
                Json::from(f64::from(self.array.as_primitive::<Float32Type>().value(row))).to_json()
            }
            kind if kind.is_integer() || is_decimal(kind) => self.formatter.value(row).to_string(),
            _ if is_json(self.pg_type) => self.formatter.value(row).to_string(),
            _ => Json::string(self.formatter.value(row).to_string()).to_json(),
        }
    }

    /// A column of nothing but NULL has no bitmap that says so.
    fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row) || *self.array.data_type() == DataType::Null
    }

    fn instant(&self, row: usize) -> Option<DateTime<Utc>> {
        use arrow::datatypes::{
            TimestampMicrosecondType as Micro, TimestampMillisecondType as Milli,
            TimestampNanosecondType as Nano, TimestampSecondType as Second,
        };
        match self.array.data_type() {
            DataType::Timestamp(TimeUnit::Second, Some(_)) => {
                DateTime::from_timestamp(self.array.as_primitive::<Second>().value(row), 0)
            }
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                DateTime::from_timestamp_millis(self.array.as_primitive::<Milli>().value(row))
            }
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                DateTime::from_timestamp_micros(self.array.as_primitive::<Micro>().value(row))
            }
            DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => {
                Some(DateTime::from_timestamp_nanos(self.array.as_primitive::<Nano>().value(row)))
            }
            _ => None,
        }
    }
}

/// Numbers line up on the right.
pub fn is_number(pg_type: &str) -> bool {
    matches!(pg_type, "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric")
}

fn is_json(pg_type: &str) -> bool {
    matches!(pg_type, "jsonb" | "json")
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

fn boolean(array: &BooleanArray, row: usize) -> String {
    array.value(row).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn both(array: ArrayRef, pg_type: &str) -> (String, String) {
        let cells = Cells::new(&array, pg_type).unwrap();
        (cells.text(0), cells.json(0))
    }

    #[test]
    fn a_timestamp_is_utc_in_both_forms() {
        let array = TimestampMicrosecondArray::from(vec![1_790_000_000_500_000]).with_timezone("+00:00");
        let (text, json) = both(Arc::new(array), "timestamp with time zone");
        assert_eq!(text, "2026-09-21 14:13:20.500+00");
        assert_eq!(json, "\"2026-09-21T14:13:20.500Z\"");
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
        assert_eq!(both(array, "text"), ("<null>".into(), "null".into()));
        let untyped: ArrayRef = Arc::new(arrow::array::NullArray::new(1));
        assert_eq!(both(untyped, "text"), ("<null>".into(), "null".into()));
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
}
