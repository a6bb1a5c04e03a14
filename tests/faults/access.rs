//! Sessions may do what the plan needs and nothing else: the demo evaluates their policies.

use std::collections::BTreeSet;

use canvass::catalog::Catalog;
use serde_json::Value;

use super::proxy::{Act, Asked, MANAGEMENT, Proxy};
use super::{PAYMENTS, canvass, run};
use crate::support::demo_tables::DEMO_TABLES;

const REGIONS: &str = "ec2:DescribeRegions";

fn texts(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The actions of the policy that a role was assumed with.
fn policy(asked: &Asked) -> Option<BTreeSet<String>> {
    let policy: Value = serde_json::from_str(&asked.request.form("Policy")?).unwrap();
    let statements = policy["Statement"].as_array().unwrap().clone();
    let mut actions = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        match &statement["Action"] {
            Value::String(action) => drop(actions.insert(action.clone())),
            several => actions.extend(texts(several)),
        }
    }
    Some(actions)
}

/// Every table with every column, the sensitive ones included: nothing is denied, nothing is spare.
#[test]
fn every_table_is_read_with_exactly_the_actions_of_its_plan() {
    let catalog = Catalog::builtin().unwrap();
    let proxy = Proxy::start(|_| Act::Pass);
    let canvass = canvass(&proxy.endpoint);
    let scope = ["--account", PAYMENTS, "--region", "us-east-1", "-o", "json", "query"];
    for name in DEMO_TABLES {
        let table = catalog.table(name).unwrap();
        let columns: Vec<String> = table.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let sql = format!("select {} from {name}", columns.join(", "));
        let (explained, _) = run(&canvass, &[&scope[..], &["--explain", &sql]].concat());
        let plan = explained.json();
        let actions = texts(&plan["actions"]);

        let before = proxy.asked().len();
        let (answer, _) = run(&canvass, &[&scope[..], &[&sql]].concat());
        assert_eq!(answer.code, 0, "{name}: {} {}", answer.stdout, answer.stderr);
        assert_eq!(answer.json()["metadata"]["session_policy"], "attached", "{name}");

        // The plan holds what its calls need.
        let mut needed = BTreeSet::new();
        for call in plan["scans"][0]["calls"].as_array().unwrap() {
            let operation = call["operation"].as_str().unwrap();
            needed.extend(actions_of(operation));
        }
        let spare: BTreeSet<_> = actions.difference(&needed).cloned().collect();
        assert!(spare.is_empty() || spare == BTreeSet::from([REGIONS.to_owned()]), "{name}: {spare:?}");

        // The session holds what the plan does.
        let asked = proxy.asked().split_off(before);
        let home = format!(":{PAYMENTS}:role/");
        let members =
            asked.iter().filter(|a| a.request.form("RoleArn").is_some_and(|arn| arn.contains(&home)));
        for member in members {
            assert_eq!(policy(member).as_ref(), Some(&actions), "{name}");
        }
        // Operations that the protocol names were all in the plan.
        let ours = |a: &&Asked| a.account != MANAGEMENT && a.service != "sts" && !a.operation.contains(' ');
        for call in asked.iter().filter(ours) {
            assert!(actions_of(&call.id()).is_subset(&actions), "{name}: {}", call.id());
        }
    }
}

/// What the allow-list says an operation needs.
fn actions_of(operation: &str) -> BTreeSet<String> {
    let lines = include_str!("../../src/aws/reads.txt").lines();
    let mut found = lines.filter_map(|line| line.split_once('\t')).filter(|(id, _)| *id == operation);
    let (_, actions) = found.next().unwrap_or_else(|| panic!("{operation} is not allowed"));
    let actions = actions.split('\t').next().unwrap();
    actions.split(',').map(|action| action.trim().to_owned()).collect()
}
