//! Tables of which some cannot be asked without keys, over rows that every unit has by itself.
//!
//! Every unit has parents `p0` and `p1`, of the same names everywhere, and of each parent two children. What
//! belongs to a parent can be asked for by its name or its ARN.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Schema};
use async_trait::async_trait;

use crate::catalog::table::{
    Call, ColumnType, Detail, KeyColumn, KeyUse, Operator, Require, Table, TableScope,
};
use crate::engine::Engine;
use crate::engine::tests::world::{World, path, table};
use crate::model::{Account, Json, Region};
use crate::sources::field::field;
use crate::sources::{RowSink, Source, UnitOutcome, UnitTask, names_own};

fn key(column: &str, require: Require, used_in: KeyUse) -> KeyColumn {
    let elsewhere = false;
    KeyColumn { column: column.to_owned(), operators: vec![Operator::Eq], require, used_in, elsewhere }
}

fn texts(name: &str, scope: TableScope, columns: &[&str]) -> Table {
    table(name, scope, columns.iter().map(|column| path(column, ColumnType::Text)).collect())
}

/// With keys, or without any: then every scan lists all there is.
pub fn tables(keyed: bool) -> Vec<Table> {
    let mut parent = texts("aws_parent", TableScope::Regional, &["name", "arn", "kind", "owner"]);
    parent.columns.push(path("size", ColumnType::Int));
    let mut child = texts("aws_child", TableScope::Regional, &["id", "parent_name", "parent_arn"]);
    child.columns.push(path("number", ColumnType::Int));
    let mut grandchild = texts("aws_grandchild", TableScope::Regional, &["id", "parent_name", "child_id"]);
    let mut thing = texts("aws_thing", TableScope::Regional, &["arn", "parent_arn", "colour"]);
    let mut global = texts("aws_deed", TableScope::Global, &["parent_arn", "text"]);
    let member = texts("aws_owner", TableScope::Organization, &["owner", "of_account"]);
    if keyed {
        child.key_columns = vec![key("parent_name", Require::Required, KeyUse::List)];
        grandchild.key_columns = vec![
            key("parent_name", Require::Required, KeyUse::List),
            key("child_id", Require::Required, KeyUse::List),
        ];
        thing.key_columns = vec![
            key("arn", Require::Required, KeyUse::Get),
            key("parent_arn", Require::Optional, KeyUse::List),
        ];
        thing.get = vec![Call { operation: "ec2:GetThing".to_owned(), ..Call::default() }];
        global.key_columns = vec![key("parent_arn", Require::Required, KeyUse::List)];
    }
    // Its rows cost calls of their own.
    let call = Call { operation: "ec2:DescribeThing".to_owned(), rows: "@".to_owned(), ..Call::default() };
    thing.list.push(call.clone());
    thing.details = vec![Detail { id: "more".to_owned(), calls: vec![call], unless: None, region: None }];
    vec![parent, child, grandchild, thing, global, member]
}

/// Answers from the unit's own rows what a service would.
pub struct Shelf(pub Arc<World>);

#[async_trait]
impl Source for Shelf {
    fn name(&self) -> &'static str {
        "shelf"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let request = &task.request;
        self.0.asked.lock().push((task.account.name.clone(), task.region.to_string()));
        self.0.requests.lock().push(Arc::clone(request));
        task.meter.called(1, 100);
        for key in request.table.key_columns.iter().filter(|key| key.require == Require::Required) {
            let lists = key.used_in == KeyUse::List;
            assert!(
                !lists || request.quals.contains_key(&key.column),
                "{} without {}",
                request.table.name,
                key.column
            );
            assert!(names_own(&request.table, &key.column));
        }
        let rows: Vec<Vec<(&str, Option<String>)>> = rows(&request.table.name, &task.account, &task.region)
            .into_iter()
            .filter(|row| {
                let value = |column: &str| row.iter().find(|(name, _)| *name == column)?.1.clone();
                let is = |column: &String, wanted: &Json| value(column) == wanted.to_text();
                let quals = request.quals.iter().all(|(column, quals)| {
                    quals.iter().all(|qual| qual.values.iter().any(|wanted| is(column, wanted)))
                });
                let tuples = &request.tuples;
                quals && (tuples.is_empty() || tuples.iter().any(|t| t.iter().all(|(c, v)| is(c, v))))
            })
            .collect();
        let _ = sink.send(batch(task, &rows)).await;
        UnitOutcome::default()
    }
}

