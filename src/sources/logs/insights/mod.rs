//! Logs Insights: one query text over log groups and a span of time, and all of its rows.
//!
//! A query tells 10,000 rows and no more. Where it has more, its newest rows are taken, what is left is
//! counted in bins, and the span is cut so that each piece is told whole: about as many queries as there
//! are ten thousands of rows. Only what looks at events one by one is cut; an aggregate over a part is no
//! part of the aggregate.

mod answer;
mod groups;
mod pieces;
mod query;
mod running;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};

use crate::model::{Fault, FaultKind, Json};
use crate::sources::ScanRequest;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::rows::{Page, Walk};
use crate::sources::logs::Absent;
use crate::sources::logs::span::{self, Span};
use answer::{Found, Shown};
use groups::Groups;
use query::Query;
use running::{Answer, Calls, Ended, Ends, Places, UnderWay};

/// CloudWatch Logs quotas: rows that a query tells, and log groups it is asked of.
const MOST_ROWS: usize = 10_000;
const MOST_GROUPS: usize = 50;

/// Pieces of one unit that are asked at once.
const AT_ONCE: usize = 8;

/// What is left of a cut answer is asked as it is while it is no more than so many answers: a count of
/// its events would cost as much.
const FEW: u64 = 2;

/// What the queries of a run share.
#[derive(Debug)]
pub struct Insights {
    places: Arc<Places>,
    ends: Arc<Ends>,
    most_rows: usize,
}

impl Insights {
    /// `share`: of the queries that an account may have running.
    pub fn new(share: Option<f64>) -> Self {
        Self::with(share, running::FIRST_PAUSE, MOST_ROWS)
    }

    fn with(share: Option<f64>, first_pause: Duration, most_rows: usize) -> Self {
        Self { places: Arc::new(Places::new(share, first_pause)), ends: Arc::default(), most_rows }
    }

    pub fn enter(&self) -> UnderWay {
        self.ends.enter()
    }

    pub async fn finish(&self) {
        self.ends.over().await;
    }
}

/// What a scan's columns need of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    message: bool,
    stream: bool,
}

impl Wanted {
    pub fn of(request: &ScanRequest) -> Wanted {
        let mut wanted = Wanted::default();
        for column in request.columns.iter().filter_map(|at| request.table.columns.get(*at)) {
            match column.name.as_str() {
                "message" => wanted.message = true,
                "log_stream_name" => wanted.stream = true,
                _ => {}
            }
        }
        wanted.stream |= request.quals.contains_key("log_stream_name");
        wanted
    }
}

pub fn rows<'a>(
    insights: &Insights,
    wanted: Wanted,
    absent: Absent,
    walk: Walk<'a>,
    calls: &'a [CompiledCall],
) -> BoxStream<'a, Page> {
    match Asking::new(insights, wanted, absent, walk, calls) {
        Ok(Some(asking)) => asking.rows(),
        Ok(None) => stream::empty().boxed(),
        Err(why) => failed(Fault::new(FaultKind::Rejected, why)),
    }
}

fn failed<'a>(fault: Fault) -> BoxStream<'a, Page> {
    stream::once(std::future::ready(Err(fault))).boxed()
}

/// One statement's query of one unit.
#[derive(Clone)]
struct Asking<'a> {
    walk: Walk<'a>,
    describe: &'a CompiledCall,
    calls: Calls,
    query: Arc<Query>,
    groups: Arc<Groups>,
    span: Span,
    wanted: Wanted,
    absent: Absent,
    most_rows: usize,
}

/// Log groups that are asked together.
type Batch = Arc<Vec<String>>;

/// What one query of a span led to.
enum Step {
    Told(Vec<Page>),
    /// Rows of its newer part, and what is left.
    Cut(Vec<Page>, Rest),
}

enum Rest {
    Spans(Vec<Span>),
    /// Too much to be asked for as it is.
    Counted(Span),
}

impl<'a> Asking<'a> {
    /// `None` where the predicates leave nothing to ask.
    fn new(
        insights: &Insights,
        wanted: Wanted,
        absent: Absent,
        walk: Walk<'a>,
        calls: &'a [CompiledCall],
    ) -> Result<Option<Self>, String> {
        let call = |name: &str| {
            let found = calls.iter().find(|call| *call.read.operation.name == *name);
            found.ok_or_else(|| format!("the table needs the call {name}"))
        };
        let text = walk.given.assignment.get("query").and_then(Json::as_str).unwrap_or_default();
        let query = Query::new(text);
        if query.is_empty() {
            return Err("the query is empty: try query = 'fields @timestamp, @message'".to_owned());
        }
        if query.names_its_groups() {
            return Err(
                "SOURCE is not for the query: name log groups in log_group_name or log_groups".to_owned()
            );
        }
        let groups = Groups::asked(&walk).ok_or("add where log_group_name = '...' or log_groups = '...'")?;
        let span = Span::asked(walk.given.quals, "timestamp", walk.given.unit.as_of)
            .ok_or("add where timestamp > now() - interval '1 hour'")?;
        let none = matches!(groups.known(), Some([]));
        Ok((!span.is_empty() && !none).then_some(Asking {
            walk,
            describe: call("DescribeLogGroups")?,
            calls: Calls {
                asker: walk.asker.clone(),
                region: walk.given.unit.asked.clone(),
                start: call("StartQuery")?.read.clone(),
                results: call("GetQueryResults")?.read.clone(),
                stop: call("StopQuery")?.read.clone(),
                places: Arc::clone(&insights.places),
                ends: Arc::clone(&insights.ends),
            },
            query: Arc::new(query),
            groups: Arc::new(groups),
            span,
            wanted,
            absent,
            most_rows: insights.most_rows,
        }))
    }

