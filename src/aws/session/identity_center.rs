//! IAM Identity Center: the accounts a login can see, and credentials of permission sets in them.
//! Nothing need be deployed in those accounts; no session policy can be attached either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::token::ProvideToken;
use aws_sdk_sso::Client;
use aws_sdk_sso::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;
use tokio::sync::Mutex;

use super::role::sdk_failure;
use super::slot::Refusal;
use crate::aws::pace::{Gate, Quota, quota};
use crate::aws::retry::{self, Failure, again_of};
use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Fault, FaultKind, Json, Timestamp};
use crate::settings::{IdentityCenterSettings, Settings};

pub struct IdentityCenter {
    settings: Arc<Settings>,
    of: IdentityCenterSettings,
    gate: Arc<Gate>,
    /// Of the access portal, which all accounts' credentials come from.
    quota: Quota,
    login: Mutex<Option<Login>>,
    /// Tokens that the portal refused.
    ended: parking_lot::Mutex<BTreeSet<String>>,
}

#[derive(Clone)]
struct Login {
    client: Client,
    token: String,
}

impl IdentityCenter {
    pub fn new(settings: Arc<Settings>, gate: Arc<Gate>) -> Option<Self> {
        let of = settings.credentials.identity_center.clone()?;
        let quota = quota("sso", "GetRoleCredentials");
        Some(Self { settings, of, gate, quota, login: Mutex::new(None), ended: Default::default() })
    }

    pub async fn accounts(&self, sdk: &SdkConfig) -> Result<Vec<Account>> {
        let login = self.login(sdk).await.map_err(Refusal::into_error)?;
        let listed = match self.list_accounts(&login).await {
            Err(refusal) if refusal.fault.kind == FaultKind::Expired => {
                let login = self.another_login(sdk, &login).await.map_err(Refusal::into_error)?;
                self.list_accounts(&login).await
            }
            outcome => outcome,
        };
        listed.map_err(Refusal::into_error)
    }

    async fn list_accounts(&self, login: &Login) -> Result<Vec<Account>, Refusal> {
        let mut accounts = Vec::new();
        let mut token = None;
        loop {
            let request =
                login.client.list_accounts().access_token(&login.token).set_next_token(token.clone());
            let page = self.ask("sso:ListAccounts", || request.clone().send()).await.map_err(|fault| {
                self.refusal(fault, "sso:ListAccounts", "cannot list the accounts of the login")
            })?;
            for found in page.account_list() {
                let Some(Ok(id)) = found.account_id().map(str::parse::<AccountId>) else { continue };
                let mut account = Account::bare(id);
                account.email = found.email_address().map(str::to_owned);
                if let Some(name) = found.account_name() {
                    account.name = name.to_owned();
                }
                accounts.push(account);
            }
            match page.next_token.filter(|next| !next.is_empty() && token.as_ref() != Some(next)) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(accounts)
    }

    /// A login that ended midway is looked for once more: the operator may have logged in again meanwhile.
    async fn another_login(&self, sdk: &SdkConfig, ended: &Login) -> Result<Login, Refusal> {
        self.end(ended).await;
        self.login(sdk).await
    }

    /// A call of the portal at its pace, asked again by our own loop, whose pauses hold no permit.
    async fn ask<T, E, F>(&self, operation: &str, send: impl Fn() -> F) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let region = &self.of.region;
        retry::run(self.settings.network.max_attempts, || async {
            self.gate.tally.set_out(operation).map_err(Failure::last)?;
            let pass = self.gate.enter(&self.quota, None, region).await;
            let outcome = send().await.map_err(|error| sdk_failure(&error, region));
            pass.leave().told(again_of(&outcome));
            outcome
        })
        .await
    }

    /// The portal's word for a login that has ended is another service's word for no permission.
    fn refusal(&self, fault: Fault, operation: &str, what: &str) -> Refusal {
        let mut fault = fault.in_operation(operation);
        if fault.code.as_deref() == Some("UnauthorizedException") {
            return Refusal::of(FaultKind::Expired, self.log_in().cause(fault.message));
        }
        fault.message = format!("{what}: {}", fault.message);
        fault.into()
    }

