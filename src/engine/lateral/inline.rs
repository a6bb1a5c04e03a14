//! A lateral side written as steps over its left side: `t, f(t.a) as x` is the columns of `t`, the array
//! `f(t.a)` next to them, and an unnesting of that array.
//!
//! Only what works row by row can be written so: sets, projections, filters and what is lateral in turn.
//! Everything else (aggregates, ORDER BY, LIMIT, unions) needs all rows of one left row together, which is
//! [`subplan`]'s work.
//!
//! [`subplan`]: super::subplan

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, NullHandling, Result, UnnestOptions};
use datafusion::logical_expr::{
    Expr, Filter, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Projection, Unnest,
};

use crate::engine::lateral::node::SetNode;
use crate::engine::operators::conversion::under_field;

/// What stands to the left, and whether its rows stay where the set is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Matches,
    AllLeft,
}

/// The rows of `left`, each with the rows of `side` it leads to; `None` where `side` does not work row by
/// row.
pub fn onto(left: &Arc<LogicalPlan>, side: &LogicalPlan, keep: Keep) -> Result<Option<LogicalPlan>> {
    let known = Arc::clone(left.schema());
    if clashes(&known, side) {
        return Ok(None);
    }
    if keep == Keep::AllLeft {
        return match SetNode::of(side) {
            Some(set) if !set.is_value => {
                unnested(left, set, side.schema(), NullHandling::PreserveAndExpandEmpty).map(Some)
            }
            _ => Ok(None),
        };
    }
    Walk { known: &known }.onto(left, side)
}

/// A set by itself, in the place of the first relation of FROM.
pub fn alone(set: &SetNode, schema: &DFSchema) -> Result<LogicalPlan> {
    let one_row = Arc::new(LogicalPlanBuilder::empty(true).build()?);
    if set.is_value {
        return valued(&one_row, set, schema);
    }
    unnested(&one_row, set, schema, NullHandling::Drop)
}

/// Whether a name of the lateral side would be taken for one of the left's.
fn clashes(known: &DFSchema, side: &LogicalPlan) -> bool {
    let here = side.schema().iter().any(|(q, f)| known.has_column(&Column::new(q.cloned(), f.name())));
    here || side.inputs().iter().any(|input| clashes(known, input))
}

struct Walk<'a> {
    /// The columns of the outermost left side.
    known: &'a DFSchema,
}

impl Walk<'_> {
    fn onto(&self, left: &Arc<LogicalPlan>, side: &LogicalPlan) -> Result<Option<LogicalPlan>> {
        if let Some(set) = SetNode::of(side) {
            let set = set.with_lists(self.bound_all(&set.lists)?);
            return if set.is_value {
                valued(left, &set, side.schema()).map(Some)
            } else {
                unnested(left, &set, side.schema(), NullHandling::Drop).map(Some)
            };
        }
        match side {
            LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => Ok(Some(left.as_ref().clone())),
            LogicalPlan::Projection(projection) => {
                let Some(below) = self.onto(left, &projection.input)? else { return Ok(None) };
                let exprs = self.bound_all(&projection.expr)?;
                let named = exprs.into_iter().zip(projection.schema.iter()).map(|(expr, (q, f))| {
                    let expr = expr.unalias();
                    if is_called(&expr, q, f.name()) {
                        expr
                    } else {
                        expr.alias_qualified(q.cloned(), f.name())
                    }
                });
                with_left(left, below, named.collect())
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let Some(below) = self.onto(left, &alias.input)? else { return Ok(None) };
                let columns = alias.input.schema().iter().zip(alias.schema.iter());
                let renamed = columns.map(|((from, old), (to, new))| {
                    Expr::Column(Column::new(from.cloned(), old.name()))
                        .alias_qualified(to.cloned(), new.name())
                });
                with_left(left, below, renamed.collect())
            }
            LogicalPlan::Filter(filter) => {
                let Some(below) = self.onto(left, &filter.input)? else { return Ok(None) };
                let predicate = self.bound(filter.predicate.clone())?;
                Ok(Some(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(below))?)))
            }
            LogicalPlan::Subquery(subquery) => self.onto(left, &subquery.subquery),
            LogicalPlan::Join(join) => self.join(left, join),
            _ => Ok(None),
        }
    }

    /// Two sets of one lateral side: the second may look at the first.
    fn join(&self, left: &Arc<LogicalPlan>, join: &Join) -> Result<Option<LogicalPlan>> {
        if join.join_type != JoinType::Inner || !join.on.is_empty() {
            return Ok(None);
        }
        let Some(first) = self.onto(left, &join.left)? else { return Ok(None) };
        let first = Arc::new(first);
        let walk = Walk { known: first.schema() };
        let Some(both) = walk.onto(&first, &join.right)? else { return Ok(None) };
        Ok(Some(match &join.filter {
            Some(on) => LogicalPlan::Filter(Filter::try_new(self.bound(on.clone())?, Arc::new(both))?),
            None => both,
        }))
    }

    fn bound_all(&self, exprs: &[Expr]) -> Result<Vec<Expr>> {
        exprs.iter().map(|e| self.bound(e.clone())).collect()
    }

    fn bound(&self, expr: Expr) -> Result<Expr> {
        bound(expr, self.known)
    }
}

