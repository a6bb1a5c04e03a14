//! Arrays made of a JSON value: its elements, its keys, its members. Functions that return sets are
//! planned through these (`engine/lateral`); none can be called by name.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::{as_list_array, as_string_array};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::engine::json::function::{Texts, answer, argument, rows, text_argument, typed_field};
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
    signature: Signature,
}

fn udf(function: &str, part: Part) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::from(Parts { function: function.to_owned(), part, signature }))
}

pub fn array_elements(function: &str, as_text: bool) -> Arc<ScalarUDF> {
    udf(function, if as_text { Part::ElementTexts } else { Part::Elements })
}

/// The arrays, one per column, of a function that returns a set.
pub fn lists(function: &str) -> Result<Vec<Arc<ScalarUDF>>> {
    let bare = function.strip_prefix("jsonb_").or_else(|| function.strip_prefix("json_"));
    Ok(match bare {
        Some("array_elements") => vec![udf(function, Part::Elements)],
        Some("array_elements_text") => vec![udf(function, Part::ElementTexts)],
        Some("object_keys") => vec![udf(function, Part::Keys)],
        Some("each") => vec![udf(function, Part::Keys), udf(function, Part::Values)],
        Some("each_text") => vec![udf(function, Part::Keys), udf(function, Part::ValueTexts)],
        _ => return plan_err!("{function} does not return a set"),
    })
}

impl ScalarUDFImpl for Parts {
    fn name(&self) -> &str {
        match self.part {
            Part::Elements => "json elements",
            Part::ElementTexts => "json elements as text",
            Part::Keys => "json keys",
            Part::Values => "json values",
            Part::ValueTexts => "json values as text",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [kind] => Ok(vec![text_argument(&self.function, kind)?]),
            _ => plan_err!("function {} takes one argument, not {}", self.function, given.len()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(self.item())))
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), DataType::List(Arc::new(self.item())), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let json = Texts::new(argument(&args, 0)?)?;
        let mut out = ListBuilder::new(StringBuilder::new()).with_field(self.item());
        for row in 0..rows(&args) {
            match json.get(row) {
                Some(json) => {
                    self.fill(json, out.values())?;
                    out.append(true);
                }
                None => out.append(false),
            }
        }
        answer(&args, Arc::new(out.finish()))
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
    Arc::new(ScalarUDF::from(Records { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Records {
    signature: Signature,
}

impl ScalarUDFImpl for Records {
    fn name(&self) -> &str {
        "records"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.iter().map(|_| DataType::new_list(DataType::Utf8, true)).collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(typed_field("item", "record"))))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let count = rows(&args);
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
        answer(&args, Arc::new(out.finish()))
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
