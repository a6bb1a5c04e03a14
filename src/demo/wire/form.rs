//! Input of the query and ec2 protocols: `Filter.1.Value.2=running`.

use crate::catalog::shape::{Member, Operation, Protocol, Shape, ShapeId};
use crate::model::{Json, Key};

/// Sorted names and values of a form.
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn parse(text: &str) -> Self {
        let mut pairs = super::pairs(text, true);
        pairs.sort();
        Self(pairs)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| value.as_str())
    }

    /// Whether the name itself, or anything nested below it, was sent.
    fn has(&self, name: &str) -> bool {
        if self.get(name).is_some() {
            return true;
        }
        let below = format!("{name}.");
        let at = self.0.partition_point(|(n, _)| n.as_str() < below.as_str());
        self.0.get(at).is_some_and(|(n, _)| n.starts_with(&below))
    }

    /// The operation's input under model member names; only what was sent.
    pub fn input(&self, operation: &Operation) -> Result<Json, String> {
        let members = operation.input_members();
        self.structure(operation, members, "")
    }

    fn structure(&self, operation: &Operation, members: &[Member], prefix: &str) -> Result<Json, String> {
        let ec2 = operation.service.protocol == Protocol::Ec2;
        let mut object = Vec::new();
        for member in members {
            let name = match (&member.query_name, ec2) {
                (Some(name), true) => name.to_string(),
                (None, true) => capitalised(&member.wire_name),
                (_, false) => member.wire_name.to_string(),
            };
            let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            if self.has(&path) {
                let value = self.value(operation, member.shape, member.flattened || ec2, &path)?;
                object.push((Key::clone(&member.name), value));
            }
        }
        Ok(Json::Object(object))
    }

    fn value(
        &self,
        operation: &Operation,
        shape: ShapeId,
        flattened: bool,
        path: &str,
    ) -> Result<Json, String> {
        match operation.shape(shape) {
            Shape::Structure { members, .. } => self.structure(operation, members, path),
            Shape::List { element, element_name, .. } => {
                let path = if flattened { path.to_owned() } else { format!("{path}.{element_name}") };
                let mut items = Vec::new();
                loop {
                    let item = format!("{path}.{}", items.len() + 1);
                    if !self.has(&item) {
                        return Ok(Json::Array(items));
                    }
                    items.push(self.value(operation, *element, false, &item)?);
                }
            }
            Shape::Map { key_name, value_name, value, .. } => {
                let path = if flattened { path.to_owned() } else { format!("{path}.entry") };
                let mut entries: Vec<(Key, Json)> = Vec::new();
                loop {
                    let entry = format!("{path}.{}", entries.len() + 1);
                    let Some(key) = self.get(&format!("{entry}.{key_name}")) else {
                        return Ok(Json::Object(entries));
                    };
                    let value = self.value(operation, *value, false, &format!("{entry}.{value_name}"))?;
                    entries.push((key.into(), value));
                }
            }
            scalar => super::request::scalar(scalar, self.get(path).unwrap_or_default())
                .ok_or_else(|| format!("The value of parameter {path} is not valid")),
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
