//! How fast and for how long: quotas that others share, and a deadline for the whole statement.

use std::time::{Duration, Instant};

use crate::support::canvass::Canvass;

/// A call for each account, of a quota that the whole organization shares.
const OF_TEAMS: &str = "select count(*) as vpcs from aws_vpc where account_tags ->> 'team' is not null";

#[test]
fn a_run_that_the_pace_held_up_says_which_quota_and_which_flag() {
    let paced = Canvass::new().demo(&["--pace", "0.05", "query", "--region", "us-east-1", OF_TEAMS]);
    let note = paced.stdout.lines().find(|line| line.starts_with("note: paced: ")).unwrap_or_default();
    assert!(note.contains(":ListTagsForResource at 5/s for the organization for "), "{}", paced.stdout);
    assert!(note.contains("--pace is the share of AWS's quota to use, now 0.05"), "{}", paced.stdout);
    let begun = Instant::now();
    let unpaced = Canvass::new().demo(&["--pace", "off", "query", "--region", "us-east-1", OF_TEAMS]);
    assert!(!unpaced.stdout.contains("paced:"), "{} {:?}", unpaced.stdout, begun.elapsed());
    assert_eq!(paced.stdout.lines().nth(1), unpaced.stdout.lines().nth(1));
    assert_eq!(paced.code, unpaced.code);
}

#[test]
fn a_service_that_takes_less_than_is_published_is_asked_slower_and_loses_nothing() {
    let sql = "select count(*) as roles, count(inline_policies) as inline from aws_iam_role";
    let scope = ["--account", "payments-prod", "-o", "json", "query", sql];
    let quick = Canvass::new().run(&[&["--demo", "resources=6", "--pace", "1"], &scope[..]].concat());
    let slow =
        Canvass::new().run(&[&["--demo", "resources=6,quota=20/5", "--pace", "1"], &scope[..]].concat());
    let (quick, slow) = (quick.json(), slow.json());
    assert_eq!(slow["metadata"]["coverage"]["complete"], true, "{slow}");
    assert_eq!(slow["rows"], quick["rows"]);
}

#[test]
fn a_deadline_prints_what_is_there_and_ends_with_3() {
    let begun = Instant::now();
    let deadline = ["--demo", "hang=web-prod", "--deadline", "6s"];
    let sql = "select account_name, count(*) as vpcs from aws_vpc group by 1 order by 1";
    let scope = ["--account", "web-*", "--region", "us-east-1"];
    let run = Canvass::new().run(&[&deadline[..], &["query"], &scope, &[sql]].concat());
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stdout.contains("web-staging"), "{}", run.stdout);
    assert!(run.stdout.contains("✗ cancelled: web-prod"), "{}", run.stdout);
    assert!(run.stdout.contains("the run's deadline of 6s passed"), "{}", run.stdout);
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}

#[test]
fn a_deadline_that_passes_before_anybody_is_asked_says_what_to_do() {
    let demo = ["--demo=accounts=300,latency=400ms", "--deadline", "1s"];
    let run = Canvass::new().run(&[&demo[..], &["query", "select count(*) from aws_vpc"]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("deadline of 1s passed while finding the accounts"), "{}", run.stderr);
    assert!(run.stderr.contains("canvass accounts"), "{}", run.stderr);
}
