"""Makes an organization at ENDPOINT and, in its accounts and two regions, resources of every table's kind
with settings as varied as moto allows; prints the accounts by name, as JSON."""
import base64
import json
import sys

from botocore.exceptions import ClientError

from members import REGIONS, ROLE, Accounts

AMI = "ami-0123456789abcdef0"
# An empty archive is an archive.
ZIP = base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")

accounts = Accounts(sys.argv[1])


def tags(**given):
    return [{"Key": key, "Value": value} for key, value in given.items()]


def specification(kind, **given):
    return [{"ResourceType": kind, "Tags": tags(**given)}]


def trust(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, **rest):
    return {"Effect": "Allow", "Action": action, **rest}


LAMBDA_TRUST = trust(allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))


def organization():
    org = accounts.client(None, "organizations")
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]

    def unit(parent, name):
        return org.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    workloads = unit(root, "Workloads")
    prod, dev, gone = unit(workloads, "Prod"), unit(workloads, "Dev"), unit(root, "Suspended")
    made = {}
    for name, parent, given in [
        ("prod-shop", prod, {"env": "prod", "team": "shop"}),
        ("prod-data", prod, {"env": "prod", "note": "a, b & <c>"}),
        ("dev-é", dev, {}),
        ("closed", gone, {"env": "none"}),
    ]:
        account = org.create_account(Email=f"aws+{len(made)}@example.com", AccountName=name, Tags=tags(**given))
        account = account["CreateAccountStatus"]["AccountId"]
        org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
        made[name] = account
    org.close_account(AccountId=made["closed"])
    return made


def ec2(account, region, rich):
    c = accounts.client(account, "ec2", region)
    vpc = c.create_vpc(
        CidrBlock="10.1.0.0/16",
        AmazonProvidedIpv6CidrBlock=rich,
        InstanceTenancy="dedicated" if rich else "default",
        TagSpecifications=specification("vpc", Name="main", team="net") if rich else [],
    )["Vpc"]["VpcId"]
    if rich:
        c.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.2.0.0/16")
    zones = [f"{region}a", f"{region}b"]
    subnets = [
        c.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate(zones)
    ]
    web = c.create_security_group(
        GroupName="web",
        Description="a <b> & 'c' é",
        VpcId=vpc,
        TagSpecifications=specification("security-group", team="web", empty=""),
    )["GroupId"]
    inner = c.create_security_group(GroupName="inner", Description="behind web", VpcId=vpc)["GroupId"]
    c.authorize_security_group_ingress(
        GroupId=web,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "IpRanges": [
                    {"CidrIp": "0.0.0.0/0", "Description": "the world"},
                    {"CidrIp": "10.0.0.0/8"},
                ],
                "Ipv6Ranges": [{"CidrIpv6": "::/0", "Description": "the new world"}],
            },
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]},
        ],
    )
    c.authorize_security_group_ingress(
        GroupId=inner,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": web}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": inner, "Description": "each other"}]},
        ],
    )
    c.authorize_security_group_egress(
        GroupId=inner,
        IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.1.0.2/32"}]}],
    )
    arguments = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1}
    plain = c.run_instances(**arguments, InstanceType="t3.micro")["Instances"][0]["InstanceId"]
    if not rich:
        return vpc, subnets, web
    c.create_key_pair(KeyName="ops")
    rich_one = c.run_instances(
        **arguments,
        InstanceType="m5.large",
        SubnetId=subnets[0],
        SecurityGroupIds=[web, inner],
        KeyName="ops",
        EbsOptimized=True,
        DisableApiTermination=True,
        InstanceInitiatedShutdownBehavior="terminate",
        ClientToken="once",
        IamInstanceProfile={"Name": "machine"},
        Monitoring={"Enabled": True},
        HibernationOptions={"Configured": True},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"},
        Placement={"AvailabilityZone": zones[0], "Tenancy": "dedicated"},
        UserData="#!/bin/sh\necho 'é ✓'\n",
        TagSpecifications=specification("instance", Name="web é ✓", team="web", note="a\tb"),
    )["Instances"][0]["InstanceId"]
    stopped = c.run_instances(**arguments, InstanceType="c6g.large", SubnetId=subnets[1])["Instances"][0]["InstanceId"]
    c.stop_instances(InstanceIds=[stopped])
    c.modify_instance_attribute(InstanceId=stopped, SourceDestCheck={"Value": False})
    terminated = c.run_instances(**arguments, InstanceType="t3.nano")["Instances"][0]["InstanceId"]
    c.terminate_instances(InstanceIds=[terminated])

    c.create_volume(AvailabilityZone=zones[0], Size=10, VolumeType="gp2")
    c.create_volume(
        AvailabilityZone=zones[1],
        Size=100,
        VolumeType="io1",
        Iops=1000,
        MultiAttachEnabled=True,
        Encrypted=True,
        TagSpecifications=specification("volume", Name="spare", team="db"),
    )
    data = c.create_volume(AvailabilityZone=zones[0], Size=20, VolumeType="gp3", Iops=4000, Throughput=250, Encrypted=True)
    c.attach_volume(VolumeId=data["VolumeId"], InstanceId=rich_one, Device="/dev/sdf")
    copied = c.create_snapshot(VolumeId=data["VolumeId"])["SnapshotId"]
    c.create_volume(AvailabilityZone=zones[0], SnapshotId=copied, Size=25)
    return vpc, subnets, web


