//! `query --explain`: a plan for a person, or as JSON.

use crate::error::{Error, Result};
use crate::plan::{Plan, PlannedCall, PlannedScan};
use crate::term::{Format, only, sanitize};

pub fn render(plan: &Plan, format: Format) -> Result<String> {
    match only(&[Format::Table, Format::Json], format, "a plan")? {
        Format::Json => serde_json::to_string_pretty(plan)
            .map_err(|e| Error::failed("cannot write the plan as JSON").because(&e)),
        _ => Ok(text(plan)),
    }
}

fn text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for scan in &plan.scans {
        scan_lines(scan, &mut lines);
        lines.push(String::new());
    }
    if !plan.operators.is_empty() {
        lines.push("then".to_owned());
        lines.extend(plan.operators.iter().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    let estimate = &plan.estimate;
    let about = if estimate.units_are_at_most { "at most" } else { "about" };
    let keys = if estimate.units_are_at_most { ", and calls for each key value" } else { "" };
    let more = if estimate.per_row_calls { ", and one call per row for some columns" } else { "" };
    lines.push(format!(
        "{about} {}, {}{keys}{more}, {}",
        counted(estimate.units, "unit"),
        counted(estimate.list_calls, "list call"),
        counted(estimate.assume_role_calls, "AssumeRole call")
    ));
    let actions: Vec<&str> = plan.actions.iter().map(String::as_str).collect();
    lines.push(format!(
        "session policy: {}",
        if actions.is_empty() { "no action".to_owned() } else { actions.join(", ") }
    ));
    lines.iter().map(|line| format!("{}\n", sanitize(line).trim_end())).collect()
}

fn counted(n: impl std::fmt::Display, one: &str) -> String {
    let n = n.to_string();
    let s = if n == "1" { "" } else { "s" };
    format!("{n} {one}{s}")
}

fn scan_lines(scan: &PlannedScan, lines: &mut Vec<String>) {
    if scan.calls.is_empty() {
        lines.push(format!("{}: kept on this machine, nobody is asked", scan.table));
    } else {
        asked_lines(scan, lines);
    }
    let mut list = |label: &str, items: &[String]| {
        if !items.is_empty() {
            lines.push(format!("  {label}: {}", items.join(", ")));
        }
    };
    list("columns", &scan.columns);
    list("decides which units are asked", &scan.unit_predicates);
    list("sent to the service", &scan.pushed);
    list("keys", &scan.keys);
    list("applied to the rows", &scan.filters);
    for call in &scan.calls {
        let often = match call {
            PlannedCall { rows_per_call: Some(rows), .. } => format!("per {rows} rows"),
            PlannedCall { per_row: true, .. } => "per row".to_owned(),
            PlannedCall { per_key: true, .. } => "per key value".to_owned(),
            _ => "per unit".to_owned(),
        };
        let columns = if call.for_columns.is_empty() {
            String::new()
        } else {
            format!(", for {}", call.for_columns.join(", "))
        };
        lines.push(format!("  call: {} {often}{columns}", call.operation));
    }
}

fn asked_lines(scan: &PlannedScan, lines: &mut Vec<String>) {
    let kept = scan.kept_units.filter(|n| *n > 0).map(|n| format!(", {n} of them from the cache"));
    let kept = kept.unwrap_or_default();
    let at_most = if scan.keys.is_empty() { "" } else { "at most " };
    let limit = scan.limit.map(|n| format!(", at most {n} rows")).unwrap_or_default();
    lines.push(format!(
        "{} from {}: {at_most}{} x {}, {}{kept}{limit}",
        scan.table,
        scan.source,
        counted(scan.accounts, "account"),
        counted(scan.regions, "region"),
        counted(scan.units, "unit")
    ));
}
