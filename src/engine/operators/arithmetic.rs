//! Operators that compute: PostgreSQL's table of them (`pg_operator`), as far as its types are ours.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{Expr, ScalarUDF};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::conversion::converted;
use crate::engine::functions::call::{Argument, Call, Cents, Day, Instant, OfDay};
use crate::engine::functions::overloaded::{Form, Kernel, Overload, Overloaded, general, overload};
use crate::engine::functions::resolve::{Param, Returns};
use crate::engine::functions::{Shared, Table, array, number, pattern, shared, time};
use crate::engine::types::calendar::{self, Read};
use crate::engine::types::interval::{DAY, Interval};
use crate::engine::types::network::Network;
use crate::engine::types::numeric::Numeric;
use crate::engine::types::{PgType, cast, money, write};

use PgType::{
    Bool, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval as Span, Ltree, Money, Numeric as Dec, Text,
    Time, Timestamp, Timestamptz, Unknown,
};

static TABLE: LazyLock<Shared> =
    LazyLock::new(|| shared([table(), pattern::operators()].into_iter().flatten().collect()));

pub fn all(context: Read) -> Vec<Arc<ScalarUDF>> {
    let each = |(name, overloads): &(&'static str, Arc<Vec<Overload>>)| {
        Overloaded::udf(name, Form::Operator, Arc::clone(overloads), context)
    };
    TABLE.iter().map(each).collect()
}

pub fn name_of(op: &BinaryOperator) -> &'static str {
    match op {
        BinaryOperator::Plus => "+",
        BinaryOperator::Minus => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::PGExp | BinaryOperator::BitwiseXor => "^",
        BinaryOperator::StringConcat => "||",
        BinaryOperator::BitwiseAnd => "&",
        BinaryOperator::BitwiseOr => "|",
        BinaryOperator::PGBitwiseXor => "#",
        BinaryOperator::PGBitwiseShiftLeft => "<<",
        BinaryOperator::PGBitwiseShiftRight => ">>",
        BinaryOperator::PGOverlap => "&&",
        BinaryOperator::AtArrow => "@>",
        BinaryOperator::ArrowAt => "<@",
        BinaryOperator::PGRegexMatch => "~",
        BinaryOperator::PGRegexIMatch => "~*",
        BinaryOperator::PGRegexNotMatch => "!~",
        BinaryOperator::PGRegexNotIMatch => "!~*",
        BinaryOperator::Custom(name) => match name.as_str() {
            "<<=" => "<<=",
            ">>=" => ">>=",
            _ => "",
        },
        _ => "",
    }
}

/// A quoted literal beside an operand is first tried as that operand's type, if the operator exists for
/// two of those.
pub fn assume_same(
    name: &str,
    left: Expr,
    left_type: PgType,
    right: Expr,
    right_type: PgType,
    context: Read,
) -> Result<(Expr, Expr)> {
    let twice = |kind: &PgType| {
        if kind.element().is_some() {
            return matches!(name, "||" | "&&" | "@>" | "<@");
        }
        TABLE.iter().filter(|(known, _)| *known == name).any(|(_, overloads)| {
            let both = [Param::Is(kind.clone()), Param::Is(kind.clone())];
            overloads.iter().any(|o| o.declared.params == both)
        })
    };
    Ok(match (&left_type, &right_type) {
        (Unknown, kind) if *kind != Unknown && twice(kind) => {
            (converted(left, &left_type, kind, context)?, right)
        }
        (kind, Unknown) if *kind != Unknown && twice(kind) => {
            (left, converted(right, &right_type, kind, context)?)
        }
        _ => (left, right),
    })
}

