//! What asking costs: dollars, and events in the audit trails of those who are asked. Data, with its date.

use std::str::FromStr as _;
use std::sync::LazyLock;

use crate::model::{Measure, Spend, Usd};

const PRICES: &str = include_str!("prices.txt");
const EVENTS: &str = include_str!("events.txt");

#[derive(Debug)]
struct Line {
    what: &'static str,
    usd: Usd,
    per: u64,
}

impl Line {
    fn read(line: &'static str) -> Option<Line> {
        let [what, usd, per, _source] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        Some(Line { what, usd: usd.parse().ok()?, per: per.parse().ok()? })
    }

    fn is_of(&self, what: &str) -> bool {
        self.what.strip_suffix('*').map_or(self.what == what, |start| what.starts_with(start))
    }
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| lines(PRICES).filter_map(Line::read).collect());

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn line(what: &str) -> Option<&'static Line> {
    LINES.iter().find(|line| line.is_of(what))
}

/// The day the prices are of: `2026-11-21`.
pub fn as_of() -> &'static str {
    let after = PRICES.split_once("as of ").map_or("", |(_, rest)| rest);
    after.split(':').next().unwrap_or_default()
}

/// What an operation is billed by: dollars for so many of what. `None` where asking is free.
pub fn of_operation(operation: &str) -> Option<(Usd, u64, &'static str)> {
    let measure = Measure::ALL.into_iter().find(|measure| measure.billed_for() == operation);
    let found = |line: &Line, what: &'static str| (line.usd, line.per, what);
    match measure {
        Some(measure) => line(measure.as_str()).map(|line| found(line, measure.in_words())),
        None => line(operation).map(|line| found(line, "calls")),
    }
}

/// Whether asking once can cost more than the hundredth part of a cent.
pub fn is_dear(operation: &str) -> bool {
    let least: Usd = Usd::from_str("0.0001").unwrap_or_default();
    of_operation(operation).is_some_and(|(usd, per, what)| what != "calls" || usd.times(1, per) > least)
}

/// Of so many calls of `service:Operation`.
pub fn of_calls(operation: &str, calls: u64) -> Usd {
    line(operation).map_or(Usd::ZERO, |line| line.usd.times(calls, line.per))
}

/// Of everything that was spent.
pub fn of(spend: &Spend) -> Usd {
    let calls = spend.calls.iter().map(|(operation, times)| of_calls(operation, *times));
    let measures = spend
        .measures
        .iter()
        .filter_map(|(measure, amount)| line(measure.as_str()).map(|line| line.usd.times(*amount, line.per)));
    calls.chain(measures).sum()
}

/// Management events that calls leave in CloudTrail, on both sides where a role is assumed.
pub fn events(spend: &Spend) -> u64 {
    let leaves = |operation: &str| match operation {
        "sts:AssumeRole" => 2,
        _ if lines(EVENTS).any(|line| line.split('\t').next() == Some(operation)) => 0,
        _ => 1,
    };
    spend.calls.iter().map(|(operation, times)| times * leaves(operation)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_line_is_whole_names_its_source_and_is_about_something() {
        let catalog = Catalog::builtin().unwrap();
        let ids = catalog.operation_ids();
        assert_eq!(LINES.len(), lines(PRICES).count(), "a line cannot be read");
        for line in LINES.iter() {
            let is_measure = Measure::ALL.iter().any(|measure| measure.as_str() == line.what);
            assert!(is_measure || ids.iter().any(|id| line.is_of(id)), "{line:?}");
            assert!(line.usd > Usd::ZERO && line.per > 0, "{line:?}");
        }
        for line in lines(PRICES).chain(lines(EVENTS)) {
            assert!(line.rsplit('\t').next().unwrap().contains(' '), "where is this from? {line}");
        }
        for measure in Measure::ALL {
            assert!(line(measure.as_str()).is_some(), "{measure:?} has no price");
        }
        assert!(chrono::NaiveDate::parse_from_str(as_of(), "%Y-%m-%d").is_ok());
    }

    #[test]
    fn a_bill_is_the_sum_of_its_calls_and_measures() {
        let mut spend = Spend::default();
        spend.call("ce:GetCostAndUsage", 3);
        spend.call("ec2:DescribeInstances", 1000);
        spend.measure(Measure::MetricsRequested, 500);
        assert_eq!(of(&spend), "0.035".parse().unwrap());
        assert_eq!(of_calls("s3:ListBuckets", 1000), "0.005".parse().unwrap());
        assert_eq!(of_calls("s3:GetBucketAcl", 1000), "0.0004".parse().unwrap());
    }

    #[test]
    fn what_an_operation_is_billed_by_is_told() {
        assert_eq!(of_operation("ec2:DescribeVpcs"), None);
        assert_eq!(of_operation("ce:GetTags"), Some(("0.01".parse().unwrap(), 1, "calls")));
        assert_eq!(
            of_operation("cloudwatch:GetMetricData"),
            Some(("0.01".parse().unwrap(), 1000, "metrics requested"))
        );
        let dear = ["ce:GetTags", "logs:StartQuery", "s3:ListBuckets", "ec2:DescribeVpcs"].map(is_dear);
        assert_eq!(dear, [true, true, false, false]);
    }

    #[test]
    fn a_role_leaves_two_events_and_an_object_none() {
        let mut spend = Spend::default();
        spend.call("sts:AssumeRole", 5);
        spend.call("s3:GetObject", 7);
        spend.call("ec2:DescribeVpcs", 2);
        assert_eq!(events(&spend), 12);
    }
}
