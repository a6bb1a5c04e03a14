//! Values made from values: `||`, `-`, `#-`, `jsonb_set`, `jsonb_insert`, `jsonb_strip_nulls`,
//! `jsonb_pretty`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    Flags, Integers, JsonFunction, TextLists, Texts, argument, invalid_json, jsonb_field, plain_field, rows,
    text_argument, text_list_argument, udf,
};
use crate::engine::json::pretty;
use crate::model::Json;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Concat,
    Delete,
    DeletePath,
    Set,
    Insert,
    StripNulls,
    Pretty,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Edit {
    name: &'static str,
    what: What,
}

fn edit(name: &'static str, what: What) -> Arc<ScalarUDF> {
    udf(Edit { name, what })
}

pub fn concat() -> Arc<ScalarUDF> {
    edit("jsonb_concat", What::Concat)
}

pub fn delete() -> Arc<ScalarUDF> {
    edit("jsonb_delete", What::Delete)
}

pub fn delete_path() -> Arc<ScalarUDF> {
    edit("jsonb_delete_path", What::DeletePath)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        concat(),
        delete(),
        delete_path(),
        edit("jsonb_set", What::Set),
        edit("jsonb_insert", What::Insert),
        edit("jsonb_strip_nulls", What::StripNulls),
        edit("jsonb_pretty", What::Pretty),
    ]
}

impl JsonFunction for Edit {
    fn name(&self) -> &str {
        self.name
    }

    fn twin(&self) -> Option<&str> {
        (self.what == What::StripNulls).then_some("json_strip_nulls")
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let text = |kind: &DataType| text_argument(self.name, kind);
        let list = |kind: &DataType| match text(kind) {
            // A literal is read as an array of text when the function runs.
            Ok(text) => Ok(text),
            Err(_) => text_list_argument(self.name, kind),
        };
        Ok(match (self.what, given) {
            (What::Concat, [a, b]) => vec![text(a)?, text(b)?],
            (What::Delete, [json, key]) if key.is_integer() => vec![text(json)?, DataType::Int64],
            (What::Delete | What::DeletePath, [json, path]) => vec![text(json)?, list(path)?],
            (What::Set | What::Insert, [json, path, new]) => vec![text(json)?, list(path)?, text(new)?],
            (What::Set | What::Insert, [json, path, new, _]) => {
                vec![text(json)?, list(path)?, text(new)?, DataType::Boolean]
            }
            (What::StripNulls | What::Pretty, [json]) => vec![text(json)?],
            _ => {
                let kinds: Vec<String> = given.iter().map(ToString::to_string).collect();
                return plan_err!("function {}({}) does not exist", self.name, kinds.join(", "));
            }
        })
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(match self.what {
            What::Pretty => plain_field(self.name, DataType::Utf8),
            _ => jsonb_field(self.name),
        })
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let change = Change::new(self.what, args)?;
        let count = rows(args);
        let mut out = StringBuilder::new();
        for row in 0..count {
            match json.get(row) {
                Some(text) => out.append_option(change.of(self.what, text, row)?),
                None => out.append_null(),
            }
        }
        let array: ArrayRef = Arc::new(out.finish());
        Ok(array)
    }
}

/// The other arguments.
#[derive(Default)]
struct Change {
    text: Option<Texts>,
    index: Option<Integers>,
    path: Option<TextLists>,
    new: Option<Texts>,
    flag: Option<Flags>,
}

impl Change {
    fn new(what: What, args: &ScalarFunctionArgs) -> Result<Self> {
        let mut change = Change::default();
        let Some(second) = args.args.get(1) else { return Ok(change) };
        match second.data_type() {
            DataType::Int64 => change.index = Some(Integers::new(second)?),
            kind if kind.is_list() => change.path = Some(TextLists::new(second)?),
            _ => change.text = Some(Texts::new(second)?),
        }
        if matches!(what, What::Set | What::Insert) {
            change.new = Some(Texts::new(argument(args, 2)?)?);
            change.flag = args.args.get(3).map(Flags::new).transpose()?;
        }
        Ok(change)
    }

    /// The new value; NULL where an argument is.
    fn of(&self, what: What, text: &str, row: usize) -> Result<Option<String>> {
        let json = parsed(text)?;
        let given = |texts: &Option<Texts>| texts.as_ref().and_then(|t| t.get(row)).map(str::to_owned);
        Ok(match what {
            What::Concat => match given(&self.text) {
                Some(other) => Some(joined(json, parsed(&other)?).to_jsonb()),
                None => None,
            },
            What::Delete => match (&self.index, self.path(row)?, given(&self.text)) {
                (Some(index), _, _) => index.get(row).map(|at| without_index(json, at)).transpose()?,
                (None, _, Some(key)) => Some(without_keys(json, &[Some(key)])?),
                (None, Some(keys), None) => Some(without_keys(json, &keys)?),
                (None, None, None) => return Ok(None),
            }
            .map(|json| json.to_jsonb()),
            What::DeletePath => {
                self.steps(row)?.map(|path| deleted(json, &path)).transpose()?.map(|j| j.to_jsonb())
            }
            What::Set | What::Insert => {
                let (Some(path), Some(new)) = (self.steps(row)?, given(&self.new)) else { return Ok(None) };
                let flag = match &self.flag {
                    Some(flags) => match flags.get(row) {
                        Some(flag) => flag,
                        None => return Ok(None),
                    },
                    None => what == What::Set,
                };
                let how = match what {
                    What::Set => Put::Set { create: flag },
                    _ => Put::Insert { after: flag },
                };
                Some(put(json, &path, parsed(&new)?, how)?.to_jsonb())
            }
            What::StripNulls => Some(stripped(json).to_jsonb()),
            What::Pretty => Some(pretty::written(&json)),
        })
    }

