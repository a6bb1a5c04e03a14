//! One task that asks the units of a scan, a bounded number at a time.
//!
//! Units come lazily: the regions of an account are looked up shortly before its turn, so a LIMIT that
//! the first unit satisfies costs one account's lookup. Under a LIMIT the number in flight starts at
//! one and grows by one with each unit that ends, which doubles it every round.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use crate::aws::{metered, within};
use crate::engine::scan::opening::{self, Settled};
use crate::engine::scan::requests::{self, Requests};
use crate::engine::scan::selection::is_single_region;
use crate::engine::scan::state::{ScanState, taken_for_enabled};
use crate::engine::scan::unit;
use crate::model::{Account, Fault, FaultKind, Meter, NotAsked, UnitStatus};
use crate::org::RegionState;
use crate::sources::UnitTask;

/// How long a unit that delivered rows may take to end once no more are wanted.
pub const GRACE: Duration = Duration::from_millis(100);

/// Runs a scan to its end. Dropping the future stops every unit.
pub async fn drive(state: Arc<ScanState>, into: Sender<Result<RecordBatch>>, context: Arc<TaskContext>) {
    let requests = tokio::select! {
        () = state.run.stopped() => return,
        () = into.closed() => return,
        requests = requests(&state, context) => requests,
    };
    let started = requests.and_then(|requests| {
        let accounts = state.start(|account| requests.concern(account))?;
        Ok((requests, accounts))
    });
    let (requests, accounts) = match started {
        Ok(started) => started,
        Err(error) => return report(&into, error).await,
    };
    let settled = tokio::select! {
        () = state.run.stopped() => return,
        () = into.closed() => return,
        settled = opening::open(&state, &requests, &accounts) => Arc::new(settled),
    };
    let most = state.run.settings.fan_out.concurrency.max(1);
    let mut in_flight = if state.is_limited() { 1 } else { most };
    let mut accounts = accounts.into_iter();
    let mut lookups = FuturesUnordered::new();
    let mut ready: VecDeque<UnitTask> = VecDeque::new();
    let mut running: JoinSet<()> = JoinSet::new();
    while !state.is_satisfied() {
        // Not in order: an account that hangs must not keep those after it waiting.
        while ready.len() < in_flight
            && lookups.len() < in_flight
            && let Some(account) = accounts.next()
        {
            lookups.push(regions_of(&state, account, Arc::clone(&settled)));
        }
        if running.is_empty() && lookups.is_empty() && ready.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            // Whatever still runs is dropped, and with it the last sender: the scan's rows end here.
            () = state.run.stopped() => return,
            () = state.satisfied.notified() => break,
            () = into.closed() => break,
            Some(_) = running.join_next(), if !running.is_empty() => {
                state.run.heed_limits();
                in_flight = (in_flight + 1).min(most);
            }
            Some((account, regions)) = lookups.next(), if !lookups.is_empty() => {
                match state.expand(&account, &regions) {
                    Ok(asked) => for region in asked {
                        match requests.of_unit(&account, &region) {
                            Some(request) => ready.push_back(state.task(&account, region, &request)),
                            None => {
                                let status = UnitStatus::NotAsked { reason: NotAsked::NotNeeded };
                                state.close(&state.key(&account, &region), status.into());
                            }
                        }
                    },
                    Err(error) => return report(&into, error).await,
                }
            }
            // Last, so that what has ended is known before another sets out.
            () = std::future::ready(()), if running.len() < in_flight && !ready.is_empty() => {
                if let Some(task) = ready.pop_front() {
                    running.spawn(unit::ask(Arc::clone(&state), task, into.clone()));
                }
            }
        }
    }
    // A unit whose rows were taken is about to end and knows what it cost; the others are not needed.
    let ending = async {
        while state.has_delivering_units() {
            if running.join_next().await.is_none() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(GRACE, ending).await;
}

/// What the units will be asked, once the other sides of joins have said their keys.
async fn requests(state: &Arc<ScanState>, context: Arc<TaskContext>) -> Result<Requests> {
    let base = requests::base(&state.spec, &state.run, source_limit(state), state.is_limited());
    let partition = state.run.settings.partition;
    let feeds = state.feeds();
    state.sends(&feeds);
    if feeds.is_empty() {
        return Ok(Requests::alike(base, partition));
    }
    let feeds = requests::read(feeds, context).await?;
    let requests = Requests::keyed(base, partition, &feeds)
        .map_err(|error| DataFusionError::External(Box::new(error)))?;
    if let Some((columns, values)) = requests.asked_everywhere().filter(|_| state.run.in_scope().len() > 1) {
        let columns = columns.join(" and ");
        state.run.note(format!(
            "{} was asked for {values} values of {columns} in every account: join account_id too, and each \
             is asked for only where it belongs",
            state.spec.table.name
        ));
    }
    Ok(requests)
}

/// An error of the statement itself (a predicate that divides by zero), not of a unit.
async fn report(into: &Sender<Result<RecordBatch>>, error: DataFusionError) {
    // Nobody listens: nothing to tell.
    let _ = into.send(Err(error)).await;
}

/// Rows dropped after they arrive must not count.
fn source_limit(state: &ScanState) -> Option<usize> {
    let dropped = state.spec.row_region_filter(&state.run.settings.scope).is_some();
    state.spec.limit.filter(|_| !dropped)
}

async fn regions_of(
    state: &Arc<ScanState>,
    account: Arc<Account>,
    settled: Arc<Settled>,
) -> (Arc<Account>, Arc<Vec<RegionState>>) {
    let regions = match settled.get(&account.id) {
        Some(regions) => taken_for_enabled(regions.clone()),
        None => look_up(state, &account).await,
    };
    (account, regions)
}

/// Where the regions cannot be read, the units are asked anyway and fail with their own words. Takes
/// no longer than a unit may.
async fn look_up(state: &Arc<ScanState>, account: &Arc<Account>) -> Arc<Vec<RegionState>> {
    if is_single_region(state.spec.table.scope) {
        return Arc::default();
    }
    if state.spec.own.get().is_some() {
        return state.spec.known_regions(&state.run, &account.id).unwrap_or_default();
    }
    // A task of its own, so that it goes on while nobody polls the queue.
    let lookup = {
        let (accounts, account) = (Arc::clone(&state.run.accounts), Arc::clone(account));
        let (actions, most) = (state.run.actions(), state.run.settings.fan_out.unit_timeout);
        SpawnedTask::spawn(async move {
            let meter = Arc::new(Meter::default());
            let asked = metered(Arc::clone(&meter), accounts.regions(&account, &actions));
            match within(most, &meter.waiting, asked).await {
                Some(Ok(regions)) => regions,
                Some(Err(fault)) if is_outside(&fault) => {
                    taken_for_enabled(accounts.fallback_regions(&actions).await)
                }
                // It may answer in a region that others have off: leaving that out would be a smaller
                // answer that nobody is told of.
                Some(Err(_)) | None => taken_for_enabled(accounts.possible_regions()),
            }
        })
    };
    match lookup.join().await {
        Ok(regions) => regions,
        Err(_) => taken_for_enabled(state.run.accounts.possible_regions()),
    }
}

/// Whether the account did not let us in, so that no region of it will answer.
fn is_outside(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::AssumeDenied | FaultKind::Suspended | FaultKind::Expired)
        || fault.operation.as_deref().is_some_and(|operation| operation.starts_with("sts:"))
}
