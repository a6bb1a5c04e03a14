//! `canvass config import`: what other tools were configured with asks the same accounts and regions here.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::canvass::Canvass;
use crate::support::demo_server::DemoServer;

const PROFILES: &str = "\
[default]
region = eu-west-1

[profile checkout]
role_arn = arn:aws:iam::100000000008:role/ReadOnlyQueryRole
source_profile = default
region = us-west-2

[profile data]
sso_session = corp
sso_account_id = 100000000011
sso_role_name = ReadOnly

[profile tool]
credential_process = /usr/bin/tool

[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
";

const CONNECTIONS: &str = "\
# -----------------------------------------------------------------------------------------
connection \"aws_checkout\" {
  plugin  = \"aws\"
  profile = \"checkout\"
  regions = [\"us-east-1\", \"eu-*\"]
  ignore_error_codes = [\"AccessDenied\"]
}

connection \"aws_data\" {
  plugin  = \"turbot/aws@latest\"
  profile = \"data\"
  regions = [\"us-east-1\", \"eu-*\"]
  default_region = \"eu-west-1\"
  max_error_retry_attempts = 9
  secret_key = \"not to be seen\"
  options \"connection\" { cache = true }
}

connection \"aws_tool\" {
  plugin  = \"aws\"
  profile = \"tool\"
}

connection \"azure\" { plugin = \"azure\" }

connection \"aws_all\" {
  plugin      = \"aws\"
  type        = \"aggregator\"
  connections = [\"aws_*\"]
}
";

const ACCOUNTS: &str = "\
vars: {charge: abc}
accounts:
- account_id: '100000000008'
  name: checkout
  regions: [us-east-1]
  role: arn:aws:iam::100000000008:role/ReadOnlyQueryRole
  tags: ['type:prod', 'type:other', lonely]
  vars: {x: 1}
- account_id: '100000000011'
  name: data
  regions: [us-east-1]
  role: arn:aws:iam::100000000011:role/ReadOnlyQueryRole
- account_id: '12'
  name: short
- account_id: '100000000012'
  name: strange
  role: arn:aws:iam::100000000099:role/ReadOnlyQueryRole
";

fn somebody() -> Canvass {
    let canvass = Canvass::new();
    for (file, text) in
        [(".aws/config", PROFILES), (".steampipe/config/aws.spc", CONNECTIONS), ("accounts.yml", ACCOUNTS)]
    {
        let path = canvass.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    canvass
}

fn context<'j>(json: &'j Value, name: &str) -> &'j Value {
    let contexts = json["contexts"].as_array().unwrap();
    &contexts.iter().find(|context| context["name"] == name).unwrap_or_else(|| panic!("{name}: {json:#}"))["settings"]
}

fn left_out(json: &Value, what: &str) -> String {
    let all = json["left_out"].as_array().unwrap();
    let found = all.iter().find(|left| left["what"] == what).unwrap_or_else(|| panic!("{what}: {json:#}"));
    format!("{}: {}", found["line"], found["why"].as_str().unwrap())
}

#[test]
fn connections_are_contexts_and_what_cannot_be_carried_over_is_listed() {
    let json = somebody().run(&["config", "import", "--from", "steampipe", "-o", "json"]).json();
    assert_eq!(
        context(&json, "aws_data"),
        &json!({
            "profile": "data",
            "organization": "current",
            "hub_role": "none",
            "accounts": ["100000000011"],
            "regions": ["us-east-1", "eu-*"],
            "home_region": "eu-west-1",
            "max_attempts": 9,
        })
    );
    // Without regions Steampipe asks one.
    assert_eq!(context(&json, "aws_tool")["regions"], json!(["us-east-1"]));
    assert_eq!(
        context(&json, "aws_all"),
        &json!({
            "organization": "static",
            "static_accounts": [
                {"id": "100000000008", "name": "aws_checkout", "profile": "checkout"},
                {"id": "100000000011", "name": "aws_data", "profile": "data"},
            ],
            "accounts": ["100000000008", "100000000011"],
            "profile": "checkout",
            "hub_role": "none",
            "regions": ["eu-*", "us-east-1"],
        })
    );
    assert!(left_out(&json, "ignore_error_codes of aws_checkout").starts_with("6: a call that is denied"));
    assert!(left_out(&json, "secret_key of aws_data").contains("do not belong into settings"));
    assert!(left_out(&json, "options of aws_data").starts_with("16: "));
    assert!(left_out(&json, "connection 'azure'").contains("not AWS's"));
    assert!(left_out(&json, "aws_tool in aws_all").contains("get-caller-identity --profile tool"));
    assert!(!json.to_string().contains("not to be seen"));
}

