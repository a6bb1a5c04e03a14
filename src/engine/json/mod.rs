//! PostgreSQL's `jsonb` on text columns.
//!
//! A jsonb value is its canonical text (see [`crate::model::Json::to_jsonb`]), so reading a member is a
//! walk over bytes without building a tree (`skim.rs`), and equality is that of text once numbers are
//! in their shortest form. Fields whose values are known to be canonical carry `pg_type = jsonb`; the operators
//! take those as they are and pass anything else through `jsonb_in`, which checks and rewrites.
//!
//! | file | holds |
//! |---|---|
//! | `skim` | finding a member in the bytes |
//! | `access` | `-> ->> #> #>>`, `jsonb_extract_path[_text]` |
//! | `contains` | `@> <@` |
//! | `elements` | arrays of elements, keys, members: what functions that return sets are made of |
//! | `build`, `values` | `to_jsonb`, `jsonb_build_object`, `jsonb_build_array`, `jsonb_agg` |
//! | `edit`, `pretty` | `\|\|`, `-`, `#-`, `jsonb_set`, `jsonb_strip_nulls`, `jsonb_pretty` |
//! | `compare`, `equality` | `=`, `<`, GROUP BY, DISTINCT, ORDER BY |
//! | `exists` | `? ?\| ?&` |
//! | `shape` | `jsonb_typeof`, `jsonb_array_length`, `jsonb_in` |
//! | `path` | `jsonb_path_query`, `jsonb_path_exists`: `jsonpath` |
//! | `operators` | the planner that turns operators into these functions |
//! | `function` | what the functions have in common |

mod access;
mod build;
mod compare;
mod contains;
mod edit;
pub mod elements;
mod equality;
mod exists;
pub mod function;
mod operators;
pub mod path;
mod pretty;
mod shape;
mod skim;
mod values;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, ScalarUDF};

pub use access::MEMBER_TEXT;
pub use compare::{KEY, ORDER, order_bytes};
pub use contains::CONTAINS;
pub use function::canonical;
pub use operators::{JsonOperators, argument, literal_json};

/// The last of planning: comparisons are those of `jsonb`.
pub fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    equality::rewrite(plan)
}

/// Every function of this room, under the names PostgreSQL gives them (and `json_` twins).
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    let comparable = vec![compare::key(), compare::order()];
    [
        access::functions(),
        build::functions(),
        comparable,
        contains::functions(),
        edit::functions(),
        exists::functions(),
        path::functions(),
        shape::functions(),
    ]
    .concat()
}

/// The operator a function of this room stands for.
pub fn operator_of(function: &str) -> Option<&'static str> {
    Some(match function {
        "jsonb_get" => "->",
        "jsonb_get_text" => "->>",
        "jsonb_path" => "#>",
        "jsonb_path_text" => "#>>",
        "jsonb_contains" => "@>",
        "jsonb_exists" => "?",
        "jsonb_exists_any" => "?|",
        "jsonb_exists_all" => "?&",
        "jsonb_path_exists_opr" => "@?",
        "jsonb_path_match_opr" => "@@",
        "jsonb_concat" => "||",
        "jsonb_delete" => "-",
        "jsonb_delete_path" => "#-",
        _ => return None,
    })
}

/// `left operator right` for a function that stands for an operator.
fn shown(function: &str, args: &[Expr], write: impl Fn(&Expr) -> String) -> String {
    let args: Vec<String> = args.iter().map(write).collect();
    match (operator_of(function), args.as_slice()) {
        (Some(operator), [left, right]) => format!("{left} {operator} {right}"),
        _ => format!("{function}({})", args.join(", ")),
    }
}
