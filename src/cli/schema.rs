//! `canvass schema`: the JSON Schema of what `-o json` prints.

use clap::builder::PossibleValuesParser;

use super::Outcome;
use crate::error::{Error, Result};
use crate::term::Term;

/// Documents by name. A document without its schema, or the other way round, fails a test.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("answer", include_str!("schemas/answer.json")),
    ("accounts", include_str!("schemas/accounts.json")),
    ("accounts-check", include_str!("schemas/accounts-check.json")),
    ("accounts-tree", include_str!("schemas/accounts-tree.json")),
    ("config-import", include_str!("schemas/config-import.json")),
    ("config-path", include_str!("schemas/config-path.json")),
    ("config-show", include_str!("schemas/config-show.json")),
    ("doctor", include_str!("schemas/doctor.json")),
    ("explain", include_str!("schemas/explain.json")),
    ("inspect", include_str!("schemas/inspect.json")),
    ("selftest", include_str!("schemas/selftest.json")),
    ("tables", include_str!("schemas/tables.json")),
    ("tables-check", include_str!("schemas/tables-check.json")),
];

/// print the JSON Schema (2020-12) of what a command prints with -o json
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  canvass schema\n  canvass schema accounts > accounts.schema.json")]
pub struct Args {
    /// the document; answer is what a query prints
    #[arg(value_name = "DOCUMENT", default_value = "answer", value_parser = names())]
    document: String,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(SCHEMAS.iter().map(|(name, _)| *name))
}

pub fn run(args: &Args, term: &Term) -> Result<Outcome> {
    let found = SCHEMAS.iter().find(|(name, _)| *name == args.document);
    let (_, text) = found.ok_or_else(|| Error::usage(format!("there is no document '{}'", args.document)))?;
    term.print(text)?;
    Ok(Outcome::Complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_in_the_folder_is_listed_and_names_itself() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/schemas");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut listed: Vec<String> = SCHEMAS.iter().map(|(name, _)| format!("{name}.json")).collect();
        files.sort();
        listed.sort();
        assert_eq!(files, listed);
        for (name, text) in SCHEMAS {
            let schema: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(schema["$id"], format!("urn:canvass:schema:{name}:1"));
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        }
    }
}
