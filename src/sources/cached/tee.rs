//! Rows on their way to the consumer, handed to the cache as well.

use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use async_trait::async_trait;

use crate::sources::RowSink;
use crate::sources::cached::scan::CachedScan;
use crate::store::cache::UnitRows;

pub struct Tee<'a> {
    into: &'a mut dyn RowSink,
    /// `None` once it is certain that the unit will not be kept.
    rows: Option<UnitRows>,
    keeps: &'a [usize],
    count: u64,
}

impl<'a> Tee<'a> {
    pub fn new(into: &'a mut dyn RowSink, rows: Option<UnitRows>, scan: &'a CachedScan) -> Tee<'a> {
        Tee { into, rows, keeps: &scan.keeps, count: 0 }
    }

    /// The rows and their number, if every one of them came by and was wanted.
    pub fn whole(self) -> Option<(UnitRows, u64)> {
        Some((self.rows?, self.count))
    }

    fn keep(&mut self, batch: &RecordBatch) {
        self.count += batch.num_rows() as u64;
        let Some(rows) = &mut self.rows else { return };
        if self.keeps.is_empty() || batch.num_rows() == 0 {
            return;
        }
        match batch.project(self.keeps) {
            Ok(kept) => rows.push(kept),
            // The engine will say what is wrong with these rows.
            Err(_) => self.rows = None,
        }
    }
}

#[async_trait]
impl RowSink for Tee<'_> {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.keep(&batch);
        let flow = self.into.send(batch).await;
        if flow.is_break() {
            self.rows = None;
        }
        flow
    }
}
