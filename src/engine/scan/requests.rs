//! What each unit of a scan is asked: the same of all, or of each its own key values.
//!
//! Where values lie is decided here, and so which account is asked for which of them:
//!
//! - Where the join equates columns that describe the unit (`account_id`, `region`, `account_name` ...), a
//!   value is asked for in the units that its row names, and in no other.
//! - Where a value is an ARN or a queue's URL, it is asked for in the account and region that it names, if
//!   the key column names things of the account that is asked (a key of a get call, a required key, the
//!   parent that a list is made for). What a filter is compared with may lie in another account, and is
//!   asked for everywhere.
//! - Any other value may be known in any account: it is asked for in every unit.
//!
//! No row is lost so: what is not asked for could only have answered rows that the join drops.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::TaskContext;
use parking_lot::Mutex;

use crate::catalog::table::{Common, Operator, RowRegion, Table, TableScope};
use crate::engine::scan::feed::{Feed, MOST_VALUES, Text, Values};
use crate::engine::scan::run::Run;
use crate::engine::scan::selection;
use crate::engine::scan::spec::{ScanSpec, unit_column};
use crate::error::Error;
use crate::model::{Account, AccountId, Json, Partition, Region};
use crate::sources::{Access, Assignment, Place, Qual, ScanRequest, account_named, names_own, planned_calls};

/// Most values that a list is filtered by: services take no more.
const MOST_FILTERED: usize = 200;

pub struct Requests {
    /// What is asked where no key says otherwise.
    base: Arc<ScanRequest>,
    keys: Option<Keys>,
    partition: Partition,
    /// The last one made, for units with the same keys.
    last: Mutex<Option<(Vec<usize>, Arc<ScanRequest>)>>,
}

/// What the joins say, by the accounts it concerns.
struct Keys {
    all: Vec<Key>,
    by_account: HashMap<AccountId, Vec<usize>>,
    anywhere: Vec<usize>,
    /// Nothing can be asked without.
    required: bool,
    /// Rows cost calls of their own.
    per_row: bool,
}

/// One combination of values.
#[derive(Clone, Debug, Default, PartialEq)]
struct Key {
    /// Values of key columns.
    values: Assignment,
    /// What the unit must be.
    unit: Vec<(Common, String)>,
}

/// What a scan asks before any join has said more.
///
/// A row limit that the scan knows, or only that some of its rows may be enough.
pub fn base(spec: &ScanSpec, run: &Run, limit: Option<usize>, first_rows: bool) -> ScanRequest {
    let columns = spec.requested_columns(&run.settings.scope);
    let left_out =
        if has_more_details(spec, &columns) { selection::left_out(spec, run) } else { BTreeSet::new() };
    ScanRequest {
        table: Arc::clone(&spec.table),
        columns,
        quals: spec.quals.clone(),
        recorded_quals: spec.recorded_quals.clone(),
        source: spec.choice,
        tuples: Vec::new(),
        left_out,
        limit,
        first_rows,
        actions: run.actions(),
    }
}

/// Whether rows of a region that nobody wants would cost calls: other ones than to know their region.
fn has_more_details(spec: &ScanSpec, columns: &[usize]) -> bool {
    if spec.table.row_region != RowRegion::Row {
        return false;
    }
    let details = |columns: &[usize]| -> Vec<String> {
        let planned = planned_calls(&spec.table, columns, &spec.quals, &[]);
        planned.details.into_iter().map(|detail| detail.id).collect()
    };
    let of_region = details(spec.table.column_index("region").as_slice());
    details(columns).iter().any(|id| !of_region.contains(id))
}

impl Requests {
    pub fn alike(base: ScanRequest, partition: Partition) -> Self {
        Self { base: Arc::new(base), keys: None, partition, last: Mutex::default() }
    }

    /// What is asked of all units alike.
    pub fn of_all(&self) -> Option<&Arc<ScanRequest>> {
        self.keys.is_none().then_some(&self.base)
    }

