//! Scans below a LIMIT that counts other rows than theirs: a filter stands between them.
//!
//! Such a scan cannot count to the limit itself, but the first units may be enough all the same, so it
//! begins with few. It ends when nobody reads it any more.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;

use crate::engine::scan::ScanExec;

/// Operators that hand rows on as they come, so that a limit above them is felt below.
const HANDS_ON: [&str; 9] = [
    "CoalesceBatchesExec",
    "CoalescePartitionsExec",
    "CooperativeExec",
    "FilterExec",
    "GlobalLimitExec",
    "LocalLimitExec",
    "ProjectionExec",
    "RepartitionExec",
    "UnnestExec",
];

/// Tells every scan of the plan that stands below a limit.
pub fn mark(plan: &Arc<dyn ExecutionPlan>) {
    let mut open = vec![(plan, false)];
    while let Some((plan, is_limited)) = open.pop() {
        if let Some(scan) = plan.downcast_ref::<ScanExec>() {
            if is_limited {
                scan.limited_above();
            }
            continue;
        }
        let limits = is_limited || plan.fetch().is_some();
        let hands_on = |at: usize| match plan.name() {
            // The left side is read to its end before the first row of the right.
            "HashJoinExec" | "NestedLoopJoinExec" | "CrossJoinExec" => at == 1,
            name => HANDS_ON.contains(&name),
        };
        let children = plan.children().into_iter().enumerate();
        open.extend(children.map(|(at, child)| (child, limits && hands_on(at))));
    }
}
