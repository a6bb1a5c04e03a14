//! Aggregate functions: those of DataFusion that agree with PostgreSQL, and ours.
//!
//! | file | holds |
//! |---|---|
//! | `total` | what is kept while values are added up |
//! | `numbers` | `sum`, `avg`, `stddev`, `variance` over it |
//! | `gather` | `array_agg`, whose items know their type |
//! | `ordered` | `percentile_cont`, `percentile_disc`, `mode` |
//! | `distinct` | the same over different values only |

mod distinct;
mod gather;
mod numbers;
mod ordered;
mod total;

use std::sync::Arc;

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::AggregateUDF;

/// DataFusion's own that mean the same in PostgreSQL.
const KEPT: &[&str] = &[
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "first_value",
    "grouping",
    "last_value",
    "max",
    "min",
    "nth_value",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "string_agg",
];

pub fn all() -> Vec<Arc<AggregateUDF>> {
    let mut all: Vec<Arc<AggregateUDF>> = SessionStateDefaults::default_aggregate_functions()
        .into_iter()
        .filter(|f| KEPT.contains(&f.name()))
        .map(
            |f| if f.name() == "bool_and" { Arc::new(f.as_ref().clone().with_aliases(["every"])) } else { f },
        )
        .collect();
    all.push(gather::array_agg());
    all.extend(numbers::all());
    all.extend(ordered::all());
    all
}
