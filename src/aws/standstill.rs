//! Time that passed while nothing could be done: the machine slept, or the process was stopped.
//!
//! Deadlines measured across such a gap would end units that never had their time, and connections that
//! died in it would cost attempts. A thread looks at the clocks a few times a second; whoever judges a
//! deadline or a failure has them looked at first.

use std::future::Future;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::model::Stopwatch;

const TICK: Duration = Duration::from_millis(250);
/// No scheduler keeps a thread waiting this long.
const GAP: Duration = Duration::from_secs(2);
/// For so long after a gap, connections of before it may still turn up dead, and the network be away.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Watch(Mutex<Seen>);

#[derive(Debug)]
struct Seen {
    wall: SystemTime,
    tick: Instant,
    /// Of the clock that deadlines go by, which stands while a machine sleeps and runs on while a
    /// process is stopped.
    lost: Duration,
    /// All in all, by whichever clock saw more.
    stood_still: Duration,
    gaps: u32,
    last_end: Option<Instant>,
}

/// This process's; watches from the first call on.
pub fn watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    WATCH.get_or_init(|| {
        let ticking = std::thread::Builder::new().name("standstill".to_owned());
        // Without the thread, whoever judges a failure still has the clocks looked at.
        let _ = ticking.spawn(|| {
            loop {
                std::thread::sleep(TICK);
                watch().look();
            }
        });
        Watch::starting(SystemTime::now(), Instant::now())
    })
}

impl Watch {
    fn starting(wall: SystemTime, tick: Instant) -> Self {
        let (lost, stood_still) = (Duration::ZERO, Duration::ZERO);
        Self(Mutex::new(Seen { wall, tick, lost, stood_still, gaps: 0, last_end: None }))
    }

    fn look(&self) {
        self.look_at(SystemTime::now(), Instant::now());
    }

    fn look_at(&self, wall: SystemTime, tick: Instant) {
        let mut seen = self.0.lock();
        let ticked = tick.saturating_duration_since(seen.tick);
        // A clock that was set back tells nothing.
        let passed = wall.duration_since(seen.wall).unwrap_or(ticked).max(ticked);
        if passed > GAP + TICK {
            seen.gaps += 1;
            seen.stood_still += passed.saturating_sub(TICK);
            seen.lost += ticked.saturating_sub(TICK);
            seen.last_end = Some(tick);
            tracing::debug!(seconds = passed.as_secs_f64(), "stood still");
        }
        (seen.wall, seen.tick) = (wall, tick);
    }

    /// Time so far that no deadline should count.
    pub fn lost(&self) -> Duration {
        self.look();
        self.0.lock().lost
    }

    /// Whether a connection used since `started` may have died of a gap.
    pub fn excuses(&self, started: Instant) -> bool {
        self.look();
        self.0.lock().last_end.is_some_and(|end| end >= started || end.elapsed() < GRACE)
    }

    pub fn note(&self) -> Option<String> {
        self.look();
        let seen = self.0.lock();
        let times = if seen.gaps == 1 { String::new() } else { format!(", {} times", seen.gaps) };
        (seen.gaps > 0).then(|| {
            format!(
                "nothing moved for {} s{times}: this machine slept, or the process was stopped; \
                 accounts got that time back and broken calls were made again",
                seen.stood_still.as_secs()
            )
        })
    }
}

/// Time spent since some moment, without what was lost.
#[derive(Clone, Copy, Debug)]
pub struct OwnTime {
    started: Instant,
    lost_before: Duration,
}

impl OwnTime {
    pub fn start() -> Self {
        Self { started: Instant::now(), lost_before: watch().lost() }
    }

    pub fn elapsed(&self) -> Duration {
        let lost = watch().lost().saturating_sub(self.lost_before);
        self.started.elapsed().saturating_sub(lost)
    }
}

/// `None` where `work` takes longer than `limit`, not counting what was lost or spent waiting for others.
pub async fn within<F: Future>(limit: Duration, waiting: &Stopwatch, work: F) -> Option<F::Output> {
    let clock = OwnTime::start();
    tokio::pin!(work);
    loop {
        let worked = clock.elapsed().saturating_sub(waiting.total());
        let left = limit.checked_sub(worked).filter(|left| !left.is_zero())?;
        tokio::select! {
            done = &mut work => return Some(done),
            () = tokio::time::sleep(left) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_stopped_process_gets_its_time_back_and_a_sleeping_machine_needs_none() {
        let (wall, tick) = (SystemTime::now(), Instant::now());
        let watch = Watch::starting(wall, tick);
        watch.look_at(wall + TICK, tick + TICK);
        watch.look_at(wall + TICK * 2 + GAP / 2, tick + TICK * 2 + GAP / 2);
        assert_eq!(watch.0.lock().gaps, 0, "a busy machine");
        // SIGSTOP: both clocks go on.
        let (wall, tick) = (wall + HOUR, tick + HOUR);
        watch.look_at(wall, tick);
        let lost = watch.0.lock().lost;
        assert!(lost > HOUR - Duration::from_secs(5) && lost < HOUR, "{lost:?}");
        // Suspended: only the wall clock does.
        watch.look_at(wall + HOUR, tick + TICK);
        let seen = watch.0.lock();
        assert_eq!((seen.gaps, seen.lost), (2, lost));
        assert!(seen.stood_still > HOUR * 2 - Duration::from_secs(10));
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_gap() {
        let (wall, tick) = (SystemTime::now(), Instant::now());
        let watch = Watch::starting(wall, tick);
        watch.look_at(wall - HOUR, tick + TICK);
        assert_eq!(watch.0.lock().gaps, 0);
        assert_eq!(watch.0.lock().last_end, None);
    }

    #[test]
    fn calls_of_around_the_gap_are_excused_and_others_are_not() {
        let now = Instant::now();
        let Some(earlier) = now.checked_sub(GRACE * 2) else { return };
        let watch = Watch::starting(SystemTime::now(), now);
        watch.0.lock().last_end = Some(earlier);
        assert!(!watch.excuses(now));
        assert!(watch.excuses(earlier - TICK));
        watch.0.lock().last_end = Some(now);
        assert!(watch.excuses(Instant::now()), "the network may be away still");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let idle = Stopwatch::default();
        let slow = within(Duration::from_millis(5), &idle, std::future::pending::<()>());
        assert_eq!(slow.await, None);
        assert_eq!(within(HOUR, &idle, async { 1 }).await, Some(1));
    }
}
