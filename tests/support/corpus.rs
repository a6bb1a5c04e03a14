//! Folders of published statements, one a file.

use std::fs;
use std::path::{Path, PathBuf};

pub fn gather(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, into);
        } else if path.extension().is_some_and(|e| e == "sql") {
            into.push(path);
        }
    }
}
