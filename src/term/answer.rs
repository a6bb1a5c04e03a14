//! Writes an answer as it streams in, then what it covers.

use std::time::Duration;

use arrow::array::RecordBatch;
use futures::{Stream, StreamExt};
use tracing::Instrument as _;

use super::forms::{Batch, Columns, End, form};
use super::out::Out;
use super::{Format, Phase, Progress, Term, Totals};
use crate::error::Result;
use crate::model::{Coverage, Timestamp};
use crate::plan::Bill;

/// What is known of an answer besides its rows, once the last row is in.
#[derive(Clone, Debug)]
pub struct AnswerSummary {
    pub coverage: Coverage,
    /// What it cost, beside what was expected.
    pub bill: Bill,
    pub plan_id: String,
    pub duration: Duration,
    /// `attached`, or `none` and why.
    pub session_policy: String,
    pub notes: Vec<String>,
    /// Where the time went, if that was asked for.
    pub timing: Option<Totals>,
    /// The run's clock: ages of kept rows are told by it.
    pub now: Timestamp,
}

/// `finish` is called once, when the stream is done and gone. A statement that fails midway leaves its
/// rows so far; the JSON document is whole then too, and holds the error.
pub async fn write_answer(
    term: &Term,
    format: Format,
    columns: &Columns,
    mut batches: impl Stream<Item = Result<RecordBatch>> + Unpin,
    progress: Option<Progress>,
    finish: impl AsyncFnOnce() -> AnswerSummary,
) -> Result<AnswerSummary> {
    let mut out = Out::open(term, format.is_for_people(), progress);
    let mut form = form(format, term, columns);
    let (mut rows, mut failure) = (0, None);
    form.begin(&mut out)?;
    let asking = async {
        while let Some(batch) = next(&mut batches, &mut out).await? {
            let batch = match &batch {
                Ok(batch) => Batch::new(columns, batch),
                Err(_) => {
                    failure = batch.err();
                    break;
                }
            };
            match batch {
                Ok(batch) => {
                    rows += batch.rows;
                    Phase::Output.span().in_scope(|| form.rows(&batch, &mut out))?;
                }
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            out.check_reader()?;
        }
        Ok(())
    };
    asking.instrument(Phase::Asking.span()).await?;
    drop(batches);
    let summary = finish().await;
    out.hide_progress();
    let end = End { rows, summary: &summary, failure: failure.as_ref() };
    Phase::Output.span().in_scope(|| form.end(&end, &mut out))?;
    out.finish()?;
    failure.map_or(Ok(summary), Err)
}

/// The next batch. Rows that were written are not kept back while it is waited for.
async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin), out: &mut Out<'_>) -> Result<Option<T>> {
    if let Some(due) = out.due() {
        match tokio::time::timeout_at(due.into(), stream.next()).await {
            Ok(next) => return Ok(next),
            Err(_) => Phase::Output.span().in_scope(|| out.flush())?,
        }
    }
    Ok(stream.next().await)
}
