//! What the JSON functions have in common: their fields, their coercion, and walking rows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, ListArray, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::{as_boolean_array, as_int64_array, as_list_array, as_string_array};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::shown;
use crate::engine::pg_type;
use crate::sources::field::PG_TYPE;

/// A function over documents: what differs from one to another. [`udf`] adds what DataFusion asks of all.
pub trait JsonFunction: Debug + Eq + Hash + Send + Sync + 'static {
    fn name(&self) -> &str;

    /// The same function over `json`.
    fn twin(&self) -> Option<&str> {
        None
    }

    /// The types it wants for those given.
    fn coerced(&self, given: &[DataType]) -> Result<Vec<DataType>>;

    fn field(&self, args: &ReturnFieldArgs) -> Result<FieldRef>;

    /// One value a row, as many as [`rows`] says.
    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef>;
}

pub fn udf(function: impl JsonFunction) -> Arc<ScalarUDF> {
    let aliases = function.twin().into_iter().map(str::to_owned).collect();
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::from(Udf { function, aliases, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Udf<F> {
    function: F,
    aliases: Vec<String>,
    signature: Signature,
}

impl<F: JsonFunction> ScalarUDFImpl for Udf<F> {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        Ok(shown(self.name(), args, Expr::to_string))
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(shown(self.name(), args, |arg| arg.schema_name().to_string()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.function.coerced(given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.function.field(&args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = self.function.run(&args)?;
        answer(&args, array)
    }
}

pub fn is_jsonb(field: &Field) -> bool {
    pg_type::stated(field) == Some("jsonb")
}

pub fn jsonb_metadata() -> HashMap<String, String> {
    [(PG_TYPE.to_owned(), "jsonb".to_owned())].into()
}

pub fn jsonb_field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Utf8, true).with_metadata(jsonb_metadata()))
}

/// A text field that is more than text: `jsonb`, `json`, `record`.
pub fn typed_field(name: &str, kind: &str) -> Field {
    Field::new(name, DataType::Utf8, true).with_metadata([(PG_TYPE.to_owned(), kind.to_owned())].into())
}

pub fn plain_field(name: &str, kind: DataType) -> FieldRef {
    // A constant without it would be an untyped literal.
    let is_text = kind == DataType::Utf8;
    let field = Field::new(name, kind, true);
    Arc::new(match is_text {
        true => field.with_metadata([(PG_TYPE.to_owned(), "text".to_owned())].into()),
        false => field,
    })
}

pub fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
}

/// Coerces the first argument to text, as all functions here want it; fails as PostgreSQL words it.
pub fn text_argument(name: &str, kind: &DataType) -> Result<DataType> {
    if is_text(kind) {
        Ok(DataType::Utf8)
    } else {
        plan_err!("function {name}({kind}) does not exist: it takes jsonb")
    }
}

/// A list of text, from a list of any strings.
pub fn text_list_argument(name: &str, kind: &DataType) -> Result<DataType> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if is_text(item.data_type()) =>
        {
            Ok(DataType::new_list(DataType::Utf8, true))
        }
        other => plan_err!("function {name} takes an array of text, not {other}"),
    }
}

/// One argument, row by row; a constant is kept once.
pub enum Texts {
    Constant(Option<String>),
    Column(ArrayRef),
}

impl Texts {
    pub fn new(value: &ColumnarValue) -> Result<Self> {
        Ok(match value {
            ColumnarValue::Scalar(scalar) => match scalar.try_as_str() {
                Some(text) => Texts::Constant(text.map(str::to_owned)),
                None if scalar.is_null() => Texts::Constant(None),
                None => return exec_err!("text expected, not {}", scalar.data_type()),
            },
            ColumnarValue::Array(array) => {
                as_string_array(array)?;
                Texts::Column(Arc::clone(array))
            }
        })
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        match self {
            Texts::Constant(text) => text.as_deref(),
            Texts::Column(array) => {
                let strings = array.as_any().downcast_ref::<StringArray>()?;
                strings.is_valid(row).then(|| strings.value(row))
            }
        }
    }

