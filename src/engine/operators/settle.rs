//! The last of typing: what could only be decided once every column's type was known.
//!
//! | in the plan | becomes |
//! |---|---|
//! | a cast | a conversion by PostgreSQL's rules |
//! | `case_of(case .., results)`, `coalesce(..)` | CASE, its results brought to one type |
//! | `x in (list)`, `x in (subquery)` | both sides of one type, or keys of it |
//! | `union`, `intersect`, `except` | inputs whose columns have one type |
//!
//! A rewrite of plans from the leaves up; DataFusion's own coercion finds nothing left to do.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, NullEquality, Result, not_impl_err, plan_err};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, Case, InList, InSubquery, Like, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Distinct, Expr, Join, JoinType, LogicalPlan, Projection, Subquery, Union};

use super::conversion::{converted, key, retyped, target_of};
use super::type_of;
use crate::engine::functions::condition::{CASE, COALESCE, unmatched};
use crate::engine::functions::resolve::common;
use crate::engine::json::literal_json;
use crate::engine::types::calendar::Read;
use crate::engine::types::{PgType, Target, keys};

pub fn settle(plan: LogicalPlan, context: Read) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        let done = expressions(node, context)?;
        if let LogicalPlan::Union(union) = done.data {
            return Ok(Transformed::yes(LogicalPlan::Union(unioned(union, context)?)));
        }
        if let LogicalPlan::Aggregate(aggregate) = &done.data {
            one_order(&aggregate.aggr_expr)?;
        }
        match done.data {
            LogicalPlan::Join(join) if is_set_operation(&join) => {
                Ok(Transformed::yes(LogicalPlan::Join(compared_rows(join, context)?)))
            }
            _ => Ok(done),
        }
    })
    .data()
}

fn expressions(node: LogicalPlan, context: Read) -> Result<Transformed<LogicalPlan>> {
    if matches!(node, LogicalPlan::TableScan(_)) {
        return Ok(Transformed::no(node));
    }
    let mut known = DFSchema::empty();
    for input in node.inputs() {
        known.merge(input.schema());
    }
    let names = NamePreserver::new(&node);
    let done = node.map_expressions(|expr| {
        let name = names.save(&expr);
        let done = expr.transform_up(|expr| expression(expr, &known, context))?;
        Ok(match done.transformed {
            true => done.update_data(|expr| name.restore(expr)),
            false => done,
        })
    })?;
    match done.transformed {
        true => Ok(Transformed::yes(done.data.recompute_schema()?)),
        false => Ok(done),
    }
}

fn expression(expr: Expr, known: &DFSchema, context: Read) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::Cast(cast) if Target::is_one(&cast.field) => {
            let target = Target::of(&cast.field);
            let from = type_of(&cast.expr, known)?;
            Transformed::yes(super::conversion::cast_of(*cast.expr, &from, target, known, context)?)
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if target_of(&func).is_some() && args.len() == 1 =>
        {
            let (Some(target), Some(operand)) = (target_of(&func).cloned(), args.pop()) else {
                return plan_err!("a cast of nothing");
            };
            let from = type_of(&operand, known)?;
            Transformed::yes(super::conversion::cast_of(operand, &from, target, known, context)?)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == CASE => {
            Transformed::yes(case(args, known, context)?)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == COALESCE => {
            let kinds = args.iter().map(|a| type_of(a, known)).collect::<Result<Vec<_>>>()?;
            let Some(kind) = common(&kinds) else {
                let (first, other) = unmatched(&kinds);
                return plan_err!("COALESCE types {first} and {other} cannot be matched");
            };
            let args = args
                .into_iter()
                .zip(&kinds)
                .map(|(arg, from)| converted(arg, from, &kind, context))
                .collect::<Result<Vec<_>>>()?;
            Transformed::yes(stated(datafusion::functions::core::coalesce().call(args), kind))
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if matches!(func.name(), "to_jsonb" | "to_json")
                && args.iter().any(|arg| type_of(arg, known).is_ok_and(|kind| kind == PgType::Unknown)) =>
        {
            return plan_err!("could not determine polymorphic type because input has type unknown");
        }
        // What cannot be read is an error of the statement.
        Expr::ScalarFunction(ScalarFunction { func, args })
            if func.name() == "jsonb_in" && matches!(args.as_slice(), [Expr::Literal(..)]) =>
        {
            match args.first().map(literal_json).transpose()?.flatten() {
                Some(literal) => Transformed::yes(literal),
                None => Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args })),
            }
        }
        Expr::InList(list) => in_list(list, known, context)?,
        Expr::InSubquery(inside) => in_subquery(inside, known, context)?,
        Expr::AggregateFunction(call) => aggregate(call, known, context)?,
        Expr::Like(like) => Transformed::no(Expr::Like(texts_only(like, known)?)),
        other => Transformed::no(other),
    })
}

