//! Where in the statement something stands, and how it is shown.

use datafusion::sql::sqlparser::tokenizer::Location;

/// Line and column, both from 1, and how many characters to underline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub width: usize,
}

/// Longest stretch of a line that is shown around a place.
const WINDOW: usize = 100;

impl Place {
    /// `None` for the parser's "nowhere" (line 0).
    pub fn new(location: Location, width: usize) -> Option<Self> {
        let (line, column) = (usize::try_from(location.line).ok()?, usize::try_from(location.column).ok()?);
        (line > 0 && column > 0).then_some(Self { line, column, width: width.max(1) })
    }

    /// `line 1, column 8`
    pub fn words(self) -> String {
        format!("line {}, column {}", self.line, self.column)
    }

    /// The line with a caret under the place; a long line is cut to what surrounds it.
    pub fn excerpt(self, sql: &str) -> String {
        let line: Vec<char> = sql
            .lines()
            .nth(self.line - 1)
            .unwrap_or("")
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let at = (self.column - 1).min(line.len());
        let from = if line.len() <= WINDOW { 0 } else { at.saturating_sub(WINDOW / 2) };
        let shown: String = line.iter().skip(from).take(WINDOW).collect();
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let width = self.width.min(WINDOW.saturating_sub(at - from)).max(1);
        let indent = " ".repeat(at - from);
        format!("{number} | {shown}\n{gutter} | {indent}{}", "^".repeat(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let place = Place { line: 2, column: 6, width: 3 };
        assert_eq!(place.excerpt("select a\nfrom foo"), "2 | from foo\n  |      ^^^");
    }

    #[test]
    fn a_place_outside_the_text_is_shown_at_its_end() {
        let place = Place { line: 9, column: 4, width: 1 };
        assert_eq!(place.excerpt("select"), "9 | \n  | ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let sql = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let shown = Place { line: 1, column: 501, width: 1 }.excerpt(&sql);
        let (text, caret) = shown.split_once('\n').unwrap();
        assert_eq!(text.chars().nth(caret.chars().count() - 1), Some('x'));
        assert!(text.len() < 120);
    }
}
