//! A table of GitHub's Markdown, then what it covers.

use super::{Batch, Columns, End, Form, align};
use crate::error::Result;
use crate::term::cell::NULL;
use crate::term::out::Out;
use crate::term::{footer, markdown, sanitize};

pub struct MarkdownForm<'a> {
    columns: &'a Columns,
}

impl<'a> MarkdownForm<'a> {
    pub fn new(columns: &'a Columns) -> Self {
        Self { columns }
    }
}

impl Form for MarkdownForm<'_> {
    fn begin(&mut self, out: &mut Out<'_>) -> Result<()> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let columns = self.columns.iter().map(|(name, pg_type)| (sanitize(name), align(pg_type)));
        let columns: Vec<_> = columns.collect();
        out.with(|text| markdown::write_head(columns.iter().map(|(name, align)| (&**name, *align)), text))
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        let mut values = vec![String::new(); batch.cells.len()];
        for row in 0..batch.rows {
            for (value, cell) in values.iter_mut().zip(&batch.cells) {
                value.clear();
                if cell.is_null(row) {
                    value.push_str(NULL);
                }
                cell.write_text(row, value);
                if let std::borrow::Cow::Owned(safe) = sanitize(value) {
                    *value = safe;
                }
            }
            out.with(|text| markdown::write_row(&values, text))?;
        }
        Ok(())
    }

    /// The counts as a paragraph, what is missing as a list.
    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        if end.failure.is_some() {
            return Ok(());
        }
        let footer = footer::render(end.rows, end.summary, false);
        out.with(|text| {
            for (i, line) in footer.trim().lines().enumerate() {
                text.push_str(match i {
                    0 => "\n",
                    1 => "\n- ",
                    _ => "- ",
                });
                markdown::write_text(line, text);
                text.push('\n');
            }
        })
    }
}
