//! Columns of an export as columns of the table: text, instants, exact numbers, maps.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, Decimal128Array, Float64Array, LargeBinaryBuilder, MapArray, StringArray,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, TimeUnit};

use crate::catalog::table::ColumnType;
use crate::model::{Json, Key};
use crate::sources::{field, instant};

/// What became of a column, and how many of its values do not fit its type.
pub struct Made {
    pub array: ArrayRef,
    pub misfits: u64,
}

/// An export's column as one of the table's.
pub fn converted(array: &ArrayRef, kind: ColumnType) -> Result<Made, String> {
    let whole = |array: ArrayRef| Made { array, misfits: 0 };
    match kind {
        ColumnType::Numeric => numbers(array),
        ColumnType::Timestamp => instants(array),
        ColumnType::Json => documents(array).map(whole),
        _ => text_of(array).map(|text| whole(Arc::new(blank_is_null(&text)))),
    }
}

/// A column of nulls: the export does not have it.
pub fn absent(kind: ColumnType, rows: usize) -> ArrayRef {
    arrow::array::new_null_array(&field::data_type(kind), rows)
}

fn text_of(array: &ArrayRef) -> Result<StringArray, String> {
    let text = cast(array, &DataType::Utf8).map_err(|error| error.to_string())?;
    Ok(text.as_string::<i32>().clone())
}

/// CSV cannot tell an empty text from none.
fn blank_is_null(text: &StringArray) -> StringArray {
    text.iter().map(|value| value.filter(|value| !value.is_empty())).collect()
}

/// Exactly the digits that were written. A double is written with as many as tell it from its neighbours.
fn numbers(array: &ArrayRef) -> Result<Made, String> {
    let mut made = LargeBinaryBuilder::with_capacity(array.len(), array.len() * 16);
    let mut misfits = 0;
    let mut push = |text: Option<Cow<'_, str>>| match text {
        Some(text) if !text.is_empty() => match text.parse::<crate::model::numeric::Numeric>() {
            Ok(number) => made.append_value(number.to_bytes()),
            Err(_) => {
                misfits += 1;
                made.append_null();
            }
        },
        _ => made.append_null(),
    };
    match array.data_type() {
        DataType::Float64 | DataType::Float32 => {
            let doubles = cast(array, &DataType::Float64).map_err(|error| error.to_string())?;
            let doubles: &Float64Array = doubles.as_primitive::<Float64Type>();
            doubles.iter().for_each(|value| push(value.map(|value| Cow::Owned(value.to_string()))));
        }
        DataType::Decimal128(..) => {
            let decimals: &Decimal128Array = array.as_primitive::<Decimal128Type>();
            (0..decimals.len())
                .for_each(|at| push(decimals.is_valid(at).then(|| Cow::Owned(decimals.value_as_string(at)))));
        }
        _ => text_of(array)?.iter().for_each(|value| push(value.map(Cow::Borrowed))),
    }
    Ok(Made { array: Arc::new(made.finish()), misfits })
}

fn instants(array: &ArrayRef) -> Result<Made, String> {
    let kind = field::data_type(ColumnType::Timestamp);
    if matches!(array.data_type(), DataType::Timestamp(..) | DataType::Date32) {
        // What has no zone is UTC.
        let plain =
            cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(|e| e.to_string())?;
        let array = cast(&plain, &kind).map_err(|error| error.to_string())?;
        return Ok(Made { array, misfits: 0 });
    }
    let mut made = TimestampMicrosecondBuilder::with_capacity(array.len()).with_data_type(kind);
    let mut misfits = 0;
    for value in &text_of(array)? {
        let read = value.filter(|text| !text.is_empty()).map(|text| instant::parse(&Json::string(text)));
        misfits += u64::from(read == Some(None));
        made.append_option(read.flatten().map(|at| at.timestamp_micros()));
    }
    Ok(Made { array: Arc::new(made.finish()), misfits })
}

