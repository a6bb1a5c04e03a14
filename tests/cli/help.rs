//! Help leads with examples, fits 100 columns, and speaks with one voice.

use super::assert_transcript;
use crate::support::canvass::{Canvass, assert_snapshot};

const COMMANDS: &[&[&str]] = &[
    &["query"],
    &["tables"],
    &["inspect"],
    &["accounts"],
    &["accounts", "list"],
    &["accounts", "tree"],
    &["accounts", "check"],
    &["config"],
    &["config", "show"],
    &["config", "init"],
    &["config", "path"],
    &["trust"],
    &["demo"],
    &["demo", "serve"],
    &["schema"],
    &["completion"],
];

/// Flags that every command takes are shown once, with the program's own help.
fn own_part(help: &str) -> &str {
    help.split("\nScope:\n").next().unwrap()
}

#[test]
fn short_help_of_the_program() {
    assert_snapshot("help_short", &Canvass::new().run(&["-h"]));
}

#[test]
fn long_help_of_the_program() {
    assert_snapshot("help_long", &Canvass::new().run(&["--help"]));
}

#[test]
fn help_of_each_command() {
    let canvass = Canvass::new();
    let runs = COMMANDS.iter().map(|command| {
        let mut run = canvass.run(&[command, ["-h"].as_slice()].concat());
        run.stdout = own_part(&run.stdout).to_owned();
        (*command, run)
    });
    let text = crate::support::canvass::transcript(runs);
    crate::support::canvass::assert_text("help_of_commands", &text);
}

#[test]
fn every_help_leads_with_examples_and_fits() {
    let canvass = Canvass::new();
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let run = canvass.run(&[command, [flag].as_slice()].concat());
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{command:?}");
            assert!(run.stdout.starts_with("Examples:\n  canvass "), "{command:?}: {}", run.stdout);
            for line in run.stdout.lines() {
                assert!(line.chars().count() <= 100, "{command:?}: {line}");
            }
        }
    }
}

#[test]
fn help_says_the_same_after_a_command_and_before_it() {
    let canvass = Canvass::new();
    assert_eq!(
        canvass.run(&["--demo", "query", "-h"]).stdout,
        canvass.run(&["query", "-h", "--demo"]).stdout
    );
}

#[test]
fn version() {
    let run = Canvass::new().run(&["--version"]);
    assert_eq!(run.stdout, format!("canvass {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run.code, 0);
}

#[test]
fn a_wrong_command_line_is_told() {
    assert_transcript(
        "usage_errors",
        &Canvass::new(),
        &[
            &["querry"],
            &["query"],
            &["query", "--explian", "select 1"],
            &["query", "select 1", "-f", "statement.sql"],
            &["-o", "xml", "tables"],
            &["--color", "blue", "tables"],
            &["--organization", "all", "accounts"],
            &["accounts", "lst"],
            &["completion", "tcsh"],
            &["inspect"],
        ],
    );
}

#[test]
fn without_a_command_the_help_is_an_error() {
    let run = Canvass::new().run(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.starts_with("Examples"), "{}", run.stderr);
}

#[test]
fn every_shell_has_a_completion() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Canvass::new().run(&["completion", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.contains("canvass") && run.stdout.contains("accounts"), "{shell}");
    }
}
