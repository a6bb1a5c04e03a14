"""Reads by boto3 what is in the accounts of the organization at ENDPOINT and prints, as JSON, the rows that
every table must have. Each column is written out here by hand: a second opinion on the catalog.

{"tables": {NAME: {"key": COLUMN, "rows": [{COLUMN: VALUE}]}}, "accounts": [...]}

A value {"$unknown": CODE} says that the call behind the column failed: it must not show as null."""
import base64
import datetime
import json
import re
import sys
from urllib.parse import unquote

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from members import REGIONS, Accounts

accounts = Accounts(sys.argv[1])

# What services answer where there is nothing to say.
ABSENT = {
    "AWSOrganizationsNotInUseException",
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "NoSuchWebsiteConfiguration",
    "NoSuchTagSet",
    "NoSuchEntity",
    "ResourceNotFoundException",
}


class Unknown(dict):
    """Stays itself, whatever is asked of it."""

    def get(self, *_):
        return self

    def __getitem__(self, key):
        return self


def ask(call, **arguments):
    """The response; {} where the service says there is nothing."""
    try:
        response = call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {} if code in ABSENT else Unknown({"$unknown": code})
    except ResponseParserError:
        return Unknown({"$unknown": "unparsable"})
    response.pop("ResponseMetadata")
    return response


def every(client, operation, key, **arguments):
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(key, [])]
    return getattr(client, operation)(**arguments).get(key, [])


def at(value, *names):
    for name in names:
        if isinstance(value, Unknown):
            return value
        value = (value or {}).get(name)
    return value


def made(value, function):
    """`function` of what is there and known."""
    return value if value is None or isinstance(value, Unknown) else function(value)


def tag_map(tags):
    if tags is None or isinstance(tags, Unknown):
        return tags
    # moto leaves out the value of a bucket's tag where it is empty.
    return {t.get("Key", t.get("key")): t.get("Value", t.get("value", "")) for t in tags} or None


def name_or(tags, otherwise):
    return next((t["Value"] for t in tags or [] if t["Key"] == "Name" and t["Value"]), otherwise)


def capitals(value):
    """ECS's members have a small letter in the API and a capital in the tables."""
    if isinstance(value, dict):
        return {k if k.startswith("$") else k[0].upper() + k[1:]: capitals(v) for k, v in value.items()}
    return [capitals(v) for v in value] if isinstance(value, list) else value


def switch(text):
    return {None: False, "Enabled": True, "Disabled": False, "Suspended": False}[text]


def or_else(value, default):
    return default if value is None else value


def aws_account(account):
    iam, org = accounts.client(account, "iam"), accounts.client(account, "organizations")
    aliases = iam.list_account_aliases()["AccountAliases"]
    o = ask(org.describe_organization).get("Organization", {})
    yield {
        "account_aliases": aliases,
        "arn": f"arn:aws:::{account}",
        "organization_id": o.get("Id"),
        "organization_arn": o.get("Arn"),
        "organization_feature_set": o.get("FeatureSet"),
        "organization_master_account_arn": o.get("MasterAccountArn"),
        "organization_master_account_email": o.get("MasterAccountEmail"),
        "organization_master_account_id": o.get("MasterAccountId"),
        "organization_available_policy_types": o.get("AvailablePolicyTypes"),
        "title": aliases[0] if aliases else account,
        "akas": [f"arn:aws:::{account}"],
    }


def aws_region(account):
    for r in accounts.client(account, "ec2").describe_regions(AllRegions=True)["Regions"]:
        name = r["RegionName"]
        yield {
            "name": name,
            "opt_in_status": r["OptInStatus"],
            "title": name,
            "akas": [f"arn:aws::{name}:{account}"],
            "region": name,
            # These speak of Steampipe's own settings.
            "steampipe_available": None,
            "steampipe_default": None,
        }


