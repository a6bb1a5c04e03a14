//! The gate every attempt passes: first a token, then a permit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::metered::waiting;
use super::quotas::{Quota, Sharing};
use super::tokens::{Ticket, Tokens};
use crate::aws::retry::Again;
use crate::catalog::price;
use crate::model::{AccountId, Region, Stopwatch, Tally};

/// A wait shorter than this explains nothing.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// Buckets kept before those that are full again are looked for.
const SWEEP: usize = 1024;

/// Name of the quota, and the account and region where it is theirs alone.
type Key = (Arc<str>, Option<AccountId>, Option<Region>);

pub struct Gate {
    permits: Semaphore,
    /// Of a quota; `None`: no token is needed.
    share: Option<f64>,
    buckets: Mutex<Buckets>,
    waits: Mutex<BTreeMap<Arc<str>, Arc<Waits>>>,
    opened: Instant,
    /// Every attempt passes here.
    pub tally: Arc<Tally>,
}

#[derive(Default)]
struct Buckets {
    by_key: HashMap<Key, Arc<Bucket>>,
    sweep_at: usize,
}

struct Bucket {
    /// Held by whoever is next; the others queue behind, first come first served.
    turn: tokio::sync::Mutex<()>,
    tokens: Mutex<Tokens>,
    waits: Arc<Waits>,
}

impl Bucket {
    /// Waits until there is one. Only whoever's turn it is waits here, so the watch runs while anybody
    /// waits for this quota.
    async fn token(&self) {
        let mut wait = None;
        loop {
            let ready_at = self.tokens.lock().ready_at(Instant::now());
            let Some(at) = ready_at else { return };
            wait.get_or_insert_with(|| self.waits.watch.start());
            tokio::time::sleep_until(at).await;
        }
    }
}

/// What waiting for one quota cost, over all its buckets.
struct Waits {
    quota: Quota,
    watch: Stopwatch,
    throttled: Mutex<u64>,
}

/// What one quota's pace cost a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Paced {
    /// `sts:*`, `ec2:DescribeInstances`
    pub name: Arc<str>,
    /// Requests a second that the pace allows.
    pub rate: f64,
    /// `per account and region`
    pub shared: &'static str,
    pub waits: u64,
    /// Time in which at least one call waited.
    pub waited: Duration,
    pub throttled: u64,
}

impl Gate {
    /// `share` is the part of each quota that may be used; `None` lets everything through that has a permit.
    pub fn new(concurrency: usize, share: Option<f64>) -> Self {
        Self {
            permits: Semaphore::new(concurrency.max(1)),
            share,
            buckets: Mutex::new(Buckets { sweep_at: SWEEP, ..Buckets::default() }),
            waits: Mutex::default(),
            opened: Instant::now(),
            tally: Arc::new(Tally::new(price::of)),
        }
    }

