//! The world outside going wrong: no credentials, no home, no room, no reader, a key pressed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::assert_transcript;
use crate::support::canvass::Canvass;

#[test]
fn without_credentials_there_is_a_way_on() {
    let started = Instant::now();
    assert_transcript(
        "no_credentials",
        &Canvass::new(),
        &[&["accounts"], &["query", "select title from aws_vpc"], &["--profile", "nosuch", "accounts"]],
    );
    assert!(started.elapsed() < Duration::from_secs(20), "nothing was there to wait for");
}

#[test]
fn a_cache_that_cannot_be_written_changes_nothing() {
    let canvass = Canvass::new();
    std::fs::write(canvass.path().join(".cache"), "a file, not a folder").unwrap();
    let run = canvass.demo(&["accounts"]);
    assert_eq!(run.stdout, Canvass::new().demo(&["accounts"]).stdout);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_home_that_does_not_exist_changes_nothing() {
    let run = Canvass::new().env("HOME", "/nonexistent/home").demo(&["accounts"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = || Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    for arguments in
        [&["tables"][..], &["--demo", "query", "select 1"], &["--demo", "query", "-o", "json", "select 1"]]
    {
        let canvass = Canvass::new();
        let run = canvass.finished(canvass.command(arguments).stdout(full()).output().unwrap());
        assert_eq!(run.code, 1, "{arguments:?}");
        assert!(
            run.stderr.starts_with("error: cannot write to standard output: No space left"),
            "{}",
            run.stderr
        );
    }
    let help = Canvass::new().command(&["--help"]).stdout(full()).output().unwrap();
    assert_eq!(help.status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_quiet() {
    for arguments in [&["--demo", "query", "select * from aws_vpc"][..], &["completion", "bash"], &["--help"]]
    {
        let canvass = Canvass::new();
        let mut child =
            canvass.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert!(output.status.code().is_some_and(|code| code == 0 || code == 3), "{:?}", output.status);
    }
}