def aws_ec2_instance(account, region):
    c = accounts.client(account, "ec2", region)

    def attribute(i, name, member):
        return at(ask(c.describe_instance_attribute, InstanceId=i["InstanceId"], Attribute=name), member, "Value")

    for reservation in every(c, "describe_instances", "Reservations"):
        for i in reservation["Instances"]:
            arn = f"arn:aws:ec2:{region}:{account}:instance/{i['InstanceId']}"
            state, place = i["State"]["Name"], i.get("Placement", {})
            since = i["LaunchTime"]
            if state in ("shutting-down", "stopped", "stopping", "terminated"):
                since = re.search(r"\((.*?)\)", i["StateTransitionReason"])
                since = since and since[1].replace(" UTC", "Z").replace(" GMT", "Z").replace(" ", "T")
            status = ask(c.describe_instance_status, InstanceIds=[i["InstanceId"]], IncludeAllInstances=True)
            yield {
                "instance_id": i["InstanceId"],
                "arn": arn,
                "instance_type": i.get("InstanceType"),
                "instance_state": state,
                "monitoring_state": at(i, "Monitoring", "State"),
                "disable_api_termination": or_else(attribute(i, "disableApiTermination", "DisableApiTermination"), False),
                "ami_launch_index": i.get("AmiLaunchIndex"),
                "architecture": i.get("Architecture"),
                "boot_mode": i.get("BootMode"),
                "current_instance_boot_mode": i.get("CurrentInstanceBootMode"),
                "ipv6_address": i.get("Ipv6Address"),
                "capacity_reservation_id": i.get("CapacityReservationId"),
                "capacity_reservation_specification": i.get("CapacityReservationSpecification"),
                "client_token": i.get("ClientToken"),
                "cpu_options_core_count": at(i, "CpuOptions", "CoreCount"),
                "cpu_options_threads_per_core": at(i, "CpuOptions", "ThreadsPerCore"),
                "ebs_optimized": i.get("EbsOptimized"),
                "ena_support": i.get("EnaSupport"),
                "hypervisor": i.get("Hypervisor"),
                "iam_instance_profile_arn": at(i, "IamInstanceProfile", "Arn"),
                "iam_instance_profile_id": at(i, "IamInstanceProfile", "Id"),
                "image_id": i.get("ImageId"),
                "instance_initiated_shutdown_behavior": attribute(
                    i, "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"
                ),
                "instance_lifecycle": i.get("InstanceLifecycle"),
                "kernel_id": attribute(i, "kernel", "KernelId"),
                "key_name": i.get("KeyName"),
                "launch_time": i["LaunchTime"],
                "outpost_arn": i.get("OutpostArn"),
                "placement_affinity": place.get("Affinity"),
                "placement_availability_zone": place.get("AvailabilityZone"),
                "placement_group_id": place.get("GroupId"),
                "placement_group_name": place.get("GroupName"),
                "placement_host_id": place.get("HostId"),
                "placement_host_resource_group_arn": place.get("HostResourceGroupArn"),
                "placement_partition_number": place.get("PartitionNumber"),
                "placement_tenancy": place.get("Tenancy"),
                "platform": i.get("Platform"),
                "platform_details": i.get("PlatformDetails"),
                "private_ip_address": i.get("PrivateIpAddress"),
                "private_dns_name": i.get("PrivateDnsName"),
                "public_dns_name": i.get("PublicDnsName"),
                "public_ip_address": i.get("PublicIpAddress"),
                "ram_disk_id": attribute(i, "ramdisk", "RamdiskId"),
                "root_device_name": i.get("RootDeviceName"),
                "root_device_type": i.get("RootDeviceType"),
                "source_dest_check": i.get("SourceDestCheck"),
                "spot_instance_request_id": i.get("SpotInstanceRequestId"),
                "sriov_net_support": attribute(i, "sriovNetSupport", "SriovNetSupport"),
                "state_code": i["State"]["Code"],
                "state_transition_reason": i.get("StateTransitionReason"),
                "state_transition_time": since,
                "subnet_id": i.get("SubnetId"),
                "tpm_support": i.get("TpmSupport"),
                "usage_operation": i.get("UsageOperation"),
                "usage_operation_update_time": i.get("UsageOperationUpdateTime"),
                "user_data": made(attribute(i, "userData", "UserData"), lambda text: base64.b64decode(text).decode()),
                "virtualization_type": i.get("VirtualizationType"),
                "vpc_id": i.get("VpcId"),
                "block_device_mappings": i.get("BlockDeviceMappings"),
                "elastic_gpu_associations": i.get("ElasticGpuAssociations"),
                "elastic_inference_accelerator_associations": i.get("ElasticInferenceAcceleratorAssociations"),
                "enclave_options": i.get("EnclaveOptions"),
                "hibernation_options": i.get("HibernationOptions"),
                "state_reason": i.get("StateReason"),
                "launch_template_data": ask(c.get_launch_template_data, InstanceId=i["InstanceId"]).get(
                    "LaunchTemplateData"
                ),
                "licenses": i.get("Licenses"),
                "maintenance_options": i.get("MaintenanceOptions"),
                "metadata_options": i.get("MetadataOptions"),
                "network_interfaces": i.get("NetworkInterfaces"),
                "private_dns_name_options": i.get("PrivateDnsNameOptions"),
                "product_codes": i.get("ProductCodes"),
                "security_groups": i.get("SecurityGroups"),
                "instance_status": made(status.get("InstanceStatuses"), lambda all: all[0] if all else None),
                "tags_src": i.get("Tags"),
                "title": name_or(i.get("Tags"), i["InstanceId"]),
                "tags": tag_map(i.get("Tags")),
                "akas": [arn],
            }


