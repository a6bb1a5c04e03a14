//! Which source answers which unit: AWS Config where it knows enough, is fresh enough and saves calls; the
//! services themselves everywhere else.
//!
//! What the better source turns out not to know is filled by the next one, and the coverage says so. A unit
//! is handed on by one source only: Config hands on nothing before it has everything.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::catalog::table::{Freshness, RecordedPlace};
use crate::model::{Fault, FaultKind, Meter};
use crate::settings::{Settings, SourceChoice};
use crate::sources::config::aggregator::{Gap, SELECT, SOURCES};
use crate::sources::config::{self, ConfigSource, Plan, gap_of, items};
use crate::sources::{Candidate, Expected, Opened, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};

/// A scan of fewer units is asked live: finding out what the aggregator knows would take as many calls.
const WORTH: usize = 12;

/// How far what a continuous recorder says may lie behind, on its way through an aggregator.
pub const CONTINUOUS: Duration = Duration::from_secs(15 * 60);
/// The same of a daily recorder.
pub const DAILY: Duration = Duration::from_secs(24 * 60 * 60);

/// How old rows of a class may be and still be the answer, where nobody says. The one place where the age asked
/// meets what a source can give.
pub fn may_lie_behind(freshness: Freshness, max_age: Option<Duration>) -> Duration {
    max_age.unwrap_or(match freshness {
        Freshness::RealTime => Duration::ZERO,
        Freshness::Configuration | Freshness::Cost => CONTINUOUS,
        Freshness::Compliance | Freshness::Organization => DAILY,
    })
}

/// Live calls and Config behind one face.
pub struct Router {
    api: Arc<dyn Source>,
    /// The same as `plans`, with its rows kept.
    config: Arc<dyn Source>,
    plans: Arc<ConfigSource>,
    settings: Arc<Settings>,
    opened: Mutex<Vec<(Weak<ScanRequest>, Arc<Plan>)>>,
}

impl Router {
    pub fn new(
        api: Arc<dyn Source>,
        config: Arc<dyn Source>,
        plans: Arc<ConfigSource>,
        settings: Arc<Settings>,
    ) -> Router {
        Router { api, config, plans, settings, opened: Mutex::default() }
    }

    /// What a statement says of the source, else what the settings say.
    fn choice(&self, request: &ScanRequest) -> SourceChoice {
        match request.source {
            SourceChoice::Auto => self.settings.routing.source,
            chosen => chosen,
        }
    }

    /// Why a scan is asked live altogether.
    pub fn refusal(&self, request: &ScanRequest, units: usize) -> Option<String> {
        let table = &request.table;
        let behind = may_lie_behind(table.freshness, self.settings.cache.max_age);
        match self.choice(request) {
            SourceChoice::Api => return Some("asked for".to_owned()),
            SourceChoice::Config => {}
            SourceChoice::Auto if behind < CONTINUOUS => {
                return Some("its rows are wanted as they are now".to_owned());
            }
            SourceChoice::Auto if request.limit.is_some() || request.first_rows => {
                return Some("the first rows may be enough".to_owned());
            }
            SourceChoice::Auto if units < WORTH => return Some("few accounts and regions".to_owned()),
            SourceChoice::Auto => {}
        }
        if !request.tuples.is_empty() {
            return Some("a join says what is asked for".to_owned());
        }
        let Some(_) = items::recorded(table) else {
            return Some("no path into AWS Config is verified for the table".to_owned());
        };
        let unfilled = items::unfilled(table, &request.columns);
        if !unfilled.is_empty() {
            return Some(format!("AWS Config does not record {}", unfilled.join(", ")));
        }
        None
    }

    /// Whether what a daily recorder knows will do.
    fn takes_daily(&self, request: &ScanRequest) -> bool {
        let behind = may_lie_behind(request.table.freshness, self.settings.cache.max_age);
        behind >= DAILY || self.choice(request) == SourceChoice::Config
    }

    fn plan(&self, request: &Arc<ScanRequest>) -> Option<Arc<Plan>> {
        let opened = self.opened.lock();
        let found = opened.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(request));
        found.map(|(_, plan)| Arc::clone(plan))
    }

    async fn live(&self, task: &UnitTask, sink: &mut dyn RowSink, because: Option<Gap>) -> UnitOutcome {
        let outcome = self.api.fetch(task, sink).await;
        UnitOutcome {
            source: Some(self.api.name()),
            because: because.map(|gap| gap.as_str().to_owned()),
            ..outcome
        }
    }
}

