//! Sessions: whose credentials sign a call into an account.
//!
//! base identity -> hub role -> member role; or a profile per account; or a permission set of IAM
//! Identity Center. Where a role is assumed, the session carries a policy with exactly the plan's
//! actions. This room knows accounts and actions, not calls.

mod base;
mod expected;
mod hub;
mod identity_center;
mod kept;
mod policy;
mod role;
mod signer;
mod slot;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tracing::Span;

use self::base::Base;
use self::hub::Hub;
use self::identity_center::IdentityCenter;
use self::kept::Place;
pub(super) use self::role::sdk_failure;
use self::role::{CHAINED, Role, assume};
use self::signer::Of;
use self::slot::{Held, Refusal, Slots};
use super::ActionSet;
use super::pace::{Gate, Quota, quota};
use super::retry::{Failure, again_of};
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, FaultKind};
use crate::settings::Settings;

pub use base::Means;
pub use hub::Caller;
pub use kept::{KeepSessions, KeptSessions};
pub use policy::confined;

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
    held: Held,
    /// A role's, assumed at a regional endpoint.
    assumed: bool,
    key: SessionKey,
}

impl Session {
    /// Assumed at a regional endpoint, by this run or by one before whose session still holds: every
    /// region that is on knows it.
    pub fn is_fresh(&self) -> bool {
        self.assumed && self.held.is_vouched()
    }

    /// Whether this run opened it, or a service took it since.
    pub fn is_vouched(&self) -> bool {
        self.held.is_vouched()
    }

    /// A service knew it.
    pub fn vouch(&self) {
        self.held.vouch();
    }
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
    /// Sessions of earlier runs; `None` where none are kept.
    kept: Option<KeptSessions>,
    identity_center: Option<IdentityCenter>,
    gate: Arc<Gate>,
    /// Of STS, which all of this room's calls share.
    quota: Quota,
    slots: Slots<SessionKey>,
    /// Accounts that do not let us in, whatever the policy: one call each.
    closed: Mutex<HashMap<AccountId, Fault>>,
    caller: OnceCell<Result<Caller, Refusal>>,
    hub: OnceCell<Result<Hub, Refusal>>,
    base_sts: OnceCell<aws_sdk_sts::Client>,
    hub_sts: OnceCell<aws_sdk_sts::Client>,
    policy_limit: AtomicUsize,
    used: Mutex<Used>,
    notes: Mutex<Vec<String>>,
}

impl Sessions {
    pub fn new(means: Means, gate: Arc<Gate>) -> Arc<Self> {
        Arc::new(Self {
            kept: means.kept.clone(),
            identity_center: IdentityCenter::new(means.settings.clone(), gate.clone()),
            settings: means.settings.clone(),
            base: Base::new(means),
            gate,
            quota: quota("sts", "AssumeRole"),
            slots: Slots::default(),
            closed: Mutex::default(),
            caller: OnceCell::new(),
            hub: OnceCell::new(),
            base_sts: OnceCell::new(),
            hub_sts: OnceCell::new(),
            policy_limit: AtomicUsize::new(policy::LIMIT),
            used: Mutex::default(),
            notes: Mutex::default(),
        })
    }

    pub async fn sdk(&self) -> &SdkConfig {
        self.base.sdk().await
    }

