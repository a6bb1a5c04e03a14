//! The forms an answer can be written in, one file each.
//!
//! All but the table stream: what has been written is forgotten. A table needs its widths first, so it
//! keeps its first rows; what comes after them goes by their widths.

mod csv;
mod json;
mod line;
mod markdown;
mod ndjson;
mod table;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

pub use csv::write_field as write_csv_field;
pub use json::RowNames;

use super::cell::{Cells, is_number};
use super::grid::Align;
use super::out::Out;
use super::{AnswerSummary, Format, Term, footer};
use crate::error::{Error, Result};

/// One way to write an answer down.
pub trait Form {
    /// Before the first row.
    fn begin(&mut self, out: &mut Out<'_>) -> Result<()>;

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()>;

    /// After the last row, of an answer that failed midway as well.
    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()>;
}

/// How an answer ended.
pub struct End<'a> {
    pub rows: usize,
    pub summary: &'a AnswerSummary,
    pub failure: Option<&'a Error>,
}

/// Column names and their PostgreSQL types.
pub type Columns = [(String, String)];

pub fn form<'a>(format: Format, term: &'a Term, columns: &'a Columns) -> Box<dyn Form + 'a> {
    match format {
        Format::Table => Box::new(table::TableForm::new(term, columns)),
        Format::Json => Box::new(json::JsonForm::new(term, columns)),
        Format::Ndjson => Box::new(ndjson::NdjsonForm::new(term, columns)),
        Format::Csv => Box::new(csv::CsvForm::new(term, columns)),
        Format::Markdown => Box::new(markdown::MarkdownForm::new(columns)),
        Format::Line => Box::new(line::LineForm::new(term, columns)),
    }
}

/// A batch of rows, its values ready to be shown.
pub struct Batch<'a> {
    pub cells: Vec<Cells<'a>>,
    pub rows: usize,
}

impl<'a> Batch<'a> {
    pub fn new(columns: &'a Columns, batch: &'a RecordBatch) -> Result<Self> {
        let cells =
            batch.columns().iter().zip(columns).map(|(array, (_, pg_type))| Cells::new(array, pg_type));
        let cells = cells.collect::<Result<_, ArrowError>>();
        let cells = cells.map_err(|e| Error::failed("cannot show a column of the answer").because(&e))?;
        Ok(Self { cells, rows: batch.num_rows() })
    }
}

fn align(pg_type: &str) -> Align {
    if is_number(pg_type) { Align::Right } else { Align::Left }
}

/// For the forms that hold nothing but rows: what the answer covers goes where errors go.
fn tell_coverage(term: &Term, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
    out.flush()?;
    out.hide_progress();
    if end.failure.is_none() {
        term.say(footer::render(end.rows, end.summary, term.color_err).trim_start());
    }
    Ok(())
}
