//! `sum`, `avg`, `stddev`, `variance`: integers of eight bytes and averages of any become numeric.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::distinct::Distinct;
use super::total::Total;
use crate::engine::types::MONEY;
use crate::engine::types::numeric::Numeric;
use crate::engine::types::{PgType, money};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Sum,
    Average,
    Variance { sample: bool },
    Deviation { sample: bool },
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Numbers {
    name: &'static str,
    aliases: Vec<String>,
    of: Of,
    signature: Signature,
}

pub fn all() -> Vec<Arc<AggregateUDF>> {
    let one = |name, alias: Option<&str>, of| {
        let signature = Signature::user_defined(Volatility::Immutable);
        let aliases = alias.into_iter().map(str::to_owned).collect();
        Arc::new(AggregateUDF::from(Numbers { name, aliases, of, signature }))
    };
    vec![
        one("sum", None, Of::Sum),
        one("avg", None, Of::Average),
        one("var_samp", Some("variance"), Of::Variance { sample: true }),
        one("var_pop", None, Of::Variance { sample: false }),
        one("stddev_samp", Some("stddev"), Of::Deviation { sample: true }),
        one("stddev_pop", None, Of::Deviation { sample: false }),
    ]
}

impl Of {
    fn needs_squares(self) -> bool {
        matches!(self, Of::Variance { .. } | Of::Deviation { .. })
    }

    fn returns(self, kind: &PgType) -> Option<PgType> {
        Some(match (self, kind) {
            (Of::Sum, PgType::Int2 | PgType::Int4) => PgType::Int8,
            (Of::Sum, PgType::Int8 | PgType::Numeric) => PgType::Numeric,
            (Of::Sum, PgType::Float4 | PgType::Float8 | PgType::Money | PgType::Interval) => kind.clone(),
            (Of::Average, PgType::Interval) => PgType::Interval,
            (Of::Sum | Of::Average, PgType::Unknown) => PgType::Float8,
            (Of::Average, PgType::Money) => return None,
            (_, PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Numeric) => PgType::Numeric,
            (_, PgType::Float4 | PgType::Float8) => PgType::Float8,
            _ => return None,
        })
    }
}

impl AggregateUDFImpl for Numbers {
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
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let kinds: Vec<PgType> = fields.iter().map(|f| PgType::of(f)).collect();
        let returns = match kinds.as_slice() {
            [kind] => self.of.returns(kind),
            _ => None,
        };
        match returns {
            Some(kind) => Ok(kind.field(self.name)),
            None => {
                let kinds: Vec<String> = kinds.iter().map(PgType::name).collect();
                plan_err!("function {}({}) does not exist", self.name, kinds.join(", "))
            }
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if args.is_distinct {
            return Distinct::state_fields(&args);
        }
        let mut fields: Vec<FieldRef> =
            (0..3).map(|at| PgType::Text.field(&format!("{}[{at}]", args.name))).collect();
        fields.push(PgType::Int8.field(&format!("{}[count]", args.name)));
        Ok(fields)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let kind = args.expr_fields.first().map_or(PgType::Unknown, |field| PgType::of(field));
        let numbers = Running::new(self.of, &kind)?;
        Ok(match args.is_distinct {
            true => Box::new(Distinct::new(kind, Box::new(numbers))),
            false => Box::new(numbers),
        })
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.accumulator(args)
    }
}

#[derive(Debug)]
struct Running {
    of: Of,
    total: Total,
    count: i64,
    kind: PgType,
}

impl Running {
    fn new(of: Of, kind: &PgType) -> Result<Self> {
        let kind = if *kind == PgType::Unknown { PgType::Float8 } else { kind.clone() };
        match Total::of(&kind, of.needs_squares()) {
            Some(total) => Ok(Self { of, total, count: 0, kind }),
            None => internal_err!("no sum of {kind}"),
        }
    }

    fn numeric(&self, value: Option<Numeric>) -> ScalarValue {
        ScalarValue::LargeBinary(value.map(|n| n.to_bytes()))
    }

