//! The PostgreSQL name of an Arrow field's type: from its metadata, else from the physical type.

use arrow::datatypes::{DataType, Field, TimeUnit};

use crate::sources::field::PG_TYPE;

/// `bigint`, `text`, `jsonb`, `timestamp with time zone`, `text[]` ...
pub fn name_of(field: &Field) -> String {
    match stated(field) {
        Some(name) => name.to_owned(),
        None => of_data_type(field.data_type()),
    }
}

/// What the metadata says. Casts carry the metadata of their operand along, so it counts only for
/// text, where the physical type alone does not tell.
pub fn stated(field: &Field) -> Option<&str> {
    let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    field.metadata().get(PG_TYPE).filter(|_| is_text).map(String::as_str)
}

fn of_data_type(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => "smallint",
        DataType::UInt16 | DataType::Int32 => "integer",
        DataType::UInt32 | DataType::Int64 => "bigint",
        DataType::UInt64 | DataType::Decimal128(..) | DataType::Decimal256(..) => "numeric",
        DataType::Decimal32(..) | DataType::Decimal64(..) => "numeric",
        DataType::Float16 | DataType::Float32 => "real",
        DataType::Float64 => "double precision",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Interval(_)
        | DataType::Duration(TimeUnit::Second | TimeUnit::Millisecond)
        | DataType::Duration(TimeUnit::Microsecond | TimeUnit::Nanosecond) => "interval",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytea"
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => return format!("{}[]", name_of(item)),
        DataType::Struct(_) => "record",
        DataType::Map(..) => "jsonb",
        DataType::Dictionary(_, value) => return of_data_type(value),
        DataType::RunEndEncoded(_, value) => return name_of(value),
        _ => "text",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_of_a_cast_operand_does_not_count() {
        let cast = Field::new("a", DataType::Int32, true);
        assert_eq!(
            name_of(&cast.with_metadata([(PG_TYPE.to_owned(), "jsonb".to_owned())].into())),
            "integer"
        );
    }

    #[test]
    fn the_metadata_speaks_first_then_the_physical_type() {
        let field = Field::new("a", DataType::Utf8, true);
        assert_eq!(name_of(&field), "text");
        assert_eq!(name_of(&field.with_metadata([(PG_TYPE.to_owned(), "inet".to_owned())].into())), "inet");
        let list = Field::new("l", DataType::new_list(DataType::Int32, true), true);
        assert_eq!(name_of(&list), "integer[]");
    }
}
