//! Rows kept between runs, seen through the whole program on the demo organization.

mod disk;
mod processes;
mod retry;

use crate::support::canvass::{Canvass, Run};
use crate::support::demo_server::DemoServer;

/// Every account of this scope answers.
const SCOPE: [&str; 4] = ["--tag", "env=staging", "--region", "eu-west-1,us-east-1"];
const VPCS: &str = "select account_name, region, vpc_id, cidr_block, _as_of from aws_vpc order by 1, 2, 3";

fn ask(canvass: &Canvass, knobs: &str, flags: &[&str], sql: &str) -> Run {
    let demo = format!("--demo={knobs}");
    canvass.run(&[&[demo.as_str()], SCOPE.as_slice(), flags, &["query", "-o", "json", sql]].concat())
}

fn calls(run: &Run) -> u64 {
    run.json()["metadata"]["coverage"]["calls"].as_u64().unwrap()
}

fn rows(run: &Run) -> serde_json::Value {
    run.json()["rows"].clone()
}

#[test]
fn a_second_run_makes_no_call_and_says_how_old_its_rows_are() {
    let canvass = Canvass::new().live().keeping_rows();
    let first = ask(&canvass, "true", &[], VPCS);
    assert!(calls(&first) > 0 && first.json()["metadata"]["coverage"]["cached"] == 0);
    let later = canvass.env("CANVASS_NOW", "2026-11-20T12:04:30Z");
    let second = ask(&later, "now=2026-11-20T12:00:00Z", &[], VPCS);
    assert!(calls(&second) > 0, "another frozen clock is another demo organization");
    let canvass = later.env("CANVASS_NOW", crate::support::canvass::NOW);
    let third = ask(&canvass, "true", &[], VPCS);
    assert_eq!((calls(&third), third.code), (0, 0));
    assert_eq!(rows(&third), rows(&first));
    let metadata = &third.json()["metadata"];
    assert_eq!(metadata["sources"], serde_json::json!(["api", "cache"]));
    assert_eq!(metadata["coverage"]["cached"], metadata["coverage"]["asked"]);
    assert_eq!(metadata["coverage"]["oldest_as_of"], "2026-11-20T12:00:00Z");
    let part = ask(&canvass, "true", &[], "select distinct account_name from aws_vpc limit 2");
    assert_eq!((calls(&part), rows(&part).as_array().unwrap().len()), (0, 2));
    let table = canvass.run(&[&["--demo"], SCOPE.as_slice(), &["query", VPCS]].concat());
    let plan = canvass.run(&[&["--demo"], SCOPE.as_slice(), &["query", "--explain", VPCS]].concat());
    assert!(plan.stdout.contains("6 units, 6 of them from the cache"), "{}", plan.stdout);
    assert!(table.stdout.contains(" · 0 calls · 6 units from the cache, oldest 0s · "), "{}", table.stdout);
}

#[test]
fn rows_kept_with_the_tags_of_accounts_serve_runs_that_never_asked_for_those() {
    let canvass = Canvass::new().live().keeping_rows();
    let ask = |sql: &str| canvass.demo(&["--account", "payments-staging", "query", "-o", "json", sql]);
    let tagged = "select vpc_id, account_tags ->> 'env' as env from aws_vpc order by 1";
    let first = ask(tagged);
    assert!(calls(&first) > 0 && rows(&first)[0]["env"] == "staging", "{}", first.stdout);
    assert_eq!(calls(&ask("select vpc_id from aws_vpc")), 0);
    let again = ask(tagged);
    assert_eq!((calls(&again), rows(&again)), (0, rows(&first)));
}

