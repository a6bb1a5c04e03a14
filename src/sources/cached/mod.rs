//! A source whose whole units are kept: rows of an earlier run where they are young enough, else the rows
//! of the source itself, which are kept in turn.
//!
//! What decides a unit's rows is in the key of its scan; what is not whole is never kept. Keeping costs
//! the unit no time: rows are handed to a thread, and those it cannot take are not kept.

mod scan;
mod tee;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::catalog::table::Table;
use crate::error::Result;
use crate::model::{NotAsked, Timestamp, UnitKey};
use crate::settings::Settings;
use crate::sources::reader::Reader;
use crate::sources::{CallsByHand, OwnUnit, Qual, RowSink, ScanRequest, Source, UnitOutcome, UnitTask};
use crate::store::cache::{Kept, RowCache};
use scan::{CachedScan, Served};
use tee::Tee;

/// Which kept rows may stand for an answer.
#[derive(Clone, Debug, Default)]
pub enum Reuse {
    /// Those that are younger than rows of their table may be.
    #[default]
    WithinLifetime,
    /// None, and what is asked is kept anew.
    Never,
    /// Any, whatever their age; what is not kept is not asked.
    Only,
    /// Those of the last answer, whatever their age, but for what failed in it.
    Retry(Arc<LastUnits>),
}

/// What the last answer had of its units.
#[derive(Clone, Debug, Default)]
pub struct LastUnits {
    /// Of the rows that were part of it, the oldest were fetched then, by the real clock.
    pub since: Timestamp,
    /// The units that did not answer, or not with all.
    pub unanswered: HashSet<UnitKey>,
}

/// Whose credentials fetch the rows: rows kept for one are never served to another.
#[async_trait]
pub trait Whose: Send + Sync {
    /// One text per identity; an error where nobody can tell.
    async fn identity(&self) -> Result<String, String>;
}

/// What all cached sources of a run share.
pub struct KeptRows {
    cache: Arc<RowCache>,
    reuse: Reuse,
    whose: Arc<dyn Whose>,
    /// Partition, endpoints, context, and which simulated organization.
    place: String,
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    identity: OnceCell<Result<String, String>>,
    oldest: Mutex<Option<Timestamp>>,
}

impl KeptRows {
    pub fn new(
        cache: Arc<RowCache>,
        reuse: Reuse,
        whose: Arc<dyn Whose>,
        place: String,
        reader: Arc<dyn Reader>,
        settings: Arc<Settings>,
    ) -> KeptRows {
        KeptRows {
            cache,
            reuse,
            whose,
            place,
            reader,
            settings,
            identity: OnceCell::new(),
            oldest: Mutex::default(),
        }
    }

    /// When the oldest rows served so far were fetched, by the real clock.
    pub fn oldest_served(&self) -> Option<Timestamp> {
        *self.oldest.lock()
    }

    /// Brings what was fetched to disk; what an operator should hear of it.
    pub async fn finish(&self) -> Vec<String> {
        let cache = Arc::clone(&self.cache);
        let finished = tokio::task::spawn_blocking(move || cache.finish()).await;
        let mut notes = self.cache.notes();
        if finished.is_err() {
            notes.push("a defect ended the keeping of rows: please report it".to_owned());
        }
        if let Some(Err(why)) = self.identity.get() {
            notes.push(format!("no rows are kept: nobody can tell whose they are: {why}"));
        }
        notes
    }

    async fn identity(&self) -> Option<&str> {
        self.identity.get_or_init(|| self.whose.identity()).await.as_deref().ok()
    }

    fn may_serve(&self, key: &UnitKey, kept: &Kept, scan: &CachedScan) -> bool {
        let age = chrono::Utc::now() - kept.fetched;
        // Rows from the future were fetched under another clock; their age is unknown.
        let lifetime = self.settings.cache.max_age.unwrap_or(scan.key.lifetime);
        let is_young = age.to_std().is_ok_and(|age| age <= lifetime);
        match &self.reuse {
            Reuse::WithinLifetime => is_young,
            Reuse::Never => false,
            Reuse::Only => true,
            Reuse::Retry(last) => {
                let of_last = age >= chrono::TimeDelta::zero() && kept.fetched >= last.since;
                !last.unanswered.contains(key) && (is_young || of_last)
            }
        }
    }
}

/// Filled by the first unit of the scan; `None` where nothing of it can be kept or served.
type ScanCell = Arc<OnceCell<Option<Arc<CachedScan>>>>;

/// A source with its rows kept.
pub struct CachedSource {
    inner: Arc<dyn Source>,
    rows: Arc<KeptRows>,
    /// What is known of the requests that are still in use.
    scans: Mutex<Vec<(Weak<ScanRequest>, ScanCell)>>,
}

impl CachedSource {
    pub fn new(inner: Arc<dyn Source>, rows: Arc<KeptRows>) -> CachedSource {
        CachedSource { inner, rows, scans: Mutex::default() }
    }

