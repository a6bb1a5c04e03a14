//! The calls behind a scan: for the plan, for the price, and for the session policy.

use std::collections::BTreeSet;

use crate::catalog::table::TableScope;
use crate::engine::Operations;
use crate::engine::explain::FoundScan;
use crate::engine::scan::{Run, base_request, quals_of};
use crate::plan::PlannedCall;
use crate::sources::{MissingKeys, planned_calls, required_actions};

/// Needed to tell which regions an account has.
const REGIONS_ACTION: &str = "ec2:DescribeRegions";

pub struct ScanCalls {
    pub calls: Vec<PlannedCall>,
    pub actions: BTreeSet<String>,
    /// Actions of sessions that are opened underway, besides.
    pub later: BTreeSet<String>,
    /// The actions of each call.
    pub needs: Vec<Vec<String>>,
    /// Key columns that the statement must still name.
    pub missing: Option<MissingKeys>,
}

pub fn of(found: &FoundScan, run: &Run, operations: &Operations) -> ScanCalls {
    let scope = &run.settings.scope;
    let spec = &found.spec;
    let columns = spec.requested_columns(scope);
    let quals = quals_of(spec, &found.feeds);
    let planned = planned_calls(&spec.table, &columns, &quals, &[]);
    let mut actions = required_actions(&planned, operations);
    if !found.feeds.is_empty() {
        // Too many values are found by listing, where that is possible.
        let listed = planned_calls(&spec.table, &columns, &spec.quals, &[]);
        actions.extend(required_actions(&listed, operations));
    }
    let by_hand = spec.source.calls_by_hand(&spec.quals);
    let mut later = BTreeSet::new();
    let mut rows = planned.rows.clone();
    if let Some(by_hand) = by_hand {
        (rows, actions, later) = (by_hand.operations, by_hand.actions, by_hand.later);
    }
    if spec.table.scope == TableScope::Regional && spec.own.get().is_none() {
        actions.insert(REGIONS_ACTION.to_owned());
    }
    let request = base_request(spec, run, spec.limit, false);
    let more = spec.source.may_ask(&request, usize::MAX);
    actions
        .extend(more.iter().filter_map(|id| operations(id)).flat_map(|operation| operation.actions.clone()));
    let per_key = planned.is_per_key(&spec.table, &quals);
    let rows = rows.into_iter().enumerate().map(|(depth, operation)| PlannedCall {
        operation,
        for_columns: Vec::new(),
        per_row: depth > 0,
        rows_per_call: None,
        rarely: false,
        per_key: per_key && depth == 0,
        expected: None,
    });
    let details = planned.details.into_iter().flat_map(|detail| {
        let columns = detail.columns;
        detail.operations.into_iter().map(move |operation| PlannedCall {
            operation,
            for_columns: columns.clone(),
            per_row: true,
            rows_per_call: detail.rows_per_call,
            rarely: detail.rarely,
            per_key: false,
            expected: None,
        })
    });
    let calls: Vec<PlannedCall> = rows.chain(details).collect();
    let needs = calls.iter().filter_map(|call| operations(&call.operation)).map(|op| op.actions.to_vec());
    // What a session of its own is opened for is none of the run's.
    let needs = needs.filter(|needs: &Vec<String>| needs.iter().all(|action| !later.contains(action)));
    ScanCalls { needs: needs.collect(), calls, actions, later, missing: planned.missing }
}
