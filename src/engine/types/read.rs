//! Text to values of any type (`typinput`), with PostgreSQL's words for what cannot be read.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder,
    Int16Builder, Int32Builder, Int64Builder, IntervalMonthDayNanoBuilder, LargeBinaryBuilder, ListArray,
    StringArray, StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_datafusion_err, exec_err};

use super::calendar::{self, NotAnInstant, Read};
use super::interval::{self, NotAnInterval};
use super::kind::{MONEY, UTC};
use super::money::NotMoney;
use super::network::{Network, NotANetwork};
use super::numeric::Numeric;
use super::{PgType, clock, float, money};

/// `invalid input syntax for type integer: "abc"`
pub fn invalid(kind: &PgType, text: &str) -> DataFusionError {
    exec_datafusion_err!("invalid input syntax for type {kind}: \"{text}\"")
}

fn out_of_range(kind: &PgType, text: &str) -> DataFusionError {
    exec_datafusion_err!("value \"{text}\" is out of range for type {kind}")
}

/// Builds a column by reading each text that is not NULL.
macro_rules! each {
    ($builder:expr, $texts:expr, $read:expr) => {{
        let mut builder = $builder;
        for text in $texts {
            match text {
                Some(text) => builder.append_value($read(text)?),
                None => builder.append_null(),
            }
        }
        Arc::new(builder.finish()) as ArrayRef
    }};
}

pub fn column(texts: &StringArray, kind: &PgType, context: Read) -> Result<ArrayRef> {
    Ok(match kind {
        PgType::Unknown | PgType::Text | PgType::Varchar | PgType::Char | PgType::Other(_) => {
            Arc::new(texts.clone())
        }
        PgType::Bool => each!(BooleanBuilder::new(), texts, boolean),
        PgType::Int2 => each!(Int16Builder::new(), texts, |t| integer::<i16>(t, kind)),
        PgType::Int4 => each!(Int32Builder::new(), texts, |t| integer::<i32>(t, kind)),
        PgType::Int8 => each!(Int64Builder::new(), texts, |t| integer::<i64>(t, kind)),
        PgType::Numeric => each!(LargeBinaryBuilder::new(), texts, |t: &str| {
            t.parse::<Numeric>().map(|n| n.to_bytes()).map_err(|_| invalid(kind, t))
        }),
        PgType::Float4 => each!(Float32Builder::new(), texts, |t| {
            let value = float::read(t).ok_or_else(|| invalid(kind, t))?;
            if value.is_finite() && !(value as f32).is_finite() {
                return Err(exec_datafusion_err!("\"{t}\" is out of range for type real"));
            }
            Ok::<_, DataFusionError>(value as f32)
        }),
        PgType::Float8 => {
            each!(Float64Builder::new(), texts, |t| float::read(t).ok_or_else(|| invalid(kind, t)))
        }
        PgType::Date => each!(Date32Builder::new(), texts, |t| {
            calendar::read_date(t, context).map_err(|e| instant(kind, t, e))
        }),
        PgType::Timestamp => each!(TimestampMicrosecondBuilder::new(), texts, |t| {
            calendar::read_timestamp(t, context).map_err(|e| instant(kind, t, e))
        }),
        PgType::Timestamptz => {
            each!(TimestampMicrosecondBuilder::new().with_timezone(UTC), texts, |t| {
                calendar::read_timestamptz(t, context).map_err(|e| instant(kind, t, e))
            })
        }
        PgType::Time => each!(Time64MicrosecondBuilder::new(), texts, |t| {
            clock::read(t).ok_or_else(|| exec_datafusion_err!("invalid input syntax for type time: \"{t}\""))
        }),
        PgType::Interval => each!(IntervalMonthDayNanoBuilder::new(), texts, interval_value),
        PgType::Money => each!(Decimal128Builder::new().with_data_type(MONEY), texts, |t| {
            money::read(t).map_err(|e| match e {
                NotMoney::Syntax => invalid(kind, t),
                NotMoney::OutOfRange => out_of_range(kind, t),
            })
        }),
        PgType::Inet => each!(StringBuilder::new(), texts, |t: &str| {
            Network::inet(t.trim()).map(|n| n.to_string()).map_err(|_| invalid(kind, t))
        }),
        PgType::Cidr => each!(StringBuilder::new(), texts, |t: &str| {
            Network::cidr(t.trim()).map(|n| n.to_string()).map_err(|e| match e {
                NotANetwork::Syntax => invalid(kind, t),
                NotANetwork::BitsBeyondMask => exec_datafusion_err!("invalid cidr value: \"{t}\""),
            })
        }),
        PgType::Json | PgType::Jsonb => each!(StringBuilder::new(), texts, crate::engine::json::canonical),
        PgType::Ltree => {
            each!(StringBuilder::new(), texts, |t: &str| Ok::<_, DataFusionError>(t.trim().to_owned()))
        }
        PgType::Bytea => return exec_err!("type bytea is not supported"),
        PgType::Record => return exec_err!("input of anonymous composite types is not implemented"),
        PgType::Array(item) => lists(texts, item, context)?,
    })
}