    /// Fails where a scan that cannot be asked without keys has too many of them.
    pub fn keyed(
        base: ScanRequest,
        partition: Partition,
        feeds: &[(Feed, Arc<Values>)],
    ) -> std::result::Result<Self, Error> {
        let planned = planned_calls(&base.table, &base.columns, &base.quals, &base.tuples);
        let required = planned.missing.is_some();
        let mut all = vec![Key::default()];
        let mut is_keyed = false;
        for (feed, values) in feeds {
            let fed = match &**values {
                Values::These(values) => combined(&base.table, &all, feed, values),
                Values::TooMany => None,
            };
            match fed {
                Some(fed) => (all, is_keyed) = (fed, true),
                None if required && is_needed(&base.table, feed) => return Err(too_many(&base.table, feed)),
                // It can do without, and its rows are joined all the same.
                None => {}
            }
        }
        let per_row = !planned.details.is_empty() || base.table.list.len() > 1;
        let keys = is_keyed.then(|| Keys::new(&base.table, all, required, per_row));
        Ok(Self { keys, ..Self::alike(base, partition) })
    }

    /// Whether any unit of the account is asked.
    pub fn concern(&self, account: &Account) -> bool {
        let Some(keys) = &self.keys else { return true };
        keys.of(account).any(|at| keys.fits(at, self, account, None))
    }

    /// What a unit is asked; nothing where no key leads to it.
    pub fn of_unit(&self, account: &Account, region: &Region) -> Option<Arc<ScanRequest>> {
        let Some(keys) = &self.keys else { return Some(Arc::clone(&self.base)) };
        let found: Vec<usize> =
            keys.of(account).filter(|at| keys.fits(*at, self, account, Some(region))).collect();
        if found.is_empty() {
            return None;
        }
        let mut last = self.last.lock();
        if let Some((_, request)) = last.as_ref().filter(|(known, _)| *known == found) {
            return Some(Arc::clone(request));
        }
        let request = self.with_keys(keys, &found);
        *last = Some((found, Arc::clone(&request)));
        Some(request)
    }

    fn with_keys(&self, keys: &Keys, found: &[usize]) -> Arc<ScanRequest> {
        let mut tuples: Vec<Assignment> = Vec::new();
        let mut values: BTreeMap<&str, BTreeMap<String, Json>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for key in found.iter().filter_map(|at| keys.all.get(*at)).filter(|key| !key.values.is_empty()) {
            if seen.insert(key.values.values().map(Json::to_json).collect::<Vec<_>>()) {
                tuples.push(key.values.clone());
            }
        }
        for (column, value) in tuples.iter().flatten() {
            values.entry(column).or_default().insert(value.to_json(), value.clone());
        }
        if tuples.is_empty() {
            return Arc::clone(&self.base);
        }
        let mut request = ScanRequest {
            table: Arc::clone(&self.base.table),
            columns: self.base.columns.clone(),
            quals: self.base.quals.clone(),
            recorded_quals: self.base.recorded_quals.clone(),
            source: self.base.source,
            tuples: Vec::new(),
            left_out: self.base.left_out.clone(),
            limit: self.base.limit,
            first_rows: self.base.first_rows,
            actions: self.base.actions.clone(),
        };
        for (column, values) in values {
            let qual = Qual { operator: Operator::Eq, values: values.into_values().collect() };
            request.quals.entry(column.to_owned()).or_default().push(qual);
        }
        request.tuples = tuples;
        if keys.required || saves_calls(&request, keys.per_row) {
            Arc::new(request)
        } else {
            Arc::clone(&self.base)
        }
    }

    /// Values that had to be asked for in every account, and how many there are: the operator may know
    /// where they lie.
    pub fn asked_everywhere(&self) -> Option<(Vec<&str>, usize)> {
        let keys = self.keys.as_ref().filter(|_| !self.base.table.scope.is_of_all_accounts())?;
        let first = keys.anywhere.first().and_then(|at| keys.all.get(*at))?;
        let own = first.values.keys().map(String::as_str).filter(|key| names_own(&self.base.table, key));
        let own: Vec<&str> = own.collect();
        (!own.is_empty()).then_some((own, keys.anywhere.len()))
    }
}

impl Keys {
    fn new(table: &Table, all: Vec<Key>, required: bool, per_row: bool) -> Self {
        let mut by_account: HashMap<AccountId, Vec<usize>> = HashMap::new();
        let mut anywhere = Vec::new();
        for (at, key) in all.iter().enumerate() {
            let joined = key.unit.iter().find(|(common, _)| *common == Common::AccountId);
            let account = match joined {
                // What is no account's id is none's.
                Some((_, text)) => match text.parse() {
                    Ok(id) => Some(id),
                    Err(_) => continue,
                },
                None => own_values(table, key).find_map(account_named),
            };
            match account {
                Some(account) => by_account.entry(account).or_default().push(at),
                None => anywhere.push(at),
            }
        }
        Self { all, by_account, anywhere, required, per_row }
    }

