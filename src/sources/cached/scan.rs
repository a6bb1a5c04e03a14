//! One scan as the cache knows it: its key, the columns wanted and kept, and the units that are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::catalog::table::{Call, Common, Sensitivity, Table, Value};
use crate::model::{Account, Json, Timestamp, UnitKey};
use crate::sources::config;
use crate::sources::field::field;
use crate::sources::reader::Reader;
use crate::sources::{ScanRequest, UnitTask};
use crate::store::cache::{Digest, Kept, KeptUnits, KeyParts, NewUnit, RowCache, ScanKey, Unreadable};

pub struct CachedScan {
    pub key: Arc<ScanKey>,
    /// Filled when the scan begins.
    pub units: KeptUnits,
    table: Arc<Table>,
    /// In the order of the batches.
    wanted: Vec<String>,
    /// Positions in the batches of the columns that are kept, in the table's order.
    pub keeps: Vec<usize>,
    kept_names: Arc<[String]>,
    layouts: Mutex<Vec<Layout>>,
}

/// Rows from the cache.
pub struct Served {
    pub batches: Vec<RecordBatch>,
    pub fetched: Timestamp,
    pub as_of: Timestamp,
}

/// How the wanted columns lie among those of a kept scan.
#[derive(Clone)]
struct Layout {
    columns: Arc<[String]>,
    schema: SchemaRef,
    projection: Arc<[usize]>,
}

impl CachedScan {
    /// `None` where a value that should not lie on a disk decides the rows.
    pub fn new(
        request: &ScanRequest,
        source: &str,
        identity: &str,
        place: &str,
        reader: &dyn Reader,
    ) -> Option<CachedScan> {
        let table = &request.table;
        let is_plain = |name: &str| table.column(name).is_none_or(|c| c.sensitivity == Sensitivity::Plain);
        if !request.quals.keys().all(|name| is_plain(name)) {
            return None;
        }
        let wanted: Vec<String> =
            request.columns.iter().filter_map(|i| table.columns.get(*i)).map(|c| c.name.clone()).collect();
        let mut keeps: Vec<usize> = (0..wanted.len()).filter(|at| is_plain(&wanted[*at])).collect();
        keeps.sort_by_key(|at| request.columns.get(*at));
        let kept_names = keeps.iter().map(|at| wanted[*at].clone()).collect();
        let key = ScanKey::new(&KeyParts {
            table: &table.name,
            lifetime: table.freshness.lifetime(),
            definition: &definition(table, reader)?,
            pushed: &pushed(request, source),
            source,
            identity,
            place,
        });
        Some(CachedScan {
            key: Arc::new(key),
            units: KeptUnits::new(),
            table: Arc::clone(table),
            wanted,
            keeps,
            kept_names,
            layouts: Mutex::default(),
        })
    }

    pub fn wanted_names(&self) -> Vec<&str> {
        self.wanted.iter().map(String::as_str).collect()
    }

    /// Whether the rows have to be read from disk: their number is in the index.
    pub fn needs_bytes(&self, kept: &Kept) -> bool {
        kept.rows > 0 && !self.wanted.is_empty()
    }

    /// Blocks where [`CachedScan::needs_bytes`].
    pub fn read(&self, cache: &RowCache, unit: &UnitKey, kept: Kept) -> Result<Served, Unreadable> {
        let (fetched, as_of) = (kept.fetched, kept.as_of);
        let batches = if self.needs_bytes(&kept) {
            let layout = self.layout(&kept.columns).ok_or(Unreadable::Damaged)?;
            cache.read((&unit.account_id, &unit.region), &kept, &layout.schema, &layout.projection)?
        } else if kept.rows > 0 {
            vec![rows_alone(kept.rows).ok_or(Unreadable::Damaged)?]
        } else {
            Vec::new()
        };
        Ok(Served { batches, fetched, as_of })
    }

