//! Where a pattern matches, by PostgreSQL's rule: of the matches that start first the longest, or the shortest
//! for a pattern of non-greedy quantifiers. Rust's engine takes the alternative that is written first, so
//! it decides only whether and where a match starts.
//!
//! What is refused, since the parts would differ: greedy beside non-greedy quantifiers, and groups taken out of a
//! pattern one of whose alternatives may begin another.

use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use regex::{Captures, Regex};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input, MatchKind, util::syntax};

use super::translate;

pub struct Pattern {
    text: String,
    regex: Regex,
    ends: Option<Ends>,
}

struct Ends {
    dfa: DFA,
    cache: Cache,
    /// The same with an end, for the groups of a match whose end is known.
    whole: Regex,
    shortest: bool,
}

impl Pattern {
    pub fn new(text: String) -> Result<Self> {
        let regex = Regex::new(&text).map_err(|e| translate::not_understood(&e))?;
        Ok(Self { text, regex, ends: None })
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    pub fn has_groups(&self) -> bool {
        self.regex.captures_len() > 1
    }

    /// Bytes of the matches in turn, at most so many.
    pub fn matches(&mut self, text: &str, most: usize) -> Result<Vec<(usize, usize)>> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut from = 0;
        while found.len() < most && from <= text.len() {
            let Some(first) = self.regex.find_at(text, from) else { break };
            let (start, end) = (first.start(), self.end(text, first.start())?);
            found.push((start, end));
            from = match end > start {
                true => end,
                false => end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8),
            };
        }
        Ok(found)
    }

    /// The groups of a match; `None` for those that took no part.
    pub fn groups<'t>(
        &mut self,
        text: &'t str,
        (start, end): (usize, usize),
    ) -> Result<Vec<Option<&'t str>>> {
        if may_begin_another(&self.text) {
            return exec_err!(
                "a pattern whose alternatives may begin one another is not supported where groups are taken out of it: \"{}\"",
                shown(&self.text)
            );
        }
        let ends = self.ends()?;
        let found: Option<Captures<'t>> =
            text.get(..end).and_then(|text| ends.whole.captures_at(text, start));
        let Some(found) = found else { return exec_err!("a match has no groups: \"{}\"", shown(&self.text)) };
        Ok(found.iter().skip(1).map(|group| group.map(|g| g.as_str())).collect())
    }

    fn end(&mut self, text: &str, start: usize) -> Result<usize> {
        let Ends { dfa, cache, shortest, .. } = self.ends()?;
        let input = Input::new(text).range(start..).anchored(Anchored::Yes).earliest(*shortest);
        match dfa.try_search_fwd(cache, &input) {
            Ok(Some(half)) => Ok(half.offset()),
            Ok(None) => exec_err!("a match has no end"),
            Err(error) => {
                Err(exec_datafusion_err!("a regular expression cannot be used on this text: {error}"))
            }
        }
    }

    fn ends(&mut self) -> Result<&mut Ends> {
        if self.ends.is_none() {
            let shortest = match quantifiers(&self.text) {
                (true, true) => {
                    return exec_err!(
                        "greedy beside non-greedy quantifiers are not supported where text is taken out: \"{}\"",
                        shown(&self.text)
                    );
                }
                (_, lazy) => lazy,
            };
            let refused = |e: &dyn std::fmt::Display| -> DataFusionError {
                exec_datafusion_err!("invalid regular expression: {e}")
            };
            let config = DFA::config().match_kind(MatchKind::All).unicode_word_boundary(true);
            let dfa = DFA::builder()
                .configure(config)
                .thompson(thompson::Config::new().nfa_size_limit(Some(10 << 20)))
                .syntax(syntax::Config::new())
                .build(&self.text)
                .map_err(|e| refused(&e))?;
            let cache = dfa.create_cache();
            let whole = Regex::new(&format!("(?:{})\\z", self.text)).map_err(|e| refused(&e))?;
            self.ends = Some(Ends { dfa, cache, whole, shortest });
        }
        self.ends.as_mut().ok_or_else(|| exec_datafusion_err!("a pattern was lost"))
    }
}

/// Without the options that were put before it.
fn shown(pattern: &str) -> &str {
    pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')')).map_or(pattern, |(_, rest)| rest)
}

