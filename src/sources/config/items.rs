//! Configuration items as rows: which columns they can fill, what must be selected for them, and the columns
//! made of what came.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::table::{
    Column, Common, Origin, Recorded, RecordedColumn, RecordedPlace, RowRegion, Table, TableScope, Value,
};
use crate::model::{Json, Region};
use crate::sources::project::{FetchedRow, Projection};
use crate::sources::row::Row;
use crate::sources::unit::Assignment;

/// Selected of every item: whose it is, what it is, and whether it still is.
pub const ALWAYS: [&str; 5] =
    ["accountId", "awsRegion", "resourceId", "configurationItemCaptureTime", "configurationItemStatus"];

const CAPTURED: &str = "configurationItemCaptureTime";

/// The table's rows as Config records them.
pub fn recorded(table: &Table) -> Option<&Recorded> {
    table.recorded.as_ref().filter(|_| table.unavailable.is_none())
}

/// The asked-for columns that no configuration item fills.
pub fn unfilled<'t>(table: &'t Table, columns: &[usize]) -> Vec<&'t str> {
    let columns = columns.iter().filter_map(|at| table.columns.get(*at));
    columns.filter(|column| !is_filled(table, column)).map(|column| column.name.as_str()).collect()
}

fn is_filled(table: &Table, column: &Column) -> bool {
    let Some(recorded) = recorded(table) else { return false };
    if recorded.column(&column.name).is_some() {
        return true;
    }
    match &column.value {
        // Where a unit's rows are of several regions, only the item says of which.
        Value::Common(Common::Region) => table.row_region == RowRegion::Unit,
        Value::Common(_) => column.transforms.is_empty(),
        _ => false,
    }
}

/// What is selected: the paths of the columns, each once and no member of another.
pub fn selected(table: &Table, columns: &[usize]) -> Vec<String> {
    let Some(recorded) = recorded(table) else { return Vec::new() };
    let named = columns.iter().filter_map(|at| table.columns.get(*at));
    let paths = named.filter_map(|column| recorded.column(&column.name)).flat_map(paths_of);
    let all: BTreeSet<String> = paths.collect();
    let within = |path: &str| all.iter().any(|other| is_within(path, other));
    let more = all.iter().filter(|path| !ALWAYS.contains(&path.as_str()) && !within(path)).cloned();
    ALWAYS.iter().map(|path| (*path).to_owned()).chain(more).collect()
}

/// The paths that a column is made from, as a SELECT names them: a list is selected whole.
fn paths_of(column: &RecordedColumn) -> impl Iterator<Item = String> + '_ {
    column.paths().map(|path| path.split('[').next().unwrap_or(path).to_owned())
}

fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

/// Makes rows of items.
pub struct Items {
    pub projection: Projection,
}

impl Items {
    pub fn new(table: &Table, columns: &[usize]) -> Result<Items, String> {
        Ok(Items { projection: Projection::new(&as_recorded(table), columns, &[])? })
    }

    /// An item as the projection takes it. `None` for what is gone, and for what is no item.
    pub fn row(text: &str, quals: &Arc<Assignment>) -> Option<FetchedRow> {
        let item = Json::parse(text).ok()?;
        let row = Row::whole("config:SelectResourceConfig", item, None);
        Some(FetchedRow { row, quals: Arc::clone(quals), details: Vec::new() })
    }
}

/// The table with its columns read from items.
fn as_recorded(table: &Table) -> Table {
    let mut table = table.clone();
    let Some(recorded) = table.recorded.take() else { return table };
    for column in &mut table.columns {
        let from_item = |path: &str| Value::Path { origin: Origin::Row, path: path.to_owned() };
        if column.value == Value::Common(Common::AsOf) {
            column.value = from_item(CAPTURED);
        }
        if let Some(found) = recorded.column(&column.name) {
            column.value = match &found.template {
                Some(template) => Value::Template(template.clone()),
                None => from_item(&found.path),
            };
            column.transforms.clone_from(&found.transforms);
            column.fallback.clone_from(&found.fallback);
            column.default.clone_from(&found.default);
        }
    }
    table
}

/// What every item says of itself.
pub struct Head {
    pub account: String,
    pub region: String,
    pub id: String,
    pub captured: String,
    pub is_gone: bool,
}

impl Head {
    /// `region` is where an item lies that does not say so itself.
    pub fn of(item: &Json, region: Option<&Region>) -> Option<Head> {
        let text = |member: &str| item.get(member).and_then(Json::as_str).map(str::to_owned);
        let status = text("configurationItemStatus");
        Some(Head {
            account: text("accountId")?,
            region: text("awsRegion").or_else(|| region.map(|r| r.as_str().to_owned()))?,
            id: text("resourceId")?,
            captured: text(CAPTURED).unwrap_or_default(),
            // `OK` and `ResourceDiscovered` are there; the others were deleted, or are recorded no more.
            is_gone: status.is_some_and(|status| status != "OK" && status != "ResourceDiscovered"),
        })
    }
}

/// Whether a table's units are single regions.
pub fn is_regional(table: &Table) -> bool {
    table.scope == TableScope::Regional
        && table.recorded.as_ref().is_some_and(|recorded| recorded.place == RecordedPlace::Unit)
}
