//! What one scan asks, fixed when the statement is planned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;

use crate::catalog::table::{Column, Common, RowRegion, Table, TableScope, Value};
use crate::model::Scope;
use crate::settings::SourceChoice;
use crate::sources::{Qual, Source};

/// A predicate over the columns that describe a unit.
#[derive(Clone, Debug)]
pub struct UnitPredicate {
    pub expr: Arc<dyn PhysicalExpr>,
    /// As `--explain` shows it.
    pub text: String,
}

pub struct ScanSpec {
    pub table: Arc<Table>,
    pub source: Arc<dyn Source>,
    /// Indices into `table.columns`, in the order of the batches handed on.
    pub columns: Vec<usize>,
    /// The fields of `columns`.
    pub schema: SchemaRef,
    /// Decided before any account is asked.
    pub account_predicates: Vec<UnitPredicate>,
    /// Decided once the regions of an account are known.
    pub region_predicates: Vec<UnitPredicate>,
    /// Decided row by row, where a unit's rows belong to several regions: what they leave out needs no
    /// details.
    pub row_region_predicates: Vec<UnitPredicate>,
    /// Key-column predicates that travel to the service, and as `--explain` shows them.
    pub quals: BTreeMap<String, Vec<Qual>>,
    pub qual_texts: Vec<String>,
    /// Predicates on columns that AWS Config records, those of `quals` among them.
    pub recorded_quals: BTreeMap<String, Vec<Qual>>,
    /// The source that a predicate on `_source` asks for.
    pub choice: SourceChoice,
    /// Rows that are enough, where nothing above filters them further.
    pub limit: Option<usize>,
}

impl fmt::Debug for ScanSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScanSpec")
            .field("table", &self.table.name)
            .field("columns", &self.columns)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// What a column says of the unit its row came from; `None` for everything else.
///
/// Tables of the whole organization have rows about accounts other than the one that is asked, so
/// nothing there describes the unit.
pub fn unit_column(table: &Table, name: &str) -> Option<Common> {
    if table.scope == TableScope::Organization {
        return None;
    }
    let column = table.column(name)?;
    match column.value {
        Value::Common(common) if column.transforms.is_empty() => match common {
            Common::AccountId
            | Common::AccountName
            | Common::OuPath
            | Common::AccountTags
            | Common::Partition => Some(common),
            Common::Region if table.row_region == RowRegion::Unit => Some(common),
            _ => None,
        },
        _ => None,
    }
}

impl ScanSpec {
    /// Index of the table's region column where `--region` must filter rows, because a unit's rows
    /// belong to several regions.
    pub fn row_region_filter(&self, scope: &Scope) -> Option<usize> {
        let filters = self.table.row_region == RowRegion::Row && !scope.regions.is_empty();
        self.table.column_index("region").filter(|_| filters)
    }

    /// The columns a source is asked for: those of the plan, and last the rows' region where that is
    /// needed besides.
    pub fn requested_columns(&self, scope: &Scope) -> Vec<usize> {
        let mut columns = self.columns.clone();
        columns.extend(self.row_region_filter(scope).filter(|c| !self.columns.contains(c)));
        columns
    }

    /// Whether a row or a predicate shows what the account is tagged with.
    pub fn needs_account_tags(&self) -> bool {
        let is_tags = |column: &Column| column.value == Value::Common(Common::AccountTags);
        let predicates = self.account_predicates.iter().chain(&self.region_predicates);
        self.columns.iter().filter_map(|i| self.table.columns.get(*i)).any(is_tags)
            || predicates
                .flat_map(|predicate| collect_columns(&predicate.expr))
                .filter_map(|column| self.table.column(column.name()))
                .any(is_tags)
    }

    pub fn column_names(&self) -> Vec<String> {
        self.columns.iter().filter_map(|i| self.table.columns.get(*i)).map(|c| c.name.clone()).collect()
    }
}
