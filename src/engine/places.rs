//! Where in a statement the thing stands that an error speaks of. The planner knows the places of columns
//! only; operators, calls, literals and casts are looked for in the syntax again.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, ObjectName, Query, Spanned, Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use crate::engine::validate::{self, Place};

/// The place of an operator between two operands; of several, the one whose operands are mentioned.
pub fn operator(sql: &str, symbol: &str) -> Option<Place> {
    let tokens = tokens(sql);
    let query = validate::parse(sql).ok()?;
    let mut found = Operators { symbol, between: Vec::new() };
    let _ = query.visit(&mut found);
    let in_between = |(left, right): &(Location, Location)| {
        tokens.iter().find(|t| {
            t.span.start >= *left && t.span.start < *right && written(&t.token).eq_ignore_ascii_case(symbol)
        })
    };
    let token = found.between.iter().find_map(in_between);
    let token = token.or_else(|| tokens.iter().find(|t| written(&t.token).eq_ignore_ascii_case(symbol)));
    token.and_then(place)
}

/// The place of a call by its name, with so many arguments if there is one.
pub fn call(sql: &str, name: &str, arguments: usize) -> Option<Place> {
    let query = validate::parse(sql).ok()?;
    let mut calls = Calls { name, found: Vec::new() };
    let _ = query.visit(&mut calls);
    let same = calls.found.iter().find(|(count, _)| *count == arguments);
    same.or(calls.found.first()).and_then(|(_, place)| *place).or_else(|| word(sql, name))
}

/// The place of a quoted literal.
pub fn literal(sql: &str, text: &str) -> Option<Place> {
    found_literal(sql, &|literal| literal == text)
}

/// The place of the first quoted literal that begins so.
pub fn literal_like(sql: &str, start: &str) -> Option<Place> {
    found_literal(sql, &|literal| literal.starts_with(start))
}

fn found_literal(sql: &str, is_it: &dyn Fn(&str) -> bool) -> Option<Place> {
    let query = validate::parse(sql).ok()?;
    let mut literals = Literals { is_it, found: None };
    let _ = query.visit(&mut literals);
    literals.found
}

/// The place of a cast to this type: its `::`, or the word CAST.
pub fn cast(sql: &str, kind: &str) -> Option<Place> {
    let tokens = tokens(sql);
    let written_as: Vec<&str> = match kind {
        "integer" => vec!["int", "integer", "int4"],
        "bigint" => vec!["bigint", "int8"],
        "smallint" => vec!["smallint", "int2"],
        "boolean" => vec!["bool", "boolean"],
        "double precision" => vec!["float8", "float", "double"],
        "timestamp with time zone" => vec!["timestamptz", "timestamp"],
        "timestamp without time zone" => vec!["timestamp"],
        other => vec![other],
    };
    let names = |at: usize| {
        tokens
            .get(at + 1)
            .is_some_and(|t| written_as.iter().any(|w| written(&t.token).eq_ignore_ascii_case(w)))
    };
    let at = (0..tokens.len()).find(|at| tokens[*at].token == Token::DoubleColon && names(*at));
    at.and_then(|at| place(&tokens[at])).or_else(|| word(sql, "cast"))
}

/// The place of a name that stands in the statement just once, or first.
pub fn word(sql: &str, name: &str) -> Option<Place> {
    let is_it = |t: &&TokenWithSpan| match &t.token {
        Token::Word(word) if word.quote_style.is_some() => word.value == name,
        Token::Word(word) => word.value.eq_ignore_ascii_case(name),
        _ => false,
    };
    tokens(sql).iter().find(is_it).and_then(place)
}

/// The place of a qualified name: its first part.
pub fn qualified(sql: &str, relation: &str, name: &str) -> Option<Place> {
    let tokens = tokens(sql);
    let is_word = |at: usize, wanted: &str| {
        tokens
            .get(at)
            .is_some_and(|t| matches!(&t.token, Token::Word(w) if w.value.eq_ignore_ascii_case(wanted)))
    };
    let at = (0..tokens.len()).find(|at| {
        is_word(*at, relation)
            && tokens.get(at + 1).is_some_and(|t| t.token == Token::Period)
            && is_word(at + 2, name)
    })?;
    place(&tokens[at])
}

fn place(token: &TokenWithSpan) -> Option<Place> {
    Place::new(token.span.start, written(&token.token).chars().count())
}

fn written(token: &Token) -> String {
    match token {
        Token::Neq => "<>".to_owned(),
        other => other.to_string(),
    }
}

fn tokens(sql: &str) -> Vec<TokenWithSpan> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().unwrap_or_default();
    let blank = |t: &TokenWithSpan| {
        matches!(t.token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab))
    };
    tokens.into_iter().filter(|t| !blank(t)).collect()
}

struct Operators<'a> {
    symbol: &'a str,
    /// Ends of the left and starts of the right operands.
    between: Vec<(Location, Location)>,
}

impl Visitor for Operators<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp { left, op, right } = expr {
            let symbol = op.to_string();
            let symbol = if symbol == "!=" { "<>".to_owned() } else { symbol };
            let (left, right) = (left.span(), right.span());
            if symbol == self.symbol && left != Span::empty() && right != Span::empty() {
                self.between.push((left.end, right.start));
            }
        }
        ControlFlow::Continue(())
    }
}

struct Calls<'a> {
    name: &'a str,
    found: Vec<(usize, Option<Place>)>,
}

impl Visitor for Calls<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && name_of(&function.name).eq_ignore_ascii_case(self.name)
        {
            let span = function.name.span();
            let width = usize::try_from(span.end.column.saturating_sub(span.start.column)).unwrap_or(1);
            self.found.push((arguments(function), Place::new(span.start, width)));
        }
        ControlFlow::Continue(())
    }
}

fn name_of(name: &ObjectName) -> &str {
    name.0.last().and_then(|part| part.as_ident()).map_or("", |ident| &ident.value)
}

fn arguments(function: &Function) -> usize {
    match &function.args {
        FunctionArguments::List(list) => list.args.len(),
        FunctionArguments::Subquery(_) => 1,
        FunctionArguments::None => 0,
    }
}

struct Literals<'a> {
    is_it: &'a dyn Fn(&str) -> bool,
    found: Option<Place>,
}

impl Visitor for Literals<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) = &value.value
            && (self.is_it)(text)
            && self.found.is_none()
        {
            self.found = Place::new(value.span.start, text.chars().count() + 2);
        }
        ControlFlow::Continue(())
    }
}
