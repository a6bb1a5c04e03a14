//! PostgreSQL's SQL where the parser or the planner disagrees with PostgreSQL: rewrites of the syntax
//! tree, each a file, applied in the order of [`rewrite`].
//!
//! This room knows syntax only; what it must be told about tables comes in through a closure.

mod arrays;
mod counts;
mod json_aggregates;
mod json_casts;
mod output_names;
mod precedence;
pub mod set_returning;
mod spelled_out;
mod stars;
mod types;
mod value_lists;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

pub use spelled_out::CASE;
pub use types::{PostgresTypes, target};

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Fetch, LimitClause, ObjectName, Query, Select, TableFactor, Value, VisitMut, VisitorMut,
};

/// A query in the form the planner understands.
pub struct Rewritten {
    pub query: Box<Query>,
    /// Output columns that had to be renamed to be unique, and the name to show.
    pub shown_names: BTreeMap<String, String>,
    /// Functions that stand for casts, and the type each casts to.
    pub casts: BTreeMap<String, DataType>,
    /// Sensitive columns that a `*` left out, as `table.column`.
    pub left_out: Vec<String>,
}

/// `sensitive` lists the columns of a table that `*` must not fetch, `columns` all of them.
pub fn rewrite(
    mut query: Box<Query>,
    sensitive: &dyn Fn(&ObjectName) -> Vec<String>,
    columns: set_returning::TableColumns<'_>,
) -> Rewritten {
    let mut passes = Passes { names: output_names::Names::default(), stars: stars::Stars::new(sensitive) };
    let _ = VisitMut::visit(&mut *query, &mut BeforeNames);
    let _ = VisitMut::visit(&mut *query, &mut passes);
    set_returning::rewrite(&mut query, columns);
    let casts = spelled_out::rewrite(&mut query);
    Rewritten { query, casts, shown_names: passes.names.into_shown(), left_out: passes.stars.into_left_out() }
}

struct Passes<'a> {
    names: output_names::Names,
    stars: stars::Stars<'a>,
}

impl VisitorMut for Passes<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        value_lists::visit(query);
        fetched(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived { lateral: true, subquery, .. } = factor {
            output_names::spell_out(subquery);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.names.visit(select);
        self.stars.visit(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        json_casts::visit(expr);
        arrays::visit(expr);
        json_aggregates::visit(expr);
        ControlFlow::Continue(())
    }
}

/// `fetch first 5 rows only` is `limit 5`.
fn fetched(query: &mut Query) {
    if let Some(Fetch { with_ties: false, percent: false, quantity }) = &query.fetch
        && query
            .limit_clause
            .as_ref()
            .is_none_or(|clause| matches!(clause, LimitClause::LimitOffset { limit: None, .. }))
    {
        let one = || Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
        let limit = Some(quantity.clone().unwrap_or_else(one));
        query.limit_clause = Some(match query.limit_clause.take() {
            Some(LimitClause::LimitOffset { offset, limit_by, .. }) => {
                LimitClause::LimitOffset { limit, offset, limit_by }
            }
            _ => LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() },
        });
        query.fetch = None;
    }
}

/// What must be settled before output columns get their names.
struct BeforeNames;

impl VisitorMut for BeforeNames {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        precedence::visit(expr);
        counts::visit(expr);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        counts::visit_query(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        counts::visit_select(select, None);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
fn parsed(sql: &str) -> Box<Query> {
    crate::engine::validate::parse(sql).unwrap()
}
