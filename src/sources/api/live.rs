//! One unit under way: whatever finds its rows, this gives them details and columns and sends them.

use std::sync::{Arc, Weak};

use futures::stream::{self, BoxStream, StreamExt as _};
use parking_lot::Mutex;

use crate::model::{Fault, Meter, Region};
use crate::settings::Settings;
use crate::sources::api::call::{CompiledCall, Given};
use crate::sources::api::details::Details;
use crate::sources::api::portions::Portions;
use crate::sources::api::rows::{self, AT_ONCE, Firsts, Page, Walk};
use crate::sources::api::scan::Scan;
use crate::sources::budget::{ByteBudget, UnitBytes};
use crate::sources::project::{FetchedRow, Unknowns};
use crate::sources::reader::{Asker, Reader};
use crate::sources::unit::Unit;
use crate::sources::{RowSink, ScanRequest, UnitOutcome, UnitTask};

/// How the rows of a table are found with its calls.
pub type Find = dyn for<'a> Fn(Walk<'a>, &'a [CompiledCall]) -> BoxStream<'a, Page> + Send + Sync;

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
        find: &Find,
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
        let details = Details::new(&asker, &scan.details);
        let mut fetch = Fetch {
            scan: &scan,
            request: &task.request,
            unit: &unit,
            details: &details,
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
    details: &'a Details<'a>,
    unknown: Unknowns,
    meter: &'a Meter,
    delivered: usize,
}

impl<'a> Fetch<'a> {
    /// The first fault, if the rows delivered may not be all.
    async fn run(&mut self, asker: &'a Asker, find: &Find, sink: &mut dyn RowSink) -> Option<Fault> {
        let (scan, unit, request, details) = (self.scan, self.unit, self.request, self.details);
        let page_size = request.limit.filter(|_| !scan.sieves());
        let ahead = request.limit.is_none() && !request.first_rows;
        let firsts = Firsts::default();
        // A single round has nobody to share with, and reads page by page.
        let shared = Some(&firsts).filter(|_| scan.assignments.len() > 1);
        let rounds: Vec<_> = scan
            .assignments
            .iter()
            .filter(|assignment| !scan.is_elsewhere(unit, assignment))
            .map(|assignment| {
                let given = Given::of_scan(unit, &request.quals, assignment);
                let pages = find(
                    Walk {
                        asker,
                        given,
                        request,
                        page_size,
                        leads: &scan.leads,
                        firsts: shared,
                        ahead,
                        tells_absence: false,
                    },
                    &scan.calls,
                );
                pages.map(move |page| (assignment, page)).boxed()
            })
            .collect();
        let pages = stream::iter(rounds).flatten_unordered(AT_ONCE).boxed();
        let portions = Portions::new(scan, unit, request, pages).stream();
        let detailed = portions.map(|portion| async move {
            match portion {
                Ok(rows) => Ok(details.complete(scan, unit, request, rows).await),
                Err(fault) => Err(fault),
            }
        });
        let mut detailed = detailed.buffered(scan.portions_at_once(request)).boxed();
        let mut first = None;
        while !self.is_enough() {
            let Some(portion) = detailed.next().await else { break };
            match portion {
                Ok(rows) => match self.deliver(rows, sink).await {
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
    async fn deliver(&mut self, mut rows: Vec<FetchedRow>, sink: &mut dyn RowSink) -> Result<bool, Fault> {
        if let Some(limit) = self.request.limit {
            rows.truncate(limit - self.delivered);
        }
        if rows.is_empty() {
            return Ok(true);
        }
        self.delivered += rows.len();
        let known_before = self.unknown.list();
        let batch = self.scan.projection.batch(self.unit, &rows, &mut self.unknown)?;
        // The last rows of a response let go of it: a batch waits in far less memory.
        drop(rows);
        self.meter.set_unknown(self.unknown.list());
        if sink.send(batch).await.is_break() {
            // Nobody saw these rows.
            self.meter.set_unknown(known_before);
            return Ok(false);
        }
        Ok(true)
    }
}
