//! The calls behind a scan: for the plan, for the price, and for the session policy.

use std::collections::BTreeSet;

use crate::catalog::table::TableScope;
use crate::engine::Operations;
use crate::engine::scan::ScanSpec;
use crate::error::Error;
use crate::plan::PlannedCall;

/// Needed to tell which regions an account has.
const REGIONS_ACTION: &str = "ec2:DescribeRegions";

pub struct ScanCalls {
    pub calls: Vec<PlannedCall>,
    /// Calls per unit that are made before any row is known.
    pub per_unit: usize,
    pub actions: BTreeSet<String>,
    /// Key columns the statement leaves out, as the error that teaches them.
    pub missing: Option<Error>,
}

pub fn of(spec: &ScanSpec, operations: &Operations) -> ScanCalls {
    let table = &spec.table;
    let mut calls: Vec<PlannedCall> = Vec::new();
    for call in &table.list {
        calls.push(PlannedCall {
            operation: call.operation.clone(),
            for_columns: Vec::new(),
            per_row: !calls.is_empty(),
        });
    }
    let mut actions: BTreeSet<String> =
        calls.iter().filter_map(|c| operations(&c.operation)).flat_map(|o| o.actions.clone()).collect();
    if table.scope == TableScope::Regional {
        actions.insert(REGIONS_ACTION.to_owned());
    }
    ScanCalls { per_unit: 1, calls, actions, missing: None }
}
