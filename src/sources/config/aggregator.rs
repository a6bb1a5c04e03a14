//! The aggregator that gathers what an organization's recorders record, and what is known of each of them.
//!
//! That an account is included says little: a recorder may be off, and then keeps what has long been deleted.
//! Config records its own recorders too, so the aggregator itself tells which of them are on and what they
//! record. Where it says nothing of one, nothing is known, and the unit is asked live.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use futures::future::{try_join, try_join4};
use serde::{Deserialize, Serialize};

use crate::catalog::table::{Recorded, RecordedPlace};
use crate::model::{AccountId, Fault, FaultKind, Json, Meter, Region};
use crate::settings::ConfigAggregator;
use crate::sources::budget::ScanBytes;
use crate::sources::config::calls::{At, Size, actions, list, pages};
use crate::sources::config::expression::{Condition, Question};
use crate::sources::config::recorder::{self, Recorder, Recording, best};
use crate::sources::reader::Reader;

const AGGREGATORS: &str = "config:DescribeConfigurationAggregators";
pub const SOURCES: &str = "config:DescribeConfigurationAggregatorSourcesStatus";
pub const SELECT: &str = "config:SelectAggregateResourceConfig";
const ADMINISTRATORS: &str = "organizations:ListDelegatedAdministrators";

/// Under which an account may be told to look after Config.
const PRINCIPALS: [&str; 2] = ["config.amazonaws.com", "config-multiaccountsetup.amazonaws.com"];

/// What the aggregator is asked with: a session of its own, which can do no more.
pub const OPERATIONS: [&str; 3] = [AGGREGATORS, SOURCES, SELECT];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregator {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl fmt::Display for Aggregator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} ({})", self.name, self.account, self.region)
    }
}

/// Why Config does not know a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    NotIncluded,
    Outdated,
    Stopped,
    LeftOut,
    Daily,
    TooMuch,
    Failed,
}

impl Gap {
    pub fn as_str(self) -> &'static str {
        match self {
            Gap::NotIncluded => "the aggregator knows no recorder there",
            Gap::Outdated => "the aggregator could not update it",
            Gap::Stopped => "the recorder is stopped",
            Gap::LeftOut => "the recorder leaves the type out",
            Gap::Daily => "it is recorded daily",
            Gap::TooMuch => "more was recorded than may be held",
            Gap::Failed => "the aggregator did not answer",
        }
    }
}

/// What an aggregator knows of, account by account.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Known {
    /// Accounts in which every one of these regions records the type, continuously.
    plain: HashSet<AccountId>,
    plain_in: BTreeSet<Region>,
    /// The others, recorder by recorder.
    recorders: HashMap<AccountId, HashMap<Region, Vec<Recorder>>>,
    /// What was last gathered of these may be old.
    outdated: HashSet<(AccountId, Region)>,
}

impl Known {
    /// Accounts of which anything is known.
    pub fn accounts(&self) -> usize {
        self.plain.len() + self.recorders.keys().filter(|account| !self.plain.contains(*account)).count()
    }

    /// Whether everything of a type in a unit is known, no older than a continuous recorder is; or than a day, where
    /// `daily` will do. `regions` are all of the account's.
    pub fn covers(
        &self,
        account: &AccountId,
        unit: &Region,
        recorded: &Recorded,
        regions: &[Region],
        daily: bool,
    ) -> Result<(), Gap> {
        let of = |region: &Region| self.in_region(account, region, &recorded.kind, daily);
        match &recorded.place {
            RecordedPlace::Unit => of(unit),
            RecordedPlace::Only(region) => of(&Region::new(region)),
            RecordedPlace::Everywhere if regions.is_empty() => Err(Gap::NotIncluded),
            RecordedPlace::Everywhere => regions.iter().try_for_each(of),
            RecordedPlace::Anywhere => {
                let own = self.recorders.get(account).into_iter().flat_map(HashMap::keys);
                let mut gaps = Vec::new();
                for region in own {
                    match of(region) {
                        Ok(()) => return Ok(()),
                        Err(gap) => gaps.push(gap),
                    }
                }
                Err(gaps.into_iter().max().unwrap_or(Gap::NotIncluded))
            }
        }
    }

