//! Each room imports only from rooms before it: this reads every `crate::` path in `src/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Leftmost first. A room may name itself and whatever stands in an earlier layer.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["model"],
    &["settings", "plan"],
    &["catalog"],
    &["store", "aws"],
    &["org"],
    &["sources"],
    &["engine"],
    &["demo", "term"],
    &["app"],
    &["cli"],
    &["main"],
];

/// Rooms whose imports are narrower than their layer allows.
const ONLY: &[(&str, &[&str])] =
    &[("demo", &["error", "model", "catalog"]), ("term", &["error", "model", "settings", "plan", "aws"])];

/// Rooms that only some may name.
const NAMED_BY: &[(&str, &[&str])] = &[("term", &["cli"]), ("demo", &["app", "cli"])];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn room_of(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            // `$crate::`, `other_crate::` and the like are not ours.
            if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split('}').next().unwrap_or("").split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            for name in names {
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                rooms.push(name[..end].to_owned());
            }
        }
    }
    rooms
}

fn layers() -> BTreeMap<&'static str, usize> {
    LAYERS.iter().enumerate().flat_map(|(i, rooms)| rooms.iter().map(move |r| (*r, i))).collect()
}

#[test]
fn every_room_imports_only_from_rooms_before_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers = layers();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let room = room_of(&file, &root);
        if room == "lib" || room == "build" {
            continue;
        }
        let Some(layer) = layers.get(room.as_str()) else {
            wrong.push(format!("{}: the room '{room}' is in no layer", file.display()));
            continue;
        };
        for named in rooms_named(&fs::read_to_string(&file).unwrap()) {
            if named == room {
                continue;
            }
            let allowed = layers.get(named.as_str()).is_some_and(|l| l < layer);
            let narrow = ONLY
                .iter()
                .find(|(r, _)| *r == room)
                .is_some_and(|(_, only)| !only.contains(&named.as_str()));
            let private = NAMED_BY
                .iter()
                .find(|(r, _)| *r == named)
                .is_some_and(|(_, by)| !by.contains(&room.as_str()));
            if !allowed || narrow || private {
                wrong.push(format!("{}: '{room}' may not name '{named}'", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_the_engine_names_datafusion() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let wrong: Vec<_> = files
        .iter()
        .filter(|f| room_of(f, &root) != "engine")
        .filter(|f| {
            fs::read_to_string(f)
                .unwrap()
                .lines()
                .any(|l| !l.trim().starts_with("//") && l.contains("datafusion"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
