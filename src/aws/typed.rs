//! Calls of typed clients, made as reads are made: paced, one permit an attempt, asked again by our own loop.

use std::sync::Arc;
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::pace::{Gate, quota};
use super::retry::{self, Again};
use super::session::sdk_failure;
use crate::model::{AccountId, Region};

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

    /// Nobody counts, for tests.
    #[cfg(test)]
    pub fn unpaced(service: &'static str) -> Self {
        let gate = Arc::new(Gate::new(64, None));
        let (account, region) = ("100000000001".parse().unwrap(), Region::new("us-east-1"));
        Self { gate, service, account, region, max_attempts: 2 }
    }
}
