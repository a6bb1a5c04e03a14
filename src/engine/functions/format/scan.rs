//! Text read by a template: `to_timestamp(text, template)`, `to_date`.

use chrono::NaiveDate;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

use super::datetime::{MONTHS, ROMAN};
use super::template::{Field, Piece, pieces};
use crate::engine::types::calendar;
use crate::engine::types::interval::{DAY, SECOND};

#[derive(Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    iso_week: Option<u32>,
    iso_day: Option<u32>,
    week: Option<u32>,
    julian: Option<i32>,
    before_christ: bool,
    hour: i64,
    /// 12 for PM, 0 for AM.
    half: Option<i64>,
    minute: i64,
    second: i64,
    micros: i64,
    zone_seconds: i64,
    zone_sign: i64,
}

/// Days since 1970.
pub fn date(text: &str, template: &str) -> Result<i32> {
    let found = scan(text, template)?;
    calendar::days_of(found.date(text)?).ok_or_else(|| out_of_range(text))
}

/// Microseconds since 1970; the text is in UTC where it names no zone.
pub fn instant(text: &str, template: &str) -> Result<i64> {
    let found = scan(text, template)?;
    let days = calendar::days_of(found.date(text)?).ok_or_else(|| out_of_range(text))?;
    let hour = match found.half {
        Some(half) if (1..=12).contains(&found.hour) => found.hour % 12 + half,
        Some(_) => {
            return exec_err!("hour \"{}\" is invalid for the 12-hour clock", found.hour);
        }
        None => found.hour,
    };
    if hour > 24 || found.minute > 59 || found.second > 60 {
        return Err(out_of_range(text));
    }
    let time = (hour * 3_600 + found.minute * 60 + found.second - found.zone_seconds) * SECOND + found.micros;
    Ok(i64::from(days) * DAY + time)
}

fn out_of_range(text: &str) -> DataFusionError {
    exec_datafusion_err!("date/time field value out of range: \"{text}\"")
}

impl Found {
    fn date(&self, text: &str) -> Result<NaiveDate> {
        if let Some(julian) = self.julian {
            return calendar::day(julian - 2_440_588).ok_or_else(|| out_of_range(text));
        }
        let mut year = self.year.unwrap_or(0);
        if self.before_christ {
            year = 1 - year;
        } else if self.year.is_none() {
            // PostgreSQL's year where none is named: 1 BC.
            year = 0;
        }
        let date = if let Some(week) = self.iso_week {
            let monday = chrono::Weekday::Mon;
            NaiveDate::from_isoywd_opt(year, week, monday)
                .and_then(|d| d.checked_add_days(chrono::Days::new(u64::from(self.iso_day.unwrap_or(1) - 1))))
        } else if let Some(day) = self.day_of_year {
            NaiveDate::from_yo_opt(year, day)
        } else if let Some(week) = self.week {
            NaiveDate::from_yo_opt(year, (week - 1) * 7 + 1)
        } else {
            NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))
        };
        date.ok_or_else(|| out_of_range(text))
    }
}

fn scan(text: &str, template: &str) -> Result<Found> {
    let mut found = Found { zone_sign: 1, ..Found::default() };
    let mut rest = text.trim_start();
    let pieces = pieces(template);
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(words) => {
                // As many letters are skipped as the template has.
                rest = rest
                    .get(rest.char_indices().nth(words.chars().count()).map_or(rest.len(), |(i, _)| i)..)
                    .unwrap_or("");
            }
            Piece::Letter(letter) if letter.is_alphanumeric() => {
                let mut letters = rest.chars();
                letters.next();
                rest = letters.as_str();
            }
            // Blanks and signs match any run of blanks and one sign.
            Piece::Letter(_) => {
                rest = rest.trim_start();
                let zone_follows = pieces
                    .get(at + 1)
                    .is_some_and(|p| matches!(p, Piece::Field { field: Field::ZoneHour, .. }));
                if let Some(sign) = rest.chars().next().filter(|c| c.is_ascii_punctuation())
                    && !(zone_follows && matches!(sign, '-' | '+'))
                {
                    rest = rest.get(1..).unwrap_or("");
                }
            }
            Piece::Field { field, ordinal, .. } => {
                rest = rest.trim_start();
                // A field right before another takes no more digits than it is wide.
                let glued = matches!(pieces.get(at + 1), Some(Piece::Field { .. }));
                rest = take(&mut found, *field, rest, glued)?;
                if ordinal.is_some() {
                    rest = rest.get(2..).unwrap_or("");
                }
            }
        }
    }
    Ok(found)
}

