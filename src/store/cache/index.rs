//! Which units are kept and where: an SQLite file that several processes read and write at once.
//!
//! A row is written only after its bytes lie in the segment. Every row carries a seal over all it says,
//! so that a disk that changes a letter cannot make one account's rows another's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use super::folder::Folder;
use super::key::{Digest, ScanKey};
use super::segment::Extent;
use crate::model::{AccountId, Region, Timestamp};

/// Raised when the tables below, or the form of segments, change: another version's cache is dropped.
const VERSION: i64 = 1;

/// How long a process waits for another one's transaction; each is a few milliseconds.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
    create table scans (
        id integer primary key,
        seal blob not null unique,
        family blob not null,
        table_name text not null,
        columns text not null,
        lifetime_s integer not null
    );
    create table segments (
        id integer primary key,
        name text not null unique,
        used_ms integer not null
    );
    create table units (
        scan integer not null references scans,
        account text not null,
        region text not null,
        facts blob not null,
        fetched_ms integer not null,
        as_of_us integer not null,
        rows integer not null,
        bytes integer not null,
        segment integer references segments,
        extents blob not null,
        seal blob not null,
        primary key (scan, account, region)
    ) without rowid;
    create index units_of_segment on units (segment);
    create table tallies (name text primary key, count integer not null) without rowid;
";

#[derive(Debug)]
pub enum IndexError {
    /// What stands there cannot have been written by us.
    Damaged(String),
    /// Written by another version of canvass.
    OtherVersion,
    /// Another process held it too long.
    Busy,
    /// No room, no permission, no file.
    Unavailable(String),
}

impl From<rusqlite::Error> for IndexError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => IndexError::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) | None => {
                IndexError::Damaged(error.to_string())
            }
            Some(_) => IndexError::Unavailable(error.to_string()),
        }
    }
}

pub type Result<T> = std::result::Result<T, IndexError>;

/// A unit as the index knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Names of the columns, as they lie in the segment.
    pub columns: Arc<[String]>,
    /// By the real clock, whatever `as_of` says.
    pub fetched: Timestamp,
    /// What the rows say of themselves.
    pub as_of: Timestamp,
    pub rows: u64,
    /// What was known of the account when the rows were fetched.
    pub facts: Digest,
    pub(super) scan: i64,
    /// `None` where there are no bytes: no rows, or none but their number.
    pub(super) segment: Option<Arc<str>>,
    pub(super) extents: Vec<Extent>,
}

/// A unit to be kept.
#[derive(Clone, Debug)]
pub struct NewUnit {
    pub key: Arc<ScanKey>,
    pub columns: Arc<[String]>,
    pub account: AccountId,
    pub region: Region,
    pub facts: Digest,
    pub fetched: Timestamp,
    pub as_of: Timestamp,
    pub rows: u64,
    /// The segment's id and name.
    pub segment: Option<(i64, Arc<str>)>,
    pub extents: Vec<Extent>,
}

pub struct Index {
    pub(super) connection: Connection,
}

