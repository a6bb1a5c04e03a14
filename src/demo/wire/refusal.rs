//! What every service refuses alike, in each service's words.

use super::ApiError;
use crate::catalog::shape::Protocol;

/// Reasons that have nothing to do with what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No signature at all.
    Unsigned,
    /// An access key or session token that nobody issued, or one that does not reach this region.
    UnknownKey,
    /// The signature is not the one the secret makes.
    BadSignature,
    /// A session whose time is over.
    Expired,
    /// Signed too long ago or too far ahead; the words say by how much.
    Skewed(String),
    /// `User: ... is not authorized to perform ...`
    Denied(String),
    Throttled,
    /// No such operation.
    UnknownOperation(String),
    /// The input does not fit the operation.
    Invalid(String),
    /// The service is down for a moment: 503.
    Unavailable,
    /// The service failed: 500. Where the demo answered against the shapes, a defect of ours.
    Internal(String),
}

const UNAVAILABLE: &str = "The request has failed due to a temporary failure of the server.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
const BAD_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. \
                             Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

impl Refusal {
    pub fn for_service(self, service: &str, protocol: Protocol) -> ApiError {
        match (service, protocol) {
            ("s3", _) => self.in_s3(),
            (_, Protocol::Ec2) => self.in_ec2(),
            (_, Protocol::Query | Protocol::RestXml) => self.in_query(),
            ("sqs", _) => self.in_sqs(),
            ("lambda" | "account" | "sso", _) => self.in_rest_json(service),
            _ => self.in_json(service),
        }
    }

    fn in_s3(self) -> ApiError {
        match self {
            Refusal::Unsigned => ApiError::new(403, "AccessDenied", "Access Denied"),
            Refusal::UnknownKey => ApiError::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Refusal::BadSignature => ApiError::new(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            ),
            Refusal::Expired => ApiError::bad("ExpiredToken", "The provided token has expired."),
            Refusal::Skewed(_) => ApiError::new(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            Refusal::Denied(why) => ApiError::new(403, "AccessDenied", why),
            Refusal::Throttled => ApiError::new(503, "SlowDown", "Please reduce your request rate."),
            Refusal::UnknownOperation(_) => ApiError::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            ),
            Refusal::Invalid(why) => ApiError::bad("InvalidArgument", why),
            Refusal::Unavailable => {
                ApiError::new(503, "ServiceUnavailable", "Service is unable to handle request.")
            }
            Refusal::Internal(why) => ApiError::new(500, "InternalError", why),
        }
    }

    fn in_ec2(self) -> ApiError {
        let not_validated = "AWS was not able to validate the provided access credentials";
        match self {
            Refusal::Unsigned => {
                ApiError::bad("MissingParameter", "The request must contain the parameter AWSAccessKeyId")
            }
            Refusal::UnknownKey | Refusal::BadSignature => ApiError::new(401, "AuthFailure", not_validated),
            Refusal::Expired | Refusal::Skewed(_) => ApiError::bad("RequestExpired", "Request has expired."),
            Refusal::Denied(why) => ApiError::new(
                403,
                "UnauthorizedOperation",
                format!("You are not authorized to perform this operation. {why}"),
            ),
            Refusal::Throttled => ApiError::new(503, "RequestLimitExceeded", "Request limit exceeded."),
            Refusal::UnknownOperation(name) => ApiError::bad(
                "InvalidAction",
                format!("The action {name} is not valid for this web service."),
            ),
            Refusal::Invalid(why) => ApiError::bad("InvalidParameterValue", why),
            Refusal::Unavailable => {
                ApiError::new(503, "Unavailable", "The server is overloaded and can't handle the request.")
            }
            Refusal::Internal(why) => ApiError::new(500, "InternalError", why),
        }
    }

