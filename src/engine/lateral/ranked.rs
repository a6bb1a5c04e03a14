//! LIMIT in a correlated subquery over tables: the first rows for each row outside.
//!
//! | the statement says | what becomes of it |
//! |---|---|
//! | `(select y from s where s.k = t.k order by o limit 1)` | `(select first_value(y order by o) from s where s.k = t.k)` |
//! | `t, lateral (select y from s where s.k = t.k order by o limit 3) as x` | `t join (select y, k, row_number() over (partition by k order by o) from s) on k = t.k`, where the number is at most 3 |
//!
//! The second needs equalities: rows are numbered within what they are equal to.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::functions_window::row_number::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, Sort};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprFunctionExt, FetchType, LogicalPlan, LogicalPlanBuilder, Operator, SkipType,
    Subquery, lit,
};

use crate::engine::lateral::inline::{Keep, bound};
use crate::engine::lateral::per_row::unfiltered;
use crate::engine::lateral::subplan::number;

/// A subquery taken apart: which of its rows are wanted, of what they are made.
struct Limited {
    columns: Vec<Expr>,
    order: Vec<Sort>,
    skip: usize,
    fetch: usize,
    predicates: Vec<Expr>,
    rows: Arc<LogicalPlan>,
}

/// What a scalar subquery with LIMIT 1 is as an aggregate, and the rows that it is of.
pub fn first_of(subquery: &Subquery) -> Result<Option<LogicalPlan>> {
    if subquery.outer_ref_columns.is_empty() {
        return Ok(None);
    }
    let Some(limited) = apart(&subquery.subquery)? else { return Ok(None) };
    let ([value], 0, 1) = (limited.columns.as_slice(), limited.skip, limited.fetch) else { return Ok(None) };
    let Some(name) = subquery.subquery.schema().columns().into_iter().next() else { return Ok(None) };
    let first = AggregateFunction {
        func: first_value_udaf(),
        params: AggregateFunctionParams {
            args: vec![value.clone()],
            distinct: false,
            filter: None,
            order_by: limited.order,
            null_treatment: None,
        },
    };
    let rows = filtered(&limited.rows, limited.predicates)?;
    let value = Expr::AggregateFunction(first).alias(name.name);
    LogicalPlanBuilder::from(rows).aggregate(Vec::<Expr>::new(), vec![value])?.build().map(Some)
}

/// A subquery without the LIMIT that cuts nothing: an aggregate that is not grouped has one row.
pub fn without_needless_limit(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up(|plan| {
        let LogicalPlan::Limit(limit) = &plan else { return Ok(Transformed::no(plan)) };
        let (SkipType::Literal(0), FetchType::Literal(Some(1..))) =
            (limit.get_skip_type()?, limit.get_fetch_type()?)
        else {
            return Ok(Transformed::no(plan));
        };
        Ok(match is_one_row(&limit.input) {
            true => Transformed::yes(limit.input.as_ref().clone()),
            false => Transformed::no(plan),
        })
    })
    .data()
}

fn is_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_one_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_one_row(&alias.input),
        LogicalPlan::Sort(sort) => is_one_row(&sort.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        _ => false,
    }
}

/// `left` with the first rows of `side` for each of its rows; `on` is what a left join asks besides.
pub fn joined(
    left: &Arc<LogicalPlan>,
    side: &LogicalPlan,
    keep: Keep,
    on: Option<Expr>,
) -> Result<Option<LogicalPlan>> {
    let Some(limited) = apart(side)? else { return Ok(None) };
    let known = left.schema();
    if limited.columns.iter().any(Expr::contains_outer)
        || limited.order.iter().any(|sort| sort.expr.contains_outer())
        || side.schema().columns().iter().any(|column| known.has_column(column))
    {
        return Ok(None);
    }
    let (correlated, own): (Vec<Expr>, Vec<Expr>) =
        limited.predicates.into_iter().partition(Expr::contains_outer);
    let Some(pairs) = correlated.iter().map(|p| pair(p, known)).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    if pairs.is_empty() {
        return Ok(None);
    }
    let id = number();
    let key = |at: usize| format!("key#{id}.{at}");
    let rank = format!("rank#{id}");
    let inner = pairs.iter().map(|(inner, _)| inner.clone()).collect();
    let ranked = row_number().partition_by(inner).order_by(limited.order).build()?.alias(&rank);
    let rank = || Expr::Column(Column::new_unqualified(&rank));
    let bounds = |n: usize| lit(u64::try_from(n).unwrap_or(u64::MAX));
    let wanted =
        rank().gt(bounds(limited.skip)).and(rank().lt_eq(bounds(limited.skip.saturating_add(limited.fetch))));
    let named = limited.columns.into_iter().zip(side.schema().iter());
    let mut columns: Vec<Expr> = named
        .map(|(expr, (relation, field))| expr.alias_qualified(relation.cloned(), field.name()))
        .collect();
    columns.extend(pairs.iter().enumerate().map(|(at, (inner, _))| inner.clone().alias(key(at))));
    let right = LogicalPlanBuilder::from(filtered(&limited.rows, own)?)
        .window(vec![ranked])?
        .filter(wanted)?
        .project(columns)?
        .build()?;

    let equal = pairs
        .into_iter()
        .enumerate()
        .map(|(at, (_, outer))| Ok(bound(outer, known)?.eq(Expr::Column(Column::new_unqualified(key(at))))));
    let mut conditions = equal.collect::<Result<Vec<Expr>>>()?;
    conditions.extend(on);
    let join_type = match keep {
        Keep::Matches => JoinType::Inner,
        Keep::AllLeft => JoinType::Left,
    };
    let both = known.columns().into_iter().chain(side.schema().columns()).map(Expr::Column);
    LogicalPlanBuilder::from(left.as_ref().clone())
        .join_on(right, join_type, conditions)?
        .project(both)?
        .build()
        .map(Some)
}

