//! `to_char`, `to_timestamp`, `to_date`, `to_number`: values by template.
//!
//! | file | holds |
//! |---|---|
//! | `template` | a template of dates taken apart |
//! | `datetime` | instants and intervals written by it |
//! | `scan` | text read by it |
//! | `number` | numbers written and read |

mod datetime;
mod number;
mod scan;
mod template;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::Table;
use super::call::{Call, Day, Instant};
use super::overloaded::overload;
use crate::engine::types::PgType;
use crate::engine::types::interval::Interval;
use crate::engine::types::numeric::Numeric;

use PgType::{Date, Float8, Int4, Int8, Interval as Span, Numeric as Dec, Text, Timestamp, Timestamptz};

pub fn table() -> Table {
    vec![
        (
            "to_char",
            vec![
                overload(&[Timestamp, Text], Text, |c| {
                    c.two(|at: Instant, t: &str| datetime::instant(at.0, false, t))
                }),
                overload(&[Timestamptz, Text], Text, |c| {
                    c.two(|at: Instant, t: &str| datetime::instant(at.0, true, t))
                }),
                overload(&[Span, Text], Text, |c| {
                    c.two(|span: Interval, t: &str| datetime::interval(span, t))
                }),
                overload(&[Int4, Text], Text, |c| c.two(|n: i32, t: &str| number::written(&n.into(), t))),
                overload(&[Int8, Text], Text, |c| c.two(|n: i64, t: &str| number::written(&n.into(), t))),
                overload(&[Dec, Text], Text, |c| c.two(|n: Numeric, t: &str| number::written(&n, t))),
                overload(&[Float8, Text], Text, |c| {
                    c.two(|n: f64, t: &str| number::written(&Numeric::from_float(n, 15), t))
                }),
            ],
        ),
        (
            "to_date",
            vec![overload(&[Text, Text], Date, |c| {
                c.two(|text: &str, t: &str| scan::date(text, t).map(Day))
            })],
        ),
        ("to_number", vec![overload(&[Text, Text], Dec, |c| c.two(number::read))]),
    ]
}

pub fn to_timestamp(call: &Call) -> Result<ArrayRef> {
    call.two(|text: &str, template: &str| scan::instant(text, template).map(Instant))
}
