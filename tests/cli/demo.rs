//! The demo: its knobs, its server, and that nobody's own settings disturb it.

use std::net::TcpListener;

use super::assert_transcript;
use crate::support::canvass::{Canvass, assert_text};
use crate::support::demo_server::DemoServer;

#[test]
fn a_wrong_knob_is_told() {
    assert_transcript(
        "wrong_knobs",
        &Canvass::new(),
        &[
            &["--demo", "acounts=5", "accounts"],
            &["--demo", "accounts=0", "accounts"],
            &["--demo", "accounts=many", "accounts"],
            &["--demo", "latency=5", "accounts"],
            &["--demo", "deny=2", "accounts"],
            &["--demo", "hang=nobody", "accounts"],
            &["--demo=seed", "accounts"],
        ],
    );
}

#[test]
fn knobs_make_another_organization() {
    let accounts = |knobs: &str| {
        Canvass::new().demo(&[knobs, "accounts", "-o", "json"]).json().as_array().unwrap().len()
    };
    assert_eq!(accounts("accounts=37"), 37);
    let from_variable = Canvass::new().env("CANVASS_DEMO", "accounts=5").run(&["accounts", "-o", "json"]);
    assert_eq!(from_variable.json().as_array().unwrap().len(), 5);
}

#[test]
fn a_busy_port_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = Canvass::new().run(&["demo", "serve", "--port", &port]);
    assert_text("demo_busy_port", &run.snapshot().replace(&port, "[port]"));
}

/// Settings of an organization that is not the demo, in the user's file and in the environment.
fn somebody_at_work() -> Canvass {
    let canvass = Canvass::new()
        .env("AWS_PROFILE", "corp")
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "token")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:2")
        .env("HTTPS_PROXY", "http://127.0.0.1:3")
        .env("CANVASS_MEMBER_ROLE", "CorpAuditor")
        .env("CANVASS_EXTERNAL_ID", "corp");
    std::fs::create_dir_all(canvass.path().join(".config/canvass")).unwrap();
    std::fs::write(
        canvass.path().join(".config/canvass/config.yaml"),
        "hub_role: CorpHub\n\
         organization: static\n\
         static_accounts: [\"111122223333\"]\n\
         account_profiles: {\"100000000006\": corp}\n\
         mfa_serial: arn:aws:iam::111122223333:mfa/me\n\
         source_identity: me\n\
         ca_bundle: /nonexistent/corp.pem\n\
         use_fips: true\n\
         identity_center: {start_url: \"https://corp.awsapps.com/start\", region: eu-west-1}\n",
    )
    .unwrap();
    canvass
}

#[test]
fn the_demo_is_the_same_whatever_is_configured() {
    let (nobody, somebody) = (Canvass::new(), somebody_at_work());
    let sql = "select account_name, region, count(*) from aws_vpc group by 1, 2 order by 1, 2";
    for arguments in [&["accounts"][..], &["accounts", "check"], &["query", "-o", "line", sql]] {
        let (ours, theirs) = (nobody.demo(arguments), somebody.demo(arguments));
        let without_seconds =
            |text: &str| text.lines().filter(|l| !l.contains(" · $")).collect::<Vec<_>>().join("\n");
        assert_eq!(without_seconds(&theirs.stdout), without_seconds(&ours.stdout), "{}", theirs.stderr);
        assert_eq!((theirs.code, theirs.stderr), (ours.code, ours.stderr));
    }
}

#[test]
fn a_typed_flag_counts_in_the_demo_too() {
    let run = Canvass::new().demo(&["--member-role", "Nobody", "accounts", "check", "--account", "web-prod"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("deploy the role 'Nobody'"), "{}", run.stdout);
}

#[test]
fn the_same_answers_come_over_tcp() {
    let server = DemoServer::start("true");
    let over_tcp = server.client();
    let in_process = Canvass::new();

    let accounts = over_tcp.run(&["accounts"]);
    assert_eq!(accounts.stdout, in_process.demo(&["accounts"]).stdout, "{}", accounts.stderr);

    for sql in [
        "select account_id, region, vpc_id, cidr_block, tags from aws_vpc order by vpc_id",
        "select account_id, name, region, bucket_policy_is_public from aws_s3_bucket order by name",
        "select account_id, name, create_date from aws_iam_user order by account_id, name",
    ] {
        let query = ["query", "-o", "json", "--ou", "Workloads", sql];
        let (theirs, ours) = (over_tcp.run(&query), in_process.demo(&query));
        assert_eq!(theirs.code, ours.code, "{}", theirs.stderr);
        let (theirs, ours) = (theirs.json(), ours.json());
        assert!(!ours["rows"].as_array().unwrap().is_empty(), "{sql}");
        assert_eq!(theirs["rows"], ours["rows"], "{sql}");
        assert_eq!(theirs["columns"], ours["columns"]);
        assert_eq!(
            theirs["metadata"]["coverage"]["answered"], ours["metadata"]["coverage"]["answered"],
            "{sql}"
        );
    }
}
