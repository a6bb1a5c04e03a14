//! What a plan shows before it runs, and what reaches a source.

use super::world::*;
use crate::catalog::table::Operator;
use crate::model::Json;
use crate::plan::Plan;
use crate::sources::Qual;

async fn plan(sql: &str) -> Plan {
    let (world, engine) = World::new().engine();
    let plan = engine.prepare(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")).plan().clone();
    assert!(world.asked().is_empty() && world.looked_up.lock().is_empty(), "planning asks nobody");
    plan
}

#[tokio::test]
async fn a_plan_says_what_reaches_the_units_the_service_and_the_rows() {
    let plan = plan(
        "select id, tags ->> 'env' from aws_vm \
         where account_name like 'payments%' and region = 'eu-west-1' and state = 'running' and cores > 2",
    )
    .await;
    let [scan] = plan.scans.as_slice() else { panic!("{plan:?}") };
    assert_eq!(scan.table, "aws_vm");
    assert_eq!(scan.columns, ["id", "cores", "tags", "state"]);
    assert_eq!(scan.unit_predicates, ["account_name like 'payments%'", "region = 'eu-west-1'"]);
    assert_eq!(scan.pushed, ["state = 'running'"]);
    assert_eq!(scan.filters, ["cores > 2 and state = 'running'"]);
    assert_eq!((scan.accounts, scan.regions, scan.units), (2, 1, 2));
    assert!(scan.units_are_estimated);
    assert_eq!(plan.estimate.spend.of("ec2:DescribeInstances"), 2);
    assert_eq!(plan.estimate.assume_role_calls, 2);
    assert!(plan.actions.contains("ec2:DescribeRegions"));
    assert!(plan.operators.iter().any(|l| l.contains("ScanExec: aws_vm")), "{:?}", plan.operators);
    assert!(!plan.operators.join("\n").contains('@'), "{:?}", plan.operators);
}

#[tokio::test]
async fn predicates_and_operators_read_as_sql() {
    let plan = plan(
        "select tags ->> 'env', count(*) from aws_vm where launched > now() - interval '1 day' \
         and (tags -> 'a' ->> 'b' = 'x' or id in ('a', 'b', 'c', 'd')) and account_tags ? 'env' \
         and id not ilike '%z' group by 1",
    )
    .await;
    let scan = &plan.scans[0];
    assert_eq!(scan.unit_predicates, ["account_tags ? 'env'"]);
    assert_eq!(scan.pushed, ["launched > '2026-02-28T12:00:00Z'"]);
    assert_eq!(
        scan.filters,
        ["launched > '2026-02-28T12:00:00Z' and (tags -> 'a' ->> 'b' = 'x' or id in ('a', 'b', 'c', 'd')) \
          and id not ilike '%z'"]
    );
    let operators = plan.operators.join("\n");
    assert!(operators.contains("tags ->> 'env'") && !operators.contains("Utf8"), "{operators}");
}

#[tokio::test]
async fn only_the_columns_that_are_needed_are_fetched() {
    for (sql, columns) in [
        ("select count(*) from aws_vm", &[][..]),
        ("select 1 from aws_vm", &[]),
        ("select cores from aws_vm order by id", &["id", "cores"]),
        ("select id from aws_vm where account_name = 'x' and region = 'y'", &["id"]),
    ] {
        assert_eq!(plan(sql).await.scans[0].columns, columns, "{sql}");
    }
}

#[tokio::test]
async fn a_star_leaves_sensitive_columns_out_and_a_name_brings_them() {
    let starred = plan("select * from aws_vm").await;
    assert!(!starred.scans[0].columns.contains(&"user_data".to_owned()));
    assert_eq!(starred.left_out_of_star, ["aws_vm.user_data"]);
    assert!(
        plan("select v.*, user_data from aws_vm v").await.scans[0].columns.contains(&"user_data".to_owned())
    );
    let twice = plan("select * from aws_vm a, aws_vm b where a.id = b.id").await;
    assert!(twice.scans.iter().all(|s| !s.columns.contains(&"user_data".to_owned())));
    assert_eq!(plan("select count(user_data) from aws_vm").await.scans[0].columns, ["user_data"]);
}

#[tokio::test]
async fn every_scan_of_a_statement_is_found() {
    for (sql, count) in [
        ("select 1", 0),
        ("select a.id from aws_vm a, aws_user b where a.account_id = b.account_id", 2),
        ("select (select count(*) from aws_user) from aws_vm", 2),
        ("select id from aws_vm where account_id in (select account_id from aws_user)", 2),
        ("with x as (select id from aws_vm) select * from x union all select id from aws_user", 2),
        ("select id from aws_vm where cores > (select avg(cores) from aws_vm)", 2),
    ] {
        assert_eq!(plan(sql).await.scans.len(), count, "{sql}");
    }
}

async fn quals(predicate: &str) -> Vec<(String, Operator, Vec<String>)> {
    let (world, engine) = World::new().scope(&["payments-dev"], &["eu-*"]).engine();
    ask(&engine, &format!("select id from aws_vm where {predicate}")).await;
    let request = world.requests.lock().first().cloned();
    let Some(request) = request else { return Vec::new() };
    let shown = |qual: &Qual| qual.values.iter().map(Json::to_json).collect::<Vec<_>>();
    let of = |(column, quals): (&String, &Vec<Qual>)| {
        quals.iter().map(|q| (column.clone(), q.operator, shown(q))).collect::<Vec<_>>()
    };
    request.quals.iter().flat_map(of).collect()
}

#[tokio::test]
async fn declared_predicates_on_key_columns_travel_to_the_source() {
    let one = |column: &str, operator, values: &[&str]| {
        vec![(column.to_owned(), operator, values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>())]
    };
    assert_eq!(quals("state = 'running'").await, one("state", Operator::Eq, &["\"running\""]));
    assert_eq!(quals("'running' = state").await, one("state", Operator::Eq, &["\"running\""]));
    assert_eq!(quals("state in ('a', 'b')").await, one("state", Operator::Eq, &["\"a\"", "\"b\""]));
    let five = ["\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\""];
    assert_eq!(quals("state in ('a', 'b', 'c', 'd', 'e')").await, one("state", Operator::Eq, &five));
    assert_eq!(quals("encrypted").await, one("encrypted", Operator::Eq, &["true"]));
    assert_eq!(quals("not encrypted").await, one("encrypted", Operator::Eq, &["false"]));
    assert_eq!(quals("encrypted = true").await, one("encrypted", Operator::Eq, &["true"]));
    assert_eq!(quals("encrypted is false").await, one("encrypted", Operator::Eq, &["false"]));
    assert_eq!(quals("id like 'pay%'").await, one("id", Operator::Like, &["\"pay%\""]));
    assert_eq!(
        quals("launched > now() - interval '1 day'").await,
        one("launched", Operator::Gt, &["\"2026-02-28T12:00:00Z\""])
    );
    assert_eq!(
        quals("launched >= '2026-02-01'").await,
        one("launched", Operator::GtEq, &["\"2026-02-01T00:00:00Z\""])
    );
}

#[tokio::test]
async fn what_is_not_declared_or_not_constant_stays_with_the_rows() {
    for predicate in [
        "state <> 'running'",
        "state not in ('a', 'b', 'c', 'd', 'e')",
        "state like 'run%'",
        "launched < now()",
        "lower(state) = 'running'",
        "state = id",
        "state = 'a' or id = 'b'",
        "cores = 1",
        "id not like 'x'",
        "id ilike 'x'",
        "state is null",
    ] {
        assert_eq!(quals(predicate).await, [], "{predicate}");
    }
}

#[tokio::test]
async fn pushed_predicates_are_applied_again() {
    // The source ignores predicates altogether.
    let (_, engine) =
        World::new().scope(&["payments-dev"], &["eu-*"]).every_unit(Behaviour::Rows(10)).engine();
    let count = async |predicate: &str| {
        ask(&engine, &format!("select id from aws_vm where {predicate}")).await.0.len()
    };
    assert_eq!(count("state = 'running'").await, 5);
    assert_eq!(count("not encrypted").await, 5);
    assert_eq!(count("encrypted and cores > 4").await, 2);
    assert_eq!(count("id like '%/3' or id like '%/4'").await, 2);
}

#[tokio::test]
async fn now_is_the_frozen_clock_and_decimals_are_exact() {
    let (_, engine) = World::new().engine();
    let one = async |sql: &str| ask(&engine, sql).await.0.join(",");
    assert_eq!(one("select now()").await, "2026-03-01T12:00:00Z");
    assert_eq!(one("select current_date").await, "2026-03-01");
    assert_eq!(one("select 0.1 + 0.2 = 0.3").await, "true");
}

#[tokio::test]
async fn columns_have_postgresql_names_and_types() {
    let (_, engine) = World::new().engine();
    let prepared = engine
        .prepare(
            "select id, cores, encrypted, price, launched, tags, tags -> 'n', tags ->> 'n', cores::int, count(*), \
             now(), current_date, 1.5, interval '1 day', id, (tags -> 'n')::text, array_agg(id), null, \
             price::numeric(10, 2), price::float, launched::timestamp \
             from aws_vm group by id, cores, encrypted, price, launched, tags",
        )
        .await
        .unwrap();
    let shown: Vec<String> = prepared.columns().iter().map(|c| format!("{} {}", c.name, c.pg_type)).collect();
    assert_eq!(
        shown,
        [
            "id text",
            "cores bigint",
            "encrypted boolean",
            "price double precision",
            "launched timestamp with time zone",
            "tags jsonb",
            "?column? jsonb",
            "?column? text",
            "cores integer",
            "count bigint",
            "now timestamp with time zone",
            "current_date date",
            "?column? numeric",
            "interval interval",
            "id text",
            "text text",
            "array_agg text[]",
            "?column? text",
            "price numeric",
            "price double precision",
            "launched timestamp without time zone",
        ]
    );
}
