//! Sessions: whose credentials sign a call into an account.
//!
//! base identity -> hub role -> member role; or a profile per account; or a permission set of IAM
//! Identity Center. Where a role is assumed, the session carries a policy with exactly the plan's
//! actions. This room knows accounts and actions, not calls.

mod base;
mod identity_center;
mod policy;
mod role;
mod slot;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use tracing::{Instrument as _, Span};

use self::base::Base;
use self::identity_center::IdentityCenter;
use self::role::{CHAINED, Role, assume, sdk_failure};
use self::slot::{Refusal, Slots};
use super::transport::Transport;
use super::{ActionSet, Prompt, retry};
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, FaultKind};
use crate::settings::{RoleSetting, Settings};

/// What the hub's own session may do: read the organization and enter the members.
const HUB_ACTIONS: [&str; 14] = [
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
    "organizations:ListPolicies",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
    "sts:AssumeRole",
    "sts:SetSourceIdentity",
];

/// Whether the sessions of this run were confined to the plan's actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionPolicy {
    Attached,
    /// In some accounts; `why` says where not.
    Partly {
        why: String,
    },
    None {
        why: String,
    },
}

/// Who the base credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: AccountId,
    pub arn: String,
}

/// Where members are entered from.
#[derive(Clone, Debug)]
struct Hub {
    account: AccountId,
    /// `None`: the base identity itself.
    role: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum SessionKey {
    Base,
    /// The hub role with this policy.
    Hub(Arc<str>),
    Member(AccountId, Arc<str>),
    Profile(String),
    IdentityCenter(AccountId),
}

/// Credentials for one call.
#[derive(Clone, Debug)]
pub struct Session {
    pub credentials: Credentials,
    /// Assumed by this run at a regional endpoint.
    pub fresh: bool,
    key: SessionKey,
}

#[derive(Default)]
struct Used {
    attached: bool,
    /// Why sessions went without a policy.
    bare: BTreeSet<&'static str>,
}

pub struct Sessions {
    settings: Arc<Settings>,
    base: Base,
    identity_center: Option<IdentityCenter>,
    permits: Arc<Semaphore>,
    slots: Slots<SessionKey>,
    /// Accounts that do not let us in, whatever the policy: one call each.
    closed: Mutex<HashMap<AccountId, Fault>>,
    caller: OnceCell<Result<Caller, Refusal>>,
    hub: OnceCell<Result<Hub, Refusal>>,
    base_sts: OnceCell<aws_sdk_sts::Client>,
    hub_sts: OnceCell<aws_sdk_sts::Client>,
    assume_role_calls: AtomicU64,
    policy_limit: AtomicUsize,
    used: Mutex<Used>,
    notes: Mutex<Vec<String>>,
}

impl Sessions {
    pub fn new(
        settings: Arc<Settings>,
        http_client: SharedHttpClient,
        transport: &Transport,
        endpoint_url: Option<String>,
        prompt: Arc<dyn Prompt>,
        permits: Arc<Semaphore>,
    ) -> Arc<Self> {
        Arc::new(Self {
            base: Base::new(settings.clone(), http_client, transport, endpoint_url, prompt),
            identity_center: IdentityCenter::new(settings.clone()),
            settings,
            permits,
            slots: Slots::default(),
            closed: Mutex::default(),
            caller: OnceCell::new(),
            hub: OnceCell::new(),
            base_sts: OnceCell::new(),
            hub_sts: OnceCell::new(),
            assume_role_calls: AtomicU64::new(0),
            policy_limit: AtomicUsize::new(policy::LIMIT),
            used: Mutex::default(),
            notes: Mutex::default(),
        })
    }

    pub async fn sdk(&self) -> &SdkConfig {
        self.base.sdk().await
    }

    pub fn assume_role_calls(&self) -> u64 {
        self.assume_role_calls.load(Ordering::Relaxed)
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().clone()
    }

    pub fn policy(&self) -> SessionPolicy {
        let used = self.used.lock();
        let why = used.bare.iter().copied().collect::<Vec<_>>().join("; ");
        match (used.attached, used.bare.is_empty()) {
            (true, true) => SessionPolicy::Attached,
            (true, false) => SessionPolicy::Partly { why },
            (false, false) => SessionPolicy::None { why },
            (false, true) => SessionPolicy::None { why: "no session was opened".to_owned() },
        }
    }

    pub async fn caller(self: &Arc<Self>) -> Result<Caller> {
        self.find_caller().await.map_err(Refusal::into_error)
    }

    pub async fn hub_account(self: &Arc<Self>) -> Result<AccountId> {
        self.find_hub().await.map(|hub| hub.account).map_err(Refusal::into_error)
    }

