//! What goes wrong on purpose: which units are out of luck, and which attempts.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use parking_lot::Mutex;

use super::dice::Dice;
use super::knobs::Knobs;
use super::wire::Incoming;

/// The services that a unit's own bad luck leaves alone: without them nothing can be asked at all.
const SPARED: [&str; 4] = ["sts", "organizations", "sso", "account"];

/// Attempts are counted for this many requests; then counting starts again.
const REMEMBERED: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mishap {
    /// No policy allows anything.
    Deny,
    /// No answer ever.
    Hang,
    /// The server's clock is off.
    Skew,
    /// "Slow down".
    Throttle,
    /// The connection breaks, before the answer or in its middle.
    Reset,
    /// The body ends before its length says.
    Truncate,
    /// A page of HTML.
    Garble,
    /// An internal error.
    Error,
}

impl Mishap {
    pub fn as_str(self) -> &'static str {
        match self {
            Mishap::Deny => "deny",
            Mishap::Hang => "hang",
            Mishap::Skew => "skew",
            Mishap::Throttle => "throttle",
            Mishap::Reset => "reset",
            Mishap::Truncate => "truncate",
            Mishap::Garble => "garble",
            Mishap::Error => "error",
        }
    }

    /// Stays with its unit.
    fn lasts(self) -> bool {
        matches!(self, Mishap::Deny | Mishap::Hang | Mishap::Skew)
    }
}

/// What a unit (account x region x service) meets on every attempt.
pub fn fate(knobs: &Knobs, account: &str, region: &str, service: &str) -> Option<Mishap> {
    if !knobs.is_unlucky() || SPARED.contains(&service) {
        return None;
    }
    let words = ["fate", account, region, service];
    let met = draw(knobs, &mut Dice::new(knobs.seed, &words), |_| true)?;
    (met.lasts() || is_sticky(knobs, account, region, service)).then_some(met)
}

/// Whether a unit's luck does not change from attempt to attempt.
fn is_sticky(knobs: &Knobs, account: &str, region: &str, service: &str) -> bool {
    knobs.sticky > 0.0 && Dice::new(knobs.seed, &["sticky", account, region, service]).chance(knobs.sticky)
}

/// At most one mishap, each as likely as its knob says.
fn draw(knobs: &Knobs, dice: &mut Dice, can_be: impl Fn(Mishap) -> bool) -> Option<Mishap> {
    let mut left = dice.unit();
    for (mishap, share) in knobs.luck().into_iter().filter(|(mishap, _)| can_be(*mishap)) {
        if left < share {
            return Some(mishap);
        }
        left -= share;
    }
    None
}

/// How often each request was made so far; kept only where some knob asks.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<u64, u32>>);

impl Attempts {
    /// A stream of chance for this attempt: a question of what is asked and how often it was asked
    /// before, so that no thread's timing can change it.
    pub fn dice(&self, seed: u64, unit: (&str, &str, &str), incoming: &Incoming) -> Dice {
        let mut hasher = DefaultHasher::new();
        let target = incoming.header("x-amz-target");
        (unit, &incoming.method, &incoming.path, &incoming.query, &incoming.body[..], target)
            .hash(&mut hasher);
        let identity = hasher.finish();
        let attempt = {
            let mut attempts = self.0.lock();
            if attempts.len() >= REMEMBERED {
                attempts.clear();
            }
            let count = attempts.entry(identity).or_default();
            *count += 1;
            *count
        };
        Dice::new(seed ^ identity, &["attempt"]).fork("attempt", attempt as usize)
    }
}

/// What this attempt meets.
pub fn met(knobs: &Knobs, unit: (&str, &str, &str), attempt: &mut Dice) -> Option<Mishap> {
    let (account, region, service) = unit;
    fate(knobs, account, region, service).or_else(|| {
        if is_sticky(knobs, account, region, service) {
            return None;
        }
        draw(knobs, attempt, |mishap| !mishap.lasts())
    })
}

/// Whether attempts differ from each other at all.
pub fn is_fickle(knobs: &Knobs) -> bool {
    !knobs.jitter.is_zero() || knobs.luck().iter().any(|(mishap, share)| !mishap.lasts() && *share > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(knobs: &str) -> HashMap<Option<Mishap>, usize> {
        let knobs: Knobs = knobs.parse().unwrap();
        let mut fates = HashMap::new();
        for account in 0..10_000 {
            *fates.entry(fate(&knobs, &account.to_string(), "us-east-1", "ec2")).or_default() += 1;
        }
        fates
    }

    #[test]
    fn each_mishap_befalls_its_share_of_the_units() {
        let fates = fates("deny=0.05,hang=0.05,skew=10m/0.05,throttle=0.05,reset=0.05,error=0.05,sticky=1");
        for mishap in [Mishap::Deny, Mishap::Hang, Mishap::Skew, Mishap::Throttle, Mishap::Error] {
            assert!((400..600).contains(&fates[&Some(mishap)]), "{fates:?}");
        }
        assert!((6_800..7_200).contains(&fates[&None]), "{fates:?}");
    }

    #[test]
    fn half_sticky_is_half_for_good_and_a_clock_that_is_wrong_everywhere_is_no_bad_luck() {
        let fates = fates("reset=0.4,sticky=0.5,skew=10m");
        assert!((1_800..2_200).contains(&fates[&Some(Mishap::Reset)]), "{fates:?}");
        assert_eq!(fates.len(), 2);
    }

    #[test]
    fn what_everything_else_needs_is_spared() {
        let knobs: Knobs = "deny=1".parse().unwrap();
        assert_eq!(fate(&knobs, "1", "us-east-1", "sts"), None);
        assert_eq!(fate(&knobs, "1", "us-east-1", "ec2"), Some(Mishap::Deny));
    }
}
