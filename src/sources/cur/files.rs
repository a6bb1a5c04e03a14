//! Batches of the columns that are wanted of one file, Parquet or CSV, a piece at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::model::{Fault, FaultKind};
use crate::sources::objects::{Body, Files, Object};

/// Rows handed on at once.
const ROWS: usize = 8_192;
/// A row of CSV is never longer.
const MOST_ROW: usize = 16 << 20;

/// A file under way: its columns are known, and no row has been read.
pub enum Opened {
    Parquet(Box<ParquetRecordBatchStreamBuilder<ObjectReader>>, Arc<Mutex<Option<Fault>>>, String),
    Csv(Box<CsvRows>),
}

pub async fn open(files: &Arc<dyn Files>, object: &Object) -> Result<Opened, Fault> {
    let name = files.name(&object.path);
    // A location that is itself the file has no path: its name says what it is.
    let is_parquet = name.to_lowercase().contains(".parquet");
    if !is_parquet {
        return CsvRows::open(Body::new(Arc::clone(files), object.clone()))
            .await
            .map(|rows| Opened::Csv(Box::new(rows)));
    }
    let fault = Arc::new(Mutex::new(None));
    let reader = ObjectReader { files: Arc::clone(files), object: object.clone(), fault: Arc::clone(&fault) };
    match ParquetRecordBatchStreamBuilder::new(reader).await {
        Ok(builder) => Ok(Opened::Parquet(Box::new(builder), fault, name)),
        Err(error) => Err(unreadable(&name, &fault, &error)),
    }
}

fn unreadable(name: &str, fault: &Mutex<Option<Fault>>, error: &dyn std::fmt::Display) -> Fault {
    let met = fault.lock().take();
    met.unwrap_or_else(|| {
        Fault::new(FaultKind::BadResponse, format!("{name}: {error}")).with_code("Unreadable")
    })
}

impl Opened {
    /// Names of the file's columns, in their order.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Opened::Parquet(builder, ..) => {
                builder.schema().fields().iter().map(|field| field.name().clone()).collect()
            }
            Opened::Csv(rows) => rows.header.clone(),
        }
    }

    /// The columns at these positions, in ascending order.
    pub fn read(self, wanted: &[usize]) -> Result<Batches, Fault> {
        match self {
            Opened::Parquet(builder, fault, name) => {
                let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
                let stream = builder.with_projection(mask).with_batch_size(ROWS).build();
                let stream = stream.map_err(|error| unreadable(&name, &fault, &error))?;
                Ok(Batches::Parquet(Box::new(stream), fault, name))
            }
            Opened::Csv(mut rows) => {
                rows.wanted = wanted.to_vec();
                Ok(Batches::Csv(rows))
            }
        }
    }
}

pub enum Batches {
    Parquet(Box<ParquetRecordBatchStream<ObjectReader>>, Arc<Mutex<Option<Fault>>>, String),
    Csv(Box<CsvRows>),
}

/// Columns of equal length, and how many rows that is.
pub struct Columns {
    pub arrays: Vec<ArrayRef>,
    pub rows: usize,
}

impl Batches {
    pub async fn next(&mut self) -> Option<Result<Columns, Fault>> {
        match self {
            Batches::Parquet(stream, fault, name) => match stream.next().await? {
                Ok(batch) => Some(Ok(columns(&batch))),
                Err(error) => Some(Err(unreadable(name, fault, &error))),
            },
            Batches::Csv(rows) => rows.next().await,
        }
    }
}

fn columns(batch: &RecordBatch) -> Columns {
    Columns { arrays: batch.columns().to_vec(), rows: batch.num_rows() }
}

/// A file as Parquet's reader asks for it: its end first, then the chunks of the columns that are wanted.
pub struct ObjectReader {
    files: Arc<dyn Files>,
    object: Object,
    /// What Parquet's own error cannot carry.
    fault: Arc<Mutex<Option<Fault>>>,
}

impl ObjectReader {
    async fn bytes(&mut self, range: Range<u64>) -> Result<Bytes, ParquetError> {
        let mut read = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let piece = self
                .files
                .read_range(&self.object, at, range.end - at)
                .await
                .map_err(|fault| self.met(fault))?;
            self.object.size = Some(piece.total);
            if piece.bytes.is_empty() {
                return Err(ParquetError::EOF("the file ends before its columns do".to_owned()));
            }
            at += piece.bytes.len() as u64;
            if read.is_empty() && at >= range.end {
                return Ok(piece.bytes);
            }
            read.extend_from_slice(&piece.bytes);
        }
        Ok(read.into())
    }

    fn met(&self, fault: Fault) -> ParquetError {
        let said = fault.to_string();
        *self.fault.lock() = Some(fault);
        ParquetError::General(said)
    }

    async fn size(&mut self) -> Result<u64, ParquetError> {
        if let Some(size) = self.object.size {
            return Ok(size);
        }
        let first = self.files.read_range(&self.object, 0, 4).await.map_err(|fault| self.met(fault))?;
        self.object.size = Some(first.total);
        Ok(first.total)
    }
}

