//! SQL over units: planning, fan-out, pushdown, JSON operators. Nothing outside names DataFusion.
//!
//! | file | holds |
//! |---|---|
//! | [`validate`] | only one SELECT gets through |
//! | [`dialect`] | PostgreSQL's SQL where the parser or planner disagrees with it |
//! | [`names`], [`errors`], [`places`] | what is wrong with a statement, named and placed |
//! | [`types`], [`functions`], [`operators`] | PostgreSQL's types, functions and operators over Arrow's |
//! | [`session`], [`tables`] | DataFusion set up: our tables, no files |
//! | [`scan`] | the scan operator, its predicates, its units and their scheduler |
//! | [`keyed`] | scans that ask only for the values another side of a join has |
//! | [`kept`] | `_coverage`: what is kept, as a table |
//! | [`json`], [`pg_type`] | `jsonb` and the names of types |
//! | [`lateral`] | functions that return sets, and correlated subqueries over them |
//! | [`sorted_input`] | aggregates over derived tables that are sorted |
//! | [`calls`], [`estimate`], [`explain`], [`reuse`], [`text`] | what a plan asks and costs, and what it need not ask |
//! | [`parameters`], [`plurals`] | `$1`, and table names in the plural |
//! | [`prepare`], [`answer`] | a statement prepared, and its answer |
//!
//! The engine knows accounts, sources and tables through traits ([`Accounts`], [`Tables`], [`Source`]):
//! its tests need no AWS.
//!
//! [`Source`]: crate::sources::Source

mod accounts;
mod answer;
mod calls;
mod dialect;
mod errors;
mod estimate;
mod explain;
mod functions;
mod json;
mod kept;
mod keyed;
mod lateral;
mod names;
mod operators;
mod parameters;
mod pg_type;
mod places;
mod plurals;
mod prepare;
mod reuse;
mod scan;
mod session;
mod sorted_input;
mod tables;
mod text;
mod types;
mod validate;

pub use accounts::{Accounts, ScopeAccounts};
pub use answer::{Answer, AnswerColumn, Cancel};
pub use parameters::Parameters;
pub use prepare::{Engine, EngineParts, Operations, Prepared};
pub use tables::{SourceSet, Tables};

#[cfg(test)]
mod tests;
