//! One document, one file: its envelope, its name, and how it is replaced in one step.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::Timestamp;

/// Raised when the envelope or a document's meaning changes; older files are then ignored.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    version: u32,
    pub key: String,
    pub written: Timestamp,
    pub body: String,
}

impl Document {
    pub fn new(key: &str, written: Timestamp, body: &str) -> Self {
        Self { version: VERSION, key: key.to_owned(), written, body: body.to_owned() }
    }

    pub fn parse(text: &str) -> Result<Document, String> {
        let document: Document = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if document.version == VERSION {
            Ok(document)
        } else {
            Err(format!("version {} is not {VERSION}", document.version))
        }
    }

    pub fn to_text(&self) -> String {
        // A struct of text and numbers always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// `<folder>/<kind>/<readable part>-<hash of the key>.json`
pub fn path(folder: &Path, kind: &str, key: &str) -> PathBuf {
    named(&folder.join(kind), key, "json")
}

pub fn named(folder: &Path, key: &str, extension: &str) -> PathBuf {
    let readable: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '_' })
        .take(48)
        .collect();
    let mut name = format!("{readable}-");
    for byte in Sha256::digest(key.as_bytes()).iter().take(8) {
        let _ = write!(name, "{byte:02x}");
    }
    folder.join(name + "." + extension)
}

/// Account names and e-mail addresses are nobody else's business: only the owner may look.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes beside and renames, so that a reader sees the old text or the new one, never half.
pub fn replace(path: &Path, content: &[u8], turn: u64) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    let beside = path.with_extension(format!("{}-{turn}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&beside)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // The failure that matters is the one returned.
        let _ = std::fs::remove_file(&beside);
    }
    written
}
