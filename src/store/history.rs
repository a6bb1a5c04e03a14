//! What was asked on this machine, how much of it answered and what it cost: one line for each statement.
//!
//! An SQLite file in the state folder, the owner's alone. What goes wrong with it is told in words; no answer
//! depends on it.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::model::{Spend, Timestamp, Usd};
use crate::settings::Paths;
use crate::store::file;

/// Statements that are kept; those asked longest ago go first.
const MOST: i64 = 10_000;
const BUSY: Duration = Duration::from_secs(2);
const TABLE: &str = "create table if not exists runs (
    id integer primary key autoincrement,
    statement text not null,
    body text not null
)";

/// One statement that was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts up; 0 before it is kept.
    #[serde(skip)]
    pub id: i64,
    pub at: Timestamp,
    #[serde(skip)]
    pub statement: String,
    /// Values of `$1`, `$2` ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    pub plan_id: String,
    /// Where it was asked: a context, a demo organization.
    pub asked_of: String,
    pub rows: u64,
    pub complete: bool,
    /// Units asked, and those that answered.
    pub asked: u64,
    pub answered: u64,
    #[serde(flatten)]
    pub spend: Spend,
    #[serde(serialize_with = "picos", deserialize_with = "of_picos")]
    pub usd: Usd,
    pub duration_ms: u64,
    /// Why it failed midway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Exactly, as text.
fn picos<S: serde::Serializer>(usd: &Usd, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&usd.exact())
}

fn of_picos<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// Safe to use from several processes at once.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
}

impl History {
    pub fn of(paths: &Paths) -> History {
        History { path: paths.state.join("history.sqlite") }
    }

    pub fn add(&self, entry: &Entry) -> Result<(), String> {
        let body = serde_json::to_string(entry).map_err(|e| e.to_string())?;
        let connection = self.open()?;
        let added = connection
            .execute("insert into runs (statement, body) values (?, ?)", params![entry.statement, body])
            .and_then(|_| {
                let last = connection.last_insert_rowid();
                connection.execute("delete from runs where id <= ?", [last - MOST])
            });
        added.map(drop).map_err(|error| self.words(&error))
    }

    /// The latest first.
    pub fn latest(&self, most: usize) -> Result<Vec<Entry>, String> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let connection = self.open()?;
        let read = || -> rusqlite::Result<Vec<Entry>> {
            let mut found =
                connection.prepare("select id, statement, body from runs order by id desc limit ?")?;
            let rows = found.query_map([i64::try_from(most).unwrap_or(i64::MAX)], entry)?;
            rows.collect::<rusqlite::Result<Vec<_>>>().map(|rows| rows.into_iter().flatten().collect())
        };
        read().map_err(|error| self.words(&error))
    }

    pub fn get(&self, id: i64) -> Result<Option<Entry>, String> {
        if !self.path.exists() {
            return Ok(None);
        }
        let found = self.open()?.query_row("select id, statement, body from runs where id = ?", [id], entry);
        found.optional().map(Option::flatten).map_err(|error| self.words(&error))
    }

    fn open(&self) -> Result<Connection, String> {
        if let Some(folder) = self.path.parent() {
            file::make_folder(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        // Made before SQLite makes it, which would let everybody read.
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        let opened = Connection::open(&self.path).and_then(|connection| {
            connection.busy_timeout(BUSY)?;
            connection.execute(TABLE, [])?;
            Ok(connection)
        });
        opened.map_err(|error| self.words(&error))
    }

    fn words(&self, error: &rusqlite::Error) -> String {
        format!("{}: {error}", self.path.display())
    }
}

/// A line that another version wrote, and that says less or more than an entry, is none.
fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Entry>> {
    let (id, statement, body): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(serde_json::from_str::<Entry>(&body).ok().map(|entry| Entry { id, statement, ..entry }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(folder: &std::path::Path) -> History {
        let path = folder.to_path_buf();
        History::of(&Paths { config: path.clone(), cache: path.clone(), data: path.clone(), state: path })
    }

    fn sample(statement: &str) -> Entry {
        let mut spend = Spend::default();
        spend.call("ec2:DescribeVpcs", 2);
        Entry {
            id: 0,
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            statement: statement.to_owned(),
            values: vec!["a".to_owned()],
            plan_id: "p".to_owned(),
            asked_of: "aws".to_owned(),
            rows: 3,
            complete: true,
            asked: 2,
            answered: 2,
            spend,
            usd: "0.000004".parse().unwrap(),
            duration_ms: 12,
            error: None,
        }
    }

    #[test]
    fn what_was_asked_comes_back_the_latest_first() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        assert_eq!(history.latest(5).unwrap(), []);
        assert_eq!(history.get(1).unwrap(), None);
        history.add(&sample("select 1")).unwrap();
        history.add(&sample("select 2")).unwrap();
        let latest = history.latest(1).unwrap();
        assert_eq!(latest, [Entry { id: 2, ..sample("select 2") }]);
        assert_eq!(history.get(1).unwrap(), Some(Entry { id: 1, ..sample("select 1") }));
        assert_eq!(history.get(7).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        history.add(&sample("select 1")).unwrap();
        let mode = std::fs::metadata(&history.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_history_is_told_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        std::fs::write(&history.path, "x".repeat(5000)).unwrap();
        assert!(history.add(&sample("select 1")).unwrap_err().contains("history.sqlite"));
        assert!(history.latest(1).is_err());
        assert_eq!(std::fs::read_to_string(&history.path).unwrap().len(), 5000);
    }
}