    /// Those that may concern the account.
    fn of(&self, account: &Account) -> impl Iterator<Item = usize> {
        let own = self.by_account.get(&account.id).map(Vec::as_slice).unwrap_or_default();
        own.iter().chain(&self.anywhere).copied()
    }

    /// Without a region: in any of them.
    fn fits(&self, at: usize, requests: &Requests, account: &Account, region: Option<&Region>) -> bool {
        let Some(key) = self.all.get(at) else { return false };
        let table = &requests.base.table;
        let is_unit = key.unit.iter().all(|(common, text)| match (common, region) {
            (Common::Region, None) => true,
            _ => {
                let region = region.cloned().unwrap_or_else(Region::global);
                let is = selection::value(*common, account, &region, requests.partition);
                is.as_ref() == Some(text)
            }
        });
        let region = region.filter(|_| table.scope == TableScope::Regional);
        let place = Place { account: &account.id, region };
        is_unit && !own_values(table, key).any(|text| place.is_not_of(text))
    }
}

/// Values that name what lies in the unit that is asked.
fn own_values<'k>(table: &'k Table, key: &'k Key) -> impl Iterator<Item = &'k str> {
    let is_anywhere = table.scope.is_of_all_accounts();
    let own = key.values.iter().filter(move |(column, _)| !is_anywhere && names_own(table, column));
    own.filter_map(|(_, value)| value.as_str())
}

/// Every key with every combination of the feed; `None` where there are too many.
fn combined(table: &Table, all: &[Key], feed: &Feed, values: &BTreeSet<Vec<Text>>) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    for before in all {
        'values: for values in values {
            let mut key = before.clone();
            for (column, value) in feed.columns.iter().zip(values) {
                match unit_column(table, &column.name) {
                    Some(common) => key.unit.push((common, value.value.to_text().unwrap_or_default())),
                    None => match key.values.get(&column.name) {
                        // Two joins say what it is, and not the same.
                        Some(known) if *known != value.value => continue 'values,
                        _ => drop(key.values.insert(column.name.clone(), value.value.clone())),
                    },
                }
            }
            keys.push(key);
            if keys.len() > MOST_VALUES {
                return None;
            }
        }
    }
    Some(keys)
}

fn is_needed(table: &Table, feed: &Feed) -> bool {
    feed.columns.iter().any(|column| names_own(table, &column.name))
}

fn too_many(table: &Table, feed: &Feed) -> Error {
    let needed = feed.columns.iter().find(|column| names_own(table, &column.name));
    let column = needed.or(feed.columns.first());
    let (name, from) = column.map_or(("a key", "the join"), |c| (c.name.as_str(), c.from.as_str()));
    Error::usage(format!(
        "{} is asked for each value of {name}, and {from} has more than {MOST_VALUES}",
        table.name
    ))
    .hint("narrow the other side of the join, or the accounts and regions that are asked")
}

/// Whether asking for the values takes fewer calls than listing all there is.
fn saves_calls(request: &ScanRequest, per_row: bool) -> bool {
    let planned = planned_calls(&request.table, &request.columns, &request.quals, &request.tuples);
    match planned.access {
        Access::Get => per_row || request.tuples.len() == 1,
        // Of the rows that are not asked for, no detail is asked.
        Access::List => per_row || request.tuples.len() <= MOST_FILTERED,
    }
}

/// A scan of which nothing is asked before it is planned: what its calls will be.
pub fn quals_of(spec: &ScanSpec, feeds: &[Feed]) -> BTreeMap<String, Vec<Qual>> {
    let mut quals = spec.quals.clone();
    for column in feeds.iter().flat_map(|feed| &feed.columns) {
        if unit_column(&spec.table, &column.name).is_none() {
            let unknown = Qual { operator: Operator::Eq, values: Vec::new() };
            quals.entry(column.name.clone()).or_default().push(unknown);
        }
    }
    quals
}

/// The values of every feed of a scan.
pub async fn read(feeds: Vec<Feed>, context: Arc<TaskContext>) -> Result<Vec<(Feed, Arc<Values>)>> {
    let mut read = Vec::new();
    for feed in feeds {
        let values = feed.supply.values(Arc::clone(&context)).await?;
        read.push((feed, values));
    }
    Ok(read)
}
