//! The records of one account and region, file by file, as rows.

use std::collections::HashSet;
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use parking_lot::Mutex;

use super::moved;
use super::places::Asked;
use super::record::{self, Part, Place, Record, Wants};
use super::tree::{self, Leaf};
use super::window::Window;
use super::{Scan, tree::is_log};
use crate::model::{Fault, FaultKind, Json};
use crate::sources::objects::{Body, Files, Line, Lines, Object, Piece};
use crate::sources::project::{FetchedRow, Unknowns};
use crate::sources::row::Row;
use crate::sources::unit::{Assignment, Unit};
use crate::sources::{RowSink, UnitOutcome, UnitTask};

/// No record is longer: Bedrock moves bodies over 100 KB elsewhere.
pub const LONGEST: usize = 32 << 20;

/// Rows that become columns together, and the bytes of theirs that may wait.
const ROWS: usize = 1024;
const WEIGHT: usize = 4 << 20;

/// Small files are fetched so many at once.
const AHEAD: usize = 8;
const SMALL: u64 = 256 << 10;

/// What could not be read, for the unit's one line in the ledger.
#[derive(Default)]
struct Lost {
    first: Option<Fault>,
    faults: u64,
    lines: u64,
    line: Option<String>,
}

impl Lost {
    fn fault(&mut self, fault: Fault) {
        self.faults += 1;
        self.first.get_or_insert(fault);
    }

    fn line(&mut self, file: &str, number: u64, why: &str) {
        self.lines += 1;
        self.line.get_or_insert_with(|| format!("{file} line {number}: {why}"));
    }

    fn told(self) -> Option<Fault> {
        let lines = self.line.map(|line| match self.lines {
            1 => format!("a line is no record: {line}"),
            n => format!("{n} lines are no records, the first {line}"),
        });
        let Some(mut fault) = self.first else {
            return lines.map(|text| Fault::new(FaultKind::BadResponse, text).with_code("UnreadableRecord"));
        };
        if self.faults > 1 {
            fault.message.push_str(&format!(" (and {} more files or folders)", self.faults - 1));
        }
        if let Some(lines) = lines {
            fault.message.push_str(&format!("; {lines}"));
        }
        Some(fault)
    }
}

/// A body that is known, or the record whose moved bodies are still to be fetched.
enum Waiting {
    Ready { output: Part, input: Part },
    Moved { record: Box<Record>, file: Arc<str> },
}

struct Pending {
    row: Json,
    price: Part,
    bodies: Waiting,
}

pub struct Reading<'a> {
    scan: &'a Scan,
    task: &'a UnitTask,
    unit: &'a Unit<'a>,
    sink: &'a mut dyn RowSink,
    pending: Vec<Pending>,
    weight: usize,
    unknown: Unknowns,
    delivered: usize,
    /// Places may overlap.
    seen: Arc<Mutex<HashSet<String>>>,
    lost: Lost,
    is_over: bool,
}

/// What a unit reads of one place.
pub struct Share<'a> {
    pub asked: &'a Asked,
    pub files: Arc<dyn Files>,
    pub leaves: Vec<Leaf>,
    /// Records of other accounts and regions lie in the same files.
    pub is_mixed: bool,
}

type Fetched = Result<(Object, Option<Result<Piece, Fault>>), Fault>;

impl<'a> Reading<'a> {
    pub fn new(scan: &'a Scan, task: &'a UnitTask, unit: &'a Unit<'a>, sink: &'a mut dyn RowSink) -> Self {
        Self {
            scan,
            task,
            unit,
            sink,
            pending: Vec::new(),
            weight: 0,
            unknown: Unknowns::default(),
            delivered: 0,
            seen: Arc::default(),
            lost: Lost::default(),
            is_over: false,
        }
    }

    pub fn lose(&mut self, fault: Fault) {
        self.lost.fault(fault);
    }

    pub async fn read(&mut self, part: Share<'_>) {
        let (files, window) = (&part.files, self.scan.window);
        let pages = stream::iter(&part.leaves)
            .flat_map(|leaf| files.below(&leaf.folder).map(move |page| (leaf, page)).boxed());
        let seen = Arc::clone(&self.seen);
        let objects =
            pages.flat_map(move |(leaf, page)| stream::iter(wanted(leaf, page, &window, files, &seen)));
        let mut fetched = objects.map(|object| fetch(Arc::clone(files), object)).buffered(AHEAD).boxed();
        while !self.is_over {
            let Some(next) = fetched.next().await else { break };
            match next {
                Ok((object, None)) => self.file(&part, Body::new(Arc::clone(files), object)).await,
                Ok((object, Some(Ok(first)))) => {
                    self.file(&part, Body::begun(Arc::clone(files), object, first)).await;
                }
                Ok((_, Some(Err(fault)))) | Err(fault) => self.lost.fault(fault),
            }
        }
        self.flush(&part).await;
    }

