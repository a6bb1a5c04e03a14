//! Every operation of the models, read and written: an answer is made up from its shapes, spelled as
//! its protocol would, and must come back whole; no part of it may come back as if it were whole.

use super::*;
use crate::catalog::Catalog;
use crate::catalog::shape::{Member, ShapeId};

/// Recursive shapes end here.
const DEEP: usize = 4;

/// A value of a shape, twice: as it comes back and as it is sent.
struct Made {
    value: Json,
    wire: String,
}

struct Maker<'a> {
    operation: &'a Operation,
    xml: bool,
}

impl Maker<'_> {
    fn scalar(&self, shape: &Shape) -> Option<Made> {
        let (value, text) = match shape {
            Shape::Boolean => (Json::Bool(true), "true".to_owned()),
            Shape::Integer | Shape::Long => (Json::int(42), "42".to_owned()),
            Shape::Float | Shape::Double => (Json::Number("1.5".into()), "1.5".to_owned()),
            Shape::Timestamp(_) => (Json::string("2024-02-29T12:00:00Z"), "2024-02-29T12:00:00Z".to_owned()),
            Shape::String { json: true, .. } => return None,
            Shape::String { .. } => (Json::string("a <b> & \"c\" é"), "a <b> & \"c\" é".to_owned()),
            Shape::Blob => (Json::string("AQI="), "AQI=".to_owned()),
            _ => return None,
        };
        let wire = match (&value, self.xml) {
            (Json::String(_), true) => quick_xml::escape::escape(text.as_str()).into_owned(),
            (_, true) => text,
            (value, false) => value.to_json(),
        };
        Some(Made { value, wire })
    }

    fn structure(&self, members: &[Member], name: &str, depth: usize) -> Option<Made> {
        let (mut object, mut wire, mut attributes) = (Vec::new(), Vec::new(), String::new());
        for member in members.iter().filter(|m| m.location == Location::Body) {
            let own_name = member.wire_name.to_string();
            let Some(made) = self.make(member.shape, Some(member), &own_name, depth + 1) else { continue };
            object.push((member.name.clone(), made.value));
            if member.xml_attribute {
                attributes.push_str(&format!(" {own_name}=\"{}\"", made.wire));
            } else if self.xml {
                wire.push(made.wire);
            } else {
                wire.push(format!("{}:{}", Json::string(own_name).to_json(), made.wire));
            }
        }
        let wire = if self.xml {
            format!("<{name}{attributes}>{}</{name}>", wire.concat())
        } else {
            format!("{{{}}}", wire.join(","))
        };
        // Attributes are read before the elements.
        let is_attribute = |name: &Key| members.iter().any(|m| m.name == *name && m.xml_attribute);
        object.sort_by_key(|(name, _)| !is_attribute(name));
        Some(Made { value: Json::Object(object), wire })
    }

    /// XML with its element around it (or several, where flat); JSON bare.
    fn make(&self, id: ShapeId, member: Option<&Member>, name: &str, depth: usize) -> Option<Made> {
        if depth > DEEP {
            return None;
        }
        let flat = |own: bool| own || member.is_some_and(|m| m.flattened);
        match self.operation.shape(id) {
            Shape::Structure { document: true, .. } => None,
            Shape::Structure { members, .. } => self.structure(members, name, depth),
            Shape::List { element, element_name, flattened } => {
                let flat = self.xml && flat(*flattened);
                let inner = if flat { name } else { element_name };
                let item = self.make(*element, None, inner, depth + 1)?;
                let value = Json::Array(vec![item.value.clone(), item.value]);
                let wire = match (self.xml, flat) {
                    (true, true) => item.wire.repeat(2),
                    (true, false) => format!("<{name}>{}</{name}>", item.wire.repeat(2)),
                    (false, _) => format!("[{},{}]", item.wire, item.wire),
                };
                Some(Made { value, wire })
            }
            Shape::Map { key, value, key_name, value_name, flattened } => {
                let flat = self.xml && flat(*flattened);
                self.make(*key, None, key_name, depth + 1)?;
                let item = self.make(*value, None, value_name, depth + 1)?;
                let wire = if self.xml {
                    let pair = format!("<{key_name}>one</{key_name}>{}", item.wire);
                    if flat {
                        format!("<{name}>{pair}</{name}>")
                    } else {
                        format!("<{name}><entry>{pair}</entry></{name}>")
                    }
                } else {
                    format!("{{\"one\":{}}}", item.wire)
                };
                Some(Made { value: Json::object([("one", item.value)]), wire })
            }
            shape => {
                let made = self.scalar(shape)?;
                let bare = !self.xml || member.is_some_and(|m| m.xml_attribute);
                let wire = if bare { made.wire } else { format!("<{name}>{}</{name}>", made.wire) };
                Some(Made { wire, ..made })
            }
        }
    }
}

