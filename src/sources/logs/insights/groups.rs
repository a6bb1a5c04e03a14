//! Which log groups of a unit a query is about.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::StreamExt as _;

use crate::catalog::table::Operator;
use crate::model::{Fault, FaultKind, Json, NamePattern};
use crate::sources::Qual;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::rows::{self, Walk};
use crate::sources::calls::equal_values;
use crate::sources::transform::like_prefix;

/// What the statement says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Groups {
    /// One answer over all of them: names, and patterns with `*` or `?`.
    Together(Vec<String>),
    /// Each by itself.
    Apart(Vec<String>),
    /// Each whose name is LIKE this by itself.
    Like(String),
}

impl Groups {
    pub fn asked(walk: &Walk<'_>) -> Option<Groups> {
        let given = walk.given;
        if let Some(list) = given.assignment.get("log_groups").and_then(Json::as_str) {
            let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
            return Some(Groups::Together(names.map(str::to_owned).collect()));
        }
        if let Some(names) = equal_values(given.quals, "log_group_name") {
            let names: BTreeSet<String> = names.iter().filter_map(Json::to_text).collect();
            return Some(Groups::Apart(names.into_iter().collect()));
        }
        like(given.quals).map(Groups::Like)
    }

    pub fn are_together(&self) -> bool {
        matches!(self, Groups::Together(_))
    }

    /// The names, where nobody need be asked which there are.
    pub fn known(&self) -> Option<&[String]> {
        let plain = |names: &[String]| !names.iter().any(|name| name.contains(['*', '?']));
        match self {
            Groups::Together(names) if !plain(names) => None,
            Groups::Together(names) | Groups::Apart(names) => Some(names),
            Groups::Like(_) => None,
        }
    }

    /// Those of them that the unit has.
    pub async fn found<'a>(&self, walk: Walk<'a>, describe: &'a CompiledCall) -> Result<Vec<String>, Fault> {
        let mut found = BTreeSet::new();
        match self {
            Groups::Together(names) | Groups::Apart(names) => {
                for name in names {
                    let prefix = name.split(['*', '?']).next().unwrap_or_default();
                    let wanted = wanted(name, self.are_together())?;
                    list(walk, describe, prefix, |name| wanted(name), &mut found).await?;
                }
            }
            Groups::Like(pattern) => {
                let prefix = like_prefix(pattern);
                let pattern: Vec<char> = pattern.chars().collect();
                let wanted = |name: &str| is_like(&name.chars().collect::<Vec<_>>(), &pattern);
                list(walk, describe, &prefix, wanted, &mut found).await?;
            }
        }
        Ok(found.into_iter().collect())
    }
}

type Wanted = Box<dyn Fn(&str) -> bool + Send + Sync>;

fn wanted(name: &str, may_be_pattern: bool) -> Result<Wanted, Fault> {
    let own = name.to_owned();
    if !may_be_pattern || !name.contains(['*', '?']) {
        return Ok(Box::new(move |name| name == own));
    }
    let pattern = NamePattern::parse(name)
        .map_err(|error| Fault::new(FaultKind::Rejected, format!("log_groups: {}", error.message())))?;
    Ok(Box::new(move |name| pattern.matches(name)))
}

async fn list<'a>(
    walk: Walk<'a>,
    describe: &'a CompiledCall,
    prefix: &str,
    wanted: impl Fn(&str) -> bool,
    found: &mut BTreeSet<String>,
) -> Result<(), Fault> {
    let input = match prefix {
        "" => Json::Object(Vec::new()),
        prefix => Json::object([("LogGroupNamePrefix", Json::string(prefix))]),
    };
    let mut pages = rows::pages_of(walk, describe, input);
    while let Some(page) = pages.next().await {
        for row in page? {
            if let Some(name) = row.value().get("LogGroupName").and_then(Json::as_str)
                && wanted(name)
            {
                found.insert(name.to_owned());
            }
        }
    }
    Ok(())
}

fn like(quals: &BTreeMap<String, Vec<Qual>>) -> Option<String> {
    let like = quals.get("log_group_name")?.iter().find(|qual| qual.operator == Operator::Like)?;
    like.values.first()?.to_text()
}

fn is_like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|at| is_like(text.get(at..).unwrap_or_default(), rest)),
        Some(('_', rest)) => text.split_first().is_some_and(|(_, text)| is_like(text, rest)),
        Some(('\\', rest)) if !rest.is_empty() => {
            let (c, rest) = (rest.first(), rest.get(1..).unwrap_or_default());
            text.split_first().is_some_and(|(t, text)| Some(t) == c && is_like(text, rest))
        }
        Some((c, rest)) => text.split_first().is_some_and(|(t, text)| t == c && is_like(text, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_is_as_sql_has_it() {
        let like = |text: &str, pattern: &str| {
            is_like(&text.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>())
        };
        assert!(like("/aws/lambda/a", "/aws/lambda/%") && like("abc", "a_c") && like("a%c", "a\\%c"));
        assert!(!like("abc", "a\\%c") && !like("/ecs/a", "/aws%") && !like("ab", "a_c"));
        assert_eq!(like_prefix("/aws/lambda/%x"), "/aws/lambda/");
        assert_eq!(like_prefix("a\\_b_c"), "a_b");
    }
}
