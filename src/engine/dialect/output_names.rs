//! The names PostgreSQL gives to output columns without an alias: `count(*)` is `count`,
//! `x::date` is `x`, `a + b` is `?column?`. DataFusion would show the expression, and refuses two
//! columns of one name, which PostgreSQL allows: the second is renamed inside and shown as meant.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::ast::{
    AccessExpr, DataType, Expr, Function, Ident, ObjectNamePart, Query, Select, SelectItem, SetExpr,
    TrimWhereField,
};

const UNNAMED: &str = "?column?";

#[derive(Default)]
pub struct Names {
    shown: BTreeMap<String, String>,
}

impl Names {
    pub fn into_shown(self) -> BTreeMap<String, String> {
        self.shown
    }

    pub fn visit(&mut self, select: &mut Select) {
        let starred = select
            .projection
            .iter()
            .any(|i| matches!(i, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
        let mut used: BTreeSet<String> = BTreeSet::new();
        for item in &mut select.projection {
            match item {
                // HAVING would take the new alias for the column of the same name.
                SelectItem::UnnamedExpr(expr) if is_column(expr) || select.having.is_some() => {
                    let name = named(expr).unwrap_or_else(|| UNNAMED.to_owned());
                    let whole = expr.to_string().to_lowercase();
                    // Columns of two tables may share a name; one column twice may not, nor one beside a star.
                    let taken = !used.insert(whole) | (starred && is_column(expr));
                    used.insert(name.clone());
                    if taken {
                        let alias = self.unique(&name, &mut used);
                        *item = aliased(expr, alias);
                    } else if !is_column(expr) {
                        // Without an alias the planner's own name comes out; it is not known yet.
                        if !references(expr, &name) {
                            *item = aliased(expr, name);
                        }
                    }
                }
                SelectItem::UnnamedExpr(expr) => {
                    let name = named(expr).unwrap_or_else(|| UNNAMED.to_owned());
                    let alias = if used.insert(name.clone()) && !starred {
                        name
                    } else {
                        self.unique(&name, &mut used)
                    };
                    *item = aliased(expr, alias);
                }
                SelectItem::ExprWithAlias { alias, .. } => {
                    let name = folded(alias);
                    if !used.insert(name.clone()) {
                        *alias = Ident::with_quote('"', self.unique(&name, &mut used));
                    }
                }
                _ => {}
            }
        }
    }

    fn unique(&mut self, name: &str, used: &mut BTreeSet<String>) -> String {
        let mut number = 2;
        loop {
            let candidate = format!("{name}#{number}");
            if used.insert(candidate.clone()) {
                self.shown.insert(candidate.clone(), name.to_owned());
                return candidate;
            }
            number += 1;
        }
    }
}

/// The columns of a lateral subquery, which may be those of its surroundings, under their own names.
pub fn spell_out(query: &mut Query) {
    let SetExpr::Select(select) = &mut *query.body else { return };
    let mut used = BTreeSet::new();
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && let Expr::CompoundIdentifier(_) | Expr::Identifier(_) = expr
            && let Some(name) = named(expr)
            && used.insert(name.clone())
        {
            *item = aliased(expr, name);
        }
    }
}

fn aliased(expr: &Expr, name: String) -> SelectItem {
    SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', name) }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

fn references(expr: &Expr, name: &str) -> bool {
    use datafusion::sql::sqlparser::ast::visit_expressions;
    visit_expressions(expr, |inner| match inner {
        Expr::Identifier(ident) if folded(ident) == name => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    })
    .is_break()
}

fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// What PostgreSQL's `FigureColname` picks.
pub fn named(expr: &Expr) -> Option<String> {
    let fixed = match expr {
        Expr::Identifier(ident) => return Some(folded(ident)),
        Expr::CompoundIdentifier(parts) => return parts.last().map(folded),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return named(inner),
        Expr::Function(function) => return function_name(function),
        Expr::Cast { expr, data_type, .. } => {
            return strong_name(expr).or_else(|| Some(type_name(data_type)));
        }
        Expr::TypedString(typed) => return Some(type_name(&typed.data_type)),
        Expr::Case { else_result, .. } => {
            return else_result.as_deref().and_then(strong_name).or_else(|| Some("case".to_owned()));
        }
        Expr::Subquery(query) => return subquery_name(query),
        Expr::Exists { negated: true, .. } => return None,
        Expr::Exists { .. } => "exists",
        Expr::CompoundFieldAccess { root, access_chain } => return accessed(root, access_chain),
        Expr::Array(_) => "array",
        Expr::Extract { .. } => "extract",
        Expr::Ceil { .. } => "ceil",
        Expr::Floor { .. } => "floor",
        Expr::Position { .. } => "position",
        Expr::Substring { shorthand: true, .. } => "substr",
        Expr::Substring { .. } => "substring",
        Expr::Overlay { .. } => "overlay",
        Expr::Trim { trim_where: Some(TrimWhereField::Leading), .. } => "ltrim",
        Expr::Trim { trim_where: Some(TrimWhereField::Trailing), .. } => "rtrim",
        Expr::Trim { .. } => "btrim",
        Expr::Interval(_) => "interval",
        Expr::AtTimeZone { .. } => "timezone",
        Expr::Tuple(_) => "row",
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// `(f(x)).field` is called after the field, `a[1]` after what it is taken from.
fn accessed(root: &Expr, chain: &[AccessExpr]) -> Option<String> {
    let field = chain.iter().rev().find_map(|access| match access {
        AccessExpr::Dot(Expr::Identifier(ident)) => Some(folded(ident)),
        _ => None,
    });
    field.or_else(|| named(root))
}

/// Names that outrank a cast's type: columns and functions, not literals or CASE.
fn strong_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(_) | Expr::TypedString(_) | Expr::Interval(_) => None,
        Expr::Nested(inner) => strong_name(inner),
        Expr::Cast { expr, .. } => strong_name(expr),
        Expr::Case { else_result, .. } => else_result.as_deref().and_then(strong_name),
        other => named(other),
    }
}

fn function_name(function: &Function) -> Option<String> {
    match function.name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => Some(folded(ident)),
        _ => None,
    }
}

fn subquery_name(query: &Query) -> Option<String> {
    let SetExpr::Select(select) = &*query.body else { return None };
    match select.projection.first()? {
        SelectItem::UnnamedExpr(expr) => named(expr),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

/// PostgreSQL's internal name of a type: what a cast literal is called.
fn type_name(kind: &DataType) -> String {
    let text = kind.to_string().to_lowercase();
    let base = text.split(['(', '[']).next().unwrap_or("").trim();
    match base {
        "int" | "integer" | "int4" => "int4",
        "bigint" | "int8" => "int8",
        "smallint" | "int2" => "int2",
        "boolean" | "bool" => "bool",
        "real" | "float4" => "float4",
        "float" | "double precision" | "float8" | "double" => "float8",
        "decimal" | "dec" | "numeric" => "numeric",
        "character varying" | "varchar" => "varchar",
        "character" | "char" => "bpchar",
        "timestamp with time zone" | "timestamptz" => "timestamptz",
        "timestamp without time zone" | "timestamp" => "timestamp",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dialect::{parsed, rewrite};

    fn names(sql: &str) -> Vec<String> {
        let rewritten = rewrite(parsed(sql), &|_| Vec::new(), &|_| None);
        let SetExpr::Select(select) = &*rewritten.query.body else { panic!("not a select") };
        select
            .projection
            .iter()
            .map(|item| match item {
                SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
                SelectItem::UnnamedExpr(expr) => named(expr).unwrap(),
                other => other.to_string(),
            })
            .map(|name| rewritten.shown_names.get(&name).cloned().unwrap_or(name))
            .collect()
    }

    // The expected names are psql 15's column headings for the same statements.
    #[test]
    fn columns_without_an_alias_are_named_as_postgresql_names_them() {
        let sql = "select A, t.B, count(*), lower(x), 1 + 1, 'x'::text, j -> 'a', case when true then 1 end, \
            coalesce(1, 2), (select 5 as q), exists(select 1), now(), array[1, 2], extract(day from y), \
            date '2020-01-01', cast(5 as int), trim(' a '), a::bigint, case when b then 1 else c end, \
            interval '1 day', coalesce(null, 5)::text, 1 is null from t";
        assert_eq!(
            names(sql),
            [
                "a", "b", "count", "lower", "?column?", "text", "?column?", "case", "coalesce", "q",
                "exists", "now", "array", "extract", "date", "int4", "btrim", "a", "c", "interval",
                "coalesce", "?column?"
            ]
        );
    }

    #[test]
    fn a_name_may_come_twice() {
        assert_eq!(names("select a, a, count(*), count(*) from t"), ["a", "a", "count", "count"]);
        assert_eq!(names("select *, a, lower(a) from t"), ["*", "a", "lower"]);
        assert_eq!(names("select b as x, c as X from t"), ["x", "x"]);
    }
}
