//! Columns of one type made columns of another.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array, Int32Array, Int64Array,
    LargeBinaryArray, ListArray, PrimitiveArray, StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

use crate::engine::types::calendar::{self, Read};
use crate::engine::types::interval::{DAY, Interval};
use crate::engine::types::network::Network;
use crate::engine::types::numeric::{Numeric, bytes_of};
use crate::engine::types::{MONEY, UTC};
use crate::engine::types::{Modifier, PgType, Target, money, read, write};
use crate::model::Json;

/// The column as `to`, which must be castable from `from`. Texts are read in `context`.
pub fn column(array: &ArrayRef, from: &PgType, to: &Target, context: Read) -> Result<ArrayRef> {
    if *array.data_type() == DataType::Null {
        return Ok(new_null_array(&to.kind.data_type(), array.len()));
    }
    // Functions of DataFusion give some types in other sizes: unsigned counts, long texts.
    let plain;
    let array = if *from != PgType::Unknown && *array.data_type() != from.data_type() {
        plain = arrow::compute::cast(array, &from.data_type())?;
        &plain
    } else {
        array
    };
    let unpadded;
    // Blanks at the end of character(n) do not count.
    let array = if *from == PgType::Char && to.kind != PgType::Char {
        let texts = array.as_string::<i32>().iter().map(|text| text.map(|t| t.trim_end_matches(' ')));
        unpadded = Arc::new(texts.collect::<StringArray>()) as ArrayRef;
        &unpadded
    } else {
        array
    };
    let converted = if from == &to.kind { Arc::clone(array) } else { kind(array, from, &to.kind, context)? };
    fit(converted, to)
}

/// Applies a modifier: `numeric(10, 2)`, `varchar(5)`, `timestamp(0)`.
pub fn fit(array: ArrayRef, to: &Target) -> Result<ArrayRef> {
    Ok(match (&to.kind, to.modifier) {
        (_, Modifier::None) => array,
        (PgType::Numeric, Modifier::Digits { precision, scale }) => {
            numerics(bytes_of(&array)?.iter().map(|bytes| bytes.map(decimal).transpose()), |value| {
                let value = value.rounded(scale);
                match value.fits(precision, scale) {
                    true => Ok(value),
                    false => exec_err!("numeric field overflow"),
                }
            })?
        }
        (PgType::Varchar, Modifier::Length(most)) => {
            let cut = |text: &str| text.chars().take(most as usize).collect::<String>();
            Arc::new(array.as_string::<i32>().iter().map(|t| t.map(cut)).collect::<StringArray>())
        }
        (PgType::Char, Modifier::Length(length)) => {
            let cut = |text: &str| {
                let cut: String = text.chars().take(length as usize).collect();
                format!("{cut:<width$}", width = length as usize)
            };
            Arc::new(array.as_string::<i32>().iter().map(|t| t.map(cut)).collect::<StringArray>())
        }
        (PgType::Timestamp | PgType::Timestamptz, Modifier::Seconds(digits)) if digits < 6 => {
            let unit = 10_i64.pow(6 - digits);
            let rounded: TimestampMicrosecondArray = array
                .as_primitive::<TimestampMicrosecondType>()
                .unary(|micros| (micros + unit / 2).div_euclid(unit) * unit);
            Arc::new(if to.kind == PgType::Timestamptz { rounded.with_timezone(UTC) } else { rounded })
        }
        _ => array,
    })
}

fn decimal(bytes: &[u8]) -> Result<Numeric> {
    Numeric::from_bytes(bytes)
        .ok_or_else(|| DataFusionError::Internal("bytes that are no numeric".to_owned()))
}

/// A column of numerics, each made from the values of another.
fn numerics<T>(
    values: impl Iterator<Item = Result<Option<T>>>,
    make: impl Fn(T) -> Result<Numeric>,
) -> Result<ArrayRef> {
    let column = values
        .map(|value| value?.map(|v| make(v).map(|n| n.to_bytes())).transpose())
        .collect::<Result<LargeBinaryArray>>()?;
    Ok(Arc::new(column))
}

fn of_numbers<P: ArrowPrimitiveType>(
    array: &ArrayRef,
    make: impl Fn(P::Native) -> Numeric,
) -> Result<ArrayRef> {
    numerics(array.as_primitive::<P>().iter().map(Ok), |value| Ok(make(value)))
}

fn each<P, Q, F>(array: &ArrayRef, convert: F) -> Result<PrimitiveArray<Q>>
where
    P: ArrowPrimitiveType,
    Q: ArrowPrimitiveType,
    F: Fn(P::Native) -> Result<Q::Native>,
{
    array.as_primitive::<P>().try_unary::<_, Q, _>(convert)
}

fn each_numeric<Q: ArrowPrimitiveType>(
    array: &ArrayRef,
    convert: impl Fn(Numeric) -> Result<Q::Native>,
) -> Result<PrimitiveArray<Q>> {
    bytes_of(array)?.iter().map(|bytes| bytes.map(|b| convert(decimal(b)?)).transpose()).collect()
}

