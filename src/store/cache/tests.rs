use std::time::Duration;

use arrow::array::{Int64Array, StringArray};

use super::*;
use crate::model::Timestamp;

const LIMIT: u64 = 64 << 20;
const ONE: &str = "100000000001";

fn key() -> Arc<ScanKey> {
    Arc::new(ScanKey::new(&KeyParts {
        table: "aws_vpc",
        lifetime: Duration::from_secs(600),
        definition: b"",
        pushed: "",
        source: "api",
        identity: "ops",
        place: "aws",
    }))
}

fn batch(first: i64, rows: i64) -> RecordBatch {
    let ids = Int64Array::from_iter_values(first..first + rows);
    let names = StringArray::from_iter_values((first..first + rows).map(|i| format!("vpc-{i:08}")));
    let columns: [(&str, arrow::array::ArrayRef); 2] = [("id", Arc::new(ids)), ("name", Arc::new(names))];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn entry(account: &str, rows: u64) -> NewUnit {
    NewUnit {
        key: key(),
        columns: ["id", "name"].map(str::to_owned).into(),
        account: account.parse().unwrap(),
        region: Region::new("eu-west-1"),
        facts: Digest::of([]),
        fetched: chrono::Utc::now(),
        as_of: "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap(),
        rows,
        segment: None,
        extents: Vec::new(),
    }
}

fn keep(cache: &RowCache, account: &str, batches: &[RecordBatch]) {
    cache.open();
    let mut rows = cache.unit_rows().unwrap();
    batches.iter().for_each(|batch| rows.push(batch.clone()));
    rows.keep(entry(account, batches.iter().map(|batch| batch.num_rows() as u64).sum()));
}

/// The rows of a unit as another process finds them.
fn found(cache: &RowCache, account: &str) -> Option<Vec<RecordBatch>> {
    let unit = (account.parse().unwrap(), Region::new("eu-west-1"));
    let units = cache.find(&key(), &["id", "name"]);
    let kept = units.get(&unit)?;
    cache.read((&unit.0, &unit.1), kept, &batch(0, 0).schema(), &[0, 1]).ok()
}

fn cache(folder: &tempfile::TempDir) -> RowCache {
    RowCache::new(&folder.path().join("rows"), LIMIT)
}

#[test]
fn what_one_process_kept_another_finds() {
    let folder = tempfile::tempdir().unwrap();
    let first = cache(&folder);
    keep(&first, ONE, &[batch(0, 3), batch(3, 2)]);
    keep(&first, "100000000002", &[]);
    first.finish();
    let second = cache(&folder);
    assert_eq!(found(&second, ONE).unwrap(), [batch(0, 3), batch(3, 2)]);
    assert_eq!(found(&second, "100000000002").unwrap(), []);
    assert_eq!(found(&second, "100000000003"), None);
    assert_eq!(first.notes(), second.notes());
}

#[test]
fn units_share_one_segment_and_the_next_process_goes_on_in_it() {
    let folder = tempfile::tempdir().unwrap();
    for process in 0..3 {
        let cache = cache(&folder);
        for unit in 0..50 {
            keep(&cache, &format!("10000000{process:02}{unit:02}"), &[batch(unit, 10)]);
        }
        cache.finish();
    }
    let stats = cache(&folder).stats().unwrap();
    assert_eq!((stats.units, stats.segments, stats.orphaned), (150, 1, 0));
    assert_eq!(found(&cache(&folder), "100000000249").unwrap(), [batch(49, 10)]);
}

#[test]
fn a_large_unit_is_written_while_it_runs_and_counts_only_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let first = cache(&folder);
    let large: Vec<_> = (0..40).map(|part| batch(part * 1000, 1000)).collect();
    first.open();
    let mut cut_short = first.unit_rows().unwrap();
    large.iter().for_each(|batch| cut_short.push(batch.clone()));
    drop(cut_short);
    keep(&first, ONE, &large);
    first.finish();
    let second = cache(&folder);
    let rows: usize = found(&second, ONE).unwrap().iter().map(RecordBatch::num_rows).sum();
    assert_eq!((rows, second.stats().unwrap().units), (40_000, 1));
}

/// A cache of two units, and the files it is made of.
fn template() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let first = cache(&folder);
    keep(&first, ONE, &[batch(0, 4)]);
    keep(&first, "100000000002", &[batch(7, 2)]);
    first.finish();
    let files = std::fs::read_dir(folder.path().join("rows")).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    (folder, names)
}

