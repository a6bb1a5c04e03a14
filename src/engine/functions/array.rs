//! Functions of arrays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, ListBuilder, StringBuilder, UInt32Array,
    new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use datafusion::common::{Result, exec_err};

use super::Table;
use super::call::{Call, count};
use super::overloaded::{Overload, general};
use super::resolve::{Param, Returns};
use crate::engine::types::{PgType, write};

use PgType::{Int4, Text};

fn of_array(returns: PgType, kernel: super::overloaded::Kernel) -> Overload {
    general([Param::Array], Returns::Is(returns), kernel)
}

pub fn table() -> Table {
    let length = |kernel| vec![general([Param::Array, Param::Is(Int4)], Returns::Is(Int4), kernel)];
    let joined = |kernel| {
        vec![
            general([Param::Array, Param::Is(Text)], Returns::Is(Text), kernel),
            general([Param::Array, Param::Is(Text), Param::Is(Text)], Returns::Is(Text), kernel),
        ]
    };
    let element = |kernel| vec![general([Param::Array, Param::Element], Returns::Array, kernel)];
    vec![
        (
            "make_array",
            vec![
                general([Param::Element], Returns::Array, |c| {
                    let all: Vec<usize> = (0..c.arguments.len()).collect();
                    built(c, |row| gathered(c, row, &all))
                })
                .variadic(),
            ],
        ),
        ("cardinality", vec![of_array(Int4, |c| c.one(|items: ArrayRef| count(items.len())))]),
        ("array_length", length(|c| c.two_or_null(first_dimension))),
        ("array_upper", length(|c| c.two_or_null(first_dimension))),
        (
            "array_lower",
            length(|c| {
                c.two_or_null(|items: ArrayRef, n: i32| Ok((n == 1 && !items.is_empty()).then_some(1)))
            }),
        ),
        (
            "array_ndims",
            vec![of_array(Int4, |c| c.one_or_null(|items: ArrayRef| Ok((!items.is_empty()).then_some(1))))],
        ),
        ("array_to_string", joined(array_to_string)),
        ("array_append", element(|c| built(c, |row| parts(c, row, &[0, 1])))),
        (
            "array_prepend",
            vec![general([Param::Element, Param::Array], Returns::Array, |c| {
                built(c, |row| parts(c, row, &[0, 1]))
            })],
        ),
        (
            "array_cat",
            vec![general([Param::Array, Param::Array], Returns::Array, |c| {
                built(c, |row| parts(c, row, &[0, 1]))
            })],
        ),
        (
            "array_remove",
            element(|c| {
                built(c, |row| {
                    let Some(items) = c.get::<ArrayRef>(0, row)? else { return Ok(None) };
                    let same = same_as(c, row, &items)?;
                    let kept: UInt32Array = (0..items.len())
                        .filter(|at| !same.value(*at))
                        .map(|at| u32::try_from(at).ok())
                        .collect();
                    Ok(Some(take(&items, &kept, None)?))
                })
            }),
        ),
        (
            "array_position",
            vec![general([Param::Array, Param::Element], Returns::Is(Int4), |c| {
                c.rows(|row| {
                    let Some(items) = c.get::<ArrayRef>(0, row)? else { return Ok(None) };
                    let same = same_as(c, row, &items)?;
                    (0..items.len()).find(|at| same.value(*at)).map(|at| count(at + 1)).transpose()
                })
            })],
        ),
    ]
}

fn first_dimension(items: ArrayRef, dimension: i32) -> Result<Option<i32>> {
    if dimension != 1 || items.is_empty() { Ok(None) } else { count(items.len()).map(Some) }
}

/// The argument's value at a row as items: a list's own, or the one value.
fn items_at(call: &Call, at: usize, row: usize) -> Result<ArrayRef> {
    let argument = call.argument(at)?;
    let row = if argument.constant { 0 } else { row };
    Ok(match &argument.kind {
        PgType::Array(item) if argument.array.is_null(row) => new_null_array(&item.data_type(), 0),
        PgType::Array(_) => argument.array.as_list::<i32>().value(row),
        _ => argument.array.slice(row, 1),
    })
}

