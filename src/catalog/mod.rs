//! What tables exist, and the shapes of the calls behind them. Data, not behaviour.
//!
//! `tables/**/*.yaml` and `models/*.json` are compiled by the build script into one indexed blob;
//! nothing is parsed at start-up, and only what a query names is decoded.
//! This room knows nothing of AWS sessions, HTTP or SQL.

pub mod blob;
pub mod check;
pub mod convert;
pub mod dump;
pub mod file;
pub mod fit;
pub mod folder;
pub mod kept;
pub mod meaning;
pub mod path;
pub mod price;
pub mod shape;
pub mod source_kind;
pub mod summary;
pub mod table;
pub mod transform;
pub mod validate;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::model::closest;
use blob::Blob;
use shape::{Operation, PartitionEndpoints};
use summary::IndexEntry;
pub use summary::TableSummary;
use table::Table;

static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));

/// Whose service models the catalog was compiled from; `models/generate.py` names the same.
pub const MODELS: &str = "botocore 1.43.127";

/// Tables, operations and endpoints, decoded when first asked for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalog {
    blob: Blob<'static>,
    decoded: Arc<Decoded>,
    /// Tables from the user's folder, by name.
    added: Arc<BTreeMap<String, Arc<Table>>>,
}

#[derive(Debug, Default)]
struct Decoded {
    operations: Memo<Operation>,
    tables: Memo<Table>,
    endpoints: Memo<PartitionEndpoints>,
    index: OnceLock<Vec<IndexEntry>>,
}

impl Catalog {
    /// The tables that canvass brings along.
    pub fn builtin() -> Result<Catalog> {
        let blob = Blob::open(BUILT_IN).ok_or_else(|| Error::failed("the built-in catalog is damaged"))?;
        Ok(Catalog { blob, decoded: Arc::default(), added: Arc::default() })
    }

    /// Tells one build's catalog from another's.
    pub fn fingerprint() -> String {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        format!("{:016x}", BuildHasherDefault::<DefaultHasher>::default().hash_one(BUILT_IN))
    }

    /// How many tables are the user's own.
    pub fn added_tables(&self) -> usize {
        self.added.len()
    }

    /// Adds the tables of a folder's `*.yaml` files, its subfolders' too. An error names every mistake of
    /// every file; a table of ours cannot be replaced.
    pub fn with_folder(mut self, folder: &Path) -> Result<Catalog> {
        let mut added = BTreeMap::clone(&self.added);
        added.extend(folder::load(&self, folder)?);
        self.added = Arc::new(added);
        Ok(self)
    }

    /// Adds tables that are known to be right.
    #[must_use]
    pub fn with_tables(mut self, tables: impl IntoIterator<Item = Table>) -> Catalog {
        let mut added = BTreeMap::clone(&self.added);
        added.extend(tables.into_iter().map(|table| (table.name.clone(), Arc::new(table))));
        self.added = Arc::new(added);
        self
    }

    /// By Steampipe's name: `aws_ec2_instance`; or one that canvass keeps itself: `_coverage`.
    pub fn table(&self, name: &str) -> Option<Arc<Table>> {
        let added = self.added.get(name).cloned().or_else(|| kept::table(name));
        added.or_else(|| self.decoded.tables.get(self.blob, &blob::table_key(name)))
    }

