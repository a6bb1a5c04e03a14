//! What is wrong with a table that a user wrote, told to the person who writes it: every mistake with
//! its place, what was probably meant, and what to do.
//!
//! [`super::validate`] judges; this room finds the places, guesses what was meant, and goes on as if
//! that had been written, so that one run tells all there is to tell.

mod form;
mod meant;
mod place;
mod rules;
mod tree;

use super::convert::{self, Wrong};
use super::table::Table;
use super::validate::{self, Known};
use super::{Catalog, file};
use crate::settings::yaml::{Document, NotYaml, Place};
use tree::Tree;

/// Nobody writes a megabyte of one table.
pub const MOST_BYTES: u64 = 1 << 20;

/// How often what was meant is put in the place of what was written, and looked at again.
const ROUNDS: usize = 6;

/// Something wrong, or worth knowing, at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub place: Place,
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl Finding {
    fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), hints: Vec::new() }
    }

    /// At the beginning of the file where the place is not known.
    pub fn at(place: Option<Place>, message: impl Into<String>) -> Self {
        Self::new(place.unwrap_or(START), message)
    }

    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(text.into());
        self
    }
}

/// A file that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// The table, where nothing is wrong.
    pub table: Option<Table>,
    /// By their places.
    pub mistakes: Vec<Finding>,
    /// What is probably wrong, and cannot be known to be.
    pub notes: Vec<Finding>,
    /// Where the name of the table stands.
    pub name: Option<Place>,
    /// Where the SQL of each example stands.
    pub examples: Vec<Place>,
}

const START: Place = Place { line: 1, column: 1 };

/// Reads one table of the user's. `known` has the tables that the others of the files will be.
pub fn check(text: &str, catalog: &Catalog, known: &dyn Known) -> Checked {
    let document = match Document::parse(text.to_owned()) {
        Ok(document) => document,
        Err(wrong) => return refused(not_yaml(text, wrong)),
    };
    let mut mistakes = Vec::new();
    let Some(mut tree) = form::read(document.root(), &document, &mut mistakes) else {
        return refused(mistakes.remove(0));
    };
    let (mut said, mut found) = (Vec::new(), None);
    for _ in 0..ROUNDS {
        let (table, wrong) = judged(&tree, known);
        let mut fixed = false;
        for wrong in wrong {
            let spot = place::spot(&tree, &wrong);
            let same = (spot.path.clone(), wrong.message.clone());
            if tree.is_patched(&spot.whole) || tree.is_patched(&spot.path) || said.contains(&same) {
                continue;
            }
            said.push(same);
            let told = meant::told(&wrong, catalog);
            if wrong.key == "call" && told.instead.is_none() && tree.drop_item(&spot.whole) {
                // What the other calls lead to can still be looked at.
                let place = spot.place(&document);
                mistakes.push(Finding { place, message: told.message, hints: told.hints });
                fixed = true;
                break;
            }
            if let (Some(meant), Some(text)) = (&told.instead, tree.text_mut(&spot.path)) {
                // A column is the end of the way; a call leads on, and has to lead on from what was meant.
                fixed |= matches!(wrong.section, "list" | "get" | "details") && *text != *meant;
                *text = meant.clone();
            }
            let place = spot.place(&document);
            mistakes.push(Finding { place, message: told.message, hints: told.hints });
        }
        found = table;
        if !fixed {
            break;
        }
    }
    let finding = |wrong: &Wrong| {
        let told = meant::told(wrong, catalog);
        Finding {
            place: place::spot(&tree, wrong).place(&document),
            message: told.message,
            hints: told.hints,
        }
    };
    let mut notes = Vec::new();
    if let Some(table) = &found {
        mistakes.extend(rules::broken(table, catalog).iter().map(finding));
        notes.extend(rules::doubtful(table, catalog).iter().map(finding));
    }
    mistakes.sort();
    mistakes.dedup();
    let examples = place::examples(&tree, &document);
    let table = found.filter(|_| mistakes.is_empty());
    let name = tree.get("table").and_then(|name| document.place_of_value(&name.at));
    Checked { table, mistakes, notes, name, examples }
}

/// A file whose bytes are text only so far.
pub fn not_text(good: &[u8]) -> Checked {
    let before = String::from_utf8_lossy(good);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let finding = Finding::new(Place { line, column }, "not text: bytes that are no UTF-8");
    refused(finding.hint("save the file as UTF-8"))
}

/// The user's table without the explanations: for those that are right.
pub fn load(text: &str, catalog: &Catalog, known: &dyn Known) -> Option<Table> {
    let table = validate::load(text, known).ok()?;
    rules::broken(&table, catalog).is_empty().then_some(table)
}

/// What the tree says, and what is wrong with it. No table where it cannot even be read.
fn judged(tree: &Tree, known: &dyn Known) -> (Option<Table>, Vec<Wrong>) {
    match file::parse(&tree.to_yaml()) {
        Ok(file) => {
            let (table, mut wrong) = convert::table(file);
            wrong.extend(validate::check(&table, known));
            (Some(table), wrong)
        }
        Err(mistake) => (None, vec![Wrong::new("table", "table", mistake.message)]),
    }
}

fn refused(mistake: Finding) -> Checked {
    Checked { table: None, mistakes: vec![mistake], notes: Vec::new(), name: None, examples: Vec::new() }
}

fn not_yaml(text: &str, wrong: NotYaml) -> Finding {
    let place = wrong.place.unwrap_or(START);
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    let finding = Finding::new(place, format!("not YAML: {}", wrong.message));
    let finding = if indent.contains('\t') {
        finding.hint("YAML is indented with spaces: there is a tab at the beginning of the line")
    } else if line.matches(['\'', '"']).count() % 2 == 1 {
        finding.hint("a quote is opened and not closed")
    } else if line.matches(": ").count() > 1 && !line.contains('{') {
        finding.hint("put quotes around a text that has ': ' in it")
    } else if line.trim_start().contains(": @") || line.contains(": *") || line.contains(": &") {
        finding.hint("put quotes around a text that begins with a sign: '@'")
    } else {
        finding
    };
    finding.hint("what comes after it can be checked once this is YAML")
}
