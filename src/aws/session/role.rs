//! Assuming roles: one AssumeRole, asked again only where that can help.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::slot::Refusal;
use crate::aws::fault::{self, Circumstances};
use crate::aws::protocol::ServiceError;
use crate::aws::retry::{Again, Failure, after};
use crate::model::{Fault, FaultKind, Region};
use crate::settings::CredentialSettings;

/// Roles assumed from a role's session last an hour at most (STS documentation).
pub const CHAINED: Duration = Duration::from_secs(3600);

/// What is assumed, and how.
#[derive(Clone, Debug)]
pub struct Role {
    pub arn: String,
    pub policy: Option<std::sync::Arc<str>>,
    pub duration: Duration,
}

/// One attempt.
#[tracing::instrument(name = "assume_role_attempt", level = "trace", skip_all)]
pub async fn assume(
    client: &Client,
    role: &Role,
    settings: &CredentialSettings,
    region: &Region,
) -> Result<Credentials, Failure> {
    let seconds = role.duration.as_secs().clamp(900, 43_200);
    let sent = client
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(&settings.session_name)
        .duration_seconds(i32::try_from(seconds).unwrap_or(3600))
        .set_external_id(settings.external_id.clone())
        .set_source_identity(settings.source_identity.clone())
        .set_policy(role.policy.as_deref().map(str::to_owned))
        .send()
        .await;
    match sent {
        Ok(output) => credentials_of(output.credentials()).map_err(|refusal| Failure::last(refusal.fault)),
        Err(error) => Err(refused(&error, role, region)),
    }
}

fn refused(error: &SdkError<AssumeRoleError, HttpResponse>, role: &Role, region: &Region) -> Failure {
    let mut failure = sdk_failure(error, region);
    if let Some(said) = service_error(error) {
        failure.fault = fault::of_assume_role(&said, circumstances(region));
    }
    failure.fault.message = format!("cannot assume {}: {}", role.arn, failure.fault.message);
    failure.fault = failure.fault.in_operation("sts:AssumeRole");
    failure
}

fn circumstances(region: &Region) -> Circumstances<'_> {
    Circumstances { region, fresh_session: false }
}

/// A typed client's error in our words.
pub fn sdk_failure<E>(error: &SdkError<E, HttpResponse>, region: &Region) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match service_error(error) {
        Some(said) => {
            let headers = error.raw_response().map(HttpResponse::headers);
            let again = after(&said, |name| headers.and_then(|headers| headers.get(name)));
            Failure { fault: fault::of_service(&said, circumstances(region)), again }
        }
        None => {
            let fault = fault::of_transport(error);
            let again = match error {
                SdkError::ConstructionFailure(_) => Again::No,
                _ => Again::Transient,
            };
            Failure { fault, again }
        }
    }
}

fn service_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<ServiceError> {
    let said = error.as_service_error()?;
    Some(ServiceError {
        status: error.raw_response().map_or(0, |response| response.status().as_u16()),
        code: said.code().map(str::to_owned),
        message: said.message().unwrap_or("no message").to_owned(),
        region: None,
    })
}

pub fn credentials_of(given: Option<&aws_sdk_sts::types::Credentials>) -> Result<Credentials, Refusal> {
    let Some(given) = given else {
        let fault = Fault::new(FaultKind::BadResponse, "STS answered without credentials");
        return Err(fault.in_operation("sts:AssumeRole").into());
    };
    Ok(Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        std::time::SystemTime::try_from(*given.expiration()).ok(),
        "canvass",
    ))
}
