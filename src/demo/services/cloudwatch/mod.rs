//! Amazon CloudWatch: metrics of the world's things, and what is computed from them.
//!
//! `series` says which series there are, `curve` what they measured, `statistic` what is told of a
//! period; `expression` computes, `data` and `figures` answer the two calls. Alarms are declared.

mod curve;
mod data;
mod expression;
mod figures;
mod incident;
mod series;
mod statistic;

use super::{Answer, Call, Service, paging};
use crate::demo::wire::ApiError;
use crate::model::Json;
use series::Series;

pub const SERVICE: Service = Service {
    id: "cloudwatch",
    signing_name: "monitoring",
    operations: &[
        ("GetMetricData", data::get_metric_data),
        ("GetMetricStatistics", figures::get_metric_statistics),
        ("ListMetrics", list_metrics),
    ],
};

/// Seconds since 1970 in a member.
fn time(call: &Call<'_>, member: &str) -> Option<i64> {
    call.input.get(member).and_then(Json::to_text)?.parse::<f64>().ok().map(|at| at.floor() as i64)
}

/// Until when there is something to tell: the clock's time while it is later than the world's.
fn latest(call: &Call<'_>) -> i64 {
    let tomorrow = call.world.today + 86_400;
    if (call.world.now..tomorrow).contains(&call.now) { call.now } else { call.world.now }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::bad("ValidationError", message)
}

/// `[{Name, Value}]`
fn dimensions(list: Option<&Json>) -> Vec<(String, Option<String>)> {
    let items = list.and_then(Json::as_array).unwrap_or_default();
    let one = |item: &Json| Some((item.get("Name")?.to_text()?, item.get("Value").and_then(Json::to_text)));
    items.iter().filter_map(one).collect()
}

fn list_metrics(call: &Call<'_>) -> Answer {
    let wanted = dimensions(call.input.get("Dimensions"));
    let has = |series: &Series, (name, value): &(String, Option<String>)| {
        series
            .dimensions
            .iter()
            .any(|(n, v)| *n == name.as_str() && value.as_ref().is_none_or(|value| v == value))
    };
    let is_asked = |series: &Series| {
        call.text("Namespace").is_none_or(|namespace| series.namespace == namespace)
            && call.text("MetricName").is_none_or(|name| series.metric == name)
            && wanted.iter().all(|one| has(series, one))
    };
    let all: Vec<Series> = series::all(call).into_iter().filter(is_asked).collect();
    let page = paging::page(call, all, call.text("NextToken"), 500)
        .ok_or_else(|| ApiError::bad("InvalidParameterValue", "Invalid nextToken"))?;
    let metrics: Vec<Json> = page.items.iter().map(Series::shown).collect();
    Ok(record! { "Metrics" => metrics, "NextToken" => page.next })
}

#[cfg(test)]
mod tests;