fn table() -> Table {
    let inet = |kernel| vec![overload(&[Inet, Inet], Bool, kernel)];
    vec![
        ("+", plus()),
        ("-", minus()),
        ("*", times()),
        ("/", divided()),
        (
            "%",
            vec![
                overload(&[Int2, Int2], Int2, |c| small(c, i64::checked_rem)),
                overload(&[Int4, Int4], Int4, |c| {
                    c.two(
                        |a: i32, b: i32| if b == 0 { Err(number::by_zero()) } else { Ok(a.wrapping_rem(b)) },
                    )
                }),
                overload(&[Int8, Int8], Int8, |c| {
                    c.two(
                        |a: i64, b: i64| if b == 0 { Err(number::by_zero()) } else { Ok(a.wrapping_rem(b)) },
                    )
                }),
                overload(&[Dec, Dec], Dec, |c| {
                    c.two(|a: Numeric, b: Numeric| a.remainder(&b).ok_or_else(number::by_zero))
                }),
            ],
        ),
        (
            "^",
            vec![
                overload(&[Float8, Float8], Float8, |c| c.two(|a: f64, b: f64| finite(a.powf(b), a, b))),
                overload(&[Dec, Dec], Dec, |c| c.two(|a: Numeric, b: Numeric| a.power(&b))),
            ],
        ),
        (
            "||",
            vec![
                overload(&[Text, Text], Text, |c| c.two(|a: &str, b: &str| Ok(a.to_owned() + b))),
                overload(&[Ltree, Ltree], Ltree, below),
                overload(&[Ltree, Text], Ltree, below),
                overload(&[Text, Ltree], Ltree, below),
                general([Param::NonArray, Param::Is(Text)], Returns::Is(Text), joined),
                general([Param::Is(Text), Param::NonArray], Returns::Is(Text), joined),
                general([Param::Array, Param::Array], Returns::Array, array::joined),
                general([Param::Array, Param::Element], Returns::Array, array::joined),
                general([Param::Element, Param::Array], Returns::Array, array::joined),
            ],
        ),
        ("&", bits(|c| c.two(|a: i32, b: i32| Ok(a & b)), |c| c.two(|a: i64, b: i64| Ok(a & b)))),
        ("|", bits(|c| c.two(|a: i32, b: i32| Ok(a | b)), |c| c.two(|a: i64, b: i64| Ok(a | b)))),
        ("#", bits(|c| c.two(|a: i32, b: i32| Ok(a ^ b)), |c| c.two(|a: i64, b: i64| Ok(a ^ b)))),
        (
            "<<",
            vec![
                overload(&[Inet, Inet], Bool, |c| {
                    c.two(|a: Network, b: Network| Ok(a.is_within(b) && a.length > b.length))
                }),
                overload(&[Int4, Int4], Int4, |c| {
                    c.two(|a: i32, b: i32| Ok(a.wrapping_shl(b.cast_unsigned())))
                }),
                overload(&[Int8, Int4], Int8, |c| {
                    c.two(|a: i64, b: i32| Ok(a.wrapping_shl(b.cast_unsigned())))
                }),
            ],
        ),
        (
            ">>",
            vec![
                overload(&[Inet, Inet], Bool, |c| {
                    c.two(|a: Network, b: Network| Ok(b.is_within(a) && b.length > a.length))
                }),
                overload(&[Int4, Int4], Int4, |c| {
                    c.two(|a: i32, b: i32| Ok(a.wrapping_shr(b.cast_unsigned())))
                }),
                overload(&[Int8, Int4], Int8, |c| {
                    c.two(|a: i64, b: i32| Ok(a.wrapping_shr(b.cast_unsigned())))
                }),
            ],
        ),
        ("<<=", inet(|c| c.two(|a: Network, b: Network| Ok(a.is_within(b))))),
        (">>=", inet(|c| c.two(|a: Network, b: Network| Ok(b.is_within(a))))),
        (
            "&&",
            vec![
                overload(&[Inet, Inet], Bool, |c| c.two(|a: Network, b: Network| Ok(a.overlaps(b)))),
                general([Param::Array, Param::Array], Returns::Is(Bool), array::overlaps),
            ],
        ),
        (
            "@>",
            vec![
                general([Param::Array, Param::Array], Returns::Is(Bool), array::contains),
                overload(&[Ltree, Ltree], Bool, |c| c.two(|a: &str, b: &str| Ok(is_ancestor(a, b)))),
            ],
        ),
        (
            "<@",
            vec![
                general([Param::Array, Param::Array], Returns::Is(Bool), array::contained),
                overload(&[Ltree, Ltree], Bool, |c| c.two(|a: &str, b: &str| Ok(is_ancestor(b, a)))),
            ],
        ),
        (
            // A sign before one operand; PostgreSQL's operators of one operand share the names above.
            "- ",
            vec![
                overload(&[Int4], Int4, |c| {
                    c.one(|n: i32| n.checked_neg().ok_or_else(number::integer_range))
                }),
                overload(&[Int8], Int8, |c| c.one(|n: i64| n.checked_neg().ok_or_else(number::bigint_range))),
                overload(&[Dec], Dec, |c| c.one(|n: Numeric| Ok(n.negated()))),
                overload(&[Float8], Float8, |c| c.one(|n: f64| Ok(-n))),
                overload(&[Span], Span, |c| {
                    c.one(|s: Interval| s.checked_neg().ok_or_else(time::span_range))
                }),
            ],
        ),
    ]
}

