//! The operator's own credentials: the SDK's default chain or a profile, with MFA where asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region as SdkRegion;
use aws_types::{SdkConfig, sdk_config};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::kept::{KeptSessions, Place};
use super::slot::{Held, Refusal};
use crate::aws::Prompt;
use crate::aws::call::timeouts;
use crate::aws::clock::{Clocks, Hearing};
use crate::error::Error;
use crate::model::{FaultKind, Region, closest};
use crate::settings::Settings;

/// Long enough for a day's work: the code is asked for once.
const MFA_SESSION: Duration = Duration::from_secs(12 * 3600);
const MFA_TRIES: usize = 3;

/// What sessions are opened with.
pub struct Means {
    pub settings: Arc<Settings>,
    pub http_client: SharedHttpClient,
    /// Stands in for the default chain.
    pub given: Option<SharedCredentialsProvider>,
    /// For every service.
    pub endpoint_url: Option<String>,
    pub prompt: Arc<dyn Prompt>,
    /// Sessions of earlier runs; `None` where none are kept.
    pub kept: Option<KeptSessions>,
    pub clocks: Arc<Clocks>,
}

pub struct Base {
    settings: Arc<Settings>,
    http_client: SharedHttpClient,
    given: Option<SharedCredentialsProvider>,
    endpoint_url: Option<String>,
    prompt: Arc<dyn Prompt>,
    kept: Option<KeptSessions>,
    clocks: Arc<Clocks>,
    /// Where the session that an MFA code opened is kept.
    mfa_place: Mutex<Option<Place>>,
    /// A service called the credentials expired: files are read again, they may hold new ones.
    expired: AtomicBool,
    sdk: OnceCell<SdkConfig>,
}

/// A profile that wants a code before its role can be assumed.
struct MfaRole {
    source_profile: String,
    role_arn: String,
    external_id: Option<String>,
    serial: String,
}

impl Base {
    pub fn new(means: Means) -> Self {
        let Means { settings, http_client, given, endpoint_url, prompt, kept, clocks } = means;
        Self {
            settings,
            http_client,
            given,
            endpoint_url,
            prompt,
            kept,
            clocks,
            mfa_place: Mutex::default(),
            expired: AtomicBool::new(false),
            sdk: OnceCell::new(),
        }
    }

    /// What tells one STS, and one operator's way to it, from another.
    pub async fn location(&self) -> String {
        let of_service = match &self.given {
            Some(_) => None,
            None => std::env::var("AWS_ENDPOINT_URL_STS").ok(),
        };
        let general = self.sdk().await.endpoint_url().map(str::to_owned);
        let url = of_service.or(general);
        let profile = self.settings.credentials.profile.clone();
        format!("{} {}", url.unwrap_or_default(), profile.unwrap_or_default())
    }

    /// The credentials were called expired by a service.
    pub fn expire(&self, credentials: &Credentials) {
        self.expired.store(true, Ordering::Relaxed);
        if let (Some(kept), Some(place)) = (&self.kept, &*self.mfa_place.lock()) {
            kept.remove(place, credentials);
        }
    }

    /// The SDK's configuration with the base credentials in it: what the environment and the AWS
    /// config file say, or nothing of either where credentials were given.
    pub async fn sdk(&self) -> &SdkConfig {
        self.sdk
            .get_or_init(|| async {
                match &self.given {
                    Some(provider) => {
                        let mut builder = SdkConfig::builder().credentials_provider(provider.clone());
                        builder.set_use_fips(Some(self.settings.network.use_fips));
                        builder.set_use_dual_stack(Some(self.settings.network.use_dual_stack));
                        self.complete(builder)
                    }
                    None => {
                        let loaded = self.load(self.settings.credentials.profile.as_deref()).await;
                        self.complete(loaded.into_builder())
                    }
                }
            })
            .await
    }

