//! What an answer covers: every unit that was asked, might have been asked, or failed.
//!
//! Rule 1 of the house: a failed unit is never an empty one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Fault, KnownGap, Region, Timestamp};

/// One account x region x table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitKey {
    pub account_id: AccountId,
    pub region: Region,
    pub table: Arc<str>,
}

/// Why a unit was left out on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// LIMIT was satisfied before its turn came.
    Limit,
    /// Only what is kept was wanted (`--cached`), and nothing is kept of it.
    NotCached,
    /// The statement was answered without this table: the other side of its join had no row.
    NotNeeded,
    /// What the statement names is not there: it may be in another account or region.
    Absent,
    /// The service keeps no record there: logging is off.
    NotLogged,
}

impl NotAsked {
    pub fn as_str(self) -> &'static str {
        match self {
            NotAsked::Limit => "limit",
            NotAsked::NotCached => "not_cached",
            NotAsked::NotNeeded => "not_needed",
            NotAsked::Absent => "absent",
            NotAsked::NotLogged => "not_logged",
        }
    }

    /// Rows past a LIMIT were not wanted; those of a unit that is not kept were.
    pub fn leaves_answer_complete(self) -> bool {
        self != NotAsked::NotCached
    }
}

/// Columns whose value could not be found out for some rows: their NULLs mean unknown.
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

/// One line of the ledger. Names are shared between lines: there may be tens of thousands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnitRecord {
    #[serde(flatten)]
    pub key: UnitKey,
    pub account_name: Arc<str>,
    #[serde(skip)]
    pub ou_path: Option<Arc<str>>,
    #[serde(flatten)]
    pub status: UnitStatus,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown: Vec<UnknownColumns>,
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
    pub duration_ms: u64,
    /// Which source answered: `api`, `config` ...
    pub source: Arc<str>,
    /// Why not the source that was to answer it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub because: Option<Arc<str>>,
    /// Where the rows were kept from an earlier run: as of when they were. Such a unit cost no call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<Timestamp>,
    /// The operator said beforehand that this would be missing.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub known_gap: Option<Arc<KnownGap>>,
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

    /// Neither excused nor missing in a known gap.
    pub fn counts_as_asked(&self) -> bool {
        !self.is_excused() && self.known_gap.is_none()
    }

    /// No row and no value of it is missing.
    pub fn is_whole(&self) -> bool {
        self.unknown.is_empty() && (self.is_answered() || self.is_excused())
    }

    /// `false` if rows or values may be missing from the answer because of this unit.
    pub fn is_complete(&self) -> bool {
        self.known_gap.is_some() || self.is_whole()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub asked: u64,
    /// Those of the asked units whose every row arrived; some values may be unknown.
    pub answered: u64,
    /// Units that are missing in a known gap; they are not asked for.
    pub known_gaps: u64,
    /// Of those answered, from rows kept by an earlier run.
    pub cached: u64,
    /// Those of the asked units of which neither rows nor values are missing.
    pub whole: u64,
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
}

impl Totals {
    /// The share of what was asked that answered wholly; everything, where nothing was asked.
    pub fn ratio(&self) -> f64 {
        if self.asked == 0 { 1.0 } else { self.whole as f64 / self.asked as f64 }
    }

    /// Whether `share` of what was asked (1 is all of it) answered wholly.
    pub fn reaches(&self, share: f64) -> bool {
        self.whole == self.asked || share < 1.0 && self.ratio() >= share
    }
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

    /// Whether enough answered for `share` of what was asked (1 is all of it), which is for the operator
    /// to say. It makes no incomplete answer complete.
    pub fn reaches(&self, share: f64) -> bool {
        self.is_complete() || share < 1.0 && self.totals().reaches(share)
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for unit in &self.units {
            totals.calls += unit.calls;
            totals.rows += unit.rows;
            totals.bytes += unit.bytes;
            totals.known_gaps += u64::from(unit.known_gap.is_some());
            if unit.counts_as_asked() {
                totals.asked += 1;
                totals.answered += u64::from(unit.is_answered());
                totals.cached += u64::from(unit.as_of.is_some());
                totals.whole += u64::from(unit.is_whole());
            }
        }
        totals
    }

    /// How many units each source answered, where more than one did or one was to; and why not another.
    pub fn routes(&self) -> BTreeMap<(&str, Option<&str>), u64> {
        let mut routes = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| unit.is_answered() || !unit.is_excused()) {
            if !unit.source.is_empty() {
                *routes.entry((&*unit.source, unit.because.as_deref())).or_insert(0) += 1;
            }
        }
        routes
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
