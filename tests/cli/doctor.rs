//! `canvass doctor`, where all is well and where it is not.

use std::time::Duration;

use serde_json::Value;

use crate::faults::proxy::{Act, Proxy};
use crate::faults::{canvass as at, run};
use crate::support::canvass::{Canvass, Run};
use crate::support::demo_tables::DEMO_TABLES;

fn finding<'a>(run: &'a Value, check: &str) -> Vec<&'a Value> {
    run.as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect()
}

fn one(run: &Run, check: &str) -> (String, String, String) {
    let json = run.json();
    let found = finding(&json, check);
    assert_eq!(found.len(), 1, "{check}: {json}");
    let text = |field: &str| found[0][field].as_str().unwrap_or_default().to_owned();
    (text("result"), text("seen"), text("what_to_do"))
}

/// Every check has its finding, whatever is wrong.
fn whole(run: &Run) {
    let json = run.json();
    for check in [
        "versions",
        "settings",
        "tables",
        "cache",
        "ca bundle",
        "proxy",
        "endpoint",
        "clock",
        "credentials",
        "hub role",
        "organization",
        "member roles",
    ] {
        assert!(!finding(&json, check).is_empty(), "{check}: {json}");
    }
    for finding in json.as_array().unwrap() {
        let result = finding["result"].as_str().unwrap();
        assert!(["ok", "warning", "failed", "skipped"].contains(&result), "{finding}");
        assert!(!finding["seen"].as_str().unwrap().is_empty(), "{finding}");
        let must_say = matches!(result, "failed" | "warning");
        assert!(!must_say || finding["what_to_do"].is_string(), "{finding}");
    }
}

const HEALTHY: [&str; 6] = ["--demo", "--account", "p*", "-o", "json", "doctor"];

#[test]
fn where_all_is_well_it_says_so_and_exits_0() {
    let canvass = Canvass::new();
    let run = canvass.run(&HEALTHY);
    assert_eq!(run.code, 0, "{}", run.stdout);
    whole(&run);
    assert!(run.json().as_array().unwrap().iter().all(|f| f["result"] == "ok"), "{}", run.stdout);
    let (_, seen, _) = one(&run, "credentials");
    assert!(seen.starts_with("arn:aws:iam::100000000001:user/operator"), "{seen}");
    assert!(one(&run, "member roles").1.contains("can be entered (a sample"));

    let text = canvass.run(&["--demo", "--account", "p*", "doctor"]);
    assert_eq!(text.code, 0);
    assert!(text.stdout.lines().all(|line| line.starts_with('✓')), "{}", text.stdout);
    assert!(text.stderr.contains("0 failed"), "{}", text.stderr);
    // Whether roles can be assumed is asked, not remembered: nothing of it stays.
    assert!(!canvass.path().join(".cache/canvass/sessions").exists());
}

#[test]
fn a_missing_member_role_is_named_with_what_to_do() {
    let run = Canvass::new().demo(&["-o", "json", "doctor", "--all"]);
    assert_eq!(run.code, 5, "{}", run.stdout);
    whole(&run);
    let (result, seen, _) = one(&run, "member roles");
    assert_eq!((result.as_str(), seen.as_str()), ("failed", "18 of 19 accounts can be entered (all)"));
    let (result, seen, todo) = one(&run, "member role");
    assert_eq!(result, "failed");
    assert!(seen.starts_with("sandbox-bob (100000000019): assume_denied"), "{seen}");
    assert!(todo.contains("deploy the role 'ReadOnlyQueryRole'"), "{todo}");
}

#[test]
fn a_sample_takes_five_accounts() {
    let run = Canvass::new().demo(&["-o", "json", "doctor"]);
    assert!(one(&run, "member roles").1.contains("of 5 accounts"), "{}", run.stdout);
}

#[test]
fn without_credentials_the_rest_is_still_looked_at() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = Canvass::new().env("AWS_ENDPOINT_URL", &proxy.endpoint);
    let (run, took) = run(&canvass, &["-o", "json", "doctor"]);
    assert_eq!(run.code, 5, "{}", run.stdout);
    whole(&run);
    let (result, seen, todo) = one(&run, "credentials");
    assert_eq!(result, "failed");
    assert!(seen.contains("no AWS credentials were found"), "{seen}");
    assert!(todo.contains("--profile") && todo.contains("aws sso login"), "{todo}");
    assert_eq!(one(&run, "endpoint").0, "ok");
    assert_eq!(one(&run, "clock").0, "ok");
    for check in ["hub role", "organization", "member roles", "session policy"] {
        assert_eq!(one(&run, check).0, "skipped", "{check}");
    }
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn an_unplugged_network_is_said_once_for_each_endpoint() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (run, _) = run(&at(&nobody), &["-o", "json", "doctor"]);
    assert_eq!(run.code, 5);
    whole(&run);
    let (result, seen, todo) = one(&run, "endpoint");
    assert_eq!(result, "failed");
    assert!(seen.contains(&nobody) && seen.to_lowercase().contains("refused"), "{seen}");
    assert!(todo.contains("network"), "{todo}");
    assert_eq!(one(&run, "clock").0, "skipped");
    assert_eq!(one(&run, "credentials").0, "failed");
}

