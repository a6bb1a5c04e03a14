//! How long something was kept waiting: overlapping waits count once, as a clock on the wall would.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

#[derive(Debug, Default)]
pub struct Stopwatch(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    open: usize,
    since: Option<Instant>,
    closed: Duration,
    begun: u64,
}

impl Stopwatch {
    /// Waiting until the guard is dropped, on whatever path.
    pub fn start(&self) -> Running<'_> {
        let mut waits = self.0.lock();
        waits.begun += 1;
        waits.open += 1;
        if waits.open == 1 {
            waits.since = Some(Instant::now());
        }
        Running(self)
    }

    /// Time in which at least one wait was open, up to now.
    pub fn total(&self) -> Duration {
        let waits = self.0.lock();
        waits.closed + waits.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Waits begun so far.
    pub fn count(&self) -> u64 {
        self.0.lock().begun
    }
}

#[must_use = "the wait ends when this is dropped"]
#[derive(Debug)]
pub struct Running<'a>(&'a Stopwatch);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut waits = self.0.0.lock();
        waits.open = waits.open.saturating_sub(1);
        if waits.open == 0
            && let Some(since) = waits.since.take()
        {
            waits.closed += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_waits_count_once_and_the_watch_stands_between_them() {
        let watch = Stopwatch::default();
        let first = watch.start();
        let second = watch.start();
        std::thread::sleep(Duration::from_millis(4));
        drop(first);
        assert!(watch.total() >= Duration::from_millis(4), "still running");
        drop(second);
        let stopped = watch.total();
        assert!(stopped < Duration::from_secs(2), "{stopped:?}");
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((watch.total(), watch.count()), (stopped, 2));
    }
}
