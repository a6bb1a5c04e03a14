//! What a read makes of servers that fail in every way they can.

use std::time::{Duration, Instant};

use canvass::aws::{Aws, ReadFailure};
use canvass::model::FaultKind;

use super::server::{Reply, Server, answer, error};
use super::{OWN, aws, read, settings};

const QUEUES: &str = r#"{"QueueUrls":["http://q/1"]}"#;

fn queues() -> Reply {
    answer(200, "application/x-amz-json-1.0", QUEUES)
}

async fn list_queues(aws: &Aws) -> Result<canvass::aws::ReadResponse, ReadFailure> {
    read(aws, "sqs:ListQueues", OWN, "eu-west-1", "{}").await
}

/// The server always does the same; the read must fail in this way after so many calls.
async fn fails(reply: Reply, kind: FaultKind, calls: u64) -> ReadFailure {
    let server = Server::start(move |_, _| reply.clone()).await;
    let mut settings = settings(&server.endpoint);
    settings.network.call_timeout = Duration::from_millis(300);
    let failure = list_queues(&aws(settings)).await.unwrap_err();
    assert_eq!((failure.fault.kind, failure.calls), (kind, calls), "{}", failure.fault);
    assert_eq!(failure.fault.operation.as_deref(), Some("sqs:ListQueues"));
    assert_eq!(server.reads().len() as u64, calls);
    failure
}

