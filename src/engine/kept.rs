//! `_coverage`: the ledger of the last answer as a table. Reading it asks nobody.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{FieldRef, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use crate::catalog::table::Table;
use crate::engine::tables::schema_of;
use crate::plan::PlannedScan;
use crate::store::KeptAnswer;

/// Where the rows come from, as a plan names it.
const SOURCE: &str = "kept";

pub struct KeptTable {
    table: Arc<Table>,
    schema: SchemaRef,
    answer: Option<Arc<KeptAnswer>>,
}

impl KeptTable {
    pub fn new(table: Arc<Table>, answer: Option<Arc<KeptAnswer>>) -> Self {
        Self { schema: schema_of(&table), table, answer }
    }
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptTable").field(&self.table.name).finish()
    }
}

#[async_trait]
impl TableProvider for KeptTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        Ok(Arc::new(KeptExec::new(self.table.name.clone(), schema, self.answer.clone())))
    }
}

/// Hands on the kept rows.
pub struct KeptExec {
    table: String,
    schema: SchemaRef,
    answer: Option<Arc<KeptAnswer>>,
    properties: Arc<PlanProperties>,
}

impl KeptExec {
    fn new(table: String, schema: SchemaRef, answer: Option<Arc<KeptAnswer>>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { table, schema, answer, properties: Arc::new(properties) }
    }

    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// As the plan shows it: no account, no call.
    pub fn planned(&self, filters: Vec<String>) -> PlannedScan {
        PlannedScan {
            table: self.table.clone(),
            source: SOURCE.to_owned(),
            route: None,
            columns: self.column_names(),
            calls: Vec::new(),
            unit_predicates: Vec::new(),
            keys: Vec::new(),
            pushed: Vec::new(),
            filters,
            limit: None,
            accounts: 0,
            regions: 0,
            units: 0,
            units_are_estimated: false,
            kept_units: None,
        }
    }

    fn batch(&self) -> Result<RecordBatch> {
        let Some(answer) = &self.answer else { return Ok(RecordBatch::new_empty(Arc::clone(&self.schema))) };
        let arrays = self.schema.fields().iter().map(|field| array(answer, field)).collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(answer.units.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }
}

/// What a unit says of itself, or what the statement says of all of them.
fn array(answer: &KeptAnswer, field: &FieldRef) -> Result<ArrayRef> {
    let (head, rows) = (&answer.head, answer.units.num_rows());
    let text =
        |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows))) };
    let array = match field.name().as_str() {
        "plan_id" => text(&head.plan_id),
        "statement" => text(&head.statement),
        "started_at" => Arc::new(
            TimestampMicrosecondArray::from_value(head.started_at.timestamp_micros(), rows)
                .with_timezone("+00:00"),
        ),
        name => match answer.units.column_by_name(name) {
            Some(array) => Arc::clone(array),
            None => return internal_err!("the kept ledger has no column {name}"),
        },
    };
    if array.data_type() != field.data_type() {
        return internal_err!("the kept ledger's {} is {}", field.name(), array.data_type());
    }
    Ok(array)
}

impl fmt::Debug for KeptExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptExec").field(&self.table).finish()
    }
}

impl DisplayAs for KeptExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptExec: {} [{}]", self.table, self.column_names().join(", "))
    }
}

impl ExecutionPlan for KeptExec {
    fn name(&self) -> &str {
        "KeptExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("kept rows have no children") }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("kept rows have no children") }
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batch = self.batch();
        let batches = futures::stream::once(std::future::ready(batch));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }
}
