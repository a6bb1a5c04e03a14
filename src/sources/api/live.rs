//! One unit under way: whatever finds its rows, this gives them details and columns and sends them.

use std::sync::{Arc, Weak};

use arrow::array::RecordBatch;
use futures::stream::{self, BoxStream, StreamExt as _};
use parking_lot::Mutex;

use crate::model::{Fault, Meter, Region};
use crate::settings::Settings;
use crate::sources::api::call::{CompiledCall, Given};
use crate::sources::api::details::Details;
use crate::sources::api::rows::{self, AT_ONCE, Page, Walk};
use crate::sources::api::scan::Scan;
use crate::sources::budget::{ByteBudget, UnitBytes};
use crate::sources::project::{FetchedRow, Unknowns};
use crate::sources::reader::{Asker, Reader};
use crate::sources::row::Row;
use crate::sources::unit::{Assignment, Unit};
use crate::sources::{RowSink, ScanRequest, UnitOutcome, UnitTask};

/// How the rows of a table are found with its calls.
pub type Find = for<'a> fn(Walk<'a>, &'a [CompiledCall]) -> BoxStream<'a, Page>;

pub struct Live {
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    budget: Arc<ByteBudget>,
    /// What was made of the requests that are still in use.
    scans: Mutex<Vec<(Weak<ScanRequest>, Arc<Scan>)>>,
}

impl Live {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> Live {
        let budget = ByteBudget::new(settings.fan_out.byte_budget);
        Live { reader, settings, budget, scans: Mutex::default() }
    }

    /// All units of a scan share its request, and so what was made of it.
    fn scan(&self, request: &Arc<ScanRequest>) -> Result<Arc<Scan>, Fault> {
        let mut scans = self.scans.lock();
        if let Some((_, scan)) = scans.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(request)) {
            return Ok(scan.clone());
        }
        scans.retain(|(known, _)| known.strong_count() > 0);
        let scan = Arc::new(Scan::new(request, &*self.reader, &self.budget)?);
        scans.push((Arc::downgrade(request), scan.clone()));
        Ok(scan)
    }

    pub async fn fetch(
        &self,
        source: &'static str,
        find: Find,
        task: &UnitTask,
        sink: &mut dyn RowSink,
    ) -> UnitOutcome {
        let scan = match self.scan(&task.request) {
            Ok(scan) => scan,
            Err(fault) => return UnitOutcome { fault: Some(fault), ..UnitOutcome::default() },
        };
        let asked = if task.region == Region::global() { &self.settings.home_region } else { &task.region };
        let unit = Unit {
            account: &task.account,
            asked,
            shown: &task.region,
            partition: self.settings.partition,
            source,
            as_of: self.settings.now.unwrap_or_else(chrono::Utc::now),
        };
        let asker = Asker::new(
            self.reader.clone(),
            task.account.id.clone(),
            task.request.actions.clone(),
            task.meter.clone(),
            UnitBytes::new(&scan.bytes),
        );
        let mut fetch = Fetch {
            scan: &scan,
            request: &task.request,
            unit: &unit,
            details: Details::new(&asker, &scan.details),
            unknown: Unknowns::default(),
            meter: &task.meter,
            delivered: 0,
        };
        let fault = fetch.run(&asker, find, sink).await;
        UnitOutcome { fault, rows: fetch.delivered as u64, ..UnitOutcome::default() }
    }
}

/// One unit under way.
struct Fetch<'a> {
    scan: &'a Scan,
    request: &'a ScanRequest,
    unit: &'a Unit<'a>,
    details: Details<'a>,
    unknown: Unknowns,
    meter: &'a Meter,
    delivered: usize,
}

