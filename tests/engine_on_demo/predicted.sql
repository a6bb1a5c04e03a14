select count(*) from aws_ec2_instance
select instance_id, instance_state from aws_ec2_instance where instance_state = 'running'
select account_name, count(*) from aws_ec2_instance where region = 'us-east-1' group by 1
select instance_id, user_data is not null from aws_ec2_instance where account_name = 'web-prod'
select instance_id, disable_api_termination from aws_ec2_instance where account_name like 'payments%'
select name, region from aws_s3_bucket
select name, versioning_enabled, logging from aws_s3_bucket where account_name like '%-prod'
select name, policy from aws_s3_bucket where account_name in ('web-prod', 'mobile-prod')
select name, block_public_acls, lifecycle_rules from aws_s3_bucket where region = 'eu-west-1'
select count(*) from aws_s3_bucket where not versioning_enabled
select name, mfa_enabled from aws_iam_user
select name, inline_policies from aws_iam_user where account_name like 'data%'
select user_name, access_key_id, access_key_last_used_date from aws_iam_access_key
select name, attached_policy_arns from aws_iam_role where account_name = 'shared-services'
select count(*) from aws_iam_policy where is_aws_managed = false
select group_id, ip_permissions from aws_vpc_security_group where account_name like 'checkout%'
select vpc_id, cidr_block from aws_vpc
select subnet_id, available_ip_address_count from aws_vpc_subnet where region in ('us-east-1', 'eu-west-1')
select volume_id, size from aws_ebs_volume where not encrypted
select snapshot_id from aws_ebs_snapshot where account_name like '%prod'
select db_instance_identifier, engine, tags from aws_rds_db_instance
select db_instance_identifier from aws_rds_db_instance where not storage_encrypted and ou_path = 'Root/Workloads/Prod'
select name, runtime from aws_lambda_function
select name, policy from aws_lambda_function where region = 'us-east-1'
select name, environment_variables is null from aws_lambda_function where account_name = 'mobile-prod'
select name, item_count from aws_dynamodb_table
select name, point_in_time_recovery_description from aws_dynamodb_table where account_name like 'mobile%'
select queue_url, kms_master_key_id from aws_sqs_queue
select queue_url from aws_sqs_queue where account_name = 'checkout-prod'
select title, kms_master_key_id from aws_sns_topic
select title, policy from aws_sns_topic where region = 'us-west-2'
select id, key_manager, key_rotation_enabled from aws_kms_key where account_name like 'payments%'
select cluster_name, status from aws_ecs_cluster
select name, version from aws_eks_cluster
select name, is_multi_region_trail, is_logging from aws_cloudtrail_trail where account_name = 'org-management'
select name, retention_in_days from aws_cloudwatch_log_group where retention_in_days is null
select name, state_value from aws_cloudwatch_alarm
select name, rotation_enabled from aws_secretsmanager_secret
select name, type from aws_ssm_parameter where region = 'us-east-1'
select certificate_arn, not_after from aws_acm_certificate
select name, load_balancer_attributes from aws_ec2_application_load_balancer
select domain_name, enabled from aws_cloudfront_distribution
select name, private_zone from aws_route53_zone
select i.instance_id, v.cidr_block from aws_ec2_instance i join aws_vpc v using (vpc_id, account_id) where i.account_name = 'web-prod'
select b.name, u.name from aws_s3_bucket b cross join aws_iam_user u where b.account_name = 'ml-prod' and u.account_name = 'ml-prod'
select title from aws_account union all select vpc_id from aws_vpc where account_name = 'sandbox-alice'
select id, name, status from aws_organizations_account
select service, unblended_cost_amount from aws_cost_by_service_monthly
select linked_account_id, sum(unblended_cost_amount) from aws_cost_by_account_daily group by 1
select region, opt_in_status from aws_region
