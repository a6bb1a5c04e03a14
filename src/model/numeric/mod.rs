//! PostgreSQL's `numeric`: decimal digits without bound, and per value the digits shown after the point.
//!
//! Money is never a float here: what a service says in decimal digits stays those digits.

mod sortable;
mod text;

use std::cmp::Ordering;
use std::sync::LazyLock;

use num_bigint::{BigInt, Sign};

pub use sortable::key_of;
pub use text::NotANumeric;

/// Most digits after the point that a value may have (`NUMERIC_MAX_DISPLAY_SCALE`'s bigger brother,
/// `NUMERIC_DSCALE_MAX`).
pub const MAX_SCALE: u32 = 16_383;

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
pub fn power_of_ten(exponent: u32) -> BigInt {
    static SMALL: LazyLock<Vec<BigInt>> =
        LazyLock::new(|| std::iter::successors(Some(BigInt::from(1)), |p| Some(p * 10)).take(64).collect());
    match SMALL.get(exponent as usize) {
        Some(power) => power.clone(),
        None => BigInt::from(10).pow(exponent),
    }
}
