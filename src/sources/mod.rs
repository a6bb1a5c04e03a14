//! How the rows of one unit are fetched and become Arrow columns.
//!
//! A source knows tables and calls; it knows nothing of SQL, of other units, or of how many run.

pub mod api;
mod budget;
pub mod cached;
mod calls;
mod computed;
pub mod config;
mod convert;
pub mod cost;
pub mod cur;
pub mod field;
mod instant;
pub mod invocations;
pub mod logs;
pub mod metrics;
pub mod objects;
pub mod organizations;
mod place;
mod policy;
mod project;
mod reader;
pub mod router;
mod row;
mod transform;
mod unit;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use async_trait::async_trait;

use crate::aws::ActionSet;
use crate::catalog::table::{Operator, Table};
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, Json, Meter, NotAsked, Region, Timestamp};
use crate::settings::SourceChoice;
pub use calls::{
    Access, MissingKeys, PlannedCalls, PlannedDetail, equal_values, names_own, planned_calls,
    required_actions, rounds,
};
pub use place::{Place, account_named};
pub use reader::Reader;
pub use unit::Assignment;

/// What every unit of one scan is asked.
#[derive(Debug)]
pub struct ScanRequest {
    pub table: Arc<Table>,
    /// Indices into `table.columns`, in the order of the output batches. May be empty (`count(*)`).
    pub columns: Vec<usize>,
    /// Predicates on key columns that may travel to the service; the engine applies them again.
    pub quals: BTreeMap<String, Vec<Qual>>,
    /// Predicates on columns that AWS Config records, key columns among them; applied again like those.
    pub recorded_quals: BTreeMap<String, Vec<Qual>>,
    /// Which source the statement itself asks for.
    pub source: SourceChoice,
    /// Values of key columns that belong together: only these combinations are asked for. `quals` hold
    /// every value of every column. Empty where the columns do not depend on each other.
    pub tuples: Vec<Assignment>,
    /// Rows of these regions are dropped before their details are asked for, where a unit's rows belong to
    /// several regions. What is in none of them, or nobody knows where, is the engine's to judge.
    pub left_out: BTreeSet<Region>,
    /// No unit needs to deliver more rows than this.
    pub limit: Option<usize>,
    /// The first rows may be enough, and nobody can say how many: no more is asked ahead than is asked for.
    pub first_rows: bool,
    pub actions: ActionSet,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Qual {
    pub operator: Operator,
    /// Several values mean IN.
    pub values: Vec<Json>,
}

#[derive(Clone, Debug)]
pub struct UnitTask {
    pub account: Arc<Account>,
    pub region: Region,
    pub request: Arc<ScanRequest>,
    /// Counts the unit's calls as they end: the ledger knows them even of a unit that is cut short.
    pub meter: Arc<Meter>,
}

/// How a unit ended, for the ledger. The rows went through the sink, the calls through the meter.
#[derive(Clone, Debug, Default)]
pub struct UnitOutcome {
    pub fault: Option<Fault>,
    pub rows: u64,
    /// Where the rows were kept from an earlier run: as of when they were.
    pub as_of: Option<Timestamp>,
    /// Why nobody was asked.
    pub not_asked: Option<NotAsked>,
    /// Who answered, where that is decided unit by unit.
    pub source: Option<&'static str>,
    /// Why not the source that answers the others.
    pub because: Option<String>,
}

/// An account that a scan is about to ask.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub account: Arc<Account>,
    /// The regions of its units, as far as that is known without asking it.
    pub asked: Vec<Region>,
    /// Regions that would be asked too if they are on in this account, which nobody knows.
    pub perhaps: Vec<Region>,
    /// Its regions that are on, whatever is asked of them.
    pub enabled: Vec<Region>,
    /// Whether the account itself said which regions it has.
    pub are_known: bool,
}

/// What is known beforehand of how a scan is answered.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Units that are asked nothing: others' calls answer for them.
    pub spared: HashSet<(AccountId, Region)>,
    /// Those calls: operation and times.
    pub calls: Vec<(&'static str, u64)>,
    /// The operation that brings the rows, the times that it is called at least, and rows of a page.
    pub pages: Option<(&'static str, u64, u64)>,
}

/// What a source found out before the units of a scan are asked.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The regions of accounts that need not be asked for theirs.
    pub regions: HashMap<AccountId, Vec<Region>>,
    /// What the operator should hear.
    pub notes: Vec<String>,
}

