//! What `canvass doctor` asks of this room: is there an answer at all, what time it is there, who we are.

use std::time::{Duration, Instant, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::call::{USER_AGENT, timeouts};
use super::clock::TheirTime;
use super::{Aws, Caller, clock, fault, pace};
use crate::error::{Error, Result};
use crate::model::{AccountId, Fault, FaultKind, Region};
use crate::settings::NetworkSettings;

/// An endpoint that answered, whatever it said.
#[derive(Clone, Debug)]
pub struct Reached {
    pub url: String,
    pub took: Duration,
    /// Seconds that its clock is ahead of this machine's; `None` where it showed none.
    pub ahead: Option<i64>,
}

/// An endpoint that did not.
#[derive(Clone, Debug)]
pub struct NotReached {
    /// `None` where there is no endpoint to be had.
    pub url: Option<String>,
    pub fault: Fault,
}

/// The base credentials, asked about just now.
#[derive(Clone, Debug)]
pub struct BaseIdentity {
    pub caller: Caller,
    /// Keys without a token last until somebody takes them away.
    pub is_long_term: bool,
    pub ends: Option<SystemTime>,
}

/// A published quota and the share of it that is used.
#[derive(Clone, Debug)]
pub struct QuotaInForce {
    pub name: String,
    /// Requests a second that AWS takes, as published.
    pub published: f64,
    pub shared: &'static str,
}

impl Aws {
    /// Sends the endpoint of an operation's service a request that nobody signed.
    pub async fn reach(&self, operation: &str) -> std::result::Result<Reached, NotReached> {
        let nowhere = |why: String| NotReached { url: None, fault: Fault::new(FaultKind::Rejected, why) };
        let known = self.catalog.operation(operation);
        let known = known.ok_or_else(|| nowhere(format!("{operation} is not in the catalog")))?;
        let sdk = self.reader.sessions.sdk().await;
        let target = self.reader.endpoints.target(&known.service, &Region::global(), sdk);
        let url = target.map_err(|error| nowhere(error.to_string()))?.url;
        let begun = Instant::now();
        let sent = Box::pin(unsigned(self.http_client.clone(), &self.settings.network, &url)).await;
        match sent {
            Ok(date) => {
                let ahead = date.as_deref().and_then(clock::ahead_of_us);
                Ok(Reached { url, took: begun.elapsed(), ahead })
            }
            Err(fault) => Err(NotReached { url: Some(url), fault }),
        }
    }

    /// Asks STS now, whatever is remembered.
    pub async fn base_identity(&self) -> Result<BaseIdentity> {
        let (caller, credentials) = Box::pin(self.reader.sessions.base_now()).await?;
        Ok(BaseIdentity {
            caller,
            is_long_term: credentials.session_token().is_none(),
            ends: credentials.expiry(),
        })
    }

    /// The hub's account, and the role that was assumed there, if one was.
    pub async fn hub(&self) -> Result<(AccountId, Option<String>)> {
        Box::pin(self.reader.sessions.hub()).await
    }

    pub fn quota_in_force(&self, service: &str, operation: &str) -> QuotaInForce {
        let quota = pace::quota(service, operation);
        QuotaInForce { name: quota.name.to_string(), published: quota.rate, shared: quota.sharing.describe() }
    }
}

/// The date of the answer, if it had one.
async fn unsigned(
    http_client: SharedHttpClient,
    network: &NetworkSettings,
    url: &str,
) -> std::result::Result<Option<String>, Fault> {
    let operation: Operation<(), Option<String>, std::convert::Infallible> = Operation::builder()
        .service_name("canvass")
        .operation_name("reach")
        .http_client(http_client)
        .no_auth()
        .no_retry()
        .endpoint_url(url)
        .sleep_impl(TokioSleep::new())
        .time_source(TheirTime)
        .timeout_config(timeouts(network))
        .serializer(|()| {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_uri("/")?;
            request.headers_mut().insert("user-agent", USER_AGENT);
            Ok(request)
        })
        .deserializer(|response: &HttpResponse| Ok(response.headers().get("date").map(str::to_owned)))
        .build();
    operation.invoke(()).await.map_err(|error| fault::of_transport(&error))
}

/// The proxy that calls to AWS go through, without what it is told of the operator.
pub fn proxy_in_force(network: &NetworkSettings) -> Option<(String, &'static str)> {
    let named = network.proxy.clone().map(|url| (url, "the setting proxy"));
    let url = named.or_else(|| {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .into_iter()
            .find_map(|name| Some((std::env::var(name).ok().filter(|url| !url.is_empty())?, name)))
    });
    url.map(|(url, from)| {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        (format!("{scheme}://{}", host.trim_end_matches('/')), from)
    })
}

/// How many certificates the CA bundle holds; `None` where the system's roots are trusted.
pub fn ca_certificates(network: &NetworkSettings) -> Result<Option<usize>> {
    let Some(path) = &network.ca_bundle else { return Ok(None) };
    super::transport::http_client(network)?;
    let pem = std::fs::read_to_string(path).map_err(|error| {
        Error::usage(format!("cannot read the CA bundle {}", path.display())).because(&error)
    })?;
    Ok(Some(pem.matches("-----BEGIN CERTIFICATE-----").count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let network = NetworkSettings {
            proxy: Some("http://ana:secret@proxy.corp:3128/".into()),
            ..NetworkSettings::default()
        };
        assert_eq!(
            proxy_in_force(&network),
            Some(("http://proxy.corp:3128".to_owned(), "the setting proxy"))
        );
    }
}
