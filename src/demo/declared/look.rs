//! Looking into values: what is at a path, and what counts as true.

use crate::model::Json;

pub fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::String(text) => !text.is_empty() && text != "false",
        Json::Number(number) => &**number != "0",
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

pub fn below(value: &Json, path: &[String]) -> Json {
    let mut value = value;
    for step in path {
        let next = match value {
            Json::Array(items) => step.parse::<usize>().ok().and_then(|nth| items.get(nth)),
            other => other.get(step),
        };
        match next {
            Some(next) => value = next,
            None => return Json::Null,
        }
    }
    value.clone()
}

/// Values at a path, lists on the way taken apart; the list at its end too.
pub fn flattened<'j>(value: &'j Json, path: &str) -> Vec<&'j Json> {
    let mut level = vec![value];
    for step in path.split('.').filter(|s| !s.is_empty()) {
        level = level.into_iter().flat_map(elements).filter_map(|value| value.get(step)).collect();
    }
    level.into_iter().flat_map(elements).filter(|value| !value.is_null()).collect()
}

fn elements(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

pub fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(members) => Json::Object(
            members.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect(),
        ),
        Json::Array(items) => Json::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
