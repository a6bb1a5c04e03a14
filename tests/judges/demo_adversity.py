"""boto3 against a demo with tiny pages, throttling, latency and an external id."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

PATIENT = Config(retries={"total_max_attempts": 12, "mode": "standard"}, s3={"addressing_style": "path"})
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
ROLE = "arn:aws:iam::100000000006:role/ReadOnlyQueryRole"
THROTTLING = {
    "ec2": "RequestLimitExceeded",
    "iam": "Throttling",
    "lambda": "TooManyRequestsException",
    "dynamodb": "ThrottlingException",
    "s3": "SlowDown",
}
OPERATIONS = {
    "ec2": "describe_vpcs",
    "iam": "list_users",
    "lambda": "list_functions",
    "dynamodb": "list_tables",
    "s3": "list_buckets",
}

base = boto3.Session()
sts = base.client("sts", config=PATIENT)
try:
    sts.assume_role(RoleArn=ROLE, RoleSessionName="judge")
    sys.exit("a role that asks for an external id was assumed without")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDenied", error
given = sts.assume_role(RoleArn=ROLE, RoleSessionName="judge", ExternalId="only-us")["Credentials"]
member = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

organizations = base.client("organizations", config=PATIENT)
listed = [page["Accounts"] for page in organizations.get_paginator("list_accounts").paginate()]
assert max(map(len, listed)) == 2 and sum(map(len, listed)) == 30, [len(p) for p in listed]

ec2 = member.client("ec2", config=PATIENT)
seen = [
    i["InstanceId"]
    for p in ec2.get_paginator("describe_instances").paginate()
    for r in p["Reservations"]
    for i in r["Instances"]
]
assert len(seen) == len(set(seen)) and seen, seen

for service, code in THROTTLING.items():
    client = member.client(service, config=ONCE)
    throttled, other = 0, []
    for _ in range(60):
        try:
            getattr(client, OPERATIONS[service])()
        except ClientError as error:
            got = error.response["Error"]["Code"]
            throttled += got == code
            other += [got] if got != code else []
    assert not other, (service, other)
    assert 2 <= throttled <= 30, (service, throttled)
