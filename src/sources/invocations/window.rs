//! Which hours of logs a statement needs.

use std::collections::BTreeMap;

use chrono::{TimeDelta, TimeZone as _, Utc};

use crate::catalog::table::Operator;
use crate::model::Timestamp;
use crate::sources::{Qual, instant};

/// Records lie in the folder of the hour in which they were delivered: a call of the last minutes of an hour
/// may be found in the next.
const DELIVERY: TimeDelta = TimeDelta::hours(1);

/// The instants that predicates on `timestamp` leave, ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// How much of a span of time is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    Part,
    All,
}

/// A year, month, day or hour of folders: `[2026]`, `[2026, 11]` ...
pub type Date = Vec<u32>;

impl Window {
    pub fn new(quals: &BTreeMap<String, Vec<Qual>>) -> Self {
        let mut window = Window::default();
        for qual in quals.get("timestamp").into_iter().flatten() {
            let mut instants: Vec<Timestamp> = qual.values.iter().filter_map(instant::parse).collect();
            if instants.len() < qual.values.len() {
                continue;
            }
            instants.sort_unstable();
            let (Some(&first), Some(&last)) = (instants.first(), instants.last()) else { continue };
            if matches!(qual.operator, Operator::Eq | Operator::Gt | Operator::GtEq) {
                window.from = Some(window.from.map_or(first, |from| from.max(first)));
            }
            if matches!(qual.operator, Operator::Eq | Operator::Lt | Operator::LtEq) {
                window.until = Some(window.until.map_or(last, |until| until.min(last)));
            }
        }
        window
    }

    pub fn has(&self, instant: Timestamp) -> bool {
        self.from.is_none_or(|from| instant >= from) && self.until.is_none_or(|until| instant <= until)
    }

    /// How much of what a folder holds may be in the window. What is no date is looked into.
    pub fn wants(&self, date: &[u32]) -> Wanted {
        let Some((start, end)) = span(date) else {
            return if self.is_open() { Wanted::All } else { Wanted::Part };
        };
        let until = self.until.map(|until| until + DELIVERY);
        if self.from.is_some_and(|from| end <= from) || until.is_some_and(|until| start > until) {
            return Wanted::Nothing;
        }
        let whole = self.from.is_none_or(|from| start >= from) && until.is_none_or(|until| end <= until);
        if whole || date.len() >= 4 { Wanted::All } else { Wanted::Part }
    }

    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// The folders within `date` that may hold something, where both ends of the window tell without looking.
    pub fn within(&self, date: &[u32]) -> Option<Vec<u32>> {
        const MOST: usize = 31;
        let (from, until) = (self.from?, self.until? + DELIVERY);
        let (first, last): (u32, u32) = match date.len() {
            0 => (year(from)?, year(until)?),
            1 => (1, 12),
            2 => (1, 31),
            3 => (0, 23),
            _ => return None,
        };
        if last.checked_sub(first)? as usize > MOST {
            return None;
        }
        let wanted = |part: &u32| {
            let within: Date = date.iter().copied().chain([*part]).collect();
            span(&within).is_some() && self.wants(&within) != Wanted::Nothing
        };
        Some((first..=last).filter(wanted).collect())
    }
}

fn year(instant: Timestamp) -> Option<u32> {
    use chrono::Datelike as _;
    u32::try_from(instant.year()).ok()
}

/// When a folder's time begins, and when the next one's does.
fn span(date: &[u32]) -> Option<(Timestamp, Timestamp)> {
    let at = |year: u32, month: u32, day: u32, hour: u32| {
        Utc.with_ymd_and_hms(i32::try_from(year).ok()?, month, day, hour, 0, 0).single()
    };
    Some(match *date {
        [year] => (at(year, 1, 1, 0)?, at(year + 1, 1, 1, 0)?),
        [year, 12] => (at(year, 12, 1, 0)?, at(year + 1, 1, 1, 0)?),
        [year, month] => (at(year, month, 1, 0)?, at(year, month + 1, 1, 0)?),
        [year, month, day] => (at(year, month, day, 0)?, at(year, month, day, 0)? + TimeDelta::days(1)),
        [year, month, day, hour] => {
            (at(year, month, day, hour)?, at(year, month, day, hour)? + TimeDelta::hours(1))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    fn window(quals: &[(Operator, &str)]) -> Window {
        let each = quals
            .iter()
            .map(|(operator, text)| Qual { operator: *operator, values: vec![Json::string(*text)] });
        Window::new(&BTreeMap::from([("timestamp".to_owned(), each.collect())]))
    }

    #[test]
    fn only_the_folders_that_may_hold_something_are_wanted() {
        let day = window(&[(Operator::GtEq, "2026-03-01T22:30:00Z"), (Operator::Lt, "2026-03-02T03:00:00Z")]);
        assert_eq!(day.within(&[]), Some(vec![2026]));
        assert_eq!(day.within(&[2026]), Some(vec![3]));
        assert_eq!(day.within(&[2026, 3]), Some(vec![1, 2]));
        assert_eq!(day.within(&[2026, 3, 1]), Some(vec![22, 23]));
        // And an hour for the delivery of what happened before three.
        assert_eq!(day.within(&[2026, 3, 2]), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(day.wants(&[2026, 2]), Wanted::Nothing);
        assert_eq!(day.wants(&[2026, 3, 2, 3]), Wanted::All);
    }

    #[test]
    fn open_ends_are_found_by_looking() {
        let since = window(&[(Operator::Gt, "2026-03-15T00:00:00Z")]);
        assert_eq!(since.within(&[]), None);
        assert_eq!(
            (since.wants(&[2025]), since.wants(&[2026]), since.wants(&[2027])),
            (Wanted::Nothing, Wanted::Part, Wanted::All)
        );
        assert_eq!(since.wants(&[2026, 12]), Wanted::All);
        assert_eq!(window(&[]).wants(&[]), Wanted::All);
    }

    #[test]
    fn several_predicates_leave_what_all_of_them_leave() {
        let both = window(&[
            (Operator::GtEq, "2026-03-01"),
            (Operator::Gt, "2026-03-05"),
            (Operator::LtEq, "2026-03-04"),
        ]);
        assert!(!both.has("2026-03-04T00:00:00Z".parse().unwrap()));
        assert_eq!(both.wants(&[2026, 3, 5]), Wanted::Nothing, "no instant is both");
        assert_eq!(both.wants(&[2026, 3, 6]), Wanted::Nothing);
        let months =
            window(&[(Operator::GtEq, "2025-11-30T00:00:00Z"), (Operator::Lt, "2026-02-01T00:00:00Z")]);
        assert_eq!(months.within(&[]), Some(vec![2025, 2026]));
        assert_eq!(months.within(&[2025]), Some(vec![11, 12]));
        assert_eq!(months.within(&[2026, 2]), Some(vec![1]), "the thirtieth of February is no day");
    }
}
