//! Logs Insights: queries that are started, run for a while, and are asked for their rows.

mod evaluate;
mod rows;
mod syntax;
mod values;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::events::{self, Event, Group};
use super::{absent, find};
use crate::demo::dice::Dice;
use crate::demo::services::paging::page;
use crate::demo::services::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::model::{Json, Key};
use rows::Row;

/// Queries that an account has running in a region.
const CONCURRENT: usize = 100;
const MOST_GROUPS: usize = 50;

/// A query has ended after so many questions about it; one that nobody asks about takes a place for so long.
const QUESTIONS: u32 = 2;
const LONGEST: Duration = Duration::from_secs(60);

/// The queries of a world.
#[derive(Debug, Default)]
pub struct Queries {
    all: Mutex<HashMap<String, Query>>,
    number: AtomicU64,
}

#[derive(Clone, Debug)]
struct Query {
    account: String,
    region: String,
    text: String,
    groups: Vec<String>,
    first: i64,
    last: i64,
    limit: usize,
    begun: Instant,
    created: i64,
    asked: u32,
    stopped: bool,
}

impl Query {
    fn status(&self) -> &'static str {
        match (self.stopped, self.asked) {
            (true, _) => "Cancelled",
            (_, asked) if asked >= QUESTIONS => "Complete",
            (_, 0) => "Scheduled",
            _ => "Running",
        }
    }

    fn is_of(&self, call: &Call<'_>) -> bool {
        self.account == call.account.id && self.region == call.region
    }
}

fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::bad("InvalidParameterException", why)
}

pub fn start_query(call: &Call<'_>) -> Answer {
    let text = call.required("QueryString");
    let mut named = call.texts("LogGroupNames");
    named.extend(call.texts("LogGroupIdentifiers"));
    named.extend(call.text("LogGroupName"));
    if named.is_empty() {
        return Err(invalid("You must provide at least one log group"));
    }
    if named.len() > MOST_GROUPS {
        return Err(invalid(format!("You can query up to {MOST_GROUPS} log groups, not {}", named.len())));
    }
    syntax::parse(text).map_err(|wrong| malformed(text, &wrong))?;
    let (Some(start), Some(end)) = (call.int("StartTime"), call.int("EndTime")) else {
        return Err(invalid("startTime and endTime are required"));
    };
    if end < start {
        return Err(ApiError::bad(
            "MalformedQueryException",
            format!("End time ({end}) must not be before start time ({start})"),
        ));
    }
    let limit = call.int("Limit").unwrap_or(evaluate::MOST_ROWS as i64);
    if !(1..=evaluate::MOST_ROWS as i64).contains(&limit) {
        return Err(invalid(format!(
            "Value '{limit}' at 'limit' failed to satisfy constraint: between 1 and 10000"
        )));
    }
    let mut groups = Vec::new();
    for name in named {
        let found = find(call, name).ok_or_else(|| {
            ApiError::bad(
                "ResourceNotFoundException",
                format!(
                    "Log group '{name}' does not exist for account ID '{}' (Service: AWSLogs)",
                    call.account.id
                ),
            )
        })?;
        groups.push(found.name);
    }
    let queries = &call.world.insights;
    let mut all = queries.all.lock();
    let runs = |query: &&Query| {
        query.is_of(call)
            && matches!(query.status(), "Scheduled" | "Running")
            && query.begun.elapsed() < LONGEST
    };
    let running = all.values().filter(runs).count();
    if running >= CONCURRENT {
        return Err(ApiError::bad(
            "LimitExceededException",
            format!("Account maximum query concurrency limit of [{CONCURRENT}] reached."),
        ));
    }
    let number = queries.number.fetch_add(1, Ordering::Relaxed);
    let id =
        Dice::new(call.world.knobs.seed, &["query", &call.account.id]).fork("id", number as usize).uuid();
    all.insert(
        id.clone(),
        Query {
            account: call.account.id.clone(),
            region: call.region.to_owned(),
            text: text.to_owned(),
            groups,
            // Seconds become milliseconds as they are, and both ends are included.
            first: start * 1_000,
            last: end * 1_000,
            limit: limit as usize,
            begun: Instant::now(),
            created: call.now * 1_000,
            asked: 0,
            stopped: false,
        },
    );
    Ok(record! { "QueryId" => id })
}

