//! Who signs what STS and typed clients are asked: the base identity or the hub's session, renewed as
//! every other session is, and renewed once more where STS no longer knows it.

use std::sync::Arc;

use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::SdkConfig;
use futures::future::BoxFuture;

use super::hub::hub_policy;
use super::slot::Refusal;
use super::{Session, SessionKey, Sessions};
use crate::aws::retry::{self, Failure};
use crate::error::Result;
use crate::model::{Fault, FaultKind};

/// Whose credentials a typed client signs with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    Base,
    Hub,
}

impl Sessions {
    /// Boxed: opening a hub session takes another signer.
    pub(super) fn signer(self: &Arc<Self>, of: Of) -> BoxFuture<'_, Result<Session, Refusal>> {
        Box::pin(async move {
            if matches!(of, Of::Hub) {
                let hub = self.find_hub().await?;
                if hub.role.is_some() {
                    let key = SessionKey::Hub(hub_policy());
                    return self.keep(key.clone(), true, || self.enter(&hub, &key)).await;
                }
            }
            self.keep(SessionKey::Base, false, || self.base.credentials()).await
        })
    }

    pub(super) async fn client(self: &Arc<Self>, of: Of) -> &aws_sdk_sts::Client {
        let client = match of {
            Of::Base => &self.base_sts,
            Of::Hub => &self.hub_sts,
        };
        client.get_or_init(|| self.base.sts_client(self.provider(of))).await
    }

    /// Attempts of one call. Where the signer has expired, all of them once more with a new one.
    pub(super) async fn signed<T, F>(
        self: &Arc<Self>,
        of: Of,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut signer = self.signer(of).await?;
        let mut round = 0;
        loop {
            let outcome = retry::run(self.settings.network.max_attempts, &mut attempt).await;
            let fault = match outcome {
                Ok(value) => {
                    signer.vouch();
                    return Ok(value);
                }
                Err(fault) => fault,
            };
            if fault.kind != FaultKind::Expired || round > 0 {
                return Err(fault.into());
            }
            self.expire(&signer).await;
            let next = self.signer(of).await?;
            // The same once more would be refused once more.
            if next.credentials.access_key_id() == signer.credentials.access_key_id() {
                return Err(fault.into());
            }
            (signer, round) = (next, round + 1);
        }
    }

    fn provider(self: &Arc<Self>, of: Of) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Renewing { sessions: Arc::downgrade(self), of })
    }

    /// For typed clients that sign with a session, at the home region.
    pub async fn sdk_config(&self, session: &Session) -> SdkConfig {
        let provider = SharedCredentialsProvider::new(session.credentials.clone());
        self.base.sdk_for(&self.settings.home_region, provider).await
    }

    /// For typed clients in the hub account, at the home region.
    pub async fn hub_sdk_config(self: &Arc<Self>) -> Result<SdkConfig> {
        let session = self.signer(Of::Hub).await.map_err(Refusal::into_error)?;
        if !session.is_vouched() {
            // Those clients cannot tell us that a session kept from an earlier run is void.
            self.ask_caller(Of::Hub).await.map_err(Refusal::into_error)?;
        }
        Ok(self.base.sdk_for(&self.settings.home_region, self.provider(Of::Hub)).await)
    }
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

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let session = match self.sessions.upgrade() {
                Some(sessions) => sessions.signer(self.of).await,
                None => Err(Fault::new(FaultKind::Cancelled, "the run is over").into()),
            };
            session
                .map(|session| session.credentials)
                .map_err(|refusal| provider::error::CredentialsError::provider_error(refusal.into_error()))
        })
    }
}
