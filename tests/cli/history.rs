//! What was asked, how much answered and what it cost, for whoever asks later.

use crate::support::canvass::Canvass;

#[test]
fn what_was_asked_is_listed_with_what_it_cost() {
    let canvass = Canvass::new();
    assert_eq!(canvass.run(&["history", "-o", "json"]).json(), serde_json::json!([]));
    let sql = "select name, versioning_enabled from aws_s3_bucket where name like $1";
    let asked =
        canvass.demo(&["--account", "payments-*", "query", "-o", "json", "--arg", "pay%", sql]).json();
    canvass.demo(&["query", "select 1 / 0"]);
    canvass.demo(&["query", "select count(*) from aws_account"]);
    let list = canvass.run(&["history", "list", "-o", "json"]).json();
    let statements: Vec<&str> =
        list.as_array().unwrap().iter().map(|entry| entry["statement"].as_str().unwrap()).collect();
    assert_eq!(statements, ["select count(*) from aws_account", "select 1 / 0", sql]);
    assert_eq!(list[1]["complete"], false, "{list}");
    assert!(list[1]["error"].as_str().unwrap().contains("division by zero"), "{list}");
    let entry = canvass.run(&["history", "show", "1", "-o", "json"]).json();
    let cost = &asked["metadata"]["cost"];
    assert_eq!((&entry["calls"], &entry["usd"]), (&cost["calls"], &cost["usd"]), "{entry}");
    assert_eq!(entry["values"], serde_json::json!(["pay%"]));
    assert_eq!(entry["rows"], asked["rows"].as_array().unwrap().len());
    let shown = canvass.run(&["history", "show", "1"]);
    assert!(shown.stdout.contains("s3:GetBucketVersioning"), "{}", shown.stdout);
    let run = canvass.run(&["history", "show", "99"]);
    assert_eq!((run.code, run.stderr.contains("has the number 99")), (2, true), "{}", run.stderr);
}
