//! The catalog's tables as DataFusion sees them: listed by name, made into providers when a query
//! names them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};

use crate::catalog::table::{SourceKind, Table};
use crate::catalog::{Catalog, kept};
use crate::engine::kept::KeptTable;
use crate::engine::scan::{CatalogTable, Run};
use crate::sources::Source;
use crate::sources::field::{PG_TYPE, field, pg_type_name};

/// The schemas every table can be qualified with, besides the name of the context in force.
pub const SCHEMAS: &[&str] = &["aws", "public"];

/// The tables that exist.
pub trait Tables: Send + Sync {
    fn table(&self, name: &str) -> Option<Arc<Table>>;

    fn table_names(&self) -> Vec<String>;
}

impl Tables for Catalog {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        Catalog::table(self, name)
    }

    fn table_names(&self) -> Vec<String> {
        let names = Catalog::table_names(self).into_iter().chain(kept::NAMES);
        names.map(str::to_owned).collect()
    }
}

/// Which source fetches the rows of a kind of table.
#[derive(Clone, Default)]
pub struct SourceSet(Vec<(SourceKind, Arc<dyn Source>)>);

impl SourceSet {
    #[must_use]
    pub fn with(mut self, kind: SourceKind, source: Arc<dyn Source>) -> Self {
        self.0.push((kind, source));
        self
    }

    pub fn get(&self, kind: SourceKind) -> Option<Arc<dyn Source>> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, source)| Arc::clone(source))
    }
}

/// The Arrow schema of a table. Text says its PostgreSQL type, so that it is told from jsonb; of other fields Arrow's
/// type tells.
pub fn schema_of(table: &Table) -> SchemaRef {
    let fields: Vec<Field> = table
        .columns
        .iter()
        .map(|column| {
            let field = field(column);
            match *field.data_type() {
                DataType::Utf8 => {
                    let name = pg_type_name(column.kind).to_owned();
                    field.with_metadata(HashMap::from([(PG_TYPE.to_owned(), name)]))
                }
                _ => field,
            }
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// One catalog, one set of tables under several schema names.
#[derive(Clone)]
pub struct Listing {
    pub tables: Arc<dyn Tables>,
    pub sources: SourceSet,
    pub run: Arc<Run>,
    pub schemas: Vec<String>,
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("schemas", &self.schemas).finish_non_exhaustive()
    }
}

impl CatalogProviderList for Listing {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![crate::engine::session::CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == crate::engine::session::CATALOG).then(|| Arc::new(self.clone()) as Arc<dyn CatalogProvider>)
    }
}

impl CatalogProvider for Listing {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.clone()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.schemas.iter().any(|s| s == name).then(|| Arc::new(self.clone()) as Arc<dyn SchemaProvider>)
    }
}

#[async_trait]
impl SchemaProvider for Listing {
    fn table_names(&self) -> Vec<String> {
        self.tables.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(table) = self.tables.table(name) else { return Ok(None) };
        if table.source == SourceKind::Kept {
            return Ok(Some(Arc::new(KeptTable::new(table, self.run.last_answer()))));
        }
        let Some(source) = self.sources.get(table.source) else {
            return Err(DataFusionError::Plan(format!("nothing here can fetch the rows of {name}")));
        };
        Ok(Some(Arc::new(CatalogTable::new(table, source, Arc::clone(&self.run)))))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.table(name).is_some()
    }
}