/// The whole answer; `None` for operations that say nothing in their body.
fn answer(operation: &Operation) -> Option<(Json, String)> {
    let id = operation.output?;
    let protocol = operation.service.protocol;
    let xml = matches!(protocol, Protocol::Ec2 | Protocol::Query | Protocol::RestXml);
    let maker = Maker { operation, xml };
    let Shape::Structure { members, payload, .. } = operation.shape(id) else { return None };
    if let Some(name) = payload {
        let member = members.iter().find(|m| m.name == *name)?;
        if !matches!(operation.shape(member.shape), Shape::Structure { document: false, .. }) {
            return None;
        }
        let made = maker.make(member.shape, Some(member), "Payload", 0)?;
        return Some((Json::object([(name.clone(), made.value)]), made.wire));
    }
    if !members.iter().any(|m| m.location == Location::Body) {
        return None;
    }
    // GetBucketLocation: the root element is the value.
    if operation.id() == "s3:GetBucketLocation" {
        return None;
    }
    let root = operation.result_wrapper.as_deref().unwrap_or("AnswerResponse");
    let made = maker.make(id, None, root, 0)?;
    let wire = match operation.result_wrapper {
        Some(_) if protocol == Protocol::Query => {
            format!("<AnswerResponse>{}<ResponseMetadata/></AnswerResponse>", made.wire)
        }
        _ => made.wire,
    };
    Some((made.value, wire))
}

fn body_only(operation: &Operation, output: &Json) -> Json {
    let members = output.as_object().unwrap_or_default().iter().filter(|(name, _)| {
        operation.output_members().iter().any(|m| m.name == *name && m.location == Location::Body)
    });
    Json::Object(members.cloned().collect())
}

#[test]
fn every_answer_comes_back_whole_or_not_at_all() {
    let catalog = Catalog::builtin().unwrap();
    let mut read = 0;
    for id in catalog.operation_ids() {
        let operation = catalog.operation(id).unwrap();
        let Some((value, wire)) = answer(&operation) else { continue };
        let whole = sample::response(200, &[], &wire);
        let output = decode(&operation, &whole).unwrap_or_else(|error| panic!("{id}: {error}\n{wire}"));
        assert_eq!(body_only(&operation, &output).to_jsonb(), value.to_jsonb(), "{id}\n{wire}");
        read += 1;
        let bytes = wire.as_bytes();
        let step = (bytes.len() / 25).max(1);
        for end in (0..bytes.len()).step_by(step) {
            let cut = RawResponse { body: bytes[..end].to_vec().into(), ..whole.clone() };
            assert!(decode(&operation, &cut).is_err(), "{id}: {end} of {} bytes", bytes.len());
        }
        for garbage in ["\u{0}", "<", "{", "<a>", "[]", "null", "\"x\"", "<a b=", "&amp;", "<!--", "<?xml"] {
            let _ = decode(&operation, &sample::response(200, &[], garbage));
            let _ = service_error(&sample::response(500, &[], garbage));
        }
    }
    assert!(read > 900, "{read}");
}

#[test]
fn every_request_can_be_written() {
    let catalog = Catalog::builtin().unwrap();
    for id in catalog.operation_ids() {
        let operation = catalog.operation(id).unwrap();
        let maker = Maker { operation: &operation, xml: false };
        let input = operation.input_members().iter().filter_map(|member| {
            let made = maker.make(member.shape, Some(member), "x", 1)?;
            let value = if member.host_label { Json::string("111122223333") } else { made.value };
            Some((member.name.clone(), value))
        });
        let mut input: Vec<(Key, Json)> = input.collect();
        // Text that cannot stand in a header is refused, and that is tested elsewhere.
        for (name, value) in &mut input {
            let member = operation.input_members().iter().find(|m| m.name == *name).unwrap();
            if member.location != Location::Body && value.as_str().is_some_and(|text| text.contains('é')) {
                *value = Json::string("plain");
            }
        }
        let encoded =
            encode(&operation, &Json::Object(input)).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(!encoded.path.contains(['{', '}']), "{id}: {}", encoded.path);
        assert!(encoded.path.starts_with('/'), "{id}");
        let uri = format!("https://example.com{}?{}", encoded.path, encoded.query);
        assert!(uri.parse::<http::Uri>().is_ok(), "{id}: {uri}");
    }
}
