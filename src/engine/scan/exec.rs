//! The operator DataFusion sees: a few partitions that take turns at one queue of batches.
//!
//! Asking begins when the first partition is polled, not when the plan is started: a join that never
//! reads its other side asks nothing there.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, channel};

use crate::engine::scan::feed::Feed;
use crate::engine::scan::run::Run;
use crate::engine::scan::scheduler;
use crate::engine::scan::spec::ScanSpec;
use crate::engine::scan::state::ScanState;

pub struct ScanExec {
    spec: Arc<ScanSpec>,
    run: Arc<Run>,
    state: Arc<ScanState>,
    properties: Arc<PlanProperties>,
    /// One handle per partition, taken when it is executed. When the last is dropped the scheduler
    /// finds its channel closed and stops.
    handles: Mutex<Option<Vec<Option<Arc<Queue>>>>>,
}

/// The queue behind all partitions; made and started by whoever polls first.
struct Queue {
    state: Arc<ScanState>,
    capacity: usize,
    batches: tokio::sync::Mutex<Option<Receiver<Result<RecordBatch>>>>,
}

impl Queue {
    async fn next(&self, context: &Arc<TaskContext>) -> Option<Result<RecordBatch>> {
        let mut batches = self.batches.lock().await;
        let batches = batches.get_or_insert_with(|| {
            let (into, batches) = channel(self.capacity);
            self.state.drive(scheduler::drive(Arc::clone(&self.state), into, Arc::clone(context)));
            batches
        });
        batches.recv().await
    }
}

impl ScanExec {
    pub fn new(spec: Arc<ScanSpec>, run: Arc<Run>, partitions: usize) -> Self {
        let partitions = partitions.max(1);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&spec.schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        Self {
            state: ScanState::new(Arc::clone(&spec), Arc::clone(&run)),
            spec,
            run,
            properties: Arc::new(properties),
            handles: Mutex::new(None),
        }
    }

    pub fn spec(&self) -> &Arc<ScanSpec> {
        &self.spec
    }

    /// A LIMIT stands above, with a filter between.
    pub fn limited_above(&self) {
        self.state.limited_above();
    }

    /// A join says which values some columns can have: no others are asked for.
    pub fn feed(&self, feed: Feed) {
        self.state.feed(feed);
    }

    pub fn feeds(&self) -> Vec<Feed> {
        self.state.feeds()
    }

    /// Makes the scan answerable for its units even if it is never read.
    pub fn enlist(&self) {
        self.run.enlist(&self.state);
    }

    fn partitions(&self) -> usize {
        self.properties.output_partitioning().partition_count()
    }
}

impl fmt::Debug for ScanExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScanExec").field(&self.spec).finish()
    }
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScanExec: {} [{}]", self.spec.table.name, self.spec.column_names().join(", "))?;
        if let Some(limit) = self.spec.limit {
            write!(f, ", limit={limit}")?;
        }
        for column in self.feeds().iter().flat_map(|feed| &feed.columns) {
            write!(f, ", {} from {}", column.name, column.from)?;
        }
        Ok(())
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &str {
        "ScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    /// A recursive query runs its recursive part again and again: each time anew.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let again = ScanExec::new(Arc::clone(&self.spec), Arc::clone(&self.run), self.partitions());
        if self.state.is_limited() {
            again.limited_above();
        }
        self.feeds().into_iter().for_each(|feed| again.feed(feed));
        Ok(Arc::new(again))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let queue = {
            let mut handles = self.handles.lock();
            let handles = handles.get_or_insert_with(|| {
                let queue = Arc::new(Queue {
                    state: Arc::clone(&self.state),
                    // Where the first rows may be enough, none is fetched that nobody has asked for.
                    capacity: if self.state.is_limited() { 1 } else { self.partitions() },
                    batches: tokio::sync::Mutex::new(None),
                });
                vec![Some(queue); self.partitions()]
            });
            handles.get_mut(partition).and_then(Option::take)
        };
        let Some(queue) = queue else {
            return internal_err!("partition {partition} of {} is read twice", self.spec.table.name);
        };
        let batches = futures::stream::unfold((queue, context), |(queue, context)| async move {
            let batch = queue.next(&context).await?;
            Some((batch, (queue, context)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.spec.schema), batches)))
    }
}
