//! What boto3 reads from moto, we read: field by field, in every protocol.

use serde_json::Value;

use super::{aws, read, settings};
use crate::support::moto::Moto;
use crate::support::venv;

/// What moto makes up anew for every answer; the script leaves it out.
const MOVING: [&str; 2] = ["LatestRestorableTime", "SizeInBytes"];

const ACCOUNT: &str = "666000000001";

/// Our names have a capital where botocore's may not (`clusters`).
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn differences(path: &str, ours: &Value, theirs: &Value, into: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mut matched = 0;
            for (name, expected) in theirs {
                let found = ours.get(name).or_else(|| ours.get(&capital(name)));
                match found {
                    Some(found) => {
                        matched += 1;
                        differences(&format!("{path}.{name}"), found, expected, into);
                    }
                    None => into.push(format!("{path}.{name}: missing, should be {expected}")),
                }
            }
            if matched != ours.keys().filter(|name| !MOVING.contains(&name.as_str())).count() {
                into.push(format!("{path}: more than {theirs:?}: {ours:?}"));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if ours.len() != theirs.len() {
                into.push(format!("{path}: {} elements, should be {}", ours.len(), theirs.len()));
            }
            for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                differences(&format!("{path}[{i}]"), ours, theirs, into);
            }
        }
        // boto3 parses IAM's policy documents; here that is the columns' business.
        (Value::String(text), Value::Object(_)) => {
            let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
            let parsed = serde_json::from_str(&text).unwrap_or(Value::Null);
            if parsed != *theirs {
                into.push(format!("{path}: {text}, should be {theirs}"));
            }
        }
        // Python's clocks end at microseconds.
        (Value::String(ours), Value::String(theirs))
            if theirs.ends_with('Z')
                && theirs.contains('.')
                && ours.starts_with(theirs.trim_end_matches('Z')) => {}
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => into.push(format!("{path}: {ours}, should be {theirs}")),
    }
}

#[tokio::test]
async fn everything_boto3_reads_back_reads_the_same() {
    let Some(moto) = Moto::shared("moto") else { return };
    let Some(python) = venv::python("boto3") else { return };
    let answers = python.json("read_back.py", &[&moto.endpoint(), ACCOUNT]);
    let aws = aws(settings(&moto.endpoint()));
    let mut wrong = Vec::new();
    let answers = answers.as_array().unwrap();
    assert!(answers.len() > 30);
    for answer in answers {
        let operation = answer["operation"].as_str().unwrap();
        let input: serde_json::Map<String, Value> = answer["input"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (capital(name), value.clone()))
            .collect();
        let input = Value::Object(input).to_string();
        match read(&aws, operation, ACCOUNT, "us-east-1", &input).await {
            Ok(response) => {
                let ours: Value = serde_json::from_str(&response.output.to_json()).unwrap();
                differences(operation, &ours, &answer["output"], &mut wrong);
                let filled = response.output.as_object().is_some_and(|members| !members.is_empty());
                let empty = answer["output"].as_object().is_some_and(serde_json::Map::is_empty);
                assert!(filled || empty, "{operation} read nothing");
            }
            Err(failure) => wrong.push(format!("{operation}: {}", failure.fault)),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn absent_things_are_rejections_with_their_code() {
    let Some(moto) = Moto::shared("moto") else { return };
    let aws = aws(settings(&moto.endpoint()));
    for (operation, input, code) in [
        ("iam:GetUser", r#"{"UserName":"nobody"}"#, "NoSuchEntity"),
        ("s3:GetBucketPolicy", r#"{"Bucket":"no-such-bucket-666"}"#, "NoSuchBucket"),
        (
            "s3control:GetPublicAccessBlock",
            r#"{"AccountId":"666000000003"}"#,
            "NoSuchPublicAccessBlockConfiguration",
        ),
        ("lambda:GetFunction", r#"{"FunctionName":"nothing"}"#, "ResourceNotFoundException"),
        ("dynamodb:DescribeTable", r#"{"TableName":"nothing"}"#, "ResourceNotFoundException"),
        ("ec2:DescribeVpcs", r#"{"VpcIds":["vpc-0"]}"#, "InvalidVpcID.NotFound"),
        ("rds:DescribeDBInstances", r#"{"DBInstanceIdentifier":"nothing"}"#, "DBInstanceNotFound"),
        (
            "sqs:GetQueueAttributes",
            r#"{"QueueUrl":"http://127.0.0.1/666000000003/nothing"}"#,
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
    ] {
        let failure = read(&aws, operation, "666000000003", "us-east-1", input).await.unwrap_err();
        assert_eq!(failure.fault.code.as_deref(), Some(code), "{operation}: {}", failure.fault);
        assert_eq!(failure.fault.kind, canvass::model::FaultKind::Rejected, "{operation}");
    }
}