#[tokio::test]
async fn a_signed_request_is_answered() {
    let server = Server::start(|_, _| queues()).await;
    let response = list_queues(&aws(settings(&server.endpoint))).await.unwrap();
    assert_eq!(response.output.to_json(), QUEUES);
    assert_eq!((response.bytes, response.calls), (QUEUES.len() as u64, 1));
    let sent = &server.reads()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "/"));
    assert_eq!(sent.header("x-amz-target"), "AmazonSQS.ListQueues");
    assert_eq!(sent.header("user-agent"), concat!("canvass/", env!("CARGO_PKG_VERSION")));
    assert_eq!(sent.scope(), ("eu-west-1".to_owned(), "sqs".to_owned()));
    assert_eq!(sent.access_key(), "AKIABASE");
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    for broken in [
        answer(503, "text/plain", "busy"),
        answer(400, "application/json", r#"{"__type":"ThrottlingException","message":"slow down"}"#),
        answer(500, "text/html", "<html>oops</html>"),
        answer(200, "text/html", "<html>maintenance</html>"),
        Reply::CutShort { body: QUEUES.to_owned() },
        Reply::HangUp,
    ] {
        let shown = format!("{broken:?}");
        let server =
            Server::start(move |_, before| if before == 0 { broken.clone() } else { queues() }).await;
        let response = list_queues(&aws(settings(&server.endpoint))).await;
        assert_eq!(response.unwrap_or_else(|e| panic!("{shown}: {}", e.fault)).calls, 2, "{shown}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_a_fault_of_its_kind() {
    let failure = fails(
        answer(400, "application/json", r#"{"__type":"x#ThrottlingException","message":"slow down"}"#),
        FaultKind::Throttled,
        3,
    )
    .await;
    assert_eq!(failure.fault.code.as_deref(), Some("ThrottlingException"));
    assert_eq!(failure.fault.message, "slow down");
    fails(Reply::Hang, FaultKind::Timeout, 3).await;
    fails(Reply::HangUp, FaultKind::Unreachable, 3).await;
    fails(Reply::CutShort { body: QUEUES.to_owned() }, FaultKind::BadResponse, 3).await;
    fails(answer(500, "text/html", "<html>oops</html>"), FaultKind::BadResponse, 3).await;
    fails(answer(200, "text/html", "<html>login</html>"), FaultKind::BadResponse, 3).await;
    fails(answer(200, "application/json", "<a/>"), FaultKind::BadResponse, 3).await;
    fails(answer(200, "application/json", ""), FaultKind::BadResponse, 3).await;
    fails(answer(404, "text/plain", "no such page"), FaultKind::Rejected, 1).await;
    let denied = r#"{"__type":"AccessDeniedException","message":"not authorized to perform: sqs:ListQueues because no identity-based policy allows it"}"#;
    fails(answer(403, "application/json", denied), FaultKind::IamDenied, 1).await;
    let denied = r#"{"__type":"AccessDeniedException","message":"not authorized with an explicit deny in a service control policy"}"#;
    fails(answer(403, "application/json", denied), FaultKind::ScpDenied, 1).await;
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::start(|_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    aws.caller().await.unwrap();
    let mut lost = settings(&nobody);
    lost.network.max_attempts = 2;
    let error = super::aws(lost).caller().await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_retry_after_is_waited_for() {
    let server = Server::start(|_, before| match before {
        0 => answer(429, "application/json", "{}").with("retry-after", "1"),
        _ => queues(),
    })
    .await;
    let begun = Instant::now();
    list_queues(&aws(settings(&server.endpoint))).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_call_that_waits_to_be_repeated_holds_no_permit() {
    let server = Server::start(|request, before| match before {
        _ if request.body.contains("quick") => queues(),
        0 => answer(429, "application/json", "{}").with("retry-after", "2"),
        _ => queues(),
    })
    .await;
    let mut settings = settings(&server.endpoint);
    settings.fan_out.concurrency = 1;
    let aws = aws(settings);
    let slow = tokio::spawn({
        let aws = aws.clone();
        async move { list_queues(&aws).await }
    });
    while server.reads().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Elsewhere: in the same place it would wait with the other.
    let quick = read(&aws, "sqs:ListQueues", OWN, "eu-west-2", r#"{"QueueNamePrefix":"quick"}"#);
    tokio::time::timeout(Duration::from_secs(1), quick).await.expect("the permit was kept").unwrap();
    slow.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected() {
    let server = Server::start(|request, _| {
        let signed = request.header("x-amz-date").to_owned();
        let later = chrono::Utc::now() + chrono::Duration::hours(2);
        let date = later.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if signed.get(..11) == Some(&later.format("%Y%m%dT%H").to_string()) {
            queues().with("date", &date)
        } else {
            let body = r#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#;
            answer(403, "application/json", body).with("date", &date)
        }
    })
    .await;
    let response = list_queues(&aws(settings(&server.endpoint))).await.unwrap();
    assert_eq!(response.calls, 2);
}

#[tokio::test]
async fn a_bucket_elsewhere_is_followed_and_remembered() {
    let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let server = Server::start(move |request, _| match request.scope().0.as_str() {
        "eu-west-1" => answer(200, "application/xml", body),
        _ => answer(
            400,
            "application/xml",
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message>\
             <Region>eu-west-1</Region></Error>",
        ),
    })
    .await;
    let aws = aws(settings(&server.endpoint));
    let ask = || read(&aws, "s3:GetBucketVersioning", OWN, "us-east-1", r#"{"Bucket":"my-logs"}"#);
    let first = ask().await.unwrap();
    assert_eq!(first.output.to_json(), r#"{"Status":"Enabled"}"#);
    assert_eq!(first.calls, 2);
    assert_eq!(ask().await.unwrap().calls, 1);
    let sent = &server.reads()[0];
    assert_eq!(sent.target, "/my-logs?versioning");
    assert_eq!(sent.header("x-amz-content-sha256").len(), 64);
}

#[tokio::test]
async fn a_bucket_that_is_sent_in_circles_is_a_fault() {
    let server = Server::start(|_, before| {
        let region = if before % 2 == 0 { "eu-west-1" } else { "us-east-1" };
        answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code><Message>go</Message></Error>")
            .with("x-amz-bucket-region", region)
    })
    .await;
    let aws = aws(settings(&server.endpoint));
    let failure =
        read(&aws, "s3:GetBucketVersioning", OWN, "us-east-1", r#"{"Bucket":"b"}"#).await.unwrap_err();
    assert_eq!(failure.fault.code.as_deref(), Some("PermanentRedirect"));
    assert!(failure.calls <= 4, "{}", failure.calls);
}

#[tokio::test]
async fn input_that_does_not_fit_costs_no_call() {
    let server = Server::start(|_, _| queues()).await;
    let aws = aws(settings(&server.endpoint));
    let failure = read(&aws, "sqs:ListQueues", OWN, "eu-west-1", r#"{"Nonsense":1}"#).await.unwrap_err();
    assert_eq!((failure.fault.kind, failure.calls), (FaultKind::Rejected, 0));
    assert_eq!(failure.fault.message, "sqs:ListQueues has no parameter 'Nonsense'");
    assert!(server.reads().is_empty());
}

#[tokio::test]
async fn errors_of_the_query_protocol_keep_their_words() {
    let server =
        Server::start(|_, _| answer(404, "text/xml", &error("NoSuchEntity", "no user named bob"))).await;
    let aws = aws(settings(&server.endpoint));
    let failure = read(&aws, "iam:GetUser", OWN, "global", r#"{"UserName":"bob"}"#).await.unwrap_err();
    assert_eq!(failure.fault.to_string(), "rejected in iam:GetUser (NoSuchEntity): no user named bob");
}
