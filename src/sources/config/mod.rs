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

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::catalog::table::{Common, RecordedPlace, Value};
use crate::model::{Account, AccountId, Fault, FaultKind, Meter, Region};
use crate::settings::Settings;
use crate::sources::budget::{ByteBudget, ScanBytes};
use crate::sources::config::aggregator::{Aggregator, Gap, Known, OPERATIONS, Search, Wanted};
use crate::sources::config::calls::{At, actions};
use crate::sources::config::expression::Question;
use crate::sources::config::gather::{ACCOUNTS, Gathering, Group, TOO_MUCH};
use crate::sources::config::items::Items;
use crate::sources::project::{FetchedRow, Unknowns};
use crate::sources::reader::Reader;
use crate::sources::unit::{Assignment, Unit};
use crate::sources::{Candidate, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};

pub const NAME: &str = "config";

/// More accounts than this may be asked about region by region, in the larger pages of counts: so many for
/// each region at least.
const MANY: usize = 2 * ACCOUNTS;
const GROUPS_WORTH: usize = 60;

/// Rows of a batch.
const BATCH: usize = 1000;

/// Knows which account the organization is asked from, and keeps what was found out for later runs.
#[async_trait]
pub trait Hub: Send + Sync {
    async fn account(&self) -> Option<AccountId>;

    /// What was kept under the key, if it is no older.
    fn kept(&self, _key: &str, _max_age: Duration) -> Option<String> {
        None
    }

    fn keep(&self, _key: &str, _text: &str) {}
}

/// How long what is known of recorders stands: as long as rows of configuration are kept.
const LIFETIME: Duration = Duration::from_secs(600);
/// How long it is good enough to say what a statement will take.
const HINT: Duration = Duration::from_secs(86_400);

/// What a unit's own recorder is asked.
pub fn unit_operations() -> [&'static str; 3] {
    unit::OPERATIONS
}

/// How the units of one scan are answered.
pub struct Plan {
    /// Where one was found.
    aggregator: Option<Arc<Aggregator>>,
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

    /// The units that the aggregator answers.
    pub fn units(&self) -> impl Iterator<Item = &(AccountId, Region)> {
        self.covered.keys()
    }

    /// Rows of a page.
    pub fn page(&self) -> u64 {
        if self.groups.iter().any(Group::is_counted) { 500 } else { 100 }
    }

    /// Expressions that it is asked: each is a page at least.
    pub fn expressions(&self) -> usize {
        self.groups.iter().filter_map(|group| group.expressions(&self.question)).map(|e| e.len()).sum()
    }
}

type Learnt = (Arc<Aggregator>, Arc<Known>);

pub struct ConfigSource {
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    hub: Arc<dyn Hub>,
    budget: Arc<ByteBudget>,
    /// Found out once a run.
    aggregator: OnceCell<Result<Option<Arc<Aggregator>>, Fault>>,
    learnt: tokio::sync::Mutex<Vec<(Wanted, Arc<Known>)>>,
    plans: Mutex<Vec<(Weak<ScanRequest>, Arc<Plan>)>>,
}

impl ConfigSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>, hub: Arc<dyn Hub>) -> ConfigSource {
        let budget = ByteBudget::new(settings.fan_out.byte_budget);
        ConfigSource {
            reader,
            settings,
            hub,
            budget,
            aggregator: OnceCell::new(),
            learnt: Default::default(),
            plans: Mutex::default(),
        }
    }

    /// The aggregator, and what it knows of the accounts of a scan. The calls go to the meter of whoever asks first.
    async fn known(&self, wanted: Wanted, meter: &Arc<Meter>) -> Result<Option<Learnt>, Fault> {
        if let Some(kept) = self.kept(&wanted, LIFETIME) {
            return Ok(Some(kept));
        }
        let bytes = ScanBytes::new(&self.budget);
        let mut search = Search {
            reader: &self.reader,
            bytes: &bytes,
            home: &self.settings.home_region,
            configured: self.settings.routing.aggregator.as_ref(),
            hub: None,
            meter: Arc::clone(meter),
        };
        let found = self.aggregator.get_or_init(|| async {
            search.hub = self.hub.account().await;
            search.find().await.map(|found| found.map(Arc::new))
        });
        let Some(aggregator) = found.await.clone()? else { return Ok(None) };
        let mut learnt = self.learnt.lock().await;
        let known = match learnt.iter().find(|(known, _)| known.holds(&wanted)) {
            Some((_, known)) => Arc::clone(known),
            None => {
                let known = Arc::new(search.learn(&aggregator, &wanted).await?);
                if let Ok(text) = serde_json::to_string(&(&*aggregator, &wanted, &*known)) {
                    self.hub.keep(&self.key(&wanted), &text);
                }
                learnt.push((wanted, Arc::clone(&known)));
                known
            }
        };
        Ok(Some((aggregator, known)))
    }

    /// One a type: whoever asks about fewer accounts or regions finds them there too.
    fn key(&self, wanted: &Wanted) -> String {
        format!("{} {:?}", wanted.kind, self.settings.routing.aggregator)
    }

    fn kept(&self, wanted: &Wanted, max_age: Duration) -> Option<Learnt> {
        let text = self.hub.kept(&self.key(wanted), max_age)?;
        let (aggregator, of, known): (Aggregator, Wanted, Known) = serde_json::from_str(&text).ok()?;
        of.holds(wanted).then(|| (Arc::new(aggregator), Arc::new(known)))
    }

    /// The plan of a scan by what an earlier run learnt. Asks nobody.
    ///
    /// And whether that is young enough to go by.
    pub fn expected(
        &self,
        request: &ScanRequest,
        candidates: &[Candidate],
        daily: bool,
    ) -> Option<(Plan, bool)> {
        let wanted = wanted(request, candidates)?;
        let young = self.kept(&wanted, LIFETIME);
        let is_young = young.is_some();
        let (aggregator, known) = young.or_else(|| self.kept(&wanted, HINT))?;
        let mut plan = self.alone(request).ok()?;
        plan.aggregator = Some(aggregator);
        plan.assign(request, candidates, daily, &known);
        Some((plan, is_young))
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
        if let Some(wanted) = wanted(request, candidates)
            && let Some((aggregator, known)) = self.known(wanted, meter).await?
        {
            plan.aggregator = Some(aggregator);
            plan.assign(request, candidates, daily, &known);
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
            aggregator: None,
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
        let (Some(group), Some(aggregator)) =
            (plan.covered.get(&key).and_then(|at| plan.groups.get(*at)), &plan.aggregator)
        else {
            return unit::items(&self.reader, &self.settings, &plan.bytes, &plan.question, task).await;
        };
        // Its pages are those of all the units that wait with this one.
        let _wait = task.meter.waiting.start();
        let gathering = Gathering {
            reader: &self.reader,
            bytes: &plan.bytes,
            aggregator,
            at: At {
                account: aggregator.account.clone(),
                region: aggregator.region.clone(),
                actions: actions(&*self.reader, &OPERATIONS),
                meter: Arc::clone(&task.meter),
            },
            question: &plan.question,
            is_regional: items::is_regional(&task.request.table),
        };
        group.take(&key, gathering).await
    }
}

