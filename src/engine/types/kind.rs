//! Which PostgreSQL type a field is, and which field a type is.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};

use crate::engine::pg_type;
use crate::sources::field::PG_TYPE;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PgType {
    /// A quoted literal or NULL whose type the context decides.
    Unknown,
    Bool,
    Int2,
    Int4,
    Int8,
    Numeric,
    Float4,
    Float8,
    Text,
    Varchar,
    /// `character(n)`
    Char,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Money,
    Inet,
    Cidr,
    Json,
    Jsonb,
    Ltree,
    Bytea,
    Array(Box<PgType>),
    Record,
    /// Known by name only; kept as its text.
    Other(Box<str>),
}

/// What a cast asks for: a type and its modifier, as in `numeric(10, 2)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    pub kind: PgType,
    pub modifier: Modifier,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Modifier {
    #[default]
    None,
    /// `numeric(precision, scale)`
    Digits { precision: u32, scale: i32 },
    /// `varchar(n)`, `char(n)`
    Length(u32),
    /// `timestamp(n)`: digits of a second.
    Seconds(u32),
}

impl From<PgType> for Target {
    fn from(kind: PgType) -> Self {
        Target { kind, modifier: Modifier::None }
    }
}

/// Money is cents.
pub const MONEY: DataType = DataType::Decimal128(19, 2);

pub const UTC: &str = "+00:00";

impl PgType {
    pub fn of(field: &Field) -> PgType {
        match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => match pg_type::stated(field) {
                None => PgType::Text,
                Some(name) => PgType::named(name),
            },
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                PgType::Array(Box::new(PgType::of(item)))
            }
            DataType::Dictionary(_, value) => PgType::of_physical(value),
            other => PgType::of_physical(other),
        }
    }

    fn of_physical(kind: &DataType) -> PgType {
        match kind {
            DataType::Null => PgType::Unknown,
            DataType::Boolean => PgType::Bool,
            DataType::Int8 | DataType::UInt8 | DataType::Int16 => PgType::Int2,
            DataType::UInt16 | DataType::Int32 => PgType::Int4,
            DataType::UInt32 | DataType::Int64 | DataType::UInt64 => PgType::Int8,
            DataType::LargeBinary => PgType::Numeric,
            DataType::Decimal128(19, 2) => PgType::Money,
            DataType::Float16 | DataType::Float32 => PgType::Float4,
            DataType::Float64 => PgType::Float8,
            DataType::Date32 | DataType::Date64 => PgType::Date,
            DataType::Time32(_) | DataType::Time64(_) => PgType::Time,
            DataType::Timestamp(_, None) => PgType::Timestamp,
            DataType::Timestamp(_, Some(_)) => PgType::Timestamptz,
            DataType::Interval(_) | DataType::Duration(_) => PgType::Interval,
            DataType::Binary | DataType::BinaryView | DataType::FixedSizeBinary(_) => PgType::Bytea,
            DataType::Struct(_) => PgType::Record,
            _ => PgType::Text,
        }
    }

    /// By the name that stands in a field's metadata.
    pub fn named(name: &str) -> PgType {
        match name {
            "text" => PgType::Text,
            "character varying" => PgType::Varchar,
            "character" => PgType::Char,
            "json" => PgType::Json,
            "jsonb" => PgType::Jsonb,
            "inet" => PgType::Inet,
            "cidr" => PgType::Cidr,
            "ltree" => PgType::Ltree,
            other => PgType::Other(other.into()),
        }
    }

    /// As PostgreSQL writes it in messages and as psql's `\gdesc` does.
    pub fn name(&self) -> String {
        match self {
            PgType::Unknown => "unknown",
            PgType::Bool => "boolean",
            PgType::Int2 => "smallint",
            PgType::Int4 => "integer",
            PgType::Int8 => "bigint",
            PgType::Numeric => "numeric",
            PgType::Float4 => "real",
            PgType::Float8 => "double precision",
            PgType::Text => "text",
            PgType::Varchar => "character varying",
            PgType::Char => "character",
            PgType::Date => "date",
            PgType::Time => "time without time zone",
            PgType::Timestamp => "timestamp without time zone",
            PgType::Timestamptz => "timestamp with time zone",
            PgType::Interval => "interval",
            PgType::Money => "money",
            PgType::Inet => "inet",
            PgType::Cidr => "cidr",
            PgType::Json => "json",
            PgType::Jsonb => "jsonb",
            PgType::Ltree => "ltree",
            PgType::Bytea => "bytea",
            PgType::Record => "record",
            PgType::Other(name) => name,
            PgType::Array(item) => return format!("{}[]", item.name()),
        }
        .to_owned()
    }

    pub fn data_type(&self) -> DataType {
        match self {
            PgType::Unknown => DataType::Null,
            PgType::Bool => DataType::Boolean,
            PgType::Int2 => DataType::Int16,
            PgType::Int4 => DataType::Int32,
            PgType::Int8 => DataType::Int64,
            PgType::Numeric => DataType::LargeBinary,
            PgType::Float4 => DataType::Float32,
            PgType::Float8 => DataType::Float64,
            PgType::Date => DataType::Date32,
            PgType::Time => DataType::Time64(TimeUnit::Microsecond),
            PgType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            PgType::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            PgType::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            PgType::Money => MONEY,
            PgType::Bytea => DataType::Binary,
            PgType::Record => DataType::Struct(arrow::datatypes::Fields::empty()),
            PgType::Array(item) => DataType::List(item.field(Field::LIST_FIELD_DEFAULT_NAME)),
            _ => DataType::Utf8,
        }
    }

    pub fn field(&self, name: &str) -> FieldRef {
        Arc::new(Field::new(name, self.data_type(), true).with_metadata(self.metadata()))
    }

    /// What the field must say besides its Arrow type.
    pub fn metadata(&self) -> HashMap<String, String> {
        match self.data_type() {
            DataType::Utf8 => [(PG_TYPE.to_owned(), self.name())].into(),
            _ => HashMap::new(),
        }
    }

    /// Kept as text in memory.
    pub fn is_textual(&self) -> bool {
        self.data_type() == DataType::Utf8
    }

    /// `text`, or another name for it.
    pub fn is_string(&self) -> bool {
        matches!(self, PgType::Text | PgType::Varchar | PgType::Char)
    }

    pub fn array(self) -> PgType {
        PgType::Array(Box::new(self))
    }

    pub fn element(&self) -> Option<&PgType> {
        match self {
            PgType::Array(item) => Some(item),
            _ => None,
        }
    }
}

