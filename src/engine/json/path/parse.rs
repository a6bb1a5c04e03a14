//! Reading a `jsonpath`.
//!
//! What PostgreSQL has and this has not is named in the error: division, `datetime()`, `keyvalue()`.

use datafusion::common::{DataFusionError, Result, exec_err};

use crate::engine::json::path::tokens::{Token, tokens};
use crate::engine::json::path::tree::{Comparison, Method, Node, Operation, Path, Step, Test};
use crate::model::Json;

/// Deepest nesting of parentheses, filters and signs.
const MAX_DEPTH: usize = 100;

pub fn parse(text: &str) -> Result<Path> {
    let tokens = match tokens(text) {
        Ok(tokens) => tokens,
        Err(near) => return exec_err!("syntax error at or near \"{near}\" of jsonpath input"),
    };
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let strict = parser.take_name("strict");
    if !strict {
        parser.take_name("lax");
    }
    let root = match parser.either()? {
        Either::Node(node) => node,
        Either::Test(test) => Node::Test(Box::new(test)),
    };
    match parser.peek() {
        None => Ok(Path { strict, root }),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// Parentheses hold a value or a condition; which, shows only inside.
enum Either {
    Node(Node),
    Test(Test),
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(there);
        there
    }

    fn take_name(&mut self, name: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Name(n)) if n == name);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> DataFusionError {
        let near = match self.peek() {
            None => return DataFusionError::Execution("syntax error at end of jsonpath input".to_owned()),
            Some(Token::Name(text) | Token::Quoted(text) | Token::Number(text)) => text.clone(),
            Some(Token::Dollar(name)) => format!("${}", name.as_deref().unwrap_or("")),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
        };
        DataFusionError::Execution(format!("syntax error at or near \"{near}\" of jsonpath input"))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return exec_err!("the jsonpath is nested more than {MAX_DEPTH} levels deep");
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    fn either(&mut self) -> Result<Either> {
        self.deeper(|parser| {
            let mut left = parser.conjunction()?;
            while parser.take("||") {
                let (a, b) = (parser.test_of(left)?, parser.conjunction()?);
                let b = parser.test_of(b)?;
                left = Either::Test(Test::Or(Box::new(a), Box::new(b)));
            }
            Ok(left)
        })
    }

    fn conjunction(&mut self) -> Result<Either> {
        let mut left = self.condition()?;
        while self.take("&&") {
            let (a, b) = (self.test_of(left)?, self.condition()?);
            let b = self.test_of(b)?;
            left = Either::Test(Test::And(Box::new(a), Box::new(b)));
        }
        Ok(left)
    }

    fn test_of(&self, either: Either) -> Result<Test> {
        match either {
            Either::Test(test) => Ok(test),
            Either::Node(_) => Err(self.unexpected()),
        }
    }

    fn test(&mut self) -> Result<Test> {
        let either = self.either()?;
        self.test_of(either)
    }

    fn condition(&mut self) -> Result<Either> {
        if self.take("!") {
            let inner = self.deeper(Self::condition)?;
            return Ok(Either::Test(Test::Not(Box::new(self.test_of(inner)?))));
        }
        if self.take_name("exists") {
            self.expect("(")?;
            let Either::Node(path) = self.either()? else { return Err(self.unexpected()) };
            self.expect(")")?;
            return Ok(Either::Test(Test::Exists(path)));
        }
        let left = match self.sum()? {
            Either::Test(test) => {
                if self.take_name("is") {
                    if !self.take_name("unknown") {
                        return Err(self.unexpected());
                    }
                    return Ok(Either::Test(Test::IsUnknown(Box::new(test))));
                }
                return Ok(Either::Test(test));
            }
            Either::Node(node) => node,
        };
        let comparison = match self.peek() {
            Some(Token::Sign("==")) => Comparison::Equal,
            Some(Token::Sign("!=" | "<>")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            Some(Token::Name(name)) if name == "like_regex" => return self.like_regex(left),
            Some(Token::Name(name)) if name == "starts" => {
                self.at += 1;
                if !self.take_name("with") {
                    return Err(self.unexpected());
                }
                let Either::Node(start) = self.unary()? else { return Err(self.unexpected()) };
                return Ok(Either::Test(Test::StartsWith(left, start)));
            }
            _ => return Ok(Either::Node(left)),
        };
        self.at += 1;
        let Either::Node(right) = self.sum()? else { return Err(self.unexpected()) };
        Ok(Either::Test(Test::Compare(comparison, left, right)))
    }

    fn like_regex(&mut self, left: Node) -> Result<Either> {
        self.at += 1;
        let Some(Token::Quoted(pattern)) = self.next() else { return Err(self.unexpected()) };
        let mut flags = String::new();
        if self.take_name("flag") {
            let Some(Token::Quoted(given)) = self.next() else { return Err(self.unexpected()) };
            flags = given;
        }
        let literal = flags.contains('q');
        let pattern = if literal { regex::escape(&pattern) } else { pattern };
        if let Some(unknown) = flags.chars().find(|c| !"ismxq".contains(*c)) {
            return exec_err!("unrecognized flag character \"{unknown}\" in LIKE_REGEX predicate");
        }
        let built = regex::RegexBuilder::new(&pattern)
            .case_insensitive(flags.contains('i'))
            .dot_matches_new_line(flags.contains('s'))
            .multi_line(flags.contains('m'))
            .ignore_whitespace(flags.contains('x') && !literal)
            .build();
        match built {
            Ok(regex) => Ok(Either::Test(Test::Regex(left, regex))),
            Err(_) => exec_err!("invalid regular expression: '{pattern}'"),
        }
    }

    fn sum(&mut self) -> Result<Either> {
        let mut left = self.product()?;
        loop {
            let operation = match self.peek() {
                Some(Token::Sign("+")) => Operation::Add,
                Some(Token::Sign("-")) => Operation::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.product()?;
            left = self.arithmetic(operation, left, right)?;
        }
    }

    fn product(&mut self) -> Result<Either> {
        let mut left = self.unary()?;
        loop {
            match self.peek() {
                Some(Token::Sign("*")) => {}
                Some(Token::Sign(sign @ ("/" | "%"))) => {
                    return exec_err!("the operator {sign} of jsonpath is not supported");
                }
                _ => return Ok(left),
            }
            self.at += 1;
            let right = self.unary()?;
            left = self.arithmetic(Operation::Multiply, left, right)?;
        }
    }

    fn arithmetic(&self, operation: Operation, left: Either, right: Either) -> Result<Either> {
        match (left, right) {
            (Either::Node(a), Either::Node(b)) => {
                Ok(Either::Node(Node::Arithmetic(operation, Box::new(a), Box::new(b))))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn unary(&mut self) -> Result<Either> {
        if self.take("+") {
            return self.deeper(Self::unary);
        }
        if self.take("-") {
            let Either::Node(node) = self.deeper(Self::unary)? else { return Err(self.unexpected()) };
            return Ok(Either::Node(Node::Negated(Box::new(node))));
        }
        let mut node = match self.next() {
            Some(Token::Dollar(None)) => Node::Root,
            Some(Token::Dollar(Some(name))) => Node::Variable(name),
            Some(Token::Sign("@")) => Node::Current,
            Some(Token::Quoted(text)) => Node::Literal(Json::String(text)),
            Some(Token::Number(text)) => Node::Literal(Json::Number(text.into())),
            Some(Token::Name(name)) => match name.as_str() {
                "null" => Node::Literal(Json::Null),
                "true" => Node::Literal(Json::Bool(true)),
                "false" => Node::Literal(Json::Bool(false)),
                "last" => Node::Last,
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            },
            Some(Token::Sign("(")) => {
                let inner = self.either()?;
                self.expect(")")?;
                match inner {
                    Either::Node(node) => node,
                    // `(a == b) is unknown` and `(a == b) && c` go on as conditions.
                    Either::Test(test) if !matches!(self.peek(), Some(Token::Sign("." | "[" | "?"))) => {
                        return Ok(Either::Test(test));
                    }
                    Either::Test(test) => Node::Test(Box::new(test)),
                }
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        };
        while let Some(step) = self.step()? {
            node = Node::Step(Box::new(node), step);
        }
        Ok(Either::Node(node))
    }

    fn step(&mut self) -> Result<Option<Step>> {
        if self.take("?") {
            self.expect("(")?;
            let test = self.test()?;
            self.expect(")")?;
            return Ok(Some(Step::Filter(Box::new(test))));
        }
        if self.take("[") {
            return self.subscripts().map(Some);
        }
        if !self.take(".") {
            return Ok(None);
        }
        if self.take("**") {
            return self.levels().map(Some);
        }
        if self.take("*") {
            return Ok(Some(Step::AnyMember));
        }
        match self.next() {
            Some(Token::Quoted(key)) => Ok(Some(Step::Member(key))),
            Some(Token::Name(name)) if self.take("(") => {
                let method = match name.as_str() {
                    "type" => Method::Type,
                    "size" => Method::Size,
                    "double" => Method::Double,
                    "ceiling" => Method::Ceiling,
                    "floor" => Method::Floor,
                    "abs" => Method::Abs,
                    other => return exec_err!("the method .{other}() of jsonpath is not supported"),
                };
                self.expect(")")?;
                Ok(Some(Step::Method(method)))
            }
            Some(Token::Name(name)) => Ok(Some(Step::Member(name))),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn subscripts(&mut self) -> Result<Step> {
        if self.take("*") {
            self.expect("]")?;
            return Ok(Step::AnyElement);
        }
        let mut ranges = Vec::new();
        loop {
            let Either::Node(from) = self.sum()? else { return Err(self.unexpected()) };
            let until = match self.take_name("to") {
                true => match self.sum()? {
                    Either::Node(until) => Some(until),
                    Either::Test(_) => return Err(self.unexpected()),
                },
                false => None,
            };
            ranges.push((from, until));
            if !self.take(",") {
                break;
            }
        }
        self.expect("]")?;
        Ok(Step::Elements(ranges))
    }

    /// `.**`, `.**{2}`, `.**{1 to last}`
    fn levels(&mut self) -> Result<Step> {
        if !self.take("{") {
            return Ok(Step::Descendants { from: 0, until: usize::MAX });
        }
        let from = self.level()?;
        let until = if self.take_name("to") { self.level()? } else { from };
        self.expect("}")?;
        Ok(Step::Descendants { from, until })
    }

    fn level(&mut self) -> Result<usize> {
        match self.next() {
            Some(Token::Name(name)) if name == "last" => Ok(usize::MAX),
            Some(Token::Number(text)) if text.parse::<usize>().is_ok() => Ok(text.parse().unwrap_or(0)),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }
}