    async fn file(&mut self, part: &Share<'_>, body: Body) {
        let name: Arc<str> = body.name().into();
        let path: Arc<str> = body.object().path.as_str().into();
        let mut lines = Lines::new(body, LONGEST);
        let mut number = 0;
        while let Some(line) = lines.next().await {
            number += 1;
            match line {
                Err(fault) => self.lost.fault(fault),
                Ok(Line::TooLong(bytes)) => self.lost.line(&name, number, &format!("it has {bytes} bytes")),
                Ok(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Line::Text(text)) => match Record::read(&text) {
                    Err(why) => self.lost.line(&name, number, &why),
                    Ok(record) => self.record(part, record, text.len(), (&name, &path, number)),
                },
            }
            if self.pending.len() >= ROWS || self.weight >= WEIGHT {
                self.flush(part).await;
            }
            if self.is_over {
                return;
            }
        }
    }

    fn record(&mut self, part: &Share<'_>, record: Record, bytes: usize, at: (&str, &Arc<str>, u64)) {
        let (name, path, number) = at;
        let (account, region) = (self.unit.account.id.as_str(), self.unit.shown.as_str());
        if record.account() != Some(account) || record.region() != Some(region) {
            if !part.is_mixed || record.account().is_none() || record.region().is_none() {
                self.lost.line(name, number, &format!("it is not of account {account} and region {region}"));
            }
            return;
        }
        if !self.scan.window.has(record.timestamp) {
            return;
        }
        let wants = &self.scan.wants;
        let place = Place { region, file: name, path: &part.asked.text, prices: &self.scan.prices };
        let moved = wants.output() && record.moved("output").is_some()
            || wants.input() && record.moved("input").is_some();
        self.weight += Record::weight(bytes, wants);
        let (row, price) = (record.row(wants, &place), record.price(wants, &place));
        let bodies = if moved {
            Waiting::Moved { record: Box::new(record), file: Arc::clone(path) }
        } else {
            Waiting::Ready { output: record.output(wants, None), input: record.input(wants, None) }
        };
        self.pending.push(Pending { row, price, bodies });
    }

    /// Sends the rows that wait.
    async fn flush(&mut self, part: &Share<'_>) {
        let pending = std::mem::take(&mut self.pending);
        self.weight = 0;
        if pending.is_empty() || self.is_over {
            return;
        }
        let (wants, files) = (&self.scan.wants, &part.files);
        let quals = Arc::new(Assignment::new());
        let rows = stream::iter(pending).map(|pending| {
            let quals = Arc::clone(&quals);
            async move {
                let (output, input) = match pending.bodies {
                    Waiting::Ready { output, input } => (output, input),
                    Waiting::Moved { record, file } => bodies(wants, &record, files, part.asked, &file).await,
                };
                FetchedRow {
                    row: Row::whole("s3:GetObject", pending.row, None),
                    quals,
                    details: vec![
                        record::detail(output),
                        record::detail(input),
                        record::detail(pending.price),
                    ],
                }
            }
        });
        let mut rows: Vec<FetchedRow> = rows.buffered(AHEAD).collect().await;
        if let Some(limit) = self.task.request.limit {
            rows.truncate(limit.saturating_sub(self.delivered));
            self.is_over = self.delivered + rows.len() >= limit;
        }
        if rows.is_empty() {
            return;
        }
        let known_before = self.unknown.list();
        let batch = match self.scan.projection.batch(self.unit, &rows, &mut self.unknown) {
            Ok(batch) => batch,
            Err(fault) => {
                self.is_over = true;
                return self.lost.fault(fault);
            }
        };
        self.delivered += rows.len();
        drop(rows);
        self.task.meter.set_unknown(self.unknown.list());
        if self.sink.send(batch).await.is_break() {
            // Nobody saw these rows.
            self.task.meter.set_unknown(known_before);
            self.is_over = true;
        }
    }

    pub fn end(self) -> UnitOutcome {
        UnitOutcome { fault: self.lost.told(), rows: self.delivered as u64, ..UnitOutcome::default() }
    }
}

/// The files of a page that hold records of the window, each once.
fn wanted(
    leaf: &Leaf,
    page: Result<Vec<Object>, Fault>,
    window: &Window,
    files: &Arc<dyn Files>,
    seen: &Mutex<HashSet<String>>,
) -> Vec<Result<Object, Fault>> {
    match page {
        Err(fault) => vec![Err(fault)],
        Ok(objects) => {
            let is_log = |object: &Object| is_log(leaf, &object.path, window);
            let is_new = |object: &Object| seen.lock().insert(files.name(&object.path));
            objects.into_iter().filter(is_log).filter(is_new).map(Ok).collect()
        }
    }
}

async fn fetch(files: Arc<dyn Files>, object: Result<Object, Fault>) -> Fetched {
    let object = object?;
    match object.size {
        Some(size) if size <= SMALL => {
            let piece = files.read_range(&object, 0, size).await;
            Ok((object, Some(piece)))
        }
        _ => Ok((object, None)),
    }
}

async fn bodies(
    wants: &Wants,
    record: &Record,
    files: &Arc<dyn Files>,
    asked: &Asked,
    file: &str,
) -> (Part, Part) {
    let moved = async |part: &str, wanted: bool| match record.moved(part).filter(|_| wanted) {
        Some(named) => Some(moved::read(files, &asked.location, file, named).await),
        None => None,
    };
    let (output, input) = (moved("output", wants.output()).await, moved("input", wants.input()).await);
    (record.output(wants, output.as_ref()), record.input(wants, input.as_ref()))
}

/// Everything in a file or folder, whatever its date.
pub fn everything(folder: String) -> tree::Leaf {
    Leaf { folder, date: Vec::new() }
}
