//! Ordered-set aggregates: `percentile_cont`, `percentile_disc` and `mode`, each `within group (order by ..)`.
//!
//! The planner hands over what is ordered by first, what stands in the parentheses after it. NULLs count for
//! nothing; the values are kept until the end.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, concat, filter, is_not_null, sort_to_indices};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, IntervalMonthDayNanoType};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use crate::engine::types::calendar::Read;
use crate::engine::types::interval::Interval;
use crate::engine::types::{PgType, Target, cast, keys, read};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    /// Between two values where the fraction falls between them.
    Continuous,
    Discrete,
    Mode,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ordered {
    name: &'static str,
    of: Of,
    signature: Signature,
}

pub fn all() -> Vec<Arc<AggregateUDF>> {
    let one = |name, of| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::from(Ordered { name, of, signature }))
    };
    vec![one("percentile_cont", Of::Continuous), one("percentile_disc", Of::Discrete), one("mode", Of::Mode)]
}

fn is_number(kind: &PgType) -> bool {
    use PgType::{Float4, Float8, Int2, Int4, Int8, Numeric, Unknown};
    matches!(kind, Int2 | Int4 | Int8 | Numeric | Float4 | Float8 | Unknown)
}

impl Of {
    fn returns(self, given: &[PgType]) -> Option<PgType> {
        match (self, given) {
            (Of::Continuous, [PgType::Interval, fraction]) if is_number(fraction) => Some(PgType::Interval),
            (Of::Continuous, [ordered, fraction]) if is_number(ordered) && is_number(fraction) => {
                Some(PgType::Float8)
            }
            (Of::Discrete, [ordered, fraction]) if is_number(fraction) => Some(ordered.clone()),
            (Of::Mode, [ordered]) => Some(ordered.clone()),
            _ => None,
        }
    }
}

impl AggregateUDFImpl for Ordered {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let given: Vec<PgType> = fields.iter().map(|field| PgType::of(field)).collect();
        match self.of.returns(&given) {
            Some(kind) => Ok(kind.field(self.name)),
            None => {
                // PostgreSQL tells what stands in the parentheses first.
                let (ordered, direct) = given.split_at(1.min(given.len()));
                let kinds: Vec<String> = direct.iter().chain(ordered).map(PgType::name).collect();
                plan_err!("function {}({}) does not exist", self.name, kinds.join(", "))
            }
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |(at, input): (usize, &FieldRef)| -> FieldRef {
            let item = Arc::new(Field::new_list_field(input.data_type().clone(), true));
            Arc::new(Field::new_list(format!("{}[{at}]", args.name), item, true))
        };
        Ok(args.input_fields.iter().enumerate().map(list).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let kinds: Vec<PgType> = args.expr_fields.iter().map(|field| PgType::of(field)).collect();
        let Some(kind) = kinds.first().cloned() else { return internal_err!("{} of nothing", self.name) };
        let options = args.order_bys.first().map_or_else(SortOptions::default, |sort| sort.options);
        let empty = ScalarValue::try_from(args.return_field.data_type())?;
        Ok(Box::new(Kept {
            of: self.of,
            kind,
            fraction_kind: kinds.get(1).cloned(),
            options,
            values: Vec::new(),
            fraction: None,
            empty,
        }))
    }
}

#[derive(Debug)]
struct Kept {
    of: Of,
    kind: PgType,
    fraction_kind: Option<PgType>,
    options: SortOptions,
    values: Vec<ArrayRef>,
    /// An array of one value, the same for every row of a group.
    fraction: Option<ArrayRef>,
    empty: ScalarValue,
}

impl Kept {
    fn keep(&mut self, values: &ArrayRef, fraction: Option<&ArrayRef>) -> Result<()> {
        if let Some(fraction) = fraction.filter(|f| self.fraction.is_none() && !f.is_empty()) {
            self.fraction = Some(fraction.slice(0, 1));
        }
        let values = filter(values, &is_not_null(values)?)?;
        if !values.is_empty() {
            self.values.push(values);
        }
        Ok(())
    }

    /// Where in the order; `None` for NULL.
    fn fraction(&self) -> Result<Option<f64>> {
        let (Some(array), Some(kind)) = (&self.fraction, &self.fraction_kind) else { return Ok(None) };
        let array = to_float(array, kind)?;
        let array = array.as_primitive::<Float64Type>();
        if array.is_null(0) {
            return Ok(None);
        }
        let fraction = array.value(0);
        if !(0.0..=1.0).contains(&fraction) {
            return exec_err!("percentile value {fraction} is not between 0 and 1");
        }
        Ok(Some(fraction))
    }

