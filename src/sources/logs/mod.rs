//! Log events, Logs Insights and X-Ray: tables whose rows are a matter of time.
//!
//! A log group lies in one account; of the others the coverage says that it is not there. What each
//! table asks is the catalog's; how time is cut into calls is decided here.

mod events;
mod insights;
mod span;
mod traces;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::model::NotAsked;
use crate::settings::Settings;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::live::Live;
use crate::sources::api::rows::{Page, Walk};
use crate::sources::reader::Reader;
use crate::sources::{RowSink, Source, UnitOutcome, UnitTask};

use insights::{Insights, Wanted};

pub struct LogsSource {
    live: Live,
    insights: Arc<Insights>,
}

impl LogsSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> LogsSource {
        let insights = Insights::new(settings.fan_out.pace);
        Self::over(insights, reader, settings)
    }

    fn over(insights: Insights, reader: Arc<dyn Reader>, settings: Arc<Settings>) -> LogsSource {
        LogsSource { live: Live::new(reader, settings), insights: Arc::new(insights) }
    }
}

/// Said once a call finds that what it names is not there.
#[derive(Clone, Debug, Default)]
pub struct Absent(Arc<AtomicBool>);

impl Absent {
    pub fn is_so(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl Source for LogsSource {
    fn name(&self) -> &'static str {
        "logs"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        // Let go of last, when whatever this unit started has been stopped.
        let _under_way = self.insights.enter();
        let absent = Absent::default();
        let does = |operation: &str| task.request.table.list.iter().any(|call| call.operation == operation);
        let outcome = if does("logs:StartQuery") {
            let (insights, absent) = (Arc::clone(&self.insights), absent.clone());
            let wanted = Wanted::of(&task.request);
            let find =
                fits(move |walk, calls| insights::rows(&insights, wanted, absent.clone(), walk, calls));
            self.live.fetch(self.name(), &find, task, sink).await
        } else if does("xray:GetTraceSummaries") {
            self.live.fetch(self.name(), &traces::of_table, task, sink).await
        } else {
            let absent = absent.clone();
            let find = fits(move |walk, calls| events::of_table(absent.clone(), walk, calls));
            self.live.fetch(self.name(), &find, task, sink).await
        };
        let nothing = outcome.fault.is_none() && outcome.rows == 0 && absent.0.load(Ordering::SeqCst);
        UnitOutcome { not_asked: nothing.then_some(NotAsked::Absent), ..outcome }
    }

    async fn finish(&self) {
        self.insights.finish().await;
    }
}

/// Tells the compiler for which lifetimes a closure is meant.
fn fits<F>(find: F) -> F
where
    F: for<'a> Fn(Walk<'a>, &'a [CompiledCall]) -> BoxStream<'a, Page> + Send + Sync,
{
    find
}