#[test]
fn accounts_of_c7n_org_are_a_context() {
    let json = somebody().run(&["config", "import", "--from", "c7n-org", "-o", "json"]).json();
    assert_eq!(
        context(&json, "c7n-org"),
        &json!({
            "organization": "static",
            "static_accounts": [
                {"id": "100000000008", "name": "checkout", "tags": {"type": "prod", "lonely": "true"}},
                {"id": "100000000011", "name": "data"},
            ],
            "accounts": ["100000000008", "100000000011"],
            "hub_role": "none",
            "member_role": "ReadOnlyQueryRole",
            "regions": ["us-east-1"],
        })
    );
    assert!(left_out(&json, "vars").starts_with("1: "));
    assert!(left_out(&json, "vars of checkout").contains("policies"));
    assert!(left_out(&json, "tag 'type:other' of checkout").contains("one value"));
    assert!(left_out(&json, "short").contains("twelve digits"));
    assert!(left_out(&json, "strange").contains("100000000099"));
}

#[test]
fn ways_that_differ_are_contexts_of_their_own() {
    let canvass = somebody();
    let file = canvass.path().join("other.yml");
    let text = "\
accounts:
- {account_id: '100000000008', name: a, role: 'arn:aws:iam::100000000008:role/R'}
- {account_id: '100000000011', name: b, role: 'arn:aws:iam::100000000011:role/R', regions: [all]}
";
    fs::write(&file, text).unwrap();
    let import =
        |file: &str| canvass.run(&["config", "import", "--from", "c7n-org", file, "-o", "json"]).json();
    let json = import("other.yml");
    assert_eq!(context(&json, "c7n-org")["regions"], json!(["*"]));
    assert_eq!(context(&json, "c7n-org-1")["accounts"], json!(["100000000011"]));
    assert_eq!(context(&json, "c7n-org-2")["regions"], json!(["us-east-1", "us-west-2"]));
    fs::write(
        &file,
        text.replace(
            "'arn:aws:iam::100000000011:role/R'",
            "['arn:aws:iam::100000000001:role/Hub', 'arn:aws:iam::100000000011:role/x/S']",
        ),
    )
    .unwrap();
    let json = import("other.yml");
    assert_eq!(json["contexts"].as_array().unwrap().len(), 2);
    assert!(left_out(&json, "one context of all accounts").contains("different roles"));
    let chained =
        json["contexts"].as_array().unwrap().iter().find(|c| c["settings"]["hub_role"] != "none").unwrap();
    assert_eq!(chained["settings"]["hub_role"], "arn:aws:iam::100000000001:role/Hub");
    assert_eq!(chained["settings"]["member_role"], "x/S");
}

#[test]
fn profiles_and_logins_are_contexts() {
    let json = somebody().run(&["config", "import", "--from", "aws", "-o", "json"]).json();
    assert_eq!(
        context(&json, "sso-corp"),
        &json!({
            "organization": "identity_center",
            "identity_center.sso_session": "corp",
            "identity_center.region": "eu-west-1",
            "identity_center.role_name": "ReadOnly",
        })
    );
    assert_eq!(context(&json, "checkout")["regions"], json!(["us-west-2"]));
    assert_eq!(context(&json, "aws-profiles")["accounts"], json!(["100000000008", "100000000011"]));
    assert!(left_out(&json, "tool in aws-profiles").contains("--profile tool"));
}

