//! Patterns: regular expressions, SIMILAR TO, LIKE with ANY, and the functions that use them.
//!
//! `translate` turns PostgreSQL's regular expressions into Rust's, and refuses what has no equal there.

mod longest;
mod translate;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListBuilder, StringArray, StringBuilder};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use longest::Pattern;

use super::Table;
use super::call::{Call, count};
use super::overloaded::{Kernel, Overload, overload};
use super::path;
use crate::engine::types::PgType;

use PgType::{Bool, Int4, Text};

pub fn table() -> Table {
    let with_flags = |params: &[PgType], returns: PgType, kernel: Kernel| {
        let more = [params, &[Text]].concat();
        vec![overload(params, returns.clone(), kernel), overload(&more, returns, kernel)]
    };
    vec![
        ("regexp_replace", with_flags(&[Text, Text, Text], Text, regexp_replace)),
        ("regexp_match", with_flags(&[Text, Text], Text.array(), regexp_match)),
        ("regexp_split_to_array", with_flags(&[Text, Text], Text.array(), regexp_split)),
        ("regexp_like", with_flags(&[Text, Text], Bool, regexp_like)),
        (
            "regexp_count",
            vec![overload(&[Text, Text], Int4, |c| {
                c.two(|t: &str, p: &str| cached(p, "", |regex| count(regex.matches(t, usize::MAX)?.len())))
            })],
        ),
        ("regexp_substr", vec![overload(&[Text, Text], Text, |c| c.two_or_null(first_match))]),
        (
            "substring",
            vec![
                overload(&[Text, Int4], Text, |c| {
                    c.two(|t: &str, from: i32| super::text::substring(t, from.into(), None))
                }),
                overload(&[Text, Int4, Int4], Text, |c| {
                    c.three(|t: &str, from: i32, n: i32| {
                        super::text::substring(t, from.into(), Some(n.into()))
                    })
                }),
                overload(&[Text, Text], Text, |c| c.two_or_null(captured)),
            ],
        ),
        (
            "similar_to",
            vec![overload(&[Text, Text], Bool, similar), overload(&[Text, Text, Text], Bool, similar)],
        ),
        ("like_escape", vec![overload(&[Text, Text, Text], Bool, |c| like_with_escape(c, false))]),
        ("ilike_escape", vec![overload(&[Text, Text, Text], Bool, |c| like_with_escape(c, true))]),
        ("like_any", quantified(|c| like_each(c, false, false, false))),
        ("not_like_any", quantified(|c| like_each(c, false, true, false))),
        ("ilike_any", quantified(|c| like_each(c, true, false, false))),
        ("not_ilike_any", quantified(|c| like_each(c, true, true, false))),
        ("like_all", quantified(|c| like_each(c, false, false, true))),
        ("not_like_all", quantified(|c| like_each(c, false, true, true))),
        ("ilike_all", quantified(|c| like_each(c, true, false, true))),
        ("not_ilike_all", quantified(|c| like_each(c, true, true, true))),
    ]
}

fn quantified(kernel: Kernel) -> Vec<Overload> {
    vec![overload(&[Text, Text.array()], Bool, kernel)]
}

/// `~ ~* !~ !~*`
pub fn operators() -> Table {
    let each = |name: &'static str, kernel: Kernel| (name, vec![overload(&[Text, Text], Bool, kernel)]);
    vec![
        (
            "~",
            vec![
                overload(&[Text, Text], Bool, |c| {
                    c.two(|t: &str, p: &str| cached(p, "", |r| Ok(r.is_match(t))))
                }),
                path::operator(),
            ],
        ),
        each("~*", |c| c.two(|t: &str, p: &str| cached(p, "i", |r| Ok(r.is_match(t))))),
        each("!~", |c| c.two(|t: &str, p: &str| cached(p, "", |r| Ok(!r.is_match(t))))),
        each("!~*", |c| c.two(|t: &str, p: &str| cached(p, "i", |r| Ok(!r.is_match(t))))),
    ]
}

/// Most patterns that are kept compiled per thread.
const KEPT: usize = 64;