/// A copy with one file changed.
fn changed(template: &tempfile::TempDir, file: &str, change: impl Fn(&mut Vec<u8>)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("rows")).unwrap();
    for entry in std::fs::read_dir(template.path().join("rows")).unwrap() {
        let entry = entry.unwrap();
        let mut bytes = std::fs::read(entry.path()).unwrap();
        if entry.file_name() == file {
            change(&mut bytes);
        }
        std::fs::write(copy.path().join("rows").join(entry.file_name()), bytes).unwrap();
    }
    copy
}

/// Right rows or none; and whatever happened, the next process keeps and finds again.
fn survives(folder: &tempfile::TempDir, what: &str) -> (bool, Vec<String>) {
    let second = cache(folder);
    let (one, two) = (found(&second, ONE), found(&second, "100000000002"));
    assert!(one.as_ref().is_none_or(|rows| *rows == [batch(0, 4)]), "{what}");
    assert!(two.as_ref().is_none_or(|rows| *rows == [batch(7, 2)]), "{what}");
    let notes = second.notes();
    second.finish();
    let third = cache(folder);
    keep(&third, ONE, &[batch(0, 4)]);
    third.finish();
    // A page that is broken where only a writer looks is found by the next one to look there.
    let fourth = cache(folder);
    if found(&fourth, ONE).is_none() {
        assert!(!third.notes().is_empty() || !fourth.notes().is_empty(), "{what}");
    }
    (one.is_some() && two.is_some(), notes)
}

#[test]
fn a_flipped_byte_anywhere_in_a_segment_is_noticed_and_said_once() {
    let (template, files) = template();
    let segment = files.iter().find(|name| name.ends_with(".rows")).unwrap();
    let length = std::fs::metadata(template.path().join("rows").join(segment)).unwrap().len() as usize;
    for at in (0..length).step_by(29) {
        let folder = changed(&template, segment, |bytes| bytes[at] ^= 0x10);
        let (whole, notes) = survives(&folder, &format!("byte {at}"));
        assert!(!whole && notes.len() == 1, "byte {at}: {notes:?}");
        assert!(notes[0].contains("were damaged and were asked again"), "{notes:?}");
    }
    for cut in (0..length).step_by(53) {
        let folder = changed(&template, segment, |bytes| bytes.truncate(cut));
        let (whole, notes) = survives(&folder, &format!("cut at {cut}"));
        assert!(!whole && notes.len() == 1, "cut at {cut}: {notes:?}");
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_index_never_makes_a_wrong_row() {
    let (template, files) = template();
    flip_each_byte_of_the_index(&template, &files);
    let rows = Folder::open(&template.path().join("rows")).unwrap();
    let index = Index::open(&rows).unwrap();
    index.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(index);
    let noticed = flip_each_byte_of_the_index(&template, &files);
    assert!(noticed > 20, "{noticed}");
}

/// How many flips were told of. What is only in the log has checksums of SQLite's own, and is left out.
fn flip_each_byte_of_the_index(template: &tempfile::TempDir, files: &[String]) -> usize {
    let mut noticed = 0;
    for file in files.iter().filter(|name| name.starts_with("index.db") && !name.ends_with("-shm")) {
        let bytes = std::fs::read(template.path().join("rows").join(file)).unwrap();
        // Most of a page is nothing.
        let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for at in written.iter().copied().step_by((written.len() / 40).max(1) | 1) {
            let folder = changed(template, file, |bytes| bytes[at] ^= 0x41);
            noticed += usize::from(!survives(&folder, &format!("{file}, byte {at}")).1.is_empty());
        }
        for cut in (0..bytes.len()).step_by((bytes.len() / 12).max(1) | 1) {
            let folder = changed(template, file, |bytes| bytes.truncate(cut));
            survives(&folder, &format!("{file}, cut at {cut}"));
        }
    }
    noticed
}

#[test]
fn a_segment_that_is_missing_is_asked_again() {
    let (template, files) = template();
    let segment = files.iter().find(|name| name.ends_with(".rows")).unwrap();
    std::fs::remove_file(template.path().join("rows").join(segment)).unwrap();
    let (whole, notes) = survives(&template, "missing");
    assert!(!whole && notes.len() == 1, "{notes:?}");
}

#[test]
fn the_segments_longest_out_of_use_go_when_there_is_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let small = || RowCache::new(&folder.path().join("rows"), 1 << 20);
    let accounts: Vec<String> = (0..12).map(|n| format!("1000000000{n:02}")).collect();
    for account in &accounts {
        let cache = small();
        keep(&cache, account, &[batch(0, 5000)]);
        cache.finish();
        assert!(cache.stats().unwrap().segment_bytes <= 1 << 20, "{:?}", cache.stats().unwrap());
        std::thread::sleep(Duration::from_millis(2));
    }
    let cache = small();
    let kept: Vec<bool> = accounts.iter().map(|account| found(&cache, account).is_some()).collect();
    assert!(!kept[0] && kept[11], "{kept:?}");
    assert_eq!(cache.notes(), [""; 0]);
}

#[test]
fn a_run_whose_rows_alone_are_too_many_says_so_and_keeps_within_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let cache = RowCache::new(&folder.path().join("rows"), 1 << 20);
    for unit in 0..60 {
        keep(&cache, &format!("1000000000{unit:02}"), &[batch(0, 5000)]);
        // The writer is given time: what it cannot take is not kept, which is no failure.
        std::thread::sleep(Duration::from_millis(3));
    }
    cache.finish();
    assert!(cache.stats().unwrap().segment_bytes <= (1 << 20) + (1 << 19), "{:?}", cache.stats().unwrap());
}