    /// The tables that AWS is asked for, sorted; [`kept::NAMES`] are not among them.
    pub fn table_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.blob.names(blob::TABLE).collect();
        names.extend(self.added.keys().map(String::as_str));
        names.sort_unstable();
        names
    }

    /// Every table in a line, sorted by name.
    pub fn summaries(&self) -> Vec<TableSummary> {
        let bytes = self.blob.get(blob::SUMMARIES).unwrap_or_default();
        let mut summaries: Vec<TableSummary> = postcard::from_bytes(bytes).unwrap_or_default();
        summaries.extend(self.added.values().map(|table| TableSummary::of(table)));
        summaries.extend(kept::tables().map(|table| TableSummary::of(table)));
        summaries.sort_by(|a, b| a.name.cmp(&b.name));
        summaries
    }

    /// Tables that have all the words in their name, synonyms, description or column names, best first.
    pub fn search(&self, words: &str) -> Vec<TableSummary> {
        let others: Vec<IndexEntry> = self
            .added
            .values()
            .map(|t| IndexEntry::of(t))
            .chain(kept::tables().map(|t| IndexEntry::of(t)))
            .collect();
        let entries = self.built_in_index().iter().chain(&others);
        let scored = entries.filter_map(|entry| Some((entry.score(words)?, entry.summary.clone())));
        let mut found: Vec<(u32, TableSummary)> = scored.collect();
        found.sort_by(|(a, x), (b, y)| (b, x.tier, &x.name).cmp(&(a, y.tier, &y.name)));
        found.into_iter().map(|(_, summary)| summary).collect()
    }

    /// The table that was probably meant.
    pub fn closest_table(&self, wrong: &str) -> Option<&str> {
        closest(wrong, self.table_names().into_iter().chain(kept::NAMES))
    }

    /// `ec2:DescribeInstances`
    pub fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        self.decoded.operations.get(self.blob, &blob::operation_key(id))
    }

    /// Whether a table may name the operation: some are here for other rooms.
    pub fn may_be_called(&self, id: &str) -> bool {
        let reads = self.blob.get(blob::READS).unwrap_or_default();
        blob::may_be_called(std::str::from_utf8(reads).unwrap_or_default(), id)
    }

    /// Ids of the operations that a table may name, sorted.
    pub fn callable_operations(&self) -> Vec<String> {
        let reads = std::str::from_utf8(self.blob.get(blob::READS).unwrap_or_default()).unwrap_or_default();
        let ids =
            reads.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next());
        let mut ids: Vec<String> = ids.filter(|id| id.contains(':')).map(str::to_owned).collect();
        ids.sort_unstable();
        ids
    }

    /// The services that the operations are of, as botocore names them: `ec2`.
    pub fn services(&self) -> Vec<&str> {
        let names = self.blob.names(blob::OPERATION).filter_map(|id| id.split(':').next());
        let mut services: Vec<&str> = names.collect();
        services.dedup();
        services
    }

    /// Ids of all operations, sorted.
    pub fn operation_ids(&self) -> Vec<&str> {
        self.blob.names(blob::OPERATION).collect()
    }

    /// Ids of the operations of one service (`ec2`), sorted.
    pub fn service_operations(&self, service: &str) -> Vec<String> {
        let names = self.blob.names(&blob::operation_key(&format!("{service}:")));
        names.map(|name| format!("{service}:{name}")).collect()
    }

    /// Where services answer in a partition (`aws`, `aws-cn` ...).
    pub fn endpoints(&self, partition: &str) -> Option<Arc<PartitionEndpoints>> {
        self.decoded.endpoints.get(self.blob, &blob::endpoints_key(partition))
    }

    fn built_in_index(&self) -> &[IndexEntry] {
        self.decoded.index.get_or_init(|| {
            let bytes = self.blob.get(blob::SEARCH_INDEX).unwrap_or_default();
            postcard::from_bytes(bytes).unwrap_or_default()
        })
    }
}