def aws_ebs_volume(account, region):
    c = accounts.client(account, "ec2", region)
    for v in every(c, "describe_volumes", "Volumes"):
        arn = f"arn:aws:ec2:{region}:{account}:volume/{v['VolumeId']}"

        def attribute(name, volume=v["VolumeId"]):
            return ask(c.describe_volume_attribute, VolumeId=volume, Attribute=name)

        yield {
            "volume_id": v["VolumeId"],
            "arn": arn,
            "volume_type": v.get("VolumeType"),
            "state": v.get("State"),
            "create_time": v.get("CreateTime"),
            "auto_enable_io": at(attribute("autoEnableIO"), "AutoEnableIO", "Value"),
            "availability_zone": v.get("AvailabilityZone"),
            "encrypted": v.get("Encrypted"),
            "fast_restored": v.get("FastRestored"),
            "iops": v.get("Iops"),
            "throughput": v.get("Throughput"),
            "kms_key_id": v.get("KmsKeyId"),
            "multi_attach_enabled": v.get("MultiAttachEnabled"),
            "outpost_arn": v.get("OutpostArn"),
            "size": v.get("Size"),
            "snapshot_id": v.get("SnapshotId"),
            "attachments": v.get("Attachments"),
            "product_codes": attribute("productCodes").get("ProductCodes"),
            "tags_src": v.get("Tags"),
            "title": name_or(v.get("Tags"), v["VolumeId"]),
            "tags": tag_map(v.get("Tags")),
            "akas": [arn],
        }


def aws_vpc(account, region):
    for v in every(accounts.client(account, "ec2", region), "describe_vpcs", "Vpcs"):
        arn = f"arn:aws:ec2:{region}:{account}:vpc/{v['VpcId']}"
        yield {
            "vpc_id": v["VpcId"],
            "arn": arn,
            "cidr_block": v.get("CidrBlock"),
            "state": v.get("State"),
            "is_default": v.get("IsDefault"),
            "dhcp_options_id": v.get("DhcpOptionsId"),
            "instance_tenancy": v.get("InstanceTenancy"),
            "owner_id": v.get("OwnerId"),
            "cidr_block_association_set": v.get("CidrBlockAssociationSet"),
            "ipv6_cidr_block_association_set": v.get("Ipv6CidrBlockAssociationSet"),
            "tags_src": v.get("Tags"),
            "title": name_or(v.get("Tags"), v["VpcId"]),
            "tags": tag_map(v.get("Tags")),
            "akas": [arn],
        }


def aws_vpc_security_group(account, region):
    for g in every(accounts.client(account, "ec2", region), "describe_security_groups", "SecurityGroups"):
        arn = f"arn:aws:ec2:{region}:{account}:security-group/{g['GroupId']}"
        yield {
            "group_name": g["GroupName"],
            "group_id": g["GroupId"],
            "arn": arn,
            "description": g.get("Description"),
            "vpc_id": g.get("VpcId"),
            "owner_id": g.get("OwnerId"),
            "ip_permissions": g.get("IpPermissions"),
            "ip_permissions_egress": g.get("IpPermissionsEgress"),
            "tags_src": g.get("Tags"),
            "tags": tag_map(g.get("Tags")),
            "title": g["GroupName"],
            "akas": [arn],
        }


