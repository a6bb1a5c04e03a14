//! Which units are asked, and what the coverage says of them.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use super::world::*;
use crate::model::{AccountStatus, Fault, FaultKind, KnownGap, NamePattern, NotAsked, UnitStatus};

async fn asked_by(world: World, sql: &str) -> Vec<String> {
    let (world, engine) = world.engine();
    ask(&engine, sql).await;
    world.asked()
}

#[tokio::test]
async fn every_account_and_region_is_asked_once() {
    let (world, engine) = World::new().engine();
    let (rows, coverage) = ask(&engine, "select account_name, region, id, cores from aws_vm").await;
    assert_eq!(rows.len(), 8);
    assert!(rows.contains(&"data-prod|eu-west-1|data-prod/eu-west-1/0|0".to_owned()), "{rows:?}");
    assert_eq!(world.asked().len(), 8);
    assert!(coverage.is_complete());
    let totals = coverage.totals();
    assert_eq!((totals.asked, totals.answered, totals.calls, totals.rows), (8, 8, 8, 8));
}

#[tokio::test]
async fn predicates_on_the_account_and_region_leave_units_out() {
    let payments = [
        "payments-dev eu-west-1",
        "payments-dev us-east-1",
        "payments-prod eu-west-1",
        "payments-prod us-east-1",
    ];
    let production =
        ["data-prod eu-west-1", "data-prod us-east-1", "payments-prod eu-west-1", "payments-prod us-east-1"];
    for (predicate, wanted) in [
        ("account_name like 'payments-%'", &payments[..]),
        ("account_name ~ '^pay'", &payments[..]),
        ("account_id in ('100000000003', '100000000002')", &payments[..]),
        ("account_tags ->> 'env' = 'production'", &production[..]),
        ("account_tags @> '{\"env\": \"production\"}'", &production[..]),
        ("ou_path = 'Root/Workloads/Prod' and partition = 'aws'", &production[..]),
        ("account_name = 'payments-dev' and region = 'eu-west-1'", &payments[..1]),
        ("account_name = 'payments-dev' and region not like 'us-%'", &payments[..1]),
        ("region = split_part('eu-west-1,x', ',', 1) and account_name = 'payments-dev'", &payments[..1]),
        ("(account_name = 'payments-dev' and region = 'eu-west-1') or account_name = 'none'", &payments[..1]),
        ("partition = 'aws-cn'", &[][..]),
        ("account_name = null", &[][..]),
        ("lower(region) = 'EU-WEST-1'", &[][..]),
    ] {
        let asked = asked_by(World::new(), &format!("select id from aws_vm where {predicate}")).await;
        assert_eq!(asked, wanted, "{predicate}");
    }
}

#[tokio::test]
async fn the_scope_and_the_predicates_both_count() {
    let world = World::new().scope(&["*-prod"], &["eu-*"]);
    let asked = asked_by(world, "select id from aws_vm where account_name like 'pay%'").await;
    assert_eq!(asked, ["payments-prod eu-west-1"]);
}

#[tokio::test]
async fn global_tables_are_asked_once_per_account_whatever_the_regions() {
    let world = World::new().scope(&["payments-*"], &["eu-west-1"]);
    let (world, engine) = world.engine();
    let (rows, _) = ask(&engine, "select id, region from aws_user").await;
    assert_eq!(rows, ["payments-dev/global/0|global", "payments-prod/global/0|global"]);
    assert!(world.looked_up.lock().is_empty(), "no account's regions are needed");
    let (rows, _) = ask(&engine, "select id from aws_user where region = 'eu-west-1'").await;
    assert!(rows.is_empty());
}

#[tokio::test]
async fn rows_with_regions_of_their_own_are_filtered_by_row() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(3)).engine();
    let (rows, _) = ask(&engine, "select id from aws_bucket where region = 'us-east-1'").await;
    assert_eq!(rows.len(), 4, "one of three buckets in each account: {rows:?}");
    assert_eq!(world.asked().len(), 4);

    let (_, engine) = World::new().every_unit(Behaviour::Rows(3)).scope(&[], &["us-*"]).engine();
    let (rows, coverage) = ask(&engine, "select id from aws_bucket").await;
    assert_eq!(rows.len(), 4, "--region filters them too: {rows:?}");
    assert!(coverage.is_complete());
    let (rows, _) = ask(&engine, "select count(*) from aws_bucket").await;
    assert_eq!(rows, ["4"]);
}