    /// Credentials of the configured permission set in an account, or of the only one there is.
    pub async fn credentials(&self, sdk: &SdkConfig, account: &AccountId) -> Result<Credentials, Refusal> {
        let login = self.login(sdk).await?;
        match self.of_login(&login, account).await {
            Err(refusal) if refusal.fault.kind == FaultKind::Expired => {
                self.of_login(&self.another_login(sdk, &login).await?, account).await
            }
            outcome => outcome,
        }
    }

    async fn of_login(&self, login: &Login, account: &AccountId) -> Result<Credentials, Refusal> {
        let role = match &self.of.role_name {
            Some(role) => role.clone(),
            None => self.only_role(login, account).await?,
        };
        let request = login
            .client
            .get_role_credentials()
            .account_id(account.as_str())
            .role_name(&role)
            .access_token(&login.token);
        let given = self.ask("sso:GetRoleCredentials", || request.clone().send()).await.map_err(|fault| {
            let what = format!("cannot use the permission set {role} in {account}");
            let mut refusal = self.refusal(fault, "sso:GetRoleCredentials", &what);
            // "No access" means this login lacks the permission set there.
            if matches!(refusal.fault.kind, FaultKind::IamDenied | FaultKind::Rejected) {
                refusal.fault.kind = FaultKind::AssumeDenied;
            }
            refusal
        })?;
        let found = given.role_credentials().and_then(|found| {
            let millis = u64::try_from(found.expiration()).ok()?;
            let end = std::time::UNIX_EPOCH + std::time::Duration::from_millis(millis);
            Some(Credentials::new(
                found.access_key_id()?,
                found.secret_access_key()?,
                found.session_token().map(str::to_owned),
                Some(end),
                "canvass",
            ))
        });
        found.ok_or_else(|| {
            Refusal::of(FaultKind::BadResponse, Error::failed("IAM Identity Center sent no credentials"))
        })
    }

    async fn only_role(&self, login: &Login, account: &AccountId) -> Result<String, Refusal> {
        let mut roles = Vec::new();
        let mut token = None;
        loop {
            let request = login
                .client
                .list_account_roles()
                .account_id(account.as_str())
                .access_token(&login.token)
                .set_next_token(token.clone());
            let page =
                self.ask("sso:ListAccountRoles", || request.clone().send()).await.map_err(|fault| {
                    let what = format!("cannot list the permission sets of {account}");
                    self.refusal(fault, "sso:ListAccountRoles", &what)
                })?;
            roles.extend(page.role_list().iter().filter_map(|role| role.role_name()).map(str::to_owned));
            match page.next_token.filter(|next| !next.is_empty() && token.as_ref() != Some(next)) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        roles.sort();
        match roles.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Refusal::of(
                FaultKind::AssumeDenied,
                Error::failed(format!("the login has no permission set in {account}")),
            )),
            several => Err(Refusal::of(
                FaultKind::AssumeDenied,
                Error::usage(format!("the login has several permission sets in {account}"))
                    .cause(several.join(", "))
                    .hint("choose one: set identity_center.role_name"),
            )),
        }
    }

    /// The portal does not take this login any more: no other account is asked with it.
    async fn end(&self, ended: &Login) {
        self.ended.lock().insert(ended.token.clone());
        let mut login = self.login.lock().await;
        if login.as_ref().is_some_and(|login| login.token == ended.token) {
            *login = None;
        }
    }

    async fn login(&self, sdk: &SdkConfig) -> Result<Login, Refusal> {
        let mut login = self.login.lock().await;
        if let Some(login) = &*login {
            return Ok(login.clone());
        }
        let config = sdk
            .to_builder()
            .region(SdkRegion::new(self.of.region.as_str().to_owned()))
            .retry_config(
                RetryConfig::standard().with_max_attempts(self.settings.network.max_attempts.max(1)),
            )
            .build();
        let token = self.token(&config).await.map_err(|error| Refusal::of(FaultKind::Expired, error))?;
        if self.ended.lock().contains(&token) {
            return Err(Refusal::of(FaultKind::Expired, self.log_in()));
        }
        let unretried = config.to_builder().retry_config(RetryConfig::disabled()).build();
        let opened = Login { client: Client::new(&unretried), token };
        *login = Some(opened.clone());
        Ok(opened)
    }

    /// With a named session the SDK also renews the token; a bare start URL is looked up in the cache.
    async fn token(&self, config: &SdkConfig) -> Result<String> {
        let start_url = match (&self.of.start_url, &self.of.sso_session) {
            (Some(url), _) => url.clone(),
            (None, Some(session)) => start_url_of(session).await?,
            (None, None) => {
                return Err(Error::usage("identity_center names neither an sso_session nor a start_url"));
            }
        };
        if let Some(session) = &self.of.sso_session {
            let provider = SsoTokenProvider::builder()
                .configure(config)
                .region(SdkRegion::new(self.of.region.as_str().to_owned()))
                .session_name(session)
                .start_url(&start_url)
                .build()
                .await;
            let token = provider.provide_token().await.map_err(|error| self.log_in().because(&error))?;
            return Ok(token.token().to_owned());
        }
        let folder = std::env::var_os("HOME")
            .map(|home| PathBuf::from(home).join(".aws/sso/cache"))
            .ok_or_else(|| self.log_in().cause("HOME is not set"))?;
        cached_token(&folder, &start_url, chrono::Utc::now()).ok_or_else(|| self.log_in())
    }

    fn log_in(&self) -> Error {
        let command = match &self.of.sso_session {
            Some(session) => format!("aws sso login --sso-session {session}"),
            None => "aws sso login".to_owned(),
        };
        Error::failed("the IAM Identity Center login has expired or was never made")
            .hint(format!("log in again: {command}"))
    }
}

