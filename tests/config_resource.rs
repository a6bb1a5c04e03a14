//! `aws_config_resource`: what AWS Config recorded, from each account and from an aggregator.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::canvass::Canvass;

fn rows(canvass: &Canvass, scope: &[&str], sql: &str) -> Vec<Value> {
    let run = canvass.demo(&[scope, &["query", "-o", "json", sql]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.json()["rows"].as_array().unwrap().clone()
}

fn ids(rows: &[Value], column: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).collect()
}

const PAYMENTS: [&str; 4] = ["--account", "payments-prod", "--region", "us-east-1"];

#[test]
fn what_is_recorded_is_what_the_services_show() {
    let canvass = Canvass::new();
    for (kind, table, id) in [
        ("AWS::EC2::Instance", "aws_ec2_instance", "instance_id"),
        ("AWS::EC2::SecurityGroup", "aws_vpc_security_group", "group_id"),
        ("AWS::RDS::DBInstance", "aws_rds_db_instance", "resource_id"),
        ("AWS::Lambda::Function", "aws_lambda_function", "name"),
        ("AWS::IAM::Role", "aws_iam_role", "role_id"),
    ] {
        let sql = format!("select resource_id from aws_config_resource where resource_type = '{kind}'");
        let recorded = ids(&rows(&canvass, &PAYMENTS, &sql), "resource_id");
        let scope: &[&str] = if table == "aws_iam_role" { &PAYMENTS[..2] } else { &PAYMENTS };
        let shown = ids(&rows(&canvass, scope, &format!("select {id} as id from {table}")), "id");
        assert!(!shown.is_empty(), "{table}");
        assert_eq!(recorded, shown, "{kind}");
    }
}

#[test]
fn predicates_travel_in_the_expression_and_nothing_of_a_value_can_change_it() {
    let canvass = Canvass::new();
    let all = rows(
        &canvass,
        &PAYMENTS,
        "select resource_type, resource_id, arn, tags, configuration, title from aws_config_resource",
    );
    let instance = all.iter().find(|row| row["resource_type"] == "AWS::EC2::Instance").unwrap();
    assert!(
        instance["configuration"]["instanceType"].is_string() && instance["tags"].is_object(),
        "{instance}"
    );
    let id = instance["resource_id"].as_str().unwrap();
    for predicate in [
        format!("resource_id = '{id}'"),
        format!("resource_type = 'AWS::EC2::Instance' and resource_id = '{id}'"),
        format!("arn = '{}'", instance["arn"].as_str().unwrap()),
        format!("resource_type in ('AWS::EC2::Instance', 'AWS::EC2::Volume') and resource_id = '{id}'"),
    ] {
        let sql = format!("select resource_id from aws_config_resource where {predicate}");
        assert_eq!(
            ids(&rows(&canvass, &PAYMENTS, &sql), "resource_id"),
            BTreeSet::from([id.to_owned()]),
            "{sql}"
        );
    }
    let sql = "select resource_id from aws_config_resource where resource_id = 'x'' OR resourceId = ''y'";
    assert!(rows(&canvass, &PAYMENTS, sql).is_empty());
}

#[test]
fn an_aggregator_answers_for_accounts_that_are_not_asked() {
    let canvass = Canvass::new();
    let scope = ["--account", "security-tooling", "--region", "us-east-1"];
    let sql = "select source_account_id, source_region, resource_id from aws_config_resource \
               where aggregator = 'organization' and resource_type = 'AWS::EC2::Instance'";
    let found = rows(&canvass, &scope, sql);
    assert!(
        ids(&found, "source_account_id").len() > 5 && ids(&found, "source_region").len() > 1,
        "{found:?}"
    );
    let elsewhere = rows(&canvass, &PAYMENTS, sql);
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}