#[tokio::test]
async fn organization_tables_are_asked_in_the_hub_whatever_the_scope() {
    let world = World::new().scope(&["payments-*"], &[]);
    let asked = asked_by(world, "select id from aws_member where account_id = '100000000001'").await;
    assert_eq!(asked, ["management global"]);
}

#[tokio::test]
async fn a_fault_is_a_line_in_the_ledger_and_stops_nobody() {
    let world = World::new()
        .scope(&["payments-*"], &[])
        .unit("payments-prod", "eu-west-1", Behaviour::Fault(0, FaultKind::AssumeDenied))
        .unit("payments-prod", "us-east-1", Behaviour::Fault(2, FaultKind::Throttled))
        .unit("payments-dev", "eu-west-1", Behaviour::Rows(0));
    let (_, engine) = world.engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm").await;
    assert_eq!(rows.len(), 3);
    assert_eq!(
        statuses(&coverage),
        [
            "payments-prod eu-west-1 failed assume_denied",
            "payments-prod us-east-1 truncated throttled",
            "payments-dev eu-west-1 empty",
            "payments-dev us-east-1 answered",
        ]
    );
    assert!(!coverage.is_complete());
}

#[tokio::test]
async fn panics_and_nonsense_are_faults_too() {
    let world = World::new()
        .scope(&["payments-dev"], &[])
        .unit("payments-dev", "eu-west-1", Behaviour::Panic)
        .unit("payments-dev", "us-east-1", Behaviour::Nonsense);
    let (_, engine) = world.engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm").await;
    assert!(rows.is_empty());
    assert_eq!(
        statuses(&coverage),
        ["payments-dev eu-west-1 failed bad_response", "payments-dev us-east-1 failed bad_response"]
    );
}

#[tokio::test]
async fn unknown_columns_stay_unknown_where_a_limit_above_cut_their_unit_short() {
    let (_, engine) = World::new().every_unit(Behaviour::Unknown(2)).engine();
    let sql = "select tags from aws_vm where tags is null or id is not null limit 1";
    let (rows, coverage) = ask(&engine, sql).await;
    assert_eq!(rows.len(), 1);
    assert!(!coverage.is_complete(), "{:?}", statuses(&coverage));
}

#[tokio::test]
async fn tags_that_nobody_could_read_are_unknown_in_every_row_that_shows_them() {
    let mut world = World::new().scope(&["payments-dev", "payments-prod"], &["eu-west-1"]);
    world.tags_unknown.insert("100000000003".parse().unwrap());
    let (_, engine) = world.every_unit(Behaviour::Rows(2)).engine();
    let sql = "select account_tags ->> 'env' as env, count(*) from aws_vm group by 1";
    let (_, coverage) = ask(&engine, sql).await;
    let unknown: Vec<_> = coverage.units.iter().flat_map(|unit| &unit.unknown).collect();
    assert_eq!(unknown.len(), 1, "{coverage:?}");
    assert_eq!((unknown[0].columns[0].as_str(), unknown[0].rows), ("account_tags", 2));
    assert!(!coverage.is_complete());
    let (_, coverage) = ask(&engine, "select id from aws_vm").await;
    assert!(coverage.is_complete());
}

#[tokio::test]
async fn unknown_columns_make_an_answer_incomplete() {
    let (_, engine) =
        World::new().scope(&["payments-dev"], &["eu-*"]).every_unit(Behaviour::Unknown(2)).engine();
    let (rows, coverage) = ask(&engine, "select tags from aws_vm").await;
    assert_eq!(rows.len(), 2);
    assert!(!coverage.is_complete());
    assert_eq!(coverage.units[0].unknown[0].columns, ["tags"]);
}

#[tokio::test]
async fn a_hanging_unit_is_closed_as_timed_out() {
    let mut world =
        World::new().scope(&["payments-dev"], &[]).unit("payments-dev", "eu-west-1", Behaviour::Hang);
    world.settings.fan_out.unit_timeout = Duration::from_millis(50);
    let (_, engine) = world.engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        statuses(&coverage),
        ["payments-dev eu-west-1 failed timeout", "payments-dev us-east-1 answered"]
    );
}

