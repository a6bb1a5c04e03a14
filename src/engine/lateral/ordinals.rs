//! Row numbers of sets (`with ordinality`), and small arrays of other arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Builder, ListArray, ListBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::as_list_array;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};

use crate::engine::lateral::sets::{SetColumn, list_of};
use crate::engine::operators::conversion::retyped;
use crate::engine::types::PgType;

/// The numbers of the rows that `lists` make together.
pub fn column(lists: Vec<Expr>) -> SetColumn {
    let udf = ScalarUDF::from(Ordinals { signature: variadic() });
    SetColumn { list: udf.call(lists), field: Arc::new(Field::new("ordinality", DataType::Int64, true)) }
}

/// An array of one value.
pub fn array_of_one(value: Expr) -> Expr {
    ScalarUDF::from(ArrayOfOne { signature: variadic() }).call(vec![value])
}

/// An array of arrays, one level less deep.
pub fn flattened(list: Expr) -> Expr {
    datafusion::functions_nested::expr_fn::flatten(list)
}

/// `generate_subscripts(array, dimension)`
pub fn subscripts(args: Vec<Expr>) -> Result<Expr> {
    let mut args = args.into_iter();
    let literal = |expr: Expr| match expr {
        // Integers of four bytes are literals in a cast.
        Expr::Cast(cast) => match *cast.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        },
        Expr::Literal(value, _) => Some(value),
        _ => None,
    };
    let (Some(array), Some(dimension), None) = (args.next(), args.next().and_then(literal), args.next())
    else {
        return plan_err!("generate_subscripts takes an array and the number of a dimension");
    };
    let first = ScalarValue::Int64(Some(1));
    if dimension.cast_to(&DataType::Int64)? != first {
        return plan_err!("generate_subscripts is supported for the first dimension only");
    }
    let numbers = ScalarUDF::from(Ordinals { signature: variadic() }).call(vec![array]);
    Ok(retyped(numbers, PgType::Int4.array()))
}

fn variadic() -> Signature {
    Signature::new(TypeSignature::VariadicAny, Volatility::Immutable)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ordinals {
    signature: Signature,
}

impl ScalarUDFImpl for Ordinals {
    fn name(&self) -> &str {
        "ordinals"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Int64, true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays =
            args.args.iter().map(|a| a.to_array(args.number_rows)).collect::<Result<Vec<ArrayRef>>>()?;
        let lists = arrays.iter().map(|a| as_list_array(a)).collect::<Result<Vec<_>>>()?;
        let mut out = ListBuilder::new(Int64Builder::new());
        for row in 0..args.number_rows {
            let length = |l: &&ListArray| if l.is_valid(row) { l.value_length(row) } else { 0 };
            let longest = lists.iter().map(length).max().unwrap_or(0);
            out.values().extend((1..=i64::from(longest)).map(Some));
            out.append(true);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ArrayOfOne {
    signature: Signature,
}

impl ScalarUDFImpl for ArrayOfOne {
    fn name(&self) -> &str {
        "array of one"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(given.first().cloned().unwrap_or(DataType::Null), true))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let Some(item) = args.arg_fields.first() else { return plan_err!("a value is missing") };
        Ok(list_of(self.name(), item.as_ref().clone().with_name("item").with_nullable(true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(value) = args.args.first() else { return plan_err!("a value is missing") };
        let values = value.to_array(args.number_rows)?;
        let DataType::List(item) = args.return_field.data_type() else {
            return plan_err!("an array is expected");
        };
        let lengths = OffsetBuffer::from_lengths(std::iter::repeat_n(1, values.len()));
        Ok(ColumnarValue::Array(Arc::new(ListArray::new(Arc::clone(item), lengths, values, None))))
    }
}
