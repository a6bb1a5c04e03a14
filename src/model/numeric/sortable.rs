//! A `numeric` as bytes whose order is the order of the numbers.
//!
//! | part | holds |
//! |---|---|
//! | class | one byte: -Infinity, negative, zero, positive, Infinity, NaN |
//! | exponent | two bytes: pairs of digits before the point; complemented where negative |
//! | pairs | one byte per pair of digits, 1..=100, without trailing zeros; complemented where negative |
//! | end | 0x00, or 0xff where negative |
//! | shown | two bytes: digits shown after the point |
//!
//! All but the last part is the [`key_of`] a value: equal for `1.0` and `1.00`.

use num_bigint::{BigInt, Sign};

use super::Numeric;

const NEGATIVE_INFINITY: u8 = 0x00;
const NEGATIVE: u8 = 0x10;
const ZERO: u8 = 0x20;
const POSITIVE: u8 = 0x30;
const INFINITY: u8 = 0x40;
const NAN: u8 = 0x50;
/// Added to the exponent so that it is never negative.
const EXPONENT_BIAS: i64 = 1 << 14;

impl Numeric {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16);
        self.write_bytes(&mut bytes);
        bytes
    }

    /// Appends the bytes of the value.
    pub fn write_bytes(&self, out: &mut Vec<u8>) {
        let shown = match self {
            Numeric::NegativeInfinity => {
                out.push(NEGATIVE_INFINITY);
                0
            }
            Numeric::Infinity => {
                out.push(INFINITY);
                0
            }
            Numeric::NaN => {
                out.push(NAN);
                0
            }
            Numeric::Finite { digits, scale } => {
                write_finite(digits, *scale, out);
                u16::try_from(*scale).unwrap_or(u16::MAX)
            }
        };
        out.extend(shown.to_be_bytes());
    }

    /// `None` for bytes that no numeric has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Numeric> {
        let (value, shown) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
        let scale = u32::from(u16::from_be_bytes(shown.try_into().ok()?));
        let (class, rest) = value.split_first()?;
        let flip = match *class {
            NEGATIVE_INFINITY => return Some(Numeric::NegativeInfinity),
            INFINITY => return Some(Numeric::Infinity),
            NAN => return Some(Numeric::NaN),
            ZERO => return Some(Numeric::new(0, scale)),
            NEGATIVE => 0xff,
            POSITIVE => 0,
            _ => return None,
        };
        let (exponent, pairs) = rest.split_at_checked(2)?;
        let exponent: Vec<u8> = exponent.iter().map(|b| b ^ flip).collect();
        let exponent = i64::from(u16::from_be_bytes(exponent.try_into().ok()?)) - EXPONENT_BIAS;
        let (_, pairs) = pairs.split_last()?;
        // digits = pairs * 100^(exponent - count) * 10^scale
        let power = 2 * (exponent - pairs.len() as i64) + i64::from(scale);
        let digits = match small(pairs, flip) {
            Some(small) => BigInt::from(small),
            None => {
                let radix: Vec<u8> = pairs.iter().map(|b| (b ^ flip).wrapping_sub(1)).collect();
                BigInt::from_radix_be(Sign::Plus, &radix, 100)?
            }
        };
        let scaled = match u32::try_from(power) {
            Ok(power) => digits * super::power_of_ten(power),
            // The last pair may hold one digit more than is shown.
            Err(_) => digits / super::power_of_ten(u32::try_from(power.unsigned_abs()).ok()?),
        };
        Some(Numeric::new(if flip == 0 { scaled } else { -scaled }, scale))
    }
}

fn small(pairs: &[u8], flip: u8) -> Option<u64> {
    if pairs.len() > 9 {
        return None;
    }
    Some(pairs.iter().fold(0, |sum, b| sum * 100 + u64::from((b ^ flip).wrapping_sub(1))))
}

fn write_finite(digits: &BigInt, scale: u32, out: &mut Vec<u8>) {
    let flip = match digits.sign() {
        Sign::NoSign => return out.push(ZERO),
        Sign::Minus => 0xff,
        Sign::Plus => 0,
    };
    out.push(if flip == 0 { POSITIVE } else { NEGATIVE });
    // Pairs are aligned at the point: an odd scale gets one more digit.
    let aligned = if scale % 2 == 1 { digits.magnitude() * 10u32 } else { digits.magnitude().clone() };
    let mut pairs = match u64::try_from(&aligned) {
        Ok(small) => pairs_of(small),
        Err(_) => aligned.to_radix_be(100),
    };
    let exponent = pairs.len() as i64 - i64::from(scale.div_ceil(2));
    while pairs.last() == Some(&0) {
        pairs.pop();
    }
    let biased = u16::try_from(exponent + EXPONENT_BIAS).unwrap_or(u16::MAX);
    out.extend(biased.to_be_bytes().map(|b| b ^ flip));
    out.extend(pairs.iter().map(|pair| (pair + 1) ^ flip));
    out.push(flip);
}

fn pairs_of(mut value: u64) -> Vec<u8> {
    let mut pairs = Vec::with_capacity(10);
    while value > 0 {
        pairs.push(u8::try_from(value % 100).unwrap_or(0));
        value /= 100;
    }
    pairs.reverse();
    pairs
}

/// The part of the bytes that equal numbers have in common.
pub fn key_of(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().saturating_sub(2)).unwrap_or(bytes)
}
