//! One thread that brings rows to disk while the fan-out goes on.
//!
//! Nobody waits for it: what does not fit in its memory is not kept. Rows of a unit that is not over yet
//! may go to the segment early; they count only once the index names them.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use parking_lot::Mutex;

use super::block;
use super::folder::{Folder, new_segment_name};
use super::index::{Index, IndexError, NewUnit};
use super::segment::{Appender, Extent};
use super::sweep;

/// Rows waiting to be written, of all units together.
const MEMORY: usize = 24 << 20;

/// A unit with more goes to the segment while it still runs.
const UNIT_MEMORY: usize = 256 << 10;

/// Units made visible in one transaction.
const TOGETHER: usize = 512;

/// How long a unit waits for others before it is made visible: what a kill may cost.
const DELAY: Duration = Duration::from_millis(100);

/// A segment that is longer gets no more.
const SEGMENT: u64 = 64 << 20;

enum Job {
    /// Rows of a unit that is not over yet.
    Part {
        unit: u64,
        batches: Vec<RecordBatch>,
        memory: usize,
    },
    Keep {
        unit: u64,
        batches: Vec<RecordBatch>,
        memory: usize,
        entry: Box<NewUnit>,
    },
    Abandon {
        unit: u64,
    },
}

/// The fan-out's side of the thread.
pub struct Writer {
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    held: Arc<AtomicUsize>,
    units: AtomicU64,
    failure: Arc<Mutex<Option<String>>>,
}

impl Writer {
    pub fn start(folder: Folder, limit: u64) -> io::Result<Writer> {
        let (jobs, queue) = channel();
        let (held, failure) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)));
        let mut work = Work {
            index: None,
            folder,
            limit,
            current: None,
            closing: HashMap::new(),
            partial: HashMap::new(),
            waiting: Vec::new(),
            waits_since: None,
            written: 0,
            buffer: Vec::new(),
        };
        let thread = {
            let (held, failure) = (Arc::clone(&held), Arc::clone(&failure));
            std::thread::Builder::new()
                .name("row-cache".to_owned())
                .spawn(move || *failure.lock() = work.run(&queue, &held).err())?
        };
        Ok(Writer {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            held,
            units: AtomicU64::new(0),
            failure,
        })
    }

    pub fn unit(self: &Arc<Self>) -> UnitRows {
        UnitRows {
            writer: Arc::clone(self),
            unit: self.units.fetch_add(1, Ordering::Relaxed),
            pending: Vec::new(),
            memory: 0,
            spilled: false,
            lost: false,
        }
    }

    /// Brings everything to disk and ends the thread; why rows were not kept, if so.
    pub fn finish(&self) -> Option<String> {
        self.jobs.lock().take();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            return Some("a defect ended the writing: please report it".to_owned());
        }
        self.failure.lock().take()
    }

    fn send(&self, job: Job) -> bool {
        self.jobs.lock().as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
    }

    fn take(&self, memory: usize) -> bool {
        let taken = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(memory).filter(|held| *held <= MEMORY)
        });
        taken.is_ok()
    }

    fn give_back(&self, memory: usize) {
        self.held.fetch_sub(memory, Ordering::Relaxed);
    }
}

/// The rows of one unit on their way. Dropped without [`UnitRows::keep`], nothing is kept.
pub struct UnitRows {
    writer: Arc<Writer>,
    unit: u64,
    pending: Vec<RecordBatch>,
    memory: usize,
    spilled: bool,
    lost: bool,
}

impl UnitRows {
    pub fn push(&mut self, batch: RecordBatch) {
        let memory = batch.get_array_memory_size();
        if self.lost || !self.writer.take(memory) {
            return self.lose();
        }
        self.memory += memory;
        self.pending.push(batch);
        if self.memory > UNIT_MEMORY {
            let (batches, memory) = self.hand_over();
            self.spilled = true;
            self.lost = !self.writer.send(Job::Part { unit: self.unit, batches, memory });
        }
    }

    pub fn keep(mut self, entry: NewUnit) {
        if self.lost {
            return;
        }
        let (batches, memory) = self.hand_over();
        let entry = Box::new(entry);
        if self.writer.send(Job::Keep { unit: self.unit, batches, memory, entry }) {
            self.spilled = false;
        }
    }

    fn hand_over(&mut self) -> (Vec<RecordBatch>, usize) {
        (std::mem::take(&mut self.pending), std::mem::take(&mut self.memory))
    }

    fn lose(&mut self) {
        self.lost = true;
        let (_, memory) = self.hand_over();
        self.writer.give_back(memory);
        if std::mem::take(&mut self.spilled) {
            self.writer.send(Job::Abandon { unit: self.unit });
        }
    }
}

impl Drop for UnitRows {
    fn drop(&mut self) {
        self.lose();
    }
}

/// Where a unit's early rows lie.
struct Partial {
    segment: i64,
    name: Arc<str>,
    extents: Vec<Extent>,
}

struct Work {
    folder: Folder,
    limit: u64,
    index: Option<Index>,
    current: Option<Appender>,
    /// Full, but with units that are not over yet.
    closing: HashMap<i64, Appender>,
    partial: HashMap<u64, Partial>,
    /// On disk, not visible yet.
    waiting: Vec<NewUnit>,
    /// When the first of those came.
    waits_since: Option<Instant>,
    /// Bytes since the size of the whole cache was last looked at.
    written: u64,
    buffer: Vec<u8>,
}

