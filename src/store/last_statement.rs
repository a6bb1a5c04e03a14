//! The statement that was asked last, and which units it still lacks: what `--retry-failed` goes by.
//!
//! Written when a statement begins and when it ends. A process that is killed in between leaves what it
//! began with: rows fetched since then are part of that answer.

use serde::{Deserialize, Serialize};

use super::Store;
use crate::error::{Error, Result};
use crate::model::{Scope, Timestamp, UnitKey};

const KIND: &str = "statement";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastStatement {
    pub sql: String,
    /// Values of `$1`, `$2` ...
    #[serde(default)]
    pub values: Vec<String>,
    pub accounts: Vec<String>,
    pub ous: Vec<String>,
    pub tags: Vec<String>,
    pub regions: Vec<String>,
    /// Rows of the answer were fetched then or later, by the real clock.
    pub since: Timestamp,
    /// Units that did not answer, or not with all.
    pub unanswered: Vec<UnitKey>,
}

impl LastStatement {
    /// A statement that begins now.
    pub fn begun(sql: &str, values: &[String], scope: &Scope) -> LastStatement {
        let texts = |patterns: &[crate::model::NamePattern]| {
            patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
        };
        let tag = |(key, value): &(String, Option<crate::model::NamePattern>)| match value {
            Some(value) => format!("{key}={}", value.as_str()),
            None => key.clone(),
        };
        LastStatement {
            sql: sql.to_owned(),
            values: values.to_vec(),
            accounts: texts(&scope.accounts),
            ous: texts(&scope.ous),
            tags: scope.tags.iter().map(tag).collect(),
            regions: texts(&scope.regions),
            since: chrono::Utc::now(),
            unanswered: Vec::new(),
        }
    }

    pub fn scope(&self) -> Result<Scope> {
        Scope::parse(&self.accounts, &self.ous, &self.tags, &self.regions)
    }

    /// `place` tells apart what is asked: the statement of a demo is not the next one for AWS.
    pub fn keep(&self, store: &Store, place: &str) {
        // Text, instants and lists always serialise.
        if let Ok(text) = serde_json::to_string(self) {
            store.put(KIND, place, &text);
        }
    }

    pub fn of(store: &Store, place: &str) -> Result<LastStatement> {
        let kept = store.get(KIND, place, std::time::Duration::MAX);
        kept.and_then(|(text, _)| serde_json::from_str(&text).ok()).ok_or_else(|| {
            Error::usage("there is no last answer to complete")
                .hint("ask something first: canvass query \"select ...\"")
                .hint("the last answer is remembered for each context, endpoint and demo organization apart")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Region;
    use crate::settings::Paths;

    #[test]
    fn the_last_statement_of_a_place_comes_back_with_its_scope() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_path_buf();
        let paths = Paths { config: path.clone(), cache: path.clone(), data: path.clone(), state: path };
        let store = Store::open(&paths);
        assert_eq!(
            LastStatement::of(&store, "aws").unwrap_err().message(),
            "there is no last answer to complete"
        );
        let given = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let scope = Scope::parse(
            &given(&["pay-*", "!pay-dev"]),
            &given(&["Prod"]),
            &given(&["env=prod", "team"]),
            &given(&["eu-*"]),
        )
        .unwrap();
        let mut last = LastStatement::begun("select $1", &given(&["one"]), &scope);
        last.unanswered = vec![UnitKey {
            account_id: "100000000001".parse().unwrap(),
            region: Region::global(),
            table: "aws_vpc".into(),
        }];
        last.keep(&store, "aws");
        assert_eq!(LastStatement::of(&Store::open(&paths), "aws").unwrap(), last);
        assert_eq!(LastStatement::begun("", &[], &last.scope().unwrap()).tags, ["env=prod", "team"]);
        assert!(LastStatement::of(&store, "demo").is_err());
    }
}