#[tokio::test]
async fn a_unit_that_waits_its_turn_is_not_timed_out() {
    let mut world = World::new().unit("data-prod", "eu-west-1", Behaviour::Waits(Duration::from_millis(300)));
    world.settings.fan_out.unit_timeout = Duration::from_millis(100);
    let (_, engine) = world.engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm").await;
    assert_eq!(rows.len(), 8);
    assert!(coverage.is_complete());
}

#[tokio::test]
async fn a_run_that_is_out_of_time_answers_with_what_is_there() {
    let mut world = World::new().unit("data-prod", "eu-west-1", Behaviour::Hang);
    world = world.unit("data-prod", "us-east-1", Behaviour::Endless);
    world.settings.fan_out.deadline = Some(Duration::from_millis(300));
    let (_, engine) = world.engine();
    let sql = "select account_name, count(*) > 0 from aws_vm group by account_name";
    let (rows, coverage) = ask(&engine, sql).await;
    assert_eq!(rows.len(), 4, "sums go on over what arrived: {rows:?}");
    assert!(!coverage.is_complete());
    let shown: Vec<_> = statuses(&coverage).into_iter().filter(|s| !s.ends_with("answered")).collect();
    assert_eq!(shown, ["data-prod eu-west-1 failed cancelled", "data-prod us-east-1 truncated cancelled"]);
    let fault = coverage.units.iter().find_map(|unit| unit.fault()).unwrap();
    assert_eq!(fault.message, "the run's deadline of 300ms passed");
}

#[tokio::test]
async fn waiting_for_a_slow_reader_is_not_a_timeout() {
    let mut world = World::new().scope(&["payments-dev"], &["eu-*"]).every_unit(Behaviour::Rows(5));
    world.settings.fan_out.unit_timeout = Duration::from_millis(60);
    let world = world.unit("payments-dev", "eu-west-1", Behaviour::Endless);
    let (_, engine) = world.engine();
    let mut answer = engine.prepare("select id from aws_vm limit 2000").await.unwrap().run().await.unwrap();
    let mut rows = 0;
    while let Some(batch) = answer.batches.next().await {
        rows += batch.unwrap().num_rows();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rows, 2000);
    assert_eq!(statuses(&answer.coverage().await), ["payments-dev eu-west-1 answered"]);
}

#[tokio::test]
async fn suspended_accounts_are_listed_without_a_call_and_leave_the_answer_complete() {
    let mut world = World::new().scope(&["payments-*"], &["eu-*"]);
    let mut gone = account("100000000009", "payments-old", "Root", "none");
    gone.status = AccountStatus::Suspended;
    world.accounts.push(Arc::new(gone));
    let (world, engine) = world.engine();
    let (_, coverage) = ask(&engine, "select id from aws_vm").await;
    assert!(statuses(&coverage).contains(&"payments-old global failed suspended".to_owned()));
    assert!(coverage.is_complete());
    assert!(!world.asked().iter().any(|unit| unit.contains("old")));
}

#[tokio::test]
async fn a_disabled_region_is_listed_where_somebody_might_expect_it() {
    let disabled = |sql: &'static str, regions: &'static [&'static str], on_elsewhere: bool| async move {
        let mut world = World::new().scope(&["payments-*"], regions);
        world.regions.push(("ap-east-1", false));
        if on_elsewhere {
            let on = vec![("eu-west-1", true), ("us-east-1", true), ("ap-east-1", true)];
            world.exceptions.insert("payments-prod".to_owned(), Ok(on));
        }
        let (world, engine) = world.engine();
        let (_, coverage) = ask(&engine, sql).await;
        assert!(coverage.is_complete());
        assert!(!world.asked().contains(&"payments-dev ap-east-1".to_owned()));
        statuses(&coverage).contains(&"payments-dev ap-east-1 failed region_disabled".to_owned())
    };
    let all = "select id from aws_vm";
    assert!(!disabled(all, &[], false).await, "off everywhere, and nobody asked");
    assert!(disabled(all, &[], true).await, "on in another account");
    assert!(disabled(all, &["ap-*"], false).await, "named by --region");
    assert!(!disabled(all, &["*"], false).await, "a star names nothing");
    assert!(
        disabled("select id from aws_vm where region = 'ap-east-1'", &[], false).await,
        "named by the statement"
    );
}

