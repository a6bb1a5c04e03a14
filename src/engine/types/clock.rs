//! Times of day: `HH:MM:SS[.ffffff]`.

/// Microseconds as a time; hours may pass 24 (of an interval).
pub fn text(micros: u64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 {
        return text;
    }
    format!("{text}.{fraction:06}").trim_end_matches('0').to_owned()
}

/// A time of day in microseconds; `24:00` is the end of the day. An `AM` or `PM` may follow.
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let (body, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(body), _) => (body.trim_end().to_owned(), Some(0)),
        (_, Some(body)) => (body.trim_end().to_owned(), Some(12)),
        _ => (lower, None),
    };
    let micros = read_span(&body)?;
    let hour = micros / 3_600_000_000;
    let micros = match half {
        Some(_) if hour > 12 => return None,
        Some(half) => micros - hour * 3_600_000_000 + (hour % 12 + half) * 3_600_000_000,
        None => micros,
    };
    (micros <= 86_400_000_000).then_some(micros)
}

/// Hours without bound, minutes, seconds and a fraction.
pub fn read_span(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let number = |text: &str, most: i64| {
        let digits = !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok()).flatten().filter(|n| *n <= most)
    };
    let (whole, fraction) = match seconds {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    let seconds = number(whole, 60)?;
    Some(
        (number(hours, i64::MAX)? * 3_600 + number(minutes, 59)? * 60 + seconds) * 1_000_000
            + fraction_of_second(fraction)?,
    )
}

/// Digits after the point as microseconds, rounded.
pub fn fraction_of_second(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: f64 = format!("0.{digits}0").parse().ok()?;
    Some((value * 1e6).round_ties_even() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (given, expected) in [
            ("12:30", "12:30:00"),
            ("01:02:03.5", "01:02:03.5"),
            ("1:02 PM", "13:02:00"),
            ("12:00 am", "00:00:00"),
            ("23:59:59.999999", "23:59:59.999999"),
            ("24:00", "24:00:00"),
        ] {
            assert_eq!(text(read(given).unwrap().unsigned_abs()), expected);
        }
        for wrong in ["", "1", "25:00", "12:60", "a:b", "1:2:3:4", "13:00 PM"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
