//! Ctrl-C, SIGTERM, and a reader that goes away: what is there is shown, and nothing else is said.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::canvass::{Canvass, Run};

const PATIENCE: Duration = Duration::from_secs(60);

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "{what}: that never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the program has said that it wants to hear of SIGTERM itself.
fn listens(child: &Child) -> bool {
    const SIGTERM: u64 = 1 << 14;
    let status = std::fs::read_to_string(Path::new("/proc").join(child.id().to_string()).join("status"));
    let caught = status
        .unwrap_or_default()
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigCgt:")?.trim(), 16).ok());
    caught.is_some_and(|caught| caught & SIGTERM != 0)
}

/// Starts the program with its log in a file, sends the signal once the log says `at`, and waits.
fn signalled(canvass: &Canvass, arguments: &[&str], at: &str, signal: &str) -> Run {
    let log = canvass.path().join("log");
    let child = canvass
        .command(&[&["-v"], arguments].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    wait_until(at, || std::fs::read_to_string(&log).unwrap().contains(at));
    send(&child, signal);
    canvass.finished(child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_finishes_over_what_is_there_and_ends_with_130() {
    let canvass = Canvass::new();
    let sql = "select count(*) as vpcs from aws_vpc where account_name in ('web-prod', 'web-staging')";
    let arguments = ["--demo", "hang=web-prod", "query", "-o", "json", "--region", "us-east-1", sql];
    // One account has answered, the other never will.
    let run = signalled(&canvass, &arguments, "unit closed", "-INT");
    assert_eq!(run.code, 130);
    let answer = run.json();
    assert!(answer["rows"][0]["vpcs"].as_u64().unwrap() > 0, "{answer}");
    let coverage = &answer["metadata"]["coverage"];
    assert_eq!((&coverage["complete"], &coverage["answered"]), (&false.into(), &1.into()));
    assert_eq!(coverage["units"][0]["fault"]["kind"], "cancelled");
    assert_eq!(coverage["units"][0]["account_name"], "web-prod");

    let kept = canvass.demo(&[
        "query",
        "-o",
        "json",
        "select account_name, status, fault from _coverage order by 1",
    ]);
    assert_eq!(kept.json()["rows"][0]["fault"], "cancelled", "{}", kept.stdout);
    assert_eq!(kept.json()["rows"][1]["status"], "answered", "{}", kept.stdout);
}

#[test]
fn a_sort_is_finished_over_what_is_there_and_sigterm_ends_with_143() {
    let canvass = Canvass::new();
    let sql = "select account_name, vpc_id from aws_vpc where account_name in ('web-prod', 'web-staging') order by vpc_id desc";
    let arguments = ["--demo", "hang=web-prod", "query", "-o", "json", "--region", "us-east-1", sql];
    let run = signalled(&canvass, &arguments, "unit closed", "-TERM");
    assert_eq!(run.code, 143);
    let answer = run.json();
    let ids: Vec<_> =
        answer["rows"].as_array().unwrap().iter().map(|r| r["vpc_id"].as_str().unwrap()).collect();
    let mut sorted = ids.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    assert!(!ids.is_empty() && ids == sorted, "{ids:?}");
    assert_eq!(answer["metadata"]["coverage"]["complete"], false);
}

#[cfg(target_os = "linux")]
#[test]
fn while_accounts_are_being_found_there_is_nothing_to_show() {
    for (arguments, signal, code, said) in [
        (&["query", "select count(*) from aws_vpc"][..], "-INT", 130, "interrupted"),
        (&["accounts"], "-TERM", 143, "terminated"),
        (&["accounts", "check"], "-INT", 130, "interrupted"),
    ] {
        let canvass = Canvass::new();
        let mut command = canvass.command(&[&["--demo=latency=30s"], arguments].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("a handler", || listens(&child));
        send(&child, signal);
        let run = canvass.finished(child.wait_with_output().unwrap());
        assert_eq!(run.code, code, "{arguments:?}");
        assert_eq!(run.stdout, "");
        assert_eq!(run.stderr, format!("error: {said} while finding the accounts\n"));
    }
}

#[test]
fn an_interrupted_check_lists_every_account() {
    let canvass = Canvass::new();
    let arguments = ["--demo", "hang=web-prod", "accounts", "check", "-o", "json"];
    let run = signalled(&canvass, &arguments, "session", "-INT");
    if run.stdout.is_empty() {
        // It came before the list of accounts was there, which is tried above.
        assert_eq!(run.code, 130);
        return;
    }
    assert_eq!(run.code, 130);
    let checks = run.json();
    let checks = checks.as_array().unwrap();
    assert_eq!(checks.len(), 20);
    let hung = checks.iter().find(|c| c["account_name"] == "web-prod").unwrap();
    assert_eq!(hung["role"]["kind"], "cancelled");
}

#[test]
fn a_second_press_ends_it_though_the_reader_does_not_read() {
    let canvass = Canvass::new();
    let mut child = canvass
        .command(&["--demo", "query", "-o", "json", "select a.*, b.vpc_id from aws_vpc a, aws_vpc b"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut first = [0; 200];
    // Output has begun; there is far more of it than a pipe holds.
    out.read_exact(&mut first).unwrap();
    let mut status = None;
    wait_until("the end", || {
        send_if_alive(&child);
        status = child.try_wait().unwrap();
        status.is_some()
    });
    assert_eq!(status.unwrap().code(), Some(130));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(!rest.ends_with("}\n"), "it was ended in the middle");
}

fn send_if_alive(child: &Child) {
    // It may end between being looked at and being signalled.
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
}

#[test]
fn a_reader_that_goes_away_is_quiet_in_every_format() {
    for format in canvass::settings::keys::OUTPUT {
        let canvass = Canvass::new();
        let mut child = canvass
            .command(&["--demo", "query", "-o", format, "select * from aws_vpc"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let run = canvass.finished(child.wait_with_output().unwrap());
        assert_eq!((run.stderr.as_str(), run.code), ("", 0), "{format}");
    }
}

#[test]
fn nobody_to_talk_to_at_all_is_no_reason_to_panic() {
    for (format, logged) in [("table", "-v"), ("json", "-vv")] {
        let canvass = Canvass::new();
        let mut child = canvass
            .command(&["--demo", logged, "query", "-o", format, "select title from aws_vpc"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{format}");
    }
}

#[test]
fn what_was_asked_for_a_reader_that_went_away_is_in_the_ledger() {
    let canvass = Canvass::new();
    let mut child = canvass
        .command(&["--demo", "query", "select title from aws_vpc"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait().unwrap();
    let kept = canvass.demo(&[
        "query",
        "-o",
        "json",
        "select count(*) as n from _coverage where status = 'answered'",
    ]);
    assert!(kept.json()["rows"][0]["n"].as_u64().unwrap() > 100, "{}", kept.stdout);
}

#[test]
fn ctrl_c_is_how_a_watch_ends() {
    let canvass = Canvass::new();
    let arguments = ["--demo", "query", "--watch", "60s", "select count(*) from aws_account"];
    let run = signalled(&canvass, &arguments, "is asked anew every", "-INT");
    assert_eq!(run.code, 130, "{}", run.stderr);
}
