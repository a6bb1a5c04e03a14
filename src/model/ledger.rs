//! The coverage being written while units run, and what they have cost so far. Shared by all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::model::{
    Account, AccountId, Coverage, FaultKind, Measure, Spend, Stopwatch, Tally, UnitKey, UnitRecord,
    UnitStatus, UnknownColumns,
};

/// Calls, rows and bytes, counted as they happen.
#[derive(Debug, Default)]
struct Spending {
    calls: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Spending {
    fn add(&self, calls: u64, rows: u64, bytes: u64) {
        self.calls.fetch_add(calls, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What one unit has cost so far. It outlives the unit, so that one cut short is accounted for too.
#[derive(Debug, Default)]
pub struct Meter {
    own: Spending,
    all: Arc<Spending>,
    /// By operation, and what is billed by something else.
    spent: Mutex<Spend>,
    tally: Option<Arc<Tally>>,
    /// What is not known in the rows handed on.
    unknown: Mutex<Vec<UnknownColumns>>,
    /// Runs while the unit waits for what is not its own fault: its turn under a quota, a permit, another
    /// unit's request, a busy consumer.
    pub waiting: Stopwatch,
}

impl Meter {
    /// Attempts, and the bytes of their answers.
    pub fn called(&self, attempts: u64, bytes: u64) {
        self.add(attempts, 0, bytes);
    }

    /// One attempt sets out.
    pub fn attempted(&self, operation: &str) {
        self.add(1, 0, 0);
        self.spent.lock().call(operation, 1);
    }

    /// What a service bills by instead of the call.
    pub fn used(&self, measure: Measure, amount: u64) {
        self.spent.lock().measure(measure, amount);
        if let Some(tally) = &self.tally {
            tally.used(measure, amount);
        }
    }

    pub fn spent(&self) -> Spend {
        self.spent.lock().clone()
    }

    /// Rows handed on.
    pub fn delivered(&self, rows: u64) {
        self.add(0, rows, 0);
    }

    /// Told before the rows are handed on, so that no end of the unit can lose it.
    pub fn set_unknown(&self, unknown: Vec<UnknownColumns>) {
        *self.unknown.lock() = unknown;
    }

    pub fn unknown(&self) -> Vec<UnknownColumns> {
        self.unknown.lock().clone()
    }

    fn add(&self, calls: u64, rows: u64, bytes: u64) {
        self.own.add(calls, rows, bytes);
        self.all.add(calls, rows, bytes);
    }

    pub fn calls(&self) -> u64 {
        self.own.calls.load(Ordering::Relaxed)
    }

    pub fn rows(&self) -> u64 {
        self.own.rows.load(Ordering::Relaxed)
    }

    pub fn bytes(&self) -> u64 {
        self.own.bytes.load(Ordering::Relaxed)
    }
}

/// How far an answer has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub accounts: usize,
    /// Accounts of which nothing is waited for.
    pub accounts_done: usize,
    /// Units known so far: those of an account are known once its regions are.
    pub units: usize,
    pub units_closed: usize,
    /// Accounts whose units are not known yet.
    pub accounts_ahead: usize,
    pub calls: u64,
    pub rows: u64,
    pub bytes: u64,
    pub failures: Vec<(FaultKind, u64)>,
}

impl Progress {
    /// How many units there will be if the accounts ahead are like those before them.
    pub fn units_expected(&self) -> usize {
        match self.accounts - self.accounts_ahead {
            0 => 0,
            seen => self.units + self.units * self.accounts_ahead / seen,
        }
    }
}

/// A unit is opened when planned and closed when it ends; one never closed is filled in by
/// [`Ledger::snapshot`], so that an interrupted run accounts for every unit.
#[derive(Debug, Default)]
pub struct Ledger {
    spent: Arc<Spending>,
    /// Of the whole run.
    tally: Option<Arc<Tally>>,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    units: BTreeMap<UnitKey, Option<Box<UnitRecord>>>,
    accounts: HashMap<AccountId, AccountLine>,
    accounts_done: usize,
    accounts_ahead: usize,
    units_closed: usize,
    failures: BTreeMap<FaultKind, u64>,
}

/// What all units of an account share, and how much of it is still waited for.
#[derive(Debug)]
struct AccountLine {
    name: Arc<str>,
    ou_path: Option<Arc<str>>,
    units_open: usize,
    /// Scans that have not said which units of it they ask.
    scans_ahead: usize,
}

impl AccountLine {
    fn of(account: &Account) -> Self {
        Self {
            name: account.name.as_str().into(),
            ou_path: account.ou_path.as_ref().map(|path| path.as_str().into()),
            units_open: 0,
            scans_ahead: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.units_open == 0 && self.scans_ahead == 0
    }
}

impl Books {
    /// Changes an account's line and keeps the counts true.
    fn account(&mut self, account: &AccountId, change: impl FnOnce(&mut AccountLine)) {
        let Some(line) = self.accounts.get_mut(account) else { return };
        let (done, ahead) = (line.is_done(), line.scans_ahead > 0);
        change(line);
        self.accounts_done = self.accounts_done + usize::from(line.is_done()) - usize::from(done);
        self.accounts_ahead = self.accounts_ahead + usize::from(line.scans_ahead > 0) - usize::from(ahead);
    }

    fn know(&mut self, account: &Account) {
        if !self.accounts.contains_key(&account.id) {
            self.accounts.insert(account.id.clone(), AccountLine::of(account));
            self.accounts_done += 1;
        }
    }

    fn count_failure(&mut self, record: &UnitRecord, by: i64) {
        if let Some(fault) = record.fault().filter(|_| !record.is_complete()) {
            let count = self.failures.entry(fault.kind).or_default();
            *count = count.saturating_add_signed(by);
        }
    }
}

impl Ledger {
    /// One whose units' measures are the run's, too.
    pub fn counting_on(tally: Arc<Tally>) -> Self {
        Self { tally: Some(tally), ..Self::default() }
    }

    /// A meter for one unit, whose figures count in this ledger's progress.
    pub fn meter(&self) -> Arc<Meter> {
        Arc::new(Meter { all: Arc::clone(&self.spent), tally: self.tally.clone(), ..Meter::default() })
    }

    /// A scan will ask something of these accounts.
    pub fn expect<'a>(&self, accounts: impl IntoIterator<Item = &'a Arc<Account>>) {
        let mut books = self.books.lock();
        for account in accounts {
            books.know(account);
            books.account(&account.id, |line| line.scans_ahead += 1);
        }
    }

    /// The units that a scan asks of an account that was expected.
    pub fn open(&self, account: &Account, units: impl IntoIterator<Item = UnitKey>) {
        let mut books = self.books.lock();
        books.know(account);
        let mut opened = 0;
        for key in units {
            books.units.entry(key).or_insert_with(|| {
                opened += 1;
                None
            });
        }
        books.account(&account.id, |line| {
            line.units_open += opened;
            line.scans_ahead = line.scans_ahead.saturating_sub(1);
        });
    }

    /// Records how a unit ended. A unit scanned twice in one query (a self join) is summed; the
    /// worse status stays.
    pub fn close(&self, account: &Account, mut record: UnitRecord) {
        let mut books = self.books.lock();
        books.know(account);
        if let Some(line) = books.accounts.get(&account.id) {
            record.account_name = Arc::clone(&line.name);
            record.ou_path = line.ou_path.clone();
        }
        let key = record.key.clone();
        let record = match books.units.insert(key.clone(), None) {
            Some(Some(earlier)) => {
                books.count_failure(&earlier, -1);
                merge(*earlier, record)
            }
            before => {
                books.units_closed += 1;
                if before.is_some() {
                    books.account(&account.id, |line| line.units_open = line.units_open.saturating_sub(1));
                }
                record
            }
        };
        books.count_failure(&record, 1);
        books.units.insert(key, Some(Box::new(record)));
    }

    /// Costs the same however many units there are.
    pub fn progress(&self) -> Progress {
        let books = self.books.lock();
        Progress {
            accounts: books.accounts.len(),
            accounts_done: books.accounts_done,
            accounts_ahead: books.accounts_ahead,
            units: books.units.len(),
            units_closed: books.units_closed,
            calls: self.spent.calls.load(Ordering::Relaxed),
            rows: self.spent.rows.load(Ordering::Relaxed),
            bytes: self.spent.bytes.load(Ordering::Relaxed),
            failures: books.failures.iter().map(|(kind, n)| (*kind, *n)).filter(|(_, n)| *n > 0).collect(),
        }
    }

    /// The coverage as it stands; units still open are filled in by `unfinished`.
    pub fn snapshot(&self, unfinished: impl Fn() -> UnitStatus) -> Coverage {
        let books = self.books.lock();
        let units = books.units.iter().map(|(key, record)| match record {
            Some(record) => UnitRecord::clone(record),
            None => {
                let account = books.accounts.get(&key.account_id);
                UnitRecord {
                    key: key.clone(),
                    account_name: account.map(|line| Arc::clone(&line.name)).unwrap_or_default(),
                    ou_path: account.and_then(|line| line.ou_path.clone()),
                    status: unfinished(),
                    unknown: Vec::new(),
                    calls: 0,
                    rows: 0,
                    bytes: 0,
                    duration_ms: 0,
                    source: Arc::default(),
                    because: None,
                    as_of: None,
                    known_gap: None,
                }
            }
        });
        Coverage { units: units.collect() }
    }
}

fn merge(a: UnitRecord, b: UnitRecord) -> UnitRecord {
    let severity = |status: &UnitStatus| match status {
        UnitStatus::Failed { .. } => 4,
        UnitStatus::Truncated { .. } => 3,
        UnitStatus::Answered => 2,
        UnitStatus::Empty => 1,
        UnitStatus::NotAsked { reason } if !reason.leaves_answer_complete() => 3,
        // One scan of it was answered, so it was asked.
        UnitStatus::NotAsked { .. } => 0,
    };
    let (worse, other) = if severity(&a.status) >= severity(&b.status) { (a, b) } else { (b, a) };
    let mut unknown = worse.unknown;
    unknown.extend(other.unknown);
    UnitRecord {
        unknown,
        calls: worse.calls + other.calls,
        rows: worse.rows + other.rows,
        bytes: worse.bytes + other.bytes,
        duration_ms: worse.duration_ms + other.duration_ms,
        as_of: worse.as_of.into_iter().chain(other.as_of).min(),
        ..worse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, OuPath, Region};

    fn account(n: usize) -> Arc<Account> {
        let mut account = Account::bare(format!("{n:012}").parse().unwrap());
        account.name = format!("account-{n}");
        account.ou_path = Some(OuPath::new("Root/Prod"));
        Arc::new(account)
    }

    fn key(account: &Account, region: &str) -> UnitKey {
        UnitKey { account_id: account.id.clone(), region: Region::new(region), table: "aws_vpc".into() }
    }

    fn record(key: UnitKey, status: UnitStatus) -> UnitRecord {
        UnitRecord {
            key,
            account_name: Arc::default(),
            ou_path: None,
            status,
            unknown: Vec::new(),
            calls: 1,
            rows: 2,
            bytes: 3,
            duration_ms: 4,
            source: "api".into(),
            because: None,
            as_of: None,
            known_gap: None,
        }
    }

    fn failed(kind: FaultKind) -> UnitStatus {
        UnitStatus::Failed { fault: Fault::new(kind, "no") }
    }

    #[test]
    fn an_account_is_done_when_every_scan_has_closed_its_units() {
        let (ledger, one, two) = (Ledger::default(), account(1), account(2));
        let so_far = |ledger: &Ledger| {
            let p = ledger.progress();
            (p.accounts_done, p.accounts, p.units_closed, p.units, p.units_expected())
        };
        ledger.expect([&one, &two]);
        assert_eq!(so_far(&ledger), (0, 2, 0, 0, 0));
        ledger.open(&one, [key(&one, "a"), key(&one, "b")]);
        assert_eq!(so_far(&ledger), (0, 2, 0, 2, 4));
        ledger.close(&one, record(key(&one, "a"), UnitStatus::Answered));
        ledger.close(&one, record(key(&one, "b"), UnitStatus::Empty));
        assert_eq!(so_far(&ledger), (1, 2, 2, 2, 4));
        ledger.open(&two, []);
        assert_eq!(so_far(&ledger), (2, 2, 2, 2, 2));
    }

    #[test]
    fn calls_and_rows_count_before_their_unit_is_closed() {
        let ledger = Ledger::default();
        let meter = ledger.meter();
        meter.called(3, 100);
        meter.delivered(7);
        let progress = ledger.progress();
        assert_eq!((progress.calls, progress.rows, progress.bytes), (3, 7, 100));
        assert_eq!((meter.calls(), meter.rows(), meter.bytes()), (3, 7, 100));
    }

    #[test]
    fn a_unit_scanned_twice_is_summed_and_the_worse_status_stays() {
        let (ledger, one) = (Ledger::default(), account(1));
        ledger.expect([&one]);
        ledger.open(&one, [key(&one, "a")]);
        ledger.close(&one, record(key(&one, "a"), failed(FaultKind::Throttled)));
        ledger.close(&one, record(key(&one, "a"), UnitStatus::Answered));
        ledger.close(
            &one,
            record(key(&one, "a"), UnitStatus::NotAsked { reason: crate::model::NotAsked::Limit }),
        );
        let progress = ledger.progress();
        assert_eq!((progress.units, progress.units_closed), (1, 1));
        assert_eq!(progress.failures, [(FaultKind::Throttled, 1)]);
        let coverage = ledger.snapshot(|| UnitStatus::Empty);
        let unit = &coverage.units[0];
        assert_eq!((unit.status.as_str(), unit.calls, unit.rows), ("failed", 3, 6));
        assert_eq!((&*unit.account_name, unit.ou_path.as_deref()), ("account-1", Some("Root/Prod")));
    }

    #[test]
    fn what_leaves_an_answer_complete_is_no_failure() {
        let (ledger, one) = (Ledger::default(), account(1));
        for (region, kind) in [("a", FaultKind::Suspended), ("b", FaultKind::RegionDisabled)] {
            ledger.close(&one, record(key(&one, region), failed(kind)));
        }
        ledger.close(&one, record(key(&one, "c"), failed(FaultKind::ScpDenied)));
        assert_eq!(ledger.progress().failures, [(FaultKind::ScpDenied, 1)]);
    }

    #[test]
    fn units_never_closed_are_filled_in_and_share_their_names() {
        let (ledger, one) = (Ledger::default(), account(1));
        ledger.expect([&one]);
        ledger.open(&one, [key(&one, "a"), key(&one, "b")]);
        let coverage = ledger.snapshot(|| failed(FaultKind::Cancelled));
        assert_eq!(coverage.units.len(), 2);
        assert!(!coverage.is_complete());
        assert!(Arc::ptr_eq(&coverage.units[0].account_name, &coverage.units[1].account_name));
    }
}