fn is_ancestor(above: &str, below: &str) -> bool {
    above.is_empty() || below == above || below.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

fn bits(four: Kernel, eight: Kernel) -> Vec<Overload> {
    vec![overload(&[Int4, Int4], Int4, four), overload(&[Int8, Int8], Int8, eight)]
}

/// Of a text and anything else.
/// Labels of a path after those of another.
fn below(call: &Call) -> Result<ArrayRef> {
    call.two(|a: &str, b: &str| {
        Ok([a, b].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("."))
    })
}

fn joined(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (call.argument(0)?, call.argument(1)?);
    // As a cast writes it, which shows the length of an address.
    let text = |side: &Argument| -> Result<StringArray> {
        let cast = cast::column(&side.array, &side.kind, &Text.into(), call.context);
        match cast {
            Ok(texts) => Ok(texts.as_string::<i32>().clone()),
            Err(_) => write::column(&side.array, &side.kind),
        }
    };
    let texts = (text(left)?, text(right)?);
    call.rows(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let at = |constant| if constant { 0 } else { row };
        Ok(Some(texts.0.value(at(left.constant)).to_owned() + texts.1.value(at(right.constant))))
    })
}

fn small(call: &Call, of: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    let wide = |at: usize| -> Result<ArrayRef> {
        Ok(arrow::compute::cast(&call.argument(at)?.array, &arrow::datatypes::DataType::Int64)?)
    };
    let (a, b) = (wide(0)?, wide(1)?);
    let (a, b) = (
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(&a),
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(&b),
    );
    let at = |which: usize, row: usize| {
        Ok::<_, datafusion::common::DataFusionError>(if call.argument(which)?.constant { 0 } else { row })
    };
    let mut out = arrow::array::Int16Builder::new();
    for row in 0..call.rows {
        if call.any_null(row) {
            out.append_null();
            continue;
        }
        let (x, y) = (a.value(at(0, row)?), b.value(at(1, row)?));
        if y == 0 && of(1, 0).is_none() {
            return Err(number::by_zero());
        }
        let value = of(x, y).and_then(|v| i16::try_from(v).ok());
        out.append_value(value.ok_or_else(|| exec_datafusion_err!("smallint out of range"))?);
    }
    Ok(Arc::new(out.finish()))
}

fn finite(value: f64, a: f64, b: f64) -> Result<f64> {
    if value.is_infinite() && a.is_finite() && b.is_finite() {
        return exec_err!("value out of range: overflow");
    }
    Ok(value)
}

fn real(value: f64, a: f64, b: f64) -> Result<f64> {
    finite(f64::from(value as f32), a, b)
}