    fn sorted(&self, values: &ArrayRef) -> Result<UInt32Array> {
        Ok(sort_to_indices(&keys::column(values, &self.kind)?, Some(self.options), None)?)
    }

    /// The value that is there most often; of several the first in the order.
    fn most_frequent(&self, values: &ArrayRef) -> Result<ScalarValue> {
        let order = self.sorted(values)?;
        let keys = keys::column(values, &self.kind)?;
        let compare = make_comparator(&keys, &keys, SortOptions::default())?;
        let at = |place: usize| order.value(place) as usize;
        let (mut best, mut most, mut begin) = (0, 0, 0);
        for place in 1..=order.len() {
            if place < order.len() && compare(at(begin), at(place)).is_eq() {
                continue;
            }
            if place - begin > most {
                (best, most) = (begin, place - begin);
            }
            begin = place;
        }
        read::scalar(&values.slice(at(best), 1))
    }

    fn between(&self, values: &ArrayRef, fraction: f64) -> Result<ScalarValue> {
        let order = self.sorted(values)?;
        let place = fraction * (order.len() - 1) as f64;
        let (low, high) = (place.floor(), place.ceil());
        let at = |place: f64| order.value(place as usize) as usize;
        let share = place - low;
        if self.kind == PgType::Interval {
            let values = values.as_primitive::<IntervalMonthDayNanoType>();
            let (low, high) = (Interval::from(values.value(at(low))), Interval::from(values.value(at(high))));
            let moved =
                low.checked_neg().and_then(|low| high.checked_add(low)).and_then(|gap| gap.multiplied(share));
            let value = moved.and_then(|moved| low.checked_add(moved)).and_then(Interval::to_arrow);
            let value = value.ok_or_else(|| exec_datafusion_err!("interval out of range"))?;
            return Ok(ScalarValue::IntervalMonthDayNano(Some(value)));
        }
        let values = to_float(values, &self.kind)?;
        let values = values.as_primitive::<Float64Type>();
        let (low, high) = (values.value(at(low)), values.value(at(high)));
        Ok(ScalarValue::Float64(Some(if low == high { low } else { low + share * (high - low) })))
    }
}

fn to_float(array: &ArrayRef, kind: &PgType) -> Result<ArrayRef> {
    cast::column(array, kind, &Target::from(PgType::Float8), Read { now: 0 })
}

impl Accumulator for Kept {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match values.first() {
            Some(ordered) => self.keep(ordered, values.get(1)),
            None => Ok(()),
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let fraction = if self.of == Of::Mode { Some(0.0) } else { self.fraction()? };
        let (Some(fraction), false) = (fraction, self.values.is_empty()) else {
            return Ok(self.empty.clone());
        };
        let parts: Vec<&dyn Array> = self.values.iter().map(AsRef::as_ref).collect();
        let values = concat(&parts)?;
        match self.of {
            Of::Mode => self.most_frequent(&values),
            Of::Continuous => self.between(&values, fraction),
            Of::Discrete => {
                let order = self.sorted(&values)?;
                let place = (fraction * order.len() as f64).ceil() as usize;
                let row = order.value(place.saturating_sub(1)) as usize;
                read::scalar(&values.slice(row, 1))
            }
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.iter().map(|values| values.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list = |parts: &[ArrayRef], kind: &PgType| -> Result<ScalarValue> {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            let items = if parts.is_empty() {
                arrow::array::new_empty_array(&kind.data_type())
            } else {
                concat(&parts)?
            };
            Ok(ScalarValue::List(Arc::new(
                datafusion::common::utils::SingleRowListArrayBuilder::new(items).build_list_array(),
            )))
        };
        let mut state = vec![list(&self.values, &self.kind)?];
        if let Some(kind) = &self.fraction_kind {
            state.push(list(self.fraction.as_slice(), kind)?);
        }
        Ok(state)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(lists) = states.first() else { return Ok(()) };
        for (row, values) in lists.as_list::<i32>().iter().enumerate() {
            let fraction = states.get(1).map(|lists| lists.as_list::<i32>().value(row));
            if let Some(values) = values {
                self.keep(&values, fraction.as_ref())?;
            }
        }
        Ok(())
    }
}
