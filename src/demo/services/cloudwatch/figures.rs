//! `GetMetricStatistics`: one metric, some statistics, 1,440 points at most.

use super::super::{Answer, Call};
use super::curve::Curve;
use super::statistic::Statistic;
use super::{dimensions, series, time};
use crate::demo::wire::ApiError;
use crate::model::Json;

pub fn get_metric_statistics(call: &Call<'_>) -> Answer {
    let (namespace, metric) = (call.required("Namespace"), call.required("MetricName"));
    let period = call.int("Period").unwrap_or(0);
    if period <= 0 || (period % 60 != 0 && ![1, 5, 10, 30].contains(&period)) {
        let message = "The parameter Period must be 1, 5, 10, 30, or a multiple of 60.";
        return Err(ApiError::bad("InvalidParameterValue", message));
    }
    let (start, end) = (time(call, "StartTime").unwrap_or(0), time(call, "EndTime").unwrap_or(0));
    if start >= end {
        let message = "The parameter StartTime must be less than the parameter EndTime.";
        return Err(ApiError::bad("InvalidParameterValue", message));
    }
    if (end - start) / period > 1_440 {
        let message = format!(
            "You have requested up to {} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
            (end - start) / period
        );
        return Err(ApiError::bad("InvalidParameterCombination", message));
    }
    let statistics = [call.texts("Statistics"), call.texts("ExtendedStatistics")].concat();
    if statistics.is_empty() {
        let message = "Must specify either Statistics or ExtendedStatistics";
        return Err(ApiError::bad("InvalidParameterCombination", message));
    }
    let mut asked = Vec::new();
    for name in &statistics {
        let statistic = Statistic::parse(name).ok_or_else(|| {
            ApiError::bad(
                "InvalidParameterValue",
                format!("The value {name} for parameter Statistics is not supported."),
            )
        })?;
        asked.push((*name, statistic));
    }
    let wanted = dimensions(call.input.get("Dimensions"));
    let mut points = Vec::new();
    let all = series::all(call);
    let is_meant = |s: &&series::Series| s.namespace == namespace && s.metric == metric && s.is_of(&wanted);
    let found = all.iter().find(is_meant).filter(|s| call.text("Unit").is_none_or(|unit| unit == s.unit));
    if let Some(series) = found {
        let curve = Curve::new(call, series);
        let mut at = start.div_euclid(period) * period;
        while at < end {
            if let Some(sample) =
                super::data::kept(call, at, period).then(|| curve.period(at, period)).flatten()
            {
                let mut extended = Vec::new();
                let mut members =
                    vec![("Timestamp".into(), Json::int(at)), ("Unit".into(), series.unit.into())];
                for (name, statistic) in &asked {
                    let value = Json::from(statistic.of(sample));
                    match call.texts("ExtendedStatistics").contains(name) {
                        true => extended.push(((*name).into(), value)),
                        false => members.push(((*name).into(), value)),
                    }
                }
                if !extended.is_empty() {
                    members.push(("ExtendedStatistics".into(), Json::Object(extended)));
                }
                points.push(Json::Object(members));
            }
            at += period;
        }
    }
    Ok(record! { "Label" => metric, "Datapoints" => points })
}
