//! Statistics of one metric of each resource: the resources are listed, then asked about many at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};

use crate::catalog::path::{Path, Step};
use crate::model::{Fault, FaultKind, Json, Key};
use crate::sources::api::call::{CompiledCall, Given, Input};
use crate::sources::api::rows::{self, Page, Walk};
use crate::sources::instant;
use crate::sources::metrics::packing::{self, Answer};
use crate::sources::metrics::range::Range;
use crate::sources::metrics::statistic::SIMPLE;
use crate::sources::metrics::{AT_ONCE, units};
use crate::sources::row::{Response, Row};

/// A resource, and the query that the table writes about it, without a statistic.
struct About {
    resource: Option<Row>,
    /// `MetricStat`
    stat: Json,
    range: Range,
}

pub fn rows<'a>(
    walk: Walk<'a>,
    resources: &'a [CompiledCall],
    data: &'a CompiledCall,
) -> BoxStream<'a, Page> {
    let found: BoxStream<'a, Result<Vec<Option<Row>>, Fault>> = match resources {
        [] => stream::once(std::future::ready(Ok(vec![None]))).boxed(),
        calls => {
            let every = Walk { page_size: None, ..walk };
            let follows = move |row: &Row| walk.leads.follows(walk.given.unit, row);
            rows::of_table(every, calls)
                .map(move |page| page.map(|rows| rows.into_iter().filter(follows).map(Some).collect()))
                .boxed()
        }
    };
    let statistics = Arc::new(statistics(walk));
    let asked = async move {
        let (mut about, mut faults) = (Vec::new(), Vec::new());
        let mut found = found;
        while let Some(page) = found.next().await {
            let page = match page {
                Ok(page) => page,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            for resource in page {
                match self::about(walk, data, resource) {
                    Ok(one) => about.extend(one),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        let faults = stream::iter(faults.into_iter().map(Err::<Vec<Row>, _>));
        let most = about.first().map_or(1, |one| {
            let fitting = one.range.series_a_call(period(&one.stat)) / statistics.len().max(1);
            fitting.min(walk.request.limit.unwrap_or(usize::MAX)).max(1)
        });
        let mut batches = Vec::new();
        let mut about = about.into_iter().peekable();
        while about.peek().is_some() {
            batches.push(about.by_ref().take(most).collect::<Vec<_>>());
        }
        let read = move |batch: Vec<About>| {
            let statistics = Arc::clone(&statistics);
            async move {
                let Some(range) = batch.first().map(|one| one.range) else { return stream::empty().boxed() };
                let queries = queries(&batch, &statistics);
                let answer = packing::read(walk, data, queries, range, Vec::new()).await;
                pages(answer, batch, &statistics, &data.read.operation.id())
            }
        };
        let at_once = if walk.request.limit.is_some() || walk.request.first_rows { 1 } else { AT_ONCE };
        faults.chain(stream::iter(batches).map(read).buffered(at_once).flatten())
    };
    stream::once(asked).flatten().boxed()
}

/// Those whose columns are asked for; one of them says which points there are.
fn statistics(walk: Walk<'_>) -> Vec<&'static str> {
    let columns = walk.request.columns.iter().filter_map(|at| walk.request.table.columns.get(*at));
    let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    let asked = SIMPLE.iter().filter(|(column, _)| names.contains(column)).map(|(_, statistic)| *statistic);
    match asked.collect::<Vec<_>>() {
        none if none.is_empty() => vec!["SampleCount"],
        some => some,
    }
}

fn about(walk: Walk<'_>, data: &CompiledCall, resource: Option<Row>) -> Result<Option<About>, Fault> {
    let given = Given { row: resource.as_ref(), led_by: resource.as_ref(), ..walk.given };
    let Input::Ready(input) = data.input(given)? else { return Ok(None) };
    let queries = input.get("MetricDataQueries").and_then(Json::as_array);
    let stat = queries.and_then(<[Json]>::first).and_then(|query| query.get("MetricStat"));
    let time = |member: &str| input.get(member).and_then(instant::parse).map(|at| at.timestamp());
    let (Some(stat), Some(start), Some(end)) = (stat, time("StartTime"), time("EndTime")) else {
        let message = "the table's last call names no metric, or no time";
        return Err(Fault::new(FaultKind::BadResponse, message));
    };
    // The last instant is asked about too.
    let range = Range { start, end: end + 1 };
    let range = range.aligned(period(stat));
    Ok((start <= end).then(|| About { resource: resource.clone(), stat: stat.clone(), range }))
}

fn period(stat: &Json) -> i64 {
    stat.get("Period").and_then(Json::as_i64).unwrap_or(300)
}

fn queries(batch: &[About], statistics: &[&str]) -> Vec<Json> {
    let of = |(at, one): (usize, &About)| {
        let mut stat = one.stat.as_object().unwrap_or_default().to_vec();
        stat.retain(|(name, _)| &**name != "Stat");
        let query = move |(which, statistic): (usize, &&str)| {
            let mut stat = stat.clone();
            stat.push((Key::from("Stat"), Json::string(*statistic)));
            Json::object([("Id", Json::String(id(at, which))), ("MetricStat", Json::Object(stat))])
        };
        statistics.iter().enumerate().map(query).collect::<Vec<_>>()
    };
    batch.iter().enumerate().flat_map(of).collect()
}

fn id(resource: usize, statistic: usize) -> String {
    format!("m{resource}_{statistic}")
}

fn pages(
    answer: Answer,
    batch: Vec<About>,
    statistics: &[&'static str],
    operation: &str,
) -> BoxStream<'static, Page> {
    let mut by_id: BTreeMap<String, Vec<(i64, f64)>> =
        answer.series.into_iter().map(|series| (series.id, series.points)).collect();
    let path =
        Arc::new(Path { absolute: false, steps: vec![Step::Member("Datapoints".to_owned()), Step::Each] });
    let mut pages: Vec<Page> = Vec::new();
    for (at, one) in batch.into_iter().enumerate() {
        let mut points: BTreeMap<i64, Vec<(Key, Json)>> = BTreeMap::new();
        for (which, statistic) in statistics.iter().enumerate() {
            let name = Key::from(*statistic);
            for (instant, value) in by_id.remove(&id(at, which)).unwrap_or_default() {
                points.entry(instant).or_default().push((name.clone(), Json::from(value)));
            }
        }
        let stamp = Key::from("Timestamp");
        let point = |(instant, mut members): (i64, Vec<(Key, Json)>)| {
            members.push((stamp.clone(), Json::int(instant)));
            Json::Object(members)
        };
        let metric = one.stat.get("Metric");
        let name = |member| metric.and_then(|m| m.get(member)).and_then(Json::as_str).unwrap_or_default();
        let unit = units::of(name("Namespace"), name("MetricName"));
        let output = Json::object([
            ("Datapoints", Json::Array(points.into_iter().map(point).collect())),
            ("Unit", unit.into()),
        ]);
        let response = Response {
            operation: operation.to_owned(),
            output,
            asked: None,
            parent: one.resource,
            held: None,
        };
        pages.push(Ok(Row::all(Arc::new(response), &path)));
    }
    pages.extend(answer.fault.map(Err));
    stream::iter(pages).boxed()
}
