//! Instants in the many forms AWS writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};

use crate::model::{Json, Timestamp};

/// Beyond this, a number of seconds would lie past the year 5138: it counts milliseconds.
const LARGEST_SECONDS: f64 = 1e11;

/// Forms with a zone that RFC 3339 does not cover: Lambda writes `2026-01-02T03:04:05.000+0000`.
const ZONED: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%z"];

/// Forms without a zone are UTC.
const NAIVE: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// RFC 3339, other ISO forms, RFC 2822, or a number of seconds since 1970 (milliseconds if huge).
pub fn parse(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(text) => from_epoch(text.parse().ok()?),
        Json::String(text) => from_text(text.trim()),
        _ => None,
    }
}

fn from_text(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    // PostgreSQL and DuckDB write `+00` where nothing is to be said of minutes.
    if let Some((hours, 3)) = text.rfind(['+', '-']).map(|at| (at, text.len() - at))
        && hours > 10
        && let Some(instant) = from_text(&format!("{text}:00"))
    {
        return Some(instant);
    }
    let plain = text.trim_end_matches("UTC").trim_end_matches("GMT").trim_end_matches('Z').trim_end();
    ZONED
        .iter()
        .find_map(|form| DateTime::parse_from_str(text, form).ok().map(|t| t.to_utc()))
        .or_else(|| {
            NAIVE.iter().find_map(|form| NaiveDateTime::parse_from_str(plain, form).ok()).map(|t| t.and_utc())
        })
        .or_else(|| Some(NaiveDate::parse_from_str(plain, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc()))
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|t| t.to_utc()))
        .or_else(|| text.parse().ok().and_then(from_epoch))
}

fn from_epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() > LARGEST_SECONDS { number / 1e3 } else { number };
    // Whole seconds and the rest apart: a double cannot hold today's microseconds exactly.
    let whole = seconds.floor();
    let micros = ((seconds - whole) * 1e6).round();
    if !(-1e11..=1e11).contains(&whole) {
        return None;
    }
    Utc.timestamp_micros(whole as i64 * 1_000_000 + micros as i64).single()
}

/// RFC 3339 with as many digits of the second as there are.
pub fn to_text(instant: Timestamp) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_same_instant() {
        for text in [
            r#""2026-01-02T03:04:05Z""#,
            r#""2026-01-02T05:04:05+02:00""#,
            r#""2026-01-02 03:04:05+00""#,
            r#""2026-01-02T03:04:05.000+0000""#,
            r#""2026-01-02T03:04:05""#,
            r#""2026-01-02 03:04:05 GMT""#,
            r#""2026-01-02 03:04:05 UTC""#,
            r#""Fri, 02 Jan 2026 03:04:05 GMT""#,
            "1767323045",
            "1767323045000",
            "1767323045.0",
            "1.767323045E9",
            r#""1767323045""#,
        ] {
            let instant = parse(&Json::parse(text).unwrap());
            assert_eq!(instant.map(to_text).as_deref(), Some("2026-01-02T03:04:05Z"), "{text}");
        }
    }

    #[test]
    fn fractions_are_kept() {
        let instant = parse(&Json::parse("1767323045.123").unwrap()).unwrap();
        assert_eq!(to_text(instant), "2026-01-02T03:04:05.123Z");
        let instant = parse(&Json::string("2026-01-02T03:04:05.123456Z")).unwrap();
        assert_eq!(to_text(instant), "2026-01-02T03:04:05.123456Z");
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in ["\"soon\"", "\"\"", "1e300", "-1e300", "true", "[]", "\"2026-13-01\""] {
            assert_eq!(parse(&Json::parse(text).unwrap()), None, "{text}");
        }
    }
}
