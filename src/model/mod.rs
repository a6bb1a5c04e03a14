//! The words everything else speaks. No I/O, no AWS SDK, no SQL.

mod account;
mod coverage;
mod fault;
mod gap;
mod json;
mod ledger;
pub mod numeric;
mod pattern;
mod region;
mod scope;
mod spend;
mod stopwatch;
mod tally;
mod usd;

pub use account::{Account, AccountId, AccountStatus, OuPath};
pub use coverage::{Coverage, NotAsked, Totals, UnitKey, UnitRecord, UnitStatus, UnknownColumns};
pub use fault::{Fault, FaultKind};
pub use gap::KnownGap;
pub use json::{Json, JsonError, Key};
pub use ledger::{Ledger, Meter, Progress};
pub use pattern::{NamePattern, closest};
pub use region::{Partition, Region};
pub use scope::Scope;
pub use spend::{Measure, Spend};
pub use stopwatch::{Running, Stopwatch};
pub use tally::{Limits, Tally};
pub use usd::Usd;

/// Every instant in canvass is UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
