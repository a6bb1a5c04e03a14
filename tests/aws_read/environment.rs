//! The operator's own environment: variables, profiles, logins. Each case runs in a child process
//! with an environment and a home folder of its own, because a process has only one of each.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use canvass::aws::{Aws, Prompt, SessionPolicy, Transport};
use canvass::catalog::Catalog;
use canvass::error::{Error, Result};
use canvass::model::Region;
use canvass::settings::{Flags, IdentityCenterSettings, LoadInputs, RoleSetting, Settings};

use super::server::{Reply, Server, answer, assumed, default_sts};
use super::{MEMBER, OWN, read};

const CASE: &str = "CANVASS_TEST_CASE";
const DEVICE: &str = "arn:aws:iam::111111111111:mfa/operator";

struct Reader;

impl Prompt for Reader {
    fn mfa_code(&self, serial: &str) -> Result<String> {
        if serial == DEVICE { Ok("123456".to_owned()) } else { Err(Error::failed(serial)) }
    }
}

fn told(error: &Error) -> String {
    format!("error: {error} | hints: {}", error.hints().join("; "))
}

/// What a child does: the case names it, stdout says how it went.
#[test]
#[ignore = "runs in the children of the other tests"]
fn child() {
    let Ok(case) = std::env::var(CASE) else { return };
    let mut settings = LoadInputs::from_process(Flags::default()).unwrap().load().unwrap().settings;
    settings.network.max_attempts = 1;
    settings.credentials.hub_role = RoleSetting::None;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("SAID {}", runtime.block_on(run(&case, settings)));
}

async fn run(case: &str, mut settings: Settings) -> String {
    match case {
        "mfa" => settings.credentials.mfa_serial = Some(DEVICE.to_owned()),
        "profiles" => {
            settings.credentials.account_profiles.insert(MEMBER.parse().unwrap(), "member".into());
        }
        "center" | "center roles" | "center midway" => {
            settings.credentials.identity_center = Some(IdentityCenterSettings {
                sso_session: None,
                start_url: Some("https://corp.awsapps.com/start".into()),
                region: Region::new("eu-west-1"),
                role_name: (case != "center roles").then(|| "ReadOnly".to_owned()),
            });
        }
        _ => {}
    }
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let aws = Aws::new(Arc::new(settings), catalog, Transport::default(), Arc::new(Reader)).unwrap();
    match case {
        "caller" | "mfa" => match aws.caller().await {
            Ok(caller) => caller.arn,
            Err(error) => told(&error),
        },
        "accounts" | "center" | "center roles" => {
            let accounts = match aws.identity_center_accounts().await {
                Ok(accounts) => accounts,
                Err(error) => return told(&error),
            };
            let names: Vec<String> = accounts.iter().map(|a| format!("{} {}", a.id, a.name)).collect();
            let outcome = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await;
            let outcome = outcome.map_or_else(|failure| failure.fault.to_string(), |r| r.output.to_json());
            let policy = matches!(aws.session_policy(), SessionPolicy::None { .. });
            format!("{} | {outcome} | no policy: {policy}", names.join(", "))
        }
        "center midway" => {
            let first = read(&aws, "sqs:ListQueues", MEMBER, "eu-west-1", "{}").await;
            if let Some(token) = std::env::var_os("TOKEN_MEANWHILE") {
                let cache = std::env::home_dir().unwrap().join(".aws/sso/cache");
                std::fs::remove_file(cache.join("aaaa.json")).unwrap();
                std::fs::write(cache.join("bbbb.json"), token.into_encoded_bytes()).unwrap();
            }
            let accounts = [OWN, "333333333333", "444444444444"];
            let later = accounts.map(|account| read(&aws, "sqs:ListQueues", account, "eu-west-1", "{}"));
            let mut told = vec![first.is_ok().to_string()];
            for outcome in later {
                told.push(outcome.await.map_or_else(|f| f.fault.to_string(), |r| r.output.to_json()));
            }
            told.join(" | ")
        }
        _ => {
            let account = if case == "profiles" { MEMBER } else { OWN };
            match read(&aws, "sqs:ListQueues", account, "eu-west-1", "{}").await {
                Ok(response) => response.output.to_json(),
                Err(failure) => failure.fault.to_string(),
            }
        }
    }
}

