//! What AWS's request quotas are, as data: which calls share a bucket, how fast it fills, who else draws on it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// One bucket a line; the file says how it is written.
const QUOTAS: &str = include_str!("quotas.txt");

/// Whose calls draw on the same bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Those of an account in one region.
    Region,
    /// Those of an account, wherever they are made.
    Account,
    /// Everybody's in the organization.
    Organization,
}

impl Sharing {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "region" => Sharing::Region,
            "account" => Sharing::Account,
            "organization" => Sharing::Organization,
            _ => return None,
        })
    }

    pub fn describe(self) -> &'static str {
        match self {
            Sharing::Region => "per account and region",
            Sharing::Account => "per account",
            Sharing::Organization => "for the organization",
        }
    }
}

/// The bucket that an operation draws on.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// `ec2:DescribeInstances`, `iam:*` where all operations share one, `lambda:rest` where some do.
    pub name: Arc<str>,
    /// Requests a second that AWS takes.
    pub rate: f64,
    pub burst: f64,
    pub sharing: Sharing,
    /// Nothing that runs in the account draws on it: it may be used wholly.
    pub is_ours_alone: bool,
}

impl Quota {
    /// The part of it that may be used where `share` is what may be used of one that production draws on.
    pub fn share(&self, share: f64) -> f64 {
        if self.is_ours_alone { 1.0 } else { share }
    }
}

#[derive(Debug)]
struct Line {
    /// Empty: any.
    service: &'static str,
    /// `*`: any.
    operation: &'static str,
    bucket: &'static str,
    rate: f64,
    burst: f64,
    sharing: Sharing,
    is_ours_alone: bool,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| lines().filter_map(read).collect());

/// The lines of each service, those for any service last.
static BY_SERVICE: LazyLock<HashMap<&'static str, Vec<&'static Line>>> = LazyLock::new(|| {
    let mut by_service: HashMap<_, Vec<_>> = HashMap::new();
    for line in LINES.iter() {
        by_service.entry(line.service).or_default().push(line);
    }
    by_service
});

fn lines() -> impl Iterator<Item = &'static str> {
    QUOTAS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn read(line: &'static str) -> Option<Line> {
    let [calls, bucket, rate, burst, sharing, _source] = line.split('\t').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (service, operation) = calls.split_once(':').unwrap_or(("", "*"));
    let (sharing, is_ours_alone) = match sharing.strip_suffix(", ours alone") {
        Some(sharing) => (sharing, true),
        None => (sharing, false),
    };
    Some(Line {
        service,
        operation,
        bucket,
        rate: rate.parse().ok()?,
        burst: burst.parse().ok()?,
        sharing: Sharing::parse(sharing)?,
        is_ours_alone,
    })
}

/// The quota of `service:Operation`.
pub fn quota(service: &str, operation: &str) -> Quota {
    let found = [service, ""]
        .iter()
        .filter_map(|service| BY_SERVICE.get(service))
        .flatten()
        .find(|line| line.operation == "*" || line.operation == operation);
    let name = match found.map(|line| line.bucket) {
        Some("each") | None => format!("{service}:{operation}"),
        Some("all") => format!("{service}:*"),
        Some(shared) => format!("{service}:{shared}"),
    };
    Quota {
        name: name.into(),
        rate: found.map_or(20.0, |line| line.rate),
        burst: found.map_or(40.0, |line| line.burst),
        sharing: found.map_or(Sharing::Region, |line| line.sharing),
        is_ours_alone: found.is_some_and(|line| line.is_ours_alone),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;
    use crate::catalog::Catalog;

    /// Asked through typed clients, not through the catalog.
    const TYPED: [&str; 3] = ["sts", "sso", "organizations"];

    #[test]
    fn every_line_is_whole_and_names_its_source() {
        assert_eq!(LINES.len(), lines().count(), "a line cannot be read");
        let mut seen = HashSet::new();
        for line in LINES.iter() {
            let shown = format!("{line:?}");
            assert!(seen.insert((line.service, line.operation)), "twice: {shown}");
            assert!(line.rate > 0.0 && line.burst >= 1.0 && line.rate <= 10_000.0, "{shown}");
            assert!(!line.bucket.is_empty() && !line.bucket.contains(char::is_whitespace), "{shown}");
        }
        for line in lines() {
            let source = line.rsplit('\t').next().unwrap();
            assert!(source.len() > 15 && source.contains(' '), "where is this from? {line}");
        }
    }

    #[test]
    fn every_line_is_about_calls_that_exist_and_is_reached() {
        let catalog = Catalog::builtin().unwrap();
        let ids: Vec<(&str, &str)> =
            catalog.operation_ids().into_iter().filter_map(|id| id.split_once(':')).collect();
        for line in LINES.iter().filter(|line| !line.service.is_empty() && !TYPED.contains(&line.service)) {
            assert!(ids.iter().any(|(service, _)| *service == line.service), "{line:?}");
        }
        // A line after one for all operations of its service would never be found.
        let mut closed = HashSet::new();
        for line in LINES.iter() {
            assert!(!closed.contains(line.service), "never reached: {line:?}");
            if line.operation == "*" {
                closed.insert(line.service);
            }
        }
        assert!(closed.contains(""), "an unknown service needs a line");
    }

    #[test]
    fn operations_that_share_a_bucket_agree_about_it() {
        let catalog = Catalog::builtin().unwrap();
        let mut buckets: BTreeMap<Arc<str>, Quota> = BTreeMap::new();
        for (service, operation) in catalog.operation_ids().into_iter().filter_map(|id| id.split_once(':')) {
            let quota = quota(service, operation);
            let known = buckets.entry(quota.name.clone()).or_insert_with(|| quota.clone());
            assert_eq!(*known, quota, "{service}:{operation}");
        }
    }

    #[test]
    fn shared_and_single_buckets() {
        let name = |service, operation| quota(service, operation).name.to_string();
        assert_eq!(name("ec2", "DescribeVpcs"), "ec2:DescribeVpcs");
        assert_eq!(name("sts", "AssumeRole"), "sts:*");
        assert_eq!(name("ecs", "ListTasks"), name("ecs", "DescribeTasks"));
        assert_eq!(name("lambda", "GetFunction"), "lambda:GetFunction");
        assert_eq!(name("lambda", "ListFunctions"), "lambda:rest");
        let unknown = quota("newservice", "ListThings");
        assert_eq!((&*unknown.name, unknown.rate), ("newservice:*", 20.0));
        assert_eq!(quota("organizations", "ListRoots").sharing, Sharing::Organization);
        assert_eq!(quota("iam", "ListRoles").sharing, Sharing::Account);
    }
}
