//! Values of any type as PostgreSQL writes them (`typoutput`).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};

use super::interval::Interval;
use super::network::Network;
use super::numeric::Numeric;
use super::{PgType, calendar, clock, float, money};

/// One column as text; NULL stays NULL.
pub fn column(array: &ArrayRef, kind: &PgType) -> Result<StringArray> {
    if kind.is_textual()
        && let Some(texts) = array.as_any().downcast_ref::<StringArray>()
    {
        return Ok(texts.clone());
    }
    let mut out = StringBuilder::with_capacity(array.len(), array.len() * 8);
    for row in 0..array.len() {
        out.append_option(value(array, kind, row)?);
    }
    Ok(out.finish())
}

/// `None` is NULL.
pub fn value(array: &ArrayRef, kind: &PgType, row: usize) -> Result<Option<String>> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Ok(None);
    }
    let unknown =
        || DataFusionError::Internal(format!("a value of type {} cannot be written", array.data_type()));
    Ok(Some(match array.data_type() {
        DataType::Boolean => if array.as_boolean().value(row) { "t" } else { "f" }.to_owned(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float32 => float::text4(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float::text8(array.as_primitive::<Float64Type>().value(row)),
        DataType::LargeBinary => {
            Numeric::from_bytes(array.as_binary::<i64>().value(row)).ok_or_else(unknown)?.to_string()
        }
        DataType::Decimal128(19, 2) => money::text(array.as_primitive::<Decimal128Type>().value(row)),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Date32 => {
            calendar::date_text(array.as_primitive::<Date32Type>().value(row)).ok_or_else(out_of_range)?
        }
        DataType::Timestamp(unit, zone) => {
            let micros = match unit {
                TimeUnit::Second => {
                    array.as_primitive::<TimestampSecondType>().value(row).checked_mul(1_000_000)
                }
                TimeUnit::Millisecond => {
                    array.as_primitive::<TimestampMillisecondType>().value(row).checked_mul(1_000)
                }
                TimeUnit::Microsecond => Some(array.as_primitive::<TimestampMicrosecondType>().value(row)),
                TimeUnit::Nanosecond => {
                    Some(array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000))
                }
            };
            let zone = if zone.is_some() { "+00" } else { "" };
            micros.and_then(|micros| calendar::timestamp_text(micros, zone)).ok_or_else(out_of_range)?
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            clock::text(array.as_primitive::<Time64MicrosecondType>().value(row).unsigned_abs())
        }
        DataType::Interval(_) => {
            let value = array.as_primitive_opt::<IntervalMonthDayNanoType>().ok_or_else(unknown)?.value(row);
            Interval::from(value).text()
        }
        DataType::Binary => {
            let bytes = array.as_binary::<i32>().value(row);
            bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            list(&items, kind.element().unwrap_or(&PgType::Text))?
        }
        DataType::Struct(_) => {
            let record = array.as_struct();
            let fields = record.columns().iter().zip(record.fields());
            let cells = fields
                .map(|(column, field)| {
                    Ok(value(column, &PgType::of(field), row)?.map_or_else(String::new, record_item))
                })
                .collect::<Result<Vec<_>>>()?;
            format!("({})", cells.join(","))
        }
        DataType::Dictionary(..) => {
            let plain = arrow::compute::cast(array, &DataType::Utf8)?;
            return value(&plain, kind, row);
        }
        _ => return Err(unknown()),
    }))
}

fn out_of_range() -> DataFusionError {
    exec_datafusion_err!("timestamp out of range")
}

/// `{a,"b c",NULL}`
pub fn list(items: &ArrayRef, kind: &PgType) -> Result<String> {
    let mut cells = Vec::with_capacity(items.len());
    for row in 0..items.len() {
        cells.push(match value(items, kind, row)? {
            None => "NULL".to_owned(),
            Some(text) if items.data_type().is_nested() => text,
            Some(text) => list_item(text),
        });
    }
    Ok(format!("{{{}}}", cells.join(",")))
}

fn list_item(text: String) -> String {
    let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    text
}

fn record_item(text: String) -> String {
    let special = |c: char| matches!(c, '(' | ')' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if text.is_empty() || text.contains(special) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""));
    }
    text
}

/// What `::text` gives, which for two types is not what they are written as.
pub fn cast_to_text(array: &ArrayRef, kind: &PgType) -> Result<ArrayRef> {
    let texts = column(array, kind)?;
    Ok(match kind {
        PgType::Bool => {
            let spelled = texts.iter().map(|t| t.map(|t| if t == "t" { "true" } else { "false" }));
            Arc::new(spelled.collect::<StringArray>())
        }
        PgType::Inet | PgType::Cidr => {
            let whole = |text: &str| match Network::inet(text) {
                Ok(network) => format!("{}/{}", network.host(), network.length),
                Err(_) => text.to_owned(),
            };
            Arc::new(texts.iter().map(|t| t.map(whole)).collect::<StringArray>())
        }
        _ => Arc::new(texts),
    })
}
