//! AWS's own Rust clients on the demo's HTTP client: no socket, everything else for real.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_organizations::error::ProvideErrorMetadata as _;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use canvass::catalog::Catalog;
use canvass::demo::{self, Knobs, World};

fn client(knobs: &str) -> SharedHttpClient {
    let knobs: Knobs = knobs.parse().unwrap();
    let world = World::new(&knobs, chrono::Utc::now(), Arc::new(Catalog::builtin().unwrap())).unwrap();
    demo::http_client(Arc::new(world))
}

async fn config(http: &SharedHttpClient, keys: Credentials) -> SdkConfig {
    let sleep = aws_smithy_async::rt::sleep::TokioSleep::new();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(Region::new("us-east-1"))
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(sleep))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}

async fn operator(http: &SharedHttpClient) -> SdkConfig {
    let keys = demo::base_credentials();
    config(http, Credentials::new(keys.access_key_id, keys.secret_access_key, None, None, "demo")).await
}

async fn member(http: &SharedHttpClient, account: &str) -> Result<SdkConfig, String> {
    let sts = aws_sdk_sts::Client::new(&operator(http).await);
    let role = format!("arn:aws:iam::{account}:role/ReadOnlyQueryRole");
    let assumed = sts.assume_role().role_arn(role).role_session_name("in-process").send().await;
    let assumed = assumed.map_err(|e| e.code().unwrap_or_default().to_owned())?;
    let keys = assumed.credentials().unwrap();
    let keys = Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "demo",
    );
    Ok(config(http, keys).await)
}

#[tokio::test]
async fn the_organization_is_listed_page_by_page() {
    let http = client("accounts=45");
    let organizations = aws_sdk_organizations::Client::new(&operator(&http).await);
    let mut pages = organizations.list_accounts().into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        names.extend(page.unwrap().accounts().iter().map(|a| a.name().unwrap().to_owned()));
    }
    assert_eq!((names.len(), names[5].as_str()), (45, "payments-prod"));
}

#[tokio::test]
async fn a_role_that_is_missing_and_an_account_that_is_suspended_are_denied() {
    let http = client("");
    for account in ["100000000019", "100000000020"] {
        assert_eq!(member(&http, account).await.unwrap_err(), "AccessDenied");
    }
}

#[tokio::test]
async fn config_records_here_stands_still_there_and_is_gathered_in_one_place() {
    let http = client("");
    let recording = async |account: &str| {
        let config = aws_sdk_config::Client::new(&member(&http, account).await.unwrap());
        let status = config.describe_configuration_recorder_status().send().await.unwrap();
        status.configuration_recorders_status().first().map(|s| s.recording())
    };
    assert_eq!(recording("100000000006").await, Some(true));
    assert_eq!(recording("100000000017").await, Some(false));
    assert_eq!(recording("100000000018").await, None);
    let config = aws_sdk_config::Client::new(&member(&http, "100000000003").await.unwrap());
    let gathered = config.describe_configuration_aggregators().send().await.unwrap();
    assert_eq!(gathered.configuration_aggregators()[0].configuration_aggregator_name(), Some("organization"));
}

#[tokio::test]
async fn an_identity_center_login_reaches_the_accounts_assigned() {
    let http = client("");
    let portal = aws_sdk_sso::Client::new(&operator(&http).await);
    let token = demo::portal_access_token();
    let accounts = portal.list_accounts().access_token(token).send().await.unwrap();
    assert_eq!(accounts.account_list().len(), 18);
    let given = portal.get_role_credentials().access_token(token).account_id("100000000006");
    let given = given.role_name("ReadOnlyQueryRole").send().await.unwrap();
    let keys = given.role_credentials().unwrap();
    let keys = Credentials::new(
        keys.access_key_id().unwrap(),
        keys.secret_access_key().unwrap(),
        keys.session_token().map(str::to_owned),
        None,
        "demo",
    );
    let sts = aws_sdk_sts::Client::new(&config(&http, keys).await);
    assert_eq!(sts.get_caller_identity().send().await.unwrap().account(), Some("100000000006"));
}