    fn rows(self) -> BoxStream<'a, Page> {
        let asking = self.clone();
        let batches = async move {
            match asking.batches().await {
                Ok(batches) => stream::iter(batches)
                    .map(move |batch| asking.clone().over(batch, asking.span))
                    .flatten_unordered(AT_ONCE)
                    .boxed(),
                Err(fault) => failed(fault),
            }
        };
        stream::once(batches).flatten().boxed()
    }

    /// The log groups, as they may be asked together.
    async fn batches(&self) -> Result<Vec<Batch>, Fault> {
        let names = match self.groups.known() {
            Some(names) => names.to_vec(),
            None => self.groups.found(self.walk, self.describe).await?,
        };
        if names.is_empty() {
            self.absent.is_so();
        }
        self.together(names)
    }

    fn together(&self, names: Vec<String>) -> Result<Vec<Batch>, Fault> {
        let splits = self.query.can_be_split();
        let most = match (self.groups.are_together(), splits) {
            (_, true) => MOST_GROUPS,
            (true, false) if names.len() > MOST_GROUPS => {
                let why = format!(
                    "the query is over {} log groups, Insights takes {MOST_GROUPS} at once, and what it says of \
                     some cannot be added up: narrow log_groups, or ask by log_group_name, of each by itself",
                    names.len()
                );
                return Err(Fault::new(FaultKind::Rejected, why));
            }
            (true, false) => MOST_GROUPS,
            // A limit, and what is counted, is each group's own.
            (false, false) => 1,
        };
        Ok(names.chunks(most).map(|names| Arc::new(names.to_vec())).collect())
    }

    /// Every row of a span.
    fn over(self, batch: Batch, span: Span) -> BoxStream<'a, Page> {
        let asking = self.clone();
        let of = Arc::clone(&batch);
        let step = async move { asking.ask(&of, span).await };
        let follow = move |step: Result<Step, Fault>| -> BoxStream<'a, Page> {
            match step {
                Err(fault) => failed(fault),
                Ok(Step::Told(pages)) => stream::iter(pages).boxed(),
                // What is left is not begun before somebody wants more than there is.
                Ok(Step::Cut(pages, rest)) => {
                    let rest = self.clone().rest(Arc::clone(&batch), rest);
                    stream::iter(pages).chain(stream::once(rest).flatten()).boxed()
                }
            }
        };
        stream::once(step).flat_map(follow).boxed()
    }

    async fn rest(self, batch: Batch, rest: Rest) -> BoxStream<'a, Page> {
        let spans = match rest {
            Rest::Spans(spans) => spans,
            Rest::Counted(span) => match self.pieces(&batch, span).await {
                Ok(spans) => spans,
                Err(fault) => return failed(fault),
            },
        };
        stream::iter(spans)
            .map(move |span| self.clone().over(Arc::clone(&batch), span))
            .flatten_unordered(AT_ONCE)
            .boxed()
    }

    /// Asks for a span once, and says what is left of it.
    async fn ask(&self, batch: &Batch, span: Span) -> Result<Step, Fault> {
        let needed = self.needed(batch);
        let (text, added) = self.query.over(span, &needed);
        // A limit of the query's own stands.
        let limit = (!self.query.has_limit()).then_some(self.most_rows);
        let mut answer = match self.run(batch, span, &text, limit).await {
            Ok(Ended::Answered(answer)) => answer,
            Ok(Ended::TimedOut) => return self.after_timeout(span),
            Err(fault) if fault.code.as_deref() == Some("ResourceNotFoundException") => {
                return self.without_absent(batch, span, fault).await;
            }
            Err(fault) => return Err(fault),
        };
        let mut found: Vec<Found> = std::mem::take(&mut answer.rows).into_iter().map(Found::of).collect();
        let told = found.len();
        let is_whole = told < self.most_rows || answer.matched <= told as u64;
        let shown = Shown {
            operation: self.calls.results.operation.id(),
            span,
            group: batch.first().filter(|_| batch.len() == 1).map(String::as_str),
            added: &added,
        };
        if is_whole || !self.query.can_be_split() {
            let mut pages = vec![Ok(shown.rows(&mut answer, found))];
            if !is_whole && !self.query.has_limit() {
                pages.push(Err(self.cut_short(answer.matched)));
            }
            return Ok(Step::Told(pages));
        }
        let oldest = found.iter().filter_map(|found| found.at).min();
        let oldest = oldest.or_else(|| (span.millis() == 1).then_some(span.first));
        let Some(oldest) = oldest.filter(|_| self.query.is_newest_first() || span.millis() == 1) else {
            // In an order of its own: which rows are missing cannot be told from those that are here.
            return Ok(Step::Cut(Vec::new(), Rest::Counted(span)));
        };
        let is_one = found.iter().all(|found| found.at.is_none_or(|at| at == oldest));
        let mut pages = Vec::new();
        let last = if is_one {
            pages.push(Err(self.crowded(oldest)));
            oldest - 1
        } else {
            // Of the oldest millisecond some may be missing.
            found.retain(|found| found.at != Some(oldest));
            oldest
        };
        let left = answer.matched.saturating_sub(found.len() as u64);
        pages.insert(0, Ok(shown.rows(&mut answer, found)));
        let rest = span.until(last);
        if rest.is_empty() {
            return Ok(Step::Told(pages));
        }
        let is_little = left <= FEW * self.most_rows as u64;
        Ok(Step::Cut(pages, if is_little { Rest::Spans(vec![rest]) } else { Rest::Counted(rest) }))
    }

    fn needed(&self, batch: &Batch) -> Vec<&'static str> {
        let mut needed = vec!["@timestamp"];
        needed.extend((batch.len() > 1).then_some("@log"));
        needed.extend(self.wanted.stream.then_some("@logStream"));
        needed.extend(self.wanted.message.then_some("@message"));
        needed
    }

    async fn run(&self, batch: &Batch, span: Span, text: &str, limit: Option<usize>) -> Result<Ended, Fault> {
        let (from, until) = span.seconds();
        let names = batch.iter().map(|name| Json::string(name.as_str())).collect::<Vec<_>>();
        let mut input = vec![
            ("LogGroupNames", Json::Array(names)),
            ("StartTime", Json::int(from)),
            ("EndTime", Json::int(until)),
            ("QueryString", Json::string(text)),
        ];
        input.extend(limit.map(|limit| ("Limit", Json::int(limit as i64))));
        self.calls.run(Json::object(input)).await
    }

    /// What took too long is tried in halves.
    fn after_timeout(&self, span: Span) -> Result<Step, Fault> {
        let halves = span.halves().filter(|_| self.query.can_be_split() && span.millis() > 1_000);
        match halves {
            Some(halves) => Ok(Step::Cut(Vec::new(), Rest::Spans(halves.to_vec()))),
            None => {
                let why = "the query timed out at the service: ask for less time, or narrow it with a filter";
                Err(Fault::new(FaultKind::Timeout, why).in_operation(self.calls.results.operation.id()))
            }
        }
    }

    /// Of several log groups, one that is not there fails the query for all.
    fn without_absent<'s>(
        &'s self,
        batch: &'s Batch,
        span: Span,
        fault: Fault,
    ) -> BoxFuture<'s, Result<Step, Fault>> {
        let found = async move {
            if batch.len() > 1 {
                let there = Groups::Apart(batch.to_vec()).found(self.walk, self.describe).await?;
                if there.len() == batch.len() {
                    return Err(fault);
                }
                if !there.is_empty() {
                    return self.ask(&Arc::new(there), span).await;
                }
            }
            self.absent.is_so();
            Ok(Step::Told(Vec::new()))
        };
        found.boxed()
    }

    async fn pieces(&self, batch: &Batch, span: Span) -> Result<Vec<Span>, Fault> {
        let (width, bin) = pieces::width(span);
        let text = self.query.counted(span, bin);
        let answer: Answer = match self.run(batch, span, &text, Some(MOST_ROWS)).await? {
            Ended::Answered(answer) => answer,
            Ended::TimedOut => return Ok(span.halves().map(|halves| halves.to_vec()).unwrap_or_default()),
        };
        let bins: Vec<(i64, u64)> = answer
            .rows
            .into_iter()
            .map(Found::of)
            .filter_map(|found| {
                Some((found.bin()?, found.text("canvass_events")?.parse::<f64>().ok()? as u64))
            })
            .collect();
        let cut = pieces::cut(span, width, &bins, self.most_rows);
        match cut.as_slice() {
            // A count that knows of no crowd: halves make sure that it ends.
            [only] if *only == span => Ok(span.halves().map_or_else(|| vec![span], |halves| halves.to_vec())),
            _ => Ok(cut),
        }
    }

    fn crowded(&self, at: i64) -> Fault {
        let at = span::text(at).to_text().unwrap_or_default();
        let why =
            format!("more than {} rows are of {at}: Insights tells no more of a millisecond", self.most_rows);
        Fault::new(FaultKind::Rejected, why).in_operation(self.calls.results.operation.id())
    }

    fn cut_short(&self, matched: u64) -> Fault {
        let why = format!(
            "the answer was cut at {} rows ({matched} events matched): Insights tells no more, and rows that \
             stand for several events cannot be asked for in parts; narrow the query",
            self.most_rows
        );
        Fault::new(FaultKind::Rejected, why).in_operation(self.calls.results.operation.id())
    }
}

#[cfg(test)]
mod tests;
