//! One `column | value` line each, as psql's expanded display, then what it covers.

use super::{Batch, Columns, End, Form, table};
use crate::error::Result;
use crate::term::out::Out;
use crate::term::{Term, TextTable, footer};

pub struct LineForm<'a> {
    term: &'a Term,
    /// Never more than one batch.
    table: TextTable,
    shown: usize,
}

impl<'a> LineForm<'a> {
    pub fn new(term: &'a Term, columns: &Columns) -> Self {
        Self { term, table: table::of(columns), shown: 0 }
    }
}

impl Form for LineForm<'_> {
    fn begin(&mut self, _: &mut Out<'_>) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        table::fill(&mut self.table, batch, 0..batch.rows);
        out.push(&self.table.render_lines_from(self.shown + 1, self.term.color_out))?;
        self.shown += batch.rows;
        self.table.clear();
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        match end.failure {
            None => out.push(&footer::render(end.rows, end.summary, self.term.color_out)),
            Some(_) => Ok(()),
        }
    }
}
