//! `x op any (array)` and `x op all (array)`.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::engine::functions::call::Call;
use crate::engine::functions::overloaded::{Form, Kernel, Overload, Overloaded, general};
use crate::engine::functions::resolve::{Param, Returns};
use crate::engine::functions::{Shared, Table, shared};
use crate::engine::types::calendar::Read;
use crate::engine::types::{PgType, keys};

pub fn all(context: Read) -> Vec<Arc<ScalarUDF>> {
    static TABLE: LazyLock<Shared> = LazyLock::new(|| shared(table()));
    let each = |(name, overloads): &(&'static str, Arc<Vec<Overload>>)| {
        Overloaded::udf(name, Form::Operator, Arc::clone(overloads), context)
    };
    TABLE.iter().map(each).collect()
}

fn table() -> Table {
    let each = |name: &'static str, kernel: Kernel| {
        (name, vec![general([Param::Element, Param::Array], Returns::Is(PgType::Bool), kernel)])
    };
    vec![
        each("= any", |c| quantified(c, Ordering::is_eq, false)),
        each("<> any", |c| quantified(c, Ordering::is_ne, false)),
        each("< any", |c| quantified(c, Ordering::is_lt, false)),
        each("<= any", |c| quantified(c, Ordering::is_le, false)),
        each("> any", |c| quantified(c, Ordering::is_gt, false)),
        each(">= any", |c| quantified(c, Ordering::is_ge, false)),
        each("= all", |c| quantified(c, Ordering::is_eq, true)),
        each("<> all", |c| quantified(c, Ordering::is_ne, true)),
        each("< all", |c| quantified(c, Ordering::is_lt, true)),
        each("<= all", |c| quantified(c, Ordering::is_le, true)),
        each("> all", |c| quantified(c, Ordering::is_gt, true)),
        each(">= all", |c| quantified(c, Ordering::is_ge, true)),
    ]
}

/// A NULL item leaves the answer open, unless another settles it.
fn quantified(call: &Call, holds: fn(Ordering) -> bool, all: bool) -> Result<ArrayRef> {
    let kind = call.argument(0)?.kind.clone();
    let value = call.argument(0)?;
    let values = keys::column(&value.array, &kind)?;
    call.rows(|row| {
        let Some(items) = call.get::<ArrayRef>(1, row)? else { return Ok(None) };
        if items.is_empty() {
            return Ok(Some(all));
        }
        let at = if value.constant { 0 } else { row };
        if values.is_null(at) {
            return Ok(None);
        }
        let items = keys::column(&items, &kind)?;
        let compare = make_comparator(&values, &items, SortOptions::default())?;
        let mut unknown = false;
        for item in 0..items.len() {
            if items.is_null(item) {
                unknown = true;
            } else if holds(compare(at, item)) != all {
                return Ok(Some(!all));
            }
        }
        Ok((!unknown).then_some(all))
    })
}