    fn path(&self, row: usize) -> Result<Option<Vec<Option<String>>>> {
        match &self.path {
            Some(lists) => lists.get(row),
            None => Ok(None),
        }
    }

    /// A path, given as an array or as the text of one.
    fn steps(&self, row: usize) -> Result<Option<Vec<Option<String>>>> {
        match self.text.as_ref().and_then(|t| t.get(row)) {
            Some(text) => crate::engine::types::read::list_items(text).map(Some),
            None => self.path(row),
        }
    }
}

fn parsed(text: &str) -> Result<Json> {
    Json::parse(text).map_err(|e| invalid_json(text, &e))
}

/// Two objects become one, the right one's members winning; everything else becomes an array.
fn joined(left: Json, right: Json) -> Json {
    let items = |json| match json {
        Json::Array(items) => items,
        other => vec![other],
    };
    match (left, right) {
        (Json::Object(mut members), Json::Object(more)) => {
            members.extend(more);
            Json::Object(members)
        }
        (left, right) => Json::Array([items(left), items(right)].concat()),
    }
}

fn without_keys(json: Json, keys: &[Option<String>]) -> Result<Json> {
    let named = |text: &str| keys.iter().flatten().any(|key| key == text);
    Ok(match json {
        Json::Object(mut members) => {
            members.retain(|(key, _)| !named(key));
            Json::Object(members)
        }
        Json::Array(mut items) => {
            items.retain(|item| !matches!(item, Json::String(text) if named(text)));
            Json::Array(items)
        }
        _ => return exec_err!("cannot delete from scalar"),
    })
}

fn without_index(json: Json, index: i64) -> Result<Json> {
    match json {
        Json::Array(mut items) => {
            if let Some(at) = place(index, items.len()) {
                items.remove(at);
            }
            Ok(Json::Array(items))
        }
        Json::Object(_) => exec_err!("cannot delete from object using integer index"),
        _ => exec_err!("cannot delete from scalar"),
    }
}

/// The element an index names, counted from the end where negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { index.checked_add(length)? } else { index };
    usize::try_from(at).ok().filter(|_| at < length)
}

fn integer(step: &str, position: usize) -> Result<i64> {
    step.trim()
        .parse()
        .or_else(|_| exec_err!("path element at position {position} is not an integer: \"{step}\""))
}

fn deleted(json: Json, path: &[Option<String>]) -> Result<Json> {
    if !matches!(json, Json::Object(_) | Json::Array(_)) {
        return exec_err!("cannot delete path in scalar");
    }
    match path {
        [] => Ok(json),
        _ => delete_at(json, path, 1),
    }
}

fn delete_at(json: Json, path: &[Option<String>], position: usize) -> Result<Json> {
    let Some((Some(step), rest)) = path.split_first() else {
        return match path.is_empty() {
            true => Ok(json),
            false => exec_err!("path element at position {position} is null"),
        };
    };
    Ok(match json {
        Json::Object(members) => {
            let mut kept = Vec::with_capacity(members.len());
            for (key, value) in members {
                match (&*key == step.as_str(), rest.is_empty()) {
                    (true, true) => {}
                    (true, false) => kept.push((key, delete_at(value, rest, position + 1)?)),
                    (false, _) => kept.push((key, value)),
                }
            }
            Json::Object(kept)
        }
        Json::Array(mut items) => {
            if let Some(at) = place(integer(step, position)?, items.len()) {
                if rest.is_empty() {
                    items.remove(at);
                } else if let Some(item) = items.get_mut(at) {
                    *item = delete_at(std::mem::take(item), rest, position + 1)?;
                }
            }
            Json::Array(items)
        }
        scalar => scalar,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    Set { create: bool },
    Insert { after: bool },
}

fn put(json: Json, path: &[Option<String>], new: Json, how: Put) -> Result<Json> {
    if !matches!(json, Json::Object(_) | Json::Array(_)) {
        return exec_err!("cannot set path in scalar");
    }
    match path {
        [] => Ok(json),
        _ => put_at(json, path, new, how, 1),
    }
}

fn put_at(json: Json, path: &[Option<String>], new: Json, how: Put, position: usize) -> Result<Json> {
    let Some((Some(step), rest)) = path.split_first() else {
        return exec_err!("path element at position {position} is null");
    };
    let last = rest.is_empty();
    Ok(match json {
        Json::Object(mut members) => {
            let found = members.iter_mut().find(|(key, _)| &**key == step.as_str());
            match found {
                Some(_) if last && matches!(how, Put::Insert { .. }) => {
                    return exec_err!("cannot replace existing key");
                }
                Some((_, value)) if last => *value = new,
                Some((_, value)) => *value = put_at(std::mem::take(value), rest, new, how, position + 1)?,
                None if last && how != (Put::Set { create: false }) => {
                    members.push((step.as_str().into(), new));
                }
                None => {}
            }
            Json::Object(members)
        }
        Json::Array(mut items) => {
            let index = integer(step, position)?;
            match place(index, items.len()) {
                Some(at) if last => match how {
                    Put::Set { .. } => items.splice(at..=at, [new]).for_each(drop),
                    Put::Insert { after } => items.insert(at + usize::from(after), new),
                },
                Some(at) => {
                    if let Some(item) = items.get_mut(at) {
                        *item = put_at(std::mem::take(item), rest, new, how, position + 1)?;
                    }
                }
                None if last && how != (Put::Set { create: false }) => {
                    let at = if index < 0 { 0 } else { items.len() };
                    items.insert(at, new);
                }
                None => {}
            }
            Json::Array(items)
        }
        scalar => scalar,
    })
}

fn stripped(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(key, value)| (key, stripped(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(stripped).collect()),
        scalar => scalar,
    }
}