    pub async fn identity_center_accounts(&self) -> Result<Vec<Account>> {
        let Some(center) = &self.identity_center else {
            return Err(Error::usage("no IAM Identity Center login is configured")
                .hint("set identity_center.start_url (or sso_session) and identity_center.region"));
        };
        center.accounts(self.sdk().await).await
    }

    /// The session for a call that needs the IAM actions `needed`, in a run that needs `actions`.
    pub async fn session(
        self: &Arc<Self>,
        account: &AccountId,
        needed: &[String],
        actions: &ActionSet,
    ) -> Result<Session, Fault> {
        self.open(account, needed, actions).await.map_err(|refusal| refusal.fault)
    }

    async fn open(
        self: &Arc<Self>,
        account: &AccountId,
        needed: &[String],
        actions: &ActionSet,
    ) -> Result<Session, Refusal> {
        if let Some(center) = &self.identity_center {
            self.bare("IAM Identity Center credentials take none");
            let key = SessionKey::IdentityCenter(account.clone());
            return self
                .keep(key, false, || async move { center.credentials(self.sdk().await, account).await })
                .await;
        }
        if let Some(profile) = self.settings.credentials.account_profiles.get(account) {
            self.bare("accounts reached through a profile take none");
            let key = SessionKey::Profile(profile.clone());
            return self.keep(key, false, || self.base.of_profile(profile)).await;
        }
        let hub = self.find_hub().await?;
        if hub.account == *account && hub.role.is_none() {
            self.bare("the base identity is used as it is in its own account");
            return self.keep(SessionKey::Base, false, || self.base.credentials()).await;
        }
        if let Some(fault) = self.closed.lock().get(account) {
            return Err(fault.clone().into());
        }
        let outcome = self.assumed(&hub, account, needed, actions).await;
        match &outcome {
            Ok(_) => self.used.lock().attached = true,
            Err(refusal) if refusal.fault.kind == FaultKind::AssumeDenied => {
                self.closed.lock().insert(account.clone(), refusal.fault.clone());
            }
            Err(_) => {}
        }
        outcome
    }

    /// A session with the plan's policy, or the part of it that STS can pack.
    async fn assumed(
        self: &Arc<Self>,
        hub: &Hub,
        account: &AccountId,
        needed: &[String],
        actions: &ActionSet,
    ) -> Result<Session, Refusal> {
        let mut last: Option<Arc<str>> = None;
        loop {
            let limit = self.policy_limit.load(Ordering::Relaxed);
            let text = policy::share(actions, needed, limit)
                .map_err(|why| Fault::new(FaultKind::Rejected, why.to_string()))?;
            let key = if hub.account == *account {
                SessionKey::Hub(text.clone())
            } else {
                SessionKey::Member(account.clone(), text.clone())
            };
            let outcome = self.keep(key.clone(), true, || self.enter(hub, &key)).await;
            let too_large = outcome
                .as_ref()
                .is_err_and(|refusal| refusal.fault.code.as_deref() == Some("PackedPolicyTooLarge"));
            // The same text again means that there is nothing left to split.
            if !too_large || last.as_ref() == Some(&text) {
                return outcome;
            }
            self.policy_limit.fetch_min(policy::smaller(&text), Ordering::Relaxed);
            last = Some(text);
        }
    }

