//! `interval`: months, days and microseconds, each on its own.

use arrow::datatypes::IntervalMonthDayNano;

use super::clock;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    pub micros: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnInterval {
    Syntax,
    OutOfRange,
}

use NotAnInterval::{OutOfRange, Syntax};

pub const DAY: i64 = 86_400_000_000;
pub const HOUR: i64 = 3_600_000_000;
pub const MINUTE: i64 = 60_000_000;
pub const SECOND: i64 = 1_000_000;

impl From<IntervalMonthDayNano> for Interval {
    fn from(value: IntervalMonthDayNano) -> Self {
        Interval { months: value.months, days: value.days, micros: value.nanoseconds / 1_000 }
    }
}

impl Interval {
    /// `None` past 292 years of hours, which Arrow cannot hold.
    pub fn to_arrow(self) -> Option<IntervalMonthDayNano> {
        Some(IntervalMonthDayNano::new(self.months, self.days, self.micros.checked_mul(1_000)?))
    }

    /// Order and equality: a month counts 30 days, a day 24 hours.
    pub fn span(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(DAY) + i128::from(self.micros)
    }

    pub fn checked_add(self, other: Interval) -> Option<Interval> {
        Some(Interval {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    pub fn checked_neg(self) -> Option<Interval> {
        Some(Interval {
            months: self.months.checked_neg()?,
            days: self.days.checked_neg()?,
            micros: self.micros.checked_neg()?,
        })
    }

    /// `interval_mul`: what is not a whole month becomes days, what is not a whole day becomes time.
    pub fn multiplied(self, factor: f64) -> Option<Interval> {
        self.scaled(|part| part * factor)
    }

    pub fn divided(self, divisor: f64) -> Option<Interval> {
        self.scaled(|part| part / divisor)
    }

    fn scaled(self, scale: impl Fn(f64) -> f64) -> Option<Interval> {
        let (months, days) = (scale(f64::from(self.months)), scale(f64::from(self.days)));
        let whole_months = whole(months)?;
        let mut whole_days = whole(days)?;
        let month_days = (months - f64::from(whole_months)) * 30.0;
        let month_days = rounded_to_micros(month_days);
        let rest = days - f64::from(whole_days) + month_days - month_days.trunc();
        let mut seconds = rounded_to_micros(rest * 86_400.0);
        if seconds.abs() >= 86_400.0 {
            let more = (seconds / 86_400.0).trunc();
            whole_days = whole_days.checked_add(whole(more)?)?;
            seconds -= more * 86_400.0;
        }
        whole_days = whole_days.checked_add(whole(month_days)?)?;
        let micros = (scale(self.micros as f64) + seconds * 1e6).round_ties_even();
        (micros.abs() < 9.2e18).then_some(Interval {
            months: whole_months,
            days: whole_days,
            micros: micros as i64,
        })
    }

    /// `interval_out` in the style `postgres`.
    pub fn text(self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut after_negative = false;
        for (count, unit) in [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")] {
            if count != 0 {
                let plus = if after_negative && count > 0 { "+" } else { "" };
                let s = if count == 1 { "" } else { "s" };
                parts.push(format!("{plus}{count} {unit}{s}"));
                after_negative = count < 0;
            }
        }
        if self.micros != 0 || parts.is_empty() {
            let sign = match (self.micros < 0, after_negative) {
                (true, _) => "-",
                (false, true) => "+",
                (false, false) => "",
            };
            parts.push(format!("{sign}{}", clock::text(self.micros.unsigned_abs())));
        }
        parts.join(" ")
    }

    /// `justify_hours`: 24 hours are a day.
    pub fn hours_justified(self) -> Option<Interval> {
        let mut out = self;
        out.days = out.days.checked_add(i32::try_from(out.micros / DAY).ok()?)?;
        out.micros %= DAY;
        if out.days > 0 && out.micros < 0 {
            out.days -= 1;
            out.micros += DAY;
        } else if out.days < 0 && out.micros > 0 {
            out.days += 1;
            out.micros -= DAY;
        }
        Some(out)
    }

    /// `justify_days`: 30 days are a month.
    pub fn days_justified(self) -> Option<Interval> {
        let mut out = self;
        out.months = out.months.checked_add(out.days / 30)?;
        out.days %= 30;
        if out.months > 0 && out.days < 0 {
            out.months -= 1;
            out.days += 30;
        } else if out.months < 0 && out.days > 0 {
            out.months += 1;
            out.days -= 30;
        }
        Some(out)
    }

    /// `justify_interval`: both, and all parts of one sign.
    pub fn justified(self) -> Option<Interval> {
        let mut out = self;
        out.days = out.days.checked_add(i32::try_from(out.micros / DAY).ok()?)?;
        out.micros %= DAY;
        out.months = out.months.checked_add(out.days / 30)?;
        out.days %= 30;
        if out.months > 0 && (out.days < 0 || (out.days == 0 && out.micros < 0)) {
            out.days += 30;
            out.months -= 1;
        } else if out.months < 0 && (out.days > 0 || (out.days == 0 && out.micros > 0)) {
            out.days -= 30;
            out.months += 1;
        }
        if out.days > 0 && out.micros < 0 {
            out.micros += DAY;
            out.days -= 1;
        } else if out.days < 0 && out.micros > 0 {
            out.micros -= DAY;
            out.days += 1;
        }
        Some(out)
    }
}

fn rounded_to_micros(value: f64) -> f64 {
    (value * 1e6).round_ties_even() / 1e6
}

fn whole(value: f64) -> Option<i32> {
    let value = value.trunc();
    (value.abs() < 2_147_483_648.0).then_some(value as i32)
}

/// One of `year`, `yrs`, `d`, `hours` ...: months, days and microseconds in it.
pub fn unit(name: &str) -> Option<Interval> {
    let months = |months| Some(Interval { months, ..Interval::default() });
    let days = |days| Some(Interval { days, ..Interval::default() });
    let micros = |micros| Some(Interval { micros, ..Interval::default() });
    match name.to_ascii_lowercase().as_str() {
        "millennium" | "millennia" | "mil" | "mils" => months(12_000),
        "century" | "centuries" | "c" | "cent" => months(1_200),
        "decade" | "decades" | "dec" | "decs" => months(120),
        "year" | "years" | "y" | "yr" | "yrs" => months(12),
        "month" | "months" | "mon" | "mons" => months(1),
        "week" | "weeks" | "w" => days(7),
        "day" | "days" | "d" => days(1),
        "hour" | "hours" | "h" | "hr" | "hrs" => micros(HOUR),
        "minute" | "minutes" | "m" | "min" | "mins" => micros(MINUTE),
        "second" | "seconds" | "s" | "sec" | "secs" => micros(SECOND),
        "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" | "mseconds" | "msecond" => micros(1_000),
        "microsecond" | "microseconds" | "us" | "usec" | "usecs" | "useconds" | "usecond" => micros(1),
        _ => None,
    }
}

/// `interval_in`. `default_unit` is that of a number without one: seconds, unless `interval '1' day`.
pub fn read(text: &str, default_unit: &str) -> Result<Interval, NotAnInterval> {
    let text = text.trim();
    if text.starts_with('P') {
        return iso8601(text);
    }
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        // `1day` is `1 day`.
        let digits_end = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
        let (number, name) = word.split_at(digits_end);
        words.extend([number, name].into_iter().filter(|part| !part.is_empty()));
    }
    let mut sum = Sum::default();
    let mut some = false;
    let mut ago = false;
    let mut rest = words.into_iter().peekable();
    if rest.peek() == Some(&"@") {
        rest.next();
    }
    while let Some(word) = rest.next() {
        if word.eq_ignore_ascii_case("ago") && some {
            ago = true;
            continue;
        }
        some = true;
        if word.contains(':') {
            sum.clock(word)?;
        } else if let Some((years, months)) = years_and_months(word) {
            sum.months += years * 12 + months;
        } else {
            let unit_name = match rest.peek() {
                Some(next) if unit(next).is_some() => rest.next().unwrap_or(default_unit),
                Some(next)
                    if next.chars().all(|c| c.is_ascii_alphabetic()) && !next.eq_ignore_ascii_case("ago") =>
                {
                    return Err(Syntax);
                }
                // `1 02:03`: a bare number before a time is days.
                Some(next) if next.contains(':') => "day",
                _ => default_unit,
            };
            sum.add(word, unit(unit_name).ok_or(Syntax)?)?;
        }
    }
    if !some {
        return Err(Syntax);
    }
    let total = sum.finish()?;
    if ago { total.checked_neg().ok_or(OutOfRange) } else { Ok(total) }
}

#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    micros: i128,
}

impl Sum {
    /// A signed decimal number of units; a fraction of a month is days, of a day time.
    fn add(&mut self, number: &str, unit: Interval) -> Result<(), NotAnInterval> {
        let (negative, digits) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty())
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return Err(Syntax);
        }
        let sign = if negative { -1 } else { 1 };
        let count: i64 = format!("0{whole}").parse::<i64>().map_err(|_| OutOfRange)? * sign;
        let part: f64 = format!("0.{fraction}0").parse::<f64>().map_err(|_| Syntax)? * sign as f64;
        self.months += count.checked_mul(i64::from(unit.months)).ok_or(OutOfRange)?;
        self.days += count.checked_mul(i64::from(unit.days)).ok_or(OutOfRange)?;
        self.micros += i128::from(count) * i128::from(unit.micros);
        if part != 0.0 {
            if unit.months >= 12 {
                self.months += (part * f64::from(unit.months)).round_ties_even() as i64;
            } else if unit.months > 0 {
                self.fraction_of_days(part * 30.0);
            } else if unit.days > 0 {
                self.fraction_of_days(part * f64::from(unit.days));
            } else {
                self.micros += (part * unit.micros as f64).round_ties_even() as i128;
            }
        }
        Ok(())
    }

    fn fraction_of_days(&mut self, days: f64) {
        self.days += days.trunc() as i64;
        self.micros += ((days - days.trunc()) * DAY as f64).round_ties_even() as i128;
    }

    /// `[-]HH:MM[:SS[.ffffff]]`
    fn clock(&mut self, word: &str) -> Result<(), NotAnInterval> {
        let (negative, digits) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word.strip_prefix('+').unwrap_or(word)),
        };
        let micros = clock::read_span(digits).ok_or(Syntax)?;
        self.micros += i128::from(if negative { -micros } else { micros });
        Ok(())
    }

    fn finish(self) -> Result<Interval, NotAnInterval> {
        Ok(Interval {
            months: i32::try_from(self.months).map_err(|_| OutOfRange)?,
            days: i32::try_from(self.days).map_err(|_| OutOfRange)?,
            micros: i64::try_from(self.micros).map_err(|_| OutOfRange)?,
        })
    }
}

