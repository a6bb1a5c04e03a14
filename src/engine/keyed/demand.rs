//! From columns of an operator's rows down to the scans that they are columns of, as long as leaving out
//! rows by these columns above the operators is the same as leaving them out below.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;

use crate::engine::scan::ScanExec;

/// A column of an operator's rows, and which pair of the join it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub column: usize,
    pub pair: usize,
}

/// A scan, and which of its columns (by their position in its rows) are wanted.
pub struct Found<'p> {
    pub scan: &'p Arc<dyn ExecutionPlan>,
    pub wanted: Vec<Wanted>,
}

/// Operators whose rows are those of their only input.
const HANDS_ON: [&str; 6] = [
    "CoalesceBatchesExec",
    "CoalescePartitionsExec",
    "CooperativeExec",
    "RepartitionExec",
    "SortExec",
    "SortPreservingMergeExec",
];

/// Every scan that one of the columns is a column of.
pub fn scans_of<'p>(plan: &'p Arc<dyn ExecutionPlan>, wanted: Vec<Wanted>) -> Vec<Found<'p>> {
    let mut found = Vec::new();
    let mut open = vec![(plan, wanted)];
    while let Some((plan, wanted)) = open.pop() {
        // Fewer rows below a limit are other rows.
        if wanted.is_empty() || plan.fetch().is_some() {
            continue;
        }
        if let Some(scan) = plan.downcast_ref::<ScanExec>() {
            if scan.spec().limit.is_none() {
                found.push(Found { scan: plan, wanted });
            }
            continue;
        }
        open.extend(below(plan, &wanted));
    }
    found
}

fn below<'p>(
    plan: &'p Arc<dyn ExecutionPlan>,
    wanted: &[Wanted],
) -> Vec<(&'p Arc<dyn ExecutionPlan>, Vec<Wanted>)> {
    let each = |of: &dyn Fn(usize) -> Option<usize>| -> Vec<Wanted> {
        let below = |w: &Wanted| Some(Wanted { column: of(w.column)?, pair: w.pair });
        wanted.iter().filter_map(below).collect()
    };
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let projection = filter.projection();
        let of = |column: usize| projection.as_ref().map_or(Some(column), |p| p.get(column).copied());
        return vec![(filter.input(), each(&of))];
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let of = |column: usize| column_of(&projection.expr().get(column)?.expr);
        return vec![(projection.input(), each(&of))];
    }
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        // Whole groups are left out, and no other group is changed. Without groups there is one row always.
        let by = aggregate.group_expr();
        let whole = by.is_single() && aggregate.limit_options().is_none();
        let of = |column: usize| column_of(&by.expr().get(column).filter(|_| whole)?.0);
        return vec![(aggregate.input(), each(&of))];
    }
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        let projection = join.projection.as_deref();
        let widths = (join.left().schema().fields().len(), join.right().schema().fields().len());
        return sides(*join.join_type(), widths, projection, wanted)
            .into_iter()
            .zip([join.left(), join.right()])
            .map(|(wanted, side)| (side, wanted))
            .collect();
    }
    if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
        let projection = join.projection().as_deref();
        let widths = (join.left().schema().fields().len(), join.right().schema().fields().len());
        return sides(*join.join_type(), widths, projection, wanted)
            .into_iter()
            .zip([join.left(), join.right()])
            .map(|(wanted, side)| (side, wanted))
            .collect();
    }
    if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
        let widths = (join.left().schema().fields().len(), join.right().schema().fields().len());
        let [left, right] = sides(JoinType::Inner, widths, None, wanted);
        return vec![(join.left(), left), (join.right(), right)];
    }
    if HANDS_ON.contains(&plan.name()) || ["UnionExec", "InterleaveExec"].contains(&plan.name()) {
        return plan.children().into_iter().map(|child| (child, wanted.to_vec())).collect();
    }
    Vec::new()
}

/// The columns of a join's rows as columns of its two sides, where rows of that side may be left out.
fn sides(
    join: JoinType,
    (left, right): (usize, usize),
    projection: Option<&[usize]>,
    wanted: &[Wanted],
) -> [Vec<Wanted>; 2] {
    let (has_left, has_right) = match join {
        JoinType::Inner => (true, true),
        // Without a row of the right side, one of the left would stand with NULL: that is what is left out.
        JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => (true, false),
        JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => (false, true),
        JoinType::Full => (false, false),
    };
    let only_right = matches!(join, JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark);
    let offset = if only_right { 0 } else { left };
    let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
    for Wanted { column, pair } in wanted.iter().copied() {
        let Some(column) = projection.map_or(Some(column), |p| p.get(column).copied()) else { continue };
        if column < offset {
            of_left.push(Wanted { column, pair });
        } else if column - offset < right {
            of_right.push(Wanted { column: column - offset, pair });
        }
    }
    if !has_left {
        of_left.clear();
    }
    if !has_right {
        of_right.clear();
    }
    [of_left, of_right]
}

/// The position of a plain column.
pub fn column_of(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}