    async fn keep<F>(
        &self,
        key: SessionKey,
        fresh: bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<Session, Refusal>
    where
        F: Future<Output = Result<Credentials, Refusal>>,
    {
        let credentials = self.slots.get(&key, fetch).await?;
        Ok(Session { credentials, fresh, key })
    }

    async fn enter(self: &Arc<Self>, hub: &Hub, key: &SessionKey) -> Result<Credentials, Refusal> {
        let (client, arn, policy) = match key {
            SessionKey::Hub(policy) => {
                (self.base_client().await, hub.role.clone().unwrap_or_default(), policy)
            }
            SessionKey::Member(account, policy) => {
                let arn = self.role_arn(account, &self.settings.credentials.member_role);
                let client = match hub.role {
                    Some(_) => self.hub_client().await,
                    None => self.base_client().await,
                };
                (client, arn, policy)
            }
            _ => return Err(Fault::new(FaultKind::Rejected, "no role is assumed here").into()),
        };
        let role = Role { arn, policy: Some(policy.clone()), duration: self.duration(hub, key).await? };
        // A member's AssumeRole holds a permit while its client renews the hub's credentials: those
        // must not wait for another.
        let paced = *key != SessionKey::Hub(hub_policy());
        self.assume(client, role, paced).await
    }

    /// From a role's session at most an hour; what the base credentials are tells their token.
    async fn duration(self: &Arc<Self>, hub: &Hub, key: &SessionKey) -> Result<Duration, Refusal> {
        let wanted = self.settings.credentials.session_duration;
        let from_role = matches!(key, SessionKey::Member(..)) && hub.role.is_some();
        let chained = from_role || self.find_caller().await?.arn.contains(":assumed-role/");
        Ok(if chained { wanted.min(CHAINED) } else { wanted })
    }

    #[tracing::instrument(
        name = "assume_role",
        level = "debug",
        skip_all,
        fields(account = role.arn.split(':').nth(4), role = role.arn, fault)
    )]
    async fn assume(
        &self,
        client: &aws_sdk_sts::Client,
        mut role: Role,
        paced: bool,
    ) -> Result<Credentials, Refusal> {
        let (settings, region) = (&self.settings.credentials, &self.settings.home_region);
        loop {
            let current = &role;
            let outcome = retry::run(self.settings.network.max_attempts, || async move {
                let permit = self.permits.acquire().instrument(tracing::trace_span!("permit"));
                let _permit = if paced { permit.await.ok() } else { None };
                self.assume_role_calls.fetch_add(1, Ordering::Relaxed);
                assume(client, current, settings, region).await
            })
            .await;
            tracing::debug!(
                role = role.arn,
                fault = outcome.as_ref().err().map(|fault| fault.kind.as_str()),
                "assumed"
            );
            Span::current().record("fault", outcome.as_ref().err().map(|fault| fault.kind.as_str()));
            match outcome {
                // The role allows an hour only, which no one can see beforehand.
                Err(fault) if fault.message.contains("DurationSeconds") && role.duration > CHAINED => {
                    role.duration = CHAINED;
                }
                other => return other.map_err(Refusal::from),
            }
        }
    }

    fn role_arn(&self, account: &AccountId, role: &str) -> String {
        if role.starts_with("arn:") {
            return role.to_owned();
        }
        format!("arn:{}:iam::{account}:role/{}", self.settings.partition, role.trim_start_matches('/'))
    }

    async fn find_caller(self: &Arc<Self>) -> Result<Caller, Refusal> {
        let found = self
            .caller
            .get_or_init(|| async {
                self.keep(SessionKey::Base, false, || self.base.credentials()).await?;
                let client = self.base_client().await;
                let region = &self.settings.home_region;
                let output = retry::run(self.settings.network.max_attempts, || async {
                    let _permit = self.permits.acquire().await;
                    client.get_caller_identity().send().await.map_err(|error| sdk_failure(&error, region))
                })
                .await
                .map_err(|fault| fault.in_operation("sts:GetCallerIdentity"));
                let output = match output {
                    Ok(output) => output,
                    Err(fault) => return Err(self.unknown_caller(fault).await),
                };
                match (output.account().map(str::parse::<AccountId>), output.arn()) {
                    (Some(Ok(account)), Some(arn)) => Ok(Caller { account, arn: arn.to_owned() }),
                    _ => {
                        let fault = Fault::new(FaultKind::BadResponse, "STS did not say who is calling");
                        Err(fault.in_operation("sts:GetCallerIdentity").into())
                    }
                }
            })
            .await;
        found.clone()
    }

    async fn find_hub(self: &Arc<Self>) -> Result<Hub, Refusal> {
        if self.identity_center.is_some() {
            let error = Error::usage("an IAM Identity Center login has no hub account")
                .hint("list the accounts of the login: organization = \"identity_center\"");
            return Err(Refusal::of(FaultKind::Rejected, error));
        }
        self.hub.get_or_init(|| self.decide_hub()).await.clone()
    }

