//! One unit of six fails in every way a service can fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::proxy::{Act, Asked, Proxy};
use super::{PAYMENTS, PAYMENTS_NAME, SCOPE, ask, canvass, clean, run};

/// A table of each protocol, and how its list call is known on the wire.
pub const VPCS: (&str, &str) =
    ("select account_name, region, vpc_id from aws_vpc order by 1, 2, 3", "DescribeVpcs");
pub const QUEUES: (&str, &str) =
    ("select account_name, region, queue_url from aws_sqs_queue order by 1, 2, 3", "ListQueues");
pub const DATABASES: (&str, &str) = (
    "select account_name, region, db_instance_identifier from aws_rds_db_instance order by 1, 2, 3",
    "DescribeDBInstances",
);
pub const FUNCTIONS: (&str, &str) = (
    "select account_name, region, name from aws_lambda_function order by 1, 2, 3",
    "GET /2015-03-31/functions",
);

/// The list call of the unit in trouble.
pub fn is_hit(asked: &Asked, operation: &str) -> bool {
    asked.account == PAYMENTS && asked.region == "us-east-1" && asked.operation.starts_with(operation)
}

pub fn ec2_error(status: u16, code: &str, message: &str) -> Act {
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
         <RequestID>1</RequestID></Response>"
    );
    Act::Answer { status, kind: "text/xml", body }
}

pub fn query_error(status: u16, code: &str, message: &str) -> Act {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    );
    Act::Answer { status, kind: "text/xml", body }
}

pub fn json_error(status: u16, code: &str, message: &str) -> Act {
    let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
    Act::Answer { status, kind: "application/x-amz-json-1.0", body }
}

fn answer(status: u16, kind: &'static str, body: &str) -> Act {
    Act::Answer { status, kind, body: body.to_owned() }
}

/// The unit fails with this kind, words and number of calls; every other row is as it was.
fn fails((sql, operation): (&'static str, &'static str), act: Act, kind: &str, says: &str, calls: u64) {
    let before = clean(sql);
    let shown = format!("{act:?} -> {kind}");
    let proxy = Proxy::start(move |asked| if is_hit(asked, operation) { act.clone() } else { Act::Pass });
    let (answer, took) = ask(&canvass(&proxy.endpoint), sql);
    assert_eq!(answer.code, 3, "{shown}: {}", answer.json);
    assert!(!answer.is_complete(), "{shown}");
    assert_eq!(answer.named(), [format!("{PAYMENTS_NAME} us-east-1")], "{shown}");
    let unit = &answer.units()[0];
    assert_eq!(unit["status"], "failed", "{shown}: {unit}");
    assert_eq!(unit["fault"]["kind"], kind, "{shown}: {unit}");
    assert!(unit["fault"]["message"].as_str().unwrap().contains(says), "{shown}: {unit}");
    assert!(unit["fault"]["operation"].as_str().unwrap().contains(':'), "{shown}: {unit}");
    assert_eq!(unit["calls"], calls, "{shown}: {unit}");
    assert_eq!(answer.rows(), before.rows_of("us-east-1", false), "{shown}");
    let coverage = &answer.json["metadata"]["coverage"];
    assert_eq!((&coverage["asked"], &coverage["answered"]), (&6.into(), &5.into()), "{shown}");
    assert!(took < Duration::from_secs(40), "{shown}: {took:?}");
}