def aws_s3_bucket(account):
    c = accounts.client(account, "s3")
    for b in c.list_buckets()["Buckets"]:
        bucket = {"Bucket": b["Name"]}
        arn = f"arn:aws:s3:::{b['Name']}"
        region = c.get_bucket_location(**bucket)["LocationConstraint"] or "us-east-1"
        away = accounts.client(account, "s3", region)
        block = ask(away.get_public_access_block, **bucket).get("PublicAccessBlockConfiguration", {})
        versioning = ask(away.get_bucket_versioning, **bucket)
        events = ask(away.get_bucket_notification_configuration, **bucket)
        acl = ask(away.get_bucket_acl, **bucket)
        tags = ask(away.get_bucket_tagging, **bucket).get("TagSet")
        website = ask(away.get_bucket_website, **bucket)
        yield {
            "name": b["Name"],
            "arn": arn,
            "creation_date": b["CreationDate"],
            "bucket_policy_is_public": or_else(
                at(ask(away.get_bucket_policy_status, **bucket), "PolicyStatus", "IsPublic"), False
            ),
            "versioning_enabled": switch(versioning.get("Status")),
            "versioning_mfa_delete": switch(versioning.get("MFADelete")),
            "block_public_acls": block.get("BlockPublicAcls", False),
            "block_public_policy": block.get("BlockPublicPolicy", False),
            "ignore_public_acls": block.get("IgnorePublicAcls", False),
            "restrict_public_buckets": block.get("RestrictPublicBuckets", False),
            "event_notification_configuration": {
                name: events.get(name)
                for name in (
                    "EventBridgeConfiguration",
                    "LambdaFunctionConfigurations",
                    "QueueConfigurations",
                    "TopicConfigurations",
                )
            },
            "server_side_encryption_configuration": ask(away.get_bucket_encryption, **bucket).get(
                "ServerSideEncryptionConfiguration"
            ),
            "acl": {"Grants": acl.get("Grants"), "Owner": acl.get("Owner")},
            "lifecycle_rules": ask(away.get_bucket_lifecycle_configuration, **bucket).get("Rules"),
            "logging": ask(away.get_bucket_logging, **bucket).get("LoggingEnabled"),
            "object_lock_configuration": ask(away.get_object_lock_configuration, **bucket).get("ObjectLockConfiguration"),
            "object_ownership_controls": ask(away.get_bucket_ownership_controls, **bucket).get("OwnershipControls"),
            "policy": made(ask(away.get_bucket_policy, **bucket).get("Policy"), json.loads),
            "replication": ask(away.get_bucket_replication, **bucket).get("ReplicationConfiguration"),
            "website_configuration": website or None,
            "tags_src": tags,
            "tags": tag_map(tags),
            "title": b["Name"],
            "akas": [arn],
            "region": region,
        }


