//! `? ?| ?&`: is this text a key of the object, an element of the array, or the string itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use crate::engine::json::function::{
    JsonFunction, TextLists, Texts, argument, plain_field, rows, text_argument, text_list_argument, udf,
};
use crate::engine::json::skim::{self, Elements, Kind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    One,
    Any,
    All,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Exists {
    of: Of,
}

pub fn one() -> Arc<ScalarUDF> {
    udf(Exists { of: Of::One })
}

pub fn any() -> Arc<ScalarUDF> {
    udf(Exists { of: Of::Any })
}

pub fn all() -> Arc<ScalarUDF> {
    udf(Exists { of: Of::All })
}

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![one(), any(), all()]
}

impl JsonFunction for Exists {
    fn name(&self) -> &str {
        match self.of {
            Of::One => "jsonb_exists",
            Of::Any => "jsonb_exists_any",
            Of::All => "jsonb_exists_all",
        }
    }

    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [json, wanted] = given else { return plan_err!("{} takes two arguments", self.name()) };
        let wanted = match self.of {
            Of::One => text_argument(self.name(), wanted)?,
            Of::Any | Of::All => text_list_argument(self.name(), wanted)?,
        };
        Ok(vec![text_argument(self.name(), json)?, wanted])
    }

    fn field(&self, _: &ReturnFieldArgs) -> Result<FieldRef> {
        Ok(plain_field(self.name(), DataType::Boolean))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let json = Texts::new(argument(args, 0)?)?;
        let wanted = argument(args, 1)?;
        let count = rows(args);
        let found: BooleanArray = match self.of {
            Of::One => {
                let wanted = Texts::new(wanted)?;
                (0..count).map(|row| Some(has(json.get(row)?, wanted.get(row)?))).collect()
            }
            Of::Any | Of::All => {
                let wanted = TextLists::new(wanted)?;
                (0..count)
                    .map(|row| {
                        let (Some(json), Some(list)) = (json.get(row), wanted.get(row)?) else {
                            return Ok(None);
                        };
                        // A null in the list is skipped, as PostgreSQL does.
                        let mut named = list.iter().flatten();
                        Ok(Some(match self.of {
                            Of::All => named.all(|name| has(json, name)),
                            _ => named.any(|name| has(json, name)),
                        }))
                    })
                    .collect::<Result<_>>()?
            }
        };
        Ok(Arc::new(found))
    }
}

fn has(json: &str, name: &str) -> bool {
    let is_it = |value: &str| Kind::of(value) == Some(Kind::String) && skim::unquoted(value.trim()) == name;
    match Kind::of(json) {
        Some(Kind::Object) => skim::member(json, name).is_some(),
        Some(Kind::Array) => Elements::of(json).is_some_and(|mut items| items.any(is_it)),
        _ => is_it(json),
    }
}