#[tokio::test]
async fn an_account_whose_regions_cannot_be_read_fails_in_its_own_words() {
    let fault = Fault::new(FaultKind::AssumeDenied, "no role");
    let mut world =
        World::new().scope(&["payments-dev"], &[]).every_unit(Behaviour::Fault(0, FaultKind::AssumeDenied));
    world.exceptions.insert("payments-dev".to_owned(), Err(fault));
    let (_, engine) = world.engine();
    let (_, coverage) = ask(&engine, "select id from aws_vm").await;
    assert_eq!(
        statuses(&coverage),
        ["payments-dev eu-west-1 failed assume_denied", "payments-dev us-east-1 failed assume_denied"]
    );
}

#[tokio::test]
async fn a_table_scanned_twice_asks_twice_and_has_one_line_per_unit() {
    let (world, engine) = World::new().scope(&["payments-*"], &["eu-*"]).engine();
    let sql = "select a.id, b.cores from aws_vm a join aws_vm b on a.id = b.id";
    let (rows, coverage) = ask(&engine, sql).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(world.asked().len(), 4);
    assert_eq!(coverage.units.len(), 2);
    assert_eq!(coverage.totals().calls, 4);
}

#[tokio::test]
async fn cancelling_keeps_the_rows_and_accounts_for_every_unit() {
    let mut world =
        World::new().every_unit(Behaviour::Hang).unit("management", "eu-west-1", Behaviour::Rows(1));
    world.settings.fan_out.concurrency = 3;
    let (_, engine) = world.engine();
    let mut answer = engine.prepare("select id from aws_vm").await.unwrap().run().await.unwrap();
    let first = answer.batches.next().await.unwrap().unwrap();
    assert_eq!(first.num_rows(), 1);
    answer.cancel.cancel();
    assert!(answer.batches.next().await.is_none());
    let coverage = answer.coverage().await;
    let statuses = statuses(&coverage);
    assert_eq!(statuses.len(), 8, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| s.ends_with("failed cancelled")).count(), 7, "{statuses:?}");
    assert!(!coverage.is_complete());
}