/// Aggregates of DataFusion take more types than PostgreSQL's, and order some otherwise.
fn aggregate(mut call: AggregateFunction, known: &DFSchema, context: Read) -> Result<Transformed<Expr>> {
    let name = call.func.name().to_owned();
    let kinds = call.params.args.iter().map(|a| type_of(a, known)).collect::<Result<Vec<_>>>()?;
    let refused = || {
        let kinds: Vec<String> = kinds.iter().map(PgType::name).collect();
        plan_err!("function {name}({}) does not exist", kinds.join(", "))
    };
    let texts = |kind: &PgType| kind.is_string() || *kind == PgType::Unknown;
    match (name.as_str(), kinds.as_slice()) {
        ("min" | "max", [PgType::Bool | PgType::Json | PgType::Jsonb | PgType::Record | PgType::Ltree]) => {
            refused()
        }
        // Its own order is not Arrow's: the first by it.
        ("min" | "max", [kind]) if keys::needed(kind) && *kind != PgType::Numeric => {
            let [value] = call.params.args.as_slice() else { return refused() };
            let by = key(value.clone(), kind.clone()).sort(name == "min", false);
            call.params.order_by = vec![by];
            call.params.distinct = false;
            call.func = first_value_udaf();
            Ok(Transformed::yes(Expr::AggregateFunction(call)))
        }
        ("array_agg", [PgType::Unknown]) => plan_err!("function array_agg(unknown) is not unique"),
        // PostgreSQL finds duplicates by sorting.
        ("array_agg", [kind])
            if call.params.distinct && call.params.order_by.is_empty() && !keys::needed(kind) =>
        {
            let [value] = call.params.args.as_slice() else { return refused() };
            call.params.order_by = vec![value.clone().sort(true, false)];
            Ok(Transformed::yes(Expr::AggregateFunction(call)))
        }
        ("string_agg", [first, second]) if !texts(first) || !texts(second) => refused(),
        ("bool_and" | "bool_or", [kind]) if !matches!(kind, PgType::Bool | PgType::Unknown) => refused(),
        (name, _) if name.starts_with("regr_") || name.starts_with("covar_") || name == "corr" => {
            let args = call.params.args.into_iter().zip(&kinds);
            let args = args.map(|(arg, from)| converted(arg, from, &PgType::Float8, context));
            call.params.args = args.collect::<Result<_>>()?;
            Ok(Transformed::yes(Expr::AggregateFunction(call)))
        }
        _ => Ok(Transformed::no(Expr::AggregateFunction(call))),
    }
}

/// The type is kept where Arrow's would not tell it.
fn stated(expr: Expr, kind: PgType) -> Expr {
    if kind.is_textual() { retyped(expr, kind) } else { expr }
}

fn case(mut args: Vec<Expr>, known: &DFSchema, context: Read) -> Result<Expr> {
    let results = args.split_off(1);
    let mut kinds = results.iter().map(|r| type_of(r, known)).collect::<Result<Vec<_>>>()?;
    let Some(case) = args.pop() else { return plan_err!("a CASE of nothing") };
    if matches!(case, Expr::Case(_)) && kinds.is_empty() {
        kinds.push(PgType::Text);
    }
    let Some(kind) = common(&kinds) else {
        let (first, other) = unmatched(&kinds);
        return plan_err!("CASE types {first} and {other} cannot be matched");
    };
    let case = results_as(case, &kind, known, context)?;
    Ok(stated(case, kind))
}