/// Single values, one after another.
fn gathered(call: &Call, row: usize, arguments: &[usize]) -> Result<Option<ArrayRef>> {
    let element = call.returns.element().cloned().unwrap_or(Text);
    let items = arguments.iter().map(|at| {
        let argument = call.argument(*at)?;
        Ok(argument.array.slice(if argument.constant { 0 } else { row }, 1))
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let items: Vec<&dyn Array> = items.iter().map(AsRef::as_ref).collect();
    Ok(Some(if items.is_empty() { new_null_array(&element.data_type(), 0) } else { concat(&items)? }))
}

/// Arguments joined; NULL only where every list is.
fn parts(call: &Call, row: usize, arguments: &[usize]) -> Result<Option<ArrayRef>> {
    let all_null = call
        .arguments
        .iter()
        .all(|a| matches!(a.kind, PgType::Array(_)) && a.array.is_null(if a.constant { 0 } else { row }));
    if all_null {
        return Ok(None);
    }
    let lists = arguments.iter().map(|at| items_at(call, *at, row)).collect::<Result<Vec<_>>>()?;
    let lists: Vec<&dyn Array> = lists.iter().map(AsRef::as_ref).collect();
    Ok(Some(concat(&lists)?))
}

/// `array || array`, `array || item`, `item || array`.
pub fn joined(call: &Call) -> Result<ArrayRef> {
    built(call, |row| parts(call, row, &[0, 1]))
}

/// Which items are not distinct from the second argument.
fn same_as(call: &Call, row: usize, items: &ArrayRef) -> Result<BooleanArray> {
    let wanted = items_at(call, 1, row)?;
    let wanted = arrow::array::Scalar::new(wanted);
    Ok(arrow::compute::kernels::cmp::not_distinct(items, &wanted)?)
}

/// A column of lists from the items of each row.
pub fn built(call: &Call, items: impl Fn(usize) -> Result<Option<ArrayRef>>) -> Result<ArrayRef> {
    let element = call.returns.element().cloned().unwrap_or(Text);
    let mut lists = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        lists.push(items(row)?);
    }
    let lengths = lists.iter().map(|list| list.as_ref().map_or(0, |items| items.len()));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls: NullBuffer = lists.iter().map(Option::is_some).collect();
    let some: Vec<&dyn Array> = lists.iter().flatten().map(AsRef::as_ref).collect();
    let values = if some.is_empty() { new_null_array(&element.data_type(), 0) } else { concat(&some)? };
    Ok(Arc::new(ListArray::try_new(element.field("item"), offsets, values, Some(nulls))?))
}

/// NULLs are left out, or written as the third argument.
fn array_to_string(call: &Call) -> Result<ArrayRef> {
    let kind = call.argument(0)?.kind.clone();
    let element = kind.element().cloned().unwrap_or(Text);
    call.rows(|row| {
        let (Some(items), Some(separator)) = (call.get::<ArrayRef>(0, row)?, call.get::<&str>(1, row)?)
        else {
            return Ok(None);
        };
        let null = call.get::<&str>(2, row)?;
        let texts = write::column(&items, &element)?;
        let shown: Vec<&str> = texts.iter().filter_map(|t| t.or(null)).collect();
        Ok(Some(shown.join(separator)))
    })
}

/// `string_to_array(text, separator [, null])`: every letter where the separator is NULL.
pub fn string_to_array(call: &Call) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(Text.field("item"));
    for row in 0..call.rows {
        let Some(text) = call.get::<&str>(0, row)? else {
            out.append(false);
            continue;
        };
        let null = call.get::<&str>(2, row)?;
        let mut push = |part: &str| match Some(part) == null {
            true => out.values().append_null(),
            false => out.values().append_value(part),
        };
        match call.get::<&str>(1, row)? {
            _ if text.is_empty() => {}
            None => text.chars().for_each(|letter| push(&letter.to_string())),
            Some("") => push(text),
            Some(separator) => text.split(separator).for_each(push),
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

/// `a && b`, `a @> b` on arrays: NULL items never count.
pub fn overlaps(call: &Call) -> Result<ArrayRef> {
    sets(call, |a, b| a.iter().any(|item| item.is_some() && b.contains(item)))
}

pub fn contains(call: &Call) -> Result<ArrayRef> {
    sets(call, |a, b| b.iter().all(|item| item.is_some() && a.contains(item)))
}

pub fn contained(call: &Call) -> Result<ArrayRef> {
    sets(call, |a, b| a.iter().all(|item| item.is_some() && b.contains(item)))
}

fn sets(call: &Call, compare: impl Fn(&[Option<&str>], &[Option<&str>]) -> bool) -> Result<ArrayRef> {
    let kind = call.argument(0)?.kind.element().cloned().unwrap_or(Text);
    if matches!(kind, PgType::Numeric | PgType::Interval) {
        return exec_err!("arrays of {kind} cannot be compared as sets");
    }
    call.two(|a: ArrayRef, b: ArrayRef| {
        let (a, b) = (write::column(&a, &kind)?, write::column(&b, &kind)?);
        Ok(compare(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>()))
    })
}
