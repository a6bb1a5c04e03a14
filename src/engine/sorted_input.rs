//! `select string_agg(x, ',') from (select x from t order by y) s` relies on the order of its input.
//! PostgreSQL feeds an aggregate in the order the derived table has; DataFusion is free to drop it.
//!
//! Where the input of an aggregation is sorted, aggregates that gather in order get that order as their
//! own ORDER BY: a rewrite of plans, before DataFusion's own rules see them.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection, SortExpr, SubqueryAlias};

const GATHERING: &[&str] = &["array_agg", "string_agg", "first_value", "last_value"];

pub fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_down_with_subqueries(|node| match node {
        LogicalPlan::Aggregate(aggregate) if aggregate.aggr_expr.iter().any(gathers_unordered) => {
            match sorted(&aggregate.input)? {
                Some((input, by)) => ordered(aggregate, input, &by),
                None => Ok(Transformed::no(LogicalPlan::Aggregate(aggregate))),
            }
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}

fn gathers_unordered(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => gathers_unordered(&alias.expr),
        Expr::AggregateFunction(call) => {
            let params = &call.params;
            GATHERING.contains(&call.func.name()) && params.order_by.is_empty() && !params.distinct
        }
        _ => false,
    }
}

fn ordered(aggregate: Aggregate, input: LogicalPlan, by: &[SortExpr]) -> Result<Transformed<LogicalPlan>> {
    let schema = Arc::clone(&aggregate.schema);
    let groups = schema.fields().len().saturating_sub(aggregate.aggr_expr.len());
    let named = aggregate.aggr_expr.into_iter().enumerate().map(|(at, expr)| {
        let name = schema.field(groups + at).name();
        let done = expr.transform_up(|expr| {
            Ok(match expr {
                Expr::AggregateFunction(mut call)
                    if gathers_unordered(&Expr::AggregateFunction(call.clone())) =>
                {
                    call.params.order_by = by.to_vec();
                    Transformed::yes(Expr::AggregateFunction(call))
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(if done.transformed { done.data.unalias().alias(name) } else { done.data })
    });
    let calls = named.collect::<Result<Vec<_>>>()?;
    let plan = Aggregate::try_new(Arc::new(input), aggregate.group_expr, calls)?;
    Ok(Transformed::yes(LogicalPlan::Aggregate(plan)))
}

/// The plan with everything it is sorted by among its columns, and that order; `None` where it has none.
fn sorted(plan: &LogicalPlan) -> Result<Option<(LogicalPlan, Vec<SortExpr>)>> {
    Ok(match plan {
        LogicalPlan::Sort(sort) => Some((plan.clone(), sort.expr.clone())),
        LogicalPlan::Limit(limit) => sorted(&limit.input)?.map(|(input, by)| {
            let mut limit = limit.clone();
            limit.input = Arc::new(input);
            (LogicalPlan::Limit(limit), by)
        }),
        LogicalPlan::SubqueryAlias(alias) => match sorted(&alias.input)? {
            Some((input, by)) => {
                let below = Arc::clone(input.schema());
                let plan = SubqueryAlias::try_new(Arc::new(input), alias.alias.clone())?;
                // Columns keep their places; only what they are called by changes.
                let above = Arc::clone(&plan.schema);
                let by = by.into_iter().map(|s| {
                    let expr = s.expr.clone().transform_up(|e| match e {
                        Expr::Column(column) => {
                            let at = below.index_of_column(&column)?;
                            let (relation, field) = above.qualified_field(at);
                            Ok(Transformed::yes(Expr::Column(Column::new(relation.cloned(), field.name()))))
                        }
                        other => Ok(Transformed::no(other)),
                    });
                    Ok(s.with_expr(expr.data()?))
                });
                Some((LogicalPlan::SubqueryAlias(plan), by.collect::<Result<_>>()?))
            }
            None => None,
        },
        LogicalPlan::Projection(projection) => match sorted(&projection.input)? {
            Some((input, by)) => {
                let mut exprs = projection.expr.clone();
                let mut above = Vec::new();
                for (at, sort) in by.into_iter().enumerate() {
                    let name = format!("order#{at}");
                    exprs.push(sort.expr.clone().unalias().alias(&name));
                    above.push(sort.with_expr(Expr::Column(Column::new_unqualified(name))));
                }
                let plan = Projection::try_new(exprs, Arc::new(input))?;
                Some((LogicalPlan::Projection(plan), above))
            }
            None => None,
        },
        _ => None,
    })
}
