//! Correlated aggregates that no join key describes: `(select count(distinct z) from s where s.id in (select
//! jsonb_array_elements_text(t.ids)))`.
//!
//! DataFusion groups the subquery by what it is correlated with, which takes equalities. Here every row of
//! the outside gets a number, is joined with the rows it leads to, and the aggregate is computed per number:
//!
//! ```text
//! Aggregate: group by row, first_value(each column of t), count(distinct z) filter (where matched)
//!   Left Join: the subquery's predicates
//!     t, numbered
//!     s, matched
//! ```
//!
//! The outside is read once; a row without matches counts none.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::functions_window::row_number::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, Subquery, lit,
};

use crate::engine::lateral::inline::bound;
use crate::engine::lateral::ranked::replaced;
use crate::engine::lateral::subplan::number;
use crate::engine::operators::conversion::under_field;

/// A subquery taken apart: what is computed of which rows.
struct Parts {
    /// The value, over the aggregates.
    value: Expr,
    aggregates: Vec<Expr>,
    predicates: Vec<Expr>,
    rows: Arc<LogicalPlan>,
    /// The predicates stood below a derived table, out of DataFusion's reach.
    is_derived: bool,
}

/// `input` with the subquery's value as one more column, and that column; `None` for a subquery that
/// DataFusion can do, or that is of another shape.
pub fn added(input: &Arc<LogicalPlan>, subquery: &Subquery) -> Result<Option<(LogicalPlan, Column)>> {
    let Some(parts) = apart(&subquery.subquery)? else { return Ok(None) };
    let correlated_value = parts.aggregates.iter().any(Expr::contains_outer) || parts.value.contains_outer();
    let hard = parts.predicates.iter().any(|p| p.contains_outer() && !is_equality(p));
    if !(hard || correlated_value || parts.is_derived) || subquery.outer_ref_columns.is_empty() {
        return Ok(None);
    }
    let known = input.schema();
    let further_out = subquery.outer_ref_columns.iter().any(|e| match e {
        Expr::OuterReferenceColumn(_, column) => !known.has_column(column),
        _ => true,
    });
    let clash = parts.rows.schema().columns().iter().any(|c| known.has_column(c));
    if further_out || clash || known.fields().is_empty() {
        return Ok(None);
    }
    build(input, parts).map(Some)
}

fn build(input: &Arc<LogicalPlan>, parts: Parts) -> Result<(LogicalPlan, Column)> {
    let id = number();
    let (row, matched) = (format!("row#{id}"), format!("matched#{id}"));
    let known = input.schema();
    let numbered =
        LogicalPlanBuilder::from(input.as_ref().clone()).window(vec![row_number().alias(&row)])?.build()?;
    let flagged: Vec<Expr> = columns(parts.rows.schema()).chain([lit(true).alias(&matched)]).collect();
    let rows = LogicalPlanBuilder::from(parts.rows.as_ref().clone()).project(flagged)?.build()?;
    let predicates = parts.predicates.into_iter().map(|p| bound(p, known)).collect::<Result<Vec<_>>>()?;
    let joined = LogicalPlanBuilder::from(numbered)
        .join_on(rows, JoinType::Left, [conjunction(predicates).unwrap_or_else(|| lit(true))])?
        .build()?;
    let is_matched = || Expr::Column(Column::new_unqualified(&matched)).is_true();

    let mut calls: Vec<Expr> = Vec::new();
    for (at, column) in known.columns().into_iter().enumerate() {
        calls.push(called_first(Expr::Column(column)).alias(format!("outer#{id}.{at}")));
    }
    for aggregate in parts.aggregates {
        let name = aggregate.schema_name().to_string();
        let aggregate = bound(aggregate, known)?.transform_down(|expr| {
            let Expr::AggregateFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
            call.params.filter = Some(Box::new(match call.params.filter.take() {
                Some(own) => is_matched().and(*own),
                None => is_matched(),
            }));
            Ok(Transformed::new(Expr::AggregateFunction(call), true, TreeNodeRecursion::Jump))
        });
        calls.push(aggregate.data()?.unalias().alias(name));
    }
    let group = vec![Expr::Column(Column::new_unqualified(&row))];
    let grouped = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(joined), group, calls)?);
    let result = format!("value#{id}");
    let mut exprs: Vec<Expr> = Vec::new();
    for (at, (relation, field)) in known.iter().enumerate() {
        let column = Expr::Column(Column::new_unqualified(format!("outer#{id}.{at}")));
        exprs.push(under_field(column, relation, field));
    }
    // What the value takes from outside stands under the names of the grouped columns.
    let outside = parts.value.transform_up(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, column) => {
                let at = known.index_of_column(&column)?;
                Transformed::yes(Expr::Column(Column::new_unqualified(format!("outer#{id}.{at}"))))
            }
            other => Transformed::no(other),
        })
    });
    exprs.push(outside.data()?.unalias().alias(&result));
    let plan = LogicalPlanBuilder::from(grouped).project(exprs)?.build()?;
    Ok((plan, Column::new_unqualified(result)))
}

