//! `GetMetricData`: up to 500 queries, their series page by page.

use std::collections::BTreeMap;

use super::super::{Answer, Call, paging};
use super::curve::Curve;
use super::expression::{self, Line, Metrics};
use super::series::{self, Series};
use super::statistic::Statistic;
use super::{dimensions, invalid, latest, time};
use crate::demo::wire::ApiError;
use crate::model::Json;

const MOST_QUERIES: usize = 500;
const MOST_POINTS: usize = 100_800;
/// Points that stay together on a page.
const TOGETHER: usize = 240;

/// Points of the nth series, and whether they are its last.
type Part = (usize, Vec<(i64, f64)>, bool);

/// Whether points of such a period are still kept.
pub fn kept(call: &Call<'_>, at: i64, period: i64) -> bool {
    let days = match period {
        ..60 => return latest(call) - at <= 3 * 3_600,
        60..300 => 15,
        300..3_600 => 63,
        _ => 455,
    };
    // The first minutes are still there while the day is counted.
    latest(call) - at <= days * 86_400 + period.max(300)
}

/// The metrics of a region over the time of a request.
pub struct Data<'a> {
    call: &'a Call<'a>,
    all: Vec<Series>,
    start: i64,
    end: i64,
}

impl Data<'_> {
    pub fn line(&self, series: &Series, statistic: Statistic, period: i64) -> Line {
        let curve = Curve::new(self.call, series);
        let mut points = BTreeMap::new();
        let mut at = self.start.div_euclid(period) * period;
        while at < self.end {
            if kept(self.call, at, period)
                && let Some(sample) = curve.period(at, period)
            {
                points.insert(at, statistic.of(sample));
            }
            at += period;
        }
        Line { label: series.metric.to_owned(), period, points }
    }
}

impl Metrics for Data<'_> {
    fn all(&self) -> &[Series] {
        &self.all
    }

    fn read(&self, series: &Series, statistic: Statistic, period: i64) -> Line {
        self.line(series, statistic, period)
    }

    fn range(&self) -> (i64, i64) {
        (self.start, self.end)
    }
}

/// A query as it was sent.
struct Query<'q> {
    id: &'q str,
    place: usize,
    body: &'q Json,
}

impl<'q> Query<'q> {
    fn text(&self, member: &str) -> Option<&'q str> {
        self.body.get(member).and_then(Json::as_str)
    }

    fn says(&self, member: &str, why: &str) -> ApiError {
        invalid(format!("The parameter MetricDataQueries.member.{}.{member} {why}", self.place))
    }
}

fn queries<'q>(call: &Call<'q>) -> Result<Vec<Query<'q>>, ApiError> {
    let sent = call.input.get("MetricDataQueries").and_then(Json::as_array).unwrap_or_default();
    if sent.is_empty() {
        return Err(invalid("The parameter MetricDataQueries is required."));
    }
    if sent.len() > MOST_QUERIES {
        return Err(invalid(format!(
            "The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}."
        )));
    }
    let mut known: Vec<Query<'_>> = Vec::new();
    for (at, body) in sent.iter().enumerate() {
        let id = body.get("Id").and_then(Json::as_str).unwrap_or_default();
        let query = Query { id, place: at + 1, body };
        let letters = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !letters || !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(query.says("Id", "must match the pattern ^[a-z][a-zA-Z0-9_]*$."));
        }
        if known.iter().any(|k| k.id == id) {
            return Err(invalid(format!("The value '{id}' for parameter Id is not unique.")));
        }
        if query.body.get("MetricStat").is_some() == query.text("Expression").is_some() {
            return Err(
                query.says("MetricStat", "and Expression are mutually exclusive, and one is required.")
            );
        }
        known.push(query);
    }
    Ok(known)
}

