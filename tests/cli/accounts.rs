//! `canvass accounts`.

use super::assert_transcript;
use crate::support::canvass::{Canvass, assert_snapshot};

#[test]
fn accounts_are_listed() {
    let canvass = Canvass::new();
    let run = canvass.demo(&["accounts"]);
    assert_snapshot("accounts", &run);
    assert_eq!(canvass.demo(&["accounts", "list"]).stdout, run.stdout);
}

#[test]
fn accounts_as_json_hold_what_the_table_holds() {
    let run =
        Canvass::new().demo(&["accounts", "list", "-o", "json", "--account", "legacy-erp,payments-prod"]);
    assert_snapshot("accounts_json", &run);
    assert_eq!(run.json().as_array().unwrap().len(), 2);
}

#[test]
fn accounts_in_lines() {
    assert_snapshot(
        "accounts_line",
        &Canvass::new().demo(&["accounts", "-o", "line", "--account", "sandbox-*"]),
    );
}

#[test]
fn the_tree_has_every_unit() {
    assert_snapshot("accounts_tree", &Canvass::new().demo(&["accounts", "tree"]));
}

#[test]
fn the_tree_of_a_narrower_scope_has_only_what_is_in_it() {
    let canvass = Canvass::new();
    assert_snapshot("accounts_tree_scoped", &canvass.demo(&["accounts", "tree", "--tag", "env=staging"]));
    let tree = canvass.demo(&["accounts", "tree", "-o", "json", "--ou", "Experiments"]).json();
    let roots = tree["units"].as_array().unwrap();
    assert_eq!(roots[0]["units"].as_array().unwrap().len(), 1, "{tree}");
}

#[test]
fn a_check_says_what_each_account_lacks() {
    let run = Canvass::new().demo(&["accounts", "check"]);
    assert_snapshot("accounts_check", &run);
}

#[test]
fn a_check_as_json_names_the_fault() {
    let run = Canvass::new().demo(&["accounts", "check", "-o", "json", "--account", "sandbox-*"]);
    assert_eq!(run.code, 3);
    let checks = run.json();
    assert_eq!(checks[0]["role"], "ok");
    assert_eq!(checks[1]["role"]["kind"], "assume_denied");
    assert!(checks[1]["hint"].as_str().unwrap().contains("ReadOnlyQueryRole"), "{checks}");
}

#[test]
fn a_scope_that_selects_nothing_is_a_mistake_with_the_nearest_name() {
    assert_transcript(
        "scope_mistakes",
        &Canvass::new(),
        &[
            &["--demo", "accounts", "--account", "payments-prd"],
            &["--demo", "accounts", "--account", "999999999999"],
            &["--demo", "accounts", "--account", "!payments-prd"],
            &["--demo", "accounts", "--ou", "Prd"],
            &["--demo", "accounts", "--tag", "evn=production"],
            &["--demo", "accounts", "--tag", "env=prod"],
            &["--demo", "accounts", "--tag", "=x"],
            &["--demo", "accounts", "--ou", "Sandbox", "--tag", "env=production"],
            &["--demo", "query", "--region", "eu-wst-1", "select title from aws_vpc"],
            &["--demo", "query", "--region", "zz*", "select title from aws_vpc"],
            &["--demo", "--context", "prod", "accounts"],
        ],
    );
}
