//! Whole plans, rewritten before DataFusion's own rules see them: no [`SetNode`] is left, and no
//! correlated subquery that only sets are read in.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Expr, Filter, Join, JoinType, LogicalPlan, Projection, Subquery, SubqueryAlias, lit,
};

use crate::engine::lateral::inline::{self, Keep};
use crate::engine::lateral::node::SetNode;
use crate::engine::lateral::{per_row, predicates, ranked, subplan};

pub fn flatten(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    plan.transform_down(|plan| step(plan, state)).data()
}

fn step(plan: LogicalPlan, state: &SessionState) -> Result<Transformed<LogicalPlan>> {
    if let Some(set) = SetNode::of(&plan) {
        return Ok(Transformed::yes(inline::alone(set, plan.schema())?));
    }
    let plan = match plan {
        LogicalPlan::Join(join) => return self::join(join, state),
        // Where nothing stands to the left, what is outside is further out.
        LogicalPlan::Subquery(subquery) => {
            let inside = step(subquery.subquery.as_ref().clone(), state)?;
            return Ok(Transformed { transformed: true, ..inside });
        }
        plan => plan,
    };
    subqueries(plan, state)
}

fn join(join: Join, state: &SessionState) -> Result<Transformed<LogicalPlan>> {
    let join = rotated(join)?;
    let Some((side, alias)) = lateral_side(&join)? else {
        return subqueries(LogicalPlan::Join(join), state);
    };
    let keep = match join.join_type {
        JoinType::Inner => Keep::Matches,
        JoinType::Left => Keep::AllLeft,
        other => return plan_err!("a lateral reference cannot stand on the right side of a {other} JOIN"),
    };
    let on = condition(&join);
    let always = on.as_ref().is_none_or(is_true);
    if (keep == Keep::Matches || always)
        && let Some(plan) = inline::onto(&join.left, &side, keep)?
    {
        let plan = match on.filter(|_| !always) {
            Some(on) => LogicalPlan::Filter(Filter::try_new(on, Arc::new(plan))?),
            None => plan,
        };
        return Ok(Transformed::yes(plan));
    }
    let side = flatten(side, state)?;
    if !subplan::is_pure(&side)? {
        let left = Arc::new(flatten(join.left.as_ref().clone(), state)?);
        let besides = on.clone().filter(|_| !always);
        if let Some(plan) = ranked::joined(&left, &side, keep, besides)? {
            return Ok(Transformed::new(plan, true, TreeNodeRecursion::Jump));
        }
        // DataFusion's own rule takes it from here, or says that it cannot.
        let right = match alias {
            Some(alias) => restored(side, alias)?,
            None => restored_plain(side),
        };
        return Ok(Transformed::new(
            LogicalPlan::Join(Join { right: Arc::new(right), left, ..join }),
            true,
            TreeNodeRecursion::Jump,
        ));
    }
    // The condition decides which rows of the side count, before rows without any are kept.
    let inside = on.filter(|_| !always && keep == Keep::AllLeft);
    let side = match inside.clone() {
        Some(on) => LogicalPlan::Filter(Filter::try_new(
            seen_from_inside(on, join.left.schema(), side.schema())?,
            Arc::new(side),
        )?),
        None => side,
    };
    let plan = subplan::joined(&join.left, side, keep, state)?;
    let plan = match condition(&join).filter(|_| !always && inside.is_none()) {
        Some(on) => LogicalPlan::Filter(Filter::try_new(on, Arc::new(plan))?),
        None => plan,
    };
    Ok(Transformed::yes(plan))
}

/// The right side of a join, if it is lateral; under its alias.
fn lateral_side(join: &Join) -> Result<Option<(LogicalPlan, Option<SubqueryAlias>)>> {
    Ok(match join.right.as_ref() {
        LogicalPlan::Subquery(subquery) => Some((subquery.subquery.as_ref().clone(), None)),
        LogicalPlan::SubqueryAlias(alias) => match alias.input.as_ref() {
            LogicalPlan::Subquery(subquery) => {
                let renamed = SubqueryAlias::try_new(Arc::clone(&subquery.subquery), alias.alias.clone())?;
                Some((LogicalPlan::SubqueryAlias(renamed), Some(alias.clone())))
            }
            _ => None,
        },
        _ => None,
    })
}

fn subquery(plan: Arc<LogicalPlan>) -> LogicalPlan {
    let outer_ref_columns = plan.all_out_ref_exprs();
    LogicalPlan::Subquery(Subquery { subquery: plan, outer_ref_columns, spans: Default::default() })
}

fn restored(side: LogicalPlan, alias: SubqueryAlias) -> Result<LogicalPlan> {
    let inner = match side {
        LogicalPlan::SubqueryAlias(inner) => inner.input,
        other => Arc::new(other),
    };
    Ok(LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(subquery(inner)), alias.alias)?))
}

fn restored_plain(side: LogicalPlan) -> LogicalPlan {
    subquery(Arc::new(side))
}

/// All that a join asks for, as one predicate.
fn condition(join: &Join) -> Option<Expr> {
    let equal = join.on.iter().map(|(a, b)| a.clone().eq(b.clone()));
    equal.chain(join.filter.clone()).reduce(Expr::and)
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(ScalarValue::Boolean(Some(true)), _))
}

