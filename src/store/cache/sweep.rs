//! What goes when: the segments longest out of use where the cache is too large, and what processes that
//! were killed left behind.
//!
//! A segment is deleted under its lock, first from the index and then from the folder: a process that
//! appends to it keeps it, one that still reads it finds nothing there and asks again.

use std::fs;

use rusqlite::{TransactionBehavior, params};

use super::folder::Folder;
use super::index::{Index, Result};
use super::segment::lock_unused;

/// So much of the limit is left after an eviction, so that the next unit does not evict again.
const DOWN_TO: u64 = 9;

/// Units without rows take no room in segments, only in the index; they go after this.
const EMPTY_FOR_MS: i64 = 30 * 86_400_000;

/// Evicts until all segments together are within the limit; their bytes after that.
pub fn evict(folder: &Folder, index: &mut Index, limit: u64) -> Result<u64> {
    let mut total = bytes(folder);
    if total <= limit {
        return Ok(total);
    }
    let oldest: Vec<String> = {
        let mut all = index.connection.prepare_cached("select name from segments order by used_ms, id")?;
        all.query_map([], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?
    };
    for name in oldest {
        if total <= limit / 10 * DOWN_TO {
            break;
        }
        total -= delete(folder, index, &name, true)?.unwrap_or(0);
    }
    Ok(total)
}

/// Deletes segments that nothing refers to, and rows that refer to nothing.
pub fn collect(folder: &Folder, index: &mut Index) -> Result<u64> {
    let long_ago = chrono::Utc::now().timestamp_millis() - EMPTY_FOR_MS;
    index.connection.execute("delete from units where segment is null and fetched_ms < ?", [long_ago])?;
    index
        .connection
        .execute("delete from scans where not exists (select 1 from units where scan = scans.id)", [])?;
    let unused: Vec<String> = {
        let mut all = index.connection.prepare_cached(
            "select name from segments where not exists (select 1 from units where segment = segments.id)",
        )?;
        all.query_map([], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?
    };
    let mut freed = 0;
    for name in unused {
        freed += delete(folder, index, &name, false)?.unwrap_or(0);
    }
    for name in orphans(folder, index)? {
        freed += delete(folder, index, &name, false)?.unwrap_or(0);
    }
    Ok(freed)
}

/// Segments that the index does not know.
pub fn orphans(folder: &Folder, index: &Index) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for name in folder.segments().unwrap_or_default() {
        if index.segment_id(&name)?.is_none() {
            unknown.push(name);
        }
    }
    Ok(unknown)
}

/// Bytes of all segments as they lie there, those of killed processes too.
pub fn bytes(folder: &Folder) -> u64 {
    let names = folder.segments().unwrap_or_default();
    names.iter().filter_map(|name| fs::metadata(folder.segment(name)).ok()).map(|file| file.len()).sum()
}

/// Its bytes, or `None` where a process appends to it, or (unless `with_units`) units refer to it.
fn delete(folder: &Folder, index: &mut Index, name: &str, with_units: bool) -> Result<Option<u64>> {
    let exists = folder.segment(name).exists();
    let lock = lock_unused(folder, name);
    if exists && lock.is_none() {
        return Ok(None);
    }
    let length = lock.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |file| file.len());
    let transaction = index.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id: Option<i64> = {
        let mut found = transaction.prepare_cached("select id from segments where name = ?")?;
        rusqlite::OptionalExtension::optional(found.query_row([name], |row| row.get(0)))?
    };
    if let Some(id) = id {
        let units: i64 =
            transaction.query_row("select count(*) from units where segment = ?", [id], |row| row.get(0))?;
        if units > 0 && !with_units {
            return Ok(None);
        }
        transaction.execute("delete from units where segment = ?", params![id])?;
        transaction.execute("delete from segments where id = ?", params![id])?;
    }
    transaction.commit()?;
    // Where it cannot be deleted it is an orphan now, and the next collection tries again.
    let _ = fs::remove_file(folder.segment(name));
    Ok(Some(length))
}
