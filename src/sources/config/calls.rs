//! Calls to Config and Organizations outside of a unit's own calls, page by page.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aws::ActionSet;
use crate::model::{AccountId, Fault, FaultKind, Json, Meter, Region};
use crate::sources::api::pages::Pages;
use crate::sources::budget::{Held, ScanBytes, UnitBytes};
use crate::sources::reader::{Asker, Reader};

/// An account and region that is asked, and who pays.
#[derive(Clone)]
pub struct At {
    pub account: AccountId,
    pub region: Region,
    pub actions: ActionSet,
    pub meter: Arc<Meter>,
}

/// The actions of a session that makes no other calls than these operations.
pub fn actions(reader: &dyn Reader, operations: &[&str]) -> ActionSet {
    let known = operations.iter().filter_map(|id| reader.read_operation(id));
    let actions: BTreeSet<String> = known.flat_map(|operation| operation.actions.clone()).collect();
    ActionSet::new(actions)
}

/// Results of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As many as may be asked for.
    Largest,
    /// As many as come unasked: more, where groups are counted.
    Usual,
}

/// Every page of an operation goes to `each`, with the bytes it holds. The first fault ends it: of `each`, of the call, of a token
/// that repeats.
pub async fn pages(
    reader: &Arc<dyn Reader>,
    bytes: &Arc<ScanBytes>,
    at: &At,
    operation: &str,
    input: Json,
    size: Size,
    mut each: impl FnMut(&Json, Option<Held>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let read = reader.read_operation(operation).ok_or_else(|| {
        Fault::new(FaultKind::Rejected, format!("{operation} is not among the read operations"))
    })?;
    let asker = Asker::new(
        Arc::clone(reader),
        at.account.clone(),
        at.actions.clone(),
        Arc::clone(&at.meter),
        UnitBytes::new(bytes),
    );
    let pages = Pages::new(&asker, &at.region, &read, input);
    let mut pages = if size == Size::Largest { pages.largest() } else { pages };
    while let Some(page) = pages.next().await {
        let page = page?;
        each(&page.output, page.held)?;
    }
    Ok(())
}

/// The objects in a list of a response.
pub fn list<'j>(output: &'j Json, member: &str) -> &'j [Json] {
    output.get(member).and_then(Json::as_array).unwrap_or_default()
}
