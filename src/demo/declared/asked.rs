//! What a request asks for, held against the things: ids, prefixes, ranges and filters.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::env::Made;
use super::file::Operation as Declared;
use super::look::flattened;
use crate::demo::services::Call;
use crate::demo::wildcard;
use crate::demo::wire::ApiError;
use crate::demo::world::place::Place;
use crate::model::Json;

/// Texts of an input member, `Filter.Name` below others.
pub fn texts(call: &Call<'_>, member: &str) -> Vec<String> {
    flattened(call.input, member).into_iter().filter_map(Json::to_text).collect()
}

pub fn is_asked(call: &Call<'_>, member: &str) -> bool {
    !flattened(call.input, member).is_empty()
}

fn has(fields: &Json, named: &[String], wanted: &str) -> bool {
    let mut values = named.iter().flat_map(|field| flattened(fields, field)).filter_map(Json::to_text);
    values.any(|value| value == wanted)
}

/// Whether a thing is what the request names.
pub fn wanted(call: &Call<'_>, declared: &Declared, fields: &Json) -> bool {
    let named = declared.by.iter().all(|(member, named)| {
        let wanted = texts(call, member);
        wanted.is_empty() || wanted.iter().any(|w| has(fields, named, w))
    });
    let starts = declared.starts.iter().all(|(member, field)| {
        let prefix = texts(call, member);
        let values = flattened(fields, field);
        prefix.first().is_none_or(|p| values.iter().filter_map(|v| v.to_text()).any(|v| v.starts_with(p)))
    });
    let holds = declared.holds.iter().all(|(member, field)| {
        let part = texts(call, member);
        let values = flattened(fields, field);
        let part = part.first().map(|p| p.trim_matches(['"', '?']));
        part.is_none_or(|p| values.iter().filter_map(|v| v.to_text()).any(|v| v.contains(p)))
    });
    let within = declared.bounds.iter().all(|(member, earliest, field)| {
        let number = |value: &Json| value.to_text().and_then(|text| text.parse::<f64>().ok());
        let bound = flattened(call.input, member).first().and_then(|v| number(v));
        let value = flattened(fields, field).first().and_then(|v| number(v));
        match (bound, value) {
            (Some(bound), Some(value)) => {
                if *earliest {
                    value >= bound
                } else {
                    value <= bound
                }
            }
            _ => true,
        }
    });
    named && starts && holds && within
}

/// A list of ids of which one is nobody's is refused as a whole, unless the operation tells which.
pub fn check_found(
    call: &Call<'_>,
    declared: &Declared,
    found: &[(Place<'_>, Rc<Made>)],
) -> Result<(), ApiError> {
    let (Some(missing), None) = (&declared.missing, &declared.unfound) else { return Ok(()) };
    match unfound(call, declared, found).first().and_then(Json::to_text) {
        Some(name) => {
            Err(ApiError::new(missing.status, missing.code.clone(), format!("{name} was not found.")))
        }
        None => Ok(()),
    }
}

/// Asked for by name, and not there.
pub fn unfound(call: &Call<'_>, declared: &Declared, found: &[(Place<'_>, Rc<Made>)]) -> Vec<Json> {
    let mut missing = Vec::new();
    for (member, named) in &declared.by {
        let gone = |wanted: &String| !found.iter().any(|(_, made)| has(&made.fields, named, wanted));
        missing.extend(texts(call, member).into_iter().filter(gone).map(Json::String));
    }
    missing
}

