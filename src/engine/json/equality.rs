//! Where values are grouped, made distinct or sorted, `jsonb` goes by its equality and order, not by its
//! text, and so do numeric (`1.0` is `1.00`), intervals and addresses: a rewrite of plans, before DataFusion's own rules see them.
//!
//! `group by x` becomes a grouping by `jsonb_key(x)` that keeps one `x` of each group to show, as
//! PostgreSQL does; `order by x` sorts by `jsonb_order(x)`.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, InList, InSubquery};
use datafusion::logical_expr::{
    Aggregate, Between, BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan, Operator, Projection,
    SortExpr, Subquery, Window,
};

use crate::engine::json::compare;
use crate::engine::json::function::is_jsonb;
use crate::engine::json::operators::{known_jsonb, literal_json};
use crate::engine::operators::conversion::{self, under_field};
use crate::engine::types::{PgType, keys};

/// The type of a value that does not go by its own bytes: jsonb, numeric, interval, addresses.
fn keyed_type(expr: &Expr, schema: &DFSchema) -> Option<PgType> {
    let kind = PgType::of(&expr.to_field(schema).ok()?.1);
    (kind == PgType::Jsonb || keys::needed(&kind)).then_some(kind)
}

fn key_of(expr: Expr, kind: PgType) -> Expr {
    if kind == PgType::Jsonb { compare::key().call(vec![expr]) } else { conversion::key(expr, kind) }
}

fn order_of(expr: Expr, kind: PgType) -> Expr {
    if kind == PgType::Jsonb { compare::order().call(vec![expr]) } else { conversion::key(expr, kind) }
}

pub fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(step).data()
}

fn step(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let plan = comparisons(plan)?;
    let changed = plan.transformed;
    let mut node = match plan.data {
        LogicalPlan::Sort(mut sort) if sorts_jsonb(&sort.expr, sort.input.schema()) => {
            sort.expr = sorted(sort.expr, sort.input.schema());
            Transformed::yes(LogicalPlan::Sort(sort))
        }
        LogicalPlan::Aggregate(aggregate) => grouped(aggregate)?,
        LogicalPlan::Distinct(Distinct::All(input)) => distinct(input)?,
        LogicalPlan::Distinct(Distinct::On(mut on)) => {
            let schema = Arc::clone(on.input.schema());
            on.on_expr = keyed(on.on_expr, &schema, order_of);
            on.sort_expr = on.sort_expr.map(|by| sorted(by, &schema));
            Transformed::yes(LogicalPlan::Distinct(Distinct::On(on)))
        }
        LogicalPlan::Window(window) => windowed(window)?,
        LogicalPlan::Join(mut join) => {
            let (left, right) = (Arc::clone(join.left.schema()), Arc::clone(join.right.schema()));
            let mut keyed_any = false;
            for (a, b) in &mut join.on {
                if let (Some(x), Some(y)) = (keyed_type(a, &left), keyed_type(b, &right)) {
                    *a = key_of(a.clone(), x);
                    *b = key_of(b.clone(), y);
                    keyed_any = true;
                }
            }
            Transformed { transformed: keyed_any, ..Transformed::no(LogicalPlan::Join(join)) }
        }
        other => Transformed::no(other),
    };
    node.transformed |= changed;
    Ok(node)
}

/// Comparisons the planner makes itself: IN, BETWEEN, IS DISTINCT FROM.
fn comparisons(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if matches!(plan, LogicalPlan::TableScan(_) | LogicalPlan::Values(_)) {
        return Ok(Transformed::no(plan));
    }
    let mut known = DFSchema::empty();
    for input in plan.inputs() {
        known.merge(input.schema());
    }
    let names = datafusion::logical_expr::expr_rewriter::NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let done = expr.transform_up(|expr| comparison(expr, &known))?;
        Ok(done.update_data(|expr| name.restore(expr)))
    })
}

