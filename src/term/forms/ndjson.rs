//! One JSON object per row and line, numbers exact, `jsonb` as itself. Nothing but rows.

use super::json::{self, RowNames};
use super::{Batch, Columns, End, Form, tell_coverage};
use crate::error::Result;
use crate::term::Term;
use crate::term::out::Out;

pub struct NdjsonForm<'a> {
    term: &'a Term,
    names: RowNames,
}

impl<'a> NdjsonForm<'a> {
    pub fn new(term: &'a Term, columns: &Columns) -> Self {
        Self { term, names: RowNames::new(columns) }
    }
}

impl Form for NdjsonForm<'_> {
    fn begin(&mut self, _: &mut Out<'_>) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        for row in 0..batch.rows {
            json::push(self.term, out, |text| {
                self.names.write_row(batch, row, text);
                text.push('\n');
            })?;
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        tell_coverage(self.term, end, out)
    }
}
