//! Which files of a place make up an export: its billing periods, and of each the version that holds.
//!
//! An export may be written anew many times a day, each time beside the version before. Reading two
//! versions would count every cost twice, so that one is chosen: the one that the manifest names, else the
//! newest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;

use crate::model::{Fault, FaultKind, Json};
use crate::sources::objects::{Body, Files, Object};

/// A manifest is a few kilobytes; one of a thousand files a hundred.
const MOST_MANIFEST: usize = 8 << 20;

/// `2026-11`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BillingPeriod(String);

impl BillingPeriod {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(year: &str, month: &str) -> Option<BillingPeriod> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let month: u8 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        (year.len() == 4 && digits(year)).then(|| BillingPeriod(format!("{year}-{month:02}")))
    }
}

/// A file of data, and where it stands in its export.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub object: Object,
    pub period: Option<BillingPeriod>,
    /// What stands before the period's folder.
    root: String,
    /// What stands between it and the file.
    version: String,
}

/// Where the period's folder stands in a path, and which period it is.
fn place(path: &str) -> (String, Option<BillingPeriod>, String) {
    let parts: Vec<&str> = path.split('/').collect();
    let folders = parts.len().saturating_sub(1);
    let found = parts.iter().take(folders).enumerate().find_map(|(at, part)| {
        if let Some((year, month)) =
            part.strip_prefix("BILLING_PERIOD=").and_then(|text| text.split_once('-'))
        {
            return Some((at, 1, BillingPeriod::new(year, month)?));
        }
        if let (Some(year), Some(month)) =
            (part.strip_prefix("year="), parts.get(at + 1).and_then(|part| part.strip_prefix("month=")))
        {
            return Some((at, 2, BillingPeriod::new(year, month)?));
        }
        let (from, to) = part.split_once('-')?;
        let is_day = |text: &str| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        let period = BillingPeriod::new(from.get(..4)?, from.get(4..6)?)?;
        (is_day(from) && is_day(to)).then_some((at, 1, period))
    });
    match found {
        Some((at, taken, period)) => {
            let join = |parts: &[&str]| parts.join("/");
            let after = parts.get(at + taken..folders).unwrap_or_default();
            (join(parts.get(..at).unwrap_or_default()), Some(period), join(after))
        }
        None => (parts.get(..folders).unwrap_or_default().join("/"), None, String::new()),
    }
}

fn is_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let is_status = path.split('/').any(|part| part == "cost_and_usage_data_status" || part == "metadata");
    let ends = [".parquet", ".csv", ".csv.gz", ".parquet.snappy"].iter().any(|end| name.ends_with(end));
    !name.starts_with(['_', '.']) && !is_status && ends
}

fn is_manifest(path: &str) -> bool {
    path.to_lowercase().ends_with("manifest.json")
}

/// The files to read, in the order of their periods. `wanted` says which periods are asked for.
pub async fn parts(
    files: &Arc<dyn Files>,
    wanted: impl Fn(Option<&BillingPeriod>) -> bool,
) -> Result<Vec<Part>, Fault> {
    let (mut data, mut manifests) = (Vec::new(), Vec::new());
    let mut pages = files.below("");
    while let Some(page) = pages.next().await {
        for object in page? {
            if is_manifest(&object.path) {
                manifests.push(object);
            } else if is_data(&object.path) || object.path.is_empty() {
                let (root, period, version) = place(&object.path);
                if wanted(period.as_ref()) {
                    data.push(Part { object, period, root, version });
                }
            }
        }
    }
    one_export(files, &data)?;
    let mut periods: BTreeMap<Option<BillingPeriod>, Vec<Part>> = BTreeMap::new();
    for part in data {
        periods.entry(part.period.clone()).or_default().push(part);
    }
    let mut chosen = Vec::new();
    for (period, parts) in periods {
        let versions: BTreeSet<&String> = parts.iter().map(|part| &part.version).collect();
        let mut kept = match (&period, versions.len()) {
            (Some(period), 2..) => current(files, period, parts, &manifests).await?,
            _ => parts,
        };
        kept.sort_by(|a, b| a.object.path.cmp(&b.object.path));
        chosen.extend(kept);
    }
    Ok(chosen)
}

/// Two exports of the same costs, read together, would count them twice.
fn one_export(files: &Arc<dyn Files>, data: &[Part]) -> Result<(), Fault> {
    let roots: BTreeSet<&String> =
        data.iter().filter(|part| part.period.is_some()).map(|part| &part.root).collect();
    if roots.len() < 2 {
        return Ok(());
    }
    let names: Vec<String> = roots.iter().map(|root| files.name(root)).collect();
    let why = format!(
        "{} exports lie here, which would be counted together: name one of them (where path = '...'): {}",
        names.len(),
        names.join(", ")
    );
    Err(Fault::new(FaultKind::Rejected, why).with_code("SeveralExports"))
}

