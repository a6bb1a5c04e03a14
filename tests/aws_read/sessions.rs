//! Whose credentials sign which call, and what they may do.

use std::sync::Arc;

use canvass::aws::{ReadRequest, SessionPolicy};
use canvass::model::{FaultKind, Json, Region};
use canvass::settings::RoleSetting;

use super::server::{Reply, Server, answer, assumed, caller, default_sts, error};
use super::{MEMBER, OWN, account, actions, aws, read, settings};

fn queues() -> Reply {
    answer(200, "application/x-amz-json-1.0", "{}")
}

#[tokio::test]
async fn a_member_is_entered_with_exactly_the_plans_actions() {
    let server = Server::start(|_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.external_id = Some("shared secret".into());
    settings.credentials.source_identity = Some("alice".into());
    let aws = aws(settings);
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    read(&aws, "sqs:ListQueues", MEMBER, "us-east-1", "{}").await.unwrap();
    let assumed = server.sts("AssumeRole");
    assert_eq!(assumed.len(), 1);
    assert_eq!(aws.assume_role_calls(), 1);
    let form = |name: &str| assumed[0].form(name).unwrap_or_default();
    assert_eq!(form("RoleArn"), format!("arn:aws:iam::{MEMBER}:role/ReadOnlyQueryRole"));
    assert_eq!(form("ExternalId"), "shared secret");
    assert_eq!(form("SourceIdentity"), "alice");
    assert_eq!(
        form("Policy"),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:ListQueues"],"Resource":"*"}]}"#
    );
    assert!(server.reads().iter().all(|request| request.access_key().starts_with("ASIA")));
    assert_eq!(aws.session_policy(), SessionPolicy::Attached);
}

#[tokio::test]
async fn the_own_account_without_a_hub_role_is_read_as_it_is_and_said_so() {
    let server = Server::start(|_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    read(&aws, "sqs:ListQueues", OWN, "eu-west-1", "{}").await.unwrap();
    assert!(matches!(aws.session_policy(), SessionPolicy::None { .. }));
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    let SessionPolicy::Partly { why } = aws.session_policy() else { panic!() };
    assert!(why.contains("base identity"), "{why}");
}

#[tokio::test]
async fn members_are_entered_through_the_hub() {
    let server = Server::start(|_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Required("OrganizationQueryRole".into());
    let aws = aws(settings);
    assert_eq!(aws.hub_account().await.unwrap(), account(OWN));
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    read(&aws, "sqs:ListQueues", OWN, "eu-west-1", "{}").await.unwrap();
    let seen: Vec<(String, String)> = server
        .sts("AssumeRole")
        .iter()
        .map(|request| (request.form("RoleArn").unwrap(), request.access_key().to_owned()))
        .collect();
    let hub = format!("arn:aws:iam::{OWN}:role/OrganizationQueryRole");
    let member = format!("arn:aws:iam::{MEMBER}:role/ReadOnlyQueryRole");
    assert_eq!(seen[0], (hub.clone(), "AKIABASE".to_owned()));
    assert_eq!(seen[1].0, member);
    assert!(seen[1].1.starts_with("ASIA"), "{seen:?}");
    // The hub's own account: the hub role again, confined to the plan.
    assert_eq!(seen[2], (hub, "AKIABASE".to_owned()));
    assert_eq!(aws.session_policy(), SessionPolicy::Attached);
}

fn no_hub(request: &super::server::Request, before: usize) -> Reply {
    match request.form("RoleArn") {
        Some(arn) if arn.ends_with("OrganizationQueryRole") => {
            answer(403, "text/xml", &error("AccessDenied", "not authorized to perform: sts:AssumeRole"))
        }
        _ => default_sts(request, before),
    }
}

#[tokio::test]
async fn a_hub_role_nobody_configured_may_be_missing_but_not_in_silence() {
    let server = Server::with_sts(no_hub, |_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Default("OrganizationQueryRole".into());
    let aws = aws(settings);
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert!(aws.notes()[0].contains("OrganizationQueryRole could not be assumed"), "{:?}", aws.notes());
}

#[tokio::test]
async fn a_hub_role_that_was_configured_must_work() {
    let server = Server::with_sts(no_hub, |_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Required("OrganizationQueryRole".into());
    let aws = aws(settings);
    let error = aws.hub_account().await.unwrap_err();
    assert!(error.to_string().contains("role/OrganizationQueryRole"), "{error}");
    assert!(!error.hints().is_empty());
    let failure = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::AssumeDenied);
}

#[tokio::test]
async fn a_denied_account_costs_one_call() {
    let sts = |request: &super::server::Request, before: usize| match request.form("Action").as_deref() {
        Some("AssumeRole") => {
            answer(403, "text/xml", &error("AccessDenied", "not authorized to perform: sts:AssumeRole"))
        }
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    for (operation, region) in
        [("sqs:ListQueues", "eu-west-1"), ("sqs:ListQueues", "us-east-1"), ("ecs:ListClusters", "us-east-1")]
    {
        let failure = read(&aws, operation, MEMBER, region, "{}").await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::AssumeDenied);
        assert_eq!(failure.fault.operation.as_deref(), Some("sts:AssumeRole"));
        assert!(failure.fault.message.contains("ReadOnlyQueryRole"), "{}", failure.fault);
        assert_eq!(failure.calls, 0);
    }
    assert_eq!(server.sts("AssumeRole").len(), 1);
    let fault = aws.assume(&account(MEMBER), &actions(&["sqs:ListQueues"])).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::AssumeDenied);
}

#[tokio::test]
async fn credentials_that_expired_are_renewed_once() {
    let server = Server::start(|request, _| match request.access_key() {
        "ASIA1" => answer(
            400,
            "application/json",
            r#"{"__type":"ExpiredTokenException","message":"The security token is expired"}"#,
        ),
        _ => queues(),
    })
    .await;
    let aws = aws(settings(&server.endpoint));
    let response = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert_eq!(response.calls, 2);
    assert_eq!(server.sts("AssumeRole").len(), 2);

    let always = Server::start(|_, _| {
        answer(400, "application/json", r#"{"__type":"ExpiredTokenException","message":"expired"}"#)
    })
    .await;
    let failure = read(&super::aws(settings(&always.endpoint)), "sqs:ListQueues", MEMBER, "eu-west-1", "{}")
        .await
        .unwrap_err();
    assert_eq!((failure.fault.kind, failure.calls), (FaultKind::Expired, 2));
}

#[tokio::test]
async fn a_policy_too_large_to_pack_is_split_further() {
    let sts = |request: &super::server::Request, before: usize| match request.form("Policy") {
        Some(policy) if policy.len() > 200 => {
            answer(400, "text/xml", &error("PackedPolicyTooLarge", "Packed size exceeds the allotted limit"))
        }
        Some(_) => assumed("ASIASMALL", 3600),
        None => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    let operation = aws.read_operation("sqs:ListQueues").unwrap();
    let many: Vec<String> = (0..40).map(|i| format!("service{i}:ListThings")).collect();
    let mut all: Vec<&str> = many.iter().map(String::as_str).collect();
    all.push("sqs:ListQueues");
    let (member, region) = (account(MEMBER), Region::new("eu-west-1"));
    let request = ReadRequest {
        account: &member,
        region: &region,
        operation: &operation,
        input: &Json::Null,
        actions: &actions(&all),
    };
    aws.read(request).await.unwrap();
    let last = server.sts("AssumeRole").last().and_then(|request| request.form("Policy")).unwrap();
    assert!(last.contains("\"sqs:ListQueues\"") && last.len() <= 200, "{last}");
    assert_eq!(last.matches('*').count(), 1, "only the resource is a wildcard: {last}");
}

#[tokio::test]
async fn the_hub_is_renewed_even_when_every_permit_is_taken() {
    let sts = |request: &super::server::Request, before: usize| match request.form("RoleArn") {
        Some(arn) if arn.ends_with("OrganizationQueryRole") => assumed(&format!("ASIAHUB{before}"), 2),
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Required("OrganizationQueryRole".into());
    settings.fan_out.concurrency = 1;
    let aws = aws(settings);
    aws.hub_account().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let late = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}");
    tokio::time::timeout(std::time::Duration::from_secs(5), late).await.expect("waits for itself").unwrap();
}

#[tokio::test]
async fn a_call_the_plan_did_not_name_is_not_made() {
    let server = Server::start(|_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    let operation = aws.read_operation("sqs:ListQueues").unwrap();
    let (member, region) = (account(MEMBER), Region::new("eu-west-1"));
    let request = ReadRequest {
        account: &member,
        region: &region,
        operation: &operation,
        input: &Json::Null,
        actions: &actions(&["ec2:DescribeInstances"]),
    };
    let failure = aws.read(request).await.unwrap_err();
    assert_eq!((failure.fault.kind, failure.calls), (FaultKind::Rejected, 0));
    assert!(server.sts("AssumeRole").is_empty());
}

#[tokio::test]
async fn a_thousand_units_of_one_account_open_one_session() {
    let server = Server::start(|_, _| queues()).await;
    let aws = Arc::new(aws(settings(&server.endpoint)));
    let reads: Vec<_> = (0..200)
        .map(|_| {
            let aws = aws.clone();
            tokio::spawn(async move { read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await })
        })
        .collect();
    for read in reads {
        read.await.unwrap().unwrap();
    }
    assert_eq!(server.sts("AssumeRole").len(), 1);
    assert_eq!(server.sts("GetCallerIdentity").len(), 1);
}

#[tokio::test]
async fn credentials_that_sts_does_not_know_say_what_to_do() {
    let sts = |_: &super::server::Request, _: usize| {
        answer(403, "text/xml", &error("InvalidClientTokenId", "The security token is invalid"))
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let error = aws(settings(&server.endpoint)).caller().await.unwrap_err();
    assert!(error.to_string().contains("whose credentials"), "{error}");
    assert!(error.hints()[0].contains("aws sso login"));
}

#[tokio::test]
async fn who_is_in_the_hub_role_already_does_not_assume_it_again() {
    let sts = |request: &super::server::Request, before: usize| match request.form("Action").as_deref() {
        Some("GetCallerIdentity") => {
            // caller() writes the ARN of IAM; a role's session has one of STS.
            match caller("assumed-role/OrganizationQueryRole/me") {
                Reply::Answer { status, headers, body } => {
                    Reply::Answer { status, headers, body: body.replace("aws:iam", "aws:sts") }
                }
                other => other,
            }
        }
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Required("OrganizationQueryRole".into());
    settings.credentials.session_duration = std::time::Duration::from_secs(7200);
    let aws = aws(settings);
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    let assumed = server.sts("AssumeRole");
    assert_eq!(assumed.len(), 1);
    // From a role's session another lasts an hour at most.
    assert_eq!(assumed[0].form("DurationSeconds").as_deref(), Some("3600"));
}

#[tokio::test]
async fn a_role_that_allows_an_hour_only_is_assumed_for_an_hour() {
    let sts = |request: &super::server::Request, before: usize| match request.form("DurationSeconds") {
        Some(seconds) if seconds != "3600" => answer(
            400,
            "text/xml",
            &error(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ),
        ),
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let mut settings = settings(&server.endpoint);
    settings.credentials.session_duration = std::time::Duration::from_secs(7200);
    read(&aws(settings), "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert_eq!(server.sts("AssumeRole").len(), 2);
}
