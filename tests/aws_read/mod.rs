//! `Aws::read` over real connections: against a small server that misbehaves on demand, against moto,
//! and through a TLS proxy.

mod environment;
mod faults;
mod kept;
mod moto;
mod pace;
mod proxy;
pub mod server;
mod sessions;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use canvass::aws::{ActionSet, Aws, ReadFailure, ReadRequest, ReadResponse, Transport};
use canvass::catalog::Catalog;
use canvass::model::{AccountId, Json, Region};
use canvass::settings::{RoleSetting, Settings};

use crate::support::product::{Nobody, default_settings};

/// The account the base credentials belong to, in every server of these tests.
pub const OWN: &str = "111111111111";
pub const MEMBER: &str = "222222222222";

/// Quick and without a hub role; everything goes to `endpoint`.
pub fn settings(endpoint: &str) -> Settings {
    let mut settings = default_settings();
    settings.network.endpoint_url = Some(endpoint.to_owned());
    settings.network.call_timeout = Duration::from_secs(5);
    settings.network.max_attempts = 3;
    settings.credentials.hub_role = RoleSetting::None;
    settings
}

pub fn aws(settings: Settings) -> Aws {
    let credentials = Credentials::new("AKIABASE", "secret", None, None, "test");
    let transport =
        Transport { http_client: None, credentials: Some(SharedCredentialsProvider::new(credentials)) };
    let catalog = Arc::new(Catalog::builtin().unwrap());
    Aws::new(Arc::new(settings), catalog, transport, Arc::new(Nobody)).unwrap()
}

pub fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

pub fn actions(of: &[&str]) -> ActionSet {
    Arc::new(of.iter().map(|&action| action.to_owned()).collect::<BTreeSet<_>>())
}

/// One read of what the operation alone needs.
pub async fn read(
    aws: &Aws,
    id: &str,
    account_id: &str,
    region: &str,
    input: &str,
) -> Result<ReadResponse, ReadFailure> {
    let operation = aws.read_operation(id).unwrap_or_else(|| panic!("{id} is not allowed"));
    let actions: ActionSet = Arc::new(operation.actions.iter().cloned().collect());
    aws.read(ReadRequest {
        account: &account(account_id),
        region: &Region::new(region),
        operation: &operation,
        input: &Json::parse(input).unwrap(),
        actions: &actions,
    })
    .await
}
