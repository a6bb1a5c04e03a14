//! What tables exist, and the shapes of the calls behind them. Data, not behaviour.
//!
//! `tables/**/*.yaml` and `models/*.json` are compiled by the build script into one indexed blob;
//! nothing is parsed at start-up, and only what a query names is decoded.
//! This room knows nothing of AWS sessions, HTTP or SQL.

pub mod blob;
pub mod path;
pub mod shape;
pub mod table;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use blob::Blob;
use shape::{Operation, PartitionEndpoints};

static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));

/// Tables, operations and endpoints, decoded when first asked for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalog {
    blob: Blob<'static>,
    decoded: Arc<Decoded>,
}

#[derive(Debug, Default)]
struct Decoded {
    operations: Memo<Operation>,
    endpoints: Memo<PartitionEndpoints>,
}

impl Catalog {
    /// The tables that canvass brings along.
    pub fn builtin() -> Result<Catalog> {
        let blob = Blob::open(BUILT_IN).ok_or_else(|| Error::failed("the built-in catalog is damaged"))?;
        Ok(Catalog { blob, decoded: Arc::default() })
    }

    /// `ec2:DescribeInstances`
    pub fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        self.decoded.operations.get(self.blob, &blob::operation_key(id))
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
                    shape::Shape::Structure { members, .. } => members.iter().map(|m| m.shape).collect(),
                    shape::Shape::List { element, .. } => vec![*element],
                    shape::Shape::Map { key, value, .. } => vec![*key, *value],
                    _ => Vec::new(),
                };
                assert!(refers.into_iter().all(|id| id < count), "{id}");
            }
        }
    }

    #[test]
    fn operations_are_listed_by_service() {
        let catalog = Catalog::builtin().unwrap();
        let operations = catalog.service_operations("sqs");
        assert!(operations.contains(&"sqs:ListQueues".to_owned()));
        assert!(operations.iter().all(|id| id.starts_with("sqs:")));
        assert!(catalog.operation("ec2:TerminateInstances").is_none());
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
