//! One call of a function over a batch: its arguments, already of the declared types, row by row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBuilder, Decimal128Array, Float64Array, Int32Array,
    Int64Array, LargeBinaryArray, PrimitiveArray, StringArray, StringBuilder,
};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};

use crate::engine::types::calendar::Read;
use crate::engine::types::interval::Interval;
use crate::engine::types::network::Network;
use crate::engine::types::numeric::Numeric;
use crate::engine::types::{MONEY, UTC};
use crate::engine::types::{PgType, read};

pub struct Argument {
    pub array: ArrayRef,
    pub kind: PgType,
    /// One value for all rows.
    pub constant: bool,
}

pub struct Call {
    pub arguments: Vec<Argument>,
    pub rows: usize,
    pub returns: PgType,
    pub context: Read,
}

/// A value as kernels take it.
pub trait Value<'a>: Sized {
    /// `row` is not NULL.
    fn at(array: &'a ArrayRef, row: usize) -> Result<Self>;
}

macro_rules! primitive {
    ($native:ty, $arrow:ty) => {
        impl Value<'_> for $native {
            fn at(array: &ArrayRef, row: usize) -> Result<Self> {
                Ok(typed::<$arrow>(array)?.value(row))
            }
        }
    };
}

primitive!(i32, Int32Type);
primitive!(i64, Int64Type);
primitive!(f64, Float64Type);

fn typed<T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<&PrimitiveArray<T>> {
    array.as_primitive_opt::<T>().ok_or_else(|| unexpected(array))
}

fn unexpected(array: &ArrayRef) -> DataFusionError {
    DataFusionError::Internal(format!("an argument of type {} was not expected", array.data_type()))
}

impl Value<'_> for bool {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(array.as_boolean_opt().ok_or_else(|| unexpected(array))?.value(row))
    }
}

impl<'a> Value<'a> for &'a str {
    fn at(array: &'a ArrayRef, row: usize) -> Result<Self> {
        Ok(array.as_string_opt::<i32>().ok_or_else(|| unexpected(array))?.value(row))
    }
}

impl Value<'_> for Numeric {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        let bytes = array.as_binary_opt::<i64>().ok_or_else(|| unexpected(array))?.value(row);
        Numeric::from_bytes(bytes).ok_or_else(|| unexpected(array))
    }
}

impl Value<'_> for Interval {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(typed::<IntervalMonthDayNanoType>(array)?.value(row).into())
    }
}

impl Value<'_> for Network {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        let text: &str = Value::at(array, row)?;
        Network::inet(text).map_err(|_| read::invalid(&PgType::Inet, text))
    }
}

/// An argument declared as cidr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr(pub Network);

impl Value<'_> for Cidr {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(Cidr(Network { is_cidr: true, ..Network::at(array, row)? }))
    }
}

/// A list argument's items.
impl Value<'_> for ArrayRef {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(array.as_list_opt::<i32>().ok_or_else(|| unexpected(array))?.value(row))
    }
}

/// Days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub i32);

/// Microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub i64);

/// Microseconds since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfDay(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cents(pub i128);

impl Value<'_> for OfDay {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(OfDay(typed::<Time64MicrosecondType>(array)?.value(row)))
    }
}

impl Answer for OfDay {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let micros = values.map(|value| Ok(value?.map(|at| at.0)));
        Ok(Arc::new(micros.collect::<Result<PrimitiveArray<Time64MicrosecondType>>>()?))
    }
}

impl Value<'_> for Day {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(Day(typed::<Date32Type>(array)?.value(row)))
    }
}

impl Value<'_> for Instant {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(Instant(typed::<TimestampMicrosecondType>(array)?.value(row)))
    }
}

impl Value<'_> for Cents {
    fn at(array: &ArrayRef, row: usize) -> Result<Self> {
        Ok(Cents(typed::<Decimal128Type>(array)?.value(row)))
    }
}

/// What kernels return, collected into a column.
pub trait Answer: Sized {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, returns: &PgType) -> Result<ArrayRef>;
}

impl Answer for String {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let mut out = StringBuilder::new();
        for value in values {
            out.append_option(value?);
        }
        Ok(Arc::new(out.finish()))
    }
}

impl Answer for bool {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let mut out = BooleanBuilder::new();
        for value in values {
            out.append_option(value?);
        }
        Ok(Arc::new(out.finish()))
    }
}

macro_rules! answer {
    ($native:ty, $array:ty) => {
        impl Answer for $native {
            fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
                Ok(Arc::new(values.collect::<Result<$array>>()?))
            }
        }
    };
}

answer!(i32, Int32Array);
answer!(i64, Int64Array);
answer!(f64, Float64Array);

impl Answer for Numeric {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let bytes = values.map(|value| Ok(value?.map(|n| n.to_bytes())));
        Ok(Arc::new(bytes.collect::<Result<LargeBinaryArray>>()?))
    }
}

