//! `families/*.yaml`: tables that are alike but for some words, written once.
//!
//! A family has a `template`, sets of values to `use`, and `members`. A member's values, and those of the
//! sets that it uses (which may use others), stand for `<names>` in the template: alone in its place a
//! name is whatever it stands for, in a text its text; a mapping or list that stands for one entry of
//! another is spread into it.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

use crate::catalog::file::TableFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyFile {
    members: Vec<Mapping>,
    #[serde(rename = "use")]
    sets: Mapping,
    template: Value,
}

/// The table files that the families of a folder stand for, each with the name of its family.
pub fn expand(folder: &Path) -> Result<Vec<(String, TableFile)>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        let family = path.display().to_string();
        let wrong = |error: String| format!("{family}: {error}");
        let file: FamilyFile =
            serde_yaml::from_str(&fs::read_to_string(&path)?).map_err(|e| wrong(e.to_string()))?;
        for member in &file.members {
            let values = values(member, &file.sets).map_err(wrong)?;
            let name = text(values.get("table").unwrap_or(&Value::Null));
            let table = filled(&file.template, &values).map_err(|e| wrong(format!("{name}: {e}")))?;
            let table = serde_yaml::from_value(table).map_err(|e| wrong(format!("{name}: {e}")))?;
            files.push((family.clone(), table));
        }
    }
    Ok(files)
}

/// A member's own values before those of the sets it uses, and a set's before those that it uses.
fn values(member: &Mapping, sets: &Mapping) -> Result<Mapping, String> {
    let mut all = Mapping::new();
    for (name, value) in member {
        if name.as_str() != Some("use") {
            all.insert(name.clone(), value.clone());
        }
    }
    let used = member.get("use").and_then(Value::as_sequence).cloned().unwrap_or_default();
    for name in used {
        let set = sets.get(&name).and_then(Value::as_mapping);
        let set = set.ok_or_else(|| format!("there is nothing called {} to use", text(&name)))?;
        for (name, value) in values(set, sets)? {
            all.entry(name).or_insert(value);
        }
    }
    Ok(all)
}

fn filled(template: &Value, values: &Mapping) -> Result<Value, String> {
    Ok(match template {
        Value::String(text) => filled_text(text, values)?,
        Value::Sequence(items) => {
            let mut list = Vec::new();
            for item in items {
                match (item.as_str().and_then(alone), filled(item, values)?) {
                    (Some(_), Value::Sequence(spread)) => list.extend(spread),
                    (_, item) => list.push(item),
                }
            }
            Value::Sequence(list)
        }
        Value::Mapping(members) => {
            let mut mapping = Mapping::new();
            for (key, value) in members {
                match (key.as_str().and_then(alone), filled(key, values)?) {
                    (Some(_), Value::Mapping(spread)) => mapping.extend(spread),
                    (_, key) => {
                        mapping.insert(key, filled(value, values)?);
                    }
                }
            }
            Value::Mapping(mapping)
        }
        other => other.clone(),
    })
}

/// The name in a text that is nothing but `<name>`.
fn alone(text: &str) -> Option<&str> {
    let name = text.strip_prefix('<')?.strip_suffix('>')?;
    (!name.contains(['<', '>'])).then_some(name)
}

fn filled_text(template: &str, values: &Mapping) -> Result<Value, String> {
    let value = |name: &str| values.get(name).ok_or_else(|| format!("nothing stands for <{name}>"));
    if let Some(name) = alone(template) {
        return value(name).cloned();
    }
    let (mut made, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('<') {
        let (name, after) = after.split_once('>').ok_or("an unclosed <")?;
        made.push_str(before);
        made.push_str(&text(value(name)?));
        rest = after;
    }
    made.push_str(rest);
    Ok(Value::String(made.trim_end().to_owned()))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
