//! Text to a date or timestamp: ISO 8601 in its spellings, month names, `MM/DD/YYYY`, `now`, `today`.

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::{Zone, days_of, micros_of, moment};
use crate::engine::types::{clock, interval::DAY};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnInstant {
    Syntax,
    /// Month 13, February 30.
    FieldOutOfRange,
    /// `infinity`, which no column here can hold.
    Infinite,
}

use NotAnInstant::{FieldOutOfRange, Infinite, Syntax};

/// What the text is read against: the instant the statement began at.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    pub now: i64,
}

/// What stood in the text.
struct Found {
    local: NaiveDateTime,
    zone: Option<Zone>,
}

/// Days since 1970.
pub fn read_date(text: &str, context: Read) -> Result<i32, NotAnInstant> {
    days_of(parse(text, context)?.local.date()).ok_or(FieldOutOfRange)
}

/// Without time zone: a zone in the text is skipped, as PostgreSQL does.
pub fn read_timestamp(text: &str, context: Read) -> Result<i64, NotAnInstant> {
    Ok(micros_of(parse(text, context)?.local))
}

pub fn read_timestamptz(text: &str, context: Read) -> Result<i64, NotAnInstant> {
    let found = parse(text, context)?;
    let zone = found.zone.unwrap_or(Zone::UTC);
    zone.utc(found.local).map(micros_of).ok_or(FieldOutOfRange)
}

fn parse(text: &str, context: Read) -> Result<Found, NotAnInstant> {
    let text = text.trim();
    let now = moment(context.now).ok_or(FieldOutOfRange)?;
    let midnight = now.date().and_time(chrono::NaiveTime::MIN);
    let shifted = |days: u64, back: bool| {
        let day = if back {
            now.date().checked_sub_days(Days::new(days))
        } else {
            now.date().checked_add_days(Days::new(days))
        };
        day.map(|d| d.and_time(chrono::NaiveTime::MIN)).ok_or(FieldOutOfRange)
    };
    let special = match text.to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "today" => Some(midnight),
        "yesterday" => Some(shifted(1, true)?),
        "tomorrow" => Some(shifted(1, false)?),
        "epoch" => Some(NaiveDateTime::default()),
        "infinity" | "-infinity" => return Err(Infinite),
        _ => None,
    };
    if let Some(local) = special {
        return Ok(Found { local, zone: Some(Zone::UTC) });
    }
    let mut parts = Parts::default();
    for word in words(text) {
        parts.take(&word)?;
    }
    parts.finish()
}

/// Split at blanks, commas, and the `T` between a date and a time; a zone is split off a time.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split([' ', ',', '\t', '\n']).filter(|w| !w.is_empty()) {
        let at_t = word.char_indices().find(|(at, c)| {
            let before = word[..*at].chars().next_back();
            let after = word[*at + c.len_utf8()..].chars().next();
            matches!(c, 'T' | 't')
                && before.is_some_and(|b| b.is_ascii_digit())
                && after.is_some_and(|a| a.is_ascii_digit())
        });
        let (date, time) = match at_t {
            Some((at, _)) => (Some(&word[..at]), &word[at + 1..]),
            None => (None, word),
        };
        words.extend(date.map(str::to_owned));
        if date.is_none() && !time.contains(':') {
            words.push(time.to_owned());
            continue;
        }
        // 10:00:00+02, 10:00:00Z, 101530Z
        let zone_at =
            time.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-') || c.is_ascii_alphabetic());
        match zone_at {
            Some((at, _)) => {
                words.push(compact_clock(&time[..at], date.is_some()));
                words.push(time[at..].to_owned());
            }
            None => words.push(compact_clock(time, date.is_some())),
        }
    }
    words
}

/// `101530` after a `T` is `10:15:30`.
fn compact_clock(time: &str, after_t: bool) -> String {
    let (whole, fraction) = time.split_once('.').map_or((time, String::new()), |(w, f)| (w, format!(".{f}")));
    let digits = whole.bytes().all(|b| b.is_ascii_digit());
    match (after_t && digits, whole.len()) {
        (true, 6) => format!("{}:{}:{}{fraction}", &whole[..2], &whole[2..4], &whole[4..]),
        (true, 4) => format!("{}:{}", &whole[..2], &whole[2..]),
        (true, 2) => format!("{whole}:00"),
        _ => time.to_owned(),
    }
}

#[derive(Default)]
struct Parts {
    date: Option<NaiveDate>,
    /// Of a date in words: `Nov 20 2026`.
    month: Option<u32>,
    numbers: Vec<i32>,
    clock: Option<i64>,
    zone: Option<Zone>,
    before_christ: bool,
}