#[tokio::test]
async fn an_answer_dropped_unread_is_all_cancelled() {
    let (world, engine) = World::new().engine();
    let mut answer = engine.prepare("select id from aws_vm").await.unwrap().run().await.unwrap();
    let coverage = answer.coverage().await;
    assert_eq!(coverage.units.len(), 8);
    assert!(statuses(&coverage).iter().all(|s| s.ends_with("failed cancelled")));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn no_more_units_are_in_flight_than_allowed() {
    let mut world = World::new();
    world.settings.fan_out.concurrency = 3;
    world.delay = Duration::from_millis(5);
    let (world, engine) = world.engine();
    ask(&engine, "select id from aws_vm").await;
    assert_eq!(world.in_flight.lock().1, 3);
}

#[tokio::test]
async fn an_error_of_the_statement_ends_the_answer_with_that_error() {
    let (_, engine) = World::new().engine();
    for (sql, named) in [
        ("select 10 / cores from aws_vm", "division by zero"),
        ("select id::int from aws_vm", "payments"),
        ("select id from aws_vm where 1 / (length(account_name) - 10) > 0", "division by zero"),
    ] {
        let error = match engine.prepare(sql).await {
            Err(error) => error,
            Ok(prepared) => {
                let mut answer = prepared.run().await.unwrap();
                let error = try_rows(&mut answer).await.expect_err(sql);
                assert!(!answer.coverage().await.is_complete() || sql.contains("cores"), "{sql}");
                error
            }
        };
        assert!(error.to_string().contains(named) || named == "payments", "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_join_side_that_nobody_read_is_written_down_as_not_needed() {
    let (world, engine) = World::new()
        .unit("management", "global", Behaviour::Rows(0))
        .unit("payments-dev", "global", Behaviour::Rows(0))
        .unit("payments-prod", "global", Behaviour::Rows(0))
        .unit("data-prod", "global", Behaviour::Rows(0))
        .engine();
    let (rows, coverage) =
        ask(&engine, "select v.id from aws_user u join aws_vm v on u.id = v.id where u.account_name <> 'x'")
            .await;
    assert!(rows.is_empty() && coverage.is_complete());
    let asked = world.asked();
    assert!(asked.iter().all(|unit| unit.ends_with("global")), "only one side was asked: {asked:?}");
    let mut not_needed = 0;
    for unit in &coverage.units {
        match &unit.status {
            UnitStatus::NotAsked { reason } => {
                assert_eq!((*reason, &*unit.key.table), (NotAsked::NotNeeded, "aws_vm"));
                not_needed += 1;
            }
            status => assert_eq!((status.as_str(), &*unit.key.table), ("empty", "aws_user")),
        }
    }
    assert_eq!(not_needed, 8, "four accounts in two regions");
    assert_eq!(coverage.totals().asked, 4);
}

#[tokio::test]
async fn a_unit_cut_short_has_still_cost_its_calls() {
    let (_, engine) = World::new().every_unit(Behaviour::Endless).engine();
    let (_, coverage) = ask(&engine, "select id from aws_vm where cores % 2 = 1 limit 5").await;
    let cut: Vec<_> = coverage.units.iter().filter(|u| u.rows > 0).collect();
    assert!(!cut.is_empty() && cut.iter().all(|unit| unit.calls >= 1 && unit.bytes >= 100), "{cut:?}");

    let mut world = World::new().every_unit(Behaviour::Hang);
    world.settings.fan_out.unit_timeout = std::time::Duration::from_millis(50);
    let (_, engine) = world.engine();
    let (_, coverage) = ask(&engine, "select count(*) from aws_vm").await;
    assert!(coverage.units.iter().all(|unit| unit.calls == 1 && unit.duration_ms >= 50), "{coverage:?}");
}

#[tokio::test]
async fn the_progress_ends_where_the_coverage_does() {
    let (_, engine) =
        World::new().unit("data-prod", "us-east-1", Behaviour::Fault(1, FaultKind::Throttled)).engine();
    let mut answer = engine.prepare("select id from aws_vm").await.unwrap().run().await.unwrap();
    let ledger = Arc::clone(&answer.ledger);
    rows(&mut answer).await;
    let totals = answer.coverage().await.totals();
    let progress = ledger.progress();
    assert_eq!((progress.accounts, progress.accounts_done, progress.accounts_ahead), (4, 4, 0));
    assert_eq!((progress.units, progress.units_closed), (8, 8));
    assert_eq!((progress.calls, progress.rows, progress.bytes), (totals.calls, totals.rows, totals.bytes));
    assert_eq!(progress.failures, [(FaultKind::Throttled, 1)]);
}

#[tokio::test]
async fn a_known_gap_excuses_and_an_expired_one_is_told_of() {
    let gap = |account: &str, expires: &str| {
        Arc::new(KnownGap {
            account: Some(NamePattern::parse(account).unwrap()),
            region: None,
            table: None,
            reason: "later".into(),
            expires: expires.parse().unwrap(),
        })
    };
    let denied = Behaviour::Fault(0, FaultKind::IamDenied);
    let mut world =
        World::new().unit("data-prod", "us-east-1", denied.clone()).unit("payments-dev", "us-east-1", denied);
    world.settings.coverage.known_gaps = vec![gap("data-*", "2026-03-01"), gap("payments-*", "2026-02-28")];
    let (_, engine) = world.engine();
    let mut answer = engine.prepare("select id from aws_vm").await.unwrap().run().await.unwrap();
    rows(&mut answer).await;
    let coverage = answer.coverage().await;
    let incomplete: Vec<_> =
        coverage.units.iter().filter(|u| !u.is_complete()).map(|u| &*u.account_name).collect();
    assert_eq!(incomplete, ["payments-dev"]);
    assert_eq!((coverage.totals().asked, coverage.totals().whole), (7, 6));
    assert_eq!(answer.notes().len(), 1, "{:?}", answer.notes());
    assert!(answer.notes()[0].contains("expired on 2026-02-28"), "{:?}", answer.notes());
}
