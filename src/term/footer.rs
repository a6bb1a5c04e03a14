//! What stands under a table: how much was asked, how much answered, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::{AnswerSummary, DIM, RED, YELLOW, paint, sanitize};
use crate::model::{Coverage, FaultKind, NotAsked, UnitRecord, UnitStatus};

/// Accounts named in one line before the rest is only counted (and the count said).
const NAMED: usize = 10;

/// Regions named of one account before they are only counted.
const REGIONS_NAMED: usize = 4;

pub fn render(rows: usize, summary: &AnswerSummary, color: bool) -> String {
    let coverage = &summary.coverage;
    let mut text = format!("\n{}\n", paint(&counts(rows, summary), DIM, color));
    for (mark, line) in missing(coverage) {
        let code = match mark {
            Mark::Missing => RED,
            Mark::Unknown => YELLOW,
            Mark::Excused => DIM,
        };
        text.push_str(&format!("{} {}\n", paint(mark.sign(), code, color), sanitize(&line)));
    }
    for note in &summary.notes {
        text.push_str(&format!("{} {}\n", paint("note:", DIM, color), sanitize(note)));
    }
    text
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Missing,
    Unknown,
    Excused,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Mark::Missing => "✗",
            Mark::Unknown => "?",
            Mark::Excused => "·",
        }
    }
}

fn counts(rows: usize, summary: &AnswerSummary) -> String {
    let totals = summary.coverage.totals();
    let (answered, asked) = accounts(&summary.coverage);
    // Nobody knows which regions an account has that let nobody in.
    let regions: BTreeSet<&str> = asked_units(&summary.coverage)
        .filter(|u| u.fault().is_none_or(|f| f.kind != FaultKind::AssumeDenied))
        .map(|u| u.key.region.as_str())
        .filter(|region| *region != "global")
        .collect();
    let plural = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut parts = vec![plural(rows, "row")];
    if asked > 0 {
        parts.push(format!("{answered}/{} answered", plural(asked, "account")));
        if !regions.is_empty() {
            parts.push(plural(regions.len(), "region"));
        }
    }
    parts.push(plural(usize::try_from(totals.calls).unwrap_or(usize::MAX), "call"));
    parts.push(format!("${:.2}", summary.cost_usd));
    parts.push(format!("{:.1}s", summary.duration.as_secs_f64()));
    parts.join(" · ")
}

fn asked_units(coverage: &Coverage) -> impl Iterator<Item = &UnitRecord> {
    coverage.units.iter().filter(|u| !u.is_excused())
}

/// Accounts all of whose asked units answered, and accounts asked.
fn accounts(coverage: &Coverage) -> (usize, usize) {
    let mut whole: BTreeMap<&str, bool> = BTreeMap::new();
    for unit in asked_units(coverage) {
        *whole.entry(unit.key.account_id.as_str()).or_insert(true) &= unit.is_answered();
    }
    (whole.values().filter(|w| **w).count(), whole.len())
}

fn missing(coverage: &Coverage) -> Vec<(Mark, String)> {
    let mut lines = Vec::new();
    let mut by_kind: BTreeMap<FaultKind, Vec<&UnitRecord>> = BTreeMap::new();
    for unit in &coverage.units {
        if let Some(fault) = unit.fault() {
            by_kind.entry(fault.kind).or_default().push(unit);
        }
    }
    let everywhere = |account: &str, failed: usize| {
        asked_units(coverage).filter(|u| u.account_name == account).count() <= failed
    };
    for (kind, units) in by_kind {
        let mark = if kind.leaves_answer_complete() { Mark::Excused } else { Mark::Missing };
        let why = units.first().and_then(|u| u.fault()).map(why).unwrap_or_default();
        // Of an account that failed as a whole there is nothing to say about single regions.
        let is_whole = |account: &str, failed: usize| match kind {
            FaultKind::AssumeDenied => true,
            _ => mark == Mark::Missing && failed > 1 && everywhere(account, failed),
        };
        lines.push((mark, format!("{kind}: {}{why}", named(&units, is_whole))));
    }
    let mut by_columns: BTreeMap<Vec<String>, (u64, Vec<&UnitRecord>, String)> = BTreeMap::new();
    for unit in &coverage.units {
        for unknown in &unit.unknown {
            let entry = by_columns
                .entry(unknown.columns.clone())
                .or_insert_with(|| (0, Vec::new(), unknown.fault.to_string()));
            entry.0 += unknown.rows;
            entry.1.push(unit);
        }
    }
    for (columns, (rows, units, fault)) in by_columns {
        let columns = columns.join(", ");
        lines.push((
            Mark::Unknown,
            format!("unknown: {columns} in {rows} rows of {}: {fault}", named(&units, |_, _| false)),
        ));
    }
    let unasked = coverage
        .units
        .iter()
        .filter(|u| matches!(u.status, UnitStatus::NotAsked { reason: NotAsked::Limit }))
        .count();
    if unasked > 0 {
        lines.push((
            Mark::Excused,
            format!("not asked: {unasked} units, LIMIT was reached before their turn"),
        ));
    }
    let not_kept: Vec<&UnitRecord> = coverage
        .units
        .iter()
        .filter(|u| matches!(u.status, UnitStatus::NotAsked { reason: NotAsked::NotCached }))
        .collect();
    if !not_kept.is_empty() {
        let whole = |account: &str, units: usize| units > 1 && everywhere(account, units);
        lines.push((Mark::Missing, format!("not cached: {}", named(&not_kept, whole))));
    }
    lines.sort_by_key(|(mark, _)| *mark);
    lines
}

