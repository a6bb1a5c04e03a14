//! A table scan fanned out over accounts and regions.
//!
//! [`CatalogTable`] decides what a predicate can spare (`pushdown`), [`ScanExec`] is the one operator
//! DataFusion sees, and behind its partitions one scheduler asks the units (`scheduler`, `unit`).
//! Which units those are is worked out in `selection`; how they ended goes to the ledger, never as an
//! error into the stream. Key values that a join supplies come through a [`Feed`]; `requests` says which
//! unit is asked for which of them.

mod exec;
mod feed;
pub mod limited;
mod opening;
mod provider;
mod pushdown;
mod requests;
mod run;
mod scheduler;
pub mod selection;
mod sink;
mod spec;
mod state;
mod unit;

pub use exec::ScanExec;
pub use feed::{FedColumn, Feed, MOST_VALUES, Supply, Text, Values};
pub use opening::candidates;
pub use provider::CatalogTable;
pub use pushdown::service_value;
pub use requests::{base as base_request, quals_of};
pub use run::Run;
pub use spec::{ScanSpec, unit_column};
pub use state::{Unfinished, taken_for_enabled};