def aws_rds_db_instance(account, region):
    c = accounts.client(account, "rds", region)
    for d in every(c, "describe_db_instances", "DBInstances"):
        group, endpoint = d.get("DBSubnetGroup"), d.get("Endpoint")
        certificate = Unknown({"$unknown": "?"})
        if d.get("CACertificateIdentifier"):
            certificate = ask(c.describe_certificates, CertificateIdentifier=d["CACertificateIdentifier"])
            certificate = made(certificate.get("Certificates"), lambda all: all[0] if all else None)
        yield {
            "db_instance_identifier": d["DBInstanceIdentifier"],
            "arn": d["DBInstanceArn"],
            "db_cluster_identifier": d.get("DBClusterIdentifier"),
            "status": d.get("DBInstanceStatus"),
            "class": d.get("DBInstanceClass"),
            "resource_id": d.get("DbiResourceId"),
            "allocated_storage": d.get("AllocatedStorage"),
            "auto_minor_version_upgrade": d.get("AutoMinorVersionUpgrade"),
            "availability_zone": d.get("AvailabilityZone"),
            "backup_retention_period": d.get("BackupRetentionPeriod"),
            "ca_certificate_identifier": d.get("CACertificateIdentifier"),
            "character_set_name": d.get("CharacterSetName"),
            "copy_tags_to_snapshot": d.get("CopyTagsToSnapshot"),
            "customer_owned_ip_enabled": d.get("CustomerOwnedIpEnabled"),
            "port": d.get("DbInstancePort"),
            "db_name": d.get("DBName"),
            "db_subnet_group_arn": at(group, "DBSubnetGroupArn"),
            "db_subnet_group_description": at(group, "DBSubnetGroupDescription"),
            "db_subnet_group_name": at(group, "DBSubnetGroupName"),
            "db_subnet_group_status": at(group, "SubnetGroupStatus"),
            "deletion_protection": d.get("DeletionProtection"),
            "endpoint_address": at(endpoint, "Address"),
            "endpoint_hosted_zone_id": at(endpoint, "HostedZoneId"),
            "endpoint_port": at(endpoint, "Port"),
            "engine": d.get("Engine"),
            "engine_version": d.get("EngineVersion"),
            "enhanced_monitoring_resource_arn": d.get("EnhancedMonitoringResourceArn"),
            "iam_database_authentication_enabled": d.get("IAMDatabaseAuthenticationEnabled"),
            "create_time": d.get("InstanceCreateTime"),
            "iops": d.get("Iops"),
            "kms_key_id": d.get("KmsKeyId"),
            "latest_restorable_time": d.get("LatestRestorableTime"),
            "license_model": d.get("LicenseModel"),
            "master_user_name": d.get("MasterUsername"),
            "max_allocated_storage": d.get("MaxAllocatedStorage"),
            "monitoring_interval": d.get("MonitoringInterval"),
            "monitoring_role_arn": d.get("MonitoringRoleArn"),
            "multi_az": d.get("MultiAZ"),
            "nchar_character_set_name": d.get("NcharCharacterSetName"),
            "performance_insights_enabled": d.get("PerformanceInsightsEnabled", False),
            "performance_insights_kms_key_id": d.get("PerformanceInsightsKMSKeyId"),
            "performance_insights_retention_period": d.get("PerformanceInsightsRetentionPeriod"),
            "preferred_backup_window": d.get("PreferredBackupWindow"),
            "preferred_maintenance_window": d.get("PreferredMaintenanceWindow"),
            "promotion_tier": d.get("PromotionTier"),
            "publicly_accessible": d.get("PubliclyAccessible", False),
            "read_replica_source_db_instance_identifier": d.get("ReadReplicaSourceDBInstanceIdentifier"),
            "replica_mode": d.get("ReplicaMode"),
            "secondary_availability_zone": d.get("SecondaryAvailabilityZone"),
            "storage_encrypted": d.get("StorageEncrypted", False),
            "storage_throughput": d.get("StorageThroughput"),
            "storage_type": d.get("StorageType"),
            "tde_credential_arn": d.get("TdeCredentialArn"),
            "timezone": d.get("Timezone"),
            "vpc_id": at(group, "VpcId"),
            "associated_roles": d.get("AssociatedRoles"),
            "certificate": certificate,
            "db_parameter_groups": d.get("DBParameterGroups"),
            "db_security_groups": d.get("DBSecurityGroups"),
            "domain_memberships": d.get("DomainMemberships"),
            "enabled_cloudwatch_logs_exports": d.get("EnabledCloudwatchLogsExports"),
            "option_group_memberships": d.get("OptionGroupMemberships"),
            "pending_maintenance_actions": ask(
                c.describe_pending_maintenance_actions, ResourceIdentifier=d["DBInstanceArn"]
            ).get("PendingMaintenanceActions"),
            "processor_features": d.get("ProcessorFeatures"),
            "read_replica_db_cluster_identifiers": d.get("ReadReplicaDBClusterIdentifiers"),
            "read_replica_db_instance_identifiers": d.get("ReadReplicaDBInstanceIdentifiers"),
            "pending_modified_values": d.get("PendingModifiedValues"),
            "status_infos": d.get("StatusInfos"),
            "subnets": at(group, "Subnets"),
            "vpc_security_groups": d.get("VpcSecurityGroups"),
            "tags_src": d.get("TagList"),
            "tags": tag_map(d.get("TagList")),
            "title": d["DBInstanceIdentifier"],
            "akas": [d["DBInstanceArn"]],
        }


