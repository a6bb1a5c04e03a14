//! Sessions of earlier runs: found again by whoever could have opened them, and renewed where they do not
//! hold any more.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use canvass::aws::{Aws, KeptSessions, Prompt, Transport};
use canvass::catalog::Catalog;
use canvass::error::Result;
use canvass::model::FaultKind;
use canvass::settings::{Paths, RoleSetting, Settings};
use canvass::store::Store;
use futures::future::join_all;

use super::server::{Reply, Request, Server, answer, assumed, default_sts, error};
use super::{MEMBER, actions, read, settings};

fn queues() -> Reply {
    answer(200, "application/x-amz-json-1.0", "{}")
}

/// Counts how often a code is asked for.
#[derive(Default)]
struct Device(AtomicUsize);

impl Prompt for Device {
    fn mfa_code(&self, _serial: &str) -> Result<String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok("123456".to_owned())
    }
}

/// What one process is to another: only the folder is shared.
fn process(settings: Settings, folder: &Path, place: &str, device: &Arc<Device>) -> Aws {
    let keys = Credentials::new("AKIABASE", "base-secret", None, None, "test");
    process_of(SharedCredentialsProvider::new(keys), settings, folder, place, device)
}

fn process_of(
    base: SharedCredentialsProvider,
    settings: Settings,
    folder: &Path,
    place: &str,
    device: &Arc<Device>,
) -> Aws {
    let folder = folder.to_path_buf();
    let paths = Paths { config: folder.clone(), cache: folder.clone(), data: folder.clone(), state: folder };
    let keeper = Arc::new(Store::open(&paths).records("sessions"));
    let transport = Transport { http_client: None, credentials: Some(base) };
    let kept = Some(KeptSessions { keeper, place: place.to_owned() });
    let catalog = Arc::new(Catalog::builtin().unwrap());
    Aws::keeping(Arc::new(settings), catalog, transport, device.clone(), kept).unwrap()
}

fn with_hub(server: &Server) -> Settings {
    let mut settings = settings(&server.endpoint);
    settings.credentials.hub_role = RoleSetting::Required("OrganizationQueryRole".into());
    settings
}

#[tokio::test]
async fn a_second_process_asks_sts_for_nothing() {
    let server = Server::start(|_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let aws = process(with_hub(&server), folder.path(), "aws", &Arc::default());
        read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    }
    assert_eq!(server.sts("AssumeRole").len(), 2, "the hub and the member");
    assert_eq!(server.sts("GetCallerIdentity").len(), 1);
    assert!(server.reads().iter().all(|r| r.access_key() == server.reads()[0].access_key()));
}