/// Single precision is computed in double and rounded.
fn of_reals(call: &Call, of: fn(f64, f64) -> f64) -> Result<ArrayRef> {
    let wide = |at: usize| -> Result<(ArrayRef, bool)> {
        let argument = call.argument(at)?;
        Ok((arrow::compute::cast(&argument.array, &arrow::datatypes::DataType::Float64)?, argument.constant))
    };
    let ((a, a_constant), (b, b_constant)) = (wide(0)?, wide(1)?);
    let value = |array: &ArrayRef, constant: bool, row: usize| {
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Float64Type>(array).value(if constant {
            0
        } else {
            row
        })
    };
    let mut out = arrow::array::Float32Builder::new();
    for row in 0..call.rows {
        if call.any_null(row) {
            out.append_null();
        } else {
            let (x, y) = (value(&a, a_constant, row), value(&b, b_constant, row));
            out.append_value(real(of(x, y), x, y)? as f32);
        }
    }
    Ok(Arc::new(out.finish()))
}

fn plus() -> Vec<Overload> {
    vec![
        overload(&[Int2, Int2], Int2, |c| small(c, i64::checked_add)),
        overload(&[Int4, Int4], Int4, |c| {
            c.two(|a: i32, b: i32| a.checked_add(b).ok_or_else(number::integer_range))
        }),
        overload(&[Int8, Int8], Int8, |c| {
            c.two(|a: i64, b: i64| a.checked_add(b).ok_or_else(number::bigint_range))
        }),
        overload(&[Dec, Dec], Dec, |c| c.two(|a: Numeric, b: Numeric| Ok(a.add(&b)))),
        overload(&[Float4, Float4], Float4, |c| of_reals(c, |a, b| a + b)),
        overload(&[Float8, Float8], Float8, |c| c.two(|a: f64, b: f64| finite(a + b, a, b))),
        overload(&[Money, Money], Money, |c| c.two(|a: Cents, b: Cents| cents(a.0 + b.0))),
        overload(&[Date, Int4], Date, |c| c.two(|a: Day, b: i32| day(a.0.checked_add(b)))),
        overload(&[Int4, Date], Date, |c| c.two(|a: i32, b: Day| day(b.0.checked_add(a)))),
        overload(&[Date, Span], Timestamp, |c| c.two(|a: Day, b: Interval| instant(midnight(a)?, b))),
        overload(&[Span, Date], Timestamp, |c| c.two(|a: Interval, b: Day| instant(midnight(b)?, a))),
        overload(&[Date, Time], Timestamp, |c| c.two(|a: Day, b: OfDay| Ok(Instant(midnight(a)? + b.0)))),
        overload(&[Time, Span], Time, |c| {
            c.two(|a: OfDay, b: Interval| Ok(of_day(a.0.wrapping_add(b.micros))))
        }),
        overload(&[Timestamp, Span], Timestamp, |c| c.two(|a: Instant, b: Interval| instant(a.0, b))),
        overload(&[Timestamptz, Span], Timestamptz, |c| c.two(|a: Instant, b: Interval| instant(a.0, b))),
        overload(&[Span, Timestamp], Timestamp, |c| c.two(|a: Interval, b: Instant| instant(b.0, a))),
        overload(&[Span, Timestamptz], Timestamptz, |c| c.two(|a: Interval, b: Instant| instant(b.0, a))),
        overload(&[Span, Span], Span, |c| {
            c.two(|a: Interval, b: Interval| a.checked_add(b).ok_or_else(time::span_range))
        }),
        overload(&[Inet, Int8], Inet, |c| c.two(|a: Network, b: i64| a.plus(b).ok_or_else(address_range))),
        overload(&[Int8, Inet], Inet, |c| c.two(|a: i64, b: Network| b.plus(a).ok_or_else(address_range))),
    ]
}

