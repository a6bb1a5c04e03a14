//! What is different between two looks at one answer.

use std::collections::HashMap;

use super::SeenRow;

/// By positions in the two looks.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Removed(usize),
    Added(usize),
    /// The same thing with other values; `key` are the columns that say it is the same.
    Changed {
        before: usize,
        after: usize,
        key: Vec<usize>,
    },
}

/// Rows are compared as they are, whatever their order. Of those that differ, two are the same thing where a
/// column (or the first two together) that is different in every row of both looks says so.
pub fn changes(before: &[SeenRow], after: &[SeenRow]) -> Vec<Change> {
    let mut counts: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, row) in before.iter().enumerate() {
        counts.entry(&row.json).or_default().push(at);
    }
    let mut added = Vec::new();
    for (at, row) in after.iter().enumerate() {
        if counts.get_mut(row.json.as_str()).and_then(Vec::pop).is_none() {
            added.push(at);
        }
    }
    let mut removed: Vec<usize> = counts.into_values().flatten().collect();
    removed.sort_unstable();
    if removed.is_empty() || added.is_empty() {
        return removed
            .into_iter()
            .map(Change::Removed)
            .chain(added.into_iter().map(Change::Added))
            .collect();
    }
    let key = key(before, after);
    let named = |row: &SeenRow| -> Vec<String> {
        key.iter().map(|column| row.cells.get(*column).cloned().flatten().unwrap_or_default()).collect()
    };
    let mut by_name: HashMap<Vec<String>, usize> = HashMap::new();
    if !key.is_empty() {
        by_name.extend(added.iter().filter_map(|at| Some((named(after.get(*at)?), *at))));
    }
    let mut found = Vec::new();
    for at in removed {
        let same = before.get(at).filter(|_| !key.is_empty()).and_then(|row| by_name.remove(&named(row)));
        match same {
            Some(new) => {
                added.retain(|at| *at != new);
                found.push(Change::Changed { before: at, after: new, key: key.clone() });
            }
            None => found.push(Change::Removed(at)),
        }
    }
    found.extend(added.into_iter().map(Change::Added));
    found
}

/// The columns that tell rows apart: the leftmost one that does alone, or the leftmost pair. None where no
/// such column is the same for any two rows, since then nothing can be said to have changed.
fn key(before: &[SeenRow], after: &[SeenRow]) -> Vec<usize> {
    let width = before.first().or(after.first()).map_or(0, |row| row.cells.len());
    let tells = |columns: &[usize]| {
        [before, after].iter().all(|rows| {
            let mut seen = std::collections::HashSet::new();
            rows.iter().all(|row| {
                let name: Option<Vec<&str>> =
                    columns.iter().map(|column| row.cells.get(*column)?.as_deref()).collect();
                name.is_some_and(|name| seen.insert(name))
            })
        })
    };
    let meets = |columns: &[usize]| {
        let name = |row: &SeenRow| -> Vec<Option<String>> {
            columns.iter().map(|column| row.cells.get(*column).cloned().flatten()).collect()
        };
        let known: std::collections::HashSet<_> = before.iter().map(name).collect();
        after.iter().any(|row| known.contains(&name(row)))
    };
    let alone = (0..width).map(|column| vec![column]);
    let pairs = (0..width).flat_map(|first| (first + 1..width).map(move |second| vec![first, second]));
    alone.chain(pairs).find(|columns| tells(columns) && meets(columns)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&str]) -> Vec<SeenRow> {
        let row = |text: &&str| SeenRow {
            cells: text.split(' ').map(|cell| (cell != "-").then(|| cell.to_owned())).collect(),
            json: (*text).to_owned(),
        };
        texts.iter().map(row).collect()
    }

    fn found(before: &[&str], after: &[&str]) -> Vec<Change> {
        changes(&rows(before), &rows(after))
    }

    #[test]
    fn the_order_of_rows_is_no_change_and_twins_are_counted() {
        assert_eq!(found(&["a 1", "b 2"], &["b 2", "a 1"]), []);
        assert_eq!(found(&["a 1", "a 1"], &["a 1"]), [Change::Removed(0)]);
        assert_eq!(found(&["a 1"], &["a 1", "a 1"]), [Change::Added(1)]);
    }

    #[test]
    fn a_row_known_by_its_name_has_changed() {
        let changed = Change::Changed { before: 1, after: 1, key: vec![0] };
        assert_eq!(found(&["a up", "b up"], &["a up", "b down"]), [changed]);
        let changed = Change::Changed { before: 0, after: 0, key: vec![0, 1] };
        assert_eq!(found(&["x a up", "x b up", "y b up"], &["x a off", "x b up", "y b up"]), [changed]);
    }

    #[test]
    fn where_nothing_names_a_row_it_went_and_another_came() {
        assert_eq!(found(&["a 1", "a 1"], &["a 1", "a 2"]), [Change::Removed(0), Change::Added(1)]);
        assert_eq!(found(&["7"], &["8"]), [Change::Removed(0), Change::Added(0)]);
        assert_eq!(found(&["- 1"], &["- 2"]), [Change::Removed(0), Change::Added(0)]);
    }
}
