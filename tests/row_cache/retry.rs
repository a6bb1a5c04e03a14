//! `--retry-failed`: the last statement, completed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{calls, rows};
use crate::support::canvass::{Canvass, Run};

const COUNT: &str = "select account_name, count(*) as vpcs from aws_vpc group by 1 order by 1";
const EU: [&str; 4] = ["--region", "eu-west-1,eu-central-1", "--account", "!sandbox-bob"];

fn first(canvass: &Canvass, knobs: &str, flags: &[&str]) -> Run {
    let demo = format!("--demo={knobs}");
    canvass.run(&[&[demo.as_str()], EU.as_slice(), flags, &["query", "-o", "json", COUNT]].concat())
}

fn retry(canvass: &Canvass, flags: &[&str]) -> Run {
    canvass.run(&[&["--demo"], flags, &["query", "--retry-failed", "-o", "json"]].concat())
}

fn units(run: &Run, of: &str) -> u64 {
    run.json()["metadata"]["coverage"][of].as_u64().unwrap()
}

#[test]
fn only_what_was_denied_is_asked_and_the_answer_is_whole() {
    let truth = rows(&first(&Canvass::new().live(), "true", &[]));
    let canvass = Canvass::new().live().keeping_rows();
    let denied = first(&canvass, "deny=0.2", &[]);
    assert_eq!(denied.code, 3);
    let missing = units(&denied, "asked") - units(&denied, "answered");
    assert!(missing > 0 && units(&denied, "answered") > 0);
    // Any age will do: time passes, and the rows are older than rows of networks may be.
    let whole = retry(&canvass, &[]);
    assert_eq!((whole.code, rows(&whole)), (0, truth.clone()), "{}", whole.stderr);
    assert_eq!(units(&whole, "cached"), units(&denied, "answered"));
    assert!(calls(&whole) > 0);
    // What is whole has nothing left to ask.
    let again = retry(&canvass, &[]);
    assert_eq!((again.code, calls(&again), rows(&again)), (0, 0, truth));
}

#[test]
fn an_account_that_hung_is_asked_again_once_it_answers() {
    let truth = rows(&first(&Canvass::new().live(), "true", &[]));
    let canvass = Canvass::new().live().keeping_rows();
    let hung = first(&canvass, "hang=web-prod", &["--unit-timeout", "1s"]);
    assert_eq!(hung.code, 3);
    let hangs_still = canvass.run(&[
        "--demo=hang=web-prod",
        "--unit-timeout",
        "1s",
        "query",
        "--retry-failed",
        "-o",
        "json",
    ]);
    assert_eq!(hangs_still.code, 3);
    assert_eq!(units(&hangs_still, "cached"), units(&hung, "answered"));
    let whole = retry(&canvass, &[]);
    assert_eq!((whole.code, rows(&whole)), (0, truth));
    assert_eq!(units(&whole, "asked") - units(&whole, "cached"), 2);
}

#[test]
fn rows_that_are_not_kept_any_more_are_asked_again() {
    let canvass = Canvass::new().live().keeping_rows();
    let denied = first(&canvass, "deny=0.2", &[]);
    assert_eq!(canvass.run(&["cache", "clear"]).code, 0);
    let whole = retry(&canvass, &[]);
    assert_eq!((whole.code, units(&whole, "cached")), (0, 0));
    assert!(calls(&whole) >= units(&denied, "asked"));
}

#[test]
fn without_a_last_answer_or_with_another_scope_it_refuses() {
    let canvass = Canvass::new().live().keeping_rows();
    let said = |run: &Run| run.stderr.lines().next().unwrap_or_default().to_owned();
    let none = retry(&canvass, &[]);
    assert_eq!((none.code, said(&none).as_str()), (2, "error: there is no last answer to complete"));
    assert_eq!(first(&canvass, "seed=2", &[]).code, 0);
    assert_eq!(retry(&canvass, &[]).code, 2, "another organization's statement is none of this one's");
    assert_eq!(first(&canvass, "true", &[]).code, 0);
    let narrowed = retry(&canvass, &["--region", "us-*"]);
    assert_eq!(
        (narrowed.code, said(&narrowed).as_str()),
        (2, "error: --retry-failed asks in the scope of the last statement")
    );
    assert_eq!(retry(&canvass, &["--fresh"]).code, 2);
    assert_eq!(retry(&canvass, &["--cached"]).code, 2);
    assert_eq!(canvass.demo(&["query", "--retry-failed", "select 1"]).code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn what_ctrl_c_left_out_is_asked_later() {
    let truth = rows(&first(&Canvass::new().live(), "true", &[]));
    let canvass = Canvass::new().live().keeping_rows();
    let child = canvass
        .command(&[&["--demo=hang=web-prod", "-v"], EU.as_slice(), &["query", "-o", "json", COUNT]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(std::fs::File::create(canvass.path().join("log")).unwrap()))
        .spawn()
        .unwrap();
    let log = || std::fs::read_to_string(canvass.path().join("log")).unwrap();
    let started = Instant::now();
    // Everybody but the one that hangs.
    while log().matches("unit closed").count() < 30 {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", log());
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let cut = canvass.finished(child.wait_with_output().unwrap());
    assert_eq!(cut.code, 130);
    let whole = retry(&canvass, &[]);
    assert_eq!((whole.code, rows(&whole)), (0, truth));
    assert_eq!(units(&whole, "cached"), units(&cut, "answered"));
}
