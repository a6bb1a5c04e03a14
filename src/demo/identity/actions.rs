//! IAM's names for what operations do, and the resources they are about.

use crate::model::Json;

/// Where IAM's action is not the operation's name.
const RENAMED: [(&str, &str, &str); 18] = [
    ("s3", "ListBuckets", "ListAllMyBuckets"),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "HeadObject", "GetObject"),
    ("s3", "GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3", "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("s3", "GetBucketReplication", "GetReplicationConfiguration"),
    ("s3", "GetBucketCors", "GetBucketCORS"),
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("s3", "ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"),
    ("s3", "GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("budgets", "DescribeBudgets", "ViewBudget"),
    ("budgets", "DescribeNotificationsForBudget", "ViewBudget"),
    ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
    ("s3", "ListMultipartUploads", "ListBucketMultipartUploads"),
];

/// Needs no permission: whoever is somebody may ask.
pub fn is_free(service: &str, operation: &str) -> bool {
    service == "sso" || matches!((service, operation), ("sts", "GetCallerIdentity" | "GetSessionToken"))
}

/// Where IAM's name of a service is not botocore's.
const PREFIXES: [(&str, &str); 14] = [
    ("accessanalyzer", "access-analyzer"),
    ("docdb", "rds"),
    ("efs", "elasticfilesystem"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("neptune", "rds"),
    ("apigatewayv2", "apigateway"),
    ("opensearch", "es"),
    ("resourcegroupstaggingapi", "tag"),
    ("s3control", "s3"),
    ("service-quotas", "servicequotas"),
    ("sso-admin", "sso"),
    ("stepfunctions", "states"),
];

/// `s3:GetEncryptionConfiguration`
pub fn action(service: &str, operation: &str) -> String {
    // API Gateway's actions are the methods of its own REST API.
    if service.starts_with("apigateway") && operation.starts_with("Get") {
        return "apigateway:GET".to_owned();
    }
    let renamed = RENAMED.iter().find(|(s, o, _)| *s == service && *o == operation);
    let prefix = PREFIXES.iter().find(|(s, _)| *s == service).map_or(service, |(_, prefix)| prefix);
    format!("{prefix}:{}", renamed.map_or(operation, |(_, _, action)| action))
}

/// ARN of what an operation is about; `*` where it lists, or takes no resource-level permission.
pub fn resource(service: &str, account: &str, region: &str, input: &Json) -> String {
    let text = |name: &str| input.get(name).and_then(Json::as_str);
    let last = |text: &str| text.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let regional = |kind: &str, name: &str| format!("arn:aws:{service}:{region}:{account}:{kind}{name}");
    let found = match service {
        "s3" => text("Bucket").map(|b| match text("Key") {
            Some(key) => format!("arn:aws:s3:::{b}/{key}"),
            None => format!("arn:aws:s3:::{b}"),
        }),
        "lambda" => text("FunctionName").map(|f| regional("function:", &last(f))),
        "dynamodb" => text("TableName").or(text("ResourceArn")).map(|t| regional("table/", &last(t))),
        "sqs" => text("QueueUrl").map(|q| regional("", &last(q))),
        "iam" => text("UserName")
            .map(|u| format!("arn:aws:iam::{account}:user/{u}"))
            .or_else(|| text("RoleName").map(|r| format!("arn:aws:iam::{account}:role/{r}"))),
        "sts" => text("RoleArn").map(str::to_owned),
        _ => None,
    };
    found.unwrap_or_else(|| "*".to_owned())
}
