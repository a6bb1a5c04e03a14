//! Config's SELECT, as AWS documents it: what it takes, what it refuses, and what it finds.
//!
//! Written against the developer guide's grammar, for no client in particular. It compares without case, finds
//! a value in any element of a list on the way, and knows neither NULL nor anything that joins or renames.

use std::collections::{BTreeSet, HashMap};

use crate::model::Json;

/// Characters of an expression.
const LONGEST: usize = 4096;
const SHORTEST_PREFIX: usize = 3;
const MOST_GROUPS: usize = 3;
const REFUSED: [&str; 8] = ["ALL", "AS", "DISTINCT", "FROM", "HAVING", "JOIN", "UNION", "NULL"];

#[derive(Debug)]
pub struct Query {
    pub columns: Vec<Selected>,
    condition: Option<Expr>,
    pub groups: Vec<String>,
    order: Vec<(Selected, bool)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Selected {
    /// `*`: the scalars at the top.
    Everything,
    Property(String),
    /// `COUNT(*)`, `MAX(configuration.size)`
    Aggregate(String, String),
}

#[derive(Debug)]
enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(String, Test),
}

#[derive(Debug)]
enum Test {
    Equals(Json),
    Less(Json, bool),
    Greater(Json, bool),
    Between(Json, Json),
    In(Vec<Json>),
    BeginsWith(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 8] = ["<=", ">=", "=", "<", ">", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '\'' {
            let end = rest[1..].find('\'').ok_or("a quote is not closed")?;
            (Token::Text(rest[1..=end].to_owned()), end + 2)
        } else if first == '*' {
            (Token::Word("*".to_owned()), 1)
        } else if first.is_ascii_digit() || first == '-' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |e| e + 1);
            (Token::Number(rest[..end].to_owned()), end)
        } else if first.is_ascii_alphabetic() {
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/');
            let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
            (Token::Word(rest[..end].to_owned()), end)
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("unexpected '{first}'"))?;
            (Token::Sign(sign), sign.len())
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn is(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    fn word(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(is);
        is
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("the expression ends too soon")?;
        self.at += 1;
        Ok(token)
    }

    fn property(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Word(word) if word != "*" => Ok(word),
            other => Err(format!("a property is expected, not {other:?}")),
        }
    }

    fn selected(&mut self) -> Result<Selected, String> {
        if self.word("*") {
            return Ok(Selected::Everything);
        }
        let name = self.property()?;
        let is_function = ["COUNT", "AVG", "MAX", "MIN", "SUM"].iter().any(|f| name.eq_ignore_ascii_case(f));
        if is_function && self.sign("(") {
            let of = if self.word("*") { "*".to_owned() } else { self.property()? };
            if !self.sign(")") {
                return Err("a parenthesis is not closed".to_owned());
            }
            return Ok(Selected::Aggregate(name.to_uppercase(), of));
        }
        Ok(Selected::Property(name))
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut left = self.and()?;
        while self.word("OR") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut left = self.not()?;
        while self.word("AND") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, String> {
        if self.word("NOT") {
            return Ok(Expr::Not(Box::new(self.not()?)));
        }
        if self.sign("(") {
            let inside = self.or()?;
            return if self.sign(")") { Ok(inside) } else { Err("a parenthesis is not closed".to_owned()) };
        }
        let property = self.property()?;
        if self.word("NOT") {
            let test = self.test()?;
            return Ok(Expr::Not(Box::new(Expr::Compare(property, test))));
        }
        Ok(Expr::Compare(property, self.test()?))
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.word("IN") {
            if !self.sign("(") {
                return Err("IN takes a list".to_owned());
            }
            let mut values = vec![self.value()?];
            while self.sign(",") {
                values.push(self.value()?);
            }
            return if self.sign(")") {
                Ok(Test::In(values))
            } else {
                Err("a list is not closed".to_owned())
            };
        }
        if self.word("BETWEEN") {
            let low = self.value()?;
            if !self.word("AND") {
                return Err("BETWEEN takes two values".to_owned());
            }
            return Ok(Test::Between(low, self.value()?));
        }
        if self.word("LIKE") {
            let Json::String(pattern) = self.value()? else { return Err("LIKE takes a text".to_owned()) };
            let prefix = pattern.strip_suffix('%').filter(|p| !p.contains(['%', '_']));
            let prefix = prefix.ok_or("wildcards are taken at the end of a LIKE only")?;
            if prefix.chars().count() < SHORTEST_PREFIX {
                return Err(format!("LIKE takes at least {SHORTEST_PREFIX} characters before the wildcard"));
            }
            return Ok(Test::BeginsWith(prefix.to_lowercase()));
        }
        match self.next()? {
            Token::Sign("=") => Ok(Test::Equals(self.value()?)),
            Token::Sign("<") => Ok(Test::Less(self.value()?, false)),
            Token::Sign("<=") => Ok(Test::Less(self.value()?, true)),
            Token::Sign(">") => Ok(Test::Greater(self.value()?, false)),
            Token::Sign(">=") => Ok(Test::Greater(self.value()?, true)),
            other => Err(format!("an operator is expected, not {other:?}")),
        }
    }

    fn value(&mut self) -> Result<Json, String> {
        match self.next()? {
            Token::Text(text) => Ok(Json::String(text)),
            Token::Number(text) => Ok(Json::Number(text.into())),
            Token::Word(word) if word.eq_ignore_ascii_case("true") => Ok(Json::Bool(true)),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => Ok(Json::Bool(false)),
            other => Err(format!("a value is expected, not {other:?}")),
        }
    }
}

