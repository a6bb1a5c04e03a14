//! How a column's PostgreSQL type travels in Arrow: the physical type, and the name in the field's
//! metadata where Arrow has no type of its own (`jsonb` and `inet` are text).

use arrow::datatypes::{DataType, Field, TimeUnit};

use crate::catalog::table::{Column, ColumnType};

/// Field metadata key that holds the PostgreSQL type name of text that is more than text.
pub const PG_TYPE: &str = "pg_type";

pub fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Int => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        // Bytes in the order of the numbers: see `model::numeric`.
        ColumnType::Numeric => DataType::LargeBinary,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        ColumnType::Text | ColumnType::Json | ColumnType::Inet | ColumnType::Cidr | ColumnType::Ltree => {
            DataType::Utf8
        }
    }
}

pub fn pg_type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Int => "bigint",
        ColumnType::Double => "double precision",
        ColumnType::Numeric => "numeric",
        ColumnType::Bool => "boolean",
        ColumnType::Timestamp => "timestamp with time zone",
        ColumnType::Json => "jsonb",
        ColumnType::Inet => "inet",
        ColumnType::Cidr => "cidr",
        ColumnType::Ltree => "ltree",
    }
}

/// The Arrow field of a catalog column; every column may be null.
pub fn field(column: &Column) -> Field {
    let field = Field::new(&column.name, data_type(column.kind), true);
    match column.kind {
        ColumnType::Json | ColumnType::Inet | ColumnType::Cidr | ColumnType::Ltree => {
            field.with_metadata([(PG_TYPE.to_owned(), pg_type_name(column.kind).to_owned())].into())
        }
        _ => field,
    }
}
