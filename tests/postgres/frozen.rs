//! PostgreSQL at the instant canvass's clock is frozen at: functions of the same names in a schema that
//! is searched first, and the words that are no functions turned into such.

use std::sync::LazyLock;

/// Run once in the database. What Steampipe adds to PostgreSQL is defined here as well.
pub const DEFINITIONS: &str = "
create schema aws;
create extension if not exists ltree;
create schema frozen;
create function frozen.now() returns timestamptz immutable language sql as $$ select timestamptz '2026-11-20 12:00:00+00' $$;
create function frozen.transaction_timestamp() returns timestamptz immutable language sql as $$ select frozen.now() $$;
create function frozen.statement_timestamp() returns timestamptz immutable language sql as $$ select frozen.now() $$;
create function frozen.\"current_timestamp\"() returns timestamptz immutable language sql as $$ select frozen.now() $$;
create function frozen.\"localtimestamp\"() returns timestamp immutable language sql as $$ select frozen.now()::timestamp $$;
create function frozen.\"current_date\"() returns date immutable language sql as $$ select frozen.now()::date $$;
create function frozen.age(timestamptz) returns interval immutable language sql as
  $$ select pg_catalog.age(frozen.now()::date::timestamptz, $1) $$;
create function frozen.age(timestamp) returns interval immutable language sql as
  $$ select pg_catalog.age(frozen.now()::date::timestamp, $1) $$;
create function public.glob(input_glob text) returns text immutable language sql as
  $$ select replace(replace(input_glob, '*', '%'), '?', '_') $$;
alter database postgres set search_path = frozen, aws, public, pg_catalog;
";

/// `current_date` and its like are syntax, not functions, so a schema cannot stand in front of them.
pub fn statement(sql: &str) -> String {
    static WORDS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        ["current_date", "current_timestamp", "localtimestamp"].map(|w| (w, format!("frozen.{w}()"))).into()
    });
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back();
        let starts_word = !before.is_some_and(|b| b.is_alphanumeric() || b == '_' || b == '.' || b == '"');
        let found = WORDS.iter().find(|(word, _)| {
            let head = rest.get(..word.len());
            let after = rest.get(word.len()..).and_then(|r| r.chars().next());
            starts_word
                && head.is_some_and(|h| h.eq_ignore_ascii_case(word))
                && !after.is_some_and(|a| a.is_alphanumeric() || a == '_' || a == '"')
        });
        let end = match (c, found) {
            ('\'', _) => rest.get(1..).and_then(|r| r.find('\'')).map_or(rest.len(), |at| at + 2),
            (_, Some((word, call))) => {
                out.push_str(call);
                rest = &rest[word.len()..];
                continue;
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

#[test]
fn only_the_words_themselves_are_replaced() {
    assert_eq!(
        statement(
            "select current_date - 7, 'current_date', a.current_date, Current_Timestamp, my_current_date"
        ),
        "select frozen.current_date() - 7, 'current_date', a.current_date, frozen.current_timestamp(), my_current_date"
    );
}