impl Query {
    pub fn parse(text: &str) -> Result<Query, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("it has more than {LONGEST} characters"));
        }
        let tokens = tokens(text)?;
        let refused = tokens.iter().find_map(|token| match token {
            Token::Word(word) => REFUSED.iter().find(|keyword| word.eq_ignore_ascii_case(keyword)),
            _ => None,
        });
        if let Some(keyword) = refused {
            return Err(format!("{keyword} is not supported"));
        }
        let mut parser = Parser { tokens, at: 0 };
        if !parser.word("SELECT") {
            return Err("it does not begin with SELECT".to_owned());
        }
        let mut columns = vec![parser.selected()?];
        while parser.sign(",") {
            columns.push(parser.selected()?);
        }
        let condition = if parser.word("WHERE") { Some(parser.or()?) } else { None };
        let mut groups = Vec::new();
        if parser.word("GROUP") {
            if !parser.word("BY") {
                return Err("GROUP is followed by BY".to_owned());
            }
            groups.push(parser.property()?);
            while parser.sign(",") {
                groups.push(parser.property()?);
            }
        }
        let mut order = Vec::new();
        if parser.word("ORDER") {
            if !parser.word("BY") {
                return Err("ORDER is followed by BY".to_owned());
            }
            loop {
                let by = parser.selected()?;
                let down = parser.word("DESC");
                if !down {
                    parser.word("ASC");
                }
                order.push((by, down));
                if !parser.sign(",") {
                    break;
                }
            }
        }
        if parser.at < parser.tokens.len() {
            return Err(format!("unexpected {:?}", parser.tokens[parser.at]));
        }
        let query = Query { columns, condition, groups, order };
        query.check()?;
        Ok(query)
    }

    fn check(&self) -> Result<(), String> {
        if self.groups.len() > MOST_GROUPS {
            return Err(format!("GROUP BY takes at most {MOST_GROUPS} properties"));
        }
        let by_aggregate = self.order.iter().any(|(by, _)| matches!(by, Selected::Aggregate(..)));
        if by_aggregate && self.groups.len() > 1 {
            return Err("ORDER BY an aggregate takes a GROUP BY of one property".to_owned());
        }
        let plain = self.columns.iter().find(|column| match column {
            Selected::Property(name) => !self.groups.contains(name),
            Selected::Everything => true,
            Selected::Aggregate(..) => false,
        });
        if self.is_aggregate() && plain.is_some() {
            return Err("a property beside an aggregate must be grouped by".to_owned());
        }
        Ok(())
    }

    pub fn is_aggregate(&self) -> bool {
        !self.groups.is_empty() || self.columns.iter().any(|c| matches!(c, Selected::Aggregate(..)))
    }

    /// Names of the columns, as `QueryInfo` shows them.
    pub fn names(&self) -> Vec<String> {
        let name = |column: &Selected| match column {
            Selected::Everything => "*".to_owned(),
            Selected::Property(name) => name.clone(),
            Selected::Aggregate(function, of) => format!("{function}({of})"),
        };
        self.columns.iter().map(name).collect()
    }

    /// The members of `configuration` that it looks at; `None` is all of them.
    pub fn members(&self) -> Option<BTreeSet<String>> {
        let mut paths: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        for column in &self.columns {
            match column {
                Selected::Property(path) | Selected::Aggregate(_, path) => paths.push(path),
                Selected::Everything => {}
            }
        }
        if let Some(condition) = &self.condition {
            condition.paths(&mut paths);
        }
        let inside = paths.into_iter().filter(|path| path.split('.').next() == Some("configuration"));
        inside.map(|path| path.split('.').nth(1).map(str::to_owned)).collect()
    }

    /// `Some(false)` where an item of which only so much is known cannot be meant.
    pub fn may_take(&self, known: &Json) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds_of(known, true) != Some(false))
    }

    pub fn takes(&self, item: &Json) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds_of(item, false) == Some(true))
    }

    /// What the query shows of the items that it takes, in no order that anybody asked for.
    pub fn results(&self, items: &[Json]) -> Vec<Json> {
        if self.is_aggregate() {
            return self.grouped(items);
        }
        let mut rows: Vec<&Json> = items.iter().collect();
        for (by, down) in self.order.iter().rev() {
            let Selected::Property(name) = by else { continue };
            rows.sort_by(|a, b| {
                let text = |item: &Json| values(item, name).first().and_then(|v| v.to_text());
                if *down { text(b).cmp(&text(a)) } else { text(a).cmp(&text(b)) }
            });
        }
        rows.into_iter().map(|item| self.shown(item)).collect()
    }

    fn shown(&self, item: &Json) -> Json {
        let mut shown = Json::Object(Vec::new());
        for column in &self.columns {
            match column {
                Selected::Everything => {
                    for (name, value) in item.as_object().unwrap_or_default() {
                        if !matches!(value, Json::Object(_) | Json::Array(_) | Json::Null) {
                            merge(&mut shown, value, &[name]);
                        }
                    }
                }
                Selected::Property(path) => {
                    let steps: Vec<&str> = path.split('.').collect();
                    if let Some(value) = picked(item, &steps) {
                        merge_all(&mut shown, value);
                    }
                }
                Selected::Aggregate(..) => {}
            }
        }
        shown
    }

    fn grouped(&self, items: &[Json]) -> Vec<Json> {
        let mut groups: Vec<(Vec<Json>, Vec<&Json>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for item in items {
            let key: Option<Vec<Json>> =
                self.groups.iter().map(|path| values(item, path).first().map(|v| (*v).clone())).collect();
            // What lacks a property that is grouped by is in no group.
            let Some(key) = key else { continue };
            let text = key.iter().map(Json::to_json).collect::<Vec<_>>().join(",");
            let at = *places.entry(text).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, members)) => members.push(item),
                None => groups.push((key, vec![item])),
            }
        }
        if self.groups.is_empty() && groups.is_empty() {
            groups.push((Vec::new(), items.iter().collect()));
        }
        let mut rows: Vec<Json> = Vec::new();
        for (key, members) in &groups {
            let mut row = Json::Object(Vec::new());
            for (path, value) in self.groups.iter().zip(key) {
                if self.columns.contains(&Selected::Property(path.clone())) {
                    merge(&mut row, value, &path.split('.').collect::<Vec<_>>());
                }
            }
            for column in &self.columns {
                if let Selected::Aggregate(function, of) = column {
                    merge(&mut row, &aggregate(function, of, members), &[&format!("{function}({of})")]);
                }
            }
            rows.push(row);
        }
        rows
    }
}

