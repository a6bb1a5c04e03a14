//! The PostgreSQL name of an Arrow field's type: from its metadata, else from the physical type.

use arrow::datatypes::{DataType, Field};

use crate::engine::types::PgType;
use crate::sources::field::PG_TYPE;

/// `bigint`, `text`, `jsonb`, `timestamp with time zone`, `text[]` ...
pub fn name_of(field: &Field) -> String {
    PgType::of(field).name()
}

/// What the metadata says. Casts carry the metadata of their operand along, so it counts only for
/// text, where the physical type alone does not tell.
pub fn stated(field: &Field) -> Option<&str> {
    let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    field.metadata().get(PG_TYPE).filter(|_| is_text).map(String::as_str)
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