impl Answer for Network {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let texts = values.map(|value| Ok(value?.map(|n| n.to_string())));
        Ok(Arc::new(texts.collect::<Result<StringArray>>()?))
    }
}

impl Answer for Interval {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let spans = values.map(|value| match value? {
            Some(span) => {
                span.to_arrow().map(Some).ok_or_else(|| exec_datafusion_err!("interval out of range"))
            }
            None => Ok(None),
        });
        Ok(Arc::new(spans.collect::<Result<PrimitiveArray<IntervalMonthDayNanoType>>>()?))
    }
}

impl Answer for Day {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let days = values.map(|value| Ok(value?.map(|day| day.0)));
        Ok(Arc::new(days.collect::<Result<PrimitiveArray<Date32Type>>>()?))
    }
}

impl Answer for Instant {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, returns: &PgType) -> Result<ArrayRef> {
        let micros = values.map(|value| Ok(value?.map(|at| at.0)));
        let column = micros.collect::<Result<PrimitiveArray<TimestampMicrosecondType>>>()?;
        let zone = (*returns == PgType::Timestamptz).then_some(UTC);
        Ok(Arc::new(column.with_timezone_opt(zone)))
    }
}

impl Answer for Cents {
    fn collect(values: impl Iterator<Item = Result<Option<Self>>>, _: &PgType) -> Result<ArrayRef> {
        let cents = values.map(|value| Ok(value?.map(|cents| cents.0)));
        Ok(Arc::new(cents.collect::<Result<Decimal128Array>>()?.with_data_type(MONEY)))
    }
}

impl Call {
    pub fn argument(&self, at: usize) -> Result<&Argument> {
        self.arguments
            .get(at)
            .ok_or_else(|| DataFusionError::Internal(format!("argument {} is missing", at + 1)))
    }

    /// `None` is NULL, and an argument that was not given.
    pub fn get<'a, T: Value<'a>>(&'a self, at: usize, row: usize) -> Result<Option<T>> {
        let Some(argument) = self.arguments.get(at) else { return Ok(None) };
        let row = if argument.constant { 0 } else { row };
        if argument.array.is_null(row) {
            return Ok(None);
        }
        T::at(&argument.array, row).map(Some)
    }

    /// Rows in turn; `make` says what each gives.
    pub fn rows<A: Answer>(&self, make: impl FnMut(usize) -> Result<Option<A>>) -> Result<ArrayRef> {
        A::collect((0..self.rows).map(make), &self.returns)
    }

    /// A strict function of one argument: NULL gives NULL.
    pub fn one<'a, A: Answer, T: Value<'a>>(&'a self, make: impl Fn(T) -> Result<A>) -> Result<ArrayRef> {
        self.rows(|row| self.get(0, row)?.map(&make).transpose())
    }

    pub fn two<'a, A: Answer, T: Value<'a>, U: Value<'a>>(
        &'a self,
        make: impl Fn(T, U) -> Result<A>,
    ) -> Result<ArrayRef> {
        self.rows(|row| match (self.get(0, row)?, self.get(1, row)?) {
            (Some(a), Some(b)) => make(a, b).map(Some),
            _ => Ok(None),
        })
    }

    pub fn three<'a, A: Answer, T: Value<'a>, U: Value<'a>, V: Value<'a>>(
        &'a self,
        make: impl Fn(T, U, V) -> Result<A>,
    ) -> Result<ArrayRef> {
        self.rows(|row| match (self.get(0, row)?, self.get(1, row)?, self.get(2, row)?) {
            (Some(a), Some(b), Some(c)) => make(a, b, c).map(Some),
            _ => Ok(None),
        })
    }

    /// A strict function that may itself answer NULL.
    pub fn one_or_null<'a, A: Answer, T: Value<'a>>(
        &'a self,
        make: impl Fn(T) -> Result<Option<A>>,
    ) -> Result<ArrayRef> {
        self.rows(|row| self.get(0, row)?.map_or(Ok(None), &make))
    }

    pub fn two_or_null<'a, A: Answer, T: Value<'a>, U: Value<'a>>(
        &'a self,
        make: impl Fn(T, U) -> Result<Option<A>>,
    ) -> Result<ArrayRef> {
        self.rows(|row| match (self.get(0, row)?, self.get(1, row)?) {
            (Some(a), Some(b)) => make(a, b),
            _ => Ok(None),
        })
    }

    /// `true` where an argument of this row is NULL.
    pub fn any_null(&self, row: usize) -> bool {
        self.arguments.iter().any(|a| a.array.is_null(if a.constant { 0 } else { row }))
    }
}

/// Counts of characters, places and the like, which PostgreSQL gives as integer.
pub fn count(number: usize) -> Result<i32> {
    i32::try_from(number).map_err(|_| exec_datafusion_err!("integer out of range"))
}