/// A condition of the join as the lateral side sees it: the left's columns are outside.
fn seen_from_inside(on: Expr, left: &DFSchema, side: &DFSchema) -> Result<Expr> {
    on.transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) if !side.has_column(&column) && left.has_column(&column) => {
                let field = Arc::clone(left.qualified_field_from_column(&column)?.1);
                Transformed::yes(Expr::OuterReferenceColumn(field, column))
            }
            other => Transformed::no(other),
        })
    })
    .data()
}

/// The subqueries of a node's expressions: flattened in turn, and computed row by row where they are
/// correlated and read no table.
fn subqueries(plan: LogicalPlan, state: &SessionState) -> Result<Transformed<LogicalPlan>> {
    let has_any = plan.expressions().iter().any(|e| {
        e.exists(|e| Ok(matches!(e, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_))))
            .unwrap_or(false)
    });
    if !has_any {
        return Ok(Transformed::no(plan));
    }
    let mut known = DFSchema::empty();
    for input in plan.inputs() {
        known.merge(input.schema());
    }
    let names = NamePreserver::new(&plan);
    let filters = matches!(plan, LogicalPlan::Filter(_));
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let expr = expr.transform_down(|expr| subplan::in_expression(expr, &known, state))?.data;
        let expr = match filters {
            true => {
                let conjuncts = split_conjunction_owned(expr).into_iter();
                let conjuncts = conjuncts.map(valued).collect::<Result<Vec<_>>>()?;
                conjunction(conjuncts).unwrap_or_else(|| lit(true))
            }
            false => expr.transform_up(|e| predicates::valued(e, false)).data()?,
        };
        Ok(Transformed::yes(name.restore(expr)))
    })?
    .transform_data(hard_aggregates)
}

/// Correlated aggregates that DataFusion cannot group by a key, as columns of the node's input.
fn hard_aggregates(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let (LogicalPlan::Projection(_) | LogicalPlan::Filter(_)) = &plan else {
        return Ok(Transformed::no(plan));
    };
    let Some(mut input) = plan.inputs().first().map(|input| Arc::new((*input).clone())) else {
        return Ok(Transformed::no(plan));
    };
    let before = plan.schema().columns();
    let names = NamePreserver::new(&plan);
    let mut exprs = Vec::new();
    let mut added = false;
    for expr in plan.expressions() {
        let name = names.save(&expr);
        let done = expr.transform_down(|expr| {
            let Expr::ScalarSubquery(subquery) = &expr else { return Ok(Transformed::no(expr)) };
            match per_row::added(&input, subquery)? {
                Some((with_value, column)) => {
                    input = Arc::new(with_value);
                    added = true;
                    Ok(Transformed::yes(Expr::Column(column)))
                }
                None => Ok(Transformed::no(expr)),
            }
        })?;
        exprs.push(name.restore(done.data));
    }
    if !added {
        return Ok(Transformed::no(plan));
    }
    let plan = plan.with_new_exprs(exprs, vec![Arc::unwrap_or_clone(input)])?;
    let own = before.into_iter().map(Expr::Column).collect();
    Ok(Transformed::yes(match plan {
        LogicalPlan::Filter(_) => LogicalPlan::Projection(Projection::try_new(own, Arc::new(plan))?),
        plan => plan,
    }))
}

fn valued(conjunct: Expr) -> Result<Expr> {
    let joinable = predicates::is_joinable(&conjunct);
    conjunct.transform_up(|e| predicates::valued(e, joinable)).data()
}

/// `a, (f(a.x) join b on ..)` is `(a, f(a.x)) join b on ..`: what is lateral comes to stand next to what it
/// looks at. PostgreSQL's comma binds less than JOIN, which matters only for what ON can see, and that is
/// resolved by now.
fn rotated(join: Join) -> Result<Join> {
    let rotates = |inner: &Join| {
        matches!(inner.join_type, JoinType::Inner | JoinType::Left) && starts_lateral(&inner.left)
    };
    if join.join_type != JoinType::Inner {
        return Ok(join);
    }
    match join.right.as_ref() {
        LogicalPlan::Join(inner) if rotates(inner) && condition(&join).is_none() => {
            let left = Join::try_new(
                Arc::clone(&join.left),
                Arc::clone(&inner.left),
                Vec::new(),
                None,
                JoinType::Inner,
                join.join_constraint,
                join.null_equality,
                false,
            )?;
            let inner = inner.clone();
            Join::try_new(
                Arc::new(LogicalPlan::Join(left)),
                inner.right,
                inner.on,
                inner.filter,
                inner.join_type,
                inner.join_constraint,
                inner.null_equality,
                inner.null_aware,
            )
        }
        _ => Ok(join),
    }
}

/// Whether the first relation of a plan looks at what is outside.
fn starts_lateral(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Subquery(_) => true,
        LogicalPlan::SubqueryAlias(alias) => matches!(*alias.input, LogicalPlan::Subquery(_)),
        LogicalPlan::Join(join) => starts_lateral(&join.left),
        _ => false,
    }
}
