"""Every EC2 instance of an organization, by boto3's own core, as fast as a good operator would write it.

What costs in botocore is making sessions and clients: each thread keeps one session, whose models are read once, and
one STS client. One account is one piece of work, so that each role is assumed once; credentials are handed to the
clients and not looked for. Eight threads: more only wait for the interpreter's lock.

    boto3_tuned.py ROLE REGION...
"""
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import botocore.session
from botocore.config import Config

THREADS = 8
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 5}, max_pool_connections=THREADS)
mine = threading.local()


def client(service, region, credentials=None):
    if not hasattr(mine, "session"):
        mine.session = botocore.session.Session()
    given = {}
    if credentials:
        given = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
    return mine.session.create_client(service, region_name=region, config=CONFIG, **given)


def accounts():
    pages = client("organizations", "us-east-1").get_paginator("list_accounts").paginate()
    return [account["Id"] for page in pages for account in page["Accounts"] if account["Status"] == "ACTIVE"]


def instances(account, role, regions):
    if not hasattr(mine, "sts"):
        mine.sts = client("sts", "us-east-1")
    arn = f"arn:aws:iam::{account}:role/{role}"
    try:
        credentials = mine.sts.assume_role(RoleArn=arn, RoleSessionName="tuned")["Credentials"]
    except botocore.exceptions.ClientError as error:
        return [], [f"{account}: {error}"]
    rows, failed = [], []
    for region in regions:
        try:
            for page in client("ec2", region, credentials).get_paginator("describe_instances").paginate():
                found = (i for reservation in page["Reservations"] for i in reservation["Instances"])
                rows += [(account, region, i["InstanceId"], i["InstanceType"], i["State"]["Name"]) for i in found]
        except botocore.exceptions.ClientError as error:
            failed.append(f"{account} {region}: {error}")
    return rows, failed


def main(role, *regions):
    with ThreadPoolExecutor(THREADS) as pool:
        for rows, failed in pool.map(lambda account: instances(account, role, regions), accounts()):
            for row in rows:
                print(*row, sep="\t")
            for line in failed:
                print(line, file=sys.stderr)


main(*sys.argv[1:])