    /// Waits for a token of the quota and then for a permit. The permit is free again when the pass is
    /// left or dropped.
    pub async fn enter(&self, quota: &Quota, account: Option<&AccountId>, region: &Region) -> Pass<'_> {
        let Some(bucket) = self.bucket(quota, account, region) else {
            return Pass { _permit: waiting(self.permit()).await, heard: Heard(None) };
        };
        if let Ok(_turn) = bucket.turn.try_lock()
            && let Ok(permit) = self.permits.try_acquire()
        {
            let taken = bucket.tokens.lock().take(Instant::now());
            if let Ok(ticket) = taken {
                return Pass::new(permit, &bucket, ticket);
            }
        }
        waiting(self.queue(&bucket)).await
    }

    /// A token, taken from tomorrow's if need be, and no permit: for a call that others who hold permits
    /// wait for.
    pub fn enter_now(&self, quota: &Quota, account: Option<&AccountId>, region: &Region) -> Pass<'_> {
        let heard = self.bucket(quota, account, region).map(|bucket| {
            let ticket = bucket.tokens.lock().borrow(Instant::now());
            (bucket, ticket)
        });
        Pass { _permit: None, heard: Heard(heard) }
    }

    async fn queue(&self, bucket: &Arc<Bucket>) -> Pass<'_> {
        let pace = || tracing::trace_span!("pace", quota = &*bucket.waits.quota.name);
        let _turn = bucket.turn.lock().instrument(pace()).await;
        loop {
            bucket.token().instrument(pace()).await;
            let permit = self.permit().await;
            // An answer to another attempt may have emptied the bucket meanwhile.
            let taken = bucket.tokens.lock().take(Instant::now());
            if let Ok(ticket) = taken {
                return Pass { _permit: permit, heard: Heard(Some((Arc::clone(bucket), ticket))) };
            }
        }
    }

    /// `None` never comes: nobody closes the semaphore.
    async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        self.permits.acquire().instrument(tracing::trace_span!("permit")).await.ok()
    }

    fn bucket(&self, quota: &Quota, account: Option<&AccountId>, region: &Region) -> Option<Arc<Bucket>> {
        let share = self.share?;
        let (account, region) = match quota.sharing {
            Sharing::Region => (account.cloned(), Some(region.clone())),
            Sharing::Account => (account.cloned(), None),
            Sharing::Organization => (None, None),
        };
        let key = (Arc::clone(&quota.name), account, region);
        let mut buckets = self.buckets.lock();
        if let Some(bucket) = buckets.by_key.get(&key) {
            return Some(Arc::clone(bucket));
        }
        let now = Instant::now();
        if buckets.by_key.len() >= buckets.sweep_at {
            let used = |bucket: &Arc<Bucket>| Arc::strong_count(bucket) > 1;
            buckets.by_key.retain(|_, bucket| used(bucket) || !bucket.tokens.lock().is_as_new(now));
            buckets.sweep_at = SWEEP.max(buckets.by_key.len() * 2);
        }
        let bucket = Arc::new(Bucket {
            turn: tokio::sync::Mutex::new(()),
            tokens: Mutex::new(Tokens::new(
                quota.rate * quota.share(share),
                quota.burst * quota.share(share),
                now,
            )),
            waits: self.waits_of(quota),
        });
        buckets.by_key.insert(key, Arc::clone(&bucket));
        Some(bucket)
    }

    fn waits_of(&self, quota: &Quota) -> Arc<Waits> {
        let mut waits = self.waits.lock();
        let new = || {
            let (quota, watch) = (quota.clone(), Stopwatch::default());
            Arc::new(Waits { quota, watch, throttled: Mutex::default() })
        };
        Arc::clone(waits.entry(Arc::clone(&quota.name)).or_insert_with(new))
    }

    /// What the pace cost so far, the dearest quota first; those nobody waited for are left out.
    pub fn paced(&self) -> Vec<Paced> {
        let share = self.share.unwrap_or(1.0);
        let mut paced: Vec<Paced> = self
            .waits
            .lock()
            .values()
            .map(|waits| Paced {
                name: Arc::clone(&waits.quota.name),
                rate: waits.quota.rate * share,
                shared: waits.quota.sharing.describe(),
                waits: waits.watch.count(),
                waited: waits.watch.total(),
                throttled: *waits.throttled.lock(),
            })
            .filter(|paced| paced.waits > 0 || paced.throttled > 0)
            .collect();
        paced.sort_by_key(|paced| std::cmp::Reverse(paced.waited));
        paced
    }

    /// Why this run took its time, if the pace is why: an operator should know which rate it was, and
    /// which setting changes it.
    pub fn notes(&self) -> Vec<String> {
        let (paced, elapsed) = (self.paced(), self.opened.elapsed());
        for Paced { name, rate, waits, waited, throttled, .. } in &paced {
            let ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(quota = &**name, rate, waits, ms, throttled, "paced");
        }
        let worth_saying = |paced: &&Paced| paced.waited >= WORTH_SAYING && paced.waited >= elapsed / 3;
        paced.iter().filter(worth_saying).take(2).map(|paced| self.note(paced, elapsed)).collect()
    }

    fn note(&self, paced: &Paced, elapsed: Duration) -> String {
        let Paced { name, rate, shared, waited, throttled, .. } = paced;
        let share = self.share.unwrap_or(1.0);
        let throttled = match throttled {
            0 => String::new(),
            1 => ", throttled once".to_owned(),
            n => format!(", throttled {n} times"),
        };
        let rate = (rate * 100.0).round() / 100.0;
        let (waited, elapsed) = (waited.as_secs_f64(), elapsed.as_secs_f64());
        format!(
            "paced: {name} at {rate}/s {shared} for {waited:.1}s of {elapsed:.1}s{throttled}; \
             --pace is the share of AWS's quota to use, now {share}"
        )
    }
}

