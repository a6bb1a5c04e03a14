//! The product's own read call on the demo: two codecs that share nothing must agree.

use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use canvass::aws::{ActionSet, Aws, ReadRequest, Transport};
use canvass::catalog::Catalog;
use canvass::demo::{self, Knobs, World};
use canvass::model::{FaultKind, Json, Region};

use crate::support::product::{Nobody, default_settings, demo_keys};

fn aws(knobs: &str) -> Aws {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let knobs: Knobs = knobs.parse().unwrap();
    let world = Arc::new(World::new(&knobs, chrono::Utc::now(), catalog.clone()).unwrap());
    let transport = Transport {
        http_client: Some(demo::http_client(world)),
        credentials: Some(SharedCredentialsProvider::new(demo_keys())),
    };
    let mut settings = default_settings();
    settings.network.max_attempts = 2;
    Aws::new(Arc::new(settings), catalog, transport, Arc::new(Nobody)).unwrap()
}

async fn read(aws: &Aws, id: &str, account: &str, region: &str, input: &str) -> Result<Json, FaultKind> {
    let operation = aws.read_operation(id).unwrap();
    let actions: ActionSet = Arc::new(operation.actions.iter().cloned().collect());
    let (account, region, input) =
        (account.parse().unwrap(), Region::new(region), Json::parse(input).unwrap());
    let request = ReadRequest {
        account: &account,
        region: &region,
        operation: &operation,
        input: &input,
        actions: &actions,
    };
    aws.read(request).await.map(|answer| answer.output).map_err(|failure| failure.fault.kind)
}

#[tokio::test]
async fn every_protocol_is_read_back_as_it_was_meant() {
    let aws = aws("");
    let checkout = "100000000008";
    for (id, region, input, part) in [
        ("ec2:DescribeInstances", "us-east-1", "{}", "Reservations"),
        (
            "ec2:DescribeInstances",
            "us-east-1",
            r#"{"Filters":[{"Name":"instance-state-name","Values":["running"]}]}"#,
            "Reservations",
        ),
        ("ec2:DescribeSecurityGroups", "us-east-1", "{}", "SecurityGroups"),
        ("rds:DescribeDBInstances", "us-east-1", "{}", "DBInstances"),
        ("iam:ListRoles", "global", "{}", "Roles"),
        ("dynamodb:ListTables", "us-east-1", "{}", "TableNames"),
        ("ecs:DescribeClusters", "us-east-1", r#"{"Clusters":["checkout"]}"#, "Clusters"),
        ("sqs:ListQueues", "us-east-1", r#"{"QueueNamePrefix":"orders-queue"}"#, "QueueUrls"),
        ("lambda:ListFunctions", "us-east-1", "{}", "Functions"),
        ("s3:ListBuckets", "us-east-1", "{}", "Buckets"),
    ] {
        let answer = read(&aws, id, checkout, region, input).await.unwrap();
        let rows = answer.get(part).and_then(Json::as_array).unwrap_or_else(|| panic!("{id}: {answer:?}"));
        assert!(!rows.is_empty(), "{id}");
    }
    let function =
        read(&aws, "lambda:GetFunction", checkout, "us-east-1", r#"{"FunctionName":"order-intake"}"#);
    let function = function.await.unwrap();
    let name = function.get("Configuration").and_then(|c| c.get("FunctionName"));
    assert_eq!(name.and_then(Json::as_str), Some("order-intake"));
}

#[tokio::test]
async fn a_bucket_in_another_region_is_followed_there() {
    let input = r#"{"Bucket":"data-platform-prod-partner-exports"}"#;
    let answer =
        read(&aws(""), "s3:GetBucketPolicyStatus", "100000000010", "us-east-1", input).await.unwrap();
    assert_eq!(answer.get("PolicyStatus").and_then(|s| s.get("IsPublic")), Some(&Json::Bool(true)));
}

#[tokio::test]
async fn what_is_wrong_on_purpose_is_told_apart() {
    let usual = aws("");
    let instances = "ec2:DescribeInstances";
    for (aws, account, region, kind) in [
        (&usual, "100000000019", "us-east-1", FaultKind::AssumeDenied),
        (&aws("regions=18"), "100000000018", "eu-south-1", FaultKind::RegionDisabled),
        (&usual, "100000000015", "ap-southeast-2", FaultKind::ScpDenied),
        (&aws("deny=1"), "100000000006", "us-east-1", FaultKind::IamDenied),
    ] {
        assert_eq!(
            read(aws, instances, account, region, "{}").await.unwrap_err(),
            kind,
            "{account} {region}"
        );
    }
}
