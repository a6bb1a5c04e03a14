//! One scan under way: which units it still owes the ledger.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::engine::estimate;
use crate::engine::scan::feed::Feed;
use crate::engine::scan::requests::quals_of;
use crate::engine::scan::run::{Run, SeenUnit};
use crate::engine::scan::scheduler::GRACE;
use crate::engine::scan::selection::{self, Regions};
use crate::engine::scan::spec::{ScanSpec, unit_column};
use crate::model::{
    Account, Fault, FaultKind, Meter, NotAsked, Region, Spend, Timestamp, UnitKey, UnitRecord, UnitStatus,
    UnknownColumns,
};
use crate::org::RegionState;
use crate::settings::duration;
use crate::sources::config;
use crate::sources::{ScanRequest, UnitTask, planned_calls};

/// Why units are left when a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// The answer was complete without them.
    NotNeeded,
    /// Interrupted, or failed; the text says which.
    Cancelled(String),
    /// The run's own deadline passed.
    TimedOut(Duration),
}

impl Unfinished {
    /// How a unit that had delivered `rows` when the run ended is written down.
    pub fn status(&self, rows: u64) -> UnitStatus {
        let fault = match self {
            Unfinished::NotNeeded if rows > 0 => return UnitStatus::Answered,
            Unfinished::NotNeeded => return UnitStatus::NotAsked { reason: NotAsked::Limit },
            Unfinished::Cancelled(why) => Fault::new(FaultKind::Cancelled, why.clone()),
            Unfinished::TimedOut(deadline) => {
                let text = format!("the run's deadline of {} passed", duration::text(*deadline));
                Fault::new(FaultKind::Cancelled, text)
            }
        };
        if rows > 0 { UnitStatus::Truncated { fault } } else { UnitStatus::Failed { fault } }
    }
}

/// How one unit ended, by its own account.
pub struct Ended {
    pub status: UnitStatus,
    pub as_of: Option<Timestamp>,
    /// Who answered, where that is decided unit by unit.
    pub source: Option<&'static str>,
    /// Why not the source that was to answer.
    pub because: Option<String>,
}

impl From<UnitStatus> for Ended {
    fn from(status: UnitStatus) -> Self {
        Self { status, as_of: None, source: None, because: None }
    }
}

/// A unit that the ledger still waits for.
struct Open {
    account: Arc<Account>,
    meter: Arc<Meter>,
    begun: Option<Instant>,
    /// How long it took, where it was cut short before the run ended.
    took: Option<Duration>,
    as_of: Option<Timestamp>,
    source: Option<&'static str>,
}

impl Open {
    fn new(account: &Arc<Account>, meter: Arc<Meter>) -> Self {
        Self { account: Arc::clone(account), meter, begun: None, took: None, as_of: None, source: None }
    }
}

#[derive(Default)]
struct Owed {
    /// Accounts whose units are not known yet.
    accounts: VecDeque<Arc<Account>>,
    /// Accounts that no key value leads to.
    needless: Vec<Arc<Account>>,
    open: BTreeMap<UnitKey, Open>,
    /// Disabled regions: account, region, and whether they are reported in any case.
    disabled: Vec<(Arc<Account>, Region, bool)>,
    enabled: BTreeSet<Region>,
}

pub struct ScanState {
    pub spec: Arc<ScanSpec>,
    pub run: Arc<Run>,
    /// The table's name and the source's, shared by all lines of the ledger.
    table: Arc<str>,
    source: Arc<str>,
    started: AtomicBool,
    /// A LIMIT stands above that this scan cannot see: most of its units may never be needed.
    is_limited: AtomicBool,
    delivered: AtomicUsize,
    /// What finding out cost before there was any unit: the first one's.
    opening: Mutex<Option<Arc<Meter>>>,
    /// Rings when the limit is reached.
    pub satisfied: Notify,
    /// What joins say of its columns.
    feeds: Mutex<Vec<Feed>>,
    /// What is sent to the service, in words, and the operations that may take.
    sent: OnceLock<Sent>,
    owed: Mutex<Owed>,
    scheduler: Mutex<Option<SpawnedTask<()>>>,
}

struct Sent {
    asked: String,
    planned: Arc<[String]>,
}

/// The accounts that can be asked, and those that refuse every call.
struct Selected {
    asked: Vec<Arc<Account>>,
    refused: Vec<Arc<Account>>,
}