/// The right to make one attempt.
pub struct Pass<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    heard: Heard,
}

impl<'a> Pass<'a> {
    fn new(permit: SemaphorePermit<'a>, bucket: &Arc<Bucket>, ticket: Ticket) -> Self {
        Self { _permit: Some(permit), heard: Heard(Some((Arc::clone(bucket), ticket))) }
    }

    /// The attempt is over and the permit free.
    pub fn leave(self) -> Heard {
        self.heard
    }
}

/// Where the pace hears how an attempt ended. One that no service answered tells nothing.
pub struct Heard(Option<(Arc<Bucket>, Ticket)>);

impl Heard {
    /// How an attempt of a typed client failed, if it did.
    pub fn told(&self, failed: Option<Again>) {
        match failed {
            Some(Again::Throttled(asked)) => self.throttled(asked),
            Some(Again::Transient) => {}
            _ => self.answered(),
        }
    }

    /// By any answer that is not a complaint about too many.
    pub fn answered(&self) {
        if let Some((bucket, _)) = &self.0 {
            bucket.tokens.lock().answered(Instant::now());
        }
    }

    /// `asked` is the pause the service asked for.
    pub fn throttled(&self, asked: Option<Duration>) {
        if let Some((bucket, ticket)) = &self.0 {
            *bucket.waits.throttled.lock() += 1;
            let rate = {
                let mut tokens = bucket.tokens.lock();
                tokens.throttled(*ticket, asked, Instant::now());
                tokens.rate()
            };
            tracing::debug!(quota = &*bucket.waits.quota.name, rate, "throttled");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::pace::quota;

    fn account(n: usize) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    fn region() -> Region {
        Region::new("eu-west-1")
    }

    fn of(rate: f64, burst: f64) -> Quota {
        Quota { name: "test:ListThings".into(), rate, burst, sharing: Sharing::Region, is_ours_alone: false }
    }

    #[tokio::test]
    async fn the_share_of_a_quota_decides_the_pace() {
        let gate = Gate::new(64, Some(0.25));
        let (quota, begun) = (of(800.0, 40.0), Instant::now());
        // A burst of 10, then 200 a second: 50 calls take a fifth of a second.
        for _ in 0..50 {
            gate.enter(&quota, Some(&account(1)), &region()).await.leave().answered();
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(195), "{took:?}");
        assert!(gate.notes().is_empty(), "too short to explain anything");
        let [paced] = &gate.paced()[..] else { panic!("one quota") };
        assert_eq!((&*paced.name, paced.rate, paced.throttled), ("test:ListThings", 200.0, 0));
        assert!(paced.waits >= 1 && paced.waited <= took, "{paced:?}");
    }

    #[tokio::test]
    async fn other_accounts_and_regions_have_tokens_of_their_own() {
        let gate = Gate::new(64, Some(1.0));
        let quota = of(0.01, 1.0);
        let begun = Instant::now();
        for n in 0..100 {
            gate.enter(&quota, Some(&account(n)), &region()).await.leave().answered();
        }
        gate.enter(&quota, Some(&account(1)), &Region::new("us-east-1")).await.leave().answered();
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(gate.paced().is_empty());
        let shared = Quota { sharing: Sharing::Account, ..of(0.01, 1.0) };
        gate.enter_now(&shared, Some(&account(1)), &region());
        let other = gate.bucket(&shared, Some(&account(1)), &Region::new("us-east-1")).unwrap();
        assert!(other.tokens.lock().take(Instant::now()).is_err(), "one bucket for all regions");
    }

    #[tokio::test]
    async fn those_who_wait_hold_no_permit_and_go_in_their_order() {
        let gate = Arc::new(Gate::new(1, Some(1.0)));
        let slow = of(100.0, 1.0);
        let order = Arc::new(Mutex::new(Vec::new()));
        gate.enter(&slow, None, &region()).await.leave().answered();
        let mut tasks = Vec::new();
        for n in 0..10 {
            let (task_gate, slow, order) = (gate.clone(), slow.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let pass = task_gate.enter(&slow, None, &region()).await;
                order.lock().push(n);
                pass.leave().answered();
            }));
            tokio::task::yield_now().await;
        }
        // Ten wait for a token; the only permit is free for another bucket.
        let (other, elsewhere, here) = (of(1.0, 1.0), account(7), region());
        let free = gate.enter(&other, Some(&elsewhere), &here);
        drop(tokio::time::timeout(Duration::from_secs(5), free).await.expect("a permit is free"));
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock(), (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn one_that_is_throttled_slows_those_who_wait_with_it() {
        let gate = Arc::new(Gate::new(64, Some(1.0)));
        let quota = of(1000.0, 2.0);
        let first = gate.enter(&quota, None, &region()).await;
        first.leave().throttled(Some(Duration::from_millis(120)));
        let begun = Instant::now();
        let others = (0..5).map(|_| {
            let (gate, quota) = (gate.clone(), quota.clone());
            tokio::spawn(async move {
                gate.enter(&quota, None, &region()).await.leave().answered();
                begun.elapsed()
            })
        });
        for other in futures::future::join_all(others).await {
            assert!(other.unwrap() >= Duration::from_millis(115));
        }
        assert_eq!(gate.paced()[0].throttled, 1);
    }

    #[test]
    fn a_note_names_the_quota_its_rate_and_the_flag() {
        let gate = Gate::new(1, Some(0.25));
        let paced = Paced {
            name: "sts:*".into(),
            rate: 150.0,
            shared: Sharing::Region.describe(),
            waits: 70,
            waited: Duration::from_millis(6600),
            throttled: 2,
        };
        assert_eq!(
            gate.note(&paced, Duration::from_millis(8100)),
            "paced: sts:* at 150/s per account and region for 6.6s of 8.1s, throttled 2 times; \
             --pace is the share of AWS's quota to use, now 0.25"
        );
    }

    #[tokio::test]
    async fn without_a_pace_only_permits_count() {
        let gate = Gate::new(2, None);
        let quota = of(0.001, 1.0);
        let (a, b) = (gate.enter(&quota, None, &region()).await, gate.enter(&quota, None, &region()).await);
        let here = region();
        let third = gate.enter(&quota, None, &here);
        assert!(tokio::time::timeout(Duration::from_millis(5), third).await.is_err());
        drop((a, b));
        gate.enter(&quota, None, &region()).await.leave().throttled(None);
        assert!(gate.paced().is_empty());
    }

    #[tokio::test]
    async fn tens_of_thousands_of_buckets_are_cheap_and_full_ones_are_forgotten() {
        let gate = Gate::new(64, Some(0.25));
        let quota = quota("ec2", "DescribeVpcs");
        for n in 0..34_000 {
            gate.enter(&quota, Some(&account(n)), &region()).await.leave().answered();
        }
        assert!(std::mem::size_of::<Bucket>() <= 192, "{}", std::mem::size_of::<Bucket>());
        let later = Instant::now() + Duration::from_secs(60);
        assert!(gate.buckets.lock().by_key.values().all(|b| b.tokens.lock().is_as_new(later)));
    }
}