impl Index {
    pub fn open(folder: &Folder) -> Result<Index> {
        folder.prepare_index().map_err(|error| IndexError::Unavailable(error.to_string()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(folder.index(), flags)?;
        connection.busy_timeout(BUSY)?;
        // Folding the log into the index when the last process ends would make each one wait for the disk.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        wal(&connection)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        if version(&connection)? != VERSION {
            make_tables(&mut connection)?;
        }
        Ok(Index { connection })
    }

    /// The units of a scan that hold all the columns wanted; the last fetched where there are several.
    pub fn find(&self, key: &ScanKey, wanted: &[&str]) -> Result<HashMap<(AccountId, Region), Kept>> {
        let mut found: HashMap<(AccountId, Region), Kept> = HashMap::new();
        let mut scans =
            self.connection.prepare_cached("select id, seal, columns from scans where family = ?")?;
        let scans: Vec<(i64, Vec<u8>, String)> = scans
            .query_map([key.family.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<std::result::Result<_, _>>()?;
        for (scan, seal, columns) in scans {
            let expected = ScanKey::with_columns(&key.family, &columns);
            if seal != expected.as_bytes() {
                return Err(IndexError::Damaged("a scan is not what was written".to_owned()));
            }
            let columns: Arc<[String]> = columns.split_terminator('\n').map(str::to_owned).collect();
            if !wanted.iter().all(|name| columns.iter().any(|kept| kept == name)) {
                continue;
            }
            self.units_of(scan, &expected, &columns, &mut found)?;
        }
        Ok(found)
    }

    fn units_of(
        &self,
        scan: i64,
        seal: &Digest,
        columns: &Arc<[String]>,
        found: &mut HashMap<(AccountId, Region), Kept>,
    ) -> Result<()> {
        let mut units = self.connection.prepare_cached(
            "select account, region, facts, fetched_ms, as_of_us, rows, name, extents, seal
             from units left join segments on segments.id = units.segment where scan = ?",
        )?;
        let mut rows = units.query([scan])?;
        while let Some(row) = rows.next()? {
            let (account, region): (String, String) = (row.get(0)?, row.get(1)?);
            let (facts, extents, sealed): (Vec<u8>, Vec<u8>, Vec<u8>) =
                (row.get(2)?, row.get(7)?, row.get(8)?);
            let (fetched, as_of, count): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let segment: Option<String> = row.get(6)?;
            let unit = Sealed {
                scan: seal,
                account: &account,
                region: &region,
                facts: &facts,
                numbers: [fetched, as_of, count],
                segment: segment.as_deref(),
                extents: &extents,
            };
            let damaged = || IndexError::Damaged("a unit is not what was written".to_owned());
            if unit.seal().as_bytes() != sealed {
                return Err(damaged());
            }
            let kept = Kept {
                columns: Arc::clone(columns),
                fetched: Timestamp::from_timestamp_millis(fetched).ok_or_else(damaged)?,
                as_of: Timestamp::from_timestamp_micros(as_of).ok_or_else(damaged)?,
                rows: u64::try_from(count).map_err(|_| damaged())?,
                facts: Digest::read(&facts).ok_or_else(damaged)?,
                scan,
                segment: segment.map(Arc::from),
                extents: postcard::from_bytes(&extents).map_err(|_| damaged())?,
            };
            let name = (account.parse().map_err(|_| damaged())?, Region::new(&region));
            match found.get(&name) {
                Some(other) if other.fetched >= kept.fetched => {}
                _ => {
                    found.insert(name, kept);
                }
            }
        }
        Ok(())
    }

    /// Makes units visible. What another process fetched later stays.
    pub fn insert(&mut self, units: &[NewUnit]) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut scans: HashMap<Digest, i64> = HashMap::new();
        for unit in units {
            let columns: String = unit.columns.iter().map(|name| format!("{name}\n")).collect();
            let seal = ScanKey::with_columns(&unit.key.family, &columns);
            let scan = match scans.get(&seal) {
                Some(id) => *id,
                None => {
                    let id = scan_id(&transaction, unit, &columns, &seal)?;
                    scans.insert(seal, id);
                    id
                }
            };
            insert_unit(&transaction, unit, scan, &seal)?;
        }
        Ok(transaction.commit()?)
    }

    /// Registers a segment whose lock this process holds.
    pub fn add_segment(&self, name: &str) -> Result<i64> {
        self.connection.execute(
            "insert into segments (name, used_ms) values (?, ?)",
            params![name, chrono::Utc::now().timestamp_millis()],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    pub fn segment_id(&self, name: &str) -> Result<Option<i64>> {
        let mut found = self.connection.prepare_cached("select id from segments where name = ?")?;
        Ok(found.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Newest first.
    pub fn segments(&self) -> Result<Vec<(i64, String)>> {
        let mut found = self.connection.prepare_cached("select id, name from segments order by id desc")?;
        let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Forgets a unit whose bytes were found damaged, unless it was fetched again since.
    pub fn forget(&self, kept: &Kept, account: &AccountId, region: &Region) -> Result<()> {
        self.connection.execute(
            "delete from units where scan = ? and account = ? and region = ? and fetched_ms = ?",
            params![kept.scan, account.as_str(), region.as_str(), kept.fetched.timestamp_millis()],
        )?;
        Ok(())
    }

    /// Counts what was served and what was not, and when segments were last of use.
    pub fn tally<'a>(
        &mut self,
        tallies: &[(&str, u64)],
        used: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (name, count) in tallies.iter().filter(|(_, count)| *count > 0) {
            transaction.execute(
                "insert into tallies values (?1, ?2) on conflict do update set count = count + ?2",
                params![name, i64::try_from(*count).unwrap_or(i64::MAX)],
            )?;
        }
        let now = chrono::Utc::now().timestamp_millis();
        for name in used {
            transaction.execute("update segments set used_ms = ? where name = ?", params![now, name])?;
        }
        Ok(transaction.commit()?)
    }
}

/// The first process to come switches; SQLite does not wait its turn for that by itself.
fn wal(connection: &Connection) -> Result<()> {
    let started = std::time::Instant::now();
    loop {
        let switched = connection.query_row("pragma journal_mode = wal", [], |row| row.get::<_, String>(0));
        match switched.map_err(IndexError::from) {
            Err(IndexError::Busy) if started.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(IndexError::Unavailable(format!("journal mode is '{mode}'"))),
        }
    }
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("pragma user_version", [], |row| row.get(0))?)
}

fn make_tables(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        // Another process was first.
        VERSION => return Ok(()),
        0 => {}
        _ => return Err(IndexError::OtherVersion),
    }
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

fn scan_id(connection: &Connection, unit: &NewUnit, columns: &str, seal: &Digest) -> Result<i64> {
    let lifetime = i64::try_from(unit.key.lifetime.as_secs()).unwrap_or(i64::MAX);
    let mut insert = connection.prepare_cached(
        "insert into scans (seal, family, table_name, columns, lifetime_s) values (?, ?, ?, ?, ?)
         on conflict do update set family = excluded.family, table_name = excluded.table_name,
             columns = excluded.columns, lifetime_s = excluded.lifetime_s returning id",
    )?;
    let parts = params![seal.as_bytes(), unit.key.family.as_bytes(), unit.key.table, columns, lifetime];
    Ok(insert.query_row(parts, |row| row.get(0))?)
}

fn insert_unit(connection: &Connection, unit: &NewUnit, scan: i64, seal: &Digest) -> Result<()> {
    let extents =
        postcard::to_stdvec(&unit.extents).map_err(|error| IndexError::Unavailable(error.to_string()))?;
    let numbers = [
        unit.fetched.timestamp_millis(),
        unit.as_of.timestamp_micros(),
        i64::try_from(unit.rows).unwrap_or(i64::MAX),
    ];
    let sealed = Sealed {
        scan: seal,
        account: unit.account.as_str(),
        region: unit.region.as_str(),
        facts: unit.facts.as_bytes(),
        numbers,
        segment: unit.segment.as_ref().map(|(_, name)| &**name),
        extents: &extents,
    };
    let bytes: u64 = unit.extents.iter().map(|extent| extent.length).sum();
    let mut insert = connection.prepare_cached(
        "insert into units values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict do update set facts = excluded.facts, fetched_ms = excluded.fetched_ms,
             as_of_us = excluded.as_of_us, rows = excluded.rows, bytes = excluded.bytes,
             segment = excluded.segment, extents = excluded.extents, seal = excluded.seal
         where excluded.fetched_ms >= units.fetched_ms or units.fetched_ms > ?12",
    )?;
    insert.execute(params![
        scan,
        sealed.account,
        sealed.region,
        sealed.facts,
        numbers[0],
        numbers[1],
        numbers[2],
        i64::try_from(bytes).unwrap_or(i64::MAX),
        unit.segment.as_ref().map(|(id, _)| *id),
        extents,
        sealed.seal().as_bytes(),
        chrono::Utc::now().timestamp_millis(),
    ])?;
    Ok(())
}

/// All that a unit's row says.
struct Sealed<'a> {
    scan: &'a Digest,
    account: &'a str,
    region: &'a str,
    facts: &'a [u8],
    numbers: [i64; 3],
    segment: Option<&'a str>,
    extents: &'a [u8],
}

impl Sealed<'_> {
    fn seal(&self) -> Digest {
        let [fetched, as_of, rows] = self.numbers.map(i64::to_le_bytes);
        Digest::of([
            self.scan.as_bytes(),
            self.account.as_bytes(),
            self.region.as_bytes(),
            self.facts,
            &fetched,
            &as_of,
            &rows,
            self.segment.unwrap_or_default().as_bytes(),
            self.extents,
        ])
    }
}

#[cfg(test)]
impl Index {
    /// Writes every unit again, as if it had been fetched earlier.
    pub fn age(&mut self, by: chrono::TimeDelta) {
        let mut rows: Vec<(i64, Vec<u8>, String, String)> = Vec::new();
        {
            let mut units = self
                .connection
                .prepare("select scan, scans.seal, account, region from units join scans on scans.id = scan")
                .unwrap();
            let mut found = units.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                rows.push((
                    row.get(0).unwrap(),
                    row.get(1).unwrap(),
                    row.get(2).unwrap(),
                    row.get(3).unwrap(),
                ));
            }
        }
        for (scan, seal, account, region) in rows {
            let seal = Digest::read(&seal).unwrap();
            let mut found = HashMap::new();
            self.units_of(scan, &seal, &Arc::from([]), &mut found).unwrap();
            let kept = &found[&(account.parse().unwrap(), Region::new(&region))];
            let fetched = (kept.fetched - by).timestamp_millis();
            let extents = postcard::to_stdvec(&kept.extents).unwrap();
            let sealed = Sealed {
                scan: &seal,
                account: &account,
                region: &region,
                facts: kept.facts.as_bytes(),
                numbers: [fetched, kept.as_of.timestamp_micros(), kept.rows as i64],
                segment: kept.segment.as_deref(),
                extents: &extents,
            };
            self.connection
                .execute(
                    "update units set fetched_ms = ?, seal = ? where scan = ? and account = ? and region = ?",
                    params![fetched, sealed.seal().as_bytes(), scan, account, region],
                )
                .unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::KeyParts;
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temp.path().join("rows")).unwrap();
        (temp, folder)
    }

    fn key(identity: &str) -> Arc<ScanKey> {
        Arc::new(ScanKey::new(&KeyParts {
            table: "aws_vpc",
            lifetime: Duration::from_secs(600),
            definition: b"",
            pushed: "",
            source: "api",
            identity,
            place: "aws",
        }))
    }

    fn unit(key: &Arc<ScanKey>, account: &str, columns: &[&str], second: i64) -> NewUnit {
        NewUnit {
            key: Arc::clone(key),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            account: account.parse().unwrap(),
            region: Region::new("eu-west-1"),
            facts: Digest::of([]),
            fetched: Timestamp::from_timestamp(second, 0).unwrap(),
            as_of: Timestamp::from_timestamp(second, 0).unwrap(),
            rows: 0,
            segment: None,
            extents: Vec::new(),
        }
    }

    const ONE: &str = "100000000001";

    #[test]
    fn a_unit_is_found_by_whoever_wants_no_more_columns_than_it_has() {
        let (_temp, folder) = folder();
        let mut index = Index::open(&folder).unwrap();
        let key = key("ops");
        index.insert(&[unit(&key, ONE, &["id", "name", "tags"], 5), unit(&key, ONE, &["id"], 9)]).unwrap();
        let seconds = |wanted: &[&str]| {
            let found = Index::open(&folder).unwrap().find(&key, wanted).unwrap();
            found.values().next().map(|kept| kept.fetched.timestamp())
        };
        assert_eq!(seconds(&["tags", "id"]), Some(5));
        assert_eq!(seconds(&["id"]), Some(9), "the later of two that do");
        assert_eq!(seconds(&[]), Some(9));
        assert_eq!(seconds(&["id", "cidr"]), None);
    }

    #[test]
    fn another_identity_finds_nothing() {
        let (_temp, folder) = folder();
        let mut index = Index::open(&folder).unwrap();
        index.insert(&[unit(&key("ops"), ONE, &["id"], 5)]).unwrap();
        assert_eq!(index.find(&key("dev"), &["id"]).unwrap(), HashMap::new());
    }

    #[test]
    fn what_was_fetched_later_stays() {
        let (_temp, folder) = folder();
        let mut index = Index::open(&folder).unwrap();
        let key = key("ops");
        for second in [5, 9, 7] {
            index.insert(&[unit(&key, ONE, &["id"], second)]).unwrap();
        }
        let found = index.find(&key, &["id"]).unwrap();
        assert_eq!(found.values().next().unwrap().fetched.timestamp(), 9);
    }

    #[test]
    fn a_row_that_says_something_else_than_was_written_is_damage() {
        let changes = [
            "update units set account = '100000000002'",
            "update units set region = 'us-east-1'",
            "update units set rows = rows + 1",
            "update units set fetched_ms = fetched_ms + 600000",
            "update units set as_of_us = as_of_us + 1",
            "update units set extents = x'0100'",
            "update units set facts = x'00'",
            "update units set seal = x'00'",
            "update units set rows = 'many'",
            "update scans set columns = 'id' || char(10) || 'secret' || char(10)",
            "update scans set seal = x'00'",
        ];
        for change in changes {
            let (_temp, folder) = folder();
            let mut index = Index::open(&folder).unwrap();
            let key = key("ops");
            index.insert(&[unit(&key, ONE, &["id"], 5)]).unwrap();
            index.connection.execute_batch(change).unwrap();
            let found = index.find(&key, &["id"]);
            assert!(matches!(found, Err(IndexError::Damaged(_))), "{change}: {found:?}");
        }
    }

    #[test]
    fn another_version_and_a_file_that_is_no_index_are_told_apart() {
        let (_temp, folder) = folder();
        Index::open(&folder).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Index::open(&folder), Err(IndexError::OtherVersion)));
        folder.discard().unwrap();
        std::fs::write(folder.index(), "not a database, and long enough to be told from one".repeat(50))
            .unwrap();
        assert!(matches!(Index::open(&folder), Err(IndexError::Damaged(_))));
    }

    #[test]
    fn many_open_a_new_index_at_once() {
        let (_temp, folder) = folder();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let folder = &folder;
                scope.spawn(move || {
                    let mut index = Index::open(folder).unwrap();
                    let account = format!("10000000000{n}");
                    index.insert(&[unit(&key("ops"), &account, &["id"], 5)]).unwrap();
                });
            }
        });
        assert_eq!(Index::open(&folder).unwrap().find(&key("ops"), &[]).unwrap().len(), 8);
    }
}