impl ScanState {
    pub fn new(spec: Arc<ScanSpec>, run: Arc<Run>) -> Arc<Self> {
        Arc::new(Self {
            table: spec.table.name.as_str().into(),
            source: spec.source.name().into(),
            spec,
            run,
            started: AtomicBool::new(false),
            is_limited: AtomicBool::new(false),
            delivered: AtomicUsize::new(0),
            opening: Mutex::default(),
            satisfied: Notify::new(),
            feeds: Mutex::default(),
            sent: OnceLock::new(),
            owed: Mutex::default(),
            scheduler: Mutex::default(),
        })
    }

    /// Starts the scheduler; [`ScanState::settle`] waits for it.
    pub fn drive(&self, scheduler: impl Future<Output = ()> + Send + 'static) {
        *self.scheduler.lock() = Some(SpawnedTask::spawn(scheduler));
    }

    pub fn feed(&self, feed: Feed) {
        self.feeds.lock().push(feed);
    }

    pub fn feeds(&self) -> Vec<Feed> {
        self.feeds.lock().clone()
    }

    /// Remembers what is sent, before the first unit is asked: what is seen of units is kept under it.
    pub fn sends(&self, feeds: &[Feed]) {
        let quals = quals_of(&self.spec, feeds);
        let columns = self.spec.requested_columns(&self.run.settings.scope);
        let planned = planned_calls(&self.spec.table, &columns, &quals, &[]);
        let details = planned.details.into_iter().flat_map(|detail| detail.operations);
        let planned = planned.rows.into_iter().chain(details).collect();
        let _ = self
            .sent
            .set(Sent { asked: estimate::asked(&self.spec, feeds, &self.run.settings.scope), planned });
    }

    /// Tells the scan of a LIMIT above it that counts other rows than its own.
    pub fn limited_above(&self) {
        self.is_limited.store(true, Ordering::SeqCst);
    }

    /// Whether the first units may be enough, so that few are asked at once in the beginning.
    pub fn is_limited(&self) -> bool {
        self.spec.limit.is_some() || self.is_limited.load(Ordering::SeqCst)
    }

    /// Whether a unit that has handed on rows is still running.
    pub fn has_delivering_units(&self) -> bool {
        self.owed.lock().open.values().any(|unit| unit.meter.rows() > 0)
    }

    /// Takes stock of the accounts. Suspended ones are written down at once: they refuse every call.
    pub fn start(self: &Arc<Self>, concerns: impl Fn(&Account) -> bool) -> Result<Vec<Arc<Account>>> {
        self.run.enlist(self);
        let Selected { asked, refused } = self.select()?;
        let (asked, needless) = asked.into_iter().partition(|account| concerns(account));
        self.owed.lock().needless = needless;
        self.started.store(true, Ordering::SeqCst);
        for account in refused {
            let message =
                format!("the account is {}", account.status.as_str().to_lowercase().replace('_', " "));
            let status = UnitStatus::Failed { fault: Fault::new(FaultKind::Suspended, message) };
            self.write_unasked(&account, &Region::global(), status);
        }
        self.owe(&asked);
        Ok(asked)
    }

    fn select(&self) -> Result<Selected> {
        let selected = selection::accounts(&self.spec, &self.run)?;
        let (asked, refused) = selected.into_iter().partition(|account| account.status.can_be_asked());
        Ok(Selected { asked, refused })
    }

    fn owe(&self, accounts: &[Arc<Account>]) {
        self.run.ledger.expect(accounts);
        self.owed.lock().accounts = accounts.iter().cloned().collect();
    }

    /// A meter for what is asked before the first unit, which takes it over.
    pub fn opening_meter(&self) -> Arc<Meter> {
        Arc::clone(self.opening.lock().get_or_insert_with(|| self.run.ledger.meter()))
    }

