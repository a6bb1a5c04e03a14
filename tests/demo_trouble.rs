//! Trouble on purpose is the same trouble behind the HTTP client and over TCP, and `/__stats` has counted it.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use canvass::aws::{ActionSet, Aws, ReadRequest, Transport};
use canvass::catalog::Catalog;
use canvass::demo::{self, Knobs, World};
use canvass::model::{FaultKind, Json, Region};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::product::{Nobody, default_settings, demo_keys};

fn world(knobs: &str) -> Arc<World> {
    let knobs: Knobs = knobs.parse().unwrap();
    Arc::new(World::new(&knobs, chrono::Utc::now(), Arc::new(Catalog::builtin().unwrap())).unwrap())
}

/// The product on a world: behind its HTTP client, or over TCP where there is an endpoint.
fn aws(world: &Arc<World>, endpoint: Option<String>) -> Aws {
    let mut settings = default_settings();
    settings.network.max_attempts = 2;
    settings.network.call_timeout = Duration::from_millis(500);
    let http_client = endpoint.is_none().then(|| demo::http_client(Arc::clone(world)));
    settings.network.endpoint_url = endpoint;
    let transport = Transport { http_client, credentials: Some(SharedCredentialsProvider::new(demo_keys())) };
    Aws::new(Arc::new(settings), Arc::new(Catalog::builtin().unwrap()), transport, Arc::new(Nobody)).unwrap()
}

async fn serve(world: &Arc<World>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(demo::serve(Arc::clone(world), listener, std::future::pending()));
    format!("http://{address}")
}

/// The kind of fault and its words, or the number of instances.
async fn instances(aws: &Aws) -> Result<usize, (FaultKind, String)> {
    let operation = aws.read_operation("ec2:DescribeInstances").unwrap();
    let actions: ActionSet = Arc::new(operation.actions.iter().cloned().collect());
    let request = ReadRequest {
        account: &"100000000006".parse().unwrap(),
        region: &Region::new("us-east-1"),
        operation: &operation,
        input: &Json::Null,
        actions: &actions,
    };
    let answer = aws.read(request).await.map_err(|f| (f.fault.kind, f.fault.message))?;
    Ok(answer.output.get("Reservations").and_then(Json::as_array).unwrap().len())
}

#[tokio::test]
async fn every_trouble_is_the_same_fault_in_process_and_over_tcp() {
    for (knobs, kind) in [
        ("throttle=1,sticky=1", FaultKind::Throttled),
        ("truncate=1,sticky=1", FaultKind::BadResponse),
        ("garble=1,sticky=1", FaultKind::BadResponse),
        ("deny=1", FaultKind::IamDenied),
        ("hang=1", FaultKind::Timeout),
        ("hang=payments-prod", FaultKind::Timeout),
    ] {
        let world = world(knobs);
        let endpoint = serve(&world).await;
        let (kind_here, _) = instances(&aws(&world, None)).await.unwrap_err();
        let (kind_there, words) = instances(&aws(&world, Some(endpoint))).await.unwrap_err();
        assert_eq!((kind_here, kind_there), (kind, kind), "{knobs}: {words}");
    }
}

#[tokio::test]
async fn a_reset_is_a_broken_connection_or_half_an_answer() {
    for seed in 0..6 {
        let world = world(&format!("reset=1,sticky=1,seed={seed}"));
        let endpoint = serve(&world).await;
        for aws in [aws(&world, None), aws(&world, Some(endpoint))] {
            let (kind, words) = instances(&aws).await.unwrap_err();
            assert!(matches!(kind, FaultKind::Unreachable | FaultKind::BadResponse), "{kind}: {words}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_put_right() {
    let expected = instances(&aws(&world(""), None)).await.unwrap();
    for knobs in ["skew=10m", "skew=-2h", "skew=10m/0.9"] {
        let world = world(knobs);
        let endpoint = serve(&world).await;
        for aws in [aws(&world, None), aws(&world, Some(endpoint))] {
            assert_eq!(instances(&aws).await, Ok(expected), "{knobs}");
        }
    }
}

#[tokio::test]
async fn an_internal_error_is_told_in_the_words_of_the_service() {
    let world = world("error=1,sticky=1");
    let endpoint = serve(&world).await;
    for aws in [aws(&world, None), aws(&world, Some(endpoint))] {
        let (_, words) = instances(&aws).await.unwrap_err();
        assert!(words.contains("overloaded") || words.contains("internal error"), "{words}");
    }
}

#[tokio::test]
async fn trouble_that_passes_leaves_the_answer_whole() {
    let (calm, hostile) =
        (world("seed=11"), world("throttle=0.1,reset=0.1,truncate=0.1,garble=0.1,error=0.1,seed=11"));
    let expected = instances(&aws(&calm, None)).await.unwrap();
    let endpoint = serve(&hostile).await;
    let mut answers = 0;
    let mut met = Vec::new();
    for _ in 0..20 {
        // Two attempts are not always enough; what answers is whole.
        match instances(&aws(&hostile, Some(endpoint.clone()))).await {
            Ok(found) => {
                assert_eq!(found, expected);
                answers += 1;
            }
            Err(fault) => met.push(fault),
        }
    }
    assert!(answers > 3 && !met.is_empty(), "{answers}: {met:?}");
}

/// One request without a signature, as a bystander sends it.
async fn plain(endpoint: &str, method: &str, path: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn the_server_counts_what_it_was_asked() {
    let world = world("throttle=1,sticky=1");
    let endpoint = serve(&world).await;
    assert!(instances(&aws(&world, Some(endpoint.clone()))).await.is_err());
    let counted = Json::parse(&plain(&endpoint, "GET", "/__stats").await).unwrap();
    let number = |name: &str| counted.get(name).and_then(Json::as_i64).unwrap();
    let calls = counted.get("calls").unwrap();
    let called = |operation| calls.get(operation).and_then(Json::as_i64).unwrap();
    assert_eq!((called("ec2.DescribeInstances"), number("throttled")), (2, 2), "{counted:?}");
    assert!(number("assume_role_calls") > 0, "{counted:?}");
    assert_eq!(number("assume_role_calls"), called("sts.AssumeRole"));
    assert_eq!(counted.get("statuses").unwrap().get("503"), Some(&Json::int(2)), "{counted:?}");
    assert!(number("peak") == 1 && number("bytes") > 500 && number("connections") > 0, "{counted:?}");
    plain(&endpoint, "POST", "/__reset").await;
    let counted = Json::parse(&plain(&endpoint, "GET", "/__stats").await).unwrap();
    assert_eq!(counted.get("total").and_then(Json::as_i64), Some(0));
}
