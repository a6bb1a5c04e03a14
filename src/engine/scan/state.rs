//! One scan under way: which units it still owes the ledger.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::engine::scan::run::Run;
use crate::engine::scan::scheduler::GRACE;
use crate::engine::scan::selection::{self, Regions};
use crate::engine::scan::spec::ScanSpec;
use crate::model::{Account, Fault, FaultKind, NotAsked, Region, Timestamp, UnitKey, UnitRecord, UnitStatus};
use crate::org::RegionState;

/// Why units are left when a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// The answer was complete without them.
    NotNeeded,
    /// Interrupted, or failed; the text says which.
    Cancelled(String),
}

impl Unfinished {
    /// How a unit that had delivered `rows` when the run ended is written down.
    pub fn status(&self, rows: u64) -> UnitStatus {
        let fault = |why: &String| Fault::new(FaultKind::Cancelled, why.clone());
        match self {
            Unfinished::NotNeeded if rows > 0 => UnitStatus::Answered,
            Unfinished::NotNeeded => UnitStatus::NotAsked { reason: NotAsked::Limit },
            Unfinished::Cancelled(why) if rows > 0 => UnitStatus::Truncated { fault: fault(why) },
            Unfinished::Cancelled(why) => UnitStatus::Failed { fault: fault(why) },
        }
    }
}

/// What a unit cut short had cost until then.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
    pub duration_ms: u64,
    pub as_of: Option<Timestamp>,
}

#[derive(Default)]
struct Owed {
    /// Accounts whose units are not known yet.
    accounts: VecDeque<Arc<Account>>,
    open: BTreeMap<UnitKey, (Arc<Account>, Spent)>,
    /// Disabled regions: account, region, and whether they are reported in any case.
    disabled: Vec<(Arc<Account>, Region, bool)>,
    enabled: BTreeSet<Region>,
}

pub struct ScanState {
    pub spec: Arc<ScanSpec>,
    pub run: Arc<Run>,
    started: AtomicBool,
    delivered: AtomicUsize,
    /// Rings when the limit is reached.
    pub satisfied: Notify,
    owed: Mutex<Owed>,
    scheduler: Mutex<Option<SpawnedTask<()>>>,
}

impl ScanState {
    pub fn new(spec: Arc<ScanSpec>, run: Arc<Run>) -> Arc<Self> {
        Arc::new(Self {
            spec,
            run,
            started: AtomicBool::new(false),
            delivered: AtomicUsize::new(0),
            satisfied: Notify::new(),
            owed: Mutex::default(),
            scheduler: Mutex::default(),
        })
    }

    /// Starts the scheduler; [`ScanState::settle`] waits for it.
    pub fn drive(&self, scheduler: impl Future<Output = ()> + Send + 'static) {
        *self.scheduler.lock() = Some(SpawnedTask::spawn(scheduler));
    }

    /// Whether a unit that has handed on rows is still running.
    pub fn has_delivering_units(&self) -> bool {
        self.owed.lock().open.values().any(|(_, spent)| spent.rows > 0)
    }

    /// Takes stock of the accounts. Suspended ones are written down at once: they refuse every call.
    pub fn start(self: &Arc<Self>) -> Result<Vec<Arc<Account>>> {
        self.run.enlist(self);
        let selected = selection::accounts(&self.spec, &self.run)?;
        self.started.store(true, Ordering::SeqCst);
        let (asked, refused): (Vec<_>, Vec<_>) = selected.into_iter().partition(|a| a.status.can_be_asked());
        for account in refused {
            let message =
                format!("the account is {}", account.status.as_str().to_lowercase().replace('_', " "));
            let status = UnitStatus::Failed { fault: Fault::new(FaultKind::Suspended, message) };
            self.write(&account, Region::global(), status, Spent::default());
        }
        self.owed.lock().accounts = asked.iter().cloned().collect();
        Ok(asked)
    }

    /// The units of one account, opened in the ledger.
    pub fn expand(&self, account: &Arc<Account>, all: &[RegionState]) -> Result<Vec<Region>> {
        let found: Regions = selection::regions(&self.spec, &self.run, account, all)?;
        let mut owed = self.owed.lock();
        owed.accounts.retain(|a| a.id != account.id);
        for region in &found.asked {
            let key = self.key(account, region);
            self.run.ledger.open(key.clone(), &account.name);
            owed.open.insert(key, (Arc::clone(account), Spent::default()));
            owed.enabled.insert(region.clone());
        }
        let disabled = found.disabled.into_iter().map(|region| (Arc::clone(account), region, found.chosen));
        owed.disabled.extend(disabled);
        Ok(found.asked)
    }

