//! Counting rows: `count(1)` is `count(*)`, which the planner writes as the first, and one name may not stand
//! for both; `count(a.*)` counts the rows of `a` that are there, which an outer join may leave out.
//!
//! | the statement says | what becomes of it |
//! |---|---|
//! | `count(1)` | `count(*)` |
//! | `count(a.*)`, where `a` is always there | `count(*)` |
//! | `count(a.*) .. left join t as a` | `count(a."row of a") .. left join (select *, true as "row of a" from t) as a` |
//!
//! Whatever else is counted so is left as it is, and refused by the planner.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, JoinOperator, OrderBy, Query, Select,
    SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::set_returning::called;

/// The argument of a count, without DISTINCT.
fn counted(expr: &mut Expr) -> Option<&mut FunctionArgExpr> {
    let Expr::Function(function) = expr else { return None };
    if called(&function.name) != "count" {
        return None;
    }
    let FunctionArguments::List(list) = &mut function.args else { return None };
    match (&list.duplicate_treatment, list.args.as_mut_slice()) {
        (None, [FunctionArg::Unnamed(argument)]) => Some(argument),
        _ => None,
    }
}

pub fn visit(expr: &mut Expr) {
    let Some(argument) = counted(expr) else { return };
    let is_value = match argument {
        FunctionArgExpr::Expr(Expr::Value(ValueWithSpan { value, .. })) => {
            matches!(value, Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_))
        }
        _ => false,
    };
    if is_value {
        *argument = FunctionArgExpr::Wildcard;
    }
}

/// `count(a.*)` of a query, in its ORDER BY too.
pub fn visit_query(query: &mut Query) {
    if let SetExpr::Select(select) = query.body.as_mut() {
        visit_select(select, query.order_by.as_mut());
    }
}

/// The same of one SELECT, such as a part of a UNION.
pub fn visit_select(select: &mut Select, order_by: Option<&mut OrderBy>) {
    let shows_all = select
        .projection
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    let mut rewrite = RowsOf { select_from: &mut select.from, shows_all, marked: BTreeSet::new() };
    for item in &mut select.projection {
        let _ = VisitMut::visit(item, &mut rewrite);
    }
    if let Some(having) = &mut select.having {
        let _ = VisitMut::visit(having, &mut rewrite);
    }
    if let Some(order_by) = order_by {
        let _ = VisitMut::visit(order_by, &mut rewrite);
    }
}

struct RowsOf<'s> {
    select_from: &'s mut Vec<TableWithJoins>,
    shows_all: bool,
    /// Relations whose rows bear the mark already.
    marked: BTreeSet<String>,
}

impl VisitorMut for RowsOf<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(argument) = counted(expr)
            && let FunctionArgExpr::QualifiedWildcard(name) = argument
            && let [part] = name.0.as_slice()
            && let Some(relation) = part.as_ident().cloned()
            && let Some(counted) = self.rows_of(&relation)
        {
            *argument = counted;
        }
        ControlFlow::Continue(())
    }
}

impl RowsOf<'_> {
    fn rows_of(&mut self, relation: &Ident) -> Option<FunctionArgExpr> {
        let wanted = relation.value.to_lowercase();
        let mark = Ident::with_quote('"', format!("row of {wanted}"));
        let column = FunctionArgExpr::Expr(Expr::CompoundIdentifier(vec![relation.clone(), mark.clone()]));
        if self.marked.contains(&wanted) {
            return Some(column);
        }
        for from in self.select_from.iter_mut() {
            let joins = from.joins.len();
            let outer = |at: usize| from.joins.iter().skip(at).any(|join| keeps_right(&join.join_operator));
            // Position 0 is what stands before the joins.
            let may_miss: Vec<bool> = (0..=joins)
                .map(|at| {
                    let own = at.checked_sub(1).and_then(|own| from.joins.get(own));
                    own.is_some_and(|join| keeps_left(&join.join_operator)) || outer(at)
                })
                .collect();
            let factors =
                std::iter::once(&mut from.relation).chain(from.joins.iter_mut().map(|j| &mut j.relation));
            for (factor, may_miss) in factors.zip(may_miss) {
                if name_of(factor).as_deref() != Some(&*wanted) {
                    continue;
                }
                if !may_miss {
                    return Some(FunctionArgExpr::Wildcard);
                }
                if self.shows_all || !mark_rows(factor, relation, mark) {
                    return None;
                }
                self.marked.insert(wanted);
                return Some(column);
            }
        }
        None
    }
}

fn keeps_left(join: &JoinOperator) -> bool {
    matches!(join, JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::FullOuter(_))
}

fn keeps_right(join: &JoinOperator) -> bool {
    matches!(join, JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_))
}

fn name_of(factor: &TableFactor) -> Option<String> {
    let name = match factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            &alias.name
        }
        TableFactor::Table { name, .. } => name.0.last()?.as_ident()?,
        _ => return None,
    };
    Some(name.value.to_lowercase())
}

/// Wraps a relation so that each of its rows bears a mark; `false` where that cannot be written.
fn mark_rows(factor: &mut TableFactor, relation: &Ident, mark: Ident) -> bool {
    let renames = match factor {
        TableFactor::Table { alias, args: None, .. } | TableFactor::Derived { alias, lateral: false, .. } => {
            alias.as_ref().is_some_and(|alias| !alias.columns.is_empty())
        }
        _ => true,
    };
    let Some(mut query) = marking(&mark) else { return false };
    let SetExpr::Select(select) = query.body.as_mut() else { return false };
    let Some(from) = select.from.first_mut().filter(|_| !renames) else { return false };
    std::mem::swap(&mut from.relation, factor);
    let alias = TableAlias { name: relation.clone(), columns: Vec::new(), explicit: true, at: None };
    *factor = TableFactor::Derived { lateral: false, subquery: query, alias: Some(alias), sample: None };
    true
}

fn marking(mark: &Ident) -> Option<Box<Query>> {
    let text = format!("select *, true as {mark} from t");
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(&text).ok()?;
    parser.parse_query().ok()
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    #[test]
    fn a_constant_counts_rows_and_null_counts_none() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(shown("select count(1) as n"), "SELECT count(*) AS n");
        assert_eq!(shown("select count('x') as n"), "SELECT count(*) AS n");
        assert_eq!(shown("select count(null) as n"), "SELECT count(NULL) AS n");
    }

    #[test]
    fn rows_that_an_outer_join_leaves_out_are_not_counted() {
        let shown = |sql| rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string();
        assert_eq!(shown("select count(a.*) as n from t as a"), "SELECT count(*) AS n FROM t AS a");
        assert_eq!(
            shown("select count(t.*) as n from t left join u on t.x = u.x"),
            "SELECT count(*) AS n FROM t LEFT JOIN u ON t.x = u.x"
        );
        assert_eq!(
            shown("select count(a.*) as n from b left join t as a on a.x = b.x"),
            "SELECT count(a.\"row of a\") AS n FROM b LEFT JOIN \
             (SELECT *, true AS \"row of a\" FROM t AS a) AS a ON a.x = b.x"
        );
        assert_eq!(shown("select count(z.*) as n from t"), "SELECT count(z.*) AS n FROM t");
    }
}