impl AsyncFileReader for ObjectReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        self.bytes(range).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            let size = self.size().await?;
            let metadata = ParquetMetaDataReader::new().load_and_finish(self, size).await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

/// Rows of CSV, whole rows of a piece at a time: a line break inside quotes ends no row.
pub struct CsvRows {
    body: Body,
    header: Vec<String>,
    wanted: Vec<usize>,
    /// What was read and not yet handed on.
    rest: Vec<u8>,
    ended: bool,
}

impl CsvRows {
    async fn open(body: Body) -> Result<CsvRows, Fault> {
        let mut rows =
            CsvRows { body, header: Vec::new(), wanted: Vec::new(), rest: Vec::new(), ended: false };
        let head = loop {
            if let Some(end) = first_row_end(&rows.rest) {
                break rows.rest.drain(..end).collect::<Vec<u8>>();
            }
            if !rows.fill().await? {
                break std::mem::take(&mut rows.rest);
            }
        };
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(head);
        let first = reader.records().next().transpose().map_err(|error| rows.broken(&error))?;
        rows.header = first.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default();
        Ok(rows)
    }

    fn broken(&self, why: &dyn std::fmt::Display) -> Fault {
        Fault::new(FaultKind::BadResponse, format!("{}: {why}", self.body.name())).with_code("Unreadable")
    }

    /// `false` at the end of the file.
    async fn fill(&mut self) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        if self.rest.len() > MOST_ROW {
            return Err(self.broken(&format!("a row is longer than {} MiB", MOST_ROW >> 20)));
        }
        match self.body.next().await {
            Some(bytes) => {
                self.rest.extend_from_slice(&bytes?);
                Ok(true)
            }
            None => {
                self.ended = true;
                Ok(false)
            }
        }
    }

    async fn next(&mut self) -> Option<Result<Columns, Fault>> {
        loop {
            let end = match last_row_end(&self.rest) {
                Some(end) => end,
                None if self.ended && self.rest.is_empty() => return None,
                None if self.ended => self.rest.len(),
                None => match self.fill().await {
                    Ok(_) => continue,
                    Err(fault) => {
                        (self.ended, self.rest) = (true, Vec::new());
                        return Some(Err(fault));
                    }
                },
            };
            let rows: Vec<u8> = self.rest.drain(..end).collect();
            match self.parsed(&rows) {
                Ok(columns) if columns.rows == 0 => {}
                Ok(columns) => return Some(Ok(columns)),
                Err(fault) => {
                    (self.ended, self.rest) = (true, Vec::new());
                    return Some(Err(fault));
                }
            }
        }
    }

    fn parsed(&self, rows: &[u8]) -> Result<Columns, Fault> {
        let mut builders: Vec<StringBuilder> = self.wanted.iter().map(|_| StringBuilder::new()).collect();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
        let (mut record, mut count) = (csv::ByteRecord::new(), 0);
        while reader.read_byte_record(&mut record).map_err(|error| self.broken(&error))? {
            if record.len() != self.header.len() {
                let (has, should) = (record.len(), self.header.len());
                return Err(self.broken(&format!("a row has {has} values where the header has {should}")));
            }
            for (builder, at) in builders.iter_mut().zip(&self.wanted) {
                builder.append_option(record.get(*at).map(String::from_utf8_lossy));
            }
            count += 1;
        }
        let arrays = builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect();
        Ok(Columns { arrays, rows: count })
    }
}

fn first_row_end(bytes: &[u8]) -> Option<usize> {
    let mut quoted = false;
    bytes
        .iter()
        .position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b'\n' && !quoted
        })
        .map(|at| at + 1)
}

/// The end of the last whole row. The bytes begin outside of quotes.
fn last_row_end(bytes: &[u8]) -> Option<usize> {
    let (mut quoted, mut end) = (false, None);
    for (at, byte) in bytes.iter().enumerate() {
        quoted ^= *byte == b'"';
        if *byte == b'\n' && !quoted {
            end = Some(at + 1);
        }
    }
    end
}
