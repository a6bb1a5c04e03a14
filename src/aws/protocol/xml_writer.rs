//! Members to XML, for the few rest-xml requests that have a body.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::{EncodeError, MAX_DEPTH, scalar};
use crate::catalog::shape::{Location, Member, Operation, Shape, ShapeId, TimestampFormat};
use crate::model::Json;

/// A document whose root element `name` holds the structure `id`.
pub fn write_body(
    operation: &Operation,
    name: &str,
    id: ShapeId,
    value: &Json,
) -> Result<String, EncodeError> {
    let mut out = String::new();
    let namespace = operation.service.xml_namespace.as_deref();
    let attributes = namespace.map(|uri| format!(" xmlns=\"{}\"", escape(uri))).unwrap_or_default();
    write(operation, &mut out, name, &attributes, id, None, value, 0)?;
    Ok(out)
}

#[allow(clippy::too_many_arguments)]
fn write(
    operation: &Operation,
    out: &mut String,
    name: &str,
    attributes: &str,
    id: ShapeId,
    member: Option<&Member>,
    value: &Json,
    depth: usize,
) -> Result<(), EncodeError> {
    if depth > MAX_DEPTH {
        return Err(EncodeError(format!("'{name}' nests too deeply")));
    }
    let wrong = |wanted: &str| EncodeError(format!("'{name}' must be {wanted}"));
    let flat = |own: bool| own || member.is_some_and(|m| m.flattened);
    let open = |out: &mut String| {
        let _ = write!(out, "<{name}{attributes}>");
    };
    match operation.shape(id) {
        Shape::Structure { members, .. } => {
            let given = value.as_object().ok_or_else(|| wrong("an object"))?;
            open(out);
            for (key, value) in given {
                let inner = members
                    .iter()
                    .find(|m| m.name == *key)
                    .ok_or_else(|| EncodeError(format!("{} has no parameter '{key}'", operation.id())))?;
                if inner.location == Location::Body && !value.is_null() {
                    write(operation, out, &inner.wire_name, "", inner.shape, Some(inner), value, depth + 1)?;
                }
            }
        }
        Shape::List { element, element_name, flattened } => {
            let items = value.as_array().ok_or_else(|| wrong("an array"))?;
            if flat(*flattened) {
                for item in items {
                    write(operation, out, name, "", *element, None, item, depth + 1)?;
                }
                return Ok(());
            }
            open(out);
            for item in items {
                write(operation, out, element_name, "", *element, None, item, depth + 1)?;
            }
        }
        Shape::Map { key, value: inner, key_name, value_name, flattened } => {
            let entries = value.as_object().ok_or_else(|| wrong("an object"))?;
            let flat = flat(*flattened);
            if !flat {
                open(out);
            }
            let entry = if flat { name } else { "entry" };
            for (text, item) in entries {
                let _ = write!(out, "<{entry}>");
                let text = Json::String(text.to_string());
                write(operation, out, key_name, "", *key, None, &text, depth + 1)?;
                write(operation, out, value_name, "", *inner, None, item, depth + 1)?;
                let _ = write!(out, "</{entry}>");
            }
            if flat {
                return Ok(());
            }
        }
        Shape::Timestamp(own) => {
            let text = scalar::to_text(value).ok_or_else(|| wrong("a timestamp"))?;
            let format = member.and_then(|m| m.timestamp_format).or(*own).unwrap_or(TimestampFormat::Iso8601);
            open(out);
            out.push_str(&scalar::timestamp_text(&text, format).ok_or_else(|| wrong("a timestamp"))?);
        }
        _ => {
            let text = scalar::to_text(value).ok_or_else(|| wrong("a single value"))?;
            open(out);
            out.push_str(&escape(text.as_str()));
        }
    }
    let _ = write!(out, "</{name}>");
    Ok(())
}
