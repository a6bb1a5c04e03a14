//! The generic read call: session, address, signature, attempts, answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aws_types::SdkConfig;
use tracing::Span;

use super::call::{Attempt, Wire};
use super::clock::{self, Clocks, Place};
use super::endpoint::Endpoints;
use super::fault::{self, Circumstances};
use super::pace::{Gate, count_attempt};
use super::protocol::{self, Encoded, RawResponse, ServiceError};
use super::retry::{self, Again, Failure};
use super::s3::{self, BucketRegions};
use super::session::{Session, Sessions};
use super::{ReadFailure, ReadRequest, ReadResponse};
use crate::catalog::shape::Operation;
use crate::model::{Fault, FaultKind, Region};

/// Everything that reads share.
pub struct Reader {
    pub clocks: Arc<Clocks>,
    pub wire: Wire,
    pub endpoints: Endpoints,
    pub sessions: Arc<Sessions>,
    pub gate: Arc<Gate>,
    pub max_attempts: u32,
    pub buckets: BucketRegions,
}

/// One call on its way through its attempts.
struct Call<'a> {
    request: ReadRequest<'a>,
    operation: &'a Operation,
    sdk: &'a SdkConfig,
    encoded: Encoded,
    bucket: Option<String>,
    attempts: AtomicU64,
    renewed: AtomicBool,
    corrected: AtomicBool,
    redirects: AtomicU64,
}

/// S3 sends from one region to another, and perhaps once more.
const MAX_REDIRECTS: u64 = 2;

impl Call<'_> {
    fn place(&self, region: &Region) -> Place {
        (self.request.account.clone(), region.clone(), self.operation.service.signing_name.to_string())
    }
}

