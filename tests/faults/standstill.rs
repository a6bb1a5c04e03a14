//! A laptop is closed in the middle of a run, and opened again.

use std::fs::File;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::proxy::{Act, Asked, Proxy};
use super::units::VPCS;
use super::{Answer, SCOPE, canvass, clean};
use crate::support::canvass::Run;

/// Longer than what counts as a gap, and than any timeout of these runs.
const CLOSED: Duration = Duration::from_secs(4);

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
}

/// Runs the statement; stops the process for a while once `when` says so.
fn stopped(
    canvass: &crate::support::canvass::Canvass,
    sql: &str,
    when: impl Fn() -> bool,
    meanwhile: impl FnOnce(),
) -> Answer {
    let (out, err) = (canvass.path().join("stdout"), canvass.path().join("stderr"));
    let mut child = canvass
        .command(&[&SCOPE[..], &["-o", "json", "query", sql]].concat())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !when() {
        assert!(begun.elapsed() < super::DEADLINE, "it never came so far");
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "STOP");
    meanwhile();
    // What is tested is that time passes.
    std::thread::sleep(CLOSED);
    signal(&child, "CONT");
    let status = child.wait().unwrap();
    let run = Run {
        code: status.code().unwrap_or(-1),
        stdout: std::fs::read_to_string(out).unwrap(),
        stderr: std::fs::read_to_string(err).unwrap(),
    };
    Answer { code: run.code, json: run.json() }
}

#[test]
fn what_was_in_flight_is_asked_again_and_no_account_runs_out_of_time() {
    // Nothing of the first calls comes back before the lid is opened, and then only dead connections do.
    let (closed, open) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let proxy = {
        let (closed, open) = (closed.clone(), open.clone());
        Proxy::start(move |asked: &Asked| {
            if asked.service == "ec2" && !closed.load(Ordering::SeqCst) {
                open.fetch_add(1, Ordering::SeqCst);
                return Act::Hang;
            }
            Act::Pass
        })
    };
    let canvass = canvass(&proxy.endpoint)
        .env("CANVASS_CALL_TIMEOUT", "2s")
        .env("CANVASS_UNIT_TIMEOUT", "3500ms")
        // The one attempt dies with the gap: the second is free.
        .env("CANVASS_MAX_ATTEMPTS", "1");
    let answer = stopped(
        &canvass,
        VPCS.0,
        || open.load(Ordering::SeqCst) >= 3,
        || closed.store(true, Ordering::SeqCst),
    );
    assert_eq!((answer.code, answer.rows()), (0, clean(VPCS.0).rows()), "{}", answer.json);
    assert!(answer.notes().contains("this machine slept, or the process was stopped"), "{}", answer.json);
}

#[test]
fn sessions_that_ended_meanwhile_are_renewed() {
    let (closed, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let first: Arc<parking_lot::Mutex<Vec<String>>> = Arc::default();
    let proxy = {
        let (closed, seen, first) = (closed.clone(), seen.clone(), first.clone());
        Proxy::start(move |asked: &Asked| {
            if asked.service != "ec2" {
                return Act::Pass;
            }
            let key = asked.request.access_key().to_owned();
            if !closed.load(Ordering::SeqCst) {
                first.lock().push(key);
                seen.fetch_add(1, Ordering::SeqCst);
                return Act::Hang;
            }
            if first.lock().contains(&key) {
                return super::units::ec2_error(400, "RequestExpired", "Request has expired.");
            }
            Act::Pass
        })
    };
    let canvass = canvass(&proxy.endpoint).env("CANVASS_MAX_ATTEMPTS", "1");
    let answer = stopped(
        &canvass,
        VPCS.0,
        || seen.load(Ordering::SeqCst) >= 3,
        || closed.store(true, Ordering::SeqCst),
    );
    assert_eq!((answer.code, answer.rows()), (0, clean(VPCS.0).rows()), "{}", answer.json);
    let roles = proxy.asked();
    let entered = |account: &str| {
        let role = |asked: &&Asked| asked.request.form("RoleArn").is_some_and(|arn| arn.contains(account));
        roles.iter().filter(role).count()
    };
    for account in ["100000000006", "100000000007", "100000000016"] {
        assert!(entered(account) <= 2, "{account}: {}", entered(account));
    }
}

#[test]
fn a_service_that_is_slow_is_still_given_up_on_where_nothing_slept() {
    let proxy = Proxy::start(|asked| if asked.service == "ec2" { Act::Hang } else { Act::Pass });
    let canvass =
        canvass(&proxy.endpoint).env("CANVASS_CALL_TIMEOUT", "500ms").env("CANVASS_MAX_ATTEMPTS", "2");
    let (answer, took) = super::ask(&canvass, VPCS.0);
    assert_eq!(answer.code, 3);
    assert!(answer.units().iter().all(|unit| unit["fault"]["kind"] == "timeout"), "{}", answer.json);
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(!answer.notes().contains("slept"));
}
