"""boto3 asks every account of the demo everything it answers, and finds what is wrong in it; so does the AWS CLI."""

import json
import pathlib
import subprocess
import sys
from datetime import datetime, timezone

from botocore.config import Config
from botocore.exceptions import ClientError
from demo_clients import MANAGEMENT, boto, check, client, done, everyone, hub, member, pages, refused

names = everyone()
regions = [r["RegionName"] for r in client(hub, "ec2").describe_regions()["Regions"]]

# Every account, every region, every operation.
seen = {
    "open_ssh": [],
    "public_buckets": [],
    "public_databases": [],
    "plain_databases": [],
    "old_runtimes": [],
    "careless": [],
}
recorders = {}
counts = {}


def count(kind, found):
    counts[kind] = counts.get(kind, 0) + len(found)


def ask_ec2(account, name, region, here):
    ec2 = client(here, "ec2", region)
    instances = [i for r in pages(ec2, "describe_instances", "Reservations") for i in r["Instances"]]
    groups = {g["GroupId"]: g for g in pages(ec2, "describe_security_groups", "SecurityGroups")}
    if not instances and name != "payments-prod":
        check(
            f"{name}/{region}: the default VPC's group only",
            [g["GroupName"] for g in groups.values()] == ["default"],
        )
        return False
    vpcs = {v["VpcId"]: v for v in pages(ec2, "describe_vpcs", "Vpcs")}
    subnets = {s["SubnetId"]: s for s in pages(ec2, "describe_subnets", "Subnets")}
    volumes = {v["VolumeId"]: v for v in pages(ec2, "describe_volumes", "Volumes")}
    zones = {z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    for kind, found in (
        ("vpcs", vpcs),
        ("subnets", subnets),
        ("groups", groups),
        ("volumes", volumes),
        ("instances", instances),
    ):
        count(kind, found)
    where = f"{name}/{region}"
    for subnet in subnets.values():
        check(
            f"{where}: subnet {subnet['SubnetId']} is in a VPC",
            subnet["VpcId"] in vpcs and subnet["AvailabilityZone"] in zones,
        )
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
        check(
            f"{what} has groups",
            instance["SecurityGroups"] and all(g["GroupId"] in groups for g in instance["SecurityGroups"]),
        )
        for disk in instance["BlockDeviceMappings"]:
            attached = volumes[disk["Ebs"]["VolumeId"]]["Attachments"]
            check(f"{what}'s disks know it", [a["InstanceId"] for a in attached] == [instance["InstanceId"]])
        check(f"{what} was launched in the past", instance["LaunchTime"] < datetime.now(timezone.utc))
    orphans = [v for v in volumes.values() if not v["Attachments"]]
    check(f"{where}: orphans are available", all(v["State"] == "available" for v in orphans))
    count("orphans", orphans)
    if not instances:
        return False
    first = instances[0]["InstanceId"]
    for attribute in (
        "disableApiTermination",
        "instanceInitiatedShutdownBehavior",
        "kernel",
        "ramdisk",
        "sriovNetSupport",
        "userData",
    ):
        ec2.describe_instance_attribute(InstanceId=first, Attribute=attribute)
    behaviour = ec2.describe_instance_attribute(
        InstanceId=first, Attribute="instanceInitiatedShutdownBehavior"
    )
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
    check(
        f"{where}: the filter",
        {i["InstanceId"] for r in running["Reservations"] for i in r["Instances"]} == expected,
    )
    small = [
        i
        for r in pages(ec2, "describe_instances", "Reservations", PaginationConfig={"PageSize": 5})
        for i in r["Instances"]
    ]
    check(f"{where}: pages of five", small == instances)
    return True


def ask_s3(account, name, here):
    buckets = client(here, "s3").list_buckets()["Buckets"]
    count("buckets", buckets)
    paged = pages(client(here, "s3"), "list_buckets", "Buckets", PaginationConfig={"PageSize": 2})
    check(f"{name}: buckets in pages", [b["Name"] for b in paged] == [b["Name"] for b in buckets])
    for number, bucket in enumerate(paged):
        s3 = client(here, "s3", bucket["BucketRegion"])
        what = {"Bucket": bucket["Name"]}

        def maybe(operation, absent):
            try:
                return getattr(s3, operation)(**what)
            except ClientError as error:
                check(f"{bucket['Name']}: {operation}: {error}", error.response["Error"]["Code"] == absent)
                return None

        policy_status = maybe("get_bucket_policy_status", "NoSuchBucketPolicy")
        block = maybe("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
        if policy_status and policy_status["PolicyStatus"]["IsPublic"] and not block:
            seen["public_buckets"].append((name, bucket["Name"], bucket["BucketRegion"]))
        if number > 2:
            continue
        check(f"{bucket['Name']}: head", s3.head_bucket(**what)["BucketRegion"] == bucket["BucketRegion"])
        place = s3.get_bucket_location(**what)["LocationConstraint"] or "us-east-1"
        check(f"{bucket['Name']}: location", place == bucket["BucketRegion"])
        s3.get_bucket_versioning(**what), s3.get_bucket_logging(**what)
        s3.get_bucket_notification_configuration(**what), s3.get_bucket_ownership_controls(**what)
        rules = s3.get_bucket_encryption(**what)["ServerSideEncryptionConfiguration"]["Rules"]
        check(
            f"{bucket['Name']}: encryption",
            rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms"),
        )
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


def ask_iam(account, name, here):
    iam = client(here, "iam")
    iam.list_account_aliases()
    for user in pages(iam, "list_users", "Users", PaginationConfig={"PageSize": 2}):
        one = {"UserName": user["UserName"]}
        check(f"{name}: {user['UserName']}", iam.get_user(**one)["User"]["Arn"] == user["Arn"])
        devices = pages(iam, "list_mfa_devices", "MFADevices", **one)
        iam.list_groups_for_user(**one)
        attached = [
            p["PolicyName"] for p in pages(iam, "list_attached_user_policies", "AttachedPolicies", **one)
        ]
        for policy in pages(iam, "list_user_policies", "PolicyNames", **one):
            check(
                "a policy document is JSON",
                iam.get_user_policy(PolicyName=policy, **one)["PolicyDocument"]["Statement"],
            )
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
        check(
            f"{where}: {identifier}'s subnets",
            all(s["SubnetIdentifier"] in known for s in database["DBSubnetGroup"]["Subnets"]),
        )
        rds.describe_certificates(CertificateIdentifier=database["CACertificateIdentifier"])
        rds.describe_pending_maintenance_actions(
            Filters=[{"Name": "db-instance-id", "Values": [database["DBInstanceArn"]]}]
        )
        options = pages(
            rds,
            "describe_orderable_db_instance_options",
            "OrderableDBInstanceOptions",
            Engine=database["Engine"],
            DBInstanceClass=database["DBInstanceClass"],
        )
        check(f"{where}: {identifier} can be ordered", options)
        if database["PubliclyAccessible"]:
            seen["public_databases"].append((name, region, identifier))
        if not database["StorageEncrypted"] and name.endswith("-prod"):
            seen["plain_databases"].append((name, region, identifier))
    functions = pages(client(here, "lambda", region), "list_functions", "Functions")
    count("functions", functions)
    awslambda = client(here, "lambda", region)
    old = [f["FunctionName"] for f in functions if f.get("Runtime") == "python3.7"]
    seen["old_runtimes"] += [(name, region, function) for function in old]
    for function in functions[:2]:
        one = {"FunctionName": function["FunctionName"]}
        whole = awslambda.get_function(**one)
        check(
            f"{where}: {one}",
            whole["Configuration"]["FunctionArn"] == function["FunctionArn"]
            and whole["Configuration"]["State"] == "Active",
        )
        check(
            "by ARN too",
            awslambda.get_function(FunctionName=function["FunctionArn"])["Configuration"]
            == whole["Configuration"],
        )
        for operation in ("get_policy", "get_function_url_config"):
            try:
                getattr(awslambda, operation)(**one)
            except ClientError as error:
                check(f"{operation}: {error}", error.response["Error"]["Code"] == "ResourceNotFoundException")
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
        clusters = ecs.describe_clusters(clusters=arns, include=["ATTACHMENTS", "SETTINGS", "STATISTICS"])[
            "clusters"
        ]
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
        # Nothing runs elsewhere; one account shows that this is answered too.
        if ask_ec2(account, name, region, here) or name == "payments-prod":
            ask_rest(account, name, region, here)

# What the demo hides, and nothing else of the kind.
check(f"open ssh: {seen['open_ssh']}", seen["open_ssh"] == [("web-prod", "us-east-1", "legacy-ssh")])
check(
    f"public buckets: {seen['public_buckets']}",
    seen["public_buckets"] == [("data-platform-prod", "data-platform-prod-partner-exports", "eu-west-1")],
)
check(
    f"public databases: {seen['public_databases']}",
    seen["public_databases"] == [("checkout-dev", "us-east-1", "checkout-dev-scratch")],
)
check(
    f"plain databases: {seen['plain_databases']}",
    seen["plain_databases"] == [("payments-prod", "us-east-1", "payments-prod-reporting")],
)
check(
    f"old runtimes: {seen['old_runtimes']}",
    seen["old_runtimes"] == [("mobile-prod", "us-east-1", "push-gateway")],
)
check(f"careless users: {seen['careless']}", seen["careless"] == [("payments-prod", "jsmith")])
check("recorders off", sorted(n for n, on in recorders.items() if on is False) == ["web-staging"])
check(
    "recorders missing",
    sorted(n for n, on in recorders.items() if on is None) == ["ml-research", "sandbox-alice"],
)
check(f"there is something of everything: {counts}", len(counts) == 14 and all(counts.values()))

# Errors of the services themselves.
payments = member("100000000006")
ec2 = client(payments, "ec2")
refused("a malformed id", "InvalidInstanceID.Malformed", ec2.describe_instances, InstanceIds=["nonsense"])
refused(
    "an unknown id", "InvalidInstanceID.NotFound", ec2.describe_instances, InstanceIds=["i-00000000000000000"]
)
refused(
    "an unknown filter",
    "InvalidParameterValue",
    ec2.describe_instances,
    Filters=[{"Name": "colour", "Values": ["x"]}],
)
refused("a page too small", "InvalidParameterValue", ec2.describe_instances, MaxResults=1)
refused("an unknown VPC", "InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])
refused(
    "an unknown group",
    "InvalidGroup.NotFound",
    ec2.describe_security_groups,
    GroupIds=["sg-00000000000000000"],
)
refused(
    "an unknown volume", "InvalidVolume.NotFound", ec2.describe_volumes, VolumeIds=["vol-00000000000000000"]
)
refused("a broken token", "InvalidNextToken", ec2.describe_instances, NextToken="broken")
refused("an operation the demo has not", "InvalidAction", ec2.describe_hosts)
refused(
    "an unknown database",
    "DBInstanceNotFound",
    client(payments, "rds").describe_db_instances,
    DBInstanceIdentifier="none",
)
refused(
    "a page too small for RDS",
    "InvalidParameterValue",
    client(payments, "rds").describe_db_instances,
    MaxRecords=5,
)
refused("an unknown user", "NoSuchEntity", client(payments, "iam").get_user, UserName="none")
refused(
    "an unknown function",
    "ResourceNotFoundException",
    client(payments, "lambda").get_function,
    FunctionName="none",
)
refused(
    "an unknown table",
    "ResourceNotFoundException",
    client(payments, "dynamodb").describe_table,
    TableName="none",
)
refused(
    "an unknown queue",
    "AWS.SimpleQueueService.NonExistentQueue",
    client(payments, "sqs").get_queue_attributes,
    QueueUrl="https://sqs.us-east-1.amazonaws.com/100000000006/none",
    AttributeNames=["All"],
)
check(
    "an unknown cluster",
    client(payments, "ecs").describe_clusters(clusters=["none"])["failures"][0]["reason"] == "MISSING",
)
refused(
    "an unknown recorder",
    "NoSuchConfigurationRecorderException",
    client(payments, "config").describe_configuration_recorders,
    ConfigurationRecorderNames=["none"],
)
refused("an unknown bucket", "NoSuchBucket", client(payments, "s3").get_bucket_acl, Bucket="none-such-bucket")
refused(
    "another's bucket",
    "AccessDenied",
    client(payments, "s3").get_bucket_acl,
    Bucket="data-platform-prod-partner-exports",
)
data = member(names["data-platform-prod"])
redirected = boto.client(
    "s3", region_name="us-east-1", config=Config(s3={"addressing_style": "path"}), **data
)
public = redirected.get_bucket_policy_status(Bucket="data-platform-prod-partner-exports")["PolicyStatus"][
    "IsPublic"
]
check("boto3 follows the redirect to the bucket's region", public)

# The named things.
checkout = member(names["checkout-prod"])
check("order-intake", client(checkout, "lambda").get_function(FunctionName="order-intake"))
check("orders-queue", client(checkout, "sqs").list_queues(QueueNamePrefix="orders-queue")["QueueUrls"])
check("ecs checkout", client(checkout, "ecs").describe_clusters(clusters=["checkout"])["clusters"])
check("ecs web", client(member(names["web-prod"]), "ecs").describe_clusters(clusters=["web"])["clusters"])
for user in ("jsmith", "terraform-ci"):
    check(user, client(payments, "iam").get_user(UserName=user))

# The AWS CLI.
cli = pathlib.Path(sys.executable).with_name("aws")
if cli.exists():

    def aws(*words):
        done = subprocess.run(
            [sys.executable, cli, *words, "--output", "json"], capture_output=True, text=True
        )
        check(f"aws {' '.join(words)}: {done.stderr}", done.returncode == 0)
        return json.loads(done.stdout or "{}")

    check("the CLI sees instances", aws("ec2", "describe-instances")["Reservations"])
    check("the CLI sees buckets", aws("s3api", "list-buckets")["Buckets"])
    check("the CLI sees accounts", len(aws("organizations", "list-accounts")["Accounts"]) == 20)
else:
    print("NOT JUDGED: no AWS CLI beside", sys.executable)

print(counts)
done()
