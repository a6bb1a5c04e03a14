//! Points of whatever metrics the predicates name: series that are found, or queries as they are written.

use std::collections::HashSet;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};

use crate::catalog::path::Path;
use crate::model::{Fault, FaultKind, Json, Key};
use crate::sources::api::call::CompiledCall;
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::{Page, Walk};
use crate::sources::metrics::asked::{Asked, Dimensions, listed, object, unlisted};
use crate::sources::metrics::packing::{self, Answer, Series};
use crate::sources::metrics::range::{Range, text};
use crate::sources::metrics::{AT_ONCE, failed, units};
use crate::sources::row::{Response, Row};

/// More combinations of dimensions than this are looked for among all metrics of a name.
const MOST_LISTS: usize = 10;

/// A query, and what its rows say besides what the service answers.
struct Query {
    body: Json,
    /// Members of its rows.
    says: Vec<(Key, Json)>,
}

/// Queries that share a call.
struct Batch {
    queries: Vec<Query>,
    range: Range,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: Dimensions,
}

pub fn rows<'a>(walk: Walk<'a>, list: &'a CompiledCall, data: &'a CompiledCall) -> BoxStream<'a, Page> {
    let now = walk.given.unit.as_of;
    let asked = match Asked::of(walk.request, now) {
        Ok(asked) => asked,
        Err(fault) => return failed(fault),
    };
    // No instant lies in the range: no row can be wanted.
    let Some(range) = asked.range else { return stream::empty().boxed() };
    let finest = range.finest_period(now);
    if !asked.expressions.is_empty() || !asked.metric_stats.is_empty() {
        return match written(&asked, range, finest) {
            Ok(batches) => answered(walk, data, asked, stream::iter(batches).boxed()),
            Err(fault) => failed(fault),
        };
    }
    if asked.namespaces.is_empty() && asked.metrics.is_empty() {
        return failed(Fault::new(
            FaultKind::Rejected,
            "an id alone names no metric: add namespace and metric_name, metric_stat or expression",
        ));
    }
    let found = async move {
        let (metrics, faults) = found(walk, list, &asked).await;
        let batches = packed(walk, &asked, metrics, range, finest);
        let faults = stream::iter(faults.into_iter().map(Err));
        faults.chain(answered(walk, data, asked, stream::iter(batches).boxed()))
    };
    stream::once(found).flatten().boxed()
}

/// The rows of each call, series by series.
fn answered<'a>(
    walk: Walk<'a>,
    data: &'a CompiledCall,
    asked: Asked,
    batches: BoxStream<'a, Batch>,
) -> BoxStream<'a, Page> {
    let besides = Arc::new(asked.besides);
    // Whoever wants a few rows waits for one call at a time.
    let at_once = if walk.request.limit.is_some() || walk.request.first_rows { 1 } else { AT_ONCE };
    let read = move |batch: Batch| {
        let besides = Arc::clone(&besides);
        async move {
            let bodies = batch.queries.iter().map(|query| query.body.clone()).collect();
            let answer = packing::read(walk, data, bodies, batch.range, besides.to_vec()).await;
            pages(answer, batch, data)
        }
    };
    batches.map(read).buffered(at_once).flatten().boxed()
}

fn pages(answer: Answer, batch: Batch, data: &CompiledCall) -> BoxStream<'static, Page> {
    let operation = data.read.operation.id();
    let path = Arc::clone(&data.rows);
    let Answer { series, fault } = answer;
    let page = move |series: Series| {
        let id = |query: &&Query| query.body.get("Id").and_then(Json::as_str) == Some(&series.id);
        let says = batch.queries.iter().find(id).map(|query| query.says.clone()).unwrap_or_default();
        Ok(shown(series, says, &operation, &path))
    };
    stream::iter(series).map(page).chain(stream::iter(fault.map(Err))).boxed()
}

fn shown(series: Series, says: Vec<(Key, Json)>, operation: &str, path: &Arc<Path>) -> Vec<Row> {
    let result = Json::object([
        ("Id", Json::String(series.id)),
        ("Label", Json::String(series.label)),
        ("StatusCode", Json::String(series.status)),
        ("Timestamps", Json::Array(series.points.iter().map(|(at, _)| Json::int(*at)).collect())),
        ("Values", Json::Array(series.points.iter().map(|(_, value)| Json::from(*value)).collect())),
    ]);
    let mut output = vec![(Key::from("MetricDataResults"), Json::Array(vec![result]))];
    output.extend(says);
    let output = Json::Object(output);
    let response =
        Response { operation: operation.to_owned(), output, asked: None, parent: None, held: None };
    Row::all(Arc::new(response), path)
}

