//! Where members are entered from: whose the base credentials are, and the hub role they assume first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};

use super::kept::Place;
use super::role::sdk_failure;
use super::signer::Of;
use super::slot::Refusal;
use super::{Session, SessionKey, Sessions, policy};
use crate::aws::retry::{Failure, again_of};
use crate::error::{Error, Result};
use crate::model::{AccountId, Fault, FaultKind};
use crate::settings::RoleSetting;

/// Whose an access key is does not change; asked again now and then all the same.
const SAME_CALLER: Duration = Duration::from_secs(12 * 3600);

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

/// Who the base credentials are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub account: AccountId,
    pub arn: String,
}

/// Where members are entered from.
#[derive(Clone, Debug)]
pub(super) struct Hub {
    pub account: AccountId,
    /// `None`: the base identity itself.
    pub role: Option<String>,
}

impl Sessions {
    /// The base credentials and whose they are, asked now.
    pub async fn base_now(self: &Arc<Self>) -> Result<(Caller, Credentials)> {
        let caller = self.ask_caller(Of::Base).await.map_err(Refusal::into_error)?;
        let session = self.signer(Of::Base).await.map_err(Refusal::into_error)?;
        Ok((caller, session.credentials))
    }

    /// The hub's account and the role in it, where one is assumed.
    pub async fn hub(self: &Arc<Self>) -> Result<(AccountId, Option<String>)> {
        self.find_hub().await.map(|hub| (hub.account, hub.role)).map_err(Refusal::into_error)
    }

    pub(super) async fn find_caller(self: &Arc<Self>) -> Result<Caller, Refusal> {
        self.caller.get_or_init(|| self.decide_caller()).await.clone()
    }

    async fn decide_caller(self: &Arc<Self>) -> Result<Caller, Refusal> {
        let place = self.caller_place(&self.signer(Of::Base).await?).await;
        if let (Some(kept), Some(place)) = (&self.kept, &place)
            && let Some((text, _)) = kept.keeper.get(&place.key, &place.name)
            && let Ok(caller) = serde_json::from_str(&text)
        {
            return Ok(caller);
        }
        let caller = self.ask_caller(Of::Base).await?;
        if let (Some(kept), Some(place), Ok(text)) = (&self.kept, &place, serde_json::to_string(&caller)) {
            kept.keeper.put(&place.key, &place.name, &text, SystemTime::now() + SAME_CALLER);
        }
        Ok(caller)
    }

    /// An access key belongs to one identity for as long as it lives. Of credentials whose end nobody
    /// knows, the question also tells whether they have ended.
    async fn caller_place(&self, base: &Session) -> Option<Place> {
        let keys = &base.credentials;
        if keys.session_token().is_some() && keys.expiry().is_none() {
            return None;
        }
        let location = self.base.location().await;
        Some(Place::new("caller", keys.access_key_id(), &[&self.kept.as_ref()?.place, &location]))
    }

    /// Asks STS whose credentials these are.
    pub(super) async fn ask_caller(self: &Arc<Self>, of: Of) -> Result<Caller, Refusal> {
        let client = self.client(of).await;
        let region = &self.settings.home_region;
        let output = self
            .signed(of, || async {
                self.gate.tally.set_out("sts:GetCallerIdentity").map_err(Failure::last)?;
                let pass = self.gate.enter(&self.quota, None, region).await;
                let sent = client.get_caller_identity().send().await;
                let outcome = sent.map_err(|error| sdk_failure(&error, region));
                pass.leave().told(again_of(&outcome));
                outcome
            })
            .await;
        let output = match output {
            Ok(output) => output,
            Err(refusal) if refusal.error.is_some() => return Err(refusal),
            Err(refusal) => {
                return Err(self.unknown_caller(refusal.fault.in_operation("sts:GetCallerIdentity")).await);
            }
        };
        match (output.account().map(str::parse::<AccountId>), output.arn()) {
            (Some(Ok(account)), Some(arn)) => Ok(Caller { account, arn: arn.to_owned() }),
            _ => {
                let fault = Fault::new(FaultKind::BadResponse, "STS did not say who is calling");
                Err(fault.in_operation("sts:GetCallerIdentity").into())
            }
        }
    }

    pub(super) async fn find_hub(self: &Arc<Self>) -> Result<Hub, Refusal> {
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

pub(super) fn hub_policy() -> Arc<str> {
    let actions: BTreeSet<String> = HUB_ACTIONS.iter().map(|&action| action.to_owned()).collect();
    policy::share(&actions, &[], policy::LIMIT).unwrap_or_else(|_| Arc::from(""))
}
