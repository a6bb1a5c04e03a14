//! Subqueries as arrays, and quantifiers over subqueries.
//!
//! | the statement says | what becomes of it |
//! |---|---|
//! | `array(select x ..)` | `(select array_gathered(array_agg(x)) from (select x ..))`: an empty array where there is no row |
//! | `x = any (select ..)`, `x <> all (select ..)` | `x in (select ..)`, `x not in (select ..)` |
//! | `x > any (select ..)` | `x > any (array(select ..))` |

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArguments, Ident, Query, SelectItem, SetExpr, TableFactor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::engine::dialect::set_returning::functions::called;

pub fn visit(expr: &mut Expr, number: &mut usize) {
    quantified(expr, number);
    let Expr::Function(Function { name, args: FunctionArguments::Subquery(query), over: None, .. }) = expr
    else {
        return;
    };
    if called(name) == "array"
        && let Some(gathered) = gathering(query, number)
    {
        *expr = gathered;
    }
}

fn quantified(expr: &mut Expr, number: &mut usize) {
    let (any, left, operator, right) = match expr {
        Expr::AnyOp { left, compare_op, right, .. } => (true, left, compare_op, right),
        Expr::AllOp { left, compare_op, right } => (false, left, compare_op, right),
        _ => return,
    };
    let Expr::Subquery(query) = &**right else { return };
    match (any, operator) {
        (true, BinaryOperator::Eq) | (false, BinaryOperator::NotEq) => {
            *expr = Expr::InSubquery { expr: left.clone(), subquery: query.clone(), negated: !any };
        }
        _ => {
            if let Some(gathered) = gathering(query, number) {
                **right = gathered;
            }
        }
    }
}

/// A scalar subquery that is all of the query's values as one array.
fn gathering(query: &Query, number: &mut usize) -> Option<Expr> {
    *number += 1;
    let relation = format!("array#{number}");
    let sql =
        format!(r#"(select array_gathered(array_agg("{relation}".x)) from (select 1) as "{relation}"(x))"#);
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(&sql).ok()?;
    let mut expr = parser.parse_expr().ok()?;
    let Expr::Subquery(outer) = &mut expr else { return None };
    let SetExpr::Select(select) = &mut *outer.body else { return None };
    // The column is called what the statement calls it, as everywhere.
    let item = select.projection.first_mut()?;
    if let SelectItem::UnnamedExpr(gathered) = item {
        *item = SelectItem::ExprWithAlias { expr: gathered.clone(), alias: Ident::with_quote('"', "array") };
    }
    let from = select.from.first_mut()?;
    let TableFactor::Derived { subquery, .. } = &mut from.relation else { return None };
    **subquery = query.clone();
    Some(expr)
}
