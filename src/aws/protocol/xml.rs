//! XML to members, by shape: the answers of query and ec2, and the bodies of rest-xml.

use super::xml_reader::{Cursor, Element};
use super::{DecodeError, MAX_DEPTH, RawResponse, excerpt, scalar};
use crate::catalog::shape::{Location, Member, Operation, Protocol, Shape, ShapeId};
use crate::model::{Json, Key};

/// `<OpResponse><OpResult>...</OpResult></OpResponse>` of query, `<OpResponse>...</OpResponse>` of ec2.
pub fn decode_rpc(operation: &Operation, response: &RawResponse) -> Result<Json, DecodeError> {
    let text = utf8(&response.body)?;
    let mut cursor = Cursor::new(text);
    let root = cursor.root()?;
    if !root.name().ends_with("Response") || root.name() == "ErrorResponse" {
        return Err(DecodeError(format!(
            "the answer is a <{}> where a <{}Response> was due: {}",
            root.name(),
            operation.name,
            excerpt(&response.body)
        )));
    }
    let Some(id) = operation.output else { return Ok(Json::Object(Vec::new())) };
    let Some(wrapper) =
        operation.result_wrapper.as_deref().filter(|_| operation.service.protocol == Protocol::Query)
    else {
        let output = read(operation, &mut cursor, &root, id, 0)?;
        return Ok(output);
    };
    let mut output = None;
    while let Some(child) = cursor.child()? {
        if child.name() == wrapper {
            output = Some(read(operation, &mut cursor, &child, id, 1)?);
        } else {
            cursor.skip()?;
        }
    }
    output.ok_or_else(|| DecodeError(format!("the answer has no <{wrapper}>")))
}

/// A rest-xml body whose root element is the structure `id`.
pub fn read_body(operation: &Operation, id: ShapeId, body: &[u8]) -> Result<Json, DecodeError> {
    let mut cursor = Cursor::new(utf8(body)?);
    let root = cursor.root()?;
    if root.name().eq_ignore_ascii_case("html") || root.name() == "Error" || root.name() == "ErrorResponse" {
        return Err(DecodeError(format!("the answer is a <{}>: {}", root.name(), excerpt(body))));
    }
    // S3's bucket location is the root element itself.
    if let [only] = operation.shape(id).members()
        && *only.wire_name == *root.name()
        && !matches!(
            operation.shape(only.shape),
            Shape::Structure { .. } | Shape::List { .. } | Shape::Map { .. }
        )
    {
        let text = cursor.text()?;
        let value = scalar::from_text(operation.shape(only.shape), &text);
        let absent = text.is_empty();
        return Ok(Json::Object(if absent { Vec::new() } else { vec![(only.name.clone(), value)] }));
    }
    read(operation, &mut cursor, &root, id, 0)
}

fn utf8(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|error| DecodeError(format!("the answer is not UTF-8: {error}")))
}

/// The value of the element the cursor has just opened.
fn read(
    operation: &Operation,
    cursor: &mut Cursor<'_>,
    element: &Element<'_>,
    id: ShapeId,
    depth: usize,
) -> Result<Json, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError("the answer nests too deeply".to_owned()));
    }
    match operation.shape(id) {
        Shape::Structure { members, .. } => {
            let mut object: Vec<(Key, Json)> = Vec::new();
            for member in members.iter().filter(|m| m.xml_attribute) {
                if let Some(text) = element.attribute(&member.wire_name) {
                    object
                        .push((member.name.clone(), scalar::from_text(operation.shape(member.shape), text)));
                }
            }
            while let Some(child) = cursor.child()? {
                match find(members, child.name()) {
                    Some(member) => read_member(operation, cursor, &child, member, &mut object, depth)?,
                    None => cursor.skip()?,
                }
            }
            Ok(Json::Object(object))
        }
        Shape::List { element: inner, .. } => {
            let mut items = Vec::new();
            while let Some(child) = cursor.child()? {
                items.push(read(operation, cursor, &child, *inner, depth + 1)?);
            }
            Ok(Json::Array(items))
        }
        Shape::Map { .. } => {
            let mut entries = Vec::new();
            while cursor.child()?.is_some() {
                entries.extend(read_entry(operation, cursor, id, depth + 1)?);
            }
            Ok(Json::Object(entries))
        }
        scalar_shape => Ok(scalar::from_text(scalar_shape, &cursor.text()?)),
    }
}

