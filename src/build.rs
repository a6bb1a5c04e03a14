//! Compiles the service models and the table files into one indexed blob, so that start-up parses
//! nothing. It is built from the catalog's own files: what validates here validates at load.

mod catalog {
    #![allow(dead_code)]
    pub mod blob;
    pub mod convert;
    pub mod file;
    pub mod fit;
    pub mod path;
    pub mod shape;
    pub mod source_kind;
    pub mod summary;
    pub mod table;
    pub mod transform;
    pub mod validate;
}

#[path = "catalog/compile/endpoints.rs"]
mod endpoints;
#[path = "catalog/compile/families.rs"]
mod families;
#[path = "catalog/compile/models.rs"]
mod models;
#[path = "catalog/compile/tables.rs"]
mod tables;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    // cargo itself watches the sources of this script.
    println!("cargo::rerun-if-changed=src/catalog/models");
    println!("cargo::rerun-if-changed=src/aws/reads.txt");
    println!("cargo::rerun-if-changed=src/catalog/tables");
    println!("cargo::rerun-if-changed=src/catalog/families");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/catalog");

    let mut entries: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let operations = models::compile(&root.join("models"))?;
    let reads = fs::read_to_string(root.join("../aws/reads.txt"))?;
    for (id, operation) in &operations {
        entries.insert(catalog::blob::operation_key(id), postcard::to_stdvec(operation)?);
    }
    let families = families::expand(&root.join("families"))?;
    let tables = tables::compile(&root.join("tables"), families, &operations, &reads)?;
    entries.insert(catalog::blob::READS.to_owned(), reads.into_bytes());
    for (name, table) in &tables {
        entries.insert(catalog::blob::table_key(name), postcard::to_stdvec(table)?);
    }
    let lines: Vec<_> = tables.values().map(catalog::summary::TableSummary::of).collect();
    entries.insert(catalog::blob::SUMMARIES.to_owned(), postcard::to_stdvec(&lines)?);
    let index: Vec<_> = tables.values().map(catalog::summary::IndexEntry::of).collect();
    entries.insert(catalog::blob::SEARCH_INDEX.to_owned(), postcard::to_stdvec(&index)?);
    for (name, partition) in endpoints::compile(&root.join("models/endpoints.json"))? {
        entries.insert(catalog::blob::endpoints_key(&name), postcard::to_stdvec(&partition)?);
    }

    let out = Path::new(&env::var("OUT_DIR")?).join("catalog.bin");
    fs::write(out, catalog::blob::pack(&entries)?)?;
    Ok(())
}