/// An account and its regions, where a source itself says which there are.
#[derive(Clone, Debug)]
pub struct OwnUnit {
    pub account: Arc<Account>,
    pub regions: Vec<Region>,
}

/// What a hand-made source calls, where its table's file cannot say.
#[derive(Clone, Debug, Default)]
pub struct CallsByHand {
    /// The first is made once a unit, each later one for what the one before found.
    pub operations: Vec<String>,
    /// Of the run's sessions, exact; some confined to what they are about.
    pub actions: BTreeSet<String>,
    /// Of sessions that are opened once it is known what about.
    pub later: BTreeSet<String>,
}

/// Where a unit's rows go. Waits while the consumer is busy; says stop when nobody wants more.
#[async_trait]
pub trait RowSink: Send {
    async fn send(&mut self, batch: RecordBatch) -> std::ops::ControlFlow<()>;
}

#[async_trait]
pub trait Source: Send + Sync {
    /// `api`, `organizations`: shows as `_source` and in the coverage.
    fn name(&self) -> &'static str;

    /// Whether a scan can be asked at all, before anything is: an error says what the statement must change.
    fn check(&self, _: &Table, _columns: &[usize], _: &BTreeMap<String, Vec<Qual>>) -> Result<(), Error> {
        Ok(())
    }

    /// Whether the service applies a predicate on a key column just as SQL does, so that the column need not
    /// be fetched to apply it again.
    fn applies(&self, _column: &str, _: &Qual) -> bool {
        false
    }

    /// Whether rows of an earlier run would answer the unit. Asks nobody.
    async fn keeps(&self, _: &UnitTask) -> bool {
        false
    }

    /// The units there are, where no organization says: what lies in folders of this machine. Asks nobody.
    async fn own_units(&self, _: &BTreeMap<String, Vec<Qual>>) -> Result<Option<Vec<OwnUnit>>> {
        Ok(None)
    }

    fn calls_by_hand(&self, _: &BTreeMap<String, Vec<Qual>>) -> Option<CallsByHand> {
        None
    }

    /// What besides the request decides the rows, for those that keep them; `None` where they are not to
    /// be kept.
    fn variant(&self, _: &ScanRequest) -> Option<String> {
        Some(String::new())
    }

    /// Whether it would answer a scan of so many units in more than one way, and so wants to be opened.
    fn chooses(&self, _: &ScanRequest, _: usize) -> bool {
        false
    }

    /// Finds out what it must know before the first unit of a scan. What that costs goes to the meter.
    async fn open(&self, _: &Arc<ScanRequest>, _: &[Candidate], _: &Arc<Meter>) -> Opened {
        Opened::default()
    }

    /// Operations that a unit may be asked besides those of its table.
    fn may_ask(&self, _: &ScanRequest, _: usize) -> Vec<&'static str> {
        Vec::new()
    }

    /// What a scan will take besides its table's calls, as far as earlier runs tell. Asks nobody.
    fn expects(&self, _: &ScanRequest, _: &[Candidate]) -> Expected {
        Expected::default()
    }

    /// Where a scan of so many units would be answered from, and why; nothing where there is no choice.
    fn describe(&self, _: &ScanRequest, _: usize) -> Option<String> {
        None
    }

    /// Fetches one unit. A failure is an outcome, never a panic and never an early return of rows as
    /// if they were all.
    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome;

    /// Ends what units that were cut short have left running at the service.
    async fn finish(&self) {}
}

#[cfg(test)]
pub mod tests {
    use std::ops::ControlFlow;

    use super::*;

    /// A sink that keeps what it is given.
    #[derive(Default)]
    pub struct Batches(pub Vec<RecordBatch>);

    #[async_trait]
    impl RowSink for Batches {
        async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
            self.0.push(batch);
            ControlFlow::Continue(())
        }
    }
}
