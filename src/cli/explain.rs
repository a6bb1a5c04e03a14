//! `query --explain`: a plan for a person, or as JSON.

use crate::error::{Error, Result};
use crate::plan::{Estimate, Plan, PlannedCall, PlannedScan};
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
    lines.extend(price_lines(&plan.estimate));
    let actions: Vec<&str> = plan.actions.iter().map(String::as_str).collect();
    lines.push(format!(
        "session policy: {}",
        if actions.is_empty() { "no action".to_owned() } else { actions.join(", ") }
    ));
    lines.iter().map(|line| format!("{}\n", sanitize(line).trim_end())).collect()
}

fn price_lines(estimate: &Estimate) -> Vec<String> {
    let about = if estimate.units_are_at_most { "at most" } else { "about" };
    let services = estimate.spend.by_service();
    let services: Vec<String> =
        services.iter().map(|(service, calls)| format!("{service} {calls}")).collect();
    let services = if services.is_empty() { String::new() } else { format!(" ({})", services.join(", ")) };
    let mut lines = vec![
        format!(
            "{about} {}, {}{services}, of them {}",
            counted(estimate.units, "unit"),
            counted(estimate.total_calls, "call"),
            counted(estimate.assume_role_calls, "AssumeRole call")
        ),
        format!(
            "{about} {} at the list prices of {}, {} in the accounts' CloudTrail, {}",
            estimate.usd,
            estimate.prices_as_of,
            counted(estimate.api_events, "management event"),
            seconds(estimate.seconds)
        ),
    ];
    let measures = estimate.spend.measures.iter();
    lines.extend(measures.map(|(measure, amount)| format!("{about} {amount} {}", measure.in_words())));
    if !estimate.guessed.is_empty() {
        lines.push(format!("guessed: rows of {}, which no run has seen yet", estimate.guessed.join(", ")));
    }
    lines
}

/// As long as it matters: nobody plans by tenths of a minute.
fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "under 1 s".to_owned(),
        s if s < 120.0 => format!("{s:.0} s"),
        s => format!("{:.0} min", s / 60.0),
    }
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
    list("source", scan.route.as_slice());
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
        let expected = call.expected.map(|times| format!(", {times} in all")).unwrap_or_default();
        lines.push(format!("  call: {} {often}{expected}{columns}", call.operation));
    }
}

fn asked_lines(scan: &PlannedScan, lines: &mut Vec<String>) {
    let kept = scan.kept_units.filter(|n| *n > 0).map(|n| format!(", {n} of them from the cache"));
    let kept = kept.unwrap_or_default();
    let at_most = if scan.keys.is_empty() { "" } else { "at most " };
    let limit = scan.limit.map(|n| format!(", at most {n} rows")).unwrap_or_default();
    // Which units those are is known once the aggregator has been asked.
    let recorded = scan.route.as_deref().is_some_and(|route| !route.starts_with("api"));
    let source = if recorded { format!("config and {}", scan.source) } else { scan.source.clone() };
    lines.push(format!(
        "{} from {}: {at_most}{} x {}, {}{kept}{limit}",
        scan.table,
        source,
        counted(scan.accounts, "account"),
        counted(scan.regions, "region"),
        counted(scan.units, "unit")
    ));
}
