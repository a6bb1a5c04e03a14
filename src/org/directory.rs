//! Finds out which accounts and regions there are, once, and remembers it for a day.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_organizations::config::retry::RetryConfig;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tracing::Instrument as _;

use crate::aws::{ActionSet, Aws, ReadRequest, is_opt_in};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, FaultKind, Region, Scope};
use crate::org::discover::{AccountTags, Organizations, Refusal, account_tags, discover};
use crate::org::regions::{self, RegionState};
use crate::org::select::{Selected, is_mere_exclusion, nothing};
use crate::org::{AccountsFrom, Organization, Tags};
use crate::settings::{OrganizationSource, Settings};
use crate::store::Store;

/// Accounts come and go, and regions are switched on, about as often as people join a company.
const DAY: Duration = Duration::from_secs(86_400);

/// The regions of one account, sorted.
type Regions = Arc<Vec<RegionState>>;

/// What is known of accounts and regions, found out when first asked for.
pub struct Directory {
    settings: Arc<Settings>,
    catalog: Arc<Catalog>,
    aws: Arc<Aws>,
    store: Arc<Store>,
    /// Which AWS is asked, with which choice of credentials.
    place: String,
    /// How old what is remembered may be; `None` is not at all.
    memory: Option<Duration>,
    /// Only what is remembered: no account is asked for its regions.
    only_memory: bool,
    organization: OnceCell<Arc<Organization>>,
    tagged: OnceCell<Arc<Organization>>,
    regions: Mutex<HashMap<AccountId, Arc<OnceCell<Regions>>>>,
    fallback: OnceCell<Vec<Region>>,
}

impl Directory {
    pub fn new(
        settings: Arc<Settings>,
        catalog: Arc<Catalog>,
        aws: Arc<Aws>,
        store: Arc<Store>,
        place: String,
    ) -> Directory {
        Directory {
            settings,
            catalog,
            aws,
            store,
            place,
            memory: Some(DAY),
            only_memory: false,
            organization: OnceCell::new(),
            tagged: OnceCell::new(),
            regions: Mutex::default(),
            fallback: OnceCell::new(),
        }
    }

    /// Asks again instead of reading what was remembered; what is found is remembered anew.
    #[must_use]
    pub fn fresh(mut self) -> Directory {
        self.memory = None;
        self
    }

