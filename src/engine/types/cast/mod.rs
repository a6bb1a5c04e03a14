//! Every conversion between two types: whether there is one, and the conversion.
//!
//! `rules` answers the first (PostgreSQL's `pg_cast`), `convert` does the second.

mod convert;
mod rules;

pub use convert::column;
pub use rules::{how, is_implicit, prefers};

#[cfg(test)]
mod tests;