def s3(account, name):
    c, away = accounts.client(account, "s3"), accounts.client(account, "s3", "eu-west-1")
    c.create_bucket(Bucket=f"{name}-bare")
    logs = f"{name}-logs"
    c.create_bucket(Bucket=logs, ACL="log-delivery-write")
    full = f"{name}-full"
    away.create_bucket(
        Bucket=full, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}, ObjectOwnership="BucketOwnerPreferred"
    )
    away.put_bucket_versioning(Bucket=full, VersioningConfiguration={"Status": "Enabled"})
    away.put_bucket_tagging(Bucket=full, Tagging={"TagSet": tags(team="a&b <c>", empty="")})
    away.put_bucket_policy(
        Bucket=full,
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Id": "open",
                "Statement": {
                    "Sid": "Read",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:ListBucket", "s3:GetObject"],
                    "Resource": [f"arn:aws:s3:::{full}/*", f"arn:aws:s3:::{full}"],
                    "Condition": {"Bool": {"aws:SecureTransport": True}},
                },
            }
        ),
    )
    away.put_bucket_encryption(
        Bucket=full,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/shop"},
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    away.put_bucket_lifecycle_configuration(
        Bucket=full,
        LifecycleConfiguration={
            "Rules": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}},
                {
                    "ID": "cold",
                    "Status": "Disabled",
                    "Filter": {"And": {"Prefix": "x", "Tags": tags(keep="no")}},
                    "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
                },
            ]
        },
    )
    away.put_public_access_block(
        Bucket=full,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": False,
        },
    )
    away.put_bucket_website(
        Bucket=full,
        WebsiteConfiguration={
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
            "RoutingRules": [
                {
                    "Condition": {"KeyPrefixEquals": "docs/"},
                    "Redirect": {"ReplaceKeyPrefixWith": "documents/", "HttpRedirectCode": "302"},
                }
            ],
        },
    )
    c.put_bucket_logging(
        Bucket=f"{name}-bare",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": "bare/"}},
    )
    queue = accounts.client(account, "sqs").create_queue(QueueName="bucket-events")["QueueUrl"]
    queue = accounts.client(account, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    c.put_bucket_notification_configuration(
        Bucket=f"{name}-bare",
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "Id": "new",
                    "QueueArn": queue["Attributes"]["QueueArn"],
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".csv"}]}},
                }
            ],
        },
        SkipDestinationValidation=True,
    )
    c.put_bucket_versioning(Bucket=f"{name}-bare", VersioningConfiguration={"Status": "Suspended"})
    locked = f"{name}-locked"
    c.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    c.put_object_lock_configuration(
        Bucket=locked,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 5}},
        },
    )
    c.put_bucket_replication(
        Bucket=locked,
        ReplicationConfiguration={
            "Role": f"arn:aws:iam::{account}:role/copier",
            "Rules": [
                {
                    "ID": "all",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{full}", "StorageClass": "STANDARD"},
                }
            ],
        },
    )