    /// Goes by what was remembered, whatever its age, and asks nobody.
    #[must_use]
    pub fn remembered_only(mut self) -> Directory {
        self.memory = Some(Duration::MAX);
        self.only_memory = true;
        self
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Every account there is, from where the settings say.
    pub async fn organization(&self, tags: Tags) -> Result<Arc<Organization>> {
        let known = self.organization.get_or_try_init(|| async {
            self.find().instrument(tracing::debug_span!("accounts")).await.map(Arc::new)
        });
        let known = known.await?;
        if tags == Tags::LeftOut || known.source != AccountsFrom::Organizations {
            return Ok(known.clone());
        }
        let tagged = self.tagged.get_or_try_init(|| async {
            let tags = self.tags_of(known).instrument(tracing::debug_span!("account tags")).await?;
            Ok(Arc::new(known.with_tags(&tags)))
        });
        tagged.await.cloned()
    }

    /// As much as was found out, without asking anybody.
    pub fn known_organization(&self) -> Option<Arc<Organization>> {
        self.tagged.get().or(self.organization.get()).cloned()
    }

    /// The accounts of the settings' scope. Fails where a part of the scope matches nothing.
    pub async fn selected(&self, tags: Tags) -> Result<Selected> {
        let scope = &self.settings.scope;
        self.check_regions(scope)?;
        let tags = if scope.tags.is_empty() { tags } else { Tags::Wanted };
        self.organization(tags).await?.select(scope)
    }

    /// The regions of an account and which are on, from a session of their own.
    pub async fn regions(&self, account: &Account) -> Result<Regions, Fault> {
        self.regions_within(account, &ActionSet::default()).await
    }

    /// The same from the session of a run, where its actions let it: one session the fewer.
    pub async fn regions_within(&self, account: &Account, actions: &ActionSet) -> Result<Regions, Fault> {
        let cell = self.regions.lock().entry(account.id.clone()).or_default().clone();
        let found = cell.get_or_try_init(|| async {
            if let Some(known) = self.remembered(&account.id) {
                return Ok(known);
            }
            if self.only_memory {
                return Ok(Arc::new(self.guessed()));
            }
            let asked = self.ask_regions(&account.id, actions).await?;
            if let Ok(text) = serde_json::to_string(&asked) {
                self.store.put("regions", &self.key(account.id.as_str()), &text);
            }
            Ok(Arc::new(asked))
        });
        found.await.cloned()
    }

    /// The same without asking anybody.
    pub fn known_regions(&self, account: &AccountId) -> Option<Regions> {
        let known = self.regions.lock().get(account).and_then(|cell| cell.get().cloned());
        known.or_else(|| self.remembered(account))
    }

    /// The regions to take for those of an account that lets nobody in: what is on in the hub, which an
    /// organization usually has on everywhere; where that cannot be read either, those of the partition
    /// that every account has.
    pub async fn fallback_regions(&self, actions: &ActionSet) -> Vec<Region> {
        if self.only_memory {
            return self.known_fallback_regions();
        }
        let found = self.fallback.get_or_init(|| async {
            let of_hub = self.regions_of_hub(actions).await.unwrap_or_default();
            if of_hub.is_empty() { self.regions_without_opt_in() } else { of_hub }
        });
        found.await.clone()
    }

    /// The same without asking anybody.
    pub fn known_fallback_regions(&self) -> Vec<Region> {
        let of_hub = || {
            let (hub, _) = self.store.get("hub", &self.place, Duration::MAX)?;
            let regions = self.known_regions(&hub.parse().ok()?)?;
            Some(regions.iter().filter(|state| state.enabled).map(|state| state.region.clone()).collect())
        };
        let known = self.fallback.get().cloned().or_else(of_hub);
        known
            .filter(|regions: &Vec<Region>| !regions.is_empty())
            .unwrap_or_else(|| self.regions_without_opt_in())
    }

    /// Every region of the partition, those included that an account must switch on.
    pub fn partition_regions(&self) -> Vec<Region> {
        let endpoints = self.catalog.endpoints(self.settings.partition.as_str());
        match endpoints {
            Some(endpoints) => endpoints.regions.keys().map(|code| Region::new(code)).collect(),
            None => vec![self.settings.home_region.clone()],
        }
    }

    fn guessed(&self) -> Vec<RegionState> {
        let regions = self.known_fallback_regions().into_iter();
        regions.map(|region| RegionState { region, enabled: true }).collect()
    }

    fn regions_without_opt_in(&self) -> Vec<Region> {
        self.partition_regions().into_iter().filter(|region| !is_opt_in(region)).collect()
    }

    async fn regions_of_hub(&self, actions: &ActionSet) -> Option<Vec<Region>> {
        let hub = self.hub_account().await.ok()?;
        let states = self.regions_within(&Account::bare(hub), actions).await.ok()?;
        Some(states.iter().filter(|state| state.enabled).map(|state| state.region.clone()).collect())
    }

    /// Fails where a pattern matches no region of the partition.
    pub fn check_regions(&self, scope: &Scope) -> Result<()> {
        let known = self.partition_regions();
        for pattern in &scope.regions {
            let matches = known.iter().any(|region| pattern.matches(region.as_str()));
            if !matches && !pattern.matches(Region::global().as_str()) && !is_mere_exclusion(pattern) {
                return Err(nothing("region", pattern, known.iter().map(Region::as_str)).hint(format!(
                    "the partition '{}' has {} regions, such as {}",
                    self.settings.partition,
                    known.len(),
                    self.settings.home_region
                )));
            }
        }
        Ok(())
    }

    async fn find(&self) -> Result<Organization> {
        match &self.settings.organization {
            OrganizationSource::Static(accounts) => {
                Ok(Organization::flat(accounts.clone(), AccountsFrom::Settings))
            }
            OrganizationSource::IdentityCenter => {
                let accounts = self.aws.identity_center_accounts().await?;
                Ok(Organization::flat(accounts, AccountsFrom::IdentityCenter))
            }
            OrganizationSource::Current => self.caller_alone().await,
            OrganizationSource::Organizations => self.discovered().await?.map_err(Refusal::error),
            OrganizationSource::Auto => match self.discovered().await? {
                Ok(organization) => Ok(organization),
                Err(refusal @ (Refusal::NotInUse | Refusal::Denied(_))) => {
                    let mut alone = self.caller_alone().await?;
                    let account = alone.accounts.first().map(|a| a.id.to_string()).unwrap_or_default();
                    alone.notes.push(format!(
                        "only account {account} is asked: AWS Organizations did not answer: {}",
                        refusal.reason()
                    ));
                    Ok(alone)
                }
                Err(other) => Err(other.error()),
            },
        }
    }

    async fn caller_alone(&self) -> Result<Organization> {
        const KIND: &str = "caller";
        let account = match self.only_memory {
            true => self.recalled(KIND)?,
            false => {
                let caller = self.aws.caller().await?;
                self.recall_later(KIND, &caller.account);
                caller.account
            }
        };
        Ok(Organization::flat(vec![Account::bare(account)], AccountsFrom::Caller))
    }

    /// The account that the organization is asked from.
    pub async fn hub_account(&self) -> Result<AccountId> {
        const KIND: &str = "hub";
        if self.only_memory {
            return self.recalled(KIND);
        }
        let hub = self.aws.hub_account().await?;
        self.recall_later(KIND, &hub);
        Ok(hub)
    }

    /// The account that pays for the organization: the one that was named, else the management account,
    /// else the one that the organization is asked from.
    pub async fn payer(&self, tags: Tags) -> Result<Arc<Account>> {
        let credentials = &self.settings.credentials;
        if let (Some(role), None) = (&credentials.payer_role, &credentials.payer_account) {
            return Err(Error::usage(format!("payer_role '{role}' is of no account"))
                .hint("say in which one it is: payer_account = \"123456789012\""));
        }
        let organization = self.organization(tags).await?;
        let named = credentials.payer_account.clone();
        let id = match named.or_else(|| organization.management_account.clone()) {
            Some(id) => id,
            None => self.hub_account().await?,
        };
        Ok(organization.account(&id).cloned().unwrap_or_else(|| Arc::new(Account::bare(id))))
    }

    /// An account that an earlier run learnt with the same choice of credentials.
    fn recalled(&self, kind: &str) -> Result<AccountId> {
        let kept = self.store.get(kind, &self.place, Duration::MAX);
        kept.and_then(|(text, _)| text.parse().ok()).ok_or_else(|| {
            Error::failed("nothing is kept of an earlier run with these credentials")
                .hint("run it once without --cached")
        })
    }

    fn recall_later(&self, kind: &str, account: &AccountId) {
        let known = self.store.get(kind, &self.place, Duration::MAX);
        if known.is_none_or(|(text, _)| text != account.as_str()) {
            self.store.put(kind, &self.place, account.as_str());
        }
    }

    /// From the store, or from Organizations. The outer error is about credentials.
    async fn discovered(&self) -> Result<Result<Organization, Refusal>> {
        const KIND: &str = "organization";
        let hub = self.hub_account().await?;
        if let Some(organization) = self.kept(KIND, &hub) {
            return Ok(Ok(organization));
        }
        if self.only_memory {
            return Err(
                Error::failed("the list of accounts is not kept").hint("run it once without --cached")
            );
        }
        let found = discover(&self.organizations(&hub).await?).await;
        // What could not be found out today may be found out in an hour.
        if let Ok(organization) = &found
            && organization.is_whole()
        {
            self.keep(KIND, &hub, organization);
        }
        Ok(found)
    }

    async fn tags_of(&self, organization: &Organization) -> Result<AccountTags> {
        const KIND: &str = "account_tags";
        let hub = self.hub_account().await?;
        let all = |kept: &AccountTags| organization.accounts.iter().all(|a| kept.of.contains_key(&a.id));
        if let Some(kept) = self.kept::<AccountTags>(KIND, &hub).filter(all) {
            return Ok(kept);
        }
        if self.only_memory {
            let unknown = organization.accounts.iter().map(|account| account.id.clone()).collect();
            let note = Some("the tags of accounts are not kept: run it once without --cached".to_owned());
            return Ok(AccountTags { unknown, note, ..AccountTags::default() });
        }
        let tags = account_tags(&self.organizations(&hub).await?, &organization.accounts).await;
        if tags.unknown.is_empty() {
            self.keep(KIND, &hub, &tags);
        }
        Ok(tags)
    }

    async fn organizations(&self, hub: &AccountId) -> Result<Organizations> {
        let config = self.aws.hub_sdk_config().await?;
        let config = aws_sdk_organizations::config::Builder::from(&config)
            .retry_config(RetryConfig::disabled())
            .build();
        let calls = self.aws.typed_calls("organizations", hub, &self.settings.home_region);
        Ok(Organizations { client: aws_sdk_organizations::Client::from_conf(config), calls })
    }

    fn kept<T: DeserializeOwned>(&self, kind: &str, account: &AccountId) -> Option<T> {
        let (text, _) = self.store.get(kind, &self.key(account.as_str()), self.memory?)?;
        serde_json::from_str(&text).ok()
    }

    fn keep(&self, kind: &str, account: &AccountId, found: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(found) {
            self.store.put(kind, &self.key(account.as_str()), &text);
        }
    }

    async fn ask_regions(&self, account: &AccountId, actions: &ActionSet) -> Result<Vec<RegionState>, Fault> {
        let missing =
            || Fault::new(FaultKind::Rejected, format!("{} is not a read operation", regions::OPERATION));
        let operation = self.aws.read_operation(regions::OPERATION).ok_or_else(missing)?;
        let allowed = operation.actions.iter().all(|action| actions.contains(action));
        let own = ActionSet::new(operation.actions.iter().cloned().collect());
        let request = ReadRequest {
            account,
            region: &self.settings.home_region,
            operation: &operation,
            input: &regions::input(),
            actions: if allowed { actions } else { &own },
        };
        let response = self.aws.read(request).await.map_err(|failure| failure.fault)?;
        regions::states(&response.output)
    }

    fn remembered(&self, account: &AccountId) -> Option<Regions> {
        self.kept("regions", account).map(Arc::new)
    }

    fn key(&self, account: &str) -> String {
        format!("{account}|{}", self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use crate::org::discover::tests::answer as organizations;
    use crate::org::tests::{Answer, aws, settings};
    use crate::settings::Paths;

    fn paths(folder: &std::path::Path) -> Paths {
        let folder = folder.to_path_buf();
        Paths { config: folder.clone(), cache: folder.clone(), data: folder.clone(), state: folder }
    }

    fn directory(source: OrganizationSource, store: Store, answer: Answer) -> Directory {
        let mut settings = settings();
        settings.organization = source;
        settings.credentials.hub_role = crate::settings::RoleSetting::None;
        let catalog = Arc::new(Catalog::builtin().unwrap());
        let aws = Arc::new(aws(settings.clone(), answer));
        Directory::new(Arc::new(settings), catalog, aws, Arc::new(store), "here".to_owned())
    }

    /// The base identity, the organization, and the regions of whoever is asked.
    fn answer(operation: &str, input: &Json) -> Result<String, &'static str> {
        match operation {
            "GetCallerIdentity" => Ok("<GetCallerIdentityResponse><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::100000000001:user/ops</Arn><UserId>A</UserId><Account>100000000001</Account>\
                </GetCallerIdentityResult></GetCallerIdentityResponse>"
                .into()),
            "DescribeRegions" => Ok("<DescribeRegionsResponse><regionInfo>\
                <item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>\
                <item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>\
                </regionInfo></DescribeRegionsResponse>"
                .into()),
            _ => organizations(operation, input),
        }
    }

    fn silent(operation: &str, input: &Json) -> Result<String, &'static str> {
        match operation {
            "GetCallerIdentity" => answer(operation, input),
            _ => Err("AWSOrganizationsNotInUseException"),
        }
    }

    #[tokio::test]
    async fn what_was_found_is_remembered_for_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(&paths(folder.path()));
        let first =
            directory(OrganizationSource::Auto, open(), answer).organization(Tags::LeftOut).await.unwrap();
        assert_eq!((first.accounts.len(), first.source), (3, AccountsFrom::Organizations));
        let second =
            directory(OrganizationSource::Auto, open(), silent).organization(Tags::LeftOut).await.unwrap();
        assert_eq!(second.accounts, first.accounts);
        assert_eq!(second.units, first.units);
        let fresh = directory(OrganizationSource::Auto, open(), silent)
            .fresh()
            .organization(Tags::LeftOut)
            .await
            .unwrap();
        assert_eq!(fresh.accounts.len(), 1);
    }

