//! Calls of typed clients, made as reads are made: paced, one permit an attempt, asked again by our own loop.

use std::sync::Arc;
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use aws_types::SdkConfig;

use super::allow::actions_of;
use super::pace::{Gate, count_attempt, quota};
use super::retry::{self, Again};
use super::session::{Session, Sessions, sdk_failure};
use super::{ActionSet, Aws};
use crate::model::{AccountId, Fault, FaultKind, Region};

/// A throttled service answers again within seconds, and giving up on one call may cost the whole answer.
const ATTEMPTS_THROTTLED: u32 = 8;

/// The calls of one service in one account and region. The client must not retry by itself.
#[derive(Clone)]
pub struct TypedCalls {
    pub(super) gate: Arc<Gate>,
    pub(super) service: &'static str,
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) max_attempts: u32,
}

impl TypedCalls {
    /// Makes a call with its attempts; `call` sends one.
    pub async fn make<T, E, F>(
        &self,
        operation: &str,
        mut call: impl FnMut() -> F,
    ) -> Result<T, SdkError<E, HttpResponse>>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let quota = quota(self.service, operation);
        let id = format!("{}:{operation}", self.service);
        let (mut used, mut free) = (0, 0);
        loop {
            let begun = Instant::now();
            self.gate.tally.set_out(&id).map_err(|fault| SdkError::construction_failure(fault.message))?;
            let pass = self.gate.enter(&quota, Some(&self.account), &self.region).await;
            count_attempt(&id);
            // Boxed: the orchestrator's types nest beyond the compiler's limit.
            let sent = Box::pin(call()).await;
            let outcome = sent.map_err(|error| (sdk_failure(&error, &self.region).again, error));
            let heard = pass.leave();
            heard.told(outcome.as_ref().err().map(|(again, _)| *again));
            let (again, error) = match outcome {
                Ok(output) => return Ok(output),
                Err(failed) => failed,
            };
            if retry::is_free(again, begun, &mut free) {
                retry::rest(again, free).await;
                continue;
            }
            used += 1;
            let most = match again {
                Again::Throttled(_) => self.max_attempts.max(ATTEMPTS_THROTTLED),
                _ => self.max_attempts,
            };
            if again == Again::No || used >= most {
                return Err(error);
            }
            retry::rest(again, used).await;
        }
    }

    /// An error of the service, in our words.
    fn fault<E>(&self, operation: &str, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        // A call that a limit of the run kept back never set out.
        let fault = match (error, self.gate.tally.limit_reached()) {
            (SdkError::ConstructionFailure(_), Some(limit)) => {
                Fault::new(FaultKind::Cancelled, format!("{limit} was reached"))
            }
            _ => sdk_failure(error, &self.region).fault,
        };
        fault.in_operation(operation)
    }

    /// Nobody counts, for tests.
    #[cfg(test)]
    pub fn unpaced(service: &'static str) -> Self {
        let gate = Arc::new(Gate::new(64, None));
        let (account, region) = ("100000000001".parse().unwrap(), Region::new("us-east-1"));
        Self { gate, service, account, region, max_attempts: 2 }
    }
}

/// What a typed client signs with in one account, and how its calls are made.
pub struct TypedSession {
    config: SdkConfig,
    calls: TypedCalls,
    session: Session,
    sessions: Arc<Sessions>,
}

impl TypedSession {
    /// For a client that retries nothing by itself.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Makes a call with its attempts; `call` sends one.
    pub async fn make<T, E, F>(&self, operation: &str, call: impl FnMut() -> F) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let name = operation.split_once(':').map_or(operation, |(_, name)| name);
        match self.calls.make(name, call).await {
            Ok(output) => {
                self.session.vouch();
                Ok(output)
            }
            Err(error) => Err(self.calls.fault(operation, &error)),
        }
    }

    /// The service called its credentials expired: the next session is a new one.
    pub async fn expire(self) {
        self.sessions.expire(&self.session).await;
    }
}

impl Aws {
    /// A session for a typed client's calls of `operation` in an account, confined as every other to the
    /// run's actions. Only operations of the allow-list have one.
    pub async fn typed_session(
        &self,
        operation: &'static str,
        account: &AccountId,
        actions: &ActionSet,
    ) -> Result<TypedSession, Fault> {
        let (service, _) = operation.split_once(':').unwrap_or((operation, ""));
        let needed: Vec<String> = actions_of(operation).iter().map(|&action| action.to_owned()).collect();
        if needed.is_empty() {
            let why = format!("{operation} is not among the operations that read");
            return Err(Fault::new(FaultKind::Rejected, why).in_operation(operation));
        }
        let sessions = Arc::clone(&self.reader.sessions);
        let region = self.settings.home_region.clone();
        let opened = Box::pin(sessions.session(account, &needed, actions)).await?;
        let config = Box::pin(sessions.sdk_config(&opened)).await;
        let calls = self.typed_calls(service, account, &region);
        Ok(TypedSession { config, calls, session: opened, sessions })
    }
}