async fn start_url_of(session: &str) -> Result<String> {
    let wrong = || {
        Error::usage(format!("the AWS config file has no [sso-session {session}] with an sso_start_url"))
            .hint("make one: aws configure sso-session")
    };
    let files =
        aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), None)
            .await
            .map_err(|error| wrong().because(&error))?;
    let found = files.sso_session(session).and_then(|found| found.get("sso_start_url"));
    found.map(str::to_owned).ok_or_else(wrong)
}

/// The token of a login to `start_url` that is still good, the longest-living if there are several.
/// Files are named by a hash; their content says whose they are.
fn cached_token(folder: &std::path::Path, start_url: &str, now: Timestamp) -> Option<String> {
    let wanted = start_url.trim_end_matches('/');
    let mut found: BTreeMap<Timestamp, String> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let Ok(content) = std::fs::read(entry.path()) else { continue };
        let Ok(parsed) = Json::parse_bytes(&content) else { continue };
        let text = |key: &str| parsed.get(key).and_then(Json::as_str);
        let (Some(url), Some(token), Some(end)) = (text("startUrl"), text("accessToken"), text("expiresAt"))
        else {
            continue;
        };
        // The AWS CLI once wrote `2020-01-01T00:00:00UTC`.
        let end = chrono::DateTime::parse_from_rfc3339(&end.replace("UTC", "Z"));
        if let Ok(end) = end
            && url.trim_end_matches('/') == wanted
            && end > now
        {
            found.insert(end.to_utc(), token.to_owned());
        }
    }
    found.into_values().next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_living_token_of_the_start_url_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
        let token = |url: &str, token: &str, end: &str| {
            format!(
                r#"{{"startUrl":"{url}","accessToken":"{token}","expiresAt":"{end}","region":"eu-west-1"}}"#
            )
        };
        write("a.json", &token("https://x.awsapps.com/start", "old", "2024-01-01T00:00:00Z"));
        write("b.json", &token("https://x.awsapps.com/start/", "new", "2024-01-01T12:00:00UTC"));
        write("c.json", &token("https://y.awsapps.com/start", "other", "2025-01-01T00:00:00Z"));
        write("d.json", "{\"startUrl\": tru");
        write("botocore-client-id.json", r#"{"clientId":"x"}"#);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let url = "https://x.awsapps.com/start";
        assert_eq!(cached_token(folder.path(), url, at("2023-12-31T00:00:00Z")).as_deref(), Some("new"));
        assert_eq!(cached_token(folder.path(), url, at("2024-01-02T00:00:00Z")), None);
        assert_eq!(cached_token(&folder.path().join("none"), url, at("2023-12-31T00:00:00Z")), None);
    }
}
