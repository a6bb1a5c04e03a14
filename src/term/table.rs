//! Tables of text for the terminal.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};
use unicode_width::UnicodeWidthStr;

use super::{DIM, paint, sanitize};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows of cells under named columns. Cells are made safe here; nothing is ever cut.
#[derive(Clone, Debug, Default)]
pub struct TextTable {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    pub fn new(columns: impl IntoIterator<Item = (impl Into<String>, Align)>) -> Self {
        Self {
            columns: columns
                .into_iter()
                .map(|(name, align)| (sanitize(&name.into()).into_owned(), align))
                .collect(),
            rows: Vec::new(),
        }
    }

    pub fn left(columns: &[&str]) -> Self {
        Self::new(columns.iter().map(|name| (*name, Align::Left)))
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| sanitize(&cell).into_owned()).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As a grid if it fits in `width` columns without breaking words into letters, else line by line.
    pub fn render(&self, width: Option<usize>, color: bool) -> String {
        match width {
            Some(width) if !self.fits(width) => self.render_lines(color),
            width => self.render_grid(width),
        }
    }

    fn fits(&self, width: usize) -> bool {
        let between = self.columns.len().saturating_sub(1);
        self.least_widths().iter().map(|least| least + GRID_OVERHEAD).sum::<usize>() + between <= width
    }

    /// A grid may wrap cells, but a column needs room for its name, for the words in it (a name or an
    /// id broken in two cannot be copied), and for some of a longer text.
    fn least_widths(&self) -> Vec<usize> {
        const READABLE: usize = 16;
        const WORD: usize = 32;
        let least = |(i, (name, _)): (usize, &(String, Align))| {
            let cells = self.rows.iter().filter_map(|row| row.get(i));
            let widest = cells.map(|cell| widest_line(cell).min(READABLE).max(widest_word(cell).min(WORD)));
            widest.max().unwrap_or(0).max(name.width())
        };
        self.columns.iter().enumerate().map(least).collect()
    }

    fn render_grid(&self, width: Option<usize>) -> String {
        let mut table = Table::new();
        table.load_style(STYLE);
        match width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width as u16),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table.set_header(self.columns.iter().map(|(name, align)| aligned(name, *align)));
        for row in &self.rows {
            table.add_row(row.iter().zip(&self.columns).map(|(cell, (_, align))| aligned(cell, *align)));
        }
        for (column, least) in table.column_iter_mut().zip(self.least_widths()) {
            column.set_padding((0, GRID_OVERHEAD as u16));
            if width.is_some() {
                let least = u16::try_from(least + GRID_OVERHEAD).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        let mut text: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        if self.columns.is_empty() {
            text.clear();
        }
        text
    }

    /// `name | value` lines under a line that counts the records, as psql's expanded display.
    pub fn render_lines(&self, color: bool) -> String {
        let label = self.columns.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let mut text = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            text.push_str(&paint(&format!("── {} ──", i + 1), DIM, color));
            text.push('\n');
            for (cell, (name, _)) in row.iter().zip(&self.columns) {
                let pad = label - name.width();
                let indented = cell.replace('\n', &format!("\n{}", " ".repeat(label + 3)));
                text.push_str(&format!("{name}{} | {indented}", " ".repeat(pad)));
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text
    }
}

/// A line under the header, broken between columns; nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Spaces after each column; one more stands between two of them.
const GRID_OVERHEAD: usize = 2;

fn widest_line(cell: &str) -> usize {
    cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn widest_word(cell: &str) -> usize {
    cell.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn aligned(text: &str, align: Align) -> Cell {
    Cell::new(text).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
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
        for text in [table.render(None, false), table.render(Some(8), false), table.render_lines(false)] {
            assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
            assert!(text.contains("a\\u{1b}]0;owned\\u{7}") && text.contains("\\u{1b}[31mred"), "{text}");
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
}
