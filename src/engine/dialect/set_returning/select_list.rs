//! Functions that return sets in the SELECT list.
//!
//! PostgreSQL runs them side by side: each row is repeated as often as the longest set asks for, the
//! shorter ones padded with NULL, and not at all where every set is empty. That is what
//! `lateral rows from (f(..), g(..))` does, so that is what they become:
//!
//! ```sql
//! select id, unnest(a) as x, unnest(b) + 1 as y from t where c
//! select id, "set#1".x1 as x, "set#1".x2 + 1 as y from t, lateral "rows from"(unnest(a), unnest(b)) as "set#1"(x1, x2) where c
//! ```
//!
//! A set inside the argument of another is one level deeper and comes first. Where the SELECT groups or
//! has windows, sets are made from its result: the SELECT without them becomes a derived table. A set
//! that is itself grouped by is made before.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, ExceptSelectItem, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    GroupByExpr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, TableAlias, TableAliasColumnDef,
    TableFactor, TableWithJoins, Visit, VisitMut, Visitor, VisitorMut,
};

use crate::engine::dialect::json_casts::call;
use crate::engine::dialect::set_returning::clauses::{group_by, order_by};
use crate::engine::dialect::set_returning::derived;
use crate::engine::dialect::set_returning::functions::{Outputs, called, folded, is_set_returning, outputs};

/// The function that runs its arguments, functions themselves, side by side.
pub const ROWS_FROM: &str = "rows from";

/// Around one of those arguments: each of its columns counts, not one record.
pub const FIELDS: &str = "fields";

/// Rewrites the SELECT lists of a query's own body, ORDER BY included; `number` counts what is named.
pub fn visit(query: &mut Query, number: &mut usize) {
    let mut sorted: Vec<Expr> = order_by(query).into_iter().map(|e| e.clone()).collect();
    if let SetExpr::Select(select) = &mut *query.body {
        visit_select(select, &mut sorted, number);
    }
    for (expr, new) in order_by(query).into_iter().zip(sorted) {
        *expr = new;
    }
}

/// A SELECT that is part of a set operation has no ORDER BY of its own.
pub fn visit_select(select: &mut Select, order_by: &mut [Expr], number: &mut usize) {
    if !select.projection.iter().any(item_has_sets) {
        return;
    }
    if is_grouped(select) && !sets_are_keys(select) {
        derived::split(select, order_by, number);
    }
    while select.projection.iter().any(item_has_sets) {
        if !one_level(select, order_by, number) {
            return;
        }
    }
}

fn expr_of(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn item_has_sets(item: &SelectItem) -> bool {
    expr_of(item).is_some_and(has_sets)
}

/// Whether a set is made by `expr` itself, not by a query inside it.
pub fn has_sets(expr: &Expr) -> bool {
    found(expr, |function| is_set_returning(&called(&function.name)))
}

/// Moves the innermost sets of the SELECT list into FROM; `false` where none can be moved.
fn one_level(select: &mut Select, order_by: &mut [Expr], number: &mut usize) -> bool {
    *number += 1;
    let mut moving = Moving { relation: format!("set#{number}"), moved: Vec::new(), inside: 0 };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let _ = VisitMut::visit(expr, &mut moving);
        }
    }
    if moving.moved.is_empty() {
        return false;
    }
    let mut keys: Vec<&mut Expr> = group_by(select);
    keys.extend(order_by.iter_mut());
    for expr in keys {
        let _ = VisitMut::visit(expr, &mut Replacing(&moving));
    }
    for item in &mut select.projection {
        if let SelectItem::Wildcard(options) = item {
            let already = options.opt_except.take().into_iter();
            let already = already.flat_map(|e| std::iter::once(e.first_element).chain(e.additional_elements));
            let mut hidden = already.chain(moving.columns());
            if let Some(first_element) = hidden.next() {
                let additional_elements = hidden.collect();
                options.opt_except = Some(ExceptSelectItem { first_element, additional_elements });
            }
        }
    }
    select.from.push(moving.into_from());
    true
}

/// A set that was taken out, as one column or as a column per field.
struct Moved {
    set: Expr,
    fields: Option<&'static [&'static str]>,
}

/// Takes sets whose arguments hold none out of an expression.
struct Moving {
    relation: String,
    moved: Vec<Moved>,
    /// Depth of what sets cannot be taken out of: queries, CASE, aggregates.
    inside: usize,
}

impl Moving {
    /// The columns of the new relation, in order.
    fn columns(&self) -> Vec<Ident> {
        let of = |(at, moved): (usize, &Moved)| match moved.fields {
            None => vec![self.column(at, None)],
            Some(fields) => fields.iter().map(|field| self.column(at, Some(field))).collect(),
        };
        self.moved.iter().enumerate().flat_map(of).collect()
    }

    fn column(&self, at: usize, field: Option<&str>) -> Ident {
        let dot = if field.is_some() { "." } else { "" };
        Ident::with_quote('"', format!("{}.{}{dot}{}", self.relation, at + 1, field.unwrap_or("")))
    }

    fn reference(&self, at: usize, field: Option<&str>) -> Expr {
        let relation = Ident::with_quote('"', self.relation.clone());
        Expr::CompoundIdentifier(vec![relation, self.column(at, field)])
    }

