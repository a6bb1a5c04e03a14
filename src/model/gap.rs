//! Known gaps: what the operator said beforehand would be missing, why, and until when.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::model::{Account, Coverage, FaultKind, NamePattern, UnitRecord};

/// What is missing inside it is listed, but does not make an answer incomplete until the gap expires.
#[derive(Clone, Debug, Serialize)]
pub struct KnownGap {
    /// By id, name or glob; every account without it.
    #[serde(serialize_with = "pattern", skip_serializing_if = "Option::is_none")]
    pub account: Option<NamePattern>,
    /// Every region (and `global`) without it.
    #[serde(serialize_with = "pattern", skip_serializing_if = "Option::is_none")]
    pub region: Option<NamePattern>,
    #[serde(serialize_with = "pattern", skip_serializing_if = "Option::is_none")]
    pub table: Option<NamePattern>,
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub expires: NaiveDate,
}

fn pattern<S: Serializer>(pattern: &Option<NamePattern>, to: S) -> Result<S::Ok, S::Error> {
    pattern.as_ref().map(NamePattern::as_str).serialize(to)
}

impl PartialEq for KnownGap {
    fn eq(&self, other: &Self) -> bool {
        let parts = |gap: &KnownGap| {
            [&gap.account, &gap.region, &gap.table].map(|p| p.as_ref().map(|p| p.as_str().to_owned()))
        };
        parts(self) == parts(other) && self.reason == other.reason && self.expires == other.expires
    }
}

impl KnownGap {
    pub fn has_expired(&self, today: NaiveDate) -> bool {
        today > self.expires
    }

    pub fn covers(&self, unit: &UnitRecord) -> bool {
        let holds = |pattern: &Option<NamePattern>, names: &[&str]| {
            pattern.as_ref().is_none_or(|p| names.iter().any(|name| p.matches(name)))
        };
        holds(&self.account, &[unit.key.account_id.as_str(), &unit.account_name])
            && holds(&self.region, &[unit.key.region.as_str()])
            && holds(&self.table, &[&unit.key.table])
    }

    /// Whether whole accounts are meant, and this is one.
    pub fn covers_account(&self, account: &Account) -> bool {
        let named = |p: &NamePattern| p.matches(account.id.as_str()) || p.matches(&account.name);
        self.region.is_none() && self.table.is_none() && self.account.as_ref().is_some_and(named)
    }

