//! Every form an answer and a list can take: what is in it, where it goes, and what a program reads back.

use std::process::Stdio;

use super::assert_transcript;
use crate::support::canvass::{Canvass, Run};

const FORMATS: [&str; 6] = ["table", "json", "ndjson", "csv", "markdown", "line"];

fn asked(format: &str, sql: &str) -> Run {
    Canvass::new().demo(&["query", "--account", "web-*", "--region", "eu-west-1", "-o", format, sql])
}

#[test]
fn one_answer_in_every_form() {
    let sql = "select account_name, title, tags, is_default, 0.1 + 0.2 as sum, null as nothing, '' as empty,
        array['a', null] as list from aws_vpc order by 1, 2";
    let typed =
        |format| ["--demo", "query", "--account", "web-*", "--region", "eu-west-1", "-o", format, sql];
    let typed = FORMATS.map(typed);
    assert_transcript("query_formats", &Canvass::new(), &typed.each_ref().map(|words| words.as_slice()));
}

#[test]
fn one_list_in_every_form() {
    let mut typed = Vec::new();
    for format in &FORMATS[1..] {
        typed.push(vec!["tables", "volume", "-o", *format]);
        typed.push(vec!["--demo", "accounts", "--account", "web-prod", "-o", *format]);
    }
    typed.push(vec!["inspect", "aws_region", "-o", "csv"]);
    typed.push(vec!["inspect", "aws_region", "-o", "markdown"]);
    let typed: Vec<&[&str]> = typed.iter().map(Vec::as_slice).collect();
    assert_transcript("list_formats", &Canvass::new(), &typed);
}

#[test]
fn a_form_that_a_command_does_not_have_is_an_error() {
    assert_transcript(
        "missing_formats",
        &Canvass::new().env("CANVASS_PAGER", "none"),
        &[
            &["--demo", "accounts", "tree", "-o", "csv"],
            &["--demo", "query", "--explain", "-o", "markdown", "select 1"],
            &["config", "path", "-o", "ndjson"],
            &["config", "init", "-o", "json"],
            &["trust", "--list", "-o", "line"],
            &["completion", "bash", "-o", "json"],
            &["demo", "serve", "--port", "0", "-o", "json"],
        ],
    );
}

#[test]
fn csv_and_ndjson_say_what_json_says() {
    let sql = "select account_name, title, tags, size, encrypted, create_time, iops, null as nothing,
        'say \"hi\", ' || title as text from aws_ebs_volume order by title";
    let document = Canvass::new().demo(&["query", "-o", "json", sql]).json();
    let rows = document["rows"].as_array().unwrap();
    assert!(rows.len() > 20);

    let ndjson = Canvass::new().demo(&["query", "-o", "ndjson", sql]);
    let lines: Vec<serde_json::Value> =
        ndjson.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(&lines, rows);

    let csv = Canvass::new().demo(&["query", "-o", "csv", sql]);
    let mut reader = csv::Reader::from_reader(csv.stdout.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let names: Vec<&str> =
        document["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(header, names);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(rows) {
        for (name, cell) in names.iter().zip(record) {
            match &row[name] {
                serde_json::Value::Null => assert_eq!(cell, "", "{name}"),
                serde_json::Value::String(text) if *name == "create_time" => {
                    assert_eq!(cell.replace(' ', "T").replace("+00", "Z"), *text);
                }
                serde_json::Value::String(text) => assert_eq!(cell, text, "{name}"),
                other => {
                    assert_eq!(serde_json::from_str::<serde_json::Value>(cell).unwrap(), *other, "{name}")
                }
            }
        }
    }
}

#[test]
fn rows_alone_go_to_stdout_and_what_is_missing_to_stderr() {
    for format in ["csv", "ndjson"] {
        let run = Canvass::new().demo(&[
            "query",
            "-o",
            format,
            "select distinct account_name from aws_vpc order by 1",
        ]);
        assert_eq!(run.code, 3, "{format}");
        assert!(run.stdout.lines().all(|line| !line.contains('·')), "{}", run.stdout);
        assert!(run.stderr.contains(" accounts answered · "), "{}", run.stderr);
        assert!(run.stderr.contains("✗ assume_denied: sandbox-bob"), "{}", run.stderr);
    }
}

#[test]
fn rows_before_a_failure_are_there() {
    let sql = "select 1 as n union all select 1 / (size - size) from aws_ebs_volume";
    for (format, rows) in [("csv", "n\n1\n"), ("ndjson", "{\"n\": 1}\n")] {
        let run = asked(format, sql);
        assert_eq!((run.code, run.stdout.as_str()), (1, rows), "{format}");
        assert_eq!(run.stderr, "error: the query failed: division by zero\n");
    }
}

#[test]
fn a_tag_of_somebody_else_is_not_markup() {
    let run = asked("markdown", "select '|<script>' || chr(10) || '[x](http://y)' as tag");
    assert!(run.stdout.contains("| \\|&lt;script&gt;<br>\\[x\\](http://y) |"), "{}", run.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_in_every_form() {
    for format in FORMATS {
        let canvass = Canvass::new();
        let full = Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
        let mut command = canvass.command(&["--demo", "query", "-o", format, "select title from aws_vpc"]);
        let run = canvass.finished(command.stdout(full).output().unwrap());
        assert_eq!(run.code, 1, "{format}");
        assert!(
            run.stderr.starts_with("error: cannot write to standard output: No space left"),
            "{}",
            run.stderr
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_ends_every_form_quietly() {
    let sql = "select a.title from aws_vpc a, aws_vpc b, aws_vpc c";
    for format in FORMATS {
        let canvass = Canvass::new();
        let mut child = canvass
            .command(&["--demo", "query", "-o", format, sql])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        std::io::Read::read_exact(&mut child.stdout.take().unwrap(), &mut first).unwrap();
        let run = canvass.finished(child.wait_with_output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{format}");
    }
}
