//! Form-encoded requests of the query and ec2 protocols.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{EncodeError, Encoded, MAX_DEPTH, host_prefix, scalar};
use crate::catalog::shape::{Member, Operation, Shape, ShapeId, TimestampFormat};
use crate::model::Json;

/// RFC 3986's unreserved characters stay.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Query,
    /// Names are capitalised wire names, lists are always flat.
    Ec2,
}

pub fn encode(operation: &Operation, input: &Json, flavour: Flavour) -> Result<Encoded, EncodeError> {
    let mut form = Form { operation, flavour, body: String::new() };
    form.pair("Action", &operation.name);
    form.pair("Version", &operation.service.api_version);
    if let Some(id) = operation.input {
        form.value("", id, None, input, 0)?;
    }
    Ok(Encoded {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        )],
        body: form.body.into(),
        host_prefix: host_prefix(operation, input)?,
    })
}

struct Form<'a> {
    operation: &'a Operation,
    flavour: Flavour,
    body: String,
}

impl Form<'_> {
    fn pair(&mut self, name: &str, value: &str) {
        if !self.body.is_empty() {
            self.body.push('&');
        }
        self.body.extend(utf8_percent_encode(name, FORM));
        self.body.push('=');
        self.body.extend(utf8_percent_encode(value, FORM));
    }

    fn value(
        &mut self,
        prefix: &str,
        id: ShapeId,
        member: Option<&Member>,
        value: &Json,
        depth: usize,
    ) -> Result<(), EncodeError> {
        if depth > MAX_DEPTH {
            return Err(EncodeError(format!("'{prefix}' nests too deeply")));
        }
        let wrong = |wanted: &str| EncodeError(format!("'{prefix}' must be {wanted}"));
        let operation = self.operation;
        match operation.shape(id) {
            Shape::Structure { members, .. } => {
                for (name, value) in value.as_object().ok_or_else(|| wrong("an object"))? {
                    let inner = members.iter().find(|m| m.name == *name).ok_or_else(|| {
                        EncodeError(format!("{} has no parameter '{prefix}.{name}'", operation.id()))
                    })?;
                    if !value.is_null() {
                        let path = join(prefix, &self.name_of(inner));
                        self.value(&path, inner.shape, Some(inner), value, depth + 1)?;
                    }
                }
            }
            Shape::List { element, element_name, flattened } => {
                let items = value.as_array().ok_or_else(|| wrong("an array"))?;
                let base = match self.flavour {
                    Flavour::Ec2 => prefix.to_owned(),
                    Flavour::Query if items.is_empty() => {
                        self.pair(prefix, "");
                        return Ok(());
                    }
                    Flavour::Query if *flattened || member.is_some_and(|m| m.flattened) => prefix.to_owned(),
                    Flavour::Query => format!("{prefix}.{element_name}"),
                };
                for (i, item) in items.iter().enumerate() {
                    self.value(&format!("{base}.{}", i + 1), *element, None, item, depth + 1)?;
                }
            }
            Shape::Map { key, value: inner, key_name, value_name, flattened } => {
                let entries = value.as_object().ok_or_else(|| wrong("an object"))?;
                let flat = *flattened || member.is_some_and(|m| m.flattened);
                let base = if flat { prefix.to_owned() } else { format!("{prefix}.entry") };
                for (i, (name, item)) in entries.iter().enumerate() {
                    let at = format!("{base}.{}", i + 1);
                    let name = Json::String(name.to_string());
                    self.value(&format!("{at}.{key_name}"), *key, None, &name, depth + 1)?;
                    self.value(&format!("{at}.{value_name}"), *inner, None, item, depth + 1)?;
                }
            }
            Shape::Timestamp(own) => {
                let text = scalar::to_text(value).ok_or_else(|| wrong("a timestamp"))?;
                let format =
                    member.and_then(|m| m.timestamp_format).or(*own).unwrap_or(TimestampFormat::Iso8601);
                let text = scalar::timestamp_text(&text, format).ok_or_else(|| wrong("a timestamp"))?;
                self.pair(prefix, &text);
            }
            _ => {
                let text = scalar::to_text(value).ok_or_else(|| wrong("a single value"))?;
                self.pair(prefix, &text);
            }
        }
        Ok(())
    }

    fn name_of(&self, member: &Member) -> String {
        match (self.flavour, &member.query_name) {
            (Flavour::Query, _) => member.wire_name.to_string(),
            (Flavour::Ec2, Some(name)) => name.to_string(),
            (Flavour::Ec2, None) => {
                let mut letters = member.wire_name.chars();
                letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::catalog::shape::Protocol;

    fn body(operation: &Operation, input: &str) -> String {
        let encoded = super::super::encode(operation, &Json::parse(input).unwrap()).unwrap();
        let body = String::from_utf8(encoded.body.to_vec()).unwrap();
        percent_encoding::percent_decode_str(&body).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn ec2_capitalises_names_and_flattens_every_list() {
        let mut values = wire(list("Values", wire(text("v"), "item")), "Value");
        values.member.query_name = None;
        let mut filters = wire(
            list(
                "Filters",
                wire(field("Filter", Kind::Structure(vec![wire(text("Name"), "name"), values])), "Filter"),
            ),
            "filter",
        );
        filters.member.query_name = Some("Filter".into());
        let operation = Build::new(Protocol::Ec2, "DescribeInstances")
            .input(&[filters, wire(scalar("MaxResults", Shape::Integer), "maxResults")])
            .done();
        assert_eq!(
            body(&operation, r#"{"Filters":[{"Name":"vpc-id","Values":["a b","c"]}],"MaxResults":5}"#),
            "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=a b\
             &Filter.1.Value.2=c&MaxResults=5"
        );
        assert_eq!(body(&operation, r#"{"Filters":[]}"#), "Action=DescribeInstances&Version=2016-11-15");
    }

    #[test]
    fn query_lists_are_wrapped_named_or_flat_and_maps_have_entries() {
        let operation = Build::new(Protocol::Query, "DescribeThings")
            .input(&[
                list("Names", wire(text("m"), "member")),
                list("Filters", wire(structure("f", &[text("Key")]), "Filter")),
                flat_list("Flat", wire(text("m"), "member")),
                wire(flat_list("Renamed", wire(text("m"), "Item")), "Item"),
                map("Tags", wire(text("k"), "key"), wire(text("v"), "value"), false),
                scalar("Since", Shape::Timestamp(None)),
                scalar("All", Shape::Boolean),
                list("Nothing", wire(text("m"), "member")),
            ])
            .done();
        assert_eq!(
            body(
                &operation,
                r#"{"Names":["a","b"],"Filters":[{"Key":"k"}],"Flat":["x"],"Renamed":["y"],
                    "Tags":{"one":"1"},"Since":"2024-01-01T00:00:00Z","All":true,"Nothing":[]}"#
            ),
            "Action=DescribeThings&Version=2016-11-15&Names.member.1=a&Names.member.2=b\
             &Filters.Filter.1.Key=k&Flat.1=x&Item.1=y&Tags.entry.1.key=one&Tags.entry.1.value=1\
             &Since=2024-01-01T00:00:00Z&All=true&Nothing="
        );
    }

    #[test]
    fn a_value_of_the_wrong_kind_says_where() {
        let operation =
            Build::new(Protocol::Query, "X").input(&[list("Names", wire(text("m"), "member"))]).done();
        let input = Json::object([("Names", Json::string("a"))]);
        let error = super::super::encode(&operation, &input).unwrap_err();
        assert_eq!(error.to_string(), "'Names' must be an array");
    }
}
