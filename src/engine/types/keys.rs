//! Values in a form whose Arrow order and equality are PostgreSQL's.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Decimal128Array, LargeBinaryArray, ListArray};
use arrow::datatypes::{DataType, Field, IntervalMonthDayNanoType};
use datafusion::common::Result;

use crate::engine::json::order_bytes;

use super::PgType;
use super::interval::Interval;
use super::network::Network;
use super::numeric::{bytes_of, key_of};

/// `true` where values must be made keys before they are compared, grouped or sorted. `jsonb` has keys of its
/// own in plans (`json::compare`); here it has one for what compares within a batch.
pub fn needed(kind: &PgType) -> bool {
    match kind {
        PgType::Numeric | PgType::Interval | PgType::Inet | PgType::Cidr => true,
        PgType::Array(item) => needed(item),
        _ => false,
    }
}

/// The Arrow type of a key.
pub fn data_type(kind: &PgType) -> DataType {
    match kind {
        PgType::Numeric => DataType::LargeBinary,
        PgType::Interval => SPAN,
        PgType::Inet | PgType::Cidr | PgType::Jsonb => DataType::Binary,
        PgType::Array(item) => DataType::List(Arc::new(Field::new_list_field(data_type(item), true))),
        other => other.data_type(),
    }
}

const SPAN: DataType = DataType::Decimal128(38, 0);

pub fn column(array: &ArrayRef, kind: &PgType) -> Result<ArrayRef> {
    if *array.data_type() == DataType::Null {
        return Ok(arrow::array::new_null_array(&data_type(kind), array.len()));
    }
    Ok(match kind {
        PgType::Numeric => {
            Arc::new(bytes_of(array)?.iter().map(|b| b.map(key_of)).collect::<LargeBinaryArray>())
        }
        PgType::Interval => {
            let spans = array.as_primitive::<IntervalMonthDayNanoType>().iter();
            let spans: Decimal128Array = spans.map(|v| v.map(|v| Interval::from(v).span())).collect();
            Arc::new(spans.with_data_type(SPAN))
        }
        PgType::Inet | PgType::Cidr => {
            let key = |text: &str| Network::inet(text).map(Network::key).unwrap_or_default();
            Arc::new(array.as_string::<i32>().iter().map(|t| t.map(key)).collect::<BinaryArray>())
        }
        PgType::Jsonb => {
            let texts = array.as_string::<i32>().iter();
            Arc::new(texts.map(|text| text.map(order_bytes)).collect::<BinaryArray>())
        }
        PgType::Array(item) if needed(item) || **item == PgType::Jsonb => {
            let lists = array.as_list::<i32>();
            let field = Arc::new(Field::new_list_field(data_type(item), true));
            let values = column(lists.values(), item)?;
            Arc::new(ListArray::try_new(field, lists.offsets().clone(), values, lists.nulls().cloned())?)
        }
        _ => Arc::clone(array),
    })
}