#[test]
fn what_a_killed_process_left_is_collected() {
    let (folder, _) = template();
    let rows = Folder::open(&folder.path().join("rows")).unwrap();
    for _ in 0..3 {
        rows.create_segment(&folder::new_segment_name()).unwrap();
    }
    let second = cache(&folder);
    assert_eq!((second.stats().unwrap().segments, second.stats().unwrap().orphaned), (4, 3));
    keep(&second, ONE, &[batch(0, 4)]);
    second.finish();
    assert_eq!((second.stats().unwrap().segments, second.stats().unwrap().orphaned), (1, 0));
}

#[test]
fn clearing_takes_the_tables_named_or_all_and_the_files_with_them() {
    let (folder, _) = template();
    let second = cache(&folder);
    let tables = second.tables().unwrap();
    assert_eq!(
        (tables[0].table.as_str(), tables[0].units, tables[0].rows, tables[0].fresh),
        ("aws_vpc", 2, 6, 2)
    );
    assert_eq!(second.clear(&["aws_iam_user".to_owned()], None).unwrap(), 0);
    assert_eq!(second.clear(&[], Some(Duration::from_secs(60))).unwrap(), 0);
    assert_eq!(second.clear(&["aws_vpc".to_owned()], None).unwrap(), 2);
    assert_eq!((second.stats().unwrap().units, second.stats().unwrap().segments), (0, 0));
}

#[test]
fn where_nothing_can_be_kept_there_is_one_note_and_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows"), "a file").unwrap();
    let cache = cache(&folder);
    assert_eq!(found(&cache, ONE), None);
    assert!(cache.unit_rows().is_none());
    cache.finish();
    assert_eq!(cache.notes().len(), 1, "{:?}", cache.notes());
}

#[test]
fn another_versions_cache_is_dropped_without_a_word() {
    let (folder, _) = template();
    let rows = Folder::open(&folder.path().join("rows")).unwrap();
    Index::open(&rows).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
    let (whole, notes) = survives(&folder, "version");
    assert!(!whole && notes.is_empty(), "{notes:?}");
}

#[test]
fn several_at_once_keep_and_find_all_they_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for process in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                for turn in 0..3 {
                    let cache = cache(folder);
                    for unit in 0..20 {
                        keep(&cache, &format!("100000{process}{turn}{unit:04}"), &[batch(unit, 10)]);
                    }
                    cache.finish();
                    assert_eq!(cache.notes(), [""; 0]);
                }
            });
        }
    });
    let last = cache(&folder);
    assert_eq!(last.find(&key(), &["id"]).len(), 8 * 3 * 20);
    for process in 0..8 {
        assert_eq!(found(&last, &format!("100000{process}20019")).unwrap(), [batch(19, 10)]);
    }
    assert_eq!(last.stats().unwrap().orphaned, 0);
}

/// Makes every kept unit older, as time would.
pub fn age(folder: &Path, by: chrono::TimeDelta) {
    let folder = Folder::open(folder).unwrap();
    let mut index = Index::open(&folder).unwrap();
    index.age(by);
}
