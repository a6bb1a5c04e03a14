//! What is kept, for the operator: per table and as a whole; and letting go of it.

use std::time::Duration;

use super::index::Result;
use super::{Index, IndexError, RowCache, sweep};
use crate::error::Error;
use crate::model::Timestamp;

/// The kept units of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRows {
    pub table: String,
    pub units: u64,
    /// Of those, young enough to be served.
    pub fresh: u64,
    pub rows: u64,
    pub bytes: u64,
    pub oldest: Timestamp,
    pub newest: Timestamp,
    pub lifetime: Duration,
}

/// The cache as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Of the segments, and of the index.
    pub segment_bytes: u64,
    pub index_bytes: u64,
    pub limit: u64,
    pub units: u64,
    pub segments: u64,
    /// Left by processes that were killed.
    pub orphaned: u64,
    /// Units served, and asked, since the cache was made.
    pub hits: u64,
    pub misses: u64,
}

impl RowCache {
    /// Sorted by table.
    pub fn tables(&self) -> std::result::Result<Vec<TableRows>, Error> {
        match self.with_index(|_, index| tables(index)) {
            None if self.was_busy() => Err(self.busy()),
            found => Ok(found.unwrap_or_default()),
        }
    }

    pub fn stats(&self) -> std::result::Result<Stats, Error> {
        let stats = self.with_index(|folder, index| {
            let count = |sql: &str| -> Result<u64> {
                let count: i64 = index.connection.query_row(sql, [], |row| row.get(0))?;
                Ok(u64::try_from(count).unwrap_or(0))
            };
            let index_bytes = [folder.index(), folder.index().with_extension("db-wal")];
            Ok(Stats {
                segment_bytes: sweep::bytes(folder),
                index_bytes: index_bytes
                    .iter()
                    .filter_map(|path| path.metadata().ok())
                    .map(|m| m.len())
                    .sum(),
                limit: self.limit,
                units: count("select count(*) from units")?,
                segments: folder.segments().unwrap_or_default().len() as u64,
                orphaned: sweep::orphans(folder, index)?.len() as u64,
                hits: count("select coalesce(sum(count), 0) from tallies where name = 'hits'")?,
                misses: count("select coalesce(sum(count), 0) from tallies where name = 'misses'")?,
            })
        });
        match stats {
            None if self.was_busy() => Err(self.busy()),
            found => Ok(found.unwrap_or(Stats { limit: self.limit, ..Stats::default() })),
        }
    }

    fn busy(&self) -> Error {
        Error::failed(format!("the rows in {} are in use", self.path.display()))
            .cause("another run has been writing for seconds")
            .hint("wait for it and try again")
    }

    /// Lets go of the units of these tables (of all, if none is named) that are older; how many that
    /// were. Tables the cache does not know are nothing to let go of.
    pub fn clear(&self, named: &[String], older_than: Option<Duration>) -> std::result::Result<u64, Error> {
        let before = older_than.map_or(i64::MAX, |age| {
            let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            chrono::Utc::now().timestamp_millis().saturating_sub(age)
        });
        let cleared = self.with_index(|folder, index| {
            let mut cleared = 0;
            if named.is_empty() {
                cleared = index.connection.execute("delete from units where fetched_ms < ?", [before])?;
            }
            for table in named {
                cleared += index.connection.execute(
                    "delete from units where fetched_ms < ?
                     and scan in (select id from scans where table_name = ?)",
                    rusqlite::params![before, table],
                )?;
            }
            sweep::collect(folder, index)?;
            Ok(cleared as u64)
        });
        cleared.ok_or_else(|| {
            let why = self.notes().pop().unwrap_or_default();
            Error::failed(format!("cannot clear the rows in {}", self.path.display()))
                .cause(why)
                .hint("wait for other runs to end, or remove the folder")
        })
    }
}

fn tables(index: &Index) -> Result<Vec<TableRows>> {
    let mut query = index.connection.prepare_cached(
        "select table_name, count(*), sum(rows), sum(bytes), min(fetched_ms), max(fetched_ms), max(lifetime_s),
                sum(fetched_ms + lifetime_s * 1000 >= ?)
         from units join scans on scans.id = units.scan group by table_name order by table_name",
    )?;
    let mut rows = query.query([chrono::Utc::now().timestamp_millis()])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        let number = |i: usize| row.get::<_, i64>(i).map(|n| u64::try_from(n).unwrap_or(0));
        let instant = |i: usize| -> Result<Timestamp> {
            let damaged = || IndexError::Damaged("an age is no instant".to_owned());
            Timestamp::from_timestamp_millis(row.get(i)?).ok_or_else(damaged)
        };
        tables.push(TableRows {
            table: row.get(0)?,
            units: number(1)?,
            rows: number(2)?,
            bytes: number(3)?,
            oldest: instant(4)?,
            newest: instant(5)?,
            lifetime: Duration::from_secs(number(6)?),
            fresh: number(7)?,
        });
    }
    Ok(tables)
}
