//! Answers and errors in the form of each protocol.

use base64::Engine as _;
use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::{ApiError, Outgoing, json, xml};
use crate::catalog::shape::{Location, Operation, Protocol, Service, Shape};
use crate::model::Json;

/// A successful answer; an error only where `value` does not fit the operation's shapes.
pub fn success(operation: &Operation, value: &Json, request_id: &str) -> Result<Outgoing, String> {
    let service = &operation.service;
    let members = operation.output_members();
    let body = match service.protocol {
        Protocol::Ec2 => {
            let mut out = format!(
                "{}<{}Response xmlns=\"http://ec2.amazonaws.com/doc/{}/\"><requestId>{request_id}</requestId>",
                xml::DECLARATION,
                operation.name,
                service.api_version
            );
            xml::members(operation, members, value, &mut out)?;
            out.push_str(&format!("</{}Response>", operation.name));
            out
        }
        Protocol::Query => {
            let name = &operation.name;
            let namespace = service.xml_namespace.as_deref().unwrap_or_default();
            let mut out = format!("<{name}Response xmlns=\"{namespace}\">");
            if let Some(wrapper) = &operation.result_wrapper {
                out.push_str(&format!("<{wrapper}>"));
                xml::members(operation, members, value, &mut out)?;
                out.push_str(&format!("</{wrapper}>"));
            }
            out.push_str(&format!(
                "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            ));
            out
        }
        Protocol::Json10 | Protocol::Json11 => json::output(operation, members, value)?.to_json(),
        Protocol::RestJson => rest_json(operation, value)?,
        Protocol::RestXml => rest_xml(operation, value)?,
    };
    let mut answer = respond(200, content_type(service), request_id, service, body);
    if let Some(contents) = contents(operation, value)? {
        *answer.body_mut() = contents;
    }
    for member in members.iter().filter(|m| m.location == Location::Header) {
        let Some(value) = value.get(&member.name) else { continue };
        let text = match operation.shape(member.shape) {
            Shape::Timestamp(_) => value.as_i64().map(rfc822),
            _ => None,
        };
        if let Some(text) = text.or_else(|| value.to_text()) {
            set(&mut answer, &member.wire_name, &text);
        }
    }
    if answer.headers().contains_key("content-range") {
        *answer.status_mut() = http::StatusCode::PARTIAL_CONTENT;
    }
    Ok(answer)
}

/// A payload that is bytes and nothing else; handlers give it in base64.
fn contents(operation: &Operation, value: &Json) -> Result<Option<Bytes>, String> {
    let Some((name, body)) = payload(operation, value) else { return Ok(None) };
    let member = json::find(operation.output_members(), name)?;
    match (operation.shape(member.shape), body.and_then(Json::as_str)) {
        (Shape::Blob, Some(text)) => {
            let bytes =
                base64::engine::general_purpose::STANDARD.decode(text).map_err(|why| why.to_string())?;
            Ok(Some(bytes.into()))
        }
        _ => Ok(None),
    }
}

/// As headers write times.
fn rfc822(epoch: i64) -> String {
    let time = chrono::DateTime::from_timestamp(epoch, 0).unwrap_or_default();
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn payload<'a>(operation: &'a Operation, value: &'a Json) -> Option<(&'a str, Option<&'a Json>)> {
    match operation.output.map(|id| operation.shape(id)) {
        Some(Shape::Structure { payload: Some(name), .. }) => Some((name, value.get(name))),
        _ => None,
    }
}

fn rest_json(operation: &Operation, value: &Json) -> Result<String, String> {
    match payload(operation, value) {
        None => Ok(json::output(operation, operation.output_members(), value)?.to_json()),
        Some((name, body)) => {
            let member = json::find(operation.output_members(), name)?;
            Ok(body.map_or(Ok(Json::Null), |b| json::written(operation, member.shape, b))?.to_json())
        }
    }
}

/// S3's documents have names of their own, which its model does not tell.
const ROOTS: [(&str, &str); 9] = [
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketAcl", "AccessControlPolicy"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetBucketLocation", "LocationConstraint"),
];

fn rest_xml(operation: &Operation, value: &Json) -> Result<String, String> {
    if &*operation.http_method == "HEAD" {
        return Ok(String::new());
    }
    let namespace = operation.service.xml_namespace.as_deref().unwrap_or_default();
    let own = ROOTS.iter().find(|(name, _)| *name == &*operation.name).map(|(_, root)| *root);
    let (root, members, value) = match payload(operation, value) {
        None => (own.unwrap_or(&operation.name), operation.output_members(), value),
        Some((_, None)) => return Ok(String::new()),
        Some((name, Some(body))) => {
            let member = json::find(operation.output_members(), name)?;
            match (operation.shape(member.shape), body) {
                (Shape::Structure { members, .. }, body) => (&*member.wire_name, members.as_slice(), body),
                // A bucket policy is its own document.
                (_, scalar) => return Ok(scalar.to_text().unwrap_or_default()),
            }
        }
    };
    let mut out = format!("{}<{root} xmlns=\"{namespace}\">", xml::DECLARATION);
    if root == "LocationConstraint" {
        // The one document whose root is the value.
        out.push_str(value.get("LocationConstraint").and_then(Json::as_str).unwrap_or_default());
    } else {
        xml::members(operation, members, value, &mut out)?;
    }
    out.push_str(&format!("</{root}>"));
    Ok(out)
}

/// An error in the words and form of its service.
pub fn failure(service: &Service, head: bool, error: &ApiError, request_id: &str) -> Outgoing {
    let mut code = String::new();
    let mut message = String::new();
    xml::escape(&error.code, &mut code);
    xml::escape(&error.message, &mut message);
    let body = match (&*service.id, service.protocol) {
        ("s3", _) => {
            let mut out =
                format!("{}<Error><Code>{code}</Code><Message>{message}</Message>", xml::DECLARATION);
            for (name, value) in &error.details {
                out.push_str(&format!("<{name}>"));
                xml::escape(value, &mut out);
                out.push_str(&format!("</{name}>"));
            }
            out.push_str(&format!(
                "<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
            ));
            out
        }
        (_, Protocol::Ec2) => format!(
            "{}<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>",
            xml::DECLARATION
        ),
        (_, Protocol::Query | Protocol::RestXml) => {
            let fault = if error.status < 500 { "Sender" } else { "Receiver" };
            format!(
                "<ErrorResponse xmlns=\"{}\"><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                service.xml_namespace.as_deref().unwrap_or_default()
            )
        }
        (_, Protocol::RestJson) => {
            let mut members = vec![("message", Json::string(&*error.message))];
            if &*service.id == "lambda" {
                members = vec![("Type", Json::from("User")), ("Message", Json::string(&*error.message))];
            }
            Json::object(members).to_json()
        }
        (id, _) => {
            let kind = match id {
                "dynamodb" if error.code.ends_with("ResourceNotFoundException") => {
                    format!("com.amazonaws.dynamodb.v20120810#{}", error.code)
                }
                "dynamodb" => format!("com.amazon.coral.service#{}", error.code),
                "sqs" => format!("com.amazonaws.sqs#{}", error.code),
                _ => error.code.to_string(),
            };
            // Organizations capitalises it; both are found in the wild.
            let name = if id == "organizations" { "Message" } else { "message" };
            Json::object([("__type", Json::from(kind)), (name, Json::string(&*error.message))]).to_json()
        }
    };
    let body = if head { String::new() } else { body };
    let mut answer = respond(error.status, content_type(service), request_id, service, body);
    if service.protocol == Protocol::RestJson {
        set(&mut answer, "x-amzn-errortype", &error.code);
    }
    if let Some(code) = error.query_code {
        set(&mut answer, "x-amzn-query-error", &format!("{code};Sender"));
    }
    for (name, value) in &error.headers {
        set(&mut answer, name, value);
    }
    answer
}

fn content_type(service: &Service) -> &'static str {
    match service.protocol {
        Protocol::Ec2 => "text/xml;charset=UTF-8",
        Protocol::Query => "text/xml",
        Protocol::RestXml => "application/xml",
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
    }
}

fn respond(status: u16, content_type: &str, request_id: &str, service: &Service, body: String) -> Outgoing {
    let mut answer = Outgoing::new(Bytes::from(body));
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    set(&mut answer, CONTENT_TYPE.as_str(), content_type);
    let id = if &*service.id == "s3" { "x-amz-request-id" } else { "x-amzn-requestid" };
    set(&mut answer, id, request_id);
    answer
}

/// Sets a header; a value that no header can hold is left out.
fn set(answer: &mut Outgoing, name: &str, value: &str) {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(value)) {
        answer.headers_mut().insert(name, value);
    }
}
