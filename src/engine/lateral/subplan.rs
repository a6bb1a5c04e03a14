//! A correlated subquery that reads no table, as a function of the row it belongs to.
//!
//! `exists (select 1 from jsonb_array_elements(t.tags) as x where x ->> 'Key' = t.name)` depends on nothing
//! but `t.tags` and `t.name`. Its plan is made once; for every row the two values are put in place and the
//! plan is run, as PostgreSQL runs a SubPlan. Being a function of columns it filters where it stands, sinks
//! to scans like any other predicate, and every clause inside it (ORDER BY, LIMIT, aggregates, windows)
//! means what it means.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use arrow::array::{ArrayRef, BooleanArray, ListArray, RecordBatch, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{
    Column, DFSchema, NullHandling, Result, ScalarValue, UnnestOptions, exec_err, internal_err, plan_err,
};
use datafusion::execution::TaskContext;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, Projection, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Subquery, Unnest, Values as ValueList, Volatility, cast,
};
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;

use crate::engine::lateral::flatten::flatten;
use crate::engine::lateral::inline::{Keep, bound};
use crate::engine::lateral::serial;
use crate::engine::operators::conversion::under_field;

/// What is made of the subquery's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Is there any?
    Exists,
    /// The only value; NULL where there is no row.
    Value,
    /// `in (..)`: is one of these booleans true?
    Any,
    /// All rows, as an array of records.
    Rows,
}

