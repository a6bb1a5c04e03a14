"""boto3 and the AWS CLI ask the demo everything it answers; what does not fit is a failure.

Endpoint and keys come from the environment, as tests/demo_judges.rs sets them.
"""

import json
import os
import pathlib
import subprocess
import sys
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MANAGEMENT = "100000000001"
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
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


def client(of, service, region="us-east-1"):
    return boto.client(service, region_name=region, config=ONCE, **of)


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


# The organization.
organizations = client(hub, "organizations")
organization = organizations.describe_organization()["Organization"]
check("the organization's management", organization["MasterAccountId"] == MANAGEMENT)
accounts = pages(organizations, "list_accounts", "Accounts")
check("twenty accounts", len(accounts) == 20)
names = {a["Name"]: a["Id"] for a in accounts}
status = {a["Name"]: a["Status"] for a in accounts}
check("one is suspended", [n for n, s in status.items() if s != "ACTIVE"] == ["legacy-erp"])
tree = {}


def walk(parent, path):
    for account in pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent):
        tree[account["Id"]] = path
        upward = organizations.list_parents(ChildId=account["Id"])["Parents"]
        check(f"{account['Name']}'s parent", [p["Id"] for p in upward] == [parent])
    for unit in pages(
        organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
    ):
        described = organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])
        check(f"{unit['Name']} is itself", described["OrganizationalUnit"] == unit)
        walk(unit["Id"], f"{path}/{unit['Name']}")


root = pages(organizations, "list_roots", "Roots")[0]
walk(root["Id"], "Root")
check("every account is in the tree", set(tree) == {a["Id"] for a in accounts})
check("sandbox-bob's unit", tree[names["sandbox-bob"]] == "Root/Sandbox/Experiments")
tags = {t["Key"]: t["Value"] for t in pages(organizations, "list_tags_for_resource", "Tags", ResourceId="100000000006")}
check("payments-prod's tags", tags == {"env": "production", "team": "payments", "cost_center": "CC-200", "compliance": "pci"})
check("one account described", organizations.describe_account(AccountId="100000000006")["Account"]["Name"] == "payments-prod")
delegates = pages(organizations, "list_delegated_administrators", "DelegatedAdministrators")
check("the delegate", [d["Name"] for d in delegates] == ["security-tooling"])
check("the delegate may list", len(pages(client(member("100000000003"), "organizations"), "list_accounts", "Accounts")) == 20)
refused("members may not list", "AccessDeniedException", client(member("100000000006"), "organizations").list_accounts)
refused("an account that is not there", "AccountNotFoundException", organizations.describe_account, AccountId="999999999999")
refused("a parent that is not there", "ParentNotFoundException", organizations.list_accounts_for_parent, ParentId="r-none")
refused("a broken token", "InvalidInputException", organizations.list_accounts, NextToken="broken")

# Who may become whom.
for account in ("sandbox-bob", "legacy-erp"):
    message = refused(f"no role in {account}", "AccessDenied", member, account=names[account])
    check("STS names the action", "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::" in message)
refused("no such account", "AccessDenied", member, account="999999999999")
refused("a service's role", "AccessDenied", hub_sts.assume_role, RoleArn="arn:aws:iam::100000000006:role/lambda-execution-role", RoleSessionName="judge")
refused("a member has no way on", "AccessDenied", client(member("100000000006"), "sts").assume_role, RoleArn="arn:aws:iam::100000000007:role/ReadOnlyQueryRole", RoleSessionName="judge")
refused("chained sessions last an hour", "ValidationError", member, account="100000000006", DurationSeconds=7200)
refused("a policy that is none", "MalformedPolicyDocument", member, account="100000000006", Policy="{}")
refused("a policy too long", "ValidationError", member, account="100000000006", Policy=" " * 2049)
check("the base identity may go straight in", sts.assume_role(RoleArn="arn:aws:iam::100000000006:role/ReadOnlyQueryRole", RoleSessionName="judge", SourceIdentity="someone")["SourceIdentity"] == "someone")
refused("a wrong MFA code", "AccessDenied", sts.get_session_token, SerialNumber=f"arn:aws:iam::{MANAGEMENT}:mfa/operator", TokenCode="000000")
with_mfa = sts.get_session_token(SerialNumber=f"arn:aws:iam::{MANAGEMENT}:mfa/operator", TokenCode=os.environ["DEMO_MFA_CODE"])
check("a session with MFA is still the operator", client(session(with_mfa["Credentials"]), "sts").get_caller_identity()["Arn"].endswith(":user/operator"))

