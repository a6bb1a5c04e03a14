//! What passes by itself is waited for, and what hangs keeps nobody else waiting.

use std::time::Duration;

use super::proxy::{Act, Asked, Proxy};
use super::units::{DATABASES, QUEUES, VPCS, ec2_error, is_hit, json_error, query_error};
use super::{PAYMENTS, ask, canvass, clean};

/// The first calls fail, the next ones do not: the answer is what it was.
fn recovers((sql, operation): (&'static str, &'static str), times: usize, act: Act) {
    let before = clean(sql);
    let shown = format!("{act:?}");
    let proxy =
        Proxy::start(
            move |asked| {
                if is_hit(asked, operation) && asked.before < times { act.clone() } else { Act::Pass }
            },
        );
    let (answer, _) = ask(&canvass(&proxy.endpoint), sql);
    assert_eq!(answer.code, 0, "{shown}: {}", answer.json);
    assert!(answer.is_complete() && answer.units().is_empty(), "{shown}: {}", answer.json);
    assert_eq!(answer.rows(), before.rows(), "{shown}");
    let calls = proxy.asked().iter().filter(|asked| is_hit(asked, operation)).count();
    assert_eq!(calls, times + 1, "{shown}");
}

#[test]
fn what_fails_once_or_twice_is_asked_again() {
    recovers(VPCS, 2, ec2_error(503, "RequestLimitExceeded", "slow down"));
    recovers(QUEUES, 2, json_error(400, "ThrottlingException", "slow down"));
    recovers(VPCS, 1, Act::Reset);
    recovers(VPCS, 1, Act::CutShort);
    recovers(QUEUES, 1, Act::Answer { status: 500, kind: "text/html", body: "<html>oops</html>".into() });
    recovers(VPCS, 1, Act::Hang);
}

#[test]
fn expired_credentials_are_renewed_and_a_wrong_clock_is_asked_again() {
    let proxy = Proxy::start(|asked| {
        if is_hit(asked, DATABASES.1) && asked.before == 0 {
            return query_error(403, "ExpiredToken", "The security token included in the request is expired");
        }
        Act::Pass
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint), DATABASES.0);
    assert_eq!((answer.code, answer.rows()), (0, clean(DATABASES.0).rows()), "{}", answer.json);
    let role = |asked: &&Asked| asked.request.form("RoleArn").is_some_and(|arn| arn.contains(PAYMENTS));
    assert_eq!(proxy.asked().iter().filter(role).count(), 2, "a new session");

    recovers(QUEUES, 1, json_error(400, "InvalidSignatureException", "Signature expired"));
}

#[test]
fn an_account_that_hangs_keeps_no_other_waiting() {
    let before = clean(VPCS.0);
    let proxy =
        Proxy::start(
            |asked| {
                if asked.account == PAYMENTS && asked.service != "sts" { Act::Hang } else { Act::Pass }
            },
        );
    let (answer, took) = ask(&canvass(&proxy.endpoint).env("CANVASS_MAX_ATTEMPTS", "2"), VPCS.0);
    assert_eq!(answer.code, 3, "{}", answer.json);
    assert_eq!(answer.named(), ["payments-prod eu-west-1", "payments-prod us-east-1"]);
    assert!(answer.units().iter().all(|unit| unit["fault"]["kind"] == "timeout"), "{}", answer.json);
    let others = before.rows().into_iter().filter(|row| row["account_name"] != "payments-prod");
    assert_eq!(answer.rows(), others.collect::<Vec<_>>());
    assert!(took < Duration::from_secs(30), "{took:?}");
    // The others' lists were asked before the hanging account's first call was given up.
    let asked = proxy.asked();
    let first_again = asked.iter().position(|a| a.account == PAYMENTS && a.before == 1).unwrap();
    let last_list = asked.iter().rposition(|a| a.account != PAYMENTS && a.operation == VPCS.1).unwrap();
    assert!(last_list < first_again, "{last_list} {first_again}");
}

#[test]
fn a_role_that_cannot_be_asked_for_in_time_costs_its_own_account_only() {
    let before = clean(VPCS.0);
    let proxy = Proxy::start(|asked| {
        let role = asked.request.form("RoleArn").unwrap_or_default();
        if role.contains(PAYMENTS) { Act::Hang } else { Act::Pass }
    });
    let (answer, took) = ask(&canvass(&proxy.endpoint).env("CANVASS_MAX_ATTEMPTS", "2"), VPCS.0);
    assert_eq!(answer.code, 3, "{}", answer.json);
    assert_eq!(answer.named(), ["payments-prod eu-west-1", "payments-prod us-east-1"]);
    for unit in answer.units() {
        assert_eq!(unit["fault"]["kind"], "timeout", "{unit}");
        assert_eq!(unit["fault"]["operation"], "sts:AssumeRole", "{unit}");
    }
    let others = before.rows().into_iter().filter(|row| row["account_name"] != "payments-prod");
    assert_eq!(answer.rows(), others.collect::<Vec<_>>());
    let role = |asked: &&Asked| asked.request.form("RoleArn").is_some_and(|arn| arn.contains(PAYMENTS));
    assert_eq!(proxy.asked().iter().filter(role).count(), 2, "asked once, with its attempts");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn regions_that_cannot_be_read_are_asked_all_the_same() {
    let before = clean(VPCS.0);
    let proxy = Proxy::start(|asked| {
        if asked.is(PAYMENTS, "us-east-1", "DescribeRegions") {
            let says = "You are not authorized: no identity-based policy allows ec2:DescribeRegions";
            return ec2_error(403, "UnauthorizedOperation", says);
        }
        Act::Pass
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint), VPCS.0);
    assert_eq!((answer.code, answer.rows()), (0, before.rows()), "{}", answer.json);
}
