//! PostgreSQL's scalar and aggregate functions, each with the overloads PostgreSQL has.
//!
//! | file | holds |
//! |---|---|
//! | `resolve`, `overloaded` | which overload a call means, and calling it |
//! | `call` | the arguments of one call, row by row |
//! | `text`, `pattern`, `number`, `time`, `format`, `network`, `array`, `condition`, `path` | the functions by what they work on |
//! | `aggregate` | `sum`, `avg` ... where DataFusion's differ |
//!
//! Only what PostgreSQL (or Steampipe) has is here: a function that merely shares its name with one of
//! PostgreSQL's would answer differently.

mod aggregate;
pub mod array;
pub mod call;
pub mod condition;
mod format;
mod label_pattern;
mod network;
pub mod number;
pub mod overloaded;
mod path;
pub mod pattern;
pub mod resolve;
mod text;
pub mod time;
mod window;

use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::{ScalarUDF, WindowUDF};

use self::overloaded::{Form, Overload, Overloaded};
use crate::engine::types::calendar::Read;

/// Functions that syntax is spelled out as; nobody is told to write them.
pub const INTERNAL: &[&str] = &[
    "case_of",
    "ilike_all",
    "ilike_any",
    "ilike_escape",
    "is_distinct_from",
    "is_not_distinct_from",
    "jsonb_contains",
    "jsonb_exists",
    "jsonb_exists_all",
    "jsonb_exists_any",
    "array_gathered",
    "jsonb_from_distinct",
    "json_from_distinct",
    "jsonb_from_elements",
    "jsonb_from_members",
    "json_from_elements",
    "json_from_members",
    "jsonb_get",
    "jsonb_get_text",
    "jsonb_in",
    "jsonb_key",
    "jsonb_order",
    "jsonb_path",
    "jsonb_path_text",
    "json_in",
    "like_all",
    "like_any",
    "like_escape",
    "make_array",
    "not_ilike_all",
    "not_ilike_any",
    "not_like_all",
    "not_like_any",
    "similar_to",
    "string_agg_value",
];

/// Name and overloads of each.
pub type Table = Vec<(&'static str, Vec<Overload>)>;

/// Made once; a function is its overloads and the instant its statement began at.
pub type Shared = Vec<(&'static str, Arc<Vec<Overload>>)>;

pub fn shared(table: Table) -> Shared {
    table.into_iter().map(|(name, overloads)| (name, Arc::new(overloads))).collect()
}

pub fn scalars(context: Read) -> Vec<Arc<ScalarUDF>> {
    static TABLES: LazyLock<Shared> = LazyLock::new(|| {
        let tables: [Table; 9] = [
            array::table(),
            condition::table(),
            format::table(),
            network::table(),
            number::table(),
            path::table(),
            pattern::table(),
            text::table(),
            time::table(),
        ];
        shared(tables.into_iter().flatten().collect())
    });
    let each = |(name, overloads): &(&'static str, Arc<Vec<Overload>>)| {
        Overloaded::udf(name, Form::Function, Arc::clone(overloads), context)
    };
    let mut all: Vec<Arc<ScalarUDF>> = TABLES.iter().map(each).collect();
    all.extend(condition::special(context));
    all
}

pub use aggregate::all as aggregates;

pub fn windows() -> Vec<Arc<WindowUDF>> {
    window::all()
}
