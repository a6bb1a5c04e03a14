//! Lists of which each call asks about the rows of the one before.

use super::{Ask, call, column, empty_table, fetch, key, row_path};
use crate::catalog::table::*;
use crate::model::{Fault, FaultKind, Json};
use crate::sources::reader::fake::FakeReader;

pub fn chained_table() -> Table {
    let row = |path: &str| ParamSource::Row(path.into());
    Table {
        list: vec![
            call("ecs:ListClusters", &[], "ClusterArns[]", &[]),
            call("ecs:ListTasks", &[("Cluster", row("@"))], "TaskArns[]", &["ClusterNotFoundException"]),
        ],
        columns: vec![column("task", ColumnType::Text, row_path("@"))],
        ..empty_table("aws_test_task")
    }
}

#[tokio::test]
async fn a_chain_lists_under_every_parent_and_one_bad_parent_hides_no_other() {
    let reader = FakeReader::new(|operation, _, input| match operation {
        "ecs:ListClusters" => Ok(Json::parse(r#"{"ClusterArns": ["a", "gone", "bad", "b"]}"#).unwrap()),
        _ => match input.get("Cluster").and_then(Json::as_str) {
            Some("gone") => {
                Err(Fault::new(FaultKind::Rejected, "gone").with_code("ClusterNotFoundException"))
            }
            Some("bad") => Err(Fault::new(FaultKind::Rejected, "broken").with_code("ServerException")),
            name => Ok(Json::parse(&format!(r#"{{"TaskArns": ["{0}1", "{0}2"]}}"#, name.unwrap())).unwrap()),
        },
    });
    let (mut rows, outcome, _) =
        fetch(chained_table(), reader, Ask { columns: &["task"], ..Ask::default() }).await;
    rows.sort();
    assert_eq!(rows, ["a1", "a2", "b1", "b2"]);
    assert_eq!(outcome.fault.unwrap().message, "broken");
}

#[tokio::test]
async fn a_parent_is_listed_once_for_all_values_its_children_are_asked_for() {
    let mut table = chained_table();
    table.list[1] = call(
        "ecs:ListTasks",
        &[("Cluster", ParamSource::Row("@".into())), ("ServiceName", ParamSource::Qual("service".into()))],
        "TaskArns[]",
        &[],
    );
    table.columns.push(column("service", ColumnType::Text, Value::Qual("service".into())));
    table.key_columns = vec![key("service", Require::Optional, KeyUse::List)];
    let reader = FakeReader::new(|operation, _, input| {
        let text = |member: &str| input.get(member).and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(match (operation, text("NextToken").as_str()) {
            ("ecs:ListClusters", "") => {
                Json::parse(r#"{"ClusterArns": ["a", "b"], "NextToken": "t"}"#).unwrap()
            }
            ("ecs:ListClusters", _) => Json::parse(r#"{"ClusterArns": ["c"]}"#).unwrap(),
            _ => {
                let task = Json::string(format!("{}/{}", text("Cluster"), text("ServiceName")));
                Json::object([("TaskArns", Json::Array(vec![task]))])
            }
        })
    });
    const SERVICES: &[(&str, &[&str])] = &[("service", &["x", "y", "z"])];
    let ask = Ask { columns: &["task", "service"], quals: SERVICES, ..Ask::default() };
    let (rows, _, asked) = fetch(table, reader, ask).await;
    assert_eq!(rows.len(), 9);
    assert!(rows.contains(&"c/z|z".to_owned()), "{rows:?}");
    let lists = asked.iter().filter(|call| call.starts_with("ecs:ListClusters")).count();
    assert_eq!((lists, asked.len()), (2, 2 + 9), "two pages, once");
}

#[tokio::test]
async fn a_denied_chain_stops_asking() {
    let reader = FakeReader::new(|operation, _, _| match operation {
        "ecs:ListClusters" => {
            let names = (0..100).map(|i| Json::string(i.to_string())).collect();
            Ok(Json::object([("ClusterArns", Json::Array(names))]))
        }
        _ => Err(Fault::new(FaultKind::IamDenied, "no")),
    });
    let (_, outcome, asked) =
        fetch(chained_table(), reader, Ask { columns: &["task"], ..Ask::default() }).await;
    assert_eq!(outcome.fault.unwrap().kind, FaultKind::IamDenied);
    assert!(asked.len() < 20, "{}", asked.len());
}
