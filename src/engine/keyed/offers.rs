//! What every join of a plan could supply, and to which scan.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{JoinType, NullEquality};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;

use crate::catalog::table::{ColumnType, Operator, Table};
use crate::engine::keyed::demand::{self, Wanted, column_of};
use crate::engine::scan::{FedColumn, ScanExec, unit_column};
use crate::engine::text;
use crate::sources::equal_values;

/// The way from the root of a plan to one of its operators: which child, which of its children ...
pub type Way = Vec<usize>;

pub struct Offer {
    pub join: Way,
    /// The child of the join below which the scan stands; the other one is read first.
    pub into: usize,
    pub scan: Arc<dyn ExecutionPlan>,
    pub columns: Vec<Offered>,
}

#[derive(Clone)]
pub struct Offered {
    pub fed: FedColumn,
    /// Over the rows of the side that is read first.
    pub value: Arc<dyn PhysicalExpr>,
}

impl Offer {
    pub fn scan(&self) -> Option<&ScanExec> {
        self.scan.downcast_ref::<ScanExec>()
    }
}

/// Offers of the joins below before those of the joins above.
pub fn of(plan: &Arc<dyn ExecutionPlan>) -> Vec<Offer> {
    let mut offers = Vec::new();
    visit(plan, &mut Vec::new(), &mut offers);
    offers
}

fn visit(plan: &Arc<dyn ExecutionPlan>, way: &mut Way, offers: &mut Vec<Offer>) {
    if plan.name() == "RecursiveQueryExec" {
        return;
    }
    for (at, child) in plan.children().into_iter().enumerate() {
        way.push(at);
        visit(child, way, offers);
        way.pop();
    }
    let Some(join) = plan.downcast_ref::<HashJoinExec>() else { return };
    if join.null_equality() != NullEquality::NullEqualsNothing || join.null_aware {
        return;
    }
    let pairs = || join.on().iter();
    for (into, side, other) in [(0, join.left(), join.right()), (1, join.right(), join.left())] {
        if !may_leave_out(*join.join_type(), into) {
            continue;
        }
        let keyed = |pair: &(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)| {
            column_of(if into == 0 { &pair.0 } else { &pair.1 })
        };
        let wanted = pairs().enumerate().filter_map(|(pair, on)| Some(Wanted { column: keyed(on)?, pair }));
        for found in demand::scans_of(side, wanted.collect()) {
            let Some(scan) = found.scan.downcast_ref::<ScanExec>() else { continue };
            let values: Vec<&Arc<dyn PhysicalExpr>> =
                pairs().map(|(left, right)| if into == 0 { right } else { left }).collect();
            let columns: Vec<Offered> = found
                .wanted
                .iter()
                .filter_map(|wanted| offered(scan, wanted.column, values.get(wanted.pair)?, other))
                .collect();
            if !columns.is_empty() {
                let (join, scan) = (way.clone(), Arc::clone(found.scan));
                offers.push(Offer { join, into, scan, columns });
            }
        }
    }
}

/// Whether rows of this side that have no partner do nothing to the answer.
fn may_leave_out(join: JoinType, side: usize) -> bool {
    match join {
        JoinType::Inner | JoinType::LeftSemi | JoinType::RightSemi => true,
        JoinType::Left | JoinType::LeftAnti | JoinType::LeftMark => side == 1,
        JoinType::Right | JoinType::RightAnti | JoinType::RightMark => side == 0,
        JoinType::Full => false,
    }
}

/// A column that decides what is asked, unless a constant already says what it is.
fn offered(
    scan: &ScanExec,
    column: usize,
    value: &Arc<dyn PhysicalExpr>,
    other: &Arc<dyn ExecutionPlan>,
) -> Option<Offered> {
    let spec = scan.spec();
    let column = spec.table.columns.get(*spec.columns.get(column)?)?;
    let is_unit = unit_column(&spec.table, &column.name).is_some();
    let is_plain = matches!(column.kind, ColumnType::Text | ColumnType::Int | ColumnType::Bool);
    let decides = is_unit || is_key(&spec.table, &column.name);
    let is_given = equal_values(&spec.quals, &column.name).is_some();
    let fits = match value.data_type(&other.schema()).ok()? {
        DataType::Utf8 => column.kind == ColumnType::Text,
        DataType::Boolean => column.kind == ColumnType::Bool,
        number => number.is_integer() && column.kind == ColumnType::Int,
    };
    if !is_plain || !decides || is_given || !fits {
        return None;
    }
    let from = shown(value, other);
    Some(Offered { fed: FedColumn { name: column.name.clone(), from }, value: Arc::clone(value) })
}

fn is_key(table: &Table, column: &str) -> bool {
    table.key_columns.iter().any(|key| key.column == column && key.operators.contains(&Operator::Eq))
}

/// `aws_s3_bucket.name` where it is a table's column, else the expression.
fn shown(value: &Arc<dyn PhysicalExpr>, plan: &Arc<dyn ExecutionPlan>) -> String {
    let wanted = column_of(value).map(|column| vec![Wanted { column, pair: 0 }]).unwrap_or_default();
    let named = demand::scans_of(plan, wanted).into_iter().find_map(|found| {
        let spec = found.scan.downcast_ref::<ScanExec>()?.spec();
        let column = spec.columns.get(found.wanted.first()?.column)?;
        Some(format!("{}.{}", spec.table.name, spec.table.columns.get(*column)?.name))
    });
    named.unwrap_or_else(|| text::sql(value.as_ref()))
}
