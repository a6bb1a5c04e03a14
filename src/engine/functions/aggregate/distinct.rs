//! An aggregate over different values only: they are kept until the end.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;
use datafusion::logical_expr::function::StateFieldsArgs;

use crate::engine::types::{PgType, keys};

#[derive(Debug)]
pub struct Distinct {
    kind: PgType,
    /// By what equal values have in common.
    seen: HashMap<ScalarValue, ScalarValue>,
    inner: Box<dyn Accumulator>,
}

impl Distinct {
    pub fn new(kind: PgType, inner: Box<dyn Accumulator>) -> Self {
        Self { kind, seen: HashMap::new(), inner }
    }

    pub fn state_fields(args: &StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let Some(input) = args.input_fields.first() else { return internal_err!("an aggregate of nothing") };
        let item = Arc::new(Field::new_list_field(input.data_type().clone(), true));
        Ok(vec![Arc::new(Field::new_list(format!("{}[distinct]", args.name), item, true))])
    }

    fn keep(&mut self, values: &ArrayRef) -> Result<()> {
        let keyed = keys::column(values, &self.kind)?;
        for row in (0..values.len()).filter(|row| values.is_valid(*row)) {
            let key = ScalarValue::try_from_array(&keyed, row)?;
            if let Entry::Vacant(place) = self.seen.entry(key) {
                place.insert(ScalarValue::try_from_array(values, row)?);
            }
        }
        Ok(())
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.first().map_or(Ok(()), |values| self.keep(values))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if !self.seen.is_empty() {
            let values = ScalarValue::iter_to_array(self.seen.values().cloned())?;
            self.inner.update_batch(&[values])?;
        }
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.seen.len() * 64
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> = self.seen.values().cloned().collect();
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.kind.data_type()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(lists) = states.first() else { return Ok(()) };
        for list in lists.as_list::<i32>().iter().flatten() {
            self.keep(&list)?;
        }
        Ok(())
    }
}