/// Whether there are greedy, and whether there are non-greedy quantifiers.
fn quantifiers(pattern: &str) -> (bool, bool) {
    let (mut greedy, mut lazy) = (false, false);
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 1,
            '[' if !in_brackets => in_brackets = true,
            ']' => in_brackets = false,
            // The `?` of `(?:`.
            '(' if !in_brackets && letters.get(at + 1) == Some(&'?') => at += 1,
            '*' | '+' | '?' | '}' if !in_brackets => match letters.get(at + 1) {
                Some('?') => {
                    lazy = true;
                    at += 1;
                }
                _ => greedy = true,
            },
            _ => {}
        }
        at += 1;
    }
    (greedy, lazy)
}

/// Whether two alternatives of one place may start alike, so far as their letters tell.
fn may_begin_another(pattern: &str) -> bool {
    // Alternatives so far of every open group, and whether letters alone make them.
    let mut open: Vec<Vec<(String, bool)>> = vec![vec![(String::new(), true)]];
    let clash = |alternatives: &[(String, bool)]| {
        alternatives.len() > 1
            && alternatives.iter().enumerate().any(|(at, (one, one_plain))| {
                alternatives.iter().skip(at + 1).any(|(other, other_plain)| match (one_plain, other_plain) {
                    (true, true) => one.starts_with(other.as_str()) || other.starts_with(one.as_str()),
                    // What is not plain begins with the letters before that.
                    _ => one.starts_with(other.as_str()) || other.starts_with(one.as_str()),
                })
            })
    };
    let mut letters = shown(pattern).chars().peekable();
    while let Some(letter) = letters.next() {
        let mut add = |letter: Option<char>| {
            if let Some((text, plain)) = open.last_mut().and_then(|group| group.last_mut()) {
                match letter {
                    Some(letter) if *plain => text.push(letter),
                    _ => *plain = false,
                }
            }
        };
        match letter {
            '\\' => {
                let escaped = letters.next();
                add(escaped.filter(|c| !c.is_ascii_alphanumeric()));
            }
            '[' => {
                add(None);
                let mut first = true;
                while let Some(inside) = letters.next() {
                    match inside {
                        '\\' => drop(letters.next()),
                        ']' if !first => break,
                        _ => {}
                    }
                    first = first && inside == '^';
                }
            }
            '(' => {
                add(None);
                open.push(vec![(String::new(), true)]);
                if letters.peek() == Some(&'?') {
                    letters.by_ref().find(|c| matches!(c, ':' | '>'));
                }
            }
            ')' => {
                if open.pop().is_some_and(|group| clash(&group)) {
                    return true;
                }
            }
            '|' => {
                if let Some(group) = open.last_mut() {
                    group.push((String::new(), true));
                }
            }
            '*' | '?' | '{' => {
                // The letter before may be missing.
                if let Some((text, plain)) = open.last_mut().and_then(|group| group.last_mut())
                    && *plain
                {
                    text.pop();
                    *plain = false;
                }
            }
            '^' | '$' => {}
            '.' | '+' | '}' => add(None),
            other => add(Some(other)),
        }
    }
    open.iter().any(|group| clash(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values are PostgreSQL 15's: `select regexp_matches(text, pattern, 'g')`.
    #[test]
    fn the_longest_of_the_first_matches_is_taken() {
        for (pattern, text, expected) in [
            ("foo|foobar", "a foobar", vec!["foobar"]),
            ("(?:a?)(?:ab)?", "ab", vec!["ab", ""]),
            ("b*", "abc", vec!["", "b", "", ""]),
            ("a+?", "aaa", vec!["a", "a", "a"]),
            (r"\d+", "1 22 333", vec!["1", "22", "333"]),
        ] {
            let mut compiled = Pattern::new(pattern.to_owned()).unwrap();
            let found = compiled.matches(text, usize::MAX).unwrap();
            let found: Vec<&str> = found.into_iter().map(|(from, to)| &text[from..to]).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn groups_are_those_of_the_longest_match() {
        let mut pattern = Pattern::new("a(b)?(bcd|c)".to_owned()).unwrap();
        let whole = pattern.matches("abcd", 1).unwrap()[0];
        assert_eq!(whole, (0, 4));
        assert_eq!(pattern.groups("abcd", whole).unwrap(), [None, Some("bcd")]);
    }

    #[test]
    fn what_would_differ_is_refused() {
        let mut pattern = Pattern::new("(a|ab)(c|bcd)".to_owned()).unwrap();
        let whole = pattern.matches("abcd", 1).unwrap()[0];
        assert!(pattern.groups("abcd", whole).is_err());
        assert!(Pattern::new("a.*?(b+)".to_owned()).unwrap().matches("ab", 1).is_err());
        assert!(may_begin_another("(\\w+|a)"));
        assert!(!may_begin_another("^(web|db)-([0-9]+)$"));
    }
}
