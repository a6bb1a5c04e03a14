//! Accounts of an organization, as AWS Organizations describes them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::Timestamp;

/// A twelve-digit AWS account id. Never a number: leading zeros count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Arc<str>);

impl AccountId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(Error::usage(format!("'{text}' is not an account id: twelve digits are needed")))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> String {
        id.0.to_string()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Account state, in the words of `organizations:ListAccounts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountStatus {
    Active,
    Suspended,
    PendingClosure,
    PendingActivation,
    Closed,
    /// A state AWS added after this was written; treated as active, because asking tells.
    Unknown,
}

impl AccountStatus {
    /// `false` where AWS refuses every call into the account.
    pub fn can_be_asked(self) -> bool {
        matches!(self, AccountStatus::Active | AccountStatus::Unknown | AccountStatus::PendingClosure)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            AccountStatus::Active => "ACTIVE",
            AccountStatus::Suspended => "SUSPENDED",
            AccountStatus::PendingClosure => "PENDING_CLOSURE",
            AccountStatus::PendingActivation => "PENDING_ACTIVATION",
            AccountStatus::Closed => "CLOSED",
            AccountStatus::Unknown => "UNKNOWN",
        }
    }

    pub fn parse(text: &str) -> Self {
        match text {
            "ACTIVE" => AccountStatus::Active,
            "SUSPENDED" => AccountStatus::Suspended,
            "PENDING_CLOSURE" => AccountStatus::PendingClosure,
            "PENDING_ACTIVATION" => AccountStatus::PendingActivation,
            "CLOSED" => AccountStatus::Closed,
            _ => AccountStatus::Unknown,
        }
    }
}

/// Names of organizational units from the root down, joined by `/`: `Root/Workloads/Prod`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OuPath(String);

impl OuPath {
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    pub fn child(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for OuPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One member (or the management account) of an organization.
///
/// Where only part is known (a static list, one profile), the rest is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub status: AccountStatus,
    pub arn: Option<String>,
    pub email: Option<String>,
    pub joined: Option<Timestamp>,
    pub ou_path: Option<OuPath>,
    /// Ids of the OUs above the account, nearest last (`r-ab12`, `ou-ab12-11111111`).
    pub ou_ids: Vec<String>,
    pub tags: BTreeMap<String, String>,
}

impl Account {
    /// An account of which only the id is known.
    pub fn bare(id: AccountId) -> Self {
        Self {
            name: id.to_string(),
            id,
            status: AccountStatus::Active,
            arn: None,
            email: None,
            joined: None,
            ou_path: None,
            ou_ids: Vec::new(),
            tags: BTreeMap::new(),
        }
    }
}
