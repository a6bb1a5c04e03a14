//! What tables exist, and the shapes of the calls behind them. Data, not behaviour.
//!
//! `tables/**/*.yaml` and `models/*.json` are compiled by the build script into one indexed blob;
//! nothing is parsed at start-up, and only what a query names is decoded.
//! This room knows nothing of AWS sessions, HTTP or SQL.

pub mod path;
pub mod shape;
pub mod table;
