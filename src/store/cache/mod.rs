//! Rows of whole units, kept between processes: segment files of Arrow batches with an index in SQLite.
//!
//! Losing any of it costs calls, never an answer: what cannot be read is a unit to ask again, what cannot
//! be written is not kept, and either is said once. Several processes work in the folder at once, and any
//! of them may be killed at any point. All of this blocks; callers keep it off their async threads.
//! This room knows neither tables nor how rows are fetched.

mod block;
mod folder;
mod index;
mod key;
mod report;
mod segment;
mod sweep;
mod writer;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;

use crate::model::{AccountId, Region};
use crate::store::notes::Notes;
use folder::Folder;
use index::{Index, IndexError};
use writer::Writer;

pub use index::{Kept, NewUnit};
pub use key::{Digest, KeyParts, ScanKey};
pub use report::{Stats, TableRows};
pub use writer::UnitRows;

/// Open segments to read from; more are opened anew.
const OPEN_SEGMENTS: usize = 64;

/// The units of one scan.
pub type KeptUnits = HashMap<(AccountId, Region), Kept>;

/// The rows kept in one folder. Opened when first asked.
pub struct RowCache {
    path: PathBuf,
    limit: u64,
    state: Mutex<State>,
    /// Apart from the index, which may be busy when the fan-out has rows to hand over.
    folder: Mutex<Option<Folder>>,
    writer: Mutex<Option<Arc<Writer>>>,
    segments: Mutex<HashMap<Arc<str>, Arc<File>>>,
    used: Mutex<BTreeSet<Arc<str>>>,
    hits: AtomicU64,
    misses: AtomicU64,
    notes: Notes,
    /// Another process held the index too long.
    busy: AtomicBool,
}

#[derive(Default)]
enum State {
    #[default]
    Unopened,
    Open(Folder, Index),
    /// Nothing is kept in this run.
    Out,
}

/// Why kept rows could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Evicted since they were found.
    Gone,
    Damaged,
}

impl RowCache {
    /// `limit` in bytes. Touches nothing yet.
    pub fn new(path: &Path, limit: u64) -> RowCache {
        RowCache {
            path: path.to_owned(),
            limit,
            state: Mutex::default(),
            folder: Mutex::default(),
            writer: Mutex::default(),
            segments: Mutex::default(),
            used: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            notes: Notes::default(),
            busy: AtomicBool::new(false),
        }
    }

    /// Makes ready to keep rows; [`RowCache::find`] does so too.
    pub fn open(&self) {
        self.with_index(|_, _| Ok(()));
    }

    /// The units of a scan that hold at least the columns wanted.
    pub fn find(&self, key: &ScanKey, wanted: &[&str]) -> KeptUnits {
        self.with_index(|_, index| index.find(key, wanted)).unwrap_or_default()
    }

    /// The rows of a unit, cut to the columns of `projection`. `schema` is that of the kept columns.
    pub fn read(
        &self,
        unit: (&AccountId, &Region),
        kept: &Kept,
        schema: &SchemaRef,
        projection: &[usize],
    ) -> Result<Vec<RecordBatch>, Unreadable> {
        let Some(segment) = &kept.segment else { return Ok(Vec::new()) };
        let read = self.open_segment(segment).and_then(|file| {
            let mut batches = Vec::new();
            for extent in &kept.extents {
                let bytes = segment::read(&file, extent)?;
                let decoded = block::decode(bytes, schema, projection);
                batches.extend(decoded.map_err(|error| std::io::Error::other(error.to_string()))?);
            }
            let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
            if rows as u64 == kept.rows {
                Ok(batches)
            } else {
                Err(std::io::Error::other("rows are missing"))
            }
        });
        match read {
            Ok(batches) => {
                self.used.lock().insert(Arc::clone(segment));
                Ok(batches)
            }
            Err(error) => Err(self.unreadable(unit, kept, segment, &error)),
        }
    }

    /// Takes the rows of a unit that is asked; `None` where nothing can be kept.
    pub fn unit_rows(&self) -> Option<UnitRows> {
        let folder = self.folder.lock().clone()?;
        let mut writer = self.writer.lock();
        if let Some(running) = &*writer {
            return Some(running.unit());
        }
        match Writer::start(folder, self.limit) {
            Ok(started) => Some(writer.insert(Arc::new(started)).unit()),
            Err(error) => {
                self.notes.add(format!("rows are not kept: {error}"));
                None
            }
        }
    }

    /// Counts units served, and units that had to be asked.
    pub fn count(&self, hits: u64, misses: u64) {
        self.hits.fetch_add(hits, Ordering::Relaxed);
        self.misses.fetch_add(misses, Ordering::Relaxed);
    }