impl Reader {
    #[tracing::instrument(
        name = "call",
        level = "trace",
        skip_all,
        fields(
            operation = request.operation.operation.id(),
            account = request.account.as_str(),
            region = request.region.as_str(),
            attempts,
            bytes,
            fault
        )
    )]
    pub async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure> {
        let operation = &*request.operation.operation;
        let id = operation.id();
        let encoded = match protocol::encode(operation, request.input) {
            Ok(encoded) => encoded,
            Err(error) => {
                let fault = Fault::new(FaultKind::Rejected, error.to_string()).in_operation(id);
                return Err(ReadFailure { fault, calls: 0 });
            }
        };
        let call = Call {
            request,
            operation,
            sdk: self.sessions.sdk().await,
            bucket: s3::is_s3(&operation.service).then(|| s3::bucket(&encoded)).flatten(),
            encoded,
            attempts: AtomicU64::new(0),
            renewed: AtomicBool::new(false),
            corrected: AtomicBool::new(false),
            redirects: AtomicU64::new(0),
        };
        let outcome = retry::run(self.max_attempts, || self.attempt(&call)).await;
        let calls = call.attempts.load(Ordering::Relaxed);
        tracing::trace!(
            operation = id,
            account = call.request.account.as_str(),
            region = call.request.region.as_str(),
            attempts = calls,
            fault = outcome.as_ref().err().map(|fault| fault.kind.as_str()),
            "call"
        );
        let span = Span::current();
        span.record("attempts", calls);
        match outcome {
            Ok(mut response) => {
                response.calls = calls;
                span.record("bytes", response.bytes);
                Ok(response)
            }
            Err(fault) => {
                span.record("fault", fault.kind.as_str());
                Err(ReadFailure { fault: fault.in_operation(id), calls })
            }
        }
    }

    #[tracing::instrument(level = "trace", skip_all, fields(number, status, bytes))]
    async fn attempt(&self, call: &Call<'_>) -> Result<ReadResponse, Failure> {
        let request = &call.request;
        let id = call.operation.id();
        let session = self
            .sessions
            .session(request.account, &request.operation.actions, request.actions)
            .await
            .map_err(Failure::last)?;
        let (attempt, region) = self.address(call, &session).map_err(Failure::last)?;
        let (place, ahead) = (call.place(&region), attempt.ahead);
        self.gate.tally.set_out(&id).map_err(Failure::last)?;
        // Held for one attempt and nothing else.
        let pass = self.gate.enter(&request.operation.quota, Some(request.account), &region).await;
        Span::current().record("number", call.attempts.fetch_add(1, Ordering::Relaxed) + 1);
        count_attempt(&id);
        let sent = self.wire.send(attempt).await;
        let heard = pass.leave();
        let response = sent.map_err(|error| {
            let again = match error {
                aws_smithy_runtime_api::client::result::SdkError::ConstructionFailure(_) => Again::No,
                _ => Again::Transient,
            };
            Failure { fault: fault::of_transport(&error), again }
        })?;
        self.clocks.hear(Some(place), response.header("date"));
        Span::current().record("status", response.status).record("bytes", response.body.len());
        if !(200..300).contains(&response.status) {
            let failure = self.refused(call, &session, &region, &response, ahead).await;
            match failure.again {
                Again::Throttled(asked) => heard.throttled(asked),
                _ => heard.answered(),
            }
            return Err(failure);
        }
        session.vouch();
        heard.answered();
        let output = protocol::decode(call.operation, &response).map_err(|error| Failure {
            fault: Fault::new(FaultKind::BadResponse, error.to_string()),
            again: Again::Transient,
        })?;
        Ok(ReadResponse { output, bytes: response.body.len() as u64, calls: 0 })
    }

    fn address(&self, call: &Call<'_>, session: &Session) -> Result<(Attempt, Region), Fault> {
        let service = &call.operation.service;
        let asked = call.bucket.as_deref().and_then(|bucket| self.buckets.get(bucket));
        let region = asked.unwrap_or_else(|| self.endpoints.region(service, call.request.region));
        let mut target = self
            .endpoints
            .target(service, &region, call.sdk)
            .map_err(|error| Fault::new(FaultKind::Rejected, error.to_string()))?;
        let mut encoded = call.encoded.clone();
        if let Some(bucket) = &call.bucket {
            s3::address(&mut encoded, &mut target, bucket);
        }
        if let Some(prefix) = &encoded.host_prefix
            && !target.configured
        {
            target.url = target.url.replacen("://", &format!("://{prefix}"), 1);
        }
        let attempt = Attempt {
            encoded,
            url: target.url,
            signing_name: service.signing_name.to_string(),
            signing_region: target.signing_region,
            s3: &*service.signing_name == "s3",
            credentials: session.credentials.clone(),
            ahead: self.clocks.ahead(&call.place(&region)),
        };
        Ok((attempt, region))
    }

    async fn refused(
        &self,
        call: &Call<'_>,
        session: &Session,
        region: &Region,
        response: &RawResponse,
        ahead: i64,
    ) -> Failure {
        let error = protocol::service_error(response);
        let about = Circumstances { region, fresh_session: session.is_fresh() };
        let fault = fault::of_service(&error, about);
        // A token that is unknown may be one of an earlier run that was made void since.
        let code = error.code.as_deref().unwrap_or_default();
        let skewed = clock::explains(code, response.header("date"), ahead);
        let void = fault.kind == FaultKind::Expired && !session.is_vouched();
        if fault.kind != FaultKind::Expired {
            session.vouch();
        }
        let again = if self.redirected(call, region, &error)
            || skewed && !call.corrected.swap(true, Ordering::Relaxed)
        {
            Again::Now
        } else if (void || fault::is_expired(code)) && !call.renewed.swap(true, Ordering::Relaxed) {
            self.sessions.expire(session).await;
            Again::Now
        } else {
            retry::after(&error, |name| response.header(name))
        };
        Failure { fault, again }
    }

    /// Learns where a bucket is; `true` where asking there is worth a call.
    fn redirected(&self, call: &Call<'_>, region: &Region, error: &ServiceError) -> bool {
        let (Some(bucket), Some(found)) = (&call.bucket, s3::redirected(error)) else { return false };
        self.buckets.learn(bucket, found);
        found != region.as_str() && call.redirects.fetch_add(1, Ordering::Relaxed) < MAX_REDIRECTS
    }
}