/// `Filters=[{Name, Values}]`, or criteria by member: `{severity: [{comparison, value}]}`.
pub fn filter(
    call: &Call<'_>,
    (member, mapped): &(String, BTreeMap<String, Vec<String>>),
    found: &mut Vec<(Place<'_>, Rc<Made>)>,
) -> Result<(), ApiError> {
    let mut input = Some(call.input);
    for step in member.split('.') {
        input = input.and_then(|value| value.get(step));
    }
    match input {
        Some(Json::Array(filters)) => {
            for filter in filters {
                let either = |names: [&str; 5]| names.into_iter().find_map(|name| filter.get(name));
                let name = either(["Name", "name", "Key", "key", "Field"])
                    .and_then(Json::as_str)
                    .unwrap_or_default();
                let values: Vec<String> = ["Values", "values", "Value", "value"]
                    .into_iter()
                    .flat_map(|member| flattened(filter, member))
                    .filter_map(Json::to_text)
                    .collect();
                if !found.is_empty() && !found.iter().any(|(_, made)| knows(&made.fields, name, mapped)) {
                    return Err(ApiError::bad(
                        "InvalidParameterValue",
                        format!("The filter '{name}' is invalid"),
                    ));
                }
                found.retain(|(_, made)| {
                    let there = attribute(&made.fields, name, mapped);
                    there.iter().any(|value| values.iter().any(|pattern| wildcard::matches(pattern, value)))
                });
            }
        }
        Some(Json::Object(criteria)) => {
            for (name, conditions) in criteria {
                found.retain(|(_, made)| {
                    let there = attribute(&made.fields, name, mapped);
                    meets(conditions, &there)
                });
            }
        }
        _ => {}
    }
    Ok(())
}

/// Any of `[{comparison: EQUALS, value}]`, or of `{Eq: [..]}`.
fn meets(conditions: &Json, there: &[String]) -> bool {
    match conditions {
        Json::Array(conditions) => conditions.iter().any(|condition| {
            let either = |a: &str, b: &str| {
                condition.get(a).or_else(|| condition.get(b)).and_then(Json::to_text).unwrap_or_default()
            };
            let (comparison, value) = (either("Comparison", "comparison"), either("Value", "value"));
            match comparison.as_str() {
                "PREFIX" => there.iter().any(|t| t.starts_with(&value)),
                "NOT_EQUALS" => !there.contains(&value),
                _ => there.contains(&value),
            }
        }),
        Json::Object(members) => members.iter().all(|(how, value)| {
            let values: Vec<String> = flattened(value, "").into_iter().filter_map(Json::to_text).collect();
            let number = |text: &String| text.parse::<f64>().unwrap_or_default();
            let bound = values.first().map_or(0.0, number);
            let any = |test: &dyn Fn(f64) -> bool| there.iter().any(|t| test(number(t)));
            match how.to_lowercase().as_str() {
                "eq" | "equals" => there.iter().any(|t| values.contains(t)),
                "neq" | "notequals" => !there.iter().any(|t| values.contains(t)),
                "gte" | "greaterthanorequal" => any(&|n| n >= bound),
                "gt" | "greaterthan" => any(&|n| n > bound),
                "lte" | "lessthanorequal" => any(&|n| n <= bound),
                "lt" | "lessthan" => any(&|n| n < bound),
                _ => true,
            }
        }),
        _ => true,
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// `vpc-id`, `attachment.instance-id`: the members whose names these are.
fn own_values(fields: &Json, name: &str) -> Vec<String> {
    let mut level = vec![fields];
    for step in name.split('.') {
        let step = plain(step);
        let mut next = Vec::new();
        for value in level.into_iter().flat_map(|value| flattened(value, "")) {
            let members = value.as_object().unwrap_or_default().iter();
            next.extend(members.filter(|(key, _)| own_name(key, &step)).map(|(_, value)| value));
        }
        level = next;
    }
    level.into_iter().flat_map(|value| flattened(value, "")).filter_map(Json::to_text).collect()
}

fn own_name(key: &str, wanted: &str) -> bool {
    let key = plain(key);
    key == wanted || key.strip_suffix('s') == Some(wanted)
}

fn knows(fields: &Json, name: &str, mapped: &BTreeMap<String, Vec<String>>) -> bool {
    let first = plain(name.split('.').next().unwrap_or_default());
    let members = fields.as_object().unwrap_or_default();
    let own = members.iter().any(|(key, _)| own_name(key, &first));
    own || mapped.contains_key(name) || name.starts_with("tag") || name.contains('.')
}

/// Values of a filter: where the declaration says, or of the field whose name it is.
fn attribute(fields: &Json, name: &str, mapped: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let tags = || fields.get("Tags").or_else(|| fields.get("tags")).and_then(Json::as_object);
    if let Some(paths) = mapped.get(name) {
        return paths.iter().flat_map(|path| flattened(fields, path)).filter_map(Json::to_text).collect();
    }
    if let Some(key) = name.strip_prefix("tag:") {
        let tags = tags().unwrap_or_default();
        return tags.iter().filter(|(k, _)| **k == *key).filter_map(|(_, v)| v.to_text()).collect();
    }
    if name == "tag-key" {
        return tags().unwrap_or_default().iter().map(|(k, _)| k.to_string()).collect();
    }
    own_values(fields, name)
}
