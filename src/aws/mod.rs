//! Sessions and the generic read call: everything that talks to AWS on our behalf.
//!
//! Reading cannot write: [`Aws::read`] takes a [`ReadOperation`], which only the compiled
//! allow-list can mint. This room knows operations and shapes, not tables or SQL.

mod allow;
mod call;
mod checkup;
mod clock;
mod endpoint;
mod fault;
mod identity;
mod pace;
mod protocol;
mod read;
mod retry;
mod s3;
#[cfg(test)]
mod sample;
mod session;
mod standstill;
mod transport;
mod typed;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;

use self::pace::Gate;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::model::{Account, AccountId, Fault, Json, Region, Tally};
use crate::settings::Settings;

pub use allow::{Allowed, ReadOperation, actions_of, data_read_by, is_contents};
pub use checkup::{BaseIdentity, NotReached, QuotaInForce, Reached, ca_certificates, proxy_in_force};
pub use clock::in_words as clock_in_words;
pub use fault::is_opt_in;
pub use identity::{choice, surroundings};
pub use pace::{Paced, Quota, Sharing, count_attempt, metered, quota};
pub use session::{Caller, KeepSessions, KeptSessions, SessionPolicy, confined};
pub use standstill::{OwnTime, within};
pub use transport::Transport;
pub use typed::{TypedCalls, TypedSession};

/// The IAM actions of one run, exact; becomes the session policy.
pub type ActionSet = Arc<BTreeSet<String>>;

/// One call of one page.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest<'a> {
    pub account: &'a AccountId,
    /// `global` is asked where the service answers for all regions, else in the home region.
    pub region: &'a Region,
    pub operation: &'a ReadOperation,
    /// An object of input members, in the model's names; null for none.
    pub input: &'a Json,
    /// Must name what the operation needs.
    pub actions: &'a ActionSet,
}

#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The output structure, in the model's member names; timestamps as RFC 3339 text.
    pub output: Json,
    /// Bytes of the body as received.
    pub bytes: u64,
    /// Attempts made, the last one included.
    pub calls: u64,
}

/// A read that failed, and how many attempts it cost.
#[derive(Clone, Debug)]
pub struct ReadFailure {
    pub fault: Fault,
    pub calls: u64,
}

/// Asks the operator for something only they have. The terminal implements it.
pub trait Prompt: Send + Sync {
    /// The six digits of the MFA device with this serial number; an error where nobody can answer.
    fn mfa_code(&self, serial: &str) -> Result<String>;
}

/// AWS as one operator sees it, for one run. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    settings: Arc<Settings>,
    catalog: Arc<Catalog>,
    reader: Arc<read::Reader>,
    http_client: SharedHttpClient,
}

impl Aws {
    /// Opens no connection and asks for no credentials yet.
    pub fn new(
        settings: Arc<Settings>,
        catalog: Arc<Catalog>,
        transport: Transport,
        prompt: Arc<dyn Prompt>,
    ) -> Result<Aws> {
        Self::keeping(settings, catalog, transport, prompt, None)
    }

    /// The same, with the role sessions of earlier runs.
    pub fn keeping(
        settings: Arc<Settings>,
        catalog: Arc<Catalog>,
        transport: Transport,
        prompt: Arc<dyn Prompt>,
        kept: Option<KeptSessions>,
    ) -> Result<Aws> {
        let http_client = match &transport.http_client {
            Some(client) => client.clone(),
            None => transport::http_client(&settings.network)?,
        };
        let gate = Arc::new(Gate::new(settings.fan_out.concurrency, settings.fan_out.pace));
        let environment = match transport.credentials {
            Some(_) => None,
            None => std::env::var("AWS_ENDPOINT_URL").ok(),
        };
        let endpoint_url = endpoint::configured(&settings, environment.as_deref());
        let endpoints = endpoint::Endpoints::new(&settings, &catalog, endpoint_url.clone())?;
        let clocks = Arc::new(clock::Clocks::default());
        let reader = read::Reader {
            clocks: clocks.clone(),
            wire: call::Wire::new(http_client.clone(), &settings.network),
            endpoints,
            sessions: session::Sessions::new(
                session::Means {
                    settings: settings.clone(),
                    http_client: http_client.clone(),
                    given: transport.credentials.clone(),
                    endpoint_url,
                    prompt,
                    kept,
                    clocks,
                },
                gate.clone(),
            ),
            gate,
            max_attempts: settings.network.max_attempts,
            buckets: s3::BucketRegions::default(),
        };
        Ok(Aws { settings, catalog, reader: Arc::new(reader), http_client })
    }

    /// `None` where the compiled allow-list does not have the operation.
    pub fn read_operation(&self, id: &str) -> Option<ReadOperation> {
        allow::read_operation(&self.catalog, id)
    }

    /// Makes one call, with its attempts. The fault says what failed where and why.
    pub async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure> {
        // Boxed, like what else leads into the orchestrator: its types nest beyond the compiler's limit.
        Box::pin(self.reader.read(request)).await
    }

    /// Who the base credentials are. The first to fail on missing or expired credentials.
    pub async fn caller(&self) -> Result<Caller> {
        Box::pin(self.reader.sessions.caller()).await
    }

    /// The account that members are entered from.
    pub async fn hub_account(&self) -> Result<AccountId> {
        Box::pin(self.reader.sessions.hub_account()).await
    }

    /// Whether a session for `actions` can be opened in an account.
    pub async fn assume(&self, account: &AccountId, actions: &ActionSet) -> Result<(), Fault> {
        Box::pin(self.reader.sessions.session(account, &[], actions)).await.map(|_| ())
    }

    /// AssumeRole calls that calls with these needs will cost in an account, in a run that needs `actions`.
    pub async fn sessions_to_open(
        &self,
        account: &AccountId,
        actions: &ActionSet,
        needs: &[Vec<String>],
    ) -> u64 {
        Box::pin(self.reader.sessions.to_open(account, actions, needs)).await
    }

    /// For typed clients in the hub account, at the home region: the same HTTP client, user agent,
    /// timeouts and endpoint. Their calls are made with [`Aws::typed_calls`].
    pub async fn hub_sdk_config(&self) -> Result<SdkConfig> {
        Box::pin(self.reader.sessions.hub_sdk_config()).await
    }

    /// How calls of a typed client for `service` are made: it is built without retries of its own.
    pub fn typed_calls(&self, service: &'static str, account: &AccountId, region: &Region) -> TypedCalls {
        TypedCalls {
            gate: Arc::clone(&self.reader.gate),
            service,
            account: account.clone(),
            region: region.clone(),
            max_attempts: self.reader.max_attempts,
        }
    }

    pub async fn identity_center_accounts(&self) -> Result<Vec<Account>> {
        Box::pin(self.reader.sessions.identity_center_accounts()).await
    }

    /// Whether the sessions opened so far were confined to the plan's actions.
    pub fn session_policy(&self) -> SessionPolicy {
        self.reader.sessions.policy()
    }

    /// What this run has spent, and what it may spend.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.reader.gate.tally)
    }

    /// Attempts of AssumeRole so far.
    pub fn assume_role_calls(&self) -> u64 {
        self.reader.sessions.assume_role_calls()
    }

    /// What the quotas' pace cost this run, the dearest first.
    pub fn paced(&self) -> Vec<Paced> {
        self.reader.gate.paced()
    }

    /// What the operator should know about how sessions were opened, and what kept them waiting.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.reader.sessions.notes();
        notes.extend(self.reader.gate.notes());
        notes.extend(self.reader.clocks.note());
        notes.extend(standstill::watch().note());
        notes
    }
}
