//! Where in the file a mistake stands that the validator found in what was read from it.

use super::START;
use super::tree::Tree;
use crate::catalog::convert::Wrong;
use crate::settings::yaml::{Document, Path, Place};

/// What a mistake is about.
#[derive(Debug)]
pub struct Spot {
    /// The call, column or key.
    pub whole: Path,
    /// The value in it, where the message quotes one.
    pub path: Path,
    is_value: bool,
}

impl Spot {
    pub fn place(&self, document: &Document) -> Place {
        let found =
            if self.is_value { document.place_of_value(&self.path) } else { document.place_of(&self.path) };
        found.or_else(|| document.place_of(&self.whole)).unwrap_or(START)
    }
}

pub fn spot(tree: &Tree, wrong: &Wrong) -> Spot {
    let Some(section) = tree.get(wrong.section) else {
        return Spot { whole: vec![usize::MAX], path: vec![0], is_value: false };
    };
    let item = wrong.item.and_then(|item| section.parts().get(item).copied());
    let within = item.unwrap_or(section);
    let keyed = find(within, &wrong.key, &wrong.message).unwrap_or(within);
    // A column is one whole; of a call, its keys are.
    let whole = if wrong.section == "columns" { keyed } else { item.unwrap_or(keyed) };
    let quoted = quoted(keyed, &wrong.message).or_else(|| quoted(within, &wrong.message));
    match quoted {
        Some(value) => Spot { whole: whole.at.clone(), path: value.at.clone(), is_value: true },
        None => Spot { whole: whole.at.clone(), path: keyed.at.clone(), is_value: false },
    }
}

/// Where the SQL of each example stands.
pub fn examples(tree: &Tree, document: &Document) -> Vec<Place> {
    let examples = tree.get("examples").map(Tree::parts).unwrap_or_default();
    let place = |example: &&Tree| {
        let sql = example.get("sql").unwrap_or(example);
        document.place_of_value(&sql.at).unwrap_or(START)
    };
    examples.iter().map(place).collect()
}

/// The part at a key; of several, one whose value the message quotes.
fn find<'t>(tree: &'t Tree, key: &str, message: &str) -> Option<&'t Tree> {
    if let Some(direct) = tree.get(key) {
        return Some(direct);
    }
    let mut found = Vec::new();
    gather(tree, key, &mut found);
    let quoted = found.iter().find(|part| quoted(part, message).is_some());
    quoted.or(found.first()).copied()
}

fn gather<'t>(tree: &'t Tree, key: &str, into: &mut Vec<&'t Tree>) {
    into.extend(tree.get(key));
    for part in tree.parts() {
        gather(part, key, into);
    }
}

/// The longest value in a part that stands in the message.
fn quoted<'t>(tree: &'t Tree, message: &str) -> Option<&'t Tree> {
    let own = tree.text().filter(|text| stands_in(text, message)).map(|_| tree);
    let below = tree.parts().into_iter().filter_map(|part| quoted(part, message));
    own.into_iter().chain(below).max_by_key(|part| part.text().map_or(0, str::len))
}

fn stands_in(text: &str, message: &str) -> bool {
    let names = |(at, _): (usize, &str)| {
        let (before, after) = (&message[..at], &message[at + text.len()..]);
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
        edge(before.chars().next_back()) && edge(after.chars().next())
    };
    text.len() > 1 && message.match_indices(text).any(names)
}
