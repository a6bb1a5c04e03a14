//! What stands behind a knob's equals sign.

use std::time::Duration;

use super::Rate;
use crate::error::Error;

pub fn wrong(name: &str, value: &str, wanted: &str) -> Error {
    Error::usage(format!("demo setting {name}: '{value}' is not {wanted}"))
}

pub fn whole(name: &str, value: &str, least: u64, most: u64) -> Result<u64, Error> {
    value
        .parse()
        .ok()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| wrong(name, value, &format!("a whole number from {least} to {most}")))
}

pub fn share(name: &str, value: &str) -> Result<f64, Error> {
    fraction(value).ok_or_else(|| wrong(name, value, "a share from 0 to 1"))
}

pub fn fraction(text: &str) -> Option<f64> {
    text.parse().ok().filter(|p| (0.0..=1.0).contains(p))
}

pub fn pause(name: &str, value: &str) -> Result<Duration, Error> {
    seconds(value, 60.0)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| wrong(name, value, "a time of at most 60 s, such as 50ms or 1.5s"))
}

/// `20/50`: twenty requests a second, fifty at once after a rest; the burst is the rate where it is absent.
pub fn rate(name: &str, value: &str) -> Result<Rate, Error> {
    let (rate, burst) = value.split_once('/').unwrap_or((value, value));
    let number = |text: &str, least: f64| text.trim().parse().ok().filter(|n| (least..=1e6).contains(n));
    let parsed = number(rate, 0.01).zip(number(burst, 0.0));
    let (per_second, burst) = parsed
        .ok_or_else(|| wrong(name, value, "requests a second, such as 20 or 20/50 with a burst of 50"))?;
    Ok(Rate { per_second, burst: burst.max(1.0) })
}

/// `10m`, `-10m`, `10m/0.05`: how far ahead the clock is in seconds, and on which share of units.
pub fn skew(name: &str, value: &str) -> Result<(i64, f64), Error> {
    let (time, share) = value.split_once('/').unwrap_or((value, "1"));
    let (sign, time) = time.strip_prefix('-').map_or((1, time), |rest| (-1, rest));
    let parsed = seconds(time, 86_400.0).zip(fraction(share));
    let (seconds, share) = parsed.ok_or_else(|| {
        wrong(name, value, "a time of at most a day, such as 10m or -1h, or 10m/0.05 for a share of units")
    })?;
    Ok((sign * seconds.round() as i64, share))
}

fn seconds(text: &str, most: f64) -> Option<f64> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let (number, unit) =
        UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    (0.0..=most).contains(&seconds).then_some(seconds)
}
