//! CloudWatch's metrics: many series a call, each statistic a query, pages joined.
//!
//! `GetMetricData` takes 500 queries a call and gives 100,800 data points a page, so what a table asks
//! about is first found (with `ListMetrics`, or with the calls that list the resources), then packed.
//! A call has no more series than fit one page: what AWS bills by the metric is asked for once.
//!
//! | table's calls | rows |
//! |---|---|
//! | `ListMetrics`, `GetMetricData` | the points of whatever the predicates name (`points`) |
//! | resources, `GetMetricData` | statistics of one metric of each resource (`resources`) |
//! | `GetMetricStatistics` | statistics of one metric, window by window (`windows`) |
//!
//! `range` knows the periods that CloudWatch keeps, `packing` makes and reads the calls, `asked` reads the
//! predicates, `statistic` the names of statistics, `units` the units AWS documents for its own metrics.

mod asked;
mod packing;
mod points;
mod range;
mod resources;
mod statistic;
mod units;
mod windows;

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};

use crate::model::{Fault, FaultKind};
use crate::settings::Settings;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::live::Live;
use crate::sources::api::rows::{Page, Walk};
use crate::sources::reader::Reader;
use crate::sources::{RowSink, Source, UnitOutcome, UnitTask};

/// Calls of one unit under way at once.
const AT_ONCE: usize = 4;

pub struct MetricsSource(Live);

impl MetricsSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> MetricsSource {
        MetricsSource(Live::new(reader, settings))
    }
}

#[async_trait]
impl Source for MetricsSource {
    fn name(&self) -> &'static str {
        "metrics"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        self.0.fetch(self.name(), &rows, task, sink).await
    }
}

fn rows<'a>(walk: Walk<'a>, calls: &'a [CompiledCall]) -> BoxStream<'a, Page> {
    let operation = |call: &CompiledCall| call.read.operation.name.to_string();
    match calls {
        [list, data] if operation(list) == "ListMetrics" => points::rows(walk, list, data),
        [single] if operation(single) == "GetMetricStatistics" => windows::rows(walk, single),
        [resources @ .., data] if operation(data) == "GetMetricData" => {
            resources::rows(walk, resources, data)
        }
        _ => failed(Fault::new(FaultKind::BadResponse, "the table's calls are none that read metrics")),
    }
}

fn failed<'a>(fault: Fault) -> BoxStream<'a, Page> {
    stream::once(std::future::ready(Err(fault))).boxed()
}

#[cfg(test)]
mod tests;
