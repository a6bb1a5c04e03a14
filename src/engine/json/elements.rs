//! Arrays made of a JSON value: its elements, its keys, its members. Functions that return sets are
//! planned through these (`engine/lateral`); none can be called by name.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::{as_list_array, as_string_array};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    JsonFunction, Texts, argument, plain_field, rows, text_argument, typed_field, udf,
};
use crate::engine::json::skim::{self, Elements, Kind, Members};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Elements,
    ElementTexts,
    Keys,
    Values,
    ValueTexts,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Parts {
    /// The function a user called, for its errors; its prefix says `json` or `jsonb`.
    function: String,
    part: Part,
}

fn parts(function: &str, part: Part) -> Arc<ScalarUDF> {
    udf(Parts { function: function.to_owned(), part })
}

pub fn array_elements(function: &str, as_text: bool) -> Arc<ScalarUDF> {
    parts(function, if as_text { Part::ElementTexts } else { Part::Elements })
}

/// The arrays, one per column, of a function that returns a set.
pub fn lists(function: &str) -> Result<Vec<Arc<ScalarUDF>>> {
    let bare = function.strip_prefix("jsonb_").or_else(|| function.strip_prefix("json_"));
    Ok(match bare {
        Some("array_elements") => vec![parts(function, Part::Elements)],
        Some("array_elements_text") => vec![parts(function, Part::ElementTexts)],
        Some("object_keys") => vec![parts(function, Part::Keys)],
        Some("each") => vec![parts(function, Part::Keys), parts(function, Part::Values)],
        Some("each_text") => vec![parts(function, Part::Keys), parts(function, Part::ValueTexts)],
        _ => return plan_err!("{function} does not return a set"),
    })
}

impl JsonFunction for Parts {
    fn name(&self) -> &str {
        match self.part {
            Part::Elements => "json elements",
            Part::ElementTexts => "json elements as text",
            Part::Keys => "json keys",
            Part::Values => "json values",
            Part::ValueTexts => "json values as text",
        }
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [kind] => Ok(vec![text_argument(&self.function, kind)?]),
            _ => plan_err!("function {} takes one argument, not {}", self.function, given.len()),
        }
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(plain_field(self.name(), DataType::List(Arc::new(self.item()))))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let mut out = ListBuilder::new(StringBuilder::new()).with_field(self.item());
        for row in 0..rows(args) {
            match json.get(row) {
                Some(json) => {
                    self.fill(json, out.values())?;
                    out.append(true);
                }
                None => out.append(false),
            }
        }
        Ok(Arc::new(out.finish()))
    }
}

impl Parts {
    fn item(&self) -> Field {
        let kind = match self.part {
            Part::Elements | Part::Values if self.function.starts_with("json_") => "json",
            Part::Elements | Part::Values => "jsonb",
            _ => return Field::new("item", DataType::Utf8, true),
        };
        typed_field("item", kind)
    }

    fn fill(&self, json: &str, out: &mut StringBuilder) -> Result<()> {
        match self.part {
            Part::Elements | Part::ElementTexts => {
                let Some(items) = Elements::of(json) else { return Err(self.misfit(json)) };
                for item in items {
                    match self.part {
                        Part::ElementTexts => out.append_option(skim::as_text(item)),
                        _ => out.append_value(item),
                    }
                }
            }
            Part::Keys | Part::Values | Part::ValueTexts => {
                let Some(members) = Members::of(json) else { return Err(self.misfit(json)) };
                for (key, value) in members {
                    match self.part {
                        Part::Keys => out.append_value(skim::unquoted(key)),
                        Part::Values => out.append_value(value),
                        _ => out.append_option(skim::as_text(value)),
                    }
                }
            }
        }
        Ok(())
    }

    /// The value has another shape; PostgreSQL's words, which differ for `json` and `jsonb`.
    fn misfit(&self, json: &str) -> DataFusionError {
        let function = &self.function;
        let binary = function.starts_with("jsonb_");
        let kind = Kind::of(json);
        match (self.part, kind) {
            (Part::Elements | Part::ElementTexts, Some(Kind::Object)) if binary => {
                exec_datafusion_err!("cannot extract elements from an object")
            }
            (Part::Elements | Part::ElementTexts, Some(Kind::Object)) => {
                exec_datafusion_err!("cannot call {function} on a non-array")
            }
            (Part::Elements | Part::ElementTexts, _) if binary => {
                exec_datafusion_err!("cannot extract elements from a scalar")
            }
            (Part::Elements | Part::ElementTexts, _) => {
                exec_datafusion_err!("cannot call {function} on a scalar")
            }
            (Part::Keys, Some(Kind::Array)) if function.ends_with("object_keys") => {
                exec_datafusion_err!("cannot call {function} on an array")
            }
            (Part::Keys, _) if function.ends_with("object_keys") => {
                exec_datafusion_err!("cannot call {function} on a scalar")
            }
            _ if binary => exec_datafusion_err!("cannot call {function} on a non-object"),
            (_, Some(Kind::Array)) => exec_datafusion_err!("cannot deconstruct an array as an object"),
            _ => exec_datafusion_err!("cannot deconstruct a scalar"),
        }
    }
}

/// Arrays side by side as an array of records, each written as PostgreSQL writes a row: `(a,"b c")`.
pub fn records() -> Arc<ScalarUDF> {
    udf(Records)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Records;

impl JsonFunction for Records {
    fn name(&self) -> &str {
        "records"
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.iter().map(|_| DataType::new_list(DataType::Utf8, true)).collect())
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(plain_field(self.name(), DataType::List(Arc::new(typed_field("item", "record")))))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let count = rows(args);
        let arrays: Vec<ArrayRef> = args.args.iter().map(|a| a.to_array(count)).collect::<Result<_>>()?;
        let lists = arrays.iter().map(|a| as_list_array(a)).collect::<Result<Vec<_>>>()?;
        let mut out = ListBuilder::new(StringBuilder::new()).with_field(typed_field("item", "record"));
        for row in 0..count {
            let items: Vec<Option<ArrayRef>> =
                lists.iter().map(|l| l.is_valid(row).then(|| l.value(row))).collect();
            let items = items.iter().flatten().map(|i| as_string_array(i)).collect::<Result<Vec<_>>>()?;
            let length = items.iter().map(|i| i.len()).max().unwrap_or(0);
            for at in 0..length {
                out.values().append_value(record(&items, at));
            }
            out.append(!items.is_empty());
        }
        Ok(Arc::new(out.finish()))
    }
}

fn record(items: &[&StringArray], at: usize) -> String {
    let mut text = String::from("(");
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        if at >= item.len() || item.is_null(at) {
            continue;
        }
        let value = item.value(at);
        let quoted = value.is_empty()
            || value.chars().any(|c| matches!(c, '"' | '\\' | '(' | ')' | ',') || c.is_whitespace());
        if quoted {
            text.push('"');
            text.push_str(&value.replace('\\', "\\\\").replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(value);
        }
    }
    text.push(')');
    text
}