/// Runs a case with these files below the home folder and these variables, and nothing else.
async fn said(case: &str, files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["aws_read::environment::child", "--exact", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("RUST_BACKTRACE", "0")
        .env(CASE, case)
        .envs(variables.iter().copied())
        .current_dir(home.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = stdout.lines().find_map(|line| line.split_once("SAID "));
    line.unwrap_or_else(|| panic!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr))).1.to_owned()
}

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn queues(name: &'static str) -> impl Fn(&super::server::Request, usize) -> Reply {
    move |request, _| {
        let body = format!(r#"{{"QueueUrls":["{name} {}"]}}"#, request.access_key());
        answer(200, "application/x-amz-json-1.0", &body)
    }
}

#[tokio::test]
async fn no_credentials_at_all_says_what_to_set() {
    let text = said("caller", &[], &[]).await;
    assert!(text.starts_with("error: no AWS credentials were found"), "{text}");
    assert!(text.contains("--profile NAME") && text.contains("--demo"), "{text}");
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_named() {
    let text = said("caller", &[(".aws/config", "[profile other]\n")], &[("AWS_PROFILE", "prod")]).await;
    assert!(text.contains("prod"), "{text}");
}

const LOGIN: &str = "[profile prod]\nsso_session = corp\nsso_account_id = 111111111111\n\
    sso_role_name = ReadOnly\nregion = eu-west-1\n\n[sso-session corp]\nsso_region = eu-west-1\n\
    sso_start_url = https://corp.awsapps.com/start\n";

#[tokio::test]
async fn an_expired_login_says_how_to_log_in_again() {
    // Named by SHA-1 of `corp`.
    let name = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let token = r#"{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"t",
                    "expiresAt":"2020-01-01T00:00:00Z"}"#;
    for files in [&[(".aws/config", LOGIN)][..], &[(".aws/config", LOGIN), (name, token)]] {
        let text = said("caller", files, &[("AWS_PROFILE", "prod")]).await;
        assert!(
            text.starts_with("error: the IAM Identity Center login has expired or was never made"),
            "{text}"
        );
        assert!(text.contains("aws sso login --profile prod"), "{text}");
    }
}

#[tokio::test]
async fn variables_send_each_service_where_they_say() {
    let (all, sqs) = (Server::start(queues("all")).await, Server::start(queues("sqs")).await);
    let mut variables = KEYS.to_vec();
    variables.push(("AWS_ENDPOINT_URL", &all.endpoint));
    assert_eq!(said("read", &[], &variables).await, r#"{"QueueUrls":["all AKIAENVIRONMENT"]}"#);
    variables.push(("AWS_ENDPOINT_URL_SQS", &sqs.endpoint));
    assert_eq!(said("read", &[], &variables).await, r#"{"QueueUrls":["sqs AKIAENVIRONMENT"]}"#);
    let services = format!(
        "[default]\nservices = lab\nendpoint_url = {}\n[services lab]\nsqs =\n  endpoint_url = {}\n",
        all.endpoint, sqs.endpoint
    );
    let text = said("read", &[(".aws/config", &services)], &KEYS).await;
    assert_eq!(text, r#"{"QueueUrls":["sqs AKIAENVIRONMENT"]}"#);
}

#[tokio::test]
async fn an_account_can_have_a_profile_of_its_own() {
    let server = Server::start(queues("q")).await;
    let files =
        [(".aws/credentials", "[member]\naws_access_key_id = AKIAMEMBER\naws_secret_access_key = s\n")];
    let mut variables = KEYS.to_vec();
    variables.push(("AWS_ENDPOINT_URL", &server.endpoint));
    assert_eq!(said("profiles", &files, &variables).await, r#"{"QueueUrls":["q AKIAMEMBER"]}"#);
    assert!(server.sts("AssumeRole").is_empty());
}

fn session_token(request: &super::server::Request, before: usize) -> Reply {
    match request.form("Action").as_deref() {
        Some("GetSessionToken") => match assumed("ASIAMFA", 3600) {
            Reply::Answer { status, headers, body } => {
                Reply::Answer { status, headers, body: body.replace("AssumeRole", "GetSessionToken") }
            }
            other => other,
        },
        _ => default_sts(request, before),
    }
}

#[tokio::test]
async fn long_term_keys_become_a_session_with_the_devices_code() {
    let server = Server::with_sts(session_token, queues("q")).await;
    let mut variables = KEYS.to_vec();
    variables.push(("AWS_ENDPOINT_URL", &server.endpoint));
    assert_eq!(said("mfa", &[], &variables).await, format!("arn:aws:iam::{OWN}:user/operator"));
    let asked = server.sts("GetSessionToken");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].form("SerialNumber").as_deref(), Some(DEVICE));
    assert_eq!(asked[0].form("TokenCode").as_deref(), Some("123456"));
    assert_eq!(server.sts("GetCallerIdentity")[0].access_key(), "ASIAMFA");
}

#[tokio::test]
async fn a_profile_whose_role_wants_a_code_is_assumed_with_it() {
    let server = Server::start(queues("q")).await;
    let config = format!(
        "[profile admin]\nsource_profile = keys\nrole_arn = arn:aws:iam::{OWN}:role/Admin\n\
         mfa_serial = {DEVICE}\nexternal_id = x1\n[profile keys]\n"
    );
    let keys = "[keys]\naws_access_key_id = AKIAKEYS\naws_secret_access_key = s\n";
    let files = [(".aws/config", config.as_str()), (".aws/credentials", keys)];
    let variables = [("AWS_PROFILE", "admin"), ("AWS_ENDPOINT_URL", server.endpoint.as_str())];
    assert_eq!(said("caller", &files, &variables).await, format!("arn:aws:iam::{OWN}:user/operator"));
    let asked = &server.sts("AssumeRole")[0];
    assert_eq!(asked.access_key(), "AKIAKEYS");
    assert_eq!(asked.form("TokenCode").as_deref(), Some("123456"));
    assert_eq!(asked.form("ExternalId").as_deref(), Some("x1"));
    assert_eq!(server.sts("GetCallerIdentity")[0].access_key(), "ASIA0");
}

fn center(request: &super::server::Request, _: usize) -> Reply {
    let path = Path::new(request.target.split('?').next().unwrap_or_default());
    if path.starts_with("/") && request.header("x-amz-sso_bearer_token") == "good" {
        let body = if path.ends_with("accounts") {
            format!(
                r#"{{"accountList":[{{"accountId":"{MEMBER}","accountName":"payments","emailAddress":"p@x"}},
                    {{"accountId":"{OWN}","accountName":"main"}}]}}"#
            )
        } else if path.ends_with("roles") {
            format!(
                r#"{{"roleList":[{{"roleName":"ReadOnly","accountId":"{MEMBER}"}},
                    {{"roleName":"Admin","accountId":"{MEMBER}"}}]}}"#
            )
        } else {
            assert!(request.target.contains("role_name=ReadOnly"), "{}", request.target);
            r#"{"roleCredentials":{"accessKeyId":"ASIACENTER","secretAccessKey":"s","sessionToken":"t",
                "expiration":4102444800000}}"#
                .to_owned()
        };
        return answer(200, "application/json", &body);
    }
    if request.access_key().is_empty() {
        let body = r#"{"message":"Session token not found or invalid"}"#;
        return answer(401, "application/json", body).with("x-amzn-errortype", "UnauthorizedException");
    }
    queues("q")(request, 0)
}