/// Whether a plan reads no table, not even in a subquery of an expression.
pub fn is_pure(plan: &LogicalPlan) -> Result<bool> {
    let mut pure = true;
    plan.apply_with_subqueries(|node| {
        pure = !matches!(
            node,
            LogicalPlan::TableScan(_) | LogicalPlan::RecursiveQuery(_) | LogicalPlan::Extension(_)
        );
        Ok(if pure { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(pure)
}

/// A subquery of an expression over `known`: flattened, and replaced where it is correlated and pure.
pub fn in_expression(expr: Expr, known: &DFSchema, state: &SessionState) -> Result<Transformed<Expr>> {
    let done = |expr| Ok(Transformed::new(expr, true, TreeNodeRecursion::Jump));
    match expr {
        Expr::Exists(Exists { subquery, negated }) => match prepared(subquery, state)? {
            Prepared::Row(plan) => {
                let exists = call(plan, Answer::Exists, Vec::new(), known, state)?;
                done(if negated { !exists } else { exists })
            }
            Prepared::Table(subquery) => done(Expr::Exists(Exists { subquery, negated })),
        },
        Expr::ScalarSubquery(subquery) => match prepared(subquery, state)? {
            Prepared::Row(plan) => done(call(plan, Answer::Value, Vec::new(), known, state)?),
            Prepared::Table(subquery) => done(Expr::ScalarSubquery(subquery)),
        },
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => match prepared(subquery, state)? {
            Prepared::Row(plan) => {
                let found = compared(plan, *expr, known, state)?;
                done(if negated { !found } else { found })
            }
            Prepared::Table(subquery) => done(Expr::InSubquery(InSubquery { expr, subquery, negated })),
        },
        other => Ok(Transformed::no(other)),
    }
}

enum Prepared {
    /// Depends on the row, and on nothing else.
    Row(LogicalPlan),
    /// Left to DataFusion.
    Table(Subquery),
}

fn prepared(subquery: Subquery, state: &SessionState) -> Result<Prepared> {
    let plan = flatten(subquery.subquery.as_ref().clone(), state)?;
    let outer_ref_columns = plan.all_out_ref_exprs();
    if !outer_ref_columns.is_empty() && is_pure(&plan)? {
        return Ok(Prepared::Row(plan));
    }
    Ok(Prepared::Table(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: subquery.spans }))
}

/// `left` with the rows that `side` has for each of its rows.
pub fn joined(
    left: &Arc<LogicalPlan>,
    side: LogicalPlan,
    keep: Keep,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let schema = Arc::clone(side.schema());
    let rows = call(side, Answer::Rows, Vec::new(), left.schema(), state)?;
    let name = format!("lateral#{}", number());
    let own = || left.schema().columns().into_iter().map(Expr::Column);
    let exprs = own().chain([rows.alias(&name)]).collect();
    let arrayed = LogicalPlan::Projection(Projection::try_new(exprs, Arc::clone(left))?);
    let column = Column::new_unqualified(name);
    let nulls = match keep {
        Keep::Matches => NullHandling::Drop,
        Keep::AllLeft => NullHandling::PreserveAndExpandEmpty,
    };
    let options = UnnestOptions::new().with_null_handling(nulls);
    let unnest = LogicalPlan::Unnest(Unnest::try_new(Arc::new(arrayed), vec![column.clone()], options)?);
    let members = schema.iter().enumerate().map(|(at, (qualifier, field))| {
        let member = get_field(Expr::Column(column.clone()), member_name(at));
        under_field(member, qualifier, field)
    });
    Ok(LogicalPlan::Projection(Projection::try_new(own().chain(members).collect(), Arc::new(unnest))?))
}

fn member_name(at: usize) -> String {
    format!("c{at}")
}

/// `value in (plan)`
fn compared(plan: LogicalPlan, value: Expr, known: &DFSchema, state: &SessionState) -> Result<Expr> {
    use datafusion::logical_expr::ExprSchemable;
    let Some(column) = plan.schema().columns().into_iter().next() else {
        return plan_err!("the subquery has no column");
    };
    let (_, field) = value.to_field(known)?;
    let outer = Outer { id: number(), at: 0, field: Arc::clone(&field) };
    // The value itself is one more thing from outside.
    let inside = ScalarUDF::from(OuterValue::new(outer.clone())).call(Vec::new());
    let plan = LogicalPlanBuilder::from(plan)
        .project(vec![inside.eq(Expr::Column(column)).alias("compared")])?
        .build()?;
    call(plan, Answer::Any, vec![(outer, value)], known, state)
}

/// A number no other subplan of this process has.
pub fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The call of a function that runs `plan` for a row.
fn call(
    plan: LogicalPlan,
    answer: Answer,
    given: Vec<(Outer, Expr)>,
    known: &DFSchema,
    state: &SessionState,
) -> Result<Expr> {
    let id = number();
    let mut outers: Vec<(FieldRef, Column)> = Vec::new();
    let plan = with_values(plan, id, &mut outers)?;
    let schema = Arc::clone(plan.schema());
    let mut slots: Vec<(usize, usize)> = (0..outers.len()).map(|at| (id, at)).collect();
    let mut args = outers
        .into_iter()
        .map(|(field, column)| bound(Expr::OuterReferenceColumn(field, column), known))
        .collect::<Result<Vec<_>>>()?;
    for (outer, value) in given {
        slots.push((outer.id, outer.at));
        args.push(value);
    }
    let field = match answer {
        Answer::Exists | Answer::Any => Field::new("subquery", DataType::Boolean, true),
        Answer::Value => match schema.fields().first() {
            Some(field) if schema.fields().len() == 1 => field.as_ref().clone().with_nullable(true),
            _ => return plan_err!("subquery must return only one column"),
        },
        Answer::Rows => {
            let members = schema.fields().iter().enumerate();
            let members: Fields = members
                .map(|(at, f)| f.as_ref().clone().with_name(member_name(at)).with_nullable(true))
                .collect();
            Field::new("subquery", DataType::new_list(DataType::Struct(members), true), true)
        }
    };
    let mut config = state.config().clone().with_target_partitions(1);
    // Made for one long run, not for many short ones.
    config.options_mut().optimizer.enable_dynamic_filter_pushdown = false;
    config.options_mut().optimizer.enable_topk_dynamic_filter_pushdown = false;
    config.options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
    config.options_mut().optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    let state = SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build();
    let physical = at_once(state.create_physical_plan(&plan))??;
    let (physical, keeps_state) = serial::serial(physical)?;
    let subplan = Subplan {
        id,
        answer,
        physical,
        keeps_state,
        task: state.task_ctx(),
        slots,
        field: Arc::new(field),
        signature: Signature::variadic_any(Volatility::Immutable),
    };
    Ok(ScalarUDF::from(subplan).call(args))
}

/// References to the outside become values that are put in place for every row.
fn with_values(plan: LogicalPlan, id: usize, outers: &mut Vec<(FieldRef, Column)>) -> Result<LogicalPlan> {
    let done = plan.transform_down_with_subqueries(|node| {
        if !node.contains_outer_reference() {
            return Ok(Transformed::no(node));
        }
        let node = match node {
            LogicalPlan::Values(values) => rows_apart(&values)?,
            node => node,
        };
        let names = NamePreserver::new(&node);
        node.map_expressions(|expr| {
            let name = names.save(&expr);
            let expr = expr.transform_down(|expr| {
                let Expr::OuterReferenceColumn(field, column) = expr else {
                    return Ok(Transformed::no(expr));
                };
                let at = outers.iter().position(|(_, c)| *c == column).unwrap_or(outers.len());
                if at == outers.len() {
                    outers.push((Arc::clone(&field), column));
                }
                let value = OuterValue::new(Outer { id, at, field });
                Ok(Transformed::yes(ScalarUDF::from(value).call(Vec::new())))
            })?;
            Ok(expr.update_data(|expr| name.restore(expr)))
        })?
        .map_data(|node| node.recompute_schema())
    })?;
    Ok(done.data)
}

/// VALUES as a union of rows: a list of values is computed when it is planned.
fn rows_apart(values: &ValueList) -> Result<LogicalPlan> {
    let fields = values.schema.fields();
    let row = |exprs: &Vec<Expr>| {
        let named = exprs.iter().zip(fields);
        let named = named.map(|(e, f)| cast(e.clone(), f.data_type().clone()).alias(f.name()));
        LogicalPlanBuilder::empty(true).project(named.collect::<Vec<_>>())?.build()
    };
    let mut rows = values.values.iter().map(row);
    let Some(first) = rows.next() else { return plan_err!("VALUES has no rows") };
    rows.try_fold(first?, |above, row| LogicalPlanBuilder::from(above).union(row?)?.build())
}

/// Runs what waits for nothing outside: no table is read, no task is started. Subplans inside subplans
/// come here again.
fn at_once<F: Future>(work: F) -> Result<F::Output> {
    /// Wakes itself now and then, as streams that yield do.
    const TURNS: usize = 1_000_000;
    // tokio's budget would make it pretend to wait.
    let mut work = std::pin::pin!(tokio::task::unconstrained(work));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..TURNS {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return Ok(done);
        }
    }
    internal_err!("a correlated subquery waits for something")
}

/// One value from outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Outer {
    id: usize,
    at: usize,
    field: FieldRef,
}

thread_local! {
    /// The values of the rows whose subplans are running on this thread, innermost last.
    static VALUES: RefCell<Vec<((usize, usize), ScalarValue)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OuterValue {
    outer: Outer,
    signature: Signature,
}

impl OuterValue {
    fn new(outer: Outer) -> Self {
        // Volatile: it is another value for every row, and no plan may keep one.
        Self { outer, signature: Signature::nullary(Volatility::Volatile) }
    }
}

impl ScalarUDFImpl for OuterValue {
    fn name(&self) -> &str {
        self.outer.field.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.outer.field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(self.outer.field.as_ref().clone().with_nullable(true)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let slot = (self.outer.id, self.outer.at);
        let value = VALUES.with_borrow(|values| {
            values.iter().rev().find(|(known, _)| *known == slot).map(|(_, value)| value.clone())
        });
        match value {
            Some(value) => Ok(ColumnarValue::Scalar(value)),
            None => exec_err!("{} has no value outside its row", self.name()),
        }
    }
}

#[derive(Debug)]
struct Subplan {
    id: usize,
    answer: Answer,
    physical: Arc<dyn ExecutionPlan>,
    /// An operator that remembers its input: it is made anew for every row.
    keeps_state: bool,
    task: Arc<TaskContext>,
    /// What each argument is the value of.
    slots: Vec<(usize, usize)>,
    field: FieldRef,
    signature: Signature,
}

impl PartialEq for Subplan {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Subplan {}

impl Hash for Subplan {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl ScalarUDFImpl for Subplan {
    fn name(&self) -> &str {
        match self.answer {
            Answer::Exists => "exists_subquery",
            Answer::Any => "in_subquery",
            Answer::Value | Answer::Rows => "subquery",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let count = if constant { 1 } else { args.number_rows };
        let mut rows = Vec::with_capacity(count);
        for row in 0..count {
            rows.push(self.run(&args.args, row)?);
        }
        let array = self.gathered(rows)?;
        Ok(match constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
            false => ColumnarValue::Array(array),
        })
    }
}

impl Subplan {
    /// The rows the subquery has for one row outside.
    fn run(&self, args: &[ColumnarValue], row: usize) -> Result<Vec<RecordBatch>> {
        let _values = Values::put(&self.slots, args, row)?;
        let plan = match self.keeps_state {
            true => serial::anew(&self.physical)?,
            false => Arc::clone(&self.physical),
        };
        let mut rows = plan.execute(0, Arc::clone(&self.task))?;
        let mut batches = Vec::new();
        at_once(async {
            while let Some(batch) = rows.next().await {
                let batch = batch?;
                if batch.num_rows() > 0 {
                    batches.push(batch);
                    if self.answer == Answer::Exists {
                        break;
                    }
                }
            }
            Ok::<_, datafusion::common::DataFusionError>(())
        })??;
        Ok(batches)
    }

    fn gathered(&self, rows: Vec<Vec<RecordBatch>>) -> Result<ArrayRef> {
        Ok(match self.answer {
            Answer::Exists => {
                Arc::new(rows.iter().map(|batches| Some(!batches.is_empty())).collect::<BooleanArray>())
            }
            Answer::Any => {
                let of = |batches: &Vec<RecordBatch>| -> Result<Option<bool>> {
                    let mut found = Some(false);
                    for batch in batches {
                        for value in as_boolean_array(batch.column(0))? {
                            match value {
                                Some(true) => return Ok(Some(true)),
                                Some(false) => {}
                                None => found = None,
                            }
                        }
                    }
                    Ok(found)
                };
                Arc::new(rows.iter().map(of).collect::<Result<BooleanArray>>()?)
            }
            Answer::Value => {
                let mut at = 0u32;
                let mut indices = Vec::with_capacity(rows.len());
                for batches in &rows {
                    match batches.iter().map(RecordBatch::num_rows).sum::<usize>() {
                        0 => indices.push(None),
                        1 => {
                            indices.push(Some(at));
                            at += 1;
                        }
                        _ => {
                            return exec_err!(
                                "more than one row returned by a subquery used as an expression"
                            );
                        }
                    }
                }
                let all = self.concatenated(rows)?;
                take(all.column(0), &UInt32Array::from(indices), None)?
            }
            Answer::Rows => {
                let lengths: Vec<usize> =
                    rows.iter().map(|batches| batches.iter().map(RecordBatch::num_rows).sum()).collect();
                let all = self.concatenated(rows)?;
                let DataType::List(item) = self.field.data_type() else {
                    return exec_err!("an array is expected");
                };
                let DataType::Struct(fields) = item.data_type() else {
                    return exec_err!("records are expected");
                };
                let records = StructArray::try_new_with_length(
                    fields.clone(),
                    all.columns().to_vec(),
                    None::<NullBuffer>,
                    all.num_rows(),
                )?;
                let offsets = OffsetBuffer::from_lengths(lengths);
                Arc::new(ListArray::try_new(Arc::clone(item), offsets, Arc::new(records), None)?)
            }
        })
    }

    fn concatenated(&self, rows: Vec<Vec<RecordBatch>>) -> Result<RecordBatch> {
        let batches: Vec<RecordBatch> = rows.into_iter().flatten().collect();
        Ok(concat_batches(&self.physical.schema(), &batches)?)
    }
}

/// Values in place for as long as this lives.
struct Values(usize);

impl Values {
    fn put(slots: &[(usize, usize)], args: &[ColumnarValue], row: usize) -> Result<Self> {
        let values = slots
            .iter()
            .zip(args)
            .map(|(slot, arg)| {
                let value = match arg {
                    ColumnarValue::Scalar(value) => value.clone(),
                    ColumnarValue::Array(array) => ScalarValue::try_from_array(array, row)?,
                };
                Ok((*slot, value))
            })
            .collect::<Result<Vec<_>>>()?;
        let count = values.len();
        VALUES.with_borrow_mut(|known| known.extend(values));
        Ok(Self(count))
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        VALUES.with_borrow_mut(|known| known.truncate(known.len().saturating_sub(self.0)));
    }
}
