//! Amazon ECS: clusters.

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::demo::world::place::Place;
use crate::demo::world::serverless::{self, Cluster};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "ecs",
    signing_name: "ecs",
    operations: &[
        ("DescribeClusters", describe_clusters),
        ("ListClusters", list_clusters),
        ("ListTagsForResource", list_tags_for_resource),
    ],
};

fn arn(place: &Place<'_>, name: &str) -> String {
    place.arn("ecs", &format!("cluster/{name}"))
}

fn list_clusters(call: &Call<'_>) -> Answer {
    let place = call.place();
    let arns: Vec<String> = serverless::clusters(&place).iter().map(|c| arn(&place, &c.name)).collect();
    let size = call.int("MaxResults").unwrap_or(100).clamp(1, 100) as usize;
    let page = page(call, arns, call.text("NextToken"), size)
        .ok_or_else(|| ApiError::bad("InvalidParameterException", "Invalid token."))?;
    Ok(record! { "ClusterArns" => page.items, "NextToken" => page.next })
}

fn describe_clusters(call: &Call<'_>) -> Answer {
    let place = call.place();
    let mut asked = call.texts("Clusters");
    if asked.is_empty() {
        asked.push("default");
    }
    if asked.len() > 100 {
        return Err(ApiError::bad(
            "InvalidParameterException",
            "Clusters cannot have more than 100 elements.",
        ));
    }
    let all = serverless::clusters(&place);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in asked {
        match all.iter().find(|c| c.name == name || arn(&place, &c.name) == name) {
            Some(cluster) => found.push(shown(call, cluster)),
            None => {
                let missing = if name.starts_with("arn:") { name.to_owned() } else { arn(&place, name) };
                failures.push(record! { "Arn" => missing, "Reason" => "MISSING" });
            }
        }
    }
    Ok(record! { "Clusters" => found, "Failures" => failures })
}

/// Parts that are told only to those who ask for them by `include`.
fn shown(call: &Call<'_>, cluster: &Cluster) -> Json {
    let place = call.place();
    let included = call.texts("Include");
    let asked =
        |part: &str, value: Json| if included.contains(&part) { value } else { Json::Array(Vec::new()) };
    let count = |name: &str, value: i64| record! { "Name" => name, "Value" => value.to_string() };
    let (on_fargate, on_ec2) = if cluster.fargate { (cluster.running, 0) } else { (0, cluster.running) };
    let statistics = vec![
        count("runningEC2TasksCount", on_ec2),
        count("runningFargateTasksCount", on_fargate),
        count("pendingEC2TasksCount", if cluster.fargate { 0 } else { cluster.pending }),
        count("pendingFargateTasksCount", if cluster.fargate { cluster.pending } else { 0 }),
        count("activeEC2ServiceCount", if cluster.fargate { 0 } else { cluster.services }),
        count("activeFargateServiceCount", if cluster.fargate { cluster.services } else { 0 }),
        count("drainingEC2ServiceCount", 0),
        count("drainingFargateServiceCount", 0),
    ];
    let settings = vec![record! { "Name" => "containerInsights", "Value" => cluster.insights }];
    let providers: Vec<&str> = if cluster.fargate { vec!["FARGATE", "FARGATE_SPOT"] } else { Vec::new() };
    let strategy: Vec<Json> = providers
        .iter()
        .take(1)
        .map(|p| record! { "CapacityProvider" => *p, "Weight" => 1_i64, "Base" => 0_i64 })
        .collect();
    let configuration = cluster.logged_commands.then(|| {
        record! {
            "ExecuteCommandConfiguration" => record! {
                "Logging" => "OVERRIDE",
                "LogConfiguration" => record! {
                    "CloudWatchLogGroupName" => format!("/ecs/{}", cluster.name),
                    "CloudWatchEncryptionEnabled" => true,
                    "S3EncryptionEnabled" => false,
                },
            },
        }
    });
    record! {
        "ClusterArn" => arn(&place, &cluster.name),
        "ClusterName" => cluster.name.as_str(),
        "Status" => "ACTIVE",
        "RegisteredContainerInstancesCount" => cluster.instances,
        "RunningTasksCount" => cluster.running,
        "PendingTasksCount" => cluster.pending,
        "ActiveServicesCount" => cluster.services,
        "Statistics" => asked("STATISTICS", statistics.into()),
        "Tags" => asked("TAGS", tags(cluster)),
        "Settings" => asked("SETTINGS", settings.into()),
        "Configuration" => if included.contains(&"CONFIGURATIONS") { Json::from(configuration) } else { Json::Null },
        "CapacityProviders" => providers,
        "DefaultCapacityProviderStrategy" => strategy,
        "ServiceConnectDefaults" => cluster.namespace.as_ref().map(|n| record! { "Namespace" => n.as_str() }),
    }
}

fn tags(cluster: &Cluster) -> Json {
    Json::Array(cluster.tags.iter().map(|(k, v)| record! { "Key" => *k, "Value" => v.as_str() }).collect())
}

fn list_tags_for_resource(call: &Call<'_>) -> Answer {
    let place = call.place();
    let asked = call.required("ResourceArn");
    let cluster = serverless::clusters(&place)
        .into_iter()
        .find(|c| arn(&place, &c.name) == asked)
        .ok_or_else(|| {
            ApiError::bad(
                "InvalidParameterException",
                "The specified cluster is inactive. Specify an active cluster and try again.",
            )
        })?;
    Ok(record! { "Tags" => tags(&cluster) })
}