fn token(text: &str, end: &str) -> String {
    format!(r#"{{"startUrl":"https://corp.awsapps.com/start","accessToken":"{text}","expiresAt":"{end}"}}"#)
}

#[tokio::test]
async fn an_identity_center_login_needs_nothing_deployed() {
    let server = Server::start(center).await;
    let good = token("good", "2099-01-01T00:00:00Z");
    let files = [(".aws/sso/cache/aaaa.json", good.as_str())];
    let variables = [("AWS_ENDPOINT_URL", server.endpoint.as_str())];
    assert_eq!(
        said("center", &files, &variables).await,
        format!("{OWN} main, {MEMBER} payments | {{\"QueueUrls\":[\"q ASIACENTER\"]}} | no policy: true")
    );
    let text = said("center roles", &files, &variables).await;
    assert!(text.contains("several permission sets") && text.contains("Admin, ReadOnly"), "{text}");
}

#[tokio::test]
async fn an_identity_center_login_that_ended_says_how_to_renew_it() {
    let server = Server::start(center).await;
    let variables = [("AWS_ENDPOINT_URL", server.endpoint.as_str())];
    let (ended, revoked) = (token("good", "2020-01-01T00:00:00Z"), token("revoked", "2099-01-01T00:00:00Z"));
    for content in [&ended, &revoked] {
        let text = said("center", &[(".aws/sso/cache/aaaa.json", content)], &variables).await;
        assert!(text.starts_with("error: ") && text.contains("aws sso login"), "{text}");
    }
}

/// The portal takes the token `good` for one account's credentials, and then no more.
fn ending(request: &super::server::Request, before: usize) -> Reply {
    let token = request.header("x-amz-sso_bearer_token");
    let another = request.target.contains("/federation/credentials") && !request.target.contains(MEMBER);
    if token == "good" && another {
        let body = r#"{"message":"Session token not found or invalid"}"#;
        return answer(401, "application/json", body).with("x-amzn-errortype", "UnauthorizedException");
    }
    if token == "renewed" {
        let mut renewed = request.clone();
        renewed.headers.iter_mut().filter(|(_, v)| v == "renewed").for_each(|(_, v)| *v = "good".into());
        return center(&renewed, before);
    }
    center(request, before)
}

#[tokio::test]
async fn an_identity_center_login_that_ends_midway_is_looked_for_again_and_else_a_clear_fault() {
    let good = token("good", "2099-01-01T00:00:00Z");
    let files = [(".aws/sso/cache/aaaa.json", good.as_str())];
    for renewed in [false, true] {
        let server = Server::start(ending).await;
        let meanwhile = token("renewed", "2099-01-01T00:00:00Z");
        let mut variables = vec![("AWS_ENDPOINT_URL", server.endpoint.as_str())];
        if renewed {
            variables.push(("TOKEN_MEANWHILE", meanwhile.as_str()));
        }
        let text = said("center midway", &files, &variables).await;
        let refused = server.reads().iter().filter(|r| r.target.contains("/federation/")).count();
        if renewed {
            assert_eq!(text.matches("ASIACENTER").count(), 3, "{text}");
        } else {
            assert_eq!(text.matches("login has expired").count(), 3, "{text}");
            assert_eq!(refused, 2, "the account that could be asked for, and the first that could not");
        }
    }
}