fn aggregate(function: &str, of: &str, members: &[&Json]) -> Json {
    if of == "*" {
        return Json::int(members.len() as i64);
    }
    let numbers: Vec<f64> = members
        .iter()
        .flat_map(|item| values(item, of))
        .filter_map(|value| value.to_text()?.parse().ok())
        .collect();
    let sum: f64 = numbers.iter().sum();
    match function {
        "COUNT" => Json::int(numbers.len() as i64),
        _ if numbers.is_empty() => Json::Null,
        "SUM" => Json::from(sum),
        "AVG" => Json::from(sum / numbers.len() as f64),
        "MAX" => Json::from(numbers.iter().copied().fold(f64::MIN, f64::max)),
        _ => Json::from(numbers.iter().copied().fold(f64::MAX, f64::min)),
    }
}

/// The values at a path; lists on the way are looked through.
fn values<'j>(item: &'j Json, path: &str) -> Vec<&'j Json> {
    let mut level = vec![item];
    for step in path.split('.') {
        level = level.into_iter().flat_map(elements).filter_map(|value| value.get(step)).collect();
    }
    level.into_iter().flat_map(elements).filter(|value| !value.is_null()).collect()
}

fn elements(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// The part of a value that a path selects, with what is around it.
fn picked(value: &Json, steps: &[&str]) -> Option<Json> {
    let Some((step, rest)) = steps.split_first() else {
        return (!value.is_null()).then(|| value.clone());
    };
    match value {
        Json::Array(items) => {
            let parts: Vec<Json> = items.iter().filter_map(|item| picked(item, steps)).collect();
            (!parts.is_empty()).then_some(Json::Array(parts))
        }
        other => {
            let inside = picked(other.get(step)?, rest)?;
            Some(Json::object([(*step, inside)]))
        }
    }
}

fn merge(into: &mut Json, value: &Json, path: &[&str]) {
    let nested = path.iter().rev().fold(value.clone(), |value, step| Json::object([(*step, value)]));
    merge_all(into, nested);
}

fn merge_all(into: &mut Json, value: Json) {
    match (into, value) {
        (Json::Object(mine), Json::Object(theirs)) => {
            for (name, value) in theirs {
                match mine.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => merge_all(known, value),
                    None => mine.push((name, value)),
                }
            }
        }
        (Json::Array(mine), Json::Array(theirs)) if mine.len() == theirs.len() => {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| merge_all(mine, theirs));
        }
        (into, value) => *into = value,
    }
}

