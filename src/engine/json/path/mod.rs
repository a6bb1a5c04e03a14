//! `jsonb_path_query` and its kin, over a `jsonpath` reader of our own.

mod eval;
mod numbers;
mod parse;
mod tokens;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    Flags, JsonFunction, Texts, argument, invalid_json, jsonb_field, plain_field, rows, text_argument,
    typed_field, udf,
};
use crate::model::Json;
use tree::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    /// Is there any item?
    Exists,
    /// The only item, a condition.
    Match,
    First,
    Array,
    /// All items, as an array of SQL: the set of `jsonb_path_query`.
    All,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Query {
    name: &'static str,
    what: What,
    /// Operators take a misfit for NULL.
    silent: bool,
}

fn query(name: &'static str, what: What, silent: bool) -> Arc<ScalarUDF> {
    udf(Query { name, what, silent })
}

pub fn query_all() -> Arc<ScalarUDF> {
    query("jsonb_path_query", What::All, false)
}

/// `@?`
pub fn exists_operator() -> Arc<ScalarUDF> {
    query("jsonb_path_exists_opr", What::Exists, true)
}

/// `@@`
pub fn match_operator() -> Arc<ScalarUDF> {
    query("jsonb_path_match_opr", What::Match, true)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        query("jsonb_path_exists", What::Exists, false),
        query("jsonb_path_match", What::Match, false),
        query("jsonb_path_query_first", What::First, false),
        query("jsonb_path_query_array", What::Array, false),
        exists_operator(),
        match_operator(),
    ]
}

impl JsonFunction for Query {
    fn name(&self) -> &str {
        self.name
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        if !(2..=4).contains(&given.len()) {
            return plan_err!("function {} takes a value and a path", self.name);
        }
        let texts = given.iter().take(3).map(|kind| text_argument(self.name, kind));
        let mut kinds = texts.collect::<Result<Vec<_>>>()?;
        kinds.extend(given.iter().skip(3).map(|_| DataType::Boolean));
        Ok(kinds)
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(match self.what {
            What::First | What::Array => jsonb_field(self.name),
            What::Exists | What::Match => plain_field(self.name, DataType::Boolean),
            What::All => plain_field(self.name, DataType::List(Arc::new(typed_field("item", "jsonb")))),
        })
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let mut paths = Paths::new(argument(args, 1)?)?;
        let variables = args.args.get(2).map(Texts::new).transpose()?;
        let silent = args.args.get(3).map(Flags::new).transpose()?;
        let mut flags = Vec::new();
        let mut texts = StringBuilder::new();
        let mut lists = ListBuilder::new(StringBuilder::new()).with_field(typed_field("item", "jsonb"));
        for row in 0..rows(args) {
            let given = match &variables {
                Some(variables) => variables.get(row).map(parsed).transpose()?,
                None => Some(Json::Null),
            };
            let silent = match &silent {
                Some(flags) => flags.get(row),
                None => Some(self.silent),
            };
            let (Some(text), Some(path), Some(given), Some(silent)) =
                (json.get(row), paths.get(row)?, given, silent)
            else {
                flags.push(None);
                texts.append_null();
                lists.append(false);
                continue;
            };
            let value = parsed(text)?;
            let items = match eval::items(path, &value, Some(&given)) {
                Ok(items) => items,
                Err(_) if silent => {
                    flags.push(None);
                    texts.append_null();
                    lists.append(false);
                    continue;
                }
                Err(misfit) => return exec_err!("{misfit}"),
            };
            match self.what {
                What::Exists => flags.push(Some(!items.is_empty())),
                What::Match => flags.push(match items.as_slice() {
                    [item] => match &**item {
                        Json::Bool(held) => Some(*held),
                        Json::Null => None,
                        _ if silent => None,
                        _ => return exec_err!("single boolean result is expected"),
                    },
                    _ if silent => None,
                    _ => return exec_err!("single boolean result is expected"),
                }),
                What::First => texts.append_option(items.first().map(|item| item.to_jsonb())),
                What::Array => {
                    let items = items.into_iter().map(std::borrow::Cow::into_owned).collect();
                    texts.append_value(Json::Array(items).to_jsonb());
                }
                What::All => {
                    items.iter().for_each(|item| lists.values().append_value(item.to_jsonb()));
                    lists.append(true);
                }
            }
        }
        let array: ArrayRef = match self.what {
            What::Exists | What::Match => Arc::new(BooleanArray::from(flags)),
            What::First | What::Array => Arc::new(texts.finish()),
            What::All => Arc::new(lists.finish()),
        };
        Ok(array)
    }
}

fn parsed(text: &str) -> Result<Json> {
    Json::parse(text).map_err(|e| invalid_json(text, &e))
}

/// Paths already read; nearly always there is one.
struct Paths {
    texts: Texts,
    read: HashMap<String, Path>,
}

impl Paths {
    fn new(value: &ColumnarValue) -> Result<Self> {
        Ok(Self { texts: Texts::new(value)?, read: HashMap::new() })
    }

    fn get(&mut self, row: usize) -> Result<Option<&Path>, DataFusionError> {
        let Some(text) = self.texts.get(row) else { return Ok(None) };
        if !self.read.contains_key(text) {
            self.read.insert(text.to_owned(), parse::parse(text)?);
        }
        Ok(self.read.get(text))
    }
}
