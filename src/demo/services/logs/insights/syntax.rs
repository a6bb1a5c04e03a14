//! The language of Logs Insights, read from AWS's description of it: commands between bars, and the
//! expressions in them. What is not understood is refused with its place, as the service does.

use regex::Regex;

#[derive(Clone, Debug)]
pub enum Command {
    Fields(Vec<(Expression, String)>),
    Display(Vec<String>),
    Filter(Expression),
    Parse { of: Expression, how: Parse },
    Sort(Vec<(Expression, bool)>),
    Limit(usize),
    Dedup(Vec<Expression>),
    Stats { of: Vec<(Aggregate, String)>, by: Vec<(Expression, String)> },
}

#[derive(Clone, Debug)]
pub enum Parse {
    /// The pattern as an expression with a group for each `*`, and the names of the groups.
    Glob(Regex, Vec<String>),
    Named(Regex),
}

#[derive(Clone, Debug)]
pub struct Aggregate {
    pub function: String,
    /// None: `count(*)`.
    pub of: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub enum Expression {
    Number(f64),
    Text(String),
    Field(String),
    /// `5m` of `bin(5m)`, in milliseconds.
    Period(i64),
    Call(String, Vec<Expression>),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Box<Expression>, &'static str, Box<Expression>),
    Arithmetic(Box<Expression>, char, Box<Expression>),
    In(Box<Expression>, Vec<Expression>),
    Matches(Box<Expression>, Regex),
    Holds(Box<Expression>, String),
}

/// Why a query is not one, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    pub at: usize,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word(String),
    Number(f64),
    Period(i64),
    Text(String),
    Regex(String),
    Sign(&'static str),
    End,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    at: usize,
    end: usize,
}

const SIGNS: [&str; 18] =
    ["=~", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", "|", "+", "-", "*", "/", "%"];

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut all: Vec<Token> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else { break };
        let start_of_line = text[..at].rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
        let end = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c == '#' && start_of_line {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if matches!(c, '"' | '\'' | '`') {
            let (inside, length) = until(rest, c).ok_or_else(|| unexpected(at, &c.to_string()))?;
            let kind = if c == '`' { Kind::Word(inside) } else { Kind::Text(inside) };
            all.push(Token { kind, at, end: at + length });
            at + length
        } else if c == '/' && wants_expression(&all) {
            let (inside, length) = until(rest, '/').ok_or_else(|| unexpected(at, "/"))?;
            all.push(Token { kind: Kind::Regex(inside), at, end: at + length });
            at + length
        } else if c.is_ascii_digit() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let letters =
                rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len() - digits);
            let (number, unit) = (&rest[..digits], &rest[digits..digits + letters]);
            let value: f64 = number.parse().map_err(|_| unexpected(at, number))?;
            let kind = match unit {
                "" => Kind::Number(value),
                unit => {
                    let each = period(unit).ok_or_else(|| unexpected(at, &rest[..digits + letters]))?;
                    Kind::Period((value * each as f64) as i64)
                }
            };
            all.push(Token { kind, at, end: at + digits + letters });
            at + digits + letters
        } else if c.is_alphabetic() || matches!(c, '@' | '_' | '$') {
            let word = |c: char| !(c.is_alphanumeric() || matches!(c, '@' | '_' | '.' | ':' | '$'));
            let length = rest.find(word).unwrap_or(rest.len());
            all.push(Token { kind: Kind::Word(rest[..length].to_owned()), at, end: at + length });
            at + length
        } else {
            let sign = SIGNS
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .ok_or_else(|| unexpected(at, &c.to_string()))?;
            all.push(Token { kind: Kind::Sign(sign), at, end: at + sign.len() });
            at + sign.len()
        };
        at = end;
        debug_assert!(bytes.len() >= at);
    }
    all.push(Token { kind: Kind::End, at: text.len(), end: text.len() });
    Ok(all)
}

