//! Only one SELECT gets through.
//!
//! A statement is tokenised, bounded, parsed and walked before anything plans it. Whatever would
//! write, lock, define, configure or read a file is refused (exit 4); what is merely wrong is a usage
//! error with its place. This room knows SQL text, not tables: names are checked in `names.rs` one
//! floor up.

mod place;
mod read_only;
mod shape;
mod symmetric;
mod typed_literals;

use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

pub use place::Place;

use crate::error::{Error, Result};

/// Longest statement accepted, in bytes.
pub const MAX_SQL_BYTES: usize = 1 << 20;

/// Deepest nesting of parentheses and subqueries.
const MAX_NESTING: usize = 100;

/// Most operators (`and`, `or`, `||`, `union` ...) in one statement: `a and b and c ...` becomes a tree
/// as deep as it is long, and taking a deep tree apart uses the stack.
const MAX_OPERATORS: usize = 2_000;

/// Parses `sql` and lets only a query through.
pub fn parse(sql: &str) -> Result<Box<Query>> {
    if sql.len() > MAX_SQL_BYTES {
        return Err(Error::usage(format!(
            "the statement is {} bytes long; at most {MAX_SQL_BYTES} are read",
            sql.len()
        )));
    }
    let dialect = PostgreSqlDialect {};
    let mut tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().map_err(|e| {
        let place = Place::new(e.location, 1);
        syntax_error(sql, place, &e.message)
    })?;
    symmetric::mark(sql, &mut tokens)?;
    typed_literals::spell_out(&mut tokens);
    let words: Vec<&TokenWithSpan> =
        tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF)).collect();
    read_only::check_tokens(sql, &words)?;
    check_size(&words)?;

    let mut parser =
        Parser::new(&dialect).with_recursion_limit(MAX_NESTING).with_tokens_with_locations(tokens.clone());
    while parser.consume_token(&Token::SemiColon) {}
    let statement = parser.parse_statement().map_err(|e| parser_error(sql, &tokens, e))?;
    // What is left is a semicolon or the parser stopped early.
    let rest = loop {
        let next = parser.next_token();
        if next.token != Token::SemiColon {
            break next;
        }
    };
    if rest.token != Token::EOF {
        let place = Place::new(rest.span.start, width_of(&rest.token));
        return Err(syntax_error(sql, place, &format!("unexpected '{}'", rest.token)));
    }
    match statement {
        Statement::Query(query) => {
            read_only::check_query(&query)?;
            shape::check(sql, &query)?;
            Ok(query)
        }
        other => Err(read_only::refusal(&read_only::verb_of(&other.to_string()))),
    }
}

/// A usage error that shows its place in the statement.
pub fn error_at(sql: &str, place: Option<Place>, message: &str) -> Error {
    match place {
        Some(place) => Error::usage(format!("{message} ({})\n{}", place.words(), place.excerpt(sql))),
        None => Error::usage(message),
    }
}

fn syntax_error(sql: &str, place: Option<Place>, message: &str) -> Error {
    let mut letters = message.chars();
    // The tokenizer's messages begin with a capital.
    let message: String = match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => message.to_owned(),
    };
    error_at(sql, place, &format!("syntax error: {message}"))
}

fn check_size(tokens: &[&TokenWithSpan]) -> Result<()> {
    let operators = tokens.iter().filter(|t| builds_depth(&t.token)).count();
    if operators > MAX_OPERATORS {
        return Err(Error::usage(format!(
            "the statement has {operators} operators; at most {MAX_OPERATORS} are planned"
        ))
        .hint("a long list of values belongs in 'column in (...)', which has no such bound"));
    }
    Ok(())
}

/// `true` for tokens that can each make the syntax tree one level deeper without a parenthesis.
fn builds_depth(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            word.quote_style.is_none()
                && matches!(
                    word.value.to_ascii_lowercase().as_str(),
                    "and"
                        | "or"
                        | "not"
                        | "union"
                        | "except"
                        | "intersect"
                        | "join"
                        | "is"
                        | "like"
                        | "ilike"
                        | "at"
                )
        }
        Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::LBrace
        | Token::RBrace
        | Token::RBracket => false,
        Token::Whitespace(Whitespace::Space) | Token::EOF => false,
        // Everything else is an operator, or rare.
        _ => true,
    }
}

fn width_of(token: &Token) -> usize {
    token.to_string().chars().count()
}

fn parser_error(sql: &str, tokens: &[TokenWithSpan], error: ParserError) -> Error {
    let text = match error {
        ParserError::RecursionLimitExceeded => {
            return Error::usage(format!("the statement is nested more than {MAX_NESTING} levels deep"));
        }
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
    };
    let (message, location) = split_location(&text);
    let place = location.and_then(|location| {
        let width = tokens.iter().find(|t| t.span.start == location).map_or(1, |t| width_of(&t.token));
        Place::new(location, width)
    });
    let place = place.or_else(|| at_end(sql));
    let message = message.trim();
    let lowered = message.strip_prefix("Expected: ").map(|rest| format!("expected {rest}"));
    let message = lowered.unwrap_or_else(|| message.to_owned()).replace("found: EOF", "found the end");
    syntax_error(sql, place, &message.replace("found: ", "found "))
}

/// The parser writes its place into the message: `... at Line: 1, Column: 8`.
fn split_location(text: &str) -> (&str, Option<Location>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text, None) };
    let Some((line, column)) = place.split_once(", Column: ") else { return (text, None) };
    match (line.trim().parse(), column.trim().parse()) {
        (Ok(line), Ok(column)) => (message, Some(Location { line, column })),
        _ => (text, None),
    }
}

fn at_end(sql: &str) -> Option<Place> {
    let line = sql.lines().count().max(1);
    let column = sql.lines().last().map_or(0, |l| l.chars().count()) + 1;
    Some(Place { line, column, width: 1 })
}

#[cfg(test)]
mod tests;