def rds(account, region, subnets, group):
    c = accounts.client(account, "rds", region)
    c.create_db_subnet_group(
        DBSubnetGroupName="private", DBSubnetGroupDescription="no way in", SubnetIds=subnets, Tags=tags(a="b")
    )
    c.create_db_instance(
        DBInstanceIdentifier="small",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
    )
    c.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        EngineVersion="16.3",
        DBName="orders",
        AllocatedStorage=100,
        MaxAllocatedStorage=500,
        StorageType="io1",
        Iops=3000,
        StorageEncrypted=True,
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        MultiAZ=True,
        PubliclyAccessible=True,
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        AutoMinorVersionUpgrade=False,
        EnableIAMDatabaseAuthentication=True,
        BackupRetentionPeriod=14,
        PreferredBackupWindow="01:00-02:00",
        PreferredMaintenanceWindow="sun:03:00-sun:04:00",
        DBSubnetGroupName="private",
        VpcSecurityGroupIds=[group],
        CACertificateIdentifier="rds-ca-rsa2048-g1",
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        MonitoringInterval=60,
        MonitoringRoleArn=f"arn:aws:iam::{account}:role/monitor",
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        LicenseModel="postgresql-license",
        PromotionTier=2,
        Port=6543,
        Tags=tags(team="orders", empty=""),
    )
    c.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-copy", SourceDBInstanceIdentifier="orders", DBInstanceClass="db.r6g.large"
    )
    c.create_db_cluster(
        DBClusterIdentifier="pool", Engine="aurora-postgresql", MasterUsername="root", MasterUserPassword="not-a-secret"
    )
    c.create_db_instance(
        DBInstanceIdentifier="pool-1", DBClusterIdentifier="pool", DBInstanceClass="db.r6g.large", Engine="aurora-postgresql"
    )


def functions(account, region, subnets, group):
    c = accounts.client(account, "lambda", region)
    role = f"arn:aws:iam::{account}:role/service/runner"
    c.create_function(FunctionName="plain", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": ZIP})
    layer = c.publish_layer_version(LayerName="base", Content={"ZipFile": ZIP}, CompatibleRuntimes=["nodejs22.x"])
    c.create_function(
        FunctionName="rich",
        Runtime="nodejs22.x",
        Role=role,
        Handler="index.handler",
        Description="does < everything > & é",
        Timeout=63,
        MemorySize=512,
        Architectures=["arm64"],
        Code={"ZipFile": ZIP},
        Environment={"Variables": {"STAGE": "test", "Empty": "", "lower-Case": "é ✓"}},
        EphemeralStorage={"Size": 1024},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{region}:{account}:jobs-dead"},
        VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": [group]},
        TracingConfig={"Mode": "Active"},
        Layers=[layer["LayerVersionArn"]],
        FileSystemConfigs=[
            {
                "Arn": f"arn:aws:elasticfilesystem:{region}:{account}:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/files",
            }
        ],
        KMSKeyArn=f"arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        Tags={"team": "shop", "empty": ""},
    )
    c.put_function_concurrency(FunctionName="rich", ReservedConcurrentExecutions=3)
    c.add_permission(
        FunctionName="rich",
        StatementId="bucket",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::somewhere",
        SourceAccount=account,
    )
    c.create_function_url_config(
        FunctionName="rich", AuthType="NONE", Cors={"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 60}
    )


def iam(account, rich):
    c = accounts.client(account, "iam")
    c.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=trust(
            allow(
                "sts:AssumeRole",
                Principal={"AWS": f"arn:aws:iam::{accounts.management}:root"},
                Condition={"StringEquals": {"sts:ExternalId": "100% +/="}},
            )
        ),
        MaxSessionDuration=7200,
    )
    c.create_role(
        Path="/service/", RoleName="runner", AssumeRolePolicyDocument=LAMBDA_TRUST, Description="runs <things> & é"
    )
    if not rich:
        c.create_user(UserName="lonely")
        return
    c.create_account_alias(AccountAlias=f"alias-{account}")
    boundary = c.create_policy(
        PolicyName="limits", PolicyDocument=trust(allow("s3:*", Resource="*"))
    )["Policy"]["Arn"]
    extra = c.create_policy(PolicyName="extra", Path="/team/", PolicyDocument=trust(allow("sqs:*", Resource="*")))
    extra = extra["Policy"]["Arn"]
    c.create_role(
        RoleName="machine-role",
        AssumeRolePolicyDocument=trust(
            allow(["sts:AssumeRole", "sts:TagSession"], Principal={"Service": ["ssm.amazonaws.com", "ec2.amazonaws.com"]})
        ),
        PermissionsBoundary=boundary,
        Tags=tags(team="ops", note="a=b"),
    )
    for name in ["first", "second"]:
        c.put_role_policy(
            RoleName="machine-role",
            PolicyName=name,
            PolicyDocument=trust(allow(["S3:GetObject", "s3:getobject", "EC2:*"], Resource="*", Sid=name)),
        )
    c.attach_role_policy(RoleName="machine-role", PolicyArn=extra)
    c.attach_role_policy(RoleName="machine-role", PolicyArn=boundary)
    for name in ["machine", "machine-2"]:
        c.create_instance_profile(InstanceProfileName=name, Path="/app/" if name == "machine-2" else "/")
        c.add_role_to_instance_profile(InstanceProfileName=name, RoleName="machine-role")
    for name in ["admins", "readers"]:
        c.create_group(GroupName=name, Path="/people/")
    c.create_user(
        UserName="alice", Path="/people/", Tags=tags(team="ops", Role="admin", empty="")
    )
    c.create_login_profile(UserName="alice", Password="not-a-Secret-1!", PasswordResetRequired=True)
    for name in ["admins", "readers"]:
        c.add_user_to_group(GroupName=name, UserName="alice")
    device = c.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    c.enable_mfa_device(
        UserName="alice", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    c.put_user_policy(
        UserName="alice", PolicyName="own", PolicyDocument=trust(allow("iam:ChangePassword", Resource="arn:aws:iam::*:user/${aws:username}%2F"))
    )
    c.attach_user_policy(UserName="alice", PolicyArn=extra)
    c.create_user(UserName="bob@example.com+x")


def dynamodb(account, region):
    c = accounts.client(account, "dynamodb", region)
    c.create_table(
        TableName="plain",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    )
    c.create_table(
        TableName="Orders.v2",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-time",
                "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/aws/dynamodb"},
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
        Tags=tags(team="shop", empty=""),
    )
    c.update_continuous_backups(
        TableName="Orders.v2", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    c.put_item(TableName="Orders.v2", Item={"id": {"S": "x"}, "at": {"N": "1"}})


def ecs(account, region):
    c = accounts.client(account, "ecs", region)
    c.create_cluster(clusterName="plain")
    c.create_cluster(
        clusterName="rich",
        settings=[{"name": "containerInsights", "value": "enabled"}],
        configuration={
            "executeCommandConfiguration": {
                "logging": "OVERRIDE",
                "logConfiguration": {"cloudWatchLogGroupName": "/ecs/exec", "cloudWatchEncryptionEnabled": True},
            }
        },
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
        serviceConnectDefaults={"namespace": "arn:aws:servicediscovery:us-east-1:1:namespace/ns-1"},
        tags=[{"key": "team", "value": "shop"}, {"key": "empty", "value": ""}],
    )
    c.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 64, "cpu": 10}]
    )
    c.create_service(cluster="rich", serviceName="web", taskDefinition="web", desiredCount=2)


