//! What boto3 reads in the accounts of an organization, the program's tables show: every column of
//! every table, through the real wire.

use serde_json::{Map, Value, json};

use crate::support::canvass::{Canvass, Run};
use crate::support::moto::Moto;
use crate::support::venv;

/// Columns that boto3 cannot have an opinion on: they say how the row came about.
const OUR_OWN: [&str; 5] = ["_as_of", "_ctx", "_source", "sp_connection_name", "sp_ctx"];

/// Calls that moto does not implement. Their columns must say so, and be null only for that.
const MOTO_LACKS: [(&str, &[&str]); 3] = [
    ("aws_dynamodb_table", &["streaming_destination"]),
    ("aws_ebs_volume", &["auto_enable_io", "product_codes"]),
    ("aws_rds_db_instance", &["certificate", "pending_maintenance_actions"]),
];

/// Only that there is a value is compared: moto makes the first up anew for every answer, and the
/// second moves with every role we assume.
const MOVING: [(&str, &str); 2] =
    [("aws_rds_db_instance", "latest_restorable_time"), ("aws_iam_role", "role_last_used_date")];

/// One value each that both the service and we can filter by.
const PREDICATES: [(&str, &str, &str); 9] = [
    ("aws_dynamodb_table", "name", "'Orders.v2'"),
    ("aws_ebs_volume", "volume_type", "'gp3'"),
    ("aws_ec2_instance", "instance_state", "'stopped'"),
    ("aws_iam_role", "path", "'/service/'"),
    ("aws_iam_user", "name", "'bob@example.com+x'"),
    ("aws_lambda_function", "name", "'rich'"),
    ("aws_rds_db_instance", "db_instance_identifier", "'orders'"),
    ("aws_vpc", "cidr_block", "'10.1.0.0/16'"),
    ("aws_vpc_security_group", "group_name", "'web'"),
];

fn program(moto: &Moto) -> Canvass {
    Canvass::new()
        .env("AWS_ENDPOINT_URL", &moto.endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("CANVASS_HUB_ROLE", "none")
        .env("CANVASS_MEMBER_ROLE", "ReadOnlyQueryRole")
        // moto's errors for calls it lacks look like outages.
        .env("CANVASS_MAX_ATTEMPTS", "1")
}

/// The answer's rows and its metadata.
fn query(canvass: &Canvass, sql: &str) -> (Vec<Map<String, Value>>, Value) {
    // A region's own row is in the scope where the region is.
    let regions = if sql.contains("aws_region") { "*" } else { "us-east-1,eu-west-1" };
    let run = canvass.run(&["query", "-o", "json", "--region", regions, sql]);
    assert!(matches!(run.code, 0 | 3), "{sql}: {}", run.snapshot());
    let answer = run.json();
    let rows = answer["rows"].as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone());
    (rows.collect(), answer["metadata"].clone())
}

fn select(columns: &[&String], table: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    format!("select {} from {table}", columns.join(", "))
}

fn is_unknown(value: &Value) -> bool {
    value.get("$unknown").is_some()
}

/// The same instant, as far as Python's clock goes.
fn same_instant(ours: &str, theirs: &str) -> bool {
    let micros = |text| chrono::DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_micros());
    matches!((micros(ours), micros(theirs)), (Ok(ours), Ok(theirs)) if ours == theirs)
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(name, value)| theirs.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        // The column that keeps IAM's own percent-encoding, which boto3 undoes.
        (Value::String(ours), Value::Object(_)) => {
            let text = percent_encoding::percent_decode_str(ours).decode_utf8_lossy();
            serde_json::from_str::<Value>(&text).is_ok_and(|parsed| parsed == *theirs)
        }
        (Value::String(ours), Value::String(theirs)) => ours == theirs || same_instant(ours, theirs),
        _ => ours == theirs,
    }
}

/// What tells one row of a table from all others.
fn identity(row: &Map<String, Value>, key: &str) -> String {
    format!("{} {} {}", row["account_id"], row["region"], row[key])
}

fn compare(
    label: &str,
    table: &str,
    key: &str,
    ours: &[Map<String, Value>],
    theirs: &[&Map<String, Value>],
    wrong: &mut Vec<String>,
) {
    if ours.len() != theirs.len() {
        wrong.push(format!("{label}: {} rows, should be {}", ours.len(), theirs.len()));
    }
    for expected in theirs {
        let name = identity(expected, key);
        let Some(row) = ours.iter().find(|row| identity(row, key) == name) else {
            wrong.push(format!("{label}: no row {name}"));
            continue;
        };
        for (column, value) in row {
            let Some(expected) = expected.get(column) else { continue };
            let moves = MOVING.contains(&(table, column)) && value.is_string() && expected.is_string();
            if !moves && !same(value, expected) {
                wrong.push(format!("{label}: {column} of {name}: {value}, should be {expected}"));
            }
        }
    }
}

