//! `select *` on every table of the catalog, through the real wire: whatever moto implements is read without
//! a fault. Whether the values are right is judged elsewhere; here, that requests are accepted and
//! responses fit their columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use canvass::catalog::Catalog;
use serde_json::Value;

use crate::support::canvass::Canvass;
use crate::support::moto::Moto;
use crate::support::venv;

/// Programs at once: moto answers one call at a time, ours wait for it.
const AT_ONCE: usize = 4;

/// What tables that cannot be listed without a key are asked for.
const KEYS: &[(&str, &str)] = &[
    ("aws_appautoscaling_policy", "service_namespace = 'ecs'"),
    ("aws_appautoscaling_target", "service_namespace = 'ecs'"),
    ("aws_cloudcontrol_resource", "type_name = 'AWS::S3::Bucket'"),
    ("aws_cloudtrail_trail_event", "log_group_name = 'lg'"),
    ("aws_cloudwatch_log_event", "log_group_name = 'lg'"),
    (
        "aws_cloudwatch_log_insight",
        "log_group_name = 'lg' and query = 'fields @timestamp, @message' and timestamp > now() - interval '1 day'",
    ),
    (
        "aws_cloudwatch_metric_data_point",
        r#"id = 'm1' and metric_stat = '{"Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"}, "Period": 300, "Stat": "Average"}'"#,
    ),
    (
        "aws_cloudwatch_metric_statistic_data_point",
        "metric_name = 'CPUUtilization' and namespace = 'AWS/EC2'",
    ),
    ("aws_ce_cost_forecast", "granularity = 'MONTHLY'"),
    ("aws_ce_reservation_coverage", "granularity = 'MONTHLY'"),
    ("aws_ce_reservation_utilization", "granularity = 'MONTHLY'"),
    ("aws_ce_savings_plans_coverage", "granularity = 'MONTHLY'"),
    ("aws_ce_savings_plans_utilization", "granularity = 'MONTHLY'"),
    ("aws_ce_usage_forecast", "granularity = 'MONTHLY' and usage_type = 'BoxUsage'"),
    ("aws_cost_and_usage", "granularity = 'MONTHLY'"),
    ("aws_cost_by_tag", "granularity = 'MONTHLY' and tag_key_1 = 'team'"),
    (
        "aws_cost_usage",
        "granularity = 'MONTHLY' and dimension_type_1 = 'SERVICE' and dimension_type_2 = 'REGION'",
    ),
    ("aws_cur", "path = 's3://bucket-one/cur'"),
    ("aws_ecr_image_scan_finding", "repository_name = 'repo' and image_tag = 'latest'"),
    ("aws_iam_access_advisor", "job_id = '111111111111111111111111111111111111'"),
    (
        "aws_iam_policy_simulator",
        "principal_arn = 'arn:aws:iam::123456789012:user/u' and action = 's3:GetObject' and resource_arn = '*'",
    ),
    ("aws_identitystore_group", "identity_store_id = 'd-1234567890'"),
    ("aws_identitystore_group_membership", "identity_store_id = 'd-1234567890'"),
    ("aws_identitystore_user", "identity_store_id = 'd-1234567890'"),
    ("aws_organizations_policy", "type = 'SERVICE_CONTROL_POLICY'"),
    ("aws_organizations_policy_target", "type = 'SERVICE_CONTROL_POLICY' and target_id = '123456789012'"),
    ("aws_pricing_product", r#"service_code = 'AmazonEC2' and filters = '{"instanceType": "m5.large"}'"#),
    ("aws_s3_multipart_upload", "bucket_name = 'bucket-one'"),
    ("aws_s3_object", "bucket_name = 'bucket-one'"),
    ("aws_s3_object_version", "bucket_name = 'bucket-one'"),
    ("aws_servicecatalog_portfolio_share", "type = 'ACCOUNT'"),
    ("aws_ssm_document_permission", "document_name = 'doc'"),
    ("aws_ssm_managed_instance_compliance", "resource_id = 'i-1'"),
    ("aws_ssm_service_setting", "setting_id = '/ssm/x'"),
    (
        "aws_ssoadmin_account_assignment",
        "permission_set_arn = 'arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111' and target_account_id = '123456789012'",
    ),
    (
        "aws_ssoadmin_customer_policy_attachment",
        "permission_set_arn = 'arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111'",
    ),
    (
        "aws_ssoadmin_managed_policy_attachment",
        "permission_set_arn = 'arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111'",
    ),
    ("aws_trusted_advisor_check_result", "language = 'en' and check_id = 'x'"),
    ("aws_trusted_advisor_check_summary", "language = 'en'"),
    ("aws_vpc_flow_log_event", "log_group_name = 'flow'"),
    ("aws_xray_trace_summary", "start_time > now() - interval '1 hour'"),
];

/// What tables are asked for that cannot show all their columns at once.
const COLUMNS: &[(&str, &str)] = &[("aws_cost_and_usage", "period_start, service, amount")];

/// Faults that are moto's, with the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    // Sample policies are asked for without a load balancer's name; moto looks for one called None.
    ("aws_ec2_classic_load_balancer", "elb:DescribeLoadBalancerPolicies", "LoadBalancerNotFound"),
];

