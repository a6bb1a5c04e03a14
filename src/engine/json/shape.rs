//! `jsonb_typeof`, `jsonb_array_length`, and `jsonb_in` and `json_in`: what `text::jsonb` and
//! `text::json` do. `json` keeps its text; `jsonb` becomes canonical.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, StringBuilder};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::engine::json::function::{
    Texts, answer, argument, canonical, jsonb_field, plain_field, rows, text_argument, typed_field,
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
    aliases: Vec<String>,
    what: What,
    signature: Signature,
}

fn udf(name: &'static str, twin: Option<&str>, what: What) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    let aliases = twin.into_iter().map(str::to_owned).collect();
    Arc::new(ScalarUDF::from(Shape { name, aliases, what, signature }))
}

/// Text read as JSON and made canonical; an error where it is not JSON.
pub fn jsonb_in() -> Arc<ScalarUDF> {
    udf("jsonb_in", None, What::In)
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        udf("jsonb_typeof", Some("json_typeof"), What::TypeOf),
        udf("jsonb_array_length", Some("json_array_length"), What::ArrayLength),
        jsonb_in(),
        udf("json_in", None, What::JsonIn),
    ]
}

impl ScalarUDFImpl for Shape {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
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

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.what == What::ArrayLength { DataType::Int32 } else { DataType::Utf8 })
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(match self.what {
            What::TypeOf => plain_field(self.name, DataType::Utf8),
            What::ArrayLength => plain_field(self.name, DataType::Int32),
            What::In => jsonb_field(self.name),
            What::JsonIn => Arc::new(typed_field(self.name, "json")),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let json = Texts::new(argument(&args, 0)?)?;
        let count = rows(&args);
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
        answer(&args, array)
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