pub fn get_metric_data(call: &Call<'_>) -> Answer {
    let queries = queries(call)?;
    let (start, end) = (time(call, "StartTime").unwrap_or(0), time(call, "EndTime").unwrap_or(0));
    if start >= end {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let data = Data { call, all: series::all(call), start, end };
    let mut lines: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    for query in queries.iter().filter(|query| query.body.get("MetricStat").is_some()) {
        lines.insert(query.id, vec![stated(&data, query)?]);
    }
    let mut shown: Vec<(&str, Line)> = Vec::new();
    for query in &queries {
        let made = match query.text("Expression") {
            None => lines.get(query.id).cloned().unwrap_or_default(),
            Some(text) => computed(&data, &queries, &lines, query, text, 0)?,
        };
        if query.body.get("ReturnData").and_then(Json::as_bool) != Some(false) {
            let many = made.len() > 1;
            for mut line in made {
                if let Some(label) = query.text("Label") {
                    line.label = if many { format!("{label} {}", line.label) } else { label.to_owned() };
                }
                shown.push((query.id, line));
            }
        }
    }
    paged(call, shown)
}

fn stated(data: &Data<'_>, query: &Query<'_>) -> Result<Line, ApiError> {
    let stat = query.body.get("MetricStat").cloned().unwrap_or_default();
    let period = stat.get("Period").and_then(Json::as_i64).unwrap_or(0);
    if period <= 0 || (period % 60 != 0 && ![1, 5, 10, 20, 30].contains(&period)) {
        return Err(query.says("MetricStat.Period", "must be 1, 5, 10, 20, 30, or a multiple of 60."));
    }
    let name = stat.get("Stat").and_then(Json::as_str).unwrap_or_default();
    let Some(statistic) = Statistic::parse(name) else {
        return Err(query.says("MetricStat.Stat", "must be a value in the set [ SampleCount, Average, Sum, Minimum, Maximum ] or an extended statistic."));
    };
    let metric = stat.get("Metric").cloned().unwrap_or_default();
    let text = |member| metric.get(member).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (namespace, name) = (text("Namespace"), text("MetricName"));
    if namespace.is_empty() || name.is_empty() {
        return Err(query.says("MetricStat.Metric", "must have a Namespace and a MetricName."));
    }
    let wanted = dimensions(metric.get("Dimensions"));
    let unit = stat.get("Unit").and_then(Json::as_str);
    let is_meant = |s: &&Series| s.namespace == namespace && s.metric == name && s.is_of(&wanted);
    let found = data.all.iter().find(is_meant).filter(|s| unit.is_none_or(|unit| unit == s.unit));
    Ok(match found {
        Some(series) => data.line(series, statistic, period),
        None => Line { label: name, period, points: BTreeMap::new() },
    })
}

/// The value of an expression; those that it names are computed first.
fn computed(
    data: &Data<'_>,
    queries: &[Query<'_>],
    stated: &BTreeMap<&str, Vec<Line>>,
    query: &Query<'_>,
    text: &str,
    depth: usize,
) -> Result<Vec<Line>, ApiError> {
    let wrong = |why: String| invalid(format!("Error in expression '{}': {why}", query.id));
    if depth > queries.len() {
        return Err(wrong("The expression refers to itself".to_owned()));
    }
    let period = query.body.get("Period").and_then(Json::as_i64);
    let named = |name: &str| -> Result<Option<Vec<Line>>, String> {
        if let Some(lines) = stated.get(name) {
            return Ok(Some(lines.clone()));
        }
        let Some(other) = queries.iter().find(|other| other.id == name) else { return Ok(None) };
        let text = other.text("Expression").unwrap_or_default();
        computed(data, queries, stated, other, text, depth + 1).map(Some).map_err(|e| e.message)
    };
    let metrics: Vec<Line> = stated.values().flatten().cloned().collect();
    expression::evaluate(data, text, query.id, period, &metrics, &named).map_err(wrong)
}

fn paged(call: &Call<'_>, shown: Vec<(&str, Line)>) -> Answer {
    let most = call.int("MaxDatapoints").and_then(|n| usize::try_from(n).ok()).unwrap_or(MOST_POINTS);
    let most = most.clamp(1, MOST_POINTS);
    let together = TOGETHER.min(most);
    let ascending = call.text("ScanBy") == Some("TimestampAscending");
    let mut parts: Vec<Part> = Vec::new();
    for (at, (_, line)) in shown.iter().enumerate() {
        let mut points: Vec<(i64, f64)> = line.points.iter().map(|(at, value)| (*at, *value)).collect();
        if !ascending {
            points.reverse();
        }
        let mut chunks: Vec<Vec<(i64, f64)>> = points.chunks(together).map(<[_]>::to_vec).collect();
        if chunks.is_empty() {
            chunks.push(Vec::new());
        }
        let last = chunks.len() - 1;
        parts.extend(chunks.into_iter().enumerate().map(|(which, chunk)| (at, chunk, which == last)));
    }
    let page = paging::page(call, parts, call.text("NextToken"), (most / together).max(1))
        .ok_or_else(|| ApiError::bad("InvalidNextToken", "The next token is not valid."))?;
    let mut results: Vec<Part> = Vec::new();
    for (at, points, last) in page.items {
        match results.last_mut() {
            Some((known, all, whole)) if *known == at => {
                all.extend(points);
                *whole = last;
            }
            _ => results.push((at, points, last)),
        }
    }
    let results: Vec<Json> = results
        .into_iter()
        .filter_map(|(at, points, whole)| {
            let (id, line) = shown.get(at)?;
            Some(record! {
                "Id" => *id,
                "Label" => line.label.as_str(),
                "Timestamps" => points.iter().map(|(at, _)| Json::int(*at)).collect::<Vec<_>>(),
                "Values" => points.iter().map(|(_, value)| Json::from(*value)).collect::<Vec<_>>(),
                "StatusCode" => if whole { "Complete" } else { "PartialData" },
            })
        })
        .collect();
    Ok(
        record! { "MetricDataResults" => results, "NextToken" => page.next, "Messages" => Json::Array(Vec::new()) },
    )
}
