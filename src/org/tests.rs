//! Settings, an organization and an AWS at the HTTP border, for tests that ask nobody.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::aws::{Aws, Prompt, Transport};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::model::{Account, AccountStatus, Json, OuPath};
use crate::org::{AccountsFrom, Organization, OrganizationalUnit};
use crate::settings::{Flags, LoadInputs, Settings};

/// The defaults, with a frozen clock and no file to read.
pub fn settings() -> Settings {
    let folder = std::path::PathBuf::from("/nonexistent/canvass");
    let inputs = LoadInputs {
        flags: Flags::default(),
        env: Default::default(),
        cwd: folder.clone(),
        home: Some(folder),
    };
    Settings { now: Some("2026-01-02T03:04:05Z".parse().unwrap()), ..inputs.load().unwrap().settings }
}

/// A body for an operation and its input, or an error code. The JSON protocols name the operation in
/// a header and send JSON; the query protocols name it in a form, which arrives as text.
pub type Answer = fn(&str, &Json) -> Result<String, &'static str>;

#[derive(Debug, Clone)]
struct Service(Answer);

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let (operation, input) = match request.headers().get("x-amz-target") {
            Some(target) => {
                let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
                (operation, Json::parse_bytes(body).unwrap_or_default())
            }
            None => {
                let form = String::from_utf8_lossy(body).into_owned();
                let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
                (action.unwrap_or_default().to_owned(), Json::String(form))
            }
        };
        let (status, body) = match (self.0)(&operation, &input) {
            Ok(body) => (200, body),
            Err(code) => (400, format!(r#"{{"__type": "{code}", "Message": "you may not"}}"#)),
        };
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(response))
    }
}

pub fn http_client(answer: Answer) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Service(answer));
    http_client_fn(move |_, _| connector.clone())
}

struct Nobody;

impl Prompt for Nobody {
    fn mfa_code(&self, _: &str) -> Result<String> {
        Err(Error::failed("nobody is there"))
    }
}

pub fn aws(settings: Settings, answer: Answer) -> Aws {
    let credentials = Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "secret", None);
    let transport = Transport {
        http_client: Some(http_client(answer)),
        credentials: Some(aws_credential_types::provider::SharedCredentialsProvider::new(credentials)),
    };
    Aws::new(Arc::new(settings), Arc::new(Catalog::builtin().unwrap()), transport, Arc::new(Nobody)).unwrap()
}

/// A small organization: a root, three units, four accounts.
pub fn organization() -> Organization {
    let account = |id: &str, name: &str, path: &str, ids: &[&str], tags: &[(&str, &str)]| {
        let mut account = Account::bare(id.parse().unwrap());
        account.name = name.into();
        account.ou_path = Some(OuPath::new(path));
        account.ou_ids = ids.iter().map(|id| id.to_string()).collect();
        account.tags = tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        account
    };
    let mut old = account("100000000004", "old", "Root/Workloads", &["r-1", "ou-1"], &[]);
    old.status = AccountStatus::Suspended;
    let accounts = vec![
        account("100000000001", "management", "Root", &["r-1"], &[]),
        account(
            "100000000002",
            "payments-prod",
            "Root/Workloads/Prod",
            &["r-1", "ou-1", "ou-2"],
            &[("env", "production")],
        ),
        account("100000000003", "payments-dev", "Root/Workloads", &["r-1", "ou-1"], &[("env", "dev")]),
        old,
    ];
    let unit = |id: &str, path: &str| OrganizationalUnit { id: id.into(), path: OuPath::new(path) };
    Organization {
        units: vec![
            unit("r-1", "Root"),
            unit("ou-1", "Root/Workloads"),
            unit("ou-2", "Root/Workloads/Prod"),
            unit("ou-3", "Root/Workloads/Empty"),
        ],
        management_account: Some("100000000001".parse().unwrap()),
        ..Organization::flat(accounts, AccountsFrom::Organizations)
    }
}
