//! Tables of text for a person to read.

use unicode_width::UnicodeWidthStr;

use super::grid::Widths;
use super::{DIM, markdown, paint, sanitize};

pub use super::grid::Align;

/// Rows of cells under named columns. Cells are made safe here; nothing is ever cut.
#[derive(Clone, Debug, Default)]
pub struct TextTable {
    names: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    pub fn new(columns: impl IntoIterator<Item = (impl Into<String>, Align)>) -> Self {
        let (names, aligns) =
            columns.into_iter().map(|(name, align)| (safe_cell(&name.into()), align)).unzip();
        Self { names, aligns, rows: Vec::new() }
    }

    pub fn left(columns: &[&str]) -> Self {
        Self::new(columns.iter().map(|name| (*name, Align::Left)))
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| safe_cell(&cell)).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How wide the columns are in `width`, if the rows there are now fit into it as a grid.
    pub fn widths(&self, width: Option<usize>) -> Option<Widths> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        Widths::of(&names, &self.rows, width)
    }

    /// As a grid if it fits in `width` columns without breaking words into letters, else line by line.
    pub fn render(&self, width: Option<usize>, color: bool) -> String {
        match self.widths(width) {
            Some(widths) => self.render_head(&widths, width) + &self.render_rows(&widths, width.is_some()),
            None => self.render_lines(color),
        }
    }

    pub fn render_head(&self, widths: &Widths, width: Option<usize>) -> String {
        let mut text = String::new();
        if !self.names.is_empty() {
            widths.write_row(&self.names, &self.aligns, false, &mut text);
            text.push_str(&widths.rule(width));
            text.push('\n');
        }
        text
    }

    pub fn render_rows(&self, widths: &Widths, wrap: bool) -> String {
        let mut text = String::new();
        if !self.names.is_empty() {
            self.rows.iter().for_each(|row| widths.write_row(row, &self.aligns, wrap, &mut text));
        }
        text
    }

    /// Forgets the rows, which have been shown.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// `name | value` lines under a line that counts the records, as psql's expanded display.
    pub fn render_lines(&self, color: bool) -> String {
        self.render_lines_from(1, color)
    }

    /// The same for rows of which the first is number `first`.
    pub fn render_lines_from(&self, first: usize, color: bool) -> String {
        let label = self.names.iter().map(|name| name.width()).max().unwrap_or(0);
        let mut text = String::new();
        for (number, row) in (first..).zip(&self.rows) {
            text.push_str(&paint(&format!("── {number} ──"), DIM, color));
            text.push('\n');
            for (cell, name) in row.iter().zip(&self.names) {
                let pad = label - name.width();
                let indented = cell.replace('\n', &format!("\n{}", " ".repeat(label + 3)));
                text.push_str(&format!("{name}{} | {indented}", " ".repeat(pad)));
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text
    }

    /// A table of GitHub's Markdown.
    pub fn render_markdown(&self) -> String {
        let mut text = String::new();
        markdown::write_head(self.names.iter().zip(&self.aligns).map(|(n, a)| (n.as_str(), *a)), &mut text);
        for row in &self.rows {
            markdown::write_row(row, &mut text);
        }
        text
    }
}

/// Tabs have no width of their own; as psql does, they reach to the next multiple of eight.
fn safe_cell(cell: &str) -> String {
    let safe = sanitize(cell);
    if !safe.contains('\t') {
        return safe.into_owned();
    }
    let expand = |line: &str| {
        let mut expanded = String::new();
        for (i, part) in line.split('\t').enumerate() {
            if i > 0 {
                let at = expanded.width();
                expanded.extend(std::iter::repeat_n(' ', 8 - at % 8));
            }
            expanded.push_str(part);
        }
        expanded
    };
    safe.split('\n').map(expand).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> TextTable {
        let mut table = TextTable::new([("name", Align::Left), ("rows", Align::Right)]);
        table.row(["payments-prod".into(), "12".into()]);
        table.row(["web".into(), "3".into()]);
        table
    }

    #[test]
    fn a_grid_aligns_numbers_right_and_leaves_no_trailing_space() {
        let text = sample().render(None, false);
        assert_eq!(text.lines().count(), 4);
        assert!(text.lines().all(|line| line == line.trim_end()), "{text:?}");
        assert!(text.contains("payments-prod     12") && text.contains("web                3"), "{text}");
    }

    #[test]
    fn a_table_wider_than_the_terminal_turns_into_lines() {
        let text = sample().render(Some(8), false);
        assert!(text.starts_with("── 1 ──\nname | payments-prod\nrows | 12\n"), "{text}");
    }

    #[test]
    fn a_name_is_not_broken_in_two() {
        let mut table = TextTable::left(&["table", "description"]);
        table.row(["aws_organizations_account".into(), "one two three four five six seven eight".into()]);
        let text = table.render(Some(46), false);
        assert!(text.contains("aws_organizations_account   one two"), "{text}");
        assert!(text.lines().all(|line| line.width() <= 46), "{text}");
    }

    #[test]
    fn a_column_or_a_tag_with_an_escape_sequence_is_shown_not_obeyed() {
        let mut table = TextTable::left(&["a\x1b]0;owned\x07"]);
        table.row(["team=\x1b[31mred".into()]);
        for text in [
            table.render(None, false),
            table.render(Some(8), false),
            table.render_lines(false),
            table.render_markdown(),
        ] {
            assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
            assert!(text.contains("u{1b}") && text.contains("u{7}"), "{text}");
        }
    }

    #[test]
    fn nothing_is_cut_when_cells_wrap() {
        let mut table = TextTable::left(&["name", "text"]);
        table.row(["a".into(), "one two three four five six seven eight nine ten".into()]);
        let text = table.render(Some(30), false);
        for word in ["one", "five", "ten"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn a_tab_reaches_to_the_next_stop() {
        assert_eq!(safe_cell("a\tb\n\tc"), "a       b\n        c");
    }
}
