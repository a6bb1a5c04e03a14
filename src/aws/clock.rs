//! What time it is for AWS: signatures more than five minutes off are refused, and every answer says what
//! its server's clock shows.
//!
//! A laptop that slept, a container or a virtual machine may be hours off; one endpoint of many may be, too.
//! Offsets are kept for the place that showed them, and for all once most answers say the same.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use parking_lot::RwLock;

use crate::model::{AccountId, Region};

/// Seconds that a signature may be off before it is corrected; services refuse it at 300.
const TOLERATED: i64 = 240;
/// Seconds off that an operator is told of.
const WORTH_A_NOTE: i64 = 300;

/// Codes of a signature that is too old or not yet current, among others that they stand for.
const CODES: [&str; 7] = [
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Account, region and signing name: where a clock of its own may be.
pub type Place = (AccountId, Region, String);

/// The clocks that answers showed, in seconds ahead of this machine's.
#[derive(Debug, Default)]
pub struct Clocks {
    astray: RwLock<HashMap<Place, i64>>,
    answers: AtomicU64,
    answers_astray: AtomicU64,
    latest: AtomicI64,
}

impl Clocks {
    /// Learns from the `Date` of an answer that came just now.
    pub fn hear(&self, place: Option<Place>, date: Option<&str>) {
        if let Some(ahead) = date.and_then(ahead_of_us) {
            self.learn(place, ahead);
        }
    }

    fn learn(&self, place: Option<Place>, ahead: i64) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.latest.store(ahead, Ordering::Relaxed);
        let is_astray = ahead.abs() > TOLERATED;
        if is_astray {
            self.answers_astray.fetch_add(1, Ordering::Relaxed);
        }
        let Some(place) = place else { return };
        // Almost always there is nothing to write down and nothing to strike out.
        if is_astray || self.astray.read().contains_key(&place) {
            self.astray.write().insert(place, ahead);
        }
    }

    /// Seconds to add to this machine's time when signing for a place.
    pub fn ahead(&self, place: &Place) -> i64 {
        match self.astray.read().get(place) {
            Some(ahead) => *ahead,
            None => self.everywhere(),
        }
    }

    /// What most answers show; nothing where it is within tolerance.
    pub fn everywhere(&self) -> i64 {
        let (all, astray) =
            (self.answers.load(Ordering::Relaxed), self.answers_astray.load(Ordering::Relaxed));
        if astray * 2 > all { self.latest.load(Ordering::Relaxed) } else { 0 }
    }

    /// The same instant by this machine's clock.
    pub fn local(&self, theirs: SystemTime) -> SystemTime {
        shifted(theirs, -self.everywhere())
    }

    pub fn note(&self) -> Option<String> {
        let ahead = self.everywhere();
        (ahead.abs() > WORTH_A_NOTE).then(|| {
            format!("{}: calls were signed with AWS's time; set this machine's clock", in_words(ahead))
        })
    }
}

/// `this machine's clock is 10m behind AWS's`
pub fn in_words(ahead: i64) -> String {
    let (length, side) = (ahead.unsigned_abs(), if ahead > 0 { "behind" } else { "ahead of" });
    let length = match length {
        0..120 => format!("{length} s"),
        120..7200 => format!("{} min", length / 60),
        _ => format!("{} h {} min", length / 3600, length % 3600 / 60),
    };
    format!("this machine's clock is {length} {side} AWS's")
}

/// Whether an answer with this code and date may only say that its signature, made `signed_ahead` of this
/// machine's clock, has the wrong time.
pub fn explains(code: &str, date: Option<&str>, signed_ahead: i64) -> bool {
    CODES.contains(&code)
        && date.and_then(ahead_of_us).is_some_and(|ahead| (ahead - signed_ahead).abs() > TOLERATED)
}

/// `Fri, 20 Nov 2026 12:00:00 GMT`
pub fn ahead_of_us(date: &str) -> Option<i64> {
    let theirs = DateTime::from_str(date, Format::HttpDate).ok()?.secs();
    let ours = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    theirs.checked_sub(i64::try_from(ours).ok()?)
}

fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let moved = if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    moved.unwrap_or(time)
}

tokio::task_local! {
    static AHEAD: i64;
}

/// Runs `call`, whose signature is made with the time that holds `ahead` of this machine's clock.
pub async fn signing<F: Future>(ahead: i64, call: F) -> F::Output {
    AHEAD.scope(ahead, call).await
}

/// The time of the place that the call in hand is for.
#[derive(Debug)]
pub struct TheirTime;

impl TimeSource for TheirTime {
    fn now(&self) -> SystemTime {
        shifted(SystemTime::now(), AHEAD.try_with(|ahead| *ahead).unwrap_or_default())
    }
}

/// Learns from the answers to a typed client, which corrects its own signatures.
#[derive(Debug)]
pub struct Hearing(pub Arc<Clocks>);

#[dyn_dispatch_hint]
impl Intercept for Hearing {
    fn name(&self) -> &'static str {
        "Hearing"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.hear(None, context.response().headers().get("date"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str) -> Place {
        ("100000000006".parse().unwrap(), Region::new(region), "ec2".to_owned())
    }

    fn date(ahead: i64) -> String {
        let time = chrono::Utc::now() + chrono::Duration::seconds(ahead);
        time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    #[test]
    fn one_clock_that_is_off_is_its_own_affair() {
        let clocks = Clocks::default();
        for _ in 0..3 {
            clocks.hear(Some(place("us-east-1")), Some(&date(0)));
        }
        clocks.hear(Some(place("eu-west-1")), Some(&date(600)));
        assert!((599..=600).contains(&clocks.ahead(&place("eu-west-1"))));
        assert_eq!(clocks.ahead(&place("us-east-1")), 0);
        assert_eq!((clocks.everywhere(), clocks.note()), (0, None));
        clocks.hear(Some(place("eu-west-1")), Some(&date(0)));
        assert!(clocks.ahead(&place("eu-west-1")).abs() <= 1, "mended since");
    }

    #[test]
    fn a_local_clock_that_is_off_is_corrected_everywhere_and_said() {
        let clocks = Clocks::default();
        clocks.hear(None, Some(&date(-7_500)));
        let ahead = clocks.ahead(&place("us-east-1"));
        assert!((-7_501..=-7_499).contains(&ahead), "{ahead}");
        let note = clocks.note().unwrap();
        assert!(note.contains("2 h 5 min ahead of AWS's"), "{note}");
        let end = SystemTime::now();
        assert_eq!(clocks.local(end).duration_since(end).unwrap().as_secs(), ahead.unsigned_abs());
    }

    #[test]
    fn a_date_explains_a_refusal_only_where_the_signature_was_off() {
        for (code, ahead, signed, explained) in [
            ("RequestExpired", 600, 0, true),
            ("RequestExpired", 600, 600, false),
            ("RequestExpired", 10, 0, false),
            ("AuthFailure", -600, 0, true),
            ("UnauthorizedOperation", 600, 0, false),
        ] {
            assert_eq!(explains(code, Some(&date(ahead)), signed), explained, "{code} {ahead} {signed}");
        }
        for odd in ["", "yesterday", "Fri, 99 Nov 2026 12:00:00 GMT", "\u{0}"] {
            assert!(!explains("RequestExpired", Some(odd), 0));
            Clocks::default().hear(None, Some(odd));
        }
    }
}