    pub fn close(&self, record: UnitRecord) {
        self.owed.lock().open.remove(&record.key);
        self.record(record);
    }

    /// Remembers what an unfinished unit cost; how it ended is decided when the run ends.
    pub fn spent(&self, key: &UnitKey, spent: Spent) {
        if let Some((_, so_far)) = self.owed.lock().open.get_mut(key) {
            *so_far = spent;
        }
    }

    /// Counts rows handed on; `true` once the limit is reached.
    pub fn deliver(&self, rows: usize) -> bool {
        self.delivered.fetch_add(rows, Ordering::SeqCst);
        let done = self.is_satisfied();
        if done {
            self.satisfied.notify_one();
        }
        done
    }

    pub fn is_satisfied(&self) -> bool {
        self.spec.limit.is_some_and(|limit| self.delivered.load(Ordering::SeqCst) >= limit)
    }

    pub async fn settle(self: &Arc<Self>, unfinished: &Unfinished) {
        let scheduler = self.scheduler.lock().take();
        if let Some(scheduler) = scheduler {
            // Its channel is closed by now; one that does not end is dropped, which aborts it.
            let _ = tokio::time::timeout(GRACE * 3, scheduler.join()).await;
        }
        if !self.started.load(Ordering::SeqCst) {
            // A scan that was not needed (the other side of a join was empty) was not asked for.
            if *unfinished == Unfinished::NotNeeded || self.start().is_err() {
                return;
            }
        }
        loop {
            let Some(account) = self.owed.lock().accounts.front().cloned() else { break };
            let known = self.run.accounts.known_regions(&account.id);
            let regions =
                known.unwrap_or_else(|| taken_for_enabled(self.run.accounts.known_fallback_regions()));
            if self.expand(&account, &regions).is_err() {
                self.owed.lock().accounts.pop_front();
            }
        }
        let (open, disabled) = {
            let mut owed = self.owed.lock();
            let open = std::mem::take(&mut owed.open);
            let enabled = std::mem::take(&mut owed.enabled);
            let mut disabled = std::mem::take(&mut owed.disabled);
            // Off here but on in another account of this run: the reader might expect it.
            disabled.retain(|(_, region, chosen)| *chosen || enabled.contains(region));
            (open, disabled)
        };
        for (key, (account, spent)) in open {
            self.write(&account, key.region, unfinished.status(spent.rows), spent);
        }
        for (account, region, _) in disabled {
            let message = format!("{region} is not enabled in this account");
            let status = UnitStatus::Failed { fault: Fault::new(FaultKind::RegionDisabled, message) };
            self.write(&account, region, status, Spent::default());
        }
    }

    pub fn key(&self, account: &Account, region: &Region) -> UnitKey {
        UnitKey {
            account_id: account.id.clone(),
            region: region.clone(),
            table: self.spec.table.name.clone(),
        }
    }

    fn record(&self, record: UnitRecord) {
        let fault = record.fault().map(|fault| fault.kind.as_str());
        tracing::debug!(
            table = record.key.table,
            account = record.key.account_id.as_str(),
            region = record.key.region.as_str(),
            status = record.status.as_str(),
            fault,
            rows = record.rows,
            calls = record.calls,
            ms = record.duration_ms,
            "unit closed"
        );
        self.run.ledger.close(record);
    }

    fn write(&self, account: &Account, region: Region, status: UnitStatus, spent: Spent) {
        self.record(UnitRecord {
            key: self.key(account, &region),
            account_name: account.name.clone(),
            status,
            unknown: Vec::new(),
            calls: spent.calls,
            rows: spent.rows,
            bytes: spent.bytes,
            duration_ms: spent.duration_ms,
            source: self.spec.source.name().to_owned(),
            as_of: spent.as_of,
        });
    }
}

/// Regions nobody vouched for, taken for enabled: asking tells.
pub fn taken_for_enabled(regions: Vec<Region>) -> Arc<Vec<RegionState>> {
    Arc::new(regions.into_iter().map(|region| RegionState { region, enabled: true }).collect())
}
