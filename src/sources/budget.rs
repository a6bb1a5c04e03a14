//! How many bytes of responses may wait to become rows.
//!
//! A unit that holds none waits until there is room; one that holds some never waits, for what it asks
//! next may be what it needs to let go of them. The first of a scan passes in any case: the scan that
//! holds the bytes may be one that waits for this one. What is fetched ahead of need has a small part of
//! the budget: it helps where few ask for long lists, and only takes memory where many do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The part of the budget that must be free for anything fetched ahead.
const AHEAD: u64 = 8;

/// What all scans of a run may hold together.
#[derive(Debug)]
pub struct ByteBudget {
    limit: u64,
    held: AtomicU64,
    /// Rings when something was let go.
    freed: Notify,
}

impl ByteBudget {
    pub fn new(limit: usize) -> Arc<Self> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        Arc::new(Self { limit, held: AtomicU64::new(0), freed: Notify::new() })
    }
}

/// One scan's part of it.
#[derive(Debug)]
pub struct ScanBytes {
    budget: Arc<ByteBudget>,
    held: AtomicU64,
}

impl ScanBytes {
    pub fn new(budget: &Arc<ByteBudget>) -> Arc<Self> {
        Arc::new(Self { budget: Arc::clone(budget), held: AtomicU64::new(0) })
    }
}

/// One unit's part of that.
#[derive(Clone, Debug)]
pub struct UnitBytes {
    scan: Arc<ScanBytes>,
    held: Arc<AtomicU64>,
}

impl UnitBytes {
    pub fn new(scan: &Arc<ScanBytes>) -> Self {
        Self { scan: Arc::clone(scan), held: Arc::default() }
    }

    /// Whether one more response may be asked for.
    pub fn has_room(&self) -> bool {
        let budget = &self.scan.budget;
        budget.held.load(Ordering::SeqCst) < budget.limit || self.scan.held.load(Ordering::SeqCst) == 0
    }

    /// Waits for room, unless this unit itself holds some of it.
    pub async fn room(&self) {
        while self.held.load(Ordering::SeqCst) == 0 && !self.has_room() {
            let freed = self.scan.budget.freed.notified();
            tokio::pin!(freed);
            // From here on nothing that is let go is missed.
            freed.as_mut().enable();
            if self.has_room() {
                return;
            }
            freed.await;
        }
    }

    /// Takes what is expected of a response that is not needed yet, where there is room for it.
    pub fn ahead(&self, bytes: u64) -> Option<Held> {
        let budget = &self.scan.budget;
        let room = budget.held.load(Ordering::SeqCst).saturating_add(bytes) <= budget.limit / AHEAD;
        room.then(|| self.hold(bytes))
    }

    /// Takes what has arrived, room or not.
    pub fn hold(&self, bytes: u64) -> Held {
        for held in [&self.scan.budget.held, &self.scan.held, &*self.held] {
            held.fetch_add(bytes, Ordering::SeqCst);
        }
        Held { unit: self.clone(), bytes }
    }
}

/// Bytes of a response whose rows are not all columns yet; let go when dropped.
#[derive(Debug)]
pub struct Held {
    unit: UnitBytes,
    bytes: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let scan = &self.unit.scan;
        for held in [&scan.budget.held, &scan.held, &*self.unit.held] {
            held.fetch_sub(self.bytes, Ordering::SeqCst);
        }
        scan.budget.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn passes(unit: &UnitBytes) -> bool {
        tokio::time::timeout(Duration::from_millis(5), unit.room()).await.is_ok()
    }

    #[tokio::test]
    async fn a_full_budget_is_waited_for_until_something_is_let_go() {
        let scan = ScanBytes::new(&ByteBudget::new(100));
        let (first, second) = (UnitBytes::new(&scan), UnitBytes::new(&scan));
        assert!(passes(&first).await);
        let small = first.hold(60);
        assert!(passes(&second).await, "there is room left");
        let large = second.hold(1000);
        let third = UnitBytes::new(&scan);
        assert!(!passes(&third).await);
        let waiting = tokio::spawn(async move { third.room().await });
        drop(small);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "the larger one alone is more than the budget");
        drop(large);
        tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("nobody rang").unwrap();
    }

    #[tokio::test]
    async fn whoever_holds_some_never_waits_for_more() {
        let scan = ScanBytes::new(&ByteBudget::new(10));
        let unit = UnitBytes::new(&scan);
        let _page = unit.hold(1000);
        assert!(passes(&unit).await, "its next call may be what frees the page");
        assert!(unit.ahead(1).is_none(), "but nothing is fetched ahead");
    }

    #[tokio::test]
    async fn what_is_fetched_ahead_counts_from_the_start_and_has_a_small_part() {
        let scan = ScanBytes::new(&ByteBudget::new(800));
        let (first, second) = (UnitBytes::new(&scan), UnitBytes::new(&scan));
        let expected = first.ahead(60).unwrap();
        assert!(second.ahead(60).is_none());
        assert!(passes(&second).await, "what is needed has the rest");
        drop(expected);
        assert!(second.ahead(60).is_some());
    }

    #[tokio::test]
    async fn a_scan_that_holds_nothing_passes_a_budget_that_another_has_filled() {
        let budget = ByteBudget::new(10);
        let (one, other) = (ScanBytes::new(&budget), ScanBytes::new(&budget));
        let _stuck = UnitBytes::new(&one).hold(1000);
        let unit = UnitBytes::new(&other);
        assert!(passes(&unit).await);
        let _held = unit.hold(5);
        assert!(!passes(&UnitBytes::new(&other)).await, "one is enough to go on");
    }
}
