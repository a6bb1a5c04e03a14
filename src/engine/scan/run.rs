//! What all scans of one statement share.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::aws::{ActionSet, OwnTime, within};
use crate::catalog::table::Common;
use crate::engine::accounts::{Accounts, ScopeAccounts};
use crate::engine::scan::state::{ScanState, Unfinished};
use crate::model::{Account, AccountId, Fault, FaultKind, Ledger, Region, Spend, Stopwatch, Tally};
use crate::settings::Settings;
use crate::store::statistics::{Observed, Statistics};
use crate::store::{KeptAnswer, LastAnswer};

/// How long what runs at a service may take to be ended.
const ENDING: Duration = Duration::from_secs(5);

pub struct Run {
    pub settings: Arc<Settings>,
    pub accounts: Arc<dyn Accounts>,
    pub ledger: Arc<Ledger>,
    kept: LastAnswer,
    /// Read once per statement, so that it is the same wherever it is named.
    last_answer: OnceLock<Option<Arc<KeptAnswer>>>,
    /// What the operator should hear besides the coverage.
    notes: Mutex<Vec<String>>,
    /// Listed once per statement, before anything is asked.
    in_scope: OnceLock<ScopeAccounts>,
    hub: OnceLock<Arc<Account>>,
    payer: OnceLock<Arc<Account>>,
    /// Frozen before the first call, so that one AssumeRole per account serves every scan.
    actions: OnceLock<ActionSet>,
    scans: Mutex<Vec<Arc<ScanState>>>,
    /// No more is wanted than what is there, and why.
    stopped: watch::Sender<Option<Unfinished>>,
    deadline: Option<(OwnTime, Duration)>,
    pub tally: Arc<Tally>,
    /// Before this statement.
    before: Spend,
    /// Until the first account was asked.
    to_plan: OnceLock<u64>,
    pub statistics: Statistics,
    /// Units that answered all they were asked, by table and by what was sent.
    observed: Mutex<BTreeMap<(String, String), Vec<Observation>>>,
}

/// A unit that answered all it was asked.
pub struct SeenUnit<'a> {
    pub table: &'a str,
    /// What was sent to the service, in words.
    pub asked: &'a str,
    pub account: &'a AccountId,
    pub region: &'a Region,
    pub rows: u64,
    pub milliseconds: u64,
    pub spend: &'a Spend,
    /// Operations that it might have needed.
    pub planned: &'a Arc<[String]>,
}

struct Observation {
    account: AccountId,
    region: Region,
    rows: u64,
    milliseconds: u64,
    spend: Spend,
    planned: Arc<[String]>,
}

impl Run {
    pub fn new(
        settings: Arc<Settings>,
        accounts: Arc<dyn Accounts>,
        kept: LastAnswer,
        tally: Arc<Tally>,
        statistics: Statistics,
    ) -> Self {
        let deadline = settings.fan_out.deadline.map(|after| (OwnTime::start(), after));
        Self {
            settings,
            accounts,
            ledger: Arc::new(Ledger::counting_on(Arc::clone(&tally))),
            kept,
            last_answer: OnceLock::new(),
            notes: Mutex::default(),
            in_scope: OnceLock::new(),
            hub: OnceLock::new(),
            payer: OnceLock::new(),
            actions: OnceLock::new(),
            scans: Mutex::default(),
            stopped: watch::Sender::new(None),
            deadline,
            before: tally.spent(),
            to_plan: OnceLock::new(),
            tally,
            statistics,
            observed: Mutex::default(),
        }
    }

    /// Ends every scan where it is: sums, sorts and joins go on over the rows that have arrived.
    pub fn stop(&self) {
        self.stop_because(Unfinished::Cancelled("interrupted".to_owned()));
    }

    /// The first reason stands.
    fn stop_because(&self, why: Unfinished) {
        self.stopped.send_if_modified(|stopped| {
            let is_first = stopped.is_none();
            stopped.get_or_insert(why);
            is_first
        });
    }

    /// Why the run was stopped, if it was.
    pub fn stopped_because(&self) -> Option<Unfinished> {
        self.stopped.borrow().clone()
    }

