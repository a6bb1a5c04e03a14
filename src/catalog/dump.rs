//! The whole catalog as one JSON text, for judges that know AWS's models better than we do.

use serde_json::{Value, json};

use super::Catalog;
use super::shape::{Operation, PartitionEndpoints, Shape};
use crate::model::Partition;

/// Tables, operations with their shapes, and endpoints.
pub fn json(catalog: &Catalog) -> String {
    let tables: Vec<Value> = catalog
        .table_names()
        .into_iter()
        .filter_map(|name| serde_json::to_value(&*catalog.table(name)?).ok())
        .collect();
    let operations: serde_json::Map<String, Value> = catalog
        .operation_ids()
        .into_iter()
        .filter_map(|id| Some((id.to_owned(), operation(&*catalog.operation(id)?))))
        .collect();
    let endpoints: Vec<Value> = Partition::ALL
        .into_iter()
        .filter_map(|partition| catalog.endpoints(partition.as_str()))
        .map(|endpoints| to_value(&endpoints))
        .collect();
    json!({ "tables": tables, "operations": operations, "endpoints": endpoints }).to_string()
}

fn to_value(endpoints: &PartitionEndpoints) -> Value {
    serde_json::to_value(endpoints).unwrap_or_default()
}

fn operation(operation: &Operation) -> Value {
    let mut value = serde_json::to_value(operation).unwrap_or_default();
    // The values of enumerations are half of the text and nobody judges them.
    if let Some(shapes) = value.get_mut("shapes").and_then(Value::as_array_mut) {
        for (shape, out) in operation.shapes.iter().zip(shapes) {
            if let Shape::String { json, .. } = shape {
                *out = json!({ "String": { "json": json } });
            }
        }
    }
    value
}
