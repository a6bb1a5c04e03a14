//! `accounts=50,latency=20ms,throttle=0.05,deny=0.01,seed=7`: how large, slow and hostile the demo is.

mod value;

use std::str::FromStr;
use std::time::Duration;

use super::mishaps::Mishap;
use crate::error::Error;
use crate::model::{Timestamp, closest};
use value::{share, whole, wrong};

/// Settings of the simulated organization; the default is the organization in `world/organization.yaml`.
///
/// A unit is account x region x service. Shares of units stay what they are for the life of the world;
/// shares of attempts are drawn anew for every attempt, unless the unit is `sticky`.
#[derive(Clone, Debug, PartialEq)]
pub struct Knobs {
    /// Same seed, same world.
    pub seed: u64,
    /// Accounts in the organization; beyond the twenty written down, more are generated.
    pub accounts: usize,
    /// Regions every account has.
    pub regions: usize,
    /// How many times the usual number of resources a busy region holds.
    pub resources: f64,
    /// Times the usual number of log events.
    pub logs: f64,
    /// Time every call takes.
    pub latency: Duration,
    /// How much more or less than the latency a call may take.
    pub jitter: Duration,
    /// Share of attempts answered with the service's throttling error.
    pub throttle: f64,
    /// What each unit answers before it throttles.
    pub quota: Option<Rate>,
    /// Share of units where no policy of the role allows anything.
    pub deny: f64,
    /// Name or id of an account whose services never answer.
    pub hang: Option<String>,
    /// Share of units that never answer.
    pub hang_share: f64,
    /// Share of attempts whose connection is reset, before the answer or in its middle.
    pub reset: f64,
    /// Share of attempts whose body ends in the middle.
    pub truncate: f64,
    /// Share of attempts answered by something that is not AWS: a page of HTML.
    pub garble: f64,
    /// Share of attempts answered with an internal error, 500 or 503.
    pub error: f64,
    /// Seconds that a server's clock is ahead, and the share of units it is so on.
    pub skew: (i64, f64),
    /// Share of units where luck does not change from attempt to attempt.
    pub sticky: f64,
    /// Largest page any list returns.
    pub page_size: Option<usize>,
    /// External id that the member roles' trust policies ask for.
    pub external_id: Option<String>,
    /// The world's clock; the real one decides where it is absent.
    pub now: Option<Timestamp>,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    /// What a rested bucket holds.
    pub burst: f64,
}

/// Every knob with an example, and what it does.
pub const ALL: [(&str, &str, &str); 20] = [
    ("accounts", "accounts=200", "accounts in the organization"),
    ("regions", "regions=17", "regions every account has"),
    ("resources", "resources=2.5", "times the usual number of resources"),
    ("logs", "logs=10", "times the usual number of log events"),
    ("seed", "seed=7", "another world, with other luck"),
    ("now", "now=2026-03-01T12:00:00Z", "the world's clock, from which ages count"),
    ("page_size", "page_size=5", "largest page any list returns"),
    ("external_id", "external_id=x-1", "what the member roles ask for"),
    ("latency", "latency=50ms", "time every call takes"),
    ("jitter", "jitter=10ms", "how much more or less than the latency"),
    ("quota", "quota=20/50", "requests a second of each unit, and its burst (sts: 600)"),
    ("throttle", "throttle=0.05", "share of attempts that are throttled"),
    ("reset", "reset=0.01", "share of attempts whose connection is reset"),
    ("truncate", "truncate=0.01", "share of attempts whose body ends in the middle"),
    ("garble", "garble=0.01", "share of attempts answered with a page of HTML"),
    ("error", "error=0.01", "share of attempts that fail with 500 or 503"),
    ("sticky", "sticky=0.5", "share of units where those five never change"),
    ("deny", "deny=0.01", "share of units (account x region x service) with no rights"),
    ("hang", "hang=web-prod", "an account, or a share of units, that never answers"),
    ("skew", "skew=10m", "how far clocks are ahead; skew=-10m/0.05: on 5% of units"),
];

