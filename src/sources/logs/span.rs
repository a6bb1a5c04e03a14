//! What a statement says of time, in the milliseconds that CloudWatch Logs knows.

use std::collections::BTreeMap;

use crate::catalog::table::Operator;
use crate::model::{Json, Timestamp};
use crate::sources::{Qual, instant};

/// Milliseconds since 1970, the first and the last of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: i64,
    pub last: i64,
    /// The statement names no end: what comes while it is asked is welcome.
    pub open: bool,
}

impl Span {
    /// What the predicates on a column of instants leave; `None` where nothing says when to begin.
    pub fn asked(quals: &BTreeMap<String, Vec<Qual>>, column: &str, now: Timestamp) -> Option<Span> {
        let (mut first, mut last): (Option<i64>, Option<i64>) = (None, None);
        for qual in quals.get(column)? {
            let micros: Vec<i64> =
                qual.values.iter().filter_map(instant::parse).map(|at| at.timestamp_micros()).collect();
            let (Some(low), Some(high)) = (micros.iter().min(), micros.iter().max()) else { continue };
            let (from, until) = match qual.operator {
                Operator::Eq => (Some(up(*low)), Some(down(*high))),
                Operator::Gt => (Some(down(*low) + 1), None),
                Operator::GtEq => (Some(up(*low)), None),
                Operator::Lt => (None, Some(up(*high) - 1)),
                Operator::LtEq => (None, Some(down(*high))),
                Operator::NotEq | Operator::Like | Operator::Contains => (None, None),
            };
            first = first.max(from);
            last = last.into_iter().chain(until).min();
        }
        let now = now.timestamp_millis();
        Some(Span { first: first?, last: last.unwrap_or(now), open: last.is_none() })
    }

    pub fn is_empty(self) -> bool {
        self.last < self.first
    }

    /// From its beginning to `last`.
    pub fn until(self, last: i64) -> Span {
        Span { last, open: false, ..self }
    }

    /// Two halves; `None` of a single millisecond.
    pub fn halves(self) -> Option<[Span; 2]> {
        let middle = self.first + (self.last - self.first) / 2;
        (self.first < self.last).then(|| [Span { first: middle + 1, ..self }, self.until(middle)])
    }

    pub fn millis(self) -> i64 {
        (self.last - self.first + 1).max(0)
    }

    /// Whole seconds that hold all of it.
    pub fn seconds(self) -> (i64, i64) {
        (self.first.div_euclid(1000), -(-self.last).div_euclid(1000))
    }
}

/// The last whole millisecond that is not after.
fn down(micros: i64) -> i64 {
    micros.div_euclid(1000)
}

/// The first whole millisecond that is not before.
fn up(micros: i64) -> i64 {
    -(-micros).div_euclid(1000)
}

/// RFC 3339.
pub fn text(millis: i64) -> Json {
    let instant = chrono::DateTime::from_timestamp_millis(millis);
    instant.map_or(Json::Null, |instant| Json::String(instant::to_text(instant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(quals: &[(Operator, &str)]) -> Option<Span> {
        let quals = quals
            .iter()
            .map(|(operator, text)| Qual { operator: *operator, values: vec![Json::string(*text)] })
            .collect();
        Span::asked(&BTreeMap::from([("t".to_owned(), quals)]), "t", "1970-01-01T01:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_ends_are_exact_to_the_millisecond_and_never_leave_one_out() {
        let between = |from, low, until, high| {
            span(&[(from, low), (until, high)]).map(|s| (s.first, s.last, s.open)).unwrap()
        };
        use Operator::{Gt, GtEq, Lt, LtEq};
        let (a, b) = ("1970-01-01T00:00:01.005Z", "1970-01-01T00:00:02.005Z");
        assert_eq!(between(GtEq, a, Lt, b), (1005, 2004, false));
        assert_eq!(between(Gt, a, LtEq, b), (1006, 2005, false));
        let (a, b) = ("1970-01-01T00:00:01.005400Z", "1970-01-01T00:00:02.005400Z");
        assert_eq!(between(GtEq, a, Lt, b), (1006, 2005, false));
        assert_eq!(between(Gt, a, LtEq, b), (1006, 2005, false));
    }

    #[test]
    fn without_an_end_it_goes_on_until_now_and_without_a_beginning_nowhere() {
        let open = span(&[(Operator::Gt, "1970-01-01T00:00:00Z")]).unwrap();
        assert_eq!((open.last, open.open), (3_600_000, true));
        assert_eq!(span(&[(Operator::Lt, "1970-01-01T00:00:00Z")]), None);
        let never = [(Operator::Gt, "1970-01-01T00:00:02Z"), (Operator::Lt, "1970-01-01T00:00:01Z")];
        assert!(span(&never).unwrap().is_empty());
    }

    #[test]
    fn seconds_hold_every_millisecond() {
        let span = Span { first: 1500, last: 2001, open: false };
        assert_eq!(span.seconds(), (1, 3));
        let [late, early] = span.halves().unwrap();
        assert_eq!((early.first, early.last + 1, late.last), (1500, late.first, 2001));
        assert_eq!(Span { first: 7, last: 7, open: false }.halves(), None);
    }
}
