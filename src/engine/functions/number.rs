//! Functions of numbers.

use datafusion::common::{Result, exec_err};

use super::Table;
use super::call::Call;
use super::overloaded::{Kernel, Overload, overload};
use crate::engine::types::PgType;
use crate::engine::types::numeric::{Numeric, Rounded};

use PgType::{Float8, Int4, Int8, Numeric as Dec};

pub fn table() -> Table {
    let float = |kernel| vec![overload(&[Float8], Float8, kernel)];
    vec![
        (
            "abs",
            vec![
                overload(&[Int4], Int4, |c| c.one(|n: i32| n.checked_abs().ok_or_else(integer_range))),
                overload(&[Int8], Int8, |c| c.one(|n: i64| n.checked_abs().ok_or_else(bigint_range))),
                overload(&[Dec], Dec, |c| {
                    c.one(|n: Numeric| Ok(if n.is_negative() { n.negated() } else { n }))
                }),
                overload(&[Float8], Float8, |c| c.one(|n: f64| Ok(n.abs()))),
            ],
        ),
        (
            "ceil",
            both(|c| c.one(|n: Numeric| Ok(n.rounded_by(0, Rounded::Up))), |c| c.one(|n: f64| Ok(n.ceil()))),
        ),
        (
            "ceiling",
            both(|c| c.one(|n: Numeric| Ok(n.rounded_by(0, Rounded::Up))), |c| c.one(|n: f64| Ok(n.ceil()))),
        ),
        (
            "floor",
            both(
                |c| c.one(|n: Numeric| Ok(n.rounded_by(0, Rounded::Down))),
                |c| c.one(|n: f64| Ok(n.floor())),
            ),
        ),
        (
            "round",
            with_places(
                |c| places(c, Rounded::HalfAwayFromZero),
                |c| c.one(|n: f64| Ok(n.round_ties_even())),
            ),
        ),
        ("trunc", with_places(|c| places(c, Rounded::TowardsZero), |c| c.one(|n: f64| Ok(n.trunc())))),
        (
            "sign",
            both(
                |c| {
                    c.one(|n: Numeric| {
                        Ok(match (n.is_zero(), n.is_negative(), &n) {
                            (_, _, Numeric::NaN) => Numeric::NaN,
                            (true, _, _) => Numeric::zero(),
                            (_, negative, _) => Numeric::from(if negative { -1 } else { 1 }),
                        })
                    })
                },
                |c| c.one(|n: f64| Ok(if n == 0.0 { 0.0 } else { n.signum() })),
            ),
        ),
        (
            "sqrt",
            both(
                |c| {
                    c.one(|n: Numeric| match n.square_root() {
                        Some(root) => Ok(root),
                        None => exec_err!("cannot take square root of a negative number"),
                    })
                },
                |c| {
                    c.one(|n: f64| match n < 0.0 {
                        true => exec_err!("cannot take square root of a negative number"),
                        false => Ok(n.sqrt()),
                    })
                },
            ),
        ),
        ("cbrt", float(|c| c.one(|n: f64| Ok(n.cbrt())))),
        ("exp", both(transcendental, |c| c.one(|n: f64| Ok(n.exp())))),
        ("ln", both(transcendental, |c| c.one(|n: f64| logarithm(n, f64::ln)))),
        ("log", both(transcendental, |c| c.one(|n: f64| logarithm(n, f64::log10)))),
        ("log10", both(transcendental, |c| c.one(|n: f64| logarithm(n, f64::log10)))),
        ("power", power()),
        ("pow", power()),
        ("degrees", float(|c| c.one(|n: f64| Ok(n.to_degrees())))),
        ("radians", float(|c| c.one(|n: f64| Ok(n.to_radians())))),
        ("sin", float(|c| c.one(|n: f64| Ok(n.sin())))),
        ("cos", float(|c| c.one(|n: f64| Ok(n.cos())))),
        ("tan", float(|c| c.one(|n: f64| Ok(n.tan())))),
        ("asin", float(|c| c.one(|n: f64| in_unit(n, f64::asin)))),
        ("acos", float(|c| c.one(|n: f64| in_unit(n, f64::acos)))),
        ("atan", float(|c| c.one(|n: f64| Ok(n.atan())))),
        ("atan2", vec![overload(&[Float8, Float8], Float8, |c| c.two(|y: f64, x: f64| Ok(y.atan2(x))))]),
        ("pi", vec![overload(&[], Float8, |c| c.rows(|_| Ok(Some(std::f64::consts::PI))))]),
        (
            "mod",
            vec![
                overload(&[Int4, Int4], Int4, |c| {
                    c.two(|a: i32, b: i32| remainder(a.into(), b.into()).map(narrow))
                }),
                overload(&[Int8, Int8], Int8, |c| c.two(remainder)),
                overload(&[Dec, Dec], Dec, |c| {
                    c.two(|a: Numeric, b: Numeric| a.remainder(&b).ok_or_else(by_zero))
                }),
            ],
        ),
        (
            "div",
            vec![overload(&[Dec, Dec], Dec, |c| {
                c.two(|a: Numeric, b: Numeric| {
                    let rest = a.remainder(&b).ok_or_else(by_zero)?;
                    let whole = a.subtract(&rest).divide(&b).ok_or_else(by_zero)?;
                    Ok(whole.rounded_by(0, Rounded::TowardsZero))
                })
            })],
        ),
        (
            "gcd",
            vec![
                overload(&[Int4, Int4], Int4, |c| {
                    c.two(|a: i32, b: i32| Ok(narrow(gcd(a.into(), b.into()))))
                }),
                overload(&[Int8, Int8], Int8, |c| c.two(|a, b| Ok(gcd(a, b)))),
            ],
        ),
        (
            "scale",
            vec![overload(&[Dec], Int4, |c| {
                c.one_or_null(|n: Numeric| {
                    Ok(match n {
                        Numeric::Finite { scale, .. } => Some(scale.cast_signed()),
                        _ => None,
                    })
                })
            })],
        ),
    ]
}