/// `t`, `true`, `yes`, `on`, `1` and their beginnings, in any case.
fn boolean(text: &str) -> Result<bool> {
    let lower = text.trim().to_ascii_lowercase();
    let begins = |word: &str, least: usize| lower.len() >= least && word.starts_with(lower.as_str());
    if begins("true", 1) || begins("yes", 1) || lower == "on" || lower == "1" {
        return Ok(true);
    }
    if begins("false", 1) || begins("no", 1) || begins("off", 2) || lower == "0" {
        return Ok(false);
    }
    Err(invalid(&PgType::Bool, text))
}

fn integer<T: TryFrom<i128>>(text: &str, kind: &PgType) -> Result<T> {
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(kind, text));
    }
    trimmed.parse::<i128>().ok().and_then(|n| T::try_from(n).ok()).ok_or_else(|| out_of_range(kind, text))
}

fn instant(kind: &PgType, text: &str, error: NotAnInstant) -> DataFusionError {
    match error {
        NotAnInstant::Syntax => {
            let name = match kind {
                PgType::Timestamp => "timestamp".to_owned(),
                other => other.name(),
            };
            exec_datafusion_err!("invalid input syntax for type {name}: \"{text}\"")
        }
        NotAnInstant::FieldOutOfRange => {
            exec_datafusion_err!("date/time field value out of range: \"{text}\"")
        }
        NotAnInstant::Infinite => {
            exec_datafusion_err!("infinite dates and timestamps are not supported: \"{text}\"")
        }
    }
}

fn interval_value(text: &str) -> Result<arrow::datatypes::IntervalMonthDayNano> {
    let value = interval::read(text, "second").map_err(|e| match e {
        NotAnInterval::Syntax => invalid(&PgType::Interval, text),
        NotAnInterval::OutOfRange => exec_datafusion_err!("interval field value out of range: \"{text}\""),
    })?;
    value.to_arrow().ok_or_else(|| exec_datafusion_err!("interval out of range"))
}

fn lists(texts: &StringArray, item: &PgType, context: Read) -> Result<ArrayRef> {
    let mut items: Vec<Option<String>> = Vec::new();
    let mut lengths = Vec::with_capacity(texts.len());
    for text in texts {
        let before = items.len();
        if let Some(text) = text {
            items.extend(list_items(text)?);
        }
        lengths.push(items.len() - before);
    }
    let values = column(&StringArray::from(items), item, context)?;
    let nulls = NullBuffer::from_iter((0..texts.len()).map(|row| texts.is_valid(row)));
    Ok(Arc::new(ListArray::try_new(
        item.field("item"),
        OffsetBuffer::from_lengths(lengths),
        values,
        Some(nulls),
    )?))
}

