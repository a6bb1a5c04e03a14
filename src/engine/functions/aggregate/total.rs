//! What is kept while values are added up: exact sums of exact numbers, floating ones of floats.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, IntervalMonthDayNanoType};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, internal_err};
use num_bigint::BigInt;

use crate::engine::types::PgType;
use crate::engine::types::interval::Interval;
use crate::engine::types::numeric::{Numeric, bytes_of};

#[derive(Clone, Debug)]
pub enum Total {
    /// Integers: their sum, and that of their squares where it is asked for.
    Whole {
        sum: i128,
        squares: Option<BigInt>,
    },
    Exact {
        sum: Numeric,
        squares: Option<Numeric>,
    },
    /// Count, mean and sum of squared distances from it (Welford), and the plain sum.
    Floating {
        sum: f64,
        mean: f64,
        distances: f64,
    },
    Cents(i128),
    Span {
        months: i64,
        days: i64,
        micros: i128,
    },
}

impl Total {
    /// For values of this type; `None` where they cannot be added up.
    pub fn of(kind: &PgType, squares: bool) -> Option<Total> {
        Some(match kind {
            PgType::Int2 | PgType::Int4 | PgType::Int8 => {
                Total::Whole { sum: 0, squares: squares.then(BigInt::default) }
            }
            PgType::Numeric => Total::Exact { sum: Numeric::zero(), squares: squares.then(Numeric::zero) },
            PgType::Float4 | PgType::Float8 => Total::Floating { sum: 0.0, mean: 0.0, distances: 0.0 },
            PgType::Money if !squares => Total::Cents(0),
            PgType::Interval if !squares => Total::Span { months: 0, days: 0, micros: 0 },
            _ => return None,
        })
    }

    /// Adds the values that are not NULL; `count` is how many came before and is raised.
    pub fn add(&mut self, values: &ArrayRef, count: &mut i64) -> Result<()> {
        match self {
            Total::Whole { sum, squares } => {
                let wide = arrow::compute::cast(values, &DataType::Int64)?;
                for value in wide.as_primitive::<Int64Type>().iter().flatten() {
                    *sum += i128::from(value);
                    if let Some(squares) = squares {
                        *squares += i128::from(value) * i128::from(value);
                    }
                    *count += 1;
                }
            }
            Total::Exact { sum, squares } => {
                for bytes in bytes_of(values)?.iter().flatten() {
                    let Some(value) = Numeric::from_bytes(bytes) else {
                        return internal_err!("bytes that are no numeric");
                    };
                    *sum = sum.add(&value);
                    if let Some(squares) = squares {
                        *squares = squares.add(&value.multiply(&value));
                    }
                    *count += 1;
                }
            }
            Total::Floating { sum, mean, distances } => {
                let wide = arrow::compute::cast(values, &DataType::Float64)?;
                for value in wide.as_primitive::<Float64Type>().iter().flatten() {
                    *count += 1;
                    let before = value - *mean;
                    *mean += before / *count as f64;
                    *distances += before * (value - *mean);
                    *sum += value;
                }
            }
            Total::Cents(sum) => {
                for value in values.as_primitive::<Decimal128Type>().iter().flatten() {
                    *sum += value;
                    *count += 1;
                }
            }
            Total::Span { months, days, micros } => {
                for value in values.as_primitive::<IntervalMonthDayNanoType>().iter().flatten() {
                    let value = Interval::from(value);
                    *months += i64::from(value.months);
                    *days += i64::from(value.days);
                    *micros += i128::from(value.micros);
                    *count += 1;
                }
            }
        }
        Ok(())
    }

