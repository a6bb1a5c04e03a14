//! JSON bodies: the json 1.0 and 1.1 protocols whole, and the bodies of rest-json.

use super::{DecodeError, EncodeError, Encoded, RawResponse, excerpt, host_prefix, is_document, scalar};
use crate::catalog::shape::{Location, Member, Operation, Shape, ShapeId, TimestampFormat};
use crate::model::{Json, Key};

pub fn encode(operation: &Operation, input: &Json, version: &str) -> Result<Encoded, EncodeError> {
    let body = match operation.input {
        Some(id) => write_value(operation, id, None, input, "")?.to_json(),
        None => "{}".to_owned(),
    };
    let target = operation.service.target_prefix.as_deref().unwrap_or_default();
    Ok(Encoded {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![
            ("content-type".to_owned(), format!("application/x-amz-json-{version}")),
            ("x-amz-target".to_owned(), format!("{target}.{}", operation.name)),
        ],
        body: body.into(),
        host_prefix: host_prefix(operation, input)?,
    })
}

pub fn decode(operation: &Operation, response: &RawResponse) -> Result<Json, DecodeError> {
    let Some(id) = operation.output else { return Ok(Json::Object(Vec::new())) };
    if response.body.is_empty() && operation.output_members().is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    read_body(operation, id, &response.body)
}

/// A whole body, which must be an object of this structure.
pub fn read_body(operation: &Operation, id: ShapeId, body: &[u8]) -> Result<Json, DecodeError> {
    let parsed = Json::parse_bytes(body).map_err(|error| {
        DecodeError(format!("the answer is not JSON: {error}; it begins {}", excerpt(body)))
    })?;
    let Json::Object(wire) = &parsed else {
        return Err(DecodeError(format!("the answer is not a JSON object: {}", excerpt(body))));
    };
    let shape = operation.shape(id);
    let foreign = !wire.is_empty()
        && !is_document(shape)
        && shape.members().iter().any(|m| m.location == Location::Body)
        && !wire.iter().any(|(name, _)| shape.members().iter().any(|m| m.wire_name == *name));
    // A gateway's own JSON would otherwise read as an empty answer.
    if foreign {
        return Err(DecodeError(format!(
            "the answer has none of the members of {}: {}",
            operation.id(),
            excerpt(body)
        )));
    }
    Ok(read_value(operation, id, parsed))
}

/// Wire names to member names. Depth is bounded by the parser.
pub fn read_value(operation: &Operation, id: ShapeId, value: Json) -> Json {
    let shape = operation.shape(id);
    match (shape, value) {
        (Shape::Structure { document: true, .. }, value) => value,
        (Shape::Structure { members, .. }, Json::Object(wire)) => {
            let mut object: Vec<(Key, Json)> = Vec::with_capacity(wire.len());
            for (name, value) in wire {
                let member = members.iter().find(|m| m.wire_name == name && m.location == Location::Body);
                if let Some(member) = member.filter(|_| !value.is_null()) {
                    object.push((member.name.clone(), read_value(operation, member.shape, value)));
                }
            }
            Json::Object(object)
        }
        (Shape::List { element, .. }, Json::Array(items)) => {
            Json::Array(items.into_iter().map(|item| read_value(operation, *element, item)).collect())
        }
        (Shape::Map { value: inner, .. }, Json::Object(entries)) => Json::Object(
            entries.into_iter().map(|(key, value)| (key, read_value(operation, *inner, value))).collect(),
        ),
        (Shape::Timestamp(_), Json::Number(text)) => {
            Json::String(scalar::rfc3339(&text).unwrap_or_else(|| text.into_string()))
        }
        (Shape::Timestamp(_), Json::String(text)) => Json::String(scalar::rfc3339(&text).unwrap_or(text)),
        (Shape::String { json: true, .. }, Json::String(text)) => {
            Json::parse(&text).unwrap_or(Json::String(text))
        }
        (_, value) => value,
    }
}

