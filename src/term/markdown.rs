//! GitHub's Markdown: text that means only itself, and the lines of a table.

use super::grid::Align;

/// Appends the header and the line under it.
pub fn write_head<'a>(columns: impl Iterator<Item = (&'a str, Align)> + Clone, out: &mut String) {
    out.push('|');
    for (name, _) in columns.clone() {
        out.push(' ');
        write_text(name, out);
        out.push_str(" |");
    }
    out.push_str("\n|");
    for (_, align) in columns {
        out.push_str(match align {
            Align::Left => " --- |",
            Align::Right => " ---: |",
        });
    }
    out.push('\n');
}

pub fn write_row(cells: &[impl AsRef<str>], out: &mut String) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        write_text(cell.as_ref(), out);
        out.push_str(" |");
    }
    out.push('\n');
}

/// Names and tags are other people's text: no markup, no link, no HTML, no new line or cell.
pub fn write_text(text: &str, out: &mut String) {
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push_str("<br>"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Inside a word it means nothing, and names are full of it.
            '_' if before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push('_');
            }
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        write_text(text, &mut out);
        out
    }

    #[test]
    fn a_cell_stays_one_cell_on_one_line() {
        assert_eq!(escaped("a|b\nc"), "a\\|b<br>c");
    }

    #[test]
    fn markup_of_others_is_text() {
        assert_eq!(
            escaped("[x](http://y) <img> **b** `c` _d_"),
            "\\[x\\](http://y) &lt;img&gt; \\*\\*b\\*\\* \\`c\\` \\_d\\_"
        );
        assert_eq!(escaped("aws_iam_user"), "aws_iam_user");
    }
}
