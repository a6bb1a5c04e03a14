//! An answer as it streams: columns, batches, and the coverage when it ends.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch};
use arrow::datatypes::{Field, Schema};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::stream::{BoxStream, StreamExt};
use parking_lot::Mutex;

use crate::catalog::price;
use crate::engine::errors;
use crate::engine::scan::{Run, Unfinished};
use crate::engine::types::{PgType, write};
use crate::error::{Error, Result};
use crate::model::{Coverage, Ledger};
use crate::plan::{Bill, Estimate};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerColumn {
    pub name: String,
    /// PostgreSQL's name of the type: `text`, `bigint`, `jsonb`, `timestamp with time zone` ...
    pub pg_type: String,
}

/// Stops an answer from anywhere: no more is asked, the statement is finished over the rows that have
/// arrived, and the coverage says the rest was cancelled.
#[derive(Clone)]
pub struct Cancel(Arc<Run>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.stop();
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.stopped_because().is_some()
    }
}

pub struct Answer {
    pub columns: Vec<AnswerColumn>,
    /// Ends early after [`Cancel::cancel`]. An error is the statement's, never a unit's.
    pub batches: BoxStream<'static, Result<RecordBatch>>,
    /// Live, for progress. [`Answer::coverage`] is the finished account.
    pub ledger: Arc<Ledger>,
    pub cancel: Cancel,
    run: Arc<Run>,
    end: Arc<Mutex<End>>,
    estimate: Estimate,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    Complete,
    Cancelled,
    Failed,
}

impl Answer {
    pub(super) fn new(
        columns: Vec<AnswerColumn>,
        rows: SendableRecordBatchStream,
        run: Arc<Run>,
        estimate: Estimate,
    ) -> Self {
        let cancel = Cancel(Arc::clone(&run));
        let end = Arc::new(Mutex::new(End::default()));
        let batches = stream(rows, cancel.clone(), Arc::clone(&end));
        Self { columns, batches, ledger: Arc::clone(&run.ledger), cancel, run, end, estimate }
    }

    /// Ends the answer and accounts for every unit. Whatever was not read is cancelled.
    pub async fn coverage(&mut self) -> Coverage {
        // Dropping the stream stops what still runs.
        self.batches = futures::stream::empty().boxed();
        let end = self.end.lock().clone();
        let unfinished = match end {
            End::Complete => Unfinished::NotNeeded,
            End::Failed => Unfinished::Cancelled("the query failed".to_owned()),
            End::Open | End::Cancelled => {
                let interrupted = || Unfinished::Cancelled("interrupted".to_owned());
                self.run.stopped_because().unwrap_or_else(interrupted)
            }
        };
        self.run.settle(&unfinished).await;
        self.run.learn();
        let mut coverage = self.run.ledger.snapshot(|| unfinished.status(0));
        let settings = &self.run.settings;
        let today = settings.now.unwrap_or_else(chrono::Utc::now).date_naive();
        for note in coverage.excuse(&settings.coverage.known_gaps, today) {
            self.run.note(note);
        }
        coverage
    }

    /// What the statement has cost so far, the finding of its accounts included.
    pub fn bill(&self) -> Bill {
        let spend = self.run.spent();
        Bill {
            usd: price::of(&spend),
            prices_as_of: price::as_of(),
            total_calls: spend.total_calls(),
            calls_to_plan: self.run.calls_to_plan(),
            api_events: price::events(&spend),
            estimated: self.estimate.clone(),
            spend,
        }
    }

    /// Whether anybody was asked anything: `_coverage` and constants have no coverage of their own.
    pub fn asks(&self) -> bool {
        self.run.has_scans()
    }

    /// What the operator should hear of this answer besides its coverage.
    pub fn notes(&self) -> Vec<String> {
        self.run.notes()
    }
}

fn stream(
    rows: SendableRecordBatchStream,
    cancel: Cancel,
    end: Arc<Mutex<End>>,
) -> BoxStream<'static, Result<RecordBatch>> {
    let finish = move |how: End| *end.lock() = how;
    futures::stream::unfold(Some(rows), move |rows| {
        let (cancel, finish) = (cancel.clone(), finish.clone());
        async move {
            let mut rows = rows?;
            let next: Option<Result<RecordBatch, DataFusionError>> = rows.next().await;
            match next {
                Some(Ok(batch)) => match written(batch) {
                    Ok(batch) => Some((Ok(batch), Some(rows))),
                    Err(error) => {
                        finish(End::Failed);
                        Some((Err(errors::execution(error)), None))
                    }
                },
                Some(Err(error)) => {
                    finish(End::Failed);
                    let error: Error = errors::execution(error);
                    Some((Err(error), None))
                }
                None => {
                    finish(if cancel.is_cancelled() { End::Cancelled } else { End::Complete });
                    None
                }
            }
        }
    })
    .boxed()
}

/// Values whose Arrow form only the engine understands leave it as PostgreSQL's text.
fn written(batch: RecordBatch) -> Result<RecordBatch, DataFusionError> {
    let schema = batch.schema();
    let kinds: Vec<PgType> = schema.fields().iter().map(|field| PgType::of(field)).collect();
    if !kinds.iter().any(is_inner) {
        return Ok(batch);
    }
    let mut fields = Vec::with_capacity(kinds.len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(kinds.len());
    for ((field, array), kind) in schema.fields().iter().zip(batch.columns()).zip(&kinds) {
        if is_inner(kind) {
            let column = outward(array, kind)?;
            fields.push(Arc::new(Field::new(field.name(), column.data_type().clone(), true)));
            columns.push(column);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(array));
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn is_inner(kind: &PgType) -> bool {
    match kind {
        PgType::Numeric | PgType::Interval | PgType::Money | PgType::Time | PgType::Record => true,
        PgType::Array(item) => is_inner(item),
        _ => false,
    }
}

/// Arrays stay arrays, of texts.
fn outward(array: &ArrayRef, kind: &PgType) -> Result<ArrayRef, DataFusionError> {
    let (PgType::Array(item), Some(lists)) = (kind, array.as_list_opt::<i32>()) else {
        return Ok(Arc::new(write::column(array, kind)?));
    };
    let values = outward(lists.values(), item)?;
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    let lists = ListArray::try_new(field, lists.offsets().clone(), values, lists.nulls().cloned())?;
    Ok(Arc::new(lists))
}
