//! The calls behind a scan: for the plan, for the price, and for the session policy.

use std::collections::BTreeSet;

use crate::catalog::table::TableScope;
use crate::engine::Operations;
use crate::engine::scan::ScanSpec;
use crate::model::Scope;
use crate::plan::PlannedCall;
use crate::sources::{MissingKeys, planned_calls, required_actions};

/// Needed to tell which regions an account has.
const REGIONS_ACTION: &str = "ec2:DescribeRegions";

pub struct ScanCalls {
    pub calls: Vec<PlannedCall>,
    pub actions: BTreeSet<String>,
    /// Key columns that the statement must still name.
    pub missing: Option<MissingKeys>,
}

pub fn of(spec: &ScanSpec, scope: &Scope, operations: &Operations) -> ScanCalls {
    let planned = planned_calls(&spec.table, &spec.requested_columns(scope), &spec.quals);
    let mut actions = required_actions(&planned, operations);
    if spec.table.scope == TableScope::Regional {
        actions.insert(REGIONS_ACTION.to_owned());
    }
    let rows = planned.rows.into_iter().enumerate().map(|(depth, operation)| PlannedCall {
        operation,
        for_columns: Vec::new(),
        per_row: depth > 0,
    });
    let details = planned.details.into_iter().flat_map(|detail| {
        let columns = detail.columns;
        detail.operations.into_iter().map(move |operation| PlannedCall {
            operation,
            for_columns: columns.clone(),
            per_row: true,
        })
    });
    ScanCalls { calls: rows.chain(details).collect(), actions, missing: planned.missing }
}