def sqs(account, region):
    c = accounts.client(account, "sqs", region)
    c.create_queue(QueueName="jobs-dead", Attributes={"SqsManagedSseEnabled": "false"})
    dead = f"arn:aws:sqs:{region}:{account}:jobs-dead"
    url = c.create_queue(
        QueueName="jobs",
        Attributes={
            "DelaySeconds": "5",
            "MaximumMessageSize": "2048",
            "MessageRetentionPeriod": "86400",
            "ReceiveMessageWaitTimeSeconds": "20",
            "VisibilityTimeout": "77",
            "KmsMasterKeyId": "alias/aws/sqs",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 4}),
            "Policy": trust(
                allow(
                    ["SQS:SendMessage"],
                    Principal={"AWS": [f"arn:aws:iam::{account}:root", "111122223333"]},
                    Resource=f"arn:aws:sqs:{region}:{account}:jobs",
                    Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b*"}},
                )
            ),
        },
        tags={"team": "shop", "empty": ""},
    )["QueueUrl"]
    c.send_message(QueueUrl=url, MessageBody="x")
    c.create_queue(
        QueueName="ordered.fifo",
        Attributes={
            "FifoQueue": "true",
            "ContentBasedDeduplication": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
    )


def config(account):
    for region in REGIONS:
        c = accounts.client(account, "config", region)
        c.put_configuration_recorder(
            ConfigurationRecorder={"name": "default", "roleARN": f"arn:aws:iam::{account}:role/recorder"}
        )
    c = accounts.client(account, "config")
    c.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "shop-logs"})
    c.start_configuration_recorder(ConfigurationRecorderName="default")
    c.put_configuration_aggregator(
        ConfigurationAggregatorName="all", AccountAggregationSources=[{"AccountIds": [account], "AllAwsRegions": True}]
    )


def everything(account, name):
    iam(account, rich=True)
    s3(account, name)
    config(account)
    for region in REGIONS:
        _, subnets, group = ec2(account, region, rich=True)
        rds(account, region, subnets, group)
        functions(account, region, subnets, group)
        dynamodb(account, region)
        ecs(account, region)
        sqs(account, region)


def some(account):
    iam(account, rich=False)
    ec2(account, "eu-west-1", rich=False)
    sqs(account, "us-east-1")


members = organization()
try:
    everything(members["prod-shop"], "shop")
    some(members["prod-data"])
    some(accounts.management)
    iam(members["dev-é"], rich=False)
except ClientError as error:
    sys.exit(f"{error.operation_name}: {error}")
print(json.dumps({"management": accounts.management, **members}))
