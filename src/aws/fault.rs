//! What went wrong with a call, in the kinds an operator treats differently.
//!
//! Two kinds leave an answer complete (a disabled region, a suspended account), so they are given
//! only on words that can mean nothing else; everything in doubt counts against the answer.

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_smithy_runtime_api::client::result::SdkError;

use super::protocol::ServiceError;
use crate::model::{Fault, FaultKind, Region};

/// Beyond the SDK's own list.
const MORE_THROTTLING: [&str; 3] = ["RequestThrottledException", "Throttled", "TooManyUpdates"];

const DENIALS: [&str; 15] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AccessDeniedForDependencyException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "ForbiddenException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UserNotAuthorized",
];

const EXPIRED: [&str; 5] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "TokenRefreshRequiredException",
];

/// How AWS answers a request whose token a region does not know.
const UNKNOWN_TOKEN: [&str; 5] = [
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "UnrecognizedClientException",
];

/// Regions of the `aws` partition that every account has; AWS has made each later one opt-in
/// (Account Management guide, "Enable or disable AWS Regions").
const ALWAYS_ON: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether an account has the region only once somebody switched it on there.
pub fn is_opt_in(region: &Region) -> bool {
    let name = region.as_str();
    let other_partition = ["cn-", "us-gov-", "eusc-", "us-iso"].iter().any(|prefix| name.starts_with(prefix));
    !other_partition && *region != Region::global() && !ALWAYS_ON.contains(&name)
}

/// What the caller knows about a call besides its answer.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    pub region: &'a Region,
    /// The credentials come from an AssumeRole of this run at a regional endpoint: they exist, and
    /// their token is of the kind that every enabled region knows.
    pub fresh_session: bool,
}

/// A service said no.
pub fn of_service(error: &ServiceError, about: Circumstances<'_>) -> Fault {
    let code = error.code.as_deref().unwrap_or_default();
    let kind = kind_of(error.status, code, &error.message, about);
    let fault = Fault::new(kind, error.message.clone());
    match &error.code {
        Some(code) => fault.with_code(code.as_str()),
        None => fault,
    }
}

fn kind_of(status: u16, code: &str, message: &str, about: Circumstances<'_>) -> FaultKind {
    let words = message.to_lowercase();
    let region_off = words.contains("is not enabled") && words.contains("region")
        || words.contains("region is disabled")
        || code == "RegionDisabledException";
    match code {
        _ if is_throttling(code) || status == 429 => FaultKind::Throttled,
        _ if EXPIRED.contains(&code) => FaultKind::Expired,
        _ if region_off => FaultKind::RegionDisabled,
        // "You are not subscribed to this service": in an opt-in region EC2 means the region, elsewhere
        // an account that was never fully set up.
        "OptInRequired" if is_opt_in(about.region) => FaultKind::RegionDisabled,
        _ if UNKNOWN_TOKEN.contains(&code) && is_opt_in(about.region) && about.fresh_session => {
            FaultKind::RegionDisabled
        }
        _ if is_off(code, &words) => FaultKind::NotEnabled,
        "Blocked" | "AccountSuspended" | "AccountSuspendedException" => FaultKind::Suspended,
        _ if words.contains("account is suspended") || words.contains("account has been suspended") => {
            FaultKind::Suspended
        }
        _ if UNKNOWN_TOKEN.contains(&code) => FaultKind::Expired,
        _ if DENIALS.contains(&code) || (code.is_empty() && (status == 401 || status == 403)) => {
            denial(&words)
        }
        _ if status >= 500 => FaultKind::BadResponse,
        _ => FaultKind::Rejected,
    }
}

/// A service that nobody switched on in the account, in words that can mean nothing else.
fn is_off(code: &str, words: &str) -> bool {
    match code {
        "InvalidAccessException" => words.contains("is not subscribed to aws security hub"),
        "AccessDeniedException" => words.contains("macie is not enabled"),
        _ => false,
    }
}

/// "with an explicit deny in a service control policy" (or in a resource control policy, which the
/// organization sets as well) against everything IAM inside the account says.
fn denial(words: &str) -> FaultKind {
    let organization = words.contains("service control policy") || words.contains("resource control policy");
    if organization { FaultKind::ScpDenied } else { FaultKind::IamDenied }
}

/// An AssumeRole that was refused: the role is missing or does not trust us, unless the answer says
/// something else.
pub fn of_assume_role(error: &ServiceError, about: Circumstances<'_>) -> Fault {
    let mut fault = of_service(error, about);
    fault.kind = match fault.kind {
        FaultKind::IamDenied | FaultKind::ScpDenied => FaultKind::AssumeDenied,
        FaultKind::Rejected if fault.code.as_deref() == Some("RegionDisabledException") => {
            FaultKind::RegionDisabled
        }
        other => other,
    };
    fault
}

pub fn is_throttling(code: &str) -> bool {
    THROTTLING_ERRORS.contains(&code) && code != "LimitExceededException" || MORE_THROTTLING.contains(&code)
}

pub fn is_expired(code: &str) -> bool {
    EXPIRED.contains(&code)
}

