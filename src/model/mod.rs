//! The words everything else speaks. No I/O, no AWS SDK, no SQL.

mod account;
mod coverage;
mod fault;
mod json;
mod pattern;
mod region;
mod scope;

pub use account::{Account, AccountId, AccountStatus, OuPath};
pub use coverage::{Coverage, Ledger, NotAsked, Totals, UnitKey, UnitRecord, UnitStatus, UnknownColumns};
pub use fault::{Fault, FaultKind};
pub use json::{Json, JsonError, Key};
pub use pattern::{NamePattern, closest};
pub use region::{Partition, Region};
pub use scope::Scope;

/// Every instant in canvass is UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
