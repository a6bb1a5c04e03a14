//! What all scans of one statement share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::aws::{ActionSet, OwnTime, within};
use crate::catalog::table::Common;
use crate::engine::accounts::{Accounts, ScopeAccounts};
use crate::engine::scan::state::{ScanState, Unfinished};
use crate::model::{Account, AccountId, Fault, FaultKind, Ledger, Stopwatch};
use crate::settings::Settings;
use crate::store::{KeptAnswer, LastAnswer};

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
    /// Frozen before the first call, so that one AssumeRole per account serves every scan.
    actions: OnceLock<ActionSet>,
    scans: Mutex<Vec<Arc<ScanState>>>,
    /// No more is wanted than what is there, and why.
    stopped: watch::Sender<Option<Unfinished>>,
    deadline: Option<(OwnTime, Duration)>,
}

impl Run {
    pub fn new(settings: Arc<Settings>, accounts: Arc<dyn Accounts>, kept: LastAnswer) -> Self {
        let deadline = settings.fan_out.deadline.map(|after| (OwnTime::start(), after));
        Self {
            settings,
            accounts,
            ledger: Arc::default(),
            kept,
            last_answer: OnceLock::new(),
            notes: Mutex::default(),
            in_scope: OnceLock::new(),
            hub: OnceLock::new(),
            actions: OnceLock::new(),
            scans: Mutex::default(),
            stopped: watch::Sender::new(None),
            deadline,
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

    pub fn set_actions(&self, actions: ActionSet) {
        let _ = self.actions.set(actions);
    }

    pub fn actions(&self) -> ActionSet {
        self.actions.get().cloned().unwrap_or_default()
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
        for scan in scans {
            scan.settle(unfinished).await;
        }
    }
}
