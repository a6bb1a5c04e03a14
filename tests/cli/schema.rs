//! What `-o json` prints is what `canvass schema` says it prints, as a validator of others sees it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Map, Value, json};

use crate::support::canvass::Canvass;
use crate::support::venv;

/// Documents by the name of their schema, from complete, incomplete, failed and empty runs.
fn documents() -> BTreeMap<&'static str, Vec<Value>> {
    let canvass = Canvass::new();
    let demo = |arguments: &[&str]| canvass.run(&[&["--demo", "-o", "json"], arguments].concat()).json();
    let demo_in = |knobs: &str, arguments: &[&str]| {
        canvass.run(&[&[&format!("--demo={knobs}"), "-o", "json"], arguments].concat()).json()
    };
    let answers = [
        demo(&["query", "select * from aws_vpc"]),
        demo(&["--timing", "query", "select name, versioning_enabled, now() from aws_s3_bucket"]),
        demo(&["query", "select 1 as a, 2 as a, null, array[1, null]"]),
        demo(&["query", "select title from aws_ebs_volume limit 1"]),
        demo(&["query", "select 1 / (size - size) from aws_ebs_volume"]),
        canvass
            .run(&[
                "--demo",
                "throttle=0.25,deny=0.1",
                "-o",
                "json",
                "query",
                "select name, versioning_enabled from aws_s3_bucket",
            ])
            .json(),
    ];
    assert!(answers[5]["metadata"]["coverage"]["units"].as_array().unwrap().len() > 3);
    BTreeMap::from([
        ("answer", answers.to_vec()),
        ("accounts", vec![demo(&["accounts"])]),
        ("accounts-check", vec![demo(&["accounts", "check"])]),
        ("accounts-tree", vec![demo(&["accounts", "tree"])]),
        ("config-import", vec![config_import(&canvass)]),
        ("config-path", vec![demo(&["config", "path"])]),
        ("config-show", vec![demo(&["--region", "eu-*", "config", "show"])]),
        ("doctor", vec![demo(&["doctor"])]),
        (
            "explain",
            vec![
                demo(&[
                    "query",
                    "--explain",
                    "select * from aws_s3_bucket where account_name = 'web-prod' limit 3",
                ]),
                demo(&[
                    "query",
                    "--explain",
                    "select o.key from aws_s3_bucket b join aws_s3_object o on o.bucket_name = b.name",
                ]),
                demo(&["query", "--explain", "select status from aws_ecs_cluster"]),
            ],
        ),
        ("inspect", vec![demo(&["inspect", "aws_s3_bucket"]), demo(&["inspect", "aws_region"])]),
        (
            "selftest",
            vec![
                demo(&["doctor", "--selftest", "--table", "aws_s3_bucket"]),
                demo_in("deny=0.5,seed=3", &["doctor", "--selftest", "--table", "aws_s3_bucket"]),
            ],
        ),
        ("tables", vec![demo(&["tables"])]),
        ("tables-check", vec![table_check(&canvass, "service: ec2"), table_check(&canvass, "servise: ec3")]),
    ])
}

/// An account that can be carried over, and one that cannot.
fn config_import(canvass: &Canvass) -> Value {
    let accounts = "accounts:\n- {account_id: '111122223333', role: 'arn:aws:iam::111122223333:role/R'}\n- {account_id: x}\n";
    std::fs::write(canvass.path().join("accounts.yml"), accounts).unwrap();
    canvass.run(&["config", "import", "--from", "c7n-org", "-o", "json"]).json()
}

/// What is said of the table that CONTRIBUTING.md shows, with one line as given.
fn table_check(canvass: &Canvass, line: &str) -> Value {
    let page = include_str!("../../CONTRIBUTING.md");
    let table = page.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let file = canvass.path().join("checked.yaml");
    std::fs::write(&file, table.replace("service: ec2", line)).unwrap();
    canvass.run(&["tables", "check", "-o", "json", file.to_str().unwrap()]).json()
}

#[test]
fn every_document_is_what_its_schema_says() {
    let Some(python) = venv::python("jsonschema") else { return };
    let canvass = Canvass::new();
    let named = canvass.run(&["schema", "nosuch"]).stderr;
    let mut given = Map::new();
    for (name, documents) in documents() {
        assert!(named.contains(name), "{named}");
        let schema: Value = canvass.run(&["schema", name]).json();
        given.insert(name.to_owned(), json!({"schema": schema, "documents": documents}));
    }
    let count = named.lines().find_map(|line| line.split_once("one of: ")).unwrap().1.split(", ").count();
    assert_eq!(count, given.len(), "a document that nobody looks at: {named}");

    let judged = |given: &Map<String, Value>| -> Vec<String> {
        let mut child =
            python.script("validate.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(Value::from(given.clone()).to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(judged(&given), Vec::<String>::new());

    // The judge sees a mistake where there is one.
    let wrong = &mut given["answer"]["documents"][0];
    wrong["metadata"]["coverage"]["asked"] = json!(-1);
    wrong["metadata"]["surprise"] = json!(true);
    assert_eq!(judged(&given).len(), 2);
}

#[test]
fn the_answer_is_the_schema_printed_first() {
    let canvass = Canvass::new();
    assert_eq!(canvass.run(&["schema"]).stdout, canvass.run(&["schema", "answer"]).stdout);
    let run = canvass.run(&["schema", "-o", "csv"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (2, "error: a schema has no csv form\nhint: it has -o json\n")
    );
}
