//! A simulated AWS Organization behind the SDK's HTTP client, and over TCP.
//!
//! It imports only `model` and the catalog's shapes, never the codecs of `aws/`: two sides that
//! share a codec agree in the same mistake.
//!
//! | room | what it holds |
//! |---|---|
//! | `world` | what exists: accounts, resources, and what is wrong with some of them |
//! | `declared` | more of what exists and is said, as data |
//! | `identity` | keys, signatures, sessions, policies |
//! | `services` | what each service says about the world |
//! | `wire` | requests read and answers written, by protocol |
//! | `gateway` | one request from arrival to answer |

mod declared;
mod dice;
mod gateway;
mod identity;
mod knobs;
mod mishaps;
mod quota;
#[cfg(test)]
mod rehearsal;
mod server;
mod services;
mod statistics;
mod transport;
mod truth;
mod wildcard;
mod wire;
mod world;

pub use knobs::{ALL as KNOBS, Knobs};
pub use mishaps::Mishap;
pub use server::serve;
pub use transport::http_client;
pub use world::World;

/// Long-lived keys of the demo's operator, a user in the management account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseCredentials {
    pub access_key_id: &'static str,
    pub secret_access_key: &'static str,
}

/// The identity to start from: it may assume the hub role and the member roles.
pub fn base_credentials() -> BaseCredentials {
    BaseCredentials { access_key_id: identity::ACCESS_KEY, secret_access_key: identity::SECRET_KEY }
}

/// The access token that the demo's IAM Identity Center portal takes.
pub fn portal_access_token() -> &'static str {
    identity::PORTAL_TOKEN
}

/// The code that every MFA device of the demo shows.
pub fn mfa_code() -> &'static str {
    world::identities::MFA_CODE
}

/// Whether the demo answers an operation: `ec2:DescribeVpcs`.
pub fn answers(operation: &str) -> bool {
    let Some((service, name)) = operation.split_once(':') else { return false };
    services::all().any(|s| s.id == service && s.names().contains(&name))
        // These are asked of RDS, which tells about their clusters among its own.
        || (matches!(service, "docdb" | "neptune") && answers(&format!("rds:{name}")))
}

/// Where the organization's cost and usage export lies.
pub const CUR_PATH: &str = "s3://org-management-billing-exports-us-east-1/cur2";