/// Member names to wire names, in the forms JSON bodies use.
pub fn write_value(
    operation: &Operation,
    id: ShapeId,
    member: Option<&Member>,
    value: &Json,
    path: &str,
) -> Result<Json, EncodeError> {
    let wrong = |wanted: &str| EncodeError(format!("'{path}' must be {wanted}"));
    Ok(match operation.shape(id) {
        Shape::Structure { document: true, .. } => value.clone(),
        Shape::Structure { members, .. } => {
            let mut object: Vec<(Key, Json)> = Vec::new();
            for (name, value) in value.as_object().ok_or_else(|| wrong("an object"))? {
                let inner = members.iter().find(|m| m.name == *name).ok_or_else(|| {
                    EncodeError(format!("{} has no parameter '{path}.{name}'", operation.id()))
                })?;
                if inner.location == Location::Body && !value.is_null() {
                    let written = write_value(operation, inner.shape, Some(inner), value, name)?;
                    object.push((inner.wire_name.clone(), written));
                }
            }
            Json::Object(object)
        }
        Shape::List { element, .. } => {
            let items = value.as_array().ok_or_else(|| wrong("an array"))?;
            Json::Array(
                items
                    .iter()
                    .map(|item| write_value(operation, *element, None, item, path))
                    .collect::<Result<_, _>>()?,
            )
        }
        Shape::Map { value: inner, .. } => {
            let entries = value.as_object().ok_or_else(|| wrong("an object"))?;
            Json::Object(
                entries
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), write_value(operation, *inner, None, item, path)?)))
                    .collect::<Result<_, EncodeError>>()?,
            )
        }
        Shape::Timestamp(own) => {
            let text = scalar::to_text(value).ok_or_else(|| wrong("a timestamp"))?;
            let format =
                member.and_then(|m| m.timestamp_format).or(*own).unwrap_or(TimestampFormat::UnixTimestamp);
            let text = scalar::timestamp_text(&text, format).ok_or_else(|| wrong("a timestamp"))?;
            match format {
                TimestampFormat::UnixTimestamp => Json::Number(text.into()),
                _ => Json::String(text),
            }
        }
        Shape::Boolean => match value {
            Json::Bool(flag) => Json::Bool(*flag),
            Json::String(text) if text == "true" || text == "false" => Json::Bool(text == "true"),
            _ => return Err(wrong("true or false")),
        },
        Shape::Integer | Shape::Long | Shape::Float | Shape::Double => match value {
            Json::Number(_) => value.clone(),
            Json::String(text) => match Json::parse(text) {
                Ok(number @ Json::Number(_)) => number,
                _ => return Err(wrong("a number")),
            },
            _ => return Err(wrong("a number")),
        },
        Shape::String { json: true, .. } if !matches!(value, Json::String(_)) => {
            Json::String(value.to_json())
        }
        Shape::String { .. } | Shape::Blob => {
            Json::String(scalar::to_text(value).ok_or_else(|| wrong("a text"))?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::super::{decode, encode};
    use super::*;
    use crate::catalog::shape::Protocol;

    fn operation() -> Operation {
        let tags = wire(list("Tags", structure("t", &[wire(text("Key"), "key")])), "tags");
        let fields = [
            tags,
            scalar("Count", Shape::Long),
            scalar("Created", Shape::Timestamp(None)),
            scalar("When", Shape::Timestamp(Some(TimestampFormat::Iso8601))),
            field("Extra", Kind::Document),
            map("Limits", text("k"), scalar("v", Shape::Double), false),
            scalar("Policy", Shape::String { values: Vec::new(), json: true }),
            scalar("Data", Shape::Blob),
        ];
        Build::new(Protocol::Json10, "ListThings").input(&fields).output(&fields).done()
    }

    #[test]
    fn a_request_carries_its_target_and_wire_names() {
        let input = Json::parse(
            r#"{"Tags":[{"Key":"a"}],"Created":"2024-02-29T12:00:00Z","When":"2024-02-29T12:00:00Z",
                "Count":"12","Extra":{"Any":[1,null]},"Limits":{"x":1.5}}"#,
        )
        .unwrap();
        let encoded = encode(&operation(), &input).unwrap();
        assert_eq!(
            encoded.headers,
            [
                ("content-type".to_owned(), "application/x-amz-json-1.0".to_owned()),
                ("x-amz-target".to_owned(), "Sample_2016.ListThings".to_owned())
            ]
        );
        assert_eq!(
            String::from_utf8_lossy(&encoded.body),
            r#"{"tags":[{"key":"a"}],"Created":1709208000,"When":"2024-02-29T12:00:00Z","Count":12,"Extra":{"Any":[1,null]},"Limits":{"x":1.5}}"#
        );
    }

    #[test]
    fn an_answer_comes_back_in_member_names() {
        let body = r#"{"tags":[{"key":"a","Unknown":1}],"Created":1.709208000123E9,"Count":12345678901234567890,
            "Extra":{"key":null},"Policy":"{\"a\":[1]}","Data":"AQI=","Unknown":{},"When":null,"Limits":{"x":1.10}}"#;
        let output = decode(&operation(), &response(200, &[], body)).unwrap();
        assert_eq!(
            output.to_json(),
            r#"{"Tags":[{"Key":"a"}],"Created":"2024-02-29T12:00:00.123Z","Count":12345678901234567890,"Extra":{"key":null},"Policy":{"a":[1]},"Data":"AQI=","Limits":{"x":1.10}}"#
        );
    }

    #[test]
    fn a_body_of_strangers_is_not_an_empty_answer() {
        let error = decode(&operation(), &response(200, &[], r#"{"login":"http://proxy"}"#)).unwrap_err();
        assert!(error.to_string().contains("none of the members"), "{error}");
        assert_eq!(decode(&operation(), &response(200, &[], "{}")).unwrap().to_json(), "{}");
    }

    #[test]
    fn no_prefix_of_an_answer_is_an_answer() {
        let body = r#"{"tags":[{"key":"é"}],"Created":1709208000}"#;
        for end in 0..body.len() {
            let cut = RawResponse {
                status: 200,
                headers: Vec::new(),
                body: body.as_bytes()[..end].to_vec().into(),
            };
            assert!(decode(&operation(), &cut).is_err(), "{end}");
        }
    }
}
