//! What the engine must know of the organization, and no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::aws::ActionSet;
use crate::error::Result;
use crate::model::{Account, AccountId, Fault, Region};
use crate::org::{Directory, RegionState, Tags};

/// The accounts of the operator's scope.
#[derive(Clone, Debug, Default)]
pub struct ScopeAccounts {
    /// In the order they are asked; the suspended ones, which cannot be, stand last.
    pub accounts: Vec<Arc<Account>>,
    /// Why `ou_path` may be missing where an account has one.
    pub tree_unknown: Option<String>,
    /// Accounts whose tags could not be read.
    pub tags_unknown: BTreeSet<AccountId>,
}

#[async_trait]
pub trait Accounts: Send + Sync {
    /// Fails where a part of the scope matches nothing.
    async fn in_scope(&self, tags: Tags) -> Result<ScopeAccounts>;

    /// The account that tables of the whole organization are asked in.
    async fn hub(&self, tags: Tags) -> Result<Arc<Account>>;

    /// The account that pays for the organization, and sees what all of it cost.
    async fn payer(&self, tags: Tags) -> Result<Arc<Account>>;

    /// The regions of one account, and which are on. Asks the account unless that is known, with the
    /// run's own actions so that the session serves its calls too.
    async fn regions(&self, account: &Account, actions: &ActionSet) -> Result<Arc<Vec<RegionState>>, Fault>;

    /// The same without asking anybody.
    fn known_regions(&self, account: &AccountId) -> Option<Arc<Vec<RegionState>>>;

    /// The regions to take for those of an account that lets nobody in.
    async fn fallback_regions(&self, actions: &ActionSet) -> Vec<Region>;

    /// The same without asking anybody.
    fn known_fallback_regions(&self) -> Vec<Region>;

    /// Every region an account might have, for one that is entered but does not tell.
    fn possible_regions(&self) -> Vec<Region>;

    /// Roles that will be assumed in an account for calls with these needs, in a run that needs `actions`.
    async fn sessions_to_open(&self, account: &AccountId, actions: &ActionSet, needs: &[Vec<String>]) -> u64;
}

#[async_trait]
impl Accounts for Directory {
    async fn in_scope(&self, tags: Tags) -> Result<ScopeAccounts> {
        let selected = self.selected(tags).await?;
        let organization = self.organization(tags).await?;
        Ok(ScopeAccounts {
            accounts: [selected.asked, selected.suspended].concat(),
            tree_unknown: organization.tree_unknown.clone(),
            tags_unknown: organization.tags_unknown.clone(),
        })
    }

    async fn hub(&self, tags: Tags) -> Result<Arc<Account>> {
        let id = self.hub_account().await?;
        let organization = self.organization(tags).await?;
        Ok(organization.account(&id).cloned().unwrap_or_else(|| Arc::new(Account::bare(id))))
    }

    async fn payer(&self, tags: Tags) -> Result<Arc<Account>> {
        Directory::payer(self, tags).await
    }

    async fn regions(&self, account: &Account, actions: &ActionSet) -> Result<Arc<Vec<RegionState>>, Fault> {
        self.regions_within(account, actions).await
    }

    fn known_regions(&self, account: &AccountId) -> Option<Arc<Vec<RegionState>>> {
        Directory::known_regions(self, account)
    }

    async fn fallback_regions(&self, actions: &ActionSet) -> Vec<Region> {
        Directory::fallback_regions(self, actions).await
    }

    fn known_fallback_regions(&self) -> Vec<Region> {
        Directory::known_fallback_regions(self)
    }

    fn possible_regions(&self) -> Vec<Region> {
        self.partition_regions()
    }

    async fn sessions_to_open(&self, account: &AccountId, actions: &ActionSet, needs: &[Vec<String>]) -> u64 {
        self.aws().sessions_to_open(account, actions, needs).await
    }
}