    pub fn assume_role_calls(&self) -> u64 {
        self.gate.tally.spent().of("sts:AssumeRole")
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
                .keep(key, false, || async move {
                    center.credentials(self.sdk().await, account).await.map(Held::from)
                })
                .await;
        }
        if let Some(profile) = self.settings.credentials.account_profiles.get(account) {
            self.bare("accounts reached through a profile take none");
            let key = SessionKey::Profile(profile.clone());
            return self
                .keep(key, false, || async move { self.base.of_profile(profile).await.map(Held::from) })
                .await;
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
        assumed: bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<Session, Refusal>
    where
        F: Future<Output = Result<Held, Refusal>>,
    {
        let held = self.slots.get(&key, fetch).await?;
        Ok(Session { credentials: held.credentials.clone(), held, assumed, key })
    }

    /// The session of an earlier run, or a new one.
    async fn enter(self: &Arc<Self>, hub: &Hub, key: &SessionKey) -> Result<Held, Refusal> {
        let (of, arn, policy) = match key {
            SessionKey::Hub(policy) => (Of::Base, hub.role.clone().unwrap_or_default(), policy),
            SessionKey::Member(account, policy) => {
                let arn = self.member_role(account);
                (if hub.role.is_some() { Of::Hub } else { Of::Base }, arn, policy)
            }
            _ => return Err(Fault::new(FaultKind::Rejected, "no role is assumed here").into()),
        };
        let place = self.place(hub, key).await;
        if let (Some(kept), Some(place)) = (&self.kept, &place)
            && let Some(found) = kept.get(place)
        {
            tracing::debug!(role = arn, "kept from an earlier run");
            return Ok(Held::kept(found));
        }
        let role = Role { arn, policy: Some(policy.clone()), duration: self.duration(hub, key).await? };
        // A member's AssumeRole holds a permit while its client renews the hub's credentials: those
        // must not wait for another.
        let paced = *key != SessionKey::Hub(hub::hub_policy());
        let caller = match (key, &hub.role) {
            (SessionKey::Member(..), Some(_)) => Some(&hub.account),
            _ => None,
        };
        let opened = self.base.by_our_clock(self.assume(of, role, caller, paced).await?);
        if let (Some(kept), Some(place)) = (&self.kept, &place) {
            kept.put(place, &opened);
        }
        Ok(opened.into())
    }

    /// Where the session of a role is kept: with those that the same identity opened in the same way for
    /// the same actions.
    async fn place(self: &Arc<Self>, hub: &Hub, key: &SessionKey) -> Option<Place> {
        let kept = self.kept.as_ref()?;
        let caller = self.find_caller().await.ok()?;
        let settings = &self.settings.credentials;
        let (kind, arn, policy) = match key {
            SessionKey::Hub(policy) => ("hub", hub.role.clone()?, policy),
            SessionKey::Member(account, policy) => ("member", self.member_role(account), policy),
            _ => return None,
        };
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let parts = [
            kept.place.as_str(),
            &self.base.location().await,
            self.settings.partition.as_str(),
            &caller.arn,
            &text(&hub.role),
            policy,
            &text(&settings.external_id),
            &text(&settings.source_identity),
            &settings.session_name,
            &settings.session_duration.as_secs().to_string(),
            &text(&settings.mfa_serial),
        ];
        Some(Place::new(kind, &arn, &parts))
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
        self: &Arc<Self>,
        of: Of,
        mut role: Role,
        caller: Option<&AccountId>,
        paced: bool,
    ) -> Result<Credentials, Refusal> {
        let (settings, region) = (&self.settings.credentials, &self.settings.home_region);
        let client = self.client(of).await;
        loop {
            let current = &role;
            let outcome = self
                .signed(of, || async move {
                    self.gate.tally.set_out("sts:AssumeRole").map_err(Failure::last)?;
                    let pass = match paced {
                        true => self.gate.enter(&self.quota, caller, region).await,
                        false => self.gate.enter_now(&self.quota, caller, region),
                    };
                    let outcome = assume(client, current, settings, region).await;
                    pass.leave().told(again_of(&outcome));
                    outcome
                })
                .await;
            let fault = outcome.as_ref().err().map(|refusal| &refusal.fault);
            tracing::debug!(role = role.arn, fault = fault.map(|fault| fault.kind.as_str()), "assumed");
            Span::current().record("fault", fault.map(|fault| fault.kind.as_str()));
            match fault {
                // The role allows an hour only, which no one can see beforehand.
                Some(fault) if fault.message.contains("DurationSeconds") && role.duration > CHAINED => {
                    role.duration = CHAINED;
                }
                _ => return outcome,
            }
        }
    }

    /// The role that a member is entered with.
    fn member_role(&self, account: &AccountId) -> String {
        let settings = &self.settings.credentials;
        let of_payer =
            settings.payer_role.as_ref().filter(|_| settings.payer_account.as_ref() == Some(account));
        self.role_arn(account, of_payer.unwrap_or(&settings.member_role))
    }

    fn role_arn(&self, account: &AccountId, role: &str) -> String {
        if role.starts_with("arn:") {
            return role.to_owned();
        }
        format!("arn:{}:iam::{account}:role/{}", self.settings.partition, role.trim_start_matches('/'))
    }

    /// A service called the credentials expired: the next session is a new one, for later runs as well.
    pub fn expire<'a>(self: &'a Arc<Self>, session: &'a Session) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            // First where it is kept: whoever finds the slot empty looks there.
            if session.key != SessionKey::Base
                && let Some(kept) = &self.kept
                && let Ok(hub) = self.find_hub().await
                && let Some(place) = self.place(&hub, &session.key).await
            {
                kept.remove(&place, &session.credentials);
            }
            if !self.slots.expire(&session.key, session.credentials.access_key_id()).await {
                return;
            }
            tracing::debug!(access_key_id = session.credentials.access_key_id(), "expired");
            if session.key == SessionKey::Base {
                self.base.expire(&session.credentials);
            }
        })
    }

    fn bare(&self, why: &'static str) {
        self.used.lock().bare.insert(why);
    }
}
