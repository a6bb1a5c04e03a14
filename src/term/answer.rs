//! Writes an answer as it streams in, then what it covers.

use std::fmt::Write as _;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use futures::{Stream, StreamExt};

use super::cell::{Cells, is_number};
use super::table::{Align, TextTable};
use super::{Format, Term, footer, json};
use crate::error::{Error, Result};
use crate::model::{Coverage, Json};

/// What is known of an answer besides its rows, once the last row is in.
#[derive(Clone, Debug)]
pub struct AnswerSummary {
    pub coverage: Coverage,
    /// Dollars of the calls made, at the catalog's prices.
    pub cost_usd: f64,
    pub plan_id: String,
    pub duration: Duration,
    /// `attached`, or `none` and why.
    pub session_policy: String,
    pub notes: Vec<String>,
}

/// Columns are names and PostgreSQL types. `finish` is called once, when the stream is done and gone.
/// A statement that fails midway leaves the JSON document whole, with its rows so far and its error.
pub async fn write_answer(
    term: &Term,
    format: Format,
    columns: &[(String, String)],
    mut batches: impl Stream<Item = Result<RecordBatch>> + Unpin,
    finish: impl AsyncFnOnce() -> AnswerSummary,
) -> Result<AnswerSummary> {
    match format {
        Format::Json => {
            term.print_part(&json::head(columns))?;
            let mut first = true;
            let mut failure = None;
            while let Some(batch) = batches.next().await {
                match batch {
                    Ok(batch) => term.print_part(&json_rows(columns, &batch, &mut first)?)?,
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            drop(batches);
            let summary = finish().await;
            term.print(&json::tail(&summary, failure.as_ref()))?;
            failure.map_or(Ok(summary), Err)
        }
        Format::Table | Format::Line => {
            let align = |pg_type: &str| if is_number(pg_type) { Align::Right } else { Align::Left };
            let mut table =
                TextTable::new(columns.iter().map(|(name, pg_type)| (name.clone(), align(pg_type))));
            let mut rows = 0;
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                rows += batch.num_rows();
                text_rows(columns, &batch, &mut table)?;
            }
            drop(batches);
            let summary = finish().await;
            let body = match format {
                Format::Line => table.render_lines(term.color_out),
                _ => table.render(term.width, term.color_out),
            };
            term.print_part(&body)?;
            term.print(&footer::render(rows, &summary, term.color_out))?;
            Ok(summary)
        }
    }
}

fn cells<'a>(columns: &'a [(String, String)], batch: &'a RecordBatch) -> Result<Vec<Cells<'a>>> {
    batch
        .columns()
        .iter()
        .zip(columns)
        .map(|(array, (_, pg_type))| Cells::new(array, pg_type))
        .collect::<Result<_, ArrowError>>()
        .map_err(|e| Error::failed("cannot show a column of the answer").because(&e))
}

fn text_rows(columns: &[(String, String)], batch: &RecordBatch, table: &mut TextTable) -> Result<()> {
    let cells = cells(columns, batch)?;
    for row in 0..batch.num_rows() {
        table.row(cells.iter().map(|c| c.text(row)));
    }
    Ok(())
}

fn json_rows(columns: &[(String, String)], batch: &RecordBatch, first: &mut bool) -> Result<String> {
    let cells = cells(columns, batch)?;
    let names: Vec<String> =
        json::unique_names(columns).into_iter().map(|n| Json::string(n).to_json()).collect();
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        text.push_str(if std::mem::take(first) { "\n  {" } else { ",\n  {" });
        for (i, (name, cell)) in names.iter().zip(&cells).enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let _ = write!(text, "{comma}{name}: {}", cell.json(row));
        }
        text.push('}');
    }
    Ok(text)
}