    /// Where `set` was put, new or not.
    fn place(&mut self, set: &Expr, fields: Option<&'static [&'static str]>) -> usize {
        let same = |moved: &Moved| moved.set == *set && moved.fields == fields;
        self.moved.iter().position(same).unwrap_or_else(|| {
            self.moved.push(Moved { set: set.clone(), fields });
            self.moved.len() - 1
        })
    }

    fn into_from(self) -> TableWithJoins {
        let columns =
            self.columns().into_iter().map(|name| TableAliasColumnDef { name, data_type: None }).collect();
        let alias = TableAlias {
            explicit: true,
            name: Ident::with_quote('"', self.relation.clone()),
            columns,
            at: None,
        };
        let called = |moved: Moved| match moved.fields {
            Some(_) => call(FIELDS, vec![moved.set]),
            None => moved.set,
        };
        let args = self.moved.into_iter().map(called);
        let args = args.map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e))).collect();
        let relation = TableFactor::Function {
            lateral: true,
            name: ObjectName::from(vec![Ident::with_quote('"', ROWS_FROM)]),
            args,
            with_ordinality: false,
            alias: Some(alias),
        };
        TableWithJoins { relation, joins: Vec::new() }
    }
}

impl VisitorMut for Moving {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.inside += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.inside -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.inside == 0
            && let Some((set, field, fields)) = field_of_set(expr)
        {
            let at = self.place(&set, Some(fields));
            *expr = self.reference(at, Some(&field));
        }
        self.inside += usize::from(holds_sets_in(expr));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.inside -= usize::from(holds_sets_in(expr));
        if self.inside == 0 && is_set(expr) && !arguments(expr).any(|e| has_sets(e) || self.holds_moved(e)) {
            let at = self.place(expr, None);
            *expr = self.reference(at, None);
        }
        ControlFlow::Continue(())
    }
}

impl Moving {
    /// Whether an argument was a set of this level: then its function is one level up.
    fn holds_moved(&self, expr: &Expr) -> bool {
        let mine = |e: &Expr| match e {
            Expr::CompoundIdentifier(parts) => parts.first().is_some_and(|p| p.value == self.relation),
            _ => false,
        };
        datafusion::sql::sqlparser::ast::visit_expressions(expr, |e| {
            if mine(e) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .is_break()
    }
}

/// The same sets again, in GROUP BY and ORDER BY.
struct Replacing<'a>(&'a Moving);

impl VisitorMut for Replacing<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(at) = self.0.moved.iter().position(|moved| moved.fields.is_none() && moved.set == *expr) {
            *expr = self.0.reference(at, None);
        }
        ControlFlow::Continue(())
    }
}

/// `(jsonb_each(x)).key`: the set, the field, and all fields it has.
fn field_of_set(expr: &Expr) -> Option<(Expr, String, &'static [&'static str])> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else { return None };
    let (Expr::Nested(set), [AccessExpr::Dot(Expr::Identifier(field))]) = (&**root, access_chain.as_slice())
    else {
        return None;
    };
    let Expr::Function(function) = &**set else { return None };
    match outputs(&called(&function.name)) {
        Some(Outputs::Record(fields)) if fields.contains(&folded(field).as_str()) => {
            Some((set.as_ref().clone(), folded(field), fields))
        }
        _ => None,
    }
}

pub fn is_set(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(f) if is_set_returning(&called(&f.name)))
}

/// PostgreSQL allows no set in here.
fn holds_sets_in(expr: &Expr) -> bool {
    match expr {
        Expr::Case { .. } => true,
        Expr::Function(f) => {
            is_aggregate(f)
                || matches!(called(&f.name).as_str(), "coalesce" | "nullif" | "greatest" | "least")
        }
        _ => false,
    }
}

fn arguments(expr: &Expr) -> impl Iterator<Item = &Expr> {
    let list = match expr {
        Expr::Function(Function { args: FunctionArguments::List(list), .. }) => list.args.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

fn is_grouped(select: &Select) -> bool {
    let keys = match &select.group_by {
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
        GroupByExpr::All(_) => true,
    };
    keys || select.having.is_some()
        || select.projection.iter().filter_map(expr_of).any(|e| found(e, is_aggregate))
}

/// Whether every set of the SELECT list is one of the keys of GROUP BY.
fn sets_are_keys(select: &Select) -> bool {
    let GroupByExpr::Expressions(keys, _) = &select.group_by else { return false };
    select.projection.iter().enumerate().filter(|(_, item)| item_has_sets(item)).all(|(at, item)| {
        let alias = match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
            _ => None,
        };
        keys.iter().any(|key| match key {
            Expr::Value(value) => value.value.to_string() == (at + 1).to_string(),
            Expr::Identifier(ident) if alias == Some(folded(ident)) => true,
            key => Some(key) == expr_of(item),
        })
    })
}

/// Aggregates by name; everything with OVER is a window.
fn is_aggregate(function: &Function) -> bool {
    const AGGREGATES: &[&str] = &[
        "array_agg",
        "avg",
        "bit_and",
        "bit_or",
        "bool_and",
        "bool_or",
        "corr",
        "count",
        "every",
        "json_agg",
        "json_object_agg",
        "jsonb_agg",
        "jsonb_object_agg",
        "max",
        "min",
        "percentile_cont",
        "percentile_disc",
        "mode",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "string_agg",
        "sum",
        "var_pop",
        "var_samp",
        "variance",
    ];
    function.over.is_some() || AGGREGATES.contains(&called(&function.name).as_str())
}

/// Whether `wanted` is called in `expr`, queries inside it aside.
fn found(expr: &Expr, wanted: impl Fn(&Function) -> bool) -> bool {
    struct Finder<F> {
        wanted: F,
        inside: usize,
    }
    impl<F: Fn(&Function) -> bool> Visitor for Finder<F> {
        type Break = ();

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.inside += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.inside -= 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Function(function) if self.inside == 0 && (self.wanted)(function) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Finder { wanted, inside: 0 }).is_break()
}
