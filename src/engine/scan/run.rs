//! What all scans of one statement share.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::aws::ActionSet;
use crate::engine::accounts::Accounts;
use crate::engine::scan::state::{ScanState, Unfinished};
use crate::model::{Account, AccountId, Ledger};
use crate::settings::Settings;

pub struct Run {
    pub settings: Arc<Settings>,
    pub accounts: Arc<dyn Accounts>,
    pub ledger: Arc<Ledger>,
    /// Listed once per statement, before anything is asked.
    organization: OnceLock<Vec<Arc<Account>>>,
    hub: OnceLock<AccountId>,
    /// Frozen before the first call, so that one AssumeRole per account serves every scan.
    actions: OnceLock<ActionSet>,
    scans: Mutex<Vec<Arc<ScanState>>>,
}

impl Run {
    pub fn new(settings: Arc<Settings>, accounts: Arc<dyn Accounts>) -> Self {
        Self {
            settings,
            accounts,
            ledger: Arc::default(),
            organization: OnceLock::new(),
            hub: OnceLock::new(),
            actions: OnceLock::new(),
            scans: Mutex::default(),
        }
    }

    pub fn set_organization(&self, accounts: Vec<Arc<Account>>) {
        let _ = self.organization.set(accounts);
    }

    pub fn organization(&self) -> &[Arc<Account>] {
        self.organization.get().map_or(&[], Vec::as_slice)
    }

    pub fn set_hub(&self, hub: AccountId) {
        let _ = self.hub.set(hub);
    }

    /// The account that organization-wide tables are asked in; known by its id alone where the list
    /// of accounts does not hold it.
    pub fn hub_account(&self) -> Option<Arc<Account>> {
        let hub = self.hub.get()?;
        let listed = self.organization().iter().find(|a| a.id == *hub).cloned();
        Some(listed.unwrap_or_else(|| Arc::new(Account::bare(hub.clone()))))
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