pub const MOST_ACCOUNTS: usize = 100_000;
pub const DEFAULT_ACCOUNTS: usize = 20;
pub const DEFAULT_REGIONS: usize = 7;

impl Default for Knobs {
    fn default() -> Self {
        Self {
            seed: 1,
            accounts: DEFAULT_ACCOUNTS,
            regions: DEFAULT_REGIONS,
            resources: 1.0,
            logs: 1.0,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            throttle: 0.0,
            quota: None,
            deny: 0.0,
            hang: None,
            hang_share: 0.0,
            reset: 0.0,
            truncate: 0.0,
            garble: 0.0,
            error: 0.0,
            skew: (0, 0.0),
            sticky: 0.0,
            page_size: None,
            external_id: None,
            now: None,
        }
    }
}

impl FromStr for Knobs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut knobs = Knobs::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Error::usage(format!("demo setting '{part}' has no value"))
                    .hint("write name=value, for example accounts=50,latency=20ms"));
            };
            knobs.set(name.trim(), value.trim())?;
        }
        let luck = knobs.luck();
        if luck.iter().map(|(_, share)| share).sum::<f64>() > 1.0 + 1e-9 {
            let names = luck.map(|(mishap, _)| mishap.as_str()).join(", ");
            return Err(Error::usage("the demo's shares of trouble add up to more than 1")
                .hint(format!("at most one of {names} befalls an attempt")));
        }
        Ok(knobs)
    }
}

impl Knobs {
    /// Names the world that is asked, however it answers: hostile or slow, what is there is the same.
    pub fn world(&self) -> String {
        let Knobs { seed, accounts, regions, resources, logs, now, .. } = self;
        format!(
            "seed={seed},accounts={accounts},regions={regions},resources={resources},logs={logs},now={now:?}"
        )
    }

    /// How likely each mishap is: the first three last as long as the world, the others an attempt.
    pub fn luck(&self) -> [(Mishap, f64); 8] {
        // A clock that is wrong everywhere is nobody's bad luck.
        let skew = if self.skew.1 < 1.0 { self.skew.1 } else { 0.0 };
        [
            (Mishap::Deny, self.deny),
            (Mishap::Hang, self.hang_share),
            (Mishap::Skew, skew),
            (Mishap::Throttle, self.throttle),
            (Mishap::Reset, self.reset),
            (Mishap::Truncate, self.truncate),
            (Mishap::Garble, self.garble),
            (Mishap::Error, self.error),
        ]
    }

