//! Functions that choose among their arguments.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt64Array, make_comparator};
use arrow::compute::{SortOptions, interleave, take};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::Table;
use super::call::{Argument, Call, count};
use super::overloaded::{Overload, general, given_type, overload};
use super::resolve::{Param, Returns, common};
use crate::engine::types::calendar::Read;
use crate::engine::types::{PgType, keys};

use PgType::{
    Bool, Bytea, Char, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval, Jsonb, Ltree, Money, Numeric,
    Text, Time, Timestamp, Timestamptz,
};

pub fn table() -> Table {
    let chosen = |kernel| vec![general([Param::Element], Returns::Element, kernel).variadic()];
    let counted = |kernel| vec![general([Param::Any], Returns::Is(Int4), kernel).variadic()];
    let distinct = |kernel| vec![general([Param::Element, Param::Element], Returns::Is(Bool), kernel)];
    vec![
        ("greatest", chosen(|c| extreme(c, true))),
        ("least", chosen(|c| extreme(c, false))),
        ("num_nulls", counted(|c| c.rows(|row| Ok(Some(nulls(c, row)?))))),
        ("num_nonnulls", counted(|c| c.rows(|row| Ok(Some(count(c.arguments.len())? - nulls(c, row)?))))),
        ("nullif", nullif_overloads()),
        ("is_distinct_from", distinct(|c| is_distinct(c, true))),
        ("is_not_distinct_from", distinct(|c| is_distinct(c, false))),
    ]
}

/// Functions that DataFusion must be told more of than their overloads.
pub fn special(context: Read) -> Vec<Arc<ScalarUDF>> {
    let choice = |name, aliases: &[&str]| {
        let aliases = aliases.iter().map(|a| (*a).to_owned()).collect();
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::from(Choice { name, aliases, now: context.now, signature }))
    };
    vec![choice(COALESCE, &[]), choice(CASE, &[])]
}

/// NULLs are skipped.
fn extreme(call: &Call, greatest: bool) -> Result<ArrayRef> {
    let mut columns = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        columns.push((keys::column(&argument.array, &argument.kind)?, argument.constant));
    }
    let mut chosen = Vec::with_capacity(call.rows);
    let place = |column: usize, row: usize| match columns.get(column) {
        Some((_, true)) => (column, 0),
        _ => (column, row),
    };
    let mut comparators = Vec::new();
    for (a, _) in &columns {
        let mut row = Vec::new();
        for (b, _) in &columns {
            row.push(make_comparator(a, b, SortOptions::default())?);
        }
        comparators.push(row);
    }
    for row in 0..call.rows {
        let mut best: Option<(usize, usize)> = None;
        for at in 0..columns.len() {
            let here = place(at, row);
            if columns.get(at).is_some_and(|(array, _)| array.is_null(here.1)) {
                continue;
            }
            let better = best.is_none_or(|(column, row)| {
                let order =
                    comparators.get(at).and_then(|c| c.get(column)).map(|compare| compare(here.1, row));
                order.is_some_and(|o| if greatest { o.is_gt() } else { o.is_lt() })
            });
            if better {
                best = Some(here);
            }
        }
        // Where all are NULL the first is taken, which is NULL.
        chosen.push(best.unwrap_or(place(0, row)));
    }
    let arrays: Vec<&dyn Array> = call.arguments.iter().map(|a| a.array.as_ref()).collect();
    Ok(interleave(&arrays, &chosen)?)
}

fn nulls(call: &Call, row: usize) -> Result<i32> {
    count(call.arguments.iter().filter(|a| a.array.is_null(if a.constant { 0 } else { row })).count())
}

/// The type is that of the first argument as `=` takes it: integers of two sizes compare without becoming
/// one another, an integer and a numeric do not.
fn nullif_overloads() -> Vec<Overload> {
    let compared_as_they_are: [&[PgType]; 3] =
        [&[Int2, Int4, Int8], &[Float4, Float8], &[Date, Timestamp, Timestamptz]];
    // There is no `=` of cidr and of varchar: they compare as inet and text.
    let alike = [
        Bool,
        Int2,
        Int4,
        Int8,
        Numeric,
        Float4,
        Float8,
        Text,
        Char,
        Date,
        Time,
        Timestamp,
        Timestamptz,
        Interval,
        Money,
        Inet,
        Jsonb,
        Ltree,
        Bytea,
    ];
    let mut overloads = vec![general([Param::Array, Param::Array], Returns::Array, nullif)];
    overloads.extend(alike.map(|kind| overload(&[kind.clone(), kind.clone()], kind, nullif)));
    for family in compared_as_they_are {
        for a in family {
            let others = family.iter().filter(|b| *b != a);
            overloads.extend(others.map(|b| overload(&[a.clone(), b.clone()], a.clone(), nullif)));
        }
    }
    overloads
}