fn batch(task: &UnitTask, rows: &[Vec<(&str, Option<String>)>]) -> RecordBatch {
    let table = &task.request.table;
    let columns: Vec<_> = task.request.columns.iter().map(|at| &table.columns[*at]).collect();
    let fields: Vec<_> = columns.iter().map(|column| field(column)).collect();
    let arrays = columns.iter().zip(&fields).map(|(column, field)| -> ArrayRef {
        let value = |row: &Vec<(&str, Option<String>)>| match column.name.as_str() {
            "account_id" => Some(task.account.id.to_string()),
            "account_name" => Some(task.account.name.clone()),
            "region" => Some(task.region.to_string()),
            name => {
                row.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no {name}")).1.clone()
            }
        };
        match field.data_type() {
            DataType::Int64 => {
                Arc::new(rows.iter().map(|r| value(r).map(|n| n.parse().unwrap())).collect::<Int64Array>())
            }
            _ => Arc::new(rows.iter().map(value).collect::<StringArray>()),
        }
    });
    let arrays: Vec<ArrayRef> = arrays.collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.clone())), arrays, &options).unwrap()
}

pub fn arn(account: &Account, region: &Region, parent: usize) -> String {
    format!("arn:aws:shelf:{region}:{}:parent/p{parent}", account.id)
}

fn rows(table: &str, account: &Account, region: &Region) -> Vec<Vec<(&'static str, Option<String>)>> {
    let some = |text: String| Some(text);
    let parents = 0..2;
    let regions = ["eu-west-1", "us-east-1"].map(Region::new);
    match table {
        "aws_parent" => parents
            .map(|n| {
                vec![
                    ("name", some(format!("p{n}"))),
                    ("arn", some(arn(account, region, n))),
                    ("kind", some(if n == 0 { "even" } else { "odd" }.to_owned())),
                    // Some of them have none.
                    ("owner", (n == 0).then(|| format!("owner of {}", account.name))),
                    ("size", some(n.to_string())),
                ]
            })
            .collect(),
        "aws_child" => parents
            .flat_map(|p| (0..2).map(move |c| (p, c)))
            .map(|(p, c)| {
                vec![
                    ("id", some(format!("{}/{region}/p{p}/c{c}", account.name))),
                    ("parent_name", some(format!("p{p}"))),
                    ("parent_arn", some(arn(account, region, p))),
                    ("number", some(c.to_string())),
                ]
            })
            .collect(),
        "aws_grandchild" => parents
            .flat_map(|p| (0..2).map(move |c| (p, c)))
            .map(|(p, c)| {
                vec![
                    ("id", some(format!("of {}/{region}/p{p}/c{c}", account.name))),
                    ("parent_name", some(format!("p{p}"))),
                    ("child_id", some(format!("{}/{region}/p{p}/c{c}", account.name))),
                ]
            })
            .collect(),
        "aws_thing" => parents
            .map(|n| {
                vec![
                    ("arn", some(arn(account, region, n))),
                    ("parent_arn", some(arn(account, region, n))),
                    ("colour", some(if n == 0 { "red" } else { "blue" }.to_owned())),
                ]
            })
            .collect(),
        "aws_deed" => regions
            .iter()
            .flat_map(|region| parents.clone().map(move |n| (region, n)))
            .map(|(region, n)| {
                vec![
                    ("parent_arn", some(arn(account, region, n))),
                    ("text", some(format!("deed of {} in {region}", account.name))),
                ]
            })
            .collect(),
        "aws_owner" => ["payments-prod", "data-prod"]
            .map(|name| {
                vec![("owner", some(format!("owner of {name}"))), ("of_account", some(name.to_owned()))]
            })
            .into(),
        other => panic!("no table {other}"),
    }
}

pub fn shelf() -> (Arc<World>, Engine) {
    World::new().engine_from(tables(true), |world| Arc::new(Shelf(world)))
}

/// The same rows from tables that need no keys.
pub fn open_shelf() -> (Arc<World>, Engine) {
    World::new().engine_from(tables(false), |world| Arc::new(Shelf(world)))
}

/// `table account region: values of each tuple`, sorted.
pub fn asked(world: &World, table: &str) -> Vec<String> {
    let units = world.asked.lock();
    let requests = world.requests.lock();
    let asked = units.iter().zip(requests.iter()).filter(|(_, request)| request.table.name == table);
    let mut asked: Vec<String> = asked
        .map(|((account, region), request)| {
            let shown = |tuple: &crate::sources::Assignment| {
                tuple.values().filter_map(Json::to_text).collect::<Vec<_>>().join("+")
            };
            let tuples: Vec<String> = request.tuples.iter().map(shown).collect();
            format!("{account} {region}: {}", tuples.join(", "))
        })
        .collect();
    asked.sort();
    asked
}
