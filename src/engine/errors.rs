//! What DataFusion reports, in our words: named, placed in the statement, with what was probably meant.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, Diagnostic, SchemaError};

use crate::engine::validate::{Place, error_at};
use crate::error::Error;
use crate::model::closest;

/// An error of planning: the statement is at fault.
pub fn planning(sql: &str, error: DataFusionError) -> Error {
    let place = place_of(error.diagnostic());
    match root(error) {
        Root::Ours(error) => error,
        Root::Schema(error) => schema(sql, place, &error),
        Root::Statement(text) => statement(sql, place, &text),
        Root::NotImplemented(text) => error_at(sql, place, &format!("not supported: {}", sentence(&text))),
        Root::Internal(text) => Error::failed("the statement could not be planned")
            .cause(sentence(&text))
            .hint("this is a defect of canvass, not of the statement: please report both"),
        Root::Other(text) => error_at(sql, place, &sentence(&text)),
    }
}

/// An error while rows are computed: a division by zero, a cast that does not fit.
pub fn execution(error: DataFusionError) -> Error {
    match root(error) {
        Root::Ours(error) => error,
        Root::Internal(text) => Error::failed("the query failed")
            .cause(sentence(&text))
            .hint("this is a defect of canvass, not of the statement: please report both"),
        Root::Statement(text) | Root::NotImplemented(text) | Root::Other(text) => {
            Error::failed(format!("the query failed: {}", sentence(&text)))
        }
        Root::Schema(error) => Error::failed(format!("the query failed: {}", sentence(&error.to_string()))),
    }
}

enum Root {
    Ours(Error),
    Schema(Box<SchemaError>),
    Statement(String),
    NotImplemented(String),
    Internal(String),
    Other(String),
}

/// Unwraps contexts, diagnostics and shared errors down to what happened.
fn root(error: DataFusionError) -> Root {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => root(*inner),
        DataFusionError::Collection(errors) => {
            errors.into_iter().next().map_or_else(|| Root::Internal("no error".into()), root)
        }
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => Root::Ours(*ours),
            Err(other) => match other.downcast::<DataFusionError>() {
                Ok(inner) => root(*inner),
                Err(other) => Root::Other(other.to_string()),
            },
        },
        DataFusionError::SchemaError(error, _) => Root::Schema(error),
        DataFusionError::Plan(text) | DataFusionError::Configuration(text) => Root::Statement(text),
        DataFusionError::NotImplemented(text) => Root::NotImplemented(text),
        DataFusionError::Internal(text) => Root::Internal(text),
        DataFusionError::Execution(text) => Root::Other(text),
        DataFusionError::ArrowError(error, _) => Root::Other(arrow(&error)),
        DataFusionError::Shared(inner) => shared(&inner),
        other => Root::Other(other.strip_backtrace()),
    }
}

fn shared(error: &DataFusionError) -> Root {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => shared(inner),
        DataFusionError::Shared(inner) => shared(inner),
        DataFusionError::ArrowError(error, _) => Root::Other(arrow(error)),
        DataFusionError::Execution(text) => Root::Other(text.clone()),
        DataFusionError::Internal(text) => Root::Internal(text.clone()),
        other => Root::Other(other.strip_backtrace()),
    }
}

fn arrow(error: &ArrowError) -> String {
    match error {
        ArrowError::DivideByZero => "division by zero".to_owned(),
        ArrowError::CastError(text) => invalid_input(text).unwrap_or_else(|| text.clone()),
        ArrowError::ParseError(text) | ArrowError::InvalidArgumentError(text) => text.clone(),
        ArrowError::ArithmeticOverflow(text) => format!("a number is out of range: {text}"),
        other => other.to_string(),
    }
}

fn place_of(diagnostic: Option<&Diagnostic>) -> Option<Place> {
    let span = diagnostic?.span?;
    let width = span.end.column.saturating_sub(span.start.column);
    let width = if span.start.line == span.end.line { usize::try_from(width).unwrap_or(1) } else { 1 };
    Place::new(
        datafusion::sql::sqlparser::tokenizer::Location { line: span.start.line, column: span.start.column },
        width,
    )
}

fn schema(sql: &str, place: Option<Place>, error: &SchemaError) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => unknown_column(sql, place, field, valid_fields),
        SchemaError::AmbiguousReference { field } => {
            error_at(sql, place, &format!("column '{}' is ambiguous", field.name))
                .hint("several tables of the query have it: write table.column")
        }
        other => error_at(sql, place, &sentence(&other.to_string())),
    }
}

