//! Several processes in one folder, and processes that are killed.

use std::process::Stdio;
use std::time::Duration;

use super::{VPCS, ask, calls, notes, rows};
use crate::support::canvass::Canvass;

#[test]
fn eight_at_once_all_answer_and_leave_a_whole_cache() {
    let truth = rows(&ask(&Canvass::new().live(), "true", &[], VPCS));
    let canvass = Canvass::new().live().keeping_rows();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|n| {
                let flags: &[&str] = if n % 2 == 0 { &["--fresh"] } else { &[] };
                scope.spawn(|| ask(&canvass, "true", flags, VPCS))
            })
            .collect();
        for run in runs {
            let run = run.join().unwrap();
            assert_eq!((run.code, rows(&run)), (0, truth.clone()), "{}", run.stderr);
            assert_eq!(run.json()["metadata"]["notes"], serde_json::json!([]));
        }
    });
    assert_eq!(calls(&ask(&canvass, "true", &[], VPCS)), 0);
    let stats = canvass.run(&["cache", "stats", "-o", "json"]).json()[0].clone();
    assert_eq!((&stats["units"], &stats["orphaned_segments"]), (&6.into(), &0.into()));
}

#[cfg(unix)]
#[test]
fn killed_at_any_point_the_next_run_answers_rightly() {
    let sql = "select account_name, region, vpc_id, title, tags, cidr_block from aws_vpc order by 1, 2, 3";
    let canvass = Canvass::new().live().keeping_rows();
    let demo = "--demo=accounts=60,latency=3ms";
    let typed = ["--concurrency", "8", demo, "--region", "us-*", "query", "-o", "json", sql];
    let fresh = Canvass::new().live();
    let truth = fresh.run(&typed);
    let mut cached = 0;
    for turn in 0..8 {
        let mut child = canvass.command(&typed).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Not a wait for something: where in its work it is killed is the point.
        std::thread::sleep(Duration::from_millis(250 + 150 * turn));
        child.kill().unwrap();
        child.wait().unwrap();
        if turn % 3 == 2 {
            let run = canvass.run(&typed);
            assert_eq!((run.code, rows(&run)), (truth.code, rows(&truth)), "{}", run.stderr);
            assert!(notes(&run).iter().all(|note| note.starts_with("paced:")), "{:?}", notes(&run));
            cached += run.json()["metadata"]["coverage"]["cached"].as_u64().unwrap();
            canvass.run(&["cache", "clear"]);
        }
    }
    assert!(cached > 0, "nothing of a killed run was ever there");
}
