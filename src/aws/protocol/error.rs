//! Error answers: each protocol's way to say which code and why.

use super::xml_reader::Cursor;
use super::{DecodeError, RawResponse, excerpt};
use crate::model::Json;

/// What a service said when it did not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    pub status: u16,
    /// `AccessDenied`; absent where the body is a web page, empty or broken.
    pub code: Option<String>,
    pub message: String,
    /// Region S3 says the bucket is in.
    pub region: Option<String>,
}

/// Reads an error whatever protocol it came in: gateways in front of a service answer in their own.
pub fn service_error(response: &RawResponse) -> ServiceError {
    let body = &response.body[..];
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    let mut error = match first {
        Some(b'<') => from_xml(body).unwrap_or_default(),
        Some(b'{') => from_json(body).unwrap_or_default(),
        _ => ServiceError::default(),
    };
    error.status = response.status;
    if let Some(kind) = response.header("x-amzn-errortype") {
        error.code = Some(bare_code(kind)).filter(|code| !code.is_empty()).or(error.code);
    }
    // Services that moved from query to JSON keep their old codes here: `Code;Sender`.
    if let Some(text) = response.header("x-amzn-query-error") {
        let code = text.split(';').next().unwrap_or_default().trim();
        error.code = Some(code.to_owned()).filter(|code| !code.is_empty()).or(error.code);
    }
    if let Some(region) = response.header("x-amz-bucket-region") {
        error.region = Some(region.to_owned());
    }
    if error.message.is_empty() {
        error.message = match (&error.code, first) {
            (Some(_), _) => format!("HTTP status {}", response.status),
            (None, None) => format!("HTTP status {} without a body", response.status),
            (None, Some(_)) => format!("HTTP status {}: {}", response.status, excerpt(body)),
        };
    }
    error
}

/// `aws.protocoltests.restjson#FooError:http://internal/` is `FooError`.
fn bare_code(text: &str) -> String {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default().trim().to_owned()
}

fn from_json(body: &[u8]) -> Option<ServiceError> {
    let parsed = Json::parse_bytes(body).ok()?;
    let text = |names: &[&str]| {
        names.iter().find_map(|name| parsed.get(name).and_then(Json::as_str)).map(str::to_owned)
    };
    Some(ServiceError {
        code: text(&["__type", "code", "Code"]).map(|code| bare_code(&code)).filter(|c| !c.is_empty()),
        message: text(&["message", "Message", "errorMessage", "Reason"]).unwrap_or_default(),
        ..ServiceError::default()
    })
}

/// `Code` and `Message` inside the first `Error`, wherever it stands.
fn from_xml(body: &[u8]) -> Option<ServiceError> {
    let mut found = ServiceError::default();
    let walked = walk(std::str::from_utf8(body).ok()?, &mut found);
    // A truncated body still names its code.
    (walked.is_ok() || found.code.is_some()).then_some(found)
}

fn walk(text: &str, found: &mut ServiceError) -> Result<(), DecodeError> {
    let mut cursor = Cursor::new(text);
    let root = cursor.root()?;
    let mut inside = usize::from(root.name() == "Error");
    let mut open = 1usize;
    while open > 0 {
        let Some(child) = cursor.child()? else {
            open -= 1;
            if inside > open {
                return Ok(());
            }
            continue;
        };
        match child.name() {
            "Error" if inside == 0 => {
                open += 1;
                inside = open;
            }
            "Code" if inside > 0 => found.code = Some(cursor.text()?.trim().to_owned()),
            "Message" | "message" if inside > 0 => found.message = cursor.text()?.trim().to_owned(),
            "Region" if inside > 0 => found.region = Some(cursor.text()?.trim().to_owned()),
            _ => open += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::response;
    use super::*;

    #[track_caller]
    fn says(headers: &[(&str, &str)], body: &str, code: Option<&str>, message: &str) {
        let error = service_error(&response(400, headers, body));
        assert_eq!((error.code.as_deref(), error.message.as_str()), (code, message), "{body}");
    }

    #[test]
    fn every_protocol_names_its_code() {
        says(
            &[],
            "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>Throttling</Code>\
             <Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>",
            Some("Throttling"),
            "Rate exceeded",
        );
        says(
            &[],
            "<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code>\
             <Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>",
            Some("UnauthorizedOperation"),
            "no",
        );
        says(
            &[],
            "<Error><Code>NoSuchBucket</Code><Message>none</Message><BucketName>b</BucketName></Error>",
            Some("NoSuchBucket"),
            "none",
        );
        says(
            &[],
            r#"{"__type":"com.amazon.coral#ThrottlingException","message":"slow"}"#,
            Some("ThrottlingException"),
            "slow",
        );
        says(
            &[("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/")],
            r#"{"Message":"gone","Type":"User"}"#,
            Some("ResourceNotFoundException"),
            "gone",
        );
        says(
            &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#,
            Some("AWS.SimpleQueueService.NonExistentQueue"),
            "no queue",
        );
    }

    #[test]
    fn what_is_no_error_answer_is_told_as_it_came() {
        says(&[], "", None, "HTTP status 400 without a body");
        says(
            &[],
            "<html><head><title>Oops</title></head></html>",
            None,
            "HTTP status 400: '<html><head><title>Oops</title></head></html>'",
        );
        says(&[], "upstream\n  connect error", None, "HTTP status 400: 'upstream connect error'");
    }

    #[test]
    fn a_redirect_names_the_buckets_region() {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>\
                    <Region>eu-west-1</Region></Error>";
        assert_eq!(service_error(&response(400, &[], body)).region.as_deref(), Some("eu-west-1"));
        let headers = [("x-amz-bucket-region", "us-west-2")];
        assert_eq!(service_error(&response(301, &headers, "")).region.as_deref(), Some("us-west-2"));
    }

    #[test]
    fn truncated_errors_never_panic() {
        for body in [
            "<ErrorResponse><Error><Code>Throttling</Code><Message>é &amp; é</Message></Error></ErrorResponse>",
            r#"{"__type":"a#b","message":"é \u00e9"}"#,
        ] {
            for end in 0..=body.len() {
                let cut = RawResponse {
                    status: 500,
                    headers: Vec::new(),
                    body: body.as_bytes()[..end].to_vec().into(),
                };
                let _ = service_error(&cut);
            }
        }
    }
}