#[test]
fn whoever_asks_otherwise_is_served_nothing_of_anothers() {
    let canvass = Canvass::new().live().keeping_rows();
    let first = ask(&canvass, "true", &[], VPCS);
    for (knobs, flags) in [
        ("seed=2", &[][..]),
        ("accounts=30", &[]),
        ("true", &["--hub-role", "none"]),
        ("true", &["--member-role", "OrganizationAccountAccessRole"]),
    ] {
        let other = ask(&canvass, knobs, flags, VPCS);
        let cached = &other.json()["metadata"]["coverage"]["cached"];
        assert_eq!(*cached, 0, "{knobs} {flags:?}");
    }
    let other = canvass.env("CANVASS_EXTERNAL_ID", "another-id");
    assert_eq!(calls(&ask(&other, "true", &[], VPCS)), calls(&first), "another external id");
    // Slow or hostile, it is the same organization.
    let same = other.env("CANVASS_EXTERNAL_ID", "another-id");
    assert_eq!(calls(&ask(&same, "latency=1ms,throttle=0.01", &[], VPCS)), 0);
}

#[test]
fn own_tables_that_change_are_asked_again() {
    let canvass = Canvass::new().live().keeping_rows();
    let folder = canvass.path().join(".config/canvass/tables");
    std::fs::create_dir_all(&folder).unwrap();
    let table = |path: &str| {
        let text = format!(
            "table: own_vpc\ndescription: networks\nservice: ec2\nscope: regional\nfreshness: configuration\ntier: 3\n\
             list:\n  - call: ec2:DescribeVpcs\n    rows: Vpcs[]\n\
             columns:\n  name: {{type: text, path: {path}, about: a name}}\n"
        );
        std::fs::write(folder.join("own_vpc.yaml"), text).unwrap();
    };
    table("VpcId");
    let sql = "select name from own_vpc order by 1";
    let first = ask(&canvass, "true", &[], sql);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(calls(&ask(&canvass, "true", &[], sql)), 0);
    table("CidrBlock");
    let changed = ask(&canvass, "true", &[], sql);
    assert_eq!(calls(&changed), calls(&first));
    assert_ne!(rows(&changed), rows(&first));
}

#[test]
fn cached_needs_no_network_and_no_login() {
    let server = DemoServer::start("accounts=5");
    let canvass = server.client().keeping_rows();
    let sql = "select account_name, account_tags ->> 'env' as env, vpc_id from aws_vpc order by 1, 3";
    let first = canvass.run(&["-o", "json", "query", sql]);
    assert!(calls(&first) > 0, "{}", first.stderr);
    drop(server);
    let unplugged = canvass.run(&["--cached", "-o", "json", "query", sql]);
    assert_eq!((calls(&unplugged), rows(&unplugged)), (0, rows(&first)), "{}", unplugged.stderr);
    let other = canvass.env("AWS_ACCESS_KEY_ID", "AKIAANOTHER");
    let refused = other.run(&["--cached", "query", sql]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("run it once without --cached"), "{}", refused.stderr);
}

#[test]
fn fresh_asks_again_cached_asks_nobody_and_off_keeps_nothing() {
    let canvass = Canvass::new().live().keeping_rows();
    let nobody = ask(&canvass, "true", &["--cached"], VPCS);
    assert_eq!(nobody.code, 1);
    assert!(nobody.stderr.contains("run it once without --cached"), "{}", nobody.stderr);
    let first = ask(&canvass, "true", &[], VPCS);
    let nothing = ask(&canvass, "true", &["--cached"], "select queue_url from aws_sqs_queue");
    assert_eq!((nothing.code, calls(&nothing)), (3, 0));
    let coverage = &nothing.json()["metadata"]["coverage"];
    assert_eq!((&coverage["answered"], &coverage["complete"]), (&0.into(), &false.into()));
    assert_eq!(coverage["units"][0]["status"], "not_asked");
    assert_eq!(coverage["units"][0]["reason"], "not_cached");
    assert_eq!(calls(&ask(&canvass, "true", &["--fresh"], VPCS)), calls(&first));
    let cached = ask(&canvass, "true", &["--cached"], VPCS);
    assert_eq!((cached.code, calls(&cached), rows(&cached)), (0, 0, rows(&first)));
    let both = ask(&canvass, "true", &["--cached", "--fresh"], VPCS);
    assert_eq!(both.code, 2);
    let off = canvass.env("CANVASS_CACHE", "off");
    assert_eq!(calls(&ask(&off, "true", &[], VPCS)), calls(&first));
    let refused = ask(&off, "true", &["--cached"], VPCS);
    assert_eq!(
        (refused.code, refused.stderr.lines().next()),
        (2, Some("error: no rows are kept: the cache is off"))
    );
}

