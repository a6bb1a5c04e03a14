//! What DataFusion reports, in our words: named, placed in the statement, with what was probably meant.

use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, Diagnostic, SchemaError};

use crate::engine::places;
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
        Root::NotImplemented(text) => match unsupported(&text) {
            Some((what, hint)) => error_at(sql, place, &format!("not supported: {what}")).hint(hint),
            None => error_at(sql, place, &format!("not supported: {}", sentence(&text))),
        },
        Root::Internal(text) => Error::failed("the statement could not be planned")
            .cause(sentence(&text))
            .hint("this is a defect of canvass, not of the statement: please report both"),
        Root::Other(text) => statement(sql, place, &text),
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

/// What the planner cannot do, in words of SQL.
fn unsupported(text: &str) -> Option<(&'static str, &'static str)> {
    let known: [(&str, &str, &str); 4] = [
        (
            "OuterReferenceColumn",
            "a lateral subquery over tables with DISTINCT, a window, groups that are limited, or LIMIT beside a comparison that is no equality",
            "row_number() over (partition by ... order by ...) in a derived table gives the first rows of each",
        ),
        (
            "ScalarSubquery",
            "a correlated subquery of this form",
            "a join with a derived table that is grouped by the correlated column says the same",
        ),
        ("Collate", "COLLATE", "texts are compared byte by byte, as in collation \"C\""),
        ("in tuples", "comparing rows of computed values", "compare the values one by one, with AND"),
    ];
    known.into_iter().find(|(mark, ..)| text.contains(mark)).map(|(_, what, hint)| (what, hint))
}

fn shared(error: &DataFusionError) -> Root {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => shared(inner),
        DataFusionError::Shared(inner) => shared(inner),
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(ours) => Root::Ours(ours.clone()),
            None => match (inner.downcast_ref(), inner.downcast_ref()) {
                (Some(inner), _) => shared(inner),
                (_, Some(inner)) => shared(Arc::<DataFusionError>::as_ref(inner)),
                _ => Root::Other(inner.to_string()),
            },
        },
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
            let place = place.or_else(|| places::word(sql, &field.name));
            error_at(sql, place, &format!("column reference \"{}\" is ambiguous", field.name))
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
    if let Some(relation) = relation.filter(|_| candidates.is_empty()) {
        let place = place.or_else(|| places::qualified(sql, relation.table(), &field.name));
        let tables: Vec<&str> = valid.iter().filter_map(|c| c.relation.as_ref()).map(|r| r.table()).collect();
        let error =
            error_at(sql, place, &format!("missing FROM-clause entry for table \"{}\"", relation.table()));
        return match closest(relation.table(), tables.iter().copied()) {
            Some(meant) => error.hint(format!("did you mean '{meant}'?")),
            None => error,
        };
    }
    let mut tables: Vec<&str> =
        candidates.iter().filter_map(|c| c.relation.as_ref()).map(|r| r.table()).collect();
    tables.dedup();
    let (place, name) = match relation {
        Some(relation) => (
            place.or_else(|| places::qualified(sql, relation.table(), &field.name)),
            format!("{}.{}", relation.table(), field.name),
        ),
        None => (place.or_else(|| places::word(sql, &field.name)), format!("\"{}\"", field.name)),
    };
    let mut error = error_at(sql, place, &format!("column {name} does not exist"));
    if let Some(meant) = closest(&field.name, candidates.iter().map(|c| c.name.as_str())) {
        error = error.hint(format!("did you mean '{meant}'?"));
    }
    for table in tables.iter().filter(|t| t.starts_with("aws_")).take(1) {
        error = error.hint(format!("'canvass inspect {table}' lists its columns"));
    }
    error
}

fn statement(sql: &str, place: Option<Place>, text: &str) -> Error {
    // Ours end in a hint after the semicolon.
    if let Some((what, hint)) = text.split_once("; it takes ") {
        let place = place.or_else(|| place_of_words(sql, what));
        return error_at(sql, place, what).hint(format!("it takes {hint}"));
    }
    if let Some((literal, why)) = invalid_json(text) {
        let place = place.or_else(|| places::literal_like(sql, literal));
        return error_at(sql, place, "invalid input syntax for type json")
            .hint(format!("the text is no JSON: {why}"));
    }
    if text.starts_with("cannot access field") {
        return error_at(
            sql,
            place,
            "not supported: a name that is an alias outside and a column here, as in name.field",
        )
        .hint("give the table outside another alias");
    }
    let known = no_such_function(text).or_else(|| no_such_operator(text)).or_else(|| not_grouped(text));
    let words = known.unwrap_or_else(|| sentence(text));
    let error = error_at(sql, place.or_else(|| place_of_words(sql, &words)), &words);
    match words.as_str() {
        w if w.starts_with("operator does not exist") => {
            error.hint("no operator of that name takes these types: a cast may be needed, as in x::text")
        }
        w if w.starts_with("function ") && w.ends_with("does not exist") => {
            error.hint("no function of that name takes these types: a cast may be needed, as in x::text")
        }
        w if w.ends_with("is not unique") => {
            error.hint("several would do: a cast says which is meant, as in x::text")
        }
        _ => error,
    }
}

