//! `jsonb_typeof`, `jsonb_array_length`, and `jsonb_in` and `json_in`: what `text::jsonb` and
//! `text::json` do. `json` keeps its text; `jsonb` becomes canonical.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    JsonFunction, Texts, argument, canonical, jsonb_field, plain_field, rows, text_argument, typed_field, udf,
};
use crate::engine::json::skim::{Elements, Kind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    TypeOf,
    ArrayLength,
    In,
    JsonIn,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    name: &'static str,
    twin: Option<&'static str>,
    what: What,
}

fn shape(name: &'static str, twin: Option<&'static str>, what: What) -> Arc<ScalarUDF> {
    udf(Shape { name, twin, what })
}

/// Text read as JSON and made canonical; an error where it is not JSON.
pub fn jsonb_in() -> Arc<ScalarUDF> {
    shape("jsonb_in", None, What::In)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        shape("jsonb_typeof", Some("json_typeof"), What::TypeOf),
        shape("jsonb_array_length", Some("json_array_length"), What::ArrayLength),
        jsonb_in(),
        shape("json_in", None, What::JsonIn),
    ]
}

impl JsonFunction for Shape {
    fn name(&self) -> &str {
        self.name
    }

    fn twin(&self) -> Option<&str> {
        self.twin
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            // `true::jsonb` and `5::jsonb` are JSON texts already.
            [kind]
                if matches!(self.what, What::In | What::JsonIn)
                    && (kind.is_numeric() || *kind == DataType::Boolean) =>
            {
                Ok(vec![DataType::Utf8])
            }
            [kind] => Ok(vec![text_argument(self.name, kind)?]),
            _ => plan_err!("{} takes one argument", self.name),
        }
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(match self.what {
            What::TypeOf => plain_field(self.name, DataType::Utf8),
            What::ArrayLength => plain_field(self.name, DataType::Int32),
            What::In => jsonb_field(self.name),
            What::JsonIn => Arc::new(typed_field(self.name, "json")),
        })
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let count = rows(args);
        let array: ArrayRef = match self.what {
            What::ArrayLength => {
                let mut out = Int32Builder::with_capacity(count);
                for row in 0..count {
                    out.append_option(json.get(row).map(length).transpose()?);
                }
                Arc::new(out.finish())
            }
            What::TypeOf => {
                let mut out = StringBuilder::new();
                for row in 0..count {
                    out.append_option(json.get(row).and_then(Kind::of).map(Kind::name));
                }
                Arc::new(out.finish())
            }
            What::JsonIn => {
                let mut out = StringBuilder::new();
                for row in 0..count {
                    let text = json.get(row);
                    text.map(canonical).transpose()?;
                    out.append_option(text);
                }
                Arc::new(out.finish())
            }
            What::In => {
                let mut out = StringBuilder::new();
                for row in 0..count {
                    out.append_option(json.get(row).map(canonical).transpose()?);
                }
                Arc::new(out.finish())
            }
        };
        Ok(array)
    }
}

fn length(json: &str) -> Result<i32> {
    match Kind::of(json) {
        Some(Kind::Array) => {
            let count = Elements::of(json).map_or(0, Iterator::count);
            i32::try_from(count).or_else(|_| exec_err!("the array is too long to count"))
        }
        Some(Kind::Object) => exec_err!("cannot get array length of a non-array"),
        _ => exec_err!("cannot get array length of a scalar"),
    }
}