    /// Configuration as a profile has it; `None` is the default chain.
    async fn load(&self, profile: Option<&str>) -> SdkConfig {
        let region = SdkRegion::new(self.settings.home_region.as_str().to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http_client.clone())
            .region(region.clone());
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
            // Access keys in the environment go before `AWS_PROFILE`, but not before a profile that
            // was asked for: so does the AWS CLI.
            if std::env::var("AWS_PROFILE").as_deref() != Ok(profile) {
                let config = ProviderConfig::without_region()
                    .with_http_client(self.http_client.clone())
                    .with_region(Some(region));
                let named =
                    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile);
                loader = loader.credentials_provider(named.build());
            }
        }
        if self.settings.network.use_fips {
            loader = loader.use_fips(true);
        }
        if self.settings.network.use_dual_stack {
            loader = loader.use_dual_stack(true);
        }
        loader.load().await
    }

    /// What every client of this run shares.
    fn complete(&self, mut builder: sdk_config::Builder) -> SdkConfig {
        let network = &self.settings.network;
        if let Some(url) = &self.endpoint_url {
            builder.set_endpoint_url(Some(url.clone()));
        }
        builder.set_app_name(AppName::new(concat!("canvass-", env!("CARGO_PKG_VERSION"))).ok());
        builder
            .behavior_version(BehaviorVersion::latest())
            .region(SdkRegion::new(self.settings.home_region.as_str().to_owned()))
            .http_client(self.http_client.clone())
            .identity_cache(aws_smithy_runtime::client::identity::IdentityCache::no_cache())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::default())
            .timeout_config(timeouts(network))
            .retry_config(RetryConfig::standard().with_max_attempts(network.max_attempts.max(1)))
            .build()
    }

    /// The same configuration for another region and other credentials.
    pub async fn sdk_for(&self, region: &Region, credentials: SharedCredentialsProvider) -> SdkConfig {
        self.sdk()
            .await
            .to_builder()
            .region(SdkRegion::new(region.as_str().to_owned()))
            .credentials_provider(credentials)
            .build()
    }

    pub async fn credentials(&self) -> Result<Held, Refusal> {
        let profile = self.settings.credentials.profile.as_deref();
        if self.given.is_none()
            && let Some(role) = self.mfa_role(profile).await
        {
            let source = self.of_profile(&role.source_profile).await?;
            let keys = source.clone();
            return self
                .once(&keys, &role.serial, &role.role_arn, || self.assume_with_code(source, &role))
                .await;
        }
        let provider = match self.given.is_none() && self.expired.swap(false, Ordering::Relaxed) {
            true => self.load(profile).await.credentials_provider(),
            false => self.sdk().await.credentials_provider(),
        };
        let found = match provide(provider, profile).await {
            Err(_) if let Some(unknown) = self.unknown(profile).await => return Err(unknown),
            other => other?,
        };
        let serial = self.settings.credentials.mfa_serial.clone();
        match serial {
            // STS gives session tokens to long-term keys only.
            Some(serial) if found.session_token().is_none() => {
                let keys = found.clone();
                self.once(&keys, &serial, "", || self.session_token(found, &serial)).await
            }
            _ => Ok(found.into()),
        }
    }

    /// The session that a code opened earlier, for as long as it lives; else the one that `open` brings.
    async fn once<F>(
        &self,
        keys: &Credentials,
        device: &str,
        role: &str,
        open: impl FnOnce() -> F,
    ) -> Result<Held, Refusal>
    where
        F: Future<Output = Result<Credentials, Refusal>>,
    {
        let Some(kept) = &self.kept else { return open().await.map(Held::from) };
        let external_id = self.settings.credentials.external_id.as_deref().unwrap_or_default();
        let location = self.location().await;
        let parts = [kept.place.as_str(), location.as_str(), keys.access_key_id(), role, external_id];
        let place = Place::new("mfa", device, &parts);
        let found = kept.get(&place);
        *self.mfa_place.lock() = Some(place.clone());
        if let Some(found) = found {
            return Ok(Held::kept(found));
        }
        let opened = self.by_our_clock(open().await?);
        kept.put(&place, &opened);
        Ok(opened.into())
    }

    /// The credentials of a named profile.
    pub async fn of_profile(&self, profile: &str) -> Result<Credentials, Refusal> {
        match provide(self.load(Some(profile)).await.credentials_provider(), Some(profile)).await {
            Err(refusal) => Err(self.unknown(Some(profile)).await.unwrap_or(refusal)),
            found => found,
        }
    }

    /// Why a profile gave nothing, if the reason is that it does not exist.
    async fn unknown(&self, profile: Option<&str>) -> Option<Refusal> {
        let name = profile.filter(|_| self.given.is_none())?;
        let files = profile_files(name).await?;
        if files.get_profile(name).is_some() {
            return None;
        }
        let error = Error::usage(format!("no profile '{name}' in the AWS config and credentials files"));
        let mut names: Vec<&str> = files.profiles().collect();
        names.sort_unstable();
        let error = match closest(name, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean '{near}'?")),
            None if names.is_empty() => error.hint(
                "they hold no profile; AWS_CONFIG_FILE names another file, 'aws configure sso' makes one",
            ),
            None => error.hint(format!("they hold: {}", names.join(", "))),
        };
        Some(Refusal::of(FaultKind::Expired, error))
    }

    /// The SDK refuses profiles whose role wants MFA; those are resolved here.
    async fn mfa_role(&self, profile: Option<&str>) -> Option<MfaRole> {
        let name = profile
            .map(str::to_owned)
            .or_else(|| std::env::var("AWS_PROFILE").ok())
            .unwrap_or_else(|| "default".to_owned());
        let files = profile_files(&name).await?;
        let found = files.get_profile(&name)?;
        let text = |key: &str| found.get(key).map(str::to_owned);
        Some(MfaRole {
            source_profile: text("source_profile")?,
            role_arn: text("role_arn")?,
            external_id: text("external_id"),
            serial: text("mfa_serial").or_else(|| self.settings.credentials.mfa_serial.clone())?,
        })
    }

    async fn session_token(&self, keys: Credentials, serial: &str) -> Result<Credentials, Refusal> {
        let client = self.sts(keys).await;
        let seconds = i32::try_from(MFA_SESSION.as_secs()).unwrap_or(3600);
        for tries_left in (0..MFA_TRIES).rev() {
            let code = self.ask(serial).await?;
            let sent = client
                .get_session_token()
                .serial_number(serial)
                .token_code(code)
                .duration_seconds(seconds)
                .send()
                .await;
            match sent {
                Ok(output) => return super::role::credentials_of(output.credentials()),
                Err(error) if tries_left == 0 => return Err(mfa_failed(serial, &error)),
                Err(error) if error.as_service_error().is_none() => return Err(mfa_failed(serial, &error)),
                Err(_) => {}
            }
        }
        Err(Refusal::of(FaultKind::Expired, Error::failed(format!("no code was accepted for {serial}"))))
    }

    async fn assume_with_code(&self, source: Credentials, role: &MfaRole) -> Result<Credentials, Refusal> {
        let client = self.sts(source).await;
        let code = self.ask(&role.serial).await?;
        let sent = client
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(&self.settings.credentials.session_name)
            .set_external_id(role.external_id.clone())
            .serial_number(&role.serial)
            .token_code(code)
            .send()
            .await;
        match sent {
            Ok(output) => super::role::credentials_of(output.credentials()),
            Err(error) => Err(mfa_failed(&role.serial, &error)),
        }
    }

    async fn sts(&self, credentials: Credentials) -> aws_sdk_sts::Client {
        self.sts_client(SharedCredentialsProvider::new(credentials)).await
    }

    /// At the home region's endpoint, whose tokens every enabled region knows (those of the global
    /// endpoint are unknown in opt-in regions). Does not retry: the caller does.
    pub async fn sts_client(&self, credentials: SharedCredentialsProvider) -> aws_sdk_sts::Client {
        let config = self.sdk_for(&self.settings.home_region, credentials).await;
        let config = aws_sdk_sts::config::Builder::from(&config)
            .retry_config(RetryConfig::disabled())
            .interceptor(Hearing(self.clocks.clone()));
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// With the end as this machine's clock will show it.
    pub fn by_our_clock(&self, mut session: Credentials) -> Credentials {
        if let Some(end) = session.expiry_mut() {
            *end = self.clocks.local(*end);
        }
        session
    }

    async fn ask(&self, serial: &str) -> Result<String, Refusal> {
        let (prompt, serial) = (self.prompt.clone(), serial.to_owned());
        let answer = tokio::task::spawn_blocking(move || prompt.mfa_code(&serial)).await;
        match answer {
            Ok(Ok(code)) => Ok(code.trim().to_owned()),
            Ok(Err(error)) => Err(Refusal::of(FaultKind::Expired, error)),
            Err(error) => {
                Err(Refusal::of(FaultKind::Expired, Error::failed("the MFA prompt failed").because(&error)))
            }
        }
    }
}

