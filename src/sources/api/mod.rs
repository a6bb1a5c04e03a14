//! Live rows through the generic read call, driven by the catalog's tables.
//!
//! A unit goes: calls (compiled once per scan) -> pages -> rows -> a sieve -> detail calls of the
//! asked-for columns -> Arrow batches. What fails on the way becomes the unit's fault, or makes
//! single columns unknown; what arrived before is delivered.

mod batches;
pub mod call;
mod csv_lines;
mod details;
mod filters;
mod leads;
pub mod live;
mod page_sizes;
pub mod pages;
mod portions;
pub mod rows;
mod scan;
mod typed;

use std::sync::Arc;

use async_trait::async_trait;

use crate::settings::Settings;
use crate::sources::reader::Reader;
use crate::sources::{RowSink, Source, UnitOutcome, UnitTask};
use live::Live;

/// The tables of the catalog, asked live.
pub struct ApiSource(Live);

impl ApiSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> ApiSource {
        ApiSource(Live::new(reader, settings))
    }
}

#[async_trait]
impl Source for ApiSource {
    fn name(&self) -> &'static str {
        "api"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        self.0.fetch(self.name(), rows::of_table, task, sink).await
    }
}

#[cfg(test)]
pub mod tests;