#[test]
fn an_endpoint_that_hangs_holds_no_other_check_up() {
    let proxy = Proxy::start(|_| Act::Hang);
    let canvass = at(&proxy.endpoint)
        .env("CANVASS_CALL_TIMEOUT", "500ms")
        .env("CANVASS_CONNECT_TIMEOUT", "500ms")
        .env("CANVASS_MAX_ATTEMPTS", "2");
    let (run, took) = run(&canvass, &["-o", "json", "doctor"]);
    assert_eq!(run.code, 5);
    whole(&run);
    assert_eq!(one(&run, "cache").0, "ok");
    assert!(one(&run, "endpoint").1.contains("no answer before the deadline"), "{}", run.stdout);
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn an_expired_login_and_a_wrong_hub_role_are_clear() {
    let canvass = Canvass::new();
    let aws = canvass.path().join(".aws");
    std::fs::create_dir_all(&aws).unwrap();
    let config = "[profile audit]\nsso_session = corp\nsso_account_id = 100000000001\nsso_role_name = R\n\
                  [sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";
    std::fs::write(aws.join("config"), config).unwrap();
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass.env("AWS_ENDPOINT_URL", &proxy.endpoint);
    let (expired, _) = run(&canvass, &["--profile", "audit", "-o", "json", "doctor"]);
    let (result, seen, todo) = one(&expired, "credentials");
    assert_eq!(result, "failed");
    assert!(seen.contains("login has expired or was never made"), "{seen}");
    assert!(todo.contains("aws sso login --profile audit"), "{todo}");

    let (wrong, _) = run(&at(&proxy.endpoint), &["--hub-role", "NoSuchHub", "-o", "json", "doctor"]);
    assert_eq!(wrong.code, 5);
    let (result, seen, todo) = one(&wrong, "hub role");
    assert_eq!(result, "failed");
    assert!(seen.contains("role/NoSuchHub") && todo.contains("trust policy"), "{seen} {todo}");
    assert_eq!(one(&wrong, "member roles").0, "skipped");
}

#[test]
fn a_clock_that_is_off_a_bad_bundle_and_a_cache_that_cannot_be_written() {
    let run = Canvass::new().run(&["--demo=skew=20m", "--account", "p*", "-o", "json", "doctor"]);
    let (result, seen, _) = one(&run, "clock");
    assert_eq!((run.code, result.as_str()), (5, "failed"), "{}", run.stdout);
    assert!(seen.contains("min behind AWS's"), "{seen}");
    assert_eq!(one(&run, "credentials").0, "ok", "signatures are corrected");

    let canvass = Canvass::new().env("AWS_CA_BUNDLE", "/nonexistent/ca.pem");
    let run = canvass.run(&["-o", "json", "doctor"]);
    let (result, seen, todo) = one(&run, "ca bundle");
    assert_eq!((run.code, result.as_str()), (5, "failed"));
    assert!(seen.contains("/nonexistent/ca.pem") && todo.contains("AWS_CA_BUNDLE"), "{seen} {todo}");
    assert_eq!(one(&run, "credentials").0, "skipped");

    let canvass = Canvass::new();
    std::fs::write(canvass.path().join(".cache"), "a file, not a folder").unwrap();
    let run = canvass.run(&HEALTHY);
    let (result, seen, todo) = one(&run, "cache");
    assert_eq!((run.code, result.as_str()), (0, "warning"), "{}", run.stdout);
    assert!(seen.contains("cannot be written") && todo.contains("XDG_CACHE_HOME"), "{seen} {todo}");
}

#[test]
fn settings_that_cannot_be_read_and_a_project_that_is_not_trusted() {
    let canvass = Canvass::new();
    let config = canvass.path().join(".config/canvass");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.yaml"), "concurrency: many\n").unwrap();
    let run = canvass.run(&["--demo", "-o", "json", "doctor"]);
    assert_eq!(run.code, 5, "{}", run.stdout);
    let (result, seen, _) = one(&run, "settings");
    assert_eq!(result, "failed");
    assert!(seen.contains("concurrency"), "{seen}");

    std::fs::write(config.join("config.yaml"), "concurrency: 8\n").unwrap();
    std::fs::write(canvass.path().join(".canvass.yaml"), "accounts: [\"p*\"]\n").unwrap();
    let run = canvass.run(&["--demo", "-o", "json", "doctor"]);
    let (result, seen, todo) = one(&run, "settings");
    assert_eq!((run.code, result.as_str()), (0, "warning"), "{}", run.stdout);
    assert!(seen.contains("not trusted") && todo.contains("canvass trust"), "{seen} {todo}");
}

#[test]
fn damaged_sessions_are_counted() {
    let canvass = Canvass::new();
    canvass.run(&["--demo", "--account", "p*", "query", "select count(*) from aws_vpc"]);
    for entry in std::fs::read_dir(canvass.path().join(".cache/canvass/sessions")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "records") {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace("arn:aws", "arn:oops")).unwrap();
        }
    }
    let (_, seen, _) = one(&canvass.run(&HEALTHY), "cache");
    assert!(seen.contains("damaged and ignored"), "{seen}");
}