    async fn decide_hub(self: &Arc<Self>) -> Result<Hub, Refusal> {
        let caller = self.find_caller().await?;
        let base = Hub { account: caller.account.clone(), role: None };
        let (name, required) = match &self.settings.credentials.hub_role {
            RoleSetting::None => return Ok(base),
            RoleSetting::Default(name) => (name, false),
            RoleSetting::Required(name) => (name, true),
        };
        let arn = self.role_arn(&caller.account, name);
        // arn:aws:sts::111122223333:assumed-role/Name/session
        let bare_name = arn.rsplit('/').next().unwrap_or(&arn);
        let account = arn.split(':').nth(4).and_then(|text| text.parse::<AccountId>().ok());
        let Some(account) = account else {
            let error = Error::usage(format!("'{name}' is neither a role name nor a role ARN"));
            return Err(Refusal::of(FaultKind::AssumeDenied, error));
        };
        let already =
            account == caller.account && caller.arn.contains(&format!(":assumed-role/{bare_name}/"));
        if already {
            return Ok(base);
        }
        let hub = Hub { account, role: Some(arn.clone()) };
        let key = SessionKey::Hub(hub_policy());
        match self.keep(key.clone(), true, || self.enter(&hub, &key)).await {
            Ok(_) => Ok(hub),
            Err(refusal) if !required && refusal.fault.kind == FaultKind::AssumeDenied => {
                self.notes.lock().push(format!(
                    "the hub role {arn} could not be assumed; the base identity is used instead"
                ));
                Ok(base)
            }
            Err(refusal) => {
                let error = Error::failed(format!("cannot enter the hub: {}", refusal.fault.message))
                    .hint(format!("check that {} may assume {arn}, and its trust policy", caller.arn))
                    .hint("without a hub role: hub_role = \"none\"");
                Err(Refusal { fault: refusal.fault, error: Some(Arc::new(error)) })
            }
        }
    }

    async fn base_client(self: &Arc<Self>) -> &aws_sdk_sts::Client {
        self.base_sts.get_or_init(|| self.base.sts_client(self.provider(Of::Base))).await
    }

    async fn hub_client(self: &Arc<Self>) -> &aws_sdk_sts::Client {
        self.hub_sts.get_or_init(|| self.base.sts_client(self.provider(Of::Hub))).await
    }

    fn provider(self: &Arc<Self>, of: Of) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Renewing { sessions: Arc::downgrade(self), of })
    }

    /// For typed clients in the hub account, at the home region.
    pub async fn hub_sdk_config(self: &Arc<Self>) -> Result<SdkConfig> {
        self.find_hub().await.map_err(Refusal::into_error)?;
        Ok(self.base.sdk_for(&self.settings.home_region, self.provider(Of::Hub)).await)
    }

    /// A service called the credentials expired: the next session is a new one.
    pub async fn expire(&self, session: &Session) {
        self.slots.expire(&session.key, session.credentials.access_key_id()).await;
    }

    fn bare(&self, why: &'static str) {
        self.used.lock().bare.insert(why);
    }

    async fn unknown_caller(&self, fault: Fault) -> Refusal {
        let said = &fault.message;
        let error = Error::failed(format!("cannot find out whose credentials these are: {said}"));
        let error = match fault.kind {
            FaultKind::Expired => error
                .hint("the credentials are expired or wrong: log in again (aws sso login), or renew them"),
            FaultKind::Unreachable | FaultKind::Timeout | FaultKind::BadResponse => {
                match self.base.sdk().await.endpoint_url() {
                    Some(url) => error.hint(format!("is this the right endpoint? {url} (AWS_ENDPOINT_URL)")),
                    None => error.hint(format!(
                        "STS is asked in {}: check the network, HTTPS_PROXY and AWS_CA_BUNDLE, or set home_region",
                        self.settings.home_region
                    )),
                }
            }
            _ => error,
        };
        Refusal { fault, error: Some(Arc::new(error)) }
    }
}

fn hub_policy() -> Arc<str> {
    let actions: BTreeSet<String> = HUB_ACTIONS.iter().map(|&action| action.to_owned()).collect();
    policy::share(&actions, &[], policy::LIMIT).unwrap_or_else(|_| Arc::from(""))
}

/// Whose credentials a typed client signs with.
#[derive(Clone, Debug)]
enum Of {
    Base,
    Hub,
}

/// Hands the kept credentials to typed clients, renewed as they are here.
struct Renewing {
    sessions: std::sync::Weak<Sessions>,
    of: Of,
}

impl std::fmt::Debug for Renewing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Renewing({:?})", self.of)
    }
}

impl Renewing {
    async fn credentials(&self) -> Result<Credentials, Refusal> {
        let Some(sessions) = self.sessions.upgrade() else {
            return Err(Fault::new(FaultKind::Cancelled, "the run is over").into());
        };
        let base = || sessions.keep(SessionKey::Base, false, || sessions.base.credentials());
        let session = match &self.of {
            Of::Base => base().await?,
            Of::Hub => {
                let hub = sessions.find_hub().await?;
                if hub.role.is_none() {
                    base().await?
                } else {
                    let key = SessionKey::Hub(hub_policy());
                    sessions.keep(key.clone(), true, || sessions.enter(&hub, &key)).await?
                }
            }
        };
        Ok(session.credentials)
    }
}

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.credentials()
                .await
                .map_err(|refusal| provider::error::CredentialsError::provider_error(refusal.into_error()))
        })
    }
}
