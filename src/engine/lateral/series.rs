//! `generate_series` over integers, numerics and timestamps.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Builder, Int64Builder, LargeBinaryBuilder, ListBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    TimestampMicrosecondType,
};
use chrono::{DateTime, Months, TimeDelta};
use datafusion::common::{DFSchema, DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

use crate::engine::operators::conversion::converted;
use crate::engine::operators::type_of;
use crate::engine::types::PgType;
use crate::engine::types::calendar::Read;
use crate::engine::types::numeric::{Numeric, bytes_of};

/// Most values one call makes: they are held at once.
const MOST: usize = 10_000_000;

/// The array of `generate_series(start, stop[, step])`.
pub fn planned(mut args: Vec<Expr>, schema: &DFSchema, context: Read) -> Result<Expr> {
    let kinds = args.iter().map(|a| type_of(a, schema)).collect::<Result<Vec<_>>>()?;
    let unmeant = || {
        let shown: Vec<String> = kinds.iter().map(PgType::name).collect();
        plan_err!("function generate_series({}) does not exist", shown.join(", "))
    };
    let Some(kind) = kind_of(&kinds) else { return unmeant() };
    let step = match kind {
        PgType::Timestamp | PgType::Timestamptz => PgType::Interval,
        _ => kind.clone(),
    };
    let mut given = kinds.clone();
    if args.len() == 2 {
        args.push(lit(1i32));
        given.push(PgType::Int4);
    }
    let wanted = [kind.clone(), kind.clone(), step];
    let args = args.into_iter().zip(&given).zip(wanted);
    let args = args.map(|((arg, from), to)| converted(arg, from, &to, context)).collect::<Result<_>>()?;
    Ok(ScalarUDF::from(Series { kind, signature: Signature::any(3, Volatility::Immutable) }).call(args))
}

/// What is counted; `None` for arguments that cannot be.
fn kind_of(kinds: &[PgType]) -> Option<PgType> {
    use PgType::{Date, Int2, Int4, Int8, Interval, Numeric, Timestamp, Timestamptz, Unknown};
    let all = |of: &[PgType]| kinds.iter().all(|k| of.contains(k));
    match kinds {
        [_, _] | [_, _, _] if all(&[Int2, Int4, Unknown]) && kinds.iter().any(|k| *k != Unknown) => {
            Some(Int4)
        }
        [_, _] | [_, _, _] if all(&[Int2, Int4, Int8, Unknown]) && kinds.contains(&Int8) => Some(Int8),
        [_, _] | [_, _, _] if all(&[Int2, Int4, Int8, Numeric, Unknown]) && kinds.contains(&Numeric) => {
            Some(Numeric)
        }
        [start, stop, Interval | Unknown] => {
            let ends = [start, stop];
            let known = ends.iter().any(|k| **k != Unknown);
            match ends.iter().all(|k| matches!(k, Timestamp | Unknown)) && known {
                true => Some(Timestamp),
                // Dates become timestamps with a zone, as PostgreSQL prefers.
                false => (ends.iter().all(|k| matches!(k, Date | Timestamp | Timestamptz | Unknown))
                    && known)
                    .then_some(Timestamptz),
            }
        }
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Series {
    kind: PgType,
    signature: Signature,
}

impl ScalarUDFImpl for Series {
    fn name(&self) -> &str {
        "generate_series"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(self.item())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays =
            args.args.iter().map(|a| a.to_array(args.number_rows)).collect::<Result<Vec<ArrayRef>>>()?;
        let [start, stop, step] = arrays.as_slice() else { return exec_err!("three arguments are expected") };
        let rows = args.number_rows;
        let valid = |row: usize| arrays.iter().all(|a| a.is_valid(row));
        Ok(ColumnarValue::Array(match &self.kind {
            PgType::Int4 => {
                let of = |a: &ArrayRef, row: usize| i128::from(a.as_primitive::<Int32Type>().value(row));
                let mut out = ListBuilder::new(Int32Builder::new()).with_field(self.item());
                for row in 0..rows {
                    if valid(row) {
                        let values = numbers(of(start, row), of(stop, row), of(step, row))?;
                        out.values().extend(values.into_iter().map(|v| i32::try_from(v).ok()));
                    }
                    out.append(valid(row));
                }
                Arc::new(out.finish())
            }
            PgType::Int8 => {
                let of = |a: &ArrayRef, row: usize| i128::from(a.as_primitive::<Int64Type>().value(row));
                let mut out = ListBuilder::new(Int64Builder::new()).with_field(self.item());
                for row in 0..rows {
                    if valid(row) {
                        let values = numbers(of(start, row), of(stop, row), of(step, row))?;
                        out.values().extend(values.into_iter().map(|v| i64::try_from(v).ok()));
                    }
                    out.append(valid(row));
                }
                Arc::new(out.finish())
            }
            PgType::Numeric => {
                let mut out = ListBuilder::new(LargeBinaryBuilder::new()).with_field(self.item());
                for row in 0..rows {
                    if valid(row) {
                        for value in numerics(numeric(start, row)?, numeric(stop, row)?, numeric(step, row)?)?
                        {
                            out.values().append_value(value.to_bytes());
                        }
                    }
                    out.append(valid(row));
                }
                Arc::new(out.finish())
            }
            _ => {
                let values = TimestampMicrosecondBuilder::new().with_data_type(self.kind.data_type());
                let mut out = ListBuilder::new(values).with_field(self.item());
                let of = |a: &ArrayRef, row: usize| a.as_primitive::<TimestampMicrosecondType>().value(row);
                for row in 0..rows {
                    if valid(row) {
                        let step = step.as_primitive::<IntervalMonthDayNanoType>().value(row);
                        for value in instants(of(start, row), of(stop, row), step)? {
                            out.values().append_value(value);
                        }
                    }
                    out.append(valid(row));
                }
                Arc::new(out.finish())
            }
        }))
    }
}

impl Series {
    fn item(&self) -> Field {
        self.kind.field("item").as_ref().clone()
    }
}

fn numeric(array: &ArrayRef, row: usize) -> Result<Numeric> {
    match Numeric::from_bytes(bytes_of(array)?.value(row)) {
        Some(number @ Numeric::Finite { .. }) => Ok(number),
        Some(Numeric::NaN) => exec_err!("start, stop and step values cannot be NaN"),
        _ => exec_err!("start, stop and step values cannot be infinity"),
    }
}

fn too_many<T>() -> Result<T> {
    exec_err!("generate_series would make more than {MOST} values")
}

fn no_step<T>() -> Result<T> {
    exec_err!("step size cannot equal zero")
}

fn numbers(start: i128, stop: i128, step: i128) -> Result<Vec<i128>> {
    if step == 0 {
        return no_step();
    }
    let mut values = Vec::new();
    let mut at = start;
    while if step > 0 { at <= stop } else { at >= stop } {
        if values.len() == MOST {
            return too_many();
        }
        values.push(at);
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(values)
}

fn numerics(start: Numeric, stop: Numeric, step: Numeric) -> Result<Vec<Numeric>> {
    if step.is_zero() {
        return no_step();
    }
    let mut values = Vec::new();
    let mut at = start;
    while if step.is_negative() { at.compare(&stop).is_ge() } else { at.compare(&stop).is_le() } {
        if values.len() == MOST {
            return too_many();
        }
        let next = at.add(&step);
        values.push(std::mem::replace(&mut at, next));
    }
    Ok(values)
}

fn instants(start: i64, stop: i64, step: IntervalMonthDayNano) -> Result<Vec<i64>> {
    // PostgreSQL compares intervals with months of 30 days and days of 24 hours.
    let sign = (i128::from(step.months) * 30 + i128::from(step.days)) * 86_400_000_000_000
        + i128::from(step.nanoseconds);
    if sign == 0 {
        return no_step();
    }
    let mut values = Vec::new();
    let mut at = start;
    while if sign > 0 { at <= stop } else { at >= stop } {
        if values.len() == MOST {
            return too_many();
        }
        values.push(at);
        at = add(at, step)?;
    }
    Ok(values)
}

fn add(at: i64, step: IntervalMonthDayNano) -> Result<i64> {
    let out_of_range = || DataFusionError::Execution("timestamp out of range".to_owned());
    let mut time = DateTime::from_timestamp_micros(at).ok_or_else(out_of_range)?;
    let months = Months::new(step.months.unsigned_abs());
    time = if step.months < 0 { time.checked_sub_months(months) } else { time.checked_add_months(months) }
        .ok_or_else(out_of_range)?;
    let rest = TimeDelta::days(step.days.into()) + TimeDelta::nanoseconds(step.nanoseconds);
    Ok(time.checked_add_signed(rest).ok_or_else(out_of_range)?.timestamp_micros())
}
