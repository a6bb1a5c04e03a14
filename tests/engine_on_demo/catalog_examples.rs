//! The examples that the catalog shows must be statements that work, and find something.

use canvass::catalog::Catalog;
use futures::StreamExt as _;

use super::{ask, demo, scope};
use crate::support::demo_tables::answered_tables;

/// Accounts of every purpose, none of which is in trouble.
const ACCOUNTS: &[&str] = &[
    "org-management",
    "log-archive",
    "security-tooling",
    "network-hub",
    "payments-prod",
    "checkout-prod",
    "checkout-dev",
    "data-platform-prod",
    "ml-prod",
    "web-prod",
    "web-staging",
    "sandbox-alice",
];

/// Those that are on in all of them.
const REGIONS: &[&str] =
    &["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"];

/// Examples whose right answer is no rows: the beginning of the statement, and why.
const FIND_NOTHING: &[(&str, &str)] = &[
    (
        "select region, name, zone_type from aws_availability_zone where zone_type <>",
        "nobody uses local zones",
    ),
    (
        "select account_name, name from aws_region where opt_in_status = 'opted-in'",
        "the organization's regions are on for everybody",
    ),
    (
        "select account_name, region, cluster_name from aws_ecs_cluster where running_tasks_count = 0",
        "every cluster runs something",
    ),
    (
        "select account_name, region, alias_name from aws_kms_alias where target_key_id is null",
        "aliases are listed by their key",
    ),
    ("select timestamp, average, maximum from aws_cloudwatch_metric_statistic_data_point", "an example's id"),
    ("select timestamp, value from aws_cloudwatch_metric_data_point where id = 'cpu'", "an example's id"),
    (
        "select account_name, region, network_interface_id, description from aws_ec2_network_interface where private_ip",
        "an example's address",
    ),
    (
        "select account_name, region, file_system_id, ip_address from aws_efs_mount_target where subnet_id",
        "an example's id",
    ),
    ("select account_name, region, name from aws_rds_db_subnet_group where vpc_id", "an example's id"),
    (
        "select account_name, region, instance_id, network_interface_id from aws_vpc_eip where public_ip",
        "an example's address",
    ),
    ("select account_name, name, type from aws_route53_record where records @>", "an example's address"),
    ("select timestamp, sum from aws_cloudwatch_metric_statistic_data_point", "an example's function"),
    (
        "select account_name, region, version, code_size from aws_lambda_version where",
        "an example's function",
    ),
    (
        "select account_name, region, group_id from aws_vpc_security_group_rule where type = 'ingress' and ip_protocol",
        "nothing is open that far",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_example_of_every_table_is_planned_and_the_demos_answered() {
    let demo = demo("", |settings| settings.scope = scope(ACCOUNTS, REGIONS));
    let catalog = Catalog::builtin().unwrap();
    let answered = answered_tables(&catalog);
    let (mut examples, mut wrong) = (Vec::new(), Vec::new());
    for name in catalog.table_names() {
        let table = catalog.table(name).unwrap();
        for example in &table.examples {
            match demo.engine.prepare(&example.sql).await {
                Err(error) => wrong.push(format!("{name}: {}\n{error}", example.sql)),
                Ok(_) if table.tier > 2 || !answered.contains(&name) => {}
                Ok(_) => examples.push((name, example.sql.clone())),
            }
        }
    }
    assert!(examples.len() > 30, "{} examples can be answered", examples.len());
    let asked = futures::stream::iter(examples).map(async |(name, sql)| {
        let (rows, coverage) = ask(&demo, &sql).await;
        let faults: Vec<_> =
            coverage.exceptions().filter(|u| !u.is_excused()).map(|u| (&u.status, &u.unknown)).collect();
        let empty = FIND_NOTHING.iter().any(|(start, _)| sql.starts_with(start));
        let found = !rows.is_empty() && rows != ["0"];
        match (faults.is_empty(), found != empty) {
            (true, true) => None,
            (true, false) => {
                Some(format!("{name}: {}: {sql}", if found { "finds something" } else { "finds nothing" }))
            }
            (false, _) => Some(format!("{name}: {sql}\n{:?}", faults.first())),
        }
    });
    wrong.extend(asked.buffer_unordered(8).collect::<Vec<_>>().await.into_iter().flatten());
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}
