//! How fast Aws reads: a share of the quota, and slower together once one is throttled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::server::{Server, answer};
use super::{MEMBER, OWN, account, actions, aws, read, settings};

const QUEUES: &str = r#"{"QueueUrls":["http://q/1"]}"#;

/// A service that takes `rate` requests a second and `burst` at once.
struct Quota {
    rate: f64,
    burst: f64,
    state: Mutex<(f64, Instant)>,
}

impl Quota {
    fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, state: Mutex::new((burst, Instant::now())) }
    }

    fn takes_one(&self) -> bool {
        let mut state = self.state.lock();
        let now = Instant::now();
        state.0 = (state.0 + (now - state.1).as_secs_f64() * self.rate).min(self.burst);
        state.1 = now;
        let takes = state.0 >= 1.0;
        if takes {
            state.0 -= 1.0;
        }
        takes
    }
}

#[tokio::test]
async fn every_session_is_a_token_of_the_sts_quota() {
    let server = Server::start(|_, _| answer(500, "text/plain", "nobody asks")).await;
    let mut settings = settings(&server.endpoint);
    // Six a second, and six at once: one of them asks who is calling.
    settings.fan_out.pace = Some(0.01);
    let aws = aws(settings);
    let actions = actions(&["sqs:ListQueues"]);
    let begun = Instant::now();
    let sessions = (0..14).map(|n| {
        let (aws, actions) = (aws.clone(), actions.clone());
        tokio::spawn(async move { aws.assume(&account(&format!("3333333333{n:02}")), &actions).await })
    });
    for session in futures::future::join_all(sessions).await {
        session.unwrap().unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(1450), "{:?}", begun.elapsed());
    assert_eq!(aws.assume_role_calls(), 14);
    let paced = aws.paced();
    assert_eq!((&*paced[0].name, paced[0].rate, paced.len()), ("sts:*", 6.0, 1), "{paced:?}");
    let notes = aws.notes();
    assert!(
        notes.iter().any(|note| note.starts_with("paced: sts:* at 6/s per account and region")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_quota_that_others_have_used_up_slows_every_caller_and_loses_no_call() {
    let quota = Arc::new(Quota::new(200.0, 10.0));
    let server = Server::start(move |_, _| match quota.takes_one() {
        true => answer(200, "application/x-amz-json-1.0", QUEUES),
        false => answer(400, "application/json", r#"{"__type":"ThrottlingException","message":"slow down"}"#),
    })
    .await;
    let mut settings = settings(&server.endpoint);
    settings.fan_out.pace = Some(1.0);
    settings.network.max_attempts = 8;
    let aws = aws(settings);
    let reads = (0..150).map(|n| {
        let aws = aws.clone();
        tokio::spawn(async move {
            let input = format!(r#"{{"QueueNamePrefix":"q{n}"}}"#);
            read(&aws, "sqs:ListQueues", OWN, "eu-west-1", &input).await.map(|r| r.calls).map_err(|f| f.fault)
        })
    });
    let mut calls = 0;
    for read in futures::future::join_all(reads).await {
        calls += read.unwrap().unwrap();
    }
    let paced = aws.paced();
    assert!(paced[0].throttled > 0, "{paced:?}");
    assert!(calls < 2 * 150 + 150, "each waits alone: {calls} calls for 150 answers");
}

#[tokio::test]
async fn another_account_is_not_slowed() {
    let server = Server::start(|request, _| match request.access_key() {
        "AKIABASE" => answer(429, "application/json", "{}").with("retry-after", "20"),
        _ => answer(200, "application/x-amz-json-1.0", QUEUES),
    })
    .await;
    let aws = aws(settings(&server.endpoint));
    let slowed = tokio::spawn({
        let aws = aws.clone();
        async move { read(&aws, "sqs:ListQueues", OWN, "eu-west-1", "{}").await }
    });
    while server.reads().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}");
    tokio::time::timeout(Duration::from_secs(5), other).await.expect("it has a quota of its own").unwrap();
    slowed.abort();
}

#[tokio::test]
async fn events_are_looked_up_at_cloudtrails_two_a_second() {
    // Nobody else asks, and nobody may ask faster.
    let quota = Arc::new(Quota::new(2.0, 2.0));
    let server = Server::start(move |_, _| match quota.takes_one() {
        true => answer(200, "application/x-amz-json-1.1", r#"{"Events":[]}"#),
        false => answer(400, "application/json", r#"{"__type":"ThrottlingException","message":"slow down"}"#),
    })
    .await;
    let mut settings = settings(&server.endpoint);
    settings.fan_out.pace = Some(1.0);
    let aws = aws(settings);
    let begun = Instant::now();
    let reads = (0..6).map(|n| {
        let aws = aws.clone();
        let input = format!(r#"{{"MaxResults":{}}}"#, 50 - n);
        tokio::spawn(async move { read(&aws, "cloudtrail:LookupEvents", OWN, "eu-west-1", &input).await })
    });
    for read in futures::future::join_all(reads).await {
        assert_eq!(read.unwrap().unwrap().calls, 1, "none is throttled");
    }
    assert!(begun.elapsed() >= Duration::from_millis(1_900), "{:?}", begun.elapsed());
    let paced = aws.paced();
    let events = paced.iter().find(|paced| &*paced.name == "cloudtrail:LookupEvents").unwrap();
    assert_eq!((events.rate, events.throttled), (2.0, 0));
}
