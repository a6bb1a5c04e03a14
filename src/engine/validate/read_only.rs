//! What is refused: everything that is not a single query, wherever it hides.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, SetExpr, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::engine::validate::{Place, error_at, width_of};
use crate::error::{Error, Result};
use crate::model::closest;

/// Statements of SQL that are not queries. The parser knows only some of them, and a typing mistake
/// inside one must still be called what it is.
const OTHER_STATEMENTS: &[&str] = &[
    "abort",
    "alter",
    "analyze",
    "attach",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "delete",
    "deny",
    "describe",
    "detach",
    "discard",
    "do",
    "drop",
    "end",
    "execute",
    "explain",
    "export",
    "fetch",
    "grant",
    "import",
    "insert",
    "install",
    "kill",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "optimize",
    "pragma",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "replace",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "security",
    "set",
    "show",
    "start",
    "truncate",
    "unlisten",
    "unload",
    "update",
    "upsert",
    "use",
    "vacuum",
];

const QUERY_STARTS: &[&str] = &["select", "with", "values"];

/// Functions of PostgreSQL, DuckDB and others that reach files, servers or the session's state.
const REACHING_OUT: &[&str] = &[
    "copy",
    "dblink",
    "dblink_exec",
    "delta_scan",
    "file",
    "glob_files",
    "httpfs",
    "iceberg_scan",
    "lo_export",
    "lo_import",
    "pg_cancel_backend",
    "pg_ls_dir",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_reload_conf",
    "pg_sleep",
    "pg_stat_file",
    "pg_terminate_backend",
    "pg_write_file",
    "postgres_scan",
    "parquet_metadata",
    "parquet_scan",
    "query_table",
    "read_avro",
    "read_blob",
    "read_csv",
    "read_csv_auto",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_parquet",
    "read_text",
    "read_xlsx",
    "s3",
    "set_config",
    "sniff_csv",
    "sqlite_scan",
    "url",
];

pub fn refusal(found: &str) -> Error {
    let refused = Error::refused(format!("canvass only reads: one SELECT, found {found}"));
    match found {
        "EXPLAIN" => refused.hint("'canvass query --explain' shows the plan of a SELECT"),
        "DESCRIBE" | "SHOW" => refused
            .hint("'canvass tables' lists the tables, 'canvass inspect TABLE' shows the columns of one"),
        "SET" => refused.hint("settings are flags, environment variables or files: see 'canvass config'"),
        _ => refused,
    }
}

/// First word of a statement, in capitals.
pub fn verb_of(text: &str) -> String {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if word.is_empty() { "something else".to_owned() } else { word.to_uppercase() }
}

fn bare_word(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_lowercase()),
        _ => None,
    }
}

/// Judges by the first word and by what follows a semicolon, before parsing.
pub fn check_tokens(sql: &str, tokens: &[&TokenWithSpan]) -> Result<()> {
    let statements: Vec<&[&TokenWithSpan]> =
        tokens.split(|t| t.token == Token::SemiColon).filter(|s| !s.is_empty()).collect();
    let Some(first) = statements.first().and_then(|s| s.iter().find(|t| t.token != Token::LParen)) else {
        return Err(Error::usage("there is no statement to run")
            .hint("try: canvass query \"select account_name, instance_id from aws_ec2_instance\""));
    };
    if let Some(word) = bare_word(&first.token) {
        if OTHER_STATEMENTS.contains(&word.as_str()) {
            return Err(refusal(&word.to_uppercase()));
        }
        if !QUERY_STARTS.contains(&word.as_str()) {
            let place = Place::new(first.span.start, width_of(&first.token));
            let shown: String = word.chars().take(60).collect();
            let mut error =
                error_at(sql, place, &format!("syntax error: a statement cannot start with '{shown}'"));
            if let Some(meant) = closest(&word, QUERY_STARTS.iter().copied()) {
                error = error.hint(format!("did you mean '{meant}'?"));
            }
            return Err(error);
        }
    }
    if statements.len() > 1 {
        return Err(refusal(&format!("{} statements", statements.len())));
    }
    Ok(())
}

/// Walks the whole tree: common table expressions, subqueries, set operations.
pub fn check_query(query: &Query) -> Result<()> {
    match query.visit(&mut ReadOnly) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(found) => Err(refusal(&found)),
    }
}

struct ReadOnly;

impl Visitor for ReadOnly {
    type Break = Box<str>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Box<str>> {
        if let Some(lock) = query.locks.first() {
            return ControlFlow::Break(verb_pair(&lock.to_string()).into());
        }
        let mut bodies = vec![&*query.body];
        while let Some(body) = bodies.pop() {
            match body {
                SetExpr::Insert(_) => return ControlFlow::Break("INSERT".into()),
                SetExpr::Update(_) => return ControlFlow::Break("UPDATE".into()),
                SetExpr::Delete(_) => return ControlFlow::Break("DELETE".into()),
                SetExpr::Merge(_) => return ControlFlow::Break("MERGE".into()),
                SetExpr::SetOperation { left, right, .. } => bodies.extend([&**left, &**right]),
                SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Table(_) => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Box<str>> {
        match select.into {
            Some(_) => ControlFlow::Break("SELECT INTO".into()),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Box<str>> {
        match factor {
            TableFactor::Table { name, args: None, .. } if is_file(name) => {
                ControlFlow::Break(format!("the file {name}").into())
            }
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                reaches_out(name)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Box<str>> {
        match expr {
            Expr::Function(function) => reaches_out(&function.name),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn reaches_out(name: &ObjectName) -> ControlFlow<Box<str>> {
    let last = name.0.last().and_then(|p| p.as_ident()).map(|i| i.value.to_lowercase()).unwrap_or_default();
    if REACHING_OUT.contains(&last.as_str()) {
        return ControlFlow::Break(format!("the function {last}").into());
    }
    ControlFlow::Continue(())
}

/// `'x.csv'`, `"s3://bucket/x.parquet"`: a table named like a path or an address.
fn is_file(name: &ObjectName) -> bool {
    name.0.iter().filter_map(|part| part.as_ident()).any(|ident| {
        ident.quote_style == Some('\'')
            || (ident.quote_style.is_some() && ident.value.contains(['/', '\\', '.']))
    })
}

fn verb_pair(text: &str) -> String {
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_uppercase()
}
