//! The DataFusion session one statement is planned and run in: PostgreSQL's conventions, our tables,
//! no files.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::config::Dialect;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::object_store::ObjectStore;
use datafusion::prelude::SessionConfig;
use url::Url;

use crate::engine::tables::{Listing, SCHEMAS};
use crate::engine::types::calendar::Read;
use crate::engine::{dialect, functions, json, lateral, operators};
use crate::model::Timestamp;

pub const CATALOG: &str = "canvass";

/// Most partitions a scan is read in; more only costs memory, since waiting is the scheduler's work.
const MAX_PARTITIONS: usize = 8;

pub fn state(listing: Listing, now: Timestamp) -> Result<SessionState> {
    let context = Read { now: now.timestamp_micros() };
    let partitions = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, MAX_PARTITIONS);
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_default_catalog_and_schema(CATALOG, SCHEMAS.first().copied().unwrap_or("public"))
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::PostgreSQL;
    // Without it 0.1 + 0.2 = 0.3 is false.
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.collect_spans = true;
    // A derived table keeps its order: `string_agg` over one relies on it.
    options.sql_parser.enable_subquery_sort_elimination = false;
    options.execution.time_zone = Some("+00:00".to_owned());
    // The two planners do not agree on which CASE can be NULL.
    options.execution.skip_physical_aggregate_schema_check = true;
    // Every row costs calls; statistics of what is not fetched yet do not exist.
    options.execution.collect_statistics = false;

    let runtime = RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(NoFiles)).build_arc()?;
    let mut planners: Vec<Arc<dyn datafusion::logical_expr::planner::ExprPlanner>> =
        vec![Arc::new(json::JsonOperators), Arc::new(operators::Operators::new(context))];
    planners.extend(SessionStateDefaults::default_expr_planners());
    let scalars =
        [json::functions(), lateral::functions(), functions::scalars(context), operators::functions(context)]
            .concat();

    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_catalog_list(Arc::new(listing))
        .with_expr_planners(planners)
        .with_relation_planners(vec![Arc::new(lateral::FunctionsInFrom(context))])
        .with_type_planner(Arc::new(dialect::PostgresTypes))
        .with_scalar_functions(scalars)
        .with_aggregate_functions(functions::aggregates())
        .with_window_functions(functions::windows())
        .build();
    // What `now()` answers, throughout the statement.
    state.execution_props_mut().query_execution_start_time = Some(now);
    Ok(state)
}

/// No address leads to a file or a bucket from inside a statement.
#[derive(Debug)]
struct NoFiles;

impl ObjectStoreRegistry for NoFiles {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        Err(DataFusionError::Plan(format!("{url} cannot be read: canvass reads tables, not files")))
    }
}
