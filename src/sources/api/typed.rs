//! Values into the types of an operation's input, by its shapes.

use crate::catalog::path::{Path, Step};
use crate::catalog::shape::{Operation, Shape, ShapeId};
use crate::model::{Json, Key};

/// The value as the shape wants it, or nothing if it cannot be that: text becomes numbers and
/// booleans, a single value becomes a list of one.
pub fn typed(operation: &Operation, shape: ShapeId, value: &Json) -> Option<Json> {
    Some(match (operation.shapes.get(shape as usize)?, value) {
        (_, Json::Null) => return None,
        (Shape::List { element, .. }, Json::Array(items)) => {
            Json::Array(items.iter().map(|item| typed(operation, *element, item)).collect::<Option<_>>()?)
        }
        (Shape::List { element, .. }, single) => Json::Array(vec![typed(operation, *element, single)?]),
        (
            Shape::String { .. } | Shape::Blob | Shape::Timestamp(_),
            Json::String(_) | Json::Number(_) | Json::Bool(_),
        ) => Json::String(value.to_text()?),
        (Shape::Integer | Shape::Long, Json::Number(text)) => Json::int(text.parse().ok()?),
        (Shape::Integer | Shape::Long, Json::String(text)) => Json::int(text.trim().parse().ok()?),
        (Shape::Float | Shape::Double, Json::Number(_)) => value.clone(),
        (Shape::Float | Shape::Double, Json::String(text)) => Json::from(text.trim().parse::<f64>().ok()?),
        (Shape::Boolean, Json::Bool(_)) => value.clone(),
        (Shape::Boolean, Json::String(text)) => Json::Bool(text.trim().to_ascii_lowercase().parse().ok()?),
        (Shape::Structure { document: true, .. }, any) => any.clone(),
        (shape @ Shape::Structure { .. }, Json::Object(members)) => {
            let members = members.iter().map(|(key, value)| {
                let member = shape.member(key)?;
                Some((member.name.clone(), typed(operation, member.shape, value)?))
            });
            Json::Object(members.collect::<Option<_>>()?)
        }
        (Shape::Map { value: shape, .. }, Json::Object(members)) => {
            let members =
                members.iter().map(|(key, value)| Some((key.clone(), typed(operation, *shape, value)?)));
            Json::Object(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Sets a member, nested with dots and positions (`Filter.ResourceType`, `Dimensions[0].Value`), making
/// the objects and lists on the way.
///
/// `Ok(false)` where the value does not fit the member's type; an error where there is no such
/// member.
pub fn set(operation: &Operation, input: &mut Json, member: &str, value: &Json) -> Result<bool, String> {
    let unknown = || format!("{} has no input member '{member}'", operation.id());
    let mut shape = operation.input.ok_or_else(unknown)?;
    let mut way = Vec::new();
    for step in Path::parse(member).map_err(|_| unknown())?.steps {
        let (next, to) = match (step, operation.shapes.get(shape as usize)) {
            (Step::Member(name), Some(Shape::Map { value, .. })) => (Way::Member(Key::from(name)), *value),
            (Step::Member(name), Some(here)) => {
                let found = here.member(&name).ok_or_else(unknown)?;
                (Way::Member(found.name.clone()), found.shape)
            }
            (Step::Index(at), Some(Shape::List { element, .. })) => (Way::Item(at), *element),
            _ => return Err(unknown()),
        };
        way.push(next);
        shape = to;
    }
    let Some(value) = typed(operation, shape, value) else { return Ok(false) };
    *way.into_iter().try_fold(input, enter).ok_or_else(unknown)? = value;
    Ok(true)
}

enum Way {
    Member(Key),
    Item(usize),
}

/// The place one step below, made where there is none.
fn enter(node: &mut Json, way: Way) -> Option<&mut Json> {
    match way {
        Way::Member(name) => {
            if !matches!(node, Json::Object(_)) {
                *node = Json::Object(Vec::new());
            }
            let Json::Object(members) = node else { return None };
            let at = members.iter().position(|(key, _)| *key == name).unwrap_or_else(|| {
                members.push((name, Json::Null));
                members.len() - 1
            });
            members.get_mut(at).map(|(_, value)| value)
        }
        Way::Item(at) => {
            if !matches!(node, Json::Array(_)) {
                *node = Json::Array(Vec::new());
            }
            let Json::Array(items) = node else { return None };
            if items.len() <= at {
                items.resize(at + 1, Json::Null);
            }
            items.get_mut(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn set_all(operation: &str, members: &[(&str, &str)]) -> String {
        let operation = Catalog::builtin().unwrap().operation(operation).unwrap();
        let mut input = Json::Object(Vec::new());
        for (member, value) in members {
            set(&operation, &mut input, member, &Json::parse(value).unwrap()).unwrap();
        }
        input.to_json()
    }

    #[test]
    fn text_becomes_what_the_member_is() {
        assert_eq!(
            set_all("ec2:DescribeRegions", &[("AllRegions", "\"True\""), ("RegionNames", "\"eu-west-1\"")]),
            r#"{"AllRegions":true,"RegionNames":["eu-west-1"]}"#
        );
        assert_eq!(set_all("ec2:DescribeVolumes", &[("MaxResults", "\"20\"")]), r#"{"MaxResults":20}"#);
    }

    #[test]
    fn lists_of_structures_are_typed_through() {
        assert_eq!(
            set_all("ec2:DescribeVolumes", &[("Filters", r#"{"Name": "size", "Values": [8, "9"]}"#)]),
            r#"{"Filters":[{"Name":"size","Values":["8","9"]}]}"#
        );
    }

    #[test]
    fn members_of_list_elements_are_set_one_by_one() {
        assert_eq!(
            set_all(
                "cloudwatch:GetMetricStatistics",
                &[("Dimensions[0].Name", "\"InstanceId\""), ("Dimensions[0].Value", "\"i-1\"")]
            ),
            r#"{"Dimensions":[{"Name":"InstanceId","Value":"i-1"}]}"#
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_what_does_not_exist_is_an_error() {
        assert_eq!(set_all("ec2:DescribeVolumes", &[("MaxResults", "\"many\"")]), "{}");
        let operation = Catalog::builtin().unwrap().operation("ec2:DescribeVolumes").unwrap();
        let error = set(&operation, &mut Json::Null, "Nope.X", &Json::Bool(true)).unwrap_err();
        assert_eq!(error, "ec2:DescribeVolumes has no input member 'Nope.X'");
    }
}
