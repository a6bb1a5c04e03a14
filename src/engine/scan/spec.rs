//! What one scan asks, fixed when the statement is planned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;

use crate::catalog::table::{Column, Common, RowRegion, Table, Value};
use crate::engine::scan::run::Run;
use crate::model::{AccountId, Region, Scope};
use crate::org::RegionState;
use crate::settings::SourceChoice;
use crate::sources::{OwnUnit, Qual, Source};

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
    /// The units there are, where the source says so and not the organization. Filled before pricing.
    pub own: OnceLock<Vec<OwnUnit>>,
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
    if table.scope.is_of_all_accounts() {
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

    /// The regions of an account, as far as they are known without asking anybody.
    pub fn known_regions(&self, run: &Run, account: &AccountId) -> Option<Arc<Vec<RegionState>>> {
        let Some(own) = self.own.get() else { return run.accounts.known_regions(account) };
        let regions = own.iter().filter(|unit| unit.account.id == *account).flat_map(|unit| &unit.regions);
        let state = |region: &Region| RegionState { region: region.clone(), enabled: true };
        Some(Arc::new(regions.map(state).collect()))
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
