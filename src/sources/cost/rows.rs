//! Results as rows: a row for each period and group, with members named as the catalog's paths say.

use std::collections::HashMap;

use aws_sdk_costexplorer::types::{MetricValue, ResultByTime};

use crate::model::{Account, Json, Key as Name};
use crate::sources::cost::breakdown::{ACCOUNT, Breakdown, Key};
use crate::sources::cost::period::{self, Granularity};

/// Cost Explorer's name of a metric, and the columns that show its amount and its unit.
const METRICS: [(&str, &str, &str); 7] = [
    ("UnblendedCost", "amount", "unit"),
    ("BlendedCost", "blended_amount", "unit"),
    ("AmortizedCost", "amortized_amount", "unit"),
    ("NetUnblendedCost", "net_amount", "unit"),
    ("NetAmortizedCost", "net_amortized_amount", "unit"),
    ("UsageQuantity", "usage_amount", "usage_unit"),
    ("NormalizedUsageAmount", "normalized_usage_amount", ""),
];

/// The metrics that columns show. A request names at least one.
pub fn metrics(columns: &[&str]) -> Vec<&'static str> {
    let shows = |name: &str| columns.contains(&name);
    let mut metrics: Vec<&str> =
        METRICS.iter().filter(|(_, amount, _)| shows(amount)).map(|(metric, ..)| *metric).collect();
    let is_cost = |metric: &&str| metric.ends_with("Cost");
    if metrics.is_empty() || shows("unit") && !metrics.iter().any(is_cost) {
        metrics.push("UnblendedCost");
    }
    if shows("usage_unit") && !metrics.contains(&"UsageQuantity") {
        metrics.push("UsageQuantity");
    }
    metrics
}

/// What the rows of one question share.
pub struct Shape<'a> {
    pub granularity: Granularity,
    pub breakdown: &'a Breakdown,
    /// Columns that predicates fix, with their value.
    pub fixed: Vec<(&'static str, Json)>,
    /// What is known of an account.
    pub account: &'a (dyn Fn(&str) -> Option<Account> + Send + Sync),
}

impl Shape<'_> {
    pub fn rows(&self, result: ResultByTime, names: &HashMap<String, String>) -> Vec<Json> {
        let end = |text: Option<&str>| text.map_or(Json::Null, period::shown);
        let of_period = [
            ("granularity", Json::string(self.granularity.as_str())),
            ("period_start", end(result.time_period.as_ref().map(|period| period.start.as_str()))),
            ("period_end", end(result.time_period.as_ref().map(|period| period.end.as_str()))),
            ("estimated", Json::Bool(result.estimated)),
        ];
        let row = |keys: &[String], metrics: Option<&HashMap<String, MetricValue>>| {
            let mut row: Vec<(Name, Json)> = of_period
                .iter()
                .chain(&self.fixed)
                .map(|(name, value)| (Name::from(*name), value.clone()))
                .collect();
            for ((key, _), said) in self.breakdown.by.iter().zip(keys) {
                self.add_key(key, said, names, &mut row);
            }
            add_metrics(metrics, &mut row);
            Json::Object(row)
        };
        if self.breakdown.by.is_empty() {
            return vec![row(&[], result.total.as_ref())];
        }
        let groups = result.groups.unwrap_or_default();
        groups.into_iter().map(|group| row(&group.keys.unwrap_or_default(), group.metrics.as_ref())).collect()
    }

    fn add_key(&self, key: &Key, said: &str, names: &HashMap<String, String>, row: &mut Vec<(Name, Json)>) {
        match key {
            Key::Dimension(dimension) if *dimension == ACCOUNT => {
                row.extend(of_account(said, (self.account)(said).as_ref(), names.get(said)));
            }
            Key::Dimension(dimension) => row.push((Name::from(*dimension), key.shown(said))),
            Key::Tag(_) => row.push((Name::from("tag_value"), key.shown(said))),
            Key::CostCategory(_) => row.push((Name::from("cost_category_value"), key.shown(said))),
        }
    }
}

/// What the columns about an account show. Cost Explorer knows accounts that have left.
pub fn of_account(id: &str, known: Option<&Account>, said: Option<&String>) -> Vec<(Name, Json)> {
    let name = known.map(|account| account.name.clone()).filter(|name| !name.is_empty());
    let tags = known.map_or(Json::Null, |account| {
        Json::object(account.tags.iter().map(|(key, value)| (key.as_str(), Json::string(value.as_str()))))
    });
    let path = known.and_then(|account| account.ou_path.as_ref()).map(|path| path.as_str());
    vec![
        (Name::from(ACCOUNT), Json::string(id)),
        (Name::from("account_name"), name.or_else(|| said.cloned()).map_or(Json::Null, Json::string)),
        (Name::from("ou_path"), path.map_or(Json::Null, Json::string)),
        (Name::from("account_tags"), tags),
    ]
}

fn add_metrics(metrics: Option<&HashMap<String, MetricValue>>, row: &mut Vec<(Name, Json)>) {
    let Some(metrics) = metrics else { return };
    let text = |text: &Option<String>| text.clone().map_or(Json::Null, Json::String);
    for (metric, amount, unit) in METRICS {
        let Some(value) = metrics.get(metric) else { continue };
        // The digits as they came: they are the money.
        row.push((Name::from(amount), text(&value.amount)));
        if !unit.is_empty() && !row.iter().any(|(name, _)| &**name == unit) {
            row.push((Name::from(unit), text(&value.unit)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_metrics_that_columns_show_and_at_least_one() {
        assert_eq!(metrics(&["service", "amount"]), ["UnblendedCost"]);
        assert_eq!(metrics(&["service"]), ["UnblendedCost"]);
        assert_eq!(metrics(&["usage_amount", "unit"]), ["UsageQuantity", "UnblendedCost"]);
        assert_eq!(metrics(&["amortized_amount", "unit"]), ["AmortizedCost"]);
        assert_eq!(metrics(&["usage_unit"]), ["UnblendedCost", "UsageQuantity"]);
    }
}
