//! An answer looked at again and again: its rows kept for comparison, and what changed written down.

mod changes;

use arrow::array::RecordBatch;

use super::forms::{Batch, Columns, RowNames};
use super::{Format, NULL, Term, paint, sanitize};
use crate::error::{Error, Result};
use crate::model::Timestamp;
use changes::{Change, changes};

/// Rows of an answer that are compared with those of the next one.
const MOST_ROWS: usize = 200_000;
const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";

/// The rows of an answer as they were looked at once.
#[derive(Debug, Default)]
pub struct Look {
    names: Vec<String>,
    rows: Vec<SeenRow>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct SeenRow {
    /// As a person reads them; nothing is NULL.
    pub cells: Vec<Option<String>>,
    /// As a program does.
    pub json: String,
}

impl Look {
    pub fn at(columns: &Columns, batches: &[RecordBatch]) -> Result<Look> {
        let names = RowNames::new(columns);
        let mut look =
            Look { names: columns.iter().map(|(name, _)| name.clone()).collect(), rows: Vec::new() };
        for batch in batches {
            let batch = Batch::new(columns, batch)?;
            if look.rows.len() + batch.rows > MOST_ROWS {
                let message = format!("an answer of more than {MOST_ROWS} rows cannot be watched");
                return Err(Error::usage(message).hint("aggregate, or narrow what is asked"));
            }
            for row in 0..batch.rows {
                let cell = |cells: &super::cell::Cells<'_>| {
                    let mut text = String::new();
                    cells.write_text(row, &mut text);
                    (!cells.is_null(row)).then_some(text)
                };
                let mut json = String::new();
                names.write_row(&batch, row, &mut json);
                look.rows.push(SeenRow { cells: batch.cells.iter().map(cell).collect(), json });
            }
        }
        Ok(look)
    }

    pub fn rows(&self) -> usize {
        self.rows.len()
    }
}

impl Term {
    /// What is different from the look before, and how much of it there is.
    pub fn print_changes(&self, before: &Look, after: &Look, at: Timestamp, format: Format) -> Result<usize> {
        let found = changes(&before.rows, &after.rows);
        if found.is_empty() {
            return Ok(0);
        }
        let text = match format {
            Format::Ndjson => lines_for_programs(&found, before, after, at),
            _ => self.lines_for_people(&found, before, after, at),
        };
        match format {
            Format::Ndjson => self.print_json(&text)?,
            _ => self.print(&text)?,
        }
        Ok(found.len())
    }

    /// Every row, as the first look has it.
    pub fn print_first(&self, look: &Look, at: Timestamp) -> Result<()> {
        let mut text = String::new();
        for row in &look.rows {
            push_line(&mut text, at, "initial", &row.json, None);
        }
        self.print_json(&text)
    }

    /// Rings the terminal's bell.
    pub fn ring(&self) {
        if self.stderr_is_terminal {
            self.say("\x07");
        }
    }

    fn lines_for_people(&self, found: &[Change], before: &Look, after: &Look, at: Timestamp) -> String {
        let count = |wanted: fn(&Change) -> bool| found.iter().filter(|change| wanted(change)).count();
        let mut text = format!(
            "{}  +{} -{} ~{}\n",
            at.format("%Y-%m-%d %H:%M:%S"),
            count(|c| matches!(c, Change::Added(_))),
            count(|c| matches!(c, Change::Removed(_))),
            count(|c| matches!(c, Change::Changed { .. })),
        );
        for change in found {
            let line = match change {
                Change::Added(row) => paint(&format!("+ {}", shown(after, *row)), GREEN, self.color_out),
                Change::Removed(row) => paint(&format!("- {}", shown(before, *row)), RED, self.color_out),
                Change::Changed { before: old, after: new, key } => {
                    let line = format!("~ {}", difference(before, *old, after, *new, key));
                    paint(&line, YELLOW, self.color_out)
                }
            };
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

fn value(cell: Option<&Option<String>>) -> String {
    cell.and_then(Option::as_deref).map_or_else(|| NULL.to_owned(), |text| sanitize(text).into_owned())
}

fn shown(look: &Look, row: usize) -> String {
    let cells = look.rows.get(row).map(|row| row.cells.as_slice()).unwrap_or_default();
    let pairs = look.names.iter().zip(cells).map(|(name, cell)| format!("{name} {}", value(Some(cell))));
    pairs.collect::<Vec<_>>().join(" · ")
}

/// What names the row, then what is different in it.
fn difference(before: &Look, old: usize, after: &Look, new: usize, key: &[usize]) -> String {
    let cell = |look: &Look, row: usize, column: usize| {
        value(look.rows.get(row).and_then(|row| row.cells.get(column)))
    };
    let name = |column: usize| after.names.get(column).map(String::as_str).unwrap_or_default();
    let mut parts: Vec<String> =
        key.iter().map(|column| format!("{} {}", name(*column), cell(after, new, *column))).collect();
    for column in (0..after.names.len()).filter(|column| !key.contains(column)) {
        let (was, is) = (cell(before, old, column), cell(after, new, column));
        if was != is {
            parts.push(format!("{} {was} -> {is}", name(column)));
        }
    }
    parts.join(" · ")
}

fn lines_for_programs(found: &[Change], before: &Look, after: &Look, at: Timestamp) -> String {
    let json = |look: &Look, row: usize| look.rows.get(row).map(|row| row.json.clone()).unwrap_or_default();
    let mut text = String::new();
    for change in found {
        match change {
            Change::Added(row) => push_line(&mut text, at, "added", &json(after, *row), None),
            Change::Removed(row) => push_line(&mut text, at, "removed", &json(before, *row), None),
            Change::Changed { before: old, after: new, .. } => {
                push_line(&mut text, at, "changed", &json(after, *new), Some(&json(before, *old)));
            }
        }
    }
    text
}

fn push_line(text: &mut String, at: Timestamp, change: &str, row: &str, before: Option<&str>) {
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let before = before.map(|row| format!(", \"before\": {row}")).unwrap_or_default();
    text.push_str(&format!("{{\"at\": \"{at}\", \"change\": \"{change}\", \"row\": {row}{before}}}\n"));
}