/// Table to the operations that moto lacks.
fn lacks() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let lines = include_str!("judges/moto_lacks.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (table, operations) = line.split_once('\t').unwrap();
            (table, operations.split(',').collect())
        })
        .collect()
}

/// Every fault of an answer: of its units and of single columns.
fn faults(answer: &Value) -> Vec<Value> {
    let units = answer["metadata"]["coverage"]["units"].as_array().unwrap().iter();
    units
        .flat_map(|unit| {
            let unknown = unit["unknown"].as_array().into_iter().flatten().map(|line| line["fault"].clone());
            unknown.chain([unit["fault"].clone()])
        })
        .filter(|fault| !fault.is_null())
        .collect()
}

struct Read {
    rows: usize,
    lacking: BTreeSet<String>,
    wrong: Vec<String>,
}

fn read(canvass: &Canvass, table: &str) -> Read {
    let key = KEYS.iter().find(|(name, _)| *name == table).map(|(_, key)| format!(" where {key}"));
    let columns = COLUMNS.iter().find(|(name, _)| *name == table).map_or("*", |(_, columns)| columns);
    let sql = format!("select {columns} from {table}{}", key.unwrap_or_default());
    let run = canvass.run(&["query", "-o", "json", "--region", "us-east-1", &sql]);
    let mut read = Read { rows: 0, lacking: BTreeSet::new(), wrong: Vec::new() };
    if !matches!(run.code, 0 | 3) {
        read.wrong.push(format!("{sql}: {}", run.stderr));
        return read;
    }
    let answer = run.json();
    read.rows = answer["rows"].as_array().unwrap().len();
    for fault in faults(&answer) {
        let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        let (operation, code) = (text("operation"), text("code"));
        // A call that moto lacks may also be looked for until our patience ends.
        if text("message").contains("<!doctype html>") || text("kind") == "timeout" {
            read.lacking.insert(operation);
        } else if !EXCEPTIONS.contains(&(table, &operation, &code)) {
            read.wrong.push(format!("{table}: {fault}"));
        }
    }
    read
}

#[test]
fn every_table_that_moto_implements_is_read_without_a_fault() {
    let Some(moto) = Moto::own("moto, of every table") else { return };
    let Some(python) = venv::python("moto, of every table") else { return };
    let seeded = python.json("seed_tables.py", &[&moto.endpoint()]);
    assert_eq!(seeded["refused"], serde_json::json!([]), "{seeded:#}");
    let catalog = Catalog::builtin().unwrap();
    let asked = |name: &&str| catalog.table(name).unwrap().unavailable.is_none();
    let names: Vec<&str> = catalog.table_names().into_iter().filter(asked).collect();

    let (next, reads) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let canvass = program(&moto);
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = read(&canvass, name);
                    reads.lock().unwrap().insert(*name, read);
                }
            });
        }
    });

    let (mut reads, lacks) = (reads.into_inner().unwrap(), lacks());
    // On a busy machine moto may also be late: what is not known to be lacking is asked once more, alone.
    let canvass = program(&moto);
    for (table, earlier) in &mut reads {
        let known = lacks.get(table);
        if earlier.lacking.iter().any(|o| known.is_none_or(|known| !known.contains(o.as_str()))) {
            *earlier = read(&canvass, table);
        }
    }
    let mut wrong: Vec<String> = reads.values().flat_map(|read| read.wrong.clone()).collect();
    for (table, read) in &reads {
        let known = lacks.get(table).cloned().unwrap_or_default();
        wrong.extend(read.lacking.iter().filter(|o| !known.contains(o.as_str())).map(|operation| {
            format!("{table}: moto answers {operation} with an error page, which is not written down")
        }));
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    let whole = reads.values().filter(|read| read.lacking.is_empty()).count();
    let filled = reads.values().filter(|read| read.rows > 0).count();
    assert!(whole >= 343, "only {whole} tables were read whole");
    assert!(filled >= 180, "only {filled} tables had rows");
}

fn program(moto: &Moto) -> Canvass {
    Canvass::new()
        .env("AWS_ENDPOINT_URL", &moto.endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("CANVASS_HUB_ROLE", "none")
        .env("CANVASS_MEMBER_ROLE", "none")
        // moto's errors for calls it lacks look like outages.
        .env("CANVASS_MAX_ATTEMPTS", "1")
}
