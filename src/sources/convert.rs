//! Values into Arrow columns. A value that does not fit its column's type becomes null, and says so.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, LargeBinaryBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use crate::catalog::table::ColumnType;
use crate::model::Json;
use crate::model::numeric::Numeric;
use crate::sources::transform::misfit;
use crate::sources::{field, instant};

pub struct ColumnBuilder {
    kind: ColumnType,
    array: Building,
}

enum Building {
    Text(StringBuilder),
    Int(Int64Builder),
    Double(Float64Builder),
    Numeric(LargeBinaryBuilder),
    Bool(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl ColumnBuilder {
    pub fn new(kind: ColumnType, rows: usize) -> ColumnBuilder {
        let array = match kind {
            ColumnType::Int => Building::Int(Int64Builder::with_capacity(rows)),
            ColumnType::Double => Building::Double(Float64Builder::with_capacity(rows)),
            ColumnType::Numeric => Building::Numeric(LargeBinaryBuilder::with_capacity(rows, rows * 16)),
            ColumnType::Bool => Building::Bool(BooleanBuilder::with_capacity(rows)),
            ColumnType::Timestamp => Building::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(field::data_type(kind)),
            ),
            _ => Building::Text(StringBuilder::with_capacity(rows, rows * 16)),
        };
        ColumnBuilder { kind, array }
    }

    /// Appends the value, or null and the reason it does not fit.
    pub fn push(&mut self, value: &Json) -> Result<(), String> {
        let mut reason = Ok(());
        let mut fits = |wanted: &str| reason = Err(misfit(value, wanted));
        match &mut self.array {
            Building::Int(array) => {
                let number = to_int(value);
                if number.is_none() && !is_blank(value) {
                    fits("a bigint");
                }
                array.append_option(number);
            }
            Building::Double(array) => {
                let number = to_double(value);
                if number.is_none() && !is_blank(value) {
                    fits("a number");
                }
                array.append_option(number);
            }
            Building::Numeric(array) => {
                let number = to_numeric(value);
                if number.is_none() && !is_blank(value) {
                    fits("a number");
                }
                array.append_option(number.map(|number| number.to_bytes()));
            }
            Building::Bool(array) => {
                let truth = to_truth(value);
                if truth.is_none() && !is_blank(value) {
                    fits("a boolean");
                }
                array.append_option(truth);
            }
            Building::Timestamp(array) => {
                let time = instant::parse(value);
                if time.is_none() && !is_blank(value) {
                    fits("an instant");
                }
                array.append_option(time.map(|t| t.timestamp_micros()));
            }
            Building::Text(array) => match self.kind {
                ColumnType::Json if value.is_null() => array.append_null(),
                ColumnType::Json => array.append_value(document(value).to_jsonb()),
                ColumnType::Inet | ColumnType::Cidr => {
                    let address = value.as_str().filter(|text| is_address(text));
                    if address.is_none() && !is_blank(value) {
                        fits("an IP address or range");
                    }
                    array.append_option(address);
                }
                _ => array.append_option(value.to_text()),
            },
        }
        reason
    }

    pub fn push_null(&mut self) {
        match &mut self.array {
            Building::Text(array) => array.append_null(),
            Building::Int(array) => array.append_null(),
            Building::Double(array) => array.append_null(),
            Building::Numeric(array) => array.append_null(),
            Building::Bool(array) => array.append_null(),
            Building::Timestamp(array) => array.append_null(),
        }
    }

    pub fn finish(self) -> ArrayRef {
        match self.array {
            Building::Text(mut array) => Arc::new(array.finish()),
            Building::Int(mut array) => Arc::new(array.finish()),
            Building::Double(mut array) => Arc::new(array.finish()),
            Building::Numeric(mut array) => Arc::new(array.finish()),
            Building::Bool(mut array) => Arc::new(array.finish()),
            Building::Timestamp(mut array) => Arc::new(array.finish()),
        }
    }
}

/// Services send documents as text in places that their models do not mark: a text that is a JSON object or
/// list is read as one.
fn document(value: &Json) -> Cow<'_, Json> {
    let text = value.as_str().filter(|text| text.trim_start().starts_with(['{', '[']));
    match text.map(Json::parse) {
        Some(Ok(document)) => Cow::Owned(document),
        _ => Cow::Borrowed(value),
    }
}

/// Null, or the empty text that XML services send for an absent number.
fn is_blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn to_int(value: &Json) -> Option<i64> {
    let text = match value {
        Json::Number(text) => text,
        Json::String(text) => text.trim(),
        _ => return None,
    };
    // `7.0` and `1e3` are integers in another dress; beyond 2^53 a double would round them.
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
    })
}