impl fmt::Display for PgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Target {
    /// The field that stands for this target in a plan: its metadata keeps the modifier.
    pub fn field(&self) -> FieldRef {
        let mut metadata = self.kind.metadata();
        let modifier = match self.modifier {
            Modifier::None => String::new(),
            Modifier::Digits { precision, scale } => format!("{precision},{scale}"),
            Modifier::Length(length) => length.to_string(),
            Modifier::Seconds(digits) => digits.to_string(),
        };
        metadata.insert(MODIFIER.to_owned(), modifier);
        Arc::new(Field::new("", self.kind.data_type(), true).with_metadata(metadata))
    }

    /// `true` for a field made by [`Target::field`].
    pub fn is_one(field: &Field) -> bool {
        field.metadata().contains_key(MODIFIER)
    }

    /// Reads what [`Target::field`] wrote.
    pub fn of(field: &Field) -> Target {
        let kind = PgType::of(field);
        let text = field.metadata().get(MODIFIER).map(String::as_str).unwrap_or_default();
        let modifier = match (&kind, text.split_once(',')) {
            (_, Some((precision, scale))) => match (precision.parse(), scale.parse()) {
                (Ok(precision), Ok(scale)) => Modifier::Digits { precision, scale },
                _ => Modifier::None,
            },
            (PgType::Varchar | PgType::Char, None) => text.parse().map_or(Modifier::None, Modifier::Length),
            (_, None) => text.parse().map_or(Modifier::None, Modifier::Seconds),
        };
        Target { kind, modifier }
    }
}

/// Field metadata key of a cast's modifier.
const MODIFIER: &str = "pg_modifier";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_survives_being_a_field() {
        let kinds = [
            PgType::Bool,
            PgType::Int4,
            PgType::Numeric,
            PgType::Money,
            PgType::Text,
            PgType::Varchar,
            PgType::Jsonb,
            PgType::Inet,
            PgType::Timestamptz,
            PgType::Interval,
            PgType::Text.array(),
            PgType::Jsonb.array(),
            PgType::Other("uuid".into()),
        ];
        for kind in kinds {
            assert_eq!(PgType::of(&kind.field("a")), kind);
        }
    }

    #[test]
    fn a_target_keeps_its_modifier() {
        for target in [
            Target { kind: PgType::Numeric, modifier: Modifier::Digits { precision: 10, scale: 2 } },
            Target { kind: PgType::Varchar, modifier: Modifier::Length(5) },
            Target { kind: PgType::Timestamp, modifier: Modifier::Seconds(3) },
            Target::from(PgType::Jsonb),
        ] {
            assert_eq!(Target::of(&target.field()), target);
        }
    }
}
