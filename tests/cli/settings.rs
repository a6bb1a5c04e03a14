//! `canvass config`, `canvass trust`, and settings that are wrong.

use super::assert_transcript;
use crate::support::canvass::{Canvass, assert_snapshot, assert_text, transcript};

#[test]
fn settings_are_shown_with_where_each_comes_from() {
    let canvass = Canvass::new().env("AWS_PROFILE", "audit").env("CANVASS_EXTERNAL_ID", "s3cret");
    std::fs::create_dir_all(canvass.path().join(".config/canvass")).unwrap();
    let file = "regions: [eu-*]\ncontexts:\n  prod:\n    member_role: Auditor\n";
    std::fs::write(canvass.path().join(".config/canvass/config.yaml"), file).unwrap();
    assert_snapshot(
        "config_show_origin",
        &canvass.run(&["--context", "prod", "--concurrency", "8", "config", "show", "--origin"]),
    );
}

#[test]
fn a_first_settings_file_is_written_once() {
    assert_transcript(
        "config_init",
        &Canvass::new(),
        &[
            &["config", "path"],
            &["config", "init"],
            &["config", "init"],
            &["config", "init", "--force"],
            &["config", "path"],
        ],
    );
    assert_snapshot("config_init_text", &Canvass::new().run(&["config", "init", "--path", "-"]));
}

#[test]
fn a_project_file_needs_trust_for_what_matters() {
    let canvass = Canvass::new();
    let write = |text: &str| std::fs::write(canvass.path().join(".canvass.yaml"), text).unwrap();
    let mut runs: Vec<(&[&str], _)> = Vec::new();
    let mut run = |typed: &'static [&'static str]| runs.push((typed, canvass.run(typed)));
    run(&["trust"]);
    write("regions: [eu-*]\nprofile: theirs\nendpoint_url: http://evil.example\n");
    run(&["--demo", "accounts"]);
    run(&["trust"]);
    run(&["trust"]);
    run(&["trust", "--list"]);
    write("profile: others\n");
    run(&["--demo", "accounts"]);
    run(&["trust", "--list"]);
    run(&["trust", "--revoke"]);
    run(&["trust", "--revoke"]);
    assert_text("trust", &transcript(runs));
}

#[test]
fn a_wrong_setting_is_named_with_where_it_stands() {
    let canvass = Canvass::new();
    for (name, text) in [
        ("key.yaml", "regons: [eu-*]\n"),
        ("kind.yaml", "concurrency: many\nunit_timeout: [1]\n"),
        ("yaml.yaml", "regions: [eu-*\n"),
        ("context.yaml", "context: prd\ncontexts:\n  prod: {profile: p}\n"),
    ] {
        std::fs::write(canvass.path().join(name), text).unwrap();
    }
    assert_transcript(
        "wrong_settings",
        &canvass,
        &[
            &["--config", "key.yaml", "tables"],
            &["--config", "kind.yaml", "tables"],
            &["--config", "yaml.yaml", "tables"],
            &["--config", "context.yaml", "tables"],
            &["--config", "missing.yaml", "tables"],
            &["--context", "prod", "tables"],
            &["--concurrency", "0", "tables"],
            &["--unit-timeout", "soon", "tables"],
            &["--partition", "aws-mars", "tables"],
            &["--organization", "static", "tables"],
            &["--region", "", "tables"],
        ],
    );
}

#[test]
fn a_variable_nobody_knows_is_told() {
    let run = Canvass::new().env("CANVASS_REGION", "eu-west-1").run(&["tables", "bucket"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.stderr,
        "warning: the variable CANVASS_REGION is not known and was ignored: did you mean CANVASS_REGIONS?\n"
    );
}
