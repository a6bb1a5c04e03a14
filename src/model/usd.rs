//! Dollars, exactly: sums of prices as small as a millionth of a cent must not drift.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Millionths of a millionth of a dollar.
const PICOS: i128 = 1_000_000_000_000;

/// An amount of US dollars, none of it lost to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(i128);

impl Usd {
    pub const ZERO: Usd = Usd(0);

    /// So many times the amount, divided; what is smaller than can be told is cut off.
    #[must_use]
    pub fn times(self, n: u64, per: u64) -> Usd {
        Usd(self.0.saturating_mul(i128::from(n)) / i128::from(per.max(1)))
    }

    /// All its digits: `0.000004`.
    pub fn exact(self) -> String {
        let (sign, picos) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, fraction) = (picos / PICOS.unsigned_abs(), picos % PICOS.unsigned_abs());
        let fraction = format!("{fraction:012}");
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            digits => format!("{sign}{whole}.{digits}"),
        }
    }

    /// For comparisons and JSON, not for sums.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PICOS as f64
    }
}

/// Two decimals as a bill has them; an amount that they would show as nothing in two digits that say something.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.as_f64();
        if self.0 == 0 || dollars.abs() >= 0.01 {
            return write!(f, "${dollars:.2}");
        }
        let digits = (-dollars.abs().log10()).ceil().clamp(2.0, 12.0) as usize + 1;
        let text = format!("{dollars:.digits$}");
        write!(f, "${}", text.trim_end_matches('0'))
    }
}

impl FromStr for Usd {
    type Err = String;

    /// `0.01`, `$5`, `1.5 USD`
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no amount of dollars such as 0.05");
        let number = text.trim().trim_start_matches('$').trim_end_matches("USD").trim();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return Err(wrong());
        }
        if fraction.len() > 12 || whole.len() > 15 {
            return Err(wrong());
        }
        format!("{whole}{fraction:0<12}").parse().map(Usd).map_err(|_| wrong())
    }
}

impl Add for Usd {
    type Output = Usd;

    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Usd) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::ZERO, Add::add)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    #[test]
    fn small_prices_add_up_exactly() {
        let cent: Usd = (0..1000).map(|_| usd("0.00001")).sum();
        assert_eq!(cent, usd("0.01"));
        assert_eq!(usd("0.005").times(1 << 30, 1 << 30), usd("0.005"));
        assert_eq!(usd("0.01").times(3, 1), usd("0.03"));
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        assert_eq!(usd("$5"), usd("5.00"));
        assert_eq!(usd(".5 USD"), usd("0.5"));
        assert_eq!((usd("12.00004").exact(), usd("3").exact()), ("12.00004".to_owned(), "3".to_owned()));
        for wrong in ["", ".", "-1", "five", "1e3", "0.0000000000001", "1,5"] {
            assert!(wrong.parse::<Usd>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_nothing_is_not_shown_as_nothing() {
        for (amount, shown) in [
            ("0", "$0.00"),
            ("0.01", "$0.01"),
            ("12.345", "$12.35"),
            ("0.00001", "$0.00001"),
            ("0.00042", "$0.00042"),
            ("0.000000000001", "$0.000000000001"),
        ] {
            assert_eq!(usd(amount).to_string(), shown);
        }
    }
}