    fn in_region(&self, account: &AccountId, region: &Region, kind: &str, daily: bool) -> Result<(), Gap> {
        if self.outdated.contains(&(account.clone(), region.clone())) {
            return Err(Gap::Outdated);
        }
        if self.plain.contains(account) && self.plain_in.contains(region) {
            return Ok(());
        }
        let recorders = self.recorders.get(account).and_then(|regions| regions.get(region));
        match best(recorders.map_or(&[], Vec::as_slice), kind) {
            Some(Recording::Continuous) => Ok(()),
            Some(Recording::Daily) if daily => Ok(()),
            Some(Recording::Daily) => Err(Gap::Daily),
            Some(Recording::LeftOut) => Err(Gap::LeftOut),
            Some(Recording::Stopped) => Err(Gap::Stopped),
            None => Err(Gap::NotIncluded),
        }
    }
}

/// What a scan must know of the recorders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// `AWS::EC2::Instance`
    pub kind: String,
    /// Of everybody: whether all of these record.
    pub regions: BTreeSet<Region>,
    /// Regions in which only some may be.
    pub perhaps: BTreeSet<Region>,
    /// One that records what belongs to no region, wherever it is.
    pub anywhere: bool,
    pub accounts: BTreeSet<AccountId>,
}

impl Wanted {
    /// Whether whoever knows this knows the other too.
    pub fn holds(&self, other: &Wanted) -> bool {
        self.kind == other.kind
            && self.anywhere == other.anywhere
            && self.regions.is_superset(&other.regions)
            && self.perhaps.is_superset(&other.perhaps)
            && self.accounts.is_superset(&other.accounts)
    }
}

/// Who looks for the aggregator, and where.
pub struct Search<'a> {
    pub reader: &'a Arc<dyn Reader>,
    pub bytes: &'a Arc<ScanBytes>,
    pub home: &'a Region,
    pub configured: Option<&'a ConfigAggregator>,
    /// The account that manages the organization, or its delegate.
    pub hub: Option<AccountId>,
    pub meter: Arc<Meter>,
}

