//! `numeric` read from text and written as text, and to and from floating point.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;

use super::{MAX_SCALE, Numeric, power_of_ten};

/// Largest exponent that is read; PostgreSQL stops at 131,072 digits before the point.
const MAX_EXPONENT: i64 = 131_072;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumeric;

impl FromStr for Numeric {
    type Err = NotANumeric;

    fn from_str(text: &str) -> Result<Self, NotANumeric> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match body.to_ascii_lowercase().as_str() {
            "nan" if body.len() == text.len() => return Ok(Numeric::NaN),
            "inf" | "infinity" if negative => return Ok(Numeric::NegativeInfinity),
            "inf" | "infinity" => return Ok(Numeric::Infinity),
            _ => {}
        }
        let (mantissa, exponent) = match body.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| NotANumeric)?),
            None => (body, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(NotANumeric);
        }
        if exponent.abs() > MAX_EXPONENT || whole.len() as i64 + exponent.max(0) > MAX_EXPONENT {
            return Err(NotANumeric);
        }
        let mut digits = BigInt::from_str(&format!("0{whole}{fraction}")).map_err(|_| NotANumeric)?;
        if negative {
            digits = -digits;
        }
        let scale = i64::try_from(fraction.len()).map_err(|_| NotANumeric)? - exponent;
        if scale > i64::from(MAX_SCALE) {
            return Err(NotANumeric);
        }
        Ok(match u32::try_from(scale) {
            Ok(scale) => Numeric::new(digits, scale),
            // 1e3 has no digits after the point.
            Err(_) => Numeric::new(
                digits * power_of_ten(u32::try_from(scale.unsigned_abs()).map_err(|_| NotANumeric)?),
                0,
            ),
        })
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, scale) = match self {
            Numeric::NaN => return f.write_str("NaN"),
            Numeric::Infinity => return f.write_str("Infinity"),
            Numeric::NegativeInfinity => return f.write_str("-Infinity"),
            Numeric::Finite { digits, scale } => (digits, *scale as usize),
        };
        let text = digits.magnitude().to_string();
        if self.is_negative() {
            f.write_str("-")?;
        }
        if scale == 0 {
            return f.write_str(&text);
        }
        let padded = if text.len() > scale { text } else { format!("{text:0>width$}", width = scale + 1) };
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{whole}.{fraction}")
    }
}

impl Numeric {
    /// PostgreSQL takes the 15 digits of a double that are sure, and 6 of a float4.
    pub fn from_float(value: f64, digits: usize) -> Numeric {
        if value.is_nan() {
            return Numeric::NaN;
        }
        if value.is_infinite() {
            return if value > 0.0 { Numeric::Infinity } else { Numeric::NegativeInfinity };
        }
        let text = format!("{value:.*e}", digits - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = match mantissa.contains('.') {
            true => mantissa.trim_end_matches('0').trim_end_matches('.'),
            false => mantissa,
        };
        format!("{mantissa}e{exponent}").parse().unwrap_or(Numeric::NaN)
    }

    pub fn to_float(&self) -> f64 {
        match self {
            Numeric::NaN => f64::NAN,
            Numeric::Infinity => f64::INFINITY,
            Numeric::NegativeInfinity => f64::NEG_INFINITY,
            finite => finite.to_string().parse().unwrap_or(f64::NAN),
        }
    }
}
