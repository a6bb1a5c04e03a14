//! The text of a Logs Insights query: which commands it has, what may be done to its range of time, and
//! the texts that are sent instead of it.
//!
//! No more of the language is understood than that takes; what it means is AWS's to say.

use std::ops::Range;

use crate::sources::logs::span::Span;

/// Commands that look at one event at a time, so that a range asked in parts has the same rows.
const ONE_BY_ONE: [&str; 8] =
    ["fields", "filter", "filterindex", "parse", "display", "sort", "limit", "unnest"];

/// Without `fields` and `display` a query shows these.
const SHOWN_BY_DEFAULT: [&str; 2] = ["@timestamp", "@message"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    commands: Vec<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Command {
    /// In lower case.
    name: String,
    at: Range<usize>,
}

impl Query {
    pub fn new(text: &str) -> Query {
        let text = text.trim().trim_end_matches('|').trim_end().to_owned();
        let commands = split(&text)
            .into_iter()
            .map(|at| {
                let words = without_comments(text.get(at.clone()).unwrap_or_default());
                let name = words.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
                Command { name: name.to_ascii_lowercase(), at }
            })
            .filter(|command| !command.name.is_empty())
            .collect();
        Query { text, commands }
    }

    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.commands.iter().any(|command| command.name == name)
    }

    /// Its log groups stand in the text.
    pub fn names_its_groups(&self) -> bool {
        self.has("source")
    }

    /// Its rows are events, each by itself.
    pub fn is_of_events(&self) -> bool {
        self.commands.iter().all(|command| ONE_BY_ONE.contains(&command.name.as_str()))
    }

    /// The rows of parts of a range, or of some of the log groups, are those of the whole.
    pub fn can_be_split(&self) -> bool {
        self.is_of_events() && !self.has("limit")
    }

    pub fn has_limit(&self) -> bool {
        self.has("limit")
    }

    /// The newest events come first, because the query says no other order.
    pub fn is_newest_first(&self) -> bool {
        !self.has("sort")
    }

    fn body(&self, command: &Command) -> String {
        let words = without_comments(self.text.get(command.at.clone()).unwrap_or_default());
        words.trim_start().get(command.name.len()..).unwrap_or_default().trim().to_owned()
    }

    /// Whether the query itself shows a field.
    pub fn shows(&self, field: &str) -> bool {
        let named = |command: &Command| {
            outputs(&self.body(command)).iter().any(|output| output.eq_ignore_ascii_case(field))
        };
        if let Some(display) = self.commands.iter().rfind(|command| command.name == "display") {
            return named(display);
        }
        let mut fields = self.commands.iter().filter(|command| command.name == "fields").peekable();
        match fields.peek() {
            None => SHOWN_BY_DEFAULT.contains(&field),
            Some(_) => fields.any(named),
        }
    }

    /// The text that answers for a span, with fields that canvass needs besides; and which of those the
    /// query would not have shown.
    pub fn over(&self, span: Span, needed: &[&'static str]) -> (String, Vec<&'static str>) {
        if !self.is_of_events() {
            return (joined([within(span), self.text.clone()]), Vec::new());
        }
        let added: Vec<&'static str> = needed.iter().copied().filter(|field| !self.shows(field)).collect();
        let mut head: Vec<&str> = needed.to_vec();
        if !self.has("fields") && !self.has("display") {
            head.extend(SHOWN_BY_DEFAULT.iter().filter(|field| !needed.contains(field)));
        }
        let mut text = self.text.clone();
        let display = self.commands.iter().rfind(|command| command.name == "display");
        if let Some(display) = display.filter(|_| !added.is_empty()) {
            let end = self.text.get(display.at.clone()).unwrap_or_default().trim_end().len();
            text.insert_str(display.at.start + end, &format!(", {}", added.join(", ")));
        }
        if self.can_be_split() && self.is_newest_first() {
            let sort = "sort @timestamp desc";
            match display {
                Some(display) => text.insert_str(display.at.start, &format!(" {sort} | ")),
                None => text = joined([text, sort.to_owned()]),
            }
        }
        let fields = if head.is_empty() { String::new() } else { format!("fields {}", head.join(", ")) };
        (joined([within(span), fields, text]), added)
    }

    /// How many events there are in each bin.
    pub fn counted(&self, span: Span, bin: &str) -> String {
        let kept = |command: &&Command| !["sort", "limit", "display"].contains(&command.name.as_str());
        let kept = self.commands.iter().filter(kept);
        let kept: Vec<String> = kept
            .map(|command| {
                without_comments(self.text.get(command.at.clone()).unwrap_or_default()).trim().to_owned()
            })
            .collect();
        joined([within(span), kept.join(" | "), format!("stats count(*) as canvass_events by bin({bin})")])
    }
}

/// Exactly the events of a span: the call itself knows whole seconds only.
fn within(span: Span) -> String {
    let first = (span.first % 1000 != 0).then(|| format!("filter toMillis(@timestamp) >= {}", span.first));
    let last = (!span.open).then(|| format!("filter toMillis(@timestamp) <= {}", span.last));
    joined(first.into_iter().chain(last))
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ")
}

/// What a list of fields shows: the name after `as`, else the field itself.
fn outputs(body: &str) -> Vec<String> {
    let mut all = Vec::new();
    let (mut from, mut depth) = (0, 0i32);
    let bytes = body.as_bytes();
    let mut walk = Walk::new(body);
    while let Some((at, plain)) = walk.next() {
        match bytes.get(at) {
            Some(b'(' | b'[') if plain => depth += 1,
            Some(b')' | b']') if plain => depth -= 1,
            Some(b',') if plain && depth == 0 => {
                all.push(body.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(body.get(from..).unwrap_or_default());
    all.into_iter().map(named).filter(|name| !name.is_empty()).collect()
}

fn named(expression: &str) -> String {
    let words: Vec<&str> = expression.split_whitespace().collect();
    let name = match words.as_slice() {
        [.., word, name] if word.eq_ignore_ascii_case("as") => name,
        _ => expression.trim(),
    };
    name.trim_matches('`').to_owned()
}

/// Where the commands are: between the bars that stand in no quotes and no regular expression.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    let mut walk = Walk::new(text);
    while let Some((at, plain)) = walk.next() {
        if plain && text.as_bytes().get(at) == Some(&b'|') {
            all.push(from..at);
            from = at + 1;
            walk.begins(from);
        }
    }
    all.push(from..text.len());
    all
}

/// Lines that begin with `#` say nothing to the service.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n").trim_start().to_owned()
}

/// Byte by byte, and whether a byte stands for itself.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    /// Where the command begins that the byte is part of.
    command: usize,
    inside: Option<u8>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, command: 0, inside: None }
    }

    fn begins(&mut self, at: usize) {
        self.command = at;
    }

    fn next(&mut self) -> Option<(usize, bool)> {
        let at = self.at;
        let byte = *self.text.as_bytes().get(at)?;
        self.at += 1;
        match self.inside {
            Some(b'#') => {
                if byte == b'\n' {
                    self.inside = None;
                }
                Some((at, false))
            }
            Some(close) => {
                if byte == b'\\' {
                    self.at += 1;
                } else if byte == close {
                    self.inside = None;
                }
                Some((at, false))
            }
            None => {
                let opens = match byte {
                    b'"' | b'\'' | b'`' => true,
                    b'/' => self.begins_expression(at),
                    b'#' => self.text.get(..at).is_some_and(|before| {
                        before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
                    }),
                    _ => false,
                };
                if opens {
                    self.inside = Some(byte);
                }
                Some((at, !opens))
            }
        }
    }

    /// A slash divides, unless it follows a word that wants a regular expression.
    fn begins_expression(&self, at: usize) -> bool {
        let before = self.text.get(self.command..at).unwrap_or_default().trim_end().to_ascii_lowercase();
        let parses = before.trim_start().starts_with("parse");
        parses || before.ends_with("like") || before.ends_with("=~") || before.ends_with([',', '('])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { first: 1_000, last: 5_999, open: false };
    const OPEN: Span = Span { first: 1_000, last: 5_999, open: true };

    fn names(text: &str) -> Vec<String> {
        Query::new(text).commands.into_iter().map(|command| command.name).collect()
    }

    #[test]
    fn bars_in_quotes_and_expressions_part_no_commands() {
        assert_eq!(names("fields a | filter b like /x|y/ | sort c"), ["fields", "filter", "sort"]);
        assert_eq!(
            names(r#"filter m = "a|b" | parse @message /(?<x>a\/|b)/ |stats count(*)"#),
            ["filter", "parse", "stats"]
        );
        assert_eq!(names("fields a / b as c | limit 5"), ["fields", "limit"]);
        assert_eq!(names("# all | of it\nfields a\n # not this | one\n| limit 3"), ["fields", "limit"]);
        assert_eq!(names("FIELDS @message | "), ["fields"]);
        assert!(Query::new(" # nothing").is_empty());
    }

    #[test]
    fn only_what_looks_at_events_one_by_one_may_be_split() {
        let splits = |text| Query::new(text).can_be_split();
        assert!(splits("filter level = 'ERROR' | parse @message '* *' as a, b | display a"));
        assert!(!splits("fields a | limit 20"));
        assert!(!splits("fields a | dedup b"));
        assert!(!splits("stats count(*) by bin(5m)"));
        assert!(!splits("filter a = 1 | pattern @message"));
        assert!(Query::new("fields a | limit 20").is_of_events());
    }

    #[test]
    fn what_a_query_shows_is_known_by_its_last_display_or_all_its_fields() {
        let shows = |text: &str, field| Query::new(text).shows(field);
        assert!(shows("filter a = 1", "@message") && !shows("filter a = 1", "@logStream"));
        assert!(shows("fields @timestamp, strlen(a, b) as n | fields @log", "@log"));
        assert!(!shows("fields @message as m", "@message"));
        assert!(!shows("fields @timestamp, @message | display a, b", "@timestamp"));
    }

    #[test]
    fn needed_fields_stand_before_the_query_and_behind_its_display() {
        let over = |text: &str, span| Query::new(text).over(span, &["@timestamp", "@log"]);
        let (text, added) = over("filter a = 1", OPEN);
        assert_eq!(text, "fields @timestamp, @log, @message | filter a = 1 | sort @timestamp desc");
        assert_eq!(added, ["@log"]);
        let (text, added) = over("fields @timestamp, a | display a", SPAN);
        assert_eq!(
            text,
            "filter toMillis(@timestamp) <= 5999 | fields @timestamp, @log | fields @timestamp, a | \
             sort @timestamp desc |  display a, @timestamp, @log"
        );
        assert_eq!(added, ["@timestamp", "@log"]);
        let (text, added) = over("stats count(*) by a | sort a", Span { first: 1, ..OPEN });
        assert_eq!(
            (text.as_str(), added.len()),
            ("filter toMillis(@timestamp) >= 1 | stats count(*) by a | sort a", 0)
        );
        let (text, _) = over("fields a | limit 5", OPEN);
        assert_eq!(text, "fields @timestamp, @log | fields a | limit 5");
    }

    #[test]
    fn events_are_counted_by_what_chooses_them() {
        let query = Query::new("fields strlen(@message) as n | filter n > 5 | sort n | display n");
        assert_eq!(
            query.counted(SPAN, "10s"),
            "filter toMillis(@timestamp) <= 5999 | fields strlen(@message) as n | filter n > 5 | \
             stats count(*) as canvass_events by bin(10s)"
        );
    }
}