    /// `account legacy-*, region eu-*`
    pub fn place(&self) -> String {
        let named = [("account", &self.account), ("region", &self.region), ("table", &self.table)];
        let parts = named.iter().filter_map(|(what, p)| Some(format!("{what} {}", p.as_ref()?.as_str())));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Coverage {
    /// Marks what is missing inside a known gap, and tells of gaps that would have covered something had
    /// they not expired.
    pub fn excuse(&mut self, gaps: &[Arc<KnownGap>], today: NaiveDate) -> Vec<String> {
        let mut expired: Vec<(usize, u64)> = Vec::new();
        for unit in self.units.iter_mut().filter(|unit| is_missing(unit)) {
            match gaps.iter().find(|gap| !gap.has_expired(today) && gap.covers(unit)) {
                Some(gap) => unit.known_gap = Some(Arc::clone(gap)),
                None => {
                    if let Some(at) = gaps.iter().position(|gap| gap.covers(unit)) {
                        match expired.iter_mut().find(|(known, _)| *known == at) {
                            Some((_, units)) => *units += 1,
                            None => expired.push((at, 1)),
                        }
                    }
                }
            }
        }
        expired.sort_unstable();
        let told = expired.iter().filter_map(|(at, units)| {
            let gap = gaps.get(*at)?;
            Some(format!(
                "the known gap of {} ({}) expired on {}: what is missing in it ({units} unit{}) counts again",
                gap.place(),
                gap.reason,
                gap.expires,
                if *units == 1 { "" } else { "s" }
            ))
        });
        told.collect()
    }
}

/// Our own stopping is nobody's known gap.
fn is_missing(unit: &UnitRecord) -> bool {
    !unit.is_whole() && unit.fault().is_none_or(|fault| fault.kind != FaultKind::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, Region, UnitKey, UnitStatus, UnknownColumns};

    fn unit(name: &str, region: &str, kind: Option<FaultKind>) -> UnitRecord {
        UnitRecord {
            key: UnitKey {
                account_id: "100000000001".parse().unwrap(),
                region: Region::new(region),
                table: "aws_vpc".into(),
            },
            account_name: name.into(),
            ou_path: None,
            status: match kind {
                Some(kind) => UnitStatus::Failed { fault: Fault::new(kind, "no") },
                None => UnitStatus::Answered,
            },
            unknown: Vec::new(),
            calls: 1,
            rows: 1,
            bytes: 1,
            duration_ms: 1,
            source: "api".into(),
            because: None,
            as_of: None,
            known_gap: None,
        }
    }

    fn gap(account: &str, region: Option<&str>, table: Option<&str>) -> Arc<KnownGap> {
        let pattern = |text: &str| NamePattern::parse(text).unwrap();
        Arc::new(KnownGap {
            account: Some(pattern(account)),
            region: region.map(pattern),
            table: table.map(pattern),
            reason: "role comes in March".into(),
            expires: day("2026-03-31"),
        })
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn coverage(units: Vec<UnitRecord>) -> Coverage {
        Coverage { units }
    }

    const DENIED: Option<FaultKind> = Some(FaultKind::AssumeDenied);

    #[test]
    fn a_failed_unit_inside_a_gap_counts_neither_for_nor_against_the_answer() {
        let mut seen = coverage(vec![unit("legacy", "eu-west-1", DENIED), unit("web", "eu-west-1", None)]);
        assert!(!seen.is_complete());
        assert_eq!(seen.excuse(&[gap("leg*", None, None)], day("2026-03-31")), [""; 0]);
        assert!(seen.is_complete() && seen.reaches(1.0));
        assert_eq!((seen.totals().asked, seen.totals().ratio()), (1, 1.0));
        assert_eq!(seen.exceptions().count(), 1, "it is listed all the same");
    }

    #[test]
    fn a_gap_covers_only_what_it_names() {
        for (gap, covered) in [
            (gap("100000000001", None, None), true),
            (gap("LEGACY", Some("eu-*"), Some("aws_vpc")), true),
            (gap("legacy", Some("us-*"), None), false),
            (gap("legacy", None, Some("aws_s3_*")), false),
            (gap("web", None, None), false),
        ] {
            let mut seen = coverage(vec![unit("legacy", "eu-west-1", DENIED)]);
            seen.excuse(std::slice::from_ref(&gap), day("2026-01-01"));
            assert_eq!(seen.is_complete(), covered, "{}", gap.place());
        }
    }

    #[test]
    fn an_expired_gap_counts_again_and_is_told_of() {
        let mut seen = coverage(vec![unit("legacy", "a", DENIED), unit("legacy", "b", DENIED)]);
        let told = seen.excuse(&[gap("legacy", None, None)], day("2026-04-01"));
        assert!(!seen.is_complete());
        assert_eq!(
            told,
            ["the known gap of account legacy (role comes in March) expired on 2026-03-31: \
              what is missing in it (2 units) counts again"]
        );
        let mut fine = coverage(vec![unit("legacy", "a", None)]);
        assert_eq!(fine.excuse(&[gap("legacy", None, None)], day("2026-04-01")), [""; 0]);
    }

    #[test]
    fn interruption_is_nobodys_known_gap() {
        let mut seen = coverage(vec![unit("legacy", "a", Some(FaultKind::Cancelled))]);
        seen.excuse(&[gap("legacy", None, None)], day("2026-01-01"));
        assert!(!seen.is_complete());
    }

    #[test]
    fn unknown_columns_can_be_known_beforehand_too() {
        let mut partly = unit("legacy", "a", None);
        partly.unknown = vec![UnknownColumns {
            columns: vec!["tags".into()],
            rows: 1,
            fault: Fault::new(FaultKind::IamDenied, "no"),
        }];
        let mut seen = coverage(vec![partly, unit("web", "a", None)]);
        assert_eq!((seen.totals().ratio(), seen.is_complete()), (0.5, false));
        seen.excuse(&[gap("legacy", None, None)], day("2026-01-01"));
        assert!(seen.is_complete());
    }

    #[test]
    fn enough_is_for_the_operator_to_say_and_complete_is_not() {
        let mut units: Vec<UnitRecord> = (0..99).map(|_| unit("web", "a", None)).collect();
        units.push(unit("bad", "a", DENIED));
        let seen = coverage(units);
        assert_eq!(seen.totals().ratio(), 0.99);
        assert!(seen.reaches(0.98) && seen.reaches(0.99) && seen.reaches(0.0));
        assert!(!seen.reaches(0.995) && !seen.reaches(1.0) && !seen.is_complete());
        assert!(coverage(Vec::new()).reaches(1.0), "nothing was asked, so nothing is missing");
    }
}
