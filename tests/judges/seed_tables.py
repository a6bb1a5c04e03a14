"""Makes a little of everything that moto can make at ENDPOINT, so that many tables have rows.

Each line is a call: service, operation, input, and what later lines may call a part of the answer (`$name`).
Prints how many calls were made, and those that moto refused.
"""
import base64
import json
import sys
import time

import boto3
from botocore.config import Config

ENDPOINT = sys.argv[1]
# An empty archive is an archive.
ZIP = base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")
ACCOUNT = "123456789012"
QUEUE, TOPIC = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue", f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"
NOW = int(time.time() * 1000)
TAGS = [{"Key": "team", "Value": "shop"}, {"Key": "Name", "Value": "thing"}]
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
STACK = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
STATES = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
IMAGE = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": [],
         "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:" + "a" * 64}}
SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
LOGIN = {"MasterUsername": "admin", "MasterUserPassword": "Passw0rd1"}
CDN = {"CallerReference": "x", "Comment": "c", "Enabled": True,
       "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "bucket-one.s3.amazonaws.com",
                                             "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
       "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
                                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}}

CALLS = [
    ("organizations", "create_organization", {"FeatureSet": "ALL"}),
    ("organizations", "list_roots", {}, {"root": "Roots.0.Id"}),
    ("organizations", "create_organizational_unit", {"ParentId": "$root", "Name": "a"}, {"unit": "OrganizationalUnit.Id"}),
    ("organizations", "create_organizational_unit", {"ParentId": "$unit", "Name": "b"}),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, {"vpc": "Vpc.VpcId"}),
    ("ec2", "create_vpc", {"CidrBlock": "10.9.0.0/16"}, {"vpc2": "Vpc.VpcId"}),
    ("ec2", "create_subnet", {"VpcId": "$vpc", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
     {"subnet": "Subnet.SubnetId"}),
    ("ec2", "create_subnet", {"VpcId": "$vpc", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "us-east-1b"},
     {"subnet2": "Subnet.SubnetId"}),
    ("ec2", "create_security_group", {"GroupName": "web", "Description": "d", "VpcId": "$vpc"}, {"group": "GroupId"}),
    ("ec2", "create_internet_gateway", {}, {"igw": "InternetGateway.InternetGatewayId"}),
    ("ec2", "attach_internet_gateway", {"InternetGatewayId": "$igw", "VpcId": "$vpc"}),
    ("ec2", "allocate_address", {"Domain": "vpc"}, {"eip": "AllocationId"}),
    ("ec2", "create_nat_gateway", {"SubnetId": "$subnet", "AllocationId": "$eip"}),
    ("ec2", "create_route_table", {"VpcId": "$vpc"}, {"routes": "RouteTable.RouteTableId"}),
    ("ec2", "create_route", {"RouteTableId": "$routes", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "$igw"}),
    ("ec2", "create_network_interface", {"SubnetId": "$subnet"}),
    ("ec2", "create_key_pair", {"KeyName": "key"}),
    ("ec2", "create_vpc_endpoint", {"VpcId": "$vpc", "ServiceName": "com.amazonaws.us-east-1.s3"}),
    ("ec2", "create_dhcp_options", {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["example.com"]}]}),
    ("ec2", "create_vpc_peering_connection", {"VpcId": "$vpc", "PeerVpcId": "$vpc2"}),
    ("ec2", "create_launch_template", {"LaunchTemplateName": "lt", "LaunchTemplateData": {"InstanceType": "t3.micro"}}),
    ("ec2", "create_managed_prefix_list", {"PrefixListName": "p", "MaxEntries": 2, "AddressFamily": "IPv4",
                                           "Entries": [{"Cidr": "10.0.0.0/8"}]}),
    ("ec2", "create_customer_gateway", {"BgpAsn": 65000, "PublicIp": "1.2.3.4", "Type": "ipsec.1"}),
    ("ec2", "create_vpn_gateway", {"Type": "ipsec.1"}),
    ("ec2", "create_egress_only_internet_gateway", {"VpcId": "$vpc"}),
    ("ec2", "create_transit_gateway", {}, {"tgw": "TransitGateway.TransitGatewayId"}),
    ("ec2", "create_transit_gateway_vpc_attachment",
     {"TransitGatewayId": "$tgw", "VpcId": "$vpc", "SubnetIds": ["$subnet"]}),
    ("ec2", "register_image", {"Name": "image", "RootDeviceName": "/dev/sda1", "Architecture": "x86_64"}, {"ami": "ImageId"}),
    ("ec2", "run_instances", {"ImageId": "$ami", "MinCount": 1, "MaxCount": 1, "SubnetId": "$subnet",
                              "TagSpecifications": [{"ResourceType": "instance", "Tags": TAGS}]},
     {"instance": "Instances.0.InstanceId"}),
    ("ec2", "create_volume", {"AvailabilityZone": "us-east-1a", "Size": 8}, {"volume": "VolumeId"}),
    ("ec2", "create_snapshot", {"VolumeId": "$volume"}),
    ("s3", "create_bucket", {"Bucket": "bucket-one"}),
    ("s3", "put_object", {"Bucket": "bucket-one", "Key": "a.txt", "Body": b"x"}),
    ("ec2", "create_flow_logs", {"ResourceIds": ["$vpc"], "ResourceType": "VPC", "TrafficType": "ALL",
                                 "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::bucket-one/p"}),
    ("elbv2", "create_load_balancer", {"Name": "alb", "Subnets": ["$subnet", "$subnet2"]},
     {"alb": "LoadBalancers.0.LoadBalancerArn"}),
    ("elbv2", "create_load_balancer", {"Name": "nlb", "Type": "network", "Subnets": ["$subnet", "$subnet2"]}),
    ("elbv2", "create_target_group", {"Name": "tg", "Protocol": "HTTP", "Port": 80, "VpcId": "$vpc"},
     {"target": "TargetGroups.0.TargetGroupArn"}),
    ("elbv2", "create_listener", {"LoadBalancerArn": "$alb", "Protocol": "HTTP", "Port": 80,
                                  "DefaultActions": [{"Type": "forward", "TargetGroupArn": "$target"}]}),
    ("elb", "create_load_balancer", {"LoadBalancerName": "clb", "AvailabilityZones": ["us-east-1a"], "Listeners": [
        {"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}]}),
    ("autoscaling", "create_launch_configuration",
     {"LaunchConfigurationName": "lc", "ImageId": "$ami", "InstanceType": "t3.micro", "UserData": "hi"}),
    ("autoscaling", "create_auto_scaling_group", {"AutoScalingGroupName": "asg", "LaunchConfigurationName": "lc",
                                                  "MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": "$subnet"}),
    ("iam", "create_user", {"UserName": "u"}),
    ("iam", "create_access_key", {"UserName": "u"}),
    ("iam", "create_group", {"GroupName": "g"}),
    ("iam", "add_user_to_group", {"GroupName": "g", "UserName": "u"}),
    ("iam", "put_group_policy", {"GroupName": "g", "PolicyName": "p", "PolicyDocument": json.dumps(ALLOW)}),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(TRUST)}, {"role": "Role.Arn"}),
    ("iam", "create_policy", {"PolicyName": "pol", "PolicyDocument": json.dumps(ALLOW)}),
    ("iam", "create_instance_profile", {"InstanceProfileName": "ip"}),
    ("iam", "create_virtual_mfa_device", {"VirtualMFADeviceName": "m"}),
    ("iam", "create_open_id_connect_provider", {"Url": "https://example.com", "ThumbprintList": ["0" * 40]}),
    ("iam", "create_saml_provider", {"SAMLMetadataDocument": "x" * 1024, "Name": "saml"}),
    ("iam", "update_account_password_policy", {"MinimumPasswordLength": 12}),
    ("iam", "upload_server_certificate", {"ServerCertificateName": "sc", "CertificateBody": "x", "PrivateKey": "y"}),
    ("iam", "generate_credential_report", {}),
    ("iam", "generate_credential_report", {}),
    ("sns", "create_topic", {"Name": "topic", "Tags": TAGS}),
    ("sqs", "create_queue", {"QueueName": "queue"}),
    ("sns", "subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}),
    ("logs", "create_log_group", {"logGroupName": "lg", "tags": {"a": "b"}}),
    ("logs", "create_log_stream", {"logGroupName": "lg", "logStreamName": "s"}),
    ("logs", "put_log_events", {"logGroupName": "lg", "logStreamName": "s",
                                "logEvents": [{"timestamp": NOW, "message": '{"eventName": "GetCallerIdentity"}'}]}),
    ("logs", "create_log_group", {"logGroupName": "flow"}),
    ("logs", "create_log_stream", {"logGroupName": "flow", "logStreamName": "s"}),
    ("logs", "put_log_events", {"logGroupName": "flow", "logStreamName": "s", "logEvents": [
        {"timestamp": NOW, "message": "2 123456789012 eni-1 10.0.0.1 10.0.0.2 443 3000 6 10 1000 1600000000 1600000060 ACCEPT OK"}]}),
    ("logs", "put_metric_filter", {"logGroupName": "lg", "filterName": "f", "filterPattern": "x", "metricTransformations": [
        {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}),
    ("logs", "put_resource_policy", {"policyName": "rp", "policyDocument": "{}"}),
    ("cloudwatch", "put_metric_alarm", {
        "AlarmName": "a", "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average", "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "InstanceId", "Value": "$instance"}]}),
    ("cloudwatch", "put_metric_data", {"Namespace": "AWS/EC2", "MetricData": [
        {"MetricName": "CPUUtilization", "Value": 3.0, "Dimensions": [{"Name": "InstanceId", "Value": "$instance"}]}]}),
    ("events", "put_rule", {"Name": "rule", "ScheduleExpression": "rate(5 minutes)"}),
    ("events", "create_event_bus", {"Name": "bus"}),
    ("cloudtrail", "create_trail", {"Name": "trail", "S3BucketName": "bucket-one"}),
    ("config", "put_configuration_recorder", {"ConfigurationRecorder": {
        "name": "default", "roleARN": "$role", "recordingGroup": {"allSupported": True}}}),
    ("config", "put_delivery_channel", {"DeliveryChannel": {"name": "default", "s3BucketName": "bucket-one"}}),
    ("config", "put_config_rule", {"ConfigRule": {"ConfigRuleName": "cr", "Source": {
        "Owner": "AWS", "SourceIdentifier": "S3_BUCKET_PUBLIC_READ_PROHIBITED"}}}),
    ("kms", "create_key", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, {"key": "KeyMetadata.KeyId"}),
    ("kms", "create_alias", {"AliasName": "alias/x", "TargetKeyId": "$key"}),
    ("secretsmanager", "create_secret", {"Name": "s", "SecretString": "x", "Tags": TAGS}),
    ("ssm", "put_parameter", {"Name": "/p", "Value": "v", "Type": "String", "Tags": TAGS}),
    ("ssm", "create_maintenance_window", {"Name": "mwin", "Schedule": "rate(1 day)", "Duration": 2, "Cutoff": 1,
                                          "AllowUnassociatedTargets": False}),
    ("ssm", "create_patch_baseline", {"Name": "pbl"}),
    ("rds", "create_db_subnet_group", {"DBSubnetGroupName": "sn", "DBSubnetGroupDescription": "d",
                                       "SubnetIds": ["$subnet", "$subnet2"]}),
    ("rds", "create_db_cluster", {"DBClusterIdentifier": "cl", "Engine": "aurora-postgresql", **LOGIN}),
    ("rds", "create_db_instance", {"DBInstanceIdentifier": "db", "Engine": "postgres", "DBInstanceClass": "db.t3.micro",
                                   "AllocatedStorage": 20, **LOGIN}),
    ("rds", "create_db_snapshot", {"DBSnapshotIdentifier": "snap", "DBInstanceIdentifier": "db"}),
    ("rds", "create_db_cluster_snapshot", {"DBClusterSnapshotIdentifier": "csnap", "DBClusterIdentifier": "cl"}),
    ("rds", "create_db_parameter_group", {"DBParameterGroupName": "pg", "DBParameterGroupFamily": "postgres13",
                                          "Description": "d"}),
    ("rds", "create_event_subscription", {"SubscriptionName": "es", "SnsTopicArn": TOPIC}),
    ("redshift", "create_cluster", {"ClusterIdentifier": "rs", "NodeType": "dc2.large", **LOGIN}),
    ("redshift", "create_cluster_snapshot", {"SnapshotIdentifier": "rss", "ClusterIdentifier": "rs"}),
    ("elasticache", "create_cache_cluster", {"CacheClusterId": "cc", "Engine": "redis", "CacheNodeType": "cache.t3.micro",
                                             "NumCacheNodes": 1}),
    ("elasticache", "create_replication_group", {"ReplicationGroupId": "rg", "ReplicationGroupDescription": "d",
                                                 "Engine": "redis"}),
    ("ecs", "create_cluster", {"clusterName": "ec"}),
    ("ecs", "register_task_definition", {"family": "f", "containerDefinitions": [{"name": "c", "image": "i", "memory": 128}]}),
    ("ecs", "create_service", {"cluster": "ec", "serviceName": "svc", "taskDefinition": "f", "desiredCount": 0}),
    ("ecr", "create_repository", {"repositoryName": "repo"}),
    ("ecr", "put_image", {"repositoryName": "repo", "imageManifest": json.dumps(IMAGE), "imageTag": "latest"}),
    ("eks", "create_cluster", {"name": "k", "version": "1.30", "roleArn": "$role",
                               "resourcesVpcConfig": {"subnetIds": ["$subnet", "$subnet2"]}}),
    ("eks", "create_nodegroup", {"clusterName": "k", "nodegroupName": "ng", "subnets": ["$subnet"], "nodeRole": "$role"}),
    ("efs", "create_file_system", {"CreationToken": "x", "Backup": True}, {"efs": "FileSystemId"}),
    ("efs", "create_mount_target", {"FileSystemId": "$efs", "SubnetId": "$subnet"}),
    ("efs", "create_access_point", {"FileSystemId": "$efs", "ClientToken": "y"}),
    ("lambda", "create_function", {"FunctionName": "f", "Runtime": "python3.12", "Role": "$role", "Handler": "l.h",
                                   "Code": {"ZipFile": ZIP}}),
    ("lambda", "publish_version", {"FunctionName": "f"}),
    ("lambda", "create_alias", {"FunctionName": "f", "Name": "a", "FunctionVersion": "1"}),
    ("lambda", "publish_layer_version", {"LayerName": "ly", "Content": {"ZipFile": ZIP}}),
    ("lambda", "create_event_source_mapping", {"FunctionName": "f", "EventSourceArn": QUEUE}),
    ("dynamodb", "create_table", {"TableName": "tbl", "KeySchema": [{"AttributeName": "i", "KeyType": "HASH"}],
                                  "AttributeDefinitions": [{"AttributeName": "i", "AttributeType": "S"}],
                                  "BillingMode": "PAY_PER_REQUEST"}),
    ("dynamodb", "create_backup", {"TableName": "tbl", "BackupName": "backup"}),
    ("kinesis", "create_stream", {"StreamName": "ks", "ShardCount": 1}),
    ("firehose", "create_delivery_stream", {"DeliveryStreamName": "fh", "S3DestinationConfiguration": {
        "RoleARN": "$role", "BucketARN": "arn:aws:s3:::bucket-one"}}),
    ("route53", "create_hosted_zone", {"Name": "example.com", "CallerReference": "1"}, {"zone": "HostedZone.Id"}),
    ("route53", "change_resource_record_sets", {"HostedZoneId": "$zone", "ChangeBatch": {"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {"Name": "www.example.com", "Type": "A", "TTL": 60,
                                                   "ResourceRecords": [{"Value": "1.2.3.4"}]}}]}}),
    ("route53", "create_health_check", {"CallerReference": "2", "HealthCheckConfig": {
        "IPAddress": "1.2.3.4", "Port": 80, "Type": "HTTP"}}),
    ("acm", "request_certificate", {"DomainName": "example.com"}),
    ("cloudfront", "create_distribution", {"DistributionConfig": CDN}),
    ("apigateway", "create_rest_api", {"name": "api"}, {"api": "id"}),
    ("apigateway", "create_api_key", {"name": "key"}),
    ("apigateway", "create_usage_plan", {"name": "up"}),
    ("apigatewayv2", "create_api", {"Name": "h", "ProtocolType": "HTTP"}, {"http": "ApiId"}),
    ("apigatewayv2", "create_route", {"ApiId": "$http", "RouteKey": "GET /"}),
    ("apigatewayv2", "create_stage", {"ApiId": "$http", "StageName": "s"}),
    ("cloudformation", "create_stack", {"StackName": "st", "TemplateBody": json.dumps(STACK)}),
    ("stepfunctions", "create_state_machine", {"name": "sm", "definition": json.dumps(STATES), "roleArn": "$role"},
     {"machine": "stateMachineArn"}),
    ("stepfunctions", "start_execution", {"stateMachineArn": "$machine", "input": "{}"}),
    ("glue", "create_database", {"DatabaseInput": {"Name": "d"}}),
    ("glue", "create_crawler", {"Name": "cr", "Role": "$role", "DatabaseName": "d", "Targets": {}}),
    ("glue", "create_job", {"Name": "j", "Role": "$role", "Command": {"Name": "glueetl"}}),
    ("codecommit", "create_repository", {"repositoryName": "rep"}),
    ("codebuild", "create_project", {
        "name": "proj", "source": {"type": "S3", "location": "bucket-one/x"}, "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": "$role"}),
    ("codebuild", "start_build", {"projectName": "proj"}),
    ("codedeploy", "create_application", {"applicationName": "app", "computePlatform": "Server"}),
    ("codedeploy", "create_deployment_group",
     {"applicationName": "app", "deploymentGroupName": "dg", "serviceRoleArn": "$role"}),
    ("cognito-idp", "create_user_pool", {"PoolName": "up"}, {"pool": "UserPool.Id"}),
    ("cognito-idp", "create_group", {"GroupName": "g", "UserPoolId": "$pool"}),
    ("cognito-identity", "create_identity_pool", {"IdentityPoolName": "ip", "AllowUnauthenticatedIdentities": False}),
    ("guardduty", "create_detector", {"Enable": True}),
    ("wafv2", "create_web_acl", {"Name": "wa", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "Rules": [],
                                 "VisibilityConfig": SEEN}),
    ("wafv2", "create_web_acl", {"Name": "wc", "Scope": "CLOUDFRONT", "DefaultAction": {"Allow": {}}, "Rules": [],
                                 "VisibilityConfig": SEEN}),
    ("wafv2", "create_ip_set", {"Name": "ips", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["10.0.0.0/8"]}),
    ("securityhub", "enable_security_hub", {}),
    ("backup", "create_backup_vault", {"BackupVaultName": "bv"}),
    ("backup", "create_backup_plan", {"BackupPlan": {"BackupPlanName": "bp", "Rules": [
        {"RuleName": "r", "TargetBackupVaultName": "bv"}]}}),
    ("opensearch", "create_domain", {"DomainName": "osd"}),
    ("es", "create_elasticsearch_domain", {"DomainName": "esd"}),
    ("neptune", "create_db_cluster", {"DBClusterIdentifier": "nc", "Engine": "neptune"}),
    ("emr", "run_job_flow", {"Name": "e", "ReleaseLabel": "emr-6.0.0", "JobFlowRole": "r", "ServiceRole": "r", "Instances": {
        "InstanceCount": 1, "MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True}}),
    ("kafka", "create_cluster", {"ClusterName": "mk", "KafkaVersion": "2.8.1", "NumberOfBrokerNodes": 1,
                                 "BrokerNodeGroupInfo": {"ClientSubnets": ["$subnet"], "InstanceType": "kafka.m5.large"}}),
    ("scheduler", "create_schedule", {"Name": "sc", "ScheduleExpression": "rate(1 day)",
                                      "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": QUEUE, "RoleArn": "$role"}}),
    ("sagemaker", "create_notebook_instance", {"NotebookInstanceName": "nb", "InstanceType": "ml.t3.medium", "RoleArn": "$role"}),
    ("application-autoscaling", "register_scalable_target", {
        "ServiceNamespace": "ecs", "ResourceId": "service/ec/svc", "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1, "MaxCapacity": 2}),
    ("budgets", "create_budget", {"AccountId": ACCOUNT, "Budget": {
        "BudgetName": "b", "BudgetLimit": {"Amount": "1", "Unit": "USD"}, "TimeUnit": "MONTHLY", "BudgetType": "COST"}}),
]


def client(service):
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=ENDPOINT, aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(retries={"max_attempts": 0}),
    )


def filled(value, names):
    if isinstance(value, str) and value.startswith("$"):
        return names[value[1:]]
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    return [filled(item, names) for item in value] if isinstance(value, list) else value


def at(answer, path):
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else answer[step]
    return answer


def main():
    names, refused, clients = {}, [], {}
    for service, operation, given, *kept in CALLS:
        try:
            made = clients.setdefault(service, client(service))
            answer = getattr(made, operation)(**filled(given, names))
            for name, path in (kept[0] if kept else {}).items():
                names[name] = at(answer, path)
        except Exception as error:  # what moto cannot make is not there; the tables are read all the same
            refused.append(f"{service}:{operation}: {str(error)[:200]}")
    print(json.dumps({"made": len(CALLS) - len(refused), "refused": refused}))


if __name__ == "__main__":
    main()
