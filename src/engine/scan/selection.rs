//! Which accounts and regions a scan asks: the operator's scope, and the predicates evaluated as
//! expressions over a batch with one row per candidate, so that any predicate works.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Schema};
use datafusion::common::cast::as_boolean_array;
use datafusion::common::{Result, internal_err};

use crate::catalog::table::{Common, Table, TableScope};
use crate::engine::scan::run::Run;
use crate::engine::scan::spec::{ScanSpec, UnitPredicate, unit_column};
use crate::engine::tables::schema_of;
use crate::model::{Account, Json, Partition, Region};
use crate::org::RegionState;

/// The columns of a table that describe its units, as predicates over them see them.
pub fn unit_schema(table: &Table) -> Schema {
    let schema = schema_of(table);
    let fields = schema.fields().iter().filter(|f| unit_column(table, f.name()).is_some());
    Schema::new(fields.cloned().collect::<Vec<_>>())
}

/// The region alone, as predicates over it see it.
pub fn region_schema(table: &Table) -> Schema {
    let fields =
        schema_of(table).fields().iter().filter(|f| f.name() == "region").cloned().collect::<Vec<_>>();
    Schema::new(fields)
}

/// Regions whose rows the predicates or the operator's scope leave out. A region that nobody knows of is
/// not among them: its rows are judged when they are there.
pub fn left_out(spec: &ScanSpec, run: &Run) -> BTreeSet<Region> {
    let candidates = run.accounts.possible_regions();
    let schema = Arc::new(region_schema(&spec.table));
    let names: StringArray = candidates.iter().map(|region| Some(region.as_str())).collect();
    let scope = &run.settings.scope;
    let in_scope = |region: &Region| spec.row_region_filter(scope).is_none() || scope.has_region(region);
    let mut kept: Vec<bool> = candidates.iter().map(in_scope).collect();
    if let Ok(batch) = RecordBatch::try_new(schema, vec![Arc::new(names)]) {
        // What fails here fails for the row too, if there is one.
        let of = |predicate: &UnitPredicate| holds(predicate, &batch).ok();
        for holds in spec.row_region_predicates.iter().filter_map(of) {
            kept.iter_mut().zip(holds).for_each(|(keep, holds)| *keep &= holds);
        }
    }
    candidates.into_iter().zip(kept).filter(|(_, keep)| !keep).map(|(region, _)| region).collect()
}

/// The accounts a scan is about, the suspended ones included.
pub fn accounts(spec: &ScanSpec, run: &Run) -> Result<Vec<Arc<Account>>> {
    match spec.table.scope {
        TableScope::Organization => return Ok(run.hub().into_iter().collect()),
        TableScope::Payer => return Ok(run.payer().into_iter().collect()),
        _ => {}
    }
    let candidates = match spec.own.get() {
        Some(own) => own.iter().map(|unit| Arc::clone(&unit.account)).collect(),
        None => run.in_scope().to_vec(),
    };
    let region = Region::global();
    let rows: Vec<(&Account, &Region)> = candidates.iter().map(|a| (&**a, &region)).collect();
    let kept = evaluate(&spec.table, run.settings.partition, &spec.account_predicates, &rows)?;
    Ok(candidates.into_iter().zip(kept).filter(|(_, keep)| *keep).map(|(account, _)| account).collect())
}

/// The regions of one account that a scan asks, and those it would ask if they were enabled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Regions {
    pub asked: Vec<Region>,
    pub disabled: Vec<Region>,
    /// The operator or the statement named regions, so a disabled one deserves a word.
    pub chosen: bool,
}

pub fn regions(spec: &ScanSpec, run: &Run, account: &Account, all: &[RegionState]) -> Result<Regions> {
    if spec.table.scope != TableScope::Regional {
        return Ok(Regions { asked: vec![Region::global()], ..Regions::default() });
    }
    let scope = &run.settings.scope;
    let candidates: Vec<&RegionState> = all.iter().filter(|r| scope.has_region(&r.region)).collect();
    let rows: Vec<(&Account, &Region)> = candidates.iter().map(|r| (account, &r.region)).collect();
    let kept = evaluate(&spec.table, run.settings.partition, &spec.region_predicates, &rows)?;
    let named = scope.regions.iter().any(|p| !p.is_negated() && p.as_str() != "*");
    let mut found = Regions { chosen: named || !spec.region_predicates.is_empty(), ..Regions::default() };
    for (candidate, _) in candidates.into_iter().zip(kept).filter(|(_, keep)| *keep) {
        let into = if candidate.enabled { &mut found.asked } else { &mut found.disabled };
        into.push(candidate.region.clone());
    }
    Ok(found)
}

/// `true` where a scan needs no account's regions.
pub fn is_single_region(scope: TableScope) -> bool {
    scope != TableScope::Regional
}

/// One flag per row: do all predicates hold. NULL is no.
fn evaluate(
    table: &Table,
    partition: Partition,
    predicates: &[UnitPredicate],
    rows: &[(&Account, &Region)],
) -> Result<Vec<bool>> {
    let mut kept = vec![true; rows.len()];
    if predicates.is_empty() || rows.is_empty() {
        return Ok(kept);
    }
    let batch = candidates(table, partition, rows)?;
    for predicate in predicates {
        kept.iter_mut().zip(holds(predicate, &batch)?).for_each(|(keep, holds)| *keep &= holds);
    }
    Ok(kept)
}

/// Of which rows the predicate holds.
fn holds(predicate: &UnitPredicate, batch: &RecordBatch) -> Result<Vec<bool>> {
    let rows = batch.num_rows();
    let value = predicate.expr.evaluate(batch)?.into_array(rows)?;
    if *value.data_type() == DataType::Null {
        return Ok(vec![false; rows]);
    }
    let holds: &BooleanArray = as_boolean_array(&value)?;
    Ok((0..rows).map(|row| holds.is_valid(row) && holds.value(row)).collect())
}

fn candidates(table: &Table, partition: Partition, rows: &[(&Account, &Region)]) -> Result<RecordBatch> {
    let schema = Arc::new(unit_schema(table));
    let mut columns: Vec<ArrayRef> = Vec::new();
    for field in schema.fields() {
        let Some(common) = unit_column(table, field.name()) else {
            return internal_err!("{} does not describe a unit", field.name());
        };
        let texts: StringArray =
            rows.iter().map(|(account, region)| value(common, account, region, partition)).collect();
        columns.push(Arc::new(texts));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// What a column says of a unit.
pub fn value(common: Common, account: &Account, region: &Region, partition: Partition) -> Option<String> {
    match common {
        Common::AccountId => Some(account.id.to_string()),
        Common::AccountName => Some(account.name.clone()),
        Common::OuPath => account.ou_path.as_ref().map(ToString::to_string),
        Common::AccountTags => {
            let tags = account.tags.iter().map(|(k, v)| (k.as_str(), Json::from(v.as_str())));
            Some(Json::object(tags).to_jsonb())
        }
        Common::Region => Some(region.to_string()),
        Common::Partition => Some(partition.to_string()),
        Common::Source | Common::AsOf | Common::Ctx | Common::ConnectionName => None,
    }
}