    /// Ends when the run is stopped, by the operator or by its deadline.
    pub async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // The sender lives as long as this run, so waiting cannot fail.
        let stopped = stopped.wait_for(Option::is_some);
        let Some((since, after)) = self.deadline else {
            let _ = stopped.await;
            return;
        };
        let left = after.saturating_sub(since.elapsed());
        if within(left, &Stopwatch::default(), stopped).await.is_none() {
            self.stop_because(Unfinished::TimedOut(after));
        }
    }

    /// What this statement has cost, the finding of its accounts included.
    pub fn spent(&self) -> Spend {
        self.tally.spent().since(&self.before)
    }

    /// From here on calls are the statement's own, and its limits hold.
    pub fn begin_spending(&self) {
        let _ = self.to_plan.set(self.spent().total_calls());
        self.tally.limit(self.settings.limits);
    }

    pub fn calls_to_plan(&self) -> u64 {
        self.to_plan.get().copied().unwrap_or_default()
    }

    /// Stops where a limit of the operator's was reached.
    pub fn heed_limits(&self) {
        if let Some(limit) = self.tally.limit_reached() {
            self.stop_because(Unfinished::Cancelled(format!("{limit} was reached")));
        }
    }

    /// The last answer's ledger, as it was kept before this statement.
    pub fn last_answer(&self) -> Option<Arc<KeptAnswer>> {
        let read = || match self.kept.read() {
            Ok(Some(answer)) => Some(Arc::new(answer)),
            Ok(None) => {
                self.note("no answer has been kept yet: _coverage is empty until a statement has asked AWS");
                None
            }
            Err(why) => {
                self.note(format!("the last answer's ledger cannot be read and was left out: {why}"));
                None
            }
        };
        self.last_answer.get_or_init(read).clone()
    }

    pub fn note(&self, note: impl Into<String>) {
        let (note, mut notes) = (note.into(), self.notes.lock());
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().clone()
    }

    /// Whether the statement asks anybody anything.
    pub fn has_scans(&self) -> bool {
        !self.scans.lock().is_empty()
    }

    pub fn set_scope(&self, accounts: ScopeAccounts) {
        let _ = self.in_scope.set(accounts);
    }

    pub fn in_scope(&self) -> &[Arc<Account>] {
        self.in_scope.get().map_or(&[], |found| found.accounts.as_slice())
    }

    /// What predicates on accounts cannot be decided by, since it could not be found out.
    pub fn undecidable(&self, common: Common) -> Option<String> {
        let found = self.in_scope.get()?;
        match common {
            Common::OuPath => found.tree_unknown.clone(),
            Common::AccountTags if !found.tags_unknown.is_empty() => {
                Some(format!("the tags of {} accounts could not be read", found.tags_unknown.len()))
            }
            _ => None,
        }
    }

    /// Why what a column says of an account could not be found out, where that is so.
    pub fn unreadable(&self, common: Common, account: &AccountId) -> Option<Fault> {
        let found = self.in_scope.get()?;
        let (why, operation) = match common {
            Common::OuPath => (found.tree_unknown.clone()?, "organizations:ListRoots"),
            Common::AccountTags if found.tags_unknown.contains(account) => {
                ("the account's tags could not be read".to_owned(), "organizations:ListTagsForResource")
            }
            _ => return None,
        };
        Some(Fault::new(FaultKind::Rejected, why).in_operation(operation))
    }

    pub fn set_hub(&self, hub: Arc<Account>) {
        let _ = self.hub.set(hub);
    }

    /// The account that organization-wide tables are asked in.
    pub fn hub(&self) -> Option<Arc<Account>> {
        self.hub.get().cloned()
    }

    pub fn set_payer(&self, payer: Arc<Account>) {
        let _ = self.payer.set(payer);
    }

    /// The account that is asked what the organization cost.
    pub fn payer(&self) -> Option<Arc<Account>> {
        self.payer.get().cloned()
    }

    pub fn set_actions(&self, actions: ActionSet) {
        let _ = self.actions.set(actions);
    }

    pub fn actions(&self) -> ActionSet {
        self.actions.get().cloned().unwrap_or_default()
    }

    /// Remembers what a unit took that answered all it was asked.
    pub fn observe(&self, seen: &SeenUnit<'_>) {
        let key = (seen.table.to_owned(), seen.asked.to_owned());
        let observation = Observation {
            account: seen.account.clone(),
            region: seen.region.clone(),
            rows: seen.rows,
            milliseconds: seen.milliseconds,
            spend: seen.spend.clone(),
            planned: Arc::clone(seen.planned),
        };
        self.observed.lock().entry(key).or_default().push(observation);
    }

    /// Keeps what was seen, for estimates of later runs.
    pub fn learn(&self) {
        for ((table, asked), units) in std::mem::take(&mut *self.observed.lock()) {
            let mut seen = self.statistics.of(&table, &asked);
            for unit in &units {
                let observed = Observed {
                    rows: unit.rows,
                    milliseconds: unit.milliseconds,
                    spend: &unit.spend,
                    planned: &unit.planned,
                };
                seen.learn(&unit.account, &unit.region, &observed);
            }
            self.statistics.keep(&table, &asked, &seen);
        }
    }

    /// Makes a scan answerable for its units when the run ends.
    pub fn enlist(&self, state: &Arc<ScanState>) {
        let mut scans = self.scans.lock();
        if !scans.iter().any(|s| Arc::ptr_eq(s, state)) {
            scans.push(Arc::clone(state));
        }
    }

    /// Writes what is not in the ledger yet: units cut short or never reached, disabled regions.
    pub async fn settle(&self, unfinished: &Unfinished) {
        let scans = self.scans.lock().clone();
        for scan in &scans {
            scan.settle(unfinished).await;
        }
        for scan in scans {
            // What does not hear of its end by then is left to its own.
            let _ = tokio::time::timeout(ENDING, scan.spec.source.finish()).await;
        }
    }
}
