//! How a span with more events than a query tells is cut: by a count of its events in bins.

use crate::sources::logs::span::Span;

/// Bins that a count answers at most; a query tells no more rows than 10,000.
const MOST_BINS: i64 = 9_000;

/// How full a piece is meant to be: events are not spread evenly within a bin.
const FULL: f64 = 0.95;

/// Milliseconds of the bins that are asked for, and how Insights writes them.
const WIDTHS: [(i64, &str); 27] = [
    (1, "1ms"),
    (2, "2ms"),
    (5, "5ms"),
    (10, "10ms"),
    (20, "20ms"),
    (50, "50ms"),
    (100, "100ms"),
    (200, "200ms"),
    (500, "500ms"),
    (1_000, "1s"),
    (2_000, "2s"),
    (5_000, "5s"),
    (10_000, "10s"),
    (15_000, "15s"),
    (20_000, "20s"),
    (30_000, "30s"),
    (60_000, "1m"),
    (120_000, "2m"),
    (300_000, "5m"),
    (600_000, "10m"),
    (900_000, "15m"),
    (1_800_000, "30m"),
    (3_600_000, "1h"),
    (7_200_000, "2h"),
    (14_400_000, "4h"),
    (43_200_000, "12h"),
    (86_400_000, "1d"),
];

/// The narrowest bins that a span has few enough of.
pub fn width(span: Span) -> (i64, &'static str) {
    let fits = |(width, _): &&(i64, &str)| span.millis() / width < MOST_BINS;
    WIDTHS.iter().find(fits).copied().unwrap_or((86_400_000, "1d"))
}

/// Spans that are the whole one, the latest first, each with about as many events as a query tells.
/// `bins`: where each begins, and its events.
pub fn cut(span: Span, width: i64, bins: &[(i64, u64)], most: usize) -> Vec<Span> {
    let mut bins: Vec<(i64, i64, f64)> = bins
        .iter()
        .map(|(from, count)| ((*from).max(span.first), (from + width - 1).min(span.last), *count as f64))
        .filter(|(from, until, count)| from <= until && *count > 0.0)
        .collect();
    bins.sort_unstable_by_key(|(from, ..)| *from);
    let all: f64 = bins.iter().map(|(.., count)| count).sum();
    let pieces = (all / (most as f64 * FULL)).ceil().max(1.0);
    let each = all / pieces;
    let mut ends: Vec<i64> = Vec::new();
    let mut seen = 0.0;
    for (from, until, count) in bins {
        // Every boundary that lies within this bin, as if its events were spread evenly.
        loop {
            let boundary = (ends.len() + 1) as f64 * each;
            if boundary > seen + count || (ends.len() + 1) as f64 >= pieces {
                break;
            }
            let share = (boundary - seen) / count;
            let end = from + ((until - from + 1) as f64 * share) as i64 - 1;
            ends.push(end.clamp(from - 1, until));
        }
        seen += count;
    }
    let mut spans = Vec::new();
    let mut first = span.first;
    for end in ends.into_iter().chain([span.last]) {
        if end >= first {
            spans.push(Span { first, last: end, open: span.open && end == span.last });
            first = end + 1;
        }
    }
    spans.reverse();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: i64, last: i64) -> Span {
        Span { first, last, open: false }
    }

    #[test]
    fn bins_are_as_narrow_as_their_number_allows() {
        assert_eq!(width(span(0, 86_400_000 - 1)), (10_000, "10s"));
        assert_eq!(width(span(0, 999)), (1, "1ms"));
        assert_eq!(width(span(0, 3_600_000 * 24 * 30)), (300_000, "5m"));
        assert_eq!(width(span(0, i64::MAX / 2)), (86_400_000, "1d"));
    }

    #[test]
    fn pieces_are_the_whole_span_and_touch_nowhere() {
        let day = span(0, 9_999);
        let bins: Vec<(i64, u64)> = (0..100).map(|n| (n * 100, if n % 10 == 0 { 900 } else { 30 })).collect();
        let pieces = cut(day, 100, &bins, 1_000);
        assert_eq!((pieces.last().unwrap().first, pieces[0].last), (0, 9_999));
        assert!(pieces.windows(2).all(|two| two[1].last + 1 == two[0].first), "{pieces:?}");
        let ideal = bins.iter().map(|(_, n)| n).sum::<u64>().div_ceil(1_000) as usize;
        assert!(pieces.len() <= ideal + 2, "{} of {ideal}", pieces.len());
    }

    #[test]
    fn what_the_bins_do_not_cover_belongs_to_a_piece_as_well() {
        let pieces = cut(span(5, 1_000), 10, &[(500, 100), (700, 100)], 100);
        assert_eq!((pieces.last().unwrap().first, pieces[0].last), (5, 1_000));
        assert!(pieces.len() >= 2);
        assert_eq!(cut(span(5, 1_000), 10, &[], 100), [span(5, 1_000)]);
    }

    #[test]
    fn a_crowd_in_one_bin_is_spread_over_it() {
        let pieces = cut(span(0, 99), 100, &[(0, 1_000)], 100);
        assert_eq!(pieces.len(), 11);
        assert!(cut(span(7, 7), 1, &[(7, 1_000)], 100).len() == 1, "a millisecond is not cut");
    }
}
