//! `select g, unnest(array_agg(x)) from t group by g` makes its sets from groups: the grouping becomes a
//! derived table, and the sets are made from that.
//!
//! Whatever holds no set moves down as a column of its own, so that nothing is computed twice and
//! nothing above names a column that only the grouped query can see.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins,
    VisitMut, VisitorMut,
};

use crate::engine::dialect::set_returning::select_list::has_sets;

/// Splits `select` into a derived table that groups, and a SELECT above it that makes the sets.
pub fn split(select: &mut Select, order_by: &mut [Expr], number: &mut usize) {
    *number += 1;
    let relation = format!("grouped#{number}");
    let mut below = Below { relation: relation.clone(), columns: Vec::new() };
    let output: Vec<Ident> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
            _ => None,
        })
        .collect();
    let mut projection = std::mem::take(&mut select.projection);
    for item in &mut projection {
        match item {
            SelectItem::ExprWithAlias { expr, .. } => below.take(expr),
            SelectItem::UnnamedExpr(expr) => {
                let alias = crate::engine::dialect::output_names::named(expr);
                below.take(expr);
                if let Some(alias) = alias {
                    let alias = Ident::with_quote('"', alias);
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                }
            }
            _ => {}
        }
    }
    for expr in order_by.iter_mut() {
        let names_output = matches!(expr, Expr::Identifier(ident) if output.contains(ident));
        if !names_output && !matches!(expr, Expr::Value(_)) {
            below.take(expr);
        }
    }
    let mut outer = select.clone();
    outer.projection = projection;
    outer.distinct = select.distinct.take();
    outer.selection = None;
    outer.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    outer.having = None;
    outer.named_window = Vec::new();
    outer.qualify = None;
    let mut inner = std::mem::replace(select, outer);
    inner.projection = below.columns;
    select.from = vec![TableWithJoins {
        relation: TableFactor::Derived {
            lateral: false,
            subquery: Box::new(query(inner)),
            alias: Some(TableAlias {
                explicit: true,
                name: Ident::with_quote('"', relation),
                columns: Vec::new(),
                at: None,
            }),
            sample: None,
        },
        joins: Vec::new(),
    }];
}

fn query(select: Select) -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Select(Box::new(select))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// The columns of the derived table.
struct Below {
    relation: String,
    columns: Vec<SelectItem>,
}

impl Below {
    fn take(&mut self, expr: &mut Expr) {
        let _ = VisitMut::visit(expr, self);
    }

    fn column(&mut self, expr: &Expr) -> Expr {
        let same = |item: &SelectItem| matches!(item, SelectItem::ExprWithAlias { expr: e, .. } if e == expr);
        let at = self.columns.iter().position(same).unwrap_or(self.columns.len());
        let name = Ident::with_quote('"', format!("{}.{}", self.relation, at + 1));
        if at == self.columns.len() {
            self.columns.push(SelectItem::ExprWithAlias { expr: expr.clone(), alias: name.clone() });
        }
        Expr::CompoundIdentifier(vec![Ident::with_quote('"', self.relation.clone()), name])
    }

    fn is_mine(&self, expr: &Expr) -> bool {
        match expr {
            Expr::CompoundIdentifier(parts) => parts.first().is_some_and(|p| p.value == self.relation),
            _ => false,
        }
    }
}

impl VisitorMut for Below {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if !matches!(expr, Expr::Value(_)) && !has_sets(expr) && !self.is_mine(expr) {
            *expr = self.column(expr);
        }
        ControlFlow::Continue(())
    }
}
