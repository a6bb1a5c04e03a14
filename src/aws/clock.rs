//! Whose clock is right: how far servers are ahead of ours, learned where they refuse us for it.
//!
//! The SDK keeps one correction per client, taken from whatever answer came last. One client here asks
//! every account, region and service: a single server with a wrong clock would spoil the signatures of
//! all others. So a correction belongs to an account, region and service; only when refusals follow each
//! other with nothing accepted in between is it our own clock that is wrong.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use parking_lot::Mutex;

use crate::model::{AccountId, Region};

/// Codes of signatures that are out of time; AWS accepts five minutes either way.
const OUT_OF_TIME: [&str; 6] = [
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// A smaller difference is not why a signature was refused.
const NOTABLE: i64 = 4 * 60;

/// So many refusals in a row are not the servers' fault.
const OURS: u32 = 3;

/// Seconds that a server's clock is ahead of ours.
pub type Ahead = i64;

/// Account, region and signing name of a service.
pub type Place = (AccountId, Region, String);

#[derive(Debug, Default)]
pub struct Clocks(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    usual: Ahead,
    elsewhere: HashMap<Place, Ahead>,
    refused_in_a_row: u32,
}

impl Clocks {
    /// What to add to our time when signing for a place.
    pub fn ahead(&self, place: &Place) -> Ahead {
        let learned = self.0.lock();
        learned.elsewhere.get(place).copied().unwrap_or(learned.usual)
    }

    /// A signature made with `ahead` was taken.
    pub fn accepted(&self, ahead: Ahead) {
        let mut learned = self.0.lock();
        if ahead == learned.usual {
            learned.refused_in_a_row = 0;
        }
    }

    /// A signature made with `ahead` was refused with `code`, in an answer of this `date`; `true` where
    /// that was for the time, and the next attempt will have the right one.
    pub fn refused(&self, place: Place, ahead: Ahead, code: &str, date: Option<&str>) -> bool {
        let Some(measured) = date.filter(|_| OUT_OF_TIME.contains(&code)).and_then(server_is_ahead) else {
            return false;
        };
        if (measured - ahead).abs() < NOTABLE {
            return false;
        }
        let mut learned = self.0.lock();
        learned.elsewhere.insert(place, measured);
        if ahead == learned.usual {
            learned.refused_in_a_row += 1;
            if learned.refused_in_a_row >= OURS {
                learned.usual = measured;
                learned.refused_in_a_row = 0;
                tracing::warn!(seconds = -measured, "this machine's clock is ahead of AWS's");
            }
        }
        true
    }
}

fn server_is_ahead(date: &str) -> Option<Ahead> {
    let server = DateTime::from_str(date, Format::HttpDate).ok()?.secs();
    let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    Some(server - i64::try_from(ours).ok()?)
}

tokio::task_local! {
    /// For the attempt under way; the signer asks a clock, and nothing else reaches it.
    static AHEAD: Ahead;
}

/// Runs an attempt whose signature is made at the server's time.
pub async fn at<F: Future>(ahead: Ahead, attempt: F) -> F::Output {
    AHEAD.scope(ahead, attempt).await
}

/// Our clock, corrected for the attempt under way.
#[derive(Debug)]
pub struct ServerTime;

impl TimeSource for ServerTime {
    fn now(&self) -> SystemTime {
        let ahead = AHEAD.try_with(|ahead| *ahead).unwrap_or_default();
        let by = Duration::from_secs(ahead.unsigned_abs());
        let ours = SystemTime::now();
        let corrected = if ahead < 0 { ours.checked_sub(by) } else { ours.checked_add(by) };
        corrected.unwrap_or(ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKEWED: &str = "RequestTimeTooSkewed";

    fn place(number: u32, service: &str) -> Place {
        (format!("{number:012}").parse().unwrap(), Region::new("eu-west-1"), service.to_owned())
    }

    fn date(ahead: i64) -> String {
        let now = chrono::Utc::now() + chrono::Duration::seconds(ahead);
        now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    #[test]
    fn one_server_that_is_off_is_corrected_alone() {
        let clocks = Clocks::default();
        assert!(clocks.refused(place(1, "ec2"), 0, SKEWED, Some(&date(600))));
        assert!((598..=602).contains(&clocks.ahead(&place(1, "ec2"))));
        assert_eq!((clocks.ahead(&place(2, "ec2")), clocks.ahead(&place(1, "s3"))), (0, 0));
    }

    #[test]
    fn refusals_with_nothing_accepted_between_them_mean_our_own_clock() {
        let clocks = Clocks::default();
        for number in 1..=2 {
            assert!(clocks.refused(place(number, "ec2"), 0, SKEWED, Some(&date(-3_600))));
        }
        clocks.accepted(0);
        assert!(clocks.refused(place(3, "ec2"), 0, SKEWED, Some(&date(-3_600))));
        assert_eq!(clocks.ahead(&place(9, "ec2")), 0);
        for number in 4..=5 {
            assert!(clocks.refused(place(number, "ec2"), 0, SKEWED, Some(&date(-3_600))));
        }
        assert!((-3_602..=-3_598).contains(&clocks.ahead(&place(9, "ec2"))));
    }

    #[test]
    fn a_refusal_for_another_reason_teaches_nothing() {
        let clocks = Clocks::default();
        let refused = |code, date: Option<&str>| clocks.refused(place(1, "ec2"), 0, code, date);
        assert!(!refused("SignatureDoesNotMatch", Some(&date(30))));
        assert!(!refused("AccessDenied", Some(&date(600))));
        assert!(!refused(SKEWED, Some("yesterday")));
        assert!(!refused(SKEWED, None));
        assert_eq!(clocks.ahead(&place(1, "ec2")), 0);
    }
}