fn minus() -> Vec<Overload> {
    vec![
        overload(&[Int2, Int2], Int2, |c| small(c, i64::checked_sub)),
        overload(&[Int4, Int4], Int4, |c| {
            c.two(|a: i32, b: i32| a.checked_sub(b).ok_or_else(number::integer_range))
        }),
        overload(&[Int8, Int8], Int8, |c| {
            c.two(|a: i64, b: i64| a.checked_sub(b).ok_or_else(number::bigint_range))
        }),
        overload(&[Dec, Dec], Dec, |c| c.two(|a: Numeric, b: Numeric| Ok(a.subtract(&b)))),
        overload(&[Float4, Float4], Float4, |c| of_reals(c, |a, b| a - b)),
        overload(&[Float8, Float8], Float8, |c| c.two(|a: f64, b: f64| finite(a - b, a, b))),
        overload(&[Money, Money], Money, |c| c.two(|a: Cents, b: Cents| cents(a.0 - b.0))),
        overload(&[Date, Date], Int4, |c| {
            c.two(|a: Day, b: Day| a.0.checked_sub(b.0).ok_or_else(number::integer_range))
        }),
        overload(&[Date, Int4], Date, |c| c.two(|a: Day, b: i32| day(a.0.checked_sub(b)))),
        overload(&[Date, Span], Timestamp, |c| {
            c.two(|a: Day, b: Interval| instant(midnight(a)?, negated(b)?))
        }),
        overload(&[Timestamp, Span], Timestamp, |c| {
            c.two(|a: Instant, b: Interval| instant(a.0, negated(b)?))
        }),
        overload(&[Timestamptz, Span], Timestamptz, |c| {
            c.two(|a: Instant, b: Interval| instant(a.0, negated(b)?))
        }),
        overload(&[Time, Span], Time, |c| {
            c.two(|a: OfDay, b: Interval| Ok(of_day(a.0.wrapping_sub(b.micros))))
        }),
        overload(&[Time, Time], Span, |c| {
            c.two(|a: OfDay, b: OfDay| Ok(Interval { micros: a.0 - b.0, ..Interval::default() }))
        }),
        overload(&[Timestamp, Timestamp], Span, |c| c.two(between)),
        overload(&[Timestamptz, Timestamptz], Span, |c| c.two(between)),
        overload(&[Span, Span], Span, |c| {
            c.two(|a: Interval, b: Interval| a.checked_add(negated(b)?).ok_or_else(time::span_range))
        }),
        overload(&[Inet, Int8], Inet, |c| {
            c.two(|a: Network, b: i64| b.checked_neg().and_then(|b| a.plus(b)).ok_or_else(address_range))
        }),
        overload(&[Inet, Inet], Int8, |c| {
            c.two(|a: Network, b: Network| a.minus(b).ok_or_else(address_range))
        }),
    ]
}

fn times() -> Vec<Overload> {
    vec![
        overload(&[Int2, Int2], Int2, |c| small(c, i64::checked_mul)),
        overload(&[Int4, Int4], Int4, |c| {
            c.two(|a: i32, b: i32| a.checked_mul(b).ok_or_else(number::integer_range))
        }),
        overload(&[Int8, Int8], Int8, |c| {
            c.two(|a: i64, b: i64| a.checked_mul(b).ok_or_else(number::bigint_range))
        }),
        overload(&[Dec, Dec], Dec, |c| c.two(|a: Numeric, b: Numeric| Ok(a.multiply(&b)))),
        overload(&[Float4, Float4], Float4, |c| of_reals(c, |a, b| a * b)),
        overload(&[Float8, Float8], Float8, |c| c.two(|a: f64, b: f64| finite(a * b, a, b))),
        overload(&[Money, Int8], Money, |c| c.two(|a: Cents, b: i64| cents(a.0 * i128::from(b)))),
        overload(&[Int8, Money], Money, |c| c.two(|a: i64, b: Cents| cents(b.0 * i128::from(a)))),
        overload(&[Money, Float8], Money, |c| c.two(|a: Cents, b: f64| rounded_cents(a.0 as f64 * b))),
        overload(&[Float8, Money], Money, |c| c.two(|a: f64, b: Cents| rounded_cents(b.0 as f64 * a))),
        overload(&[Span, Float8], Span, |c| {
            c.two(|a: Interval, b: f64| a.multiplied(b).ok_or_else(time::span_range))
        }),
        overload(&[Float8, Span], Span, |c| {
            c.two(|a: f64, b: Interval| b.multiplied(a).ok_or_else(time::span_range))
        }),
    ]
}

