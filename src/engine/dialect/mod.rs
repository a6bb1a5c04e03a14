//! PostgreSQL's SQL where the parser or the planner disagrees with PostgreSQL: rewrites of the syntax
//! tree, each a file, applied in the order of [`rewrite`].
//!
//! This room knows syntax only; what it must be told about tables comes in through a closure.

mod json_casts;
mod output_names;
mod precedence;
mod stars;
mod types;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

pub use types::PostgresTypes;

use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Query, Select, VisitMut, VisitorMut};

/// A query in the form the planner understands.
pub struct Rewritten {
    pub query: Box<Query>,
    /// Output columns that had to be renamed to be unique, and the name to show.
    pub shown_names: BTreeMap<String, String>,
    /// Sensitive columns that a `*` left out, as `table.column`.
    pub left_out: Vec<String>,
}

/// `sensitive` lists the columns of a table that `*` must not fetch.
pub fn rewrite(mut query: Box<Query>, sensitive: &dyn Fn(&ObjectName) -> Vec<String>) -> Rewritten {
    let mut passes = Passes { names: output_names::Names::default(), stars: stars::Stars::new(sensitive) };
    let _ = VisitMut::visit(&mut *query, &mut precedence_pass());
    let _ = VisitMut::visit(&mut *query, &mut passes);
    Rewritten { query, shown_names: passes.names.into_shown(), left_out: passes.stars.into_left_out() }
}

struct Passes<'a> {
    names: output_names::Names,
    stars: stars::Stars<'a>,
}

impl VisitorMut for Passes<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.names.visit(select);
        self.stars.visit(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        json_casts::visit(expr);
        ControlFlow::Continue(())
    }
}

struct Precedence;

fn precedence_pass() -> Precedence {
    Precedence
}

impl VisitorMut for Precedence {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        precedence::visit(expr);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
fn parsed(sql: &str) -> Box<Query> {
    crate::engine::validate::parse(sql).unwrap()
}