/// A code or status that may be gone the next time.
pub fn is_transient(status: u16, code: &str) -> bool {
    TRANSIENT_ERRORS.contains(&code)
        || matches!(
            code,
            "InternalError"
                | "InternalFailure"
                | "InternalServerError"
                | "ServiceUnavailable"
                | "Unavailable"
        )
        || matches!(status, 408 | 500 | 502 | 503 | 504)
}

/// No answer came: the connection, the deadline or the body failed.
pub fn of_transport<E, R>(error: &SdkError<E, R>) -> Fault
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error {
        SdkError::TimeoutError(_) => Fault::new(FaultKind::Timeout, "no answer before the deadline"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Fault::new(FaultKind::Unreachable, "the connection could not be made in time")
        }
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().map(|error| deepest(error));
            Fault::new(FaultKind::Unreachable, source.unwrap_or_else(|| "no connection".to_owned()))
        }
        // The SDK gives up on a body that no longer moves.
        SdkError::ResponseError(_) if deepest(error).contains("throughput") => {
            Fault::new(FaultKind::Timeout, "the answer stalled")
        }
        SdkError::ResponseError(_) => {
            Fault::new(FaultKind::BadResponse, format!("the answer is cut short: {}", deepest(error)))
        }
        _ => Fault::new(FaultKind::Rejected, deepest(error)),
    }
}

/// The whole chain, without repeating itself: the SDK's outermost words ("dispatch failure") say little.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = error.source().or(Some(error));
    while let Some(error) = next {
        let text = error.to_string();
        if !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, code: &str, message: &str, region: &str, fresh_session: bool) -> FaultKind {
        let error = ServiceError {
            status,
            code: (!code.is_empty()).then(|| code.to_owned()),
            message: message.to_owned(),
            region: None,
        };
        of_service(&error, Circumstances { region: &Region::new(region), fresh_session }).kind
    }

    #[test]
    fn iam_and_organization_denials_are_told_apart() {
        let user = "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: \
                    rds:DescribeDBInstances";
        for (why, expected) in [
            ("because no identity-based policy allows the action", FaultKind::IamDenied),
            ("with an explicit deny in an identity-based policy", FaultKind::IamDenied),
            ("because no session policy allows the action", FaultKind::IamDenied),
            ("with an explicit deny in a service control policy", FaultKind::ScpDenied),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
                FaultKind::ScpDenied,
            ),
            ("with an explicit deny in a resource control policy", FaultKind::ScpDenied),
        ] {
            let message = format!("{user} on resource: * {why}");
            assert_eq!(kind(403, "AccessDenied", &message, "us-east-1", true), expected, "{why}");
            assert_eq!(kind(400, "AccessDeniedException", &message, "us-east-1", true), expected, "{why}");
            assert_eq!(kind(403, "UnauthorizedOperation", &message, "us-east-1", true), expected, "{why}");
        }
        assert_eq!(kind(403, "", "HTTP status 403 without a body", "us-east-1", true), FaultKind::IamDenied);
    }

    #[test]
    fn a_region_is_off_only_where_nothing_else_can_be_meant() {
        let token = "The security token included in the request is invalid.";
        for code in UNKNOWN_TOKEN {
            assert_eq!(kind(401, code, token, "ap-east-1", true), FaultKind::RegionDisabled, "{code}");
            assert_eq!(kind(401, code, token, "eu-west-1", true), FaultKind::Expired, "{code}");
            assert_eq!(kind(401, code, token, "ap-east-1", false), FaultKind::Expired, "{code}");
            assert_eq!(kind(401, code, token, "us-gov-west-1", true), FaultKind::Expired, "{code}");
        }
        let subscribe = "You are not subscribed to this service.";
        assert_eq!(kind(401, "OptInRequired", subscribe, "me-south-1", false), FaultKind::RegionDisabled);
        assert_eq!(kind(401, "OptInRequired", subscribe, "us-east-1", true), FaultKind::Rejected);
        assert_eq!(
            kind(403, "RegionDisabledException", "STS is not activated in this region", "me-south-1", false),
            FaultKind::RegionDisabled
        );
    }

    #[test]
    fn throttling_expiry_suspension_and_refusal() {
        assert_eq!(kind(503, "SlowDown", "", "us-east-1", true), FaultKind::Throttled);
        assert_eq!(kind(400, "RequestLimitExceeded", "", "us-east-1", true), FaultKind::Throttled);
        assert_eq!(kind(429, "", "", "us-east-1", true), FaultKind::Throttled);
        assert_eq!(kind(400, "ExpiredToken", "", "us-east-1", true), FaultKind::Expired);
        let blocked = "This account is currently blocked and not recognized as a valid account.";
        assert_eq!(kind(400, "Blocked", blocked, "us-east-1", true), FaultKind::Suspended);
        assert_eq!(kind(404, "NoSuchBucketPolicy", "", "us-east-1", true), FaultKind::Rejected);
        assert_eq!(kind(400, "LimitExceededException", "too many", "us-east-1", true), FaultKind::Rejected);
        assert_eq!(kind(500, "", "<html>", "us-east-1", true), FaultKind::BadResponse);
        assert_eq!(kind(500, "InternalError", "", "us-east-1", true), FaultKind::BadResponse);
        assert_eq!(kind(503, "Unavailable", "overloaded", "us-east-1", true), FaultKind::BadResponse);
        assert_eq!(kind(400, "PendingVerification", "", "us-east-1", true), FaultKind::Rejected);
    }
}