# Signatures and keys.
forged = keys(os.environ["AWS_ACCESS_KEY_ID"], "forged")
for service, operation, code in (
    ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ("ec2", "describe_regions", "AuthFailure"),
    ("dynamodb", "list_tables", "InvalidSignatureException"),
    ("lambda", "list_functions", "InvalidSignatureException"),
    ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ("sqs", "list_queues", "InvalidSignatureException"),
):
    refused(f"{service} knows a forged signature", code, getattr(client(forged, service), operation))
stranger = keys("AKIASTRANGER00000000", "x")
for service, operation, code in (
    ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ("ec2", "describe_regions", "AuthFailure"),
    ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ("s3", "list_buckets", "InvalidAccessKeyId"),
):
    refused(f"{service} knows no stranger", code, getattr(client(stranger, service), operation))
tampered = dict(hub_credentials, SessionToken=hub_credentials["SessionToken"][:-8] + "AAAAAAA=")
refused("a tampered session token", "InvalidClientTokenId", client(session(tampered), "sts").get_caller_identity)

# Session policies.
only = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeInstances", "s3:ListAllMyBuckets", "s3:GetEncryptionConfiguration"], "Resource": "*"}]})
narrow = member("100000000006", Policy=only)
client(narrow, "ec2").describe_instances()
encrypted = [b["Name"] for b in client(narrow, "s3").list_buckets()["Buckets"] if b["Name"].endswith("-us-east-1")]
client(narrow, "s3").get_bucket_encryption(Bucket=encrypted[0])
message = refused("EC2 beyond the session policy", "UnauthorizedOperation", client(narrow, "ec2").describe_volumes)
check("EC2's words: " + message, "is not authorized to perform: ec2:DescribeVolumes because no session policy allows the ec2:DescribeVolumes action" in message)
for service, operation, code, kwargs in (
    ("dynamodb", "list_tables", "AccessDeniedException", {}),
    ("lambda", "list_functions", "AccessDeniedException", {}),
    ("iam", "list_users", "AccessDenied", {}),
    ("rds", "describe_db_instances", "AccessDenied", {}),
    ("sqs", "list_queues", "AccessDenied", {}),
    ("ecs", "list_clusters", "AccessDeniedException", {}),
    ("s3", "get_bucket_tagging", "AccessDenied", {"Bucket": encrypted[0]}),
):
    message = refused(f"{service} beyond the session policy", code, getattr(client(narrow, service), operation), **kwargs)
    check(f"{service} says why: {message}", "because no session policy allows" in message)

# Regions.
regions = [r["RegionName"] for r in client(hub, "ec2").describe_regions()["Regions"]]
check("seven regions", regions == ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "eu-north-1", "ap-southeast-2"])
alice = member(names["sandbox-alice"])
opt = {r["RegionName"]: r["OptInStatus"] for r in client(alice, "ec2").describe_regions(AllRegions=True)["Regions"]}
check("alice's region is off", [r for r, s in opt.items() if s == "not-opted-in"] == ["eu-north-1"])
check("and left out by default", len(client(alice, "ec2").describe_regions()["Regions"]) == 6)
listed = {r["RegionName"]: r["RegionOptStatus"] for r in pages(client(alice, "account"), "list_regions", "Regions")}
check("Account Management agrees", listed["eu-north-1"] == "DISABLED" and listed["us-east-1"] == "ENABLED_BY_DEFAULT")
refused("EC2 where the region is off", "AuthFailure", client(alice, "ec2", "eu-north-1").describe_instances)
refused("DynamoDB where the region is off", "UnrecognizedClientException", client(alice, "dynamodb", "eu-north-1").list_tables)
staging = member(names["mobile-staging"])
message = refused("a region the organization denies", "UnauthorizedOperation", client(staging, "ec2", "ap-southeast-2").describe_instances)
check("by a service control policy: " + message, "with an explicit deny in a service control policy" in message)
refused("for every regional service", "AccessDenied", client(staging, "rds", "ap-southeast-2").describe_db_instances)