    fn in_query(self) -> ApiError {
        match self {
            Refusal::Unsigned => {
                ApiError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
            }
            Refusal::UnknownKey => ApiError::new(403, "InvalidClientTokenId", INVALID_TOKEN),
            Refusal::BadSignature => ApiError::new(403, "SignatureDoesNotMatch", BAD_SIGNATURE),
            Refusal::Expired => {
                ApiError::new(403, "ExpiredToken", "The security token included in the request is expired")
            }
            Refusal::Skewed(why) => ApiError::new(403, "SignatureDoesNotMatch", why),
            Refusal::Denied(why) => ApiError::new(403, "AccessDenied", why),
            Refusal::Throttled => ApiError::bad("Throttling", "Rate exceeded"),
            Refusal::UnknownOperation(name) => {
                ApiError::bad("InvalidAction", format!("Could not find operation {name}"))
            }
            Refusal::Invalid(why) => ApiError::bad("ValidationError", why),
            Refusal::Unavailable => ApiError::new(503, "ServiceUnavailable", UNAVAILABLE),
            Refusal::Internal(why) => ApiError::new(500, "InternalFailure", why),
        }
    }

    fn in_json(self, service: &str) -> ApiError {
        match self {
            Refusal::Unsigned => {
                ApiError::bad("MissingAuthenticationTokenException", "Missing Authentication Token")
            }
            Refusal::UnknownKey => ApiError::bad("UnrecognizedClientException", INVALID_TOKEN),
            Refusal::BadSignature => ApiError::bad("InvalidSignatureException", BAD_SIGNATURE),
            Refusal::Expired => ApiError::bad(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
            Refusal::Skewed(why) => ApiError::bad("InvalidSignatureException", why),
            Refusal::Denied(why) => ApiError::bad("AccessDeniedException", why),
            Refusal::Throttled if service == "organizations" => ApiError::bad(
                "TooManyRequestsException",
                "You have sent too many requests in too short a period of time.",
            ),
            Refusal::Throttled => ApiError::bad("ThrottlingException", "Rate exceeded"),
            Refusal::UnknownOperation(_) => ApiError::bad("UnknownOperationException", ""),
            Refusal::Invalid(why) => ApiError::bad("ValidationException", why),
            Refusal::Unavailable if service == "organizations" => {
                ApiError::new(500, "ServiceException", "Organizations cannot complete the request.")
            }
            Refusal::Unavailable => ApiError::new(503, "ServiceUnavailableException", UNAVAILABLE),
            Refusal::Internal(why) => ApiError::new(500, "InternalFailure", why),
        }
    }

    fn in_sqs(self) -> ApiError {
        match self {
            Refusal::Denied(why) => ApiError::bad("AccessDeniedException", why).query_code("AccessDenied"),
            Refusal::Throttled => {
                ApiError::bad("RequestThrottled", "Request is throttled.").query_code("RequestThrottled")
            }
            Refusal::UnknownKey => {
                ApiError::new(403, "InvalidClientTokenId", INVALID_TOKEN).query_code("InvalidClientTokenId")
            }
            other => other.in_json("sqs"),
        }
    }

    fn in_rest_json(self, service: &str) -> ApiError {
        let mut error = match self {
            Refusal::Throttled => {
                let error = ApiError::new(429, "TooManyRequestsException", "Rate exceeded");
                // The one service that says for how long.
                return if service == "lambda" { error.header("retry-after", "1") } else { error };
            }
            Refusal::Unavailable if service == "lambda" => {
                return ApiError::new(
                    500,
                    "ServiceException",
                    "An error occurred and the request cannot be processed.",
                );
            }
            Refusal::UnknownOperation(_) => return ApiError::new(404, "UnknownOperationException", ""),
            Refusal::Unsigned if service == "sso" => {
                return ApiError::new(401, "UnauthorizedException", "Session token not found or invalid");
            }
            other => other.in_json(service),
        };
        if error.status == 400 && error.code != "ValidationException" {
            error.status = 403;
        }
        error
    }
}
