//! What things cost: on the demo's bill, on moto's canned answers, and in exports that others wrote.

mod bill;
mod exports;
mod moto_queue;

use serde_json::Value;

use crate::support::canvass::Run;

/// Rows of a JSON answer.
fn rows(run: &Run) -> Vec<Value> {
    run.json()["rows"].as_array().unwrap_or_else(|| panic!("{}", run.snapshot())).clone()
}

/// A value as its text: amounts are numbers in JSON, and every digit of them counts.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
