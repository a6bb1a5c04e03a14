//! The organization's accounts as rows: every root, every unit below it, the accounts of each.
//!
//! A chain of calls cannot say this, for units nest; the calls themselves, their details and columns
//! are the catalog's. Each row gets two members that no single response holds: `ParentId`, and
//! `OuPath` with the names from the root down.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use parking_lot::Mutex;

use crate::model::{Fault, FaultKind, Json, Key, OuPath};
use crate::settings::Settings;
use crate::sources::api::call::CompiledCall;
use crate::sources::api::live::Live;
use crate::sources::api::rows::{Page, Walk, one_call};
use crate::sources::reader::Reader;
use crate::sources::row::Row;
use crate::sources::{RowSink, Source, UnitOutcome, UnitTask};

/// Organizations' quotas are low; more units at once are only throttled.
const AT_ONCE: usize = 3;

pub struct OrganizationsSource(Live);

impl OrganizationsSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> OrganizationsSource {
        OrganizationsSource(Live::new(reader, settings))
    }
}

#[async_trait]
impl Source for OrganizationsSource {
    fn name(&self) -> &'static str {
        "organizations"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        self.0.fetch(self.name(), &accounts, task, sink).await
    }
}

/// The three calls of the walk, and the containers met so far.
#[derive(Clone)]
struct Tree<'a> {
    walk: Walk<'a>,
    units: &'a CompiledCall,
    accounts: &'a CompiledCall,
    met: Arc<Mutex<HashSet<String>>>,
}

fn accounts<'a>(walk: Walk<'a>, calls: &'a [CompiledCall]) -> BoxStream<'a, Page> {
    let [roots, units, accounts] = calls else {
        return failed("the table needs three calls: roots, units of a parent, accounts of a parent");
    };
    let tree = Tree { walk, units, accounts, met: Arc::default() };
    each(one_call(walk, roots, None, false), move |root| tree.below(root, None))
}

impl<'a> Tree<'a> {
    /// The accounts of a root or unit and of everything below it.
    fn below(&self, container: Row, above: Option<OuPath>) -> BoxStream<'a, Page> {
        let text = |member| container.value().get(member).and_then(Json::as_str).map(str::to_owned);
        let Some(id) = text("Id") else { return failed("a root or unit came without an id") };
        // A unit met twice would send the walk in circles.
        if !self.met.lock().insert(id.clone()) {
            return stream::empty().boxed();
        }
        let name = text("Name").unwrap_or_else(|| id.clone());
        let path = above.map_or_else(|| OuPath::new(&name), |above| above.child(&name));
        let placed = {
            let path = path.clone();
            move |page: Page| page.map(|rows| rows.iter().map(|row| place(row, &id, &path)).collect())
        };
        let own = one_call(self.walk, self.accounts, Some(container.clone()), true).map(placed);
        let tree = self.clone();
        let units = one_call(self.walk, self.units, Some(container), false);
        own.chain(each(units, move |unit| tree.below(unit, Some(path.clone())))).boxed()
    }
}

/// What `then` finds for every row of the pages; faults pass through.
fn each<'a>(
    pages: BoxStream<'a, Page>,
    then: impl Fn(Row) -> BoxStream<'a, Page> + Send + 'a,
) -> BoxStream<'a, Page> {
    pages
        .map(move |page| match page {
            Err(fault) => stream::once(std::future::ready(Err(fault))).boxed(),
            Ok(rows) => stream::iter(rows.into_iter().map(&then).collect::<Vec<_>>())
                .flatten_unordered(AT_ONCE)
                .boxed(),
        })
        .flatten()
        .boxed()
}

fn place(account: &Row, parent: &str, path: &OuPath) -> Row {
    let mut members: Vec<(Key, Json)> = account.value().as_object().unwrap_or_default().to_vec();
    members.push((Key::from("ParentId"), Json::string(parent)));
    members.push((Key::from("OuPath"), Json::string(path.as_str())));
    Row::whole(account.operation(), Json::Object(members), None)
}

fn failed<'a>(reason: &str) -> BoxStream<'a, Page> {
    let fault = Fault::new(FaultKind::BadResponse, reason);
    stream::once(std::future::ready(Err(fault))).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::table::{ColumnType, ParamSource, SourceKind, Table, TableScope};
    use crate::sources::api::tests::{Ask, call, column, empty_table, fetch_from, row_path};
    use crate::sources::reader::fake::FakeReader;

    fn table() -> Table {
        let parent = [("ParentId", ParamSource::Row("Id".into()))];
        Table {
            source: SourceKind::Organizations,
            scope: TableScope::Organization,
            list: vec![
                call("organizations:ListRoots", &[], "Roots[]", &[]),
                call("organizations:ListOrganizationalUnitsForParent", &parent, "OrganizationalUnits[]", &[]),
                call("organizations:ListAccountsForParent", &parent, "Accounts[]", &[]),
            ],
            columns: vec![
                column("id", ColumnType::Text, row_path("Id")),
                column("parent_id", ColumnType::Text, row_path("ParentId")),
                column("ou_path", ColumnType::Text, row_path("OuPath")),
            ],
            ..empty_table("aws_organizations_account")
        }
    }

    fn answer(operation: &str, input: &Json) -> Result<Json, Fault> {
        let parent = input.get("ParentId").and_then(Json::as_str).unwrap_or_default();
        let text = match (operation, parent) {
            ("organizations:ListRoots", _) => r#"{"Roots": [{"Id": "r-1", "Name": "Root"}]}"#,
            ("organizations:ListAccountsForParent", "r-1") => r#"{"Accounts": [{"Id": "1"}]}"#,
            ("organizations:ListAccountsForParent", "ou-2") => r#"{"Accounts": [{"Id": "2"}, {"Id": "3"}]}"#,
            ("organizations:ListAccountsForParent", "ou-3") => {
                return Err(Fault::new(FaultKind::Rejected, "gone").with_code("ParentNotFoundException"));
            }
            ("organizations:ListOrganizationalUnitsForParent", "r-1") => {
                r#"{"OrganizationalUnits": [{"Id": "ou-1", "Name": "Work"}, {"Id": "ou-3", "Name": "Gone"}]}"#
            }
            ("organizations:ListOrganizationalUnitsForParent", "ou-1") => {
                r#"{"OrganizationalUnits": [{"Id": "ou-2", "Name": "Prod"}, {"Id": "r-1", "Name": "circle"}]}"#
            }
            _ => "{}",
        };
        Ok(Json::parse(text).unwrap())
    }

    #[tokio::test]
    async fn units_are_walked_to_the_bottom_once_and_one_lost_unit_hides_no_other() {
        let reader = FakeReader::new(|operation, _, input| answer(operation, input));
        let source = OrganizationsSource::new(reader.clone(), Arc::new(crate::org::tests::settings()));
        let meter = Arc::<crate::model::Meter>::default();
        let ask =
            Ask { columns: &["id", "parent_id", "ou_path"], meter: Arc::clone(&meter), ..Ask::default() };
        let (mut rows, outcome) = fetch_from(&source, table(), ask).await;
        rows.sort();
        assert_eq!(rows, ["1|r-1|Root", "2|ou-2|Root/Work/Prod", "3|ou-2|Root/Work/Prod"]);
        assert_eq!(outcome.fault.unwrap().code.as_deref(), Some("ParentNotFoundException"));
        let asked = reader.asked.lock();
        assert_eq!(asked.len() as u64, meter.calls());
        assert_eq!(asked.len(), 9);
    }
}