    /// Takes values away again: of a window that moves. Only where that is exact.
    pub fn subtract(&mut self, values: &ArrayRef, count: &mut i64) -> Result<()> {
        let mut gone = match self {
            Total::Whole { squares, .. } => {
                Total::Whole { sum: 0, squares: squares.as_ref().map(|_| BigInt::default()) }
            }
            Total::Exact { squares, .. } => {
                Total::Exact { sum: Numeric::zero(), squares: squares.as_ref().map(|_| Numeric::zero()) }
            }
            Total::Floating { .. } => Total::Floating { sum: 0.0, mean: 0.0, distances: 0.0 },
            Total::Cents(_) => Total::Cents(0),
            Total::Span { .. } => Total::Span { months: 0, days: 0, micros: 0 },
        };
        let mut less = 0;
        gone.add(values, &mut less)?;
        match (self, gone) {
            (Total::Whole { sum, squares }, Total::Whole { sum: s, squares: q }) => {
                *sum -= s;
                if let (Some(squares), Some(q)) = (squares, q) {
                    *squares -= q;
                }
            }
            (Total::Exact { sum, squares }, Total::Exact { sum: s, squares: q }) => {
                *sum = sum.subtract(&s);
                if let (Some(squares), Some(q)) = (squares, q) {
                    *squares = squares.subtract(&q);
                }
            }
            (Total::Cents(sum), Total::Cents(s)) => *sum -= s,
            (Total::Span { months, days, micros }, Total::Span { months: m, days: d, micros: u }) => {
                *months -= m;
                *days -= d;
                *micros -= u;
            }
            _ => return internal_err!("floating sums cannot be taken apart"),
        }
        *count -= less;
        Ok(())
    }

    /// The state as three texts; texts keep every digit.
    pub fn state(&self) -> Vec<ScalarValue> {
        let parts: [String; 3] = match self {
            Total::Whole { sum, squares } => {
                [sum.to_string(), squares.as_ref().map(BigInt::to_string).unwrap_or_default(), String::new()]
            }
            Total::Exact { sum, squares } => {
                [sum.to_string(), squares.as_ref().map(Numeric::to_string).unwrap_or_default(), String::new()]
            }
            Total::Floating { sum, mean, distances } => {
                [sum, mean, distances].map(|f| f.to_bits().to_string())
            }
            Total::Cents(sum) => [sum.to_string(), String::new(), String::new()],
            Total::Span { months, days, micros } => {
                [months.to_string(), days.to_string(), micros.to_string()]
            }
        };
        parts.map(|text| ScalarValue::Utf8(Some(text))).into()
    }

    /// Takes in another's state.
    pub fn merge(&mut self, parts: [&str; 3], other_count: i64, count: &mut i64) -> Result<()> {
        let bad = || exec_datafusion_err!("a sum's state cannot be read");
        let [first, second, third] = parts;
        match self {
            Total::Whole { sum, squares } => {
                *sum += first.parse::<i128>().map_err(|_| bad())?;
                if let Some(squares) = squares {
                    *squares += second.parse::<BigInt>().map_err(|_| bad())?;
                }
            }
            Total::Exact { sum, squares } => {
                *sum = sum.add(&first.parse().map_err(|_| bad())?);
                if let Some(squares) = squares {
                    *squares = squares.add(&second.parse().map_err(|_| bad())?);
                }
            }
            Total::Floating { sum, mean, distances } => {
                let float = |text: &str| text.parse().map(f64::from_bits).map_err(|_| bad());
                let (other_sum, other_mean, other_distances) = (float(first)?, float(second)?, float(third)?);
                if other_count > 0 {
                    let (mine, theirs) = (*count as f64, other_count as f64);
                    let apart = other_mean - *mean;
                    *distances += other_distances + apart * apart * mine * theirs / (mine + theirs);
                    *mean += apart * theirs / (mine + theirs);
                    *sum += other_sum;
                }
            }
            Total::Cents(sum) => *sum += first.parse::<i128>().map_err(|_| bad())?,
            Total::Span { months, days, micros } => {
                *months += first.parse::<i64>().map_err(|_| bad())?;
                *days += second.parse::<i64>().map_err(|_| bad())?;
                *micros += third.parse::<i128>().map_err(|_| bad())?;
            }
        }
        *count += other_count;
        Ok(())
    }

    /// As exact numbers: the sum and the sum of squares.
    pub fn exact(&self) -> Option<(Numeric, Numeric)> {
        match self {
            Total::Whole { sum, squares } => {
                Some((Numeric::new(*sum, 0), Numeric::new(squares.clone().unwrap_or_default(), 0)))
            }
            Total::Exact { sum, squares } => {
                Some((sum.clone(), squares.clone().unwrap_or_else(Numeric::zero)))
            }
            _ => None,
        }
    }

    pub fn span(&self) -> Result<Interval> {
        match self {
            Total::Span { months, days, micros } => {
                match (i32::try_from(*months), i32::try_from(*days), i64::try_from(*micros)) {
                    (Ok(months), Ok(days), Ok(micros)) => Ok(Interval { months, days, micros }),
                    _ => exec_err!("interval out of range"),
                }
            }
            _ => internal_err!("not a sum of intervals"),
        }
    }
}
