//! A catalog table as a DataFusion provider. Planning a scan makes no call.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::catalog::table::Table;
use crate::engine::scan::ScanExec;
use crate::engine::scan::pushdown::{Reach, reach};
use crate::engine::scan::run::Run;
use crate::engine::scan::selection::{region_schema, unit_schema};
use crate::engine::scan::spec::{ScanSpec, UnitPredicate};
use crate::engine::tables::schema_of;
use crate::engine::text;
use crate::settings::SourceChoice;
use crate::sources::Source;

pub struct CatalogTable {
    table: Arc<Table>,
    schema: SchemaRef,
    source: Arc<dyn Source>,
    run: Arc<Run>,
}

impl CatalogTable {
    pub fn new(table: Arc<Table>, source: Arc<dyn Source>, run: Arc<Run>) -> Self {
        Self { schema: schema_of(&table), table, source, run }
    }
}

impl fmt::Debug for CatalogTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CatalogTable").field(&self.table.name).finish()
    }
}

#[async_trait]
impl TableProvider for CatalogTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match reach(&self.table, filter) {
                Reach::Accounts | Reach::Regions => TableProviderFilterPushDown::Exact,
                Reach::Service(qual) if self.source.applies(&qual.column, &qual.qual) => {
                    TableProviderFilterPushDown::Exact
                }
                Reach::Service(_) | Reach::Recorded(_) | Reach::Source(_) | Reach::RowRegions => {
                    TableProviderFilterPushDown::Inexact
                }
                Reach::Rows => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let units = DFSchema::try_from(unit_schema(&self.table))?;
        let mut spec = ScanSpec {
            table: Arc::clone(&self.table),
            source: Arc::clone(&self.source),
            columns,
            schema,
            account_predicates: Vec::new(),
            region_predicates: Vec::new(),
            row_region_predicates: Vec::new(),
            quals: Default::default(),
            qual_texts: Vec::new(),
            recorded_quals: Default::default(),
            choice: SourceChoice::Auto,
            limit,
            own: Default::default(),
        };
        let regions = DFSchema::try_from(region_schema(&self.table))?;
        let rows = DFSchema::try_from(self.schema.as_ref().clone())?;
        for filter in filters {
            let reach = reach(&self.table, filter);
            let over = match reach {
                Reach::Rows => continue,
                Reach::Source(choice) => {
                    spec.choice = choice;
                    continue;
                }
                Reach::Recorded(qual) => {
                    spec.recorded_quals.entry(qual.column).or_default().push(qual.qual);
                    continue;
                }
                Reach::Service(_) => &rows,
                Reach::RowRegions => &regions,
                Reach::Accounts | Reach::Regions => &units,
            };
            let expr = session.create_physical_expr(filter.clone(), over)?;
            let text = text::sql(expr.as_ref());
            match reach {
                Reach::Accounts => spec.account_predicates.push(UnitPredicate { expr, text }),
                Reach::Regions => spec.region_predicates.push(UnitPredicate { expr, text }),
                Reach::Service(qual) => {
                    spec.recorded_quals.entry(qual.column.clone()).or_default().push(qual.qual.clone());
                    spec.quals.entry(qual.column).or_default().push(qual.qual);
                    spec.qual_texts.push(text);
                }
                Reach::RowRegions => spec.row_region_predicates.push(UnitPredicate { expr, text }),
                Reach::Rows | Reach::Recorded(_) | Reach::Source(_) => {}
            }
        }
        let partitions = session.config().target_partitions();
        Ok(Arc::new(ScanExec::new(Arc::new(spec), Arc::clone(&self.run), partitions)))
    }
}
