//! Which units of a plan would be answered from the rows of earlier runs. Asks nobody.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;

use crate::engine::explain::FoundScan;
use crate::engine::scan::{Run, base_request, selection, taken_for_enabled};
use crate::model::{AccountId, Region};
use crate::sources::UnitTask;

pub async fn kept(found: &FoundScan, run: &Run) -> Result<HashSet<(AccountId, Region)>> {
    let spec = &found.spec;
    if !found.feeds.is_empty() {
        // What will be asked is not known yet.
        return Ok(HashSet::new());
    }
    let request = Arc::new(base_request(spec, run, None, false));
    let guess = taken_for_enabled(run.accounts.known_fallback_regions());
    let mut kept = HashSet::new();
    for account in selection::accounts(spec, run)?.into_iter().filter(|a| a.status.can_be_asked()) {
        let all = spec.known_regions(run, &account.id).unwrap_or_else(|| Arc::clone(&guess));
        for region in selection::regions(spec, run, &account, &all)?.asked {
            let task = UnitTask {
                account: Arc::clone(&account),
                region,
                request: Arc::clone(&request),
                meter: Arc::default(),
            };
            if spec.source.keeps(&task).await {
                kept.insert((task.account.id.clone(), task.region));
            }
        }
    }
    Ok(kept)
}