fn table_is_the_same(canvass: &Canvass, table: &str, expected: &Value, wrong: &mut Vec<String>) {
    let key = expected["key"].as_str().unwrap();
    let theirs: Vec<&Map<String, Value>> =
        expected["rows"].as_array().unwrap().iter().map(|row| row.as_object().unwrap()).collect();
    let lacks = MOTO_LACKS.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, columns)| columns);
    let first = theirs.first().unwrap_or_else(|| panic!("{table} has nothing to compare"));
    let (unknown, known): (Vec<&String>, Vec<&String>) =
        first.keys().partition(|column| lacks.contains(&column.as_str()));

    // Nothing that is left out of the comparison by accident.
    let inspected = canvass.run(&["inspect", "-o", "json", table]).json();
    for column in inspected["columns"].as_array().unwrap() {
        let name = column["name"].as_str().unwrap();
        let judged = first.contains_key(name) || name.ends_with("_std") || OUR_OWN.contains(&name);
        assert!(judged, "{table}.{name} is not compared");
    }
    for row in &theirs {
        let failed = known.iter().find(|column| is_unknown(&row[column.as_str()]));
        assert!(failed.is_none(), "boto3 could not read {table}.{failed:?} either");
    }

    // The message names the question, not its hundred columns.
    let mut ask = |label: &str, sql: &str, theirs: &[&Map<String, Value>]| {
        let (rows, metadata) = query(canvass, sql);
        let coverage = &metadata["coverage"];
        if coverage["complete"] != true || coverage["asked"] != coverage["answered"] {
            wrong.push(format!("{label}: {metadata}"));
        }
        compare(label, table, key, &rows, theirs, wrong);
    };
    let every = select(&known, table);
    ask(table, &every, &theirs);
    if let Some((_, column, value)) = PREDICATES.iter().find(|(name, ..)| *name == table) {
        let wanted = Value::String(value.trim_matches('\'').to_owned());
        let some: Vec<_> = theirs.iter().filter(|row| row[*column] == wanted).copied().collect();
        assert!(!some.is_empty() && some.len() < theirs.len(), "{table}: {column} = {value} tells nothing");
        ask(
            &format!("{table} where {column} = {value}"),
            &format!("{every} where {column} = {value}"),
            &some,
        );
    }

    if !unknown.is_empty() {
        assert!(theirs.iter().all(|row| unknown.iter().all(|column| is_unknown(&row[column.as_str()]))));
        let (rows, metadata) = query(canvass, &select(&unknown, table));
        assert_eq!(rows.len(), theirs.len(), "{table}");
        assert!(rows.iter().all(|row| row.values().all(Value::is_null)), "{table}: {rows:?}");
        assert_eq!(metadata["coverage"]["complete"], false, "{table}: {metadata}");
        let units = metadata["coverage"]["units"].as_array().unwrap();
        for column in unknown {
            let said = units.iter().flat_map(|unit| unit["unknown"].as_array().into_iter().flatten());
            let said = said.filter(|line| line["columns"].as_array().unwrap().contains(&json!(column)));
            let rows: u64 = said.map(|line| line["rows"].as_u64().unwrap()).sum();
            assert_eq!(rows as usize, theirs.len(), "{table}.{column} is null without a word: {metadata}");
        }
    }
}

#[test]
fn every_column_of_every_table_is_what_boto3_reads() {
    let Some(moto) = Moto::own("moto") else { return };
    let Some(python) = venv::python("boto3") else { return };
    let seeded = python.json("seed_members.py", &[&moto.endpoint()]);
    let expected = python.json("read_tables.py", &[&moto.endpoint()]);
    let canvass = program(&moto);
    let mut wrong = Vec::new();

    let tables = expected["tables"].as_object().unwrap();
    assert_eq!(tables.len(), 15);
    for (name, table) in tables {
        table_is_the_same(&canvass, name, table, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    policies_are_canonical(&canvass, &seeded);
    accounts_are_the_same(&canvass, &expected, &seeded);
}

/// Canonical forms written by hand.
fn policies_are_canonical(canvass: &Canvass, seeded: &Value) {
    let account = seeded["prod-shop"].as_str().unwrap();
    for (sql, canonical) in [
        (
            "select policy_std as p from aws_s3_bucket where name = 'shop-full'".to_owned(),
            json!({"Version": "2012-10-17", "Id": "open", "Statement": [{
                "Sid": "Read", "Effect": "Allow", "Principal": {"AWS": ["*"]},
                "Action": ["s3:getobject", "s3:listbucket"],
                "Resource": ["arn:aws:s3:::shop-full", "arn:aws:s3:::shop-full/*"],
                "Condition": {"Bool": {"aws:securetransport": ["true"]}}}]}),
        ),
        (
            "select assume_role_policy_std as p from aws_iam_role where name = 'machine-role'".to_owned(),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]},
                "Action": ["sts:assumerole", "sts:tagsession"]}]}),
        ),
        (
            // A percent sign and a plus must survive IAM's encoding.
            format!("select assume_role_policy_std as p from aws_iam_role where name = 'ReadOnlyQueryRole' and account_id = '{account}'"),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
                "Action": ["sts:assumerole"],
                "Condition": {"StringEquals": {"sts:externalid": ["100% +/="]}}}]}),
        ),
        (
            "select inline_policies_std as p from aws_iam_role where name = 'machine-role'".to_owned(),
            json!(["first", "second"].map(|name| json!({"PolicyName": name, "PolicyDocument": {
                "Version": "2012-10-17", "Statement": [{
                    "Sid": name, "Effect": "Allow", "Action": ["ec2:*", "s3:getobject"], "Resource": ["*"]}]}}))),
        ),
        (
            "select inline_policies_std as p from aws_iam_user where name = 'alice'".to_owned(),
            json!([{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": ["iam:changepassword"],
                "Resource": ["arn:aws:iam::*:user/${aws:username}%2F"]}]}}]),
        ),
        (
            format!("select policy_std as p from aws_sqs_queue where title = 'jobs' and region = 'eu-west-1' and account_id = '{account}'"),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": ["111122223333", format!("arn:aws:iam::{account}:root")]},
                "Action": ["sqs:sendmessage"], "Resource": [format!("arn:aws:sqs:eu-west-1:{account}:jobs")],
                "Condition": {"ArnLike": {"aws:sourcearn": ["arn:aws:s3:::b*"]}}}]}),
        ),
    ] {
        let (rows, metadata) = query(canvass, &sql);
        assert_eq!(metadata["coverage"]["complete"], true, "{sql}: {metadata}");
        assert_eq!(rows.iter().map(|row| &row["p"]).collect::<Vec<_>>(), [&canonical], "{sql}");
    }
}

