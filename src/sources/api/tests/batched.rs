//! Details that one call asks about many rows, and lists that are asked for in parts.

use std::sync::Arc;

use super::{Ask, call, column, detail_path, empty_table, fetch, row_path};
use crate::catalog::table::*;
use crate::model::{Fault, FaultKind, Json, Meter};
use crate::sources::reader::fake::FakeReader;

/// Clusters that are described `most` at a time, and their tags one by one.
fn clusters(most: usize) -> Table {
    let row = || ParamSource::Row("@".into());
    let mut describe = call(
        "ecs:DescribeClusters",
        &[("Clusters", row()), ("Include", ParamSource::Const(r#"["SETTINGS"]"#.into()))],
        "@",
        &["ClusterNotFoundException"],
    );
    let answers = BatchAnswers { rows: "Clusters[]".into(), by: "ClusterArn".into() };
    describe.batch = Some(Batch { member: "Clusters".into(), most, answers: Some(answers) });
    let detail = |id: &str, call| Detail { id: id.into(), calls: vec![call], unless: None, region: None };
    let tags = ParamSource::Detail { id: "cluster".into(), path: "Clusters[0].ClusterArn".into() };
    Table {
        list: vec![call("ecs:ListClusters", &[], "ClusterArns[]", &[])],
        details: vec![
            detail("cluster", describe),
            detail("tags", call("ecs:ListTagsForResource", &[("ResourceArn", tags)], "@", &[])),
        ],
        columns: vec![
            column("arn", ColumnType::Text, row_path("@")),
            column("status", ColumnType::Text, detail_path("cluster", "Clusters[0].Status")),
            column("failures", ColumnType::Json, detail_path("cluster", "Failures")),
            column("tags", ColumnType::Json, detail_path("tags", "Tags")),
        ],
        ..empty_table("aws_test_cluster")
    }
}

fn listed(count: usize) -> Json {
    let arns = (0..count).map(|n| Json::string(format!("c{n}"))).collect();
    Json::object([("ClusterArns", Json::Array(arns))])
}

fn asked_about(input: &Json) -> Vec<String> {
    input.get("Clusters").and_then(Json::as_array).unwrap().iter().filter_map(Json::to_text).collect()
}

/// Describes what it is asked about, in reverse, but for `c1`, which is missing.
fn described(input: &Json) -> Json {
    let (missing, known): (Vec<_>, Vec<_>) = asked_about(input).into_iter().partition(|arn| arn == "c1");
    let shown = |arn: &String| {
        Json::object([("ClusterArn", Json::string(arn)), ("Status", Json::string(format!("{arn} is well")))])
    };
    let failed =
        |arn: &String| Json::object([("Arn", Json::string(arn)), ("Reason", Json::string("MISSING"))]);
    Json::object([
        ("Clusters", Json::Array(known.iter().rev().map(shown).collect())),
        ("Failures", Json::Array(missing.iter().map(failed).collect())),
    ])
}

#[tokio::test]
async fn rows_are_described_many_at_a_time_and_each_has_its_own_part() {
    let reader = FakeReader::new(|operation, _, input| {
        Ok(if operation == "ecs:ListClusters" { listed(7) } else { described(input) })
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["arn", "status", "failures"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, outcome, asked) = fetch(clusters(3), reader, ask).await;
    assert!(outcome.fault.is_none() && meter.unknown().is_empty());
    assert_eq!(rows[0], "c0|c0 is well|[]");
    assert_eq!(rows[1], r#"c1||[{"Arn": "c1", "Reason": "MISSING"}]"#);
    assert_eq!(rows[6], "c6|c6 is well|[]");
    let mut inputs: Vec<&str> = asked[1..].iter().map(|a| a.splitn(3, ' ').last().unwrap()).collect();
    inputs.sort();
    assert_eq!(
        inputs,
        [
            r#"{"Include":["SETTINGS"],"Clusters":["c0","c1","c2"]}"#,
            r#"{"Include":["SETTINGS"],"Clusters":["c3","c4","c5"]}"#,
            r#"{"Include":["SETTINGS"],"Clusters":["c6"]}"#,
        ]
    );
}

#[tokio::test]
async fn as_many_calls_are_made_as_the_rows_fill() {
    for (rows, calls) in [(100, 1), (101, 2), (250, 3)] {
        let reader = FakeReader::new(move |operation, _, input| {
            Ok(if operation == "ecs:ListClusters" { listed(rows) } else { described(input) })
        });
        let ask = Ask { columns: &["status"], ..Ask::default() };
        let (_, _, asked) = fetch(clusters(100), reader, ask).await;
        assert_eq!(asked.len(), 1 + calls, "{rows} rows");
    }
}

#[tokio::test]
async fn a_refused_batch_is_halved_until_only_the_guilty_is_unknown() {
    let reader = FakeReader::new(|operation, _, input| match operation {
        "ecs:ListClusters" => Ok(listed(8)),
        _ if asked_about(input).contains(&"c5".to_owned()) => Err(Fault::new(FaultKind::Rejected, "not c5")),
        _ => Ok(described(input)),
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["arn", "status"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, _, asked) = fetch(clusters(8), reader, ask).await;
    assert_eq!(rows[4], "c4|c4 is well");
    assert_eq!(rows[5], "c5|");
    assert_eq!(asked.len(), 1 + 7, "8, then 4 and 4, 2 and 2, 1 and 1");
    let unknown = meter.unknown();
    assert_eq!((unknown.len(), unknown[0].rows), (1, 1));
}

#[tokio::test]
async fn a_batch_that_fails_otherwise_is_unknown_of_just_its_rows() {
    let reader = FakeReader::new(|operation, _, input| match operation {
        "ecs:ListClusters" => Ok(listed(6)),
        _ if asked_about(input).contains(&"c4".to_owned()) => Err(Fault::new(FaultKind::Throttled, "slowly")),
        _ => Ok(described(input)),
    });
    let meter = Arc::<Meter>::default();
    let ask = Ask { columns: &["arn", "status"], meter: Arc::clone(&meter), ..Ask::default() };
    let (rows, _, asked) = fetch(clusters(3), reader, ask).await;
    assert_eq!((rows[2].as_str(), rows[3].as_str()), ("c2|c2 is well", "c3|"));
    assert_eq!((asked.len(), meter.unknown()[0].rows), (3, 3));
}

#[tokio::test]
async fn what_builds_on_a_batch_asks_it_no_second_time() {
    let reader = FakeReader::new(|operation, _, input| {
        Ok(match operation {
            "ecs:ListClusters" => listed(4),
            "ecs:DescribeClusters" => described(input),
            _ => Json::object([("Tags", Json::Array(vec![input.get("ResourceArn").unwrap().clone()]))]),
        })
    });
    let (rows, _, asked) = fetch(clusters(100), reader, Ask { columns: &["tags"], ..Ask::default() }).await;
    assert_eq!(rows, [r#"["c0"]"#, "", r#"["c2"]"#, r#"["c3"]"#]);
    let described = asked.iter().filter(|call| call.starts_with("ecs:DescribeClusters")).count();
    assert_eq!((described, asked.len()), (1, 5), "one of four is not there to have tags");
}

#[tokio::test]
async fn a_list_that_is_longer_than_a_call_takes_is_asked_for_in_parts() {
    let mut describe = call(
        "ecs:DescribeClusters",
        &[("Clusters", ParamSource::Row("ClusterArns[]".into()))],
        "Clusters[]",
        &[],
    );
    describe.batch = Some(Batch { member: "Clusters".into(), most: 4, answers: None });
    let table = Table {
        list: vec![call("ecs:ListClusters", &[], "@", &[]), describe],
        columns: vec![column("status", ColumnType::Text, row_path("Status"))],
        ..empty_table("aws_test_cluster")
    };
    let reader = FakeReader::new(|operation, _, input| {
        Ok(if operation == "ecs:ListClusters" { listed(10) } else { described(input) })
    });
    let (rows, _, asked) = fetch(table, reader, Ask { columns: &["status"], ..Ask::default() }).await;
    assert_eq!((rows.len(), asked.len()), (9, 4));
}
