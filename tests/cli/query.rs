//! `canvass query`: answers, forms, plans, where a statement comes from.

use super::{assert_statements, assert_transcript};
use crate::support::canvass::{Canvass, assert_snapshot, assert_text, transcript};

const STAGING: &str = "select account_name, region, count(*) as instances from aws_ec2_instance \
                       where instance_state = 'running' group by 1, 2 order by 1, 2";
const BUCKETS: &str = "select name, region, block_public_acls, tags from aws_s3_bucket order by name";

#[test]
fn a_complete_answer_ends_well() {
    let run = Canvass::new().demo(&["query", "--tag", "env=staging", "--region", "eu-*", STAGING]);
    assert_snapshot("query_complete", &run);
    assert_eq!(run.code, 0);
}

#[test]
fn an_incomplete_answer_names_who_is_missing_and_ends_with_3() {
    let run = Canvass::new().demo(&[
        "query",
        "--region",
        "ap-southeast-2,eu-north-1",
        "select count(*) from aws_vpc",
    ]);
    assert_snapshot("query_incomplete", &run);
    assert_eq!(run.code, 3);
}

#[test]
fn an_answer_as_json() {
    let scope = ["--account", "payments-staging,sandbox-bob", "--region", "us-east-1", "-o", "json"];
    let run = Canvass::new().demo(&[["query", BUCKETS].as_slice(), &scope].concat());
    assert_snapshot("query_json", &run);
    let answer = run.json();
    assert_eq!(answer["schema_version"], 1);
    assert_eq!(answer["metadata"]["coverage"]["complete"], false);
    assert_eq!(answer["metadata"]["session_policy"], "attached");
}

#[test]
fn an_answer_in_lines() {
    let run = Canvass::new().demo(&["query", "--account", "payments-staging", "-o", "line", BUCKETS]);
    assert_snapshot("query_line", &run);
}

#[test]
fn a_plan_for_a_person() {
    let sql =
        "select account_name, name, block_public_acls from aws_s3_bucket where account_name like 'pay%'";
    assert_snapshot("explain", &Canvass::new().demo(&["query", "--explain", sql]));
}

#[test]
fn a_plan_as_json() {
    let sql = "select count(*) from aws_vpc where region = 'eu-west-1'";
    let run = Canvass::new().demo(&["query", "--explain", "-o", "json", sql]);
    assert_snapshot("explain_json", &run);
    assert_eq!(run.json()["scans"][0]["table"], "aws_vpc");
}

#[test]
fn each_flag_of_the_scope_narrows_it() {
    let accounts = "select distinct account_name from aws_vpc order by 1";
    let places = "select distinct account_name, region from aws_vpc order by 1, 2";
    assert_transcript(
        "scope",
        &Canvass::new(),
        &[
            &["--demo", "query", "--account", "100000000006", accounts],
            &["--demo", "query", "--account", "payments-*", accounts],
            &["--demo", "query", "--ou", "Prod", accounts],
            &[
                "--demo",
                "query",
                "--ou",
                "Root/Workloads",
                "--account",
                "!*-dev,!*-prod",
                "--region",
                "us-*",
                accounts,
            ],
            &["--demo", "query", "--tag", "env=staging", "--tag", "team=w*", accounts],
            &["--demo", "query", "--region", "eu-*", "--region", "!eu-west-1", "--account", "web-*", places],
        ],
    );
}

#[test]
fn a_statement_comes_from_a_file_or_from_standard_input() {
    let canvass = Canvass::new();
    std::fs::write(canvass.path().join("one.sql"), "\u{feff}select 1 as one;\n").unwrap();
    std::fs::write(canvass.path().join("latin.sql"), b"select 'Z\xfcrich'").unwrap();
    let mut runs: Vec<(&[&str], _)> = Vec::new();
    let files: &[&[&str]] = &[
        &["--demo", "query", "-f", "one.sql"],
        &["--demo", "query", "-f", "latin.sql"],
        &["--demo", "query", "-f", "missing.sql"],
        &["--demo", "query", "-f", "."],
        &["--demo", "query", ""],
    ];
    for typed in files {
        runs.push((typed, canvass.run(typed)));
    }
    let typed: &[&str] = &["--demo", "query", "-"];
    for text in ["select 1 as one", "\u{feff}select 1 as one", ""] {
        runs.push((typed, canvass.told(typed, text.as_bytes())));
    }
    runs.push((
        &["--demo", "query", "-f", "-"],
        canvass.told(&["--demo", "query", "-f", "-"], b"select 2 as two"),
    ));
    assert_text("statement_sources", &transcript(runs));
}

#[test]
fn statements_that_ask_no_account() {
    assert_statements(
        "statements_without_tables",
        &[
            "select 1",
            "select 1 as a, 2 as a, null as \"B\";",
            "values (1)",
            "select now()",
            "select 0.1 + 0.2 = 0.3",
        ],
    );
}

#[test]
fn an_answer_that_fails_midway_is_still_a_json_document() {
    let sql = "select 1 / (size - size) from aws_ebs_volume";
    let run = Canvass::new().demo(&["query", "-o", "json", sql]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["error"], "the query failed: division by zero");
    assert_eq!(run.stderr, "error: the query failed: division by zero\n");
}

#[test]
fn verbose_tells_of_units_and_sessions_and_twice_of_calls() {
    let sql = "select title from aws_vpc";
    let said = |flag: &str| {
        let run =
            Canvass::new().demo(&[flag, "query", "--account", "web-prod", "--region", "eu-west-1", sql]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stderr
    };
    let (once, twice) = (said("-v"), said("-vv"));
    assert!(
        once.contains("unit closed table=\"aws_vpc\" account=\"100000000016\" region=\"eu-west-1\""),
        "{once}"
    );
    assert!(once.contains("assumed role=\"arn:aws:iam::100000000016:role/ReadOnlyQueryRole\""), "{once}");
    assert!(
        !once.contains("ec2:DescribeVpcs") && twice.contains("operation=\"ec2:DescribeVpcs\""),
        "{twice}"
    );
    // Neither a key nor a token is ever told.
    assert!(!twice.contains("AKIA") && !twice.contains("ASIA") && !twice.contains("token"), "{twice}");
}

#[test]
fn colour_is_there_when_asked_for_and_nowhere_else() {
    let sql = "select nme from aws_vpc";
    let colored = |arguments: &[&str]| Canvass::new().run(arguments).stderr.contains("\x1b[");
    assert!(colored(&["--demo", "--color", "always", "query", sql]));
    assert!(!colored(&["--demo", "query", sql]));
    assert!(!colored(&["--demo", "--color", "never", "query", sql]));
    let table = Canvass::new().demo(&["--color", "always", "query", "select 1"]).stdout;
    assert!(table.contains("\x1b[2m1 row"), "{table:?}");
}
