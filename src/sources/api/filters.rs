//! Predicates as the `Filters=[{Name, Values}]` that EC2, RDS and others take.
//!
//! A filter may let through too much, for the engine filters again; it must never hold back a row.

use std::collections::BTreeMap;

use crate::catalog::shape::{Operation, Shape};
use crate::catalog::table::{Filters, Operator};
use crate::model::{Json, Key};
use crate::sources::Qual;

/// EC2 takes at most 200 values in a request; more are left to the engine.
const MOST_VALUES: usize = 200;

/// The list of filters, if any predicate can travel.
pub fn list(operation: &Operation, filters: &Filters, quals: &BTreeMap<String, Vec<Qual>>) -> Option<Json> {
    let Members { name: name_member, values: values_member, single } =
        element_members(operation, &filters.member)?;
    let mut room = MOST_VALUES;
    let mut list = Vec::new();
    for (column, name) in &filters.names {
        let Some(values) = quals.get(column).and_then(|quals| quals.iter().find_map(values_of)) else {
            continue;
        };
        if values.len() > room {
            continue;
        }
        // CloudTrail looks up one value of one attribute.
        if single {
            let [value] = values.as_slice() else { continue };
            let one =
                [(name_member, Json::string(name.as_str())), (values_member, Json::string(value.as_str()))];
            return Some(Json::Array(vec![Json::Object(one.into())]));
        }
        room -= values.len();
        list.push(Json::Object(vec![
            (name_member.clone(), Json::string(name.as_str())),
            (values_member.clone(), Json::from(values)),
        ]));
    }
    (!list.is_empty()).then_some(Json::Array(list))
}

/// What an element of the list is made of.
struct Members {
    name: Key,
    values: Key,
    /// One value, and one such element in a request.
    single: bool,
}

/// `Name` and `Values`, under the names this service gives them.
fn element_members(operation: &Operation, member: &str) -> Option<Members> {
    let shape = |id| operation.shapes.get(id as usize);
    let member = operation.input_members().iter().find(|m| *m.name == *member)?;
    let Shape::List { element, .. } = shape(member.shape)? else { return None };
    let members = shape(*element)?.members();
    let is = |id, wanted: fn(&Shape) -> bool| shape(id).is_some_and(wanted);
    let mut texts = members.iter().filter(|m| is(m.shape, |s| matches!(s, Shape::String { .. })));
    let name = texts.next()?.name.clone();
    match members.iter().find(|m| is(m.shape, |s| matches!(s, Shape::List { .. }))) {
        Some(values) => Some(Members { name, values: values.name.clone(), single: false }),
        None => Some(Members { name, values: texts.next()?.name.clone(), single: true }),
    }
}

/// The values a filter may name for this predicate; nothing if the service would read one as more
/// or less than itself.
fn values_of(qual: &Qual) -> Option<Vec<String>> {
    let texts = match (qual.operator, qual.values.as_slice()) {
        (_, []) => return None,
        (Operator::Eq, values) => values.iter().map(filter_text).collect::<Option<Vec<_>>>()?,
        // `encrypted <> true` is `encrypted = false` to a service that knows no null.
        (Operator::NotEq, [Json::Bool(value)]) => vec![(!value).to_string()],
        _ => return None,
    };
    Some(texts)
}

/// `*` and `?` are wildcards in EC2's filters and `\` escapes them; an empty text matches nothing.
fn filter_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) if text.is_empty() || text.contains(['*', '?', '\\']) => None,
        Json::String(_) | Json::Number(_) | Json::Bool(_) => value.to_text(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn pushed(operation: &str, quals: &[(&str, Operator, &str)]) -> Option<String> {
        let operation = Catalog::builtin().unwrap().operation(operation).unwrap();
        let names = ["state", "encrypted", "size"].map(|c| (c.to_owned(), format!("{c}-filter"))).to_vec();
        let filters = Filters { member: "Filters".into(), names };
        let quals = quals
            .iter()
            .map(|(column, operator, values)| {
                let values = Json::parse(values).unwrap().as_array().unwrap().to_vec();
                (column.to_string(), vec![Qual { operator: *operator, values }])
            })
            .collect();
        list(&operation, &filters, &quals).map(|list| list.to_json())
    }

    #[test]
    fn one_attribute_of_one_value_is_looked_up() {
        let operation = Catalog::builtin().unwrap().operation("cloudtrail:LookupEvents").unwrap();
        let names = [("event_id", "EventId"), ("event_name", "EventName"), ("username", "Username")];
        let names = names.map(|(column, name)| (column.to_owned(), name.to_owned())).to_vec();
        let filters = Filters { member: "LookupAttributes".into(), names };
        let looked_up = |quals: &[(&str, &[&str])]| {
            let quals = quals.iter().map(|(column, values)| {
                let values = values.iter().map(|v| Json::string(*v)).collect();
                (column.to_string(), vec![Qual { operator: Operator::Eq, values }])
            });
            list(&operation, &filters, &quals.collect()).map(|list| list.to_json())
        };
        let root = r#"[{"AttributeKey":"Username","AttributeValue":"root"}]"#;
        assert_eq!(looked_up(&[("username", &["root"])]).as_deref(), Some(root));
        // Several values of one attribute, or of two, are more than a request takes.
        assert_eq!(looked_up(&[("event_name", &["a", "b"]), ("username", &["root"])]).as_deref(), Some(root));
        let id = r#"[{"AttributeKey":"EventId","AttributeValue":"e"}]"#;
        assert_eq!(looked_up(&[("event_id", &["e"]), ("username", &["root"])]).as_deref(), Some(id));
        assert_eq!(looked_up(&[("event_name", &["a", "b"])]), None);
    }

    #[test]
    fn equality_and_in_travel() {
        assert_eq!(
            pushed("ec2:DescribeVolumes", &[("state", Operator::Eq, r#"["in-use", "available"]"#), ("size", Operator::Eq, "[8]")]),
            Some(r#"[{"Name":"state-filter","Values":["in-use","available"]},{"Name":"size-filter","Values":["8"]}]"#.into())
        );
        assert!(pushed("rds:DescribeDBInstances", &[("state", Operator::Eq, r#"["x"]"#)]).is_some());
    }

    #[test]
    fn not_true_is_false() {
        assert_eq!(
            pushed("ec2:DescribeVolumes", &[("encrypted", Operator::NotEq, "[true]")]),
            Some(r#"[{"Name":"encrypted-filter","Values":["false"]}]"#.into())
        );
        assert_eq!(pushed("ec2:DescribeVolumes", &[("state", Operator::NotEq, r#"["x"]"#)]), None);
    }

    #[test]
    fn what_the_service_would_read_as_a_pattern_stays_here() {
        for value in
            [r#"["web*"]"#, r#"["a?"]"#, r#"["a\\b"]"#, r#"[""]"#, r#"["ok", "web*"]"#, "[null]", "[]"]
        {
            assert_eq!(pushed("ec2:DescribeVolumes", &[("state", Operator::Eq, value)]), None, "{value}");
        }
    }

    #[test]
    fn more_values_than_the_service_takes_stay_here() {
        let many = Json::from((0..201).map(|i| i.to_string()).collect::<Vec<_>>()).to_json();
        assert_eq!(pushed("ec2:DescribeVolumes", &[("state", Operator::Eq, &many)]), None);
    }
}
