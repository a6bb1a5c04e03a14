//! A query at the service: started, asked after, and stopped where nobody waits for it any more.
//!
//! A query that is given up goes on at the service, costs what it costs, and takes one of the account's
//! places: so its end is sent even when the run is interrupted, and [`Ends::over`] waits until it is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, oneshot};
use tokio::task::JoinHandle;

use crate::aws::ReadOperation;
use crate::model::{AccountId, Fault, FaultKind, Json, Key, Measure, Region};
use crate::sources::budget::Held;
use crate::sources::reader::Asker;

/// CloudWatch Logs quotas: queries that an account may have running in a region.
const CONCURRENT: f64 = 100.0;

/// Pauses between two questions whether a query has ended.
pub const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where others have taken all places, one is waited for so long.
const PATIENCE: Duration = Duration::from_secs(600);

/// What all queries of a run share.
#[derive(Debug)]
pub struct Places {
    share: Option<f64>,
    first_pause: Duration,
    by_place: Mutex<HashMap<(AccountId, Region), Arc<Semaphore>>>,
    /// Milliseconds that queries took of late.
    usual: AtomicU64,
}

impl Places {
    pub fn new(share: Option<f64>, first_pause: Duration) -> Self {
        Self { share, first_pause, by_place: Mutex::default(), usual: AtomicU64::new(0) }
    }

    fn of(&self, account: &AccountId, region: &Region) -> Arc<Semaphore> {
        let most = (CONCURRENT * self.share.unwrap_or(1.0)).floor().max(1.0) as usize;
        let key = (account.clone(), region.clone());
        Arc::clone(self.by_place.lock().entry(key).or_insert_with(|| Arc::new(Semaphore::new(most))))
    }

    /// How long to wait before the first question: not quite as long as queries took of late.
    fn before_first(&self) -> Duration {
        let usual = Duration::from_millis(self.usual.load(Ordering::Relaxed));
        usual.mul_f64(0.75).clamp(self.first_pause, LONGEST_PAUSE)
    }

    fn took(&self, time: Duration) {
        let (before, now) = (self.usual.load(Ordering::Relaxed), time.as_millis() as u64);
        self.usual.store(if before == 0 { now } else { (before * 3 + now) / 4 }, Ordering::Relaxed);
    }
}

/// Units under way, and what must be heard before the program ends.
#[derive(Debug, Default)]
pub struct Ends {
    units: AtomicUsize,
    idle: Notify,
    owed: Mutex<Vec<JoinHandle<()>>>,
}

/// A unit under way; over when dropped.
pub struct UnderWay(Arc<Ends>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.units.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

impl Ends {
    pub fn enter(self: &Arc<Self>) -> UnderWay {
        self.units.fetch_add(1, Ordering::SeqCst);
        UnderWay(Arc::clone(self))
    }

    fn owe(&self, task: JoinHandle<()>) {
        let mut owed = self.owed.lock();
        owed.retain(|task| !task.is_finished());
        owed.push(task);
    }

    /// Waits until no unit is under way and everything that was stopped has been told so.
    pub async fn over(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.units.load(Ordering::SeqCst) == 0 {
                break;
            }
            idle.await;
        }
        loop {
            let owed = std::mem::take(&mut *self.owed.lock());
            if owed.is_empty() {
                return;
            }
            futures::future::join_all(owed).await;
        }
    }
}

/// How a query ended, other than in a fault.
pub enum Ended {
    Answered(Answer),
    /// It took longer than the service lets one take.
    TimedOut,
}

/// What a query answered.
pub struct Answer {
    pub id: String,
    /// Each a list of fields and values.
    pub rows: Vec<Json>,
    pub matched: u64,
    pub scanned: u64,
    pub bytes_scanned: u64,
    pub held: Option<Held>,
}

/// The calls that queries are made of, for one unit.
#[derive(Clone)]
pub struct Calls {
    pub asker: Asker,
    pub region: Region,
    pub start: ReadOperation,
    pub results: ReadOperation,
    pub stop: ReadOperation,
    pub places: Arc<Places>,
    pub ends: Arc<Ends>,
}

/// A query that runs at the service; stopped where this is dropped before its end is known.
struct Running<'c> {
    id: String,
    calls: &'c Calls,
    /// Of the runtime that the stop is sent on: whoever drops this may have none.
    runtime: Handle,
    ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let stop = self.calls.stop_of(&self.id);
            self.calls.ends.owe(self.runtime.spawn(stop));
        }
    }
}

fn id_of(output: &Json) -> Option<String> {
    output.get("QueryId").and_then(Json::as_str).map(str::to_owned)
}

impl Calls {
    /// Runs a query to its end.
    pub async fn run(&self, input: Json) -> Result<Ended, Fault> {
        let place = self.places.of(self.asker.account(), &self.region);
        let _place = self.place(&place).await?;
        let mut failed = None;
        // A query that the service failed may do the next time.
        for _ in 0..2 {
            let mut running = self.start(input.clone()).await?;
            let begun = Instant::now();
            let end = self.end_of(&running).await;
            running.ended = end.is_ok();
            match end {
                Ok(Some(ended)) => {
                    self.places.took(begun.elapsed());
                    return Ok(ended);
                }
                Ok(None) => failed = Some(running.id.clone()),
                Err(fault) => return Err(fault),
            }
        }
        let id = failed.unwrap_or_default();
        let fault = Fault::new(FaultKind::BadResponse, format!("Insights failed query {id}, and again"));
        Err(fault.in_operation(self.results.operation.id()))
    }