/// The AWS config and credentials files as the SDK reads them; `None` where it cannot.
async fn profile_files(selected: &str) -> Option<aws_config::profile::ProfileSet> {
    let selected = Some(selected.to_owned().into());
    aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), selected)
        .await
        .ok()
}

fn mfa_failed(serial: &str, error: &(dyn std::error::Error + 'static)) -> Refusal {
    let error = Error::failed(format!("cannot open a session with the MFA device {serial}"))
        .because(error)
        .hint("each code works once; wait for the next one");
    Refusal::of(FaultKind::Expired, error)
}

async fn provide(
    provider: Option<SharedCredentialsProvider>,
    profile: Option<&str>,
) -> Result<Credentials, Refusal> {
    let Some(provider) = provider else {
        return Err(Refusal::of(FaultKind::Expired, missing(profile)));
    };
    provider
        .provide_credentials()
        .await
        .map_err(|error| Refusal::of(FaultKind::Expired, explain(&error, profile)))
}

fn missing(profile: Option<&str>) -> Error {
    let error = match profile {
        Some(profile) => Error::failed(format!("the profile '{profile}' gives no AWS credentials")),
        None => Error::failed("no AWS credentials were found"),
    };
    error
        .hint("name a profile: --profile NAME, or AWS_PROFILE")
        .hint("or log in: aws sso login; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        .hint("without AWS, try --demo")
}

/// The chain's many words, reduced to what the operator can do.
fn explain(error: &CredentialsError, profile: Option<&str>) -> Error {
    let mut words = String::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        words.push_str(&error.to_string().to_lowercase());
        words.push('\n');
        next = error.source();
    }
    let login = match profile {
        Some(profile) => format!("aws sso login --profile {profile}"),
        None => "aws sso login".to_owned(),
    };
    let sso = words.contains("sso");
    let gone = ["expired", "cached sso token", "unauthorized"].iter().any(|word| words.contains(word));
    if sso && gone {
        return Error::failed("the IAM Identity Center login has expired or was never made")
            .because(error)
            .hint(format!("log in again: {login}"));
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => missing(profile),
        // The last of the chain was asked: no one before it had any. Whoever sits on no instance is not
        // helped by what its metadata service said.
        _ if profile.is_none() && words.contains("imds") => missing(None)
            .cause("nor does this machine have an instance role (its metadata service was asked)"),
        _ => Error::failed(match profile {
            Some(profile) => format!("cannot load the credentials of the profile '{profile}'"),
            None => "cannot load AWS credentials".to_owned(),
        })
        .because(error)
        .hint(format!("if the profile logs in through IAM Identity Center: {login}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_login_says_how_to_log_in() {
        let error = explain(
            &CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"),
            Some("prod"),
        );
        assert!(error.message().contains("login has expired"), "{error}");
        assert_eq!(error.hints(), ["log in again: aws sso login --profile prod"]);
    }

    #[test]
    fn a_machine_that_is_no_instance_hears_of_missing_credentials() {
        let said = "failed to load IMDS session token";
        let error = explain(&CredentialsError::provider_error(said), None);
        assert_eq!(error.message(), "no AWS credentials were found");
        let error = explain(&CredentialsError::provider_error(said), Some("on-instance"));
        assert!(error.message().contains("on-instance"), "{error}");
    }

    #[test]
    fn missing_credentials_say_what_to_set() {
        let error = explain(&CredentialsError::not_loaded_no_source(), None);
        assert_eq!(error.message(), "no AWS credentials were found");
        assert!(error.hints().iter().any(|hint| hint.contains("AWS_PROFILE")));
    }
}
