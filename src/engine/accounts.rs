//! What the engine must know of the organization, and no more.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Result;
use crate::model::{Account, AccountId, Fault, Region};

/// A region of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRegion {
    pub region: Region,
    pub enabled: bool,
}

#[async_trait]
pub trait Accounts: Send + Sync {
    /// Every account, in the order they are asked. One list call, or none where it is cached.
    async fn accounts(&self) -> Result<Vec<Arc<Account>>>;

    /// The account that tables of the whole organization are asked in.
    async fn hub(&self) -> Result<AccountId>;

    /// The regions of one account, and which are on. Asks the account unless that is known.
    async fn regions(&self, account: &Account) -> Result<Vec<AccountRegion>, Fault>;

    /// The same without asking anybody.
    async fn known_regions(&self, account: &Account) -> Option<Vec<AccountRegion>>;

    /// The regions to try where those of an account cannot be read.
    fn fallback_regions(&self) -> Vec<Region>;
}