fn read_member(
    operation: &Operation,
    cursor: &mut Cursor<'_>,
    child: &Element<'_>,
    member: &Member,
    object: &mut Vec<(Key, Json)>,
    depth: usize,
) -> Result<(), DecodeError> {
    match operation.shape(member.shape) {
        Shape::List { element, flattened, .. } if *flattened || member.flattened => {
            let item = read(operation, cursor, child, *element, depth + 1)?;
            if let Json::Array(items) = slot(object, &member.name, || Json::Array(Vec::new())) {
                items.push(item);
            }
        }
        Shape::Map { flattened, .. } if *flattened || member.flattened => {
            let entry = read_entry(operation, cursor, member.shape, depth + 1)?;
            if let Json::Object(entries) = slot(object, &member.name, || Json::Object(Vec::new())) {
                entries.extend(entry);
            }
        }
        _ => {
            let value = read(operation, cursor, child, member.shape, depth + 1)?;
            if !value.is_null() {
                object.push((member.name.clone(), value));
            }
        }
    }
    Ok(())
}

/// One `<entry><key>..</key><value>..</value></entry>`; without a key there is no entry.
fn read_entry(
    operation: &Operation,
    cursor: &mut Cursor<'_>,
    map: ShapeId,
    depth: usize,
) -> Result<Option<(Key, Json)>, DecodeError> {
    let Shape::Map { value, key_name, value_name, .. } = operation.shape(map) else {
        cursor.skip()?;
        return Ok(None);
    };
    let (mut key, mut found) = (None, Json::Null);
    while let Some(child) = cursor.child()? {
        if *child.name() == **key_name {
            key = Some(cursor.text()?);
        } else if *child.name() == **value_name {
            found = read(operation, cursor, &child, *value, depth + 1)?;
        } else {
            cursor.skip()?;
        }
    }
    Ok(key.map(|key| (key.into(), found)))
}

fn slot<'o>(object: &'o mut Vec<(Key, Json)>, name: &Key, empty: fn() -> Json) -> &'o mut Json {
    let at = match object.iter().position(|(n, _)| n == name) {
        Some(at) => at,
        None => {
            object.push((name.clone(), empty()));
            object.len() - 1
        }
    };
    &mut object[at].1
}