    pub fn constant(&self) -> Option<Option<&str>> {
        match self {
            Texts::Constant(text) => Some(text.as_deref()),
            Texts::Column(_) => None,
        }
    }
}

/// A list-of-text argument, row by row. A null element is `None`.
pub struct TextLists {
    lists: ListArray,
    constant: bool,
}

impl TextLists {
    pub fn new(value: &ColumnarValue) -> Result<Self> {
        let (array, constant) = match value {
            ColumnarValue::Array(array) => (Arc::clone(array), false),
            ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
        };
        Ok(Self { lists: as_list_array(&array)?.clone(), constant })
    }

    pub fn get(&self, row: usize) -> Result<Option<Vec<Option<String>>>> {
        let row = if self.constant { 0 } else { row };
        if self.lists.is_null(row) {
            return Ok(None);
        }
        let items = self.lists.value(row);
        let texts = as_string_array(&items)?;
        Ok(Some(texts.iter().map(|t| t.map(str::to_owned)).collect()))
    }
}

/// A whole-number argument, row by row.
pub enum Integers {
    Constant(Option<i64>),
    Column(Int64Array),
}

impl Integers {
    pub fn new(value: &ColumnarValue) -> Result<Self> {
        Ok(match value {
            ColumnarValue::Scalar(ScalarValue::Int64(number)) => Integers::Constant(*number),
            ColumnarValue::Array(array) => Integers::Column(as_int64_array(array)?.clone()),
            ColumnarValue::Scalar(other) => return exec_err!("a number is expected, not {other}"),
        })
    }

    pub fn get(&self, row: usize) -> Option<i64> {
        match self {
            Integers::Constant(number) => *number,
            Integers::Column(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}

/// A boolean argument, row by row.
pub struct Flags(BooleanArray, bool);

impl Flags {
    pub fn new(value: &ColumnarValue) -> Result<Self> {
        Ok(match value {
            ColumnarValue::Array(array) => Flags(as_boolean_array(array)?.clone(), false),
            ColumnarValue::Scalar(scalar) => Flags(as_boolean_array(&scalar.to_array()?)?.clone(), true),
        })
    }

    pub fn get(&self, row: usize) -> Option<bool> {
        let row = if self.1 { 0 } else { row };
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// Number of rows to compute: one when every argument is constant.
pub fn rows(args: &ScalarFunctionArgs) -> usize {
    if all_constant(args) { 1 } else { args.number_rows }
}

/// A computed array as the engine wants it back: a scalar where every argument was one.
pub fn answer(args: &ScalarFunctionArgs, array: ArrayRef) -> Result<ColumnarValue> {
    if all_constant(args) {
        return Ok(ColumnarValue::Scalar(match array.as_any().downcast_ref::<ListArray>() {
            // Taken out of its array, a list would lose what its items are.
            Some(lists) => ScalarValue::List(Arc::new(lists.clone())),
            None => ScalarValue::try_from_array(&array, 0)?,
        }));
    }
    Ok(ColumnarValue::Array(array))
}

fn all_constant(args: &ScalarFunctionArgs) -> bool {
    args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)))
}

pub fn argument(args: &ScalarFunctionArgs, at: usize) -> Result<&ColumnarValue> {
    args.args.get(at).ok_or_else(|| DataFusionError::Internal(format!("argument {} is missing", at + 1)))
}

/// PostgreSQL's words for text that is not JSON.
pub fn invalid_json(text: &str, why: &crate::model::JsonError) -> DataFusionError {
    let shown: String = text.chars().take(60).collect();
    let dots = if shown.len() < text.len() { "..." } else { "" };
    DataFusionError::Execution(format!("invalid input syntax for type json: '{shown}{dots}': {why}"))
}

/// Canonical jsonb of any JSON text.
pub fn canonical(text: &str) -> Result<String> {
    crate::model::Json::parse(text).map(|j| j.to_jsonb()).map_err(|e| invalid_json(text, &e))
}
