//! PostgreSQL's patterns as Rust's regular expressions.
//!
//! What differs: in PostgreSQL a dot matches a line end; `[` inside brackets is a letter; `\y \m \M \Y`
//! are word boundaries, `\Z` is the end; `{` that no number follows is a letter; options come first.
//! Back-references and lookaround have no equal and are refused.

use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

/// A pattern of `~`, `regexp_replace` and so on, with its flags.
pub fn regex(pattern: &str, flags: &str) -> Result<String> {
    let mut options = Options::default();
    for flag in flags.chars() {
        options.set(flag)?;
    }
    let mut body = pattern;
    if let Some(rest) = body.strip_prefix("***=") {
        return Ok(format!("{}{}", options.text(), regex::escape(rest)));
    }
    body = body.strip_prefix("***:").unwrap_or(body);
    if let Some((letters, rest)) = body.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
        && !letters.is_empty()
        && letters.chars().all(|c| c.is_ascii_lowercase())
    {
        for letter in letters.chars() {
            options.set(letter)?;
        }
        body = rest;
    }
    if options.literal {
        return Ok(format!("{}{}", options.text(), regex::escape(body)));
    }
    let body = if options.expanded { without_comments(body) } else { body.to_owned() };
    Ok(format!("{}{}", options.text(), translated(&body)?))
}

#[derive(Default)]
struct Options {
    ignore_case: bool,
    /// `n`: a dot stops at line ends, `^` and `$` match at them.
    lines: bool,
    expanded: bool,
    literal: bool,
}

impl Options {
    fn set(&mut self, flag: char) -> Result<()> {
        match flag {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'n' | 'm' => self.lines = true,
            's' | 'e' | 't' => {}
            'x' => self.expanded = true,
            'q' => self.literal = true,
            'p' | 'w' | 'b' => return exec_err!("the regular expression option \"{flag}\" is not supported"),
            _ => return exec_err!("invalid regular expression option: \"{flag}\""),
        }
        Ok(())
    }

    fn text(&self) -> String {
        let mut on = String::from(if self.lines { "m" } else { "s" });
        if self.ignore_case {
            on.push('i');
        }
        format!("(?{on})")
    }
}

fn without_comments(pattern: &str) -> String {
    let mut out = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                out.push(letter);
                out.extend(letters.next());
            }
            '#' => {
                for skipped in letters.by_ref() {
                    if skipped == '\n' {
                        break;
                    }
                }
            }
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn translated(pattern: &str) -> Result<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        at += 1;
        let next = letters.get(at).copied();
        match letter {
            '\\' => {
                at += 1;
                match next {
                    None => return exec_err!("invalid regular expression: invalid escape \\ sequence"),
                    Some('y') => out.push_str(r"\b"),
                    Some('Y') => out.push_str(r"\B"),
                    Some('m') => out.push_str(r"\b{start}"),
                    Some('M') => out.push_str(r"\b{end}"),
                    Some('Z') => out.push_str(r"\z"),
                    Some('e') => out.push_str(r"\x1B"),
                    Some('b') => out.push_str(r"\x08"),
                    Some('1'..='9') => return refused("back-references"),
                    Some(
                        class @ ('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'A' | 'n' | 't' | 'r' | 'f' | 'v' | 'x'
                        | 'u' | 'U'),
                    ) => {
                        out.extend(['\\', class]);
                    }
                    Some(other) if other.is_ascii_alphanumeric() => {
                        return exec_err!("invalid regular expression: invalid escape \\ sequence");
                    }
                    Some(other) => out.push_str(&regex::escape(&other.to_string())),
                }
            }
            '[' => at = bracket(&letters, at, &mut out)?,
            '(' if next == Some('?') => match letters.get(at + 1) {
                Some(':') => out.push('('),
                _ => return refused("lookaround"),
            },
            '{' if !next.is_some_and(|n| n.is_ascii_digit()) => out.push_str(r"\{"),
            '}' if !closes_bound(&letters, at - 1) => out.push_str(r"\}"),
            ']' => out.push_str(r"\]"),
            '*' if out.ends_with("(?s)") || at == 1 => {
                return exec_err!("invalid regular expression: quantifier operand invalid");
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

fn refused<T>(what: &str) -> Result<T> {
    exec_err!("{what} in regular expressions are not supported")
}

fn closes_bound(letters: &[char], at: usize) -> bool {
    let before = letters.get(..at).unwrap_or_default();
    before.iter().rposition(|c| *c == '{').is_some_and(|open| {
        let inside = before.get(open + 1..).unwrap_or_default();
        inside.first().is_some_and(char::is_ascii_digit)
            && inside.iter().all(|c| c.is_ascii_digit() || *c == ',')
    })
}

/// A bracket expression from behind its `[`; returns the place behind its `]`.
fn bracket(letters: &[char], mut at: usize, out: &mut String) -> Result<usize> {
    let unbalanced = || exec_datafusion_err!("invalid regular expression: brackets [] not balanced");
    out.push('[');
    if letters.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let letter = *letters.get(at).ok_or_else(unbalanced)?;
        at += 1;
        match (letter, letters.get(at)) {
            (']', _) if at - 1 > first => break,
            ('[', Some(kind @ (':' | '.' | '='))) => {
                let rest: String = letters.get(at + 1..).unwrap_or_default().iter().collect();
                let end = format!("{kind}]");
                let (name, _) = rest.split_once(&end).ok_or_else(unbalanced)?;
                match kind {
                    ':' => out.push_str(&format!("[:{name}:]")),
                    _ => out.push_str(&regex::escape(name)),
                }
                at += 1 + name.chars().count() + 2;
            }
            ('\\', Some(next)) => {
                match next {
                    'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'n' | 't' | 'r' | 'f' | 'v' => {
                        out.extend(['\\', *next])
                    }
                    other => out.push_str(&regex::escape(&other.to_string())),
                }
                at += 1;
            }
            ('-', _) => out.push('-'),
            // Set operations of Rust's are letters in PostgreSQL's.
            (c @ ('[' | ']' | '&' | '~' | '^'), _) => out.extend(['\\', c]),
            (c, _) => out.push(c),
        }
    }
    out.push(']');
    Ok(at)
}

