//! Which table a join could take a key's values from, for whoever asked without any.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::catalog::table::{Column, ColumnType, Table, Value};
use crate::engine::scan::unit_column;
use crate::engine::tables::Tables;
use crate::sources::{MissingKeys, planned_calls};

/// `or join what has it: join aws_s3_bucket k on k.name = aws_s3_object.bucket_name`
pub fn hint(tables: &dyn Tables, table: &Table, missing: &MissingKeys) -> Option<String> {
    if missing.unavailable.is_some() {
        return None;
    }
    let names = tables.table_names();
    let wanted: Vec<&String> = missing.all_of.iter().chain(missing.any_of.first()).collect();
    let (key, (other, column)) =
        wanted.iter().find_map(|key| Some((key, source(tables, &names, table, key)?)))?;
    let name = &table.name;
    let own = if unit_column(table, "account_id").is_none() {
        String::new()
    } else {
        format!(" and k.account_id = {name}.account_id")
    };
    Some(format!("or join what has it: join {other} k on k.{column} = {name}.{key}{own}"))
}

/// A table that can be asked without keys, and its column with such values: best one that is named for them.
fn source(tables: &dyn Tables, names: &[String], table: &Table, key: &str) -> Option<(String, String)> {
    let (stem, last) = key.rsplit_once('_').unwrap_or((key, key));
    let named = |name: &&String| name.ends_with(&format!("_{stem}"));
    let by_name = names.iter().filter(named).filter_map(|name| tables.table(name));
    let by_name = by_name.filter_map(|found| Some((column(&found, &[key, last])?, found)));
    let best = by_name.max_by_key(|(_, found)| (found.service == table.service, Reverse(found.name.len())));
    let any = || {
        let found = names.iter().filter(|name| **name != table.name).filter_map(|name| tables.table(name));
        let found = found.filter_map(|found| Some((column(&found, &[key])?, found)));
        found.max_by_key(|(_, found)| (found.service == table.service, found.tier == 1))
    };
    best.or_else(any).map(|(column, found): (String, Arc<Table>)| (found.name.clone(), column))
}

/// The first of the columns that shows what a service answered, in a table that can be listed.
fn column(table: &Table, names: &[&str]) -> Option<String> {
    let own = |column: &&Column| {
        column.kind == ColumnType::Text && !matches!(column.value, Value::Qual(_) | Value::Unavailable { .. })
    };
    let found = names.iter().find_map(|name| table.column(name).filter(own))?;
    let can_be_listed = planned_calls(table, &[], &Default::default(), &[]).missing.is_none();
    (can_be_listed && !table.list.is_empty()).then(|| found.name.clone())
}