/// The inside of a quoted text, and how long it is with its quotes.
fn until(text: &str, close: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            let (_, next) = chars.next()?;
            if close == '/' && next != '/' || close != '/' && next != close && next != '\\' {
                inside.push('\\');
            }
            inside.push(next);
        } else if c == close {
            return Some((inside, at + 1));
        } else {
            inside.push(c);
        }
    }
    None
}

fn wants_expression(before: &[Token]) -> bool {
    match before.last().map(|token| &token.kind) {
        Some(Kind::Sign("=~")) => true,
        Some(Kind::Word(word)) if word.eq_ignore_ascii_case("like") => true,
        // `parse /x/` and `parse @message /x/`
        Some(Kind::Word(_)) => [1, 2].into_iter().any(|back| {
            let word = before.len().checked_sub(back).and_then(|at| before.get(at));
            matches!(word.map(|t| &t.kind), Some(Kind::Word(word)) if word.eq_ignore_ascii_case("parse"))
        }),
        _ => false,
    }
}

fn period(unit: &str) -> Option<i64> {
    Some(match unit {
        "ms" | "msec" => 1,
        "s" | "sec" => 1_000,
        "m" | "min" => 60_000,
        "h" | "hr" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    })
}

fn unexpected(at: usize, symbol: &str) -> Wrong {
    Wrong { at, message: format!("unexpected symbol found {symbol}") }
}

pub fn parse(text: &str) -> Result<Vec<Command>, Wrong> {
    let mut reader = Reader { text, tokens: tokens(text)?, at: 0 };
    let mut commands = Vec::new();
    loop {
        commands.push(reader.command()?);
        if reader.takes("|") {
            continue;
        }
        return match reader.kind() {
            Kind::End => Ok(commands),
            _ => Err(reader.wrong()),
        };
    }
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
}

