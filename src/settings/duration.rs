//! Durations as operators write them: `500ms`, `30s`, `5m`, `1h30m`.

use std::fmt::Write as _;
use std::time::Duration;

/// Longest unit first, so that what is written back is the shortest way to say it.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `None` where the text is no duration: a number without a unit is none, because `30` could be
/// seconds or milliseconds.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters)?;
        let (_, milliseconds) = UNITS.into_iter().find(|(name, _)| *name == unit.trim())?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(milliseconds)?)?;
        rest = next;
    }
    Some(Duration::from_millis(total))
}

/// The way [`parse`] reads it back.
pub fn text(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut out = String::new();
    for (unit, milliseconds) in UNITS {
        let count = left / milliseconds;
        if count > 0 {
            left -= count * milliseconds;
            // Writing to a String cannot fail.
            let _ = write!(out, "{count}{unit}");
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for (written, milliseconds) in
            [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("1m1s1ms", 61_001)]
        {
            let read = parse(written).unwrap();
            assert_eq!(read, Duration::from_millis(milliseconds));
            assert_eq!(text(read), written);
        }
        assert_eq!(text(Duration::ZERO), "0s");
        assert_eq!(text(Duration::from_secs(90)), "1m30s");
    }

    #[test]
    fn a_number_without_a_unit_and_nonsense_are_refused() {
        for wrong in ["30", "", " ", "s", "5 parsecs", "-5s", "1.5s", "5m30", "99999999999999999999s", "5é"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse("18446744073709551615h"), None);
    }
}
