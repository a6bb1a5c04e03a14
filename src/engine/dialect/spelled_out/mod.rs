//! Syntax spelled out: what PostgreSQL writes in words of its own becomes calls, casts and comparisons
//! that the planner types by PostgreSQL's rules.
//!
//! | what people write | what becomes of it | file |
//! |---|---|---|
//! | `5`, `0.5`, `-0.5` | integer where it fits, numeric where it has a point | [`numbers`] |
//! | `x::numeric(10, 2)` | a call of a function of that name, made for the statement | [`casts`] |
//! | `extract(..)`, `position(..)`, `x at time zone z`, `interval '1' day`, `- x`, `date(x)` | calls and casts | [`calls`] |
//! | `between`, `is distinct from`, `= any (..)`, `like any (..)`, `similar to`, `in` | comparisons and calls | [`comparisons`] |
//! | `case` | `case_of(case .., results)`, whose type is the results' | [`conditions`] |
//!
//! It runs last: names of columns and functions that return sets are settled by then.

mod calls;
mod casts;
mod comparisons;
mod conditions;
mod numbers;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Query, Select, Value, VisitMut, VisitorMut,
};

pub use conditions::CASE;

/// Answers the casts that occur: the name of the function each became, and its type.
pub fn rewrite(query: &mut Query) -> BTreeMap<String, DataType> {
    let mut pass = SpelledOut::default();
    let _ = VisitMut::visit(query, &mut pass);
    pass.casts
}

#[derive(Default)]
struct SpelledOut {
    casts: BTreeMap<String, DataType>,
}

impl VisitorMut for SpelledOut {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        numbers::visit_values(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        numbers::restore_in_query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        numbers::restore_in_select(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        numbers::sign(expr);
        conditions::operand(expr);
        comparisons::between(expr);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        numbers::visit(expr);
        calls::visit(expr);
        comparisons::visit(expr);
        conditions::visit(expr);
        casts::visit(expr, &mut self.casts);
        ControlFlow::Continue(())
    }
}

/// A call under a name no statement needs to know.
fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::with_quote('"', name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn text(words: impl Into<String>) -> Expr {
    Expr::Value(Value::SingleQuotedString(words.into()).with_empty_span())
}

fn null() -> Expr {
    Expr::Value(Value::Null.with_empty_span())
}

/// The expression itself, leaving NULL behind.
fn taken(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, null())
}

fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    fn shown(sql: &str) -> String {
        rewrite(parsed(sql), &|_| Vec::new(), &|_| None).query.to_string()
    }

    #[test]
    fn numbers_have_postgresqls_types_but_for_places_and_counts() {
        assert_eq!(shown("select 5 as a, 3000000000 as b"), "SELECT CAST(5 AS Int32) AS a, 3000000000 AS b");
        assert_eq!(
            shown("select 0.5 as a, -1.5 as b"),
            "SELECT \"::NUMERIC\"('0.5') AS a, \"::NUMERIC\"('-1.5') AS b"
        );
        assert_eq!(
            shown("select a from t group by 1 order by 1 limit 5 offset 2"),
            "SELECT a FROM t GROUP BY 1 ORDER BY 1 LIMIT 5 OFFSET 2"
        );
        assert_eq!(
            shown("select sum(a) over (order by b rows 2 preceding) as s from t"),
            "SELECT sum(a) OVER (ORDER BY b ROWS 2 PRECEDING) AS s FROM t"
        );
    }

    #[test]
    fn comparisons_in_words_are_spelled_out() {
        assert_eq!(shown("select a between b and c as x from t"), "SELECT (a >= b AND a <= c) AS x FROM t");
        assert_eq!(
            shown("select a not between symmetric b and c as x from t"),
            "SELECT NOT ((a >= b AND a <= c) OR (a >= c AND a <= b)) AS x FROM t"
        );
        assert_eq!(shown("select a = any(b) as x from t"), "SELECT \"= any\"(a, b) AS x FROM t");
        assert_eq!(
            shown("select a <> all(select c from u) as x from t"),
            "SELECT a NOT IN (SELECT c FROM u) AS x FROM t"
        );
        assert_eq!(
            shown("select a is distinct from b as x from t"),
            "SELECT \"is_distinct_from\"(a, b) AS x FROM t"
        );
    }

    #[test]
    fn syntax_of_dates_is_calls_and_casts() {
        assert_eq!(
            shown("select extract(day from a) as x from t"),
            "SELECT \"extract\"('day', a) AS x FROM t"
        );
        assert_eq!(shown("select interval '90' day as x"), "SELECT \"::INTERVAL\"('90 day') AS x");
        assert_eq!(
            shown("select a at time zone 'UTC' as x from t"),
            "SELECT \"timezone\"('UTC', a) AS x FROM t"
        );
        assert_eq!(shown("select date(a) as x from t"), "SELECT \"::DATE\"(a) AS x FROM t");
        assert_eq!(shown("select - a as x from t"), "SELECT \"- \"(a) AS x FROM t");
    }
}
