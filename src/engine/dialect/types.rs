//! SQL types as PostgreSQL means them, where DataFusion means another.
//!
//! `float` is double precision; timestamps have microseconds, which reach from 4713 BC to 294276 AD
//! where nanoseconds end in 2262; and a cast to text says that it is text, so that `(tags -> 'a')::text`
//! is no longer jsonb.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as SqlType, ExactNumberInfo, TimezoneInfo};

use crate::sources::field::PG_TYPE;

#[derive(Debug)]
pub struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, kind: &SqlType) -> Result<Option<FieldRef>> {
        let arrow = match kind {
            SqlType::Text | SqlType::Varchar(_) | SqlType::CharacterVarying(_) => {
                let text = Field::new("", DataType::Utf8, true)
                    .with_metadata([(PG_TYPE.to_owned(), "text".to_owned())].into());
                return Ok(Some(Arc::new(text)));
            }
            SqlType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => DataType::Float32,
            SqlType::Float(_) => DataType::Float64,
            SqlType::Timestamp(_, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()))
            }
            SqlType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, None),
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(Field::new("", arrow, true))))
    }
}