/// SQL's `1-2`: one year and two months.
fn years_and_months(word: &str) -> Option<(i64, i64)> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let (years, months) = digits.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let (years, months) = (number(years)?, number(months)?);
    (months < 12).then_some((sign * years, sign * months))
}

/// `P1Y2M3W4DT5H6M7.5S`
fn iso8601(text: &str) -> Result<Interval, NotAnInterval> {
    let mut sum = Sum::default();
    let mut in_time = false;
    let mut number = String::new();
    let mut some = false;
    for c in text.chars().skip(1) {
        match c {
            'T' if number.is_empty() && !in_time => in_time = true,
            '0'..='9' | '.' | '-' | '+' => number.push(c),
            _ => {
                let name = match (c, in_time) {
                    ('Y', false) => "year",
                    ('M', false) => "month",
                    ('W', false) => "week",
                    ('D', false) => "day",
                    ('H', true) => "hour",
                    ('M', true) => "minute",
                    ('S', true) => "second",
                    _ => return Err(Syntax),
                };
                sum.add(&std::mem::take(&mut number), unit(name).ok_or(Syntax)?)?;
                some = true;
            }
        }
    }
    if !number.is_empty() || !some {
        return Err(Syntax);
    }
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        read(text, "second").map_or_else(|e| format!("{e:?}"), Interval::text)
    }

    // The right side is psql 15's answer.
    #[test]
    fn intervals_are_read_and_written_as_postgresql_does() {
        for (text, expected) in [
            ("1 day", "1 day"),
            ("30 days", "30 days"),
            ("1 day 02:03:04", "1 day 02:03:04"),
            ("-1 day", "-1 days"),
            ("1 mon -1 day", "1 mon -1 days"),
            ("-1 mon 1 day", "-1 mons +1 day"),
            ("1 year 2 months", "1 year 2 mons"),
            ("1-2", "1 year 2 mons"),
            ("1.5 days", "1 day 12:00:00"),
            ("1.5 months", "1 mon 15 days"),
            ("1.5 years", "1 year 6 mons"),
            ("2 weeks", "14 days"),
            ("90 minutes", "01:30:00"),
            ("1h 5m 3.25s", "01:05:03.25"),
            ("5", "00:00:05"),
            ("7d", "7 days"),
            ("1 day ago", "-1 days"),
            ("@ 1 hour", "01:00:00"),
            ("P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"),
            ("0", "00:00:00"),
            ("-00:00:01", "-00:00:01"),
            ("25:00", "25:00:00"),
            ("1 02:00", "1 day 02:00:00"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        for wrong in ["", "abc", "1 dayz", "day", "P", "1 2 x"] {
            assert_eq!(shown(wrong), "Syntax", "{wrong}");
        }
        assert_eq!(shown("99999999999 days"), "OutOfRange");
    }

    #[test]
    fn a_month_counts_thirty_days_in_comparisons() {
        let span = |text| read(text, "second").unwrap().span();
        assert_eq!(span("1 mon"), span("30 days"));
        assert_eq!(span("1 day"), span("24:00"));
        assert!(span("1 mon") < span("31 days"));
    }

    #[test]
    fn fractions_of_a_product_move_down() {
        let times = |text, factor| read(text, "second").unwrap().multiplied(factor).unwrap().text();
        assert_eq!(times("1 mon", 1.5), "1 mon 15 days");
        assert_eq!(times("1 day", 0.5), "12:00:00");
        assert_eq!(times("1 day 02:00", -2.0), "-2 days -04:00:00");
        assert_eq!(times("1 year", 0.33), "3 mons 28 days 19:12:00");
    }
}
