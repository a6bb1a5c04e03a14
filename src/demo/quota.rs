//! How much each unit answers before it says "slow down": token buckets, as AWS's are.

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::Mutex;

use super::knobs::Rate;

/// STS's published quota per account and region, whatever the others' is.
const STS: Rate = Rate { per_second: 600.0, burst: 600.0 };

/// Tokens left, and when they were counted.
type Bucket = (f64, Instant);

#[derive(Debug, Default)]
pub struct Quotas(Mutex<HashMap<(String, String, &'static str), Bucket>>);

impl Quotas {
    /// Takes a token of the unit (account, region, service); `false` where there is none.
    pub fn take(&self, rate: Rate, unit: (&str, &str, &'static str), now: Instant) -> bool {
        let (account, region, service) = unit;
        let rate = if service == "sts" { STS } else { rate };
        let mut buckets = self.0.lock();
        let (tokens, counted) =
            buckets.entry((account.to_owned(), region.to_owned(), service)).or_insert((rate.burst, now));
        let refilled = now.saturating_duration_since(*counted).as_secs_f64() * rate.per_second;
        *tokens = (*tokens + refilled).min(rate.burst);
        *counted = now.max(*counted);
        if *tokens < 1.0 {
            return false;
        }
        *tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let quotas = Quotas::default();
        let rate = Rate { per_second: 10.0, burst: 5.0 };
        let begun = Instant::now();
        let taken = |region, service, ms| {
            let now = begun + Duration::from_millis(ms);
            (0..700).filter(|_| quotas.take(rate, ("1", region, service), now)).count()
        };
        assert_eq!((taken("a", "ec2", 0), taken("a", "ec2", 0), taken("b", "ec2", 0)), (5, 0, 5));
        assert_eq!((taken("a", "ec2", 301), taken("a", "ec2", 60_000)), (3, 5));
        assert_eq!(taken("a", "sts", 0), 600);
    }
}
