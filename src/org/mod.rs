//! Accounts, organizational units, tags; a scope resolved to accounts and regions.
//!
//! The [`Directory`] finds out and remembers; an [`Organization`] is what it found. This room knows
//! nothing of tables or SQL.

mod check;
mod directory;
mod discover;
mod regions;
mod select;
mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Account, AccountId, OuPath};

pub use check::{AccountCheck, Recorders, check, role_hint};
pub use directory::Directory;
use discover::AccountTags;
pub use regions::RegionState;
pub use select::Selected;
pub use tree::{Branch, Leaf};

/// The accounts there are, as far as somebody told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Organization {
    /// By name, then id.
    pub accounts: Vec<Arc<Account>>,
    /// The organizational units, root first, each before those below it; empty where nobody knows.
    pub units: Vec<OrganizationalUnit>,
    pub source: AccountsFrom,
    pub management_account: Option<AccountId>,
    /// What could not be found out, in words for the operator.
    pub notes: Vec<String>,
    /// `None` where every account's place in the tree is known; else why not.
    pub tree_unknown: Option<String>,
    /// Accounts whose tags could not be read.
    pub tags_unknown: BTreeSet<AccountId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationalUnit {
    /// `ou-ab12-11111111`; a root's is `r-ab12`.
    pub id: String,
    pub path: OuPath,
}

/// Whether the accounts' tags are wanted: Organizations tells those in one call for each account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    Wanted,
    LeftOut,
}

/// Where the list of accounts came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountsFrom {
    Organizations,
    Settings,
    IdentityCenter,
    /// The credentials' own account, alone.
    Caller,
}

impl AccountsFrom {
    pub fn as_str(self) -> &'static str {
        match self {
            AccountsFrom::Organizations => "AWS Organizations",
            AccountsFrom::Settings => "settings",
            AccountsFrom::IdentityCenter => "IAM Identity Center",
            AccountsFrom::Caller => "current account",
        }
    }
}

impl Organization {
    /// Accounts without a tree: of the settings, of Identity Center, of the caller.
    pub fn flat(mut accounts: Vec<Account>, source: AccountsFrom) -> Organization {
        accounts.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        accounts.dedup_by(|a, b| a.id == b.id);
        Organization {
            accounts: accounts.into_iter().map(Arc::new).collect(),
            units: Vec::new(),
            source,
            management_account: None,
            notes: Vec::new(),
            tree_unknown: None,
            tags_unknown: BTreeSet::new(),
        }
    }

    pub fn account(&self, id: &AccountId) -> Option<&Arc<Account>> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    fn with_tags(&self, tags: &AccountTags) -> Organization {
        let mut tagged = self.clone();
        for account in &mut tagged.accounts {
            if let Some(of_account) = tags.of.get(&account.id) {
                Arc::make_mut(account).tags.clone_from(of_account);
            }
        }
        tagged.tags_unknown.clone_from(&tags.unknown);
        tagged.notes.extend(tags.note.clone());
        tagged
    }

    /// Whether nothing is left to find out, so that asking again tomorrow is soon enough.
    fn is_whole(&self) -> bool {
        self.notes.is_empty() && self.tree_unknown.is_none()
    }
}

#[cfg(test)]
pub mod tests;
