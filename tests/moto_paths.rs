//! The most asked tables over what moto was given, column by column: boto3 makes the calls that a table
//! declares, another reading of its paths takes the values out of boto3's responses, and they are compared.
//! `moto_tables` compares fewer tables with readings that know nothing of our paths.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use canvass::catalog::Catalog;
use canvass::catalog::table::{ColumnType, KeyUse, Origin, Require, SourceKind, Table, Value};
use serde_json::{Map, Value as Json, json};

use crate::support::canvass::Canvass;
use crate::support::moto::Moto;
use crate::support::venv;

const AT_ONCE: usize = 4;

/// Columns that moto makes up anew for every answer.
const MOVING: [&str; 4] = [
    "aws_efs_file_system.size_in_bytes",
    "aws_rds_db_cluster.latest_restorable_time",
    "aws_rds_db_instance.latest_restorable_time",
    "aws_redshift_cluster.logging_status",
];

/// Its rows are regions, of which one is asked here; `moto_tables` compares them all.
const ELSEWHERE: &str = "aws_region";

/// Columns that are a plain part of a response; what is computed, or made of several parts, is judged
/// elsewhere.
fn plain_columns(table: &Table) -> Vec<&str> {
    let plain = |column: &&canvass::catalog::table::Column| {
        let is_part = match &column.value {
            Value::Path { origin: Origin::Row | Origin::Detail(_), path }
            | Value::TagsMap { origin: Origin::Row | Origin::Detail(_), path, .. } => {
                !path.starts_with('^') && !path.contains("[@]")
            }
            _ => false,
        };
        let bare = column.transforms.is_empty() && column.fallback.is_none() && column.default.is_none();
        // What does not fit its type is null, with a word.
        is_part && bare && !matches!(column.kind, ColumnType::Inet | ColumnType::Cidr)
    };
    table.columns.iter().filter(plain).map(|column| column.name.as_str()).collect()
}

fn can_be_listed(table: &Table) -> bool {
    let mut keys = table.key_columns.iter().filter(|key| key.used_in == KeyUse::List);
    table.source == SourceKind::Api
        && table.unavailable.is_none()
        && !table.list.is_empty()
        && keys.all(|key| key.require == Require::Optional)
}

/// The rows, without the columns that moto lacks a call for; `None` where it lacks the list.
fn rows(moto: &Moto, table: &Table, columns: &mut Vec<&str>) -> Option<Json> {
    let canvass = Canvass::new()
        .env("AWS_ENDPOINT_URL", &moto.endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("CANVASS_HUB_ROLE", "none")
        .env("CANVASS_MEMBER_ROLE", "none")
        .env("CANVASS_MAX_ATTEMPTS", "1");
    let named: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    let sql = format!("select {} from {}", named.join(", "), table.name);
    let run = canvass.run(&["query", "-o", "json", "--region", "us-east-1", &sql]);
    assert!(matches!(run.code, 0 | 3), "{sql}: {}", run.stderr);
    let answer = run.json();
    let units = answer["metadata"]["coverage"]["units"].as_array().unwrap();
    if units.iter().any(|unit| unit["fault"].is_object()) {
        return None;
    }
    let unknown = units.iter().flat_map(|unit| unit["unknown"].as_array().into_iter().flatten());
    let unknown: Vec<&Json> =
        unknown.flat_map(|line| line["columns"].as_array().into_iter().flatten()).collect();
    columns.retain(|column| !unknown.iter().any(|name| *name == column));
    Some(answer["rows"].clone())
}

#[test]
fn plain_columns_are_what_boto3_reads_at_their_paths() {
    let Some(moto) = Moto::own("moto, of the most asked tables") else { return };
    let Some(python) = venv::python("boto3, of the most asked tables") else { return };
    let seeded = python.json("seed_tables.py", &[&moto.endpoint()]);
    assert_eq!(seeded["refused"], json!([]), "{seeded:#}");
    let catalog = Catalog::builtin().unwrap();
    let tables: Vec<_> = catalog
        .table_names()
        .into_iter()
        .filter_map(|name| catalog.table(name))
        .filter(|table| table.tier == 1 && table.name != ELSEWHERE && can_be_listed(table))
        .collect();

    let (next, given) = (AtomicUsize::new(0), Mutex::new(Map::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(table) = tables.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut columns = plain_columns(table);
                    let Some(rows) = rows(&moto, table, &mut columns) else { continue };
                    let one = json!({"table": &**table, "columns": columns, "rows": rows});
                    given.lock().unwrap().insert(table.name.clone(), one);
                }
            });
        }
    });

    let mut judge =
        python.script("read_paths.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = json!({"endpoint": moto.endpoint(), "tables": given.into_inner().unwrap()});
    judge.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    let verdict: Json = serde_json::from_slice(&output.stdout).unwrap();
    let compared: BTreeMap<String, (usize, usize)> =
        serde_json::from_value(verdict["compared"].clone()).unwrap();
    let is_known = |text: &str| MOVING.iter().any(|column| text.starts_with(&format!("{column}:")));
    let wrong: Vec<&str> = verdict["wrong"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_str)
        .filter(|w| !is_known(w))
        .collect();
    let filled = compared.values().filter(|(rows, _)| *rows > 0).count();
    let columns: usize = compared.values().filter(|(rows, _)| *rows > 0).map(|(_, columns)| columns).sum();
    let summary = format!("{filled} tables with rows, {columns} columns; skipped: {:#}", verdict["skipped"]);
    assert!(wrong.is_empty(), "{}\n{summary}", wrong.join("\n"));
    assert!(filled >= 50 && columns >= 1100, "{summary}");
}