fn filtered(rows: &Arc<LogicalPlan>, predicates: Vec<Expr>) -> Result<LogicalPlan> {
    let rows = LogicalPlanBuilder::from(rows.as_ref().clone());
    match predicates.into_iter().reduce(Expr::and) {
        Some(predicate) => rows.filter(predicate)?.build(),
        None => rows.build(),
    }
}

/// What is inside and what it is to equal outside.
fn pair(predicate: &Expr, known: &DFSchema) -> Option<(Expr, Expr)> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = predicate else { return None };
    let is_outside = |expr: &Expr| {
        let mut further = false;
        let _ = expr.apply(|e| {
            further |= matches!(e, Expr::OuterReferenceColumn(_, column) if !known.has_column(column));
            Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
        });
        expr.contains_outer() && expr.column_refs().is_empty() && !further
    };
    let is_inside = |expr: &Expr| !expr.contains_outer();
    match (is_outside(left), is_outside(right)) {
        (true, false) if is_inside(right) => Some((right.as_ref().clone(), left.as_ref().clone())),
        (false, true) if is_inside(left) => Some((left.as_ref().clone(), right.as_ref().clone())),
        _ => None,
    }
}

/// LIMIT over ORDER BY over filters, with projections between.
fn apart(plan: &LogicalPlan) -> Result<Option<Limited>> {
    let mut exprs: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let count = exprs.len();
    let mut plan = Arc::new(plan.clone());
    let mut limit = None;
    let mut order: Option<Vec<Sort>> = None;
    loop {
        let (input, made) = match plan.as_ref() {
            LogicalPlan::SubqueryAlias(alias) => {
                let columns = alias.input.schema().columns().into_iter().map(Expr::Column);
                (Arc::clone(&alias.input), columns.collect::<Vec<_>>())
            }
            LogicalPlan::Projection(projection) => (Arc::clone(&projection.input), projection.expr.clone()),
            LogicalPlan::Limit(given) if limit.is_none() && order.is_none() => {
                let (SkipType::Literal(skip), FetchType::Literal(Some(fetch))) =
                    (given.get_skip_type()?, given.get_fetch_type()?)
                else {
                    return Ok(None);
                };
                limit = Some((skip, fetch));
                plan = Arc::clone(&given.input);
                continue;
            }
            LogicalPlan::Sort(sort) if limit.is_some() && order.is_none() && sort.fetch.is_none() => {
                exprs.extend(sort.expr.iter().map(|key| key.expr.clone()));
                order = Some(sort.expr.clone());
                plan = Arc::clone(&sort.input);
                continue;
            }
            _ => break,
        };
        let from = plan.schema().columns();
        for expr in &mut exprs {
            *expr = replaced(std::mem::take(expr), &from, &made)?;
        }
        plan = input;
    }
    let Some((skip, fetch)) = limit else { return Ok(None) };
    let own = exprs.len();
    let (rows, _) = unfiltered(&plan, &mut exprs)?;
    if !rows.all_out_ref_exprs().is_empty() {
        return Ok(None);
    }
    let predicates = exprs.split_off(own);
    let keys = exprs.split_off(count);
    let order = order.unwrap_or_default().into_iter().zip(keys);
    let order = order.map(|(sort, expr)| Sort { expr, ..sort }).collect();
    Ok(Some(Limited { columns: exprs, order, skip, fetch, predicates, rows }))
}

/// `expr` over the columns `from` as it is over what they are made of.
pub fn replaced(expr: Expr, from: &[Column], made: &[Expr]) -> Result<Expr> {
    expr.transform_up(|expr| {
        let Expr::Column(column) = &expr else { return Ok(Transformed::no(expr)) };
        let at = from.iter().position(|known| known == column);
        Ok(match at.and_then(|at| made.get(at)) {
            Some(source) => Transformed::yes(source.clone().unalias()),
            None => Transformed::no(expr),
        })
    })
    .data()
}
