//! Calls of models as Bedrock logs them, from folders of this machine and from buckets.
//!
//! | file | holds |
//! |---|---|
//! | [`places`] | where logs are: the statement, the settings, or what each account says |
//! | [`tree`], [`window`] | the folders of an account, region and hour, and which a statement needs |
//! | [`flat`] | files without those folders |
//! | [`unit`] | one account and region: its files, line by line, as rows |
//! | [`record`], [`body`], [`moved`] | a record, what its bodies say, bodies that lie elsewhere |
//! | [`model`], [`prices`] | what was called, and what it cost |
//!
//! Everything in a log is somebody else's text: it is shown, never believed.

mod body;
mod flat;
mod model;
mod moved;
mod places;
mod prices;
mod record;
#[cfg(test)]
mod tests;
mod tree;
mod unit;
mod window;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use self::flat::Flat;
use self::places::{Asked, LOGGING, Logging};
use self::prices::Prices;
use self::record::{PARTS, Wants};
use self::tree::Tree;
use self::unit::{Reading, Share};
use self::window::Window;
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, FaultKind, NotAsked, Region};
use crate::settings::{OrganizationSource, Settings};
use crate::sources::budget::{ByteBudget, ScanBytes, UnitBytes};
use crate::sources::objects::{Files, LocalFiles, Location, S3Access, S3Files};
use crate::sources::project::Projection;
use crate::sources::reader::{Asker, Reader};
use crate::sources::unit::Unit;
use crate::sources::{CallsByHand, OwnUnit, Qual, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};

pub struct InvocationsSource {
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    budget: Arc<ByteBudget>,
    /// What was made of the requests that are still in use.
    scans: Mutex<Vec<(Weak<ScanRequest>, Arc<Scan>)>>,
    /// What files without folders were found to hold.
    flat: Mutex<HashMap<Location, Arc<Flat>>>,
}

/// Names of the folders in a folder.
type Folders = std::result::Result<BTreeSet<String>, Fault>;

/// Looked into by the first unit that needs it.
type Looked = Arc<OnceCell<Folders>>;

/// One scan, compiled.
pub struct Scan {
    projection: Projection,
    wants: Wants,
    window: Window,
    places: Option<Vec<Asked>>,
    prices: Prices,
    bytes: Arc<ScanBytes>,
    /// Folders that several units look into.
    levels: Mutex<HashMap<(String, AccountId), Looked>>,
}

