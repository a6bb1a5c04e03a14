//! Many small records of one kind in one file, each with an end: sessions that several processes share.
//!
//! New ones are appended, so that two thousand cost milliseconds and a process killed at any moment
//! spoils at most the line it was writing. A file of which most is no longer wanted is replaced in one
//! step, under a lock that appending processes hold too. The files are the owner's alone.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::file;
use super::record::Record;

/// A process that holds the lock longer was stopped; what is kept is worth no more waiting.
const PATIENCE: Duration = Duration::from_millis(50);
/// Files that nobody wrote to for longer hold nothing that still lives.
const LONGEST_LIFE: Duration = Duration::from_secs(25 * 3600);
/// Dead lines that are not worth a new file.
const FEW: usize = 64;

/// The record files of one folder. Cheap to share; safe to use from several processes at once.
#[derive(Debug)]
pub struct Records {
    /// `None` where nothing can be kept.
    folder: Option<PathBuf>,
    files: Mutex<HashMap<String, Arc<RecordFile>>>,
}

impl Records {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, files: Mutex::default() }
    }

    /// What is kept under the name in the file of `key`, and its end. Sees what other processes added.
    pub fn get(&self, key: &str, name: &str) -> Option<(String, SystemTime)> {
        self.file(key)?.get(name)
    }

    pub fn put(&self, key: &str, name: &str, body: &str, until: SystemTime) {
        if let Some(file) = self.file(key) {
            file.put(name, body, until);
        }
    }

    /// Forgets the record, unless another body took its place.
    pub fn remove(&self, key: &str, name: &str, body: &str) {
        if let Some(file) = self.file(key) {
            file.remove(name, body);
        }
    }

    /// What is there, for the operator.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        for path in entries.into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "records") {
                continue;
            }
            census.files += 1;
            let mut seen = Seen::default();
            let bytes = fs::read(&path).unwrap_or_default();
            for line in String::from_utf8_lossy(&bytes).lines().filter(|line| is_record(line)) {
                match Record::parse(line) {
                    Some(record) => seen.learn(record),
                    None => census.spoilt += 1,
                }
            }
            census.living += seen.records.values().filter(|record| record.until > now()).count();
        }
        census
    }

    fn file(&self, key: &str) -> Option<Arc<RecordFile>> {
        let folder = self.folder.as_ref()?;
        let mut files = self.files.lock();
        if let Some(file) = files.get(key) {
            return Some(Arc::clone(file));
        }
        if files.is_empty() {
            close_to_others(folder);
            drop_old_files(folder);
        }
        let path = file::named(folder, key, "records");
        let opened = Arc::new(RecordFile::new(path));
        files.insert(key.to_owned(), Arc::clone(&opened));
        Some(opened)
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub files: usize,
    pub living: usize,
    /// Lines that cannot be read, and are skipped.
    pub spoilt: usize,
}

#[derive(Debug)]
struct RecordFile {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// What of the file was read, and what could not be written yet.
#[derive(Debug, Default)]
struct Seen {
    records: HashMap<String, Record>,
    /// First line of the file, which tells it from one that takes its place: the system gives the numbers
    /// of its files out again.
    mark: Option<String>,
    offset: u64,
    /// Lines that no longer say anything.
    dead: usize,
    pending: String,
    /// Somebody sits on the lock: they are not waited for again.
    blocked: bool,
}

impl RecordFile {
    fn new(path: PathBuf) -> Self {
        Self { path, seen: Mutex::default() }
    }

    fn get(&self, name: &str) -> Option<(String, SystemTime)> {
        let mut seen = self.seen.lock();
        if !seen.is_living(name) {
            self.catch_up(&mut seen);
        }
        if !seen.is_living(name) {
            return None;
        }
        let record = seen.records.get(name)?;
        Some((record.body.clone()?, SystemTime::UNIX_EPOCH + Duration::from_secs(record.until)))
    }

    fn put(&self, name: &str, body: &str, until: SystemTime) {
        let until = until.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut seen = self.seen.lock();
        self.write(&mut seen, Record::of(name, until, body));
    }

