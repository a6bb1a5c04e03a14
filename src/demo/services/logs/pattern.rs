//! CloudWatch Logs' filter patterns: terms, `?optional`, `-excluded`, `"phrases"`, `%regex%`,
//! `{ $.json = selectors }` and `[space, separated, fields]`.

use regex::Regex;

use crate::model::Json;

#[derive(Debug)]
pub enum Pattern {
    All,
    Terms { all: Vec<Term>, any: Vec<Term>, none: Vec<Term> },
    Json(Condition),
    Fields(Vec<Field>),
}

#[derive(Debug)]
pub enum Term {
    Text(String),
    Regex(Regex),
}

#[derive(Debug)]
pub enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Is(Selector, Comparison, Operand),
    /// `IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`
    State(Selector, &'static str),
}

type Selector = Vec<String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub enum Operand {
    Number(f64),
    /// `*` stands for anything.
    Text(String),
    Regex(Regex),
}

#[derive(Debug)]
pub struct Field {
    /// `...`: any number of fields.
    rest: bool,
    conditions: Vec<(Comparison, Operand)>,
    or: bool,
}

const INVALID: &str = "Invalid filter pattern";

impl Pattern {
    pub fn parse(text: &str) -> Result<Pattern, String> {
        let text = text.trim();
        match text.chars().next() {
            None => Ok(Pattern::All),
            Some('{') => {
                let inside = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).ok_or(INVALID)?;
                let mut reader = Reader { tokens: tokens(inside)?, at: 0 };
                let condition = reader.either()?;
                if reader.at < reader.tokens.len() {
                    Err(INVALID.to_owned())
                } else {
                    Ok(Pattern::Json(condition))
                }
            }
            Some('[') => {
                let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or(INVALID)?;
                Ok(Pattern::Fields(inside.split(',').map(|f| field(f.trim())).collect::<Result<_, _>>()?))
            }
            Some(_) => terms(text),
        }
    }

    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &Term| match term {
            Term::Text(text) => message.contains(text.as_str()),
            Term::Regex(regex) => regex.is_match(message),
        };
        match self {
            Pattern::All => true,
            Pattern::Terms { all, any, none } => {
                // Beside terms that must be there, optional ones say nothing.
                let some = !all.is_empty() || any.is_empty() || any.iter().any(has);
                some && all.iter().all(has) && !none.iter().any(has)
            }
            Pattern::Json(condition) => {
                message.trim_start().starts_with('{')
                    && Json::parse(message).is_ok_and(|json| condition.holds(&json))
            }
            Pattern::Fields(fields) => fields_match(fields, &split_fields(message)),
        }
    }
}

fn terms(text: &str) -> Result<Pattern, String> {
    let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (into, body) = match first {
            '?' => (&mut any, &rest[1..]),
            '-' => (&mut none, &rest[1..]),
            _ => (&mut all, rest),
        };
        let (term, after) = term(body)?;
        into.push(term);
        rest = after.trim_start();
    }
    Ok(Pattern::Terms { all, any, none })
}

fn term(text: &str) -> Result<(Term, &str), String> {
    if let Some(body) = text.strip_prefix('"') {
        let (text, after) = quoted(body)?;
        return Ok((Term::Text(text), after));
    }
    if let Some(body) = text.strip_prefix('%') {
        let (regex, after) = body.split_once('%').ok_or(INVALID)?;
        return Ok((Term::Regex(Regex::new(regex).map_err(|_| INVALID)?), after));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    // "Terms with characters that are not alphanumeric or underscores must be in double quotes."
    if word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(format!("{INVALID}: {word}"));
    }
    Ok((Term::Text(word.to_owned()), after))
}

/// The text up to the closing quote, which is gone already at its beginning.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let (mut own, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => own.extend(chars.next().map(|(_, c)| c)),
            '"' => return Ok((own, &text[at + 1..])),
            c => own.push(c),
        }
    }
    Err(INVALID.to_owned())
}

