//! Which source answers, and that it is the same answer: AWS Config and live calls on the demo organization.

use std::collections::{BTreeMap, BTreeSet};

use canvass::catalog::Catalog;
use serde_json::Value;

use crate::support::canvass::{Canvass, Run};

fn asked(source: &str, sql: &str) -> Run {
    Canvass::new().demo(&["--source", source, "query", "-o", "json", sql])
}

fn rows(run: &Run) -> Vec<Value> {
    let mut rows = run.json()["rows"].as_array().unwrap().clone();
    rows.sort_by_key(ToString::to_string);
    rows
}

/// Units by source and reason.
fn routes(run: &Run) -> BTreeMap<(String, String), u64> {
    let routes = run.json()["metadata"]["routes"].as_array().unwrap().clone();
    let text = |route: &Value, member: &str| route[member].as_str().unwrap_or_default().to_owned();
    routes
        .iter()
        .map(|route| ((text(route, "source"), text(route, "because")), route["units"].as_u64().unwrap()))
        .collect()
}

/// Tables whose resources the demo's Config records.
const RECORDED: [&str; 12] = [
    "aws_vpc",
    "aws_vpc_subnet",
    "aws_vpc_security_group",
    "aws_vpc_route_table",
    "aws_vpc_internet_gateway",
    "aws_vpc_eip",
    "aws_ebs_volume",
    "aws_lambda_function",
    "aws_rds_db_instance",
    "aws_dynamodb_table",
    "aws_iam_user",
    "aws_s3_bucket",
];

#[test]
fn config_and_the_services_give_the_same_rows_of_every_recorded_column() {
    let catalog = Catalog::builtin().unwrap();
    for name in RECORDED {
        let table = catalog.table(name).unwrap();
        let columns: Vec<&str> =
            table.recorded.as_ref().unwrap().columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("select account_id, region as placed, {} from {name}", columns.join(", "));
        let (live, routed) = (asked("api", &sql), asked("auto", &sql));
        let from_config: u64 =
            routes(&routed).iter().filter(|((source, _), _)| source == "config").map(|(_, n)| n).sum();
        assert!(from_config >= 10, "{name}: {:?}", routes(&routed));
        let (live, routed) = (rows(&live), rows(&routed));
        assert!(live.len() > 10, "{name}");
        for (live, routed) in live.iter().zip(&routed) {
            assert_eq!(live, routed, "{name}");
        }
        assert_eq!(live.len(), routed.len(), "{name}");
    }
}

#[test]
fn what_config_does_not_know_is_asked_live_and_the_coverage_says_why() {
    let canvass = Canvass::new();
    let sql = "select count(*) from aws_ebs_volume";
    let run = canvass.demo(&["query", "-o", "json", sql]);
    let routes = routes(&run);
    let of = |because: &str| routes.get(&("api".to_owned(), because.to_owned())).copied().unwrap_or(0);
    assert_eq!(of("the recorder is stopped"), 7, "{routes:?}");
    assert_eq!(of("the recorder leaves the type out"), 7, "{routes:?}");
    assert_eq!(of("the aggregator could not update it"), 7, "{routes:?}");
    assert_eq!(of("it is recorded daily"), 7, "{routes:?}");
    let kept = canvass.run(&[
        "query",
        "-o",
        "json",
        "select account_name, because from _coverage where because is not null",
    ]);
    let named: BTreeSet<(String, String)> = kept.json()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["account_name"].as_str().unwrap().into(), row["because"].as_str().unwrap().into()))
        .collect();
    for (account, because) in [
        ("web-staging", "the recorder is stopped"),
        ("data-platform-dev", "the recorder leaves the type out"),
        ("network-hub", "the aggregator could not update it"),
        ("mobile-staging", "it is recorded daily"),
        ("ml-research", "the aggregator knows no recorder there"),
    ] {
        assert!(named.contains(&(account.into(), because.into())), "{account}: {named:?}");
    }
    let footer = canvass.demo(&["query", sql]).stdout;
    assert!(footer.contains("units from AWS Config"), "{footer}");
    assert!(footer.contains("· asked live: web-staging: the recorder is stopped"), "{footer}");
}

#[test]
fn the_aggregator_takes_fewer_calls_and_a_session_of_its_own() {
    let sql = "select vpc_id from aws_vpc";
    let calls = |run: &Run| run.json()["metadata"]["coverage"]["calls"].as_u64().unwrap();
    let (live, routed) = (asked("api", sql), asked("auto", sql));
    assert!(calls(&routed) * 2 < calls(&live), "{} of {}", calls(&routed), calls(&live));
    let plan = Canvass::new().demo(&["query", "--explain", sql]).stdout;
    assert!(plan.contains("source: config: AWS::EC2::VPC through an aggregator, api for the units it does not know: SELECT accountId, "), "{plan}");
    let policy = plan.lines().find(|line| line.starts_with("session policy")).unwrap();
    assert!(!policy.contains("config:"), "{policy}");
}

#[test]
fn a_statement_or_a_flag_says_where_rows_come_from() {
    let only = |sql: &str| {
        let run = asked("auto", sql);
        let sources: BTreeSet<String> =
            rows(&run).iter().map(|row| row["_source"].as_str().unwrap().to_owned()).collect();
        (sources, run.code)
    };
    let of = |name: &str| BTreeSet::from([name.to_owned()]);
    assert_eq!(only("select _source from aws_vpc where _source = 'api'").0, of("api"));
    assert_eq!(only("select _source from aws_vpc where _source = 'config'"), (of("config"), 3));
    // What runs now is another matter than what ran a quarter of an hour ago.
    let sql = "select _source from aws_ec2_instance where instance_state = 'running'";
    assert_eq!(only(sql).0, BTreeSet::from(["api".to_owned(), "config".to_owned()]));
    let run = Canvass::new().demo(&["--max-age", "30s", "query", "-o", "json", sql]);
    assert!(routes(&run).keys().all(|(source, _)| source == "api"), "{:?}", routes(&run));
    let fresh = Canvass::new().demo(&["--fresh", "query", "-o", "json", "select vpc_id from aws_vpc"]);
    assert!(routes(&fresh).keys().all(|(source, _)| source == "api"), "{:?}", routes(&fresh));
}

#[test]
fn who_insists_on_config_is_told_what_is_not_recorded() {
    let run = Canvass::new().demo(&["--source", "config", "query", "select vpc_id from aws_vpc"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("✗ not_recorded: ml-research, sandbox-alice, web-staging"), "{}", run.stdout);
    let state = Canvass::new().demo(&["--source", "config", "query", "select state from aws_vpc"]);
    assert!(state.stdout.contains("AWS Config does not record state"), "{}", state.stdout);
}

#[test]
fn rows_of_one_source_are_not_served_for_those_of_the_other() {
    let canvass = Canvass::new().keeping_rows();
    let sql = "select vpc_id, _source from aws_vpc";
    let calls = |run: &Run| run.json()["metadata"]["coverage"]["calls"].as_u64().unwrap();
    let first = canvass.demo(&["query", "-o", "json", sql]);
    let live = canvass.demo(&["--source", "api", "query", "-o", "json", sql]);
    assert!(rows(&live).iter().all(|row| row["_source"] == "api"));
    assert!(
        calls(&live) > 50,
        "those that were asked live before are kept, the others are not: {}",
        calls(&live)
    );
    let again = canvass.demo(&["query", "-o", "json", sql]);
    // A live answer is as good as any, and costs nothing now.
    assert!(rows(&again).iter().all(|row| row["_source"] == "api"));
    assert_eq!(rows(&again).len(), rows(&first).len());
}
