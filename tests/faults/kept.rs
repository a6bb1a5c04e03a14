//! Sessions kept between processes, seen through the whole program.

use std::collections::HashSet;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::proxy::{Act, Asked, Proxy};
use super::units::{QUEUES, VPCS, ec2_error, query_error};
use super::{SCOPE, ask, canvass, clean};

fn assumed(proxy: &Proxy) -> usize {
    count(proxy, "AssumeRole")
}

fn count(proxy: &Proxy, operation: &str) -> usize {
    proxy.asked().iter().filter(|asked| asked.operation == operation).count()
}

#[test]
fn a_second_run_assumes_no_role() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint);
    let (first, _) = ask(&canvass, VPCS.0);
    let (roles, callers) = (assumed(&proxy), count(&proxy, "GetCallerIdentity"));
    assert!(roles >= 4 && callers == 1, "{roles} {callers}");
    let (second, _) = ask(&canvass, VPCS.0);
    assert_eq!((second.code, second.rows()), (0, first.rows()));
    assert_eq!((assumed(&proxy), count(&proxy, "GetCallerIdentity")), (roles, callers));
    assert_eq!(second.json["metadata"]["session_policy"], "attached");

    // Another plan needs other actions: its members are entered anew, the hub is not.
    ask(&canvass, QUEUES.0);
    assert_eq!(assumed(&proxy), roles + 3);
    let (fresh, _) = super::run(&canvass, &[&SCOPE[..], &["--fresh", "query", QUEUES.0]].concat());
    assert_eq!((fresh.code, assumed(&proxy)), (0, roles + 3), "{}", fresh.stderr);
}

#[test]
fn nothing_is_kept_where_the_operator_says_so() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint).env("CANVASS_CREDENTIAL_CACHE", "memory");
    ask(&canvass, VPCS.0);
    let roles = assumed(&proxy);
    ask(&canvass, VPCS.0);
    assert!(assumed(&proxy) > roles);
    assert!(!canvass.path().join(".cache/canvass/sessions").exists());
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint);
    ask(&canvass, VPCS.0);
    let folder = canvass.path().join(".cache/canvass/sessions");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!((1..=8).contains(&files.len()), "{files:?}");
    let secret = canvass::demo::base_credentials().secret_access_key;
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        assert!(!fs::read_to_string(&file).unwrap().contains(secret));
    }
}

#[test]
fn sessions_that_were_made_void_are_opened_once_more() {
    let (void, known) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(HashSet::new())));
    let proxy = {
        let (void, known) = (void.clone(), known.clone());
        Proxy::start(move |asked: &Asked| {
            let key = asked.request.access_key().to_owned();
            if !key.starts_with("ASIA") {
                return Act::Pass;
            }
            if !void.load(Ordering::SeqCst) {
                known.lock().insert(key);
                return Act::Pass;
            }
            match (known.lock().contains(&key), asked.service.as_str()) {
                (false, _) => Act::Pass,
                (true, "sts") => query_error(403, "InvalidClientTokenId", "the token is invalid"),
                (true, _) => ec2_error(401, "AuthFailure", "not able to validate the credentials"),
            }
        })
    };
    let canvass = canvass(&proxy.endpoint);
    ask(&canvass, VPCS.0);
    let roles = assumed(&proxy);
    void.store(true, Ordering::SeqCst);
    let (again, _) = ask(&canvass, VPCS.0);
    assert_eq!((again.code, again.rows()), (0, clean(VPCS.0).rows()), "{}", again.json);
    // Each role once more, and once in vain where the hub's own session was void.
    assert!((roles..=roles + 5).contains(&(assumed(&proxy) - roles)), "{roles} {}", assumed(&proxy));
    let roles = assumed(&proxy);
    let (third, _) = ask(&canvass, VPCS.0);
    assert_eq!((third.code, assumed(&proxy)), (0, roles));
}

#[test]
fn processes_at_once_and_killed_ones_leave_sessions_that_hold() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint);
    ask(&canvass, VPCS.0);
    for round in 0..4u64 {
        let mut children: Vec<_> = (0..3)
            .map(|i| {
                let name = format!("run-{round}-{i}");
                let arguments = [&SCOPE[..], &["query", VPCS.0]].concat();
                let mut command = canvass.command(&arguments);
                // Half of them open sessions of their own, beside those that only read.
                if i > 0 {
                    command.env("CANVASS_SESSION_NAME", if i == 1 { "ana" } else { &name });
                }
                command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        std::thread::sleep(Duration::from_millis(60 * round + 40));
        for child in &mut children {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
    let roles = assumed(&proxy);
    let (last, _) = ask(&canvass, VPCS.0);
    assert_eq!((last.code, last.rows()), (0, clean(VPCS.0).rows()), "{}", last.json);
    assert_eq!(assumed(&proxy), roles, "what was kept first is kept still");
}

#[test]
fn spoilt_files_cost_calls_and_nothing_else() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint);
    ask(&canvass, VPCS.0);
    let roles = assumed(&proxy);
    for entry in fs::read_dir(canvass.path().join(".cache/canvass/sessions")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        for byte in bytes.iter_mut().step_by(97) {
            *byte = byte.wrapping_add(1);
        }
        fs::write(&path, bytes).unwrap();
    }
    let (again, _) = ask(&canvass, VPCS.0);
    assert_eq!((again.code, again.rows()), (0, clean(VPCS.0).rows()), "{}", again.json);
    assert_eq!(assumed(&proxy), 2 * roles);
}

#[test]
fn the_demo_keeps_sessions_too_and_every_world_its_own() {
    let canvass = crate::support::canvass::Canvass::new();
    let sessions = || {
        let folder = canvass.path().join(".cache/canvass/sessions");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let records = files.filter(|path| path.extension().is_some_and(|e| e == "records"));
        let text: String = records.map(|path| fs::read_to_string(path).unwrap()).collect();
        text.lines().filter(|line| line.contains("arn:aws:iam::100000000006")).count()
    };
    let query = |world: &str, now: &str| {
        let run = canvass
            .command(&[world, "--account", "payments-prod", "query", "select count(*) from aws_vpc"])
            .env("CANVASS_NOW", now)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    let now = "2026-11-20T12:00:00Z";
    for (world, now, kept) in [
        ("--demo", now, 1),
        ("--demo", now, 1),
        ("--demo=seed=7", now, 2),
        ("--demo=seed=7", now, 2),
        ("--demo", "2036-11-20T12:00:00Z", 3),
        ("--demo", "2016-11-20T12:00:00Z", 4),
        ("--demo", now, 4),
    ] {
        query(world, now);
        assert_eq!(sessions(), kept, "{world} {now}");
    }
}
