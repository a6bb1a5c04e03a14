//! JSON made from SQL values: `to_jsonb`, `jsonb_build_object`, `jsonb_build_array`, and what `jsonb_agg`
//! and `jsonb_object_agg` are made of; each with its `json` twin, whose text is spaced differently.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::{as_list_array, as_string_array};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::compare::order_bytes;
use crate::engine::json::function::{JsonFunction, canonical, rows, typed_field, udf};
use crate::engine::json::values::{Style, Writer, write_string};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Value,
    Object,
    Array,
    /// From an array of JSON texts: the end of `jsonb_agg`.
    FromElements,
    /// The same, sorted: without duplicates PostgreSQL's aggregates come in order.
    FromDistinct,
    /// From arrays of keys and of JSON texts: the end of `jsonb_object_agg`.
    FromMembers,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Build {
    name: &'static str,
    twin: Option<&'static str>,
    what: What,
    style: Style,
}

fn build(name: &'static str, twin: Option<&'static str>, what: What, style: Style) -> Arc<ScalarUDF> {
    udf(Build { name, twin, what, style })
}

pub fn to_jsonb() -> Arc<ScalarUDF> {
    build("to_jsonb", None, What::Value, Style::Jsonb)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        to_jsonb(),
        build("to_json", Some("array_to_json"), What::Value, Style::Json),
        build("jsonb_build_object", None, What::Object, Style::Jsonb),
        build("json_build_object", None, What::Object, Style::Json),
        build("jsonb_build_array", None, What::Array, Style::Jsonb),
        build("json_build_array", None, What::Array, Style::Json),
        build("jsonb_from_elements", None, What::FromElements, Style::Jsonb),
        build("json_from_elements", None, What::FromElements, Style::Json),
        build("jsonb_from_distinct", None, What::FromDistinct, Style::Jsonb),
        build("json_from_distinct", None, What::FromDistinct, Style::Json),
        build("jsonb_from_members", None, What::FromMembers, Style::Jsonb),
        build("json_from_members", None, What::FromMembers, Style::Json),
    ]
}

impl JsonFunction for Build {
    fn name(&self) -> &str {
        self.name
    }

    fn twin(&self) -> Option<&str> {
        self.twin
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match (self.what, given.len()) {
            (What::Value | What::FromElements | What::FromDistinct, 1)
            | (What::FromMembers, 2)
            | (What::Array, _) => {}
            (What::Object, count) if count % 2 == 0 => {}
            (What::Object, _) => {
                return plan_err!(
                    "argument list must have even number of elements: {} takes keys and values",
                    self.name
                );
            }
            (_, count) => return plan_err!("function {} does not take {count} arguments", self.name),
        }
        Ok(given.to_vec())
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(typed_field(self.name, self.style.type_name())))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let count = rows(args);
        let arrays: Vec<ArrayRef> = args.args.iter().map(|a| a.to_array(count)).collect::<Result<_>>()?;
        let mut out = StringBuilder::new();
        for row in 0..count {
            out.append_option(self.of(&arrays, &args.arg_fields, row)?);
        }
        Ok(Arc::new(out.finish()))
    }
}

impl Build {
    fn of(&self, arrays: &[ArrayRef], fields: &[FieldRef], row: usize) -> Result<Option<String>> {
        let writer = Writer::new(self.style);
        let value = |at: usize, out: &mut String| -> Result<()> {
            match (arrays.get(at), fields.get(at)) {
                (Some(array), Some(field)) => writer.write(array, field, row, out),
                _ => exec_err!("an argument is missing"),
            }
        };
        let mut out = String::new();
        match self.what {
            What::Value => {
                if arrays.first().is_none_or(|a| a.is_null(row)) {
                    return Ok(None);
                }
                value(0, &mut out)?;
            }
            What::Array => {
                out.push('[');
                for at in 0..arrays.len() {
                    separate(at, &mut out);
                    value(at, &mut out)?;
                }
                out.push(']');
            }
            What::Object => {
                out.push('{');
                for at in (0..arrays.len()).step_by(2) {
                    separate(at, &mut out);
                    out.push_str(&key(arrays, fields, at, row)?);
                    out.push_str(self.style.after_key());
                    value(at + 1, &mut out)?;
                }
                out.push('}');
            }
            What::FromElements | What::FromDistinct => {
                let Some(texts) = list(arrays, 0, row)? else { return Ok(None) };
                let texts = as_string_array(&texts)?.clone();
                let mut texts: Vec<Option<&str>> = texts.iter().collect();
                if self.what == What::FromDistinct {
                    // NULL comes last.
                    texts.sort_by_cached_key(|text| (text.is_none(), text.map(order_bytes)));
                }
                out.push('[');
                for (at, text) in texts.into_iter().enumerate() {
                    separate(at, &mut out);
                    out.push_str(text.unwrap_or("null"));
                }
                out.push(']');
            }
            What::FromMembers => {
                let (Some(keys), Some(texts)) = (list(arrays, 0, row)?, list(arrays, 1, row)?) else {
                    return Ok(None);
                };
                let (keys, texts) = (as_string_array(&keys)?.clone(), as_string_array(&texts)?.clone());
                out.push_str(self.style.open_gathered());
                for (at, (key, text)) in keys.iter().zip(texts.iter()).enumerate() {
                    separate(at, &mut out);
                    let Some(key) = key else { return exec_err!("field name must not be null") };
                    write_string(key, &mut out);
                    out.push_str(self.style.after_key());
                    out.push_str(text.unwrap_or("null"));
                }
                out.push_str(self.style.close_gathered());
            }
        }
        // Members in their order, without duplicates.
        match (self.style, self.what) {
            (Style::Jsonb, What::Object | What::FromMembers) => canonical(&out).map(Some),
            _ => Ok(Some(out)),
        }
    }
}

fn separate(at: usize, out: &mut String) {
    if at > 0 {
        out.push_str(", ");
    }
}

fn list(arrays: &[ArrayRef], at: usize, row: usize) -> Result<Option<ArrayRef>> {
    let Some(array) = arrays.get(at) else { return exec_err!("an argument is missing") };
    let lists = as_list_array(array)?;
    Ok(lists.is_valid(row).then(|| lists.value(row)))
}

/// A key: any scalar, as text.
fn key(arrays: &[ArrayRef], fields: &[FieldRef], at: usize, row: usize) -> Result<String> {
    let (Some(array), Some(field)) = (arrays.get(at), fields.get(at)) else {
        return exec_err!("an argument is missing");
    };
    if array.is_null(row) || array.data_type().is_null() {
        return exec_err!("argument {}: key must not be null", at + 1);
    }
    let plain = Field::new(field.name(), field.data_type().clone(), true);
    let mut out = String::new();
    Writer::new(Style::Json).write(array, &plain, row, &mut out)?;
    if out.starts_with(['[', '{']) {
        return exec_err!("key value must be scalar, not array, composite, or json");
    }
    if !out.starts_with('"') {
        out = format!("\"{out}\"");
    }
    Ok(out)
}
