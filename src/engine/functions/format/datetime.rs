//! Instants and intervals written by a template.

use chrono::{Datelike, Timelike};
use datafusion::common::{Result, exec_datafusion_err};

use super::template::{Case, Field, Piece, capital, pieces};
use crate::engine::types::calendar;
use crate::engine::types::interval::{DAY, HOUR, Interval, MINUTE, SECOND};

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// The numbers a template asks for. Hours of an interval may pass 24.
struct Parts {
    year: i64,
    iso_year: i64,
    /// 0 in an interval without months.
    month: i64,
    day: i64,
    /// Days from Monday.
    weekday: Option<usize>,
    day_of_year: i64,
    iso_week: i64,
    julian: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    zoned: bool,
    is_interval: bool,
}

pub fn instant(micros: i64, zoned: bool, template: &str) -> Result<String> {
    let at = calendar::moment(micros).ok_or_else(|| exec_datafusion_err!("timestamp out of range"))?;
    let parts = Parts {
        year: at.year().into(),
        iso_year: at.iso_week().year().into(),
        month: at.month().into(),
        day: at.day().into(),
        weekday: Some(at.weekday().num_days_from_monday() as usize),
        day_of_year: at.ordinal().into(),
        iso_week: at.iso_week().week().into(),
        julian: micros.div_euclid(DAY) + 2_440_588,
        hour: at.hour().into(),
        minute: at.minute().into(),
        second: at.second().into(),
        micros: i64::from(at.nanosecond() / 1_000),
        zoned,
        is_interval: false,
    };
    Ok(parts.written(template))
}

pub fn interval(span: Interval, template: &str) -> Result<String> {
    let parts = Parts {
        year: i64::from(span.months / 12),
        iso_year: i64::from(span.months / 12),
        month: i64::from(span.months % 12),
        day: span.days.into(),
        weekday: None,
        day_of_year: i64::from(span.months) * 30 + i64::from(span.days),
        iso_week: 0,
        julian: 0,
        hour: span.micros / HOUR,
        minute: span.micros % HOUR / MINUTE,
        second: span.micros % MINUTE / SECOND,
        micros: span.micros % SECOND,
        zoned: false,
        is_interval: true,
    };
    Ok(parts.written(template))
}

