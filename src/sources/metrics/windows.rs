//! Statistics of one metric as `GetMetricStatistics` gives them: 1,440 points an answer, so a longer time
//! is asked about window by window.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};

use crate::model::{Fault, FaultKind, Json, Key};
use crate::sources::api::call::{CompiledCall, Given, Input};
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::{Page, Walk};
use crate::sources::calls::assignments;
use crate::sources::metrics::AT_ONCE;
use crate::sources::metrics::range::{POINTS_A_WINDOW, Range, USUAL, text};
use crate::sources::row::{Response, Row};

/// What a statement says one value of at a time.
const KEYS: [&str; 5] = ["namespace", "metric_name", "dimensions", "unit", "period"];
/// Seconds of a period that nobody asks for, where CloudWatch keeps such.
const USUAL_PERIOD: i64 = 300;

pub fn rows<'a>(walk: Walk<'a>, call: &'a CompiledCall) -> BoxStream<'a, Page> {
    let now = walk.given.unit.as_of;
    let times = walk.request.quals.get("timestamp").map(Vec::as_slice).unwrap_or_default();
    let Some(range) = Range::of(times, now, USUAL) else { return stream::empty().boxed() };
    let period = range.finest_period(now).max(USUAL_PERIOD);
    let mut inputs = Vec::new();
    for assignment in assignments(&KEYS, &walk.request.quals, &walk.request.tuples) {
        let given = Given { assignment: &assignment, ..walk.given };
        let input = match call.input(given) {
            Ok(Input::Ready(input)) => input,
            Ok(Input::Nothing) => continue,
            Err(fault) => {
                inputs.push(Err(fault));
                continue;
            }
        };
        let asked = input.get("Period").and_then(Json::as_i64).filter(|_| assignment.contains_key("period"));
        let period = match asked {
            Some(asked) if asked > 0 => asked,
            Some(asked) => {
                let fault = Fault::new(FaultKind::Rejected, format!("a period of {asked} seconds is none"));
                inputs.push(Err(fault));
                continue;
            }
            None => period,
        };
        for window in range.aligned(period).windows(period, POINTS_A_WINDOW) {
            inputs.push(Ok((placed(input.clone(), window, period), period)));
        }
    }
    let read = move |input: Result<(Json, i64), Fault>| async move {
        let (input, period) = input?;
        one_window(walk, call, input, period).await
    };
    stream::iter(inputs).map(read).buffered(AT_ONCE).boxed()
}

fn placed(input: Json, window: Range, period: i64) -> Json {
    let Json::Object(mut members) = input else { return input };
    members.retain(|(name, _)| !["StartTime", "EndTime", "Period"].contains(&&**name));
    members.push((Key::from("StartTime"), Json::String(text(window.start))));
    members.push((Key::from("EndTime"), Json::String(text(window.end))));
    members.push((Key::from("Period"), Json::int(period)));
    Json::Object(members)
}

async fn one_window(walk: Walk<'_>, call: &CompiledCall, input: Json, period: i64) -> Page {
    let says: Vec<(Key, Json)> = ["Namespace", "MetricName", "Dimensions"]
        .iter()
        .filter_map(|member| Some((Key::from(*member), input.get(member)?.clone())))
        .chain([(Key::from("Period"), Json::int(period))])
        .collect();
    let pages = Pages::new(walk.asker, walk.given.unit.asked, &call.read, input);
    let mut members = says;
    if let Json::Object(answered) = pages.joined().await? {
        members.extend(answered);
    }
    let operation = call.read.operation.id();
    let output = Json::Object(members);
    let response = Response { operation, output, asked: None, parent: None, held: None };
    Ok(Row::all(Arc::new(response), &call.rows))
}
