//! Columns side by side: how wide each is, and cells that wrap to fit.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Spaces between two columns.
const BETWEEN: usize = 3;

/// A cell that wraps keeps at least this much of a line, or its longest word.
const READABLE: usize = 16;

/// Names and ids are not broken in two: nobody could copy them. Longer words are.
const WORD: usize = 32;

/// The widths of columns, decided by the rows seen first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widths(Vec<usize>);

impl Widths {
    /// `None` where the columns cannot be made narrow enough for `within` and stay readable.
    pub fn of(header: &[&str], rows: &[Vec<String>], within: Option<usize>) -> Option<Self> {
        let widest = |measure: fn(&str) -> usize| {
            let of_column = move |(i, name): (usize, &&str)| {
                let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| measure(cell));
                cells.max().unwrap_or(0).max(name.width())
            };
            header.iter().enumerate().map(of_column).collect::<Vec<_>>()
        };
        let natural = widest(widest_line);
        let Some(within) = within else { return Some(Self(natural)) };
        let room = within.checked_sub(BETWEEN * header.len().saturating_sub(1))?;
        let least = widest(least_width);
        if least.iter().sum::<usize>() > room {
            return None;
        }
        // The widest columns give way first, all to the same width.
        let fitted = |most: usize| natural.iter().zip(&least).map(move |(n, l)| (*n).min(most).max(*l));
        let (mut fits, mut too_wide) = (0, natural.iter().copied().max().unwrap_or(0) + 1);
        while too_wide - fits > 1 {
            let middle = fits.midpoint(too_wide);
            if fitted(middle).sum::<usize>() <= room { fits = middle } else { too_wide = middle }
        }
        Some(Self(fitted(fits).collect()))
    }

    /// The line under a header; where there is room, it stands out a little.
    pub fn rule(&self, within: Option<usize>) -> String {
        let columns = self.0.iter().sum::<usize>() + BETWEEN * self.0.len().saturating_sub(1);
        "─".repeat((columns + 2).min(within.unwrap_or(usize::MAX)))
    }

    /// Appends one row. Cells wrap where `wrap` says so; else a cell that is too wide pushes the rest
    /// of its line to the right.
    pub fn write_row(&self, cells: &[impl AsRef<str>], aligns: &[Align], wrap: bool, out: &mut String) {
        let columns: Vec<Vec<&str>> = cells
            .iter()
            .zip(&self.0)
            .map(|(cell, width)| {
                let lines = cell.as_ref().lines();
                if wrap { lines.flat_map(|line| wrapped(line, *width)).collect() } else { lines.collect() }
            })
            .collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            let start = out.len();
            for (i, ((lines, width), align)) in columns.iter().zip(&self.0).zip(aligns).enumerate() {
                if i > 0 {
                    out.extend(std::iter::repeat_n(' ', BETWEEN));
                }
                let text = lines.get(line).copied().unwrap_or("");
                let pad = std::iter::repeat_n(' ', width.saturating_sub(text.width()));
                if *align == Align::Right {
                    out.extend(pad.clone());
                }
                out.push_str(text);
                if *align == Align::Left {
                    out.extend(pad);
                }
            }
            out.truncate(start + out[start..].trim_end_matches(' ').len());
            out.push('\n');
        }
    }
}

fn widest_line(cell: &str) -> usize {
    cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn least_width(cell: &str) -> usize {
    let word = cell.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
    widest_line(cell).min(READABLE).max(word.min(WORD))
}

/// One line cut into lines of at most `width` columns, between words where there are any. What is cut
/// away is a single space at most.
fn wrapped(line: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = line;
    while rest.width() > width {
        let end = end_of_fitting(rest, width);
        if end == rest.len() {
            break;
        }
        // A space that begins the next line is as good as one that ends this.
        let cut = if rest[end..].starts_with(' ') {
            end
        } else {
            rest[..end].rfind(' ').filter(|at| !rest[..*at].trim().is_empty()).unwrap_or(end)
        };
        let (this, next) = rest.split_at(cut);
        lines.push(this);
        rest = next.strip_prefix(' ').unwrap_or(next);
    }
    lines.push(rest);
    lines
}

/// Bytes of the longest beginning that fits; at least one character with what combines with it.
fn end_of_fitting(text: &str, width: usize) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let after = at + c.len_utf8();
        let takes_room = c.width().unwrap_or(0) > 0;
        if end > 0 && takes_room && text[..after].width() > width {
            break;
        }
        end = after;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_lose_nothing() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("  indented text", 10), ["  indented", "text"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_stay_with_theirs() {
        assert_eq!(wrapped("東京都港区", 4), ["東京", "都港", "区"]);
        assert_eq!(wrapped("東京", 1), ["東", "京"]);
        assert_eq!(wrapped("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn the_widest_columns_give_way_first() {
        let long = "word ".repeat(20).trim().to_owned();
        let rows = vec![vec!["i-0123456789abcdef0".to_owned(), long.clone(), long]];
        let Widths(widths) = Widths::of(&["id", "a", "b"], &rows, Some(85)).unwrap();
        assert_eq!(widths, [19, 30, 30]);
        assert_eq!(Widths::of(&["id", "a", "b"], &rows, Some(56)), None);
        assert!(Widths::of(&["id", "a", "b"], &rows, Some(57)).is_some());
    }

    #[test]
    fn a_later_cell_that_is_wider_is_whole() {
        let widths = Widths::of(&["a", "b"], &[vec!["x".into(), "y".into()]], None).unwrap();
        let mut text = String::new();
        widths.write_row(&["wider", "z"], &[Align::Left, Align::Left], false, &mut text);
        assert_eq!(text, "wider   z\n");
    }

    #[test]
    fn every_script_lines_up() {
        let names = ["payments-prod", "Zürich", "東京", "שלום", "🚀 launch", "e\u{301}tude"];
        let rows: Vec<Vec<String>> = names.iter().map(|n| vec![(*n).to_owned(), "|".to_owned()]).collect();
        let widths = Widths::of(&["name", "x"], &rows, None).unwrap();
        for row in &rows {
            let mut line = String::new();
            widths.write_row(row, &[Align::Left, Align::Left], false, &mut line);
            assert_eq!(line.trim_end().width(), 13 + BETWEEN + 1, "{line}");
        }
    }
}
