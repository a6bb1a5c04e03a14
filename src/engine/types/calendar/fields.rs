//! Parts of an instant or interval: `extract`, `date_part`, `date_trunc`, `age`.

use chrono::{Datelike, NaiveDate, Timelike};

use super::{days_of, micros_of, moment};
use crate::engine::types::interval::{DAY, HOUR, Interval, MINUTE, SECOND};
use crate::engine::types::numeric::Numeric;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Microseconds,
    Milliseconds,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    IsoYear,
    Epoch,
    Julian,
    Zone,
    ZoneHour,
    ZoneMinute,
}

impl Part {
    pub fn named(name: &str) -> Option<Part> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "dow" => Part::DayOfWeek,
            "isodow" => Part::IsoDayOfWeek,
            "doy" => Part::DayOfYear,
            "isoyear" => Part::IsoYear,
            "epoch" => Part::Epoch,
            "julian" | "jd" => Part::Julian,
            "timezone" => Part::Zone,
            "timezone_hour" => Part::ZoneHour,
            "timezone_minute" => Part::ZoneMinute,
            "microseconds" | "microsecond" | "us" | "usec" | "usecs" => Part::Microseconds,
            "milliseconds" | "millisecond" | "ms" | "msec" | "msecs" => Part::Milliseconds,
            "second" | "seconds" | "s" | "sec" | "secs" => Part::Second,
            "minute" | "minutes" | "m" | "min" | "mins" => Part::Minute,
            "hour" | "hours" | "h" | "hr" | "hrs" => Part::Hour,
            "day" | "days" | "d" => Part::Day,
            "week" | "weeks" | "w" => Part::Week,
            "month" | "months" | "mon" | "mons" => Part::Month,
            "quarter" | "qtr" => Part::Quarter,
            "year" | "years" | "y" | "yr" | "yrs" => Part::Year,
            "decade" | "decades" | "dec" | "decs" => Part::Decade,
            "century" | "centuries" | "c" | "cent" => Part::Century,
            "millennium" | "millennia" | "mil" | "mils" => Part::Millennium,
            _ => return None,
        })
    }
}

/// A number of units of a million microseconds and so many digits after the point.
fn seconds(micros: i64, digits: u32) -> Numeric {
    Numeric::new(micros, 6).rounded(digits.cast_signed())
}

/// `extract(part from timestamp)`; `None` where the type has no such part.
pub fn part(of: Part, micros: i64) -> Option<Numeric> {
    let at = moment(micros)?;
    let in_minute = i64::from(at.second()) * SECOND + i64::from(at.nanosecond() / 1_000);
    let whole = |n: i64| Some(Numeric::from(n));
    let year = i64::from(at.year());
    match of {
        Part::Microseconds => whole(in_minute),
        Part::Milliseconds => Some(Numeric::new(in_minute, 3)),
        Part::Second => Some(seconds(in_minute, 6)),
        Part::Minute => whole(at.minute().into()),
        Part::Hour => whole(at.hour().into()),
        Part::Day => whole(at.day().into()),
        Part::Week => whole(at.iso_week().week().into()),
        Part::Month => whole(at.month().into()),
        Part::Quarter => whole(i64::from((at.month() - 1) / 3 + 1)),
        // There is no year 0: 1 BC is -1.
        Part::Year => whole(if year > 0 { year } else { year - 1 }),
        Part::Decade => whole(year.div_euclid(10)),
        Part::Century => whole(if year > 0 { (year + 99) / 100 } else { -((99 - (year - 1)) / 100) }),
        Part::Millennium => {
            whole(if year > 0 { (year + 999) / 1_000 } else { -((999 - (year - 1)) / 1_000) })
        }
        Part::DayOfWeek => whole(at.weekday().num_days_from_sunday().into()),
        Part::IsoDayOfWeek => whole(at.weekday().number_from_monday().into()),
        Part::DayOfYear => whole(at.ordinal().into()),
        Part::IsoYear => {
            let year = i64::from(at.iso_week().year());
            whole(if year > 0 { year } else { year - 1 })
        }
        Part::Epoch => Some(Numeric::new(micros, 6)),
        Part::Julian => {
            let days = i64::from(days_of(at.date())?) + 2_440_588;
            let of_day = Numeric::from(micros.rem_euclid(DAY)).divide(&Numeric::from(DAY))?;
            Some(Numeric::from(days).add(&of_day))
        }
        Part::Zone | Part::ZoneHour | Part::ZoneMinute => whole(0),
    }
}

