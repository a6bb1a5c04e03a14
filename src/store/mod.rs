//! What is kept between runs: small JSON documents with an age, and records with an end, in files of the
//! cache folder; and the ledger of the last answer, in the state folder.
//!
//! Losing any of them costs a few calls, never an answer: a folder that cannot be written means no
//! cache, and a file that cannot be understood is as good as absent. Both leave a note.
//! This room knows nothing of what the documents say.

mod answer;
pub mod cache;
mod file;
pub mod history;
pub mod last_statement;
mod notes;
mod record;
mod records;
pub mod statistics;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::Timestamp;
use crate::settings::Paths;
pub use answer::{AnswerHead, KeptAnswer, LastAnswer};
use file::Document;
use notes::Notes;

pub use records::{Census, Records};

/// Where the row cache stands in the cache folder.
pub const ROWS: &str = "rows";

/// The cache folder. Cheap to share; safe to use from several processes at once.
#[derive(Debug)]
pub struct Store {
    /// `None` where nothing can be kept.
    folder: Option<PathBuf>,
    notes: Notes,
    written: AtomicU64,
}

impl Store {
    /// Opens (and makes) the cache folder. Never fails: see [`Store::notes`].
    pub fn open(paths: &Paths) -> Store {
        let folder = paths.cache.clone();
        let made = file::make_folder(&folder);
        let store = Store {
            folder: made.is_ok().then_some(folder),
            notes: Notes::default(),
            written: AtomicU64::new(0),
        };
        if let Err(error) = made {
            store.notes.add(format!("nothing is cached: cannot make {}: {error}", paths.cache.display()));
        }
        store
    }

    /// A store that keeps nothing.
    pub fn none() -> Store {
        Store { folder: None, notes: Notes::default(), written: AtomicU64::new(0) }
    }

    /// The document and its age, if there is one no older than `max_age`.
    pub fn get(&self, kind: &str, key: &str, max_age: Duration) -> Option<(String, Duration)> {
        let path = file::path(self.folder.as_ref()?, kind, key);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.notes.add(format!("cannot read {}: {error}", path.display()));
                return None;
            }
        };
        let document = match Document::parse(&text) {
            Ok(document) => document,
            Err(reason) => {
                self.notes.add(format!("ignored {}: {reason}", path.display()));
                return None;
            }
        };
        // Another key's document stands here only if two keys share a hash.
        if document.key != key {
            return None;
        }
        // A document from the future was written under another clock; its age is unknown.
        let age = (now() - document.written).to_std().ok()?;
        (age <= max_age).then_some((document.body, age))
    }

    /// Keeps the document under the key, in place of what was there.
    pub fn put(&self, kind: &str, key: &str, body: &str) {
        let Some(folder) = &self.folder else { return };
        let document = Document::new(key, now(), body);
        let turn = self.written.fetch_add(1, Ordering::Relaxed);
        let path = file::path(folder, kind, key);
        if let Err(error) = file::replace(&path, document.to_text().as_bytes(), turn) {
            self.notes.add(format!("cannot keep {}: {error}", path.display()));
        }
    }

    /// Forgets the document, if there is one.
    pub fn remove(&self, kind: &str, key: &str) {
        if let Some(folder) = &self.folder {
            // Absent already is what was wanted; anything else shows at the next get.
            let _ = std::fs::remove_file(file::path(folder, kind, key));
        }
    }

    /// Forgets every document and record; the kept rows are the row cache's to clear. How many files that was.
    pub fn clear(&self) -> std::io::Result<u64> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let mut files = 0;
        for kind in std::fs::read_dir(folder)? {
            let kind = kind?;
            if kind.file_name() == ROWS || !kind.file_type()?.is_dir() {
                continue;
            }
            files += std::fs::read_dir(kind.path())?.count() as u64;
            std::fs::remove_dir_all(kind.path())?;
        }
        Ok(files)
    }

    /// Records of one kind, in files of their own.
    pub fn records(&self, kind: &str) -> Records {
        Records::new(self.folder.as_ref().map(|folder| folder.join(kind)))
    }

    /// What went wrong so far, each thing once; an operator may want to know, no run depends on it.
    pub fn notes(&self) -> Vec<String> {
        self.notes.all()
    }
}

/// Ages are real: a clock frozen for a repeatable report must not keep a cache fresh for ever.
fn now() -> Timestamp {
    chrono::Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn store(folder: &std::path::Path) -> Store {
        let path = folder.to_path_buf();
        Store::open(&Paths { config: path.clone(), cache: path.clone(), data: path.clone(), state: path })
    }

    fn the_only_file(folder: &std::path::Path) -> PathBuf {
        let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    #[test]
    fn what_was_put_is_got_by_another_process() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path()).put("regions", "prod/100000000001", "{\"a\":1}");
        let (body, age) = store(folder.path()).get("regions", "prod/100000000001", DAY).unwrap();
        assert_eq!(body, "{\"a\":1}");
        assert!(age < DAY);
    }

    #[test]
    fn an_old_document_is_not_got() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.put("regions", "key", "x");
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(store.get("regions", "key", Duration::from_millis(1)), None);
        assert!(store.get("regions", "key", DAY).is_some());
    }

    #[test]
    fn keys_never_leave_the_folder_and_never_meet() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        for key in ["../../etc/passwd", "a/b", "a_b", "A_B", "", &"x".repeat(5_000)] {
            store.put("regions", key, key);
        }
        for key in ["../../etc/passwd", "a/b", "a_b", "A_B", "", &"x".repeat(5_000)] {
            assert_eq!(store.get("regions", key, DAY).unwrap().0, key);
        }
        assert_eq!(std::fs::read_dir(folder.path().join("regions")).unwrap().count(), 6);
    }

    #[test]
    fn a_broken_file_is_absent_and_noted_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.put("regions", "key", "x");
        let file = the_only_file(&folder.path().join("regions"));
        for broken in ["", "{", "{\"version\":99}", "\u{fffd}"] {
            std::fs::write(&file, broken).unwrap();
            assert_eq!(store.get("regions", "key", DAY), None, "{broken}");
        }
        assert!(store.notes().iter().all(|n| n.starts_with("ignored ")), "{:?}", store.notes());
        store.put("regions", "key", "y");
        assert_eq!(store.get("regions", "key", DAY).unwrap().0, "y");
    }

    #[test]
    fn a_folder_that_cannot_be_made_means_no_cache_and_a_note() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let store = store(&file.join("below"));
        store.put("regions", "key", "x");
        assert_eq!(store.get("regions", "key", DAY), None);
        assert_eq!(store.notes().len(), 1);
    }

    #[test]
    fn no_half_written_file_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        for _ in 0..5 {
            store.put("regions", "key", "x");
        }
        the_only_file(&folder.path().join("regions"));
    }
}
