//! `accounts=50,latency=20ms,throttle=0.05,deny=0.01,seed=7`: how large, slow and hostile the demo is.

use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;
use crate::model::{Timestamp, closest};

/// Settings of the simulated organization; the default is the organization in `world/organization.yaml`.
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
    /// Time every call takes.
    pub latency: Duration,
    /// Share of attempts answered with the service's throttling error.
    pub throttle: f64,
    /// Share of account x region x service where no policy of the role allows anything.
    pub deny: f64,
    /// Name or id of an account whose services never answer.
    pub hang: Option<String>,
    /// Largest page any list returns.
    pub page_size: Option<usize>,
    /// External id that the member roles' trust policies ask for.
    pub external_id: Option<String>,
    /// The world's clock; the real one decides where it is absent.
    pub now: Option<Timestamp>,
}

const NAMES: [&str; 11] = [
    "accounts",
    "deny",
    "external_id",
    "hang",
    "latency",
    "now",
    "page_size",
    "regions",
    "resources",
    "seed",
    "throttle",
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
            latency: Duration::ZERO,
            throttle: 0.0,
            deny: 0.0,
            hang: None,
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
        Ok(knobs)
    }
}

impl Knobs {
    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "seed" => self.seed = whole(name, value, 0, u64::MAX)?,
            "accounts" => self.accounts = whole(name, value, 1, MOST_ACCOUNTS as u64)? as usize,
            "regions" => {
                self.regions = whole(name, value, 1, super::world::regions::KNOWN.len() as u64)? as usize;
            }
            "resources" => {
                self.resources = value
                    .parse()
                    .ok()
                    .filter(|r| (0.0..=1_000.0).contains(r))
                    .ok_or_else(|| wrong(name, value, "a number from 0 to 1000"))?;
            }
            "latency" => {
                self.latency = duration(value)
                    .ok_or_else(|| wrong(name, value, "a time of at most 60 s, such as 50ms or 1.5s"))?;
            }
            "throttle" => self.throttle = share(name, value)?,
            "deny" => self.deny = share(name, value)?,
            "hang" => self.hang = Some(value.to_owned()),
            "page_size" => self.page_size = Some(whole(name, value, 1, 1_000)? as usize),
            "external_id" => self.external_id = Some(value.to_owned()),
            "now" => {
                let parsed = chrono::DateTime::parse_from_rfc3339(value)
                    .map_err(|_| wrong(name, value, "a time such as 2026-03-01T12:00:00Z"))?;
                self.now = Some(parsed.to_utc());
            }
            unknown => {
                let error = Error::usage(format!("the demo has no setting '{unknown}'"));
                return Err(match closest(unknown, NAMES) {
                    Some(near) => error.hint(format!("did you mean '{near}'?")),
                    None => error.hint(format!("it has: {}", NAMES.join(", "))),
                });
            }
        }
        Ok(())
    }
}

fn wrong(name: &str, value: &str, wanted: &str) -> Error {
    Error::usage(format!("demo setting {name}: '{value}' is not {wanted}"))
}

fn whole(name: &str, value: &str, least: u64, most: u64) -> Result<u64, Error> {
    value
        .parse()
        .ok()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| wrong(name, value, &format!("a whole number from {least} to {most}")))
}

fn share(name: &str, value: &str) -> Result<f64, Error> {
    value
        .parse()
        .ok()
        .filter(|p| (0.0..=1.0).contains(p))
        .ok_or_else(|| wrong(name, value, "a share from 0 to 1"))
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    (0.0..=60.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
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
                            page_size=3,hang=web-prod,external_id=x-1,now=2026-03-01T12:00:00Z"
                .parse()
                .unwrap();
        assert_eq!((knobs.accounts, knobs.regions, knobs.seed), (50, 17, 9));
        assert_eq!(knobs.latency, Duration::from_millis(50));
        assert_eq!((knobs.throttle, knobs.deny, knobs.resources), (0.05, 0.01, 2.5));
        assert_eq!((knobs.page_size, knobs.hang.as_deref()), (Some(3), Some("web-prod")));
        assert_eq!(knobs.now.unwrap().to_rfc3339(), "2026-03-01T12:00:00+00:00");
    }

    #[test]
    fn a_misspelt_knob_is_named_with_what_was_meant() {
        let error = "acounts=5".parse::<Knobs>().unwrap_err();
        assert_eq!(error.message(), "the demo has no setting 'acounts'");
        assert_eq!(error.hints(), ["did you mean 'accounts'?"]);
    }

    #[test]
    fn wrong_values_say_what_is_wanted() {
        for text in
            ["accounts", "accounts=0", "throttle=2", "latency=5", "latency=-1ms", "now=today", "deny=NaN"]
        {
            let error = text.parse::<Knobs>().unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::Usage, "{text}: {error}");
        }
    }
}
