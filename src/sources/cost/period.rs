//! Which periods a statement asks about, and the `TimePeriod` that covers them.
//!
//! Cost Explorer cuts a period that begins or ends inside a month: a part that looks like the month. So
//! only whole periods are asked for, those that the predicates on their ends let through.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, Months, TimeDelta, Timelike as _, Utc};

use crate::catalog::table::Operator;
use crate::model::{Json, Timestamp};
use crate::sources::{Qual, instant};

/// The month that runs, and these before it, are there without being switched on.
const MONTHS_KEPT: u32 = 13;
/// As far back as a management account can choose to keep months.
const MOST_MONTHS: u32 = 38;
/// Hours are kept for two weeks, today among them.
const DAYS_OF_HOURS: u64 = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    Daily,
    Monthly,
    Hourly,
}

impl Granularity {
    pub const ALL: [Granularity; 3] = [Granularity::Daily, Granularity::Monthly, Granularity::Hourly];

    pub fn as_str(self) -> &'static str {
        match self {
            Granularity::Daily => "DAILY",
            Granularity::Monthly => "MONTHLY",
            Granularity::Hourly => "HOURLY",
        }
    }

    pub fn named(text: &str) -> Option<Granularity> {
        Self::ALL.into_iter().find(|granularity| granularity.as_str() == text)
    }

    /// The beginning of the period that an instant lies in.
    fn floor(self, at: Timestamp) -> Timestamp {
        let day = at.date_naive();
        let floor = match self {
            Granularity::Hourly => day.and_hms_opt(at.hour(), 0, 0),
            Granularity::Daily => day.and_hms_opt(0, 0, 0),
            Granularity::Monthly => day.with_day(1).and_then(|first| first.and_hms_opt(0, 0, 0)),
        };
        floor.map_or(at, |naive| naive.and_utc())
    }

    /// The end of the period that begins then.
    fn after(self, start: Timestamp) -> Timestamp {
        let next = match self {
            Granularity::Hourly => start.checked_add_signed(TimeDelta::hours(1)),
            Granularity::Daily => start.checked_add_days(Days::new(1)),
            Granularity::Monthly => start.checked_add_months(Months::new(1)),
        };
        next.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How a request names an instant.
    pub fn text(self, at: Timestamp) -> String {
        match self {
            Granularity::Hourly => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            _ => at.format("%Y-%m-%d").to_string(),
        }
    }
}

/// Whole periods without a gap: from the start of the first to the end of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The periods that predicates on `period_start` and `period_end` let through; `None` where none is.
pub fn span(granularity: Granularity, quals: &BTreeMap<String, Vec<Qual>>, now: Timestamp) -> Option<Span> {
    let ends = Ends::of(quals);
    let current = granularity.floor(now);
    let back = |months: u32| {
        let month = Granularity::Monthly.floor(now);
        month.checked_sub_months(Months::new(months)).unwrap_or(month)
    };
    let earliest = match granularity {
        Granularity::Hourly => {
            let today = Granularity::Daily.floor(now);
            today.checked_sub_days(Days::new(DAYS_OF_HOURS - 1)).unwrap_or(today)
        }
        // What is older is there only for those who switched it on: they know, and name an older start.
        _ => match ends.least() {
            Some(least) if least < back(MONTHS_KEPT) => back(MOST_MONTHS),
            _ => back(MONTHS_KEPT),
        },
    };
    let mut span: Option<Span> = None;
    let mut start = granularity.floor(earliest);
    while start <= current {
        let end = granularity.after(start);
        if ends.let_through(start, end) {
            span = Some(Span { start: span.map_or(start, |found| found.start), end });
        }
        start = end;
    }
    span
}

/// What predicates say of a period's two ends.
struct Ends {
    of_start: Vec<(Operator, Vec<Timestamp>)>,
    of_end: Vec<(Operator, Vec<Timestamp>)>,
}

impl Ends {
    fn of(quals: &BTreeMap<String, Vec<Qual>>) -> Self {
        let of = |column: &str| {
            let quals = quals.get(column).map(Vec::as_slice).unwrap_or_default();
            let read = |qual: &Qual| (qual.operator, qual.values.iter().filter_map(instant::parse).collect());
            // Of values that a join supplies later nothing is known yet.
            quals.iter().filter(|qual| !qual.values.is_empty()).map(read).collect()
        };
        Self { of_start: of("period_start"), of_end: of("period_end") }
    }

