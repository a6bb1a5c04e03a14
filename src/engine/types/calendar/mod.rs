//! Dates and timestamps: days, and microseconds since 1970 in UTC.
//!
//! | file | holds |
//! |---|---|
//! | `read` | text to a date or timestamp |
//! | `zone` | time zones by name and offset |
//! | `fields` | `extract`, `date_trunc`, `age` |
//! | this file | text of both, and arithmetic with intervals |

mod fields;
mod read;
mod zone;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime};

pub use fields::{Part, age, interval_part, interval_truncated, part, truncated};
pub use read::{NotAnInstant, Read, read_date, read_timestamp, read_timestamptz};
pub use zone::Zone;

use super::clock;
use super::interval::{DAY, Interval};

/// Days since 1970-01-01.
pub fn date_text(days: i32) -> Option<String> {
    Some(era(day(days)?, |day, year| format!("{year:04}-{:02}-{:02}", day.month(), day.day()), ""))
}

/// `zone`: `+00` for a timestamp with time zone, in the session's zone, which is UTC.
pub fn timestamp_text(micros: i64, zone: &str) -> Option<String> {
    let at = moment(micros)?;
    let time = clock::text(u64::try_from(micros.rem_euclid(DAY)).ok()?);
    Some(era(
        at.date(),
        |day, year| format!("{year:04}-{:02}-{:02} {time}{zone}", day.month(), day.day()),
        "",
    ))
}

/// Years before Christ are counted backwards and marked at the end.
fn era(day: NaiveDate, text: impl Fn(NaiveDate, u32) -> String, end: &str) -> String {
    let (after_christ, year) = day.year_ce();
    format!("{}{end}{}", text(day, year), if after_christ { "" } else { " BC" })
}

pub fn day(days: i32) -> Option<NaiveDate> {
    let epoch = NaiveDate::default();
    match u64::try_from(days) {
        Ok(days) => epoch.checked_add_days(Days::new(days)),
        Err(_) => epoch.checked_sub_days(Days::new(u64::from(days.unsigned_abs()))),
    }
}

pub fn days_of(day: NaiveDate) -> Option<i32> {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

pub fn moment(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc())
}

pub fn micros_of(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp_micros()
}

pub fn midnight(days: i32) -> Option<i64> {
    i64::from(days).checked_mul(DAY).filter(|micros| moment(*micros).is_some())
}

pub fn day_of(micros: i64) -> Option<i32> {
    i32::try_from(micros.div_euclid(DAY)).ok()
}

/// Months first (the day of the month is cut to the month's last), then days, then time.
pub fn plus(micros: i64, interval: Interval) -> Option<i64> {
    let mut at = moment(micros)?;
    let months = Months::new(interval.months.unsigned_abs());
    at = if interval.months >= 0 { at.checked_add_months(months)? } else { at.checked_sub_months(months)? };
    let days = Days::new(u64::from(interval.days.unsigned_abs()));
    at = if interval.days >= 0 { at.checked_add_days(days)? } else { at.checked_sub_days(days)? };
    let micros = micros_of(at).checked_add(interval.micros)?;
    moment(micros).map(|_| micros)
}

/// `timestamp - timestamp`: whole days and the rest.
pub fn minus(a: i64, b: i64) -> Option<Interval> {
    let micros = a.checked_sub(b)?;
    Some(Interval { months: 0, days: i32::try_from(micros / DAY).ok()?, micros: micros % DAY })
}

#[cfg(test)]
mod tests;
