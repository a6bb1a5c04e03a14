//! Files below a local folder or an `s3://` prefix, as one interface: listed a level or a tree at a time,
//! read in pieces, gzip undone.
//!
//! Knows files and bytes, not what is in them. Whoever reads says which account's role reads a bucket; the
//! session is confined to that bucket and prefix.

mod body;
mod gunzip;
mod lines;
mod local;
mod s3;
#[cfg(test)]
pub mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::model::{Fault, FaultKind, Timestamp};
use crate::sources::budget::Held;

pub use body::Body;
pub use lines::{Line, Lines};
pub use local::LocalFiles;
pub use s3::{S3Access, S3Files};

/// Where files lie, as the operator writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// A folder, a single file, or a pattern: `logs/2026-*/**/*.json.gz`.
    Local(PathBuf),
    /// A folder of a bucket (without a `/` at its end), or a single object; an empty prefix is the whole bucket.
    S3 { bucket: String, prefix: String },
}

impl Location {
    /// `s3://bucket/prefix`, or a path.
    pub fn parse(text: &str) -> Result<Location, String> {
        let Some(rest) = text.strip_prefix("s3://") else {
            return match text.split_once("://") {
                Some((scheme, _)) => Err(format!("'{scheme}://' is neither a local path nor s3://")),
                None if text.trim().is_empty() => Err("the path is empty".to_owned()),
                None => Ok(Location::Local(PathBuf::from(text))),
            };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err(format!("'{bucket}' is no name of a bucket: write s3://bucket/prefix"));
        }
        Ok(Location::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }

    pub fn is_local(&self) -> bool {
        matches!(self, Location::Local(_))
    }

    /// The files there. `access` is asked only for what lies in S3.
    pub fn open(&self, access: impl FnOnce() -> S3Access) -> Result<Arc<dyn Files>, Fault> {
        Ok(match self {
            Location::Local(path) => Arc::new(LocalFiles::new(path)?),
            Location::S3 { bucket, prefix } => Arc::new(S3Files::new(access(), bucket, prefix)?),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Local(path) => write!(f, "{}", path.display()),
            Location::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Location::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// A file or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Below the location, with `/`; empty where the location is itself the file.
    pub path: String,
    /// `None` until it is read, where nobody listed it.
    pub size: Option<u64>,
    pub modified: Option<Timestamp>,
    /// What S3 knows this very content by: one replaced while it is read is a fault, never a mixture.
    pub etag: Option<String>,
}

impl Object {
    /// One that something else names.
    pub fn named(path: impl Into<String>) -> Object {
        Object { path: path.into(), size: None, modified: None, etag: None }
    }
}

/// One level of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Paths below the location, without a `/` at their end; in order.
    pub folders: Vec<String>,
    pub files: Vec<Object>,
}

/// A part of a file.
#[derive(Debug)]
pub struct Piece {
    pub bytes: Bytes,
    /// Size of the whole file.
    pub total: u64,
    /// Its share of the byte budget, until it is dropped.
    pub held: Option<Held>,
}

#[async_trait]
pub trait Files: Send + Sync {
    /// What a person calls a path below the location.
    fn name(&self, path: &str) -> String;

    /// What lies directly in a folder; `""` is the location itself. A folder that is not there is empty
    /// below the location, and a fault where it is the location.
    async fn level(&self, folder: &str) -> Result<Level, Fault>;

    /// Every file in a folder and below it, a page at a time. A folder that cannot be read is a fault
    /// among the pages; the others still come.
    fn below<'a>(&'a self, folder: &'a str) -> BoxStream<'a, Result<Vec<Object>, Fault>>;

    /// `length` bytes from `offset`, or as many as there are.
    async fn read_range(&self, object: &Object, offset: u64, length: u64) -> Result<Piece, Fault>;

    /// How many bytes are read at once.
    fn piece(&self) -> u64;
}

/// One file failed: others of the place may still be read.
fn fault(code: &str, name: &str, why: impl fmt::Display) -> Fault {
    Fault::new(FaultKind::Rejected, format!("{name}: {why}")).with_code(code)
}