    /// The earliest instant that any of them names as a lower end.
    fn least(&self) -> Option<Timestamp> {
        let lower = |(operator, values): &(Operator, Vec<Timestamp>)| match operator {
            Operator::Eq | Operator::Gt | Operator::GtEq => values.iter().min().copied(),
            _ => None,
        };
        self.of_start.iter().chain(&self.of_end).filter_map(lower).min()
    }

    fn let_through(&self, start: Timestamp, end: Timestamp) -> bool {
        let holds = |at: Timestamp, (operator, values): &(Operator, Vec<Timestamp>)| {
            values.iter().any(|value| match operator {
                Operator::Eq => at == *value,
                Operator::NotEq => at != *value,
                Operator::Gt => at > *value,
                Operator::GtEq => at >= *value,
                Operator::Lt => at < *value,
                Operator::LtEq => at <= *value,
                Operator::Like | Operator::Contains => true,
            })
        };
        self.of_start.iter().all(|p| holds(start, p)) && self.of_end.iter().all(|p| holds(end, p))
    }
}

/// A period as Cost Explorer writes its ends.
pub fn shown(text: &str) -> Json {
    match instant::parse(&Json::string(text)) {
        Some(at) => Json::String(instant::to_text(at)),
        None => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(granularity: Granularity, of: &[(&str, Operator, &str)]) -> Option<(String, String)> {
        let mut quals: BTreeMap<String, Vec<Qual>> = BTreeMap::new();
        for (column, operator, value) in of {
            let qual = Qual { operator: *operator, values: vec![Json::string(*value)] };
            quals.entry((*column).to_owned()).or_default().push(qual);
        }
        let span = span(granularity, &quals, "2026-03-05T10:20:30Z".parse().unwrap())?;
        Some((granularity.text(span.start), granularity.text(span.end)))
    }

    fn months(of: &[(&str, Operator, &str)]) -> Option<(String, String)> {
        asked(Granularity::Monthly, of)
    }

    fn both(start: &str, end: &str) -> Option<(String, String)> {
        Some((start.to_owned(), end.to_owned()))
    }

    #[test]
    fn without_predicates_all_that_is_kept_is_asked_for() {
        assert_eq!(months(&[]), both("2025-02-01", "2026-04-01"));
        assert_eq!(asked(Granularity::Daily, &[]), both("2025-02-01", "2026-03-06"));
        assert_eq!(asked(Granularity::Hourly, &[]), both("2026-02-20T00:00:00Z", "2026-03-05T11:00:00Z"));
    }

    #[test]
    fn a_month_is_asked_for_whole_or_not_at_all() {
        let from = |at| months(&[("period_start", Operator::GtEq, at)]);
        assert_eq!(from("2026-02-01T00:00:00Z"), both("2026-02-01", "2026-04-01"));
        assert_eq!(from("2026-02-02T00:00:00Z"), both("2026-03-01", "2026-04-01"));
        assert_eq!(
            months(&[("period_start", Operator::Lt, "2025-03-02T00:00:00Z")]),
            both("2025-02-01", "2025-04-01")
        );
        assert_eq!(months(&[("period_start", Operator::Eq, "2026-02-10T00:00:00Z")]), None);
        assert_eq!(
            months(&[("period_end", Operator::LtEq, "2025-04-01T00:00:00Z")]),
            both("2025-02-01", "2025-04-01")
        );
    }

    #[test]
    fn yesterday_is_one_day() {
        let day = [
            ("period_start", Operator::GtEq, "2026-03-04T00:00:00Z"),
            ("period_start", Operator::Lt, "2026-03-05T00:00:00Z"),
        ];
        assert_eq!(asked(Granularity::Daily, &day), both("2026-03-04", "2026-03-05"));
    }

    #[test]
    fn what_lies_ahead_or_ends_before_it_begins_is_nothing() {
        assert_eq!(months(&[("period_start", Operator::Gt, "2026-04-01T00:00:00Z")]), None);
        let reversed = [
            ("period_start", Operator::GtEq, "2026-03-01T00:00:00Z"),
            ("period_end", Operator::LtEq, "2026-02-01T00:00:00Z"),
        ];
        assert_eq!(months(&reversed), None);
    }

    #[test]
    fn an_older_start_is_asked_for_although_few_keep_it() {
        assert_eq!(
            months(&[("period_start", Operator::GtEq, "2024-01-01T00:00:00Z")]),
            both("2024-01-01", "2026-04-01")
        );
    }
}