/// Runs with the compiled pattern.
pub fn cached<T>(pattern: &str, flags: &str, run: impl FnOnce(&mut Pattern) -> Result<T>) -> Result<T> {
    compiled(format!("{flags}:{pattern}"), || translate::regex(pattern, flags), run)
}

fn compiled<T>(
    key: String,
    make: impl FnOnce() -> Result<String>,
    run: impl FnOnce(&mut Pattern) -> Result<T>,
) -> Result<T> {
    thread_local! {
        static PATTERNS: RefCell<HashMap<String, Pattern>> = RefCell::default();
    }
    PATTERNS.with_borrow_mut(|patterns| {
        if let Some(pattern) = patterns.get_mut(&key) {
            return run(pattern);
        }
        let pattern = Pattern::new(make()?)?;
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        run(patterns.entry(key).or_insert(pattern))
    })
}

fn regexp_replace(call: &Call) -> Result<ArrayRef> {
    call.rows(|row| {
        let flags = if call.arguments.len() > 3 { call.get::<&str>(3, row)? } else { Some("") };
        match (call.get::<&str>(0, row)?, call.get::<&str>(1, row)?, call.get::<&str>(2, row)?, flags) {
            (Some(text), Some(pattern), Some(new), Some(flags)) => {
                let all = flags.contains('g');
                cached(pattern, &flags.replace('g', ""), |regex| replaced(regex, text, new, all).map(Some))
            }
            _ => Ok(None),
        }
    })
}

/// `\1` is the first group, `\&` the whole match.
fn replaced(pattern: &mut Pattern, text: &str, new: &str, all: bool) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let takes_groups = new.split('\\').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for (start, end) in pattern.matches(text, if all { usize::MAX } else { 1 })? {
        let groups = if takes_groups { pattern.groups(text, (start, end))? } else { Vec::new() };
        out.push_str(text.get(done..start).unwrap_or(""));
        let mut letters = new.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' {
                out.push(letter);
                continue;
            }
            match letters.next() {
                Some('&') => out.push_str(text.get(start..end).unwrap_or("")),
                Some(digit @ '1'..='9') => {
                    let at = digit.to_digit(10).unwrap_or(0) as usize;
                    out.push_str(groups.get(at - 1).copied().flatten().unwrap_or(""));
                }
                Some('\\') => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            }
        }
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    Ok(out)
}

/// The first group, or the whole match where there is none.
fn captured(text: &str, pattern: &str) -> Result<Option<String>> {
    cached(pattern, "", |regex| {
        let Some(whole) = regex.matches(text, 1)?.pop() else { return Ok(None) };
        Ok(match regex.has_groups() {
            true => regex.groups(text, whole)?.first().copied().flatten().map(str::to_owned),
            false => text.get(whole.0..whole.1).map(str::to_owned),
        })
    })
}

fn first_match(text: &str, pattern: &str) -> Result<Option<String>> {
    cached(pattern, "", |regex| {
        Ok(regex.matches(text, 1)?.pop().and_then(|(from, to)| text.get(from..to)).map(str::to_owned))
    })
}

fn regexp_like(call: &Call) -> Result<ArrayRef> {
    call.rows(|row| {
        let flags = if call.arguments.len() > 2 { call.get::<&str>(2, row)? } else { Some("") };
        match (call.get::<&str>(0, row)?, call.get::<&str>(1, row)?, flags) {
            (Some(text), Some(pattern), Some(flags)) => {
                cached(pattern, flags, |r| Ok(Some(r.is_match(text))))
            }
            _ => Ok(None),
        }
    })
}