impl Work {
    /// Ends when everybody has hung up, or with why nothing more can be kept.
    fn run(&mut self, queue: &Receiver<Job>, held: &AtomicUsize) -> Result<(), String> {
        loop {
            let job = match self.waits_since {
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => queue.recv_timeout(DELAY.saturating_sub(since.elapsed())),
            };
            match job {
                Ok(job) => self.apply(job, held)?,
                Err(RecvTimeoutError::Timeout) => self.commit()?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let is_due = self.waits_since.is_some_and(|since| since.elapsed() >= DELAY);
            if is_due || self.waiting.len() >= TOGETHER {
                self.commit()?;
            }
        }
        self.commit()
    }

    fn apply(&mut self, job: Job, held: &AtomicUsize) -> Result<(), String> {
        match job {
            Job::Part { unit, batches, memory } => {
                let appended = self.append(unit, &batches);
                drop(batches);
                held.fetch_sub(memory, Ordering::Relaxed);
                appended
            }
            Job::Keep { unit, batches, memory, mut entry } => {
                let appended = if batches.is_empty() { Ok(()) } else { self.append(unit, &batches) };
                drop(batches);
                held.fetch_sub(memory, Ordering::Relaxed);
                appended?;
                if let Some(partial) = self.partial.remove(&unit) {
                    entry.segment = Some((partial.segment, partial.name));
                    entry.extents = partial.extents;
                }
                self.waiting.push(*entry);
                self.waits_since.get_or_insert_with(Instant::now);
                Ok(())
            }
            Job::Abandon { unit } => {
                self.partial.remove(&unit);
                Ok(())
            }
        }
    }

    /// A unit's bytes all lie in one segment, so that they are evicted together.
    fn append(&mut self, unit: u64, batches: &[RecordBatch]) -> Result<(), String> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        block::encode(batches, &mut buffer).map_err(|error| error.to_string())?;
        let begun = self.partial.get(&unit).map(|partial| partial.segment);
        let appender = self.appender(begun)?;
        let extent = appender.append(&buffer).map_err(|error| error.to_string())?;
        let (segment, name) = (appender.id, Arc::from(appender.name.as_str()));
        self.written += extent.length;
        let partial =
            self.partial.entry(unit).or_insert_with(|| Partial { segment, name, extents: Vec::new() });
        partial.extents.push(extent);
        self.buffer = buffer;
        Ok(())
    }

    /// The segment a unit was begun in, else the current one.
    fn appender(&mut self, begun: Option<i64>) -> Result<&mut Appender, String> {
        let is_current = begun.is_none() || begun == self.current.as_ref().map(|current| current.id);
        if !is_current {
            let closing = begun.and_then(|id| self.closing.get_mut(&id));
            return closing.ok_or_else(|| "a segment was closed too early".to_owned());
        }
        let most = SEGMENT.min(self.limit / 8);
        if begun.is_none()
            && let Some(full) = self.current.take_if(|current| current.length() >= most)
        {
            self.closing.insert(full.id, full);
        }
        match &mut self.current {
            Some(current) => Ok(current),
            none => {
                let folder = &self.folder;
                let index = opened(&mut self.index, folder)?;
                Ok(none.insert(next_segment(folder, index, most)?))
            }
        }
    }

    /// Makes what lies on disk visible, then looks after the size of the whole.
    fn commit(&mut self) -> Result<(), String> {
        if !self.waiting.is_empty() {
            let index = opened(&mut self.index, &self.folder)?;
            index.insert(&self.waiting).map_err(words)?;
            self.waiting.clear();
            self.waits_since = None;
        }
        let partial = &self.partial;
        self.closing.retain(|id, _| partial.values().any(|p| p.segment == *id));
        if self.written > self.limit / 16 {
            self.written = 0;
            let index = opened(&mut self.index, &self.folder)?;
            let left = sweep::evict(&self.folder, index, self.limit).map_err(words)?;
            if left > self.limit {
                return Err("the rows of this run alone are more than cache_size".to_owned());
            }
        }
        Ok(())
    }
}

fn opened<'a>(index: &'a mut Option<Index>, folder: &Folder) -> Result<&'a mut Index, String> {
    match index {
        Some(index) => Ok(index),
        none => Ok(none.insert(Index::open(folder).map_err(words)?)),
    }
}

/// A segment that no process appends to and that is not full, else a new one.
fn next_segment(folder: &Folder, index: &Index, most: u64) -> Result<Appender, String> {
    /// The last ones are the least full.
    const LOOKED_AT: usize = 16;
    for (id, name) in index.segments().map_err(words)?.into_iter().take(LOOKED_AT) {
        // One that is gone, or another user's, is none that we can use.
        let Ok(file) = folder.append_segment(&name) else { continue };
        if let Ok(Some(appender)) = Appender::new(id, name, file)
            && appender.length() < most
            // Whoever evicted it held the lock until now.
            && index.segment_id(&appender.name).map_err(words)? == Some(id)
        {
            return Ok(appender);
        }
    }
    // Locked before the index names it: who finds it in neither takes it for an orphan.
    let name = new_segment_name();
    let file = folder.create_segment(&name).map_err(|error| error.to_string())?;
    let appender = Appender::new(0, name, file).map_err(|error| error.to_string())?;
    let mut appender = appender.ok_or_else(|| "a new segment is in use".to_owned())?;
    appender.id = index.add_segment(&appender.name).map_err(words)?;
    Ok(appender)
}

fn words(error: IndexError) -> String {
    match error {
        IndexError::Damaged(why) => format!("the index is damaged: {why}"),
        IndexError::OtherVersion => "the index is another version's".to_owned(),
        IndexError::Busy => "another process held the index too long".to_owned(),
        IndexError::Unavailable(why) => why,
    }
}