/// `extract(part from interval)`
pub fn interval_part(of: Part, value: Interval) -> Option<Numeric> {
    let whole = |n: i64| Some(Numeric::from(n));
    let (years, months) = (i64::from(value.months / 12), i64::from(value.months % 12));
    let in_minute = value.micros % MINUTE;
    match of {
        Part::Microseconds => whole(in_minute),
        Part::Milliseconds => Some(Numeric::new(in_minute, 3)),
        Part::Second => Some(seconds(in_minute, 6)),
        Part::Minute => whole(value.micros % HOUR / MINUTE),
        Part::Hour => whole(value.micros / HOUR),
        Part::Day => whole(value.days.into()),
        Part::Month => whole(months),
        Part::Quarter => whole(months / 3 + 1),
        Part::Year => whole(years),
        Part::Decade => whole(years / 10),
        Part::Century => whole(years / 100),
        Part::Millennium => whole(years / 1_000),
        Part::Epoch => {
            // A year counts 365.25 days, a month 30.
            let days = i128::from(years) * 36_525 * i128::from(DAY) / 100
                + i128::from(months * 30) * i128::from(DAY)
                + i128::from(value.days) * i128::from(DAY);
            Some(Numeric::new(days + i128::from(value.micros), 6))
        }
        _ => None,
    }
}

/// `date_trunc(part, timestamp)`
pub fn truncated(to: Part, micros: i64) -> Option<i64> {
    let at = moment(micros)?;
    let floor = |unit: i64| Some(micros - micros.rem_euclid(unit));
    let start = |year: i32, month: u32| {
        NaiveDate::from_ymd_opt(year, month, 1).map(|day| micros_of(day.and_time(chrono::NaiveTime::MIN)))
    };
    let year = at.year();
    // Centuries begin with the year 1, and count from -1 before it.
    let era = |years: i32| {
        let first = if year > 0 {
            (year + years - 1) / years * years - (years - 1)
        } else {
            -((years - year) / years * years) + 1
        };
        start(first, 1)
    };
    match to {
        Part::Microseconds => Some(micros),
        Part::Milliseconds => floor(1_000),
        Part::Second => floor(SECOND),
        Part::Minute => floor(MINUTE),
        Part::Hour => floor(HOUR),
        Part::Day => floor(DAY),
        Part::Week => {
            let monday = i64::from(at.weekday().num_days_from_monday());
            Some(micros - micros.rem_euclid(DAY) - monday * DAY)
        }
        Part::Month => start(year, at.month()),
        Part::Quarter => start(year, (at.month() - 1) / 3 * 3 + 1),
        Part::Year => start(year, 1),
        Part::Decade => start(year.div_euclid(10) * 10, 1),
        Part::Century => era(100),
        Part::Millennium => era(1_000),
        _ => None,
    }
}

/// `date_trunc(part, interval)`
pub fn interval_truncated(to: Part, value: Interval) -> Option<Interval> {
    let months = |unit: i32| Some(Interval { months: value.months / unit * unit, ..Interval::default() });
    let time = |unit: i64| Some(Interval { micros: value.micros / unit * unit, ..value });
    match to {
        Part::Microseconds => Some(value),
        Part::Milliseconds => time(1_000),
        Part::Second => time(SECOND),
        Part::Minute => time(MINUTE),
        Part::Hour => time(HOUR),
        Part::Day => Some(Interval { micros: 0, ..value }),
        Part::Month => months(1),
        Part::Quarter => months(3),
        Part::Year => months(12),
        Part::Decade => months(120),
        Part::Century => months(1_200),
        Part::Millennium => months(12_000),
        _ => None,
    }
}

/// Years, months, days and time from `b` to `a`, counted as people count birthdays.
pub fn age(a: i64, b: i64) -> Option<Interval> {
    let (later, earlier, sign) = if a >= b { (a, b, 1) } else { (b, a, -1) };
    let (x, y) = (moment(later)?, moment(earlier)?);
    let mut micros = later.rem_euclid(DAY) - earlier.rem_euclid(DAY);
    let mut days = i64::from(x.day()) - i64::from(y.day());
    let mut months = i64::from(x.month()) - i64::from(y.month());
    let mut years = i64::from(x.year()) - i64::from(y.year());
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    while days < 0 {
        // The length of the month the count began in: the earlier one's.
        days += month_length(y.year(), y.month())?;
        months -= 1;
    }
    while months < 0 {
        months += 12;
        years -= 1;
    }
    let whole = i32::try_from(years * 12 + months).ok()?;
    let value = Interval { months: whole, days: i32::try_from(days).ok()?, micros };
    if sign < 0 { value.checked_neg() } else { Some(value) }
}

fn month_length(year: i32, month: u32) -> Option<i64> {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let (this, next) =
        (NaiveDate::from_ymd_opt(year, month, 1)?, NaiveDate::from_ymd_opt(next_year, next, 1)?);
    Some(next.signed_duration_since(this).num_days())
}