fn lists(
    call: &Call,
    mut items: impl FnMut(usize) -> Result<Option<Vec<Option<String>>>>,
) -> Result<ArrayRef> {
    let item = Text.field("item");
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(item);
    for row in 0..call.rows {
        match items(row)? {
            Some(items) => {
                for item in items {
                    out.values().append_option(item);
                }
                out.append(true);
            }
            None => out.append(false),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn regexp_match(call: &Call) -> Result<ArrayRef> {
    lists(call, |row| {
        let flags = if call.arguments.len() > 2 { call.get::<&str>(2, row)? } else { Some("") };
        match (call.get::<&str>(0, row)?, call.get::<&str>(1, row)?, flags) {
            (Some(_), Some(_), Some(flags)) if flags.contains('g') => {
                exec_err!("regexp_match() does not support the \"global\" option")
            }
            (Some(text), Some(pattern), Some(flags)) => cached(pattern, flags, |regex| {
                let Some(whole) = regex.matches(text, 1)?.pop() else { return Ok(None) };
                Ok(Some(parts(regex, text, whole)?.into_iter().map(|part| part.map(str::to_owned)).collect()))
            }),
            _ => Ok(None),
        }
    })
}

fn regexp_split(call: &Call) -> Result<ArrayRef> {
    lists(call, |row| {
        let flags = if call.arguments.len() > 2 { call.get::<&str>(2, row)? } else { Some("") };
        match (call.get::<&str>(0, row)?, call.get::<&str>(1, row)?, flags) {
            (Some(text), Some(pattern), Some(flags)) => {
                cached(pattern, flags, |regex| split(regex, text).map(Some))
            }
            _ => Ok(None),
        }
    })
}

/// The groups of a match, or the whole of it where the pattern has none.
pub fn parts<'t>(
    pattern: &mut Pattern,
    text: &'t str,
    whole: (usize, usize),
) -> Result<Vec<Option<&'t str>>> {
    match pattern.has_groups() {
        true => pattern.groups(text, whole),
        false => Ok(vec![text.get(whole.0..whole.1)]),
    }
}

/// An empty match at the start, at the end or right after another splits nothing.
fn split(pattern: &mut Pattern, text: &str) -> Result<Vec<Option<String>>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (start, end) in pattern.matches(text, usize::MAX)? {
        if start == end && (start == from || end == text.len()) {
            continue;
        }
        parts.push(text.get(from..start).map(str::to_owned));
        from = end;
    }
    parts.push(text.get(from..).map(str::to_owned));
    Ok(parts)
}

fn similar(call: &Call) -> Result<ArrayRef> {
    call.rows(|row| {
        let escape = if call.arguments.len() > 2 { call.get::<&str>(2, row)? } else { Some("\\") };
        match (call.get::<&str>(0, row)?, call.get::<&str>(1, row)?, escape) {
            (Some(text), Some(pattern), Some(escape)) => {
                let escape = one_letter(escape)?;
                let make = || translate::similar(pattern, escape);
                compiled(format!("similar {escape:?}:{pattern}"), make, |regex| {
                    Ok(Some(regex.is_match(text)))
                })
            }
            _ => Ok(None),
        }
    })
}

fn one_letter(escape: &str) -> Result<Option<char>> {
    let mut letters = escape.chars();
    match (letters.next(), letters.next()) {
        (letter, None) => Ok(letter),
        _ => exec_err!("invalid escape string"),
    }
}

fn matches_like(text: &str, pattern: &str, escape: Option<char>, ignore_case: bool) -> Result<bool> {
    let make = || translate::like(pattern, escape, ignore_case);
    compiled(format!("like {escape:?} {ignore_case}:{pattern}"), make, |regex| Ok(regex.is_match(text)))
}

fn like_with_escape(call: &Call, ignore_case: bool) -> Result<ArrayRef> {
    call.three(|text: &str, pattern: &str, escape: &str| {
        matches_like(text, pattern, one_letter(escape)?, ignore_case)
    })
}

/// `x [not] [i]like any|all (array)`
fn like_each(call: &Call, ignore_case: bool, negated: bool, all: bool) -> Result<ArrayRef> {
    call.rows(|row| {
        let (Some(text), Some(patterns)) = (call.get::<&str>(0, row)?, call.get::<ArrayRef>(1, row)?) else {
            return Ok(None);
        };
        let patterns = patterns
            .as_any()
            .downcast_ref::<StringArray>()
            .ok_or_else(|| exec_datafusion_err!("an array of text is needed"))?;
        let mut unknown = false;
        for at in 0..patterns.len() {
            if patterns.is_null(at) {
                unknown = true;
            } else if (matches_like(text, patterns.value(at), Some('\\'), ignore_case)? != negated) != all {
                return Ok(Some(!all));
            }
        }
        Ok((!unknown).then_some(all))
    })
}
