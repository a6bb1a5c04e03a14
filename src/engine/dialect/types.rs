//! SQL types as PostgreSQL means them.
//!
//! The field of a cast says the whole target, its modifier too; `operators/settle` makes the conversion.

use arrow::datatypes::FieldRef;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType as SqlType, ExactNumberInfo, ObjectName, TimezoneInfo,
};

use crate::engine::types::{Modifier, PgType, Target};

#[derive(Debug)]
pub struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, kind: &SqlType) -> Result<Option<FieldRef>> {
        // An integer literal: see `spelled_out/numbers`.
        if *kind == SqlType::Int32 {
            return Ok(Some(PgType::Int4.field("")));
        }
        Ok(Some(target(kind)?.field()))
    }
}

/// What a cast to this type asks for.
pub fn target(kind: &SqlType) -> Result<Target> {
    let plain = |kind: PgType| Ok(Target::from(kind));
    match kind {
        SqlType::Boolean | SqlType::Bool => plain(PgType::Bool),
        SqlType::SmallInt(_) | SqlType::Int2(_) => plain(PgType::Int2),
        SqlType::Int(_) | SqlType::Integer(_) | SqlType::Int4(_) => plain(PgType::Int4),
        SqlType::BigInt(_) | SqlType::Int8(_) => plain(PgType::Int8),
        SqlType::Numeric(info) | SqlType::Decimal(info) | SqlType::Dec(info) => {
            Ok(Target { kind: PgType::Numeric, modifier: digits(info)? })
        }
        SqlType::Real | SqlType::Float4 => plain(PgType::Float4),
        SqlType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => plain(PgType::Float4),
        SqlType::Float(_) | SqlType::Float8 | SqlType::Double(_) | SqlType::DoublePrecision => {
            plain(PgType::Float8)
        }
        SqlType::Text => plain(PgType::Text),
        SqlType::Varchar(length) | SqlType::CharacterVarying(length) | SqlType::CharVarying(length) => {
            Ok(Target { kind: PgType::Varchar, modifier: letters(length.as_ref()) })
        }
        SqlType::Char(length) | SqlType::Character(length) => {
            let modifier = match letters(length.as_ref()) {
                Modifier::None => Modifier::Length(1),
                given => given,
            };
            Ok(Target { kind: PgType::Char, modifier })
        }
        SqlType::Date => plain(PgType::Date),
        SqlType::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => plain(PgType::Time),
        SqlType::Timestamp(seconds, zone) => {
            let kind = match zone {
                TimezoneInfo::Tz | TimezoneInfo::WithTimeZone => PgType::Timestamptz,
                TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => PgType::Timestamp,
            };
            let modifier =
                seconds.and_then(|n| u32::try_from(n).ok()).map_or(Modifier::None, Modifier::Seconds);
            Ok(Target { kind, modifier })
        }
        SqlType::Interval { .. } => plain(PgType::Interval),
        SqlType::JSON => plain(PgType::Json),
        SqlType::JSONB => plain(PgType::Jsonb),
        SqlType::Bytea => plain(PgType::Bytea),
        SqlType::Uuid => plain(PgType::Other("uuid".into())),
        SqlType::Array(ArrayElemTypeDef::SquareBracket(item, _) | ArrayElemTypeDef::AngleBracket(item)) => {
            Ok(Target::from(target(item)?.kind.array()))
        }
        SqlType::Custom(name, _) => custom(name),
        other => plan_err!("type \"{}\" does not exist", other.to_string().to_lowercase()),
    }
}

fn custom(name: &ObjectName) -> Result<Target> {
    let last =
        name.0.last().and_then(|part| part.as_ident()).map(|i| i.value.to_lowercase()).unwrap_or_default();
    Ok(Target::from(match last.as_str() {
        "money" => PgType::Money,
        "inet" => PgType::Inet,
        "cidr" => PgType::Cidr,
        "ltree" => PgType::Ltree,
        "timestamptz" => PgType::Timestamptz,
        "name" | "citext" => PgType::Text,
        _ => return plan_err!("type \"{last}\" does not exist"),
    }))
}

fn digits(info: &ExactNumberInfo) -> Result<Modifier> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => return Ok(Modifier::None),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    match (u32::try_from(precision), i32::try_from(scale)) {
        (Ok(precision @ 1..=1000), Ok(scale)) => Ok(Modifier::Digits { precision, scale }),
        _ => plan_err!("NUMERIC precision {precision} must be between 1 and 1000"),
    }
}

fn letters(length: Option<&CharacterLength>) -> Modifier {
    match length {
        Some(CharacterLength::IntegerLength { length, .. }) => {
            u32::try_from(*length).map_or(Modifier::None, Modifier::Length)
        }
        _ => Modifier::None,
    }
}
