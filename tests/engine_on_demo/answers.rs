//! What the demo organization answers, and what it says was left out.

use std::collections::{BTreeMap, BTreeSet};

use canvass::model::{Coverage, FaultKind};

use super::{ask, demo, scope};

/// Kind of fault to the accounts it happened in.
fn faults(coverage: &Coverage) -> BTreeMap<FaultKind, BTreeSet<String>> {
    let mut found: BTreeMap<FaultKind, BTreeSet<String>> = BTreeMap::new();
    for unit in coverage.exceptions() {
        if let Some(fault) = unit.fault() {
            found.entry(fault.kind).or_default().insert(unit.account_name.to_string());
        }
    }
    found
}

#[tokio::test]
async fn one_statement_asks_every_account_and_says_what_it_left_out() {
    let demo = demo("", |_| ());
    let sql = "select account_name, region, instance_id, instance_type from aws_ec2_instance \
               where instance_state = 'running'";
    let (rows, coverage) = ask(&demo, sql).await;
    assert!(rows.len() > 100, "{}", rows.len());
    assert!(rows.iter().all(|row| row.split('|').all(|value| value != "∅")), "{rows:?}");
    assert!(!coverage.is_complete());
    let faults = faults(&coverage);
    let accounts = |kind| faults.get(&kind).map(|a| a.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(accounts(FaultKind::AssumeDenied), Some(vec!["sandbox-bob"]));
    assert_eq!(accounts(FaultKind::Suspended), Some(vec!["legacy-erp"]));
    assert_eq!(accounts(FaultKind::ScpDenied), Some(vec!["mobile-staging"]));
    assert_eq!(accounts(FaultKind::RegionDisabled), Some(vec!["sandbox-alice"]));
    assert_eq!(faults.len(), 4, "{faults:?}");
    let accounts: BTreeSet<_> = coverage.units.iter().map(|u| &u.key.account_id).collect();
    assert_eq!(accounts.len(), 20, "every account of the organization has a line");
}

#[tokio::test]
async fn a_scope_and_predicates_narrow_the_calls() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-*"], &["eu-west-1", "us-east-1"]));
    let sql = "select vpc_id, title from aws_vpc where account_tags ->> 'env' = 'production' and region like 'eu-%'";
    let planned = demo.engine.prepare(sql).await.unwrap().plan().clone();
    assert_eq!((planned.scans[0].accounts, planned.scans[0].units), (1, 1));
    let (rows, coverage) = ask(&demo, sql).await;
    assert!(!rows.is_empty());
    let totals = coverage.totals();
    assert_eq!((totals.asked, totals.answered, totals.calls), (1, 1, 1));
}

#[tokio::test]
async fn detail_calls_are_made_only_for_the_columns_that_need_them() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-prod"], &[]));
    let (listed, coverage) = ask(&demo, "select name from aws_s3_bucket").await;
    assert_eq!(coverage.totals().calls, 1);
    let (detailed, coverage) = ask(&demo, "select name, versioning_enabled from aws_s3_bucket").await;
    assert_eq!(coverage.totals().calls, 1 + listed.len() as u64);
    assert_eq!(detailed.len(), listed.len());
}

#[tokio::test]
async fn regions_of_the_scope_choose_among_buckets() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-prod"], &["eu-*"]));
    let (rows, _) = ask(&demo, "select name, region from aws_s3_bucket").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| row.contains("|eu-")), "{rows:?}");
    let (count, _) = ask(&demo, "select count(*) from aws_s3_bucket").await;
    assert_eq!(count, [rows.len().to_string()]);
}

#[tokio::test]
async fn tables_join_group_and_sort() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-*"], &["us-east-1"]));
    let sql = "select i.account_name, v.tags ->> 'Name' as vpc, count(*) as instances \
               from aws_ec2_instance i join aws_vpc v on v.vpc_id = i.vpc_id and v.account_id = i.account_id \
               group by 1, 2 order by 3 desc, 1, 2";
    let (rows, coverage) = ask(&demo, sql).await;
    assert!(!rows.is_empty());
    let counts: Vec<u64> = rows.iter().map(|r| r.rsplit('|').next().unwrap().parse().unwrap()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{rows:?}");
    assert!(coverage.is_complete());
    let all = ask(&demo, "select count(*) from aws_ec2_instance where vpc_id is not null").await.0;
    assert_eq!(all, [counts.iter().sum::<u64>().to_string()]);
}

#[tokio::test]
async fn the_organization_is_a_table() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-prod"], &[]));
    let sql = "select name, status from aws_organizations_account where status <> 'ACTIVE'";
    assert_eq!(ask(&demo, sql).await.0, ["legacy-erp|SUSPENDED"]);
}

#[tokio::test]
async fn a_bare_limit_asks_one_unit() {
    let demo = demo("", |settings| settings.scope = scope(&["*-prod"], &[]));
    let (rows, coverage) = ask(&demo, "select name from aws_iam_role limit 2").await;
    assert_eq!(rows.len(), 2);
    assert!(coverage.is_complete());
    assert_eq!(coverage.totals().asked, 1);
}

#[tokio::test]
async fn one_session_per_account_serves_every_scan_and_the_regions() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-*"], &["us-east-1"]));
    let sql = "select count(*) from aws_vpc v, aws_ec2_instance i where v.vpc_id = i.vpc_id";
    let planned = demo.engine.prepare(sql).await.unwrap().plan().clone();
    assert_eq!(
        planned.actions.iter().map(String::as_str).collect::<Vec<_>>(),
        ["ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeVpcs"]
    );
    let before = demo.aws.assume_role_calls();
    ask(&demo, sql).await;
    let accounts = planned.scans[0].accounts as u64;
    assert_eq!(demo.aws.assume_role_calls() - before, accounts, "{accounts} accounts");
}