fn unknown_column(sql: &str, place: Option<Place>, field: &Column, valid: &[Column]) -> Error {
    let relation = field.relation.as_ref();
    let known =
        |c: &&Column| relation.is_none_or(|r| c.relation.as_ref().is_some_and(|o| o.table() == r.table()));
    let candidates: Vec<&Column> = valid.iter().filter(known).collect();
    if let Some(relation) = relation.filter(|_| candidates.is_empty() && !valid.is_empty()) {
        let tables: Vec<&str> = valid.iter().filter_map(|c| c.relation.as_ref()).map(|r| r.table()).collect();
        let error = error_at(sql, place, &format!("'{relation}' is not a table of this query"));
        return match closest(relation.table(), tables.iter().copied()) {
            Some(meant) => error.hint(format!("did you mean '{meant}'?")),
            None => error,
        };
    }
    let mut tables: Vec<&str> =
        candidates.iter().filter_map(|c| c.relation.as_ref()).map(|r| r.table()).collect();
    tables.dedup();
    let of = match tables.as_slice() {
        [one] => format!(" in {one}"),
        _ => String::new(),
    };
    let place = place.or_else(|| find(sql, &field.name));
    let mut error = error_at(sql, place, &format!("unknown column '{}'{of}", field.name));
    if let Some(meant) = closest(&field.name, candidates.iter().map(|c| c.name.as_str())) {
        error = error.hint(format!("did you mean '{meant}'?"));
    }
    for table in tables.iter().filter(|t| t.starts_with("aws_")).take(1) {
        error = error.hint(format!("'canvass inspect {table}' lists its columns"));
    }
    error
}

/// Where a name stands in the statement, if it stands there just once.
fn find(sql: &str, name: &str) -> Option<Place> {
    let mut hits = sql.lines().enumerate().flat_map(|(line, text)| {
        text.match_indices(name)
            .map(move |(at, _)| (line + 1, text.get(..at).map_or(0, |t| t.chars().count()) + 1))
    });
    let (line, column) = hits.next()?;
    hits.next().is_none().then_some(Place { line, column, width: name.chars().count() })
}

fn statement(sql: &str, place: Option<Place>, text: &str) -> Error {
    // Ours end in a hint after the semicolon.
    match text.split_once("; it takes jsonb: ") {
        Some((what, hint)) => error_at(sql, place, what).hint(hint),
        None => {
            let known =
                no_such_function(text).or_else(|| no_such_operator(text)).or_else(|| not_grouped(text));
            error_at(sql, place, &known.unwrap_or_else(|| sentence(text)))
        }
    }
}

/// Arrow's names of types, as PostgreSQL's.
const TYPE_NAMES: &[(&str, &str)] = &[
    ("LargeUtf8", "text"),
    ("Utf8View", "text"),
    ("Utf8", "text"),
    ("UInt64", "bigint"),
    ("Int64", "bigint"),
    ("Int32", "integer"),
    ("Int16", "smallint"),
    ("Float64", "double precision"),
    ("Float32", "real"),
    ("Boolean", "boolean"),
    ("Date32", "date"),
];

fn with_pg_types(text: &str) -> String {
    TYPE_NAMES.iter().fold(text.to_owned(), |text, (arrow, pg)| text.replace(arrow, pg))
}

/// `Cannot cast string 'x' to value of Int32 type`, as PostgreSQL words it.
fn invalid_input(text: &str) -> Option<String> {
    let rest = text.strip_prefix("Cannot cast string '")?;
    let (value, kind) = rest.rsplit_once("' to value of ")?;
    let kind = kind.strip_suffix(" type").unwrap_or(kind);
    Some(format!("invalid input syntax for type {}: '{value}'", with_pg_types(kind)))
}

/// `No function matches the given name and argument types 'sum(Utf8)'`, with PostgreSQL's type names.
fn no_such_function(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("No function matches the given name and argument types '")?;
    let (call, _) = rest.split_once('\'')?;
    Some(format!(
        "function {} does not exist: cast the arguments, or use another function",
        with_pg_types(call)
    ))
}

/// `Cannot coerce arithmetic expression Int64 + Utf8 to valid types`, as PostgreSQL words it.
fn no_such_operator(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Cannot coerce arithmetic expression ")?;
    let (operation, _) = rest.split_once(" to valid types")?;
    Some(format!("operator does not exist: {}", with_pg_types(operation)))
}

/// `... column "t.a" must appear in the GROUP BY clause or ...`, without what the planner tried.
fn not_grouped(text: &str) -> Option<String> {
    let (before, _) = text.split_once("\" must appear in the GROUP BY clause")?;
    let (_, column) = before.rsplit_once('"')?;
    Some(format!("column '{column}' must stand in GROUP BY or inside an aggregate function"))
}

/// DataFusion's words as a message of ours: no prefix, no full stop, lower case.
fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let text = text.split("\n\nbacktrace:").next().unwrap_or(text).trim();
    let mut text = text.to_owned();
    for prefix in ["Error during planning: ", "Execution error: ", "Arrow error: ", "Optimizer rule "] {
        if let Some(rest) = text.strip_prefix(prefix) {
            text = rest.to_owned();
        }
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            let rest: String = text.chars().skip(1).collect();
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text,
    }
}
