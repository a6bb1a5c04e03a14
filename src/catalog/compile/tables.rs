//! `tables/**/*.yaml` into one [`Table`] each; the build fails with every mistake of every file.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::blob::may_be_called;
use crate::catalog::file::TableFile;
use crate::catalog::shape::Operation;
use crate::catalog::table::Table;
use crate::catalog::validate::{self, Known};

struct Own<'o> {
    operations: &'o BTreeMap<String, Arc<Operation>>,
    tables: BTreeSet<String>,
    reads: &'o str,
}

impl Known for Own<'_> {
    fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        // What may not be called exists for no table.
        self.operations.get(id).filter(|_| may_be_called(self.reads, id)).cloned()
    }

    fn is_table(&self, name: &str) -> bool {
        self.tables.contains(name)
    }
}

/// By name. A file is called as its table and lies in the folder of its service; members of families come
/// with the name of their family.
pub fn compile(
    folder: &Path,
    families: Vec<(String, TableFile)>,
    operations: &BTreeMap<String, Arc<Operation>>,
    reads: &str,
) -> Result<BTreeMap<String, Table>, Box<dyn Error>> {
    let mut files = Vec::new();
    yaml_files(folder, &mut files)?;
    let stem = |path: &PathBuf| path.file_stem().map(|s| s.to_string_lossy().into_owned());
    let members = families.iter().map(|(_, file)| file.table.clone());
    let known = Own { operations, tables: files.iter().filter_map(stem).chain(members).collect(), reads };
    let (mut tables, mut mistakes) = (BTreeMap::new(), Vec::new());
    for (family, file) in families {
        let name = file.table.clone();
        match validate::convert(file, &known) {
            Err(wrong) => mistakes.extend(wrong.iter().map(|m| format!("{family}: {name}: {}", m.message))),
            Ok(table) => {
                tables.insert(name, table);
            }
        }
    }
    for path in &files {
        match validate::load(&fs::read_to_string(path)?, &known) {
            Err(wrong) => mistakes.extend(wrong.iter().map(|m| format!("{}: {m}", path.display()))),
            Ok(table) if !path.ends_with(format!("{}/{}.yaml", table.service, table.name)) => {
                mistakes.push(format!(
                    "{}: belongs in {}/{}.yaml",
                    path.display(),
                    table.service,
                    table.name
                ));
            }
            Ok(table) => {
                tables.insert(table.name.clone(), table);
            }
        }
    }
    if mistakes.is_empty() { Ok(tables) } else { Err(format!("\n{}\n", mistakes.join("\n")).into()) }
}

fn yaml_files(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            yaml_files(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            into.push(path);
        }
    }
    Ok(())
}