/// Texts of the world that must not be in a report: every value of a few tables, and all accounts.
fn of_the_world(canvass: &Canvass) -> Vec<String> {
    let mut texts = Vec::new();
    let accounts = canvass.demo(&["-o", "json", "accounts"]).json();
    for account in accounts.as_array().unwrap() {
        for field in ["account_id", "account_name", "email", "ou_path"] {
            texts.extend(account[field].as_str().map(str::to_owned));
        }
    }
    for table in ["aws_vpc", "aws_s3_bucket", "aws_iam_role", "aws_ec2_instance", "aws_iam_user"] {
        let sql = format!("select * from {table} limit 60");
        let answer = canvass.demo(&["-o", "json", "query", &sql]).json();
        for row in answer["rows"].as_array().unwrap() {
            let values = row.as_object().unwrap().iter().filter(|(name, _)| {
                // These say what every AWS account has; `partition` is meant to be there.
                !["partition", "_source"].contains(&name.as_str())
            });
            texts.extend(values.filter_map(|(_, value)| value.as_str()).map(str::to_owned));
        }
    }
    // Words such as `default` or `running` are in the catalog as well.
    texts.retain(|text| text.len() > 3 && text.contains(|c: char| c.is_ascii_digit() || "-:/.@".contains(c)));
    texts.sort();
    texts.dedup();
    texts
}

#[test]
fn a_selftest_writes_a_report_with_nothing_of_the_organization_in_it() {
    let canvass = Canvass::new();
    let answered = DEMO_TABLES.iter().flat_map(|table| ["--table", table]);
    let arguments: Vec<&str> = ["doctor", "--selftest"].into_iter().chain(answered).collect();
    let run = canvass.demo(&arguments);
    assert!([0, 5].contains(&run.code), "{}{}", run.stdout, run.stderr);
    let path = canvass.path().join("canvass-selftest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(run.stderr.contains("canvass-selftest.json") && run.stderr.contains("issue"), "{}", run.stderr);

    let report: Value = serde_json::from_str(&text).unwrap();
    let tables = report["tables"].as_array().unwrap();
    assert!(tables.len() >= 15, "{}", tables.len());
    assert_eq!((report["accounts"].as_u64(), report["regions"].as_u64()), (Some(3), Some(2)));
    assert!(tables.iter().any(|table| table["rows"].as_u64() > Some(0)));
    assert!(tables.iter().all(|table| table["outcome"] != "failed"), "{text}");

    let world = of_the_world(&canvass);
    assert!(world.len() > 300, "{}", world.len());
    for secret in &world {
        assert!(!text.contains(secret.as_str()), "{secret} is in the report");
    }
    let digits = text.as_bytes().windows(12).any(|window| window.iter().all(u8::is_ascii_digit));
    assert!(!digits && !text.contains("arn:"), "{text}");
}

#[test]
fn a_selftest_counts_what_goes_wrong_by_kind_and_code() {
    let canvass = Canvass::new();
    let file = canvass.path().join("r.json");
    let arguments = [
        "--demo=deny=0.5,seed=3",
        "--account",
        "p*",
        "doctor",
        "--selftest",
        "--table",
        "aws_vpc",
        "--report",
        "r.json",
    ];
    let run = canvass.run(&arguments);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vpcs = &report["tables"][0];
    assert_eq!(vpcs["table"], "aws_vpc");
    let denied = &vpcs["faults"][0];
    assert_eq!((&denied["kind"], &denied["code"]), (&"iam_denied".into(), &"UnauthorizedOperation".into()));
    assert_eq!(denied["operation"], "ec2:DescribeVpcs");
    assert_eq!(vpcs["units"]["failed"], denied["units"]);
    // Not being allowed is no defect.
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_value_of_another_type_is_a_defect_and_stays_out_of_the_report() {
    let proxy = Proxy::start(|asked| match asked.operation.as_str() {
        "DescribeVpcs" => Act::Replace("<isDefault>true", "<isDefault>perhaps-payments"),
        _ => Act::Pass,
    });
    let canvass = at(&proxy.endpoint);
    let (run, _) =
        run(&canvass, &["--account", "payments-prod", "doctor", "--selftest", "--table", "aws_vpc"]);
    let text = std::fs::read_to_string(canvass.path().join("canvass-selftest.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(run.code, 5, "{}{}", run.stdout, run.stderr);
    assert!(!text.contains("perhaps"), "{text}");
    let vpcs = &report["tables"][0];
    let gaps = vpcs["not_converted"].as_array().unwrap().len() + vpcs["faults"].as_array().unwrap().len();
    assert!(gaps > 0, "{text}");
}

#[test]
fn a_table_that_does_not_exist_is_a_usage_error() {
    let run = Canvass::new().demo(&["doctor", "--selftest", "--table", "aws_vpcs"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean 'aws_vpc'?"), "{}", run.stderr);
}
