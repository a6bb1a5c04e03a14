//! Powers and roots of `numeric`, where they are exact or PostgreSQL's rule for their digits is plain.

use datafusion::common::{Result, exec_err};
use num_bigint::{BigInt, Sign};

use super::arithmetic::{Rounded, quotient};
use super::{Numeric, power_of_ten};

const MIN_SIGNIFICANT: i64 = 16;
const MAX_SHOWN: i64 = 1_000;
/// Where a power stops; PostgreSQL's numbers end at 131,072 digits before the point.
const MOST_BITS: u64 = 440_000;

impl Numeric {
    /// `None`: the square root of a negative number.
    pub fn square_root(&self) -> Option<Numeric> {
        let Numeric::Finite { digits, scale } = self else {
            return (!self.is_negative()).then(|| self.clone());
        };
        if digits.sign() == Sign::Minus {
            return None;
        }
        // numeric_sqrt: about 16 significant digits of the result.
        let (weight, _) = self.leading_group();
        let result_weight = (weight + 1) * 2 - 1;
        let shown = (MIN_SIGNIFICANT - result_weight).max(i64::from(*scale)).clamp(0, MAX_SHOWN);
        Some(rooted(digits, *scale, u32::try_from(shown).unwrap_or(0)))
    }

    /// The root of `self / other`, with as many digits as the quotient shows.
    pub fn root_of_quotient(&self, other: &Numeric) -> Option<Numeric> {
        let shown = self.quotient_scale(other);
        match self.divide(other)? {
            Numeric::Finite { digits, scale } => Some(rooted(&digits, scale, shown)),
            other => Some(other),
        }
    }

    /// A whole power, exactly, with PostgreSQL's 16 digits after the point. Others would need logarithms
    /// to as many digits as are shown.
    pub fn power(&self, exponent: &Numeric) -> Result<Numeric> {
        let whole = exponent.rounded_by(0, Rounded::TowardsZero);
        let (Numeric::Finite { digits, scale }, Some(times)) = (self, exponent.to_i64()) else {
            return exec_err!("powers of what is no finite number are not supported");
        };
        if whole.compare(exponent).is_ne() {
            return exec_err!("fractional powers of numeric are not supported: cast to double precision");
        }
        if self.is_zero() && times < 0 {
            return exec_err!("zero raised to a negative power is undefined");
        }
        let shown = u32::try_from(MIN_SIGNIFICANT).unwrap_or(0).max(*scale);
        let count = u32::try_from(times.unsigned_abs()).unwrap_or(u32::MAX);
        if u64::from(count) * digits.bits().max(1) > MOST_BITS {
            return exec_err!("value overflows numeric format");
        }
        let power = Numeric::new(digits.pow(count), scale * count);
        let power = match times < 0 {
            false => power,
            true => {
                let Numeric::Finite { digits, scale } = &power else { return Ok(power) };
                let above = power_of_ten(shown + scale);
                Numeric::new(quotient(&above, digits, Rounded::HalfAwayFromZero), shown)
            }
        };
        Ok(power.rounded(shown.cast_signed()))
    }
}

/// The root of `digits / 10^scale`, rounded to so many digits after the point.
fn rooted(digits: &BigInt, scale: u32, shown: u32) -> Numeric {
    // Two digits more than shown, then rounded.
    let wanted = 2 * (shown + 2);
    let scaled = match wanted.checked_sub(scale) {
        Some(more) => digits * power_of_ten(more),
        None => digits / power_of_ten(scale - wanted),
    };
    let root = BigInt::from(scaled.magnitude().sqrt());
    Numeric::new(quotient(&root, &BigInt::from(100), Rounded::HalfAwayFromZero), shown)
}
