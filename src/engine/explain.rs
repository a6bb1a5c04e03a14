//! The plan as it is shown before it runs. Asks nobody but the organization's list of accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::catalog::table::TableScope;
use crate::engine::calls::ScanCalls;
use crate::engine::estimate;
use crate::engine::kept::KeptExec;
use crate::engine::scan::{
    Feed, Run, ScanExec, ScanSpec, base_request, candidates, selection, taken_for_enabled, unit_column,
};
use crate::engine::text;
use crate::error::Error;
use crate::model::{AccountId, Region};
use crate::plan::PlannedScan;
use crate::sources::Expected;

/// A scan of the physical plan with the filters that stand right above it.
pub struct FoundScan {
    pub spec: Arc<ScanSpec>,
    pub filters: Vec<String>,
    /// Key values that joins supply.
    pub feeds: Vec<Feed>,
}

/// Every scan of a plan, subqueries included, in the order the plan shows them.
pub fn scans(plan: &Arc<dyn ExecutionPlan>) -> Vec<FoundScan> {
    let mut found = Vec::new();
    leaves(plan, |leaf, filters| {
        if let Some(scan) = leaf.downcast_ref::<ScanExec>() {
            scan.enlist();
            found.push(FoundScan { spec: Arc::clone(scan.spec()), filters, feeds: scan.feeds() });
        }
    });
    found
}

/// The tables of a plan that nobody is asked for.
pub fn kept(plan: &Arc<dyn ExecutionPlan>) -> Vec<PlannedScan> {
    let mut found = Vec::new();
    leaves(plan, |leaf, filters| {
        found.extend(leaf.downcast_ref::<KeptExec>().map(|kept| kept.planned(filters)));
    });
    found
}

/// The operators without children, each with the filters right above it.
fn leaves(plan: &Arc<dyn ExecutionPlan>, mut visit: impl FnMut(&Arc<dyn ExecutionPlan>, Vec<String>)) {
    let mut open: Vec<(&Arc<dyn ExecutionPlan>, Vec<String>)> = vec![(plan, Vec::new())];
    while let Some((plan, mut filters)) = open.pop() {
        if let Some(filter) = plan.downcast_ref::<FilterExec>() {
            filters.push(text::sql(filter.predicate().as_ref()));
        }
        let children = plan.children();
        if children.is_empty() {
            visit(plan, filters);
            continue;
        }
        let only_child = children.len() == 1;
        for child in children.into_iter().rev() {
            open.push((child, if only_child { filters.clone() } else { Vec::new() }));
        }
    }
}

/// What a scan would ask, counted without asking.
pub struct Counted {
    /// Whom it would ask.
    pub units: Vec<(AccountId, Region)>,
    pub scope: TableScope,
    /// Nobody is asked for the units: their rows lie on this machine.
    pub is_local: bool,
    /// What it would send, in words.
    pub asked: String,
    /// Times that its first call is made in a unit.
    pub rounds: usize,
    /// Who is not asked at all, and what is instead.
    pub expected: Expected,
    pub planned: PlannedScan,
}

pub fn count(found: FoundScan, calls: &ScanCalls, run: &Run) -> Result<Counted> {
    let spec = found.spec;
    check_decidable(&spec, run)?;
    let accounts: Vec<_> =
        selection::accounts(&spec, run)?.into_iter().filter(|a| a.status.can_be_asked()).collect();
    let mut regions = BTreeSet::new();
    let (mut units, mut guessed) = (Vec::new(), false);
    let guess = taken_for_enabled(run.accounts.known_fallback_regions());
    for account in &accounts {
        let known = spec.known_regions(run, &account.id);
        guessed |= known.is_none() && !selection::is_single_region(spec.table.scope);
        let all = known.unwrap_or_else(|| Arc::clone(&guess));
        let found = selection::regions(&spec, run, account, &all)?;
        units.extend(found.asked.iter().map(|region| (account.id.clone(), region.clone())));
        regions.extend(found.asked);
    }
    let predicates = spec.account_predicates.iter().chain(&spec.region_predicates);
    let fed = found.feeds.iter().flat_map(|feed| &feed.columns);
    let request = base_request(&spec, run, spec.limit, false);
    let is_fed = !found.feeds.is_empty();
    let route = if is_fed { None } else { spec.source.describe(&request, units.len()) };
    let expected = match route {
        Some(_) => spec.source.expects(&request, &candidates(&spec, run, &accounts, &guess)),
        None => Expected::default(),
    };
    let known = expected.spared.len();
    let route = route.map(|route| match known {
        0 => route,
        _ => format!("{known} of {} units from {route}", units.len()),
    });
    let planned = PlannedScan {
        route,
        table: spec.table.name.clone(),
        source: spec.source.name().to_owned(),
        columns: spec.column_names(),
        calls: calls.calls.clone(),
        unit_predicates: predicates.map(|p| p.text.clone()).collect(),
        pushed: spec.qual_texts.clone(),
        keys: fed.map(|column| format!("{} from {}", column.name, column.from)).collect(),
        filters: found.filters,
        limit: spec.limit,
        accounts: accounts.len(),
        regions: regions.len(),
        units: units.len(),
        units_are_estimated: guessed,
        kept_units: None,
    };
    Ok(Counted {
        units,
        scope: spec.table.scope,
        is_local: spec.own.get().is_some(),
        asked: estimate::asked(&spec, &found.feeds, &run.settings.scope),
        rounds: estimate::rounds_of(&spec, &spec.requested_columns(&run.settings.scope)),
        expected,
        planned,
    })
}

/// An account whose tags nobody could read must not count as one without that tag.
fn check_decidable(spec: &ScanSpec, run: &Run) -> Result<()> {
    let predicates = spec.account_predicates.iter().chain(&spec.region_predicates);
    for column in predicates.flat_map(|p| collect_columns(&p.expr)) {
        let unknown = unit_column(&spec.table, column.name()).and_then(|common| run.undecidable(common));
        if let Some(why) = unknown {
            let error = Error::failed(format!("accounts cannot be selected by {}", column.name())).cause(why);
            return Err(DataFusionError::External(Box::new(error)));
        }
    }
    Ok(())
}

/// The operators, one line each, indented; column numbers and counters left out.
pub fn operators(plan: &Arc<dyn ExecutionPlan>) -> Vec<String> {
    const MOVES_ROWS_ONLY: &[&str] =
        &["CoalescePartitionsExec", "RepartitionExec", "CooperativeExec", "CoalesceBatchesExec"];
    let mut lines: Vec<String> = Vec::new();
    // Indentation of operators left out, which their children must not inherit.
    let mut dropped: Vec<usize> = Vec::new();
    for line in displayable(plan.as_ref()).indent(false).to_string().lines() {
        let body = line.trim_start();
        let depth = (line.len() - body.len()) / 2;
        dropped.retain(|d| *d < depth);
        if MOVES_ROWS_ONLY.iter().any(|name| body.starts_with(name)) {
            dropped.push(depth);
            continue;
        }
        let shown = text::plain_literals(&without_column_numbers(body));
        lines.push(format!("{}{shown}", "  ".repeat(depth - dropped.len())));
    }
    lines
}

/// `name@3` is how DataFusion writes a column and its position.
fn without_column_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after_name = shown.ends_with(|p: char| p.is_alphanumeric() || p == '_' || p == ')');
        if c == '@' && after_name && chars.peek().is_some_and(char::is_ascii_digit) {
            while chars.peek().is_some_and(char::is_ascii_digit) {
                chars.next();
            }
        } else {
            shown.push(c);
        }
    }
    shown
}