fn divided() -> Vec<Overload> {
    vec![
        overload(&[Int2, Int2], Int2, |c| small(c, i64::checked_div)),
        overload(&[Int4, Int4], Int4, |c| {
            c.two(|a: i32, b: i32| match b {
                0 => Err(number::by_zero()),
                b => a.checked_div(b).ok_or_else(number::integer_range),
            })
        }),
        overload(&[Int8, Int8], Int8, |c| {
            c.two(|a: i64, b: i64| match b {
                0 => Err(number::by_zero()),
                b => a.checked_div(b).ok_or_else(number::bigint_range),
            })
        }),
        overload(&[Dec, Dec], Dec, |c| {
            c.two(|a: Numeric, b: Numeric| a.divide(&b).ok_or_else(number::by_zero))
        }),
        overload(&[Float4, Float4], Float4, |c| of_reals(c, |a, b| a / b)),
        overload(&[Float8, Float8], Float8, |c| {
            c.two(|a: f64, b: f64| if b == 0.0 { Err(number::by_zero()) } else { finite(a / b, a, b) })
        }),
        overload(&[Money, Money], Float8, |c| {
            c.two(
                |a: Cents, b: Cents| {
                    if b.0 == 0 { Err(number::by_zero()) } else { Ok(a.0 as f64 / b.0 as f64) }
                },
            )
        }),
        // Money by an integer is cut, by a fraction rounded.
        overload(&[Money, Int8], Money, |c| {
            c.two(|a: Cents, b: i64| if b == 0 { Err(number::by_zero()) } else { cents(a.0 / i128::from(b)) })
        }),
        overload(&[Money, Float8], Money, |c| {
            c.two(
                |a: Cents, b: f64| {
                    if b == 0.0 { Err(number::by_zero()) } else { rounded_cents(a.0 as f64 / b) }
                },
            )
        }),
        overload(&[Span, Float8], Span, |c| {
            c.two(|a: Interval, b: f64| match b == 0.0 {
                true => Err(number::by_zero()),
                false => a.divided(b).ok_or_else(time::span_range),
            })
        }),
    ]
}

fn cents(value: i128) -> Result<Cents> {
    money::in_range(value).map(Cents).ok_or_else(|| exec_datafusion_err!("money out of range"))
}

fn rounded_cents(value: f64) -> Result<Cents> {
    if !value.is_finite() || value.abs() > 9.2e18 {
        return exec_err!("money out of range");
    }
    cents(value.round_ties_even() as i128)
}

fn day(days: Option<i32>) -> Result<Day> {
    days.filter(|d| calendar::day(*d).is_some())
        .map(Day)
        .ok_or_else(|| exec_datafusion_err!("date out of range"))
}

fn midnight(day: Day) -> Result<i64> {
    i64::from(day.0).checked_mul(DAY).ok_or_else(time::instant_range)
}

fn instant(micros: i64, span: Interval) -> Result<Instant> {
    calendar::plus(micros, span).map(Instant).ok_or_else(time::instant_range)
}

fn negated(span: Interval) -> Result<Interval> {
    span.checked_neg().ok_or_else(time::span_range)
}

fn of_day(micros: i64) -> OfDay {
    OfDay(micros.rem_euclid(DAY))
}

fn between(a: Instant, b: Instant) -> Result<Interval> {
    calendar::minus(a.0, b.0).ok_or_else(time::span_range)
}

fn address_range() -> datafusion::common::DataFusionError {
    exec_datafusion_err!("result is out of range")
}
