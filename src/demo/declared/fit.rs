//! A thing's fields under the shape that an operation shows: members it has, types it wants.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::catalog::shape::{Operation, Shape, ShapeId};
use crate::model::{Json, Key};

/// Which members were shown, and which no shape had: by owner and path.
#[derive(Debug, Default)]
pub struct Ledger {
    pub kept: HashSet<(String, String)>,
    pub dropped: HashSet<(String, String)>,
}

pub struct Fitting<'f> {
    pub operation: &'f Operation,
    /// The kind of thing, or the operation whose declaration says it.
    pub owner: &'f str,
    pub ledger: Option<&'f RefCell<Ledger>>,
}

impl Fitting<'_> {
    pub fn value(&self, shape: ShapeId, value: &Json, path: &str) -> Json {
        match (self.operation.shape(shape), value) {
            (_, Json::Null) => Json::Null,
            (Shape::Structure { document: true, .. }, any) => any.clone(),
            (Shape::Structure { members, .. }, Json::Object(object)) => {
                let mut shown: Vec<(Key, Json)> = Vec::new();
                for (key, value) in object.iter().filter(|(key, _)| !key.starts_with('_')) {
                    let below = format!("{path}.{key}");
                    match members.iter().find(|m| m.name == *key) {
                        Some(member) => {
                            let value = self.value(member.shape, value, &below);
                            self.note(true, below);
                            if !value.is_null() {
                                shown.push((key.clone(), value));
                            }
                        }
                        None => self.note(false, below),
                    }
                }
                Json::Object(shown)
            }
            (Shape::List { element, .. }, Json::Array(items)) => {
                let fitted = items.iter().filter(|i| !i.is_null()).map(|i| self.value(*element, i, path));
                Json::Array(fitted.collect())
            }
            (Shape::List { element, .. }, Json::Object(entries)) => self.pairs(*element, entries),
            (Shape::Map { value: shape, .. }, Json::Object(entries)) => Json::Object(
                entries
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.clone(), self.value(*shape, value, path)))
                    .collect(),
            ),
            // Tags of another service, which lists them.
            (Shape::Map { .. }, Json::Array(pairs)) => Json::Object(
                pairs
                    .iter()
                    .filter_map(|pair| Some((pair.get("Key")?.as_str()?.into(), pair.get("Value")?.clone())))
                    .collect(),
            ),
            (Shape::String { .. } | Shape::Blob, text @ Json::String(_)) => text.clone(),
            (Shape::String { .. }, Json::Object(_) | Json::Array(_)) => Json::String(value.to_json()),
            (Shape::String { .. }, scalar) => scalar.to_text().map_or(Json::Null, Json::String),
            (Shape::Integer | Shape::Long | Shape::Float | Shape::Double, Json::String(text)) => {
                text.parse::<f64>().map_or(Json::Null, |_| Json::Number(text.as_str().into()))
            }
            (Shape::Timestamp(_), Json::String(text)) => chrono::DateTime::parse_from_rfc3339(text)
                .map_or(Json::Null, |time| Json::int(time.timestamp())),
            (Shape::Boolean, Json::String(text)) => Json::Bool(text == "true"),
            (
                Shape::Integer | Shape::Long | Shape::Float | Shape::Double | Shape::Timestamp(_),
                number @ Json::Number(_),
            ) => number.clone(),
            (Shape::Boolean, value @ Json::Bool(_)) => value.clone(),
            _ => {
                self.note(false, format!("{path} (of the wrong type: {})", value.to_json()));
                Json::Null
            }
        }
    }

    /// Tags, which each service writes under other names.
    fn pairs(&self, element: ShapeId, entries: &[(Key, Json)]) -> Json {
        let members = self.operation.shape(element).members();
        let named = |end: &str| members.iter().find(|m| m.name.to_lowercase().ends_with(end));
        let (Some(key), Some(value)) = (named("key").or_else(|| named("name")), named("value")) else {
            self.note(false, format!("{:?} is no list of keys and values", entries.first()));
            return Json::Null;
        };
        let pairs = entries.iter().filter(|(_, v)| !v.is_null());
        let pair = |(k, v): &(Key, Json)| {
            let text = v.to_text().map_or(Json::Null, Json::String);
            Json::Object(vec![(key.name.clone(), Json::string(&**k)), (value.name.clone(), text)])
        };
        Json::Array(pairs.map(pair).collect())
    }

    fn note(&self, kept: bool, path: String) {
        if let Some(ledger) = self.ledger {
            let mut ledger = ledger.borrow_mut();
            let entry = (self.owner.to_owned(), path);
            if kept {
                ledger.kept.insert(entry)
            } else {
                ledger.dropped.insert(entry)
            };
        }
    }
}
