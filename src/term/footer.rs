//! What stands under a table: how much was asked, how much answered, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::age::in_words;
use super::{AnswerSummary, DIM, RED, YELLOW, paint, sanitize};
use crate::model::{AccountId, Coverage, Fault, FaultKind, KnownGap, NotAsked, UnitRecord, UnitStatus};

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
            Mark::Known | Mark::Excused => DIM,
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
    /// Missing, as the operator said it would be.
    Known,
    Excused,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Mark::Missing => "✗",
            Mark::Unknown => "?",
            Mark::Known => "~",
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
    let recorded =
        summary.coverage.units.iter().filter(|u| &*u.source == "config" && u.is_answered()).count();
    if recorded > 0 {
        parts.push(format!("{} from AWS Config", plural(recorded, "unit")));
    }
    if let Some(oldest) = summary.coverage.oldest() {
        let units = plural(usize::try_from(totals.cached).unwrap_or(usize::MAX), "unit");
        let age = (summary.now - oldest).to_std().unwrap_or_default();
        parts.push(format!("{units} from the cache, oldest {}", in_words(age)));
    }
    parts.push(summary.bill.usd.to_string());
    parts.push(format!("{:.1}s", summary.duration.as_secs_f64()));
    parts.join(" · ")
}

fn asked_units(coverage: &Coverage) -> impl Iterator<Item = &UnitRecord> {
    coverage.units.iter().filter(|u| u.counts_as_asked())
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
    let (gaps, others): (Vec<_>, Vec<_>) = coverage.units.iter().partition(|u| u.known_gap.is_some());
    failures(coverage, &others, &mut lines);
    unknowns(&others, &mut lines);
    known_gaps(&gaps, &mut lines);
    not_asked(coverage, &others, &mut lines);
    asked_live(coverage, &mut lines);
    lines.sort_by_key(|(mark, _)| *mark);
    lines
}

fn failures(coverage: &Coverage, units: &[&UnitRecord], lines: &mut Vec<(Mark, String)>) {
    let mut by_kind: BTreeMap<FaultKind, Vec<&UnitRecord>> = BTreeMap::new();
    for unit in units {
        if let Some(fault) = unit.fault() {
            by_kind.entry(fault.kind).or_default().push(unit);
        }
    }
    for (kind, units) in by_kind {
        let mark = if kind.leaves_answer_complete() { Mark::Excused } else { Mark::Missing };
        let why = units.first().and_then(|u| u.fault()).map(why).unwrap_or_default();
        // Of an account that failed as a whole there is nothing to say about single regions.
        let is_whole = |account: &AccountId, failed: usize| match kind {
            FaultKind::AssumeDenied => true,
            _ => mark == Mark::Missing && failed > 1 && is_all(coverage, account, failed),
        };
        lines.push((mark, format!("{kind}: {}{why}", named(&units, is_whole))));
    }
}

