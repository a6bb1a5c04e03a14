//! Timestamps, numbers, booleans and blobs, to and from the texts each protocol writes.

use base64::Engine as _;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};

use crate::catalog::shape::{Shape, TimestampFormat};
use crate::model::Json;

/// A scalar of this shape, read from an XML text, a header or a query string.
pub fn from_text(shape: &Shape, text: &str) -> Json {
    match shape {
        Shape::Boolean => match text.trim() {
            "true" | "True" | "1" => Json::Bool(true),
            "false" | "False" | "0" => Json::Bool(false),
            other => Json::string(other),
        },
        Shape::Integer | Shape::Long | Shape::Float | Shape::Double => number(text.trim()),
        Shape::Timestamp(_) => match text.trim() {
            "" => Json::Null,
            text => Json::String(rfc3339(text).unwrap_or_else(|| text.to_owned())),
        },
        Shape::String { json: true, .. } => Json::parse(text).unwrap_or_else(|_| Json::string(text)),
        _ => Json::string(text),
    }
}

/// The number as it was written, so that no digit is lost; `NaN` and `Infinity` have no JSON form
/// and stay text.
fn number(text: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    if let Ok(parsed @ Json::Number(_)) = Json::parse(text) {
        return parsed;
    }
    // `+7` and `007` are numbers to AWS and not to JSON.
    match text.parse::<i64>() {
        Ok(value) => Json::int(value),
        Err(_) => Json::string(text),
    }
}

/// RFC 3339 in UTC from any form AWS sends: epoch seconds (also `1.6E9`), ISO 8601 with or without
/// a zone, RFC 822. A fraction appears only where there is one. `None` if it is none of these.
pub fn rfc3339(text: &str) -> Option<String> {
    let time = parse_timestamp(text)?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Some(nanoseconds) = epoch_nanoseconds(text) {
        let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
        let rest = nanoseconds.rem_euclid(1_000_000_000);
        let micros = if rest % 1000 == 0 { i64::try_from(rest / 1000).ok()? } else { float_micros(text)? };
        return DateTime::from_timestamp(seconds, 0)?.checked_add_signed(TimeDelta::microseconds(micros));
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(time.to_utc());
    }
    for zoneless in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y%m%dT%H%M%SZ"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, zoneless) {
            return Some(time.and_utc());
        }
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    }
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

/// Microseconds above the whole second. Digits beyond microseconds mean that the service wrote a float: the
/// shortest text of one may end in a 5 that it lies just below, so what it rounds to is the float's to say.
fn float_micros(text: &str) -> Option<i64> {
    let seconds: f64 = text.parse().ok()?;
    // At most a million: no cast can lose any of it.
    Some(((seconds - seconds.floor()) * 1e6).round_ties_even() as i64)
}

/// Decimal seconds without going through a float, which would turn `.123` into `.1229999`.
fn epoch_nanoseconds(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 30 || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = all.parse().ok()?;
    let shift = 9 + exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let scale = |by: i32| u32::try_from(by).ok().and_then(|by| 10i128.checked_pow(by));
    value = if shift >= 0 { value.checked_mul(scale(shift)?)? } else { value / scale(-shift)? };
    Some(if negative { -value } else { value })
}

/// How a timestamp given as RFC 3339 text (or epoch seconds) goes on the wire.
pub fn timestamp_text(value: &str, format: TimestampFormat) -> Option<String> {
    let time = parse_timestamp(value)?;
    Some(match format {
        TimestampFormat::Iso8601 => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        TimestampFormat::Rfc822 => time.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimestampFormat::UnixTimestamp => match time.timestamp_subsec_millis() {
            0 => time.timestamp().to_string(),
            millis => format!("{}.{millis:03}", time.timestamp()),
        },
    })
}

/// A scalar input as text: strings as they are, numbers and booleans as written.
pub fn to_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(text) => Some(text.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timestamp_form_becomes_rfc_3339_in_utc() {
        for (given, shown) in [
            ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00:00.000Z", "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00:00.25+02:00", "2024-02-29T10:00:00.250Z"),
            ("2024-02-29T12:00:00.000+0000", "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00:00", "2024-02-29T12:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("1709208000", "2024-02-29T12:00:00Z"),
            ("1709208000.123", "2024-02-29T12:00:00.123Z"),
            ("1.709208000123E9", "2024-02-29T12:00:00.123Z"),
            ("1709208000.8416398", "2024-02-29T12:00:00.841640Z"),
            ("1795242663.7391975", "2026-11-21T06:31:03.739197Z"),
            ("-1.5", "1969-12-31T23:59:58.500Z"),
            ("Thu, 29 Feb 2024 12:00:00 GMT", "2024-02-29T12:00:00Z"),
        ] {
            assert_eq!(rfc3339(given).as_deref(), Some(shown), "{given}");
        }
        for garbage in ["", "-", "e9", "yesterday", "1e999999999", "2024-13-01T00:00:00Z"] {
            assert_eq!(rfc3339(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn timestamps_go_out_in_the_form_the_member_asks_for() {
        let given = "2024-02-29T12:00:00.5Z";
        assert_eq!(timestamp_text(given, TimestampFormat::Iso8601).unwrap(), "2024-02-29T12:00:00.500Z");
        assert_eq!(timestamp_text(given, TimestampFormat::UnixTimestamp).unwrap(), "1709208000.500");
        assert_eq!(timestamp_text(given, TimestampFormat::Rfc822).unwrap(), "Thu, 29 Feb 2024 12:00:00 GMT");
        assert_eq!(timestamp_text("soon", TimestampFormat::Iso8601), None);
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(
            from_text(&Shape::Long, "12345678901234567890"),
            Json::Number("12345678901234567890".into())
        );
        assert_eq!(from_text(&Shape::Double, "1.10"), Json::Number("1.10".into()));
        assert_eq!(from_text(&Shape::Integer, "007"), Json::int(7));
        assert_eq!(from_text(&Shape::Double, "NaN"), Json::string("NaN"));
        assert_eq!(from_text(&Shape::Integer, ""), Json::Null);
    }
}