fn take<'a>(found: &mut Found, field: Field, text: &'a str, glued: bool) -> Result<&'a str> {
    let number = |most: usize| -> Result<(i64, usize, &'a str)> {
        let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let digits = text.get(..length).unwrap_or("");
        let value = digits.parse::<i64>().map_err(|_| {
            let shown: String = text.chars().take(most).collect();
            exec_datafusion_err!("invalid value \"{shown}\" for the format: a number was expected")
        })?;
        Ok((value, length, text.get(length..).unwrap_or("")))
    };
    let small = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    let rest = match field {
        Field::Hour12 | Field::Hour24 => {
            let (value, _, rest) = number(2)?;
            found.hour = value;
            rest
        }
        Field::Minute => {
            let (value, _, rest) = number(2)?;
            found.minute = value;
            rest
        }
        Field::Second => {
            let (value, _, rest) = number(2)?;
            found.second = value;
            rest
        }
        Field::Millisecond | Field::Microsecond | Field::Fraction(_) => {
            let most = match field {
                Field::Millisecond => 3,
                Field::Fraction(digits) => digits as usize,
                _ => 6,
            };
            let (value, length, rest) = number(most)?;
            found.micros = value * 10_i64.pow(6_u32.saturating_sub(u32::try_from(length).unwrap_or(6)));
            rest
        }
        Field::SecondOfDay => {
            let (value, _, rest) = number(5)?;
            (found.hour, found.minute, found.second) = (value / 3_600, value / 60 % 60, value % 60);
            rest
        }
        Field::HalfDay { points } => {
            let width = if points { 4 } else { 2 };
            let word = text.get(..width).unwrap_or("").to_ascii_lowercase();
            found.half = Some(match word.chars().next() {
                Some('a') => 0,
                Some('p') => 12,
                _ => return exec_err!("invalid value \"{word}\" for \"AM\""),
            });
            text.get(width..).unwrap_or("")
        }
        Field::Year { digits, .. } => {
            let (value, length, rest) = number(if glued || digits < 4 { digits } else { 6 })?;
            let year = i32::try_from(value).unwrap_or(i32::MAX);
            found.year = Some(if length <= 2 && digits <= 2 {
                if year < 70 { year + 2_000 } else { year + 1_900 }
            } else {
                year
            });
            rest
        }
        Field::YearWithComma => {
            let (thousands, _, rest) = number(3)?;
            let rest = rest.strip_prefix(',').unwrap_or(rest);
            let digits: String = rest.chars().take(3).collect();
            let year = thousands * 1_000 + digits.parse::<i64>().unwrap_or(0);
            found.year = i32::try_from(year).ok();
            rest.get(digits.len()..).unwrap_or("")
        }
        Field::Era { points } => {
            found.before_christ = text.to_ascii_lowercase().starts_with('b');
            text.get(if points { 4 } else { 2 }..).unwrap_or("")
        }
        Field::MonthName | Field::MonthShort => {
            let lower = text.to_ascii_lowercase();
            let at = MONTHS.iter().position(|name| lower.starts_with(&name[..3].to_ascii_lowercase()));
            let Some(at) = at else {
                let shown: String = text.chars().take(3).collect();
                return exec_err!("invalid value \"{shown}\" for \"MON\"");
            };
            found.month = u32::try_from(at + 1).ok();
            let full = MONTHS.get(at).copied().unwrap_or("");
            let whole = lower.starts_with(&full.to_ascii_lowercase());
            text.get(if whole { full.len() } else { 3 }..).unwrap_or("")
        }
        Field::Month => {
            let (value, _, rest) = number(2)?;
            found.month = Some(small(value));
            rest
        }
        Field::DayName => text.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
        Field::DayShort => text.get(3..).unwrap_or(""),
        Field::DayOfYear { .. } => {
            let (value, _, rest) = number(3)?;
            found.day_of_year = Some(small(value));
            rest
        }
        Field::Day => {
            let (value, _, rest) = number(2)?;
            found.day = Some(small(value));
            rest
        }
        Field::DayOfWeek { iso } => {
            let (value, _, rest) = number(1)?;
            if iso {
                found.iso_day = Some(small(value));
            }
            rest
        }
        Field::Week { iso } => {
            let (value, _, rest) = number(2)?;
            *(if iso { &mut found.iso_week } else { &mut found.week }) = Some(small(value));
            rest
        }
        Field::Julian => {
            let (value, _, rest) = number(9)?;
            found.julian = i32::try_from(value).ok();
            rest
        }
        Field::RomanMonth => {
            let upper = text.to_ascii_uppercase();
            let best =
                ROMAN.iter().enumerate().filter(|(_, r)| upper.starts_with(**r)).max_by_key(|(_, r)| r.len());
            let Some((at, roman)) = best else { return exec_err!("invalid value for \"RM\"") };
            found.month = u32::try_from(at + 1).ok();
            text.get(roman.len()..).unwrap_or("")
        }
        Field::ZoneHour => {
            let (sign, body) = match text.strip_prefix('-') {
                Some(body) => (-1, body),
                None => (1, text.strip_prefix('+').unwrap_or(text)),
            };
            let digits: String = body.chars().take(2).take_while(char::is_ascii_digit).collect();
            found.zone_sign = sign;
            found.zone_seconds = sign * digits.parse::<i64>().unwrap_or(0) * 3_600;
            body.get(digits.len()..).unwrap_or("")
        }
        Field::ZoneMinute => {
            let (value, _, rest) = number(2)?;
            found.zone_seconds += found.zone_sign * value * 60;
            rest
        }
        // Read and not used, as in PostgreSQL.
        Field::Quarter | Field::WeekOfMonth | Field::Century => number(2)?.2,
        Field::Zone | Field::ZoneOffset => {
            return exec_err!("formatting field \"TZ\" is only supported in to_char");
        }
    };
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, template: &str) -> String {
        instant(text, template)
            .map_or_else(|e| e.strip_backtrace(), |micros| calendar::timestamp_text(micros, "+00").unwrap())
    }

    // The right side is psql 15's answer.
    #[test]
    fn text_is_read_by_template() {
        for (text, template, expected) in [
            ("2026-11-05", "YYYY-MM-DD", "2026-11-05 00:00:00+00"),
            ("05 Nov 2026 15:04:09.5", "DD Mon YYYY HH24:MI:SS.MS", "2026-11-05 15:04:09.5+00"),
            ("20261105T150409Z", "YYYYMMDD\"T\"HH24MISS\"Z\"", "2026-11-05 15:04:09+00"),
            ("03:04 PM 2026-01-02", "HH12:MI AM YYYY-MM-DD", "2026-01-02 15:04:00+00"),
            ("2026-309", "YYYY-DDD", "2026-11-05 00:00:00+00"),
            ("05/11/26", "DD/MM/YY", "2026-11-05 00:00:00+00"),
            ("November 5, 2026", "Month DD, YYYY", "2026-11-05 00:00:00+00"),
        ] {
            assert_eq!(read(text, template), expected, "{text}");
        }
        assert!(read("2026-13-05", "YYYY-MM-DD").contains("out of range"));
    }
}
