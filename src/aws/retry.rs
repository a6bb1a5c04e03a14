//! When to ask again, and after how long: exponential backoff with full jitter.
//!
//! Our own loop, not the SDK's: a permit must cover one attempt and never the sleep between two,
//! which an orchestrator that retries inside itself cannot give.

use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use tracing::Instrument as _;

use super::protocol::ServiceError;
use super::{fault, standstill};
use crate::model::Fault;

/// A service that says "later" is taken at its word, up to here.
const LONGEST: Duration = Duration::from_secs(20);
/// Where the clock was to blame, the next attempt is signed with the right time.
const CLOCK_SKEW: [&str; 3] = ["InvalidSignatureException", "RequestTimeTooSkewed", "SignatureDoesNotMatch"];
/// With the pauses between them, about the time a network needs to come back.
const MOST_FREE: u32 = 20;
const THROTTLED: Duration = Duration::from_millis(250);
const TRANSIENT: Duration = Duration::from_millis(50);

/// What the next attempt should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    No,
    /// The connection or the server failed.
    Transient,
    /// We ask too much; `Retry-After` if the service gave one.
    Throttled(Option<Duration>),
    /// Something was learned (fresh credentials, a bucket's region) that makes an immediate repeat
    /// sensible. Does not use up an attempt: whoever says so bounds it.
    Now,
}

#[derive(Clone, Debug)]
pub struct Failure {
    pub fault: Fault,
    pub again: Again,
}

impl Failure {
    pub fn last(fault: Fault) -> Self {
        Self { fault, again: Again::No }
    }
}

/// What to do after a service's error; `header` looks up a header of the answer.
pub fn after<'a>(error: &ServiceError, header: impl Fn(&'static str) -> Option<&'a str>) -> Again {
    let code = error.code.as_deref().unwrap_or_default();
    let number = |name| header(name).and_then(|text: &str| text.trim().parse::<u64>().ok());
    let asked = number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs));
    if fault::is_throttling(code) || error.status == 429 {
        Again::Throttled(asked)
    } else if fault::is_transient(error.status, code) {
        // Servers that are down for a while say so as well.
        asked.map_or(Again::Transient, |pause| Again::Throttled(Some(pause)))
    } else if CLOCK_SKEW.contains(&code) {
        Again::Transient
    } else {
        Again::No
    }
}

/// Calls `attempt` until it succeeds, fails for good, or `max_attempts` are used up.
pub async fn run<T, F>(max_attempts: u32, mut attempt: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (mut used, mut free) = (0u32, 0u32);
    loop {
        let begun = Instant::now();
        let failure = match attempt().await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        if failure.again == Again::Now {
            continue;
        }
        if is_free(failure.again, begun, &mut free) {
            rest(failure.again, free).await;
            continue;
        }
        used += 1;
        if failure.again == Again::No || used >= max_attempts.max(1) {
            return Err(failure.fault);
        }
        rest(failure.again, used).await;
    }
}

/// Whether an attempt is not to be counted: what it broke on is that the machine slept.
pub fn is_free(again: Again, begun: Instant, free: &mut u32) -> bool {
    let is = again == Again::Transient && *free < MOST_FREE && standstill::watch().excuses(begun);
    *free += u32::from(is);
    is
}

/// Waits before the next attempt, after `used` ones.
pub async fn rest(again: Again, used: u32) {
    let why = if let Again::Throttled(_) = again { "throttled" } else { "transient" };
    let pause = pause(again, used, random_unit());
    tokio::time::sleep(pause).instrument(tracing::trace_span!("backoff", why)).await;
}

/// How an attempt failed, if it did.
pub fn again_of<T>(outcome: &Result<T, Failure>) -> Option<Again> {
    outcome.as_ref().err().map(|failure| failure.again)
}

/// Full jitter: anywhere between nothing and the exponential bound; a `Retry-After` is waited in full.
fn pause(again: Again, used: u32, random: f64) -> Duration {
    let bound = |base: Duration| base.saturating_mul(1 << used.saturating_sub(1).min(16)).min(LONGEST);
    match again {
        Again::Throttled(Some(asked)) => asked.min(LONGEST),
        Again::Throttled(None) => bound(THROTTLED).mul_f64(random),
        _ => bound(TRANSIENT).mul_f64(random),
    }
}

/// Between 0 and 1; the standard library's hash keys are random per instance.
pub fn random_unit() -> f64 {
    let bits = std::hash::RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultKind;

    #[test]
    fn pauses_grow_within_bounds_and_an_asked_pause_is_kept() {
        assert_eq!(pause(Again::Transient, 1, 1.0), Duration::from_millis(50));
        assert_eq!(pause(Again::Transient, 3, 1.0), Duration::from_millis(200));
        assert_eq!(pause(Again::Throttled(None), 4, 0.5), Duration::from_secs(1));
        assert_eq!(pause(Again::Throttled(None), 400, 1.0), LONGEST);
        assert_eq!(pause(Again::Throttled(Some(Duration::from_secs(2))), 1, 0.0), Duration::from_secs(2));
        assert_eq!(pause(Again::Throttled(Some(Duration::from_secs(3600))), 1, 0.0), LONGEST);
    }

    #[tokio::test]
    async fn attempts_are_bounded_and_the_last_fault_is_kept() {
        let mut calls = 0;
        let outcome: Result<(), Fault> = run(3, || {
            calls += 1;
            let fault = Fault::new(FaultKind::Unreachable, format!("{calls}"));
            async move { Err(Failure { fault, again: Again::Transient }) }
        })
        .await;
        assert_eq!(outcome.unwrap_err().message, "3");
        assert_eq!(calls, 3);
    }
}