/// Results of a CASE, and of those inside, as one type.
fn results_as(expr: Expr, kind: &PgType, known: &DFSchema, context: Read) -> Result<Expr> {
    match expr {
        Expr::Case(Case { expr, when_then_expr, else_expr }) => {
            let each = |result: Box<Expr>| -> Result<Box<Expr>> {
                Ok(Box::new(results_as(*result, kind, known, context)?))
            };
            let when_then_expr = when_then_expr
                .into_iter()
                .map(|(when, then)| Ok((when, each(then)?)))
                .collect::<Result<_>>()?;
            Ok(Expr::Case(Case { expr, when_then_expr, else_expr: else_expr.map(each).transpose()? }))
        }
        other => {
            let from = type_of(&other, known)?;
            converted(other, &from, kind, context)
        }
    }
}

fn texts_only(like: Like, known: &DFSchema) -> Result<Like> {
    let (left, right) = (type_of(&like.expr, known)?, type_of(&like.pattern, known)?);
    let fits = |kind: &PgType| kind.is_string() || *kind == PgType::Unknown;
    if !fits(&left) || !fits(&right) {
        let symbol = match (like.negated, like.case_insensitive) {
            (false, false) => "~~",
            (true, false) => "!~~",
            (false, true) => "~~*",
            (true, true) => "!~~*",
        };
        return plan_err!("operator does not exist: {left} {symbol} {right}");
    }
    Ok(like)
}

fn in_list(list: InList, known: &DFSchema, context: Read) -> Result<Transformed<Expr>> {
    let left = type_of(&list.expr, known)?;
    let mut kinds = vec![left.clone()];
    for item in &list.list {
        kinds.push(type_of(item, known)?);
    }
    let Some(kind) = common(&kinds) else {
        let other = kinds.iter().skip(1).find(|k| common(&[left.clone(), (*k).clone()]).is_none());
        return plan_err!(
            "operator does not exist: {left} = {}",
            other.map(PgType::name).unwrap_or_default()
        );
    };
    if kind == PgType::Jsonb {
        return Ok(Transformed::no(Expr::InList(list)));
    }
    let addresses = matches!(kind, PgType::Inet | PgType::Cidr)
        && kinds.iter().all(|k| *k == kind || *k == PgType::Unknown);
    let keyed = keys::needed(&kind) && !addresses;
    let side = |expr: Expr, from: &PgType| -> Result<Expr> {
        let expr = converted(expr, from, &kind, context)?;
        Ok(if keyed { key(expr, kind.clone()) } else { expr })
    };
    let items = list.list.into_iter().zip(kinds.iter().skip(1));
    let items = items.map(|(item, from)| side(item, from)).collect::<Result<Vec<_>>>()?;
    let expr = Box::new(side(*list.expr, &left)?);
    Ok(Transformed::yes(Expr::InList(InList { expr, list: items, negated: list.negated })))
}

fn in_subquery(inside: InSubquery, known: &DFSchema, context: Read) -> Result<Transformed<Expr>> {
    let plan = &inside.subquery.subquery;
    let Some(column) = plan.schema().columns().into_iter().next() else {
        return Ok(Transformed::no(Expr::InSubquery(inside)));
    };
    let left = type_of(&inside.expr, known)?;
    let right = PgType::of(plan.schema().field(0));
    let Some(kind) = common(&[left.clone(), right.clone()]) else {
        return plan_err!("operator does not exist: {left} = {right}");
    };
    if (left == kind && right == kind && !keys::needed(&kind)) || kind == PgType::Jsonb {
        return Ok(Transformed::no(Expr::InSubquery(inside)));
    }
    let side = |expr: Expr, from: &PgType| -> Result<Expr> {
        let expr = converted(expr, from, &kind, context)?;
        Ok(if keys::needed(&kind) { key(expr, kind.clone()) } else { expr })
    };
    let name = column.name.clone();
    let value = side(Expr::Column(column), &right)?.alias(name);
    let plan = LogicalPlan::Projection(Projection::try_new(vec![value], Arc::clone(plan))?);
    let subquery = Subquery { subquery: Arc::new(plan), ..inside.subquery };
    let expr = Box::new(side(*inside.expr, &left)?);
    Ok(Transformed::yes(Expr::InSubquery(InSubquery { expr, subquery, negated: inside.negated })))
}