    fn remove(&self, name: &str, body: &str) {
        let mut seen = self.seen.lock();
        self.catch_up(&mut seen);
        let Some(record) = seen.records.get(name) else { return };
        if record.body.as_deref() == Some(body) {
            let gone = record.taken_back();
            self.write(&mut seen, gone);
        }
    }

    /// Reads what was added since the last time, or everything where the file was replaced.
    fn catch_up(&self, seen: &mut Seen) {
        // What cannot be read is as good as absent: it costs calls.
        if let Err(error) = self.read(seen)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!("cannot read {}: {error}", self.path.display());
        }
    }

    fn read(&self, seen: &mut Seen) -> io::Result<()> {
        self.read_on(seen)?;
        if seen.dead > FEW.max(seen.records.len())
            && let Ok(lock) = self.lock(seen, File::try_lock)
        {
            // Others may have written until the lock was ours.
            self.read_on(seen)?;
            self.compact(seen, lock);
        }
        Ok(())
    }

    fn read_on(&self, seen: &mut Seen) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let about = file.metadata()?;
        if !is_ours_alone(&about) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may read or write it"));
        }
        let mark = mark_of(&mut file)?;
        if seen.mark != mark || about.len() < seen.offset {
            let pending = std::mem::take(&mut seen.pending);
            *seen = Seen { mark, ..Seen::default() };
            pending.lines().filter_map(Record::parse).for_each(|record| seen.learn(record));
            seen.pending = pending;
        }
        if about.len() == seen.offset {
            return Ok(());
        }
        file.seek(SeekFrom::Start(seen.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // A line without its end is still being written.
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        seen.offset += whole as u64;
        for line in String::from_utf8_lossy(&bytes[..whole]).lines().filter(|line| is_record(line)) {
            match Record::parse(line) {
                Some(record) => seen.learn(record),
                None => seen.dead += 1,
            }
        }
        Ok(())
    }

    fn write(&self, seen: &mut Seen, record: Record) {
        let line = record.to_line();
        seen.pending.push_str(&line);
        seen.learn(record);
        match self.append(seen) {
            Ok(()) => seen.pending.clear(),
            Err(error) => {
                // Tried again with the next record; a full disk must not fill the memory too.
                if seen.pending.len() > 1 << 22 {
                    seen.pending.clear();
                }
                tracing::debug!("cannot write {}: {error}", self.path.display());
            }
        }
    }

    fn append(&self, seen: &mut Seen) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            file::make_folder(folder)?;
        }
        let _lock = self.lock(seen, File::try_lock_shared)?;
        if fs::metadata(&self.path).is_ok_and(|about| !is_ours_alone(&about)) {
            // Whoever opened it to others: nothing is added to what they can see.
            fs::remove_file(&self.path)?;
        }
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        owner_only(&mut options);
        let mut file = options.read(true).open(&self.path)?;
        let before = file.metadata()?.len();
        let mark = if before == 0 { new_mark() } else { String::new() };
        // In one call: the system keeps the lines of two processes apart.
        file.write_all(format!("{mark}{}", seen.pending).as_bytes())?;
        let added = (mark.len() + seen.pending.len()) as u64;
        // Nobody else wrote in between: there is nothing to read again.
        if file.metadata()?.len() == seen.offset + added {
            let mark = mark_of(&mut file)?;
            if before == 0 || mark == seen.mark {
                seen.mark = mark;
                seen.offset += added;
            }
        }
        Ok(())
    }

    /// Writes the living records beside and renames.
    fn compact(&self, seen: &mut Seen, _lock: File) {
        let mut text = new_mark();
        text.extend(seen.records.values().map(Record::to_line));
        match file::replace(&self.path, text.as_bytes(), 0) {
            Ok(()) => {
                seen.mark = text.lines().next().map(str::to_owned);
                seen.offset = text.len() as u64;
                seen.dead = 0;
            }
            Err(error) => tracing::debug!("cannot replace {}: {error}", self.path.display()),
        }
    }

    /// The system lets go of the lock when its process dies, however it dies.
    fn lock(
        &self,
        seen: &mut Seen,
        take: impl Fn(&File) -> Result<(), fs::TryLockError>,
    ) -> io::Result<File> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        owner_only(&mut options);
        let lock = options.open(self.path.with_extension("lock"))?;
        let begun = std::time::Instant::now();
        loop {
            match take(&lock) {
                Ok(()) => {
                    seen.blocked = false;
                    return Ok(lock);
                }
                Err(fs::TryLockError::Error(error)) => return Err(error),
                Err(fs::TryLockError::WouldBlock) if seen.blocked || begun.elapsed() > PATIENCE => {
                    seen.blocked = true;
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

impl Drop for RecordFile {
    fn drop(&mut self) {
        let mut seen = self.seen.lock();
        if !seen.pending.is_empty() {
            seen.blocked = false;
            // The last try: what is lost costs calls.
            let _ = self.append(&mut seen);
        }
    }
}

impl Seen {
    fn learn(&mut self, record: Record) {
        let old = self.records.get(&record.name);
        if old == Some(&record) {
            return;
        }
        if record.body.is_none() {
            self.dead += 1;
            if old.is_some_and(|old| record.takes_back(old)) {
                self.records.remove(&record.name);
                self.dead += 1;
            }
            return;
        }
        if record.until <= now() {
            self.dead += 1;
            return;
        }
        if self.records.insert(record.name.clone(), record).is_some() {
            self.dead += 1;
        }
    }

    fn is_living(&self, name: &str) -> bool {
        self.records.get(name).is_some_and(|record| record.until > now())
    }
}

/// Real, whatever the clock of a repeatable report says: services end sessions in real time.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn owner_only(options: &mut fs::OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn is_ours_alone(about: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 == 0
    }
    #[cfg(not(unix))]
    {
        let _ = about;
        true
    }
}

/// `#` and a number that no other file has.
fn new_mark() -> String {
    let number = std::hash::RandomState::new().build_hasher().finish();
    format!("#{number:016x}\n")
}

fn mark_of(file: &mut File) -> io::Result<Option<String>> {
    let mut bytes = [0; 17];
    file.seek(SeekFrom::Start(0))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_record(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// The folder may have been made by something less careful.
fn close_to_others(folder: &Path) {
    #[cfg(unix)]
    if let Ok(about) = fs::metadata(folder)
        && !is_ours_alone(&about)
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Not ours to change: then the files' own modes must do.
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    #[cfg(not(unix))]
    let _ = folder;
}

fn drop_old_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "lock") {
            continue;
        }
        let age = fs::metadata(&path).and_then(|about| about.modified()).map(|at| at.elapsed());
        if matches!(age, Ok(Ok(age)) if age > LONGEST_LIFE) {
            // Another process may have been faster.
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(path.with_extension("lock"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn records(folder: &Path) -> Records {
        Records::new(Some(folder.join("sessions")))
    }

    fn soon() -> SystemTime {
        SystemTime::now() + HOUR
    }

    fn body(records: &Records, name: &str) -> Option<String> {
        records.get("key", name).map(|(body, _)| body)
    }

    fn the_file(folder: &Path) -> PathBuf {
        let mut all = fs::read_dir(folder.join("sessions")).unwrap().map(|entry| entry.unwrap().path());
        all.find(|path| path.extension().is_some_and(|e| e == "records")).unwrap()
    }

    #[test]
    fn what_one_process_keeps_another_gets_until_it_ends_or_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (records(folder.path()), records(folder.path()));
        assert_eq!(body(&other, "a"), None);
        one.put("key", "a", "1", soon());
        let (found, until) = other.get("key", "a").unwrap();
        assert_eq!(found, "1");
        assert!(until > SystemTime::now() + HOUR / 2);
        assert_eq!(other.get("another key", "a"), None);
        one.put("key", "past", "1", SystemTime::now());
        assert_eq!(body(&other, "past"), None);

        other.remove("key", "a", "not this one");
        assert_eq!(body(&records(folder.path()), "a").as_deref(), Some("1"));
        other.remove("key", "a", "1");
        assert_eq!(body(&records(folder.path()), "a"), None);
        // Who had seen it before it was taken back keeps it: a service will say so again.
        one.put("key", "a", "2", soon());
        one.remove("key", "a", "1");
        assert_eq!(body(&records(folder.path()), "a").as_deref(), Some("2"));
    }

    #[test]
    fn a_process_killed_while_it_wrote_spoils_its_own_line_only() {
        let folder = tempfile::tempdir().unwrap();
        records(folder.path()).put("key", "a", "1", soon());
        let path = the_file(folder.path());
        let line = Record::of("b", u64::MAX, "never finished").to_line();
        for cut in [1, 10, line.len() - 2, line.len() - 1] {
            let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(&line.as_bytes()[..cut]).unwrap();
            let later = records(folder.path());
            let name = format!("after {cut}");
            later.put("key", &name, "2", soon());
            let last = records(folder.path());
            assert_eq!(body(&last, "a").as_deref(), Some("1"), "{cut}");
            assert_eq!(body(&last, &name).as_deref(), Some("2"), "{cut}");
        }
    }

    #[test]
    fn a_file_of_anything_is_read_without_harm() {
        let folder = tempfile::tempdir().unwrap();
        records(folder.path()).put("key", "a", "1", soon());
        let path = the_file(folder.path());
        for spoilt in [
            &b""[..],
            b"\0\xff\xfe\n\n{}\n",
            b"{\"sum\":\"\",\"name\":\"a\",\"until\":99999999999}\n",
            &[b'['; 100_000],
        ] {
            fs::write(&path, spoilt).unwrap();
            let records = records(folder.path());
            assert_eq!(body(&records, "a"), None);
            records.put("key", "a", "2", soon());
            assert_eq!(body(&super::tests::records(folder.path()), "a").as_deref(), Some("2"));
        }
    }

    #[test]
    fn writers_at_once_lose_nothing_and_dead_lines_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let records = records(folder.path());
                scope.spawn(move || {
                    for i in 0..200 {
                        // Each name is written over and over, so that files are replaced under writers.
                        records.put("key", &format!("{writer}-{}", i % 20), &i.to_string(), soon());
                        let _ = records.get("key", &format!("nobody-{i}"));
                    }
                });
            }
        });
        let last = records(folder.path());
        for writer in 0..4 {
            for i in 0..20 {
                assert_eq!(body(&last, &format!("{writer}-{i}")), Some((180 + i).to_string()));
            }
        }
        let lines =
            fs::read_to_string(the_file(folder.path())).unwrap().lines().filter(|l| !l.is_empty()).count();
        assert!(lines < 400, "{lines}");
    }

    #[cfg(unix)]
    #[test]
    fn files_are_the_owners_alone_and_others_are_not_believed() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sessions")).unwrap();
        fs::set_permissions(folder.path().join("sessions"), fs::Permissions::from_mode(0o755)).unwrap();
        records(folder.path()).put("key", "a", "1", soon());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("sessions")), 0o700);
        for entry in fs::read_dir(folder.path().join("sessions")).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
        let path = the_file(folder.path());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(body(&records(folder.path()), "a"), None);
        records(folder.path()).put("key", "b", "1", soon());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(body(&records(folder.path()), "a"), None);
        assert_eq!(body(&records(folder.path()), "b").as_deref(), Some("1"));
    }

    #[test]
    fn whoever_sits_on_the_lock_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let one = records(folder.path());
        one.put("key", "a", "1", soon());
        let lock = File::open(the_file(folder.path()).with_extension("lock")).unwrap();
        lock.lock().unwrap();
        let begun = std::time::Instant::now();
        for i in 0..50 {
            one.put("key", &format!("{i}"), "1", soon());
        }
        assert!(begun.elapsed() < PATIENCE * 10, "{:?}", begun.elapsed());
        assert_eq!(body(&one, "49").as_deref(), Some("1"));
        lock.unlock().unwrap();
        one.put("key", "last", "1", soon());
        let other = records(folder.path());
        for name in ["a", "0", "49", "last"] {
            assert_eq!(body(&other, name).as_deref(), Some("1"), "{name}");
        }
    }

    #[test]
    fn nowhere_to_keep_anything_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("sessions"), "a file").unwrap();
        let records = records(folder.path());
        records.put("key", "a", "1", soon());
        assert_eq!(body(&records, "a").as_deref(), Some("1"), "for this process");
        let none = Records::new(None);
        none.put("key", "a", "1", soon());
        assert_eq!(body(&none, "a"), None);
    }
}
