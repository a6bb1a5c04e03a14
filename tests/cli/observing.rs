//! What a run says about itself: where the time went, and a trace of who was asked when.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::canvass::Canvass;

const SQL: &str = "select count(*) from aws_s3_bucket where versioning_enabled";

fn events(canvass: &Canvass) -> Vec<Value> {
    let text = std::fs::read_to_string(canvass.path().join("trace.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e} in {text}"));
    document["traceEvents"].as_array().unwrap().clone()
}

#[test]
fn a_trace_draws_every_unit_call_and_attempt_in_the_lane_of_its_account() {
    let canvass = Canvass::new().env("CANVASS_MAX_ATTEMPTS", "20");
    let run =
        canvass.run(&["--demo", "throttle=0.2", "--trace", "trace.json", "query", "--account", "web-*", SQL]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let events = events(&canvass);
    let drawn = |kind: &str| events.iter().filter(|e| e["ph"] == "X" && e["cat"] == kind).collect::<Vec<_>>();
    for kind in ["settings", "accounts", "planning", "asking", "output", "backoff", "assume_role"] {
        assert!(!drawn(kind).is_empty(), "{kind}");
    }
    let units = drawn("unit");
    assert_eq!(units.len(), 2);
    let processes: BTreeSet<u64> = units.iter().map(|unit| unit["pid"].as_u64().unwrap()).collect();
    assert_eq!(processes.len(), 2, "one for each account");
    assert!(units.iter().all(|unit| unit["name"] == "aws_s3_bucket" && unit["args"]["status"] == "answered"));
    let calls = drawn("call");
    let attempts = calls.iter().map(|call| call["args"]["attempts"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(drawn("attempt").len() as u64, attempts);
    assert!(attempts > calls.len() as u64, "some were throttled");
    assert!(calls.iter().any(|call| call["name"] == "s3:GetBucketVersioning"));
    let named: Vec<&str> =
        events.iter().filter(|e| e["ph"] == "M").filter_map(|e| e["args"]["name"].as_str()).collect();
    assert!(named.contains(&"web-prod 100000000016"), "{named:?}");
    let text = std::fs::read_to_string(canvass.path().join("trace.json")).unwrap();
    assert!(!text.contains("AKIA") && !text.contains("ASIA") && !text.contains("oken"), "a secret");
}

/// What overlaps in one lane without nesting is drawn wrong by every viewer.
#[test]
fn in_each_lane_of_a_trace_spans_nest() {
    let canvass = Canvass::new();
    let run = canvass.run(&["--demo", "latency=2ms", "--trace", "trace.json", "query", SQL]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let mut lanes = std::collections::BTreeMap::<(u64, u64), Vec<(u64, u64)>>::new();
    for event in events(&canvass).iter().filter(|e| e["ph"] == "X") {
        let number = |name: &str| event[name].as_u64().unwrap();
        lanes.entry((number("pid"), number("tid"))).or_default().push((number("ts"), number("dur")));
    }
    assert!(lanes.len() > 20);
    for spans in lanes.values_mut() {
        spans.sort_by_key(|(start, length)| (*start, std::cmp::Reverse(*length)));
        let mut open: Vec<u64> = Vec::new();
        for (start, length) in spans {
            // Both numbers are rounded down.
            let end = *start + *length;
            while open.last().is_some_and(|outer| *outer <= *start) {
                open.pop();
            }
            assert!(open.last().is_none_or(|outer| end <= *outer + 2), "{start} {end} {open:?}");
            open.push(end);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_is_killed_leaves_a_trace_that_can_be_read() {
    for signal in ["-INT", "-KILL"] {
        let canvass = Canvass::new();
        let mut child = canvass
            .command(&["--demo", "hang=web-prod", "-v", "--trace", "trace.json", "query", SQL])
            .stdout(Stdio::null())
            .stderr(Stdio::from(std::fs::File::create(canvass.path().join("log")).unwrap()))
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !std::fs::read_to_string(canvass.path().join("log")).unwrap().contains("status=\"answered\"") {
            assert!(started.elapsed() < Duration::from_secs(60), "nothing was ever asked");
            std::thread::sleep(Duration::from_millis(10));
        }
        let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let status = child.wait().unwrap();
        let events = events(&canvass);
        // Who was let finish has drawn the unit that it gave up.
        let hung = events.iter().any(|e| e["cat"] == "unit" && e["args"]["account"] == "100000000016");
        assert!(signal == "-KILL" || hung, "{status}");
    }
}

#[test]
fn a_trace_that_cannot_be_written_is_told() {
    let run = Canvass::new().demo(&["--trace", "nowhere/trace.json", "query", "select 1"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.starts_with("error: cannot write the trace to nowhere/trace.json: "),
        "{}",
        run.stderr
    );
    #[cfg(target_os = "linux")]
    {
        let run = Canvass::new().demo(&["--trace", "/dev/full", "query", "select 1 as one"]);
        assert!(
            run.code == 1 || run.stderr.contains("warning: the trace in /dev/full is not whole"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn timing_accounts_for_the_run_on_stderr_and_in_the_json() {
    let run = Canvass::new().demo(&["--timing", "query", "-o", "json", "--account", "web-*", SQL]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let answer = run.json();
    let timing = &answer["metadata"]["timing"];
    let number = |name: &str| timing[name].as_u64().unwrap_or_else(|| panic!("{name} in {timing}"));
    assert!(
        number("wall_ms") > 0 && number("calls") >= 3 && number("attempts") >= number("calls"),
        "{timing}"
    );
    assert_eq!(number("retries"), 0);
    assert_eq!(number("assume_role_calls"), 3, "the hub and two members");
    let phases = timing["phases_ms"].as_object().unwrap();
    assert!(
        ["settings", "accounts", "planning", "asking"].iter().all(|p| phases.contains_key(*p)),
        "{timing}"
    );
    let together: u64 = phases.values().map(|ms| ms.as_u64().unwrap()).sum();
    assert!(together <= number("wall_ms"), "{timing}");
    if cfg!(target_os = "linux") {
        assert!(number("peak_memory_bytes") > 10_000_000 && timing["cpu_ms"].is_u64(), "{timing}");
    }
    for words in ["timing: ", "settings ", " AssumeRole calls", " for the pace"] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(Canvass::new().demo(&["query", "-o", "json", "select 1"]).json()["metadata"]["timing"].is_null());
}
