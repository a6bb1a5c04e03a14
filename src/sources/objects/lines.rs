//! A file line by line.

use bytes::{Buf as _, Bytes, BytesMut};

use super::Body;
use crate::model::Fault;

pub struct Lines {
    body: Body,
    buffer: BytesMut,
    /// So much of the buffer has no line break in it.
    searched: usize,
    /// Bytes dropped of a line that is too long.
    dropped: u64,
    most: usize,
    ended: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Without its line break.
    Text(Bytes),
    /// Longer than anybody wants; this many bytes.
    TooLong(u64),
}

impl Lines {
    /// `most` bytes of a line are kept in memory.
    pub fn new(body: Body, most: usize) -> Self {
        Self { body, buffer: BytesMut::new(), searched: 0, dropped: 0, most, ended: false }
    }

    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The next line. A line that a fault cuts off is not one.
    pub async fn next(&mut self) -> Option<Result<Line, Fault>> {
        loop {
            let found = self.buffer[self.searched..].iter().position(|b| *b == b'\n');
            if let Some(at) = found.map(|at| at + self.searched) {
                let line = self.buffer.split_to(at).freeze();
                self.buffer.advance(1);
                return Some(Ok(self.line(line)));
            }
            self.searched = self.buffer.len();
            if self.searched > self.most {
                self.dropped += self.buffer.len() as u64;
                self.buffer.clear();
                self.searched = 0;
            }
            if self.ended {
                return self.last();
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(fault)) => {
                    (self.buffer, self.searched, self.dropped, self.ended) = (BytesMut::new(), 0, 0, true);
                    return Some(Err(fault));
                }
                None => self.ended = true,
            }
        }
    }

    fn last(&mut self) -> Option<Result<Line, Fault>> {
        let rest = self.buffer.split().freeze();
        self.searched = 0;
        (!rest.is_empty() || self.dropped > 0).then(|| Ok(self.line(rest)))
    }

    fn line(&mut self, line: Bytes) -> Line {
        self.searched = 0;
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 0 || line.len() > self.most {
            return Line::TooLong(dropped + line.len() as u64);
        }
        let end = if line.ends_with(b"\r") { line.len() - 1 } else { line.len() };
        Line::Text(line.slice(..end))
    }
}
