//! Functions of `ltree`, the label paths of organizational units.

use datafusion::common::{Result, exec_err};

use super::Table;
use super::call::count;
use super::label_pattern;
use super::overloaded::{Overload, overload};
use crate::engine::types::PgType;

use PgType::{Int4, Ltree, Text};

pub fn table() -> Table {
    vec![
        ("nlevel", vec![overload(&[Ltree], Int4, |c| c.one(|path: &str| count(labels(path).len())))]),
        (
            "subpath",
            vec![
                overload(&[Ltree, Int4], Ltree, |c| c.two(|path: &str, from: i32| subpath(path, from, None))),
                overload(&[Ltree, Int4, Int4], Ltree, |c| {
                    c.three(|path: &str, from: i32, n: i32| subpath(path, from, Some(n)))
                }),
            ],
        ),
        (
            "subltree",
            vec![overload(&[Ltree, Int4, Int4], Ltree, |c| {
                c.three(|path: &str, from: i32, to: i32| subpath(path, from, Some(to - from)))
            })],
        ),
        ("ltree2text", vec![overload(&[Ltree], Text, |c| c.one(|path: &str| Ok(path.to_owned())))]),
        ("text2ltree", vec![overload(&[Text], Ltree, |c| c.one(|path: &str| Ok(path.to_owned())))]),
    ]
}

/// The operator `~` of paths.
pub fn operator() -> Overload {
    overload(&[Ltree, Text], PgType::Bool, |c| {
        c.two(|path: &str, pattern: &str| label_pattern::matches(path, pattern))
    })
}

fn labels(path: &str) -> Vec<&str> {
    path.split('.').filter(|label| !label.is_empty()).collect()
}

/// Negative places count from the end.
fn subpath(path: &str, from: i32, length: Option<i32>) -> Result<String> {
    let labels = labels(path);
    let total = i32::try_from(labels.len()).unwrap_or(i32::MAX);
    let start = if from < 0 { total + from } else { from };
    let end = match length {
        None => total,
        Some(n) if n < 0 => total + n,
        Some(n) => start.saturating_add(n).min(total),
    };
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) if start <= end && start <= labels.len() => {
            Ok(labels.get(start..end).unwrap_or_default().join("."))
        }
        _ => exec_err!("invalid positions"),
    }
}