    /// `None` where nothing of the scan can be kept or served.
    async fn scan(&self, request: &Arc<ScanRequest>) -> Option<Arc<CachedScan>> {
        let cell = {
            let mut scans = self.scans.lock();
            match scans.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(request)) {
                Some((_, cell)) => Arc::clone(cell),
                None => {
                    scans.retain(|(known, _)| known.strong_count() > 0);
                    let cell = ScanCell::default();
                    scans.push((Arc::downgrade(request), Arc::clone(&cell)));
                    cell
                }
            }
        };
        cell.get_or_init(|| self.open(request)).await.clone()
    }

    async fn open(&self, request: &ScanRequest) -> Option<Arc<CachedScan>> {
        let rows = &self.rows;
        // Before anybody is asked whose the rows are.
        let variant = self.inner.variant(request)?;
        let identity = rows.identity().await?;
        let mut scan = CachedScan::new(
            request,
            &format!("{}{variant}", self.inner.name()),
            identity,
            &rows.place,
            &*rows.reader,
        )?;
        let (cache, never) = (Arc::clone(&rows.cache), matches!(rows.reuse, Reuse::Never));
        let found = tokio::task::spawn_blocking(move || {
            if never {
                cache.open();
            } else {
                scan.units = cache.find(&scan.key, &scan.wanted_names());
            }
            scan
        });
        found.await.ok().map(Arc::new)
    }

    /// What is kept of a unit, if it may be served.
    fn servable<'a>(&self, scan: &'a CachedScan, task: &UnitTask) -> Option<(&'a Kept, UnitKey)> {
        let kept = scan.units.get(&(task.account.id.clone(), task.region.clone()))?;
        let key = UnitKey {
            account_id: task.account.id.clone(),
            region: task.region.clone(),
            table: task.request.table.name.as_str().into(),
        };
        let servable = self.rows.may_serve(&key, kept, scan) && scan.still_holds(kept, &task.account);
        servable.then_some((kept, key))
    }

    async fn kept(&self, scan: &Arc<CachedScan>, task: &UnitTask) -> Option<Served> {
        let (kept, key) = self.servable(scan, task)?;
        let (scan, cache, kept) = (Arc::clone(scan), Arc::clone(&self.rows.cache), kept.clone());
        if !scan.needs_bytes(&kept) {
            return scan.read(&cache, &key, kept).ok();
        }
        // A defect in the reading of one unit is a unit to ask.
        tokio::task::spawn_blocking(move || scan.read(&cache, &key, kept)).await.ok()?.ok()
    }

    async fn serve(&self, served: Served, sink: &mut dyn RowSink) -> UnitOutcome {
        {
            let mut oldest = self.rows.oldest.lock();
            *oldest = oldest.into_iter().chain([served.fetched]).min();
        }
        let mut rows = 0;
        for batch in served.batches {
            let length = batch.num_rows() as u64;
            if sink.send(batch).await.is_break() {
                break;
            }
            rows += length;
        }
        UnitOutcome { rows, as_of: Some(served.as_of), ..UnitOutcome::default() }
    }

    async fn fetch_and_keep(
        &self,
        scan: &CachedScan,
        task: &UnitTask,
        sink: &mut dyn RowSink,
    ) -> UnitOutcome {
        let fetched = chrono::Utc::now();
        let as_of = self.rows.settings.now.unwrap_or(fetched);
        // Rows past a LIMIT are missing, and nothing says so.
        let rows = if task.request.limit.is_none() { self.rows.cache.unit_rows() } else { None };
        let mut tee = Tee::new(sink, rows, scan);
        let outcome = self.inner.fetch(task, &mut tee).await;
        let is_whole =
            outcome.fault.is_none() && task.meter.unknown().is_empty() && outcome.not_asked.is_none();
        if is_whole && let Some((rows, count)) = tee.whole() {
            rows.keep(scan.entry(task, fetched, as_of, count));
        }
        outcome
    }
}

#[async_trait]
impl Source for CachedSource {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn own_units(&self, quals: &BTreeMap<String, Vec<Qual>>) -> Result<Option<Vec<OwnUnit>>> {
        self.inner.own_units(quals).await
    }

    fn calls_by_hand(&self, quals: &BTreeMap<String, Vec<Qual>>) -> Option<CallsByHand> {
        self.inner.calls_by_hand(quals)
    }

    fn check(&self, table: &Table, columns: &[usize], quals: &BTreeMap<String, Vec<Qual>>) -> Result<()> {
        self.inner.check(table, columns, quals)
    }

    fn applies(&self, column: &str, qual: &Qual) -> bool {
        self.inner.applies(column, qual)
    }

    async fn keeps(&self, task: &UnitTask) -> bool {
        let scan = self.scan(&task.request).await;
        scan.is_some_and(|scan| self.servable(&scan, task).is_some())
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let scan = self.scan(&task.request).await;
        if let Some(scan) = &scan
            && let Some(served) = self.kept(scan, task).await
        {
            self.rows.cache.count(1, 0);
            return self.serve(served, sink).await;
        }
        if matches!(self.rows.reuse, Reuse::Only) {
            return UnitOutcome { not_asked: Some(NotAsked::NotCached), ..UnitOutcome::default() };
        }
        self.rows.cache.count(0, 1);
        match &scan {
            Some(scan) => self.fetch_and_keep(scan, task, sink).await,
            None => self.inner.fetch(task, sink).await,
        }
    }

    async fn finish(&self) {
        self.inner.finish().await;
    }
}

#[cfg(test)]
mod tests;