    async fn place<'p>(&self, place: &'p Semaphore) -> Result<SemaphorePermit<'p>, Fault> {
        let _wait = self.asker.meter().waiting.start();
        let closed = |_| Fault::new(FaultKind::Cancelled, "no more queries are started");
        place.acquire().await.map_err(closed)
    }

    /// Starts it, as soon as the account has a place for it.
    async fn start(&self, input: Json) -> Result<Running<'_>, Fault> {
        let begun = Instant::now();
        let mut pause = self.places.first_pause;
        loop {
            match self.try_start(input.clone()).await {
                Ok(id) => return Ok(Running { id, calls: self, runtime: Handle::current(), ended: false }),
                Err(fault) if fault.code.as_deref() == Some("LimitExceededException") => {
                    if begun.elapsed() > PATIENCE {
                        return Err(Fault { kind: FaultKind::Throttled, ..fault });
                    }
                }
                Err(fault) => return Err(fault),
            }
            self.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE * 4);
        }
    }

    /// Never left half made: a query that nobody knows of would run on.
    async fn try_start(&self, input: Json) -> Result<String, Fault> {
        let (tell, told) = oneshot::channel();
        let call = self.asker.call(&self.region, &self.start, input);
        let calls = self.clone();
        let task = tokio::spawn(async move {
            if let Err(Ok(unheard)) = tell.send(call.await)
                && let Some(id) = id_of(&unheard.output)
            {
                calls.stop_of(&id).await;
            }
        });
        self.ends.owe(task);
        let lost = |_| Fault::new(FaultKind::BadResponse, "the call was lost");
        let operation = || self.start.operation.id();
        let response =
            told.await.map_err(lost)?.map_err(|failure| failure.fault.in_operation(operation()))?;
        self.asker.meter().called(0, response.bytes);
        id_of(&response.output).ok_or_else(|| {
            Fault::new(FaultKind::BadResponse, "a query was started without an id").in_operation(operation())
        })
    }

    fn stop_of(&self, id: &str) -> impl Future<Output = ()> + Send + 'static {
        let input = Json::object([("QueryId", Json::string(id))]);
        let call = self.asker.call(&self.region, &self.stop, input);
        let id = id.to_owned();
        async move {
            // A query that has ended meanwhile refuses, and so may whoever forbids it: it ends by itself.
            if let Err(failure) = call.await {
                tracing::debug!(query = id, fault = failure.fault.message, "a query was not stopped");
            }
        }
    }

    async fn sleep(&self, pause: Duration) {
        // The service works: the unit is not late.
        let _wait = self.asker.meter().waiting.start();
        tokio::time::sleep(pause).await;
    }

    /// How the query ends; `None` where the service failed it.
    async fn end_of(&self, running: &Running<'_>) -> Result<Option<Ended>, Fault> {
        self.sleep(self.places.before_first()).await;
        let mut pause = self.places.first_pause;
        loop {
            let (output, bytes) = self.results(&running.id, None).await?;
            match output.get("Status").and_then(Json::as_str).unwrap_or_default() {
                "Complete" => {
                    return self.answer(running, output, bytes).await.map(|a| Some(Ended::Answered(a)));
                }
                "Failed" => return Ok(None),
                "Timeout" => return Ok(Some(Ended::TimedOut)),
                "Cancelled" => {
                    let fault = Fault::new(FaultKind::Rejected, "somebody stopped the query");
                    return Err(fault.in_operation(self.results.operation.id()));
                }
                _ => {}
            }
            self.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn results(&self, id: &str, token: Option<&Json>) -> Result<(Json, u64), Fault> {
        let mut input: Vec<(Key, Json)> = vec![(Key::from("QueryId"), Json::string(id))];
        input.extend(token.map(|token| (Key::from("NextToken"), token.clone())));
        let started = self.asker.start(&self.region, &self.results, Json::Object(input));
        self.asker.finish(started).await
    }

    async fn answer(&self, running: &Running<'_>, first: Json, bytes: u64) -> Result<Answer, Fault> {
        let number = |name: &str| {
            let value = first.get("Statistics").and_then(|statistics| statistics.get(name));
            let number = value.and_then(Json::to_text).and_then(|text| text.parse::<f64>().ok());
            number.filter(|number| *number >= 0.0).unwrap_or_default() as u64
        };
        let (matched, scanned) = (number("RecordsMatched"), number("RecordsScanned"));
        let bytes_scanned = number("BytesScanned");
        let (mut rows, mut bytes) = (Vec::new(), bytes);
        let (mut page, mut seen) = (first, HashSet::new());
        loop {
            let token = page.get("NextToken").filter(|token| !token.is_null()).cloned();
            if let Json::Object(members) = &mut page
                && let Some((_, Json::Array(found))) =
                    members.iter_mut().find(|(name, _)| &**name == "Results")
            {
                rows.append(found);
            }
            let Some(token) = token else { break };
            if !seen.insert(token.to_json()) {
                let fault =
                    Fault::new(FaultKind::BadResponse, "the pages of a query's results go in circles");
                return Err(fault.in_operation(self.results.operation.id()));
            }
            let (next, more) = self.results(&running.id, Some(&token)).await?;
            (page, bytes) = (next, bytes + more);
        }
        self.asker.meter().used(Measure::BytesScanned, bytes_scanned);
        let held = Some(self.asker.bytes().hold(bytes));
        Ok(Answer { id: running.id.clone(), rows, matched, scanned, bytes_scanned, held })
    }
}
