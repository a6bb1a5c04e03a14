//! Amazon CloudWatch: the series of metrics that exist. Which do is declared (`ListMetrics`).

use super::{Answer, Call, Service};
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "cloudwatch",
    signing_name: "monitoring",
    operations: &[("GetMetricData", get_metric_data), ("GetMetricStatistics", get_metric_statistics)],
};

/// Usual value of a metric, and its unit; counts are those of five minutes.
fn usual(metric: &str) -> (f64, &'static str) {
    match metric {
        "CPUUtilization" | "EngineCPUUtilization" => (28.0, "Percent"),
        "Errors" => (0.4, "Count"),
        "Invocations" => (120.0, "Count"),
        "Duration" => (180.0, "Milliseconds"),
        "DatabaseConnections" | "CurrConnections" => (24.0, "Count"),
        "ReadIOPS" | "WriteIOPS" => (90.0, "Count/Second"),
        "RequestCount" | "NewFlowCount" => (900.0, "Count"),
        "BytesOutToDestination" => (4_000_000.0, "Bytes"),
        "IsIdle" => (0.3, "None"),
        _ => (500.0, "Count"),
    }
}

/// Whether anything reports the metric; without dimensions, the sum of all that do.
fn exists(call: &Call<'_>, namespace: &str, metric: &str, dimensions: &[Json]) -> bool {
    let is_it = |known: &Json| {
        let is = |member: &str, wanted: &str| known.get(member).and_then(Json::as_str) == Some(wanted);
        let theirs = known.get("Dimensions").and_then(Json::as_array).unwrap_or_default();
        let all = dimensions.iter().all(|d| theirs.iter().any(|t| same(t, d)));
        is("Namespace", namespace) && is("MetricName", metric) && all
    };
    declared::told(call, "cloudwatch", "ListMetrics").iter().any(is_it)
}

fn same(one: &Json, other: &Json) -> bool {
    ["Name", "Value"].iter().all(|member| one.get(member) == other.get(member))
}

/// One period of a series: sum, and the least and most of its samples.
struct Point {
    at: i64,
    samples: i64,
    mean: f64,
    low: f64,
    high: f64,
}

fn series(call: &Call<'_>, metric: &str, named: &str, period: i64) -> Vec<Point> {
    let time = |member: &str| {
        let text = call.input.get(member).and_then(Json::to_text);
        text.and_then(|t| t.parse::<f64>().ok()).unwrap_or(call.now as f64) as i64
    };
    let period = period.max(60);
    let (start, end) = (time("StartTime").div_euclid(period) * period, time("EndTime"));
    let seed = call.world.knobs.seed;
    let words = [call.account.id.as_str(), call.region, metric, named];
    let level = usual(metric).0 * (0.3 + 1.4 * Dice::new(seed, &words).unit());
    let mut points = Vec::new();
    let mut at = start;
    // What CloudWatch gives at once.
    while at < end && points.len() < 1_440 {
        let mut dice = Dice::new(seed, &words).fork("point", (at / period) as usize);
        let hour = (at.rem_euclid(86_400)) as f64 / 86_400.0;
        let wave =
            if period >= 86_400 { 1.0 } else { 1.0 + 0.5 * (std::f64::consts::TAU * (hour - 0.3)).sin() };
        let mean = level * wave * (0.85 + 0.3 * dice.unit());
        let spread = 0.1 + 0.5 * dice.unit();
        points.push(Point {
            at,
            samples: (period / 300).max(1),
            mean: round(mean),
            low: round(mean * (1.0 - spread)),
            high: round(mean * (1.0 + spread)),
        });
        at += period;
    }
    points
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn get_metric_statistics(call: &Call<'_>) -> Answer {
    let (namespace, metric) = (call.required("Namespace"), call.required("MetricName"));
    let dimensions = call.input.get("Dimensions").and_then(Json::as_array).unwrap_or_default();
    let period = call.int("Period").unwrap_or(300);
    if period % 60 != 0 || period <= 0 {
        return Err(ApiError::bad("InvalidParameterValue", "The parameter Period must be a multiple of 60."));
    }
    let mut points = Vec::new();
    if exists(call, namespace, metric, dimensions) {
        let named: String = dimensions.iter().filter_map(|d| d.get("Value")?.to_text()).collect();
        for point in series(call, metric, &named, period) {
            points.push(record! {
                "Timestamp" => point.at,
                "SampleCount" => point.samples as f64,
                "Average" => point.mean,
                "Sum" => round(point.mean * point.samples as f64),
                "Minimum" => point.low,
                "Maximum" => point.high,
                "Unit" => usual(metric).1,
            });
        }
    }
    Ok(record! { "Label" => metric, "Datapoints" => points })
}

fn get_metric_data(call: &Call<'_>) -> Answer {
    let queries = call.input.get("MetricDataQueries").and_then(Json::as_array).unwrap_or_default();
    let mut results = Vec::new();
    for query in queries {
        let id = query.get("Id").and_then(Json::as_str).unwrap_or_default();
        let stat = query.get("MetricStat");
        let metric = stat.and_then(|s| s.get("Metric"));
        let text = |member: &str| metric.and_then(|m| m.get(member)).and_then(Json::as_str);
        let period = stat.unwrap_or(query).get("Period").and_then(Json::as_i64).unwrap_or(300);
        // `SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)`
        let expression = query.get("Expression").and_then(Json::as_str).unwrap_or_default();
        let inside = expression.split(['(', ')']).nth(1).unwrap_or_default();
        let schema = expression.split('"').nth(1).unwrap_or_default();
        let name = text("MetricName").unwrap_or(inside);
        let dimensions =
            metric.and_then(|m| m.get("Dimensions")).and_then(Json::as_array).unwrap_or_default();
        let (mut times, mut values) = (Vec::new(), Vec::new());
        if exists(call, text("Namespace").unwrap_or(schema), name, dimensions) {
            let named: String = dimensions.iter().filter_map(|d| d.get("Value")?.to_text()).collect();
            let mut points = series(call, name, &named, period);
            if call.text("ScanBy") != Some("TimestampAscending") {
                points.reverse();
            }
            for point in points {
                times.push(Json::int(point.at));
                values.push(Json::from(match stat.and_then(|s| s.get("Stat")).and_then(Json::as_str) {
                    Some("Maximum") => point.high,
                    Some("Minimum") => point.low,
                    Some("Sum") | None => round(point.mean * point.samples as f64),
                    Some(_) => point.mean,
                }));
            }
        }
        results.push(record! {
            "Id" => id,
            "Label" => name,
            "Timestamps" => times,
            "Values" => values,
            "StatusCode" => "Complete",
        });
    }
    Ok(record! { "MetricDataResults" => results })
}
