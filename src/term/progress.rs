//! What is going on, on a terminal's stderr: one line, after a moment, and gone when done.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use super::Term;
use crate::model::{self, Ledger};

/// Quick answers show no progress at all.
const QUIET: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

/// The line that is on the screen, for whoever must end the program without a word.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// How many questions to the operator are open: the line would write over them.
static ASKING: AtomicUsize = AtomicUsize::new(0);

/// No progress is shown until this is dropped.
pub struct Hidden(());

pub fn hide_progress() -> Hidden {
    ASKING.fetch_add(1, Ordering::SeqCst);
    if let Some(bar) = SHOWN.lock().as_ref() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        // Hidden first, so that nothing is drawn after it is cleared.
        let _ = write!(std::io::stderr(), "\r\x1b[2K");
    }
    Hidden(())
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if ASKING.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(bar) = SHOWN.lock().as_ref()
        {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

/// Takes the line off the screen, whoever put it there.
pub fn clear_progress() {
    if let Some(bar) = SHOWN.lock().take() {
        bar.finish_and_clear();
    }
}

/// Shown until dropped.
pub struct Progress {
    task: tokio::task::JoinHandle<()>,
    bar: ProgressBar,
}

impl Progress {
    /// How far an answer has come; `may_end_early` where a LIMIT makes guessing its end vain.
    pub fn follow(term: &Term, ledger: Arc<Ledger>, may_end_early: bool) -> Option<Self> {
        let mut pace = Pace::default();
        Self::show(term, move || {
            let progress = ledger.progress();
            let left = pace.left(Instant::now(), &progress).filter(|_| !may_end_early);
            line(&progress, left)
        })
    }

    /// What is waited for, where nothing can be counted.
    pub fn waiting(term: &Term, what: &'static str) -> Option<Self> {
        Self::show(term, move || what.to_owned())
    }

    fn show(term: &Term, mut message: impl FnMut() -> String + Send + 'static) -> Option<Self> {
        if !term.stderr_is_terminal {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // A wide message is cut at the terminal's edge: one line stays one line.
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{elapsed}] {wide_msg}") {
            bar.set_style(style);
        }
        let shown = bar.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep(QUIET).await;
            {
                let mut screen = SHOWN.lock();
                *screen = Some(shown.clone());
                if ASKING.load(Ordering::SeqCst) == 0 {
                    shown.set_draw_target(ProgressDrawTarget::stderr());
                }
            }
            loop {
                shown.set_message(message());
                shown.tick();
                tokio::time::sleep(TICK).await;
            }
        });
        Some(Self { task, bar })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.task.abort();
        *SHOWN.lock() = None;
        self.bar.finish_and_clear();
    }
}

fn line(progress: &model::Progress, left: Option<Duration>) -> String {
    let mut parts = vec![
        format!("{}/{} accounts", progress.accounts_done, progress.accounts),
        format!("{} calls", progress.calls),
        format!("{} rows", progress.rows),
    ];
    if !progress.failures.is_empty() {
        let kinds: Vec<String> = progress.failures.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        parts.push(kinds.join(", "));
    }
    parts.extend(left.map(|left| format!("{} left", rounded(left))));
    parts.join(" · ")
}

/// Nobody wants to see the seconds of an hour.
fn rounded(left: Duration) -> String {
    match left.as_secs() {
        s @ 0..60 => format!("{}s", s.max(1)),
        s @ 60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        s => format!("{}h{:02}m", s / 3600, s % 3600 / 60),
    }
}

/// How fast units have been closing of late.
#[derive(Default)]
struct Pace(VecDeque<(Instant, usize)>);

impl Pace {
    /// The rate is that of this long.
    const WINDOW: Duration = Duration::from_secs(15);
    /// Less than this says nothing about the rest.
    const ENOUGH: Duration = Duration::from_secs(2);
    const ENOUGH_UNITS: usize = 10;

    /// How long the rest will take at the present rate; nothing where that would be a guess.
    fn left(&mut self, now: Instant, progress: &model::Progress) -> Option<Duration> {
        self.0.push_back((now, progress.units_closed));
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) > Self::WINDOW) {
            self.0.pop_front();
        }
        let (since, closed_then) = *self.0.front()?;
        let took = now.duration_since(since);
        let closed = progress.units_closed.saturating_sub(closed_then);
        let ahead = progress.units_expected().saturating_sub(progress.units_closed);
        if took < Self::ENOUGH || closed < Self::ENOUGH_UNITS || ahead == 0 {
            return None;
        }
        Some(Duration::from_secs_f64(took.as_secs_f64() / closed as f64 * ahead as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultKind;

    fn progress(closed: usize, units: usize) -> model::Progress {
        model::Progress { accounts: 10, units, units_closed: closed, ..model::Progress::default() }
    }

    #[test]
    fn the_line_says_accounts_calls_rows_failures_by_kind_and_what_is_left() {
        let progress = model::Progress {
            accounts: 300,
            accounts_done: 12,
            calls: 1204,
            rows: 77,
            failures: vec![(FaultKind::AssumeDenied, 3), (FaultKind::Throttled, 12)],
            ..model::Progress::default()
        };
        assert_eq!(
            line(&progress, Some(Duration::from_secs(95))),
            "12/300 accounts · 1204 calls · 77 rows · 3 assume_denied, 12 throttled · 1m35s left"
        );
    }

    #[test]
    fn what_is_left_follows_the_rate_of_late() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(pace.left(at(0), &progress(0, 1000)), None);
        assert_eq!(pace.left(at(1), &progress(50, 1000)), None, "too early to tell");
        assert_eq!(pace.left(at(5), &progress(100, 1000)), Some(Duration::from_secs(45)));
        // A slower minute later, the fast beginning no longer counts.
        for second in 6..60 {
            pace.left(at(second), &progress(100 + second as usize, 1000));
        }
        let left = pace.left(at(60), &progress(160, 1000)).unwrap().as_secs();
        assert!((800..=880).contains(&left), "{left}");
    }

    #[test]
    fn nothing_is_guessed_when_nothing_moves_or_nothing_is_left() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert_eq!(pace.left(start, &progress(100, 200)), None);
        assert_eq!(pace.left(start + Duration::from_secs(10), &progress(100, 200)), None);
        assert_eq!(pace.left(start + Duration::from_secs(12), &progress(200, 200)), None);
    }
}
