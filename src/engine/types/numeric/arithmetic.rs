//! The four operations and rounding, with PostgreSQL's rules for how many digits a result shows
//! (`numeric.c`: `add_var`, `mul_var`, `select_div_scale`, `round_var`).

use num_bigint::{BigInt, Sign};

use super::{MAX_SCALE, Numeric, power_of_ten};

/// Significant digits a quotient has at least (`NUMERIC_MIN_SIG_DIGITS`).
const MIN_SIGNIFICANT: i64 = 16;
/// Most digits after the point of a quotient (`NUMERIC_MAX_DISPLAY_SCALE`).
const MAX_QUOTIENT_SCALE: i64 = 1_000;

/// A rule of rounding to a number of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounded {
    HalfAwayFromZero,
    TowardsZero,
    Up,
    Down,
}

use Numeric::{Finite, Infinity, NaN, NegativeInfinity};

impl Numeric {
    pub fn add(&self, other: &Numeric) -> Numeric {
        match (self, other) {
            (NaN, _) | (_, NaN) | (Infinity, NegativeInfinity) | (NegativeInfinity, Infinity) => NaN,
            (Infinity, _) | (_, Infinity) => Infinity,
            (NegativeInfinity, _) | (_, NegativeInfinity) => NegativeInfinity,
            (Finite { digits: a, scale: s }, Finite { digits: b, scale: t }) => {
                let scale = *s.max(t);
                if s == t {
                    return Numeric::new(a + b, scale);
                }
                Numeric::new(a * power_of_ten(scale - s) + b * power_of_ten(scale - t), scale)
            }
        }
    }

    pub fn negated(&self) -> Numeric {
        match self {
            NaN => NaN,
            Infinity => NegativeInfinity,
            NegativeInfinity => Infinity,
            Finite { digits, scale } => Numeric::new(-digits, *scale),
        }
    }

    pub fn subtract(&self, other: &Numeric) -> Numeric {
        self.add(&other.negated())
    }

    pub fn multiply(&self, other: &Numeric) -> Numeric {
        match (self, other) {
            (NaN, _) | (_, NaN) => NaN,
            (Finite { digits: a, scale: s }, Finite { digits: b, scale: t }) => {
                let product = Numeric::new(a * b, s + t);
                if s + t > MAX_SCALE { product.rounded(MAX_SCALE.cast_signed()) } else { product }
            }
            _ if self.is_zero() || other.is_zero() => NaN,
            _ if self.is_negative() == other.is_negative() => Infinity,
            _ => NegativeInfinity,
        }
    }

    /// `None`: division by zero.
    pub fn divide(&self, other: &Numeric) -> Option<Numeric> {
        Some(match (self, other) {
            (NaN, _) | (_, NaN) => NaN,
            _ if other.is_zero() => return None,
            (Finite { .. }, Infinity | NegativeInfinity) => Numeric::zero(),
            (Infinity | NegativeInfinity, Infinity | NegativeInfinity) => NaN,
            (Infinity | NegativeInfinity, Finite { .. }) => {
                if self.is_negative() == other.is_negative() {
                    Infinity
                } else {
                    NegativeInfinity
                }
            }
            (Finite { digits: a, scale: s }, Finite { digits: b, scale: t }) => {
                let scale = self.quotient_scale(other);
                // a/10^s / (b/10^t), with one digit more than is shown to round by.
                let shift = i64::from(scale) + i64::from(*t) - i64::from(*s);
                let (above, below) = match u32::try_from(shift) {
                    Ok(shift) => (a * power_of_ten(shift), b.clone()),
                    Err(_) => {
                        (a.clone(), b * power_of_ten(u32::try_from(shift.unsigned_abs()).unwrap_or(u32::MAX)))
                    }
                };
                Numeric::new(quotient(&above, &below, Rounded::HalfAwayFromZero), scale)
            }
        })
    }

    /// `select_div_scale`: at least 16 significant digits, and as many as either operand shows.
    pub(super) fn quotient_scale(&self, other: &Numeric) -> u32 {
        let ((weight, first), (other_weight, other_first)) = (self.leading_group(), other.leading_group());
        let mut quotient_weight = weight - other_weight;
        if first <= other_first {
            quotient_weight -= 1;
        }
        let shown = |n: &Numeric| match n {
            Finite { scale, .. } => i64::from(*scale),
            _ => 0,
        };
        let scale = (MIN_SIGNIFICANT - quotient_weight * 4).max(shown(self)).max(shown(other));
        u32::try_from(scale.clamp(0, MAX_QUOTIENT_SCALE)).unwrap_or(0)
    }