fn find<'o>(members: &'o [Member], name: &str) -> Option<&'o Member> {
    members.iter().find(|m| *m.wire_name == *name && m.location == Location::Body && !m.xml_attribute)
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::super::sample::*;
    use super::*;

    fn ec2() -> (Operation, &'static str) {
        let group = structure("g", &[wire(text("GroupId"), "groupId")]);
        let instance = structure(
            "i",
            &[
                wire(text("InstanceId"), "instanceId"),
                wire(list("SecurityGroups", wire(group, "item")), "groupSet"),
                wire(scalar("LaunchTime", Shape::Timestamp(None)), "launchTime"),
                wire(scalar("EbsOptimized", Shape::Boolean), "ebsOptimized"),
                wire(scalar("AmiLaunchIndex", Shape::Integer), "amiLaunchIndex"),
                wire(structure("State", &[wire(text("Name"), "name")]), "instanceState"),
                wire(list("Tags", wire(structure("t", &[wire(text("Key"), "key")]), "item")), "tagSet"),
            ],
        );
        let reservation = structure("r", &[wire(list("Instances", wire(instance, "item")), "instancesSet")]);
        let operation = Build::new(Protocol::Ec2, "DescribeInstances")
            .output(&[
                wire(list("Reservations", wire(reservation, "item")), "reservationSet"),
                wire(text("NextToken"), "nextToken"),
            ])
            .done();
        let body = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>8f7724cf</requestId>
  <reservationSet>
    <item><instancesSet><item>
      <instanceId>i-1</instanceId><unknown><deep><er/></deep></unknown>
      <groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2</groupId></item></groupSet>
      <launchTime>2024-02-29T12:00:00.000Z</launchTime><ebsOptimized>false</ebsOptimized>
      <amiLaunchIndex>0</amiLaunchIndex><instanceState><code>16</code><name>running</name></instanceState>
      <tagSet/>
    </item></instancesSet></item>
  </reservationSet><nextToken>a&amp;b</nextToken>
</DescribeInstancesResponse>"#;
        (operation, body)
    }

    #[test]
    fn ec2_sets_become_lists_under_the_models_names() {
        let (operation, body) = ec2();
        let output = decode(&operation, &response(200, &[], body)).unwrap();
        assert_eq!(
            output.to_json(),
            r#"{"Reservations":[{"Instances":[{"InstanceId":"i-1","SecurityGroups":[{"GroupId":"sg-1"},{"GroupId":"sg-2"}],"LaunchTime":"2024-02-29T12:00:00Z","EbsOptimized":false,"AmiLaunchIndex":0,"State":{"Name":"running"},"Tags":[]}]}],"NextToken":"a&b"}"#
        );
    }

    #[test]
    fn no_prefix_of_an_answer_is_an_answer() {
        let (operation, body) = ec2();
        let whole = body.rfind('>').unwrap();
        for end in 0..whole {
            let cut = response(200, &[], "");
            let cut = RawResponse { body: body.as_bytes()[..end].to_vec().into(), ..cut };
            assert!(decode(&operation, &cut).is_err(), "{end}");
        }
    }

    #[test]
    fn query_answers_sit_in_their_result() {
        let operation = Build::new(Protocol::Query, "GetSummary")
            .output(&[
                map("SummaryMap", wire(text("k"), "key"), wire(scalar("v", Shape::Integer), "value"), false),
                map("Flat", wire(text("k"), "Name"), wire(text("v"), "Value"), true),
                wire(flat_list("Rules", structure("r", &[text("Id")])), "Rule"),
            ])
            .done();
        let body = "<GetSummaryResponse><GetSummaryResult><SummaryMap>\
            <entry><key>Users</key><value>3</value></entry><entry><value>9</value></entry></SummaryMap>\
            <Flat><Name>a</Name><Value>1</Value></Flat><Rule><Id>x</Id></Rule>\
            <Flat><Name>b</Name><Value>2</Value></Flat><Rule><Id>y</Id></Rule>\
            </GetSummaryResult><ResponseMetadata/></GetSummaryResponse>";
        let output = decode(&operation, &response(200, &[], body)).unwrap();
        assert_eq!(
            output.to_json(),
            r#"{"SummaryMap":{"Users":3},"Flat":{"a":"1","b":"2"},"Rules":[{"Id":"x"},{"Id":"y"}]}"#
        );
        let bare = "<GetSummaryResponse><ResponseMetadata/></GetSummaryResponse>";
        assert!(decode(&operation, &response(200, &[], bare)).is_err());
    }

    #[test]
    fn a_shape_that_holds_itself_stops_somewhere() {
        let mut operation = Build::new(Protocol::Ec2, "GetTree").output(&[structure("Node", &[])]).done();
        let output = operation.output.unwrap();
        let Shape::Structure { members, .. } = &mut operation.shapes[output as usize] else { panic!() };
        members[0].shape = output;
        let nested = |depth: usize| {
            let body = format!(
                "<GetTreeResponse>{}{}</GetTreeResponse>",
                "<Node>".repeat(depth),
                "</Node>".repeat(depth)
            );
            decode(&operation, &response(200, &[], &body))
        };
        assert!(nested(50).is_ok());
        assert!(nested(100_000).is_err());
    }
}