#[derive(Debug, PartialEq)]
enum Token {
    Selector(String),
    Word(String),
    Quoted(String),
    Regex(String),
    Sign(&'static str),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SIGNS: [&str; 10] = ["&&", "||", "!=", "<=", ">=", "=", "<", ">", "(", ")"];
    let (mut all, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            all.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if first == '"' {
            let (own, after) = quoted(&rest[1..])?;
            all.push(Token::Quoted(own));
            rest = after;
        } else if first == '%' {
            let (regex, after) = rest[1..].split_once('%').ok_or(INVALID)?;
            all.push(Token::Regex(regex.to_owned()));
            rest = after;
        } else {
            let stops =
                |c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '(' | ')' | '!' | '&' | '|');
            let end = rest.find(stops).unwrap_or(rest.len());
            if end == 0 {
                return Err(INVALID.to_owned());
            }
            let (word, after) = rest.split_at(end);
            all.push(match word.strip_prefix('$') {
                Some(path) => Token::Selector(path.to_owned()),
                None => Token::Word(word.to_owned()),
            });
            rest = after;
        }
        rest = rest.trim_start();
    }
    Ok(all)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(is);
        is
    }

    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> Result<Condition, String> {
        let mut left = self.both()?;
        while self.takes("||") {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Condition, String> {
        let mut left = self.one()?;
        while self.takes("&&") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.takes("(") {
            let inside = self.either()?;
            return if self.takes(")") { Ok(inside) } else { Err(INVALID.to_owned()) };
        }
        let Some(Token::Selector(path)) = self.tokens.get(self.at) else { return Err(INVALID.to_owned()) };
        let selector = selector(path);
        self.at += 1;
        for (words, state) in [
            (&["IS", "NULL"][..], "null"),
            (&["IS", "TRUE"], "true"),
            (&["IS", "FALSE"], "false"),
            (&["NOT", "EXISTS"], "absent"),
            (&["EXISTS"], "there"),
        ] {
            let before = self.at;
            if words.iter().all(|word| self.word(word)) {
                return Ok(Condition::State(selector, state));
            }
            self.at = before;
        }
        let comparison = [
            ("=", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let (_, comparison) = comparison.into_iter().find(|(sign, _)| self.takes(sign)).ok_or(INVALID)?;
        let operand = match self.tokens.get(self.at) {
            Some(Token::Quoted(text)) => Operand::Text(text.clone()),
            Some(Token::Word(word)) => operand(word),
            Some(Token::Regex(regex)) => Operand::Regex(Regex::new(regex).map_err(|_| INVALID)?),
            _ => return Err(INVALID.to_owned()),
        };
        self.at += 1;
        Ok(Condition::Is(selector, comparison, operand))
    }
}

fn operand(word: &str) -> Operand {
    word.parse().map_or_else(|_| Operand::Text(word.to_owned()), Operand::Number)
}

/// `.a.b[0]`
fn selector(path: &str) -> Selector {
    let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']').trim_matches(['\'', '"']));
    steps.filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

fn at<'j>(json: &'j Json, selector: &[String]) -> Option<&'j Json> {
    selector.iter().try_fold(json, |json, step| match json {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        json => json.get(step),
    })
}

impl Condition {
    fn holds(&self, json: &Json) -> bool {
        match self {
            Condition::And(left, right) => left.holds(json) && right.holds(json),
            Condition::Or(left, right) => left.holds(json) || right.holds(json),
            Condition::State(selector, state) => match (at(json, selector), *state) {
                (found, "there") => found.is_some(),
                (found, "absent") => found.is_none(),
                (Some(found), "null") => found.is_null(),
                (Some(Json::Bool(flag)), "true") => *flag,
                (Some(Json::Bool(flag)), "false") => !flag,
                _ => false,
            },
            Condition::Is(selector, comparison, operand) => {
                let Some(text) = at(json, selector).and_then(Json::to_text) else {
                    return false;
                };
                compares(&text, *comparison, operand)
            }
        }
    }
}

fn compares(text: &str, comparison: Comparison, operand: &Operand) -> bool {
    match operand {
        Operand::Text(wanted) => match comparison {
            Comparison::Equal => is_like(text, wanted),
            Comparison::NotEqual => !is_like(text, wanted),
            _ => false,
        },
        Operand::Regex(regex) => regex.is_match(text) == (comparison == Comparison::Equal),
        Operand::Number(wanted) => {
            let Ok(number) = text.parse::<f64>() else { return comparison == Comparison::NotEqual };
            match comparison {
                Comparison::Equal => number == *wanted,
                Comparison::NotEqual => number != *wanted,
                Comparison::Less => number < *wanted,
                Comparison::LessOrEqual => number <= *wanted,
                Comparison::Greater => number > *wanted,
                Comparison::GreaterOrEqual => number >= *wanted,
            }
        }
    }
}

fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            rest.is_empty()
                || text
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([text.len()])
                    .any(|at| is_like(&text[at..], rest))
        }),
    }
}

fn field(text: &str) -> Result<Field, String> {
    if text == "..." {
        return Ok(Field { rest: true, conditions: Vec::new(), or: false });
    }
    let or = text.contains("||");
    let mut conditions = Vec::new();
    for part in text.split("||").flat_map(|part| part.split("&&")) {
        let signs = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = signs.into_iter().find_map(|(sign, comparison)| {
            let (_, wanted) = part.split_once(sign)?;
            Some((comparison, wanted.trim()))
        });
        if let Some((comparison, wanted)) = found {
            let operand = match wanted.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(text) => Operand::Text(text.to_owned()),
                None => operand(wanted),
            };
            conditions.push((comparison, operand));
        }
    }
    Ok(Field { rest: false, conditions, or })
}

/// Between spaces; what stands in brackets or quotes is one field.
fn split_fields(message: &str) -> Vec<&str> {
    let (mut all, mut from, mut close) = (Vec::new(), None, None);
    for (at, c) in message.char_indices() {
        match (close, c) {
            (Some(end), c) if c == end => close = None,
            (None, '[') => close = Some(']'),
            (None, '"') => close = Some('"'),
            _ => {}
        }
        if c.is_whitespace() && close.is_none() {
            all.extend(from.take().map(|from: usize| &message[from..at]));
        } else {
            from.get_or_insert(at);
        }
    }
    all.extend(from.map(|from| &message[from..]));
    all
}

fn fields_match(fields: &[Field], words: &[&str]) -> bool {
    let Some((field, rest)) = fields.split_first() else { return words.is_empty() };
    if field.rest {
        return (0..=words.len()).any(|skipped| fields_match(rest, &words[skipped..]));
    }
    let Some((word, others)) = words.split_first() else { return false };
    let word = word.trim_matches(['"', '[', ']']);
    let holds = |(comparison, operand): &(Comparison, Operand)| compares(word, *comparison, operand);
    let own = match field.or {
        true => field.conditions.iter().any(holds),
        false => field.conditions.iter().all(holds),
    };
    own && fields_match(rest, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}")).matches(message)
    }

    #[test]
    fn terms_are_all_some_or_none_of() {
        let line = "[ERROR] request 7: access denied";
        assert!(is("", line) && is("ERROR", line) && is("ERROR request", line));
        assert!(!is("ERROR WARN", line) && is("?ERROR ?WARN", line) && !is("?FATAL ?WARN", line));
        assert!(is("ERROR -timeout", line) && !is("ERROR -denied", line));
        assert!(is("\"access denied\"", line) && !is("\"denied access\"", line));
        assert!(is("%re.uest [0-9]%", line) && !is("error", line));
        assert!(is("ERROR ?WARN", line), "beside what must be there, an optional term says nothing");
        for wrong in ["a:b", "\"open", "{ $.a = }", "{ $.a", "%[%"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn json_is_selected_by_its_members() {
        let line = r#"{"level":"error","http":{"status":503,"path":"/cart"},"tags":["a","b"],"user":null,"ok":false}"#;
        assert!(is(r#"{ $.level = "error" }"#, line) && is("{ $.level = error }", line));
        assert!(is("{ ($.http.status >= 500) && ($.http.path = \"/c*\") }", line));
        assert!(!is("{ $.http.status = 200 || $.http.status = 404 }", line));
        assert!(is("{ $.tags[1] = \"b\" && $.user IS NULL && $.ok IS FALSE && $.none NOT EXISTS }", line));
        assert!(is("{ $.http.path = %^/ca.t$% }", line) && is("{ $.level != \"info\" }", line));
        assert!(!is("{ $.level = \"error\" }", "level = error"));
    }

    #[test]
    fn fields_between_spaces_are_taken_in_order() {
        let line = "2 100000000004 eni-1 203.0.113.9 10.0.0.5 4000 22 6 3 120 1 2 REJECT OK";
        assert!(is("[version, account, eni, ..., action = \"REJECT\", status]", line));
        assert!(is("[v, a, e, source = 203.0.113.*, dest, sp, port = 22 || port = 3389, ...]", line));
        assert!(!is("[version, account, eni, ..., action = ACCEPT, status]", line));
        assert!(!is("[version, account]", line));
    }
}
