//! What a command lists, in every form there is: columns for a person, records for a program.

use super::forms::write_csv_field;
use super::{Format, Term, TextTable};
use crate::error::Result;
use crate::model::Json;

/// `records` are objects with the members `fields`; a person sees `table`.
pub struct Listing<'a> {
    pub fields: &'a [&'a str],
    pub records: Vec<Json>,
    pub table: TextTable,
}

impl Listing<'_> {
    pub fn print(&self, format: Format, term: &Term) -> Result<()> {
        term.print_as(format, &self.render(format, term))
    }

    /// `-o json` is the array of the records; a command with a document of its own prints that instead.
    pub fn render(&self, format: Format, term: &Term) -> String {
        match format {
            Format::Table => self.table.render(term.width, term.color_out),
            Format::Line => self.table.render_lines(term.color_out),
            Format::Markdown => self.table.render_markdown(),
            Format::Json => Json::Array(self.records.clone()).to_json() + "\n",
            Format::Ndjson => self.records.iter().map(|record| record.to_json() + "\n").collect(),
            Format::Csv => self.csv(term),
        }
    }

    fn csv(&self, term: &Term) -> String {
        let mut text = String::new();
        let line = |values: &mut dyn Iterator<Item = Option<String>>, text: &mut String| {
            for (i, value) in values.enumerate() {
                write_csv_field(i, value.as_deref(), term, text);
            }
            text.push('\n');
        };
        line(&mut self.fields.iter().map(|name| Some((*name).to_owned())), &mut text);
        for record in &self.records {
            line(&mut self.fields.iter().map(|name| record.get(name).and_then(Json::to_text)), &mut text);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line_of_csv_with_its_nested_values_as_json() {
        let record = Json::parse(r#"{"id":"1","tags":{"a":"b"},"note":null,"name":"x,y"}"#).unwrap();
        let listing = Listing {
            fields: &["id", "name", "tags", "note"],
            records: vec![record],
            table: TextTable::default(),
        };
        assert_eq!(listing.csv(&Term::piped()), "id,name,tags,note\n1,\"x,y\",\"{\"\"a\"\": \"\"b\"\"}\",\n");
    }
}
