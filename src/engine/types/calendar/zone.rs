//! Time zones: by name (`Europe/Berlin`), by abbreviation (`EST`), by offset (`+05:30`).

use std::str::FromStr;

use chrono::{MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC.
    Fixed(i32),
    Named(chrono_tz::Tz),
}

/// Abbreviations PostgreSQL knows by default, those in common use.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("zulu", 0),
    ("wet", 0),
    ("bst", 3_600),
    ("cet", 3_600),
    ("cest", 7_200),
    ("eet", 7_200),
    ("eest", 10_800),
    ("msk", 10_800),
    ("jst", 32_400),
    ("kst", 32_400),
    ("aest", 36_000),
    ("aedt", 39_600),
    ("est", -18_000),
    ("edt", -14_400),
    ("cst", -21_600),
    ("cdt", -18_000),
    ("mst", -25_200),
    ("mdt", -21_600),
    ("pst", -28_800),
    ("pdt", -25_200),
];

impl Zone {
    pub const UTC: Zone = Zone::Fixed(0);

    pub fn named(name: &str) -> Option<Zone> {
        let name = name.trim();
        let lower = name.to_ascii_lowercase();
        if let Some((_, seconds)) = ABBREVIATIONS.iter().find(|(known, _)| *known == lower) {
            return Some(Zone::Fixed(*seconds));
        }
        let known = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
        known.copied().map(Zone::Named)
    }

    /// ISO 8601: `+05`, `-0800`, `+05:30`, `+05:30:10`; east is positive.
    pub fn offset(text: &str) -> Option<Zone> {
        let (sign, digits) = match text.strip_prefix('+') {
            Some(rest) => (1, rest),
            None => (-1, text.strip_prefix('-')?),
        };
        let compact: String = digits.chars().filter(|c| *c != ':').collect();
        if !compact.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with(':') {
            return None;
        }
        let padded = match compact.len() {
            1 => format!("0{compact}0000"),
            2 => format!("{compact}0000"),
            3 => format!("0{compact}00"),
            4 => format!("{compact}00"),
            6 => compact,
            _ => return None,
        };
        let part = |at: usize| padded.get(at..at + 2).and_then(|p| i32::from_str(p).ok());
        let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4)?);
        (hours < 16 && minutes < 60 && seconds < 60)
            .then_some(Zone::Fixed(sign * (hours * 3_600 + minutes * 60 + seconds)))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset_at(self, utc: NaiveDateTime) -> i32 {
        match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => zone.offset_from_utc_datetime(&utc).fix().local_minus_utc(),
        }
    }

    /// What the clocks there show at an instant.
    pub fn local(self, utc: NaiveDateTime) -> Option<NaiveDateTime> {
        utc.checked_add_signed(TimeDelta::seconds(i64::from(self.offset_at(utc))))
    }

    /// The instant at which the clocks there show this; in a gap or an overlap, by standard time.
    pub fn utc(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let seconds = match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => match zone.offset_from_local_datetime(&local) {
                MappedLocalTime::Single(offset) => offset.fix().local_minus_utc(),
                MappedLocalTime::Ambiguous(_, later) => later.fix().local_minus_utc(),
                MappedLocalTime::None => {
                    let before = local.checked_sub_signed(TimeDelta::hours(3))?;
                    zone.offset_from_local_datetime(&before).earliest()?.fix().local_minus_utc()
                }
            },
        };
        local.checked_sub_signed(TimeDelta::seconds(i64::from(seconds)))
    }
}