fn too_big<T>(kind: &PgType) -> Result<T> {
    exec_err!("{kind} out of range")
}

fn integer(value: i128, to: &PgType) -> Result<i64> {
    let fits = match to {
        PgType::Int2 => i16::try_from(value).is_ok(),
        PgType::Int4 => i32::try_from(value).is_ok(),
        _ => i64::try_from(value).is_ok(),
    };
    if fits { i64::try_from(value).or_else(|_| too_big(to)) } else { too_big(to) }
}

fn integers(values: Int64Array, to: &PgType) -> Result<ArrayRef> {
    // In range already.
    let values: ArrayRef = Arc::new(values);
    Ok(arrow::compute::cast(&values, &to.data_type())?)
}

fn kind(array: &ArrayRef, from: &PgType, to: &PgType, context: Read) -> Result<ArrayRef> {
    use PgType::{
        Array, Bool, Char, Cidr, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval as Span, Json, Jsonb,
        Money, Numeric as Dec, Text, Time, Timestamp, Timestamptz, Unknown, Varchar,
    };
    Ok(match (from, to) {
        (Text | Varchar | Char, Text | Varchar | Char) => Arc::clone(array),
        (_, Text | Varchar | Char) => write::cast_to_text(array, from)?,
        (Unknown | Text | Varchar | Char, _) => {
            let texts = arrow::compute::cast(array, &DataType::Utf8)?;
            read::column(texts.as_string::<i32>(), to, context)?
        }
        (Int2 | Int4 | Int8, Float4 | Float8) => arrow::compute::cast(array, &to.data_type())?,
        (Int2 | Int4 | Int8, Int2 | Int4 | Int8) => {
            let wide = arrow::compute::cast(array, &DataType::Int64)?;
            integers(each::<Int64Type, Int64Type, _>(&wide, |n| integer(n.into(), to))?, to)?
        }
        (Int2, Dec) => of_numbers::<Int16Type>(array, |n| Numeric::from(i64::from(n)))?,
        (Int4, Dec) => of_numbers::<Int32Type>(array, Numeric::from)?,
        (Int8, Dec) => of_numbers::<Int64Type>(array, Numeric::from)?,
        (Float4, Dec) => of_numbers::<Float32Type>(array, |n| Numeric::from_float(n.into(), 6))?,
        (Float8, Dec) => of_numbers::<Float64Type>(array, |n| Numeric::from_float(n, 15))?,
        (Dec, Int2 | Int4 | Int8) => {
            let whole = |n: Numeric| match n {
                Numeric::NaN => exec_err!("cannot convert NaN to {to}"),
                Numeric::Infinity | Numeric::NegativeInfinity => exec_err!("cannot convert infinity to {to}"),
                finite => match finite.to_i64() {
                    Some(n) => integer(n.into(), to),
                    None => too_big(to),
                },
            };
            integers(each_numeric::<Int64Type>(array, whole)?, to)?
        }
        (Dec, Float8) => Arc::new(each_numeric::<Float64Type>(array, |n| Ok(n.to_float()))?),
        (Dec, Float4) => Arc::new(each_numeric::<Float32Type>(array, |n| Ok(n.to_float() as f32))?),
        (Float4 | Float8, Int2 | Int4 | Int8) => {
            let wide = arrow::compute::cast(array, &DataType::Float64)?;
            let whole = |n: f64| {
                let whole = n.round_ties_even();
                if whole.is_finite() && whole.abs() < 1e19 { integer(whole as i128, to) } else { too_big(to) }
            };
            integers(each::<Float64Type, Int64Type, _>(&wide, whole)?, to)?
        }
        (Float4, Float8) => arrow::compute::cast(array, &DataType::Float64)?,
        (Float8, Float4) => Arc::new(each::<Float64Type, Float32Type, _>(array, |n| {
            let small = n as f32;
            if n.is_finite() && small.is_infinite() {
                return exec_err!("value out of range: overflow");
            }
            Ok(small)
        })?),
        (Int4, Bool) => Arc::new(
            array.as_primitive::<Int32Type>().iter().map(|n| n.map(|n| n != 0)).collect::<BooleanArray>(),
        ),
        (Bool, Int4) => Arc::new(array.as_boolean().iter().map(|b| b.map(i32::from)).collect::<Int32Array>()),
        (Int4 | Int8, Money) => {
            let wide = arrow::compute::cast(array, &DataType::Int64)?;
            cents(each::<Int64Type, Decimal128Type, _>(&wide, |n| in_range(i128::from(n) * 100, "bigint"))?)
        }
        (Dec, Money) => cents(each_numeric::<Decimal128Type>(array, |n| {
            let whole = n.multiply(&Numeric::from(100)).to_i64().map(i128::from);
            whole.map_or_else(|| too_big(&Int8), Ok)
        })?),
        (Money, Dec) => of_numbers::<Decimal128Type>(array, |cents| Numeric::new(cents, 2))?,
        (Date, Timestamp) => Arc::new(each::<Date32Type, TimestampMicrosecondType, _>(array, midnight)?),
        (Date, Timestamptz) => {
            Arc::new(each::<Date32Type, TimestampMicrosecondType, _>(array, midnight)?.with_timezone(UTC))
        }
        (Timestamp, Timestamptz) => {
            Arc::new(array.as_primitive::<TimestampMicrosecondType>().clone().with_timezone(UTC))
        }
        (Timestamptz, Timestamp) => {
            Arc::new(array.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>))
        }
        (Timestamp | Timestamptz, Date) => {
            let day =
                |micros| calendar::day_of(micros).ok_or_else(|| exec_datafusion_err!("date out of range"));
            Arc::new(each::<TimestampMicrosecondType, Date32Type, _>(array, day)?)
        }
        (Timestamp | Timestamptz, Time) => {
            let of_day = |micros: i64| Ok(micros.rem_euclid(DAY));
            Arc::new(each::<TimestampMicrosecondType, Time64MicrosecondType, _>(array, of_day)?)
        }
        (Time, Span) => {
            let span = |micros: i64| Interval { micros, ..Interval::default() }.to_arrow();
            let span = |micros| span(micros).ok_or_else(|| exec_datafusion_err!("interval out of range"));
            Arc::new(each::<Time64MicrosecondType, IntervalMonthDayNanoType, _>(array, span)?)
        }
        (Span, Time) => {
            let of_day = |span| Ok(Interval::from(span).micros.rem_euclid(DAY));
            Arc::new(each::<IntervalMonthDayNanoType, Time64MicrosecondType, _>(array, of_day)?)
        }
        (Inet, Cidr) => networks(array, |n| n.network())?,
        (Cidr, Inet) => networks(array, |n| Network { is_cidr: false, ..n })?,
        (Json, Jsonb) => {
            let texts = array.as_string::<i32>();
            let read = texts.iter().map(|t| t.map(crate::engine::json::canonical).transpose());
            Arc::new(read.collect::<Result<StringArray>>()?)
        }
        (Jsonb, Json) => Arc::clone(array),
        (Jsonb, Bool | Int2 | Int4 | Int8 | Dec | Float4 | Float8) => jsonb(array, to, context)?,
        (Array(from), Array(to)) => {
            let lists = array.as_list::<i32>();
            let items = column(lists.values(), from, &Target::from((**to).clone()), context)?;
            let field = to.field("item");
            Arc::new(ListArray::try_new(field, lists.offsets().clone(), items, lists.nulls().cloned())?)
        }
        _ => return exec_err!("cannot cast type {from} to {to}"),
    })
}