    /// The units of one account, opened in the ledger.
    pub fn expand(&self, account: &Arc<Account>, all: &[RegionState]) -> Result<Vec<Region>> {
        let found: Regions = selection::regions(&self.spec, &self.run, account, all)?;
        let mut owed = self.owed.lock();
        owed.accounts.retain(|a| a.id != account.id);
        let keys = found.asked.iter().map(|region| self.key(account, region));
        self.run.ledger.open(account, keys);
        for region in &found.asked {
            let opening = self.opening.lock().take();
            let open = Open::new(account, opening.unwrap_or_else(|| self.run.ledger.meter()));
            owed.open.insert(self.key(account, region), open);
            owed.enabled.insert(region.clone());
        }
        let disabled = found.disabled.into_iter().map(|region| (Arc::clone(account), region, found.chosen));
        owed.disabled.extend(disabled);
        Ok(found.asked)
    }

    /// What a unit is asked; its meter is the one that the ledger reads.
    pub fn task(&self, account: &Arc<Account>, region: Region, request: &Arc<ScanRequest>) -> UnitTask {
        let key = self.key(account, &region);
        let meter = self.owed.lock().open.get(&key).map(|unit| Arc::clone(&unit.meter)).unwrap_or_default();
        UnitTask { account: Arc::clone(account), region, request: Arc::clone(request), meter }
    }

    pub fn begun(&self, key: &UnitKey, at: Instant) {
        if let Some(unit) = self.owed.lock().open.get_mut(key) {
            unit.begun = Some(at);
        }
    }

    /// Nobody needs the rest of it: what that is called is decided when the run ends.
    pub fn cut_short(&self, key: &UnitKey, as_of: Option<Timestamp>, source: Option<&'static str>) {
        if let Some(unit) = self.owed.lock().open.get_mut(key) {
            unit.as_of = as_of;
            unit.source = source;
            unit.took = unit.begun.map(|begun| begun.elapsed());
        }
    }

