//! Functions in FROM, all in one form: `lateral name(arguments) [with ordinality] as alias`.
//!
//! The parser knows four (a table with arguments, `lateral f()`, `unnest()`, and a function); in
//! PostgreSQL a function in FROM may always refer to what stands to its left, and without an alias it is
//! called what the function is called.

use datafusion::sql::sqlparser::ast::{
    FunctionArg, FunctionArgExpr, Ident, JoinOperator, ObjectName, Select, TableAlias, TableFactor,
    TableFunctionArgs, TableWithJoins, Value,
};

use crate::engine::dialect::set_returning::functions::called;

pub fn visit(select: &mut Select) {
    for from in &mut select.from {
        visit_joins(from);
    }
}

fn visit_joins(from: &mut TableWithJoins) {
    visit_factor(&mut from.relation, true);
    for join in &mut from.joins {
        let sees_left = !matches!(
            join.join_operator,
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
        );
        visit_factor(&mut join.relation, sees_left);
    }
}

fn visit_factor(factor: &mut TableFactor, lateral: bool) {
    match factor {
        TableFactor::NestedJoin { table_with_joins, .. } => visit_joins(table_with_joins),
        TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
            let name = std::mem::replace(name, ObjectName(Vec::new()));
            let TableFunctionArgs { args, .. } =
                std::mem::replace(args, TableFunctionArgs { args: Vec::new(), settings: None });
            *factor = function(lateral, name, args, *with_ordinality, alias.take());
        }
        TableFactor::Function { name, args, with_ordinality, alias, .. } => {
            let name = std::mem::replace(name, ObjectName(Vec::new()));
            *factor = function(lateral, name, std::mem::take(args), *with_ordinality, alias.take());
        }
        TableFactor::UNNEST {
            alias,
            array_exprs,
            with_ordinality,
            with_offset: false,
            with_offset_alias: None,
            ..
        } => {
            let name = ObjectName::from(vec![Ident::new("unnest")]);
            let args = std::mem::take(array_exprs)
                .into_iter()
                .map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e)))
                .collect();
            *factor = function(lateral, name, args, *with_ordinality, alias.take());
        }
        _ => {}
    }
}

fn function(
    lateral: bool,
    name: ObjectName,
    args: Vec<FunctionArg>,
    with_ordinality: bool,
    alias: Option<TableAlias>,
) -> TableFactor {
    let alias = alias.unwrap_or_else(|| TableAlias {
        explicit: true,
        name: Ident::with_quote('"', called(&name)),
        columns: Vec::new(),
        at: None,
    });
    TableFactor::Function { lateral, name, args, with_ordinality, alias: Some(alias) }
}

/// A place holder left where something was taken out of the tree.
pub fn nothing() -> datafusion::sql::sqlparser::ast::Expr {
    datafusion::sql::sqlparser::ast::Expr::Value(Value::Null.with_empty_span())
}