fn cents(values: Decimal128Array) -> ArrayRef {
    Arc::new(values.with_data_type(MONEY))
}

fn in_range(cents: i128, kind: &str) -> Result<i128> {
    money::in_range(cents).ok_or_else(|| exec_datafusion_err!("{kind} out of range"))
}

fn midnight(days: i32) -> Result<i64> {
    calendar::midnight(days).ok_or_else(|| exec_datafusion_err!("date out of range for timestamp"))
}

fn networks(array: &ArrayRef, change: impl Fn(Network) -> Network) -> Result<ArrayRef> {
    let changed = array.as_string::<i32>().iter().map(|text| {
        let network =
            text.map(|t| Network::inet(t).map_err(|_| read::invalid(&PgType::Inet, t))).transpose()?;
        Ok(network.map(|n| change(n).to_string()))
    });
    Ok(Arc::new(changed.collect::<Result<StringArray>>()?))
}

/// A JSON number or boolean as the SQL value; nothing else becomes one.
fn jsonb(array: &ArrayRef, to: &PgType, context: Read) -> Result<ArrayRef> {
    let scalar = |text: &str| -> Result<Option<String>> {
        let value = Json::parse(text).map_err(|e| exec_datafusion_err!("invalid jsonb: {e}"))?;
        Ok(Some(match (value, to) {
            (Json::Number(number), kind) if *kind != PgType::Bool => number.to_string(),
            (Json::Bool(flag), PgType::Bool) => flag.to_string(),
            (other, _) => {
                let found = match other {
                    Json::Null => "null",
                    Json::Bool(_) => "boolean",
                    Json::Number(_) => "numeric",
                    Json::String(_) => "string",
                    Json::Array(_) => "array",
                    Json::Object(_) => "object",
                };
                return exec_err!("cannot cast jsonb {found} to type {to}");
            }
        }))
    };
    let texts = array.as_string::<i32>().iter().map(|text| text.map_or(Ok(None), scalar));
    let texts: ArrayRef = Arc::new(texts.collect::<Result<StringArray>>()?);
    match to {
        // 1.5 becomes 2, as from numeric.
        PgType::Int2 | PgType::Int4 | PgType::Int8 => {
            let decimals = read::column(texts.as_string::<i32>(), &PgType::Numeric, context)?;
            kind(&decimals, &PgType::Numeric, to, context)
        }
        _ => read::column(texts.as_string::<i32>(), to, context),
    }
}