impl InvocationsSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> InvocationsSource {
        let budget = ByteBudget::new(settings.fan_out.byte_budget);
        InvocationsSource { reader, settings, budget, scans: Mutex::default(), flat: Mutex::default() }
    }

    /// All units of a scan share its request, and so what was made of it.
    fn scan(&self, request: &Arc<ScanRequest>) -> std::result::Result<Arc<Scan>, Fault> {
        let mut scans = self.scans.lock();
        if let Some((_, scan)) = scans.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(request)) {
            return Ok(Arc::clone(scan));
        }
        scans.retain(|(known, _)| known.strong_count() > 0);
        let rejected = |why: Error| {
            let causes: Vec<String> =
                std::iter::once(why.message().to_owned()).chain(why.causes().iter().cloned()).collect();
            Fault::new(FaultKind::Rejected, causes.join(": "))
        };
        let (table, wants) = Wants::of(&request.table, &request.columns);
        let scan = Arc::new(Scan {
            projection: Projection::new(&table, &request.columns, &PARTS.map(str::to_owned))
                .map_err(|why| Fault::new(FaultKind::Rejected, why))?,
            wants,
            window: Window::new(&request.quals),
            places: places::asked(&request.quals, &self.settings).map_err(rejected)?,
            prices: Prices::load(self.settings.invocations.prices.as_deref()).map_err(rejected)?,
            bytes: ScanBytes::new(&self.budget),
            levels: Mutex::default(),
        });
        scans.push((Arc::downgrade(request), Arc::clone(&scan)));
        Ok(scan)
    }

    /// Whose name and tags are known without asking anybody.
    fn account(&self, id: AccountId) -> Account {
        let known = match &self.settings.organization {
            OrganizationSource::Static(accounts) => accounts.iter().find(|account| account.id == id).cloned(),
            _ => None,
        };
        known.unwrap_or_else(|| Account::bare(id))
    }

    fn access(&self, account: &AccountId, task: &UnitTask, scan: &Scan) -> S3Access {
        S3Access {
            reader: Arc::clone(&self.reader),
            account: account.clone(),
            partition: self.settings.partition,
            region: self.settings.home_region.clone(),
            meter: Arc::clone(&task.meter),
            bytes: UnitBytes::new(&scan.bytes),
        }
    }

    /// What the unit reads of a place; nothing where it holds nothing of its account and region.
    async fn part<'a>(
        &self,
        scan: &Scan,
        task: &UnitTask,
        asked: &'a Asked,
        reading: &mut Reading<'_>,
    ) -> std::result::Result<Option<Share<'a>>, Fault> {
        let account = asked.account.as_ref().unwrap_or(&task.account.id);
        let files = asked.location.open(|| self.access(account, task, scan))?;
        let tree = match Tree::within(&asked.location) {
            Some(tree) => tree,
            None if asked.location.is_local() => Tree::find(&asked.location, &*files).await?,
            None => Tree::Below("AWSLogs".to_owned()),
        };
        if tree == Tree::Flat {
            let known = self.flat.lock().get(&asked.location).cloned();
            let flat = match known {
                Some(flat) => flat,
                None => Arc::new(flat::look(&files).await?),
            };
            let unit = (task.account.id.clone(), task.region.clone());
            let own = flat.iter().filter(|(_, units)| units.contains(&unit));
            let leaves = own.map(|(path, _)| unit::everything(path.clone())).collect();
            return Ok(Some(Share { asked, files, leaves, is_mixed: true }));
        }
        let Some(branch) = tree.branch(&task.account.id, &task.region) else { return Ok(None) };
        if !asked.location.is_local()
            && let Tree::Below(top) = &tree
            && !scan.holds(&files, asked, account, top, task).await?
        {
            return Ok(None);
        }
        let (leaves, faults) = tree::leaves(&files, branch, &scan.window).await;
        faults.into_iter().for_each(|fault| reading.lose(fault));
        Ok(Some(Share { asked, files, leaves, is_mixed: false }))
    }

    async fn read(&self, scan: &Scan, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let failed = |fault: Fault| UnitOutcome { fault: Some(fault), ..UnitOutcome::default() };
        let found;
        let places = match &scan.places {
            Some(places) => places.as_slice(),
            None => {
                let asker = Asker::new(
                    Arc::clone(&self.reader),
                    task.account.id.clone(),
                    Arc::clone(&task.request.actions),
                    Arc::clone(&task.meter),
                    UnitBytes::new(&scan.bytes),
                );
                found = match places::logging(&asker, &self.reader, &task.region).await {
                    Ok(Logging::To(asked)) => [asked],
                    Ok(Logging::Off) => {
                        return UnitOutcome {
                            not_asked: Some(NotAsked::NotLogged),
                            ..UnitOutcome::default()
                        };
                    }
                    Err(fault) => return failed(fault),
                };
                &found
            }
        };
        let unit = Unit {
            account: &task.account,
            asked: &task.region,
            shown: &task.region,
            partition: self.settings.partition,
            source: self.name(),
            as_of: self.settings.now.unwrap_or_else(chrono::Utc::now),
        };
        let mut reading = Reading::new(scan, task, &unit, sink);
        for asked in places {
            match self.part(scan, task, asked, &mut reading).await {
                Ok(Some(part)) => reading.read(part).await,
                Ok(None) => {}
                Err(fault) => reading.lose(with_advice(fault, asked)),
            }
        }
        reading.end()
    }
}

/// Who may read the bucket of another account only somebody there can say.
fn with_advice(mut fault: Fault, asked: &Asked) -> Fault {
    if let (FaultKind::IamDenied, None, Location::S3 { bucket, prefix }) =
        (fault.kind, &asked.account, &asked.location)
    {
        let place = if prefix.is_empty() { bucket.clone() } else { format!("{bucket}/{prefix}") };
        fault.message.push_str(&format!("; bedrock_logs: ['s3://ACCOUNT@{place}'] says whose role reads it"));
    }
    fault
}

impl Scan {
    /// Whether the bucket has a folder of the unit: its accounts and regions are listed once for all units.
    async fn holds(
        &self,
        files: &Arc<dyn Files>,
        asked: &Asked,
        account: &AccountId,
        top: &str,
        task: &UnitTask,
    ) -> std::result::Result<bool, Fault> {
        if asked.account.is_some() {
            let accounts = self.folders(files, account, top).await?;
            if accounts.is_empty() {
                return self.nothing(files, account).await;
            }
            if !accounts.contains(task.account.id.as_str()) {
                return Ok(false);
            }
        }
        let own = tree::join(&tree::join(top, task.account.id.as_str()), "BedrockModelInvocationLogs");
        let regions = self.folders(files, account, &own).await?;
        match regions.is_empty() && asked.account.is_none() {
            true => self.nothing(files, account).await,
            false => Ok(regions.contains(task.region.as_str())),
        }
    }

