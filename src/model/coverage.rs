//! What an answer covers: every unit that was asked, might have been asked, or failed.
//!
//! Rule 1 of the house: a failed unit is never an empty one.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Fault, Region, Timestamp};

/// One account x region x table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitKey {
    pub account_id: AccountId,
    pub region: Region,
    pub table: String,
}

/// Why a unit was left out on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// LIMIT was satisfied before its turn came.
    Limit,
    /// Only what is kept was wanted (`--cached`), and nothing is kept of it.
    NotCached,
}

impl NotAsked {
    pub fn as_str(self) -> &'static str {
        match self {
            NotAsked::Limit => "limit",
            NotAsked::NotCached => "not_cached",
        }
    }

    /// Rows past a LIMIT were not wanted; those of a unit that is not kept were.
    pub fn leaves_answer_complete(self) -> bool {
        self == NotAsked::Limit
    }
}

/// Columns whose detail call failed for some rows: their NULLs mean unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownColumns {
    pub columns: Vec<String>,
    pub rows: u64,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum UnitStatus {
    /// Every row arrived.
    Answered,
    /// Every row arrived; there were none.
    Empty,
    /// Rows arrived until this happened.
    Truncated {
        fault: Fault,
    },
    /// Nothing can be said about this unit.
    Failed {
        fault: Fault,
    },
    NotAsked {
        reason: NotAsked,
    },
}

impl UnitStatus {
    /// As the ledger's JSON says it.
    pub fn as_str(&self) -> &'static str {
        match self {
            UnitStatus::Answered => "answered",
            UnitStatus::Empty => "empty",
            UnitStatus::Truncated { .. } => "truncated",
            UnitStatus::Failed { .. } => "failed",
            UnitStatus::NotAsked { .. } => "not_asked",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnitRecord {
    #[serde(flatten)]
    pub key: UnitKey,
    pub account_name: String,
    #[serde(flatten)]
    pub status: UnitStatus,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown: Vec<UnknownColumns>,
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
    pub duration_ms: u64,
    /// Which source answered: `api`, `config` ...
    pub source: String,
    /// Where the rows were kept from an earlier run: as of when they were. Such a unit cost no call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<Timestamp>,
}

impl UnitRecord {
    pub fn fault(&self) -> Option<&Fault> {
        match &self.status {
            UnitStatus::Truncated { fault } | UnitStatus::Failed { fault } => Some(fault),
            _ => None,
        }
    }

    /// Every row arrived.
    pub fn is_answered(&self) -> bool {
        matches!(self.status, UnitStatus::Answered | UnitStatus::Empty)
    }

    /// Left out on purpose, or nothing there that an answer could miss.
    pub fn is_excused(&self) -> bool {
        match &self.status {
            UnitStatus::NotAsked { reason } => reason.leaves_answer_complete(),
            _ => self.fault().is_some_and(|f| f.kind.leaves_answer_complete()),
        }
    }

    /// `false` if rows or values may be missing from the answer because of this unit.
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty() && (self.is_answered() || self.is_excused())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub asked: u64,
    pub answered: u64,
    /// Of those answered, from rows kept by an earlier run.
    pub cached: u64,
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// The finished ledger of one answer.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pub units: Vec<UnitRecord>,
}

impl Coverage {
    pub fn is_complete(&self) -> bool {
        self.units.iter().all(UnitRecord::is_complete)
    }

    /// Units past a LIMIT, suspended accounts and disabled regions are not "asked".
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for unit in &self.units {
            totals.calls += unit.calls;
            totals.rows += unit.rows;
            totals.bytes += unit.bytes;
            if !unit.is_excused() {
                totals.asked += 1;
                totals.answered += u64::from(unit.is_answered());
                totals.cached += u64::from(unit.as_of.is_some());
            }
        }
        totals
    }

    /// As of when the oldest kept rows of the answer were.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.units.iter().filter_map(|unit| unit.as_of).min()
    }

    /// Everything that is not plainly answered: faults, unknown columns, units not asked.
    pub fn exceptions(&self) -> impl Iterator<Item = &UnitRecord> {
        self.units.iter().filter(|u| !u.unknown.is_empty() || !u.is_answered())
    }
}

/// The coverage being written while units run. Shared by all of them.
///
/// A unit is opened when planned and closed when it ends; one never closed counts as cancelled, so
/// that an interrupted run accounts for every unit.
#[derive(Debug, Default)]
pub struct Ledger {
    units: Mutex<BTreeMap<UnitKey, Option<UnitRecord>>>,
    names: Mutex<BTreeMap<AccountId, String>>,
}

impl Ledger {
    pub fn open(&self, key: UnitKey, account_name: &str) {
        self.names.lock().entry(key.account_id.clone()).or_insert_with(|| account_name.to_owned());
        self.units.lock().entry(key).or_insert(None);
    }

    /// Records how a unit ended. A unit scanned twice in one query (a self join) is summed; the
    /// worse status stays.
    pub fn close(&self, record: UnitRecord) {
        let mut units = self.units.lock();
        let slot = units.entry(record.key.clone()).or_insert(None);
        *slot = Some(match slot.take() {
            None => record,
            Some(earlier) => merge(earlier, record),
        });
    }

    /// How many units are planned, how many are closed, and what the closed ones add up to.
    pub fn progress(&self) -> (usize, usize, Totals) {
        let units = self.units.lock();
        let closed: Vec<UnitRecord> = units.values().flatten().cloned().collect();
        (units.len(), closed.len(), Coverage { units: closed }.totals())
    }

    /// The coverage as it stands; units still open are filled in by `unfinished`.
    pub fn snapshot(&self, unfinished: impl Fn() -> UnitStatus) -> Coverage {
        let names = self.names.lock();
        let units = self.units.lock();
        let units = units
            .iter()
            .map(|(key, record)| {
                record.clone().unwrap_or_else(|| UnitRecord {
                    key: key.clone(),
                    account_name: names.get(&key.account_id).cloned().unwrap_or_default(),
                    status: unfinished(),
                    unknown: Vec::new(),
                    calls: 0,
                    rows: 0,
                    bytes: 0,
                    duration_ms: 0,
                    source: String::new(),
                    as_of: None,
                })
            })
            .collect();
        Coverage { units }
    }
}

fn merge(a: UnitRecord, b: UnitRecord) -> UnitRecord {
    let severity = |status: &UnitStatus| match status {
        UnitStatus::Failed { .. } => 4,
        UnitStatus::Truncated { .. } => 3,
        UnitStatus::NotAsked { .. } => 2,
        UnitStatus::Answered => 1,
        UnitStatus::Empty => 0,
    };
    let (worse, other) = if severity(&a.status) >= severity(&b.status) { (a, b) } else { (b, a) };
    let mut unknown = worse.unknown;
    unknown.extend(other.unknown);
    UnitRecord {
        unknown,
        as_of: worse.as_of.into_iter().chain(other.as_of).min(),
        calls: worse.calls + other.calls,
        rows: worse.rows + other.rows,
        bytes: worse.bytes + other.bytes,
        duration_ms: worse.duration_ms + other.duration_ms,
        ..worse
    }
}
