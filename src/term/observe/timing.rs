//! `--timing`: where the time of a run went, summed over its spans as they close.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::process::{self, Usage};
use crate::model::Json;

/// One after the other; what one of them contains of another counts there alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Settings,
    Accounts,
    Planning,
    Asking,
    Output,
}

impl Phase {
    const ALL: [Self; 5] = [Self::Settings, Self::Accounts, Self::Planning, Self::Asking, Self::Output];

    /// As its span is named.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Accounts => "accounts",
            Self::Planning => "planning",
            Self::Asking => "asking",
            Self::Output => "output",
        }
    }

    pub fn span(self) -> tracing::Span {
        // Names are part of where a span is in the source: there is one place for each.
        match self {
            Self::Settings => tracing::debug_span!("settings"),
            Self::Accounts => tracing::debug_span!("accounts"),
            Self::Planning => tracing::debug_span!("planning"),
            Self::Asking => tracing::debug_span!("asking"),
            Self::Output => tracing::debug_span!("output"),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// The sums of the run in hand.
#[derive(Clone)]
pub struct Timing {
    started: Instant,
    sums: Arc<Mutex<Sums>>,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    /// Spans by name: how many have closed, and how long they were open together.
    spans: BTreeMap<&'static str, (u64, Duration)>,
    phases: BTreeMap<Phase, Duration>,
    retries: u64,
}

/// The sums as they were at one moment.
#[derive(Clone, Debug)]
pub struct Totals {
    wall: Duration,
    usage: Usage,
    sums: Sums,
}

impl Timing {
    pub fn start() -> Self {
        Self { started: Instant::now(), sums: Arc::default() }
    }

    pub fn totals(&self) -> Totals {
        Totals { wall: self.started.elapsed(), usage: process::usage(), sums: self.sums.lock().clone() }
    }
}

/// Names of waits, and what is waited for.
const WAITS: [(&str, &str); 3] =
    [("permit", "a permit"), ("pace", "the pace"), ("backoff", "another attempt")];

impl Totals {
    fn count(&self, name: &str) -> u64 {
        self.sums.spans.get(name).map_or(0, |(count, _)| *count)
    }

    fn waited(&self, name: &str) -> Duration {
        self.sums.spans.get(name).map_or(Duration::ZERO, |(_, time)| *time)
    }

    /// `metadata.timing`.
    pub fn json(&self) -> Json {
        let ms = |time: Duration| Json::Number(time.as_millis().to_string().into());
        let phases = self.sums.phases.iter().map(|(phase, time)| (phase.name(), ms(*time)));
        let waited = WAITS.map(|(name, _)| (name, ms(self.waited(name))));
        Json::object([
            ("wall_ms", ms(self.wall)),
            ("cpu_ms", self.usage.cpu.map_or(Json::Null, ms)),
            ("peak_memory_bytes", self.usage.peak_memory.map_or(Json::Null, Json::from)),
            ("phases_ms", Json::object(phases)),
            ("calls", Json::from(self.count("call"))),
            ("attempts", Json::from(self.count("attempt"))),
            ("retries", Json::from(self.sums.retries)),
            ("assume_role_calls", Json::from(self.count("assume_role_attempt"))),
            ("waited_ms", Json::object(waited)),
        ])
    }

    /// For a person, on stderr.
    pub fn text(&self) -> String {
        let mut text = format!("timing: {}", seconds(self.wall));
        if let Some(cpu) = self.usage.cpu {
            let _ = write!(text, " · {} of CPU", seconds(cpu));
        }
        if let Some(bytes) = self.usage.peak_memory {
            let _ = write!(text, " · {} MB at the most", bytes.div_ceil(1_000_000));
        }
        let phases =
            self.sums.phases.iter().map(|(phase, time)| format!("{} {}", phase.name(), seconds(*time)));
        let _ = write!(text, "\n  {}", phases.collect::<Vec<_>>().join(" · "));
        let (calls, attempts) = (self.count("call"), self.count("attempt"));
        if calls > 0 || self.count("assume_role_attempt") > 0 {
            let _ = write!(
                text,
                "\n  {calls} calls in {attempts} attempts, {} of them retries · {} AssumeRole calls",
                self.sums.retries,
                self.count("assume_role_attempt")
            );
            let waits = WAITS.map(|(name, what)| format!("{} for {what}", seconds(self.waited(name))));
            let _ = write!(text, "\n  waited, all calls together: {}", waits.join(" · "));
        }
        text
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}s", time.as_secs_f64())
}

pub struct TimingLayer(Timing);

impl TimingLayer {
    pub fn new(timing: Timing) -> Self {
        Self(timing)
    }
}

/// Kept with an open span.
struct Open {
    since: Instant,
    /// What other phases inside this one took.
    inside: Duration,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TimingLayer {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Open { since: Instant::now(), inside: Duration::ZERO });
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut number = AttemptNumber(0);
        values.record(&mut number);
        if number.0 > 1 {
            self.0.sums.lock().retries += 1;
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let time = open.since.elapsed();
        if let Some(phase) = Phase::named(span.name()) {
            *self.0.sums.lock().phases.entry(phase).or_default() += time.saturating_sub(open.inside);
            let outer =
                span.scope().skip(1).find(|outer: &SpanRef<'_, S>| Phase::named(outer.name()).is_some());
            if let Some(outer) = outer
                && let Some(outer) = outer.extensions_mut().get_mut::<Open>()
            {
                outer.inside += time;
            }
        } else {
            let mut sums = self.0.sums.lock();
            let (count, sum) = sums.spans.entry(span.name()).or_default();
            *count += 1;
            *sum += time;
        }
    }
}

/// Which attempt of its call an attempt is.
struct AttemptNumber(u64);

impl Visit for AttemptNumber {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "number" {
            self.0 = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use tracing::field;
    use tracing_subscriber::prelude::*;

    use super::*;

    fn of(run: impl FnOnce()) -> Totals {
        let timing = Timing::start();
        let layer = TimingLayer::new(timing.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
        timing.totals()
    }

    #[test]
    fn a_phase_inside_another_counts_once() {
        const PAUSE: Duration = Duration::from_millis(30);
        let totals = of(|| {
            tracing::info_span!("planning").in_scope(|| {
                tracing::info_span!("accounts").in_scope(|| std::thread::sleep(PAUSE));
            });
        });
        assert!(totals.sums.phases[&Phase::Accounts] >= PAUSE);
        assert!(totals.sums.phases[&Phase::Planning] < PAUSE, "{totals:?}");
    }

    #[test]
    fn attempts_beyond_the_first_are_retries() {
        let totals = of(|| {
            for number in 1..=3u64 {
                let span = tracing::info_span!("attempt", number = field::Empty);
                span.record("number", number);
            }
            drop(tracing::info_span!("call"));
        });
        assert_eq!((totals.count("call"), totals.count("attempt"), totals.sums.retries), (1, 3, 2));
        assert_eq!(totals.json().get("retries").and_then(Json::as_i64), Some(2));
        assert!(totals.text().contains("1 calls in 3 attempts, 2 of them retries"), "{}", totals.text());
    }
}
