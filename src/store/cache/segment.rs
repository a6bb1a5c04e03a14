//! Segment files: blocks of many units, one after the other, only ever appended to.
//!
//! Whoever appends holds the file's lock, which the system takes back from a process that is killed:
//! a segment that cannot be locked is in use, whatever its age.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::key::Digest;

/// A stretch of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    pub offset: u64,
    pub length: u64,
    /// SHA-256 of the bytes.
    pub sum: [u8; 32],
}

/// A segment that this process appends to.
#[derive(Debug)]
pub struct Appender {
    pub id: i64,
    pub name: String,
    file: File,
    length: u64,
}

impl Appender {
    /// Takes the lock; `None` where another process has it.
    pub fn new(id: i64, name: String, file: File) -> io::Result<Option<Appender>> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // What a killed process left at the end stays where it is: nothing refers to it.
        let length = file.metadata()?.len();
        Ok(Some(Appender { id, name, file, length }))
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Once this returns, every process sees the bytes.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<Extent> {
        self.file.write_all(bytes)?;
        let extent = Extent { offset: self.length, length: bytes.len() as u64, sum: *sum(bytes).as_array() };
        self.length += extent.length;
        Ok(extent)
    }
}

/// Reads one stretch, whole and as it was written.
pub fn read(file: &File, extent: &Extent) -> io::Result<Vec<u8>> {
    let damaged = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let end = extent.offset.checked_add(extent.length).ok_or_else(|| damaged("it ends nowhere"))?;
    // Asked before memory is taken for it.
    if end > file.metadata()?.len() {
        return Err(damaged("it was cut"));
    }
    let mut bytes = vec![0; usize::try_from(extent.length).map_err(|_| damaged("it is too long"))?];
    read_at(file, &mut bytes, extent.offset)?;
    if *sum(&bytes).as_array() != extent.sum {
        return Err(damaged("it is not what was written"));
    }
    Ok(bytes)
}

fn sum(bytes: &[u8]) -> Digest {
    Digest::of([bytes])
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = bytes.split_at_mut(read).1;
        offset += read as u64;
    }
    Ok(())
}

/// The folder's segment under a name, if no process appends to it.
pub fn lock_unused(folder: &Folder, name: &str) -> Option<File> {
    let file = folder.append_segment(name).ok()?;
    file.try_lock().ok().map(|()| file)
}

#[cfg(test)]
mod tests {
    use super::super::folder::new_segment_name;
    use super::*;

    #[test]
    fn what_was_appended_is_read_and_what_was_changed_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(temp.path()).unwrap();
        let name = new_segment_name();
        let mut appender =
            Appender::new(1, name.clone(), folder.create_segment(&name).unwrap()).unwrap().unwrap();
        let extents = [appender.append(b"first").unwrap(), appender.append(b"second").unwrap()];
        let file = folder.read_segment(&name).unwrap();
        assert_eq!(read(&file, &extents[0]).unwrap(), b"first");
        assert_eq!(read(&file, &extents[1]).unwrap(), b"second");
        let whole = std::fs::read(folder.segment(&name)).unwrap();
        for at in 5..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(folder.segment(&name), &changed).unwrap();
            assert_eq!(read(&file, &extents[0]).unwrap(), b"first");
            assert_eq!(read(&file, &extents[1]).unwrap_err().kind(), io::ErrorKind::InvalidData, "{at}");
        }
        std::fs::write(folder.segment(&name), &whole[..8]).unwrap();
        assert_eq!(read(&file, &extents[1]).unwrap_err().to_string(), "it was cut");
        let nowhere = Extent { offset: u64::MAX, ..extents[1].clone() };
        assert!(read(&file, &nowhere).is_err());
    }

    #[test]
    fn two_never_append_to_one_segment() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(temp.path()).unwrap();
        let name = new_segment_name();
        let first = Appender::new(1, name.clone(), folder.create_segment(&name).unwrap()).unwrap();
        let again = || Appender::new(1, name.clone(), folder.append_segment(&name).unwrap()).unwrap();
        assert!(first.is_some() && again().is_none() && lock_unused(&folder, &name).is_none());
        drop(first);
        assert!(again().is_some());
    }
}