impl Reader<'_> {
    fn token(&self) -> &Token {
        // The last one is the end, and nothing steps past it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &Kind {
        &self.token().kind
    }

    fn wrong(&self) -> Wrong {
        let token = self.token();
        match &token.kind {
            Kind::End => Wrong { at: token.at, message: "unexpected end of the query".to_owned() },
            _ => unexpected(token.at, &self.text[token.at..token.end]),
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.kind(), Kind::Sign(s) if *s == sign);
        self.at += usize::from(is);
        is
    }

    fn needs(&mut self, sign: &str) -> Result<(), Wrong> {
        if self.takes(sign) { Ok(()) } else { Err(self.wrong()) }
    }

    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.kind(), Kind::Word(w) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn name(&mut self) -> Result<String, Wrong> {
        match self.kind().clone() {
            Kind::Word(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.wrong()),
        }
    }

    fn command(&mut self) -> Result<Command, Wrong> {
        let start = self.at;
        let name = self.name()?.to_ascii_lowercase();
        Ok(match name.as_str() {
            "fields" => Command::Fields(self.list(Self::named)?),
            "display" => Command::Display(self.list(Self::name)?),
            "filter" | "filterindex" => Command::Filter(self.either()?),
            "sort" | "order" => Command::Sort(self.list(|reader| {
                let by = reader.sum()?;
                let descending = reader.word("desc");
                if !descending {
                    reader.word("asc");
                }
                Ok((by, descending))
            })?),
            "limit" => match self.kind().clone() {
                Kind::Number(number) if number >= 1.0 => {
                    self.at += 1;
                    Command::Limit(number as usize)
                }
                _ => return Err(self.wrong()),
            },
            "dedup" => Command::Dedup(self.list(Self::sum)?),
            "parse" => self.parse_command()?,
            "stats" => {
                let of = self.list(Self::aggregate)?;
                let by = if self.word("by") { self.list(Self::named)? } else { Vec::new() };
                Command::Stats { of, by }
            }
            _ => {
                self.at = start;
                return Err(self.wrong());
            }
        })
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
        let mut all = vec![one(self)?];
        while self.takes(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// What stands between two tokens, as it was written.
    fn written(&self, from: usize) -> String {
        let (first, last) = (self.tokens.get(from), self.tokens.get(self.at.saturating_sub(1)));
        match (first, last) {
            (Some(first), Some(last)) if last.end >= first.at => {
                self.text[first.at..last.end].trim_matches('`').to_owned()
            }
            _ => String::new(),
        }
    }

    fn alias(&mut self, from: usize) -> Result<String, Wrong> {
        let written = self.written(from);
        if self.word("as") { self.name() } else { Ok(written) }
    }

    fn named(&mut self) -> Result<(Expression, String), Wrong> {
        let from = self.at;
        let expression = self.either()?;
        Ok((expression, self.alias(from)?))
    }

    fn aggregate(&mut self) -> Result<(Aggregate, String), Wrong> {
        const KNOWN: [&str; 13] = [
            "count",
            "count_distinct",
            "sum",
            "avg",
            "min",
            "max",
            "pct",
            "median",
            "stddev",
            "earliest",
            "latest",
            "sortsfirst",
            "sortslast",
        ];
        let from = self.at;
        let function = self.name()?.to_ascii_lowercase();
        if !KNOWN.contains(&function.as_str()) {
            self.at = from;
            return Err(self.wrong());
        }
        self.needs("(")?;
        let of = if self.takes("*") || matches!(self.kind(), Kind::Sign(")")) {
            Vec::new()
        } else {
            self.list(Self::either)?
        };
        self.needs(")")?;
        Ok((Aggregate { function, of }, self.alias(from)?))
    }

    fn parse_command(&mut self) -> Result<Command, Wrong> {
        let of = match self.kind() {
            Kind::Text(_) | Kind::Regex(_) => Expression::Field("@message".to_owned()),
            _ => Expression::Field(self.name()?),
        };
        let (at, kind) = (self.token().at, self.kind().clone());
        let how = match kind {
            Kind::Regex(text) => {
                self.at += 1;
                let regex = Regex::new(&text)
                    .map_err(|_| Wrong { at, message: "invalid regular expression".to_owned() })?;
                Parse::Named(regex)
            }
            Kind::Text(glob) => {
                self.at += 1;
                if !self.word("as") {
                    return Err(self.wrong());
                }
                let names = self.list(Self::name)?;
                let stars = glob.matches('*').count();
                if stars != names.len() {
                    let message = format!("the pattern has {stars} wildcards for {} names", names.len());
                    return Err(Wrong { at, message });
                }
                let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
                let last = glob.ends_with('*');
                let text = parts.join("(.*?)");
                let regex = Regex::new(&format!("(?s){text}{}", if last { "$" } else { "" }))
                    .map_err(|_| Wrong { at, message: "invalid pattern".to_owned() })?;
                Parse::Glob(regex, names)
            }
            _ => return Err(self.wrong()),
        };
        Ok(Command::Parse { of, how })
    }

    fn either(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.both()?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.negated()?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.negated()?));
        }
        Ok(left)
    }

    fn negated(&mut self) -> Result<Expression, Wrong> {
        if self.word("not") {
            return Ok(Expression::Not(Box::new(self.negated()?)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, Wrong> {
        let left = self.sum()?;
        let before = self.at;
        let not = self.word("not");
        let found = if self.word("like") || self.takes("=~") {
            let at = self.token().at;
            match self.kind().clone() {
                Kind::Regex(text) => {
                    self.at += 1;
                    let regex = Regex::new(&text)
                        .map_err(|_| Wrong { at, message: "invalid regular expression".to_owned() })?;
                    Expression::Matches(Box::new(left), regex)
                }
                Kind::Text(text) => {
                    self.at += 1;
                    Expression::Holds(Box::new(left), text)
                }
                _ => return Err(self.wrong()),
            }
        } else if self.word("in") {
            self.needs("[")?;
            let list = self.list(Self::sum)?;
            self.needs("]")?;
            Expression::In(Box::new(left), list)
        } else if not {
            self.at = before;
            return Err(self.wrong());
        } else {
            let signs = ["!=", "<=", ">=", "=", "<", ">"];
            match signs.into_iter().find(|sign| self.takes(sign)) {
                Some(sign) => Expression::Compare(Box::new(left), sign, Box::new(self.sum()?)),
                None => left,
            }
        };
        Ok(if not { Expression::Not(Box::new(found)) } else { found })
    }

    fn sum(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.product()?;
        loop {
            let sign = if self.takes("+") {
                '+'
            } else if self.takes("-") {
                '-'
            } else {
                return Ok(left);
            };
            left = Expression::Arithmetic(Box::new(left), sign, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.single()?;
        loop {
            let sign = ['*', '/', '%'].into_iter().find(|sign| self.takes(&sign.to_string()));
            let Some(sign) = sign else { return Ok(left) };
            left = Expression::Arithmetic(Box::new(left), sign, Box::new(self.single()?));
        }
    }

    fn single(&mut self) -> Result<Expression, Wrong> {
        if self.takes("(") {
            let inside = self.either()?;
            self.needs(")")?;
            return Ok(inside);
        }
        if self.takes("-") {
            let zero = Box::new(Expression::Number(0.0));
            return Ok(Expression::Arithmetic(zero, '-', Box::new(self.single()?)));
        }
        let found = match self.kind().clone() {
            Kind::Number(number) => Expression::Number(number),
            Kind::Period(millis) => Expression::Period(millis),
            Kind::Text(text) => Expression::Text(text),
            Kind::Word(name) => {
                self.at += 1;
                if !self.takes("(") {
                    return Ok(Expression::Field(name));
                }
                let lower = name.to_ascii_lowercase();
                if !super::values::FUNCTIONS.contains(&lower.as_str()) {
                    self.at -= 2;
                    return Err(self.wrong());
                }
                let list = if matches!(self.kind(), Kind::Sign(")")) {
                    Vec::new()
                } else {
                    self.list(Self::either)?
                };
                self.needs(")")?;
                return Ok(Expression::Call(lower, list));
            }
            _ => return Err(self.wrong()),
        };
        self.at += 1;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_the_documentation_are_read() {
        for text in [
            "fields @timestamp, @message | sort @timestamp desc | limit 20",
            "filter @message like /(?i)exception/ | stats count(*) as n by bin(1h)",
            "stats avg(@duration), max(@duration), min(@duration) by bin(5m)",
            "filter @type = \"REPORT\" | fields @requestId, @billedDuration / 1000 as seconds | sort by_me asc",
            "parse @message \"[*] request * took * ms\" as level, id, ms | filter level in [\"ERROR\", 'WARN']",
            "parse @message /user=(?<user>\\S+)/ | display user",
            "fields strlen(`a-b`) > 5 as long | filter not ispresent(x) and (y = 1 or z != 'q') | dedup x",
            "filter level not in ['a'] and @message not like 'x' | stats pct(duration, 95) by service, bin(30s)",
            "# a comment | with a bar\nfields a\n| limit 3",
        ] {
            parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let wrong = |text: &str| parse(text).map(|_| ()).unwrap_err();
        assert_eq!(wrong("fields @message | fitler a = 1"), unexpected(18, "fitler"));
        assert_eq!(wrong("filter a = "), Wrong { at: 11, message: "unexpected end of the query".to_owned() });
        assert_eq!(wrong("stats nonsense(a)"), unexpected(6, "nonsense"));
        assert_eq!(wrong("filter shout(a) = 1").at, 7);
        assert_eq!(wrong("parse @message '* *' as a").message, "the pattern has 2 wildcards for 1 names");
        assert!(parse("limit 0").is_err() && parse("filter a ~ 1").is_err() && parse("").is_err());
    }
}
