//! A set in FROM while a statement is being planned. It never runs: [`flatten`] replaces it.
//!
//! [`flatten`]: super::flatten()

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef, Result, TableReference};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::engine::lateral::sets::SetColumn;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetNode {
    /// One array per column; the rows are as many as the longest has elements.
    pub lists: Vec<Expr>,
    /// Not arrays but values: one row.
    pub is_value: bool,
    schema: DFSchemaRef,
}

impl SetNode {
    /// `columns` under their final names, qualified by `relation`.
    pub fn plan(columns: Vec<SetColumn>, is_value: bool, relation: &TableReference) -> Result<LogicalPlan> {
        let fields = columns.iter().map(|c| (Some(relation.clone()), Arc::clone(&c.field))).collect();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, Default::default())?);
        let lists = columns.into_iter().map(|c| c.list).collect();
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(SetNode { lists, is_value, schema }) }))
    }

    #[must_use]
    pub fn with_lists(&self, lists: Vec<Expr>) -> Self {
        Self { lists, ..self.clone() }
    }

    /// The node, if `plan` is one.
    pub fn of(plan: &LogicalPlan) -> Option<&SetNode> {
        match plan {
            LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl PartialOrd for SetNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.lists.partial_cmp(&other.lists)
    }
}

impl UserDefinedLogicalNodeCore for SetNode {
    fn name(&self) -> &str {
        "Set"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.lists.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set")
    }

    fn with_exprs_and_inputs(&self, lists: Vec<Expr>, _: Vec<LogicalPlan>) -> Result<Self> {
        Ok(self.with_lists(lists))
    }
}
