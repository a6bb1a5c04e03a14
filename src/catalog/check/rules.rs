//! What a table of the user's may not do though the catalog's own may, and what is doubtful in it.

use crate::catalog::Catalog;
use crate::catalog::convert::{COMMON, Wrong};
use crate::catalog::table::{Call, Column, KeyUse, ParamSource, Require, Table, Value};
use crate::model::Partition;

pub fn broken(table: &Table, catalog: &Catalog) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if catalog.table(&table.name).is_some() {
        let message = format!("there is already a table '{}'", table.name);
        wrong.push(Wrong::new("table", "table", message));
    }
    for column in table.columns.iter().filter(|column| shadows(column)) {
        let message = format!("'{}' is a column that every table has by itself", column.name);
        wrong.push(Wrong::new("columns", &column.name, message));
    }
    for (section, item, call) in calls(table) {
        let Some(region) = &call.region else { continue };
        let known: Vec<String> = Partition::ALL
            .iter()
            .filter_map(|partition| catalog.endpoints(partition.as_str()))
            .flat_map(|endpoints| endpoints.regions.keys().map(ToString::to_string).collect::<Vec<_>>())
            .collect();
        if !known.contains(region) {
            let wrong_region = Wrong::new(section, "in", format!("no region '{region}' is known"));
            wrong.push(wrong_region.of_item(item).seeking(region, known));
        }
    }
    wrong.extend(never_given(table, catalog));
    wrong
}

/// A predicate on it chooses whom to ask, before any row is there.
fn shadows(column: &Column) -> bool {
    let common = COMMON.iter().any(|(name, ..)| *name == column.name);
    let own = !matches!(column.value, Value::Common(_));
    common && own && column.name != "region"
}

/// Parameters that the operation must have, and that only a predicate gives that nobody has to write.
fn never_given(table: &Table, catalog: &Catalog) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (at, call) in table.list.iter().enumerate() {
        let Some(operation) = catalog.operation(&call.operation) else { continue };
        for member in operation.input_members().iter().filter(|member| member.required) {
            let param = call.params.iter().find(|param| param.member == *member.name);
            let Some(param) = param else { continue };
            let only_by = |source: &ParamSource| match source {
                ParamSource::Qual(column) | ParamSource::Bound { column, .. } => Some(column.clone()),
                _ => None,
            };
            let columns: Option<Vec<String>> = param.sources.iter().map(only_by).collect();
            let Some(columns) = columns.filter(|columns| !columns.is_empty()) else { continue };
            let asked = |column: &String| {
                let mut keys = table.key_columns.iter().filter(|k| k.used_in == KeyUse::List);
                keys.any(|key| key.column == *column && key.require != Require::Optional)
            };
            if !columns.iter().any(asked) {
                let message = format!(
                    "{} cannot be called without '{}', which only a predicate on '{}' gives: \
                     add 'keys: [{{column: {}, in: list, require: required}}]'",
                    call.operation, member.name, columns[0], columns[0]
                );
                wrong.push(Wrong::new("list", &param.member, message).of_item(Some(at)));
            }
        }
    }
    wrong
}

/// What AWS's models do not say, and no table of ours does either.
pub fn doubtful(table: &Table, catalog: &Catalog) -> Vec<Wrong> {
    let named = calls(table).any(|(_, _, call)| !call.not_found.is_empty());
    let known: Vec<(String, Vec<String>)> = if named { codes(catalog) } else { Vec::new() };
    let mut wrong = Vec::new();
    for (section, item, call) in calls(table) {
        let service = call.operation.split(':').next().unwrap_or_default();
        let of_service = || known.iter().filter(|(whose, _)| whose == service).flat_map(|(_, codes)| codes);
        for code in &call.not_found {
            if !known.iter().any(|(_, codes)| codes.contains(code)) {
                let message = format!("no table of canvass's own names the error code '{code}' of {service}");
                let wrong_code = Wrong::new(section, "not_found", message).of_item(item);
                wrong.push(wrong_code.seeking(code, of_service()));
            }
        }
    }
    wrong
}

fn calls(table: &Table) -> impl Iterator<Item = (&'static str, Option<usize>, &Call)> {
    let list = table.list.iter().enumerate().map(|(at, call)| ("list", Some(at), call));
    let get = table.get.iter().enumerate().map(|(at, call)| ("get", Some(at), call));
    let details = table.details.iter().enumerate();
    let details = details.flat_map(|(at, d)| d.calls.iter().map(move |call| ("details", Some(at), call)));
    list.chain(get).chain(details)
}

/// The codes that tables of ours name, by service.
fn codes(catalog: &Catalog) -> Vec<(String, Vec<String>)> {
    let mut known: Vec<(String, Vec<String>)> = Vec::new();
    for table in catalog.table_names().into_iter().filter_map(|name| catalog.table(name)) {
        for (_, _, call) in calls(&table) {
            let service = call.operation.split(':').next().unwrap_or_default();
            known.push((service.to_owned(), call.not_found.clone()));
        }
    }
    known
}