impl<'a> Fetch<'a> {
    /// The first fault, if the rows delivered may not be all.
    async fn run(&mut self, asker: &'a Asker, find: Find, sink: &mut dyn RowSink) -> Option<Fault> {
        let (scan, unit, request) = (self.scan, self.unit, self.request);
        let page_size = request.limit.filter(|_| !scan.sieves());
        let rounds: Vec<_> = scan
            .assignments
            .iter()
            .filter(|assignment| !scan.is_elsewhere(unit, assignment))
            .map(|assignment| {
                let given = Given::of_scan(unit, &request.quals, assignment);
                let pages = find(
                    Walk { asker, given, page_size, leads: &scan.leads, ahead: request.limit.is_none() },
                    &scan.calls,
                );
                pages.map(move |page| (assignment, page)).boxed()
            })
            .collect();
        let mut pages = stream::iter(rounds).flatten_unordered(AT_ONCE);
        let mut first = None;
        while !self.is_enough() {
            let Some((assignment, page)) = pages.next().await else { break };
            match page {
                Ok(found) => match self.deliver(assignment, found, sink).await {
                    Ok(true) => {}
                    Ok(false) => return first,
                    Err(fault) => return Some(first.unwrap_or(fault)),
                },
                Err(fault) => {
                    let local = rows::is_local(&fault);
                    first.get_or_insert(fault);
                    if !local {
                        break;
                    }
                }
            }
        }
        first
    }

    fn is_enough(&self) -> bool {
        self.request.limit.is_some_and(|limit| self.delivered >= limit)
    }

    /// `false` once nobody wants more.
    async fn deliver(
        &mut self,
        assignment: &Arc<Assignment>,
        found: Vec<Row>,
        sink: &mut dyn RowSink,
    ) -> Result<bool, Fault> {
        let unit = self.unit;
        let mut rows: Vec<FetchedRow> = found
            .into_iter()
            .map(|row| FetchedRow { row, quals: assignment.clone(), details: Vec::new() })
            .filter(|row| self.scan.keeps(unit, row))
            .collect();
        rows = self.of_wanted_regions(assignment, rows).await;
        if let Some(limit) = self.request.limit {
            rows.truncate(limit - self.delivered);
        }
        let size = self.scan.rows_at_once();
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<FetchedRow> = rows.by_ref().take(size).collect();
            if chunk.is_empty() {
                return Ok(true);
            }
            self.delivered += chunk.len();
            // The last chunk of a response lets go of it: a batch waits in far less memory.
            let known_before = self.unknown.list();
            let batch = self.batch(assignment, chunk).await?;
            self.meter.set_unknown(self.unknown.list());
            if sink.send(batch).await.is_break() {
                // Nobody saw these rows.
                self.meter.set_unknown(known_before);
                return Ok(false);
            }
        }
    }

    /// Drops rows of regions that nobody wants, before all their details are asked for.
    async fn of_wanted_regions(
        &self,
        assignment: &Arc<Assignment>,
        rows: Vec<FetchedRow>,
    ) -> Vec<FetchedRow> {
        let Some(placed) = &self.scan.placed else { return rows };
        let given = Given::of_scan(self.unit, &self.request.quals, assignment);
        let mut kept = Vec::new();
        let mut rows = rows.into_iter();
        loop {
            let mut chunk: Vec<FetchedRow> = rows.by_ref().take(self.scan.rows_at_once()).collect();
            if chunk.is_empty() {
                return kept;
            }
            let asked: Vec<_> = chunk.iter().map(|row| (row.row.clone(), given)).collect();
            for (row, details) in chunk.iter_mut().zip(self.details.some(&asked, &placed.details).await) {
                row.details = details;
            }
            kept.extend(chunk.into_iter().filter(|row| placed.keeps(self.unit, row, &self.request.left_out)));
        }
    }

    async fn batch(
        &mut self,
        assignment: &Arc<Assignment>,
        mut rows: Vec<FetchedRow>,
    ) -> Result<RecordBatch, Fault> {
        let given = Given::of_scan(self.unit, &self.request.quals, assignment);
        let asked: Vec<_> = rows.iter().map(|row| (row.row.clone(), given)).collect();
        let known: Vec<_> = rows.iter_mut().map(|row| std::mem::take(&mut row.details)).collect();
        for (row, details) in rows.iter_mut().zip(self.details.of(&asked, known).await) {
            row.details = details;
        }
        self.scan.projection.batch(self.unit, &rows, &mut self.unknown)
    }
}