#[test]
fn what_is_printed_can_be_pasted_and_what_is_written_keeps_what_was_there() {
    let canvass = somebody();
    let printed = canvass.run(&["config", "import"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(
        printed.stderr.contains("warning: ~/.steampipe/config/aws.spc:6: ignore_error_codes"),
        "{}",
        printed.stderr
    );
    let config = canvass.path().join(".config/canvass/config.yaml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, &printed.stdout).unwrap();
    let shown = canvass.run(&["--context", "aws_all", "config", "show", "-o", "json"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);

    let mine = "# mine\npace: 0.5 # slowly\ncontexts:\n    aws_all: # my own\n        profile: other\n\n# the end\npager: none\n";
    fs::write(&config, mine).unwrap();
    let run = canvass.run(&["config", "import", "--from", "steampipe", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("aws_all-imported"), "{}", run.stdout);
    let text = fs::read_to_string(&config).unwrap();
    for line in mine.lines() {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    let folder = config.parent().unwrap();
    assert_eq!(fs::read_to_string(folder.join("config.yaml.before-import-1")).unwrap(), mine);
    // A second time there is nothing to add.
    let again = canvass.run(&["config", "import", "--from", "steampipe", "--write"]);
    assert!(again.stdout.starts_with("nothing to add"), "{}", again.stdout);
    assert_eq!(fs::read_to_string(&config).unwrap(), text);

    fs::write(&config, "contexts: {a: {profile: x}}\n").unwrap();
    let refused = canvass.run(&["config", "import", "--from", "steampipe", "--write"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("config.yaml:1: they are written in one line"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&config).unwrap(), "contexts: {a: {profile: x}}\n");
}

#[test]
fn files_that_are_none_are_told() {
    let canvass = somebody();
    for (from, text, said) in [
        ("steampipe", "connection \"aws\" {\n  plugin = \n}\n", "broken:2:"),
        ("steampipe", &"[".repeat(100_000), "nested too deeply"),
        ("steampipe", &format!("a = {}true\n", "!".repeat(100_000)), "nested too deeply"),
        ("c7n-org", "accounts: [\n", "not YAML"),
        ("c7n-org", "- a\n", "begins with 'accounts:'"),
    ] {
        fs::write(canvass.path().join("broken"), text).unwrap();
        let run = canvass.run(&["config", "import", "--from", from, "broken"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    let nobody = Canvass::new().run(&["config", "import"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.stderr.contains("nothing was found to import"), "{}", nobody.stderr);
}

const WHO: &str = "select account_id, region from aws_vpc group by 1, 2";

fn asked(run: crate::support::canvass::Run) -> BTreeSet<(String, String)> {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = run.json()["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| (text(&row["account_id"]), text(&row["region"]))).collect()
}

fn pairs(accounts: &[&str], regions: &[&str]) -> BTreeSet<(String, String)> {
    let of =
        |account: &&str| regions.iter().map(|r| ((*account).to_owned(), (*r).to_owned())).collect::<Vec<_>>();
    accounts.iter().flat_map(of).collect()
}

#[test]
fn an_imported_context_asks_the_demo_what_the_other_tool_would_ask() {
    let canvass = somebody();
    assert_eq!(canvass.run(&["config", "import", "--write"]).code, 0);
    let found = asked(canvass.demo(&["--context", "aws_all", "query", "-o", "json", WHO]));
    assert_eq!(
        found,
        pairs(&["100000000008", "100000000011"], &["us-east-1", "eu-west-1", "eu-central-1", "eu-north-1"])
    );
    let found = asked(canvass.demo(&["--context", "c7n-org", "query", "-o", "json", WHO]));
    assert_eq!(found, pairs(&["100000000008", "100000000011"], &["us-east-1"]));
}

/// No demo above the wire: the accounts are those written down, the role is the imported one.
#[test]
fn an_imported_context_enters_the_accounts_as_it_was_told() {
    let server = DemoServer::start("true");
    let canvass = server.client();
    fs::write(canvass.path().join("accounts.yml"), ACCOUNTS).unwrap();
    assert_eq!(canvass.run(&["config", "import", "--from", "c7n-org", "--write"]).code, 0);
    let found = asked(canvass.run(&["--context", "c7n-org", "query", "-o", "json", WHO]));
    assert_eq!(found, pairs(&["100000000008", "100000000011"], &["us-east-1"]));
}
