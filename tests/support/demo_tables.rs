//! The tables whose calls the demo organization answers.

use canvass::catalog::Catalog;
use canvass::demo;

/// Every table all of whose calls the demo answers.
pub fn answered_tables(catalog: &Catalog) -> Vec<&str> {
    let is_answered = |name: &&str| {
        let table = catalog.table(name).unwrap();
        let details = table.details.iter().flat_map(|detail| &detail.calls);
        let mut calls = table.list.iter().chain(&table.get).chain(details).peekable();
        calls.peek().is_some() && calls.all(|call| demo::answers(&call.operation))
    };
    catalog.table_names().into_iter().filter(is_answered).collect()
}

/// A few of every kind, for tests that read all their rows.
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
