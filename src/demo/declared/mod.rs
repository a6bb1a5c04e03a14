//! The part of the world that is declared: one YAML file a service says which things there are and
//! what its operations tell about them; this room interprets them. CONTRIBUTING.md shows how.
//!
//! A file is read when its service is first asked for. A service may have handlers in Rust too; an
//! operation that is declared goes before one that is not.

mod answer;
mod asked;
mod env;
mod file;
mod fit;
mod look;
#[cfg(test)]
mod proof;
mod scene;
mod template;
mod value;

use std::sync::OnceLock;

use super::services::{Answer, Call, Service};
use file::File;
use scene::Scene;

use crate::model::Json;

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
    "accessanalyzer" "access-analyzer",
    "acm" "acm",
    "acm-pca" "acm-pca",
    "apigateway" "apigateway",
    "apigatewayv2" "apigateway",
    "application-autoscaling" "application-autoscaling",
    "athena" "athena",
    "autoscaling" "autoscaling",
    "backup" "backup",
    "bedrock" "bedrock",
    "budgets" "budgets",
    "ce" "ce",
    "cloudformation" "cloudformation",
    "cloudfront" "cloudfront",
    "cloudtrail" "cloudtrail",
    "cloudwatch" "monitoring",
    "codebuild" "codebuild",
    "codecommit" "codecommit",
    "codedeploy" "codedeploy",
    "codepipeline" "codepipeline",
    "cognito-idp" "cognito-idp",
    "config" "config",
    "cost-optimization-hub" "cost-optimization-hub",
    "dax" "dax",
    "dms" "dms",
    "dynamodb" "dynamodb",
    "ec2" "ec2",
    "ecr" "ecr",
    "ecs" "ecs",
    "efs" "elasticfilesystem",
    "eks" "eks",
    "elasticache" "elasticache",
    "elasticbeanstalk" "elasticbeanstalk",
    "elb" "elasticloadbalancing",
    "elbv2" "elasticloadbalancing",
    "emr" "elasticmapreduce",
    "es" "es",
    "events" "events",
    "firehose" "firehose",
    "fsx" "fsx",
    "glue" "glue",
    "guardduty" "guardduty",
    "health" "health",
    "iam" "iam",
    "identitystore" "identitystore",
    "inspector2" "inspector2",
    "kafka" "kafka",
    "kinesis" "kinesis",
    "kms" "kms",
    "lambda" "lambda",
    "logs" "logs",
    "network-firewall" "network-firewall",
    "opensearch" "es",
    "organizations" "organizations",
    "pricing" "pricing",
    "rds" "rds",
    "redshift" "redshift",
    "redshift-serverless" "redshift-serverless",
    "resource-explorer-2" "resource-explorer-2",
    "resourcegroupstaggingapi" "tagging",
    "route53" "route53",
    "route53domains" "route53domains",
    "s3" "s3",
    "s3control" "s3",
    "sagemaker" "sagemaker",
    "savingsplans" "savingsplans",
    "scheduler" "scheduler",
    "secretsmanager" "secretsmanager",
    "securityhub" "securityhub",
    "service-quotas" "servicequotas",
    "shield" "shield",
    "sns" "sns",
    "sqs" "sqs",
    "ssm" "ssm",
    "sso-admin" "sso",
    "stepfunctions" "states",
    "sts" "sts",
    "support" "support",
    "wafv2" "wafv2",
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

/// Everything that an operation tells about, whatever the request asks for.
pub fn told(call: &Call<'_>, service: &str, operation: &str) -> Vec<Json> {
    let things = Things::of(call);
    let declared = file(service).and_then(|file| file.operations.get(operation));
    declared.into_iter().flat_map(|d| &d.of).flat_map(|selector| things.all(&selector.kind)).collect()
}

/// The declared things of a region.
pub struct Things<'a>(Scene<'a>);

impl<'a> Things<'a> {
    pub fn of(call: &'a Call<'a>) -> Self {
        Self(Scene::new(call))
    }

    pub fn all(&self, kind: &str) -> Vec<Json> {
        self.0.things(kind, self.0.call.place()).iter().map(|made| made.fields.as_ref().clone()).collect()
    }
}

/// What bills call a thing: its ARN or id, the first of its members that is one.
pub fn name_of(kind: &str, thing: &Json) -> Option<String> {
    let members = thing.as_object()?;
    let is_name = |key: &str| key.ends_with("Arn") || key.ends_with("Id") || key.ends_with("ARN");
    let own = match kind {
        "ec2:instance" => "InstanceId",
        "rds:instance" => "DBInstanceArn",
        "rds:cluster" => "DBClusterArn",
        _ => "",
    };
    let own = members.iter().find(|(key, _)| &**key == own);
    let (_, value) = own.or_else(|| members.iter().find(|(key, _)| is_name(key)))?;
    value.to_text()
}

/// A table of which the declarations tell the rows.
pub struct Counted {
    pub table: &'static str,
    kind: String,
    /// The rows are in this list of each thing, where they are not the things.
    list: Option<&'static str>,
    pub of_account: bool,
}

pub fn tables() -> Vec<Counted> {
    let mut all = Vec::new();
    for declared in ALL {
        for (name, thing) in file(declared.id).map(|f| &f.things).into_iter().flatten() {
            let counted = |table, list| Counted {
                table,
                kind: format!("{}:{name}", declared.id),
                list,
                of_account: thing.of_account,
            };
            all.extend(thing.tables.iter().map(|table| counted(table.as_str(), None)));
            all.extend(thing.rows.iter().map(|(table, list)| counted(table.as_str(), Some(list.as_str()))));
        }
    }
    all
}

/// How many rows a region holds.
pub fn count(call: &Call<'_>, counted: &Counted) -> usize {
    let scene = Scene::new(call);
    let things = scene.things(&counted.kind, call.place());
    match counted.list {
        None => things.len(),
        Some(list) => things.iter().map(|made| look::flattened(&made.fields, list).len()).sum(),
    }
}