/// The metrics that the predicates name, each once.
async fn found(walk: Walk<'_>, list: &CompiledCall, asked: &Asked) -> (Vec<Metric>, Vec<Fault>) {
    let (mut metrics, mut faults) = (Vec::new(), Vec::new());
    if let (Some(exact), false, false) = (&asked.exact, asked.namespaces.is_empty(), asked.metrics.is_empty())
    {
        // Nobody needs to be asked what is named in full.
        for (namespace, name) in pairs(walk, asked) {
            let all = exact.iter().filter(|dimensions| asked.fits(dimensions));
            metrics.extend(all.map(|dimensions| Metric {
                namespace: namespace.clone().unwrap_or_default(),
                name: name.clone().unwrap_or_default(),
                dimensions: dimensions.clone(),
            }));
        }
        return (metrics, faults);
    }
    let mut met = HashSet::new();
    for input in lists(walk, asked) {
        let mut pages = Pages::new(walk.asker, walk.given.unit.asked, &list.read, input);
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    for item in page.output.get("Metrics").and_then(Json::as_array).unwrap_or_default() {
                        let text = |member| item.get(member).and_then(Json::to_text).unwrap_or_default();
                        let metric = Metric {
                            namespace: text("Namespace"),
                            name: text("MetricName"),
                            dimensions: unlisted(item.get("Dimensions")),
                        };
                        if asked.fits(&metric.dimensions) && met.insert(metric.clone()) {
                            metrics.push(metric);
                        }
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    (metrics, faults)
}

/// Namespaces and names that belong together; `None` is any.
fn pairs(walk: Walk<'_>, asked: &Asked) -> Vec<(Option<String>, Option<String>)> {
    let tuples = &walk.request.tuples;
    let together = |tuple: &crate::sources::Assignment| {
        let text = |column| tuple.get(column).and_then(Json::to_text);
        Some((Some(text("namespace")?), Some(text("metric_name")?)))
    };
    let mut met = HashSet::new();
    let joined: Option<Vec<_>> = tuples.iter().map(together).collect();
    if let Some(joined) = joined.filter(|joined| !joined.is_empty()) {
        return joined.into_iter().filter(|pair| met.insert(pair.clone())).collect();
    }
    let any = |texts: &[String]| match texts {
        [] => vec![None],
        texts => texts.iter().cloned().map(Some).collect::<Vec<_>>(),
    };
    let names = any(&asked.metrics);
    any(&asked.namespaces)
        .into_iter()
        .flat_map(|namespace| names.iter().map(move |name| (namespace.clone(), name.clone())))
        .collect()
}

/// Inputs of `ListMetrics`.
fn lists(walk: Walk<'_>, asked: &Asked) -> Vec<Json> {
    // One dimension filter of the service holds what a metric must have, not what it may have.
    let few = asked.among.iter().map(Vec::len).product::<usize>() <= MOST_LISTS;
    let mut having = vec![Dimensions::new()];
    for any in asked.among.iter().filter(|_| few) {
        let with = |before: &Dimensions| {
            let before = before.clone();
            any.iter().map(move |more| before.clone().into_iter().chain(more.clone()).collect())
        };
        having = having.iter().flat_map(with).collect();
    }
    let mut inputs = Vec::new();
    for (namespace, name) in pairs(walk, asked) {
        for dimensions in &having {
            let mut input = Vec::new();
            input.extend(namespace.clone().map(|text| (Key::from("Namespace"), Json::String(text))));
            input.extend(name.clone().map(|text| (Key::from("MetricName"), Json::String(text))));
            if !dimensions.is_empty() {
                input.push((Key::from("Dimensions"), listed(dimensions)));
            }
            inputs.push(Json::Object(input));
        }
    }
    inputs
}

/// A query for each series, as many a call as one page holds.
fn packed(walk: Walk<'_>, asked: &Asked, metrics: Vec<Metric>, range: Range, finest: i64) -> Vec<Batch> {
    let own_id = asked.ids.first().filter(|_| asked.ids.len() == 1);
    let periods = if asked.periods.is_empty() { vec![finest] } else { asked.periods.clone() };
    let mut batches = Vec::new();
    let mut number = 0;
    for period in periods {
        let range = range.aligned(period);
        // A few rows take a few series.
        let most = range.series_a_call(period).min(walk.request.limit.unwrap_or(usize::MAX).max(1));
        let mut queries = Vec::new();
        for metric in &metrics {
            for stat in &asked.statistics {
                number += 1;
                queries.push(query(asked, metric, stat, period, number, own_id, range));
            }
        }
        let mut queries = queries.into_iter().peekable();
        while queries.peek().is_some() {
            batches.push(Batch { queries: queries.by_ref().take(most).collect(), range });
        }
    }
    batches
}

fn query(
    asked: &Asked,
    metric: &Metric,
    stat: &str,
    period: i64,
    number: usize,
    own_id: Option<&String>,
    range: Range,
) -> Query {
    let dimensions = listed(&metric.dimensions);
    let named = Json::object([
        ("Namespace", Json::string(metric.namespace.as_str())),
        ("MetricName", Json::string(metric.name.as_str())),
        ("Dimensions", dimensions.clone()),
    ]);
    let mut of = vec![
        (Key::from("Metric"), named),
        (Key::from("Period"), Json::int(period)),
        (Key::from("Stat"), Json::string(stat)),
    ];
    of.extend(asked.unit.clone().map(|unit| (Key::from("Unit"), Json::String(unit))));
    let stat_of = Json::Object(of);
    let id = format!("m{number}");
    let unit = asked.unit.as_deref().or_else(|| units::of(&metric.namespace, &metric.name));
    let mut body =
        vec![(Key::from("Id"), Json::string(id.as_str())), (Key::from("MetricStat"), stat_of.clone())];
    body.extend(asked.source_account.clone().map(|id| (Key::from("AccountId"), Json::String(id))));
    let mut says = vec![
        (Key::from("Id"), own_id.cloned().map_or(Json::String(id), Json::String)),
        (Key::from("Namespace"), Json::string(metric.namespace.as_str())),
        (Key::from("MetricName"), Json::string(metric.name.as_str())),
        (Key::from("Dimensions"), object(&metric.dimensions)),
        (Key::from("DimensionList"), dimensions),
        (Key::from("Stat"), Json::string(stat)),
        (Key::from("Period"), Json::int(period)),
        (Key::from("MetricStat"), stat_of),
        (Key::from("From"), Json::String(text(range.start))),
        (Key::from("Until"), Json::String(text(range.end))),
    ];
    says.extend(unit.map(|unit| (Key::from("Unit"), Json::string(unit))));
    says.extend(common(asked));
    Query { body: Json::Object(body), says }
}

/// What the rows of every query repeat of the statement.
fn common(asked: &Asked) -> Vec<(Key, Json)> {
    let mut says: Vec<(Key, Json)> = Vec::new();
    for (name, value) in &asked.besides {
        match value.get("Timezone") {
            Some(zone) => says.push((Key::from("Timezone"), zone.clone())),
            None => says.push((name.clone(), value.clone())),
        }
    }
    says.extend(asked.source_account.clone().map(|id| (Key::from("SourceAccountId"), Json::String(id))));
    says
}

/// Queries that the statement writes itself: each a call of its own, for what they are called is theirs.
fn written(asked: &Asked, range: Range, finest: i64) -> Result<Vec<Batch>, Fault> {
    let default = vec!["q1".to_owned()];
    let ids = if asked.ids.is_empty() { &default } else { &asked.ids };
    let mut batches = Vec::new();
    for id in ids {
        if asked.expressions.is_empty() {
            for stat in &asked.metric_stats {
                batches.push(stated(asked, id, stat, range, finest)?);
            }
        }
        for expression in &asked.expressions {
            batches.push(computed(asked, id, expression, range, finest)?);
        }
    }
    Ok(batches)
}

/// One metric as the service's own structure.
fn stated(asked: &Asked, id: &str, stat: &Json, range: Range, finest: i64) -> Result<Batch, Fault> {
    let stat = with_period(stat, asked.periods.first().copied(), finest)?;
    let period = stat.get("Period").and_then(Json::as_i64).unwrap_or(finest);
    let metric = stat.get("Metric").cloned().unwrap_or_default();
    let text_of = |member: &str| metric.get(member).cloned().unwrap_or_default();
    let range = range.aligned(period);
    let mut says = vec![
        (Key::from("Id"), Json::string(id)),
        (Key::from("Namespace"), text_of("Namespace")),
        (Key::from("MetricName"), text_of("MetricName")),
        (Key::from("Dimensions"), object(&unlisted(metric.get("Dimensions")))),
        (Key::from("DimensionList"), text_of("Dimensions")),
        (Key::from("Stat"), stat.get("Stat").cloned().unwrap_or_default()),
        (Key::from("Period"), Json::int(period)),
        (Key::from("From"), Json::String(text(range.start))),
        (Key::from("Until"), Json::String(text(range.end))),
    ];
    let names = |member| text_of(member).to_text().unwrap_or_default();
    let known = stat.get("Unit").and_then(Json::to_text);
    let unit = known.or_else(|| units::of(&names("Namespace"), &names("MetricName")).map(str::to_owned));
    says.extend(unit.map(|unit| (Key::from("Unit"), Json::String(unit))));
    // As it was written: the statement asks for this very text.
    says.extend(
        asked
            .metric_stats
            .iter()
            .find(|written| is_same(written, &stat))
            .map(|written| (Key::from("MetricStat"), written.clone())),
    );
    says.extend(common(asked));
    let mut body = vec![(Key::from("Id"), Json::string(id)), (Key::from("MetricStat"), stat)];
    body.extend(asked.source_account.clone().map(|id| (Key::from("AccountId"), Json::String(id))));
    Ok(Batch { queries: vec![Query { body: Json::Object(body), says }], range })
}

fn is_same(written: &Json, sent: &Json) -> bool {
    ["Metric", "Stat"].iter().all(|member| written.get(member) == sent.get(member))
}

fn with_period(stat: &Json, period: Option<i64>, finest: i64) -> Result<Json, Fault> {
    let members = stat.as_object().filter(|_| stat.get("Metric").is_some()).ok_or_else(|| {
        let message = "metric_stat is an object with Metric, Stat and Period, as GetMetricData takes it";
        Fault::new(FaultKind::Rejected, message)
    })?;
    let mut members = members.to_vec();
    if stat.get("Period").is_none() {
        members.push((Key::from("Period"), Json::int(period.unwrap_or(finest))));
    }
    Ok(Json::Object(members))
}

/// Metric math, a search, or Metrics Insights; `metric_stat` may name what the expression is about:
/// `{"errors": {"Metric": ..., "Stat": "Sum"}, "calls": {...}}`.
fn computed(asked: &Asked, id: &str, expression: &str, range: Range, finest: i64) -> Result<Batch, Fault> {
    let period = asked.periods.first().copied();
    let aligned = range.aligned(period.unwrap_or(finest));
    let mut body =
        vec![(Key::from("Id"), Json::string(id)), (Key::from("Expression"), Json::string(expression))];
    // An insight needs a period; of other expressions it is their metrics'.
    let insight = expression.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"));
    if let Some(period) = period.or(insight.then_some(finest)) {
        body.push((Key::from("Period"), Json::int(period)));
    }
    body.extend(asked.source_account.clone().map(|id| (Key::from("AccountId"), Json::String(id))));
    let mut says =
        vec![(Key::from("Id"), Json::string(id)), (Key::from("Expression"), Json::string(expression))];
    says.extend(period.or(insight.then_some(finest)).map(|p| (Key::from("Period"), Json::int(p))));
    says.extend(common(asked));
    let mut queries = vec![Query { body: Json::Object(body), says }];
    for named in &asked.metric_stats {
        for (name, stat) in named.as_object().unwrap_or_default() {
            let body = Json::object([
                ("Id", Json::string(&**name)),
                ("MetricStat", with_period(stat, period, finest)?),
                ("ReturnData", Json::Bool(false)),
            ]);
            queries.push(Query { body, says: Vec::new() });
        }
    }
    if let [named] = asked.metric_stats.as_slice()
        && let Some(first) = queries.first_mut()
    {
        first.says.push((Key::from("MetricStat"), named.clone()));
    }
    Ok(Batch { queries, range: aligned })
}
