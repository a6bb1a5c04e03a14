//! `array_gathered(array_agg(x))`: an empty array where the aggregate, over no rows, has none.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::cast::as_list_array;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![Arc::new(ScalarUDF::from(Gathered { signature: Signature::any(1, Volatility::Immutable) }))]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gathered {
    signature: Signature,
}

impl ScalarUDFImpl for Gathered {
    fn name(&self) -> &str {
        "array_gathered"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match given {
            [kind @ DataType::List(_)] => Ok(kind.clone()),
            _ => plan_err!("array_gathered takes one array"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [field] => Ok(Arc::clone(field)),
            _ => plan_err!("array_gathered takes one array"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(given) = args.args.first() else { return plan_err!("array_gathered takes one array") };
        let constant = matches!(given, ColumnarValue::Scalar(_));
        let array = given.to_array(if constant { 1 } else { args.number_rows })?;
        let lists = as_list_array(&array)?;
        let DataType::List(item) = lists.data_type() else { return plan_err!("an array is expected") };
        // A NULL list may still have items behind it.
        let lengths = (0..lists.len()).map(|row| match lists.is_valid(row) {
            true => usize::try_from(lists.value_length(row)).unwrap_or(0),
            false => 0,
        });
        let offsets = OffsetBuffer::from_lengths(lengths);
        let parts: Vec<ArrayRef> =
            (0..lists.len()).filter(|row| lists.is_valid(*row)).map(|row| lists.value(row)).collect();
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        let values = match parts.is_empty() {
            true => arrow::array::new_empty_array(item.data_type()),
            false => arrow::compute::concat(&parts)?,
        };
        let full = ListArray::try_new(Arc::clone(item), offsets, values, None)?;
        Ok(match constant {
            true => ColumnarValue::Scalar(ScalarValue::List(Arc::new(full))),
            false => ColumnarValue::Array(Arc::new(full)),
        })
    }
}
