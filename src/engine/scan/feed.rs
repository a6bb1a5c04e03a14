//! Key values that the statement itself supplies: what another side of a join says before a scan begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::Result;
use datafusion::execution::TaskContext;

use crate::model::Json;

/// Most combinations of values that a scan is asked for one by one.
pub const MOST_VALUES: usize = 10_000;

/// Where values come from.
#[async_trait]
pub trait Supply: Send + Sync {
    /// Reads what there is to read, once for all who ask.
    async fn values(&self, context: Arc<TaskContext>) -> Result<Arc<Values>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Each combination once, in the order of the feed's columns. NULL equals nothing, so none has one.
    These(BTreeSet<Vec<Text>>),
    /// More than [`MOST_VALUES`].
    TooMany,
}

/// A value with the JSON text it is told from others by.
#[derive(Clone, Debug)]
pub struct Text {
    pub value: Json,
    text: String,
}

impl From<Json> for Text {
    fn from(value: Json) -> Self {
        Self { text: value.to_json(), value }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

/// What one join says of a scan's columns.
#[derive(Clone)]
pub struct Feed {
    pub columns: Vec<FedColumn>,
    pub supply: Arc<dyn Supply>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FedColumn {
    /// Of the table: a key column, or one that describes the unit.
    pub name: String,
    /// What it is joined with, as `--explain` shows it.
    pub from: String,
}
