//! The user's tables: a folder of YAML files, all checked before one is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::catalog::check;
use crate::catalog::shape::Operation;
use crate::catalog::table::Table;
use crate::catalog::validate::Known;
use crate::error::{Error, Result};

/// Deep enough for any order people keep, too shallow for a link that leads back.
const MAX_DEPTH: usize = 8;

impl Known for Catalog {
    fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        self.may_be_called(id).then(|| Catalog::operation(self, id)).flatten()
    }

    fn is_table(&self, name: &str) -> bool {
        self.table(name).is_some()
    }
}

/// The catalog, and the names that files add to it.
pub struct WithNames<'c> {
    pub catalog: &'c Catalog,
    pub names: BTreeSet<String>,
}

impl Known for WithNames<'_> {
    fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        Known::operation(self.catalog, id)
    }

    fn is_table(&self, name: &str) -> bool {
        self.names.contains(name) || self.catalog.is_table(name)
    }
}

pub(super) fn load(catalog: &Catalog, folder: &Path) -> Result<BTreeMap<String, Arc<Table>>> {
    let files = files(folder)?;
    let stem = |path: &PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    let known = WithNames { catalog, names: files.iter().filter_map(stem).collect() };
    let (mut tables, mut mistakes) = (BTreeMap::new(), Vec::new());
    for path in &files {
        let text = fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
        match check::load(&text, catalog, &known) {
            None => mistakes.extend(check::check(&text, catalog, &known).mistakes.iter().map(|mistake| {
                let hints = mistake.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
                let at = mistake.place;
                format!("{}:{}:{}: {}{hints}", path.display(), at.line, at.column, mistake.message)
            })),
            Some(table) if tables.contains_key(&table.name) => {
                mistakes.push(format!("{}: there is already a table '{}'", path.display(), table.name));
            }
            Some(table) => {
                tables.insert(table.name.clone(), Arc::new(table));
            }
        }
    }
    if mistakes.is_empty() {
        return Ok(tables);
    }
    let error = Error::usage(format!("{} in the tables of {}", count(mistakes.len()), folder.display()));
    let error = mistakes.into_iter().fold(error, Error::cause);
    Err(error.hint(format!("'canvass tables check {}' explains each", folder.display())))
}

/// The YAML files of a folder and its subfolders, sorted.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    yaml_files(folder, MAX_DEPTH, &mut files)?;
    files.sort();
    Ok(files)
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "a mistake".to_owned() } else { format!("{mistakes} mistakes") }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {}", path.display())).because(error)
}

fn yaml_files(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|e| unreadable(folder, &e))? {
        let path = entry.map_err(|e| unreadable(folder, &e))?.path();
        if path.is_dir() {
            if depth > 0 {
                yaml_files(&path, depth - 1, into)?;
            }
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            into.push(path);
        }
    }
    Ok(())
}