#[test]
fn units_that_failed_or_whose_details_did_are_asked_again() {
    let canvass = Canvass::new().live().keeping_rows();
    let everywhere = "select count(*) from aws_vpc";
    let run = |sql: &str| canvass.demo(&["query", "-o", "json", sql]);
    let first = run(everywhere);
    assert_eq!(first.code, 3);
    let second = run(everywhere);
    assert_eq!((second.code, rows(&second)), (3, rows(&first)));
    // One account lets nobody in, one region of another is closed: only that is asked.
    assert_eq!(calls(&second), 1);
    // One bucket of one account tells nobody its policy.
    let buckets = "select name, policy from aws_s3_bucket order by 1";
    let (first, second) = (run(buckets), run(buckets));
    assert_eq!((second.code, rows(&second)), (first.code, rows(&first)));
    let unknown = first.json()["metadata"]["coverage"]["units"].as_array().unwrap().len();
    let cached = second.json()["metadata"]["coverage"]["cached"].as_u64().unwrap();
    let asked = second.json()["metadata"]["coverage"]["asked"].as_u64().unwrap();
    assert!(unknown > 0 && cached > 0 && cached < asked, "{unknown} {cached} {asked}");
}

#[test]
fn what_is_kept_is_listed_counted_and_cleared() {
    let canvass = Canvass::new().live().keeping_rows();
    assert_eq!(canvass.run(&["cache", "ls", "-o", "json"]).json(), serde_json::json!([]));
    ask(&canvass, "true", &[], VPCS);
    ask(&canvass, "true", &[], VPCS);
    let kept = canvass.run(&["cache", "ls", "-o", "json"]).json();
    assert_eq!(
        (&kept[0]["table"], &kept[0]["units"], &kept[0]["fresh"]),
        (&"aws_vpc".into(), &6.into(), &6.into())
    );
    let stats = canvass.run(&["cache", "stats", "-o", "json"]).json()[0].clone();
    assert_eq!((&stats["hits"], &stats["misses"], &stats["segments"]), (&6.into(), &6.into(), &1.into()));
    assert!(stats["segment_bytes"].as_u64().unwrap() > 0 && stats["limit_bytes"] == 1_u64 << 30);
    let table = canvass.run(&["cache", "ls"]).stdout;
    assert!(
        table.starts_with("table     units   fresh   rows   bytes   oldest   newest   lifetime\n"),
        "{table}"
    );
    assert_eq!(canvass.run(&["cache", "clear", "--older-than", "1h", "-o", "json"]).json()[0]["cleared"], 0);
    assert_eq!(canvass.run(&["cache", "clear", "aws_iam_user", "-o", "json"]).json()[0]["cleared"], 0);
    assert_eq!(canvass.run(&["cache", "clear", "-o", "json"]).json()[0]["cleared"], 6);
    let stats = canvass.run(&["cache", "stats", "-o", "json"]).json()[0].clone();
    assert_eq!((&stats["units"], &stats["segments"]), (&0.into(), &0.into()));
    let all = canvass.run(&["cache", "clear", "--all", "-o", "json"]).json();
    assert!(all[0]["other_files"].as_u64() > Some(2), "{all}");
    let left: Vec<_> = std::fs::read_dir(canvass.path().join(".cache/canvass")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let refused = canvass.run(&["cache", "clear", "--older-than", "soon"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("'soon'") && refused.stderr.contains("30s, 5m or 1h"),
        "{}",
        refused.stderr
    );
}

fn notes(run: &Run) -> Vec<String> {
    let notes = run.json()["metadata"]["notes"].as_array().unwrap().clone();
    notes.iter().map(|note| note.as_str().unwrap().to_owned()).collect()
}