fn comparison(expr: Expr, known: &DFSchema) -> Result<Transformed<Expr>> {
    let is_json = |e: &Expr| known_jsonb(e, known);
    let key = |e: Expr| -> Result<Expr> { Ok(compare::key().call(vec![literal_json(&e)?.unwrap_or(e)])) };
    Ok(match expr {
        Expr::InList(InList { expr, list, negated }) if is_json(&expr) => {
            let list = list.into_iter().map(key).collect::<Result<_>>()?;
            Transformed::yes(Expr::InList(InList { expr: Box::new(key(*expr)?), list, negated }))
        }
        Expr::InSubquery(inside)
            if is_json(&inside.expr)
                || inside.subquery.subquery.schema().fields().iter().any(|f| is_jsonb(f)) =>
        {
            let plan = Arc::clone(&inside.subquery.subquery);
            let Some(column) = plan.schema().columns().into_iter().next() else {
                return Ok(Transformed::no(Expr::InSubquery(inside)));
            };
            let name = column.name.clone();
            let keyed = compare::key().call(vec![Expr::Column(column)]).alias(name);
            let plan = LogicalPlan::Projection(Projection::try_new(vec![keyed], plan)?);
            let subquery = Subquery { subquery: Arc::new(plan), ..inside.subquery };
            let expr = Box::new(key(*inside.expr)?);
            Transformed::yes(Expr::InSubquery(InSubquery { expr, subquery, negated: inside.negated }))
        }
        Expr::Between(Between { expr, negated, low, high }) if is_json(&expr) => {
            let order = |e: Expr| -> Result<Box<Expr>> {
                Ok(Box::new(compare::order().call(vec![literal_json(&e)?.unwrap_or(e)])))
            };
            Transformed::yes(Expr::Between(Between {
                expr: order(*expr)?,
                negated,
                low: order(*low)?,
                high: order(*high)?,
            }))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
                && (is_json(&left) || is_json(&right)) =>
        {
            Transformed::yes(Expr::BinaryExpr(BinaryExpr {
                left: Box::new(key(*left)?),
                op,
                right: Box::new(key(*right)?),
            }))
        }
        Expr::AggregateFunction(mut call) => {
            let mut changed = false;
            if call.params.distinct && call.func.name() == "count" {
                for arg in &mut call.params.args {
                    if let Some(kind) = keyed_type(arg, known) {
                        *arg = key_of(arg.clone(), kind);
                        changed = true;
                    }
                }
            }
            if sorts_jsonb(&call.params.order_by, known) && !call.params.distinct {
                call.params.order_by = sorted(call.params.order_by, known);
                changed = true;
            }
            Transformed { transformed: changed, ..Transformed::no(Expr::AggregateFunction(call)) }
        }
        other => Transformed::no(other),
    })
}

fn sorts_jsonb(by: &[SortExpr], schema: &DFSchema) -> bool {
    by.iter().any(|s| keyed_type(&s.expr, schema).is_some())
}

fn sorted(by: Vec<SortExpr>, schema: &DFSchema) -> Vec<SortExpr> {
    let wrap = |s: SortExpr| match keyed_type(&s.expr, schema) {
        Some(kind) => {
            let expr = order_of(s.expr.clone(), kind);
            s.with_expr(expr)
        }
        None => s,
    };
    by.into_iter().map(wrap).collect()
}

fn keyed(exprs: Vec<Expr>, schema: &DFSchema, by: fn(Expr, PgType) -> Expr) -> Vec<Expr> {
    let each = |e: Expr| match keyed_type(&e, schema) {
        Some(kind) => by(e, kind),
        None => e,
    };
    exprs.into_iter().map(each).collect()
}

fn windowed(window: Window) -> Result<Transformed<LogicalPlan>> {
    let schema = Arc::clone(window.input.schema());
    let names: Vec<String> = window.window_expr.iter().map(|e| e.schema_name().to_string()).collect();
    let mut changed = false;
    let mut exprs = Vec::new();
    for (expr, name) in window.window_expr.iter().zip(names) {
        let done = expr.clone().transform_up(|expr| {
            let Expr::WindowFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
            let params = &mut call.params;
            let touched = params.partition_by.iter().any(|e| keyed_type(e, &schema).is_some())
                || sorts_jsonb(&params.order_by, &schema);
            params.partition_by = keyed(std::mem::take(&mut params.partition_by), &schema, key_of);
            params.order_by = sorted(std::mem::take(&mut params.order_by), &schema);
            Ok(Transformed { transformed: touched, ..Transformed::no(Expr::WindowFunction(call)) })
        })?;
        changed |= done.transformed;
        exprs.push(if done.transformed { done.data.alias(name) } else { done.data });
    }
    if !changed {
        return Ok(Transformed::no(LogicalPlan::Window(window)));
    }
    Ok(Transformed::yes(LogicalPlan::Window(Window::try_new(exprs, window.input)?)))
}

fn distinct(input: Arc<LogicalPlan>) -> Result<Transformed<LogicalPlan>> {
    let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    if !columns.iter().any(|c| keyed_type(c, input.schema()).is_some()) {
        return Ok(Transformed::no(LogicalPlan::Distinct(Distinct::All(input))));
    }
    let aggregate = Aggregate::try_new(input, columns, Vec::new())?;
    Ok(Transformed { transformed: true, ..grouped(aggregate)? })
}

fn grouped(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let input = Arc::clone(aggregate.input.schema());
    let kind_of = |e: &Expr| keyed_type(e, &input);
    let sets = aggregate.group_expr.iter().any(|e| matches!(e, Expr::GroupingSet(_)));
    if sets || !aggregate.group_expr.iter().any(|e| kind_of(e).is_some()) {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    // The schema names what is grouped by twice only once.
    let mut by: Vec<&Expr> = Vec::new();
    for expr in &aggregate.group_expr {
        if !by.contains(&expr) {
            by.push(expr);
        }
    }
    let shown = by.len();
    let mut calls = aggregate.aggr_expr.clone();
    let mut keys = Vec::new();
    // Where each output column comes from.
    let mut columns: Vec<Expr> = Vec::new();
    for (at, expr) in by.into_iter().enumerate() {
        if let Some(kind) = kind_of(expr) {
            let name = format!("key#{at}");
            keys.push(key_of(expr.clone(), kind).alias(name));
            let one = format!("shown#{at}");
            let params = AggregateFunctionParams {
                args: vec![expr.clone().unalias()],
                distinct: false,
                filter: None,
                order_by: Vec::new(),
                null_treatment: None,
            };
            let first = AggregateFunction { func: first_value_udaf(), params };
            calls.push(Expr::AggregateFunction(first).alias(&one));
            columns.push(Expr::Column(Column::new_unqualified(one)));
        } else {
            keys.push(expr.clone());
            let (relation, field) = aggregate.schema.qualified_field(at);
            columns.push(Expr::Column(Column::new(relation.cloned(), field.name())));
        }
    }
    for at in shown..aggregate.schema.fields().len() {
        let (relation, field) = aggregate.schema.qualified_field(at);
        columns.push(Expr::Column(Column::new(relation.cloned(), field.name())));
    }
    let by_key = LogicalPlan::Aggregate(Aggregate::try_new(Arc::clone(&aggregate.input), keys, calls)?);
    let named = columns.into_iter().zip(aggregate.schema.iter()).map(|(column, (relation, field))| {
        let same =
            matches!(&column, Expr::Column(c) if c.relation.as_ref() == relation && c.name == *field.name());
        if same { column } else { under_field(column, relation, field) }
    });
    let plan = Projection::try_new(named.collect(), Arc::new(by_key))?;
    Ok(Transformed::yes(LogicalPlan::Projection(plan)))
}