/// PostgreSQL's array literal of one dimension: `{a, "b c", NULL}`.
pub fn list_items(text: &str) -> Result<Vec<Option<String>>> {
    let malformed = || exec_datafusion_err!("malformed array literal: \"{text}\"");
    let body = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')).ok_or_else(malformed)?;
    let mut items = Vec::new();
    if body.trim().is_empty() {
        return Ok(items);
    }
    let (mut item, mut quoted, mut inside) = (String::new(), false, false);
    let mut finish = |item: &mut String, quoted: &mut bool| {
        let text = std::mem::take(item);
        let was_quoted = std::mem::take(quoted);
        items.push(match was_quoted {
            true => Some(text),
            false if text.trim().is_empty() => return false,
            false if text.trim().eq_ignore_ascii_case("null") => None,
            false => Some(text.trim().to_owned()),
        });
        true
    };
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => {
                if !inside && !quoted {
                    // Blanks before the quote do not count.
                    item.clear();
                }
                inside = !inside;
                quoted = true;
            }
            ',' if !inside => {
                if !finish(&mut item, &mut quoted) {
                    return Err(malformed());
                }
            }
            '{' | '}' if !inside => return Err(malformed()),
            c if quoted && !inside && c.is_whitespace() => {}
            c => item.push(c),
        }
    }
    if inside || !finish(&mut item, &mut quoted) {
        return Err(malformed());
    }
    Ok(items)
}

/// The first value of an array.
pub fn scalar(array: &ArrayRef) -> Result<ScalarValue> {
    match array.as_any().downcast_ref::<ListArray>() {
        // Taken out of its array, a list would lose what its items are.
        Some(lists) => Ok(ScalarValue::List(Arc::new(lists.clone()))),
        None => ScalarValue::try_from_array(array, 0),
    }
}

/// The same values under a type that differs in the names and metadata of nested fields only.
pub fn labelled(array: ArrayRef, kind: &DataType) -> Result<ArrayRef> {
    if array.data_type() == kind {
        return Ok(array);
    }
    let data = array.to_data().into_builder().data_type(kind.clone()).build()?;
    Ok(arrow::array::make_array(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Read = Read { now: 0 };

    fn read(text: &str, kind: &PgType) -> std::result::Result<String, String> {
        let column =
            column(&StringArray::from(vec![text]), kind, CONTEXT).map_err(|e| e.strip_backtrace())?;
        Ok(super::super::write::value(&column, kind, 0).unwrap().unwrap())
    }

    #[test]
    fn what_is_read_is_written_in_postgresqls_form() {
        for (text, kind, expected) in [
            (" 12 ", PgType::Int4, "12"),
            ("YES", PgType::Bool, "t"),
            ("of", PgType::Bool, "f"),
            ("1.50", PgType::Numeric, "1.50"),
            ("1e2", PgType::Float8, "100"),
            ("$1,000.5", PgType::Money, "$1,000.50"),
            ("10.0.0.0/8", PgType::Cidr, "10.0.0.0/8"),
            ("{1, 2,NULL}", PgType::Int4.array(), "{1,2,NULL}"),
            (r#"{a," b ", "c\"d"}"#, PgType::Text.array(), r#"{a," b ","c\"d"}"#),
            ("{}", PgType::Text.array(), "{}"),
            ("1 mon 2 days", PgType::Interval, "1 mon 2 days"),
            ("12:30", PgType::Time, "12:30:00"),
        ] {
            assert_eq!(read(text, &kind).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_in_postgresqls_words() {
        for (text, kind, expected) in [
            ("abc", PgType::Int4, "invalid input syntax for type integer: \"abc\""),
            ("1.5", PgType::Int8, "invalid input syntax for type bigint: \"1.5\""),
            ("99999999999", PgType::Int4, "value \"99999999999\" is out of range for type integer"),
            ("maybe", PgType::Bool, "invalid input syntax for type boolean: \"maybe\""),
            ("2026-13-01", PgType::Date, "date/time field value out of range: \"2026-13-01\""),
            ("soon", PgType::Timestamp, "invalid input syntax for type timestamp: \"soon\""),
            ("10.0.0.1/8", PgType::Cidr, "invalid cidr value: \"10.0.0.1/8\""),
            ("{a", PgType::Text.array(), "malformed array literal: \"{a\""),
            ("{a,}", PgType::Text.array(), "malformed array literal: \"{a,}\""),
        ] {
            let error = read(text, &kind).unwrap_err();
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
