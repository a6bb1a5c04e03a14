//! Requests and responses of the six AWS protocols, driven by an operation's shapes.
//!
//! Input and output are [`Json`] in the model's member names; wire names never leave this room.
//! It knows bytes and headers, not hosts, credentials or retries.
//!
//! `aws-smithy-schema`'s codecs were tried first: its graphs borrow (`Schema<'a>` holds `&'a`
//! members, header names must be `'static`), so shapes decoded from a blob on demand would have to be
//! leaked, and there is no codec for the ec2 protocol.

mod error;
#[cfg(test)]
mod every_operation;
mod json;
mod query;
mod rest;
#[cfg(test)]
mod sample;
mod scalar;
mod xml;
mod xml_reader;
mod xml_writer;

use std::fmt;

use bytes::Bytes;

use crate::catalog::shape::{Location, Operation, Protocol, Shape};
use crate::model::{Json, Key};

pub use error::{ServiceError, service_error};

/// Shapes may refer to themselves, and answers come from outside: neither nests deeper than this.
const MAX_DEPTH: usize = 96;

/// A request without a host: what the endpoint and the signature complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub method: String,
    /// Percent-encoded path, starting with `/`.
    pub path: String,
    /// Percent-encoded query string without `?`; may be empty.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The operation's host prefix with its labels filled in: `123456789012.`
    pub host_prefix: Option<String>,
}

/// What came back, whole.
#[derive(Clone, Debug)]
pub struct RawResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl RawResponse {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// An input that does not fit the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(pub String);

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EncodeError {}

/// An answer that is not what the operation promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(pub String);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}

/// The request that carries `input`, an object of input members (or null for none).
pub fn encode(operation: &Operation, input: &Json) -> Result<Encoded, EncodeError> {
    let input = prepare(operation, input)?;
    match operation.service.protocol {
        Protocol::Ec2 => query::encode(operation, &input, query::Flavour::Ec2),
        Protocol::Query => query::encode(operation, &input, query::Flavour::Query),
        Protocol::Json10 => json::encode(operation, &input, "1.0"),
        Protocol::Json11 => json::encode(operation, &input, "1.1"),
        Protocol::RestJson | Protocol::RestXml => rest::encode(operation, &input),
    }
}

/// The output structure of a successful response.
pub fn decode(operation: &Operation, response: &RawResponse) -> Result<Json, DecodeError> {
    let html = response.header("content-type").is_some_and(|kind| kind.trim().starts_with("text/html"));
    // Some servers call their JSON that, too.
    if html && response.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<') {
        return Err(DecodeError(format!(
            "got an HTML page instead of an answer: {}",
            excerpt(&response.body)
        )));
    }
    match operation.service.protocol {
        Protocol::Ec2 | Protocol::Query => xml::decode_rpc(operation, response),
        Protocol::Json10 | Protocol::Json11 => json::decode(operation, response),
        Protocol::RestJson | Protocol::RestXml => rest::decode(operation, response),
    }
}

/// Rejects members the operation does not have, asks for those it cannot do without, fills in
/// idempotency tokens.
fn prepare(operation: &Operation, input: &Json) -> Result<Json, EncodeError> {
    let given: &[(Key, Json)] = match input {
        Json::Null => &[],
        Json::Object(members) => members,
        _ => return Err(EncodeError(format!("the input of {} must be an object", operation.id()))),
    };
    let members = operation.input_members();
    if let Some((name, _)) = given.iter().find(|(name, _)| !members.iter().any(|m| m.name == *name)) {
        return Err(EncodeError(format!("{} has no parameter '{name}'", operation.id())));
    }
    let mut complete: Vec<(Key, Json)> = given.iter().filter(|(_, v)| !v.is_null()).cloned().collect();
    for member in members {
        if complete.iter().any(|(name, _)| *name == member.name) {
            continue;
        }
        if member.idempotency_token {
            complete.push((member.name.clone(), Json::String(idempotency_token())));
        } else if member.required {
            return Err(EncodeError(format!(
                "{} needs a value for the parameter '{}'",
                operation.id(),
                member.name
            )));
        }
    }
    Ok(Json::Object(complete))
}

/// A version 4 UUID; the standard library's hash keys are random per instance.
fn idempotency_token() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = || std::hash::RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// The operation's host prefix with `{AccountId}` and the like replaced by the input's values.
fn host_prefix(operation: &Operation, input: &Json) -> Result<Option<String>, EncodeError> {
    let Some(template) = &operation.host_prefix else { return Ok(None) };
    let mut prefix = template.to_string();
    for member in operation.input_members().iter().filter(|m| m.host_label) {
        let value = input.get(&member.name).and_then(scalar::to_text).unwrap_or_default();
        let label = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !value.is_empty();
        if !label {
            return Err(EncodeError(format!("'{value}' cannot stand in a host name ({})", member.name)));
        }
        prefix = prefix.replace(&format!("{{{}}}", member.name), &value);
    }
    Ok(Some(prefix))
}

fn has_body_members(operation: &Operation) -> bool {
    operation.output_members().iter().any(|m| m.location == Location::Body)
}

/// The start of a body, printable, for messages.
fn excerpt(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body.get(..400).unwrap_or(body))
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { "an empty body".to_owned() } else { format!("'{}'", words.join(" ")) }
}

/// Whether the shape is free-form JSON.
fn is_document(shape: &Shape) -> bool {
    matches!(shape, Shape::Structure { document: true, .. })
}

#[cfg(test)]
mod tests {
    use super::sample::*;
    use super::*;

    #[test]
    fn an_unknown_or_missing_parameter_never_reaches_the_wire() {
        let operation =
            Build::new(Protocol::Json11, "GetThing").input(&[required(text("Id")), text("Name")]).done();
        let unknown = encode(&operation, &Json::object([("id", Json::string("x"))])).unwrap_err();
        assert_eq!(unknown.to_string(), "sample:GetThing has no parameter 'id'");
        let missing = encode(&operation, &Json::Null).unwrap_err();
        assert_eq!(missing.to_string(), "sample:GetThing needs a value for the parameter 'Id'");
    }

    #[test]
    fn idempotency_tokens_are_uuids_and_differ() {
        let (a, b) = (idempotency_token(), idempotency_token());
        assert_eq!(a.len(), 36);
        assert_eq!(a.as_bytes()[14], b'4');
        assert_ne!(a, b);
    }

    #[test]
    fn a_web_page_is_not_an_answer_in_any_protocol() {
        for protocol in ALL_PROTOCOLS {
            let operation = Build::new(protocol, "GetThing").output(&[text("Name")]).done();
            for (kind, body) in [
                ("text/html; charset=utf-8", "<html><body>login please</body></html>"),
                ("text/xml", "<html><body>login please</body></html>"),
                ("application/json", "<!DOCTYPE html><html></html>"),
                ("application/json", "[1, 2]"),
                ("text/xml", ""),
                ("application/json", "gone"),
            ] {
                let response = response(200, &[("content-type", kind)], body);
                assert!(decode(&operation, &response).is_err(), "{protocol:?} {kind} {body}");
            }
        }
    }
}