impl Parts {
    fn written(&self, template: &str) -> String {
        let mut out = String::new();
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => out.push_str(&text),
                Piece::Letter(letter) => out.push(letter),
                Piece::Field { field, case, fill, ordinal } => {
                    let text = self.field(field, case, fill);
                    let ending = ordinal.filter(|_| text.ends_with(|c: char| c.is_ascii_digit()));
                    let ending = ending.map(|case| ending_of(&text, case)).unwrap_or_default();
                    out.push_str(&text);
                    out.push_str(ending);
                }
            }
        }
        out
    }

    fn field(&self, field: Field, case: Case, fill: bool) -> String {
        let number = |value: i64, width: usize| {
            if fill {
                return value.to_string();
            }
            let sign = if value < 0 { "-" } else { "" };
            format!("{sign}{:0width$}", value.abs())
        };
        let name = |text: &str, width: usize| {
            let text = spelled(text, case);
            if fill { text } else { format!("{text:<width$}") }
        };
        // Years before Christ are counted from 1.
        let counted = |year: i64| if self.is_interval || year > 0 { year } else { 1 - year };
        let of_year = |year: i64, digits: usize| {
            let year = counted(year);
            let cut = if digits < 4 { year % 10_i64.pow(u32::try_from(digits).unwrap_or(4)) } else { year };
            number(cut, digits)
        };
        match field {
            Field::Hour12 => {
                let hour = self.hour % 12;
                number(if hour == 0 { 12 } else { hour }, 2)
            }
            Field::Hour24 => number(self.hour, 2),
            Field::Minute => number(self.minute, 2),
            Field::Second => number(self.second, 2),
            Field::Millisecond => number_always(self.micros / 1_000, 3),
            Field::Microsecond => number_always(self.micros, 6),
            Field::Fraction(digits) => number_always(self.micros / 10_i64.pow(6 - digits), digits as usize),
            Field::SecondOfDay => (self.hour * 3_600 + self.minute * 60 + self.second).to_string(),
            Field::HalfDay { points } => {
                let text = match (self.hour % 24 >= 12, points) {
                    (false, false) => "AM",
                    (true, false) => "PM",
                    (false, true) => "A.M.",
                    (true, true) => "P.M.",
                };
                spelled(text, case)
            }
            Field::Year { digits, iso } => of_year(if iso { self.iso_year } else { self.year }, digits),
            Field::YearWithComma => {
                let year = counted(self.year);
                format!("{},{:03}", year / 1_000, year % 1_000)
            }
            Field::Era { points } => {
                let text = match (self.year > 0 || self.is_interval, points) {
                    (true, false) => "AD",
                    (false, false) => "BC",
                    (true, true) => "A.D.",
                    (false, true) => "B.C.",
                };
                spelled(text, case)
            }
            Field::MonthName => self.month_name().map_or(String::new(), |month| name(month, 9)),
            Field::MonthShort => self.month_name().map_or(String::new(), |month| spelled(&month[..3], case)),
            Field::Month => number(self.month, 2),
            Field::DayName => self.day_name().map_or(String::new(), |day| name(day, 9)),
            Field::DayShort => self.day_name().map_or(String::new(), |day| spelled(&day[..3], case)),
            Field::DayOfYear { iso: false } => number(self.day_of_year, 3),
            Field::DayOfYear { iso: true } => {
                number((self.iso_week - 1) * 7 + self.weekday.map_or(0, |day| day as i64 + 1), 3)
            }
            Field::Day => number(self.day, 2),
            Field::DayOfWeek { iso } => {
                let monday = self.weekday.unwrap_or(0) as i64;
                (if iso { monday + 1 } else { (monday + 1) % 7 + 1 }).to_string()
            }
            Field::WeekOfMonth => ((self.day - 1) / 7 + 1).to_string(),
            Field::Week { iso: true } => number(self.iso_week, 2),
            Field::Week { iso: false } => number((self.day_of_year - 1) / 7 + 1, 2),
            Field::Century => {
                let century = if self.year > 0 { (self.year - 1) / 100 + 1 } else { self.year / 100 - 1 };
                number(century, 2)
            }
            Field::Julian => self.julian.to_string(),
            Field::Quarter => ((self.month - 1).max(0) / 3 + 1).to_string(),
            Field::RomanMonth => {
                let text =
                    usize::try_from(self.month - 1).ok().and_then(|at| ROMAN.get(at)).copied().unwrap_or("");
                name(text, 4)
            }
            Field::Zone if self.zoned => spelled("UTC", case),
            Field::Zone => String::new(),
            Field::ZoneHour => "+00".to_owned(),
            Field::ZoneMinute => "00".to_owned(),
            Field::ZoneOffset => "+00".to_owned(),
        }
    }

    fn month_name(&self) -> Option<&'static str> {
        MONTHS.get(usize::try_from(self.month - 1).ok()?).copied()
    }

    fn day_name(&self) -> Option<&'static str> {
        DAYS.get(self.weekday?).copied()
    }
}

fn number_always(value: i64, width: usize) -> String {
    format!("{value:0width$}")
}

fn spelled(text: &str, case: Case) -> String {
    match case {
        Case::Upper => text.to_uppercase(),
        Case::Capital => capital(text),
        Case::Lower => text.to_lowercase(),
    }
}

fn ending_of(number: &str, case: Case) -> &'static str {
    let digits: Vec<char> = number.chars().rev().take(2).collect();
    let teen = digits.get(1) == Some(&'1');
    let at = match (teen, digits.first()) {
        (false, Some('1')) => 0,
        (false, Some('2')) => 1,
        (false, Some('3')) => 2,
        _ => 3,
    };
    let endings = if case == Case::Upper { ["ST", "ND", "RD", "TH"] } else { ["st", "nd", "rd", "th"] };
    endings.get(at).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-05 15:04:09.012345, a Thursday. The right side is psql 15's answer.
    #[test]
    fn instants_are_written_by_template() {
        let micros = 1_793_891_049_012_345;
        for (template, expected) in [
            ("YYYY-MM-DD HH24:MI:SS.MS", "2026-11-05 15:04:09.012"),
            ("DD-Mon-YYYY", "05-Nov-2026"),
            ("Month|FMMonth|MONTH", "November |November|NOVEMBER "),
            ("Day, DDth", "Thursday , 05th"),
            ("HH12:MI AM", "03:04 PM"),
            ("Mon-YY", "Nov-26"),
            ("FMDD FMMM \"at\" FMHH24", "5 11 at 15"),
            ("D ID DDD W WW IW Q CC J", "5 4 309 1 45 45 4 21 2461350"),
            ("US FF3 SSSS", "012345 012 54249"),
            ("Y,YYY YYY YY Y", "2,026 026 26 6"),
            ("RM rm", "XI   xi  "),
        ] {
            assert_eq!(instant(micros, true, template).unwrap(), expected, "{template}");
        }
    }
}
