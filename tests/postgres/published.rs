//! A folder of statements, one a file, over tables described by a file of DDL: which of those that
//! PostgreSQL plans canvass plans too, and which answer the same.
//!
//! ```text
//! CANVASS_TEST_CORPUS=/folder CANVASS_TEST_SCHEMA=/tables.sql \
//!     cargo test --test all postgres::published -- --nocapture
//! ```
//!
//! `CANVASS_TEST_ANSWERS=/folder` runs those that stand over the demo's tables on both sides, and compares the
//! answers, where both have one.
//!
//! Every line of `/tables.sql` is `create table NAME ("column" type, ...);`. `CANVASS_TEST_REPORT` names a
//! file that gets what was not planned, with reasons.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canvass::catalog::table::SourceKind;
use canvass::engine::{Engine, EngineParts, SourceSet};
use canvass::store::LastAnswer;
use canvass::store::statistics::Statistics;

use super::schema::{Described, Empty};
use super::wire::Connection;
use super::world::World;

#[test]
fn published_statements_are_planned() {
    let (Some(corpus), Some(ddl)) =
        (std::env::var_os("CANVASS_TEST_CORPUS"), std::env::var_os("CANVASS_TEST_SCHEMA"))
    else {
        return;
    };
    let Some(world) = World::shared() else { return };
    let ddl = fs::read_to_string(ddl).unwrap();
    let engine = Engine::new(EngineParts {
        settings: world.demo().settings.clone(),
        catalog: Arc::new(Described::read(&ddl)),
        directory: world.demo().directory.clone(),
        sources: SourceSet::default().with(SourceKind::Api, Arc::new(Empty)),
        operations: Arc::new(|_| None),
        last_answer: LastAnswer::of(&world.demo().settings.paths),
        tally: world.demo().aws.tally(),
        statistics: Statistics::none(),
    });
    let mut postgres = world.connect();
    for statement in ["create schema published", "set search_path = published, public, pg_catalog"] {
        postgres.query(statement).unwrap();
    }
    postgres.query(&ddl.replace("create extension if not exists ltree;", "")).unwrap();

    let mut files = Vec::new();
    crate::support::corpus::gather(Path::new(&corpus), &mut files);
    files.sort();
    let mut report = String::new();
    let mut totals: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut times: Vec<Duration> = Vec::new();
    for file in &files {
        let sql = fs::read_to_string(file).unwrap();
        let sql = sql.trim().trim_end_matches(';');
        let folder =
            file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let total = totals.entry(folder).or_default();
        total[0] += 1;
        let theirs = planned_by_postgres(&mut postgres, sql);
        let started = Instant::now();
        let ours = world.plan(&engine, sql);
        times.push(started.elapsed());
        total[1] += usize::from(theirs.is_ok());
        total[2] += usize::from(ours.is_ok());
        match (ours, theirs) {
            (Err(error), Ok(())) => {
                report.push_str(&format!(
                    "== {}\n{sql}\n-- {}\n\n",
                    file.display(),
                    error.replace('\n', "\n-- ")
                ));
            }
            (Ok(()), Err(error)) => {
                report.push_str(&format!(
                    "== {} is planned, not by PostgreSQL: {error}\n{sql}\n\n",
                    file.display()
                ));
            }
            _ => {}
        }
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    for (folder, [all, theirs, ours]) in totals {
        eprintln!("{folder}: {all} statements, PostgreSQL plans {theirs}, canvass {ours}");
    }
    eprintln!("median {median:?}, slowest {:?}", times.last().copied().unwrap_or_default());
    if let Some(path) = std::env::var_os("CANVASS_TEST_REPORT") {
        fs::write(path, report).unwrap();
    }
}

#[test]
fn published_statements_are_answered_alike() {
    let Some(corpus) = std::env::var_os("CANVASS_TEST_ANSWERS") else { return };
    let Some(world) = World::shared() else { return };
    let mut files = Vec::new();
    crate::support::corpus::gather(Path::new(&corpus), &mut files);
    files.sort();
    let mut postgres = world.connect();
    let (mut alike, mut filled, mut alone, mut wrong) = (0, 0, 0, Vec::new());
    for file in &files {
        let sql = fs::read_to_string(file).unwrap();
        let sql = sql.trim().trim_end_matches(';');
        // The others stand over tables that the demo does not answer.
        let Ok(theirs) = super::ask_postgres(&mut postgres, sql, &[]) else { continue };
        let Ok(ours) = world.canvass(sql, &[]) else {
            alone += 1;
            continue;
        };
        filled += usize::from(!theirs.rows.is_empty());
        // Most order by what is not unique; the order of ties is nobody's.
        match ours.difference(&theirs, false) {
            None => alike += 1,
            Some(difference) => wrong.push(format!("{}\n{sql}\n  {difference}", file.display())),
        }
    }
    println!("{alike} answered alike ({filled} with rows), {} not, {alone} by PostgreSQL alone", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn planned_by_postgres(postgres: &mut Connection, sql: &str) -> Result<(), String> {
    // PREPARE analyses and takes parameters; what it would run is planned by EXPLAIN otherwise.
    let done = postgres.query(&format!("prepare asked as {sql}"));
    let _ = postgres.query("deallocate asked");
    done.map(|_| ()).map_err(|e| e.message)
}