    fn sum(&self) -> Result<ScalarValue> {
        Ok(match (&self.total, &self.kind) {
            (Total::Whole { sum, .. }, PgType::Int8) => self.numeric(Some(Numeric::new(*sum, 0))),
            (Total::Whole { sum, .. }, _) => ScalarValue::Int64(Some(
                i64::try_from(*sum).map_err(|_| exec_datafusion_err!("bigint out of range"))?,
            )),
            (Total::Exact { sum, .. }, _) => self.numeric(Some(sum.clone())),
            (Total::Floating { sum, .. }, PgType::Float4) => ScalarValue::Float32(Some(*sum as f32)),
            (Total::Floating { sum, .. }, _) => ScalarValue::Float64(Some(*sum)),
            (Total::Cents(sum), _) => {
                let sum = money::in_range(*sum).ok_or_else(|| exec_datafusion_err!("money out of range"))?;
                ScalarValue::Decimal128(Some(sum), 19, 2)
            }
            (Total::Span { .. }, _) => self.span(1.0)?,
        })
    }

    fn span(&self, divisor: f64) -> Result<ScalarValue> {
        let sum = self.total.span()?;
        let part = if divisor == 1.0 { Some(sum) } else { sum.divided(divisor) };
        let value = part.and_then(|span| span.to_arrow());
        Ok(ScalarValue::IntervalMonthDayNano(Some(
            value.ok_or_else(|| exec_datafusion_err!("interval out of range"))?,
        )))
    }

    fn average(&self) -> Result<ScalarValue> {
        if let Some((sum, _)) = self.total.exact() {
            return Ok(self.numeric(sum.divide(&Numeric::from(self.count))));
        }
        match self.total {
            Total::Floating { sum, .. } => Ok(ScalarValue::Float64(Some(sum / self.count as f64))),
            _ => self.span(self.count as f64),
        }
    }

    /// As `numeric_stddev_internal`: (n * squares - sum²) / (n * (n - 1)).
    fn spread(&self, sample: bool, root: bool) -> Result<ScalarValue> {
        let least = if sample { 2 } else { 1 };
        let Some((sum, squares)) = self.total.exact() else {
            let Total::Floating { distances, .. } = self.total else {
                return internal_err!("no spread of this");
            };
            let divisor = (self.count - i64::from(sample)) as f64;
            let variance = (self.count >= least).then(|| distances / divisor);
            return Ok(ScalarValue::Float64(variance.map(|v| if root { v.sqrt() } else { v })));
        };
        if self.count < least {
            return Ok(self.numeric(None));
        }
        let count = Numeric::from(self.count);
        let above = count.multiply(&squares).subtract(&sum.multiply(&sum));
        if above.is_zero() || above.is_negative() {
            return Ok(self.numeric(Some(Numeric::zero())));
        }
        let below = count.multiply(&Numeric::from(self.count - i64::from(sample)));
        Ok(self.numeric(match root {
            false => above.divide(&below),
            true => above.root_of_quotient(&below),
        }))
    }
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match values.first() {
            Some(values) if *values.data_type() == DataType::Null => Ok(()),
            Some(values) => self.total.add(values, &mut self.count),
            None => Ok(()),
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.count == 0 {
            let returns = self.of.returns(&self.kind).unwrap_or(PgType::Numeric);
            return match returns {
                PgType::Money => ScalarValue::try_from(&MONEY),
                kind => ScalarValue::try_from(&kind.data_type()),
            };
        }
        match self.of {
            Of::Sum => self.sum(),
            Of::Average => self.average(),
            Of::Variance { sample } => self.spread(sample, false),
            Of::Deviation { sample } => self.spread(sample, true),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut state = self.total.state();
        state.push(ScalarValue::Int64(Some(self.count)));
        Ok(state)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [first, second, third, counts] = states else {
            return internal_err!("a sum's state has four parts");
        };
        let (first, second, third) =
            (first.as_string::<i32>(), second.as_string::<i32>(), third.as_string::<i32>());
        let counts = counts.as_primitive::<Int64Type>();
        for row in 0..counts.len() {
            if counts.is_null(row) || first.is_null(row) {
                continue;
            }
            let parts = [first.value(row), second.value(row), third.value(row)];
            self.total.merge(parts, counts.value(row), &mut self.count)?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.first().map_or(Ok(()), |values| self.total.subtract(values, &mut self.count))
    }

    fn supports_retract_batch(&self) -> bool {
        !matches!(self.total, Total::Floating { .. })
    }
}
