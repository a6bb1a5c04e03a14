//! One scan, compiled: its calls, its details, its columns. Shared by all units of the scan.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::table::{Column, ColumnType, Table};
use crate::model::{Fault, FaultKind, Json, Region};
use crate::sources::ScanRequest;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::details::CompiledDetail;
use crate::sources::api::leads::Leads;
use crate::sources::budget::{ByteBudget, ScanBytes};
use crate::sources::calls::{
    Access, assignments, equal_values, get_keys, list_keys, names_own, planned_calls,
};
use crate::sources::project::{Evaluator, FetchedRow, Projection};
use crate::sources::reader::Reader;
use crate::sources::unit::{Assignment, Unit};

pub struct Scan {
    pub calls: Vec<CompiledCall>,
    pub details: Vec<CompiledDetail>,
    pub projection: Projection,
    pub leads: Leads,
    /// The calls are made once for each.
    pub assignments: Vec<Arc<Assignment>>,
    /// Of responses that are being read.
    pub bytes: Arc<ScanBytes>,
    /// Key columns that name what lies where it is asked for.
    own: Vec<String>,
    /// How a row's region is known, where rows of some are not wanted.
    pub placed: Option<Placed>,
    sieve: Vec<(String, Evaluator)>,
    /// What a value of each sieved column must be, where no single assignment says.
    wanted: Vec<BTreeSet<String>>,
}

/// The region of a row, which may itself take calls.
pub struct Placed {
    region: Evaluator,
    /// Positions of the details that it takes.
    pub details: Vec<usize>,
}

impl Placed {
    /// Whether the row may be of a region that is wanted.
    pub fn keeps(&self, unit: &Unit<'_>, row: &FetchedRow, left_out: &BTreeSet<Region>) -> bool {
        let Ok(region) = self.region.evaluate(unit, row) else { return true };
        region.as_str().is_none_or(|region| !left_out.contains(&Region::new(region)))
    }
}

/// The details that one column needs.
fn planned_of(table: &Table, column: &Column) -> Vec<String> {
    let index = table.column_index(&column.name);
    let planned = planned_calls(table, index.as_slice(), &Default::default(), &[]);
    planned.details.into_iter().map(|detail| detail.id).collect()
}

impl Scan {
    /// Fails where a key column is missing or the table itself is wrong.
    pub fn new(request: &ScanRequest, reader: &dyn Reader, budget: &Arc<ByteBudget>) -> Result<Scan, Fault> {
        let table = &*request.table;
        let placed = table.column("region").filter(|_| !request.left_out.is_empty());
        let columns: Vec<usize> =
            request.columns.iter().copied().chain(placed.and_then(|c| table.column_index(&c.name))).collect();
        let planned = planned_calls(table, &columns, &request.quals, &request.tuples);
        if let Some(missing) = &planned.missing {
            return Err(Fault::new(
                FaultKind::Rejected,
                format!("{}: {}", missing.message(), missing.hint()),
            ));
        }
        let wrong = |reason: String| Fault::new(FaultKind::Rejected, format!("{}: {reason}", table.name));
        let calls = if planned.access == Access::Get { &table.get } else { &table.list };
        let calls = calls.iter().map(|call| CompiledCall::new(call, reader)).collect::<Result<_, _>>();
        let ids: Vec<String> = planned.details.into_iter().map(|detail| detail.id).collect();
        let details: Vec<_> = ids.iter().filter_map(|id| table.detail(id)).collect();
        let keys = match planned.access {
            Access::Get => get_keys(table, &request.quals),
            Access::List => list_keys(table),
        };
        let placed = placed.map(|column| {
            let needed = planned_of(table, column);
            let details = (0..ids.len()).filter(|at| needed.contains(&ids[*at])).collect();
            Ok(Placed { region: Evaluator::new(column, &ids)?, details })
        });
        let mut scan = Scan {
            placed: placed.transpose().map_err(wrong)?,
            calls: calls.map_err(wrong)?,
            details: CompiledDetail::all(&details, reader).map_err(wrong)?,
            projection: Projection::new(table, &request.columns, &ids).map_err(wrong)?,
            own: keys.iter().filter(|key| names_own(table, key)).map(|key| (*key).to_owned()).collect(),
            assignments: assignments(&keys, &request.quals, &request.tuples)
                .into_iter()
                .map(Arc::new)
                .collect(),
            bytes: ScanBytes::new(budget),
            leads: Leads::new(request).map_err(wrong)?,
            sieve: Vec::new(),
            wanted: Vec::new(),
        };
        for column in &table.columns {
            if let Some(values) =
                sievable(column).then(|| equal_values(&request.quals, &column.name)).flatten()
            {
                let evaluator = Evaluator::new(column, &[]).map_err(wrong)?;
                scan.sieve.push((column.name.clone(), evaluator));
                scan.wanted.push(values.iter().filter_map(Json::to_text).collect());
            }
        }
        Ok(scan)
    }

    /// Rows that a call asks about at once, at most, where any of the details does so.
    pub fn most_in_batch(&self) -> Option<usize> {
        self.details.iter().filter_map(CompiledDetail::batched).map(|(_, batch)| batch.most).max()
    }

    /// Whether rows may be dropped after they arrive.
    pub fn sieves(&self) -> bool {
        !self.sieve.is_empty() || self.placed.is_some()
    }

    /// Whether what is asked for by ARN lies in another account or region than the unit's, so that the
    /// unit need not be asked.
    pub fn is_elsewhere(&self, unit: &Unit<'_>, assignment: &Assignment) -> bool {
        let place = unit.place();
        let named = self.own.iter().filter_map(|key| assignment.get(key)?.as_str());
        named.into_iter().any(|text| place.is_not_of(text)) || self.leads.all_lie_elsewhere(unit)
    }

    /// `false` for a row that no predicate lets through: it is spared its detail calls, and rows
    /// that two calls return (paths that begin alike) come once.
    pub fn keeps(&self, unit: &Unit<'_>, row: &FetchedRow) -> bool {
        self.sieve.iter().zip(&self.wanted).all(|((column, evaluator), wanted)| {
            let Ok(value) = evaluator.evaluate(unit, row) else { return true };
            let Some(text) = value.to_text() else { return false };
            match row.quals.get(column) {
                Some(single) => single.to_text().as_ref() == Some(&text),
                None => wanted.contains(&text),
            }
        })
    }
}

/// Text that is known without a detail call compares as the engine compares it.
fn sievable(column: &Column) -> bool {
    column.kind == ColumnType::Text && column.value.detail().is_none()
}