def aws_lambda_function(account, region):
    c = accounts.client(account, "lambda", region)
    for f in every(c, "list_functions", "Functions"):
        name = {"FunctionName": f["FunctionName"]}
        more, vpc = ask(c.get_function, **name), f.get("VpcConfig")
        policy, url = ask(c.get_policy, **name).get("Policy"), ask(c.get_function_url_config, **name)
        yield {
            "name": f["FunctionName"],
            "arn": f["FunctionArn"],
            "code_sha_256": f.get("CodeSha256"),
            "code_size": f.get("CodeSize"),
            "dead_letter_config_target_arn": at(f, "DeadLetterConfig", "TargetArn"),
            "description": f.get("Description"),
            "handler": f.get("Handler"),
            "kms_key_arn": f.get("KMSKeyArn"),
            "last_modified": f["LastModified"].replace("+0000", "Z"),
            "timeout": str(f["Timeout"]),
            "version": f.get("Version"),
            "package_type": f.get("PackageType"),
            "master_arn": f.get("MasterArn"),
            "memory_size": f.get("MemorySize"),
            "revision_id": f.get("RevisionId"),
            "role": f.get("Role"),
            "runtime": f.get("Runtime"),
            "state": f.get("State"),
            "state_reason": f.get("StateReason"),
            "state_reason_code": f.get("StateReasonCode"),
            "last_update_status": f.get("LastUpdateStatus"),
            "last_update_status_reason": f.get("LastUpdateStatusReason"),
            "last_update_status_reason_code": f.get("LastUpdateStatusReasonCode"),
            "reserved_concurrent_executions": at(more, "Concurrency", "ReservedConcurrentExecutions"),
            "vpc_id": at(vpc, "VpcId"),
            "architectures": f.get("Architectures"),
            "code": {name: value for name, value in more["Code"].items() if name != "Location"},
            "environment_variables": at(f, "Environment", "Variables"),
            "file_system_configs": f.get("FileSystemConfigs"),
            "ephemeral_storage": f.get("EphemeralStorage"),
            "policy": made(policy, json.loads),
            "tracing_config": f.get("TracingConfig"),
            "snap_start": f.get("SnapStart"),
            "url_config": url or None,
            "logging_config": f.get("LoggingConfig"),
            "vpc_security_group_ids": at(vpc, "SecurityGroupIds"),
            "vpc_subnet_ids": at(vpc, "SubnetIds"),
            "title": f["FunctionName"],
            "tags": more.get("Tags"),
            "akas": [f["FunctionArn"]],
            "layers": f.get("Layers"),
        }


def aws_iam_user(account):
    c = accounts.client(account, "iam")
    for u in every(c, "list_users", "Users"):
        name = {"UserName": u["UserName"]}
        user = c.get_user(**name)["User"]
        devices = every(c, "list_mfa_devices", "MFADevices", **name)
        yield {
            "name": u["UserName"],
            "user_id": u["UserId"],
            "path": u["Path"],
            "arn": u["Arn"],
            "create_date": u["CreateDate"],
            "password_last_used": u.get("PasswordLastUsed"),
            "permissions_boundary_arn": at(user, "PermissionsBoundary", "PermissionsBoundaryArn"),
            "permissions_boundary_type": at(user, "PermissionsBoundary", "PermissionsBoundaryType"),
            "mfa_enabled": len(devices) > 0,
            "login_profile": ask(c.get_login_profile, **name).get("LoginProfile"),
            "mfa_devices": devices,
            "groups": every(c, "list_groups_for_user", "Groups", **name),
            "inline_policies": [
                {
                    "PolicyName": policy,
                    "PolicyDocument": c.get_user_policy(PolicyName=policy, **name)["PolicyDocument"],
                }
                for policy in every(c, "list_user_policies", "PolicyNames", **name)
            ],
            "attached_policy_arns": [
                policy["PolicyArn"] for policy in every(c, "list_attached_user_policies", "AttachedPolicies", **name)
            ],
            "tags_src": user.get("Tags"),
            "tags": tag_map(user.get("Tags")),
            "title": u["UserName"],
            "akas": [u["Arn"]],
        }


def aws_iam_role(account):
    c = accounts.client(account, "iam")
    for r in every(c, "list_roles", "Roles"):
        name = {"RoleName": r["RoleName"]}
        role = c.get_role(**name)["Role"]
        yield {
            "name": r["RoleName"],
            "arn": r["Arn"],
            "role_id": r["RoleId"],
            # boto3 has already decoded it; the test decodes ours.
            "assume_role_policy_document": r["AssumeRolePolicyDocument"],
            "create_date": r["CreateDate"],
            "description": r.get("Description"),
            "instance_profile_arns": [
                profile["Arn"] for profile in every(c, "list_instance_profiles_for_role", "InstanceProfiles", **name)
            ],
            "max_session_duration": r.get("MaxSessionDuration"),
            "path": r["Path"],
            "permissions_boundary_arn": at(role, "PermissionsBoundary", "PermissionsBoundaryArn"),
            "permissions_boundary_type": at(role, "PermissionsBoundary", "PermissionsBoundaryType"),
            "role_last_used_date": at(role, "RoleLastUsed", "LastUsedDate"),
            "role_last_used_region": at(role, "RoleLastUsed", "Region"),
            "tags_src": role.get("Tags"),
            "inline_policies": [
                {
                    "PolicyName": policy,
                    "PolicyDocument": c.get_role_policy(PolicyName=policy, **name)["PolicyDocument"],
                }
                for policy in every(c, "list_role_policies", "PolicyNames", **name)
            ],
            "attached_policy_arns": [
                policy["PolicyArn"] for policy in every(c, "list_attached_role_policies", "AttachedPolicies", **name)
            ],
            "assume_role_policy": r["AssumeRolePolicyDocument"],
            "title": r["RoleName"],
            "tags": tag_map(role.get("Tags")),
            "akas": [r["Arn"]],
        }


