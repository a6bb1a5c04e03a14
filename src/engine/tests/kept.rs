//! `_coverage`: what the last answer's ledger says when it is asked.

use super::world::*;
use crate::catalog::kept;
use crate::engine::tables::schema_of;
use crate::model::FaultKind;
use crate::settings::Paths;
use crate::store::{AnswerHead, LastAnswer};

fn paths(folder: &std::path::Path) -> Paths {
    let folder = folder.to_path_buf();
    Paths { config: folder.clone(), cache: folder.clone(), data: folder.clone(), state: folder }
}

fn head() -> AnswerHead {
    AnswerHead {
        plan_id: "p1".into(),
        statement: "select 1".into(),
        started_at: "2026-03-01T12:00:00Z".parse().unwrap(),
    }
}

/// A world whose last answer had one failure among eight units.
async fn world_with_ledger(folder: &std::path::Path) -> World {
    let (_, engine) =
        World::new().unit("data-prod", "us-east-1", Behaviour::Fault(0, FaultKind::ScpDenied)).engine();
    let (_, coverage) = ask(&engine, "select id from aws_vm").await;
    LastAnswer::of(&paths(folder)).keep(head(), &coverage).unwrap();
    let mut world = World::new();
    world.settings.paths = paths(folder);
    world
}

#[tokio::test]
async fn the_last_answers_units_are_rows_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (world, engine) = world_with_ledger(folder.path()).await.engine();
    let sql = "select account_name, region, status, fault, calls, rows, plan_id from _coverage where fault is not null";
    let mut answer = engine.prepare(sql).await.unwrap().run().await.unwrap();
    assert_eq!(rows(&mut answer).await, ["data-prod|us-east-1|failed|scp_denied|1|0|p1"]);
    assert!(!answer.asks() && answer.notes().is_empty());
    assert!(answer.coverage().await.units.is_empty());
    assert!(world.asked().is_empty() && world.looked_up.lock().is_empty());
}

#[tokio::test]
async fn it_joins_groups_and_counts_like_any_table() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = world_with_ledger(folder.path()).await.engine();
    for (sql, expected) in [
        ("select count(*) from _coverage", &["8"][..]),
        ("select count(*) from aws._coverage c where c.started_at < now()", &["0"]),
        ("select status, count(*) from _coverage group by status", &["answered|7", "failed|1"]),
        (
            "select a.region from _coverage a join _coverage b using (account_id, region) where b.status = 'failed'",
            &["us-east-1"],
        ),
        (
            "select v.account_name, c.status from aws_vm v join _coverage c on c.account_id = v.account_id and c.region = v.region where v.account_name = 'data-prod'",
            &["data-prod|answered", "data-prod|failed"],
        ),
    ] {
        assert_eq!(ask(&engine, sql).await.0, expected, "{sql}");
    }
}

#[tokio::test]
async fn without_a_ledger_or_with_a_damaged_one_it_is_empty_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (content, note) in [(None, "no answer has been kept yet"), (Some("garbage"), "cannot be read")] {
        if let Some(content) = content {
            std::fs::write(folder.path().join("coverage.arrow"), content).unwrap();
        }
        let mut world = World::new();
        world.settings.paths = paths(folder.path());
        let (_, engine) = world.engine();
        let mut answer =
            engine.prepare("select * from _coverage a, _coverage b").await.unwrap().run().await.unwrap();
        assert!(rows(&mut answer).await.is_empty());
        assert_eq!(answer.notes().len(), 1);
        assert!(answer.notes()[0].contains(note), "{:?}", answer.notes());
    }
}

#[tokio::test]
async fn what_is_kept_has_the_columns_that_the_catalog_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = world_with_ledger(folder.path()).await.engine();
    let table = kept::table(kept::COVERAGE).unwrap();
    let kept = LastAnswer::of(&paths(folder.path())).read().unwrap().unwrap();
    assert_eq!(kept.units.num_columns() + 3, schema_of(&table).fields().len());
    let mut answer = engine.prepare("select * from _coverage").await.unwrap().run().await.unwrap();
    assert_eq!(rows(&mut answer).await.len(), 8);
    let names: Vec<_> = answer.columns.iter().map(|c| (c.name.clone(), c.pg_type.clone())).collect();
    let promised = table
        .columns
        .iter()
        .map(|c| (c.name.clone(), crate::sources::field::pg_type_name(c.kind).to_owned()));
    assert_eq!(names, promised.collect::<Vec<_>>());
    for example in &table.examples {
        engine.prepare(&example.sql).await.unwrap_or_else(|e| panic!("{}: {e}", example.sql));
    }
}

#[tokio::test]
async fn its_name_is_offered_and_its_plan_asks_nobody() {
    let (_, engine) = World::new().engine();
    let error = engine.prepare("select * from _coverge").await.err().unwrap();
    assert_eq!(error.hints(), ["did you mean '_coverage'?"]);
    let prepared = engine.prepare("select status from _coverage").await.unwrap();
    let plan = prepared.plan();
    assert_eq!((plan.scans.len(), plan.estimate.units, plan.actions.len()), (1, 0, 0));
    assert_eq!(plan.scans[0].table, "_coverage");
}
