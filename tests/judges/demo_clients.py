"""What the demo's judges share: clients of the served demo, and a list of what was wrong.

Endpoint and keys come from the environment, as tests/demo_judges.rs sets them.
"""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MANAGEMENT = "100000000001"
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
faults = []


def check(what, holds):
    if not holds:
        faults.append(what)
        print("WRONG:", what)


def refused(what, code, call, **kwargs):
    """The message of the error that the call must raise."""
    try:
        call(**kwargs)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        check(f"{what}: {code}, not {got}: {error}", got == code)
        return error.response["Error"]["Message"]
    check(f"{what}: answered instead of {code}", False)
    return ""


# One session for all identities: each would read botocore's models anew.
boto = boto3.Session()


def keys(access_key, secret, token=None):
    return {"aws_access_key_id": access_key, "aws_secret_access_key": secret, "aws_session_token": token}


def session(credentials):
    return keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


clients = {}


def client(of, service, region="us-east-1"):
    key = (service, region, *of.values())
    if key not in clients:
        clients[key] = boto.client(service, region_name=region, config=ONCE, **of)
    return clients[key]


def pages(of, operation, key, **kwargs):
    found = []
    for page in of.get_paginator(operation).paginate(**kwargs):
        found += page[key]
    return found


base = {}
sts = client(base, "sts")
check("the operator is known", sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{MANAGEMENT}:user/operator")
hub_credentials = sts.assume_role(
    RoleArn=f"arn:aws:iam::{MANAGEMENT}:role/OrganizationQueryRole", RoleSessionName="judge"
)["Credentials"]
hub = session(hub_credentials)
hub_sts = client(hub, "sts")


def member(account, **kwargs):
    role = f"arn:aws:iam::{account}:role/ReadOnlyQueryRole"
    answer = hub_sts.assume_role(RoleArn=role, RoleSessionName="judge", **kwargs)
    return session(answer["Credentials"])


def everyone():
    """Id of every account by name."""
    return {a["Name"]: a["Id"] for a in pages(client(hub, "organizations"), "list_accounts", "Accounts")}


def done():
    sys.exit(f"{len(faults)} of the checks failed" if faults else 0)
