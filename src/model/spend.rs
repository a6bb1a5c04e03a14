//! What asking costs, as counted: calls by operation, and what is billed by something else than the call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a service bills by, where that is not the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Metrics that GetMetricData was asked for: five statistics of one metric in one call count once.
    MetricsRequested,
    /// Bytes of log events that a Logs Insights query read.
    BytesScanned,
    /// Traces that X-Ray looked at.
    TracesScanned,
}

impl Measure {
    pub const ALL: [Measure; 3] = [Measure::MetricsRequested, Measure::BytesScanned, Measure::TracesScanned];

    pub fn as_str(self) -> &'static str {
        match self {
            Measure::MetricsRequested => "metrics_requested",
            Measure::BytesScanned => "bytes_scanned",
            Measure::TracesScanned => "traces_scanned",
        }
    }

    pub fn in_words(self) -> &'static str {
        match self {
            Measure::MetricsRequested => "metrics requested",
            Measure::BytesScanned => "bytes scanned",
            Measure::TracesScanned => "traces scanned",
        }
    }

    /// The operation that is billed by it.
    pub fn billed_for(self) -> &'static str {
        match self {
            Measure::MetricsRequested => "cloudwatch:GetMetricData",
            Measure::BytesScanned => "logs:StartQuery",
            Measure::TracesScanned => "xray:GetTraceSummaries",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Attempts, by `service:Operation`.
    pub calls: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Measure, u64>,
}

impl Spend {
    pub fn call(&mut self, operation: &str, times: u64) {
        match self.calls.get_mut(operation) {
            Some(count) => *count += times,
            None if times > 0 => drop(self.calls.insert(operation.to_owned(), times)),
            None => {}
        }
    }

    pub fn measure(&mut self, measure: Measure, amount: u64) {
        if amount > 0 {
            *self.measures.entry(measure).or_default() += amount;
        }
    }

    pub fn add(&mut self, other: &Spend) {
        for (operation, times) in &other.calls {
            self.call(operation, *times);
        }
        for (measure, amount) in &other.measures {
            self.measure(*measure, *amount);
        }
    }

    /// What was spent since `before`, which this goes on from.
    #[must_use]
    pub fn since(&self, before: &Spend) -> Spend {
        let mut rest = Spend::default();
        for (operation, times) in &self.calls {
            rest.call(operation, times.saturating_sub(before.of(operation)));
        }
        for (measure, amount) in &self.measures {
            let known = before.measures.get(measure).copied().unwrap_or_default();
            rest.measure(*measure, amount.saturating_sub(known));
        }
        rest
    }

    pub fn of(&self, operation: &str) -> u64 {
        self.calls.get(operation).copied().unwrap_or_default()
    }

    pub fn total_calls(&self) -> u64 {
        self.calls.values().sum()
    }

    /// `ec2`, `sts` ... with all calls of each.
    pub fn by_service(&self) -> BTreeMap<&str, u64> {
        let mut services = BTreeMap::new();
        for (operation, times) in &self.calls {
            let service = operation.split_once(':').map_or(operation.as_str(), |(service, _)| service);
            *services.entry(service).or_default() += times;
        }
        services
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_later_is_told_from_what_was_spent_before() {
        let mut spend = Spend::default();
        spend.call("sts:AssumeRole", 3);
        spend.call("ec2:DescribeVpcs", 0);
        let before = spend.clone();
        spend.call("sts:AssumeRole", 1);
        spend.call("ec2:DescribeInstances", 2);
        spend.measure(Measure::BytesScanned, 10);
        let since = spend.since(&before);
        assert_eq!(since.by_service().into_iter().collect::<Vec<_>>(), [("ec2", 2), ("sts", 1)]);
        assert_eq!(since.measures[&Measure::BytesScanned], 10);
        assert_eq!((spend.total_calls(), spend.of("ec2:DescribeVpcs")), (6, 0));
        let mut sum = before;
        sum.add(&since);
        assert_eq!(sum, spend);
    }
}