    #[tokio::test]
    async fn tags_are_asked_where_they_are_wanted_and_remembered_too() {
        fn without_tags(operation: &str, input: &Json) -> Result<String, &'static str> {
            if operation == "ListTagsForResource" { Err("nobody") } else { answer(operation, input) }
        }
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(&paths(folder.path()));
        let unasked = directory(OrganizationSource::Auto, open(), without_tags);
        let plain = unasked.organization(Tags::LeftOut).await.unwrap();
        assert!(plain.notes.is_empty() && plain.accounts[0].tags.is_empty());
        let failed = unasked.organization(Tags::Wanted).await.unwrap();
        assert_eq!((failed.tags_unknown.len(), failed.notes.len()), (3, 1), "and are not remembered");

        for answer in [answer, without_tags] {
            let tagged = directory(OrganizationSource::Auto, open(), answer);
            let tagged = tagged.organization(Tags::Wanted).await.unwrap();
            assert_eq!(tagged.accounts[0].tags["id"], "100000000001");
        }
    }

    #[tokio::test]
    async fn without_an_organization_the_caller_is_asked_alone_and_says_so() {
        let found = directory(OrganizationSource::Auto, Store::none(), silent)
            .organization(Tags::LeftOut)
            .await
            .unwrap();
        assert_eq!(found.source, AccountsFrom::Caller);
        assert_eq!(
            found.notes,
            ["only account 100000000001 is asked: AWS Organizations did not answer: \
              this account belongs to no organization"]
        );
    }

    #[tokio::test]
    async fn an_organization_asked_for_by_name_must_answer() {
        let error = directory(OrganizationSource::Organizations, Store::none(), silent)
            .organization(Tags::LeftOut)
            .await
            .unwrap_err();
        assert!(error.to_string().starts_with("cannot list the accounts of the organization"), "{error}");
        assert!(!error.hints().is_empty());
    }

    #[tokio::test]
    async fn accounts_of_the_settings_need_nobody() {
        let accounts = ["100000000009", "100000000008"].map(|id| Account::bare(id.parse().unwrap()));
        let source = OrganizationSource::Static(accounts.to_vec());
        let found =
            directory(source, Store::none(), |_, _| Err("nobody")).organization(Tags::LeftOut).await.unwrap();
        assert_eq!(found.accounts[0].id.as_str(), "100000000008");
        assert_eq!(found.source, AccountsFrom::Settings);
    }

    #[tokio::test]
    async fn regions_are_asked_once_and_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let account = Account::bare("100000000001".parse().unwrap());
        let asked = directory(OrganizationSource::Current, Store::open(&paths(folder.path())), answer);
        assert_eq!(asked.known_regions(&account.id), None);
        let regions = asked.regions(&account).await.unwrap();
        let shown: Vec<_> = regions.iter().map(|r| (r.region.as_str(), r.enabled)).collect();
        assert_eq!(shown, [("af-south-1", false), ("us-east-1", true)]);
        assert!(asked.known_regions(&account.id).is_some());
        let next =
            directory(OrganizationSource::Current, Store::open(&paths(folder.path())), |_, _| Err("nobody"));
        assert_eq!(next.regions(&account).await.unwrap(), regions);
    }

    #[tokio::test]
    async fn an_account_that_lets_nobody_in_is_taken_to_have_the_regions_of_the_hub() {
        let names = |regions: Vec<Region>| regions.iter().map(ToString::to_string).collect::<Vec<_>>();
        let asked = directory(OrganizationSource::Current, Store::none(), answer);
        let before = names(asked.known_fallback_regions());
        assert_eq!(names(asked.fallback_regions(&ActionSet::default()).await), ["us-east-1"]);
        assert_eq!(names(asked.known_fallback_regions()), ["us-east-1"]);

        // Where the hub does not tell either, every account has those that need no opting in.
        let silent = directory(OrganizationSource::Current, Store::none(), |_, _| Err("nobody"));
        let without = names(silent.fallback_regions(&ActionSet::default()).await);
        assert_eq!(without, before);
        assert_eq!(without.len(), 17, "{without:?}");
        assert!(silent.partition_regions().len() > 30);
    }

    #[test]
    fn a_region_that_does_not_exist_is_named() {
        let directory = directory(OrganizationSource::Current, Store::none(), |_, _| Err("nobody"));
        let check = |region: &str| {
            directory.check_regions(&Scope::parse(&[], &[], &[], &[region.to_owned()]).unwrap())
        };
        assert!(check("eu-*").is_ok() && check("!us-*").is_ok() && check("global").is_ok());
        let error = check("eu-wst-1").unwrap_err();
        assert_eq!(error.to_string(), "no region matches 'eu-wst-1'");
        assert_eq!(error.hints().first().map(String::as_str), Some("did you mean 'eu-west-1'?"));
    }
}
