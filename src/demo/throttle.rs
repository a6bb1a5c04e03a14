//! Which attempts meet the service's "slow down".

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use parking_lot::Mutex;

use super::dice::Dice;
use super::knobs::Knobs;
use super::wire::Incoming;

/// How often each request was made so far; kept only where the `throttle` knob is on.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<u64, u32>>);

impl Attempts {
    /// Whether this attempt is throttled: a question of what is asked and how often it was asked before,
    /// so that no thread's timing can change it.
    pub fn throttled(&self, knobs: &Knobs, account: &str, scope: (&str, &str), incoming: &Incoming) -> bool {
        if knobs.throttle <= 0.0 {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        let target = incoming.header("x-amz-target");
        (account, scope, &incoming.path, &incoming.query, &incoming.body[..], target).hash(&mut hasher);
        let identity = hasher.finish();
        let attempt = {
            let mut attempts = self.0.lock();
            let count = attempts.entry(identity).or_default();
            *count += 1;
            *count
        };
        Dice::new(knobs.seed ^ identity, &["throttle"])
            .fork("attempt", attempt as usize)
            .chance(knobs.throttle)
    }
}
