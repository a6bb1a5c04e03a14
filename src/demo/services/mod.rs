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
mod config;
mod dynamodb;
mod ec2;
mod ecs;
mod iam;
mod lambda;
mod organizations;
mod paging;
mod rds;
pub mod s3;
mod sqs;
pub mod sso;
pub mod sts;

use super::identity::Caller;
use super::wire::ApiError;
use super::world::World;
use super::world::organization::OrgAccount;
use super::world::place::Place;
use crate::model::Json;

/// Every service of the demo.
pub const ALL: [&Service; 13] = [
    &account::SERVICE,
    &config::SERVICE,
    &dynamodb::SERVICE,
    &ec2::SERVICE,
    &ecs::SERVICE,
    &iam::SERVICE,
    &lambda::SERVICE,
    &organizations::SERVICE,
    &rds::SERVICE,
    &s3::SERVICE,
    &sqs::SERVICE,
    &sso::SERVICE,
    &sts::SERVICE,
];

/// One service: botocore's name of it, the name requests are signed with, and what it answers.
pub struct Service {
    pub id: &'static str,
    pub signing_name: &'static str,
    pub operations: &'static [(&'static str, Handler)],
}

pub type Answer = Result<Json, ApiError>;
pub type Handler = fn(&Call<'_>) -> Answer;

impl Service {
    pub fn handler(&self, operation: &str) -> Option<Handler> {
        self.operations.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
    }
}

/// The service whose requests are signed with a name.
pub fn signed_as(name: &str) -> Option<&'static Service> {
    ALL.iter().find(|s| s.signing_name == name).copied()
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
        assert_eq!(files, ALL.map(|s| s.id));
    }

    #[test]
    fn every_operation_has_shapes() {
        let catalog = crate::catalog::Catalog::builtin().unwrap();
        for service in ALL {
            for (name, _) in service.operations {
                let operation = catalog.operation(&format!("{}:{name}", service.id));
                let operation = operation.unwrap_or_else(|| panic!("{}:{name} has no shapes", service.id));
                if service.id != "sso" {
                    assert_eq!(&*operation.service.signing_name, service.signing_name);
                }
            }
        }
    }
}
