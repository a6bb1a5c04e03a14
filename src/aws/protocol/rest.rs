//! The HTTP bindings of rest-json and rest-xml: path labels, query string, headers, status, payload.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    DecodeError, EncodeError, Encoded, RawResponse, has_body_members, host_prefix, json, scalar, xml,
    xml_writer,
};
use crate::catalog::shape::{Location, Member, Operation, Protocol, Shape, TimestampFormat};
use crate::model::{Json, Key};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// A greedy label keeps its slashes.
const GREEDY: &AsciiSet = &UNRESERVED.remove(b'/');

fn percent(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

pub fn encode(operation: &Operation, input: &Json) -> Result<Encoded, EncodeError> {
    let (template, fixed) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let mut path = template.to_owned();
    let mut query: Vec<String> =
        fixed.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let mut headers = Vec::new();
    for member in operation.input_members() {
        let value = input.get(&member.name);
        match (member.location, value) {
            (Location::Uri, value) => path = fill_label(operation, &path, member, value)?,
            (Location::QueryString, Some(value)) => query.extend(query_pairs(operation, member, value)?),
            (Location::Header, Some(value)) => {
                headers.push((member.wire_name.to_lowercase(), header_text(operation, member, value)?));
            }
            (Location::Headers, Some(value)) => {
                for (name, value) in value.as_object().unwrap_or_default() {
                    let text = scalar::to_text(value).unwrap_or_default();
                    headers.push((format!("{}{name}", member.wire_name).to_lowercase(), text));
                }
            }
            _ => {}
        }
    }
    if headers.iter().any(|(name, value)| {
        http::HeaderName::try_from(name).is_err() || http::HeaderValue::try_from(value).is_err()
    }) {
        return Err(EncodeError(format!("{}: a value cannot stand in a header", operation.id())));
    }
    let body = body(operation, input)?;
    if let Some((kind, _)) = &body {
        headers.push(("content-type".to_owned(), (*kind).to_owned()));
    }
    // API Gateway answers HAL, with other member names, unless asked for plain JSON.
    if operation.service.protocol == Protocol::RestJson {
        headers.push(("accept".to_owned(), "application/json".to_owned()));
    }
    Ok(Encoded {
        method: operation.http_method.to_string(),
        path: if path.starts_with('/') { path } else { format!("/{path}") },
        query: query.join("&"),
        headers,
        body: body.map(|(_, bytes)| bytes.into()).unwrap_or_default(),
        host_prefix: host_prefix(operation, input)?,
    })
}

fn fill_label(
    operation: &Operation,
    path: &str,
    member: &Member,
    value: Option<&Json>,
) -> Result<String, EncodeError> {
    let missing =
        || EncodeError(format!("{} needs a value for the parameter '{}'", operation.id(), member.name));
    let text = wire_text(operation, member, value.ok_or_else(missing)?, TimestampFormat::Iso8601)?;
    // Route 53 lists `/hostedzone/Z1` and wants `Z1` back.
    let text = match text.rsplit_once('/') {
        Some((_, last)) if &*operation.service.id == "route53" && text.starts_with('/') => last,
        _ => &text,
    };
    if text.is_empty() {
        return Err(missing());
    }
    let greedy = format!("{{{}+}}", member.wire_name);
    Ok(if path.contains(&greedy) {
        path.replace(&greedy, &utf8_percent_encode(text, GREEDY).to_string())
    } else {
        path.replace(&format!("{{{}}}", member.wire_name), &percent(text))
    })
}

fn query_pairs(operation: &Operation, member: &Member, value: &Json) -> Result<Vec<String>, EncodeError> {
    let pair = |name: &str, text: &str| format!("{}={}", percent(name), percent(text));
    let many = |name: &str, values: &[Json]| {
        values.iter().filter_map(scalar::to_text).map(|text| pair(name, &text)).collect::<Vec<_>>()
    };
    Ok(match (operation.shape(member.shape), value) {
        (Shape::List { .. }, Json::Array(items)) => many(&member.wire_name, items),
        (Shape::Map { .. }, Json::Object(entries)) => entries
            .iter()
            .flat_map(|(name, value)| match value {
                Json::Array(items) => many(name, items),
                single => many(name, std::slice::from_ref(single)),
            })
            .collect(),
        _ => {
            vec![pair(&member.wire_name, &wire_text(operation, member, value, TimestampFormat::Iso8601)?)]
        }
    })
}

fn header_text(operation: &Operation, member: &Member, value: &Json) -> Result<String, EncodeError> {
    match (operation.shape(member.shape), value) {
        (Shape::List { .. }, Json::Array(items)) => {
            Ok(items.iter().filter_map(scalar::to_text).collect::<Vec<_>>().join(","))
        }
        (Shape::String { json: true, .. }, value) => {
            let text = match value {
                Json::String(text) => text.clone(),
                other => other.to_json(),
            };
            Ok(scalar::base64(text.as_bytes()))
        }
        _ => wire_text(operation, member, value, TimestampFormat::Rfc822),
    }
}

fn wire_text(
    operation: &Operation,
    member: &Member,
    value: &Json,
    default: TimestampFormat,
) -> Result<String, EncodeError> {
    let wrong = || EncodeError(format!("'{}' must be a single value", member.name));
    let text = scalar::to_text(value).ok_or_else(wrong)?;
    match operation.shape(member.shape) {
        Shape::Timestamp(own) => {
            let format = member.timestamp_format.or(*own).unwrap_or(default);
            scalar::timestamp_text(&text, format)
                .ok_or_else(|| EncodeError(format!("'{}' must be a timestamp", member.name)))
        }
        _ => Ok(text),
    }
}

/// Content type and bytes; `None` where the operation sends no body.
fn body(operation: &Operation, input: &Json) -> Result<Option<(&'static str, Vec<u8>)>, EncodeError> {
    let Some(id) = operation.input else { return Ok(None) };
    let Shape::Structure { members, payload, .. } = operation.shape(id) else { return Ok(None) };
    let xml = operation.service.protocol == Protocol::RestXml;
    let kind = if xml { "application/xml" } else { "application/json" };
    if let Some(name) = payload {
        let Some((member, value)) =
            members.iter().find(|m| m.name == *name).and_then(|m| input.get(name).map(|v| (m, v)))
        else {
            return Ok(None);
        };
        return match operation.shape(member.shape) {
            Shape::Structure { .. } if xml => {
                let text = xml_writer::write_body(operation, &member.wire_name, member.shape, value)?;
                Ok(Some((kind, text.into_bytes())))
            }
            Shape::Structure { .. } => {
                let written = json::write_value(operation, member.shape, Some(member), value, name)?;
                Ok(Some((kind, written.to_json().into_bytes())))
            }
            _ => Ok(scalar::to_text(value).map(|text| ("application/octet-stream", text.into_bytes()))),
        };
    }
    if !members.iter().any(|m| m.location == Location::Body) {
        return Ok(None);
    }
    let text = if xml {
        xml_writer::write_body(operation, &format!("{}Request", operation.name), id, input)?
    } else {
        json::write_value(operation, id, None, input, "")?.to_json()
    };
    Ok(Some((kind, text.into_bytes())))
}

pub fn decode(operation: &Operation, response: &RawResponse) -> Result<Json, DecodeError> {
    let Some(id) = operation.output else { return Ok(Json::Object(Vec::new())) };
    let mut object: Vec<(Key, Json)> = Vec::new();
    for member in operation.output_members() {
        if let Some(value) = bound(operation, member, response) {
            object.push((member.name.clone(), value));
        }
    }
    let bodiless = &*operation.http_method == "HEAD" || response.status == 204;
    let payload = match operation.shape(id) {
        Shape::Structure { payload: Some(name), .. } => operation.shape(id).member(name),
        _ => None,
    };
    let xml = operation.service.protocol == Protocol::RestXml;
    let read = |id| {
        if xml {
            xml::read_body(operation, id, &response.body)
        } else {
            json::read_body(operation, id, &response.body)
        }
    };
    match payload {
        _ if bodiless => {}
        Some(member) => match operation.shape(member.shape) {
            Shape::Structure { .. } => object.push((member.name.clone(), read(member.shape)?)),
            Shape::Blob => object.push((member.name.clone(), Json::String(scalar::base64(&response.body)))),
            Shape::List { .. } | Shape::Map { .. } if !xml => {
                let value = Json::parse_bytes(&response.body)
                    .map_err(|error| DecodeError(format!("the answer is not JSON: {error}")))?;
                object.push((member.name.clone(), json::read_value(operation, member.shape, value)));
            }
            _ => {
                let text = String::from_utf8_lossy(&response.body).into_owned();
                object.push((member.name.clone(), Json::String(text)));
            }
        },
        None if has_body_members(operation) => match read(id)? {
            Json::Object(members) => object.extend(members),
            other => return Ok(other),
        },
        None => {}
    }
    Ok(Json::Object(object))
}

/// A member that travels in the status line or a header.
fn bound(operation: &Operation, member: &Member, response: &RawResponse) -> Option<Json> {
    let shape = operation.shape(member.shape);
    match member.location {
        Location::StatusCode => Some(Json::int(i64::from(response.status))),
        Location::Header => {
            let text = response.header(&member.wire_name.to_lowercase())?;
            Some(match shape {
                Shape::List { element, .. } => Json::Array(
                    text.split(',')
                        .map(|item| scalar::from_text(operation.shape(*element), item.trim()))
                        .collect(),
                ),
                Shape::String { json: true, .. } => {
                    use base64::Engine as _;
                    let decoded = base64::engine::general_purpose::STANDARD.decode(text).ok();
                    decoded.and_then(|bytes| Json::parse_bytes(&bytes).ok()).unwrap_or(Json::string(text))
                }
                shape => scalar::from_text(shape, text),
            })
        }
        Location::Headers => {
            let prefix = member.wire_name.to_lowercase();
            let entries: Vec<(Key, Json)> = response
                .headers
                .iter()
                .filter_map(|(name, value)| {
                    let rest = name.strip_prefix(&prefix)?;
                    Some((rest.into(), Json::string(value.as_str())))
                })
                .collect();
            (!entries.is_empty()).then_some(Json::Object(entries))
        }
        Location::Body | Location::Uri | Location::QueryString => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::super::{decode, encode};
    use super::*;

    fn object(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn labels_query_strings_and_headers_are_filled_and_escaped() {
        let operation = Build::new(Protocol::RestJson, "GetThing")
            .http("GET", "/things/{Name}/files/{Key+}?view")
            .input(&[
                required(at(text("Name"), Location::Uri, "Name")),
                at(text("Key"), Location::Uri, "Key"),
                at(list("Ids", text("m")), Location::QueryString, "id"),
                at(map("Filter", text("k"), text("v"), false), Location::QueryString, "filter"),
                at(scalar("Since", Shape::Timestamp(None)), Location::QueryString, "since"),
                at(scalar("After", Shape::Timestamp(None)), Location::Header, "X-After"),
                at(map("Meta", text("k"), text("v"), false), Location::Headers, "x-meta-"),
            ])
            .done();
        let encoded = encode(
            &operation,
            &object(
                r#"{"Name":"arn:aws:x/é","Key":"a b/c","Ids":["1","2&3"],"Filter":{"k":"v"},
                    "Since":"2024-02-29T12:00:00Z","After":"2024-02-29T12:00:00Z","Meta":{"One":"1"}}"#,
            ),
        )
        .unwrap();
        assert_eq!(encoded.path, "/things/arn%3Aaws%3Ax%2F%C3%A9/files/a%20b/c");
        assert_eq!(encoded.query, "view&id=1&id=2%263&k=v&since=2024-02-29T12%3A00%3A00Z");
        assert!(encoded.headers.contains(&("x-after".into(), "Thu, 29 Feb 2024 12:00:00 GMT".into())));
        assert!(encoded.headers.contains(&("x-meta-one".into(), "1".into())));
        assert!(encoded.body.is_empty());
        assert!(!encoded.headers.iter().any(|(n, _)| n == "content-type"));
    }

    #[test]
    fn an_empty_label_is_an_error_and_a_header_cannot_be_split() {
        let operation = Build::new(Protocol::RestXml, "GetThing")
            .http("GET", "/{Bucket}")
            .input(&[
                required(at(text("Bucket"), Location::Uri, "Bucket")),
                at(text("Owner"), Location::Header, "x-owner"),
            ])
            .done();
        assert!(encode(&operation, &object(r#"{"Bucket":""}"#)).is_err());
        assert!(encode(&operation, &object(r#"{"Bucket":"b","Owner":"a\r\nx-evil: 1"}"#)).is_err());
    }

    #[test]
    fn body_members_go_into_json_even_when_none_is_given() {
        let operation = Build::new(Protocol::RestJson, "ListThings")
            .http("POST", "/list")
            .input(&[wire(text("Token"), "nextToken"), at(text("Id"), Location::QueryString, "id")])
            .done();
        let encoded = encode(&operation, &object(r#"{"Token":"t","Id":"i"}"#)).unwrap();
        assert_eq!(&encoded.body[..], br#"{"nextToken":"t"}"#);
        assert_eq!(&encode(&operation, &Json::Null).unwrap().body[..], b"{}");
    }

    #[test]
    fn an_xml_payload_is_written_and_read() {
        let rule = structure("r", &[text("Id"), list("Names", wire(text("m"), "Name"))]);
        let config = structure("Config", &[wire(flat_list("Rules", rule), "Rule"), text("Status")]);
        let operation = Build::new(Protocol::RestXml, "PutConfig")
            .http("PUT", "/config")
            .payload("Config")
            .input(std::slice::from_ref(&config))
            .output(&[config, at(text("ETag"), Location::Header, "ETag")])
            .done();
        let mut operation = operation;
        if let Some(Shape::Structure { payload, .. }) =
            operation.input.and_then(|id| operation.shapes.get_mut(id as usize))
        {
            *payload = Some("Config".into());
        }
        let config = r#"{"Config":{"Rules":[{"Id":"<1>","Names":["a","b"]},{"Id":"2"}],"Status":"On"}}"#;
        let encoded = encode(&operation, &object(config)).unwrap();
        let text = String::from_utf8(encoded.body.to_vec()).unwrap();
        assert_eq!(
            text,
            "<Config><Rule><Id>&lt;1&gt;</Id><Names><Name>a</Name><Name>b</Name></Names></Rule>\
             <Rule><Id>2</Id></Rule><Status>On</Status></Config>"
        );
        let output = decode(&operation, &response(200, &[("etag", "\"x\"")], &text)).unwrap();
        assert_eq!(output.get("Config"), object(config).get("Config"));
        assert_eq!(output.get("ETag"), Some(&Json::string("\"x\"")));
    }

    #[test]
    fn headers_status_and_text_payloads_are_read() {
        let operation = Build::new(Protocol::RestXml, "GetBucketPolicy")
            .http("GET", "/{Bucket}?policy")
            .payload("Policy")
            .output(&[
                text("Policy"),
                at(map("Metadata", text("k"), text("v"), false), Location::Headers, "x-amz-meta-"),
                at(scalar("Size", Shape::Long), Location::Header, "Content-Length"),
                at(scalar("Modified", Shape::Timestamp(None)), Location::Header, "Last-Modified"),
                at(scalar("Code", Shape::Integer), Location::StatusCode, ""),
            ])
            .done();
        let headers = [
            ("x-amz-meta-a", "1"),
            ("content-length", "7"),
            ("last-modified", "Thu, 29 Feb 2024 12:00:00 GMT"),
        ];
        assert_eq!(
            decode(&operation, &response(200, &headers, r#"{"a":1}"#)).unwrap().to_json(),
            r#"{"Metadata":{"a":"1"},"Size":7,"Modified":"2024-02-29T12:00:00Z","Code":200,"Policy":"{\"a\":1}"}"#
        );
    }

    #[test]
    fn a_bare_root_text_is_the_only_member() {
        let operation = Build::new(Protocol::RestXml, "GetBucketLocation")
            .http("GET", "/{Bucket}?location")
            .output(&[text("LocationConstraint")])
            .done();
        let read = |body| decode(&operation, &response(200, &[], body)).unwrap().to_json();
        assert_eq!(
            read(r#"<LocationConstraint xmlns="http://s3">eu-west-1</LocationConstraint>"#),
            r#"{"LocationConstraint":"eu-west-1"}"#
        );
        assert_eq!(read("<LocationConstraint/>"), "{}");
    }

    #[test]
    fn route_53_ids_lose_the_path_they_are_listed_with() {
        let operation = Build::new(Protocol::RestXml, "GetHostedZone")
            .service("route53")
            .http("GET", "/2013-04-01/hostedzone/{Id}")
            .input(&[at(text("Id"), Location::Uri, "Id")])
            .done();
        let encoded = encode(&operation, &object(r#"{"Id":"/hostedzone/Z1"}"#)).unwrap();
        assert_eq!(encoded.path, "/2013-04-01/hostedzone/Z1");
    }

    #[test]
    fn a_host_prefix_takes_its_labels_from_the_input_and_nothing_else() {
        let mut account = at(text("AccountId"), Location::Header, "x-amz-account-id");
        account.member.host_label = true;
        let operation = Build::new(Protocol::RestXml, "ListAccessPoints")
            .http("GET", "/v20180820/accesspoint")
            .host_prefix("{AccountId}.")
            .input(&[account])
            .done();
        let encoded = encode(&operation, &object(r#"{"AccountId":"123456789012"}"#)).unwrap();
        assert_eq!(encoded.host_prefix.as_deref(), Some("123456789012."));
        assert!(encoded.headers.contains(&("x-amz-account-id".into(), "123456789012".into())));
        assert!(encode(&operation, &object(r#"{"AccountId":"evil.example/"}"#)).is_err());
    }
}