def aws_dynamodb_table(account, region):
    c = accounts.client(account, "dynamodb", region)
    for name in every(c, "list_tables", "TableNames"):
        t = c.describe_table(TableName=name)["Table"]
        backups = ask(c.describe_continuous_backups, TableName=name)
        tags = ask(c.list_tags_of_resource, ResourceArn=t["TableArn"]).get("Tags")
        yield {
            "name": name,
            "arn": t["TableArn"],
            "table_id": t.get("TableId"),
            "creation_date_time": t["CreationDateTime"],
            "table_class": at(t, "TableClassSummary", "TableClass"),
            "table_status": t["TableStatus"],
            "billing_mode": at(t, "BillingModeSummary", "BillingMode") or "PROVISIONED",
            "item_count": t.get("ItemCount"),
            "global_table_version": t.get("GlobalTableVersion"),
            "read_capacity": at(t, "ProvisionedThroughput", "ReadCapacityUnits"),
            "write_capacity": at(t, "ProvisionedThroughput", "WriteCapacityUnits"),
            "latest_stream_arn": t.get("LatestStreamArn"),
            "latest_stream_label": t.get("LatestStreamLabel"),
            "table_size_bytes": t.get("TableSizeBytes"),
            "archival_summary": t.get("ArchivalSummary"),
            "attribute_definitions": t.get("AttributeDefinitions"),
            "key_schema": t.get("KeySchema"),
            "sse_description": t.get("SSEDescription"),
            "replicas": t.get("Replicas"),
            "restore_summary": t.get("RestoreSummary"),
            "stream_specification": t.get("StreamSpecification"),
            "deletion_protection_enabled": t.get("DeletionProtectionEnabled"),
            "continuous_backups_status": at(backups, "ContinuousBackupsDescription", "ContinuousBackupsStatus"),
            "streaming_destination": ask(c.describe_kinesis_streaming_destination, TableName=name) or None,
            "point_in_time_recovery_description": at(
                backups, "ContinuousBackupsDescription", "PointInTimeRecoveryDescription"
            ),
            "tags_src": tags,
            "tags": tag_map(tags),
            "title": name,
            "akas": [t["TableArn"]],
        }


def aws_ecs_cluster(account, region):
    c = accounts.client(account, "ecs", region)
    for arn in every(c, "list_clusters", "clusterArns"):
        wanted = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS"]
        cluster = c.describe_clusters(clusters=[arn], include=wanted)["clusters"][0]
        tags = ask(c.list_tags_for_resource, resourceArn=arn).get("tags")
        yield {
            "cluster_arn": arn,
            "cluster_name": cluster["clusterName"],
            "active_services_count": cluster.get("activeServicesCount"),
            "pending_tasks_count": cluster.get("pendingTasksCount"),
            "registered_container_instances_count": cluster.get("registeredContainerInstancesCount"),
            "running_tasks_count": cluster.get("runningTasksCount"),
            "status": cluster.get("status"),
            "attachments_status": cluster.get("attachmentsStatus"),
            "service_connect_defaults_namespace": at(cluster, "serviceConnectDefaults", "namespace"),
            "attachments": capitals(cluster.get("attachments")),
            "capacity_providers": cluster.get("capacityProviders"),
            "default_capacity_provider_strategy": capitals(cluster.get("defaultCapacityProviderStrategy")),
            "settings": capitals(cluster.get("settings")),
            "statistics": capitals(cluster.get("statistics")),
            "execute_command_configuration": capitals(at(cluster, "configuration", "executeCommandConfiguration")),
            "tags_src": capitals(tags),
            "title": cluster["clusterName"],
            "tags": tag_map(tags),
            "akas": [arn],
        }


