//! Rows as AWS Config recorded them: of many units in one chain of calls where an aggregator gathers them, else
//! of one unit from its own recorder.
//!
//! Only what is known for certain to be recorded is taken from here ([`aggregator`], [`recorder`]). Every row says
//! when it was captured. What a table's columns are in a configuration item is the catalog's to say ([`items`]);
//! what is asked is written in Config's own SELECT ([`expression`]).

pub mod aggregator;
mod calls;
pub mod expression;
mod gather;
pub mod items;
pub mod recorder;
mod unit;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::model::{Account, AccountId, Fault, FaultKind, Meter, Region};
use crate::settings::Settings;
use crate::sources::budget::{ByteBudget, ScanBytes};
use crate::sources::config::aggregator::{Gap, Known, OPERATIONS, Search};
use crate::sources::config::calls::{At, actions};
use crate::sources::config::expression::Question;
use crate::sources::config::gather::{ACCOUNTS, Gathering, Group, TOO_MUCH};
use crate::sources::config::items::Items;
use crate::sources::project::{FetchedRow, Unknowns};
use crate::sources::reader::Reader;
use crate::sources::unit::{Assignment, Unit};
use crate::sources::{Candidate, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};

pub const NAME: &str = "config";

/// Rows of a batch.
const BATCH: usize = 1000;

/// Knows which account the organization is asked from.
#[async_trait]
pub trait Hub: Send + Sync {
    async fn account(&self) -> Option<AccountId>;
}

/// What a unit's own recorder is asked.
pub fn unit_operations() -> [&'static str; 3] {
    unit::OPERATIONS
}

/// How the units of one scan are answered.
pub struct Plan {
    /// Where an aggregator was asked.
    known: Option<Arc<Known>>,
    question: Question,
    items: Items,
    groups: Vec<Group>,
    /// The units that the aggregator knows, and in which group they are.
    covered: HashMap<(AccountId, Region), usize>,
    gaps: HashMap<(AccountId, Region), Gap>,
    bytes: Arc<ScanBytes>,
}

impl Plan {
    /// Whether the aggregator answers a unit; why not.
    pub fn route(&self, account: &AccountId, region: &Region) -> Result<(), Gap> {
        let key = (account.clone(), region.clone());
        match self.covered.contains_key(&key) {
            true => Ok(()),
            false => Err(self.gaps.get(&key).copied().unwrap_or(Gap::NotIncluded)),
        }
    }

    pub fn covered(&self) -> usize {
        self.covered.len()
    }

    /// Calls that the aggregator takes at least.
    pub fn expressions(&self) -> Vec<String> {
        self.groups.iter().filter_map(|group| group.expressions(&self.question)).flatten().collect()
    }
}

pub struct ConfigSource {
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    hub: Arc<dyn Hub>,
    budget: Arc<ByteBudget>,
    /// Found out once a run.
    known: OnceCell<Result<Option<Arc<Known>>, Fault>>,
    plans: Mutex<Vec<(Weak<ScanRequest>, Arc<Plan>)>>,
}

impl ConfigSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>, hub: Arc<dyn Hub>) -> ConfigSource {
        let budget = ByteBudget::new(settings.fan_out.byte_budget);
        ConfigSource { reader, settings, hub, budget, known: OnceCell::new(), plans: Mutex::default() }
    }

    /// The aggregator, and what it knows. The calls go to the meter of whoever asks first.
    async fn known(&self, meter: &Arc<Meter>) -> Result<Option<Arc<Known>>, Fault> {
        let learnt = self.known.get_or_init(|| async {
            let bytes = ScanBytes::new(&self.budget);
            let search = Search {
                reader: &self.reader,
                bytes: &bytes,
                home: &self.settings.home_region,
                configured: self.settings.routing.aggregator.as_ref(),
                hub: self.hub.account().await,
                meter: Arc::clone(meter),
            };
            match search.find().await? {
                Some(aggregator) => search.learn(aggregator).await.map(|known| Some(Arc::new(known))),
                None => Ok(None),
            }
        });
        learnt.await.clone()
    }

    /// How the units of a scan will be answered; the rest of the run remembers it by the request.
    pub async fn plan(
        &self,
        request: &Arc<ScanRequest>,
        candidates: &[Candidate],
        daily: bool,
        meter: &Arc<Meter>,
    ) -> Result<Arc<Plan>, Fault> {
        let mut plan = self.alone(request)?;
        if let Some(known) = self.known(meter).await? {
            plan.assign(request, candidates, daily, known);
        }
        let plan = Arc::new(plan);
        let mut plans = self.plans.lock();
        plans.retain(|(request, _)| request.strong_count() > 0);
        plans.push((Arc::downgrade(request), Arc::clone(&plan)));
        Ok(plan)
    }

    /// A plan without any aggregator.
    fn alone(&self, request: &ScanRequest) -> Result<Plan, Fault> {
        let table = &*request.table;
        let wrong = |reason: &str| Fault::new(FaultKind::NotRecorded, format!("{}: {reason}", table.name));
        let question = Question::new(table, &request.columns, &request.recorded_quals)
            .ok_or_else(|| wrong("AWS Config does not record this"))?;
        let items = Items::new(table, &request.columns).map_err(|reason| wrong(&reason))?;
        Ok(Plan {
            known: None,
            question,
            items,
            groups: Vec::new(),
            covered: HashMap::new(),
            gaps: HashMap::new(),
            bytes: ScanBytes::new(&self.budget),
        })
    }

    fn planned(&self, request: &Arc<ScanRequest>) -> Option<Arc<Plan>> {
        let plans = self.plans.lock();
        let found = plans.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(request));
        found.map(|(_, plan)| Arc::clone(plan))
    }

    /// The items of a unit: from the aggregator where that knows it, else from the unit's own recorder.
    async fn items(&self, plan: &Plan, task: &UnitTask) -> Result<Vec<Box<str>>, Fault> {
        let key = (task.account.id.clone(), task.region.clone());
        let (Some(group), Some(known)) =
            (plan.covered.get(&key).and_then(|at| plan.groups.get(*at)), &plan.known)
        else {
            return unit::items(&self.reader, &self.settings, &plan.bytes, &plan.question, task).await;
        };
        // Its pages are those of all the units that wait with this one.
        let _wait = task.meter.waiting.start();
        let gathering = Gathering {
            reader: &self.reader,
            bytes: &plan.bytes,
            aggregator: &known.aggregator,
            at: At {
                account: known.aggregator.account.clone(),
                region: known.aggregator.region.clone(),
                actions: actions(&*self.reader, &OPERATIONS),
                meter: Arc::clone(&task.meter),
            },
            question: &plan.question,
            is_regional: items::is_regional(&task.request.table),
        };
        group.take(&key, gathering).await
    }
}

