//! `in_values(x, array)`: is `x` one of them; NULL where that cannot be told.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, ListArray};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::cast::as_list_array;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub fn udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(InValues { signature: Signature::any(2, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InValues {
    signature: Signature,
}

impl ScalarUDFImpl for InValues {
    fn name(&self) -> &str {
        "in_subquery"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, lists] = args.args.as_slice() else { return exec_err!("two arguments are expected") };
        let values = value.to_array(args.number_rows)?;
        let constant = matches!(lists, ColumnarValue::Scalar(_));
        let lists = lists.to_array(if constant { 1 } else { args.number_rows })?;
        let lists = as_list_array(&lists)?;
        let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
        let rows = converter.convert_columns(&[Arc::clone(&values)])?;
        let found = match constant {
            true => in_one(&values, &rows, lists, &converter)?,
            false => in_each(&values, &rows, lists, &converter)?,
        };
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}

/// One list for all rows.
fn in_one(
    values: &ArrayRef,
    rows: &Rows,
    lists: &ListArray,
    converter: &RowConverter,
) -> Result<BooleanArray> {
    // No rows at all: the array is NULL, and nothing is in it.
    if lists.is_null(0) || lists.value_length(0) == 0 {
        return Ok(BooleanArray::from(vec![false; values.len()]));
    }
    let items = lists.value(0);
    let known = converter.convert_columns(&[Arc::clone(&items)])?;
    let set: HashSet<&[u8]> =
        (0..items.len()).filter(|at| items.is_valid(*at)).map(|at| known.row(at).data()).collect();
    let unsure = items.null_count() > 0;
    Ok((0..values.len())
        .map(|at| match values.is_valid(at) {
            false => None,
            true if set.contains(rows.row(at).data()) => Some(true),
            true => (!unsure).then_some(false),
        })
        .collect())
}

fn in_each(
    values: &ArrayRef,
    rows: &Rows,
    lists: &ListArray,
    converter: &RowConverter,
) -> Result<BooleanArray> {
    let items = lists.values();
    let known = converter.convert_columns(&[Arc::clone(items)])?;
    let offsets = lists.value_offsets();
    let of = |at: usize| -> Option<bool> {
        let (Some(start), Some(end)) = (offsets.get(at), offsets.get(at + 1)) else { return None };
        let range = usize::try_from(*start).ok()?..usize::try_from(*end).ok()?;
        if lists.is_null(at) || range.is_empty() {
            return Some(false);
        }
        if values.is_null(at) {
            return None;
        }
        let wanted = rows.row(at);
        let unsure = range.clone().any(|item| items.is_null(item));
        match range.into_iter().any(|item| items.is_valid(item) && known.row(item) == wanted) {
            true => Some(true),
            false => (!unsure).then_some(false),
        }
    };
    Ok((0..values.len()).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, ListBuilder};

    #[test]
    fn null_is_neither_in_nor_out() {
        let mut lists = ListBuilder::new(arrow::array::Int64Builder::new());
        for list in [Some(vec![Some(1), None]), Some(vec![]), None, Some(vec![Some(2)])] {
            lists.append_option(list);
        }
        let lists = lists.finish();
        let answers = |value: Option<i64>| -> Vec<Option<bool>> {
            let values: ArrayRef = Arc::new(Int64Array::from(vec![value; lists.len()]));
            let converter = RowConverter::new(vec![SortField::new(DataType::Int64)]).unwrap();
            let rows = converter.convert_columns(&[Arc::clone(&values)]).unwrap();
            let each: Vec<_> = in_each(&values, &rows, &lists, &converter).unwrap().iter().collect();
            for (at, answer) in each.iter().enumerate() {
                let one = in_one(&values, &rows, &lists.slice(at, 1), &converter).unwrap();
                assert_eq!(one.iter().next().unwrap(), *answer);
            }
            each
        };
        assert_eq!(answers(Some(1)), [Some(true), Some(false), Some(false), Some(false)]);
        assert_eq!(answers(Some(2)), [None, Some(false), Some(false), Some(true)]);
        assert_eq!(answers(None), [None, Some(false), Some(false), None]);
    }
}
