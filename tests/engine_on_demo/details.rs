//! Detail calls: only those that the columns of the wanted rows need, each once.

use std::collections::BTreeSet;

use canvass::model::Coverage;

use super::{Demo, ask, demo, scope};

const THREE: &str = "name, versioning_enabled, block_public_acls, server_side_encryption_configuration";

fn one_account(knobs: &str) -> Demo {
    demo(knobs, |settings| settings.scope = scope(&["data-platform-prod"], &[]))
}

fn calls(coverage: &Coverage) -> u64 {
    coverage.totals().calls
}

async fn count(demo: &Demo, sql: &str) -> u64 {
    ask(demo, sql).await.0[0].parse().unwrap()
}

#[tokio::test]
async fn buckets_cost_exactly_what_three_columns_need() {
    let demo = one_account("resources=6,page_size=50");
    let buckets = count(&demo, "select count(*) from aws_s3_bucket").await;
    assert!(buckets > 100, "{buckets}");
    let (rows, coverage) = ask(&demo, &format!("select {THREE} from aws_s3_bucket")).await;
    assert_eq!(rows.len() as u64, buckets);
    assert_eq!(calls(&coverage), buckets.div_ceil(50) + 3 * buckets);
    // Four columns of one response, and its tags from another.
    let sql = "select block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets, tags, \
               tags_src from aws_s3_bucket";
    assert_eq!(calls(&ask(&demo, sql).await.1), buckets.div_ceil(50) + 2 * buckets);
}

#[tokio::test]
async fn throttling_loses_no_row_and_no_detail() {
    let demo = one_account("resources=3,throttle=0.05");
    let (rows, coverage) = ask(&demo, &format!("select {THREE} from aws_s3_bucket")).await;
    assert!(coverage.is_complete(), "{:?}", coverage.exceptions().collect::<Vec<_>>());
    assert!(coverage.units.iter().all(|unit| unit.unknown.is_empty()));
    let names: BTreeSet<&str> = rows.iter().filter_map(|row| row.split('|').next()).collect();
    let all = count(&one_account("resources=3"), "select count(*) from aws_s3_bucket").await;
    assert_eq!((rows.len() as u64, names.len() as u64), (all, all));
    assert!(calls(&coverage) > 1 + 3 * all, "nobody was throttled");
}

#[tokio::test]
async fn only_buckets_of_the_wanted_regions_are_asked_for_details() {
    let all = "select count(*) from aws_s3_bucket";
    let unscoped = one_account("resources=3");
    let buckets = count(&unscoped, all).await;
    for wanted in [
        "region = 'eu-west-1'",
        "region in ('eu-west-1', 'us-east-1')",
        "region like 'eu-%'",
        "region <> 'us-east-1'",
    ] {
        let sql = format!("select region, {THREE} from aws_s3_bucket where {wanted}");
        let (rows, coverage) = ask(&unscoped, &sql).await;
        assert!(!rows.is_empty() && (rows.len() as u64) < buckets, "{wanted}");
        assert_eq!(calls(&coverage), 1 + 3 * rows.len() as u64, "{wanted}");
        let counted = count(&unscoped, &format!("{all} where {wanted}")).await;
        assert_eq!(counted, rows.len() as u64, "{wanted}");
    }
    let scoped =
        demo("resources=3", |settings| settings.scope = scope(&["data-platform-prod"], &["eu-west-1"]));
    let (rows, coverage) = ask(&scoped, &format!("select {THREE} from aws_s3_bucket")).await;
    assert_eq!(rows.len() as u64, count(&unscoped, &format!("{all} where region = 'eu-west-1'")).await);
    assert_eq!(calls(&coverage), 1 + 3 * rows.len() as u64);
    let (counted, coverage) = ask(&scoped, all).await;
    assert_eq!((counted, calls(&coverage)), (vec![rows.len().to_string()], 1));
}

#[tokio::test]
async fn clusters_are_described_a_hundred_at_a_time() {
    let demo = demo("resources=80", |settings| settings.scope = scope(&["web-prod"], &["us-east-1"]));
    let (listed, coverage) = ask(&demo, "select cluster_arn from aws_ecs_cluster").await;
    let (rows, lists) = (listed.len() as u64, calls(&coverage));
    assert!(rows > 100, "{rows}");
    let sql = "select cluster_arn, cluster_name, status, statistics from aws_ecs_cluster";
    let (described, coverage) = ask(&demo, sql).await;
    assert_eq!(calls(&coverage), lists + rows.div_ceil(100));
    assert!(described.iter().all(|row| row.split('|').all(|value| value != "∅")), "{described:?}");
    let of_its_own = |row: &String| {
        let mut values = row.split('|');
        values.next().unwrap().ends_with(&format!("/{}", values.next().unwrap()))
    };
    assert!(described.iter().all(of_its_own), "{described:?}");
}

#[tokio::test]
async fn a_limit_behind_a_filter_stops_the_details_too() {
    let demo = one_account("resources=5,latency=5ms");
    let sql = "select name from aws_s3_bucket where versioning_enabled is not null limit 1";
    let (rows, coverage) = ask(&demo, sql).await;
    assert_eq!(rows.len(), 1);
    assert!(calls(&coverage) < 20, "{} calls for one row", calls(&coverage));
}

#[tokio::test]
async fn a_thing_that_is_got_by_its_key_is_not_described_again() {
    let demo = demo("", |settings| settings.scope = scope(&["data-platform-prod"], &[]));
    let (names, _) = ask(&demo, "select name from aws_iam_role limit 1").await;
    let sql = format!("select name, tags, role_last_used_date from aws_iam_role where name = '{}'", names[0]);
    let (rows, coverage) = ask(&demo, &sql).await;
    assert_eq!((rows.len(), calls(&coverage)), (1, 1));
}

#[tokio::test]
async fn a_denied_detail_is_unknown_and_its_rows_are_there() {
    let demo =
        demo("deny=0.2,seed=3", |settings| settings.scope = scope(&["*-prod"], &["us-east-1", "eu-west-1"]));
    let (rows, coverage) = ask(&demo, "select cluster_arn, status from aws_ecs_cluster").await;
    let known: usize = rows.iter().filter(|row| !row.ends_with('∅')).count();
    let unknown: u64 = coverage.units.iter().flat_map(|unit| &unit.unknown).map(|gap| gap.rows).sum();
    assert_eq!(rows.len() as u64, known as u64 + unknown);
}
