//! Subqueries over tables where DataFusion has no join for them.
//!
//! A plain `x in (select ..)` or `exists (..)` of WHERE becomes a semi or anti join, and is left alone.
//! Anywhere else (SELECT lists, CASE, OR, NOT) the answer is a value, and NULL is one of three:
//!
//! | the statement says | what becomes of it |
//! |---|---|
//! | `x in (select y ..)` | `in_values(x, (select array_agg(y) ..))` |
//! | `exists (select ..)` | `(select count(*) ..) > 0` |
//! | `(select y .. where ..)`, correlated | `(select only_value(y) .. where ..)`; with LIMIT 1 see [`ranked`] |

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, plan_err};
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, Exists, InSubquery};
use datafusion::logical_expr::{AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit};

use crate::engine::lateral::in_values;
use crate::engine::lateral::{only_value, ranked};

/// Whether a conjunct of WHERE is one that becomes a join.
pub fn is_joinable(conjunct: &Expr) -> bool {
    match conjunct {
        Expr::Exists(_) | Expr::InSubquery(_) => true,
        Expr::Not(inner) => matches!(**inner, Expr::Exists(_) | Expr::InSubquery(_)),
        _ => false,
    }
}

/// A subquery over tables as a value; `joinable` for one that a join will answer.
pub fn valued(expr: Expr, joinable: bool) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::Exists(Exists { subquery, negated }) if !joinable => {
            let counted = over(subquery, |plan| {
                LogicalPlanBuilder::from(plan)
                    .aggregate(Vec::<Expr>::new(), vec![called(count_udaf(), lit(1i64)).alias("found")])?
                    .build()
            })?;
            let none = lit(0i64);
            Transformed::yes(match negated {
                true => counted.eq(none),
                false => counted.gt(none),
            })
        }
        Expr::InSubquery(InSubquery { expr, subquery, negated }) if !joinable => {
            let found = in_list(*expr, subquery)?;
            Transformed::yes(if negated { !found } else { found })
        }
        Expr::ScalarSubquery(subquery) if has_limit(&subquery) => match ranked::first_of(&subquery)? {
            Some(first) => Transformed::yes(over(subquery, |_| Ok(first))?),
            None => Transformed::yes(over(subquery, ranked::without_needless_limit)?),
        },
        Expr::ScalarSubquery(subquery) if is_unaggregated(&subquery) => {
            let only = over(subquery, |plan| {
                let Some(column) = plan.schema().columns().into_iter().next() else {
                    return plan_err!("the subquery has no column");
                };
                let name = column.name.clone();
                let value = called(only_value::udaf(), Expr::Column(column)).alias(name);
                LogicalPlanBuilder::from(plan).aggregate(Vec::<Expr>::new(), vec![value])?.build()
            })?;
            Transformed::yes(only)
        }
        other => Transformed::no(other),
    })
}

fn has_limit(subquery: &Subquery) -> bool {
    subquery.subquery.exists(|plan| Ok(matches!(plan, LogicalPlan::Limit(_)))).unwrap_or(false)
}

/// A correlated subquery that may have several rows; without a LIMIT, which counts them itself.
fn is_unaggregated(subquery: &Subquery) -> bool {
    let mut plan = subquery.subquery.as_ref();
    loop {
        plan = match plan {
            LogicalPlan::Projection(p) => &p.input,
            LogicalPlan::SubqueryAlias(a) => &a.input,
            LogicalPlan::Sort(s) => &s.input,
            LogicalPlan::Filter(f) => &f.input,
            LogicalPlan::Aggregate(a) => return !a.group_expr.is_empty() && is_correlated(subquery),
            LogicalPlan::Limit(_) => return false,
            _ => return is_correlated(subquery),
        }
    }
}

fn is_correlated(subquery: &Subquery) -> bool {
    !subquery.outer_ref_columns.is_empty()
}

/// Both sides are of one type by now: `operators` and `json` saw to that.
fn in_list(value: Expr, subquery: Subquery) -> Result<Expr> {
    let item = match subquery.subquery.schema().columns().as_slice() {
        [column] => Expr::Column(column.clone()),
        columns => return plan_err!("subquery has {} columns, one is expected", columns.len()),
    };
    let values = over(subquery, |plan| {
        LogicalPlanBuilder::from(plan)
            .aggregate(Vec::<Expr>::new(), vec![called(array_agg_udaf(), item).alias("found")])?
            .build()
    })?;
    Ok(in_values::udf().call(vec![value, values]))
}

/// The subquery with `build` on top, as a scalar one.
fn over(subquery: Subquery, build: impl FnOnce(LogicalPlan) -> Result<LogicalPlan>) -> Result<Expr> {
    let plan = build(Arc::unwrap_or_clone(subquery.subquery))?;
    let outer_ref_columns = plan.all_out_ref_exprs();
    Ok(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: subquery.spans }))
}

fn called(function: Arc<AggregateUDF>, argument: Expr) -> Expr {
    let params = AggregateFunctionParams {
        args: vec![argument],
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    Expr::AggregateFunction(AggregateFunction { func: function, params })
}
