//! What each service says about the world: one file (or folder) a service.
//!
//! Handlers work on [`Json`] under model member names; how it travels is the wire's business.

/// A JSON object: `record! { "Name" => name, "Size" => 5 }`. Nulls are left out on the wire.
macro_rules! record {
    ($($name:literal => $value:expr),* $(,)?) => {
        crate::model::Json::Object(vec![$(($name.into(), crate::model::Json::from($value))),*])
    };
}

mod account;
mod bedrock;
mod ce;
mod cloudtrail;
mod cloudwatch;
mod config;
mod dynamodb;
mod ec2;
mod ecs;
pub mod iam;
mod lambda;
mod logs;
mod organizations;
pub mod paging;
mod rds;
pub mod s3;
mod sqs;
pub mod sso;
pub mod sts;
mod xray;

pub use logs::Queries as InsightsQueries;

use super::declared;
use super::identity::Caller;
use super::wire::{ApiError, Incoming};
use super::world::World;
use super::world::organization::OrgAccount;
use super::world::place::Place;
use crate::catalog::shape::Operation;
use crate::model::Json;

/// Services with handlers in Rust.
const WRITTEN: [&Service; 19] = [
    &account::SERVICE,
    &bedrock::SERVICE,
    &ce::SERVICE,
    &cloudtrail::SERVICE,
    &cloudwatch::SERVICE,
    &config::SERVICE,
    &dynamodb::SERVICE,
    &ec2::SERVICE,
    &ecs::SERVICE,
    &iam::SERVICE,
    &lambda::SERVICE,
    &logs::SERVICE,
    &organizations::SERVICE,
    &rds::SERVICE,
    &s3::SERVICE,
    &sqs::SERVICE,
    &sso::SERVICE,
    &sts::SERVICE,
    &xray::SERVICE,
];

/// Declared for what there is, answered in Rust: objects have folders, and some have contents.
const HANDLED: [(&str, &str); 2] = [("s3", "HeadObject"), ("s3", "ListObjectsV2")];

/// Every service of the demo.
pub fn all() -> impl Iterator<Item = &'static Service> {
    let declared = declared::SERVICES.iter().filter(|d| WRITTEN.iter().all(|w| w.id != d.id));
    WRITTEN.into_iter().chain(declared)
}

/// One service: botocore's name of it, the name requests are signed with, and what it answers.
pub struct Service {
    pub id: &'static str,
    pub signing_name: &'static str,
    pub operations: &'static [(&'static str, Handler)],
}

pub type Answer = Result<Json, ApiError>;
pub type Handler = fn(&Call<'_>) -> Answer;

impl Service {
    /// Names of the operations it answers.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names = declared::operations(self.id);
        names.extend(self.operations.iter().map(|(name, _)| *name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What it says; `None` where it has no such operation.
    pub fn answer(&self, call: &Call<'_>) -> Option<Answer> {
        if HANDLED.contains(&(self.id, call.operation)) {
            return Some(handler(self.id, call.operation)?(call));
        }
        declared::answer(self.id, call).or_else(|| Some(handler(self.id, call.operation)?(call)))
    }
}

/// Rust's handler of an operation.
pub fn handler(service: &str, operation: &str) -> Option<Handler> {
    let service = WRITTEN.iter().find(|s| s.id == service)?;
    service.operations.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

/// The services whose requests are signed with a name: some share one, and are told apart by what is
/// asked. S3's control half says the account in a header.
pub fn signed_as(name: &str, incoming: Option<&Incoming>) -> Vec<&'static Service> {
    let control = incoming.is_some_and(|i| i.header("x-amz-account-id").is_some());
    let is_meant = |s: &&Service| match s.id {
        "s3" => !control,
        "s3control" => control,
        _ => true,
    };
    all().filter(|s| s.signing_name == name).filter(is_meant).collect()
}

/// A request that is allowed.
pub struct Call<'a> {
    pub world: &'a World,
    pub account: &'a OrgAccount,
    pub region: &'a str,
    pub caller: &'a Caller,
    pub operation: &'a str,
    pub input: &'a Json,
    /// The real time in epoch seconds, in which sessions live.
    pub now: i64,
    pub shapes: Option<&'a Operation>,
    /// Everything in one page, as the world itself asks.
    pub whole: bool,
}

impl<'a> Call<'a> {
    pub fn place(&self) -> Place<'a> {
        self.world.place(self.account, self.region)
    }

    pub fn text(&self, member: &str) -> Option<&'a str> {
        self.input.get(member).and_then(Json::as_str)
    }

    /// A member that the shapes demand.
    pub fn required(&self, member: &str) -> &'a str {
        self.text(member).unwrap_or_default()
    }

    pub fn int(&self, member: &str) -> Option<i64> {
        self.input.get(member).and_then(Json::as_i64)
    }

    pub fn is(&self, member: &str) -> bool {
        self.input.get(member).and_then(Json::as_bool) == Some(true)
    }

    pub fn texts(&self, member: &str) -> Vec<&'a str> {
        let items = self.input.get(member).and_then(Json::as_array).unwrap_or_default();
        items.iter().filter_map(Json::as_str).collect()
    }
}

/// `[{Key, Value}]`
pub fn tag_list<K: AsRef<str>>(tags: &[(K, String)]) -> Json {
    Json::Array(tags.iter().map(|(k, v)| record! { "Key" => k.as_ref(), "Value" => v.as_str() }).collect())
}

/// `{key: value}`
pub fn tag_map<K: AsRef<str>>(tags: &[(K, String)]) -> Json {
    Json::object(tags.iter().map(|(k, v)| (k.as_ref(), Json::string(v.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_service_is_forgotten() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/services");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_owned())
            .filter(|name| !["mod", "paging"].contains(&name.as_str()))
            .collect();
        files.sort();
        assert_eq!(files, WRITTEN.map(|s| s.id));
    }

    #[test]
    fn every_operation_has_shapes() {
        let catalog = crate::catalog::Catalog::builtin().unwrap();
        for service in all() {
            for name in service.names() {
                let operation = catalog.operation(&format!("{}:{name}", service.id));
                let operation = operation.unwrap_or_else(|| panic!("{}:{name} has no shapes", service.id));
                if service.id != "sso" {
                    assert_eq!(&*operation.service.signing_name, service.signing_name);
                }
            }
        }
    }
}