/// Columns by their places: each brought to the type all inputs have in common.
fn unioned(union: Union, context: Read) -> Result<Union> {
    let width = union.schema.fields().len();
    let mut kinds = Vec::with_capacity(width);
    for at in 0..width {
        let given = union.inputs.iter().map(|input| output_type(input, at)).collect::<Result<Vec<_>>>()?;
        match common(&given) {
            Some(kind) => kinds.push(kind),
            None => {
                let (first, other) = unmatched(&given);
                return plan_err!("UNION types {first} and {other} cannot be matched");
            }
        }
    }
    let inputs = union.inputs.into_iter().map(|input| brought_to(input, &kinds, context));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    Union::try_new_with_loose_types(inputs)
}

/// `input` with its columns as these types.
fn brought_to(input: Arc<LogicalPlan>, kinds: &[PgType], context: Read) -> Result<Arc<LogicalPlan>> {
    let fields = input.schema().fields().iter();
    if fields.zip(kinds).all(|(field, kind)| PgType::of(field) == *kind) {
        return Ok(input);
    }
    let columns: Vec<Column> = input.schema().columns();
    let values = columns.into_iter().zip(kinds).enumerate().map(|(at, (column, kind))| {
        let from = output_type(&input, at)?;
        let (relation, name) = (column.relation.clone(), column.name.clone());
        let expr = match literal_at(&input, at) {
            Some(literal) if from == PgType::Unknown => literal,
            _ => Expr::Column(column),
        };
        Ok(converted(expr, &from, kind, context)?.alias_qualified(relation, name))
    });
    let values = values.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(values, input)?)))
}

/// DataFusion finds the distinct values of an argument once, in one order, for all that gather them.
fn one_order(calls: &[Expr]) -> Result<()> {
    let mut orders: Vec<(String, String)> = Vec::new();
    for call in calls {
        let Expr::AggregateFunction(call) = call.clone().unalias() else { continue };
        if !call.params.distinct || call.params.order_by.is_empty() {
            continue;
        }
        let shown = |exprs: Vec<String>| exprs.join(", ");
        let argument = shown(call.params.args.iter().map(ToString::to_string).collect());
        let order = shown(call.params.order_by.iter().map(ToString::to_string).collect());
        if orders.iter().any(|(known, other)| *known == argument && *other != order) {
            return not_impl_err!("aggregates of the same DISTINCT values in two orders");
        }
        orders.push((argument, order));
    }
    Ok(())
}

/// INTERSECT and EXCEPT: no other join takes NULL for equal to NULL.
fn is_set_operation(join: &Join) -> bool {
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
}

/// Rows of INTERSECT and EXCEPT are compared as one type.
fn compared_rows(join: Join, context: Read) -> Result<Join> {
    let word = if join.join_type == JoinType::LeftSemi { "INTERSECT" } else { "EXCEPT" };
    let mut kinds = Vec::new();
    for at in 0..join.left.schema().fields().len() {
        let given = [output_type(&join.left, at)?, output_type(&join.right, at)?];
        match common(&given) {
            Some(kind) => kinds.push(kind),
            None => {
                let (first, other) = unmatched(&given);
                return plan_err!("{word} types {first} and {other} cannot be matched");
            }
        }
    }
    let left = brought_to(join.left, &kinds, context)?;
    let right = brought_to(join.right, &kinds, context)?;
    Join::try_new(
        left,
        right,
        join.on,
        join.filter,
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )
}

/// A quoted literal or NULL in the SELECT list has no type yet.
fn output_type(plan: &LogicalPlan, at: usize) -> Result<PgType> {
    match literal_at(plan, at) {
        Some(literal) => type_of(&literal, &DFSchema::empty()),
        None => Ok(PgType::of(plan.schema().field(at))),
    }
}

fn literal_at(plan: &LogicalPlan, at: usize) -> Option<Expr> {
    // The left side of EXCEPT is made distinct first.
    if let LogicalPlan::Distinct(Distinct::All(inner)) = plan {
        return literal_at(inner, at);
    }
    let LogicalPlan::Projection(projection) = plan else { return None };
    let expr = projection.expr.get(at)?.clone().unalias();
    matches!(expr, Expr::Literal(..)).then_some(expr)
}
