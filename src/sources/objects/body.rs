//! One file from its beginning to its end, unpacked, with no more of it in memory than a piece.

use std::sync::Arc;

use bytes::{Buf as _, Bytes};

use super::gunzip::{Gunzip, SLICE};
use super::{Files, Object, fault};
use crate::model::{Fault, FaultKind};
use crate::sources::budget::Held;

/// Reads a file in order. After a fault there is nothing more.
pub struct Body {
    files: Arc<dyn Files>,
    object: Object,
    at: u64,
    raw: Bytes,
    held: Option<Held>,
    form: Form,
    ended: bool,
}

enum Form {
    Unknown,
    Plain,
    Gzip(Box<Gunzip>),
}

impl Body {
    pub fn new(files: Arc<dyn Files>, object: Object) -> Self {
        Self { files, object, at: 0, raw: Bytes::new(), held: None, form: Form::Unknown, ended: false }
    }

    pub fn object(&self) -> &Object {
        &self.object
    }

    /// What a person calls the file.
    pub fn name(&self) -> String {
        self.files.name(&self.object.path)
    }

    /// The next bytes; never empty. What was unpacked before a fault comes before it.
    pub async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        while !self.ended {
            if self.raw.is_empty() {
                self.held = None;
                if self.object.size.is_some_and(|size| self.at >= size) {
                    self.ended = true;
                    return self.last();
                }
                if let Err(fault) = self.read().await {
                    self.ended = true;
                    return Some(Err(fault));
                }
                continue;
            }
            match &mut self.form {
                Form::Gzip(gunzip) => {
                    let slice = self.raw.slice(..self.raw.len().min(SLICE));
                    self.raw.advance(slice.len());
                    let (out, outcome) = gunzip.push(&slice);
                    if outcome.is_err() {
                        // What stands after it cannot be told from it.
                        (self.raw, self.object.size) = (Bytes::new(), Some(0));
                    }
                    if !out.is_empty() {
                        return Some(Ok(out.into()));
                    }
                }
                Form::Plain | Form::Unknown => return Some(Ok(std::mem::take(&mut self.raw))),
            }
        }
        None
    }

    /// All of it, where it is no more than `most` bytes.
    pub async fn whole(mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await {
            all.extend_from_slice(&bytes?);
            if all.len() > most {
                return Err(fault("TooLarge", &self.name(), format_args!("more than {most} bytes")));
            }
        }
        Ok(all)
    }

    async fn read(&mut self) -> Result<(), Fault> {
        let piece = self.files.read_range(&self.object, self.at, self.files.piece()).await?;
        self.object.size = Some(piece.total);
        if piece.bytes.is_empty() && self.at < piece.total {
            return Err(fault("Truncated", &self.name(), "it became shorter while it was read"));
        }
        if matches!(self.form, Form::Unknown) {
            let is_gzip = Gunzip::is_gzip(&piece.bytes);
            self.form = if is_gzip { Form::Gzip(Box::new(Gunzip::new())) } else { Form::Plain };
        }
        self.at += piece.bytes.len() as u64;
        (self.raw, self.held) = (piece.bytes, piece.held);
        Ok(())
    }

    fn last(&mut self) -> Option<Result<Bytes, Fault>> {
        let Form::Gzip(gunzip) = &mut self.form else { return None };
        let (out, outcome) = gunzip.finish();
        match outcome {
            Ok(()) if out.is_empty() => None,
            Ok(()) => Some(Ok(out.into())),
            Err(why) => {
                let message = format!("{}: the gzip file is cut short or damaged: {why}", self.name());
                Some(Err(Fault::new(FaultKind::BadResponse, message).with_code("DamagedGzip")))
            }
        }
    }
}