def aws_sqs_queue(account, region):
    c = accounts.client(account, "sqs", region)
    for url in every(c, "list_queues", "QueueUrls"):
        q = c.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        yield {
            "queue_url": url,
            "queue_arn": q["QueueArn"],
            "fifo_queue": q.get("FifoQueue") == "true",
            "fifo_throughput_limit": q.get("FifoThroughputLimit", "false"),
            "delay_seconds": q.get("DelaySeconds"),
            "max_message_size": q.get("MaximumMessageSize"),
            "message_retention_seconds": q.get("MessageRetentionPeriod"),
            "receive_wait_time_seconds": q.get("ReceiveMessageWaitTimeSeconds"),
            "sqs_managed_sse_enabled": made(q.get("SqsManagedSseEnabled"), lambda text: text == "true"),
            "visibility_timeout_seconds": q.get("VisibilityTimeout"),
            "policy": made(q.get("Policy"), json.loads),
            "redrive_policy": made(q.get("RedrivePolicy"), json.loads),
            "content_based_deduplication": q.get("ContentBasedDeduplication"),
            "deduplication_scope": q.get("DeduplicationScope"),
            "kms_master_key_id": q.get("KmsMasterKeyId"),
            "tags": ask(c.list_queue_tags, QueueUrl=url).get("Tags"),
            "title": url.split("/")[-1],
            "akas": [q["QueueArn"]],
        }


def aws_organizations_account(places):
    org = accounts.client(None, "organizations")
    for a in every(org, "list_accounts", "Accounts"):
        tags = every(org, "list_tags_for_resource", "Tags", ResourceId=a["Id"])
        yield {
            "name": a["Name"],
            "id": a["Id"],
            "parent_id": org.list_parents(ChildId=a["Id"])["Parents"][0]["Id"],
            "arn": a["Arn"],
            "state": a.get("State"),
            "status": a.get("Status"),
            "email": a["Email"],
            "joined_method": a.get("JoinedMethod"),
            "joined_timestamp": a.get("JoinedTimestamp"),
            "tags_src": tags,
            "tags": tag_map(tags),
            "title": a["Name"],
            "akas": [a["Arn"]],
            "ou_path": places[a["Id"]],
        }


def find_places():
    """Account id -> the names of the units from the root down to it."""
    org, places = accounts.client(None, "organizations"), {}

    def walk(parent, path):
        for account in every(org, "list_accounts_for_parent", "Accounts", ParentId=parent):
            places[account["Id"]] = path
        for unit in every(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
            walk(unit["Id"], f"{path}/{unit['Name']}")

    for root in every(org, "list_roots", "Roots"):
        walk(root["Id"], root["Name"])
    return places


GLOBAL = {
    aws_account: "account_id",
    aws_iam_role: "name",
    aws_iam_user: "name",
    aws_region: "name",
    aws_s3_bucket: "name",
}
REGIONAL = {
    aws_dynamodb_table: "name",
    aws_ebs_volume: "volume_id",
    aws_ec2_instance: "instance_id",
    aws_ecs_cluster: "cluster_arn",
    aws_lambda_function: "name",
    aws_rds_db_instance: "db_instance_identifier",
    aws_sqs_queue: "queue_url",
    aws_vpc: "vpc_id",
    aws_vpc_security_group: "group_id",
}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{value!r} is not JSON")


def main():
    org, places = accounts.client(None, "organizations"), find_places()
    members = [
        {
            "account_id": a["Id"],
            "account_name": a["Name"],
            "ou_path": places[a["Id"]],
            "account_tags": tag_map(every(org, "list_tags_for_resource", "Tags", ResourceId=a["Id"])) or {},
            "status": a["Status"],
        }
        for a in every(org, "list_accounts", "Accounts")
    ]
    tables = {table.__name__: {"key": key, "rows": []} for table, key in {**GLOBAL, **REGIONAL}.items()}
    for member in members:
        if member["status"] != "ACTIVE":
            continue
        account = member["account_id"]
        said = {"partition": "aws", **{name: value for name, value in member.items() if name != "status"}}
        for table in GLOBAL:
            rows = tables[table.__name__]["rows"]
            rows.extend({**said, "region": "global", **row} for row in table(account))
        for table in REGIONAL:
            for region in REGIONS:
                rows = tables[table.__name__]["rows"]
                rows.extend({**said, "region": region, **row} for row in table(account, region))
    manager = next(m for m in members if m["account_id"] == accounts.management)
    said = {"partition": "aws", "region": "global"}
    said.update({name: manager[name] for name in ("account_id", "account_name", "account_tags")})
    tables["aws_organizations_account"] = {
        "key": "id",
        "rows": [{**said, **row} for row in aws_organizations_account(places)],
    }
    print(json.dumps({"tables": tables, "accounts": members}, default=plain))


main()
