//! The operator that reads its input to the end before anybody has a row of it: the values its rows are
//! joined by are then known.
//!
//! Whoever comes first, the join for rows or a scan for values, begins the reading; it goes on in a task of
//! its own. So it does not matter which side the join reads first.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use async_trait::async_trait;
use datafusion::common::runtime::{JoinSet, SpawnedTask};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, ScalarValue, SharedResult, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::ChildrenPropertiesMode;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt};
use parking_lot::Mutex;

use crate::engine::keyed::offers::{Offer, Offered, Way};
use crate::engine::scan::{FedColumn, Feed, MOST_VALUES, Supply, Text, Values, service_value};

/// The plan with the sides that supply read first, and their scans told where the values come from.
pub fn put(plan: Arc<dyn ExecutionPlan>, taken: &[Offer], way: &mut Way) -> Result<Arc<dyn ExecutionPlan>> {
    if !taken.iter().any(|offer| offer.join.starts_with(way)) {
        return Ok(plan);
    }
    let mut children = Vec::new();
    for (at, child) in plan.children().into_iter().enumerate() {
        way.push(at);
        children.push(put(Arc::clone(child), taken, way)?);
        way.pop();
    }
    let own: Vec<&Offer> = taken.iter().filter(|offer| offer.join == *way).collect();
    if let Some(first) = own.first() {
        let from = 1 - first.into;
        if let Some(side) = children.get_mut(from) {
            *side = below_exchanges(Arc::clone(side), &|input| gathered(input, &own))?;
        }
    }
    // Nothing about the rows has changed, so nothing about the operator has.
    plan.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// Puts an operator below those that only deal rows out to partitions.
fn below_exchanges(
    plan: Arc<dyn ExecutionPlan>,
    make: &dyn Fn(Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    const DEALS: [&str; 4] =
        ["RepartitionExec", "CoalescePartitionsExec", "CoalesceBatchesExec", "CooperativeExec"];
    let child = match plan.children().as_slice() {
        [child] if DEALS.contains(&plan.name()) && plan.fetch().is_none() => Arc::clone(child),
        _ => return Ok(make(plan)),
    };
    let child = below_exchanges(child, make)?;
    plan.replace_children(vec![child], ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

fn gathered(input: Arc<dyn ExecutionPlan>, offers: &[&Offer]) -> Arc<dyn ExecutionPlan> {
    let gathering = Arc::new(Gathering {
        supplies: offers.iter().map(|offer| offer.columns.clone()).collect(),
        input,
        begun: Mutex::default(),
    });
    for (at, offer) in offers.iter().enumerate() {
        if let Some(scan) = offer.scan() {
            let columns = offer.columns.iter().map(|offered| offered.fed.clone()).collect();
            let supply = Arc::new(Supplied { gathering: Arc::clone(&gathering), at });
            scan.feed(Feed { columns, supply });
        }
    }
    Arc::new(KeysExec { gathering })
}

/// The columns of one scan that are supplied.
struct Supplied {
    gathering: Arc<Gathering>,
    at: usize,
}

#[async_trait]
impl Supply for Supplied {
    async fn values(&self, context: Arc<TaskContext>) -> Result<Arc<Values>> {
        let read = self.gathering.read(&context).await?;
        match read.values.get(self.at) {
            Some(values) => Ok(Arc::clone(values)),
            None => internal_err!("a join supplies {} scans", read.values.len()),
        }
    }
}

type Reading = Shared<BoxFuture<'static, SharedResult<Arc<Read>>>>;

/// What is read once for all who ask.
struct Gathering {
    input: Arc<dyn ExecutionPlan>,
    /// For each scan that waits, the columns of its values.
    supplies: Vec<Vec<Offered>>,
    begun: Mutex<Option<Reading>>,
}

/// Everything that was read.
struct Read {
    /// By partition; handed on once.
    batches: Vec<Mutex<VecDeque<RecordBatch>>>,
    values: Vec<Arc<Values>>,
    /// What the rows take, until they are handed on.
    held: MemoryReservation,
}

impl Gathering {
    async fn read(self: &Arc<Self>, context: &Arc<TaskContext>) -> Result<Arc<Read>> {
        let reading = {
            let mut begun = self.begun.lock();
            let begin = || {
                // Not `self`: the task would keep itself alive.
                let task = SpawnedTask::spawn(read(
                    Arc::clone(&self.input),
                    self.supplies.clone(),
                    Arc::clone(context),
                ));
                let ended = async move {
                    match task.join().await {
                        Ok(read) => read.map(Arc::new).map_err(Arc::new),
                        Err(lost) => Err(Arc::new(DataFusionError::External(Box::new(lost)))),
                    }
                };
                ended.boxed().shared()
            };
            begun.get_or_insert_with(begin).clone()
        };
        reading.await.map_err(DataFusionError::Shared)
    }
}

async fn read(
    input: Arc<dyn ExecutionPlan>,
    supplies: Vec<Vec<Offered>>,
    context: Arc<TaskContext>,
) -> Result<Read> {
    let partitions = input.properties().output_partitioning().partition_count();
    let held = MemoryConsumer::new("keys of a join").register(context.memory_pool());
    let mut tasks = JoinSet::new();
    for partition in 0..partitions {
        let mut rows = input.execute(partition, Arc::clone(&context))?;
        tasks.spawn(async move {
            let mut batches = VecDeque::new();
            while let Some(batch) = rows.next().await {
                batches.push_back(batch?);
            }
            Ok::<_, DataFusionError>((partition, batches))
        });
    }
    let mut batches: Vec<VecDeque<RecordBatch>> = vec![VecDeque::new(); partitions];
    while let Some(ended) = tasks.join_next().await {
        let (partition, read) = ended.map_err(|lost| DataFusionError::External(Box::new(lost)))??;
        held.try_grow(read.iter().map(RecordBatch::get_array_memory_size).sum())?;
        if let Some(of_partition) = batches.get_mut(partition) {
            *of_partition = read;
        }
    }
    let values = supplies
        .iter()
        .map(|columns| values_of(columns, batches.iter().flatten()).map(Arc::new))
        .collect::<Result<_>>()?;
    Ok(Read { batches: batches.into_iter().map(Mutex::new).collect(), values, held })
}

/// The distinct combinations of values in some rows.
fn values_of<'b>(columns: &[Offered], batches: impl Iterator<Item = &'b RecordBatch>) -> Result<Values> {
    let mut found: BTreeSet<Vec<Text>> = BTreeSet::new();
    for batch in batches {
        let arrays: Vec<ArrayRef> = columns
            .iter()
            .map(|column| column.value.evaluate(batch)?.into_array(batch.num_rows()))
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let value = |array: &ArrayRef| -> Result<Option<Text>> {
                if array.is_null(row) {
                    return Ok(None);
                }
                Ok(service_value(&ScalarValue::try_from_array(array, row)?).map(Text::from))
            };
            let values: Option<Vec<Text>> = arrays.iter().map(value).collect::<Result<_>>()?;
            let Some(values) = values else { continue };
            found.insert(values);
            if found.len() > MOST_VALUES {
                return Ok(Values::TooMany);
            }
        }
    }
    Ok(Values::These(found))
}

/// Hands on the rows of its input once they are all there.
struct KeysExec {
    gathering: Arc<Gathering>,
}

impl KeysExec {
    fn columns(&self) -> impl Iterator<Item = &FedColumn> {
        self.gathering.supplies.iter().flatten().map(|offered| &offered.fed)
    }
}

impl fmt::Debug for KeysExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeysExec").field("input", &self.gathering.input).finish_non_exhaustive()
    }
}

impl DisplayAs for KeysExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.columns().map(|column| column.from.as_str()).collect();
        write!(f, "KeysExec: read first, for {}", columns.join(", "))
    }
}

impl ExecutionPlan for KeysExec {
    fn name(&self) -> &str {
        "KeysExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.gathering.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.gathering.input]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for offered in self.gathering.supplies.iter().flatten() {
            if visit(&offered.value)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    /// The scans that wait know this operator's input: it is put in when the plan is done.
    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.as_slice() {
            [child] if Arc::ptr_eq(child, &self.gathering.input) => Ok(self),
            _ => internal_err!("what supplies keys is read by more than the join"),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let gathering = Arc::clone(&self.gathering);
        let rows = async move {
            let read = match gathering.read(&context).await {
                Ok(read) => read,
                Err(error) => return futures::stream::once(std::future::ready(Err(error))).boxed(),
            };
            let rest = futures::stream::unfold(read, move |read| async move {
                let batch = read.batches.get(partition)?.lock().pop_front()?;
                read.held.shrink(batch.get_array_memory_size());
                Some((Ok(batch), read))
            });
            rest.boxed()
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows.flatten_stream())))
    }
}
