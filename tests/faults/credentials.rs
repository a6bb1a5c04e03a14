//! Credentials that are missing, gone or of the wrong kind: said at once, with what to do.

use std::fs;
use std::time::Duration;

use super::proxy::{Act, Proxy};
use super::units::{VPCS, query_error};
use super::{SCOPE, ask, canvass, clean, run};
use crate::support::canvass::{Canvass, Run};

/// Fails before anything is asked, on stderr, within seconds.
fn fails(canvass: &Canvass, arguments: &[&str]) -> Run {
    let (run, took) = run(canvass, arguments);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    assert!(took < Duration::from_secs(20), "{took:?}");
    run
}

const QUERY: [&str; 2] = ["query", "select vpc_id from aws_vpc"];

/// SHA-1 of `corp`, as the AWS CLI names the file of its login.
const LOGIN: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

fn with_profile(token: Option<&str>) -> Canvass {
    let canvass = Canvass::new();
    let aws = canvass.path().join(".aws");
    fs::create_dir_all(aws.join("sso/cache")).unwrap();
    let config = "[profile audit]\nsso_session = corp\nsso_account_id = 100000000001\nsso_role_name = ReadOnly\n\
                  [sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";
    fs::write(aws.join("config"), config).unwrap();
    if let Some(token) = token {
        fs::write(aws.join("sso/cache").join(LOGIN), token).unwrap();
    }
    canvass
}

#[test]
fn no_credentials_at_all() {
    let run = fails(&Canvass::new(), &QUERY);
    assert!(run.stderr.contains("no AWS credentials were found"), "{}", run.stderr);
    for hint in ["--profile", "aws sso login", "AWS_ACCESS_KEY_ID", "--demo"] {
        assert!(run.stderr.contains(hint), "{hint}: {}", run.stderr);
    }
}

#[test]
fn a_login_that_has_ended_or_was_never_made() {
    let expired = r#"{"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1",
        "accessToken": "gone", "expiresAt": "2020-01-01T00:00:00Z"}"#;
    for token in [Some(expired), None] {
        let run = fails(&with_profile(token), &[&["--profile", "audit"], &QUERY[..]].concat());
        assert!(run.stderr.contains("login has expired or was never made"), "{}", run.stderr);
        assert!(run.stderr.contains("aws sso login --profile audit"), "{}", run.stderr);
    }
}

#[test]
fn a_profile_that_does_not_exist() {
    for (canvass, hint) in [
        (Canvass::new(), "they hold no profile"),
        (with_profile(None), "did you mean 'audit'?"),
        (with_profile(None).env("AWS_PROFILE", "audti"), "did you mean 'audit'?"),
    ] {
        let (run, _) = run(&canvass, &[&["--profile", "audti"], &QUERY[..]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains("no profile 'audti'"), "{}", run.stderr);
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    }
}

#[test]
fn keys_that_aws_does_not_know() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint).env("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE");
    let run = fails(&canvass, &QUERY);
    assert!(run.stderr.contains("cannot find out whose credentials these are"), "{}", run.stderr);
    assert!(run.stderr.contains("expired or wrong"), "{}", run.stderr);
}

#[test]
fn an_endpoint_where_nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let run = fails(&canvass(&nobody), &QUERY);
    assert!(run.stderr.to_lowercase().contains("refused"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("{nobody} (AWS_ENDPOINT_URL)")), "{}", run.stderr);
}

#[test]
fn an_endpoint_that_never_answers() {
    let proxy = Proxy::start(|_| Act::Hang);
    let run = fails(&canvass(&proxy.endpoint).env("CANVASS_MAX_ATTEMPTS", "2"), &QUERY);
    assert!(run.stderr.contains("no answer before the deadline"), "{}", run.stderr);
}

#[test]
fn a_hub_role_that_was_asked_for_must_work() {
    let proxy = Proxy::start(|_| Act::Pass);
    let run = fails(&canvass(&proxy.endpoint), &[&["--hub-role", "NoSuchHub"], &QUERY[..]].concat());
    assert!(run.stderr.contains("cannot enter the hub"), "{}", run.stderr);
    assert!(run.stderr.contains("role/NoSuchHub"), "{}", run.stderr);
    assert!(run.stderr.contains("hub_role = \"none\""), "{}", run.stderr);
}

#[test]
fn a_hub_role_that_is_only_usual_is_gone_without_and_said() {
    let proxy = Proxy::start(|asked| {
        let role = asked.request.form("RoleArn").unwrap_or_default();
        if role.ends_with("role/OrganizationQueryRole") {
            return query_error(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole");
        }
        Act::Pass
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint), VPCS.0);
    assert!(answer.notes().contains("the base identity is used instead"), "{}", answer.json);
}

#[test]
fn a_member_role_that_is_nowhere_leaves_an_answer_with_nothing_in_it() {
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint).env("CANVASS_MEMBER_ROLE", "NoSuchRole");
    let (answer, _) = ask(&canvass, VPCS.0);
    assert_eq!((answer.code, answer.rows().len()), (3, 0), "{}", answer.json);
    let asked: Vec<String> = clean(VPCS.0)
        .rows()
        .iter()
        .map(|row| format!("{} {}", row["account_name"].as_str().unwrap(), row["region"].as_str().unwrap()))
        .collect();
    let mut asked: Vec<_> = asked;
    asked.sort();
    asked.dedup();
    assert_eq!(answer.named(), asked);
    for unit in answer.units() {
        assert_eq!(unit["fault"]["kind"], "assume_denied");
        assert!(unit["fault"]["message"].as_str().unwrap().contains("role/NoSuchRole"), "{unit}");
    }

    let (run, _) = run(&canvass, &[&SCOPE[..], &["query", VPCS.0]].concat());
    assert_eq!(run.code, 3);
    let line = "✗ assume_denied: payments-prod, payments-staging, web-prod: sts:AssumeRole:";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    assert!(run.stdout.contains("0/3 accounts answered"), "{}", run.stdout);
}
