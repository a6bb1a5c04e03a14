//! The expressions of clauses that may name output columns.

use datafusion::sql::sqlparser::ast::{Distinct, Expr, GroupByExpr, OrderByKind, Query, Select};

pub fn order_by(query: &mut Query) -> Vec<&mut Expr> {
    match query.order_by.as_mut().map(|o| &mut o.kind) {
        Some(OrderByKind::Expressions(exprs)) => exprs.iter_mut().map(|e| &mut e.expr).collect(),
        _ => Vec::new(),
    }
}

pub fn group_by(select: &mut Select) -> Vec<&mut Expr> {
    match &mut select.group_by {
        GroupByExpr::Expressions(exprs, _) => exprs.iter_mut().collect(),
        GroupByExpr::All(_) => Vec::new(),
    }
}

pub fn distinct_on(select: &mut Select) -> Vec<&mut Expr> {
    match &mut select.distinct {
        Some(Distinct::On(exprs)) => exprs.iter_mut().collect(),
        _ => Vec::new(),
    }
}
