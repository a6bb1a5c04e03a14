//! What a run says about itself: the log of `-v`, the trace of `--trace`, the sums of `--timing`. All
//! three are made of the same spans and events; where none is asked for, nobody listens.

mod lanes;
mod process;
mod timing;
mod trace;
mod trace_file;

use std::path::Path;

use tracing::Metadata;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, FilterFn};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, fmt};

pub use timing::{Phase, Timing, Totals};

use self::timing::TimingLayer;
use self::trace::{Trace, TraceLayer};
use super::Term;
use crate::error::Result;

/// Whoever listens to this run.
#[derive(Clone, Default)]
pub struct Observers {
    trace: Option<Trace>,
    timing: Option<Timing>,
}

impl Observers {
    /// `verbose`: 1 tells of units and sessions, 2 of every call. Secrets are in no span and no event.
    pub fn start(verbose: u8, trace: Option<&Path>, timing: bool, term: &Term) -> Result<Self> {
        let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
        let mut observers = Self::default();
        if verbose > 0 {
            let filter = EnvFilter::new(if verbose == 1 { "canvass=debug" } else { "canvass=trace" });
            // The events say it all: the spans around them would only say it again on every line.
            let events = filter.and(FilterFn::new(|of| of.is_event()));
            let log = fmt::layer().with_writer(std::io::stderr).with_ansi(term.color_err).without_time();
            layers.push(log.with_filter(events).boxed());
        }
        if let Some(path) = trace {
            let trace = Trace::create(path)?;
            layers.push(TraceLayer::new(trace.clone()).with_filter(FilterFn::new(is_our_span)).boxed());
            observers.trace = Some(trace);
        }
        if timing {
            let timing = Timing::start();
            layers.push(TimingLayer::new(timing.clone()).with_filter(FilterFn::new(is_our_span)).boxed());
            observers.timing = Some(timing);
        }
        if !layers.is_empty() {
            // A second subscriber cannot be set; there is only ever this one.
            let _ = tracing_subscriber::registry().with(layers).try_init();
        }
        Ok(observers)
    }

    pub fn timing(&self) -> Option<Totals> {
        self.timing.as_ref().map(Timing::totals)
    }

    /// The run is over: the trace is whole, the sums are told.
    pub fn finish(&self, term: &Term) {
        if let Some(trace) = &self.trace {
            trace.finish(term);
        }
        if let Some(totals) = self.timing() {
            term.note(&totals.text());
        }
    }
}

fn is_our_span(of: &Metadata<'_>) -> bool {
    of.is_span() && of.target().starts_with("canvass")
}
