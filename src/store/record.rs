//! One line of a record file: what is kept under a name, until when.
//!
//! A line that was half written, or that a disk spoilt, is told by its checksum and skipped.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub name: String,
    /// Epoch seconds; at that moment the record is gone.
    pub until: u64,
    /// `None` takes back what `was`.
    pub body: Option<String>,
    /// Checksum of the body that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sum: String,
    #[serde(flatten)]
    record: Record,
}

impl Record {
    pub fn of(name: &str, until: u64, body: &str) -> Self {
        Self { name: name.to_owned(), until, body: Some(body.to_owned()), was: None }
    }

    /// Takes back this very record, and none that came in its place.
    pub fn taken_back(&self) -> Self {
        let was = self.body.as_deref().map(|body| checksum(&[body]));
        Self { name: self.name.clone(), until: self.until, body: None, was }
    }

    pub fn takes_back(&self, other: &Record) -> bool {
        let theirs = other.body.as_deref().map(|body| checksum(&[body]));
        self.body.is_none() && self.was.is_some() && self.was == theirs
    }

    /// Begins with a line break too: whoever died in the middle of a line spoils only their own.
    pub fn to_line(&self) -> String {
        let line = Line { sum: self.checksum(), record: self.clone() };
        // A struct of text and numbers always serialises.
        format!("\n{}\n", serde_json::to_string(&line).unwrap_or_default())
    }

    pub fn parse(text: &str) -> Option<Record> {
        let line: Line = serde_json::from_str(text).ok()?;
        (line.sum == line.record.checksum()).then_some(line.record)
    }

    fn checksum(&self) -> String {
        let until = self.until.to_string();
        let body = self.body.as_deref().unwrap_or_default();
        checksum(&[&self.name, "\n", &until, "\n", body, "\n", self.was.as_deref().unwrap_or_default()])
    }
}

fn checksum(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(16);
    for byte in hash.finalize().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_and_a_spoilt_one_does_not() {
        let record = Record::of("arn:aws:iam::1:role/R", 42, "{\"secret\":\"a\\\"b\"}");
        let line = record.to_line();
        assert_eq!(Record::parse(line.trim()), Some(record.clone()));
        assert_eq!(Record::parse(&line.trim().replace("42", "43")), None);
        for cut in 1..line.trim().len() {
            assert_eq!(Record::parse(&line.trim()[..cut]), None, "{cut}");
        }
        assert!(record.taken_back().takes_back(&record));
        assert!(!record.taken_back().takes_back(&Record::of("x", 42, "another")));
    }
}
