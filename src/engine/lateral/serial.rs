//! A physical plan that runs on the thread that asks it, from beginning to end.
//!
//! DataFusion gathers partitions with tasks of their own. A subplan must not: the values of its row are
//! known to its thread only, and what waits for another task holds up a worker.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err, not_impl_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, reset_plan_states};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};

/// The plan with one partition throughout, and whether it holds state from one run to the next.
pub fn serial(plan: Arc<dyn ExecutionPlan>) -> Result<(Arc<dyn ExecutionPlan>, bool)> {
    let mut keeps_state = false;
    let plan = plan
        .transform_up(|node| {
            if let Some(gather) = node.downcast_ref::<CoalescePartitionsExec>() {
                let input = Arc::clone(gather.input());
                return Ok(Transformed::yes(in_order(input)));
            }
            let name = node.name();
            if name.contains("Repartition") || name == "SortPreservingMergeExec" {
                return not_impl_err!("{name} in a correlated subquery");
            }
            keeps_state |= ["Join", "Subquery", "Sort"].iter().any(|kind| name.contains(kind));
            Ok(Transformed::no(node))
        })
        .data()?;
    Ok((in_order(plan), keeps_state))
}

/// The plan as if it had never run.
pub fn anew(plan: &Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    reset_plan_states(Arc::clone(plan))
}

fn in_order(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    if plan.output_partitioning().partition_count() == 1 {
        return plan;
    }
    let properties = PlanProperties::new(
        EquivalenceProperties::new(plan.schema()),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Incremental,
        Boundedness::Bounded,
    );
    Arc::new(InOrder { input: plan, properties: Arc::new(properties) })
}

/// One partition after the other.
#[derive(Debug)]
struct InOrder {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for InOrder {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InOrder")
    }
}

impl ExecutionPlan for InOrder {
    fn name(&self) -> &str {
        "InOrder"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn apply_expressions(
        &self,
        _: &mut dyn for<'a> FnMut(&'a Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(InOrder { input, properties: Arc::clone(&self.properties) })),
            _ => internal_err!("InOrder has one child"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("InOrder has one partition");
        }
        let input = Arc::clone(&self.input);
        let count = input.output_partitioning().partition_count();
        let schema = input.schema();
        let rows =
            stream::iter(0..count).map(move |at| input.execute(at, Arc::clone(&context))).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