fn why(fault: &crate::model::Fault) -> String {
    match fault.kind {
        FaultKind::Suspended | FaultKind::RegionDisabled => String::new(),
        _ => {
            let operation = fault.operation.as_deref().map(|o| format!(" {o}:")).unwrap_or_default();
            format!(":{operation} {}", fault.message)
        }
    }
}

/// `payments-prod (us-east-1, us-west-2), web-prod, and 12 more accounts`. `is_whole` tells of an
/// account and how many of its units are named whether that is all of it.
fn named(units: &[&UnitRecord], is_whole: impl Fn(&str, usize) -> bool) -> String {
    let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for unit in units {
        regions.entry(&unit.account_name).or_default().insert(unit.key.region.as_str());
    }
    let shown = regions.iter().take(NAMED).map(|(name, regions)| {
        let whole = is_whole(name, regions.len());
        let regions: Vec<&str> = regions.iter().copied().filter(|r| !whole && *r != "global").collect();
        match regions.len() {
            0 => (*name).to_owned(),
            n if n > REGIONS_NAMED => format!("{name} ({n} regions)"),
            _ => format!("{name} ({})", regions.join(", ")),
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if regions.len() > NAMED {
        text.push_str(&format!(", and {} more accounts (all are in -o json)", regions.len() - NAMED));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Fault, Region, UnitKey};

    fn unit(id: &str, name: &str, region: &str, status: UnitStatus) -> UnitRecord {
        UnitRecord {
            key: UnitKey {
                account_id: id.parse().unwrap(),
                region: Region::new(region),
                table: "aws_vpc".into(),
            },
            account_name: name.into(),
            status,
            unknown: Vec::new(),
            calls: 1,
            rows: 2,
            bytes: 10,
            duration_ms: 5,
            source: "api".into(),
            as_of: None,
        }
    }

    fn summary(units: Vec<UnitRecord>) -> AnswerSummary {
        AnswerSummary {
            coverage: Coverage { units },
            cost_usd: 0.0,
            plan_id: String::new(),
            duration: Duration::from_millis(1240),
            session_policy: "attached".into(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_failed_account_is_named_with_its_reason() {
        let denied = Fault::new(FaultKind::AssumeDenied, "access denied").in_operation("sts:AssumeRole");
        let text = render(
            2,
            &summary(vec![
                unit("100000000001", "good", "us-east-1", UnitStatus::Answered),
                unit("100000000002", "bad", "us-east-1", UnitStatus::Failed { fault: denied }),
            ]),
            false,
        );
        assert!(
            text.contains("2 rows · 1/2 accounts answered · 1 region · 2 calls · $0.00 · 1.2s"),
            "{text}"
        );
        assert!(text.contains("✗ assume_denied: bad: sts:AssumeRole: access denied"), "{text}");
    }

    #[test]
    fn regions_are_named_where_an_account_failed_in_part_and_counted_where_they_are_many() {
        let failed = || UnitStatus::Failed { fault: Fault::new(FaultKind::Cancelled, "interrupted") };
        let mut units = vec![unit("100000000001", "part", "eu-west-1", UnitStatus::Answered)];
        units.push(unit("100000000001", "part", "us-east-1", failed()));
        units.extend(["a", "b"].map(|r| unit("100000000002", "whole", r, failed())));
        units.push(unit("100000000003", "wide", "us-east-1", UnitStatus::Answered));
        units.extend(["a", "b", "c", "d", "e"].map(|r| unit("100000000003", "wide", r, failed())));
        let text = render(1, &summary(units), false);
        assert!(
            text.contains("✗ cancelled: part (us-east-1), whole, wide (5 regions): interrupted"),
            "{text}"
        );
    }

    #[test]
    fn a_suspended_account_is_listed_but_not_counted_as_asked() {
        let fault = Fault::new(FaultKind::Suspended, "suspended");
        let text = render(
            0,
            &summary(vec![unit("100000000003", "old", "global", UnitStatus::Failed { fault })]),
            false,
        );
        assert!(text.contains("· suspended: old\n") && !text.contains("accounts answered"), "{text}");
    }
}
