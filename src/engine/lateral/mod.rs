//! Functions in FROM that see what stands to their left, and subqueries that are made of nothing else.
//!
//! The syntax tree arrives with every function in FROM as `lateral f(..) as x` (see
//! `dialect/set_returning`). Here each becomes one step over its left side: the function as an array, next
//! to the columns there are, and an unnesting of that array. Names are resolved by the planner and stay
//! qualified, predicates on the left side sink below the step to the scans, and a LIMIT above it stays
//! above it.
//!
//! | file | holds |
//! |---|---|
//! | [`planner`] | a function in FROM, planned as a [`node`] of its own |
//! | [`sets`] | which function makes which arrays |
//! | [`flatten`] | the rewrite of whole plans, before DataFusion's own rules see them |
//! | [`inline`] | a lateral side as steps over its left side |
//! | [`subplan`] | a correlated subquery over no table, as a function of the row it belongs to |
//! | [`predicates`], [`in_values`], [`only_value`] | subqueries over tables where DataFusion has no join for them |
//! | [`per_row`] | correlated aggregates that no join key describes |
//! | [`ranked`] | LIMIT in a correlated subquery over tables |
//! | [`serial`] | its physical plan, without tasks of its own |
//! | [`gathered`], [`series`], [`matches`], [`ordinals`] | arrays: of subqueries, `generate_series`, `regexp_matches`, row numbers |

mod flatten;
mod gathered;
mod in_values;
mod inline;
mod matches;
mod node;
mod only_value;
mod ordinals;
mod per_row;
mod planner;
mod predicates;
mod ranked;
mod serial;
mod series;
mod sets;
mod subplan;

pub use flatten::flatten;
pub use planner::FunctionsInFrom;
pub use sets::functions;
