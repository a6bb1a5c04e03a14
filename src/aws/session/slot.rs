//! Credentials kept while they are good: one request in flight per key, renewed before they end,
//! refusals remembered so that a denied account costs one call.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use parking_lot::Mutex;

use crate::aws::pace::waiting;
use crate::aws::retry::random_unit;
use crate::error::Error;
use crate::model::{Fault, FaultKind};

/// Renewed this long before the end, plus up to a minute so that a thousand sessions opened together
/// are not renewed together.
const EARLY: Duration = Duration::from_secs(300);
/// A failure that may pass (no connection, throttled) is not asked about again sooner.
const COOL_DOWN: Duration = Duration::from_secs(30);

const A_MINUTE: Duration = Duration::from_secs(60);

/// Why there are no credentials; the error carries hints where there are some.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub fault: Fault,
    pub error: Option<Arc<Error>>,
}

impl Refusal {
    /// An error for the operator, as the fault of a unit.
    pub fn of(kind: FaultKind, error: Error) -> Self {
        Self { fault: Fault::new(kind, error.to_string()), error: Some(Arc::new(error)) }
    }

    /// As an error that ends a command.
    pub fn into_error(self) -> Error {
        let Some(known) = &self.error else { return Error::failed(self.fault.to_string()) };
        let mut error = Error::new(known.kind(), known.message());
        for cause in known.causes() {
            error = error.cause(cause.as_str());
        }
        for hint in known.hints() {
            error = error.hint(hint.as_str());
        }
        error
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, error: None }
    }
}

/// Credentials as they came, and whether anybody vouches for them.
#[derive(Clone, Debug)]
pub struct Held {
    pub credentials: Credentials,
    /// Given out in this run, or taken by a service since: those that were kept from an earlier run may
    /// have been made void meanwhile.
    vouched: Arc<AtomicBool>,
}

impl Held {
    /// Kept from an earlier run.
    pub fn kept(credentials: Credentials) -> Self {
        Self { credentials, vouched: Arc::default() }
    }

    pub fn is_vouched(&self) -> bool {
        self.vouched.load(Ordering::Relaxed)
    }

    /// A service knew them.
    pub fn vouch(&self) {
        self.vouched.store(true, Ordering::Relaxed);
    }
}

impl From<Credentials> for Held {
    fn from(credentials: Credentials) -> Self {
        Self { credentials, vouched: Arc::new(AtomicBool::new(true)) }
    }
}

enum Slot {
    Empty,
    Ready { held: Held, renew_at: Option<SystemTime> },
    Refused { refusal: Refusal, until: Option<SystemTime> },
}

pub struct Slots<K>(Mutex<HashMap<K, Arc<tokio::sync::Mutex<Slot>>>>);

impl<K> Default for Slots<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone> Slots<K> {
    /// The kept credentials, or those that `fetch` brings. Whoever comes second waits for the first.
    pub async fn get<F>(&self, key: &K, fetch: impl FnOnce() -> F) -> Result<Held, Refusal>
    where
        F: Future<Output = Result<Held, Refusal>>,
    {
        let slot = self.slot(key);
        // Whoever is first works for the others; they only wait.
        let mut slot = waiting(slot.lock()).await;
        let now = SystemTime::now();
        let still_good = match &*slot {
            Slot::Ready { held, renew_at: None } => return Ok(held.clone()),
            Slot::Ready { held, renew_at: Some(at) } if now < *at => return Ok(held.clone()),
            Slot::Ready { held, .. } => {
                Some(held.clone()).filter(|held| held.credentials.expiry().is_some_and(|end| now < end))
            }
            Slot::Refused { refusal, until } if until.is_none_or(|until| now < until) => {
                return Err(refusal.clone());
            }
            _ => None,
        };
        match (fetch().await, still_good) {
            (Ok(held), _) => {
                let renew_at = held.credentials.expiry().map(|end| match end + A_MINUTE < now {
                    // Nobody gives out what has ended: a clock is wrong, and asking at once again would
                    // bring the same.
                    true => now + COOL_DOWN,
                    false => renewal(now, end),
                });
                *slot = Slot::Ready { held: held.clone(), renew_at };
                Ok(held)
            }
            // The renewal failed, and the old ones have not ended yet.
            (Err(_), Some(held)) => {
                *slot = Slot::Ready { held: held.clone(), renew_at: Some(now + COOL_DOWN) };
                Ok(held)
            }
            (Err(refusal), None) => {
                let passing = matches!(
                    refusal.fault.kind,
                    FaultKind::Throttled
                        | FaultKind::Unreachable
                        | FaultKind::Timeout
                        | FaultKind::BadResponse
                );
                *slot = Slot::Refused { refusal: refusal.clone(), until: passing.then_some(now + COOL_DOWN) };
                Err(refusal)
            }
        }
    }

