//! `array_agg`: DataFusion's, with items that still know their type.
//!
//! Documents, addresses and paths are text to Arrow, and only their field says more; DataFusion makes the
//! item's field anew.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_datafusion_err};
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature,
};

use crate::engine::types::PgType;
use crate::engine::types::read::{labelled, scalar};

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gather(AggregateUDF);

pub fn array_agg() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Gather(array_agg_udaf().as_ref().clone())))
}

/// The list of a field's values, and whether DataFusion's would say less.
fn list_of(field: &Field) -> (DataType, bool) {
    let plain = DataType::List(Arc::new(Field::new_list_field(field.data_type().clone(), true)));
    let told = PgType::of(field);
    if !told.is_textual() || told.data_type() != *field.data_type() {
        return (plain, false);
    }
    (told.array().data_type(), true)
}

fn input<'a>(args: &'a AccumulatorArgs<'_>) -> Result<&'a FieldRef> {
    args.expr_fields.first().ok_or_else(|| internal_datafusion_err!("array_agg of nothing"))
}

impl AggregateUDFImpl for Gather {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        self.0.return_type(kinds)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let [field] = fields else { return self.0.return_field(fields) };
        Ok(Arc::new(Field::new(self.name(), list_of(field).0, true)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.0.state_fields(args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.0.order_sensitivity()
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        is_ordered: bool,
    ) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        let ordered = self.0.clone().with_beneficial_ordering(is_ordered)?;
        Ok(ordered.map(|inner| Arc::new(Gather(inner)) as Arc<dyn AggregateUDFImpl>))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Reversed(array_agg())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let (list, says_more) = list_of(input(&args)?);
        let inner = self.0.accumulator(args)?;
        Ok(if says_more { Box::new(Labelling { inner, list }) } else { inner })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        input(&args).is_ok_and(|field| !list_of(field).1) && self.0.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        self.0.create_groups_accumulator(args)
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        None
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.0.supports_null_handling_clause()
    }
}

#[derive(Debug)]
struct Labelling {
    inner: Box<dyn Accumulator>,
    list: DataType,
}

impl Accumulator for Labelling {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let gathered = self.inner.evaluate()?;
        scalar(&labelled(gathered.to_array()?, &self.list)?)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}
