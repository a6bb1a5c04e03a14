//! Bodies of the json and rest-json protocols.

use crate::catalog::shape::{Location, Member, Operation, Shape, ShapeId};
use crate::model::{Json, Key};

/// The body's members under model names. Unknown members are ignored, as AWS does.
pub fn input(operation: &Operation, body: &[u8]) -> Result<Json, String> {
    if body.is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    let parsed = Json::parse_bytes(body).map_err(|e| format!("the body is not JSON: {e}"))?;
    match operation.input {
        Some(shape) => renamed(operation, shape, parsed),
        None => Ok(Json::Object(Vec::new())),
    }
}

fn renamed(operation: &Operation, shape: ShapeId, value: Json) -> Result<Json, String> {
    Ok(match (operation.shape(shape), value) {
        (_, Json::Null) => Json::Null,
        (Shape::Structure { members, document: false, .. }, Json::Object(object)) => {
            let mut renamed_object = Vec::with_capacity(object.len());
            for (key, value) in object {
                if let Some(member) = members.iter().find(|m| m.wire_name == key) {
                    renamed_object.push((member.name.clone(), renamed(operation, member.shape, value)?));
                }
            }
            Json::Object(renamed_object)
        }
        (Shape::List { element, .. }, Json::Array(items)) => {
            Json::Array(items.into_iter().map(|i| renamed(operation, *element, i)).collect::<Result<_, _>>()?)
        }
        (Shape::Map { value: shape, .. }, Json::Object(object)) => Json::Object(
            object
                .into_iter()
                .map(|(k, v)| Ok((k, renamed(operation, *shape, v)?)))
                .collect::<Result<_, String>>()?,
        ),
        (Shape::Structure { document: true, .. }, any) => any,
        (Shape::Boolean, value @ Json::Bool(_))
        | (
            Shape::Integer | Shape::Long | Shape::Float | Shape::Double | Shape::Timestamp(_),
            value @ Json::Number(_),
        )
        | (Shape::String { .. } | Shape::Blob | Shape::Timestamp(_), value @ Json::String(_)) => value,
        _ => return Err("a member of the body has the wrong type".to_owned()),
    })
}

/// Members that belong in the body, under wire names.
pub fn output(operation: &Operation, members: &[Member], value: &Json) -> Result<Json, String> {
    let mut object: Vec<(Key, Json)> = Vec::new();
    for (key, value) in value.as_object().ok_or("the answer is not an object")? {
        let member = find(members, key)?;
        if member.location == Location::Body && !value.is_null() {
            object.push((member.wire_name.clone(), written(operation, member.shape, value)?));
        }
    }
    Ok(Json::Object(object))
}

pub fn written(operation: &Operation, shape: ShapeId, value: &Json) -> Result<Json, String> {
    Ok(match (operation.shape(shape), value) {
        (Shape::Structure { document: true, .. }, any) => any.clone(),
        (Shape::Structure { members, .. }, object) => output(operation, members, object)?,
        (Shape::List { element, .. }, Json::Array(items)) => {
            Json::Array(items.iter().map(|i| written(operation, *element, i)).collect::<Result<_, _>>()?)
        }
        (Shape::Map { value: shape, .. }, Json::Object(entries)) => Json::Object(
            entries
                .iter()
                .map(|(k, v)| Ok((k.clone(), written(operation, *shape, v)?)))
                .collect::<Result<_, String>>()?,
        ),
        (Shape::List { .. } | Shape::Map { .. }, _) => return Err(format!("{value:?} is not a list or map")),
        (_, scalar) => scalar.clone(),
    })
}

pub fn find<'m>(members: &'m [Member], key: &str) -> Result<&'m Member, String> {
    members.iter().find(|m| &*m.name == key).ok_or_else(|| format!("the shape has no member {key}"))
}
