//! Calls of `GetMetricData`: many queries in, their pages joined.

use std::collections::HashMap;

use crate::model::{Fault, FaultKind, Json, Key, Measure};
use crate::sources::api::call::CompiledCall;
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::Walk;
use crate::sources::instant;
use crate::sources::metrics::range::{Range, text};

/// Statistics of one metric that are billed as one (CloudWatch pricing, `GetMetricData`).
const STATISTICS_A_METRIC: u64 = 5;

/// One series as it came, page after page.
#[derive(Debug, Default, PartialEq)]
pub struct Series {
    /// Of the query that asked for it; a search makes several of one query.
    pub id: String,
    pub label: String,
    pub status: String,
    /// Seconds since 1970, and the value.
    pub points: Vec<(i64, f64)>,
}

/// What one call gave, and what may be missing of it.
#[derive(Debug, Default)]
pub struct Answer {
    pub series: Vec<Series>,
    pub fault: Option<Fault>,
}

/// Asks for the queries, page by page until the last one.
pub async fn read(
    walk: Walk<'_>,
    call: &CompiledCall,
    queries: Vec<Json>,
    range: Range,
    besides: Vec<(Key, Json)>,
) -> Answer {
    let named = metrics_named(&queries);
    let mut input = vec![
        (Key::from("MetricDataQueries"), Json::Array(queries)),
        (Key::from("StartTime"), Json::String(text(range.start))),
        (Key::from("EndTime"), Json::String(text(range.end))),
    ];
    input.extend(besides);
    let operation = call.read.operation.id();
    let mut pages = Pages::new(walk.asker, walk.given.unit.asked, &call.read, Json::Object(input));
    let mut joined = Joined::default();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => joined.add(&page.output),
            Err(fault) => {
                joined.answer.fault.get_or_insert(fault);
            }
        }
    }
    let answer = joined.finish(&operation);
    // What an expression reads is known by what it answers.
    let read = if named == 0 { answer.series.len() as u64 } else { named };
    walk.asker.meter().used(Measure::MetricsRequested, read);
    answer
}

/// How many metrics are billed: five statistics of one count once.
fn metrics_named(queries: &[Json]) -> u64 {
    let mut statistics: HashMap<String, u64> = HashMap::new();
    for metric in queries.iter().filter_map(|query| query.get("MetricStat")?.get("Metric")) {
        *statistics.entry(metric.to_json()).or_default() += 1;
    }
    statistics.values().map(|many| many.div_ceil(STATISTICS_A_METRIC)).sum()
}

#[derive(Default)]
struct Joined {
    answer: Answer,
    places: HashMap<(String, String), usize>,
    said: Vec<String>,
}

impl Joined {
    fn add(&mut self, page: &Json) {
        self.messages(page);
        for result in page.get("MetricDataResults").and_then(Json::as_array).unwrap_or_default() {
            let text = |member| result.get(member).and_then(Json::as_str).unwrap_or_default().to_owned();
            let (id, label) = (text("Id"), text("Label"));
            let place = *self.places.entry((id.clone(), label.clone())).or_insert_with(|| {
                self.answer.series.push(Series { id, label, ..Series::default() });
                self.answer.series.len() - 1
            });
            self.messages(result);
            let Some(series) = self.answer.series.get_mut(place) else { continue };
            series.status = text("StatusCode");
            let list = |member| result.get(member).and_then(Json::as_array).unwrap_or_default();
            series.points.extend(list("Timestamps").iter().zip(list("Values")).filter_map(|(at, value)| {
                Some((instant::parse(at)?.timestamp(), value.to_text()?.parse().ok()?))
            }));
        }
    }

    /// What CloudWatch says beside the data: a search that found more than it gives, a division by zero.
    fn messages(&mut self, holder: &Json) {
        for message in holder.get("Messages").and_then(Json::as_array).unwrap_or_default() {
            let text = |member| message.get(member).and_then(Json::as_str).unwrap_or_default();
            // A point that cannot be computed is no point; the others are there.
            if text("Code") != "ArithmeticError" {
                self.said.push(format!("{}: {}", text("Code"), text("Value")));
            }
        }
    }

    fn finish(mut self, operation: &str) -> Answer {
        let lost = |status: &str| !matches!(status, "Complete" | "");
        if self.answer.fault.is_none() {
            let lost: Vec<&Series> = self.answer.series.iter().filter(|s| lost(&s.status)).collect();
            self.answer.fault = match lost.first() {
                Some(first) => {
                    let kind = match first.status.as_str() {
                        "Forbidden" => FaultKind::IamDenied,
                        _ => FaultKind::BadResponse,
                    };
                    let (of, status, label) = (lost.len(), &first.status, &first.label);
                    let message = format!("{of} of the series are not whole, first '{label}': {status}");
                    Some(Fault::new(kind, message).with_code(status.as_str()))
                }
                None if !self.said.is_empty() => {
                    self.said.dedup();
                    Some(Fault::new(FaultKind::BadResponse, self.said.join("; ")))
                }
                None => None,
            }
            .map(|fault| fault.in_operation(operation));
        }
        self.answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pages: &[&str]) -> Answer {
        let mut joined = Joined::default();
        for page in pages {
            joined.add(&Json::parse(page).unwrap());
        }
        joined.finish("cloudwatch:GetMetricData")
    }

    #[test]
    fn what_came_in_parts_is_joined() {
        let answer = joined(&[
            r#"{"MetricDataResults": [{"Id": "a", "Label": "x", "StatusCode": "PartialData", "Timestamps": [60, 120], "Values": [1, 2.5]},
                {"Id": "b", "Label": "y", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#,
            r#"{"MetricDataResults": [{"Id": "a", "Label": "x", "StatusCode": "Complete", "Timestamps": [180], "Values": [3]}]}"#,
        ]);
        assert_eq!(answer.fault, None);
        assert_eq!(answer.series[0].points, [(60, 1.0), (120, 2.5), (180, 3.0)]);
        assert_eq!((answer.series.len(), answer.series[1].points.len()), (2, 0));
    }

    #[test]
    fn what_stays_in_part_is_told() {
        let part = r#"{"MetricDataResults": [{"Id": "a", "Label": "x", "StatusCode": "PartialData", "Timestamps": [60], "Values": [1]}]}"#;
        let answer = joined(&[part]);
        assert_eq!(answer.series[0].points.len(), 1);
        assert!(answer.fault.unwrap().message.contains("not whole, first 'x': PartialData"));
        let many = r#"{"Messages": [{"Code": "MaxMetricsExceeded", "Value": "more than 500"}], "MetricDataResults": []}"#;
        assert!(joined(&[many]).fault.unwrap().message.contains("MaxMetricsExceeded: more than 500"));
        let divided = r#"{"MetricDataResults": [{"Id": "a", "StatusCode": "Complete", "Messages": [{"Code": "ArithmeticError", "Value": "x"}]}]}"#;
        assert_eq!(joined(&[divided]).fault, None);
    }
}