    pub fn is_unlucky(&self) -> bool {
        self.luck().iter().any(|(_, share)| *share > 0.0)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "seed" => self.seed = whole(name, value, 0, u64::MAX)?,
            "accounts" => self.accounts = whole(name, value, 1, MOST_ACCOUNTS as u64)? as usize,
            "regions" => {
                self.regions = whole(name, value, 1, super::world::regions::KNOWN.len() as u64)? as usize;
            }
            "logs" => {
                self.logs = value
                    .parse()
                    .ok()
                    .filter(|r| (0.0..=1_000.0).contains(r))
                    .ok_or_else(|| wrong(name, value, "a number from 0 to 1000"))?;
            }
            "resources" => {
                self.resources = value
                    .parse()
                    .ok()
                    .filter(|r| (0.0..=1_000.0).contains(r))
                    .ok_or_else(|| wrong(name, value, "a number from 0 to 1000"))?;
            }
            "latency" => self.latency = value::pause(name, value)?,
            "jitter" => self.jitter = value::pause(name, value)?,
            "throttle" => self.throttle = share(name, value)?,
            "quota" => self.quota = Some(value::rate(name, value)?),
            "deny" => self.deny = share(name, value)?,
            // An account's id is a number as well, but not one so small.
            "hang" => match value::fraction(value) {
                Some(share) => self.hang_share = share,
                None => self.hang = Some(value.to_owned()),
            },
            "reset" => self.reset = share(name, value)?,
            "truncate" => self.truncate = share(name, value)?,
            "garble" => self.garble = share(name, value)?,
            "error" => self.error = share(name, value)?,
            "skew" => self.skew = value::skew(name, value)?,
            "sticky" => self.sticky = share(name, value)?,
            "page_size" => self.page_size = Some(whole(name, value, 1, 1_000)? as usize),
            "external_id" => self.external_id = Some(value.to_owned()),
            "now" => {
                let parsed = chrono::DateTime::parse_from_rfc3339(value)
                    .map_err(|_| wrong(name, value, "a time such as 2026-03-01T12:00:00Z"))?;
                self.now = Some(parsed.to_utc());
            }
            unknown => {
                let error = Error::usage(format!("the demo has no setting '{unknown}'"));
                let names = ALL.map(|(name, ..)| name);
                return Err(match closest(unknown, names) {
                    Some(near) => error.hint(format!("did you mean '{near}'?")),
                    None => error.hint(format!("it has: {}", names.join(", "))),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_text_is_the_default_organization() {
        assert_eq!("".parse::<Knobs>().unwrap(), Knobs::default());
    }

    #[test]
    fn every_knob_can_be_turned() {
        let knobs: Knobs =
            "accounts=50, regions=17,resources=2.5,latency=50ms,throttle=0.05,deny=0.01,seed=9,\
                            page_size=3,hang=web-prod,external_id=x-1,now=2026-03-01T12:00:00Z,\
                            jitter=5ms,quota=20/50,reset=0.1,truncate=0.11,garble=0.12,error=0.13,\
                            skew=-10m/0.2,sticky=0.5"
                .parse()
                .unwrap();
        assert_eq!((knobs.accounts, knobs.regions, knobs.seed), (50, 17, 9));
        assert_eq!(knobs.latency, Duration::from_millis(50));
        assert_eq!((knobs.throttle, knobs.deny, knobs.resources), (0.05, 0.01, 2.5));
        assert_eq!((knobs.page_size, knobs.hang.as_deref()), (Some(3), Some("web-prod")));
        assert_eq!((knobs.reset, knobs.truncate, knobs.garble, knobs.error), (0.1, 0.11, 0.12, 0.13));
        assert_eq!((knobs.jitter, knobs.sticky), (Duration::from_millis(5), 0.5));
        assert_eq!(knobs.skew, (-600, 0.2));
        assert_eq!(knobs.quota, Some(Rate { per_second: 20.0, burst: 50.0 }));
        assert_eq!(knobs.now.unwrap().to_rfc3339(), "2026-03-01T12:00:00+00:00");
    }

    #[test]
    fn every_knob_stands_in_the_list_with_an_example_that_works() {
        for (name, example, _) in ALL {
            assert!(example.starts_with(&format!("{name}=")), "{example}");
            let knobs: Knobs = example.parse().unwrap();
            assert_ne!(knobs, Knobs::default(), "{example}");
        }
    }

    #[test]
    fn an_account_or_a_share_hangs() {
        let hang = |value: &str| {
            let knobs: Knobs = format!("hang={value}").parse().unwrap();
            (knobs.hang, knobs.hang_share)
        };
        assert_eq!(hang("0.02"), (None, 0.02));
        assert_eq!(hang("100000000016"), (Some("100000000016".to_owned()), 0.0));
    }

    #[test]
    fn a_misspelt_knob_is_named_with_what_was_meant() {
        let error = "acounts=5".parse::<Knobs>().unwrap_err();
        assert_eq!(error.message(), "the demo has no setting 'acounts'");
        assert_eq!(error.hints(), ["did you mean 'accounts'?"]);
    }

    #[test]
    fn wrong_values_say_what_is_wanted() {
        for text in [
            "accounts",
            "accounts=0",
            "throttle=2",
            "latency=5",
            "latency=-1ms",
            "now=today",
            "deny=NaN",
            "quota=0",
            "quota=5/x",
            "skew=10",
            "skew=2000h",
            "skew=1m/2",
            "throttle=0.6,reset=0.6",
        ] {
            let error = text.parse::<Knobs>().unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Usage, "{text}: {error}");
        }
    }
}
