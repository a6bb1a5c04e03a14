//! Known gaps as operators write them: a list of mappings, in a file or (the same YAML) in a variable.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::model::{KnownGap, NamePattern, closest};
use crate::settings::file_value::line;
use crate::settings::kind::Problem;
use crate::settings::yaml::{Document, Node};

const NAMES: [&str; 5] = ["account", "region", "table", "reason", "expires"];

/// A pattern costs kilobytes once it is compiled.
const MOST: usize = 1000;

/// In the form of a variable: the list as one line of YAML.
pub fn parse(text: &str) -> Result<Vec<Arc<KnownGap>>, Problem> {
    let wanted = || Problem::new("it is not a list of known gaps").hint(EXAMPLE);
    match Document::parse(text.to_owned()).map_err(|_| wanted())?.root() {
        Node::List(items) => read(items),
        _ => Err(wanted()),
    }
}

const EXAMPLE: &str = "write it like [{account: legacy-*, reason: role not rolled out, expires: 2026-12-31}]";

pub fn read(items: &[Node]) -> Result<Vec<Arc<KnownGap>>, Problem> {
    if items.is_empty() {
        return Err(Problem::new("the list is empty").hint("leave the setting out"));
    }
    if items.len() > MOST {
        return Err(Problem::new(format!("the list is longer than {MOST}")));
    }
    let numbered = |(at, node): (usize, &Node)| {
        gap(node)
            .map(Arc::new)
            .map_err(|problem| Problem { text: format!("known gap {}: {}", at + 1, problem.text), ..problem })
    };
    items.iter().enumerate().map(numbered).collect()
}

fn gap(node: &Node) -> Result<KnownGap, Problem> {
    let Node::Map(map) = node else { return Err(Problem::new("it is not a mapping").hint(EXAMPLE)) };
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for (name, node) in map {
        let Some(known) = NAMES.into_iter().find(|known| known == name) else {
            let problem = Problem::new(format!("a known gap has no '{name}'"));
            return Err(match closest(name, NAMES) {
                Some(meant) => problem.hint(format!("did you mean '{meant}'?")),
                None => problem.hint(format!("one of: {}", NAMES.join(", "))),
            });
        };
        let value = line(node)
            .map_err(|problem| Problem { text: format!("'{known}': {}", problem.text), ..problem })?;
        if found.insert(known, value).is_some() {
            return Err(Problem::new(format!("it has '{known}' twice")));
        }
    }
    let mut pattern = |name: &str| found.remove(name).map(|text| self::pattern(name, &text)).transpose();
    let (account, region, table) = (pattern("account")?, pattern("region")?, pattern("table")?);
    let all = |pattern: &Option<NamePattern>| pattern.as_ref().is_none_or(|p| p.as_str() == "*");
    if all(&account) && all(&region) {
        return Err(Problem::new("it names neither an account nor a region")
            .hint("without one it would excuse every failure"));
    }
    let Some(reason) = found.remove("reason") else {
        return Err(Problem::new("it has no 'reason'").hint("whoever reads the answer wants to know why"));
    };
    let Some(expires) = found.remove("expires") else {
        return Err(Problem::new("it has no 'expires'")
            .hint("say until when it is accepted, such as expires: 2026-12-31"));
    };
    let expires = expires
        .parse::<NaiveDate>()
        .map_err(|_| Problem::new(format!("'{expires}' is not a date")).hint("write it like 2026-12-31"))?;
    Ok(KnownGap { account, region, table, reason, expires })
}

fn pattern(name: &str, text: &str) -> Result<NamePattern, Problem> {
    let pattern =
        NamePattern::parse(text).map_err(|error| Problem::new(format!("'{name}': {}", error.message())))?;
    if pattern.is_negated() {
        return Err(Problem::new(format!("'{name}': '{text}' excludes"))
            .hint("a known gap says what is missing, not what is not"));
    }
    Ok(pattern)
}

/// In the form of a variable.
pub fn text(gaps: &[Arc<KnownGap>]) -> String {
    let gaps: Vec<String> = gaps.iter().map(|gap| one(gap)).collect();
    format!("[{}]", gaps.join(", "))
}

fn one(gap: &KnownGap) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let patterns = [("account", &gap.account), ("region", &gap.region), ("table", &gap.table)];
    let mut parts: Vec<String> = patterns
        .iter()
        .filter_map(|(name, pattern)| Some(format!("{name}: {}", quoted(pattern.as_ref()?.as_str()))))
        .collect();
    parts.push(format!("reason: {}", quoted(&gap.reason)));
    parts.push(format!("expires: {}", gap.expires));
    format!("{{{}}}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_says_where_why_and_until_when() {
        let gaps = parse(
            "[{account: legacy-*, region: 'eu-*', table: aws_s3_*, reason: no role, expires: 2026-12-31}, \
              {account: 123456789012, reason: \"it's closed\", expires: '2027-01-01'}]",
        )
        .unwrap();
        assert_eq!(gaps[0].place(), "account legacy-*, region eu-*, table aws_s3_*");
        assert_eq!(
            (gaps[1].reason.as_str(), gaps[1].expires.to_string().as_str()),
            ("it's closed", "2027-01-01")
        );
        assert_eq!(parse(&text(&gaps)).unwrap(), gaps, "{}", text(&gaps));
    }

    #[test]
    fn a_gap_without_a_reason_an_end_or_a_place_is_refused() {
        for (yaml, why) in [
            ("[{account: a, expires: 2026-12-31}]", "known gap 1: it has no 'reason'"),
            ("[{account: a, reason: r}]", "known gap 1: it has no 'expires'"),
            ("[{account: a, reason: r, expires: soon}]", "known gap 1: 'soon' is not a date"),
            ("[{account: a, reason: r, expires: 2026-02-30}]", "known gap 1: '2026-02-30' is not a date"),
            ("[{reason: r, expires: 2026-12-31}]", "known gap 1: it names neither an account nor a region"),
            (
                "[{account: '*', table: t, reason: r, expires: 2026-12-31}]",
                "known gap 1: it names neither an account nor a region",
            ),
            ("[{account: '!a', reason: r, expires: 2026-12-31}]", "known gap 1: 'account': '!a' excludes"),
            (
                "[{account: '[', reason: r, expires: 2026-12-31}]",
                "known gap 1: 'account': '[' is not a valid pattern",
            ),
            ("[{acount: a}]", "known gap 1: a known gap has no 'acount'"),
            ("[{account: a, account: b}]", "known gap 1: it has 'account' twice"),
            ("[a]", "known gap 1: it is not a mapping"),
            ("[]", "the list is empty"),
            ("account: a", "it is not a list of known gaps"),
            ("[{", "it is not a list of known gaps"),
        ] {
            assert_eq!(parse(yaml).unwrap_err().text, why, "{yaml}");
        }
    }

    #[test]
    fn a_region_alone_is_a_place() {
        let gaps = parse("[{account: '*', region: ap-east-1, reason: SCP, expires: 2026-12-31}]").unwrap();
        assert_eq!(gaps[0].place(), "account *, region ap-east-1");
    }
}