impl Plan {
    fn assign(
        &mut self,
        request: &ScanRequest,
        candidates: &[Candidate],
        daily: bool,
        known: Arc<Known>,
    ) {
        let Some(recorded) = items::recorded(&request.table) else { return };
        let mut members: Vec<(&Arc<Account>, Vec<Region>)> = Vec::new();
        for candidate in candidates {
            let mut own = Vec::new();
            for unit in candidate.asked.iter().chain(&candidate.perhaps) {
                let id = &candidate.account.id;
                let covers =
                    known.covers(id, unit, &recorded.place, &recorded.kind, &candidate.enabled, daily);
                match covers {
                    Ok(()) => own.push(unit.clone()),
                    Err(gap) => {
                        self.gaps.insert((id.clone(), unit.clone()), gap);
                    }
                }
            }
            if !own.is_empty() {
                members.push((&candidate.account, own));
            }
        }
        let is_regional = items::is_regional(&request.table);
        for part in members.chunks(ACCOUNTS) {
            let accounts = part.iter().map(|(account, _)| account.id.clone()).collect();
            let wanted: HashSet<&Region> = part.iter().flat_map(|(_, regions)| regions).collect();
            let recorded: HashSet<&Region> =
                part.iter().flat_map(|(account, _)| known.regions(&account.id)).collect();
            // Named only where that leaves something out.
            let mut named: Vec<Region> = match is_regional && recorded.len() > wanted.len() {
                true => wanted.into_iter().cloned().collect(),
                false => Vec::new(),
            };
            named.sort();
            let at = self.groups.len();
            self.groups.push(Group::new(accounts, named));
            for (account, regions) in part {
                let keys = regions.iter().map(|region| (account.id.clone(), region.clone()));
                self.covered.extend(keys.map(|key| (key, at)));
            }
        }
        self.known = Some(known);
    }
}

/// Why a unit's fault sends it elsewhere.
pub fn gap_of(fault: &Fault) -> Gap {
    if fault.code.as_deref() == Some(TOO_MUCH) { Gap::TooMuch } else { Gap::Failed }
}

#[async_trait]
impl Source for ConfigSource {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Nothing is handed on before everything is there: a fault comes without rows.
    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let failed = |fault| UnitOutcome { fault: Some(fault), ..UnitOutcome::default() };
        let plan = match self.planned(&task.request) {
            Some(plan) => plan,
            None => match self.alone(&task.request) {
                Ok(plan) => Arc::new(plan),
                Err(fault) => return failed(fault),
            },
        };
        let mut texts = match self.items(&plan, task).await {
            Ok(texts) => texts,
            Err(fault) => return failed(fault),
        };
        if let Some(limit) = task.request.limit {
            texts.truncate(limit);
        }
        let home = &self.settings.home_region;
        let unit = Unit {
            account: &task.account,
            asked: if task.region == Region::global() { home } else { &task.region },
            shown: &task.region,
            partition: self.settings.partition,
            source: NAME,
            as_of: self.settings.now.unwrap_or_else(chrono::Utc::now),
        };
        let (mut delivered, mut unknown) = (0, Unknowns::default());
        let quals = Arc::new(Assignment::new());
        for part in texts.chunks(BATCH) {
            let rows: Vec<FetchedRow> = part.iter().filter_map(|text| Items::row(text, &quals)).collect();
            let known_before = unknown.list();
            let batch = match plan.items.projection.batch(&unit, &rows, &mut unknown) {
                Ok(batch) => batch,
                Err(fault) => return UnitOutcome { rows: delivered, ..failed(fault) },
            };
            task.meter.set_unknown(unknown.list());
            if sink.send(batch).await.is_break() {
                task.meter.set_unknown(known_before);
                break;
            }
            delivered += rows.len() as u64;
        }
        UnitOutcome { rows: delivered, ..UnitOutcome::default() }
    }
}

#[cfg(test)]
mod tests;