    /// PostgreSQL keeps groups of four digits: the place of the first that is not zero, and the group.
    pub(super) fn leading_group(&self) -> (i64, u32) {
        let Finite { digits, scale } = self else { return (0, 0) };
        if digits.sign() == Sign::NoSign {
            return (0, 0);
        }
        let text = digits.magnitude().to_string();
        // Decimal places before the point of the first digit, which is >= 1.
        let exponent = text.len() as i64 - i64::from(*scale) - 1;
        let weight = exponent.div_euclid(4);
        let in_group = usize::try_from(exponent.rem_euclid(4)).unwrap_or(0) + 1;
        let group: String = text.chars().chain("000".chars()).take(in_group).collect();
        (weight, group.parse().unwrap_or(0))
    }

    /// `None`: division by zero. The sign is the dividend's.
    pub fn remainder(&self, other: &Numeric) -> Option<Numeric> {
        Some(match (self, other) {
            (NaN, _) | (_, NaN) => NaN,
            _ if other.is_zero() => return None,
            (Infinity | NegativeInfinity, _) => NaN,
            (Finite { .. }, Infinity | NegativeInfinity) => self.clone(),
            (Finite { digits: a, scale: s }, Finite { digits: b, scale: t }) => {
                let scale = *s.max(t);
                Numeric::new((a * power_of_ten(scale - s)) % (b * power_of_ten(scale - t)), scale)
            }
        })
    }

    /// `round(x, places)`; negative places round before the point.
    /// Rounded half away from zero; `None` where it does not fit.
    pub fn to_i64(&self) -> Option<i64> {
        match self.rounded(0) {
            Numeric::Finite { digits, .. } => i64::try_from(digits).ok(),
            _ => None,
        }
    }

    pub fn rounded(&self, places: i32) -> Numeric {
        self.rounded_by(places, Rounded::HalfAwayFromZero)
    }

    pub fn rounded_by(&self, places: i32, rule: Rounded) -> Numeric {
        let Finite { digits, scale } = self else { return self.clone() };
        let places = places.clamp(-2_000, MAX_SCALE.cast_signed());
        let scale = i64::from(*scale);
        let drop = scale - i64::from(places);
        let shown = u32::try_from(places).unwrap_or(0);
        match u32::try_from(drop) {
            Ok(0) => self.clone(),
            Ok(drop) => {
                let kept = quotient(digits, &power_of_ten(drop), rule);
                Numeric::new(kept * power_of_ten(u32::try_from(-places).unwrap_or(0)), shown)
            }
            Err(_) => {
                let more = u32::try_from(drop.unsigned_abs()).unwrap_or(0);
                Numeric::new(digits * power_of_ten(more), shown)
            }
        }
    }

    /// Fits `numeric(precision, scale)`?
    pub fn fits(&self, precision: u32, scale: i32) -> bool {
        match self {
            Finite { digits, scale: shown } => {
                let whole = i64::from(precision) - i64::from(scale);
                let limit = i64::from(*shown) + whole;
                u32::try_from(limit).map_or(digits.sign() == Sign::NoSign, |limit| {
                    *digits.magnitude() < *power_of_ten(limit).magnitude()
                })
            }
            NaN => true,
            Infinity | NegativeInfinity => false,
        }
    }
}

/// `above / below` as a whole number.
pub(super) fn quotient(above: &BigInt, below: &BigInt, rule: Rounded) -> BigInt {
    let (whole, rest) = (above / below, above % below);
    if rest.sign() == Sign::NoSign {
        return whole;
    }
    let negative = (above.sign() == Sign::Minus) != (below.sign() == Sign::Minus);
    let away = match rule {
        Rounded::HalfAwayFromZero => (rest * 2u32).magnitude() >= below.magnitude(),
        Rounded::TowardsZero => false,
        Rounded::Up => !negative,
        Rounded::Down => negative,
    };
    match (away, negative) {
        (false, _) => whole,
        (true, false) => whole + 1,
        (true, true) => whole - 1,
    }
}
