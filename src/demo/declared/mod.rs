//! The part of the world that is declared: one YAML file a service says which things there are and
//! what its operations tell about them; this room interprets them. CONTRIBUTING.md shows how.
//!
//! A file is read when its service is first asked for. A service may have handlers in Rust too; an
//! operation that is declared goes before one that is not.

mod answer;
mod asked;
mod file;
mod fit;
#[cfg(test)]
mod proof;
mod scene;
mod template;
mod value;

use std::sync::OnceLock;

use super::services::{Answer, Call, Service};
use file::File;
use scene::Scene;

/// A service's file, read once.
pub struct Declared {
    id: &'static str,
    read: fn() -> &'static Result<File, String>,
}

macro_rules! declared {
    ($($id:literal $signing_name:literal),* $(,)?) => {
        static ALL: &[Declared] = &[$(Declared {
            id: $id,
            read: || {
                static FILE: OnceLock<Result<File, String>> = OnceLock::new();
                FILE.get_or_init(|| File::parse($id, include_str!(concat!("services/", $id, ".yaml"))))
            },
        }),*];
        /// The services that have a file.
        pub static SERVICES: &[Service] = &[$(Service {
            id: $id,
            signing_name: $signing_name,
            operations: &[],
        }),*];
    };
}

declared! {
    "acm" "acm",
    "autoscaling" "autoscaling",
    "cloudfront" "cloudfront",
    "cloudwatch" "monitoring",
    "dynamodb" "dynamodb",
    "ec2" "ec2",
    "ecs" "ecs",
    "efs" "elasticfilesystem",
    "elbv2" "elasticloadbalancing",
    "iam" "iam",
    "kms" "kms",
    "lambda" "lambda",
    "logs" "logs",
    "organizations" "organizations",
    "rds" "rds",
    "s3" "s3",
    "sns" "sns",
    "sqs" "sqs",
}

fn read(service: &str) -> Option<&'static Result<File, String>> {
    ALL.iter().find(|d| d.id == service).map(|declared| (declared.read)())
}

fn file(service: &str) -> Option<&'static File> {
    read(service)?.as_ref().ok()
}

/// Names of a service's declared operations.
pub fn operations(service: &str) -> Vec<&'static str> {
    file(service).map(|file| file.operations.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The answer of a declared operation; `None` where there is no such.
pub fn answer(service: &str, call: &Call<'_>) -> Option<Answer> {
    let declared = file(service)?.operations.get(call.operation)?;
    Some(answer::answer(call, declared, call.shapes?))
}

/// Tables of which the declarations tell the rows, with service and kind.
pub fn tables() -> Vec<(&'static str, String, bool)> {
    let mut all = Vec::new();
    for declared in ALL {
        for (name, thing) in file(declared.id).map(|f| &f.things).into_iter().flatten() {
            let kind = format!("{}:{name}", declared.id);
            all.extend(thing.tables.iter().map(|table| (table.as_str(), kind.clone(), thing.of_account)));
        }
    }
    all
}

/// How many things of a kind a region holds.
pub fn count(call: &Call<'_>, kind: &str) -> usize {
    Scene::new(call).things(kind, call.place()).len()
}