fn accounts_are_the_same(canvass: &Canvass, expected: &Value, seeded: &Value) {
    let json = |arguments: &[&str]| -> (Run, Value) {
        let run = canvass.run(&[arguments, &["-o", "json"]].concat());
        let value = run.json();
        (run, value)
    };
    let theirs = expected["accounts"].as_array().unwrap();
    let (_, listed) = json(&["accounts"]);
    assert_eq!(listed.as_array().unwrap().len(), theirs.len());
    for account in theirs {
        let found =
            listed.as_array().unwrap().iter().find(|ours| ours["account_id"] == account["account_id"]);
        let found = found.unwrap_or_else(|| panic!("{account} is not in {listed}"));
        assert_eq!(found["account_name"], account["account_name"]);
        assert_eq!(found["ou_path"], account["ou_path"]);
        assert_eq!(found["status"], account["status"]);
        assert_eq!(found["tags"], account["account_tags"]);
    }

    let (_, tree) = json(&["accounts", "tree"]);
    let mut placed = Vec::new();
    place(&tree, "", &mut placed);
    placed.sort();
    let mut places: Vec<(&str, String)> = theirs
        .iter()
        .map(|account| {
            (account["account_id"].as_str().unwrap(), account["ou_path"].as_str().unwrap().to_owned())
        })
        .collect();
    places.sort();
    assert_eq!(placed, places);

    let (run, checked) = json(&["accounts", "check"]);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let regions = expected["tables"]["aws_region"]["rows"].as_array().unwrap();
    let mut on: Vec<&str> = regions
        .iter()
        .filter(|row| row["account_id"] == seeded["prod-shop"] && row["opt_in_status"] != "not-opted-in")
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    on.sort();
    assert!(on.len() > 10 && on.len() < regions.len() / 4);
    assert_eq!(checked.as_array().unwrap().len(), theirs.len());
    for check in checked.as_array().unwrap() {
        if check["account_id"] == seeded["closed"] {
            assert_eq!(check["role"]["kind"], "suspended");
            continue;
        }
        let recorded = check["account_id"] == seeded["prod-shop"];
        assert_eq!(check["role"], "ok");
        assert_eq!(check["regions_on"], json!(on));
        let some = |regions: &[&str]| json!(if recorded { regions } else { &[] });
        assert_eq!(check["config"]["recording"], some(&["us-east-1"]));
        assert_eq!(check["config"]["stopped"], some(&["eu-west-1"]));
        let absent = on.iter().filter(|region| !recorded || !["us-east-1", "eu-west-1"].contains(region));
        assert_eq!(check["config"]["absent"], json!(absent.collect::<Vec<_>>()));
        assert_eq!(check["config"]["unknown"], json!({}));
        assert_eq!(check["aggregators"], some(&["all"]));
    }
}

/// The path of names above each account.
fn place<'a>(branch: &'a Value, above: &str, into: &mut Vec<(&'a str, String)>) {
    let name = branch["name"].as_str().unwrap();
    let path = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    for account in branch["accounts"].as_array().unwrap() {
        into.push((account["account_id"].as_str().unwrap(), path.clone()));
    }
    for unit in branch["units"].as_array().unwrap() {
        place(unit, &path, into);
    }
}
