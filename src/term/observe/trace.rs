//! `--trace FILE`: the fan-out in Chrome's trace format, which Perfetto and chrome://tracing open.
//! Spans are written as they close; what is kept is what is open, and the names of the lanes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::lanes::{LaneId, Lanes};
use super::trace_file::TraceFile;
use crate::error::{Error, Result};
use crate::model::Json;
use crate::term::Term;

/// The lane of what belongs to no account.
const RUN: &str = "canvass";

/// The lane of an account's sessions, which belong to no region.
const SESSIONS: &str = "sessions";

/// A trace being written.
#[derive(Clone)]
pub struct Trace {
    path: Arc<PathBuf>,
    started: Instant,
    state: Arc<Mutex<State>>,
}

struct State {
    file: TraceFile,
    lanes: Lanes,
}

impl Trace {
    pub fn create(path: &Path) -> Result<Self> {
        let file = TraceFile::create(path).map_err(|e| {
            Error::failed(format!("cannot write the trace to {}", path.display())).because(&e)
        })?;
        let state = State { file, lanes: Lanes::default() };
        Ok(Self {
            path: Arc::new(path.to_owned()),
            started: Instant::now(),
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// The run is over. A trace that could not be written whole does not make its answer wrong.
    pub fn finish(&self, term: &Term) {
        if let Err(error) = self.state.lock().file.finish() {
            term.warn(&format!("the trace in {} is not whole: {error}", self.path.display()));
        }
    }

    fn microseconds(&self, at: Instant) -> u128 {
        at.duration_since(self.started).as_micros()
    }
}

pub struct TraceLayer(Trace);

impl TraceLayer {
    pub fn new(trace: Trace) -> Self {
        Self(trace)
    }
}

/// Kept with an open span.
struct Open {
    since: Instant,
    process: u64,
    lane: LaneId,
    account: Option<String>,
    region: Option<String>,
    fields: Fields,
}

/// What a span says of itself.
#[derive(Default)]
struct Fields(Vec<(&'static str, Json)>);

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.as_str())
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Json::string(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), Json::Number(value.to_string().into())));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Json::int(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Json::Bool(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), Json::String(format!("{value:?}"))));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let own = |name| fields.text(name).map(str::to_owned);
        let (mut account, mut region, mut parent_lane) = (own("account"), own("region"), None);
        if let Some(parent) = span.parent()
            && let Some(open) = parent.extensions().get::<Open>()
        {
            // An account of its own is a place of its own.
            if account.is_none() || account == open.account {
                region = region.or_else(|| open.region.clone());
            }
            account = account.or_else(|| open.account.clone());
            parent_lane = Some((open.lane, parent.id().into_u64()));
        }
        let process_name = account.as_deref().unwrap_or(RUN);
        let lane_name = match (&region, &account) {
            (Some(region), _) => region,
            (None, Some(_)) => SESSIONS,
            (None, None) => RUN,
        };
        let mut state = self.0.state.lock();
        let State { file, lanes } = &mut *state;
        let found = lanes.open(id.into_u64(), parent_lane, process_name, lane_name);
        let account_name = fields.text("account_name");
        if found.new_process || account_name.is_some() {
            let name = match account_name {
                Some(name) => format!("{name} {process_name}"),
                None => process_name.to_owned(),
            };
            file.event(&names("process_name", found.process, 0, &name));
        }
        if let Some(name) = &found.new_lane {
            file.event(&names("thread_name", found.process, found.lane, name));
        }
        drop(state);
        let (process, lane) = (found.process, found.lane);
        span.extensions_mut().insert(Open { since: Instant::now(), process, lane, account, region, fields });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        // A unit is best known by its table, a call by its operation.
        let name = ["table", "operation"].into_iter().find_map(|field| open.fields.text(field));
        let number = |n: u128| Json::Number(n.to_string().into());
        let event = Json::object([
            ("name", Json::string(name.unwrap_or(span.name()))),
            ("cat", Json::string(span.name())),
            ("ph", Json::string("X")),
            ("ts", number(self.0.microseconds(open.since))),
            ("dur", number(open.since.elapsed().as_micros())),
            ("pid", number(open.process.into())),
            ("tid", number(open.lane.into())),
            ("args", Json::object(open.fields.0)),
        ]);
        let mut state = self.0.state.lock();
        state.lanes.close(id.into_u64(), open.lane);
        state.file.event(&event.to_json());
    }
}

/// Metadata of the trace: what a process or a thread is called.
fn names(what: &str, process: u64, lane: LaneId, name: &str) -> String {
    Json::object([
        ("name", Json::string(what)),
        ("ph", Json::string("M")),
        ("pid", Json::Number(process.to_string().into())),
        ("tid", Json::Number(lane.to_string().into())),
        ("args", Json::object([("name", Json::string(name))])),
    ])
    .to_json()
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn calls_stand_under_their_unit_in_the_lane_of_its_region() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.json");
        let trace = Trace::create(&path).unwrap();
        let layer = TraceLayer::new(trace.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let unit =
                tracing::info_span!("unit", table = "aws_vpc", account = "1", region = "eu-west-1", rows = 0);
            unit.in_scope(|| {
                tracing::info_span!(
                    "call",
                    operation = "ec2:DescribeVpcs",
                    account = "1",
                    region = "eu-west-1"
                )
                .in_scope(|| tracing::info_span!("attempt", status = 200).in_scope(|| ()));
                tracing::info_span!("assume_role", account = "2").in_scope(|| ());
            });
        });
        trace.finish(&Term::default());
        let document: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let events = document["traceEvents"].as_array().unwrap();
        let drawn: Vec<(&str, u64, u64)> = events
            .iter()
            .filter(|e| e["ph"] == "X")
            .map(|e| (e["name"].as_str().unwrap(), e["pid"].as_u64().unwrap(), e["tid"].as_u64().unwrap()))
            .collect();
        assert_eq!(
            drawn,
            [("attempt", 1, 1), ("ec2:DescribeVpcs", 1, 1), ("assume_role", 2, 2), ("aws_vpc", 1, 1)]
        );
        let named: Vec<&str> =
            events.iter().filter(|e| e["ph"] == "M").map(|e| e["args"]["name"].as_str().unwrap()).collect();
        assert_eq!(named, ["1", "eu-west-1", "2", "sessions"]);
    }
}
