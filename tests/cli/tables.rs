//! `canvass tables` and `canvass inspect`.

use super::assert_transcript;
use crate::support::canvass::{Canvass, assert_snapshot};

#[test]
fn tables_are_listed_and_found() {
    let canvass = Canvass::new();
    let all = canvass.run(&["tables"]);
    assert_eq!(all.code, 0);
    for table in ["aws_account", "aws_ec2_instance", "aws_vpc_security_group"] {
        assert!(all.stdout.contains(&format!("\n  {table} ")), "{}", all.stdout);
    }
    let found = canvass.run(&["tables", "bucket"]).stdout;
    assert!(found.contains("\naws_s3_bucket ") && !found.contains("aws_vpc "), "{found}");
}

#[test]
fn tables_as_json() {
    let tables = Canvass::new().run(&["tables", "-o", "json"]).json();
    let volume = tables.as_array().unwrap().iter().find(|t| t["name"] == "aws_ebs_volume").unwrap();
    assert_eq!(volume["scope"], "regional");
    assert_eq!(volume["service"], "ec2");
}

#[test]
fn a_table_is_inspected() {
    let run = Canvass::new().run(&["inspect", "aws_ebs_volume"]);
    assert_snapshot("inspect", &run);
    assert_eq!(Canvass::new().run(&["inspect", "AWS.aws_ebs_volume"]).stdout, run.stdout);
}

#[test]
fn a_table_inspected_as_json() {
    let run = Canvass::new().run(&["inspect", "aws_region", "-o", "json"]);
    assert_eq!(run.json()["name"], "aws_region");
    assert_snapshot("inspect_json", &run);
}

#[test]
fn a_table_that_is_not_there() {
    assert_transcript(
        "unknown_tables",
        &Canvass::new(),
        &[&["inspect", "aws_ec2_instnce"], &["inspect", "nothing"], &["tables", "zzqx"]],
    );
}
