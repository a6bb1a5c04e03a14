//! PostgreSQL's `numeric`: decimal digits without bound, and per value the digits shown after the point.
//!
//! Arrow's decimals fix that number per column, where `1/3.0` and `100/3.0` show 20 and 16 digits. A
//! numeric column is therefore bytes (`sortable.rs`): their order is the numbers' order.

mod arithmetic;
mod root;
mod sortable;
mod text;

use std::cmp::Ordering;
use std::sync::LazyLock;

use arrow::array::{Array as _, ArrayRef, AsArray as _, LargeBinaryArray};
use datafusion::common::{Result, internal_datafusion_err};
use num_bigint::{BigInt, Sign};

pub use arithmetic::Rounded;
pub use sortable::key_of;

/// Most digits after the point that a value may have (`NUMERIC_MAX_DISPLAY_SCALE`'s bigger brother,
/// `NUMERIC_DSCALE_MAX`).
pub const MAX_SCALE: u32 = 16_383;

/// A numeric column's values. An error where a plan promised one and another came: never a panic.
pub fn bytes_of(array: &ArrayRef) -> Result<&LargeBinaryArray> {
    array
        .as_binary_opt::<i64>()
        .ok_or_else(|| internal_datafusion_err!("{} is no numeric", array.data_type()))
}

/// `digits / 10^scale`, or what is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeric {
    NegativeInfinity,
    Finite {
        digits: BigInt,
        scale: u32,
    },
    Infinity,
    /// Equal to itself and greater than everything, as in PostgreSQL.
    NaN,
}

impl Numeric {
    pub fn new(digits: impl Into<BigInt>, scale: u32) -> Self {
        Numeric::Finite { digits: digits.into(), scale }
    }

    pub fn zero() -> Self {
        Self::new(0, 0)
    }

    pub fn is_zero(&self) -> bool {
        matches!(self, Numeric::Finite { digits, .. } if digits.sign() == Sign::NoSign)
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Numeric::NegativeInfinity => true,
            Numeric::Finite { digits, .. } => digits.sign() == Sign::Minus,
            Numeric::Infinity | Numeric::NaN => false,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Numeric::NegativeInfinity => 0,
            Numeric::Finite { .. } => 1,
            Numeric::Infinity => 2,
            Numeric::NaN => 3,
        }
    }

    /// By value: `1.0` and `1.00` are equal.
    pub fn compare(&self, other: &Numeric) -> Ordering {
        match (self, other) {
            (Numeric::Finite { digits: a, scale: s }, Numeric::Finite { digits: b, scale: t }) => {
                if s == t {
                    a.cmp(b)
                } else {
                    let scale = *s.max(t);
                    (a * power_of_ten(scale - s)).cmp(&(b * power_of_ten(scale - t)))
                }
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self::new(value, 0)
    }
}

impl From<i32> for Numeric {
    fn from(value: i32) -> Self {
        Self::new(value, 0)
    }
}

/// `10^exponent`; the small ones are made once.
pub(super) fn power_of_ten(exponent: u32) -> BigInt {
    static SMALL: LazyLock<Vec<BigInt>> =
        LazyLock::new(|| std::iter::successors(Some(BigInt::from(1)), |p| Some(p * 10)).take(64).collect());
    match SMALL.get(exponent as usize) {
        Some(power) => power.clone(),
        None => BigInt::from(10).pow(exponent),
    }
}

#[cfg(test)]
mod tests;
