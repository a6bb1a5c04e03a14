//! The time that is asked about, and how finely CloudWatch still keeps it.

use crate::catalog::table::Operator;
use crate::model::Timestamp;
use crate::sources::{Qual, instant};

const DAY: i64 = 86_400;

/// Data points of one page (CloudWatch API reference, `GetMetricData`).
pub const POINTS_A_PAGE: i64 = 100_800;
/// Queries of one call (the same).
pub const QUERIES_A_CALL: usize = 500;
/// Data points of one answer of `GetMetricStatistics` (API reference).
pub const POINTS_A_WINDOW: i64 = 1_440;

/// What nobody bounds: the last day.
pub const USUAL: i64 = DAY;

/// Seconds since 1970; the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

impl Range {
    /// What the predicates on the time leave, at whole seconds; nothing where no instant is left.
    pub fn of(quals: &[Qual], now: Timestamp, usual: i64) -> Option<Range> {
        let (mut start, mut end) = (None::<i64>, None::<i64>);
        let mut from = |at: i64| start = Some(start.map_or(at, |known| known.max(at)));
        let mut until = |at: i64| end = Some(end.map_or(at, |known| known.min(at)));
        for qual in quals {
            let mut instants: Vec<Timestamp> = qual.values.iter().filter_map(instant::parse).collect();
            instants.sort_unstable();
            let (Some(first), Some(last)) = (instants.first(), instants.last()) else { continue };
            let ceil = last.timestamp() + i64::from(last.timestamp_subsec_nanos() > 0);
            match qual.operator {
                Operator::Gt | Operator::GtEq => from(first.timestamp()),
                Operator::Lt => until(ceil),
                Operator::LtEq => until(last.timestamp() + 1),
                Operator::Eq => {
                    from(first.timestamp());
                    until(last.timestamp() + 1);
                }
                _ => {}
            }
        }
        // What has just been measured is in a period that began before now.
        let end = end.unwrap_or(now.timestamp() + 1);
        let start = start.unwrap_or(end - usual);
        (start < end).then_some(Range { start, end })
    }

    /// The finest period that is kept of its beginning: a minute for 15 days, five for 63, an hour for
    /// 455 (CloudWatch user guide, "Metrics retention").
    pub fn finest_period(&self, now: Timestamp) -> i64 {
        // A day is asked about from its first whole minute on.
        let age = now.timestamp() - self.start - 60;
        match age {
            ..=1_296_000 => 60,
            1_296_001..=5_443_200 => 300,
            _ => 3_600,
        }
    }

    /// Begins where a period does: CloudWatch counts periods from the start that it is given.
    pub fn aligned(self, period: i64) -> Range {
        Range { start: self.start.div_euclid(period.max(1)) * period.max(1), ..self }
    }

    pub fn points(&self, period: i64) -> i64 {
        (self.end - self.start).div_euclid(period.max(1)) + 1
    }

    /// How many series of it fit one page.
    pub fn series_a_call(&self, period: i64) -> usize {
        let fitting = POINTS_A_PAGE / self.points(period).max(1);
        usize::try_from(fitting).unwrap_or(1).clamp(1, QUERIES_A_CALL)
    }

    /// Parts of at most so many periods.
    pub fn windows(&self, period: i64, most: i64) -> Vec<Range> {
        let step = period.max(1) * most;
        let mut start = self.start;
        let mut all = Vec::new();
        while start < self.end {
            let end = (start + step).min(self.end);
            all.push(Range { start, end });
            start = end;
        }
        all
    }
}

/// An instant as the service takes it.
pub fn text(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(|| seconds.to_string(), instant::to_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn of(quals: &[(Operator, &[&str])]) -> Option<String> {
        let qual = |(operator, values): &(Operator, &[&str])| Qual {
            operator: *operator,
            values: values.iter().map(|v| Json::string(*v)).collect(),
        };
        let quals: Vec<Qual> = quals.iter().map(qual).collect();
        Range::of(&quals, now(), USUAL).map(|range| format!("{} {}", text(range.start), text(range.end)))
    }

    #[test]
    fn predicates_bound_the_range_and_what_they_contradict_is_not_asked() {
        use Operator::*;
        assert_eq!(of(&[]).as_deref(), Some("2026-01-30T12:00:01Z 2026-01-31T12:00:01Z"));
        assert_eq!(
            of(&[(GtEq, &["2026-01-31T00:00:00.5Z"]), (Gt, &["2026-01-30T00:00:00Z"])]).as_deref(),
            Some("2026-01-31T00:00:00Z 2026-01-31T12:00:01Z")
        );
        assert_eq!(
            of(&[(Lt, &["2026-01-31T01:00:00.5Z"])]).as_deref(),
            Some("2026-01-30T01:00:01Z 2026-01-31T01:00:01Z")
        );
        assert_eq!(
            of(&[(Eq, &["2026-01-31T03:00:00Z", "2026-01-31T01:00:00Z"])]).as_deref(),
            Some("2026-01-31T01:00:00Z 2026-01-31T03:00:01Z")
        );
        assert_eq!(of(&[(Gt, &["2026-01-31T01:00:00Z"]), (LtEq, &["2026-01-30T01:00:00Z"])]), None);
        assert_eq!(of(&[(Gt, &["2027-01-31T01:00:00Z"])]), None);
    }

    #[test]
    fn periods_are_the_finest_that_are_kept() {
        let from = |days: i64| Range { start: now().timestamp() - days * DAY, end: now().timestamp() };
        let finest = |days: i64| from(days).finest_period(now());
        assert_eq!([finest(1), finest(15), finest(16), finest(63)], [60, 60, 300, 300]);
        assert_eq!([finest(64), finest(455), finest(500)], [3600, 3600, 3600]);
    }

    #[test]
    fn a_call_has_no_more_series_than_fit_a_page() {
        let hours = |hours: i64| Range { start: 0, end: hours * 3_600 };
        assert_eq!(hours(1).series_a_call(60), 500);
        assert_eq!(hours(24).series_a_call(60), 69);
        assert_eq!(hours(24).series_a_call(300), 348);
        assert_eq!(hours(24 * 15).series_a_call(60), 4);
        assert_eq!(hours(24 * 400).series_a_call(1), 1);
    }

    #[test]
    fn windows_cover_the_range_once() {
        let range = Range { start: 0, end: 1_000_000 };
        let windows = range.windows(300, POINTS_A_WINDOW);
        assert_eq!(windows.len(), 3);
        assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((windows[0].start, windows[2].end), (0, 1_000_000));
        assert_eq!(Range { start: 605, end: 900 }.aligned(300).start, 600);
    }
}
