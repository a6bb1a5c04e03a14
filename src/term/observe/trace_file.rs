//! The file of a trace: a JSON document that is whole whenever something has been written to it, so
//! that a program that was killed leaves one as well.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

const HEAD: &str = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
const TAIL: &str = "\n]}\n";

/// More is not kept back.
const FULL: usize = 64 * 1024;

/// Nor for longer, where much is going on.
const LATELY: Duration = Duration::from_millis(250);

pub struct TraceFile {
    file: File,
    /// A pipe cannot be written twice: its document ends when the run does.
    is_seekable: bool,
    is_first: bool,
    buffer: String,
    written: Instant,
    /// Nothing is written after the first failure.
    failure: Option<io::Error>,
}

impl TraceFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(HEAD.as_bytes())?;
        let is_seekable = file.metadata()?.is_file();
        if is_seekable {
            file.write_all(TAIL.as_bytes())?;
        }
        let (buffer, written) = (String::new(), Instant::now());
        Ok(Self { file, is_seekable, is_first: true, buffer, written, failure: None })
    }

    /// Adds one event, a JSON object.
    pub fn event(&mut self, json: &str) {
        self.buffer.push_str(if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" });
        self.buffer.push_str(json);
        if self.buffer.len() >= FULL || self.written.elapsed() >= LATELY {
            self.flush(self.is_seekable);
        }
    }

    /// Ends the document; what went wrong on the way is told once.
    pub fn finish(&mut self) -> io::Result<()> {
        self.flush(true);
        self.failure.take().map_or(Ok(()), Err)
    }

    fn flush(&mut self, whole: bool) {
        if self.failure.is_none()
            && let Err(error) = self.write(whole)
        {
            self.failure = Some(error);
        }
        self.buffer.clear();
        self.written = Instant::now();
    }

    fn write(&mut self, whole: bool) -> io::Result<()> {
        if self.is_seekable {
            self.file.seek(SeekFrom::End(-(TAIL.len() as i64)))?;
        }
        if whole {
            self.buffer.push_str(TAIL);
        }
        self.file.write_all(self.buffer.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_whole_at_every_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.json");
        let events = || {
            let text = std::fs::read_to_string(&path).unwrap();
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            document["traceEvents"].as_array().unwrap().len()
        };
        let mut file = TraceFile::create(&path).unwrap();
        assert_eq!(events(), 0);
        let event = format!("{{\"name\":\"{}\"}}", "x".repeat(1000));
        for n in 1..200 {
            file.event(&event);
            assert!(events() <= n);
        }
        assert!(events() > 100, "written while the run goes on");
        file.finish().unwrap();
        assert_eq!(events(), 199);
    }
}