#[tokio::test]
async fn whatever_shapes_a_session_tells_it_from_others() {
    let server = Server::start(|_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut opened = 0;
    type Change = fn(&mut Settings);
    let variants: [(&str, Change); 7] = [
        ("aws", |_| {}),
        ("another world", |_| {}),
        ("aws", |s| s.credentials.external_id = Some("x-1".into())),
        ("aws", |s| s.credentials.session_name = "ana".into()),
        ("aws", |s| s.credentials.source_identity = Some("ana".into())),
        ("aws", |s| s.credentials.member_role = "Another".into()),
        ("aws", |s| s.credentials.session_duration = Duration::from_secs(1800)),
    ];
    for (place, change) in variants {
        for _ in 0..2 {
            let mut settings = settings(&server.endpoint);
            change(&mut settings);
            let aws = process(settings, folder.path(), place, &Arc::default());
            read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
        }
        opened += 1;
        assert_eq!(server.sts("AssumeRole").len(), opened);
    }
    // Other actions are another session.
    let aws = process(settings(&server.endpoint), folder.path(), "aws", &Arc::default());
    aws.assume(&super::account(MEMBER), &actions(&["ec2:DescribeVpcs"])).await.unwrap();
    assert_eq!(server.sts("AssumeRole").len(), opened + 1);
    // Another identity, behind the same endpoint.
    let other = Server::with_sts(
        |request, before| match request.form("Action").as_deref() {
            Some("GetCallerIdentity") => super::server::caller("user/somebody-else"),
            _ => default_sts(request, before),
        },
        |_, _| queues(),
    )
    .await;
    let mut settings = settings(&server.endpoint);
    settings.network.endpoint_url = Some(other.endpoint.clone());
    let aws = process(settings, folder.path(), "aws", &Arc::default());
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert_eq!(other.sts("AssumeRole").len(), 1);
}

#[tokio::test]
async fn nothing_of_the_base_identity_is_kept_and_nothing_shows_in_a_name() {
    let server = Server::start(|_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = with_hub(&server);
    settings.credentials.external_id = Some("very-secret-external-id".into());
    let aws = process(settings, folder.path(), "aws", &Arc::default());
    read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    for entry in std::fs::read_dir(folder.path().join("sessions")).unwrap() {
        let path = entry.unwrap().path();
        let text = format!("{}\n{}", path.display(), std::fs::read_to_string(&path).unwrap());
        assert!(!text.contains("base-secret") && !text.contains("very-secret"), "{text}");
    }
}

#[tokio::test]
async fn a_code_is_asked_for_once_in_a_sessions_life() {
    const DEVICE: &str = "arn:aws:iam::111111111111:mfa/ana";
    let sts = |request: &Request, before: usize| match request.form("Action").as_deref() {
        Some("GetSessionToken") => match assumed("ASIAMFA", 43_200) {
            Reply::Answer { status, headers, body } => {
                Reply::Answer { status, headers, body: body.replace("AssumeRole", "GetSessionToken") }
            }
            other => other,
        },
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let (folder, device) = (tempfile::tempdir().unwrap(), Arc::<Device>::default());
    for _ in 0..3 {
        let mut settings = with_hub(&server);
        settings.credentials.mfa_serial = Some(DEVICE.into());
        let aws = process(settings, folder.path(), "aws", &device);
        read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    }
    assert_eq!(device.0.load(Ordering::SeqCst), 1);
    assert_eq!(server.sts("GetSessionToken").len(), 1);
    assert_eq!(server.sts("AssumeRole").len(), 2);
}

fn void() -> Reply {
    let body = r#"{"__type":"UnrecognizedClientException","message":"The security token is invalid."}"#;
    answer(400, "application/json", body)
}

#[tokio::test]
async fn sessions_made_void_since_are_opened_once_more_and_forgotten_for_good() {
    let stale = |key: &str| ["ASIA1", "ASIA2"].contains(&key);
    let sts = move |request: &Request, before: usize| {
        if stale(request.access_key()) && before > 2 {
            return answer(403, "text/xml", &error("InvalidClientTokenId", "The token is invalid"));
        }
        default_sts(request, before)
    };
    let server =
        Server::with_sts(
            sts,
            move |request, before| {
                if stale(request.access_key()) && before > 0 { void() } else { queues() }
            },
        )
        .await;
    let folder = tempfile::tempdir().unwrap();
    let first = process(with_hub(&server), folder.path(), "aws", &Arc::default());
    read(&first, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert_eq!(server.sts("AssumeRole").len(), 2);
    drop(first);

    let second = process(with_hub(&server), folder.path(), "aws", &Arc::default());
    let many = (0..50).map(|_| read(&second, "sqs:ListQueues", MEMBER, "eu-west-1", "{}"));
    for outcome in join_all(many).await {
        outcome.unwrap();
    }
    // The hub's session is void as well: refused once, opened once; then the member's.
    let roles: Vec<String> =
        server.sts("AssumeRole").iter().skip(2).map(|r| r.form("RoleArn").unwrap()).collect();
    assert_eq!(roles.iter().filter(|arn| arn.ends_with("OrganizationQueryRole")).count(), 1, "{roles:?}");
    assert_eq!(roles.iter().filter(|arn| arn.contains(MEMBER)).count(), 2, "{roles:?}");

    let before = server.sts("AssumeRole").len();
    let third = process(with_hub(&server), folder.path(), "aws", &Arc::default());
    read(&third, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
    assert_eq!(server.sts("AssumeRole").len(), before, "the new ones are kept");
}

#[tokio::test]
async fn typed_clients_never_sign_with_a_hub_session_that_is_void() {
    let sts = |request: &Request, before: usize| match request.access_key() {
        "ASIA1" if before > 1 => {
            answer(403, "text/xml", &error("InvalidClientTokenId", "The token is invalid"))
        }
        _ => default_sts(request, before),
    };
    let server = Server::with_sts(sts, |_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    for expected in ["ASIA1", "ASIA3"] {
        let aws = process(with_hub(&server), folder.path(), "aws", &Arc::default());
        let config = aws.hub_sdk_config().await.unwrap();
        let signer = config.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!(signer.access_key_id(), expected);
    }
}

#[tokio::test]
async fn a_region_that_is_off_costs_no_session_once_the_session_is_known_to_hold() {
    let off = |request: &Request, _: usize| match request.scope().0.as_str() {
        "ap-east-1" => void(),
        _ => queues(),
    };
    let server = Server::start(off).await;
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let aws = process(settings(&server.endpoint), folder.path(), "aws", &Arc::default());
        read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await.unwrap();
        let failure = read(&aws, "sqs:ListQueues", MEMBER, "ap-east-1", "{}").await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::RegionDisabled);
    }
    assert_eq!(server.sts("AssumeRole").len(), 1);
}

#[tokio::test]
async fn many_units_whose_session_ends_midway_open_one_more() {
    let server = Server::start(|request, before| {
        let body = r#"{"__type":"ExpiredTokenException","message":"The security token is expired"}"#;
        if request.access_key() == "ASIA1" && before >= 20 {
            return answer(400, "application/json", body);
        }
        queues()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let aws = process(settings(&server.endpoint), folder.path(), "aws", &Arc::default());
    for _ in 0..5 {
        let many = (0..40).map(|_| read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}"));
        for outcome in join_all(many).await {
            outcome.unwrap();
        }
    }
    assert_eq!(server.sts("AssumeRole").len(), 2);
}

/// A chain whose credentials end, and are then others.
#[derive(Debug, Default)]
struct Rotating {
    given: AtomicUsize,
    ends: bool,
}

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let given = self.given.fetch_add(1, Ordering::SeqCst);
        if self.ends && given > 0 {
            let ended = "the SSO session has expired or is otherwise invalid";
            return future::ProvideCredentials::ready(Err(
                provider::error::CredentialsError::provider_error(ended),
            ));
        }
        let key = format!("AKIABASE{given}");
        future::ProvideCredentials::ready(Ok(Credentials::new(key, "s", Some("t".into()), None, "test")))
    }
}

/// The first base credentials are refused after the caller was asked for.
fn base_expires(request: &Request, before: usize) -> Reply {
    if request.access_key() == "AKIABASE0" && request.form("Action").as_deref() == Some("AssumeRole") {
        return answer(403, "text/xml", &error("ExpiredToken", "The security token has expired"));
    }
    default_sts(request, before)
}

#[tokio::test]
async fn base_credentials_that_end_midway_are_asked_for_again() {
    let server = Server::with_sts(base_expires, |_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    let base = SharedCredentialsProvider::new(Rotating::default());
    let aws = process_of(base, settings(&server.endpoint), folder.path(), "aws", &Arc::default());
    let many = (0..20).map(|_| read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}"));
    for outcome in join_all(many).await {
        outcome.unwrap();
    }
    let keys: Vec<String> =
        server.sts("AssumeRole").iter().map(|request| request.access_key().to_owned()).collect();
    assert_eq!(keys, ["AKIABASE0", "AKIABASE1"]);
}

#[tokio::test]
async fn a_login_that_ends_midway_is_a_clear_fault_and_is_asked_for_once() {
    let server = Server::with_sts(base_expires, |_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    let base = SharedCredentialsProvider::new(Rotating { ends: true, ..Rotating::default() });
    let aws = process_of(base, settings(&server.endpoint), folder.path(), "aws", &Arc::default());
    for outcome in join_all((0..20).map(|_| read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}"))).await {
        let fault = outcome.unwrap_err().fault;
        assert_eq!(fault.kind, FaultKind::Expired);
        assert!(fault.message.contains("login has expired"), "{fault}");
    }
    assert_eq!(server.sts("AssumeRole").len(), 1);
}

#[tokio::test]
async fn two_thousand_sessions_are_one_file_and_cost_little() {
    let server = Server::start(|_, _| queues()).await;
    let folder = tempfile::tempdir().unwrap();
    let records = || {
        let path = folder.path().to_path_buf();
        Store::open(&Paths { config: path.clone(), cache: path.clone(), data: path.clone(), state: path })
            .records("sessions")
    };
    let (token, end) = ("t".repeat(1_000), SystemTime::now() + Duration::from_secs(3600));
    let begun = Instant::now();
    let one = records();
    for i in 0..2_000 {
        one.put("key", &format!("arn:aws:iam::{i:012}:role/ReadOnlyQueryRole"), &token, end);
    }
    let saved = begun.elapsed();
    let begun = Instant::now();
    assert!(records().get("key", "arn:aws:iam::000000001999:role/ReadOnlyQueryRole").is_some());
    // A figure, not a bound: a busy machine and an unoptimised build are far from what is shipped.
    eprintln!("2,000 sessions: saved in {saved:?}, loaded in {:?}", begun.elapsed());
    let files = std::fs::read_dir(folder.path().join("sessions")).unwrap();
    assert_eq!(files.count(), 2, "the records and their lock");
    drop(server);
}
