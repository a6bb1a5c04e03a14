//! Functions that return sets, in every place PostgreSQL allows them.
//!
//! | what people write | what becomes of it |
//! |---|---|
//! | `from t, f(t.a) as x`, `cross join f(..)`, `join lateral f(..) on true`, `unnest(..)` | one form, `lateral f(..) as x` ([`from_items`]) |
//! | `x ->> 'k'` where `x` is the alias of `f` | `x.value ->> 'k'` ([`whole_rows`], with the names of [`scope`]) |
//! | `select f(a), g(b) from t` | `select s.1, s.2 from t, lateral rows from (f(a), g(b)) as s` ([`select_list`]) |
//! | the same over groups | the grouping becomes a derived table ([`derived`]) |
//! | `array(select ..)` | a scalar subquery that gathers ([`array_queries`]) |
//!
//! What is left for the planner is functions in FROM, and those only: `engine/lateral` turns each into
//! one unnesting step over what stands to its left. New relations are called `"set#1"`, `"grouped#1"`:
//! names nobody types, so that none of the statement's own is captured.

mod array_queries;
mod clauses;
mod derived;
mod from_items;
mod functions;
mod scope;
mod select_list;
mod whole_rows;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, VisitMut, VisitorMut};

pub use functions::{NAMES, Outputs, called, column_names, is_set_returning, outputs};
pub use scope::TableColumns;
pub use select_list::{FIELDS, ROWS_FROM};

pub fn rewrite(query: &mut Query, tables: TableColumns<'_>) {
    let _ = VisitMut::visit(query, &mut Forms::default());
    whole_rows::resolve(query, tables);
}

/// Brings every SELECT into the form the planner knows.
#[derive(Default)]
struct Forms {
    number: usize,
}

impl VisitorMut for Forms {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        select_list::visit(query, &mut self.number);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        select_list::visit_select(select, &mut [], &mut self.number);
        from_items::visit(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        array_queries::visit(expr, &mut self.number);
        ControlFlow::Continue(())
    }
}