    /// Whether credentials are there that nobody has to renew now.
    pub fn holds(&self, key: &K) -> bool {
        let slot = self.0.lock().get(key).cloned();
        let now = SystemTime::now();
        // One that is being filled counts as there: whoever fills it pays for it.
        slot.is_some_and(|slot| match slot.try_lock().as_deref() {
            Ok(Slot::Ready { renew_at, .. }) => renew_at.is_none_or(|at| now < at),
            Ok(_) => false,
            Err(_) => true,
        })
    }

    /// Forgets credentials that a service called expired; `false` where they were replaced already.
    pub async fn expire(&self, key: &K, access_key_id: &str) -> bool {
        let slot = self.slot(key);
        let mut slot = slot.lock().await;
        let named =
            matches!(&*slot, Slot::Ready { held, .. } if held.credentials.access_key_id() == access_key_id);
        if named {
            *slot = Slot::Empty;
        }
        named
    }

    fn slot(&self, key: &K) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.0.lock();
        slots.entry(key.clone()).or_insert_with(|| Arc::new(tokio::sync::Mutex::new(Slot::Empty))).clone()
    }
}

fn renewal(now: SystemTime, end: SystemTime) -> SystemTime {
    let early = EARLY + Duration::from_secs(60).mul_f64(random_unit());
    // Of very short sessions, a third is kept.
    let length = end.duration_since(now).unwrap_or_default();
    end.checked_sub(early.min(length / 3)).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn credentials(id: usize, lasts: Option<u64>) -> Held {
        let end = lasts.map(|seconds| SystemTime::now() + Duration::from_secs(seconds));
        Credentials::new(format!("AK{id}"), "secret", None, end, "test").into()
    }

    fn id(held: &Held) -> &str {
        held.credentials.access_key_id()
    }

    #[tokio::test]
    async fn many_ask_and_one_fetches() {
        let slots = Arc::new(Slots::<u8>::default());
        let fetches = Arc::new(AtomicUsize::new(0));
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let (slots, fetches) = (slots.clone(), fetches.clone());
                tokio::spawn(async move {
                    slots
                        .get(&1, || async {
                            let id = fetches.fetch_add(1, Ordering::SeqCst);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                            Ok(credentials(id, Some(3600)))
                        })
                        .await
                })
            })
            .collect();
        for task in asked {
            assert_eq!(id(&task.await.unwrap().unwrap()), "AK0");
        }
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_refusal_is_remembered_and_expiry_forgets_only_what_it_names() {
        let slots = Slots::<u8>::default();
        let denied = || async { Err(Refusal::from(Fault::new(FaultKind::AssumeDenied, "no"))) };
        assert!(slots.get(&1, denied).await.is_err());
        let refused = slots.get(&1, || async { Ok(credentials(1, None)) }).await.unwrap_err();
        assert_eq!(refused.fault.message, "no");

        slots.get(&2, || async { Ok(credentials(1, None)) }).await.unwrap();
        assert!(!slots.expire(&2, "another").await);
        let kept = slots.get(&2, || async { Ok(credentials(2, None)) }).await.unwrap();
        assert_eq!(id(&kept), "AK1");
        assert!(slots.expire(&2, "AK1").await);
        let renewed = slots.get(&2, || async { Ok(credentials(2, None)) }).await.unwrap();
        assert_eq!(id(&renewed), "AK2");
    }

    #[tokio::test]
    async fn ended_credentials_are_renewed_and_a_failed_renewal_keeps_living_ones() {
        let slots = Slots::<u8>::default();
        slots.get(&1, || async { Ok(credentials(1, Some(0))) }).await.unwrap();
        let renewed = slots.get(&1, || async { Ok(credentials(2, Some(3600))) }).await.unwrap();
        assert_eq!(id(&renewed), "AK2");

        let now = SystemTime::now();
        *slots.slot(&3).lock().await = Slot::Ready { held: credentials(3, Some(60)), renew_at: Some(now) };
        let failing = || async { Err(Refusal::from(Fault::new(FaultKind::Unreachable, "down"))) };
        assert_eq!(id(&slots.get(&3, failing).await.unwrap()), "AK3");
    }

    #[test]
    fn renewal_comes_before_the_end_even_of_short_sessions() {
        let now = SystemTime::now();
        for seconds in [1, 60, 900, 3600, 43_200] {
            let end = now + Duration::from_secs(seconds);
            let at = renewal(now, end);
            assert!(at > now && at < end, "{seconds}");
        }
    }
}
