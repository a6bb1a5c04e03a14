//! A grid, or lines where a grid would not fit the terminal; then what it covers.

use std::ops::Range;

use super::{Batch, Columns, End, Form, align};
use crate::error::Result;
use crate::term::cell::NULL;
use crate::term::grid::Widths;
use crate::term::out::Out;
use crate::term::{AnswerSummary, Term, TextTable, footer};

/// Rows that decide how wide the columns are, and the most that are ever kept. Psql's answer to the
/// same question (`FETCH_COUNT`) decides anew for each piece; here what comes later goes by these.
const DECIDING: usize = 10_000;

pub struct TableForm<'a> {
    term: &'a Term,
    table: TextTable,
    layout: Option<Layout>,
    shown: usize,
}

/// Decided once.
enum Layout {
    Grid(Widths),
    Lines,
}

impl<'a> TableForm<'a> {
    pub fn new(term: &'a Term, columns: &Columns) -> Self {
        Self { term, table: of(columns), layout: None, shown: 0 }
    }

    fn show(&mut self, out: &mut Out<'_>) -> Result<()> {
        let term = self.term;
        let layout = match &self.layout {
            Some(layout) => layout,
            None => {
                let layout = match self.table.widths(term.width) {
                    Some(widths) => {
                        out.push(&self.table.render_head(&widths, term.width))?;
                        Layout::Grid(widths)
                    }
                    None => Layout::Lines,
                };
                self.layout.insert(layout)
            }
        };
        out.push(&match layout {
            Layout::Grid(widths) => self.table.render_rows(widths, term.width.is_some()),
            Layout::Lines => self.table.render_lines_from(self.shown + 1, term.color_out),
        })?;
        self.shown += self.table.len();
        self.table.clear();
        Ok(())
    }

    /// What was done to the looks is said: nothing is shortened, but it is not what was asked for.
    fn footer(&self, end: &End<'_>) -> String {
        let mut summary: AnswerSummary = end.summary.clone();
        if let (Some(Layout::Lines), Some(width), true) = (&self.layout, self.term.width, end.rows > 0) {
            summary.notes.push(format!("the table is wider than {width} columns, so each row is a record"));
        }
        footer::render(end.rows, &summary, self.term.color_out)
    }
}

impl Form for TableForm<'_> {
    fn begin(&mut self, _: &mut Out<'_>) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        let mut from = 0;
        while from < batch.rows {
            let to = batch.rows.min(from + DECIDING - self.table.len());
            fill(&mut self.table, batch, from..to);
            from = to;
            if self.table.len() == DECIDING {
                self.show(out)?;
            }
        }
        Ok(())
    }

    /// Of an answer that failed nothing is shown that was not shown before.
    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        if end.failure.is_some() {
            return Ok(());
        }
        if self.layout.is_none() || !self.table.is_empty() {
            self.show(out)?;
        }
        out.push(&self.footer(end))
    }
}

pub fn of(columns: &Columns) -> TextTable {
    TextTable::new(columns.iter().map(|(name, pg_type)| (name.clone(), align(pg_type))))
}

pub fn fill(table: &mut TextTable, batch: &Batch<'_>, rows: Range<usize>) {
    for row in rows {
        table.row(batch.cells.iter().map(|cell| {
            let mut value = String::new();
            if cell.is_null(row) {
                value.push_str(NULL);
            }
            cell.write_text(row, &mut value);
            value
        }));
    }
}
