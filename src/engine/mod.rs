//! SQL over units: planning, fan-out, pushdown, JSON operators. Nothing outside names DataFusion.
//!
//! | file | holds |
//! |---|---|
//! | [`validate`] | only one SELECT gets through |
//! | [`dialect`] | PostgreSQL's SQL where the parser or planner disagrees with it |
//! | [`names`], [`errors`] | what is wrong with a statement, named and placed |
//! | [`session`], [`tables`] | DataFusion set up: our tables, no files |
//! | [`scan`] | the scan operator, its predicates, its units and their scheduler |
//! | [`kept`] | `_coverage`: what is kept, as a table |
//! | [`json`], [`pg_type`] | `jsonb` and the names of types |
//! | [`calls`], [`explain`], [`reuse`], [`text`] | what a plan asks and costs, and what it need not ask |
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
mod explain;
mod json;
mod kept;
mod names;
mod pg_type;
mod prepare;
mod reuse;
mod scan;
mod session;
mod tables;
mod text;
mod validate;

pub use accounts::{Accounts, ScopeAccounts};
pub use answer::{Answer, AnswerColumn, Cancel};
pub use prepare::{Engine, EngineParts, Operations, Prepared};
pub use tables::{SourceSet, Tables};

#[cfg(test)]
mod tests;
