//! What a column holds, in AWS's words: where the value stands in which response, and the values that
//! the service's model enumerates.

use crate::catalog::Catalog;
use crate::catalog::fit::{Kind, Place};
use crate::catalog::path::{Path, Step};
use crate::catalog::table::{Column, ColumnType, Origin, SourceKind, Table, Value};

/// More values than this are looked up, not read.
const MOST_VALUES: usize = 12;

/// `State.Name of ec2:DescribeInstances`; nothing where no response holds it.
pub fn place(table: &Table, column: &Column) -> Option<String> {
    let (operation, path) = response(table, &column.value)?;
    let made = |member: &&str| path.split('.').next() == Some(member);
    if table.source == SourceKind::Invocations && table.source.members().iter().any(made) {
        return None;
    }
    Some(match path {
        "@" | "" => format!("what {operation} answers"),
        path => format!("{} of {operation}", path.trim_start_matches('^')),
    })
}

/// The values that the column may have, where the model names them and they are few.
pub fn values(catalog: &Catalog, table: &Table, column: &Column) -> Vec<String> {
    let named = || {
        let (operation, path) = response(table, &column.value)?;
        let operation = catalog.operation(operation)?;
        let path = Path::parse(path).ok()?;
        let start = match &column.value {
            Value::Path { origin: Origin::Row, .. } if !path.absolute => {
                Place::row(&operation, &Path::parse(&table.list.last()?.rows).ok()?).ok()?
            }
            _ => Place::response(&operation)?,
        };
        Some(start.walk(&path).ok()?.values())
    };
    let plain = matches!(column.value, Value::Path { .. }) && column.transforms.is_empty();
    let plain = plain && table.source != SourceKind::Invocations;
    let values = plain.then(named).flatten().unwrap_or_default();
    if values.len() <= MOST_VALUES { values } else { Vec::new() }
}

/// Whether members lead anywhere in the JSON of a column: the reason where they do not; `None` where
/// nobody can tell, because the column is no plain part of a response.
pub fn leads(
    catalog: &Catalog,
    table: &Table,
    column: &Column,
    steps: &[Step],
) -> Option<Result<(), String>> {
    let Value::Path { origin, path } = &column.value else { return None };
    if !column.transforms.is_empty() || column.kind != ColumnType::Json {
        return None;
    }
    let (operation, _) = response(table, &column.value)?;
    let operation = catalog.operation(operation)?;
    let path = Path::parse(path).ok()?;
    let is_chain = |id: &String| table.detail(id).is_some_and(|detail| detail.calls.len() > 1);
    let start = match origin {
        Origin::Row if !path.absolute => {
            Place::row(&operation, &Path::parse(&table.list.last()?.rows).ok()?).ok()?
        }
        Origin::Detail(id) if is_chain(id) => Place::responses(&operation)?,
        _ => Place::response(&operation)?,
    };
    let value = start.walk(&path).ok()?;
    // A document sent as text; and what is around a row is the row's own, not all of it.
    if value.kind() == Kind::Text || path.absolute {
        return None;
    }
    Some(value.inside(steps).map(drop).map_err(|why| why.message))
}

fn response<'t>(table: &'t Table, value: &'t Value) -> Option<(&'t str, &'t str)> {
    let (origin, path) = match value {
        Value::Path { origin, path }
        | Value::TagsMap { origin, path, .. }
        | Value::Computed { origin, path, .. } => (origin, path),
        _ => return None,
    };
    let operation = match origin {
        Origin::Row => &table.list.last()?.operation,
        Origin::Earlier(operation) => operation,
        Origin::Detail(id) => &table.detail(id)?.calls.last()?.operation,
    };
    Some((operation, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(table: &str, column: &str) -> (Option<String>, Vec<String>) {
        let catalog = Catalog::builtin().unwrap();
        let table = catalog.table(table).unwrap();
        let column = table.column(column).unwrap();
        (place(&table, column), values(&catalog, &table, column))
    }

    #[test]
    fn a_column_says_where_it_stands_and_what_it_may_be() {
        let (place, values) = shown("aws_vpc_subnet", "state");
        assert_eq!(place.unwrap(), "State of ec2:DescribeSubnets");
        assert_eq!(values, ["pending", "available", "unavailable", "failed", "failed-insufficient-capacity"]);
        let (place, values) = shown("aws_ecs_cluster", "status");
        assert_eq!(place.unwrap(), "Clusters[0].Status of ecs:DescribeClusters");
        assert!(values.is_empty());
        assert_eq!(shown("aws_vpc_subnet", "account_id"), (None, Vec::new()));
        assert_eq!(
            shown("aws_eks_access_entry", "cluster_name").0.unwrap(),
            "Clusters[] of eks:ListClusters"
        );
    }
}