pub fn by_zero() -> datafusion::common::DataFusionError {
    datafusion::common::exec_datafusion_err!("division by zero")
}

pub fn integer_range() -> datafusion::common::DataFusionError {
    datafusion::common::exec_datafusion_err!("integer out of range")
}

pub fn bigint_range() -> datafusion::common::DataFusionError {
    datafusion::common::exec_datafusion_err!("bigint out of range")
}

/// A result that is no larger than an operand, which was an i32.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or_default()
}

fn both(numeric: Kernel, float: Kernel) -> Vec<Overload> {
    vec![overload(&[Dec], Dec, numeric), overload(&[Float8], Float8, float)]
}

fn with_places(numeric: Kernel, float: Kernel) -> Vec<Overload> {
    let mut all = both(numeric, float);
    all.push(overload(&[Dec, Int4], Dec, numeric));
    all
}

fn places(call: &Call, rule: Rounded) -> Result<arrow::array::ArrayRef> {
    call.rows(|row| {
        let places = if call.arguments.len() > 1 { call.get::<i32>(1, row)? } else { Some(0) };
        Ok(call.get::<Numeric>(0, row)?.zip(places).map(|(n, places)| n.rounded_by(places, rule)))
    })
}

fn logarithm(n: f64, of: fn(f64) -> f64) -> Result<f64> {
    if n == 0.0 {
        return exec_err!("cannot take logarithm of zero");
    }
    if n < 0.0 {
        return exec_err!("cannot take logarithm of a negative number");
    }
    Ok(of(n))
}

/// PostgreSQL computes these of numeric to as many digits as it shows; a double has not as many.
fn transcendental(_: &Call) -> Result<arrow::array::ArrayRef> {
    exec_err!("logarithms and exponentials of numeric are not supported: cast to double precision")
}

fn in_unit(n: f64, of: fn(f64) -> f64) -> Result<f64> {
    if n.abs() > 1.0 { exec_err!("input is out of range") } else { Ok(of(n)) }
}

fn power() -> Vec<Overload> {
    vec![
        overload(&[Float8, Float8], Float8, |c| {
            c.two(|base: f64, exponent: f64| {
                if base == 0.0 && exponent < 0.0 {
                    return exec_err!("zero raised to a negative power is undefined");
                }
                if base < 0.0 && exponent.fract() != 0.0 && exponent.is_finite() {
                    return exec_err!(
                        "a negative number raised to a non-integer power yields a complex result"
                    );
                }
                let value = base.powf(exponent);
                if value.is_infinite() && base.is_finite() && exponent.is_finite() {
                    return exec_err!("value out of range: overflow");
                }
                Ok(value)
            })
        }),
        overload(&[Dec, Dec], Dec, |c| c.two(|base: Numeric, exponent: Numeric| base.power(&exponent))),
    ]
}

fn remainder(a: i64, b: i64) -> Result<i64> {
    if b == 0 { Err(by_zero()) } else { Ok(a.wrapping_rem(b)) }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(i64::MAX)
}