    /// Brings everything to disk. Units that are not over by now are not kept.
    pub fn finish(&self) {
        self.folder.lock().take();
        let writer = self.writer.lock().take();
        let wrote = writer.is_some();
        if let Some(why) = writer.and_then(|writer| writer.finish()) {
            self.notes.add(format!("rows are not kept in {}: {why}", self.path.display()));
        }
        let mut state = self.state.lock();
        let State::Open(folder, index) = &mut *state else { return };
        let count = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        let tallies = [("hits", count(&self.hits)), ("misses", count(&self.misses))];
        let used = std::mem::take(&mut *self.used.lock());
        // None of these is worth a word: the counts are a courtesy, and the next process sweeps as well.
        let _ = index.tally(&tallies, used.iter().map(|name| &**name));
        if wrote {
            let _ = sweep::collect(folder, index);
            let _ = sweep::evict(folder, index, self.limit);
        }
        *state = State::Unopened;
    }

    /// What an operator should hear: why nothing is kept, and what was damaged.
    pub fn notes(&self) -> Vec<String> {
        self.notes.all()
    }

    fn was_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Opens the cache if that was not tried yet, and does one thing with its index.
    fn with_index<T>(&self, work: impl FnOnce(&Folder, &mut Index) -> index::Result<T>) -> Option<T> {
        let mut state = self.state.lock();
        if matches!(*state, State::Unopened) {
            *state = self.opened();
            if let State::Open(folder, _) = &*state {
                *self.folder.lock() = Some(folder.clone());
            }
        }
        let State::Open(folder, index) = &mut *state else { return None };
        match work(folder, index) {
            Ok(done) => Some(done),
            Err(IndexError::Busy) => {
                self.busy.store(true, Ordering::Relaxed);
                self.notes.add("the row cache was busy: what it holds was asked again".to_owned());
                None
            }
            Err(error) => {
                let folder = folder.clone();
                self.folder.lock().take();
                *state = State::Out;
                self.give_up(&folder, error);
                None
            }
        }
    }

    fn opened(&self) -> State {
        let opened = Folder::open(&self.path).map_err(|error| IndexError::Unavailable(error.to_string()));
        let folder = match opened {
            Ok(folder) => folder,
            Err(error) => {
                self.unavailable(&error);
                return State::Out;
            }
        };
        let index = match Index::open(&folder) {
            Err(error @ (IndexError::Damaged(_) | IndexError::OtherVersion)) => {
                self.give_up(&folder, error);
                Index::open(&folder)
            }
            opened => opened,
        };
        match index {
            Ok(index) => State::Open(folder, index),
            Err(error) => {
                self.unavailable(&error);
                State::Out
            }
        }
    }

    fn give_up(&self, folder: &Folder, error: IndexError) {
        match error {
            IndexError::OtherVersion => {}
            IndexError::Damaged(why) => self
                .notes
                .add(format!("the row cache in {} was damaged and was dropped: {why}", self.path.display())),
            other => return self.unavailable(&other),
        }
        if let Err(error) = folder.discard() {
            self.notes.add(format!("cannot drop {}: {error}", self.path.display()));
        }
    }

    fn unavailable(&self, error: &IndexError) {
        let why = match error {
            IndexError::Damaged(why) | IndexError::Unavailable(why) => why.as_str(),
            IndexError::OtherVersion => "it is another version's",
            IndexError::Busy => "another process held it too long",
        };
        self.notes.add(format!("rows are not kept in {}: {why}", self.path.display()));
    }

    fn open_segment(&self, name: &Arc<str>) -> std::io::Result<Arc<File>> {
        if let Some(file) = self.segments.lock().get(name) {
            return Ok(Arc::clone(file));
        }
        let folder = self.folder.lock().clone().ok_or(std::io::ErrorKind::NotFound)?;
        let file = Arc::new(folder.read_segment(name)?);
        let mut open = self.segments.lock();
        if open.len() >= OPEN_SEGMENTS {
            open.clear();
        }
        open.insert(Arc::clone(name), Arc::clone(&file));
        Ok(file)
    }

    fn unreadable(
        &self,
        (account, region): (&AccountId, &Region),
        kept: &Kept,
        segment: &Arc<str>,
        error: &std::io::Error,
    ) -> Unreadable {
        let gone = self.with_index(|_, index| {
            let known = index.segment_id(segment)?.is_some();
            if known {
                index.forget(kept, account, region)?;
            }
            Ok(!known)
        });
        // Whoever evicts takes it from the index first.
        if gone.unwrap_or(true) {
            return Unreadable::Gone;
        }
        let path = self.path.join(&**segment);
        self.notes.add(format!("kept rows in {} were damaged and were asked again: {error}", path.display()));
        Unreadable::Damaged
    }
}

#[cfg(test)]
pub mod tests;
