//! Clocks that are off, on this side or on the other.

use crate::support::canvass::{Canvass, Run};

const SQL: &str = "select account_name, region, count(*) as n from aws_vpc group by 1, 2 order by 1, 2";

fn demo(knobs: &str) -> Run {
    Canvass::new().live().run(&[&format!("--demo={knobs}"), "--account", "p*", "-o", "json", "query", SQL])
}

#[test]
fn a_clock_that_is_off_everywhere_is_corrected_and_said() {
    let right = demo("seed=1").json();
    for (skew, words) in [("10m", "10 min behind AWS's"), ("-3h", "3 h 0 min ahead of AWS's")] {
        let run = demo(&format!("seed=1,skew={skew}"));
        let answer = run.json();
        assert_eq!((run.code, &answer["rows"]), (0, &right["rows"]), "{skew}: {}", run.stderr);
        let notes = answer["metadata"]["notes"].to_string();
        assert!(notes.contains(words) && notes.contains("set this machine's clock"), "{skew}: {notes}");
        // Of the calls to STS one learns; each of the rest is signed right at once.
        let calls = |answer: &serde_json::Value| answer["metadata"]["coverage"]["calls"].as_u64();
        assert_eq!(calls(&answer), calls(&right), "{skew}");
    }
    assert!(!right["metadata"]["notes"].to_string().contains("clock"));
}

#[test]
fn a_few_servers_whose_clocks_are_off_cost_a_call_each_and_disturb_no_other() {
    let right = demo("seed=1").json();
    let run = demo("seed=1,skew=10m/0.3");
    let answer = run.json();
    assert_eq!((run.code, &answer["rows"]), (0, &right["rows"]), "{}", run.stderr);
    assert!(!answer["metadata"]["notes"].to_string().contains("clock"), "{}", answer["metadata"]);
}

#[test]
fn sessions_opened_under_a_wrong_clock_are_not_opened_over_and_over() {
    let canvass = Canvass::new().live();
    let kept = || {
        let folder = canvass.path().join(".cache/canvass/sessions");
        let mut lines = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "records") {
                let text = std::fs::read_to_string(path).unwrap();
                lines += text.lines().filter(|line| line.contains("ReadOnlyQueryRole")).count();
            }
        }
        lines
    };
    // Far enough that a session of an hour seems to have ended when it begins.
    let arguments = ["--demo=skew=-3h", "--account", "payments-prod", "query", SQL];
    for _ in 0..2 {
        let run = canvass.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(kept(), 1);
    }
}
