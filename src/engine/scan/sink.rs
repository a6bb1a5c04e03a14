//! Where one unit's rows go: checked, given the engine's schema, filtered by `--region` where rows
//! have regions of their own, and handed on when the consumer is ready.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::filter_record_batch;
use async_trait::async_trait;
use datafusion::common::Result;
use tokio::sync::mpsc::Sender;

use crate::engine::scan::state::ScanState;
use crate::model::{Fault, FaultKind, Meter, Region};
use crate::sources::RowSink;

/// Why no more rows were taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The limit is reached, or nobody reads any more.
    NoMoreNeeded,
    /// The source broke its promise.
    Broken(Fault),
}

pub struct UnitSink {
    state: Arc<ScanState>,
    into: Sender<Result<RecordBatch>>,
    /// Counts the rows handed on.
    meter: Arc<Meter>,
    stop: Option<Stop>,
}

impl UnitSink {
    pub fn new(state: Arc<ScanState>, meter: Arc<Meter>, into: Sender<Result<RecordBatch>>) -> Self {
        Self { state, into, meter, stop: None }
    }

    pub fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    fn stop_because(&mut self, why: Stop) -> ControlFlow<()> {
        self.stop.get_or_insert(why);
        ControlFlow::Break(())
    }

    /// The batch with the fields the plan expects, without rows of regions out of scope.
    fn dress(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let spec = &self.state.spec;
        let batch = match self.out_of_scope(&batch) {
            Some(keep) => filter_record_batch(&batch, &keep)?,
            None => batch,
        };
        let rows = batch.num_rows();
        let columns = batch.columns().iter().take(spec.columns.len()).cloned().collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&spec.schema), columns, &options)?)
    }

    fn out_of_scope(&self, batch: &RecordBatch) -> Option<BooleanArray> {
        let scope = &self.state.run.settings.scope;
        let region = self.state.spec.row_region_filter(scope)?;
        let at = self.state.spec.requested_columns(scope).iter().position(|c| *c == region)?;
        let regions = batch.column(at).as_any().downcast_ref::<StringArray>()?;
        // A region that could not be read may be one of those asked for.
        Some(regions.iter().map(|r| Some(r.is_none_or(|r| scope.has_region(&Region::new(r))))).collect())
    }
}

#[async_trait]
impl RowSink for UnitSink {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        if self.stop.is_some() {
            return ControlFlow::Break(());
        }
        if self.state.is_satisfied() {
            return self.stop_because(Stop::NoMoreNeeded);
        }
        let batch = match self.dress(batch) {
            Ok(batch) => batch,
            Err(error) => {
                let message = format!("the rows do not have the promised columns: {error}");
                return self.stop_because(Stop::Broken(Fault::new(FaultKind::BadResponse, message)));
            }
        };
        if batch.num_rows() == 0 {
            return ControlFlow::Continue(());
        }
        let rows = batch.num_rows();
        let wait = self.meter.waiting.start();
        let sent = self.into.send(Ok(batch)).await;
        drop(wait);
        if sent.is_err() {
            return self.stop_because(Stop::NoMoreNeeded);
        }
        self.meter.delivered(rows as u64);
        self.state.deliver(rows);
        ControlFlow::Continue(())
    }
}
