//! The array of `regexp_matches`: for each match an array of its groups.

use std::sync::Arc;

use arrow::array::{ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::engine::functions::pattern;
use crate::engine::json::function::{Texts, answer, is_text, rows};

pub fn udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(Matches { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Matches {
    signature: Signature,
}

impl ScalarUDFImpl for Matches {
    fn name(&self) -> &str {
        "regexp_matches"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        if !(2..=3).contains(&given.len()) || !given.iter().all(is_text) {
            let kinds: Vec<String> = given.iter().map(ToString::to_string).collect();
            return plan_err!("function regexp_matches({}) does not exist: it takes text", kinds.join(", "));
        }
        Ok(vec![DataType::Utf8; given.len()])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::new_list(DataType::Utf8, true), true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = args.args.iter().map(Texts::new).collect::<Result<Vec<_>>>()?;
        let get = |argument: usize, row: usize| texts.get(argument).and_then(|t| t.get(row));
        let item = Field::new_list_field(DataType::new_list(DataType::Utf8, true), true);
        let mut out = ListBuilder::new(ListBuilder::new(StringBuilder::new())).with_field(item);
        for row in 0..rows(&args) {
            let flags = if texts.len() > 2 { get(2, row) } else { Some("") };
            let (Some(text), Some(pattern), Some(flags)) = (get(0, row), get(1, row), flags) else {
                out.append(false);
                continue;
            };
            let most = if flags.contains('g') { usize::MAX } else { 1 };
            pattern::cached(pattern, &flags.replace('g', ""), |regex| {
                for whole in regex.matches(text, most)? {
                    for part in pattern::parts(regex, text, whole)? {
                        out.values().values().append_option(part);
                    }
                    out.values().append(true);
                }
                Ok(())
            })?;
            out.append(true);
        }
        answer(&args, Arc::new(out.finish()))
    }
}