/// Of `invalid input syntax for type json: 'text': why` the text, which may be shortened, and why.
fn invalid_json(text: &str) -> Option<(&str, &str)> {
    let rest = sentence_start(text).strip_prefix("invalid input syntax for type json: '")?;
    let (literal, why) = rest.rsplit_once("': ")?;
    Some((literal.strip_suffix("...").unwrap_or(literal), why))
}

fn sentence_start(text: &str) -> &str {
    text.strip_prefix("Execution error: ").unwrap_or(text)
}

/// The place of what a message in PostgreSQL's words names.
fn place_of_words(sql: &str, words: &str) -> Option<Place> {
    if let Some(operation) =
        words.strip_prefix("operator does not exist: ").or(words.strip_prefix("operator is not unique: "))
    {
        return places::operator(sql, symbol_of(operation)?);
    }
    if let Some(rest) = words.strip_prefix("function ")
        && let Some((name, rest)) = rest.split_once('(')
        && let Some((arguments, _)) = rest.rsplit_once(')')
    {
        let count = if arguments.is_empty() { 0 } else { arguments.split(", ").count() };
        return places::call(sql, name, count);
    }
    if let Some(rest) = words.strip_prefix("cannot cast type ")
        && let Some((_, kind)) = rest.split_once(" to ")
    {
        return places::cast(sql, kind);
    }
    if let Some(name) = words.strip_prefix("type \"").and_then(|rest| rest.strip_suffix("\" does not exist"))
    {
        return places::word(sql, name);
    }
    if let Some((_, rest)) = words.split_once(" types ")
        && rest.ends_with(" cannot be matched")
    {
        return None;
    }
    // ... "what could not be read"
    let about_literal = [
        "invalid input syntax for type",
        "value \"",
        "date/time field value out of range",
        "interval field value out of range",
        "malformed array literal",
        "invalid cidr value",
        "invalid jsonb",
        "infinite dates",
    ];
    if about_literal.iter().any(|start| words.starts_with(start)) {
        let text = match words.strip_prefix("value \"") {
            Some(rest) => rest.split_once('"')?.0,
            None => words.split_once('"')?.1.strip_suffix('"')?,
        };
        return places::literal(sql, text);
    }
    None
}

/// Of `text + integer` the `+`: what stands between two names of types.
fn symbol_of(operation: &str) -> Option<&str> {
    operation.split(' ').find(|word| !word.is_empty() && word.chars().all(|c| "+-*/<>=~!@#%^&|?".contains(c)))
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
    ("LargeBinary", "numeric"),
    ("Decimal128(19, 2)", "money"),
    ("Timestamp(Microsecond, Some(\"+00:00\"))", "timestamp with time zone"),
    ("Timestamp(Microsecond, None)", "timestamp without time zone"),
    ("Timestamp(µs, \"+00:00\")", "timestamp with time zone"),
    ("Timestamp(µs)", "timestamp without time zone"),
    ("Interval(MonthDayNano)", "interval"),
];

fn with_pg_types(text: &str) -> String {
    TYPE_NAMES.iter().fold(text.to_owned(), |text, (arrow, pg)| text.replace(arrow, pg))
}

/// `Cannot cast string 'x' to value of Int32 type`, as PostgreSQL words it.
fn invalid_input(text: &str) -> Option<String> {
    let rest = text.strip_prefix("Cannot cast string '")?;
    let (value, kind) = rest.rsplit_once("' to value of ")?;
    let kind = kind.strip_suffix(" type").unwrap_or(kind);
    Some(format!("invalid input syntax for type {}: \"{value}\"", with_pg_types(kind)))
}

/// `No function matches the given name and argument types 'sum(Utf8)'`, with PostgreSQL's type names.
fn no_such_function(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("No function matches the given name and argument types '")?;
    let (call, _) = rest.split_once('\'')?;
    Some(format!("function {} does not exist", with_pg_types(call)))
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
    Some(format!(
        "column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
    ))
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
