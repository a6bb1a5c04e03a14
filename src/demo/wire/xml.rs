//! Bodies of the query, ec2 and rest-xml protocols.

use std::fmt::Write as _;

use super::json::find;
use crate::catalog::shape::{Location, Member, Operation, Protocol, Shape, ShapeId, TimestampFormat};
use crate::model::Json;

pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Elements of a structure's body members, in the order of the value.
pub fn members(
    operation: &Operation,
    members: &[Member],
    value: &Json,
    out: &mut String,
) -> Result<(), String> {
    for (key, value) in value.as_object().ok_or("the answer is not an object")? {
        let member = find(members, key)?;
        if member.location == Location::Body && !member.xml_attribute && !value.is_null() {
            element(operation, member, value, out)?;
        }
    }
    Ok(())
}

fn element(operation: &Operation, member: &Member, value: &Json, out: &mut String) -> Result<(), String> {
    let name = &*member.wire_name;
    match (operation.shape(member.shape), value) {
        (Shape::List { element: shape, flattened, .. }, Json::Array(items))
            if *flattened || member.flattened =>
        {
            for item in items {
                wrapped(operation, *shape, name, member.timestamp_format, item, out)?;
            }
            Ok(())
        }
        (Shape::Structure { members: inner, .. }, _) => {
            out.push('<');
            out.push_str(name);
            // The model tells the prefix only in the attribute's name.
            if inner.iter().any(|m| m.xml_attribute && m.wire_name.starts_with("xsi:")) {
                out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
            }
            for attribute in inner.iter().filter(|m| m.xml_attribute) {
                if let Some(text) = value.get(&attribute.name).and_then(Json::to_text) {
                    let _ = write!(out, " {}=\"", attribute.wire_name);
                    escape(&text, out);
                    out.push('"');
                }
            }
            out.push('>');
            members(operation, inner, value, out)?;
            close(name, out);
            Ok(())
        }
        _ => wrapped(operation, member.shape, name, member.timestamp_format, value, out),
    }
}

/// `<name>value</name>`
pub fn wrapped(
    operation: &Operation,
    shape: ShapeId,
    name: &str,
    format: Option<TimestampFormat>,
    value: &Json,
    out: &mut String,
) -> Result<(), String> {
    out.push('<');
    out.push_str(name);
    out.push('>');
    match (operation.shape(shape), value) {
        (Shape::Structure { members: inner, .. }, _) => members(operation, inner, value, out)?,
        (Shape::List { element, element_name, .. }, Json::Array(items)) => {
            for item in items {
                wrapped(operation, *element, element_name, None, item, out)?;
            }
        }
        (Shape::Map { value: shape, key_name, value_name, .. }, Json::Object(entries)) => {
            for (key, value) in entries {
                let _ = write!(out, "<entry><{key_name}>");
                escape(key, out);
                close(key_name, out);
                wrapped(operation, *shape, value_name, None, value, out)?;
                out.push_str("</entry>");
            }
        }
        (Shape::List { .. } | Shape::Map { .. }, _) => return Err(format!("{name} is not a list or map")),
        (Shape::Timestamp(own), Json::Number(epoch)) => {
            out.push_str(&timestamp(operation, format.or(*own), epoch)?);
        }
        (_, scalar) => match scalar {
            Json::String(text) => escape(text, out),
            Json::Number(text) => out.push_str(text),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            _ => return Err(format!("{name} is not a scalar")),
        },
    }
    close(name, out);
    Ok(())
}

fn timestamp(operation: &Operation, format: Option<TimestampFormat>, epoch: &str) -> Result<String, String> {
    let seconds: f64 = epoch.parse().map_err(|_| format!("{epoch} is not a time"))?;
    Ok(match format {
        Some(TimestampFormat::UnixTimestamp) => epoch.to_owned(),
        Some(TimestampFormat::Rfc822) => chrono::DateTime::from_timestamp(seconds as i64, 0)
            .unwrap_or_default()
            .format("%a, %d %b %Y %H:%M:%S GMT")
            .to_string(),
        _ => {
            let protocol = operation.service.protocol;
            super::rfc3339(seconds, matches!(protocol, Protocol::Ec2 | Protocol::RestXml))
        }
    })
}

fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

pub fn escape(text: &str, out: &mut String) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            b'\r' => "&#13;",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(entity);
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
}