#[test]
fn a_service_that_says_slow_down_for_ever() {
    fails(VPCS, ec2_error(503, "RequestLimitExceeded", "slow down"), "throttled", "slow down", 3);
    fails(QUEUES, json_error(400, "ThrottlingException", "slow down"), "throttled", "slow down", 3);
    fails(DATABASES, query_error(400, "Throttling", "Rate exceeded"), "throttled", "Rate exceeded", 3);
    let quiet = answer(429, "application/json", r#"{"Reason":"CallerRateLimitExceeded"}"#);
    fails(FUNCTIONS, quiet, "throttled", "", 3);
}

#[test]
fn a_service_that_does_not_answer() {
    fails(VPCS, Act::Hang, "timeout", "no answer", 3);
}

#[test]
fn a_connection_that_is_reset() {
    fails(VPCS, Act::Reset, "unreachable", "", 3);
}

#[test]
fn an_answer_that_ends_too_early() {
    fails(VPCS, Act::CutShort, "bad_response", "cut short", 3);
    fails(QUEUES, Act::CutShort, "bad_response", "cut short", 3);
}

#[test]
fn an_answer_in_no_language_of_the_service() {
    fails(VPCS, answer(500, "text/html", "<html><p>oops</html>"), "bad_response", "", 3);
    fails(VPCS, answer(200, "text/html", "<html><p>log in</html>"), "bad_response", "", 3);
    fails(VPCS, answer(200, "text/xml", "<DescribeVpcsResponse><vpcSet><item>"), "bad_response", "", 3);
    fails(VPCS, answer(200, "text/xml", ""), "bad_response", "", 3);
    fails(VPCS, answer(200, "application/json", "{}"), "bad_response", "", 3);
    fails(QUEUES, answer(200, "application/x-amz-json-1.0", "{\"QueueUrls\": ["), "bad_response", "", 3);
    fails(QUEUES, answer(200, "text/html", "<html>log in</html>"), "bad_response", "", 3);
    fails(QUEUES, answer(200, "application/x-amz-json-1.0", "[]"), "bad_response", "", 3);
    fails(DATABASES, answer(200, "text/xml", "<html/>"), "bad_response", "", 3);
    fails(FUNCTIONS, answer(200, "application/json", "nothing"), "bad_response", "", 3);
}

#[test]
fn denials_of_the_account_and_of_the_organization_are_told_apart() {
    let user = "User: arn:aws:sts::100000000006:assumed-role/R/s is not authorized to perform:";
    let iam = format!("{user} ec2:DescribeVpcs because no identity-based policy allows it");
    fails(VPCS, ec2_error(403, "UnauthorizedOperation", &iam), "iam_denied", "no identity-based policy", 1);
    let scp = format!("{user} sqs:ListQueues with an explicit deny in a service control policy");
    fails(QUEUES, json_error(400, "AccessDeniedException", &scp), "scp_denied", "service control policy", 1);
    let rds = format!("{user} rds:DescribeDBInstances with an explicit deny in a service control policy");
    fails(DATABASES, query_error(403, "AccessDenied", &rds), "scp_denied", "service control policy", 1);
}

#[test]
fn credentials_that_are_refused_again_after_they_were_renewed() {
    let expired = "The security token included in the request is expired";
    fails(QUEUES, json_error(400, "ExpiredTokenException", expired), "expired", "expired", 2);
    let signature = "Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z";
    fails(
        QUEUES,
        json_error(400, "InvalidSignatureException", signature),
        "rejected",
        "Signature expired",
        3,
    );
}

#[test]
fn a_subscription_that_is_missing_where_no_region_can_be_off() {
    let says = "You are not subscribed to this service";
    fails(VPCS, ec2_error(401, "OptInRequired", says), "rejected", says, 1);
}

#[test]
fn pages_that_never_end_are_cut_and_what_came_is_kept() {
    let before = clean(VPCS.0);
    let token = "<nextToken>again</nextToken></DescribeVpcsResponse>";
    let again = format!("<DescribeVpcsResponse><vpcSet/>{token}");
    let proxy = Proxy::start(move |asked| match asked.before {
        _ if !is_hit(asked, VPCS.1) => Act::Pass,
        0 => Act::Replace("</DescribeVpcsResponse>", token),
        _ => answer(200, "text/xml", &again),
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint), VPCS.0);
    assert_eq!(answer.code, 3);
    assert_eq!(answer.rows(), before.rows(), "the first page was whole");
    let unit = &answer.units()[0];
    assert_eq!((&unit["status"], &unit["fault"]["kind"]), (&"truncated".into(), &"bad_response".into()));
    assert!(unit["fault"]["message"].as_str().unwrap().contains("token repeats"), "{unit}");
}

#[test]
fn one_detail_that_is_denied_is_unknown_and_not_null() {
    const BUCKETS: &str = "select account_name, 'us-east-1' as region, name, versioning_enabled \
                           from aws_s3_bucket order by 1, 3";
    let before = clean(BUCKETS);
    // A bucket of a region in scope: what is unknown of a row that the scope leaves out shows in no row.
    let proxy = Proxy::start(move |asked| {
        if asked.account == PAYMENTS && asked.operation.contains("payments-prod-logs-us-east-1?versioning") {
            let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
            return answer(403, "application/xml", body);
        }
        Act::Pass
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint), BUCKETS);
    assert_eq!(answer.code, 3, "{}", answer.json);
    let unit = &answer.units()[0];
    assert_eq!(unit["status"], "answered");
    let unknown = &unit["unknown"][0];
    assert_eq!(unknown["columns"], serde_json::json!(["versioning_enabled"]), "{unit}");
    assert_eq!((&unknown["rows"], &unknown["fault"]["kind"]), (&1.into(), &"iam_denied".into()), "{unit}");
    assert_eq!(unknown["fault"]["operation"], "s3:GetBucketVersioning");
    let (now, then) = (answer.rows(), before.rows());
    assert_eq!(now.len(), then.len());
    let changed: Vec<_> = now.iter().zip(&then).filter(|(now, then)| now != then).collect();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].0["versioning_enabled"].is_null() && changed[0].0["name"] == changed[0].1["name"]);
}

#[test]
fn a_network_that_goes_away_midway_leaves_what_was_answered() {
    let before = clean(VPCS.0);
    let lists = Arc::new(AtomicUsize::new(0));
    let proxy = Proxy::start(move |asked| {
        let dies = asked.operation == VPCS.1 && lists.fetch_add(1, Ordering::SeqCst) >= 3;
        if dies { Act::Die } else { Act::Pass }
    });
    let (answer, _) = ask(&canvass(&proxy.endpoint).env("CANVASS_CONCURRENCY", "1"), VPCS.0);
    assert_eq!(answer.code, 3);
    let lost = answer.named();
    assert_eq!(lost.len(), 3, "{lost:?}");
    for unit in answer.units() {
        assert_eq!(
            (&unit["status"], &unit["fault"]["kind"]),
            (&"failed".into(), &"unreachable".into()),
            "{unit}"
        );
    }
    let kept = |row: &serde_json::Value| {
        let unit = format!("{} {}", row["account_name"].as_str().unwrap(), row["region"].as_str().unwrap());
        !lost.contains(&unit)
    };
    let expected: Vec<_> = before.rows().into_iter().filter(kept).collect();
    assert_eq!(answer.rows(), expected);
}

#[test]
fn a_table_names_what_is_missing_under_the_rows() {
    let proxy = Proxy::start(|asked| {
        if is_hit(asked, VPCS.1) { ec2_error(503, "RequestLimitExceeded", "slow down") } else { Act::Pass }
    });
    let (run, _) = run(&canvass(&proxy.endpoint), &[&SCOPE[..], &["query", VPCS.0]].concat());
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains(" · 3 accounts, 2 answered") || run.stdout.contains("2/3 accounts answered"),
        "{}",
        run.stdout
    );
    let line = "✗ throttled: payments-prod (us-east-1): ec2:DescribeVpcs: slow down";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}
