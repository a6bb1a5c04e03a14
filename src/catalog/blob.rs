//! One file of named entries, read in place: a sorted index, the names, the data.
//!
//! ```text
//! magic "CVC1", count u32
//! count x (name offset u32, name length u32, data offset u32, data length u32), sorted by name
//! names and data; offsets count from the start of the file; all numbers little-endian
//! ```
//!
//! This file is also compiled into the build script: it may use only std.

use std::collections::BTreeMap;

const MAGIC: &[u8; 4] = b"CVC1";
const HEADER: usize = 8;
const RECORD: usize = 16;

pub const OPERATION: &str = "operation/";
pub const TABLE: &str = "table/";
pub const ENDPOINTS: &str = "endpoints/";
/// The list of operations that tables may call, as it is written.
pub const READS: &str = "reads";
/// Every table in a line.
pub const SUMMARIES: &str = "summaries";
/// What a search looks at: the lines, and the names of columns.
pub const SEARCH_INDEX: &str = "search";

pub fn operation_key(id: &str) -> String {
    format!("{OPERATION}{id}")
}

pub fn table_key(name: &str) -> String {
    format!("{TABLE}{name}")
}

pub fn endpoints_key(partition: &str) -> String {
    format!("{ENDPOINTS}{partition}")
}

/// Whether the list of reads has an operation.
pub fn may_be_called(reads: &str, id: &str) -> bool {
    reads.lines().any(|line| line.split('\t').next() == Some(id))
}

/// Writes what [`Blob`] reads. Fails only past four gigabytes.
pub fn pack(entries: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, std::num::TryFromIntError> {
    let names_at = HEADER + RECORD * entries.len();
    let data_at = names_at + entries.keys().map(String::len).sum::<usize>();
    let mut out = Vec::with_capacity(data_at + entries.values().map(Vec::len).sum::<usize>());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&u32::try_from(entries.len())?.to_le_bytes());
    let (mut name_at, mut entry_at) = (names_at, data_at);
    for (name, data) in entries {
        for number in [name_at, name.len(), entry_at, data.len()] {
            out.extend_from_slice(&u32::try_from(number)?.to_le_bytes());
        }
        name_at += name.len();
        entry_at += data.len();
    }
    entries.keys().for_each(|name| out.extend_from_slice(name.as_bytes()));
    entries.values().for_each(|data| out.extend_from_slice(data));
    Ok(out)
}

/// A view of packed bytes. Looking up costs a binary search; nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'b> {
    bytes: &'b [u8],
    count: usize,
}

impl<'b> Blob<'b> {
    /// `None` where the bytes are not a blob or are shorter than their index.
    pub fn open(bytes: &'b [u8]) -> Option<Blob<'b>> {
        let count = usize::try_from(number(bytes, 4)?).ok()?;
        let index_end = RECORD.checked_mul(count)?.checked_add(HEADER)?;
        (bytes.starts_with(MAGIC) && index_end <= bytes.len()).then_some(Blob { bytes, count })
    }

    pub fn get(&self, name: &str) -> Option<&'b [u8]> {
        let at = self.lower_bound(name);
        if self.name(at)? != name.as_bytes() {
            return None;
        }
        self.field(at, 2)
    }

    /// The names that start with `prefix`, sorted, without it.
    pub fn names(&self, prefix: &str) -> impl Iterator<Item = &'b str> + use<'b> {
        let blob = *self;
        let length = prefix.len();
        let prefix = prefix.to_owned();
        (self.lower_bound(&prefix)..self.count)
            .map_while(move |at| blob.name(at).filter(|name| name.starts_with(prefix.as_bytes())))
            .filter_map(move |name| std::str::from_utf8(name.get(length..)?).ok())
    }

    /// The first entry whose name is not less.
    fn lower_bound(&self, name: &str) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.name(middle).is_some_and(|found| found < name.as_bytes()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn name(&self, at: usize) -> Option<&'b [u8]> {
        self.field(at, 0)
    }

    /// The bytes that the offset and length at `first` of a record point to.
    fn field(&self, at: usize, first: usize) -> Option<&'b [u8]> {
        if at >= self.count {
            return None;
        }
        let record = HEADER + RECORD * at + 4 * first;
        let start = usize::try_from(number(self.bytes, record)?).ok()?;
        let length = usize::try_from(number(self.bytes, record + 4)?).ok()?;
        self.bytes.get(start..start.checked_add(length)?)
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> Vec<u8> {
        let entries = [("b/2", "two"), ("a/1", "one"), ("b/1", ""), ("c", "x")];
        pack(&entries.map(|(k, v)| (k.to_owned(), v.as_bytes().to_vec())).into()).unwrap()
    }

    #[test]
    fn entries_are_found_by_name() {
        let bytes = packed();
        let blob = Blob::open(&bytes).unwrap();
        assert_eq!(blob.get("a/1"), Some(&b"one"[..]));
        assert_eq!(blob.get("b/1"), Some(&b""[..]));
        assert_eq!(blob.get("b/2"), Some(&b"two"[..]));
        for absent in ["", "a", "b/3", "z"] {
            assert_eq!(blob.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn names_are_listed_by_prefix() {
        let bytes = packed();
        let blob = Blob::open(&bytes).unwrap();
        assert_eq!(blob.names("b/").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(blob.names("").count(), 4);
        assert_eq!(blob.names("d").count(), 0);
    }

    #[test]
    fn broken_bytes_are_refused_or_empty_never_a_panic() {
        let bytes = packed();
        for end in 0..bytes.len() {
            if let Some(blob) = Blob::open(&bytes[..end]) {
                let _ = (blob.get("c"), blob.names("").count());
            }
        }
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 0xff;
            if let Some(blob) = Blob::open(&bent) {
                let _ = (blob.get("b/2"), blob.names("b").count());
            }
        }
    }
}
