//! A request as it arrived.

use bytes::Bytes;
use http::HeaderMap;

use super::Routed;
use crate::catalog::shape::{Location, Protocol, Shape};
use crate::model::Json;

#[derive(Clone, Debug)]
pub struct Incoming {
    pub method: String,
    /// As the client signed it: with a port, if it is not the usual one.
    pub host: String,
    /// Still percent-encoded.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Incoming {
    pub fn new(request: http::Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        let host = parts
            .headers
            .get(http::header::HOST)
            .and_then(|h| h.to_str().ok())
            .or_else(|| parts.uri.authority().map(|a| a.as_str()))
            .unwrap_or_default()
            .to_owned();
        Self {
            method: parts.method.as_str().to_owned(),
            host,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A scalar written as text in a form, query string, label or header; `None` where it is malformed.
pub fn scalar(shape: &Shape, text: &str) -> Option<Json> {
    Some(match shape {
        Shape::Integer => Json::int(text.parse::<i32>().ok()?.into()),
        Shape::Long => Json::int(text.parse().ok()?),
        Shape::Float | Shape::Double => Json::from(text.parse::<f64>().ok()?),
        Shape::Boolean => Json::Bool(match text {
            "true" => true,
            "false" => false,
            _ => return None,
        }),
        Shape::Timestamp(_) => {
            let parsed = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Json::from(parsed.timestamp_millis() as f64 / 1000.0)
        }
        _ => Json::string(text),
    })
}

/// The operation's input under model member names, from wherever its protocol puts each part.
pub fn input(routed: &Routed, incoming: &Incoming) -> Result<Json, String> {
    let operation = &*routed.operation;
    let input = match operation.service.protocol {
        Protocol::Ec2 | Protocol::Query => {
            routed.form.as_ref().map_or(Ok(Json::Object(Vec::new())), |f| f.input(operation))
        }
        Protocol::Json10 | Protocol::Json11 => super::json::input(operation, &incoming.body),
        Protocol::RestJson | Protocol::RestXml => rest(routed, incoming),
    }?;
    for member in operation.input_members().iter().filter(|m| m.required) {
        if input.get(&member.name).is_none_or(Json::is_null) {
            let mut name = member.name.to_string();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            return Err(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ));
        }
    }
    Ok(input)
}

fn rest(routed: &Routed, incoming: &Incoming) -> Result<Json, String> {
    let operation = &*routed.operation;
    let body = match operation.service.protocol {
        Protocol::RestJson if !incoming.body.is_empty() => super::json::input(operation, &incoming.body)?,
        _ => Json::Object(Vec::new()),
    };
    let Json::Object(mut object) = body else { return Err("the body is not an object".to_owned()) };
    let query = super::pairs(&incoming.query, false);
    for member in operation.input_members() {
        let name = &*member.wire_name;
        let texts: Vec<String> = match member.location {
            Location::Uri => {
                routed.labels.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
            }
            Location::QueryString => {
                query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
            }
            Location::Header => incoming.header(name).map(str::to_owned).into_iter().collect(),
            Location::Body | Location::Headers | Location::StatusCode => continue,
        };
        let Some(first) = texts.first() else { continue };
        let shape = operation.shape(member.shape);
        let value = match shape {
            Shape::List { .. } => Json::from(texts),
            shape => {
                scalar(shape, first).ok_or_else(|| format!("The value of {name} is not valid: {first}"))?
            }
        };
        object.retain(|(key, _)| *key != member.name);
        object.push((member.name.clone(), value));
    }
    Ok(Json::Object(object))
}