fn columns(schema: &DFSchema) -> impl Iterator<Item = Expr> {
    schema.columns().into_iter().map(Expr::Column)
}

fn called_first(argument: Expr) -> Expr {
    let params = AggregateFunctionParams {
        args: vec![argument],
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    Expr::AggregateFunction(AggregateFunction { func: first_value_udaf(), params })
}

/// A projection over one ungrouped aggregation over filtered rows.
fn apart(plan: &LogicalPlan) -> Result<Option<Parts>> {
    Ok(match plan {
        LogicalPlan::Projection(projection) if projection.expr.len() == 1 => {
            let Some(below) = apart(&projection.input)? else { return Ok(None) };
            let [over] = projection.expr.as_slice() else { return Ok(None) };
            let inner = below.value.clone();
            let name = projection.input.schema().columns();
            let single = name.len() == 1;
            let value = over.clone().transform_up(|expr| {
                Ok(match expr {
                    Expr::Column(ref c) if single && name.first() == Some(c) => {
                        Transformed::yes(inner.clone())
                    }
                    other => Transformed::no(other),
                })
            });
            Some(Parts { value: if single { value.data()? } else { over.clone() }, ..below })
        }
        LogicalPlan::SubqueryAlias(alias) if alias.schema.fields().len() == 1 => apart(&alias.input)?,
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => {
            let fields = aggregate.schema.fields().iter();
            let named =
                aggregate.aggr_expr.iter().zip(fields).map(|(e, f)| e.clone().unalias().alias(f.name()));
            let mut exprs: Vec<Expr> = named.collect();
            let calls = exprs.len();
            let (rows, is_derived) = unfiltered(&aggregate.input, &mut exprs)?;
            let predicates = exprs.split_off(calls);
            if !rows.all_out_ref_exprs().is_empty() {
                return Ok(None);
            }
            let Some(column) = aggregate.schema.columns().into_iter().next() else { return Ok(None) };
            Some(Parts { value: Expr::Column(column), aggregates: exprs, predicates, rows, is_derived })
        }
        _ => None,
    })
}

/// The rows below a chain of filters and derived tables. Conjuncts are added to `exprs`, all of which come to
/// speak of those rows.
pub fn unfiltered(plan: &Arc<LogicalPlan>, exprs: &mut Vec<Expr>) -> Result<(Arc<LogicalPlan>, bool)> {
    let mut plan = Arc::clone(plan);
    let mut is_derived = false;
    loop {
        let (input, made) = match plan.as_ref() {
            LogicalPlan::Filter(filter) => {
                exprs.extend(split_conjunction_owned(filter.predicate.clone()));
                plan = Arc::clone(&filter.input);
                continue;
            }
            // Aggregates that gather have its order as their own by now (`sorted_input`).
            LogicalPlan::Sort(sort) if sort.fetch.is_none() && !sort.input.all_out_ref_exprs().is_empty() => {
                plan = Arc::clone(&sort.input);
                continue;
            }
            below if below.all_out_ref_exprs().is_empty() => return Ok((plan, is_derived)),
            LogicalPlan::SubqueryAlias(alias) => {
                (Arc::clone(&alias.input), columns(alias.input.schema()).collect::<Vec<_>>())
            }
            LogicalPlan::Projection(projection) => (Arc::clone(&projection.input), projection.expr.clone()),
            _ => return Ok((plan, is_derived)),
        };
        let from: Vec<Column> = plan.schema().columns();
        for expr in exprs.iter_mut() {
            *expr = replaced(std::mem::take(expr), &from, &made)?;
        }
        is_derived = true;
        plan = input;
    }
}

/// `inner column = outer`: what DataFusion can group by.
fn is_equality(predicate: &Expr) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = predicate else { return false };
    let sides =
        |a: &Expr, b: &Expr| a.contains_outer() && a.column_refs().is_empty() && matches!(b, Expr::Column(_));
    sides(left, right) || sides(right, left)
}