fn unknowns(units: &[&UnitRecord], lines: &mut Vec<(Mark, String)>) {
    let mut by_columns: BTreeMap<&[String], (u64, Vec<&UnitRecord>, &Fault)> = BTreeMap::new();
    for unit in units {
        for unknown in &unit.unknown {
            let entry = by_columns.entry(&unknown.columns).or_insert_with(|| (0, Vec::new(), &unknown.fault));
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
}

fn known_gaps(units: &[&UnitRecord], lines: &mut Vec<(Mark, String)>) {
    let mut by_gap: Vec<(&KnownGap, Vec<&UnitRecord>)> = Vec::new();
    for unit in units {
        let Some(gap) = unit.known_gap.as_deref() else { continue };
        match by_gap.iter_mut().find(|(known, _)| std::ptr::eq(*known, gap)) {
            Some((_, units)) => units.push(unit),
            None => by_gap.push((gap, vec![unit])),
        }
    }
    for (gap, units) in by_gap {
        let kinds: BTreeSet<&str> = units.iter().map(|unit| what_is_missing(unit)).collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        // A gap of whole accounts needs no list of their regions.
        let is_whole = |_: &AccountId, _: usize| gap.region.is_none();
        lines.push((
            Mark::Known,
            format!(
                "known gap: {}: {} (until {}): {kinds}",
                named(&units, is_whole),
                gap.reason,
                gap.expires
            ),
        ));
    }
}

fn what_is_missing(unit: &UnitRecord) -> &str {
    match (unit.fault(), &unit.status) {
        (Some(fault), _) => fault.kind.as_str(),
        (None, UnitStatus::NotAsked { .. }) => "not asked",
        (None, _) => "unknown columns",
    }
}

fn not_asked(coverage: &Coverage, units: &[&UnitRecord], lines: &mut Vec<(Mark, String)>) {
    let mut by_reason: BTreeMap<NotAsked, Vec<&UnitRecord>> = BTreeMap::new();
    for unit in units {
        if let UnitStatus::NotAsked { reason } = unit.status {
            by_reason.entry(reason).or_default().push(unit);
        }
    }
    for (reason, units) in by_reason {
        let count = match units.len() {
            1 => "1 unit".to_owned(),
            n => format!("{n} units"),
        };
        lines.push(match reason {
            NotAsked::Limit => {
                (Mark::Excused, format!("not asked: {count}, LIMIT was reached before their turn"))
            }
            NotAsked::NotNeeded => (
                Mark::Excused,
                format!("not asked: {count}, the answer needed nothing of {}", tables(&units)),
            ),
            NotAsked::Absent => (
                Mark::Excused,
                format!("not there: {count} have nothing of the name that {} was asked for", tables(&units)),
            ),
            NotAsked::NotLogged => (
                Mark::Excused,
                format!("not logged: {count}, where nothing of {} is recorded", tables(&units)),
            ),
            NotAsked::NotCached => {
                let whole = |account: &AccountId, units: usize| units > 1 && is_all(coverage, account, units);
                (Mark::Missing, format!("not cached: {}", named(&units, whole)))
            }
        });
    }
}

fn tables(units: &[&UnitRecord]) -> String {
    let tables: BTreeSet<&str> = units.iter().map(|unit| &*unit.key.table).collect();
    tables.into_iter().collect::<Vec<_>>().join(", ")
}

/// Units that AWS Config was to answer and could not.
fn asked_live(coverage: &Coverage, lines: &mut Vec<(Mark, String)>) {
    let mut by_reason: BTreeMap<&str, Vec<&UnitRecord>> = BTreeMap::new();
    for unit in coverage.units.iter().filter(|unit| unit.is_answered()) {
        if let Some(because) = unit.because.as_deref() {
            by_reason.entry(because).or_default().push(unit);
        }
    }
    for (because, units) in by_reason {
        let whole = |account: &AccountId, units: usize| units > 1 && is_all(coverage, account, units);
        lines.push((Mark::Excused, format!("asked live: {}: {because}", named(&units, whole))));
    }
}

/// Whether so many units are all that were asked of an account.
fn is_all(coverage: &Coverage, account: &AccountId, units: usize) -> bool {
    asked_units(coverage).filter(|u| u.key.account_id == *account).count() <= units
}

fn why(fault: &Fault) -> String {
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
fn named(units: &[&UnitRecord], is_whole: impl Fn(&AccountId, usize) -> bool) -> String {
    let mut accounts: BTreeMap<(&str, &AccountId), BTreeSet<&str>> = BTreeMap::new();
    for unit in units {
        let account = (&*unit.account_name, &unit.key.account_id);
        accounts.entry(account).or_default().insert(unit.key.region.as_str());
    }
    // AWS does not make names unique.
    let is_twice = |name: &str| accounts.keys().filter(|(other, _)| *other == name).count() > 1;
    let shown = accounts.iter().take(NAMED).map(|((name, id), regions)| {
        let account = if is_twice(name) { format!("{name} {id}") } else { (*name).to_owned() };
        let whole = is_whole(id, regions.len());
        let regions: Vec<&str> = regions.iter().copied().filter(|r| !whole && *r != "global").collect();
        match regions.len() {
            0 => account,
            n if n > REGIONS_NAMED => format!("{account} ({n} regions)"),
            _ => format!("{account} ({})", regions.join(", ")),
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if accounts.len() > NAMED {
        text.push_str(&format!(", and {} more accounts (all are in -o json)", accounts.len() - NAMED));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{NamePattern, Region, UnitKey};

    const NOW: &str = "2026-11-20T12:00:00Z";

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
            because: None,
            ou_path: None,
            as_of: None,
            known_gap: None,
        }
    }

    fn summary(units: Vec<UnitRecord>) -> AnswerSummary {
        AnswerSummary {
            coverage: Coverage { units },
            bill: Default::default(),
            plan_id: String::new(),
            duration: Duration::from_millis(1240),
            session_policy: "attached".into(),
            notes: Vec::new(),
            timing: None,
            now: NOW.parse().unwrap(),
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
    fn kept_rows_are_counted_with_the_age_of_the_oldest() {
        let kept = |region: &str, as_of: &str| UnitRecord {
            as_of: Some(as_of.parse().unwrap()),
            calls: 0,
            ..unit("100000000001", "good", region, UnitStatus::Answered)
        };
        let text = render(
            2,
            &summary(vec![
                kept("us-east-1", "2026-11-20T11:59:00Z"),
                kept("eu-west-1", "2026-11-20T11:56:00Z"),
                unit("100000000001", "good", "eu-west-2", UnitStatus::Answered),
            ]),
            false,
        );
        assert!(text.contains("· 1 call · 2 units from the cache, oldest 4m · $"), "{text}");
    }

    #[test]
    fn a_unit_that_is_not_kept_is_missing() {
        let reason = NotAsked::NotCached;
        let text = render(
            0,
            &summary(vec![unit("100000000003", "old", "global", UnitStatus::NotAsked { reason })]),
            false,
        );
        assert!(text.contains("0/1 account answered") && text.contains("✗ not cached: old\n"), "{text}");
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

    #[test]
    fn a_known_gap_is_named_with_its_reason_and_its_end_and_is_not_counted_as_asked() {
        let gap = std::sync::Arc::new(KnownGap {
            account: Some(NamePattern::parse("legacy").unwrap()),
            region: None,
            table: None,
            reason: "role comes in March".into(),
            expires: "2026-03-31".parse().unwrap(),
        });
        let mut known = unit(
            "100000000003",
            "legacy",
            "us-east-1",
            UnitStatus::Failed { fault: Fault::new(FaultKind::AssumeDenied, "no") },
        );
        known.known_gap = Some(gap);
        let text = render(
            1,
            &summary(vec![known, unit("100000000001", "good", "us-east-1", UnitStatus::Answered)]),
            false,
        );
        assert!(text.contains("1/1 account answered"), "{text}");
        assert!(
            text.contains("~ known gap: legacy: role comes in March (until 2026-03-31): assume_denied\n"),
            "{text}"
        );
        assert!(!text.contains('✗'), "{text}");
    }

    #[test]
    fn what_was_not_asked_says_why() {
        let units = [NotAsked::Limit, NotAsked::NotNeeded]
            .map(|reason| unit("100000000001", "a", "us-east-1", UnitStatus::NotAsked { reason }));
        let text = render(0, &summary(units.to_vec()), false);
        assert!(text.contains("· not asked: 1 unit, LIMIT was reached before their turn\n"), "{text}");
        assert!(text.contains("· not asked: 1 unit, the answer needed nothing of aws_vpc\n"), "{text}");
    }
}
