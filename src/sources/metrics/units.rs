//! Units of the metrics that AWS itself puts out, as its guides state them; `GetMetricData` does not say.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `namespace<TAB>unit<TAB>metrics, separated by blanks` a line; `#` begins a comment.
const TEXT: &str = include_str!("units.txt");

static UNITS: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.filter_map(|line| {
        let mut parts = line.split('\t');
        Some((parts.next()?, parts.next()?, parts.next()?))
    });
    parts
        .flat_map(|(namespace, unit, metrics)| metrics.split(' ').map(move |m| ((namespace, m), unit)))
        .collect()
});

/// `None`: the metric is not AWS's own, or not among those listed.
pub fn of(namespace: &str, metric: &str) -> Option<&'static str> {
    UNITS.get(&(namespace, metric)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_a_unit_of_cloudwatch_once() {
        const KNOWN: [&str; 9] = [
            "Seconds",
            "Milliseconds",
            "Microseconds",
            "Bytes",
            "Percent",
            "Count",
            "Count/Second",
            "Bytes/Second",
            "None",
        ];
        let mut seen = std::collections::HashSet::new();
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            let parts: Vec<&str> = line.split('\t').collect();
            assert!(parts.len() == 3 && KNOWN.contains(&parts[1]), "{line}");
            for metric in parts[2].split(' ') {
                assert!(!metric.is_empty() && seen.insert((parts[0], metric)), "{line}: {metric}");
            }
        }
        assert_eq!(of("AWS/EC2", "CPUUtilization"), Some("Percent"));
        assert_eq!(of("Shop", "Orders"), None);
    }
}