impl Search<'_> {
    /// The aggregator of the settings, else the widest of the hub's and the delegated administrators'. `None` where
    /// there is none; a fault where that could not be found out.
    pub async fn find(&self) -> Result<Option<Aggregator>, Fault> {
        let region = self.configured.and_then(|c| c.region.clone()).unwrap_or_else(|| self.home.clone());
        let name = self.configured.map(|configured| configured.name.as_str());
        if let Some(ConfigAggregator { name, account: Some(account), .. }) = self.configured {
            return Ok(Some(Aggregator { account: account.clone(), region, name: name.clone() }));
        }
        let Some(hub) = &self.hub else { return Ok(None) };
        let of_hub = self.widest(hub, &region, name).await;
        if let Ok(Some((true, found))) = of_hub {
            return Ok(Some(found));
        }
        let mut best: Option<(bool, Aggregator)> = of_hub.as_ref().ok().cloned().flatten();
        let mut fault = of_hub.err();
        for account in self.administrators(hub).await.unwrap_or_default() {
            match self.widest(&account, &region, name).await {
                Ok(Some((true, found))) => return Ok(Some(found)),
                Ok(found) => best = best.or(found),
                Err(other) => fault = fault.or(Some(other)),
            }
        }
        match (best, fault) {
            (Some((_, found)), _) => Ok(Some(found)),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }

    /// One of an account's aggregators, and whether it is of the whole organization.
    async fn widest(
        &self,
        account: &AccountId,
        region: &Region,
        name: Option<&str>,
    ) -> Result<Option<(bool, Aggregator)>, Fault> {
        let at = self.at(account, region, &OPERATIONS);
        let mut found: Option<(bool, Aggregator)> = None;
        let none = Json::Object(Vec::new());
        pages(self.reader, self.bytes, &at, AGGREGATORS, none, Size::Largest, |output, _| {
            for aggregator in list(output, "ConfigurationAggregators") {
                let Some(own) = aggregator.get("ConfigurationAggregatorName").and_then(Json::as_str) else {
                    continue;
                };
                let whole = aggregator.get("OrganizationAggregationSource").is_some_and(|o| !o.is_null());
                let is_better = found.as_ref().is_none_or(|(known, _)| whole && !known);
                if name.is_none_or(|name| name == own) && is_better {
                    let (account, region) = (account.clone(), region.clone());
                    found = Some((whole, Aggregator { account, region, name: own.to_owned() }));
                }
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    async fn administrators(&self, hub: &AccountId) -> Result<Vec<AccountId>, Fault> {
        let at = self.at(hub, self.home, &[ADMINISTRATORS]);
        let mut found: Vec<AccountId> = Vec::new();
        for principal in PRINCIPALS {
            let input = Json::object([("ServicePrincipal", Json::string(principal))]);
            pages(self.reader, self.bytes, &at, ADMINISTRATORS, input, Size::Largest, |output, _| {
                for account in list(output, "DelegatedAdministrators") {
                    let id = account.get("Id").and_then(Json::as_str).and_then(|id| id.parse().ok());
                    found.extend(id.filter(|id| !found.contains(id)));
                }
                Ok(())
            })
            .await?;
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn at(&self, account: &AccountId, region: &Region, operations: &[&str]) -> At {
        At {
            account: account.clone(),
            region: region.clone(),
            actions: actions(&**self.reader, operations),
            meter: Arc::clone(&self.meter),
        }
    }

    /// What the aggregator knows of the recorders.
    ///
    /// Recorders that record everything are counted, account by account: a count costs a fifth of the pages. The
    /// others are looked at one by one.
    pub async fn learn(&self, aggregator: &Aggregator, wanted: &Wanted) -> Result<Known, Fault> {
        let at = self.at(&aggregator.account, &aggregator.region, &OPERATIONS);
        let asked = Recorders { search: self, at: &at, aggregator };
        if wanted.anywhere {
            let told = vec![condition("IncludeGlobalResourceTypes", "true")];
            let (outdated, recorders) = try_join(self.outdated(&at, aggregator), asked.each(told)).await?;
            return Ok(Known { recorders, outdated, ..Known::default() });
        }
        let in_regions = Condition::among("awsRegion", wanted.regions.iter().map(Region::as_str));
        let others = async {
            let named = wanted.perhaps.iter().map(Region::as_str);
            match wanted.perhaps.is_empty() {
                true => Ok(HashMap::new()),
                false => asked.each(vec![Condition::among("awsRegion", named)]).await,
            }
        };
        let apart = try_join(asked.with_own_pace(), asked.leaving_out(&wanted.kind));
        let (outdated, counts, (paced, leaving_out), mut recorders) =
            try_join4(self.outdated(&at, aggregator), asked.plain(&in_regions), apart, others).await?;
        let all = wanted.regions.len() as i64;
        let is_plain = |account: &AccountId| {
            counts.get(account).copied().unwrap_or(0) >= all
                && !paced.contains(account)
                && !leaving_out.contains(account)
        };
        let (plain, rest): (Vec<_>, Vec<_>) = wanted.accounts.iter().partition(|account| is_plain(account));
        if !rest.is_empty() {
            let accounts = Condition::among("accountId", rest.iter().map(|account| account.as_str()));
            for (account, regions) in asked.each(vec![accounts]).await? {
                recorders.entry(account).or_default().extend(regions);
            }
        }
        Ok(Known {
            plain: plain.into_iter().cloned().collect(),
            plain_in: wanted.regions.clone(),
            recorders,
            outdated,
        })
    }

    /// The accounts and regions whose last update failed, or has not come yet.
    async fn outdated(
        &self,
        at: &At,
        aggregator: &Aggregator,
    ) -> Result<HashSet<(AccountId, Region)>, Fault> {
        let input = Json::object([
            ("ConfigurationAggregatorName", Json::string(aggregator.name.as_str())),
            ("UpdateStatus", Json::Array(["FAILED", "OUTDATED"].map(Json::string).into())),
        ]);
        let mut found = HashSet::new();
        pages(self.reader, self.bytes, at, SOURCES, input, Size::Largest, |output, _| {
            for source in list(output, "AggregatedSourceStatusList") {
                let text = |member: &str| source.get(member).and_then(Json::as_str);
                // Which accounts the organization has is then known from before: nothing is known anew.
                if text("SourceType") == Some("ORGANIZATION") {
                    let why = text("LastErrorMessage").unwrap_or("its accounts could not be listed");
                    let message = format!("the aggregator {} is outdated: {why}", aggregator.name);
                    return Err(Fault::new(FaultKind::BadResponse, message).in_operation(SOURCES));
                }
                let account = text("SourceId").and_then(|id| id.parse().ok());
                found.extend(account.zip(text("AwsRegion").map(Region::new)));
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }
}

/// A member of a recorder's group that is true or false.
fn condition(member: &str, value: &str) -> Condition {
    Condition::truth(&format!("configuration.RecordingGroup.{member}"), value)
}

/// Questions about recorders.
struct Recorders<'a> {
    search: &'a Search<'a>,
    at: &'a At,
    aggregator: &'a Aggregator,
}

impl Recorders<'_> {
    /// How many recorders of each account record everything, continuously, but for what they leave out.
    async fn plain(&self, further: &Condition) -> Result<HashMap<AccountId, i64>, Fault> {
        let question = Question::counting(
            &["accountId"],
            vec![
                Condition::is("resourceType", recorder::KIND),
                Condition::truth("configuration.Recording", "true"),
                Condition::among(
                    "configuration.RecordingGroup.RecordingStrategy.UseOnly",
                    ["ALL_SUPPORTED_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"],
                ),
                Condition::is("configuration.RecordingMode.RecordingFrequency", "CONTINUOUS"),
            ],
        );
        let mut found = HashMap::new();
        self.ask(&question, std::slice::from_ref(further), |item| {
            let account = item.get("accountId").and_then(Json::as_str).and_then(|id| id.parse().ok());
            let count = item.get("COUNT(*)").and_then(Json::as_i64);
            if let Some((account, count)) = account.zip(count) {
                *found.entry(account).or_insert(0) += count;
            }
        })
        .await?;
        Ok(found)
    }

    /// Accounts with recorders that record some types at another pace than the rest.
    async fn with_own_pace(&self) -> Result<HashSet<AccountId>, Fault> {
        const PACE: &str = "configuration.RecordingMode.RecordingModeOverrides.RecordingFrequency";
        self.accounts_with(Condition::among(PACE, ["DAILY", "CONTINUOUS"])).await
    }

    /// Accounts with recorders that leave a type out.
    async fn leaving_out(&self, kind: &str) -> Result<HashSet<AccountId>, Fault> {
        const LEFT_OUT: &str = "configuration.RecordingGroup.ExclusionByResourceTypes.ResourceTypes";
        self.accounts_with(Condition::is(LEFT_OUT, kind)).await
    }

    async fn accounts_with(&self, condition: Condition) -> Result<HashSet<AccountId>, Fault> {
        let recorders = Condition::is("resourceType", recorder::KIND);
        let question = Question::counting(&["accountId"], vec![recorders, condition]);
        let mut found = HashSet::new();
        self.ask(&question, &[], |item| {
            found.extend(item.get("accountId").and_then(Json::as_str).and_then(|id| id.parse().ok()));
        })
        .await?;
        Ok(found)
    }

    /// Recorders one by one.
    async fn each(
        &self,
        further: Vec<Condition>,
    ) -> Result<HashMap<AccountId, HashMap<Region, Vec<Recorder>>>, Fault> {
        const MEMBERS: [&str; 6] = [
            "accountId",
            "awsRegion",
            "configuration.Recording",
            "configuration.RecordingGroup",
            "configuration.RecordingMode",
            "configurationItemStatus",
        ];
        let question = Question::of_type(recorder::KIND, &MEMBERS);
        let mut found: HashMap<AccountId, HashMap<Region, Vec<Recorder>>> = HashMap::new();
        self.ask(&question, &further, |item| {
            if let Some((account, region, recorder)) = read(item) {
                found.entry(account).or_default().entry(region).or_default().push(recorder);
            }
        })
        .await?;
        Ok(found)
    }

    async fn ask(
        &self,
        question: &Question,
        further: &[Condition],
        mut each: impl FnMut(&Json),
    ) -> Result<(), Fault> {
        let unaskable = || Fault::new(FaultKind::Rejected, "no expression is short enough for AWS Config");
        for expression in question.expressions(further).ok_or_else(unaskable)? {
            let input = select(self.aggregator, expression);
            let Search { reader, bytes, .. } = self.search;
            let size = if question.is_counting() { Size::Usual } else { Size::Largest };
            pages(reader, bytes, self.at, SELECT, input, size, |output, _| {
                let items = list(output, "Results").iter().filter_map(Json::as_str);
                items.filter_map(|text| Json::parse(text).ok()).for_each(|item| each(&item));
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

pub fn select(aggregator: &Aggregator, expression: String) -> Json {
    Json::object([
        ("ConfigurationAggregatorName", Json::string(aggregator.name.as_str())),
        ("Expression", Json::String(expression)),
    ])
}

/// A recorder as an item shows it; one that is gone, or that does not say whether it records, is none.
fn read(item: &Json) -> Option<(AccountId, Region, Recorder)> {
    let text = |member: &str| item.get(member).and_then(Json::as_str);
    if text("configurationItemStatus").is_some_and(|status| status != "OK" && status != "ResourceDiscovered")
    {
        return None;
    }
    let configuration = item.get("configuration")?;
    let recorder = Recorder::of(configuration, configuration.get("Recording")?.as_bool()?)?;
    Some((text("accountId")?.parse().ok()?, Region::new(text("awsRegion")?), recorder))
}