/// Of a period's versions the one that the manifest names, else the newest.
async fn current(
    files: &Arc<dyn Files>,
    period: &BillingPeriod,
    parts: Vec<Part>,
    manifests: &[Object],
) -> Result<Vec<Part>, Fault> {
    let mut of_period: Vec<&Object> =
        manifests.iter().filter(|manifest| place(&manifest.path).1.as_ref() == Some(period)).collect();
    // The one nearest to the period's folder speaks for all versions; of several in versions' folders the newest.
    of_period.sort_by_key(|manifest| {
        (
            place(&manifest.path).2.matches('/').count() + usize::from(!place(&manifest.path).2.is_empty()),
            std::cmp::Reverse(manifest.modified),
        )
    });
    if let Some(manifest) = of_period.first() {
        let text = Body::new(Arc::clone(files), (*manifest).clone()).whole(MOST_MANIFEST).await?;
        let named = Json::parse_bytes(&text).map(|manifest| keys(&manifest)).unwrap_or_default();
        let is_named = |part: &Part| named.iter().any(|key| key.ends_with(&part.object.path));
        if parts.iter().any(is_named) {
            return Ok(parts.into_iter().filter(is_named).collect());
        }
    }
    let newest = parts.iter().max_by_key(|part| (part.object.modified, part.version.clone()));
    let newest = newest.map(|part| part.version.clone()).unwrap_or_default();
    Ok(parts.into_iter().filter(|part| part.version == newest).collect())
}

/// The files that a manifest names.
fn keys(manifest: &Json) -> Vec<String> {
    ["reportKeys", "dataFiles"]
        .iter()
        .filter_map(|member| manifest.get(member)?.as_array())
        .flatten()
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::objects::{LocalFiles, Location};

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Arc<dyn Files>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let Ok(Location::Local(path)) = Location::parse(folder.path().to_str().unwrap()) else { panic!() };
        (folder, Arc::new(LocalFiles::new(&path).unwrap()))
    }

    async fn read(files: &[(&str, &str)]) -> Result<Vec<String>, Fault> {
        let (_folder, files) = tree(files);
        Ok(parts(&files, |_| true).await?.into_iter().map(|part| part.object.path).collect())
    }

    #[test]
    fn a_period_is_known_by_its_folder() {
        for (path, period, version) in [
            ("e/data/BILLING_PERIOD=2026-11/e-00001.parquet", Some("2026-11"), ""),
            (
                "e/data/BILLING_PERIOD=2026-11/20261102T1-abc/e-00001.parquet",
                Some("2026-11"),
                "20261102T1-abc",
            ),
            ("r/20261101-20261201/0c9f/r-1.csv.gz", Some("2026-11"), "0c9f"),
            ("r/r/year=2026/month=3/r-1.snappy.parquet", Some("2026-03"), ""),
            ("costs.csv", None, ""),
        ] {
            let (_, found, after) = place(path);
            assert_eq!(
                (found.as_ref().map(BillingPeriod::as_str), after.as_str()),
                (period, version),
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn the_version_that_the_manifest_names_is_read_and_no_other() {
        let manifest = r#"{"reportKeys": ["prefix/r/20261101-20261201/aaa/r-1.csv.gz"]}"#;
        let found = read(&[
            ("r/20261101-20261201/aaa/r-1.csv.gz", ""),
            ("r/20261101-20261201/bbb/r-1.csv.gz", ""),
            ("r/20261101-20261201/r-Manifest.json", manifest),
            ("r/20261001-20261101/ccc/r-1.csv.gz", ""),
        ])
        .await;
        assert_eq!(
            found.unwrap(),
            ["r/20261001-20261101/ccc/r-1.csv.gz", "r/20261101-20261201/aaa/r-1.csv.gz"]
        );
    }

    #[tokio::test]
    async fn what_is_no_data_is_left_alone() {
        let found = read(&[
            ("e/data/BILLING_PERIOD=2026-11/e-1.parquet", ""),
            ("e/metadata/BILLING_PERIOD=2026-11/e-Manifest.json", "{}"),
            ("e/data/BILLING_PERIOD=2026-11/_SUCCESS", ""),
            ("r/cost_and_usage_data_status/status.parquet", ""),
        ])
        .await;
        assert_eq!(found.unwrap(), ["e/data/BILLING_PERIOD=2026-11/e-1.parquet"]);
    }

    #[tokio::test]
    async fn two_exports_are_not_added_up() {
        let found = read(&[
            ("a/data/BILLING_PERIOD=2026-11/a-1.parquet", ""),
            ("b/data/BILLING_PERIOD=2026-11/b-1.csv.gz", ""),
        ])
        .await;
        let fault = found.unwrap_err();
        assert_eq!(fault.code.as_deref(), Some("SeveralExports"));
    }
}
