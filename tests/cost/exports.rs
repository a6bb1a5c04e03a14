//! Exports that DuckDB wrote: what is read of them comes to what DuckDB says.

use serde_json::Value;

use super::{rows, text};
use crate::support::canvass::{Canvass, Run};
use crate::support::venv;

fn ask(sql: &str) -> Run {
    let run = Canvass::new().demo(&["query", "-o", "json", sql]);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    run
}

/// Key, sum and count of each row.
fn sums(sql: &str) -> Vec<Vec<String>> {
    let row = |row: &Value| ["key", "cost", "lines"].iter().map(|name| text(&row[*name])).collect();
    rows(&ask(sql)).iter().map(row).collect()
}

fn expected(told: &Value, what: &str) -> Vec<Vec<String>> {
    let row = |row: &Value| row.as_array().unwrap().iter().map(text).collect();
    told[what].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn sums_of_every_kind_of_export_are_those_of_the_one_who_wrote_it() {
    let Some(python) = venv::python("duckdb") else { return };
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let told = python.json("write_exports.py", &[place]);
    let group = |key: &str, cost: &str, path: &str| {
        sums(&format!(
            "select {key} as key, sum({cost})::text as cost, count(*) as lines from aws_cur where path = '{place}/{path}' group by 1 order by 1"
        ))
    };
    assert_eq!(group("billing_period", "line_item_blended_cost", "cur2"), expected(&told, "by_period"));
    // Doubles are read as the shortest digits that they are: those that were written.
    assert_eq!(
        group("line_item_line_item_type", "line_item_unblended_cost", "cur2"),
        expected(&told, "by_type")
    );
    assert_eq!(
        group("line_item_line_item_type", "line_item_unblended_cost", "legacy"),
        expected(&told, "by_type")
    );
    assert_eq!(group("region", "line_item_unblended_cost", "focus"), expected(&told, "by_region"));
    assert_eq!(group("product_region_code", "effective_cost", "focus.parquet"), expected(&told, "by_region"));
    for (path, key) in [("cur2", "user_team"), ("legacy", "user_team")] {
        let tagged = rows(&ask(&format!(
            "select count(*) as tagged from aws_cur where path = '{place}/{path}' and resource_tags ->> '{key}' is not null"
        )));
        assert_eq!(tagged[0]["tagged"], told["tagged"], "{path}");
    }
    // Instants of each kind are read, and a line break in a text ends no row.
    let kinds = rows(&ask(&format!(
        "select format, min(line_item_usage_start_date) as first, count(line_item_usage_start_date) as dated from aws_cur where path in ('{place}/cur2', '{place}/legacy', '{place}/focus', '{place}/focus.parquet') group by format order by format"
    )));
    let shown: Vec<String> =
        kinds.iter().map(|row| format!("{} {} {}", row["format"], row["first"], row["dated"])).collect();
    assert_eq!(kinds.len(), 3, "{shown:?}");
    assert!(shown.iter().all(|row| row.contains("2026-10-01")), "{shown:?}");
    assert!(shown[2].ends_with("40000"), "{shown:?}");
}

#[test]
fn a_period_is_pruned_by_its_folder_and_exports_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let header = "lineItem/UsageAccountId,lineItem/UnblendedCost,lineItem/UsageStartDate\n";
    for (path, body) in [
        ("a/20260901-20261001/x/a-1.csv", format!("{header}100000000001,1.10,2026-09-02T00:00:00Z\n")),
        // Broken, and nobody asks for it.
        ("a/20261001-20261101/x/a-1.csv", format!("{header}100000000001\n")),
        ("b/20261001-20261101/x/b-1.csv", format!("{header}100000000001,2,2026-10-02T00:00:00Z\n")),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, body).unwrap();
    }
    let month = |predicate: &str| {
        Canvass::new().demo(&[
            "query",
            "-o",
            "json",
            &format!("select sum(line_item_unblended_cost)::text as cost from aws_cur where path = '{place}/a' and {predicate}"),
        ])
    };
    assert_eq!(text(&rows(&month("billing_period = '2026-09'"))[0]["cost"]), "1.10");
    assert_eq!(month("bill_billing_period_start_date < '2026-10-01' and billing_period < '2026-10'").code, 0);
    let broken = month("billing_period >= '2026-09'");
    assert_eq!(broken.code, 3);
    assert!(broken.snapshot().contains("a row has 1 values where the header has 3"), "{}", broken.snapshot());
    assert_eq!(text(&rows(&broken)[0]["cost"]), "1.10");
    let both =
        Canvass::new().demo(&["query", &format!("select count(*) from aws_cur where path = '{place}'")]);
    assert_eq!(both.code, 3);
    assert!(both.snapshot().contains("2 exports lie here"), "{}", both.snapshot());
}