    /// An empty bucket is an empty answer; one that holds something else is probably another.
    async fn nothing(&self, files: &Arc<dyn Files>, account: &AccountId) -> std::result::Result<bool, Fault> {
        let found = self.folders(files, account, "").await?;
        if found.is_empty() || found.contains("AWSLogs") {
            return Ok(false);
        }
        let message =
            format!("{} holds no AWSLogs folder: name the prefix that it lies below", files.name(""));
        Err(Fault::new(FaultKind::Rejected, message))
    }

    /// Names of the folders in a folder.
    async fn folders(
        &self,
        files: &Arc<dyn Files>,
        account: &AccountId,
        folder: &str,
    ) -> std::result::Result<BTreeSet<String>, Fault> {
        let key = (files.name(folder), account.clone());
        let cell = Arc::clone(self.levels.lock().entry(key).or_default());
        let look = || async {
            let level = files.level(folder).await?;
            let names = level.folders.iter().filter_map(|path| path.rsplit('/').next());
            Ok(names.map(str::to_owned).collect())
        };
        cell.get_or_init(look).await.clone()
    }
}

#[async_trait]
impl Source for InvocationsSource {
    fn name(&self) -> &'static str {
        "invocations"
    }

    async fn own_units(&self, quals: &BTreeMap<String, Vec<Qual>>) -> Result<Option<Vec<OwnUnit>>> {
        let Some(places) = places::asked(quals, &self.settings)? else { return Ok(None) };
        if !places.iter().all(|place| place.location.is_local()) {
            return Ok(None);
        }
        let failed =
            |fault: Fault| Error::failed("model invocation logs cannot be read").cause(fault.message);
        let mut units: BTreeMap<AccountId, BTreeSet<Region>> = BTreeMap::new();
        for place in &places {
            let Location::Local(path) = &place.location else { continue };
            let files: Arc<dyn Files> = Arc::new(LocalFiles::new(path).map_err(failed)?);
            // A folder that is not there is told before anything else.
            files.level("").await.map_err(failed)?;
            let tree = Tree::find(&place.location, &*files).await.map_err(failed)?;
            let found = match tree {
                Tree::Flat => {
                    let flat = Arc::new(flat::look(&files).await.map_err(failed)?);
                    self.flat.lock().insert(place.location.clone(), Arc::clone(&flat));
                    flat.values().flatten().map(|(id, region)| (id.clone(), vec![region.clone()])).collect()
                }
                tree => tree.units(&*files).await.map_err(failed)?,
            };
            for (account, regions) in found {
                units.entry(account).or_default().extend(regions);
            }
        }
        let own = |(id, regions): (AccountId, BTreeSet<Region>)| OwnUnit {
            account: Arc::new(self.account(id)),
            regions: regions.into_iter().collect(),
        };
        Ok(Some(units.into_iter().map(own).collect()))
    }

    fn calls_by_hand(&self, quals: &BTreeMap<String, Vec<Qual>>) -> Option<CallsByHand> {
        // What is wrong with a place is told when it is opened.
        let places = places::asked(quals, &self.settings).ok().flatten();
        let reads = ["s3:ListObjectsV2", "s3:GetObject"].map(str::to_owned);
        let mut calls = CallsByHand::default();
        match places {
            None => {
                calls.operations.push(LOGGING.to_owned());
                calls.operations.extend(reads);
                calls.actions.insert(LOGGING.to_owned());
                // In sessions of their own, once it is known which bucket.
                calls.later.extend(["s3:GetObject", "s3:ListBucket"].map(str::to_owned));
            }
            Some(places) => {
                for place in places {
                    if let Location::S3 { bucket, prefix } = &place.location {
                        calls.operations = reads.to_vec();
                        calls.actions.extend(S3Files::actions(self.settings.partition, bucket, prefix));
                    }
                }
            }
        }
        Some(calls)
    }

    fn variant(&self, request: &ScanRequest) -> Option<String> {
        let places = places::asked(&request.quals, &self.settings).ok()?;
        if places.iter().flatten().any(|place| place.location.is_local()) {
            return None;
        }
        let prices = self.settings.invocations.prices.as_ref();
        let prices =
            prices.and_then(|path| std::fs::read(path).ok()).map(|text| Sha256::digest(text).to_vec());
        Some(format!("{places:?} {prices:?}"))
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        match self.scan(&task.request) {
            Ok(scan) => self.read(&scan, task, sink).await,
            Err(fault) => UnitOutcome { fault: Some(fault), ..UnitOutcome::default() },
        }
    }
}
