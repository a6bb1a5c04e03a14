//! canvass: every account of an AWS Organization is a table.
//!
//! The map of this house, leftmost first; a room imports only from rooms above it
//! (`tests/architecture.rs` reads the `use` lines and says no):
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`], [`error`] | the words everything else speaks: accounts, regions, scopes, coverage, JSON; no I/O |
//! | [`settings`], [`plan`] | what was configured, and what is about to run; types and files, no network |
//! | [`catalog`] | which tables exist and the shapes of the calls behind them; data compiled into one blob |
//! | [`store`] | what is kept between runs |
//! | [`aws`] | sessions and the generic read call; the allow-list of operations |
//! | [`org`] | accounts, organizational units, tags; a scope resolved to accounts and regions |
//! | [`sources`] | how the rows of one unit (account x region) are fetched |
//! | [`engine`] | SQL: planning, fan-out, pushdown, JSON operators |
//! | [`demo`] | a simulated AWS Organization behind the SDK's HTTP client |
//! | [`app`] | the composition root |
//! | [`term`], [`cli`] | the only place that prints, and the commands |

pub mod app;
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod demo;
pub mod engine;
pub mod error;
pub mod model;
pub mod org;
pub mod plan;
pub mod settings;
pub mod sources;
pub mod store;
pub mod term;