/// SQL's SIMILAR TO: `%` and `_` beside `| * + ? {} () []`, over the whole text.
pub fn similar(pattern: &str, escape: Option<char>) -> Result<String> {
    let mut out = String::from("(?s)^(?:");
    let mut letters = pattern.chars();
    let mut in_brackets = false;
    while let Some(letter) = letters.next() {
        if Some(letter) == escape {
            let next = letters.next().ok_or_else(|| exec_datafusion_err!("invalid escape sequence"))?;
            out.push_str(&regex::escape(&next.to_string()));
            continue;
        }
        match letter {
            '[' if !in_brackets => {
                in_brackets = true;
                out.push('[');
            }
            ']' if in_brackets => {
                in_brackets = false;
                out.push(']');
            }
            c if in_brackets => match c {
                '[' | '&' | '~' | '\\' => out.extend(['\\', c]),
                c => out.push(c),
            },
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '.' | '^' | '$' | '\\' => out.extend(['\\', letter]),
            c => out.push(c),
        }
    }
    out.push_str(")$");
    Ok(out)
}

pub fn like(pattern: &str, escape: Option<char>, ignore_case: bool) -> Result<String> {
    let mut out = String::from(if ignore_case { "(?si)^" } else { "(?s)^" });
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            c if Some(c) == escape => {
                let next = letters
                    .next()
                    .ok_or_else(|| exec_datafusion_err!("LIKE pattern must not end with escape character"))?;
                out.push_str(&regex::escape(&next.to_string()));
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    Ok(out)
}

pub fn not_understood(error: &regex::Error) -> DataFusionError {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or("").trim().trim_start_matches("error: ").to_owned();
    exec_datafusion_err!("invalid regular expression: {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&regex(pattern, "").unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn postgresqls_own_spellings_match() {
        for (pattern, text) in [
            ("a.b", "a\nb"),
            (r"\yfoo\y", "a foo b"),
            (r"\mfo", "a foo"),
            ("[[a]", "["),
            ("[]a]", "]"),
            ("[a&&b]", "&"),
            ("{a", "{a"),
            ("a{2,3}", "aa"),
            ("(?i)ABC", "abc"),
            ("[[:alpha:]]+[[:digit:]]", "ab1"),
            (r"a\.b", "a.b"),
            ("***=a.b", "a.b"),
            ("a}", "a}"),
        ] {
            assert!(is_match(pattern, text), "{pattern} {text}");
        }
        assert!(!is_match("***=a.b", "axb"));
        assert!(regex(r"(a)\1", "").is_err());
        assert!(regex("(?=a)", "").is_err());
    }

    #[test]
    fn like_and_similar_cover_the_whole_text() {
        let like =
            |p: &str, t: &str| regex::Regex::new(&like(p, Some('\\'), false).unwrap()).unwrap().is_match(t);
        assert!(like("a%", "abc") && like("a_c", "abc") && like(r"a\%", "a%") && !like("b", "abc"));
        let similar =
            |p: &str, t: &str| regex::Regex::new(&similar(p, Some('\\')).unwrap()).unwrap().is_match(t);
        assert!(
            similar("(a|b)%", "bcd")
                && !similar("(a|b)", "ab")
                && similar("a.b", "a.b")
                && !similar("a.b", "axb")
        );
    }
}