    /// What the index says of a unit that was fetched whole.
    pub fn entry(&self, task: &UnitTask, fetched: Timestamp, as_of: Timestamp, rows: u64) -> NewUnit {
        NewUnit {
            key: Arc::clone(&self.key),
            columns: Arc::clone(&self.kept_names),
            account: task.account.id.clone(),
            region: task.region.clone(),
            facts: facts(&task.account),
            fetched,
            as_of,
            rows,
            segment: None,
            extents: Vec::new(),
        }
    }

    /// Whether what is kept says of the account what is known now. Tags are known only to a scan that
    /// shows them.
    pub fn still_holds(&self, kept: &Kept, account: &Account) -> bool {
        let is_tags = |name: &String| {
            self.table.column(name).is_some_and(|c| c.value == Value::Common(Common::AccountTags))
        };
        let now = facts(account);
        if self.wanted.iter().any(is_tags) { kept.facts == now } else { kept.facts.has_same_first(&now) }
    }

    fn layout(&self, columns: &Arc<[String]>) -> Option<Layout> {
        let mut layouts = self.layouts.lock();
        if let Some(layout) = layouts.iter().find(|layout| Arc::ptr_eq(&layout.columns, columns)) {
            return Some(layout.clone());
        }
        let fields: Option<Vec<_>> = columns.iter().map(|name| self.table.column(name).map(field)).collect();
        let at = |wanted: &String| columns.iter().position(|kept| kept == wanted);
        let layout = Layout {
            columns: Arc::clone(columns),
            schema: Arc::new(Schema::new(fields?)),
            projection: self.wanted.iter().map(at).collect::<Option<_>>()?,
        };
        layouts.push(layout.clone());
        Some(layout)
    }
}

/// Rows of which only the number is wanted.
fn rows_alone(rows: u64) -> Option<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(usize::try_from(rows).ok()?));
    RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).ok()
}

/// The account's name and place, and its tags, are columns of its rows: when they change, the rows have.
fn facts(account: &Account) -> Digest {
    // Text, numbers and maps of text always serialise.
    let without_tags = Account { tags: BTreeMap::new(), ..account.clone() };
    let described = serde_json::to_vec(&without_tags).unwrap_or_default();
    Digest::pair(&described, &serde_json::to_vec(&account.tags).unwrap_or_default())
}

/// The table and the operations it calls: whatever changes in either may change the rows.
fn definition(table: &Table, reader: &dyn Reader) -> Option<Vec<u8>> {
    let mut hash = Sha256::new();
    hash.update(postcard::to_stdvec(table).ok()?);
    let details = table.details.iter().flat_map(|detail| &detail.calls);
    let calls = table.list.iter().chain(&table.get).chain(details);
    for Call { operation, .. } in calls {
        // One that may not be called fails when its turn comes.
        if let Some(operation) = reader.read_operation(operation) {
            hash.update(postcard::to_stdvec(&*operation.operation).ok()?);
        }
    }
    Some(hash.finalize().to_vec())
}

/// Predicates in one text: the columns come sorted, and each one's predicates are sorted here.
fn pushed(request: &ScanRequest, source: &str) -> String {
    let mut text = String::new();
    // The services are asked nothing of what only AWS Config takes.
    let quals = if source == config::NAME { &request.recorded_quals } else { &request.quals };
    for (column, quals) in quals {
        let mut each: Vec<String> = quals
            .iter()
            .map(|qual| {
                let mut values: Vec<String> = qual.values.iter().map(|value| value.to_json()).collect();
                values.sort();
                format!("{:?} [{}]", qual.operator, values.join(","))
            })
            .collect();
        each.sort();
        text.push_str(&format!("{column:?}: {}\n", each.join(" ")));
    }
    // The values of one column say all there is to say.
    let mut together: Vec<String> = request
        .tuples
        .iter()
        .filter(|tuple| tuple.len() > 1)
        .map(|tuple| tuple.values().map(Json::to_json).collect::<Vec<_>>().join(","))
        .collect();
    together.sort();
    for region in &request.left_out {
        text.push_str(&format!("not {region}\n"));
    }
    together.iter().for_each(|tuple| text.push_str(&format!("({tuple})\n")));
    text
}
