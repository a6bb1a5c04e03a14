//! Which function makes which arrays.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF};

use crate::engine::json::{self, elements};
use crate::engine::lateral::{gathered, matches, ordinals, series};
use crate::engine::pg_type;
use crate::engine::types::calendar::Read;

/// A column a set brings: the array its values come from, and what one of them is.
#[derive(Clone, Debug)]
pub struct SetColumn {
    pub list: Expr,
    pub field: FieldRef,
}

impl SetColumn {
    /// From an expression that is an array.
    pub fn list(list: Expr, schema: &DFSchema) -> Result<Self> {
        let (_, field) = list.to_field(schema)?;
        match field.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Ok(Self { list, field: Arc::new(item.as_ref().clone().with_nullable(true)) })
            }
            other => plan_err!("an array is expected, not {other}"),
        }
    }

    /// From an expression that is itself the only value.
    pub fn value(value: Expr, schema: &DFSchema) -> Result<Self> {
        let (_, field) = value.to_field(schema)?;
        Ok(Self { list: value, field: Arc::new(field.as_ref().clone().with_nullable(true)) })
    }

    pub fn called(self, name: &str) -> Self {
        Self { field: Arc::new(self.field.as_ref().clone().with_name(name)), ..self }
    }
}

pub struct Set {
    /// One row of values, not rows from arrays.
    pub is_value: bool,
    pub columns: Vec<SetColumn>,
}

impl Set {
    /// Its columns; with `as_lists`, a single value is an array of one.
    pub fn into_columns(self, as_lists: bool) -> Vec<SetColumn> {
        if !self.is_value || !as_lists {
            return self.columns;
        }
        let one = |c: SetColumn| SetColumn { list: ordinals::array_of_one(c.list), field: c.field };
        self.columns.into_iter().map(one).collect()
    }

    /// One column: a record written as PostgreSQL writes it where there are several.
    pub fn into_record(self) -> Result<SetColumn> {
        let mut columns = self.into_columns(true);
        match (columns.pop(), columns.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                let lists = columns.into_iter().map(|c| c.list).chain([last.list]).collect();
                SetColumn::list(elements::records().call(lists), &DFSchema::empty())
            }
            (None, _) => plan_err!("the function brings no column"),
        }
    }
}

/// Functions a statement may call by itself.
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    gathered::functions()
}

/// What a set is planned with, besides its arguments.
pub struct Planning<'a> {
    /// The functions a statement can call.
    pub functions: &'a dyn Fn(&str) -> Option<Arc<ScalarUDF>>,
    pub context: Read,
}

pub fn plan(function: &str, args: Vec<Expr>, schema: &DFSchema, with: &Planning<'_>) -> Result<Set> {
    let list = |expr: Expr| SetColumn::list(expr, schema);
    let called = |name: &str, args: Vec<Expr>| match (with.functions)(name) {
        Some(udf) => Ok(udf.call(args)),
        None => plan_err!("function {name} does not exist"),
    };
    let columns = match function {
        "unnest" => args.into_iter().map(|arg| array(arg, schema)).collect::<Result<Vec<_>>>()?,
        "generate_series" => vec![list(series::planned(args, schema, with.context)?)?],
        "generate_subscripts" => vec![list(ordinals::subscripts(args)?)?],
        "regexp_split_to_table" => vec![list(called("regexp_split_to_array", args)?)?],
        "regexp_matches" => vec![list(matches::udf().call(args))?],
        "string_to_table" => vec![list(called("string_to_array", args)?)?],
        "jsonb_path_query" => {
            let args = json_first(function, args, schema)?;
            vec![list(json::path::query_all().call(args))?]
        }
        "jsonb_to_record" | "json_to_record" => {
            let [json] = one(function, json_first(function, args, schema)?)?;
            return Ok(Set { is_value: true, columns: vec![SetColumn::value(json, schema)?] });
        }
        "jsonb_to_recordset" | "json_to_recordset" => {
            let args = json_first(function, args, schema)?;
            vec![list(elements::array_elements("jsonb_array_elements", false).call(args))?]
        }
        _ => {
            let args = json_first(function, args, schema)?;
            elements::lists(function)?
                .into_iter()
                .map(|f| list(f.call(args.clone())))
                .collect::<Result<_>>()?
        }
    };
    if columns.is_empty() {
        return plan_err!("function {function}() does not exist");
    }
    Ok(Set { is_value: false, columns })
}

fn json_first(function: &str, args: Vec<Expr>, schema: &DFSchema) -> Result<Vec<Expr>> {
    let mut args = args.into_iter();
    let Some(first) = args.next() else { return plan_err!("function {function}() does not exist") };
    let first = json::argument(first, function, schema)?;
    Ok([first].into_iter().chain(args).collect())
}

fn one(function: &str, args: Vec<Expr>) -> Result<[Expr; 1]> {
    <[Expr; 1]>::try_from(args)
        .or_else(|args| plan_err!("function {function} takes one argument, not {}", args.len()))
}

/// The argument of `unnest`.
fn array(arg: Expr, schema: &DFSchema) -> Result<SetColumn> {
    let (_, field) = arg.to_field(schema)?;
    if field.data_type().is_null() {
        return plan_err!("function unnest(unknown) is not unique: cast the argument to an array type");
    }
    if !field.data_type().is_list() {
        let kind = pg_type::name_of(&field);
        return plan_err!(
            "function unnest({kind}) does not exist; it takes an array: jsonb has jsonb_array_elements"
        );
    }
    // Several dimensions come apart at once.
    let mut column = SetColumn::list(arg, schema)?;
    while column.field.data_type().is_list() {
        column = SetColumn::list(ordinals::flattened(column.list), schema)?;
    }
    Ok(column)
}

/// The field of an array of `item`.
pub fn list_of(name: &str, item: Field) -> FieldRef {
    Arc::new(Field::new(name, DataType::List(Arc::new(item)), true))
}