impl Expr {
    fn paths<'e>(&'e self, into: &mut Vec<&'e str>) {
        match self {
            Expr::And(a, b) | Expr::Or(a, b) => {
                a.paths(into);
                b.paths(into);
            }
            Expr::Not(inner) => inner.paths(into),
            Expr::Compare(path, _) => into.push(path),
        }
    }

    /// `partly`: what is not there may be there, so a comparison of it is neither true nor false.
    fn holds_of(&self, item: &Json, partly: bool) -> Option<bool> {
        match self {
            Expr::And(a, b) => match (a.holds_of(item, partly), b.holds_of(item, partly)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Expr::Or(a, b) => match (a.holds_of(item, partly), b.holds_of(item, partly)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Expr::Not(inner) => inner.holds_of(item, partly).map(|holds| !holds),
            Expr::Compare(path, test) => {
                let found = values(item, path);
                if partly && found.is_empty() {
                    return None;
                }
                Some(found.into_iter().any(|value| test.holds(value)))
            }
        }
    }
}

impl Test {
    fn holds(&self, value: &Json) -> bool {
        let text = |value: &Json| value.to_text().unwrap_or_default().to_lowercase();
        let order = |other: &Json| match (text(value).parse::<f64>(), text(other).parse::<f64>()) {
            (Ok(a), Ok(b)) => a.partial_cmp(&b),
            _ => Some(text(value).cmp(&text(other))),
        };
        let is = |other: &Json| text(value) == text(other);
        match self {
            Test::Equals(other) => is(other),
            Test::In(others) => others.iter().any(is),
            Test::BeginsWith(prefix) => text(value).starts_with(prefix),
            Test::Less(other, or_equal) => {
                order(other).is_some_and(|o| o.is_lt() || (*or_equal && o.is_eq()))
            }
            Test::Greater(other, or_equal) => {
                order(other).is_some_and(|o| o.is_gt() || (*or_equal && o.is_eq()))
            }
            Test::Between(low, high) => {
                order(low).is_some_and(|o| o.is_ge()) && order(high).is_some_and(|o| o.is_le())
            }
        }
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
