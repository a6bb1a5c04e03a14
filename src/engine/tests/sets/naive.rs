//! The rows of a made-up statement, by nested loops.

use crate::engine::tests::sets::generate::{Condition, Item, Join, Source, Statement, Value};
use crate::model::Json;

/// One row of FROM: which row of `t`, and each item's value and number (NULL where a left join found none).
#[derive(Clone)]
struct Row<'a> {
    t: &'a (i64, Value, Value),
    items: Vec<(Cell, Option<usize>)>,
}

/// What an item is: JSON or text.
#[derive(Clone, PartialEq)]
enum Cell {
    Json(Option<Json>),
    Text(Option<String>),
}

impl Cell {
    fn text(&self) -> Option<String> {
        match self {
            Cell::Json(value) => value.as_ref().map(Json::to_jsonb),
            Cell::Text(text) => text.clone(),
        }
    }
}

pub fn rows(statement: &Statement) -> Vec<String> {
    let mut rows: Vec<Row<'_>> = statement.rows.iter().map(|t| Row { t, items: Vec::new() }).collect();
    for item in &statement.items {
        rows = rows.into_iter().flat_map(|row| joined(row, item)).collect();
    }
    rows.retain(|row| statement.conditions.iter().all(|c| holds(row, c) == Some(true)));
    rows.iter().flat_map(|row| shown(row, statement)).collect()
}

fn joined<'a>(row: Row<'a>, item: &Item) -> Vec<Row<'a>> {
    let cell = |value: &Json| match item.as_text {
        true => Cell::Text(value.to_text()),
        false => Cell::Json(Some(value.clone())),
    };
    let wanted = |cell: &Cell| match item.join {
        Join::On(not) | Join::Left(not) => cell.text().is_some_and(|text| text != not),
        _ => true,
    };
    let mut found: Vec<(Cell, Option<usize>)> = Vec::new();
    for (at, value) in elements(&row, &item.source).iter().enumerate() {
        let cell = cell(value);
        if wanted(&cell) {
            found.push((cell, Some(at + 1)));
        }
    }
    if found.is_empty() && matches!(item.join, Join::LeftAlways | Join::Left(_)) {
        found.push((if item.as_text { Cell::Text(None) } else { Cell::Json(None) }, None));
    }
    found
        .into_iter()
        .map(|one| {
            let mut row = row.clone();
            row.items.push(one);
            row
        })
        .collect()
}

fn elements(row: &Row<'_>, source: &Source) -> Vec<Json> {
    let json = |at: &usize| match &row.items[*at].0 {
        Cell::Json(value) => value.clone(),
        Cell::Text(_) => None,
    };
    let array = match source {
        Source::A => row.t.1.clone(),
        Source::B => row.t.2.clone(),
        Source::Member(at) => json(at).and_then(|value| value.get("l").cloned()),
        Source::Element(at) => json(at),
    };
    match array {
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn holds(row: &Row<'_>, condition: &Condition) -> Option<bool> {
    let texts =
        |source: &Source| -> Vec<String> { elements(row, source).iter().map(Json::to_jsonb).collect() };
    Some(match condition {
        Condition::IdAbove(id) => row.t.0 > *id,
        Condition::Is(item, text, true) => row.items[*item].0.text()? == *text,
        Condition::Is(item, text, false) => row.items[*item].0.text()? != *text,
        Condition::IsNull(item) => row.items[*item].0.text().is_none(),
        Condition::Exists { source, item, negated } => {
            let wanted = row.items[*item].0.text();
            let found = texts(source).into_iter().any(|text| Some(text) == wanted);
            found != *negated
        }
        Condition::In { source, text, negated } => texts(source).iter().any(|t| t == text) != *negated,
        Condition::Count { source, without, is } => {
            texts(source).iter().filter(|text| text != without).count() as i64 == *is
        }
    })
}

/// The rows one row makes once the sets of the SELECT list have run side by side.
fn shown(row: &Row<'_>, statement: &Statement) -> Vec<String> {
    let null = || "∅".to_owned();
    let mut columns = vec![row.t.0.to_string()];
    for (item, (cell, number)) in statement.items.iter().zip(&row.items) {
        columns.push(cell.text().unwrap_or_else(null));
        if item.ordinality {
            columns.push(number.map_or_else(null, |n| n.to_string()));
        }
    }
    let sets: Vec<Vec<Json>> = statement.selected.iter().map(|source| elements(row, source)).collect();
    let longest = if sets.is_empty() { 1 } else { sets.iter().map(Vec::len).max().unwrap_or(0) };
    (0..longest)
        .map(|at| {
            let values = sets.iter().map(|set| set.get(at).map_or_else(null, Json::to_jsonb));
            columns.iter().cloned().chain(values).collect::<Vec<_>>().join("|")
        })
        .collect()
}