fn malformed(text: &str, wrong: &syntax::Wrong) -> ApiError {
    let before = text.get(..wrong.at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let position = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ApiError::bad(
        "MalformedQueryException",
        format!("{} at line {line} and position {position}", wrong.message),
    )
}

fn query(call: &Call<'_>, change: impl FnOnce(&mut Query)) -> Result<Query, ApiError> {
    let mut all = call.world.insights.all.lock();
    let found = all.get_mut(call.required("QueryId")).filter(|query| query.is_of(call));
    let query = found.ok_or_else(|| absent("query"))?;
    change(query);
    Ok(query.clone())
}

pub fn get_query_results(call: &Call<'_>) -> Answer {
    let query = query(call, |query| query.asked += 1)?;
    let status = query.status();
    if status != "Complete" {
        let nothing = statistics(&evaluate::Outcome::default());
        return Ok(
            record! { "Results" => Vec::<Json>::new(), "Statistics" => nothing, "Status" => status, "QueryLanguage" => "CWLI" },
        );
    }
    let commands = syntax::parse(&query.text).map_err(|wrong| malformed(&query.text, &wrong))?;
    let groups = events::groups(call, |name| query.groups.iter().any(|group| group == name));
    let outcome = evaluate::evaluate(&groups, query.first, query.last, &commands, query.limit);
    let cell =
        |(field, value): &(String, String)| record! { "Field" => field.as_str(), "Value" => value.as_str() };
    let rows: Vec<Json> =
        outcome.rows.iter().map(|row| Json::Array(row.iter().map(cell).collect())).collect();
    let statistics = statistics(&outcome);
    Ok(
        record! { "Results" => rows, "Statistics" => statistics, "Status" => status, "QueryLanguage" => "CWLI" },
    )
}

fn statistics(outcome: &evaluate::Outcome) -> Json {
    record! {
        "RecordsMatched" => outcome.matched as f64,
        "RecordsScanned" => outcome.scanned as f64,
        "BytesScanned" => outcome.bytes as f64,
    }
}

pub fn stop_query(call: &Call<'_>) -> Answer {
    let mut ended = false;
    query(call, |query| {
        ended = matches!(query.status(), "Complete" | "Cancelled");
        query.stopped |= !ended;
    })?;
    if ended {
        return Err(invalid("Query is not in a state that can be stopped: it has ended."));
    }
    Ok(record! { "Success" => true })
}

pub fn describe_queries(call: &Call<'_>) -> Answer {
    let (group, status) = (call.text("LogGroupName"), call.text("Status"));
    let all = call.world.insights.all.lock();
    let mut found: Vec<(&String, &Query)> = all
        .iter()
        .filter(|(_, query)| query.is_of(call))
        .filter(|(_, query)| group.is_none_or(|group| query.groups.iter().any(|g| g == group)))
        .filter(|(_, query)| status.is_none_or(|status| query.status() == status))
        .collect();
    found.sort_by_key(|(id, query)| (query.created, (*id).clone()));
    let most = call.int("MaxResults").unwrap_or(1_000).clamp(1, 1_000) as usize;
    let cut =
        page(call, found, call.text("NextToken"), most).ok_or_else(|| invalid("The token is not valid."))?;
    let shown = cut.items.into_iter().map(|(id, query)| {
        record! {
            "QueryId" => id.as_str(),
            "QueryString" => query.text.as_str(),
            "Status" => query.status(),
            "CreateTime" => query.created,
            "LogGroupName" => query.groups.first().map(String::as_str),
            "QueryLanguage" => "CWLI",
        }
    });
    Ok(record! { "Queries" => shown.collect::<Vec<_>>(), "NextToken" => cut.next })
}

/// All that is known of an event.
pub fn every_field(group: &Group, event: Event) -> Vec<(Key, String)> {
    Row::of(group, event).every()
}