impl Parts {
    fn take(&mut self, word: &str) -> Result<(), NotAnInstant> {
        let lower = word.to_ascii_lowercase();
        if let (Some(micros), true) = (self.clock, matches!(lower.as_str(), "am" | "pm")) {
            let text = format!("{} {lower}", clock::text(micros.unsigned_abs()));
            self.clock = Some(clock::read(&text).ok_or(FieldOutOfRange)?);
            return Ok(());
        }
        if lower == "bc" || lower == "ad" {
            self.before_christ = lower == "bc";
            return Ok(());
        }
        if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) && self.clock.is_none() {
            self.clock = Some(clock::read(word).ok_or(if looks_like_clock(word) {
                FieldOutOfRange
            } else {
                Syntax
            })?);
            return Ok(());
        }
        if self.clock.is_some() && word.starts_with(['+', '-']) {
            return self.zone(Zone::offset(word));
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return self.numeric(word);
        }
        if let Some(month) = month_number(&lower) {
            if self.month.replace(month).is_some() {
                return Err(Syntax);
            }
            return Ok(());
        }
        if is_weekday(&lower) {
            return Ok(());
        }
        if self.clock.is_some() || self.date.is_some() {
            return self.zone(Zone::named(word));
        }
        Err(Syntax)
    }

    fn zone(&mut self, zone: Option<Zone>) -> Result<(), NotAnInstant> {
        match (zone, self.zone) {
            (Some(zone), None) => {
                self.zone = Some(zone);
                Ok(())
            }
            _ => Err(Syntax),
        }
    }

    fn numeric(&mut self, word: &str) -> Result<(), NotAnInstant> {
        let fields: Vec<&str> = word.split(['-', '/', '.']).collect();
        let number = |text: &str| text.parse::<i32>().map_err(|_| Syntax);
        match fields.as_slice() {
            [a, b, c] if self.date.is_none() => {
                self.date = Some(if let Some(month) = month_number(&b.to_ascii_lowercase()) {
                    // 20-Nov-2026
                    ymd(number(c)?, month.cast_signed(), number(a)?)?
                } else if a.len() > 2 {
                    ymd(number(a)?, number(b)?, number(c)?)?
                } else if c.len() > 2 {
                    // PostgreSQL's default: month, day, year.
                    ymd(number(c)?, number(a)?, number(b)?)?
                } else {
                    ymd(short_year(number(c)?), number(a)?, number(b)?)?
                });
                Ok(())
            }
            [one] if one.len() == 8 && self.date.is_none() && self.month.is_none() => {
                let digits = one.bytes().all(|b| b.is_ascii_digit());
                if !digits {
                    return Err(Syntax);
                }
                self.date = Some(ymd(number(&one[..4])?, number(&one[4..6])?, number(&one[6..])?)?);
                Ok(())
            }
            [one] => {
                // 20th is no PostgreSQL.
                self.numbers.push(number(one)?);
                Ok(())
            }
            _ => Err(Syntax),
        }
    }

    fn finish(self) -> Result<Found, NotAnInstant> {
        let date = match (self.date, self.month, self.numbers.as_slice()) {
            (Some(date), None, []) => date,
            (None, Some(month), [a, b]) => {
                let (day, year) = if *a > 31 { (*b, *a) } else { (*a, *b) };
                ymd(if year < 100 { short_year(year) } else { year }, month.cast_signed(), day)?
            }
            _ => return Err(Syntax),
        };
        let date = if self.before_christ {
            use chrono::Datelike as _;
            NaiveDate::from_ymd_opt(1 - date.year(), date.month(), date.day()).ok_or(FieldOutOfRange)?
        } else {
            date
        };
        let start = micros_of(date.and_time(chrono::NaiveTime::MIN));
        let local = moment(start + self.clock.unwrap_or(0).min(DAY)).ok_or(FieldOutOfRange)?;
        Ok(Found { local, zone: self.zone })
    }
}

fn looks_like_clock(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit() || c == ':' || c == '.')
}

fn ymd(year: i32, month: i32, day: i32) -> Result<NaiveDate, NotAnInstant> {
    let (Ok(month), Ok(day)) = (u32::try_from(month), u32::try_from(day)) else {
        return Err(FieldOutOfRange);
    };
    if year == 0 {
        return Err(FieldOutOfRange);
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or(FieldOutOfRange)
}

fn short_year(year: i32) -> i32 {
    match year {
        0..=69 => 2_000 + year,
        70..=99 => 1_900 + year,
        _ => year,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_number(word: &str) -> Option<u32> {
    if word.len() < 3 {
        return None;
    }
    let found = MONTHS
        .iter()
        .position(|name| *name == word || &name[..3] == word || (word == "sept" && name.starts_with("sep")));
    found.and_then(|at| u32::try_from(at + 1).ok())
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    word.len() >= 3 && DAYS.iter().any(|name| *name == word || &name[..3] == word)
}
