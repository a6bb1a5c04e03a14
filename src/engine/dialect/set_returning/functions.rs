//! Which functions return sets, and what PostgreSQL calls the columns they bring.

use datafusion::sql::sqlparser::ast::{Ident, ObjectName};

/// The columns a function brings when it stands in FROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// One column whose name is part of the function: `jsonb_array_elements(..) as x` has `value`.
    Named(&'static str),
    /// One column, called what the function is called: `generate_series(1, 3) as n` has `n`.
    Alias,
    /// Several columns.
    Record(&'static [&'static str]),
    /// One per argument: `unnest(a, b)`.
    PerArgument,
    /// What the alias defines: `jsonb_to_recordset(..) as x(id int, name text)`.
    Defined,
}

/// Those of [`outputs`] that people misspell.
pub const NAMES: [&str; 12] = [
    "generate_series",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "regexp_split_to_table",
    "unnest",
];

/// `None` for a function that returns one value.
pub fn outputs(function: &str) -> Option<Outputs> {
    Some(match function {
        "jsonb_array_elements"
        | "jsonb_array_elements_text"
        | "json_array_elements"
        | "json_array_elements_text" => Outputs::Named("value"),
        "jsonb_each" | "jsonb_each_text" | "json_each" | "json_each_text" => {
            Outputs::Record(&["key", "value"])
        }
        "jsonb_object_keys" | "json_object_keys" | "jsonb_path_query" => Outputs::Alias,
        "generate_series" | "generate_subscripts" => Outputs::Alias,
        "regexp_split_to_table" | "regexp_matches" | "string_to_table" => Outputs::Alias,
        "unnest" => Outputs::PerArgument,
        "jsonb_to_recordset" | "json_to_recordset" | "jsonb_to_record" | "json_to_record" => Outputs::Defined,
        _ => return None,
    })
}

pub fn is_set_returning(function: &str) -> bool {
    outputs(function).is_some()
}

/// A function's own name, in lower case, without a schema.
pub fn called(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(folded).unwrap_or_default()
}

pub fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// The names of the columns of `function(arguments)`, called `alias`, before any list of column names.
pub fn column_names(function: &str, arguments: usize, alias: &str) -> Vec<String> {
    match outputs(function) {
        Some(Outputs::Named(name)) => vec![name.to_owned()],
        Some(Outputs::Record(names)) => names.iter().map(|n| (*n).to_owned()).collect(),
        Some(Outputs::PerArgument) if arguments != 1 => vec!["unnest".to_owned(); arguments],
        Some(Outputs::Defined) => Vec::new(),
        Some(Outputs::Alias | Outputs::PerArgument) | None => vec![alias.to_owned()],
    }
}