    pub fn close(&self, key: &UnitKey, ended: Ended) {
        let open = self.owed.lock().open.remove(key);
        if let Some(unit) = open {
            self.write(key.clone(), &unit, ended);
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
        // Nobody asks any more, and they hold what was read for them.
        self.feeds.lock().clear();
        if let Some(scheduler) = scheduler {
            // Its channel is closed by now; one that does not end is dropped, which aborts it.
            let _ = tokio::time::timeout(GRACE * 3, scheduler.join()).await;
        }
        // Nobody read it: the other side of its join was empty, or the run ended before its turn.
        let unread = !self.started.load(Ordering::SeqCst);
        let needless = unread && *unfinished == Unfinished::NotNeeded;
        match needless {
            true => self.owe(&self.select().map(|selected| selected.asked).unwrap_or_default()),
            false if unread && self.start(|_| true).is_err() => return,
            false => {}
        }
        loop {
            let Some(account) = self.owed.lock().accounts.front().cloned() else { break };
            let known = self.spec.known_regions(&self.run, &account.id);
            let regions =
                known.unwrap_or_else(|| taken_for_enabled(self.run.accounts.known_fallback_regions()));
            if self.expand(&account, &regions).is_err() {
                self.owed.lock().accounts.pop_front();
            }
        }
        self.write_needless();
        let (open, disabled) = {
            let mut owed = self.owed.lock();
            let open = std::mem::take(&mut owed.open);
            let enabled = std::mem::take(&mut owed.enabled);
            let mut disabled = std::mem::take(&mut owed.disabled);
            // Off here but on in another account of this run: the reader might expect it.
            disabled.retain(|(_, region, chosen)| *chosen || enabled.contains(region));
            (open, disabled)
        };
        for (key, unit) in open {
            let status = match unfinished {
                _ if needless => UnitStatus::NotAsked { reason: NotAsked::NotNeeded },
                _ => unfinished.status(unit.meter.rows()),
            };
            self.write(key, &unit, Ended { as_of: unit.as_of, source: unit.source, ..status.into() });
        }
        for (account, region, _) in disabled.into_iter().filter(|_| !needless) {
            let message = format!("{region} is not enabled in this account");
            let status = UnitStatus::Failed { fault: Fault::new(FaultKind::RegionDisabled, message) };
            self.write_unasked(&account, &region, status);
        }
    }

    /// Units of accounts that nobody had to ask.
    fn write_needless(&self) {
        let guess = || taken_for_enabled(self.run.accounts.known_fallback_regions());
        let needless = std::mem::take(&mut self.owed.lock().needless);
        for account in needless {
            let all = self.spec.known_regions(&self.run, &account.id).unwrap_or_else(guess);
            let Ok(found) = selection::regions(&self.spec, &self.run, &account, &all) else { continue };
            for region in found.asked {
                let status = UnitStatus::NotAsked { reason: NotAsked::NotNeeded };
                self.write_unasked(&account, &region, status);
            }
        }
    }

    pub fn key(&self, account: &Account, region: &Region) -> UnitKey {
        UnitKey { account_id: account.id.clone(), region: region.clone(), table: Arc::clone(&self.table) }
    }

    fn write_unasked(&self, account: &Arc<Account>, region: &Region, status: UnitStatus) {
        let open = Open::new(account, self.run.ledger.meter());
        self.write(self.key(account, region), &open, status.into());
    }

    /// Of the rows handed on: what their source could not tell, and what is not known of their account.
    fn unknown(&self, unit: &Open) -> Vec<UnknownColumns> {
        let rows = unit.meter.rows();
        if rows == 0 {
            return Vec::new();
        }
        let mut unknown = unit.meter.unknown();
        for name in self.spec.column_names() {
            let Some(common) = unit_column(&self.spec.table, &name) else { continue };
            if let Some(fault) = self.run.unreadable(common, &unit.account.id) {
                unknown.push(UnknownColumns { columns: vec![name], rows, fault });
            }
        }
        unknown
    }

    /// What a unit took, for estimates of later runs: not of one that a LIMIT may have cut short.
    fn observe(&self, record: &UnitRecord, unit: &Open) {
        let Some(sent) = self.sent.get().filter(|_| !self.is_limited()) else { return };
        if record.as_of.is_some() || unit.begun.is_none() || !repeats(&record.status) {
            return;
        }
        // Others' calls answered it: it tells how many rows there are, where it was asked for all of them.
        let recorded = &*record.source == config::NAME;
        if recorded && self.spec.recorded_quals.keys().any(|column| !self.spec.quals.contains_key(column)) {
            return;
        }
        let (nothing, none) = (Spend::default(), Arc::default());
        let spent = unit.meter.spent();
        self.run.observe(&SeenUnit {
            table: &self.spec.table.name,
            asked: &sent.asked,
            account: &unit.account.id,
            region: &record.key.region,
            rows: record.rows,
            milliseconds: record.duration_ms,
            spend: if recorded { &nothing } else { &spent },
            planned: if recorded { &none } else { &sent.planned },
        });
    }

    fn write(&self, key: UnitKey, unit: &Open, ended: Ended) {
        let took = unit.took.or_else(|| unit.begun.map(|begun| begun.elapsed())).unwrap_or_default();
        let record = UnitRecord {
            key,
            // The ledger knows them by the account.
            account_name: Arc::default(),
            ou_path: None,
            status: ended.status,
            unknown: self.unknown(unit),
            calls: unit.meter.calls(),
            rows: unit.meter.rows(),
            bytes: unit.meter.bytes(),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            source: ended.source.map_or_else(|| Arc::clone(&self.source), Arc::from),
            because: ended.because.map(Arc::from),
            as_of: ended.as_of,
            known_gap: None,
        };
        tracing::debug!(
            table = &*record.key.table,
            account = record.key.account_id.as_str(),
            region = record.key.region.as_str(),
            status = record.status.as_str(),
            fault = record.fault().map(|fault| fault.kind.as_str()),
            rows = record.rows,
            calls = record.calls,
            ms = record.duration_ms,
            "unit closed"
        );
        self.observe(&record, unit);
        self.run.ledger.close(&unit.account, record);
    }
}

/// Whether asking again would take the same calls: what was refused would be refused again.
fn repeats(status: &UnitStatus) -> bool {
    match status {
        UnitStatus::Answered | UnitStatus::Empty | UnitStatus::NotAsked { reason: NotAsked::NotLogged } => {
            true
        }
        UnitStatus::Failed { fault } => matches!(
            fault.kind,
            FaultKind::AssumeDenied
                | FaultKind::IamDenied
                | FaultKind::ScpDenied
                | FaultKind::NotRecorded
                | FaultKind::NotEnabled
                | FaultKind::Rejected
        ),
        _ => false,
    }
}

/// Regions nobody vouched for, taken for enabled: asking tells.
pub fn taken_for_enabled(regions: Vec<Region>) -> Arc<Vec<RegionState>> {
    Arc::new(regions.into_iter().map(|region| RegionState { region, enabled: true }).collect())
}
