//! Functions of dates, times and intervals.

use arrow::array::ArrayRef;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

use super::Table;
use super::call::{Call, Day, Instant};
use super::overloaded::{Kernel, Overload, overload};
use crate::engine::types::PgType;
use crate::engine::types::calendar::{self, Part, Zone};
use crate::engine::types::interval::{DAY, Interval};
use crate::engine::types::numeric::Numeric;

use PgType::{Bool, Date, Float8, Int4, Interval as Span, Text, Time, Timestamp, Timestamptz};

pub fn table() -> Table {
    let now =
        |returns: PgType| vec![overload(&[], returns, |c| c.rows(|_| Ok(Some(Instant(c.context.now)))))];
    vec![
        ("now", now(Timestamptz)),
        ("current_timestamp", now(Timestamptz)),
        ("transaction_timestamp", now(Timestamptz)),
        ("statement_timestamp", now(Timestamptz)),
        ("clock_timestamp", now(Timestamptz)),
        ("localtimestamp", now(Timestamp)),
        (
            "current_date",
            vec![overload(&[], Date, |c| {
                c.rows(|_| calendar::day_of(c.context.now).map(Day).map_or_else(range, |d| Ok(Some(d))))
            })],
        ),
        (
            "age",
            vec![
                overload(&[Timestamp], Span, age_from_today),
                overload(&[Timestamptz], Span, age_from_today),
                overload(&[Timestamp, Timestamp], Span, age),
                overload(&[Timestamptz, Timestamptz], Span, age),
            ],
        ),
        (
            "extract",
            vec![
                overload(&[Text, Date], PgType::Numeric, |c| c.two(|p: &str, day: Day| of_day(p, day))),
                overload(&[Text, Timestamp], PgType::Numeric, |c| {
                    c.two(|p: &str, at: Instant| of_instant(p, at, "timestamp without time zone"))
                }),
                overload(&[Text, Timestamptz], PgType::Numeric, |c| {
                    c.two(|p: &str, at: Instant| of_instant(p, at, "timestamp with time zone"))
                }),
                overload(&[Text, Span], PgType::Numeric, |c| c.two(of_span)),
                overload(&[Text, Time], PgType::Numeric, |c| {
                    c.two(|p: &str, of_day: i64| {
                        of_span(p, Interval { micros: of_day, ..Interval::default() })
                    })
                }),
            ],
        ),
        (
            "date_part",
            vec![
                overload(&[Text, Date], Float8, |c| {
                    c.two(|p: &str, day: Day| Ok(of_day_or_midnight(p, day)?.to_float()))
                }),
                overload(&[Text, Timestamp], Float8, |c| {
                    c.two(|p: &str, at: Instant| {
                        Ok(of_instant(p, at, "timestamp without time zone")?.to_float())
                    })
                }),
                overload(&[Text, Timestamptz], Float8, |c| {
                    c.two(
                        |p: &str, at: Instant| Ok(of_instant(p, at, "timestamp with time zone")?.to_float()),
                    )
                }),
                overload(&[Text, Span], Float8, |c| {
                    c.two(|p: &str, span: Interval| Ok(of_span(p, span)?.to_float()))
                }),
            ],
        ),
        (
            "date_trunc",
            vec![
                overload(&[Text, Timestamp], Timestamp, |c| {
                    c.two(|p: &str, at: Instant| truncated(p, at, "timestamp without time zone"))
                }),
                overload(&[Text, Timestamptz], Timestamptz, |c| {
                    c.two(|p: &str, at: Instant| truncated(p, at, "timestamp with time zone"))
                }),
                overload(&[Text, Timestamptz, Text], Timestamptz, |c| c.three(truncated_in_zone)),
                overload(&[Text, Span], Span, |c| {
                    c.two(|p: &str, span: Interval| {
                        let part = known(p, "interval")?;
                        calendar::interval_truncated(part, span).ok_or_else(|| not_supported(p, "interval"))
                    })
                }),
            ],
        ),
        ("make_date", vec![overload(&[Int4, Int4, Int4], Date, |c| c.three(make_date))]),
        (
            "make_interval",
            vec![overload(&[Int4, Int4, Int4, Int4, Int4, Int4, Float8], Span, make_interval).optional(7)],
        ),
        (
            "make_timestamp",
            vec![overload(&[Int4, Int4, Int4, Int4, Int4, Float8], Timestamp, make_timestamp)],
        ),
        (
            "make_timestamptz",
            vec![overload(&[Int4, Int4, Int4, Int4, Int4, Float8], Timestamptz, make_timestamp)],
        ),
        ("justify_hours", justify(|c| c.one(|s: Interval| s.hours_justified().ok_or_else(span_range)))),
        ("justify_days", justify(|c| c.one(|s: Interval| s.days_justified().ok_or_else(span_range)))),
        ("justify_interval", justify(|c| c.one(|s: Interval| s.justified().ok_or_else(span_range)))),
        (
            "isfinite",
            vec![
                overload(&[Date], Bool, |c| c.one(|_: Day| Ok(true))),
                overload(&[Timestamp], Bool, |c| c.one(|_: Instant| Ok(true))),
                overload(&[Timestamptz], Bool, |c| c.one(|_: Instant| Ok(true))),
                overload(&[Span], Bool, |c| c.one(|_: Interval| Ok(true))),
            ],
        ),
        (
            "timezone",
            vec![
                overload(&[Text, Timestamptz], Timestamp, |c| {
                    c.two(|zone: &str, at: Instant| shown_in(zone, at))
                }),
                overload(&[Text, Timestamp], Timestamptz, |c| {
                    c.two(|zone: &str, at: Instant| taken_in(zone, at))
                }),
            ],
        ),
        (
            "to_timestamp",
            vec![
                overload(&[Float8], Timestamptz, |c| c.one(from_epoch)),
                overload(&[Text, Text], Timestamptz, super::format::to_timestamp),
            ],
        ),
        (
            "overlaps",
            vec![overload(&[Timestamptz, Timestamptz, Timestamptz, Timestamptz], Bool, |c| {
                c.rows(|row| {
                    let at = |n| c.get::<Instant>(n, row).map(|i| i.map(|i| i.0));
                    Ok(match (at(0)?, at(1)?, at(2)?, at(3)?) {
                        (Some(a), Some(b), Some(x), Some(y)) => {
                            let (a, b, x, y) = (a.min(b), a.max(b), x.min(y), x.max(y));
                            Some((a < y && x < b) || a == x)
                        }
                        _ => None,
                    })
                })
            })],
        ),
    ]
}