/// Entries decoded so far, by key.
#[derive(Debug)]
struct Memo<T>(Mutex<HashMap<String, Arc<T>>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: DeserializeOwned> Memo<T> {
    fn get(&self, blob: Blob<'_>, key: &str) -> Option<Arc<T>> {
        if let Some(found) = self.0.lock().get(key) {
            return Some(found.clone());
        }
        let decoded = Arc::new(postcard::from_bytes(blob.get(key)?).ok()?);
        Some(self.0.lock().entry(key.to_owned()).or_insert(decoded).clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_decodes_and_its_shapes_are_whole() {
        let catalog = Catalog::builtin().unwrap();
        let ids = catalog.operation_ids();
        assert!(ids.len() > 1000);
        for id in ids {
            let operation = catalog.operation(id).unwrap_or_else(|| panic!("{id} does not decode"));
            assert_eq!(operation.id(), id);
            let count = operation.shapes.len() as u32;
            for shape in &operation.shapes {
                let refers = match shape {
                    shape::Shape::Structure { members, .. } => {
                        let names: BTreeSet<_> = members.iter().map(|m| &m.name).collect();
                        assert_eq!(names.len(), members.len(), "{id}: two members share a name");
                        members.iter().map(|m| m.shape).collect()
                    }
                    shape::Shape::List { element, .. } => vec![*element],
                    shape::Shape::Map { key, value, .. } => vec![*key, *value],
                    _ => Vec::new(),
                };
                assert!(refers.into_iter().all(|id| id < count), "{id}");
            }
        }
    }

    #[test]
    fn every_table_decodes_and_is_valid() {
        let catalog = Catalog::builtin().unwrap();
        assert_eq!(catalog.summaries().len(), catalog.table_names().len() + kept::NAMES.len());
        for name in catalog.table_names() {
            let table = catalog.table(name).unwrap_or_else(|| panic!("{name} does not decode"));
            assert_eq!(table.name, name);
            assert_eq!(validate::check(&table, &catalog), [], "{name}");
        }
    }

    #[test]
    fn a_table_is_found_by_what_people_call_it() {
        let catalog = Catalog::builtin().unwrap();
        for (words, table) in [
            ("ec2 instances", "aws_ec2_instance"),
            ("virtual machine", "aws_ec2_instance"),
            ("firewall", "aws_vpc_security_group"),
            ("waf", "aws_wafv2_web_acl"),
            ("kubernetes", "aws_eks_cluster"),
            ("dns", "aws_route53_record"),
            ("costs by service", "aws_cost_by_service_monthly"),
            ("bucket", "aws_s3_bucket"),
            ("queues", "aws_sqs_queue"),
            ("ou", "aws_organizations_account"),
            ("serverless function", "aws_lambda_function"),
            ("what failed", "_coverage"),
        ] {
            let found = catalog.search(words);
            assert_eq!(found.first().map(|t| t.name.as_str()), Some(table), "{words}");
        }
        assert!(catalog.search("no such thing").is_empty());
        assert_eq!(catalog.closest_table("aws_ec2_instances"), Some("aws_ec2_instance"));
        assert_eq!(catalog.closest_table("something_else"), None);
    }

    #[test]
    fn operations_are_listed_by_service() {
        let catalog = Catalog::builtin().unwrap();
        let operations = catalog.service_operations("sqs");
        assert!(operations.contains(&"sqs:ListQueues".to_owned()));
        assert!(operations.iter().all(|id| id.starts_with("sqs:")));
        assert!(catalog.operation("ec2:TerminateInstances").is_none());
        assert!(catalog.may_be_called("sqs:ListQueues") && !catalog.may_be_called("sts:AssumeRole"));
    }

    #[test]
    fn every_partition_has_endpoints() {
        let catalog = Catalog::builtin().unwrap();
        for partition in crate::model::Partition::ALL {
            let endpoints = catalog.endpoints(partition.as_str()).unwrap();
            assert!(endpoints.regions.contains_key(partition.home_region().as_str()), "{partition}");
        }
        let aws = catalog.endpoints("aws").unwrap();
        let iam = &aws.services["iam"];
        let shared = &iam.endpoints[iam.partition_endpoint.as_ref().unwrap()];
        assert_eq!(shared.hostname.as_deref(), Some("iam.amazonaws.com"));
        assert_eq!(shared.signing_region.as_deref(), Some("us-east-1"));
    }
}