/// What must be known of the recorders to answer a scan. `None` where nothing is asked.
fn wanted(request: &ScanRequest, candidates: &[Candidate]) -> Option<Wanted> {
    let recorded = items::recorded(&request.table)?;
    let all = |regions: fn(&Candidate) -> &Vec<Region>| -> BTreeSet<Region> {
        candidates.iter().flat_map(regions).cloned().collect()
    };
    let (regions, perhaps) = match &recorded.place {
        RecordedPlace::Unit => (all(|c| &c.asked), all(|c| &c.perhaps)),
        RecordedPlace::Everywhere => (all(|c| &c.enabled), BTreeSet::new()),
        RecordedPlace::Only(region) => (BTreeSet::from([Region::new(region)]), BTreeSet::new()),
        RecordedPlace::Anywhere => (BTreeSet::new(), BTreeSet::new()),
    };
    let anywhere = recorded.place == RecordedPlace::Anywhere;
    let accounts: BTreeSet<AccountId> = candidates.iter().map(|c| c.account.id.clone()).collect();
    let is_asked = !accounts.is_empty() && (anywhere || !regions.is_empty());
    is_asked.then(|| Wanted { kind: recorded.kind.clone(), regions, perhaps, anywhere, accounts })
}

impl Plan {
    fn assign(&mut self, request: &ScanRequest, candidates: &[Candidate], daily: bool, known: &Known) {
        let Some(recorded) = items::recorded(&request.table) else { return };
        let mut members: Vec<(&Arc<Account>, Vec<Region>)> = Vec::new();
        for candidate in candidates {
            let mut own = Vec::new();
            for unit in candidate.asked.iter().chain(&candidate.perhaps) {
                let id = &candidate.account.id;
                match known.covers(id, unit, recorded, &candidate.enabled, daily) {
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
        let regions: BTreeSet<&Region> = members.iter().flat_map(|(_, regions)| regions).collect();
        let shows_age = request.columns.iter().filter_map(|at| request.table.columns.get(*at));
        let shows_age = shows_age.into_iter().any(|c| c.value == Value::Common(Common::AsOf));
        if is_regional
            && !shows_age
            && members.len() > MANY
            && regions.len() * GROUPS_WORTH <= members.len()
            && let Some(question) = self.question.by_groups()
        {
            // Nearly everybody: nobody is named, and what the others have is dropped.
            let everybody = members.len() * 5 >= known.accounts() * 4;
            for region in regions {
                let there: Vec<&AccountId> = members
                    .iter()
                    .filter(|(_, own)| own.contains(region))
                    .map(|(account, _)| &account.id)
                    .collect();
                let named = if everybody { Vec::new() } else { there.iter().copied().cloned().collect() };
                let at = self.groups.len();
                self.groups.push(Group::counted(named, region.clone(), question.clone()));
                self.covered.extend(there.into_iter().map(|id| ((id.clone(), region.clone()), at)));
            }
            return;
        }
        for part in members.chunks(ACCOUNTS) {
            let accounts = part.iter().map(|(account, _)| account.id.clone()).collect();
            let wanted: BTreeSet<&Region> = part.iter().flat_map(|(_, regions)| regions).collect();
            let named = if is_regional { wanted.into_iter().cloned().collect() } else { Vec::new() };
            let at = self.groups.len();
            self.groups.push(Group::new(accounts, named));
            for (account, regions) in part {
                let keys = regions.iter().map(|region| (account.id.clone(), region.clone()));
                self.covered.extend(keys.map(|key| (key, at)));
            }
        }
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
mod pairs;
#[cfg(test)]
mod tests;
