//! Trace summaries: a call covers six hours at most, and traces are found by the time in their id.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};

use crate::catalog::path::{Path, Step};
use crate::model::{Fault, FaultKind, Json, Key, Measure};
use crate::sources::api::call::{CompiledCall, Input};
use crate::sources::api::rows::{self, Page, Walk};
use crate::sources::logs::span::{self, Span};
use crate::sources::row::{Response, Row};

/// X-Ray API reference, GetTraceSummaries: what a call may cover.
const LONGEST_MS: i64 = 6 * 3_600_000;

/// A trace's id is a little older than its first segment.
const SLACK_MS: i64 = 60_000;

/// The slices asked at once.
const AT_ONCE: usize = 4;

pub fn of_table<'a>(walk: Walk<'a>, calls: &'a [CompiledCall]) -> BoxStream<'a, Page> {
    let failed = |why: String| {
        let fault = Fault::new(FaultKind::Rejected, why);
        stream::once(std::future::ready(Err(fault))).boxed()
    };
    let [call] = calls else { return failed("the table needs one call".to_owned()) };
    let Some(asked) = Span::asked(walk.given.quals, "start_time", walk.given.unit.as_of) else {
        return failed("add where start_time > now() - interval '1 hour'".to_owned());
    };
    if asked.is_empty() {
        return stream::empty().boxed();
    }
    let input = match call.input(walk.given) {
        Ok(Input::Ready(input)) => input,
        Ok(Input::Nothing) => return stream::empty().boxed(),
        Err(fault) => return stream::once(std::future::ready(Err(fault))).boxed(),
    };
    let slices: Vec<Json> = slices(asked).map(|slice| sliced(&input, slice)).collect();
    let processed = Path { absolute: true, steps: vec![Step::Member("TracesProcessedCount".to_owned())] };
    let processed = Arc::new(processed);
    let of = move |input| {
        let processed = Arc::clone(&processed);
        rows::pages_of(walk, call, input).map(move |page| {
            page.map(|rows| {
                let scanned = rows.first().and_then(|row| row.find_around(&processed).first()?.as_i64());
                walk.asker.meter().used(Measure::TracesScanned, scanned.unwrap_or_default().max(0) as u64);
                rows.iter().map(dated).collect()
            })
        })
    };
    stream::iter(slices.into_iter().map(of)).flatten_unordered(AT_ONCE).boxed()
}

/// Whole seconds that touch nowhere, so that no trace is in two of them; the latest first.
fn slices(asked: Span) -> impl Iterator<Item = (i64, i64)> {
    let wide = Span { first: asked.first - SLACK_MS, last: asked.last + SLACK_MS, open: asked.open };
    let (from, until) = wide.seconds();
    let step = LONGEST_MS / 1000;
    let starts = (0..).map(move |n| from + n * step).take_while(move |start| *start <= until);
    let mut all: Vec<(i64, i64)> = starts.map(|start| (start, (start + step - 1).min(until))).collect();
    all.reverse();
    all.into_iter()
}

fn sliced(input: &Json, (from, until): (i64, i64)) -> Json {
    let others = input.as_object().unwrap_or_default().iter();
    let mut members: Vec<(Key, Json)> =
        others.filter(|(name, _)| !matches!(&**name, "StartTime" | "EndTime")).cloned().collect();
    members.push((Key::from("StartTime"), span::text(from * 1000)));
    members.push((Key::from("EndTime"), span::text(until * 1000)));
    Json::Object(members)
}

/// With the time it began, which older answers tell only in the id: `1-5759e988-bd862e3fe1be46a994272793`.
fn dated(row: &Row) -> Row {
    let mut members: Vec<(Key, Json)> = row.value().as_object().unwrap_or_default().to_vec();
    let told = row.value().get("StartTime").filter(|time| !time.is_null()).cloned();
    let in_id = || {
        let id = row.value().get("Id")?.as_str()?;
        let seconds = i64::from_str_radix(id.split('-').nth(1)?, 16).ok()?;
        Some(span::text(seconds * 1000))
    };
    members.push((Key::from("StartedAt"), told.or_else(in_id).unwrap_or_default()));
    let output = Json::Object(members);
    let operation = row.operation().to_owned();
    let response = Response { operation, output, asked: None, parent: None, held: None };
    let whole = Arc::new(Path { absolute: false, steps: Vec::new() });
    Row::all(Arc::new(response), &whole).into_iter().next().unwrap_or_else(|| row.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_asked_in_slices_of_six_hours_that_touch_nowhere() {
        let day = Span { first: 0, last: 86_400_000 - 1, open: false };
        let mut slices: Vec<_> = slices(day).collect();
        slices.reverse();
        assert_eq!((slices[0].0, slices.last().unwrap().1), (-60, 86_460));
        assert!(slices.iter().all(|(from, until)| until - from < 6 * 3600), "{slices:?}");
        assert!(slices.windows(2).all(|two| two[0].1 + 1 == two[1].0), "{slices:?}");
    }

    #[test]
    fn an_id_says_when_its_trace_began() {
        let row = |text: &str| dated(&Row::whole("x", Json::parse(text).unwrap(), None));
        let of = |text| row(text).value().get("StartedAt").cloned().unwrap().to_json();
        assert_eq!(of(r#"{"Id": "1-5759e988-bd862e3fe1be46a994272793"}"#), "\"2016-06-09T22:11:20Z\"");
        assert_eq!(
            of(r#"{"Id": "1-5759e988-b", "StartTime": "2016-06-09T22:11:21Z"}"#),
            "\"2016-06-09T22:11:21Z\""
        );
        assert_eq!(of(r#"{"Id": "soon"}"#), "null");
    }
}