fn nullif(call: &Call) -> Result<ArrayRef> {
    let (value, other) = (call.argument(0)?, call.argument(1)?);
    let kind = common(&[value.kind.clone(), other.kind.clone()]).unwrap_or_else(|| value.kind.clone());
    let key =
        |argument: &Argument| keys::column(&arrow::compute::cast(&argument.array, &kind.data_type())?, &kind);
    let equal = make_comparator(&key(value)?, &key(other)?, SortOptions::default())?;
    let at = |argument: &Argument, row: usize| if argument.constant { 0 } else { row };
    let kept: UInt64Array = (0..call.rows)
        .map(|row| {
            let (a, b) = (at(value, row), at(other, row));
            let is_null = value.array.is_null(a) || (!other.array.is_null(b) && equal(a, b).is_eq());
            (!is_null).then_some(a as u64)
        })
        .collect();
    Ok(take(&value.array, &kept, None)?)
}

fn is_distinct(call: &Call, distinct: bool) -> Result<ArrayRef> {
    let (a, b) = (call.argument(0)?, call.argument(1)?);
    let (x, y) = (keys::column(&a.array, &a.kind)?, keys::column(&b.array, &b.kind)?);
    let compare = make_comparator(&x, &y, SortOptions::default())?;
    let at = |constant: bool, row: usize| if constant { 0 } else { row };
    call.rows(|row| Ok(Some(compare(at(a.constant, row), at(b.constant, row)).is_ne() == distinct)))
}

pub const COALESCE: &str = "coalesce";
/// `case_of(case ... end, result, result ...)` has the common type of the results; `operators/settle` puts the
/// CASE itself in its place.
pub use crate::engine::dialect::CASE;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Choice {
    name: &'static str,
    aliases: Vec<String>,
    now: i64,
    signature: Signature,
}

impl Choice {
    /// The arguments that are results.
    fn results<T: Copy>(&self, arguments: &[T]) -> Vec<T> {
        arguments.iter().skip(usize::from(self.name == CASE)).copied().collect()
    }
}

impl ScalarUDFImpl for Choice {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        match args.first() {
            Some(case) if self.name == CASE => Ok(case.schema_name().to_string()),
            _ => Ok(format!(
                "{}({})",
                self.name,
                args.iter().map(|a| a.schema_name().to_string()).collect::<Vec<_>>().join(", ")
            )),
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let literals = args.scalar_arguments.iter().map(Option::is_some);
        let kinds: Vec<PgType> =
            args.arg_fields.iter().zip(literals).map(|(f, l)| given_type(f, l)).collect();
        let kinds: Vec<&PgType> = kinds.iter().collect();
        let kinds: Vec<PgType> = self.results(&kinds).into_iter().cloned().collect();
        if kinds.is_empty() {
            return plan_err!("syntax error: {}() needs an argument", self.name);
        }
        match common(&kinds) {
            Some(kind) => Ok(kind.field(self.name)),
            None => {
                let word = if self.name == CASE { "CASE" } else { "COALESCE" };
                let (first, other) = unmatched(&kinds);
                plan_err!("{word} types {first} and {other} cannot be matched")
            }
        }
    }

    /// Never reached: the analysis replaces it, since arguments must not be computed before they are needed.
    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} was not replaced", self.name)
    }

    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Original(args))
    }

    fn short_circuits(&self) -> bool {
        true
    }
}

/// The first two types that have nothing in common, for the message.
pub fn unmatched(kinds: &[PgType]) -> (String, String) {
    let mut known = kinds.iter().filter(|k| **k != PgType::Unknown);
    let Some(first) = known.next() else { return Default::default() };
    let mut so_far = vec![first.clone()];
    for kind in known {
        let before = common(&so_far);
        so_far.push(kind.clone());
        if common(&so_far).is_none() {
            return (before.map(|k| k.name()).unwrap_or_default(), kind.name());
        }
    }
    Default::default()
}
