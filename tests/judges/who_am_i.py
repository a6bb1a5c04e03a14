"""Prints, as JSON, who boto3 is at ENDPOINT before and after assuming a role in ACCOUNT, and the
buckets it then sees; in between it makes the bucket that is named after the account."""
import json
import sys

import boto3

endpoint, account = sys.argv[1:3]


def client(service, **credentials):
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **credentials)


before = client("sts").get_caller_identity()["Account"]
keys = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/Judge", RoleSessionName="judge")
keys = keys["Credentials"]
inside = {
    "aws_access_key_id": keys["AccessKeyId"],
    "aws_secret_access_key": keys["SecretAccessKey"],
    "aws_session_token": keys["SessionToken"],
}
client("s3", **inside).create_bucket(Bucket=f"judged-{account}")
print(
    json.dumps(
        {
            "before": before,
            "after": client("sts", **inside).get_caller_identity()["Account"],
            "buckets": [b["Name"] for b in client("s3", **inside).list_buckets()["Buckets"]],
        }
    )
)
