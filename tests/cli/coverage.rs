//! What an answer left out, asked afterwards; what was known beforehand; and how much is enough.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::assert_transcript;
use crate::support::canvass::{Canvass, Run};

const VPCS: &str = "select count(*) as vpcs from aws_vpc";

fn settings(canvass: &Canvass, text: &str) {
    let folder = canvass.path().join(".config/canvass");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.yaml"), text).unwrap();
}

fn coverage(run: &Run) -> serde_json::Value {
    run.json()["metadata"]["coverage"].clone()
}

#[test]
fn the_last_answers_ledger_is_a_table_for_the_next_process() {
    let canvass = Canvass::new();
    assert_transcript(
        "coverage_table",
        &canvass,
        &[
            &["--demo", "query", "select status from _coverage"],
            &["--demo", "query", VPCS],
            &[
                "--demo",
                "query",
                "select status, fault, count(*) as units, sum(calls) as calls from _coverage group by 1, 2 order by 1, 2",
            ],
            &[
                "--demo",
                "query",
                "select account_name, region, fault, operation, code from _coverage where fault = 'scp_denied'",
            ],
            &["--demo", "query", "--explain", "select status from _coverage where calls > 1"],
            &["query", "select distinct statement, plan_id, started_at from _coverage"],
            &["query", "select * from _coverge"],
            &["tables", "what failed"],
            &["inspect", "_coverage"],
        ],
    );
}

#[test]
fn a_ledger_survives_a_process_that_is_killed_and_a_damaged_one_is_a_note() {
    let canvass = Canvass::new();
    assert_eq!(canvass.demo(&["query", VPCS]).code, 3);
    let mut killed = canvass
        .command(&["--demo", "hang=web-prod", "-v", "query", "select * from aws_vpc"])
        .stdout(Stdio::null())
        .stderr(Stdio::from(std::fs::File::create(canvass.path().join("log")).unwrap()))
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !std::fs::read_to_string(canvass.path().join("log")).unwrap().contains("unit closed") {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing was ever asked");
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let distinct = ["query", "-o", "json", "select distinct statement from _coverage"];
    assert_eq!(canvass.demo(&distinct).json()["rows"][0]["statement"], VPCS);

    std::fs::write(canvass.path().join(".local/state/canvass/coverage.arrow"), "no ledger").unwrap();
    let damaged = canvass.demo(&distinct);
    assert_eq!((damaged.code, damaged.json()["rows"].as_array().unwrap().len()), (0, 0));
    let note = damaged.json()["metadata"]["notes"][0].as_str().unwrap().to_owned();
    assert!(note.contains("cannot be read") && note.contains("~/.local/state"), "{note}");
}

#[test]
fn a_ledger_that_cannot_be_kept_is_a_note() {
    let canvass = Canvass::new();
    std::fs::create_dir_all(canvass.path().join(".local")).unwrap();
    std::fs::write(canvass.path().join(".local/state"), "a file, not a folder").unwrap();
    let run = canvass.demo(&["query", "-o", "json", VPCS]);
    assert_eq!(run.code, 3);
    let notes = run.json()["metadata"]["notes"].to_string();
    assert!(notes.contains("was not kept for _coverage"), "{notes}");
}

#[test]
fn known_gaps_are_listed_and_leave_the_answer_complete_until_they_expire() {
    let canvass = Canvass::new();
    let gaps = |bob: &str, freeze: &str| {
        format!(
            "known_gaps:\n  - {{account: sandbox-bob, reason: role not rolled out yet, expires: {bob}}}\n  \
             - {{account: mobile-*, region: ap-southeast-2, table: aws_vpc, reason: region freeze, expires: {freeze}}}\n"
        )
    };
    settings(&canvass, &gaps("2026-11-20", "2027-01-31"));
    let run = canvass.demo(&["query", "-o", "json", VPCS]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let seen = coverage(&run);
    assert_eq!((&seen["complete"], &seen["known_gaps"]), (&true.into(), &8.into()), "{seen}");
    let units = seen["units"].as_array().unwrap();
    let frozen = units.iter().find(|unit| unit["account_name"] == "mobile-staging").unwrap();
    assert_eq!(frozen["fault"]["kind"], "scp_denied");
    assert_eq!(frozen["known_gap"]["reason"], "region freeze");
    assert_eq!(frozen["known_gap"]["expires"], "2027-01-31");
    let kept = canvass.demo(&[
        "query",
        "-o",
        "json",
        "select known_gap, count(*) as n from _coverage group by 1 order by 1 nulls last",
    ]);
    assert_eq!(kept.json()["rows"][0], serde_json::json!({"known_gap": "region freeze", "n": 1}));

    settings(&canvass, &gaps("2026-11-19", "2027-01-31"));
    assert_transcript(
        "known_gaps",
        &canvass,
        &[&["--demo", "query", VPCS], &["--demo", "accounts", "check", "--account", "sandbox-*"]],
    );
    settings(&canvass, &gaps("2026-12-31", "2027-01-31"));
    let check = canvass.demo(&["accounts", "check", "--account", "sandbox-*"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    assert!(
        check.stdout.contains("known gap: role not rolled out yet (until 2026-12-31)"),
        "{}",
        check.stdout
    );
}

#[test]
fn a_project_may_hide_nothing_unless_it_is_trusted() {
    let canvass = Canvass::new();
    for text in ["known_gaps: [{account: a, reason: r, expires: 2027-01-01}]\n", "min_coverage: 0\n"] {
        std::fs::write(canvass.path().join(".canvass.yaml"), text).unwrap();
        let run = canvass.demo(&["query", VPCS]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains("is not trusted"), "{}", run.stderr);
    }
}

#[test]
fn the_operator_says_how_much_is_enough_and_complete_stays_honest() {
    let canvass = Canvass::new();
    // 124 of 132 units answer.
    for (share, code) in [("0", 0), ("0.9", 0), ("0.939", 0), ("0.94", 3), ("1", 3)] {
        let run = canvass.demo(&["--min-coverage", share, "query", "-o", "json", VPCS]);
        assert_eq!(run.code, code, "{share}");
        let seen = coverage(&run);
        assert_eq!(seen["complete"], false);
        let ratio = seen["ratio"].as_f64().unwrap();
        assert!((0.939..0.94).contains(&ratio), "{seen}");
        let notes = run.json()["metadata"]["notes"].to_string();
        assert_eq!(notes.contains("enough for min_coverage"), code == 0, "{notes}");
    }
    assert_transcript(
        "min_coverage_mistakes",
        &canvass,
        &[
            &["--demo", "--min-coverage", "98", "query", VPCS],
            &["--demo", "--min-coverage", "nan", "query", VPCS],
        ],
    );
}

#[test]
fn gaps_that_say_too_little_are_refused() {
    let canvass = Canvass::new();
    for (gap, why) in [
        ("{account: a, expires: 2027-01-01}", "it has no 'reason'"),
        ("{account: a, reason: r}", "it has no 'expires'"),
        ("{account: a, reason: r, expires: next year}", "'next year' is not a date"),
        ("{reason: r, expires: 2027-01-01}", "it names neither an account nor a region"),
    ] {
        settings(&canvass, &format!("known_gaps: [{gap}]\n"));
        let run = canvass.demo(&["query", VPCS]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(why) && run.stderr.contains("config.yaml:1"), "{}", run.stderr);
    }
}
