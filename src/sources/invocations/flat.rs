//! Files without Bedrock's folders: which accounts and regions their records are of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;

use super::record::Record;
use super::tree::is_log_name;
use super::unit::LONGEST;
use crate::model::{AccountId, Fault, FaultKind, Region};
use crate::sources::objects::{Body, Files, Line, Lines};

/// The units whose records a file holds.
pub type Flat = BTreeMap<String, BTreeSet<(AccountId, Region)>>;

/// Reads everything once. A file without a record is read again with the others of some unit, which tells of it.
pub async fn look(files: &Arc<dyn Files>) -> Result<Flat, Fault> {
    let mut flat = Flat::new();
    let mut nothing: Vec<String> = Vec::new();
    let mut pages = files.below("");
    while let Some(page) = pages.next().await {
        for object in page?.into_iter().filter(|object| is_log_name(&object.path)) {
            let path = object.path.clone();
            let mut lines = Lines::new(Body::new(Arc::clone(files), object), LONGEST);
            let mut units = BTreeSet::new();
            while let Some(Ok(line)) = lines.next().await {
                let Line::Text(text) = line else { continue };
                let Ok(record) = Record::read(&text) else { continue };
                let account = record.account().and_then(|id| id.parse::<AccountId>().ok());
                units.extend(account.zip(record.region().map(Region::new)));
            }
            if units.is_empty() {
                nothing.push(path);
            } else {
                flat.insert(path, units);
            }
        }
    }
    let first = flat.values().next().and_then(|units| units.first().cloned());
    if let Some(first) = first {
        flat.extend(nothing.into_iter().map(|path| (path, BTreeSet::from([first.clone()]))));
        return Ok(flat);
    }
    let message = match nothing.first() {
        Some(path) => format!("{}: there is no record of a model invocation in it", files.name(path)),
        None => format!("{}: there are no model invocation logs", files.name("")),
    };
    Err(Fault::new(FaultKind::Rejected, message))
}
