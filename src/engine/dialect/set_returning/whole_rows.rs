//! The alias of a function that returns single values stands for the value: with
//! `jsonb_array_elements(tags) as t`, `t ->> 'Key'` means `t.value ->> 'Key'`.
//!
//! A column of that name, at any level, comes first, as in PostgreSQL; so does an output column in ORDER
//! BY, and in GROUP BY after the columns of FROM.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, Select, SelectItem, SetExpr, TableFactor, VisitMut, VisitorMut, With,
};

use crate::engine::dialect::set_returning::clauses::{distinct_on, group_by, order_by};
use crate::engine::dialect::set_returning::from_items::nothing;
use crate::engine::dialect::set_returning::functions::folded;
use crate::engine::dialect::set_returning::scope::{Meaning, Relation, Scope, TableColumns};

pub fn resolve(query: &mut Query, tables: TableColumns<'_>) {
    let mut pass = WholeRows { scope: Scope::new(tables), queries: Vec::new(), selects: Vec::new() };
    let _ = VisitMut::visit(query, &mut pass);
}

struct WholeRows<'a> {
    scope: Scope<'a>,
    queries: Vec<OfQuery>,
    selects: Vec<Shelf>,
}

/// Expressions that name output columns, taken out while the rest is looked at.
type Shelf = Vec<(usize, Expr)>;

/// What is put back when a query has been walked.
struct OfQuery {
    with: Option<With>,
    ctes_before: usize,
    order_by: Shelf,
}

impl VisitorMut for WholeRows<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let ctes_before = self.scope.known_ctes();
        // Common table expressions see one another, not the FROM of the query they stand before.
        let mut with = query.with.take();
        for cte in with.iter_mut().flat_map(|w| &mut w.cte_tables) {
            let _ = VisitMut::visit(&mut *cte.query, self);
            self.scope.add_cte(cte);
        }
        // ORDER BY sees what its SELECT sees, but is walked after it.
        let order_by = shelve(order_by(query), |_| true);
        self.queries.push(OfQuery { with, ctes_before, order_by });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(mut done) = self.queries.pop() {
            if let SetExpr::Select(select) = &*query.body {
                let names = output_aliases(select);
                self.scope.enter(select);
                for (_, expr) in &mut done.order_by {
                    if !named_output(expr).is_some_and(|name| names.contains(&name)) {
                        let _ = VisitMut::visit(expr, self);
                    }
                }
                self.scope.leave();
            }
            unshelve(order_by(query), done.order_by);
            self.scope.forget_ctes(done.ctes_before);
            query.with = done.with;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.scope.enter(select);
        for item in &mut select.projection {
            // The column keeps the name it was asked for by.
            if let SelectItem::UnnamedExpr(Expr::Identifier(ident)) = item
                && let Some(expr) = self.value(ident)
            {
                let alias = Ident::with_quote('"', folded(ident));
                *item = SelectItem::ExprWithAlias { expr, alias };
            }
        }
        let names = output_aliases(select);
        let is_output = |expr: &Expr| named_output(expr).is_some_and(|name| names.contains(&name));
        let is_own = |expr: &Expr| named_output(expr).is_some_and(|name| self.scope.is_own_column(&name));
        let mut shelf = shelve(group_by(select), |expr| is_output(expr) && !is_own(expr));
        let offset = group_by(select).len();
        let on = shelve(distinct_on(select), is_output);
        shelf.extend(on.into_iter().map(|(at, expr)| (at + offset, expr)));
        self.selects.push(shelf);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.scope.leave();
        let offset = group_by(select).len();
        let (group, on): (Shelf, Shelf) =
            self.selects.pop().unwrap_or_default().into_iter().partition(|(at, _)| *at < offset);
        unshelve(group_by(select), group);
        unshelve(distinct_on(select), on.into_iter().map(|(at, expr)| (at - offset, expr)).collect());
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Derived { lateral: false, .. } => self.scope.enter_barrier(),
            TableFactor::Derived { alias, .. } | TableFactor::Function { alias, .. } => {
                self.scope.enter_lateral(alias.as_ref());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if matches!(factor, TableFactor::Derived { .. } | TableFactor::Function { .. }) {
            self.scope.leave();
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let value = match expr {
            Expr::Identifier(ident) => self.value(ident),
            // `(e).key` is `e.key` where `e` is a relation.
            Expr::CompoundFieldAccess { root, access_chain } => self.field(root, access_chain),
            _ => None,
        };
        if let Some(value) = value {
            *expr = value;
        }
        ControlFlow::Continue(())
    }
}

impl WholeRows<'_> {
    /// `alias.column` for an alias that stands for its value.
    fn value(&self, ident: &Ident) -> Option<Expr> {
        match self.scope.meaning(&folded(ident)) {
            Meaning::Relation(Relation { is_scalar: true, columns, .. }) => {
                let column = Ident::with_quote('"', columns.first()?.clone());
                Some(Expr::CompoundIdentifier(vec![ident.clone(), column]))
            }
            // The planner would look further out first.
            Meaning::Column => {
                let owner = Ident::with_quote('"', self.scope.left_owner(&folded(ident))?);
                Some(Expr::CompoundIdentifier(vec![owner, ident.clone()]))
            }
            _ => None,
        }
    }

    fn field(&self, root: &Expr, chain: &[datafusion::sql::sqlparser::ast::AccessExpr]) -> Option<Expr> {
        use datafusion::sql::sqlparser::ast::AccessExpr;
        let Expr::Nested(inner) = root else { return None };
        let (Expr::Identifier(relation), [AccessExpr::Dot(Expr::Identifier(column))]) = (&**inner, chain)
        else {
            return None;
        };
        match self.scope.meaning(&folded(relation)) {
            Meaning::Relation(found) if found.columns.contains(&folded(column)) => {
                Some(Expr::CompoundIdentifier(vec![relation.clone(), column.clone()]))
            }
            _ => None,
        }
    }
}

fn output_aliases(select: &Select) -> Vec<String> {
    select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
            _ => None,
        })
        .collect()
}

fn named_output(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(folded(ident)),
        _ => None,
    }
}

fn shelve(exprs: Vec<&mut Expr>, is_output: impl Fn(&Expr) -> bool) -> Shelf {
    let mut shelf = Vec::new();
    for (at, expr) in exprs.into_iter().enumerate() {
        if is_output(expr) {
            shelf.push((at, std::mem::replace(expr, nothing())));
        }
    }
    shelf
}

fn unshelve(exprs: Vec<&mut Expr>, shelf: Shelf) {
    let mut exprs: Vec<Option<&mut Expr>> = exprs.into_iter().map(Some).collect();
    for (at, original) in shelf {
        if let Some(expr) = exprs.get_mut(at).and_then(Option::take) {
            *expr = original;
        }
    }
}