fn justify(kernel: Kernel) -> Vec<Overload> {
    vec![overload(&[Span], Span, kernel)]
}

fn range<T>() -> Result<T> {
    exec_err!("timestamp out of range")
}

pub fn span_range() -> DataFusionError {
    exec_datafusion_err!("interval out of range")
}

pub fn instant_range() -> DataFusionError {
    exec_datafusion_err!("timestamp out of range")
}

fn age(call: &Call) -> Result<ArrayRef> {
    call.two(|a: Instant, b: Instant| calendar::age(a.0, b.0).ok_or_else(span_range))
}

/// From midnight of the current day.
fn age_from_today(call: &Call) -> Result<ArrayRef> {
    let today = call.context.now - call.context.now.rem_euclid(DAY);
    call.one(|at: Instant| calendar::age(today, at.0).ok_or_else(span_range))
}

fn known(name: &str, kind: &str) -> Result<Part> {
    Part::named(name).ok_or_else(|| exec_datafusion_err!("unit \"{name}\" not recognized for type {kind}"))
}

fn not_supported(name: &str, kind: &str) -> DataFusionError {
    exec_datafusion_err!("unit \"{name}\" not supported for type {kind}")
}

fn of_instant(name: &str, at: Instant, kind: &str) -> Result<Numeric> {
    let part = known(name, kind)?;
    let zone = matches!(part, Part::Zone | Part::ZoneHour | Part::ZoneMinute);
    if zone && kind == "timestamp without time zone" {
        return Err(not_supported(name, kind));
    }
    calendar::part(part, at.0).ok_or_else(|| not_supported(name, kind))
}

/// A date has no time; `extract` says so, `date_part` takes midnight.
fn of_day(name: &str, day: Day) -> Result<Numeric> {
    let part = known(name, "date")?;
    let time = [
        Part::Microseconds,
        Part::Milliseconds,
        Part::Second,
        Part::Minute,
        Part::Hour,
        Part::Zone,
        Part::ZoneHour,
        Part::ZoneMinute,
    ];
    if time.contains(&part) {
        return Err(not_supported(name, "date"));
    }
    let value = of_day_or_midnight(name, day)?;
    Ok(match part {
        Part::Epoch | Part::Julian => value.rounded(0),
        _ => value,
    })
}

fn of_day_or_midnight(name: &str, day: Day) -> Result<Numeric> {
    let midnight = calendar::midnight(day.0).ok_or_else(instant_range)?;
    of_instant(name, Instant(midnight), "timestamp without time zone")
}

fn of_span(name: &str, span: Interval) -> Result<Numeric> {
    let part = known(name, "interval")?;
    calendar::interval_part(part, span).ok_or_else(|| not_supported(name, "interval"))
}

fn truncated(name: &str, at: Instant, kind: &str) -> Result<Instant> {
    let part = known(name, kind)?;
    calendar::truncated(part, at.0).map(Instant).ok_or_else(|| not_supported(name, kind))
}

