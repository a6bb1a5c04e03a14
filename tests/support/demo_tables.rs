//! The tables whose calls the demo organization answers.

pub const DEMO_TABLES: [&str; 15] = [
    "aws_account",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_ec2_instance",
    "aws_ecs_cluster",
    "aws_iam_role",
    "aws_iam_user",
    "aws_lambda_function",
    "aws_organizations_account",
    "aws_rds_db_instance",
    "aws_region",
    "aws_s3_bucket",
    "aws_sqs_queue",
    "aws_vpc",
    "aws_vpc_security_group",
];
