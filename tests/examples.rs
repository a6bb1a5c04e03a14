//! The examples are run, and what they print is what is checked in beside them.
//!
//! `CANVASS_REGENERATE=1 cargo test examples` writes it.

use std::fs;
use std::path::Path;

use crate::support::canvass::Canvass;

#[test]
fn every_example_prints_what_is_checked_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut queries: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "sql"))
        .collect();
    queries.sort();
    assert!(queries.len() >= 10);
    let canvass = Canvass::new();
    for query in queries {
        let run = canvass.demo(&["query", "-f", query.to_str().unwrap()]);
        assert!(run.code == 0 || run.code == 3, "{}: {}", query.display(), run.stderr);
        // How long a run took, and what it waited for, is the one thing that differs.
        let printed = without_seconds(&run.stdout);
        let expected = query.with_extension("txt");
        if std::env::var_os("CANVASS_REGENERATE").is_some() {
            fs::write(&expected, &printed).unwrap();
        }
        let current = fs::read_to_string(&expected).unwrap_or_default();
        let differs = current.lines().zip(printed.lines()).find(|(was, is)| was != is);
        assert!(
            current == printed,
            "{} is stale (CANVASS_REGENERATE=1 cargo test examples): {differs:?}",
            expected.display()
        );
    }
}

/// `· 1.2s` at the end of the footer becomes `· 0.0s`; the note about a quota's pace is left out.
fn without_seconds(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("note: paced:"))
        .map(|line| match line.rsplit_once(" · ") {
            Some((head, tail)) if tail.ends_with('s') && tail[..tail.len() - 1].parse::<f64>().is_ok() => {
                format!("{head} · 0.0s\n")
            }
            _ => format!("{line}\n"),
        })
        .collect()
}
