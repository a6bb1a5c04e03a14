//! `-> ->> #> #>>` and their function forms. A missing member is NULL; so is JSON null as text.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    Integers, JsonFunction, TextLists, Texts, argument, is_jsonb, jsonb_field, plain_field, rows,
    text_argument, text_list_argument, typed_field, udf,
};
use crate::engine::json::skim;
use crate::engine::pg_type;

/// How the member is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    /// A key or an index: `->`.
    Member,
    /// An array of both: `#>`.
    Path,
    /// The same as separate arguments: `jsonb_extract_path`.
    Parts,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Access {
    name: &'static str,
    twin: Option<&'static str>,
    by: By,
    as_text: bool,
}

impl Access {
    fn udf(name: &'static str, twin: Option<&'static str>, by: By, as_text: bool) -> Arc<ScalarUDF> {
        udf(Access { name, twin, by, as_text })
    }
}

pub fn get() -> Arc<ScalarUDF> {
    Access::udf("jsonb_get", None, By::Member, false)
}

/// `->>`, as a function.
pub const MEMBER_TEXT: &str = "jsonb_get_text";

pub fn get_text() -> Arc<ScalarUDF> {
    Access::udf(MEMBER_TEXT, None, By::Member, true)
}

pub fn path() -> Arc<ScalarUDF> {
    Access::udf("jsonb_path", None, By::Path, false)
}

pub fn path_text() -> Arc<ScalarUDF> {
    Access::udf("jsonb_path_text", None, By::Path, true)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        get(),
        get_text(),
        path(),
        path_text(),
        Access::udf("jsonb_extract_path", Some("json_extract_path"), By::Parts, false),
        Access::udf("jsonb_extract_path_text", Some("json_extract_path_text"), By::Parts, true),
    ]
}

impl JsonFunction for Access {
    fn name(&self) -> &str {
        self.name
    }

    fn twin(&self) -> Option<&str> {
        self.twin
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let Some((json, rest)) = given.split_first() else { return plan_err!("{} takes jsonb", self.name) };
        let mut wanted = vec![text_argument(self.name, json)?];
        match (self.by, rest) {
            (By::Member, [key]) if key.is_integer() => wanted.push(DataType::Int64),
            (By::Member, [key]) => wanted.push(text_argument(self.name, key)?),
            (By::Path, [path]) => wanted.push(text_list_argument(self.name, path)?),
            (By::Parts, parts) => wanted.extend(parts.iter().map(|_| DataType::Utf8)),
            _ => return plan_err!("{} takes two arguments", self.name),
        }
        Ok(wanted)
    }

    fn field(&self, args: &ReturnFieldArgs) -> Result<FieldRef> {
        let of_json = args.arg_fields.first().is_some_and(|f| pg_type::stated(f) == Some("json"));
        Ok(match (self.as_text, of_json) {
            (true, _) => plain_field(self.name, DataType::Utf8),
            (false, true) => Arc::new(typed_field(self.name, "json")),
            (false, false) => jsonb_field(self.name),
        })
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let count = rows(args);
        let array = match self.by {
            By::Member => {
                let key = argument(args, 1)?;
                match key.data_type() {
                    DataType::Int64 => {
                        let index = Integers::new(key)?;
                        self.collect(count, &json, |row, json| {
                            Ok(index.get(row).and_then(|i| skim::element(json, i)))
                        })?
                    }
                    _ => {
                        let key = Texts::new(key)?;
                        let canonical = args.arg_fields.first().is_some_and(|f| is_jsonb(f));
                        let find = if canonical { skim::member_of_canonical } else { skim::member };
                        self.collect(count, &json, |row, json| Ok(key.get(row).and_then(|k| find(json, k))))?
                    }
                }
            }
            By::Path => {
                let path = TextLists::new(argument(args, 1)?)?;
                self.collect(count, &json, |row, json| {
                    let Some(parts) = path.get(row)? else { return Ok(None) };
                    Ok(walk(json, parts.iter().map(Option::as_deref)))
                })?
            }
            By::Parts => {
                let parts = args.args.iter().skip(1).map(Texts::new).collect::<Result<Vec<_>>>()?;
                self.collect(count, &json, |row, json| Ok(walk(json, parts.iter().map(|p| p.get(row)))))?
            }
        };
        Ok(array)
    }
}

impl Access {
    fn collect<'a>(
        &self,
        count: usize,
        json: &'a Texts,
        find: impl Fn(usize, &'a str) -> Result<Option<&'a str>>,
    ) -> Result<ArrayRef> {
        let mut out = StringBuilder::with_capacity(count, count * 8);
        for row in 0..count {
            let found = match json.get(row) {
                Some(json) => find(row, json)?,
                None => None,
            };
            match found {
                None => out.append_null(),
                Some(value) if self.as_text => out.append_option(skim::as_text(value)),
                Some(value) => out.append_value(value),
            }
        }
        Ok(Arc::new(out.finish()))
    }
}

fn walk<'j, 'p>(json: &'j str, mut parts: impl Iterator<Item = Option<&'p str>>) -> Option<&'j str> {
    parts.try_fold(json, |at, part| skim::step(at, part?))
}
