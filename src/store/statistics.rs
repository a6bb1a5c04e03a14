//! What earlier runs saw of a table's units: rows, and the calls they took. Estimates go by it, answers never do.
//!
//! Kept by table and by what was sent to the service: a list that the service filters is a shorter one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Store;
use crate::model::{AccountId, Region, Spend};

const KIND: &str = "statistics";
/// An organization changes; what is older says little about it.
const WORTH: Duration = Duration::from_secs(90 * 86_400);
/// Units of one table that are kept: no organization has more.
const MOST_UNITS: usize = 100_000;

/// The statistics of one AWS, or of one simulated organization.
#[derive(Clone, Debug)]
pub struct Statistics {
    store: Arc<Store>,
    place: String,
}

/// What was seen of the units of one table, asked in one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What is counted: operations, and measures such as `bytes_scanned`.
    names: Vec<String>,
    /// By account and region.
    units: BTreeMap<String, BTreeMap<String, UnitSeen>>,
}

/// Rows, milliseconds, and a count for each name; none where a run had no use for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitSeen(u64, u64, Vec<Option<u64>>);

impl UnitSeen {
    pub fn rows(&self) -> u64 {
        self.0
    }

    pub fn milliseconds(&self) -> u64 {
        self.1
    }
}

impl Seen {
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    pub fn unit(&self, account: &AccountId, region: &Region) -> Option<&UnitSeen> {
        self.units.get(account.as_str())?.get(region.as_str())
    }

    /// How often the unit was asked for `name`, if it ever was.
    pub fn count(&self, unit: &UnitSeen, name: &str) -> Option<u64> {
        let at = self.names.iter().position(|known| known == name)?;
        unit.2.get(at).copied().flatten()
    }

    /// Names that are no operation, with what all units of them have: `bytes_scanned`.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| !name.contains(':'))
    }

    fn all(&self) -> impl Iterator<Item = &UnitSeen> {
        self.units.values().flat_map(BTreeMap::values)
    }

    /// Of a unit that was never asked: what the others have.
    pub fn average(&self, of: impl Fn(&UnitSeen) -> Option<u64>) -> Option<f64> {
        let known: Vec<u64> = self.all().filter_map(of).collect();
        let units = known.len();
        (units > 0).then(|| known.iter().sum::<u64>() as f64 / units as f64)
    }

    /// Takes the place of what was known of the unit, but for what this run had no use for.
    pub fn learn(&mut self, account: &AccountId, region: &Region, unit: &Observed) {
        let known = self.units.get(account.as_str()).map_or(0, BTreeMap::len);
        if known == 0 && self.all().count() >= MOST_UNITS {
            return;
        }
        let mut counts: BTreeMap<&str, u64> = unit.planned.iter().map(|name| (name.as_str(), 0)).collect();
        counts.extend(unit.spend.calls.iter().map(|(name, times)| (name.as_str(), *times)));
        counts.extend(unit.spend.measures.iter().map(|(measure, amount)| (measure.as_str(), *amount)));
        let mut places = Vec::with_capacity(counts.len());
        for (name, count) in counts {
            let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
                self.names.push(name.to_owned());
                self.names.len() - 1
            });
            places.push((at, count));
        }
        let regions = self.units.entry(account.as_str().to_owned()).or_default();
        let seen = regions.entry(region.as_str().to_owned()).or_default();
        (seen.0, seen.1) = (unit.rows, unit.milliseconds);
        for (at, count) in places {
            if seen.2.len() <= at {
                seen.2.resize(at + 1, None);
            }
            if let Some(place) = seen.2.get_mut(at) {
                *place = Some(count);
            }
        }
    }
}

/// A unit that answered all it was asked.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    pub rows: u64,
    pub milliseconds: u64,
    pub spend: &'a Spend,
    /// Operations that it might have needed: those it did not need count as none.
    pub planned: &'a [String],
}

impl Statistics {
    /// `place` tells one AWS, or one simulated organization, from another.
    pub fn new(store: Arc<Store>, place: String) -> Self {
        Self { store, place }
    }

    /// Nothing is known, and nothing kept.
    pub fn none() -> Self {
        Self::new(Arc::new(Store::none()), String::new())
    }

    /// `asked` is what is sent to the service, in words.
    pub fn of(&self, table: &str, asked: &str) -> Seen {
        let found = self.store.get(KIND, &self.key(table, asked), WORTH);
        found.and_then(|(text, _)| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub fn keep(&self, table: &str, asked: &str, seen: &Seen) {
        // Names and numbers always serialise.
        if let Ok(text) = serde_json::to_string(seen) {
            self.store.put(KIND, &self.key(table, asked), &text);
        }
    }

    fn key(&self, table: &str, asked: &str) -> String {
        format!("{}\n{table}\n{asked}", self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Measure;
    use crate::settings::Paths;

    fn observed<'a>(rows: u64, spend: &'a Spend, planned: &'a [String]) -> Observed<'a> {
        Observed { rows, milliseconds: 7, spend, planned }
    }

    #[test]
    fn what_a_unit_took_comes_back_and_others_are_taken_for_the_average() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_path_buf();
        let paths = Paths { config: path.clone(), cache: path.clone(), data: path.clone(), state: path };
        let statistics = Statistics::new(Arc::new(Store::open(&paths)), "aws".to_owned());
        let (one, two): (AccountId, AccountId) =
            ("100000000001".parse().unwrap(), "100000000002".parse().unwrap());
        let region = Region::new("eu-west-1");
        let planned = ["s3:ListBuckets".to_owned(), "s3:GetBucketAcl".to_owned()];
        let mut seen = statistics.of("aws_s3_bucket", "");
        assert!(seen.is_empty());
        let mut spend = Spend::default();
        spend.call("s3:ListBuckets", 1);
        seen.learn(&one, &region, &observed(0, &spend, &planned));
        spend.call("s3:GetBucketAcl", 4);
        spend.measure(Measure::BytesScanned, 9);
        seen.learn(&two, &region, &observed(4, &spend, &planned));
        statistics.keep("aws_s3_bucket", "", &seen);

        let seen = statistics.of("aws_s3_bucket", "");
        let unit = seen.unit(&one, &region).unwrap();
        assert_eq!((unit.rows(), seen.count(unit, "s3:GetBucketAcl")), (0, Some(0)));
        assert_eq!(seen.count(unit, "s3:GetBucketPolicy"), None);
        assert_eq!(seen.average(|unit| Some(unit.rows())), Some(2.0));
        assert_eq!(seen.measures().collect::<Vec<_>>(), ["bytes_scanned"]);
        assert!(statistics.of("aws_s3_bucket", "name = 'a'").is_empty());
    }

    #[test]
    fn what_a_run_had_no_use_for_stays_known() {
        let (account, region) = ("100000000001".parse().unwrap(), Region::global());
        let (mut seen, mut spend) = (Seen::default(), Spend::default());
        spend.call("iam:GetRole", 5);
        seen.learn(&account, &region, &observed(5, &spend, &[]));
        seen.learn(&account, &region, &observed(6, &Spend::default(), &["iam:ListRoles".to_owned()]));
        let unit = seen.unit(&account, &region).unwrap();
        assert_eq!((unit.rows(), seen.count(unit, "iam:GetRole")), (6, Some(5)));
        assert_eq!(seen.count(unit, "iam:ListRoles"), Some(0));
    }
}