fn to_double(value: &Json) -> Option<f64> {
    match value {
        Json::Number(text) => text.parse().ok(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The digits as they were said: through a double `0.1` would be another number.
fn to_numeric(value: &Json) -> Option<Numeric> {
    match value {
        Json::Number(text) => text.parse().ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Stricter than the transform of the same purpose: words other than true and false are a misfit.
fn to_truth(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    match (address.parse::<IpAddr>(), bits) {
        (Err(_), _) => false,
        (Ok(_), None) => true,
        (Ok(IpAddr::V4(_)), Some(bits)) => bits.parse::<u8>().is_ok_and(|n| n <= 32),
        (Ok(IpAddr::V6(_)), Some(bits)) => bits.parse::<u8>().is_ok_and(|n| n <= 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::util::display::array_value_to_string;

    fn column(kind: ColumnType, values: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut builder = ColumnBuilder::new(kind, values.len());
        let misfits = values.iter().filter_map(|v| builder.push(&Json::parse(v).unwrap()).err()).collect();
        let array = builder.finish();
        assert_eq!(array.data_type(), &field::data_type(kind));
        let shown = (0..array.len()).map(|i| array_value_to_string(&array, i).unwrap()).collect();
        (shown, misfits)
    }

    #[test]
    fn numbers_arrive_as_numbers_and_as_text() {
        let (shown, misfits) = column(
            ColumnType::Int,
            &["7", "\"345600\"", "1e3", "null", "\"\"", "9223372036854775807", "\"x\"", "1.5", "{}"],
        );
        assert_eq!(shown, ["7", "345600", "1000", "", "", "9223372036854775807", "", "", ""]);
        assert_eq!(misfits, ["'x' is not a bigint", "'1.5' is not a bigint", "'{}' is not a bigint"]);
    }

    #[test]
    fn booleans_and_doubles() {
        let (shown, misfits) = column(ColumnType::Bool, &["true", "\"False\"", "null", "\"maybe\"", "1"]);
        assert_eq!(shown, ["true", "false", "", "", ""]);
        assert_eq!(misfits.len(), 2);
        assert_eq!(column(ColumnType::Double, &["1.5", "\"2\""]).0, ["1.5", "2.0"]);
    }

    #[test]
    fn money_keeps_every_digit() {
        let mut builder = ColumnBuilder::new(ColumnType::Numeric, 4);
        for text in ["\"0.1000000000\"", "12345678901234567890.12", "null", "\"1,5\""] {
            let _ = builder.push(&Json::parse(text).unwrap());
        }
        let array = builder.finish();
        let bytes = array.as_any().downcast_ref::<arrow::array::LargeBinaryArray>().unwrap();
        let shown: Vec<_> =
            bytes.iter().map(|b| b.and_then(Numeric::from_bytes).map(|n| n.to_string())).collect();
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(shown, [said("0.1000000000"), said("12345678901234567890.12"), None, None]);
    }

    #[test]
    fn text_takes_every_scalar_and_shows_composites_as_jsonb() {
        let (shown, misfits) =
            column(ColumnType::Text, &["\"a\"", "3", "true", "{\"b\":[1]}", "null", "\"\""]);
        assert_eq!(shown, ["a", "3", "true", "{\"b\": [1]}", "", ""]);
        assert!(misfits.is_empty());
    }

    #[test]
    fn json_is_canonical_and_null_is_null() {
        let (shown, _) = column(ColumnType::Json, &["{\"bb\":1,\"a\":null}", "\"x\"", "null", "[]"]);
        assert_eq!(shown, ["{\"a\": null, \"bb\": 1}", "\"x\"", "", "[]"]);
    }

    #[test]
    fn a_document_sent_as_text_is_a_document() {
        let (shown, _) = column(ColumnType::Json, &[r#""{\"b\":1}""#, r#""[1, 2""#, r#""7""#]);
        assert_eq!(shown, ["{\"b\": 1}", "\"[1, 2\"", "\"7\""]);
    }

    #[test]
    fn timestamps_are_utc() {
        let (shown, misfits) =
            column(ColumnType::Timestamp, &["\"2026-01-02T05:04:05.5+02:00\"", "1767323045", "\"soon\""]);
        assert_eq!(shown, ["2026-01-02T03:04:05.500Z", "2026-01-02T03:04:05Z", ""]);
        assert_eq!(misfits, ["'soon' is not an instant"]);
    }

    #[test]
    fn addresses_are_checked() {
        let (shown, misfits) =
            column(ColumnType::Cidr, &["\"10.0.0.0/16\"", "\"2600::/56\"", "\"10.0.0.0/33\"", "\"\"", "7"]);
        assert_eq!(shown, ["10.0.0.0/16", "2600::/56", "", "", ""]);
        assert_eq!(misfits.len(), 2);
    }
}
