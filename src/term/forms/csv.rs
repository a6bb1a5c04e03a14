//! Comma-separated values, quoted as RFC 4180 and psql's `\copy ... csv` do: NULL is nothing at all, an
//! empty text is `""`. Lines end as they do on Unix.
//!
//! Values are written as they are. A spreadsheet that opens the file may take a text that begins with
//! `=`, `+`, `-` or `@` for a formula; a mark before it would make every other reader's value wrong.

use super::json::unique_names;
use super::{Batch, Columns, End, Form, tell_coverage};
use crate::error::Result;
use crate::term::out::Out;
use crate::term::{Term, sanitize};

pub struct CsvForm<'a> {
    term: &'a Term,
    names: Vec<String>,
    /// The value in hand.
    value: String,
}

impl<'a> CsvForm<'a> {
    pub fn new(term: &'a Term, columns: &Columns) -> Self {
        Self { term, names: unique_names(columns), value: String::new() }
    }
}

impl Form for CsvForm<'_> {
    fn begin(&mut self, out: &mut Out<'_>) -> Result<()> {
        out.with(|text| {
            for (i, name) in self.names.iter().enumerate() {
                write_field(i, Some(name), self.term, text);
            }
            text.push('\n');
        })
    }

    fn rows(&mut self, batch: &Batch<'_>, out: &mut Out<'_>) -> Result<()> {
        for row in 0..batch.rows {
            let (term, value) = (self.term, &mut self.value);
            out.with(|text| {
                for (i, cell) in batch.cells.iter().enumerate() {
                    value.clear();
                    let is_null = cell.is_null(row);
                    cell.write_text(row, value);
                    write_field(i, (!is_null).then_some(value.as_str()), term, text);
                }
                text.push('\n');
            })?;
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, out: &mut Out<'_>) -> Result<()> {
        tell_coverage(self.term, end, out)
    }
}

/// Appends field number `i` of a line. A terminal gets no control characters; a pipe gets every byte.
pub fn write_field(i: usize, value: Option<&str>, term: &Term, out: &mut String) {
    if i > 0 {
        out.push(',');
    }
    match value {
        Some(value) if term.width.is_some() => write_quoted(&sanitize(value), out),
        Some(value) => write_quoted(value, out),
        None => {}
    }
}

/// Not by the `csv` crate, which cannot quote the one empty field and leave the other.
fn write_quoted(value: &str, out: &mut String) {
    // What PostgreSQL reads as the end of its input is quoted as well, as it does itself.
    let quoted = value.is_empty() || value == "\\." || value.contains(['"', ',', '\n', '\r']);
    if !quoted {
        out.push_str(value);
        return;
    }
    out.push('"');
    for (i, part) in value.split('"').enumerate() {
        if i > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[Option<&str>]) -> String {
        let mut text = String::new();
        let term = Term::piped();
        values.iter().enumerate().for_each(|(i, value)| write_field(i, *value, &term, &mut text));
        text + "\n"
    }

    // What psql's \copy (select ...) to stdout (format csv) prints.
    #[test]
    fn null_and_empty_differ_as_in_postgresql() {
        assert_eq!(line(&[None, Some(""), Some("a")]), ",\"\",a\n");
        assert_eq!(line(&[Some("\\.")]), "\"\\.\"\n");
        assert_eq!(
            line(&[Some("a,b"), Some("say \"hi\""), Some("x\r\ny")]),
            "\"a,b\",\"say \"\"hi\"\"\",\"x\r\ny\"\n"
        );
    }

    #[test]
    fn any_text_is_read_back_as_it_was() {
        let texts =
            ["", "plain", "a,b", "\"", "\"\"", "a\nb", "a\rb", " x ", "=1+1", "\u{1b}[31m", "東京", "\\."];
        let text: String = texts.iter().map(|value| line(&[Some(value), Some(value)])).collect();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let read: Vec<[String; 2]> = reader.deserialize().map(|record| record.unwrap()).collect();
        assert_eq!(read, texts.map(|value| [value.to_owned(), value.to_owned()]));
    }
}