#[async_trait]
impl Source for Router {
    /// What answers where nothing says otherwise.
    fn name(&self) -> &'static str {
        self.api.name()
    }

    async fn keeps(&self, task: &UnitTask) -> bool {
        self.api.keeps(task).await || self.config.keeps(task).await
    }

    fn chooses(&self, request: &ScanRequest, units: usize) -> bool {
        self.refusal(request, units).is_none()
    }

    fn expects(&self, request: &ScanRequest, candidates: &[Candidate]) -> Expected {
        let units = candidates.iter().map(|candidate| candidate.asked.len()).sum();
        if self.refusal(request, units).is_some() {
            return Expected::default();
        }
        let daily = self.takes_daily(request);
        match self.plans.expected(request, candidates, daily) {
            Some((plan, learnt)) => Expected {
                spared: plan.units().cloned().collect(),
                // Of the recorders, where what is known of them is too old to go by.
                calls: if learnt { Vec::new() } else { vec![(SOURCES, 1), (SELECT, 3)] },
                pages: Some((SELECT, plan.expressions() as u64, plan.page())),
            },
            None => Expected::default(),
        }
    }

    fn may_ask(&self, request: &ScanRequest, units: usize) -> Vec<&'static str> {
        if self.refusal(request, units).is_some() {
            return Vec::new();
        }
        // In every account only where somebody insists: else the aggregator has a session of its own.
        match self.choice(request) {
            SourceChoice::Config => config::unit_operations().to_vec(),
            _ => Vec::new(),
        }
    }

    fn describe(&self, request: &ScanRequest, units: usize) -> Option<String> {
        let recorded = items::recorded(&request.table)?;
        let expression =
            || config::expression::Question::new(&request.table, &request.columns, &request.recorded_quals);
        Some(match self.refusal(request, units) {
            Some(why) => format!("api: {why}"),
            None => {
                let expression = expression().and_then(|question| question.expressions(&[]));
                let else_live = match self.choice(request) {
                    SourceChoice::Config => "nothing else",
                    _ => "api for the units it does not know",
                };
                format!(
                    "config: {} through an aggregator, {else_live}: {}",
                    recorded.kind,
                    expression.unwrap_or_default().join("; ")
                )
            }
        })
    }

    async fn open(&self, request: &Arc<ScanRequest>, candidates: &[Candidate], meter: &Arc<Meter>) -> Opened {
        let units = candidates.iter().map(|candidate| candidate.asked.len()).sum();
        if self.refusal(request, units).is_some() {
            return Opened::default();
        }
        let daily = self.takes_daily(request);
        let plan = match self.plans.plan(request, candidates, daily, meter).await {
            Ok(plan) => plan,
            Err(fault) => {
                let note = format!("AWS Config was not used for {}: {fault}", request.table.name);
                return Opened { notes: vec![note], ..Opened::default() };
            }
        };
        let mut opened = Opened::default();
        let mut taken = 0;
        for candidate in candidates.iter().filter(|candidate| !candidate.are_known) {
            let id = &candidate.account.id;
            let covers = |region: &&_| plan.route(id, region).is_ok();
            if candidate.asked.is_empty() || !candidate.asked.iter().all(|region| covers(&region)) {
                continue;
            }
            let more = candidate.perhaps.iter().filter(covers);
            opened.regions.insert(id.clone(), candidate.asked.iter().chain(more).cloned().collect());
            let is_everywhere = matches!(
                request.table.recorded.as_ref().map(|recorded| &recorded.place),
                Some(RecordedPlace::Everywhere)
            );
            taken += usize::from(!candidate.perhaps.is_empty() || is_everywhere);
        }
        if taken > 0 {
            opened.notes.push(format!(
                "{taken} account{} answered from AWS Config without being asked for their regions: one that is on there \
                 alone and that Config does not record would be missing (--source api asks)",
                if taken == 1 { " was" } else { "s were" }
            ));
        }
        let mut known = self.opened.lock();
        known.retain(|(request, _)| request.strong_count() > 0);
        known.push((Arc::downgrade(request), plan));
        opened
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let insists = self.choice(&task.request) == SourceChoice::Config;
        let plan = self.plan(&task.request);
        if insists {
            if let Some(why) = self.refusal(&task.request, usize::MAX) {
                let fault = Fault::new(FaultKind::NotRecorded, why);
                let source = Some(self.config.name());
                return UnitOutcome { fault: Some(fault), source, ..UnitOutcome::default() };
            }
            let outcome = self.config.fetch(task, sink).await;
            return UnitOutcome { source: Some(self.config.name()), ..outcome };
        }
        let Some(plan) = plan else { return self.live(task, sink, None).await };
        if plan.covered() == 0 {
            return self.live(task, sink, None).await;
        }
        if let Err(gap) = plan.route(&task.account.id, &task.region) {
            return self.live(task, sink, Some(gap)).await;
        }
        // Kept rows of a live answer are as good as any, and cost nothing.
        if self.api.keeps(task).await {
            return self.live(task, sink, None).await;
        }
        let outcome = self.config.fetch(task, sink).await;
        match &outcome.fault {
            // What a limit or the operator ended is not begun again elsewhere.
            Some(fault) if outcome.rows == 0 && fault.kind != FaultKind::Cancelled => {
                let gap = gap_of(fault);
                self.live(task, sink, Some(gap)).await
            }
            _ => UnitOutcome { source: Some(self.config.name()), ..outcome },
        }
    }
}