/// References to columns of `known` from inside become plain columns; those further out stay.
pub fn bound(expr: Expr, known: &DFSchema) -> Result<Expr> {
    expr.transform_up(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, column) if known.has_column(&column) => {
                Transformed::yes(Expr::Column(column))
            }
            // A subquery inside refers to the same columns, still from inside.
            other => Transformed::no(other),
        })
    })
    .data()
}

fn is_called(expr: &Expr, relation: Option<&datafusion::common::TableReference>, name: &str) -> bool {
    matches!(expr, Expr::Column(c) if c.relation.as_ref() == relation && c.name == name)
}

fn columns_of(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().columns().into_iter().map(Expr::Column).collect()
}

/// `below` with the left's columns and `exprs`, and no others.
fn with_left(left: &LogicalPlan, below: LogicalPlan, exprs: Vec<Expr>) -> Result<Option<LogicalPlan>> {
    let mut all = columns_of(left);
    all.extend(exprs);
    Ok(Some(LogicalPlan::Projection(Projection::try_new(all, Arc::new(below))?)))
}

/// A function of one value: a column more.
fn valued(left: &Arc<LogicalPlan>, set: &SetNode, schema: &DFSchema) -> Result<LogicalPlan> {
    let mut exprs = columns_of(left);
    for (value, (qualifier, field)) in set.lists.iter().zip(schema.iter()) {
        let value = bound(value.clone(), left.schema())?;
        exprs.push(value.alias_qualified(qualifier.cloned(), field.name()));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::clone(left))?))
}

/// The arrays of `set` next to the columns of `left`, unnested, under their names.
pub fn unnested(
    left: &Arc<LogicalPlan>,
    set: &SetNode,
    schema: &DFSchema,
    nulls: NullHandling,
) -> Result<LogicalPlan> {
    let mut exprs = columns_of(left);
    let mut arrays = Vec::new();
    for (at, (list, (qualifier, field))) in set.lists.iter().zip(schema.iter()).enumerate() {
        // Unnesting drops a column's relation, so the name alone must tell it from every other.
        let relation = qualifier.map(ToString::to_string).unwrap_or_default();
        let name = format!("{relation}.{}#{at}", field.name());
        exprs.push(bound(list.clone(), left.schema())?.alias(&name));
        arrays.push(Column::new_unqualified(name));
    }
    let arrayed = LogicalPlan::Projection(Projection::try_new(exprs, Arc::clone(left))?);
    let options = UnnestOptions::new().with_null_handling(nulls);
    let rows = LogicalPlan::Unnest(Unnest::try_new(Arc::new(arrayed), arrays.clone(), options)?);
    let mut exprs = columns_of(left);
    for (array, (qualifier, field)) in arrays.into_iter().zip(schema.iter()) {
        exprs.push(under_field(Expr::Column(array), qualifier, field));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(rows))?))
}