/// Maps as objects; text that is a document as that document.
fn documents(array: &ArrayRef) -> Result<ArrayRef, String> {
    let mut made = StringBuilder::with_capacity(array.len(), array.len() * 32);
    if let DataType::Map(..) = array.data_type() {
        let maps: &MapArray = array.as_map();
        for at in 0..maps.len() {
            if maps.is_null(at) {
                made.append_null();
                continue;
            }
            let entries = maps.value(at);
            let side = |side: usize| entries.columns().get(side).map(text_of).transpose();
            let (Some(keys), Some(values)) = (side(0)?, side(1)?) else {
                return Err("a map without entries".into());
            };
            let pairs = keys
                .iter()
                .zip(values.iter())
                .filter_map(|(key, value)| Some((Key::from(key?), value.map_or(Json::Null, Json::string))));
            made.append_value(Json::object(pairs).to_jsonb());
        }
        return Ok(Arc::new(made.finish()));
    }
    for value in &text_of(array)? {
        made.append_option(
            value
                .filter(|text| !text.is_empty())
                .and_then(|text| Json::parse(text).ok())
                .map(|d| d.to_jsonb()),
        );
    }
    Ok(Arc::new(made.finish()))
}

/// Columns that stand for the keys of one map, together as objects; null where none has a value.
pub fn gathered(columns: &[(String, ArrayRef)], rows: usize) -> Result<ArrayRef, String> {
    let texts: Vec<(&str, StringArray)> = columns
        .iter()
        .map(|(key, array)| Ok((key.as_str(), text_of(array)?)))
        .collect::<Result<_, String>>()?;
    let mut made = StringBuilder::with_capacity(rows, rows * 32);
    for at in 0..rows {
        let pairs: Vec<(Key, Json)> = texts
            .iter()
            .filter(|(_, text)| text.is_valid(at) && !text.value(at).is_empty())
            .map(|(key, text)| (Key::from(*key), Json::string(text.value(at))))
            .collect();
        made.append_option((!pairs.is_empty()).then(|| Json::Object(pairs).to_jsonb()));
    }
    Ok(Arc::new(made.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::numeric::Numeric;

    fn shown(array: &ArrayRef) -> Vec<Option<String>> {
        let bytes = array.as_binary::<i64>();
        bytes.iter().map(|b| b.and_then(Numeric::from_bytes).map(|n| n.to_string())).collect()
    }

    #[test]
    fn amounts_are_exact_whatever_they_came_in() {
        let some = |text: &str| Some(text.to_owned());
        let text: ArrayRef =
            Arc::new(StringArray::from(vec![Some("0.1000000000"), Some(""), None, Some("x")]));
        let made = converted(&text, ColumnType::Numeric).unwrap();
        assert_eq!((shown(&made.array), made.misfits), (vec![some("0.1000000000"), None, None, None], 1));
        let doubles: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 1e-7, 12345.678]));
        assert_eq!(
            shown(&converted(&doubles, ColumnType::Numeric).unwrap().array),
            [some("0.1"), some("0.0000001"), some("12345.678")]
        );
        let decimals: ArrayRef =
            Arc::new(Decimal128Array::from(vec![12_345]).with_precision_and_scale(20, 4).unwrap());
        assert_eq!(shown(&converted(&decimals, ColumnType::Numeric).unwrap().array), [some("1.2345")]);
    }

    #[test]
    fn instants_are_utc_and_documents_are_jsonb() {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["2026-11-01T00:00:00Z", "soon"]));
        let made = converted(&text, ColumnType::Timestamp).unwrap();
        assert_eq!((made.array.null_count(), made.misfits), (1, 1));
        let tags: ArrayRef = Arc::new(StringArray::from(vec![r#"{"b":"1","a":"2"}"#, ""]));
        let made = converted(&tags, ColumnType::Json).unwrap();
        assert_eq!(made.array.as_string::<i32>().value(0), r#"{"a": "2", "b": "1"}"#);
        assert!(made.array.is_null(1));
    }

    #[test]
    fn spread_keys_are_one_object() {
        let column = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
        let columns =
            [("user_team".to_owned(), column(vec!["a", ""])), ("user_env".to_owned(), column(vec!["", ""]))];
        let made = gathered(&columns, 2).unwrap();
        assert_eq!(made.as_string::<i32>().value(0), r#"{"user_team": "a"}"#);
        assert!(made.is_null(1));
    }
}
