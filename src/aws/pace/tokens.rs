//! A token bucket with additive increase and multiplicative decrease: arithmetic over instants, no waiting.

use std::time::Duration;

use tokio::time::Instant;

/// Answers that bring a rate from nothing back to the whole.
const STEPS: f64 = 32.0;

/// The slowest a throttled bucket gets, as a part of its pace.
const FLOOR: f64 = 1.0 / 32.0;

/// A service that says "later" is taken at its word, up to here.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Tokens of one bucket of a quota.
#[derive(Debug)]
pub struct Tokens {
    /// Requests a second while nobody complains.
    pace: f64,
    burst: f64,
    /// Requests a second now.
    rate: f64,
    /// As of `at`.
    tokens: f64,
    at: Instant,
    /// The service asked to be left alone until then.
    not_before: Instant,
    cuts: u32,
}

/// Says how fast the bucket was when an attempt set out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    cuts: u32,
}

impl Tokens {
    /// A full bucket. At least one request fits into it.
    pub fn new(pace: f64, burst: f64, now: Instant) -> Self {
        let burst = burst.max(1.0);
        Self { pace, burst, rate: pace, tokens: burst, at: now, not_before: now, cuts: 0 }
    }

    /// Takes a token, or says when the next one is there.
    pub fn take(&mut self, now: Instant) -> Result<Ticket, Instant> {
        if let Some(later) = self.ready_at(now) {
            return Err(later);
        }
        self.tokens -= 1.0;
        Ok(Ticket { cuts: self.cuts })
    }

    /// Takes a token that may not be there yet: for whoever must not wait.
    pub fn borrow(&mut self, now: Instant) -> Ticket {
        self.refill(now);
        self.tokens -= 1.0;
        Ticket { cuts: self.cuts }
    }

    /// When a token can be taken; `None` is now.
    pub fn ready_at(&mut self, now: Instant) -> Option<Instant> {
        self.refill(now);
        let lacking = 1.0 - self.tokens;
        // Less than a token's thousandth is a rounding error, not a reason to sleep.
        let filled = (lacking > 0.001).then(|| now + Duration::from_secs_f64(lacking / self.rate));
        let allowed = (self.not_before > now).then_some(self.not_before);
        filled.max(allowed)
    }

    /// The service answered: a step back towards the full pace.
    pub fn answered(&mut self, now: Instant) {
        if self.rate < self.pace {
            self.refill(now);
            self.rate = (self.rate + self.pace / STEPS).min(self.pace);
        }
    }

    /// The service asks for less. The rate is halved once for all attempts that were under way together:
    /// they tell of one and the same moment.
    pub fn throttled(&mut self, ticket: Ticket, asked: Option<Duration>, now: Instant) {
        self.refill(now);
        if ticket.cuts == self.cuts {
            self.cuts = self.cuts.wrapping_add(1);
            self.rate = (self.rate / 2.0).max(self.pace * FLOOR);
            self.tokens = self.tokens.min(0.0);
        }
        if let Some(asked) = asked {
            self.not_before = self.not_before.max(now + asked.min(LONGEST_PAUSE));
        }
    }

    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether a new bucket would be no different.
    pub fn is_as_new(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.rate >= self.pace && self.tokens >= self.burst && self.not_before <= now
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: f64) -> Duration {
        Duration::from_secs_f64(n)
    }

    /// Requests that get through between `from` and `from + lasting`, each asking again when told.
    fn through(tokens: &mut Tokens, from: Instant, lasting: f64) -> usize {
        let (mut now, mut count) = (from, 0);
        loop {
            match tokens.take(now) {
                Ok(_) => count += 1,
                Err(later) => now = later,
            }
            if now >= from + seconds(lasting) {
                return count;
            }
        }
    }

    #[test]
    fn a_burst_passes_at_once_and_then_the_pace_holds() {
        let start = Instant::now();
        let mut tokens = Tokens::new(5.0, 25.0, start);
        for _ in 0..25 {
            assert!(tokens.take(start).is_ok());
        }
        let later = tokens.take(start).unwrap_err();
        assert_eq!((later - start).as_millis(), 200);
        assert_eq!(through(&mut tokens, start, 10.0), 49);
        // An idle bucket fills up to its burst and no further.
        let idle = start + seconds(1000.0);
        assert!(tokens.is_as_new(idle));
        assert_eq!(through(&mut tokens, idle, 0.1), 25);
    }