fn zone(name: &str) -> Result<Zone> {
    // PostgreSQL takes POSIX's sense of a bare offset: west is positive.
    let posix = || match Zone::offset(name.trim()) {
        Some(Zone::Fixed(seconds)) => Some(Zone::Fixed(-seconds)),
        _ => None,
    };
    Zone::named(name)
        .or_else(posix)
        .ok_or_else(|| exec_datafusion_err!("time zone \"{name}\" not recognized"))
}

fn truncated_in_zone(name: &str, at: Instant, zone_name: &str) -> Result<Instant> {
    let zone = zone(zone_name)?;
    let local = calendar::moment(at.0).and_then(|utc| zone.local(utc)).ok_or_else(instant_range)?;
    let cut = truncated(name, Instant(calendar::micros_of(local)), "timestamp with time zone")?;
    let utc = calendar::moment(cut.0).and_then(|local| zone.utc(local)).ok_or_else(instant_range)?;
    Ok(Instant(calendar::micros_of(utc)))
}

fn shown_in(name: &str, at: Instant) -> Result<Instant> {
    let zone = zone(name)?;
    let local = calendar::moment(at.0).and_then(|utc| zone.local(utc)).ok_or_else(instant_range)?;
    Ok(Instant(calendar::micros_of(local)))
}

fn taken_in(name: &str, at: Instant) -> Result<Instant> {
    let zone = zone(name)?;
    let utc = calendar::moment(at.0).and_then(|local| zone.utc(local)).ok_or_else(instant_range)?;
    Ok(Instant(calendar::micros_of(utc)))
}

fn from_epoch(seconds: f64) -> Result<Instant> {
    let micros = (seconds * 1e6).round_ties_even();
    if !micros.is_finite() || micros.abs() > 8.2e18 {
        return exec_err!("timestamp out of range: \"{seconds}\"");
    }
    Ok(Instant(micros as i64))
}

fn day(year: i32, month: i32, day: i32) -> Result<Day> {
    let out_of_range = || exec_datafusion_err!("date field value out of range: {year}-{month:02}-{day:02}");
    // There is no year 0.
    let of_christ = if year < 0 { year + 1 } else { year };
    let (Ok(month_number), Ok(day_number)) = (u32::try_from(month), u32::try_from(day)) else {
        return Err(out_of_range());
    };
    if year == 0 {
        return Err(out_of_range());
    }
    let date =
        chrono::NaiveDate::from_ymd_opt(of_christ, month_number, day_number).ok_or_else(out_of_range)?;
    calendar::days_of(date).map(Day).ok_or_else(out_of_range)
}

fn make_date(year: i32, month: i32, of_month: i32) -> Result<Day> {
    day(year, month, of_month)
}

fn make_timestamp(call: &Call) -> Result<ArrayRef> {
    call.rows(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let part = |at| Ok::<_, DataFusionError>(call.get::<i32>(at, row)?.unwrap_or(0));
        let midnight = calendar::midnight(day(part(0)?, part(1)?, part(2)?)?.0).ok_or_else(instant_range)?;
        let (hour, minute, second) = (part(3)?, part(4)?, call.get::<f64>(5, row)?.unwrap_or(0.0));
        if !(0..=23).contains(&hour) || !(0..=59).contains(&minute) || !(0.0..=60.0).contains(&second) {
            return exec_err!("time field value out of range: {hour}:{minute:02}:{second:02}");
        }
        let micros = (i64::from(hour) * 3_600 + i64::from(minute) * 60) * 1_000_000;
        Ok(Some(Instant(midnight + micros + (second * 1e6).round_ties_even() as i64)))
    })
}

/// `make_interval(years, months, weeks, days, hours, mins, secs)`, each 0 where left out.
fn make_interval(call: &Call) -> Result<ArrayRef> {
    call.rows(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let part = |at| Ok::<_, DataFusionError>(call.get::<i32>(at, row)?.unwrap_or(0));
        let seconds = call.get::<f64>(6, row)?.unwrap_or(0.0);
        let months = part(0)?.checked_mul(12).and_then(|m| m.checked_add(part(1).ok()?));
        let days = part(2)?.checked_mul(7).and_then(|d| d.checked_add(part(3).ok()?));
        let micros = (i64::from(part(4)?) * 3_600 + i64::from(part(5)?) * 60) * 1_000_000;
        match (months, days) {
            (Some(months), Some(days)) if seconds.abs() < 9e12 => {
                Ok(Some(Interval { months, days, micros: micros + (seconds * 1e6).round_ties_even() as i64 }))
            }
            _ => exec_err!("interval out of range"),
        }
    })
}