# Every account, every region, every operation.
seen = {"open_ssh": [], "public_buckets": [], "public_databases": [], "plain_databases": [], "old_runtimes": [], "careless": []}
recorders = {}
counts = {}


def count(kind, found):
    counts[kind] = counts.get(kind, 0) + len(found)


def ask_ec2(account, name, region, here):
    ec2 = client(here, "ec2", region)
    vpcs = {v["VpcId"]: v for v in pages(ec2, "describe_vpcs", "Vpcs")}
    subnets = {s["SubnetId"]: s for s in pages(ec2, "describe_subnets", "Subnets")}
    groups = {g["GroupId"]: g for g in pages(ec2, "describe_security_groups", "SecurityGroups")}
    volumes = {v["VolumeId"]: v for v in pages(ec2, "describe_volumes", "Volumes")}
    instances = [i for r in pages(ec2, "describe_instances", "Reservations") for i in r["Instances"]]
    zones = {z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    for kind, found in (("vpcs", vpcs), ("subnets", subnets), ("groups", groups), ("volumes", volumes), ("instances", instances)):
        count(kind, found)
    where = f"{name}/{region}"
    for subnet in subnets.values():
        check(f"{where}: subnet {subnet['SubnetId']} is in a VPC", subnet["VpcId"] in vpcs and subnet["AvailabilityZone"] in zones)
    for group in groups.values():
        check(f"{where}: group {group['GroupName']} is in a VPC", group["VpcId"] in vpcs)
        for rule in group["IpPermissions"]:
            pairs = [p["GroupId"] for p in rule["UserIdGroupPairs"]]
            check(f"{where}: {group['GroupName']} names groups that exist", all(g in groups for g in pairs))
            if rule.get("FromPort") == 22 and any(r["CidrIp"] == "0.0.0.0/0" for r in rule["IpRanges"]):
                seen["open_ssh"].append((name, region, group["GroupName"]))
    for instance in instances:
        what = f"{where}: {instance['InstanceId']}"
        if instance["State"]["Name"] == "terminated":
            check(f"{what} has left its VPC", "VpcId" not in instance)
            continue
        check(f"{what} is in a subnet", subnets[instance["SubnetId"]]["VpcId"] == instance["VpcId"])
        check(f"{what} has groups", instance["SecurityGroups"] and all(g["GroupId"] in groups for g in instance["SecurityGroups"]))
        for disk in instance["BlockDeviceMappings"]:
            attached = volumes[disk["Ebs"]["VolumeId"]]["Attachments"]
            check(f"{what}'s disks know it", [a["InstanceId"] for a in attached] == [instance["InstanceId"]])
        check(f"{what} was launched in the past", instance["LaunchTime"] < datetime.now(timezone.utc))
    orphans = [v for v in volumes.values() if not v["Attachments"]]
    check(f"{where}: orphans are available", all(v["State"] == "available" for v in orphans))
    count("orphans", orphans)
    if not instances:
        return
    first = instances[0]["InstanceId"]
    for attribute in ("disableApiTermination", "instanceInitiatedShutdownBehavior", "kernel", "ramdisk", "sriovNetSupport", "userData"):
        ec2.describe_instance_attribute(InstanceId=first, Attribute=attribute)
    behaviour = ec2.describe_instance_attribute(InstanceId=first, Attribute="instanceInitiatedShutdownBehavior")
    check(f"{where}: shutdown behaviour", behaviour["InstanceInitiatedShutdownBehavior"]["Value"] == "stop")
    statuses = ec2.describe_instance_status(InstanceIds=[first], IncludeAllInstances=True)["InstanceStatuses"]
    check(f"{where}: status of one", [s["InstanceId"] for s in statuses] == [first])
    data = ec2.get_launch_template_data(InstanceId=first)["LaunchTemplateData"]
    check(f"{where}: launch template data", data["InstanceType"] == instances[0]["InstanceType"])
    volume = next(iter(volumes))
    ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")
    ec2.describe_volume_attribute(VolumeId=volume, Attribute="productCodes")
    running = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    expected = {i["InstanceId"] for i in instances if i["State"]["Name"] == "running"}
    check(f"{where}: the filter", {i["InstanceId"] for r in running["Reservations"] for i in r["Instances"]} == expected)
    small = [i for r in pages(ec2, "describe_instances", "Reservations", PaginationConfig={"PageSize": 5}) for i in r["Instances"]]
    check(f"{where}: pages of five", small == instances)


def ask_s3(account, name, here):
    buckets = client(here, "s3").list_buckets()["Buckets"]
    count("buckets", buckets)
    paged = pages(client(here, "s3"), "list_buckets", "Buckets", PaginationConfig={"PageSize": 2})
    check(f"{name}: buckets in pages", [b["Name"] for b in paged] == [b["Name"] for b in buckets])
    for bucket in paged:
        s3 = client(here, "s3", bucket["BucketRegion"])
        what, public = {"Bucket": bucket["Name"]}, False

        def maybe(operation, absent):
            try:
                return getattr(s3, operation)(**what)
            except ClientError as error:
                check(f"{bucket['Name']}: {operation}: {error}", error.response["Error"]["Code"] == absent)
                return None

        check(f"{bucket['Name']}: head", s3.head_bucket(**what)["BucketRegion"] == bucket["BucketRegion"])
        place = s3.get_bucket_location(**what)["LocationConstraint"] or "us-east-1"
        check(f"{bucket['Name']}: location", place == bucket["BucketRegion"])
        s3.get_bucket_versioning(**what), s3.get_bucket_logging(**what)
        s3.get_bucket_notification_configuration(**what), s3.get_bucket_ownership_controls(**what)
        rules = s3.get_bucket_encryption(**what)["ServerSideEncryptionConfiguration"]["Rules"]
        check(f"{bucket['Name']}: encryption", rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms"))
        grants = s3.get_bucket_acl(**what)["Grants"]
        check(f"{bucket['Name']}: grantee", grants[0]["Grantee"]["Type"] == "CanonicalUser")
        maybe("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
        maybe("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError")
        maybe("get_bucket_replication", "ReplicationConfigurationNotFoundError")
        maybe("get_bucket_website", "NoSuchWebsiteConfiguration")
        maybe("get_bucket_tagging", "NoSuchTagSet")
        policy = maybe("get_bucket_policy", "NoSuchBucketPolicy")
        if policy:
            json.loads(policy["Policy"])
        policy_status = maybe("get_bucket_policy_status", "NoSuchBucketPolicy")
        block = maybe("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
        if policy_status and policy_status["PolicyStatus"]["IsPublic"] and not block:
            seen["public_buckets"].append((name, bucket["Name"], bucket["BucketRegion"]))


def ask_iam(account, name, here):
    iam = client(here, "iam")
    iam.list_account_aliases()
    for user in pages(iam, "list_users", "Users", PaginationConfig={"PageSize": 2}):
        one = {"UserName": user["UserName"]}
        check(f"{name}: {user['UserName']}", iam.get_user(**one)["User"]["Arn"] == user["Arn"])
        devices = pages(iam, "list_mfa_devices", "MFADevices", **one)
        iam.list_groups_for_user(**one)
        attached = [p["PolicyName"] for p in pages(iam, "list_attached_user_policies", "AttachedPolicies", **one)]
        for policy in pages(iam, "list_user_policies", "PolicyNames", **one):
            check("a policy document is JSON", iam.get_user_policy(PolicyName=policy, **one)["PolicyDocument"]["Statement"])
        try:
            iam.get_login_profile(**one)
            if not devices and "AdministratorAccess" in attached:
                seen["careless"].append((name, user["UserName"]))
        except ClientError as error:
            check("no password", error.response["Error"]["Code"] == "NoSuchEntity")
        count("users", [user])
    for role in pages(iam, "list_roles", "Roles", PaginationConfig={"PageSize": 3}):
        one = {"RoleName": role["RoleName"]}
        check(f"{name}: trust", role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17")
        check(f"{name}: {role['RoleName']}", "RoleLastUsed" in iam.get_role(**one)["Role"])
        pages(iam, "list_instance_profiles_for_role", "InstanceProfiles", **one)
        pages(iam, "list_attached_role_policies", "AttachedPolicies", **one)
        for policy in pages(iam, "list_role_policies", "PolicyNames", **one):
            iam.get_role_policy(PolicyName=policy, **one)
        count("roles", [role])


def ask_rest(account, name, region, here):
    where = f"{name}/{region}"
    ec2 = client(here, "ec2", region)
    rds = client(here, "rds", region)
    databases = pages(rds, "describe_db_instances", "DBInstances")
    count("databases", databases)
    known = {s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]} if databases else set()
    for database in databases:
        identifier = database["DBInstanceIdentifier"]
        check(f"{where}: {identifier}'s subnets", all(s["SubnetIdentifier"] in known for s in database["DBSubnetGroup"]["Subnets"]))
        rds.describe_certificates(CertificateIdentifier=database["CACertificateIdentifier"])
        rds.describe_pending_maintenance_actions(Filters=[{"Name": "db-instance-id", "Values": [database["DBInstanceArn"]]}])
        options = pages(rds, "describe_orderable_db_instance_options", "OrderableDBInstanceOptions", Engine=database["Engine"], DBInstanceClass=database["DBInstanceClass"])
        check(f"{where}: {identifier} can be ordered", options)
        if database["PubliclyAccessible"]:
            seen["public_databases"].append((name, region, identifier))
        if not database["StorageEncrypted"] and name.endswith("-prod"):
            seen["plain_databases"].append((name, region, identifier))
    functions = pages(client(here, "lambda", region), "list_functions", "Functions")
    count("functions", functions)
    awslambda = client(here, "lambda", region)
    for function in functions:
        one = {"FunctionName": function["FunctionName"]}
        whole = awslambda.get_function(**one)
        check(f"{where}: {one}", whole["Configuration"]["FunctionArn"] == function["FunctionArn"] and whole["Configuration"]["State"] == "Active")
        check("by ARN too", awslambda.get_function(FunctionName=function["FunctionArn"])["Configuration"] == whole["Configuration"])
        for operation in ("get_policy", "get_function_url_config"):
            try:
                getattr(awslambda, operation)(**one)
            except ClientError as error:
                check(f"{operation}: {error}", error.response["Error"]["Code"] == "ResourceNotFoundException")
        if function.get("Runtime") == "python3.7":
            seen["old_runtimes"].append((name, region, function["FunctionName"]))
    dynamodb = client(here, "dynamodb", region)
    for table in pages(dynamodb, "list_tables", "TableNames", PaginationConfig={"PageSize": 1}):
        described = dynamodb.describe_table(TableName=table)["Table"]
        dynamodb.describe_continuous_backups(TableName=table)
        dynamodb.describe_kinesis_streaming_destination(TableName=table)
        dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])
        count("tables", [table])
    ecs = client(here, "ecs", region)
    arns = pages(ecs, "list_clusters", "clusterArns")
    if arns:
        clusters = ecs.describe_clusters(clusters=arns, include=["ATTACHMENTS", "SETTINGS", "STATISTICS"])["clusters"]
        check(f"{where}: clusters", [c["clusterArn"] for c in clusters] == arns)
        count("clusters", clusters)
        for arn in arns:
            ecs.list_tags_for_resource(resourceArn=arn)
    sqs = client(here, "sqs", region)
    urls = pages(sqs, "list_queues", "QueueUrls") if "QueueUrls" in sqs.list_queues() else []
    arns = set()
    targets = set()
    for url in urls:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        sqs.list_queue_tags(QueueUrl=url)
        arns.add(attributes["QueueArn"])
        if "RedrivePolicy" in attributes:
            targets.add(json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"])
    count("queues", urls)
    check(f"{where}: dead-letter queues exist: {targets - arns}", targets <= arns)
    config = client(here, "config", region)
    on = config.describe_configuration_recorders()["ConfigurationRecorders"]
    state = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    if region == "us-east-1":
        recorders[name] = state[0]["recording"] if on else None
    gathered = pages(config, "describe_configuration_aggregators", "ConfigurationAggregators")
    check(f"{where}: aggregator", bool(gathered) == (name == "security-tooling" and region == "us-east-1"))


for name, account in names.items():
    if name in ("sandbox-bob", "legacy-erp"):
        continue
    here = hub if account == MANAGEMENT else member(account)
    identity = client(here, "sts").get_caller_identity()
    check(f"{name} is {account}", identity["Account"] == account)
    ask_s3(account, name, here)
    ask_iam(account, name, here)
    for region in regions:
        if (name, region) in (("sandbox-alice", "eu-north-1"), ("mobile-staging", "ap-southeast-2")):
            continue
        ask_ec2(account, name, region, here)
        ask_rest(account, name, region, here)

# What the demo hides, and nothing else of the kind.
check(f"open ssh: {seen['open_ssh']}", seen["open_ssh"] == [("web-prod", "us-east-1", "legacy-ssh")])
check(f"public buckets: {seen['public_buckets']}", seen["public_buckets"] == [("data-platform-prod", "data-platform-prod-partner-exports", "eu-west-1")])
check(f"public databases: {seen['public_databases']}", seen["public_databases"] == [("checkout-dev", "us-east-1", "checkout-dev-scratch")])
check(f"plain databases: {seen['plain_databases']}", seen["plain_databases"] == [("payments-prod", "us-east-1", "payments-prod-reporting")])
check(f"old runtimes: {seen['old_runtimes']}", seen["old_runtimes"] == [("mobile-prod", "us-east-1", "push-gateway")])
check(f"careless users: {seen['careless']}", seen["careless"] == [("payments-prod", "jsmith")])
check("recorders off", sorted(n for n, on in recorders.items() if on is False) == ["web-staging"])
check("recorders missing", sorted(n for n, on in recorders.items() if on is None) == ["ml-research", "sandbox-alice"])
check(f"there is something of everything: {counts}", len(counts) == 14 and all(counts.values()))

# Errors of the services themselves.
payments = member("100000000006")
ec2 = client(payments, "ec2")
refused("a malformed id", "InvalidInstanceID.Malformed", ec2.describe_instances, InstanceIds=["nonsense"])
refused("an unknown id", "InvalidInstanceID.NotFound", ec2.describe_instances, InstanceIds=["i-00000000000000000"])
refused("an unknown filter", "InvalidParameterValue", ec2.describe_instances, Filters=[{"Name": "colour", "Values": ["x"]}])
refused("a page too small", "InvalidParameterValue", ec2.describe_instances, MaxResults=1)
refused("an unknown VPC", "InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])
refused("an unknown group", "InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-00000000000000000"])
refused("an unknown volume", "InvalidVolume.NotFound", ec2.describe_volumes, VolumeIds=["vol-00000000000000000"])
refused("a broken token", "InvalidNextToken", ec2.describe_instances, NextToken="broken")
refused("an operation the demo has not", "InvalidAction", ec2.describe_hosts)
refused("an unknown database", "DBInstanceNotFound", client(payments, "rds").describe_db_instances, DBInstanceIdentifier="none")
refused("a page too small for RDS", "InvalidParameterValue", client(payments, "rds").describe_db_instances, MaxRecords=5)
refused("an unknown user", "NoSuchEntity", client(payments, "iam").get_user, UserName="none")
refused("an unknown function", "ResourceNotFoundException", client(payments, "lambda").get_function, FunctionName="none")
refused("an unknown table", "ResourceNotFoundException", client(payments, "dynamodb").describe_table, TableName="none")
refused("an unknown queue", "AWS.SimpleQueueService.NonExistentQueue", client(payments, "sqs").get_queue_attributes, QueueUrl="https://sqs.us-east-1.amazonaws.com/100000000006/none", AttributeNames=["All"])
check("an unknown cluster", client(payments, "ecs").describe_clusters(clusters=["none"])["failures"][0]["reason"] == "MISSING")
refused("an unknown recorder", "NoSuchConfigurationRecorderException", client(payments, "config").describe_configuration_recorders, ConfigurationRecorderNames=["none"])
refused("an unknown bucket", "NoSuchBucket", client(payments, "s3").get_bucket_acl, Bucket="none-such-bucket")
refused("another's bucket", "AccessDenied", client(payments, "s3").get_bucket_acl, Bucket="data-platform-prod-partner-exports")
data = member(names["data-platform-prod"])
redirected = boto.client("s3", region_name="us-east-1", config=Config(s3={"addressing_style": "path"}), **data)
public = redirected.get_bucket_policy_status(Bucket="data-platform-prod-partner-exports")["PolicyStatus"]["IsPublic"]
check("boto3 follows the redirect to the bucket's region", public)

# The named things.
checkout = member(names["checkout-prod"])
check("order-intake", client(checkout, "lambda").get_function(FunctionName="order-intake"))
check("orders-queue", client(checkout, "sqs").list_queues(QueueNamePrefix="orders-queue")["QueueUrls"])
check("ecs checkout", client(checkout, "ecs").describe_clusters(clusters=["checkout"])["clusters"])
check("ecs web", client(member(names["web-prod"]), "ecs").describe_clusters(clusters=["web"])["clusters"])
for user in ("jsmith", "terraform-ci"):
    check(user, client(payments, "iam").get_user(UserName=user))

# The Identity Center portal.
portal = client(base, "sso")
token = os.environ["DEMO_PORTAL_TOKEN"]
assigned = pages(portal, "list_accounts", "accountList", accessToken=token)
check("the portal's accounts", {a["accountName"] for a in assigned} == set(names) - {"sandbox-bob", "legacy-erp"})
roles = pages(portal, "list_account_roles", "roleList", accessToken=token, accountId="100000000006")
check("the portal's roles", [r["roleName"] for r in roles] == ["ReadOnlyQueryRole"])
given = portal.get_role_credentials(accessToken=token, accountId="100000000006", roleName="ReadOnlyQueryRole")["roleCredentials"]
through = keys(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])
check("credentials of the portal work", client(through, "sts").get_caller_identity()["Account"] == "100000000006")
refused("an access token of nobody", "UnauthorizedException", portal.list_accounts, accessToken="stale")

# The AWS CLI.
cli = pathlib.Path(sys.executable).with_name("aws")
if cli.exists():
    def aws(*words):
        done = subprocess.run([sys.executable, cli, *words, "--output", "json"], capture_output=True, text=True)
        check(f"aws {' '.join(words)}: {done.stderr}", done.returncode == 0)
        return json.loads(done.stdout or "{}")

    check("the CLI sees instances", aws("ec2", "describe-instances")["Reservations"])
    check("the CLI sees buckets", aws("s3api", "list-buckets")["Buckets"])
    check("the CLI sees accounts", len(aws("organizations", "list-accounts")["Accounts"]) == 20)
else:
    print("NOT JUDGED: no AWS CLI beside", sys.executable)

print(counts)
sys.exit(f"{len(faults)} of the checks failed" if faults else 0)
