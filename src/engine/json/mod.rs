//! PostgreSQL's `jsonb` on text columns.
//!
//! A jsonb value is its canonical text (see [`crate::model::Json::to_jsonb`]), so equality, grouping
//! and joins are those of text, and reading a member is a walk over bytes without building a tree
//! (`skim.rs`). Fields whose values are known to be canonical carry `pg_type = jsonb`; the operators
//! take those as they are and pass anything else through `jsonb_in`, which checks and rewrites.
//!
//! | file | holds |
//! |---|---|
//! | `skim` | finding a member in the bytes |
//! | `access` | `-> ->> #> #>>`, `jsonb_extract_path[_text]` |
//! | `contains` | `@> <@` |
//! | `exists` | `? ?\| ?&` |
//! | `shape` | `jsonb_typeof`, `jsonb_array_length`, `jsonb_in` |
//! | `operators` | the planner that turns operators into these functions |
//! | `function` | what the functions have in common |

mod access;
mod contains;
mod exists;
mod function;
mod operators;
mod shape;
mod skim;

use std::sync::Arc;

use datafusion::logical_expr::{Expr, ScalarUDF};

pub use operators::JsonOperators;

/// Every function of this room, under the names PostgreSQL gives them (and `json_` twins).
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    [access::functions(), contains::functions(), exists::functions(), shape::functions()].concat()
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
