"""Makes one thing of every kind in ACCOUNT at ENDPOINT, then prints, as JSON by operation id, what
boto3 reads back."""
import base64
import datetime
import json
import sys

import boto3
from botocore.config import Config

endpoint, account = sys.argv[1:3]
REGION = "us-east-1"


def client(service, **credentials):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        config=Config(inject_host_prefix=False, retries={"max_attempts": 1}),
        **credentials,
    )


keys = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/Judge", RoleSessionName="judge")
keys = keys["Credentials"]
inside = {
    "aws_access_key_id": keys["AccessKeyId"],
    "aws_secret_access_key": keys["SecretAccessKey"],
    "aws_session_token": keys["SessionToken"],
}
clients = {}


def c(service):
    if service not in clients:
        clients[service] = client(service, **inside)
    return clients[service]


vpc = c("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnet = c("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
group = c("ec2").create_security_group(GroupName="web", Description="a <b> & 'c'", VpcId=vpc)["GroupId"]
c("ec2").authorize_security_group_ingress(
    GroupId=group,
    IpPermissions=[
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        }
    ],
)
c("ec2").run_instances(
    ImageId="ami-12345678",
    MinCount=2,
    MaxCount=2,
    InstanceType="t3.micro",
    SubnetId=subnet,
    SecurityGroupIds=[group],
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web é ✓"}]}],
)
c("ec2").create_volume(AvailabilityZone="us-east-1a", Size=10, Encrypted=True)
BUCKET = f"judged-read-back-{account}"
c("s3").create_bucket(Bucket=BUCKET)
c("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
c("s3").put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "team", "Value": "a&b"}]})
c("s3").put_bucket_policy(
    Bucket=BUCKET,
    Policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
            ],
        }
    ),
)
c("s3").put_bucket_encryption(
    Bucket=BUCKET,
    ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]
    },
)
c("s3").put_bucket_lifecycle_configuration(
    Bucket=BUCKET,
    LifecycleConfiguration={
        "Rules": [
            {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}},
            {"ID": "older", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}},
        ]
    },
)
c("s3").put_public_access_block(
    Bucket=BUCKET,
    PublicAccessBlockConfiguration={
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": False,
    },
)
ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
c("iam").create_user(UserName="alice", Tags=[{"Key": "team", "Value": "x"}])
role = c("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=ASSUME)["Role"]["Arn"]
c("lambda").create_function(
    FunctionName="hello",
    Runtime="python3.12",
    Role=role,
    Handler="index.handler",
    Code={"ZipFile": base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")},
    Environment={"Variables": {"STAGE": "test", "Empty": ""}},
    Tags={"team": "x"},
)
queue = c("sqs").create_queue(QueueName="work", Attributes={"VisibilityTimeout": "77"})["QueueUrl"]
c("dynamodb").create_table(
    TableName="orders",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
c("dynamodb").create_table(
    TableName="parts",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
)
c("rds").create_db_instance(
    DBInstanceIdentifier="db1",
    DBInstanceClass="db.t3.micro",
    Engine="postgres",
    AllocatedStorage=20,
    MasterUsername="root",
    MasterUserPassword="not-a-secret",
    Tags=[{"Key": "team", "Value": "x"}],
)
c("ecs").create_cluster(clusterName="main", tags=[{"key": "team", "value": "x"}])
zone = c("route53").create_hosted_zone(Name="example.test", CallerReference="one")["HostedZone"]["Id"]
c("cloudwatch").put_metric_alarm(
    AlarmName="cpu",
    MetricName="CPUUtilization",
    Namespace="AWS/EC2",
    Statistic="Average",
    Period=60,
    EvaluationPeriods=2,
    Threshold=80.5,
    ComparisonOperator="GreaterThanThreshold",
)
topic = c("sns").create_topic(Name="alerts")["TopicArn"]
c("logs").create_log_group(logGroupName="/app/one")
c("ssm").put_parameter(Name="/app/size", Value="12", Type="String")

c("organizations").create_organization(FeatureSet="ALL")
root = c("organizations").list_roots()["Roots"][0]["Id"]
unit = c("organizations").create_organizational_unit(ParentId=root, Name="Prod")["OrganizationalUnit"]["Id"]
key = c("kms").create_key(Description="for tests")["KeyMetadata"]["KeyId"]
api = c("apigateway").create_rest_api(name="shop", description="an API")["id"]
other = c("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
balancer = c("elbv2").create_load_balancer(Name="front", Subnets=[subnet, other], Tags=[{"Key": "a", "Value": "b"}])
balancer = balancer["LoadBalancers"][0]["LoadBalancerArn"]
c("efs").create_file_system(CreationToken="one", Tags=[{"Key": "Name", "Value": "files"}])
c("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")
c("secretsmanager").create_secret(Name="db", SecretString="x", Tags=[{"Key": "a", "Value": "b"}])

READS = [
    ("ec2:DescribeInstances", {}),
    ("ec2:DescribeInstances", {"Filters": [{"Name": "instance-type", "Values": ["t3.micro"]}], "MaxResults": 5}),
    ("ec2:DescribeVolumes", {}),
    ("ec2:DescribeVpcs", {"VpcIds": [vpc]}),
    ("ec2:DescribeSecurityGroups", {"GroupIds": [group]}),
    ("ec2:DescribeSubnets", {"SubnetIds": [subnet]}),
    ("ec2:DescribeRegions", {"AllRegions": True}),
    ("s3:ListBuckets", {}),
    ("s3:GetBucketLocation", {"Bucket": BUCKET}),
    ("s3:GetBucketVersioning", {"Bucket": BUCKET}),
    ("s3:GetBucketTagging", {"Bucket": BUCKET}),
    ("s3:GetBucketPolicy", {"Bucket": BUCKET}),
    ("s3:GetBucketPolicyStatus", {"Bucket": BUCKET}),
    ("s3:GetBucketEncryption", {"Bucket": BUCKET}),
    ("s3:GetBucketLifecycleConfiguration", {"Bucket": BUCKET}),
    ("s3:GetPublicAccessBlock", {"Bucket": BUCKET}),
    ("s3:GetBucketAcl", {"Bucket": BUCKET}),
    ("s3:GetBucketLogging", {"Bucket": BUCKET}),
    ("iam:ListUsers", {}),
    ("iam:GetUser", {"UserName": "alice"}),
    ("iam:ListRoles", {}),
    ("iam:GetAccountSummary", {}),
    ("lambda:ListFunctions", {}),
    ("lambda:GetFunction", {"FunctionName": "hello"}),
    ("sqs:ListQueues", {}),
    ("sqs:GetQueueAttributes", {"QueueUrl": queue, "AttributeNames": ["All"]}),
    ("dynamodb:ListTables", {}),
    ("dynamodb:ListTables", {"Limit": 1}),
    ("dynamodb:ListTables", {"Limit": 1, "ExclusiveStartTableName": "orders"}),
    ("dynamodb:DescribeTable", {"TableName": "orders"}),
    ("rds:DescribeDBInstances", {}),
    ("ecs:ListClusters", {}),
    ("ecs:DescribeClusters", {"clusters": ["main"], "include": ["TAGS", "SETTINGS"]}),
    ("route53:ListHostedZones", {}),
    ("route53:GetHostedZone", {"Id": zone}),
    ("route53:ListResourceRecordSets", {"HostedZoneId": zone}),
    ("cloudwatch:DescribeAlarms", {}),
    ("sns:ListTopics", {}),
    ("sns:GetTopicAttributes", {"TopicArn": topic}),
    ("logs:DescribeLogGroups", {}),
    ("ssm:DescribeParameters", {}),
    ("organizations:DescribeOrganization", {}),
    ("organizations:ListAccounts", {}),
    ("kms:DescribeKey", {"KeyId": key}),
    ("apigateway:GetRestApis", {}),
    ("apigateway:GetRestApi", {"restApiId": api}),
    ("elbv2:DescribeLoadBalancers", {}),
    ("elbv2:DescribeTags", {"ResourceArns": [balancer]}),
    ("elbv2:DescribeLoadBalancerAttributes", {"LoadBalancerArn": balancer}),
    ("efs:DescribeFileSystems", {}),
    ("events:ListRules", {}),
    ("secretsmanager:ListSecrets", {}),
]


def snake(name):
    from botocore import xform_name

    return xform_name(name)


# moto makes these up anew for every answer.
MOVING = {"LatestRestorableTime", "SizeInBytes"}


def plain(value):
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        text = utc.strftime("%Y-%m-%dT%H:%M:%S")
        if utc.microsecond:
            digits = f"{utc.microsecond:06d}"
            text += "." + (digits[:3] if digits.endswith("000") else digits)
        return text + "Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None and k not in MOVING}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


answers = []
for operation, parameters in READS:
    service, name = operation.split(":")
    output = getattr(c(service), snake(name))(**parameters)
    output.pop("ResponseMetadata", None)
    answers.append({"operation": operation, "input": parameters, "output": plain(output)})
print(json.dumps(answers))
