//! Before the first unit: a source that may answer many at once learns which there will be, and says which
//! accounts need not be asked for their regions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::aws::metered;
use crate::catalog::table::TableScope;
use crate::engine::scan::requests::Requests;
use crate::engine::scan::run::Run;
use crate::engine::scan::selection;
use crate::engine::scan::spec::ScanSpec;
use crate::engine::scan::state::{ScanState, taken_for_enabled};
use crate::model::{Account, AccountId, Region};
use crate::org::RegionState;
use crate::sources::Candidate;

/// The regions of accounts that are not asked for them.
pub type Settled = HashMap<AccountId, Vec<Region>>;

pub async fn open(state: &Arc<ScanState>, requests: &Requests, accounts: &[Arc<Account>]) -> Settled {
    let (spec, run) = (&state.spec, &state.run);
    let Some(request) = requests.of_all().filter(|_| spec.table.scope != TableScope::Organization) else {
        return Settled::default();
    };
    let regional = spec.table.scope == TableScope::Regional;
    let guess = run.accounts.known_fallback_regions().len();
    let of = |account: &Arc<Account>| run.accounts.known_regions(&account.id).map_or(guess, |all| all.len());
    let units = if regional { accounts.iter().map(of).sum() } else { accounts.len() };
    if !spec.source.chooses(request, units) {
        return Settled::default();
    }
    let meter = state.opening_meter();
    let actions = run.actions();
    let usual = metered(Arc::clone(&meter), run.accounts.fallback_regions(&actions)).await;
    let candidates = candidates(spec, run, accounts, &taken_for_enabled(usual));
    let opened = spec.source.open(request, &candidates, &meter).await;
    opened.notes.into_iter().for_each(|note| run.note(note));
    opened.regions
}

/// The accounts of a scan as a source is told of them. `usual` are the regions of one that has not said which it has.
pub fn candidates(
    spec: &ScanSpec,
    run: &Run,
    accounts: &[Arc<Account>],
    usual: &Arc<Vec<RegionState>>,
) -> Vec<Candidate> {
    let regional = spec.table.scope == TableScope::Regional;
    let possible = taken_for_enabled(run.accounts.possible_regions());
    accounts
        .iter()
        .map(|account| {
            let known = run.accounts.known_regions(&account.id);
            let states = known.as_ref().unwrap_or(usual);
            let asked_of = |states| {
                let found = selection::regions(spec, run, account, states);
                found.map(|found| found.asked).unwrap_or_default()
            };
            let asked = asked_of(states);
            let perhaps = match (&known, regional) {
                (None, true) => {
                    let others = asked_of(&possible).into_iter();
                    others.filter(|region| !asked.contains(region)).collect()
                }
                _ => Vec::new(),
            };
            Candidate {
                account: Arc::clone(account),
                asked,
                perhaps,
                enabled: states.iter().filter(|s| s.enabled).map(|s| s.region.clone()).collect(),
                are_known: known.is_some(),
            }
        })
        .collect()
}
