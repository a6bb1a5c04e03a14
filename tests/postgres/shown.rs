//! Arrow values as PostgreSQL writes them. Made for the comparison alone: it shares nothing with what
//! canvass prints.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

/// `None` is NULL.
pub fn value(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return None;
    }
    Some(match array.data_type() {
        DataType::Boolean => if array.as_boolean().value(row) { "t" } else { "f" }.to_owned(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float32 => float(f64::from(array.as_primitive::<Float32Type>().value(row)), 6),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row), 15),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            date(DateTime::from_timestamp(i64::from(days) * 86_400, 0).unwrap().date_naive())
        }
        DataType::Timestamp(unit, zone) => timestamp(*unit, zone.is_some(), array, row),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            interval(value.months, value.days, value.nanoseconds / 1_000)
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row)),
        other => panic!("a value of type {other} came out"),
    })
}

/// The shortest text that reads back, as `float8out`; exponents as C's `%g` with that many digits.
fn float(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let text = if digits == 6 { format!("{:e}", value as f32) } else { format!("{value:e}") };
    let (mantissa, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    if digits == 6 { (value as f32).to_string() } else { value.to_string() }
}

fn date(day: NaiveDate) -> String {
    let (before_christ, year) = day.year_ce();
    format!("{year:04}-{:02}-{:02}{}", day.month(), day.day(), if before_christ { "" } else { " BC" })
}

fn timestamp(unit: TimeUnit, zoned: bool, array: &ArrayRef, row: usize) -> String {
    use arrow::datatypes::{
        TimestampMicrosecondType as Micro, TimestampMillisecondType as Milli,
        TimestampNanosecondType as Nano, TimestampSecondType as Second,
    };
    let at = match unit {
        TimeUnit::Second => DateTime::from_timestamp(array.as_primitive::<Second>().value(row), 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(array.as_primitive::<Milli>().value(row)),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(array.as_primitive::<Micro>().value(row)),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(array.as_primitive::<Nano>().value(row))),
    };
    let at: NaiveDateTime = at.expect("an instant chrono knows").naive_utc();
    let zone = if zoned { "+00" } else { "" };
    let (day, era) = match date(at.date()).split_once(' ') {
        Some((day, era)) => (day.to_owned(), format!(" {era}")),
        None => (date(at.date()), String::new()),
    };
    format!(
        "{day} {}{zone}{era}",
        clock(i64::from(at.num_seconds_from_midnight()) * 1_000_000 + i64::from(at.nanosecond() / 1_000))
    )
}

/// `HH:MM:SS[.ffffff]` of a number of microseconds that is not negative.
fn clock(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { text } else { format!("{text}.{fraction:06}").trim_end_matches('0').to_owned() }
}

/// `interval_out` in the style `postgres`.
fn interval(months: i32, days: i32, micros: i64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut after_negative = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let plus = if after_negative && count > 0 { "+" } else { "" };
            parts.push(format!("{plus}{count} {unit}{}", if count == 1 { "" } else { "s" }));
            after_negative = count < 0;
        }
    }
    if micros != 0 || parts.is_empty() {
        let sign = if micros < 0 {
            "-"
        } else if after_negative {
            "+"
        } else {
            ""
        };
        parts.push(format!("{sign}{}", clock(micros.abs())));
    }
    parts.join(" ")
}

fn list(items: &ArrayRef) -> String {
    let item = |row| match value(items, row) {
        None => "NULL".to_owned(),
        Some(text) if items.data_type().is_nested() => text,
        Some(text) => quoted(&text),
    };
    format!("{{{}}}", (0..items.len()).map(item).collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    text.to_owned()
}