    #[test]
    fn throttling_halves_once_per_flight_down_to_a_floor() {
        let start = Instant::now();
        let mut tokens = Tokens::new(64.0, 64.0, start);
        let flight: Vec<Ticket> = (0..10).map(|_| tokens.take(start).unwrap()).collect();
        for ticket in &flight {
            tokens.throttled(*ticket, None, start);
        }
        assert_eq!(tokens.rate(), 32.0, "ten answers tell of one moment");
        let mut now = start;
        for expected in [16.0, 8.0, 4.0, 2.0, 2.0] {
            now = tokens.take(now).unwrap_err();
            let ticket = tokens.take(now).unwrap();
            tokens.throttled(ticket, None, now);
            assert_eq!(tokens.rate(), expected);
        }
    }

    #[test]
    fn whoever_waits_waits_longer_once_another_is_throttled() {
        let start = Instant::now();
        let mut tokens = Tokens::new(10.0, 2.0, start);
        let ticket = tokens.take(start).unwrap();
        tokens.take(start).unwrap();
        let promised = tokens.take(start).unwrap_err();
        assert_eq!((promised - start).as_millis(), 100);
        tokens.throttled(ticket, None, start + seconds(0.05));
        let later = tokens.take(promised).unwrap_err();
        assert!(later >= start + seconds(0.2), "{:?}", later - start);
    }

    #[test]
    fn recovery_is_additive_and_ends_at_the_pace() {
        let now = Instant::now();
        let mut tokens = Tokens::new(32.0, 1.0, now);
        let ticket = tokens.take(now).unwrap();
        tokens.throttled(ticket, None, now);
        let rates: Vec<f64> = (0..18)
            .map(|_| {
                tokens.answered(now);
                tokens.rate()
            })
            .collect();
        assert_eq!(rates[..3], [17.0, 18.0, 19.0]);
        assert_eq!(rates[15..], [32.0, 32.0, 32.0]);
    }

    #[test]
    fn a_pause_that_is_asked_for_holds_everybody_but_not_for_ever() {
        let now = Instant::now();
        let mut tokens = Tokens::new(100.0, 100.0, now);
        let ticket = tokens.take(now).unwrap();
        tokens.throttled(ticket, Some(seconds(3.0)), now);
        assert_eq!(tokens.take(now + seconds(1.0)).unwrap_err(), now + seconds(3.0));
        assert!(tokens.take(now + seconds(3.0)).is_ok());
        let ticket = tokens.take(now + seconds(3.0)).unwrap();
        tokens.throttled(ticket, Some(seconds(86_400.0)), now + seconds(3.0));
        assert_eq!(tokens.take(now + seconds(4.0)).unwrap_err(), now + seconds(23.0));
    }

    #[test]
    fn a_few_unlucky_answers_do_not_stop_a_fast_bucket() {
        // One in twenty answers is throttled, whatever the rate: the pace stays near its own.
        let start = Instant::now();
        let mut tokens = Tokens::new(150.0, 150.0, start);
        let (mut now, mut answered, mut asked) = (start, 0, 0);
        while answered < 3000 {
            match tokens.take(now) {
                Err(later) => now = later,
                Ok(ticket) => {
                    asked += 1;
                    if asked % 20 == 0 {
                        tokens.throttled(ticket, None, now);
                    } else {
                        answered += 1;
                        tokens.answered(now);
                    }
                }
            }
        }
        assert!(now - start < seconds(3000.0 / 150.0 * 1.5), "{:?}", now - start);
    }

    #[test]
    fn who_must_not_wait_leaves_a_debt() {
        let now = Instant::now();
        let mut tokens = Tokens::new(1.0, 1.0, now);
        tokens.borrow(now);
        tokens.borrow(now);
        assert_eq!((tokens.take(now).unwrap_err() - now).as_secs(), 2);
    }
}
