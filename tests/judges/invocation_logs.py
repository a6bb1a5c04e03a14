"""Model invocation logs as others read them: boto3 lists and gets them, plain Python sums what they say.

    invocation_logs.py copy BUCKET PREFIX FOLDER   download what lies below a prefix, as boto3 finds it
    invocation_logs.py put FOLDER BUCKET PREFIX    upload it to a bucket, which is made
    invocation_logs.py sum FOLDER                  print what all records of the files say together, as JSON

Endpoint and keys come from the environment. DEMO_MEMBER names an account whose role is assumed first.
"""

import gzip
import json
import os
import pathlib
import sys

import boto3
from botocore.config import Config

PATHS = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})


def s3():
    keys = {}
    member = os.environ.get("DEMO_MEMBER")
    if member:
        hub = boto3.client("sts").assume_role(
            RoleArn="arn:aws:iam::100000000001:role/OrganizationQueryRole", RoleSessionName="judge"
        )["Credentials"]
        hub = boto3.client(
            "sts",
            aws_access_key_id=hub["AccessKeyId"],
            aws_secret_access_key=hub["SecretAccessKey"],
            aws_session_token=hub["SessionToken"],
        )
        own = hub.assume_role(
            RoleArn=f"arn:aws:iam::{member}:role/ReadOnlyQueryRole", RoleSessionName="judge"
        )["Credentials"]
        keys = {
            "aws_access_key_id": own["AccessKeyId"],
            "aws_secret_access_key": own["SecretAccessKey"],
            "aws_session_token": own["SessionToken"],
        }
    return boto3.client("s3", config=PATHS, **keys)


def copy(bucket, prefix, folder):
    client, count = s3(), 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            answer = client.get_object(Bucket=bucket, Key=entry["Key"])
            body = answer["Body"].read()
            assert len(body) == entry["Size"] == answer["ContentLength"], entry
            assert answer["ETag"] == entry["ETag"] and answer["LastModified"] == entry["LastModified"], entry
            if len(body) > 4:
                part = client.get_object(Bucket=bucket, Key=entry["Key"], Range="bytes=2-4")
                assert part["Body"].read() == body[2:5] and part["ContentRange"] == f"bytes 2-4/{len(body)}"
                assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
                assert client.head_object(Bucket=bucket, Key=entry["Key"])["ContentLength"] == len(body)
            path = pathlib.Path(folder, entry["Key"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            count += 1
    folders = client.list_objects_v2(Bucket=bucket, Prefix="AWSLogs/", Delimiter="/")
    assert folders.get("CommonPrefixes") and not folders.get("Contents"), folders
    assert count == client_count(client, bucket, prefix)
    print(json.dumps({"objects": count}))


def client_count(client, bucket, prefix):
    """The same in pages of seven."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 7}
    )
    return sum(page["KeyCount"] for page in pages)


def put(folder, bucket, prefix):
    client = s3()
    client.create_bucket(Bucket=bucket)
    count = 0
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            client.put_object(Bucket=bucket, Key=f"{prefix}/{path.relative_to(folder)}", Body=path.read_bytes())
            count += 1
    print(json.dumps({"objects": count}))


def total(folder):
    sums = {"calls": 0, "failed": 0, "input": 0, "output": 0, "cached": 0, "latency": 0, "stopped": 0}
    for path in pathlib.Path(folder).rglob("*.json.gz"):
        if path.parent.name == "data":
            continue
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            record = json.loads(line)
            assert record["schemaType"] == "ModelInvocationLog" and record["schemaVersion"] == "1.0"
            given, got = record["input"], record["output"]
            sums["calls"] += 1
            sums["failed"] += "errorCode" in record
            sums["input"] += given.get("inputTokenCount", 0)
            sums["output"] += got.get("outputTokenCount", 0)
            sums["cached"] += given.get("cacheReadInputTokenCount", 0)
            if record["operation"].startswith("Converse"):
                body = got.get("outputBodyJson", {})
                sums["latency"] += body.get("metrics", {}).get("latencyMs", 0)
                sums["stopped"] += body.get("stopReason") == "max_tokens"
    print(json.dumps(sums))


{"copy": copy, "put": put, "sum": total}[sys.argv[1]](*sys.argv[2:])
