//! The last answer's ledger, for whoever asks later: one document, replaced in one step.
//!
//! A line of JSON says which statement it was; what follows is the ledger as Arrow's stream format,
//! with the SHA-256 of both in the first line, so that a damaged file is known as one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{Coverage, Json, Timestamp, UnitRecord, UnitStatus};
use crate::settings::Paths;
use crate::store::file;

/// Raised when the form changes; other versions are not read.
const VERSION: u32 = 1;

/// A file half written by a process that was killed is swept away by a later one.
const STALE: Duration = Duration::from_secs(600);

/// Which statement a ledger belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHead {
    pub plan_id: String,
    pub statement: String,
    pub started_at: Timestamp,
}

/// The ledger as it was kept: one row per unit, under the names of `_coverage` without those of the head.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAnswer {
    pub head: AnswerHead,
    pub units: RecordBatch,
}

#[derive(Serialize, Deserialize)]
struct FirstLine {
    version: u32,
    #[serde(flatten)]
    head: AnswerHead,
    sha256: String,
}

/// Where the last answer's ledger is kept. Safe to use from several processes: the last one counts.
#[derive(Clone, Debug)]
pub struct LastAnswer {
    path: PathBuf,
}

impl LastAnswer {
    pub fn of(paths: &Paths) -> LastAnswer {
        LastAnswer { path: paths.state.join("coverage.arrow") }
    }

    /// Takes the place of what was kept before. What goes wrong is told in words; no answer depends on it.
    pub fn keep(&self, head: AnswerHead, coverage: &Coverage) -> Result<(), String> {
        let body = batch(coverage).and_then(|units| written(&units)).map_err(|e| e.to_string())?;
        let first = FirstLine { version: VERSION, sha256: sha256(&head, &body)?, head };
        let mut document = serde_json::to_vec(&first).map_err(|e| e.to_string())?;
        document.push(b'\n');
        document.extend(body);
        self.sweep();
        static TURN: AtomicU64 = AtomicU64::new(0);
        file::replace(&self.path, &document, TURN.fetch_add(1, Ordering::Relaxed))
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// What was kept; nothing where nothing was; the words where it cannot be understood.
    pub fn read(&self) -> Result<Option<KeptAnswer>, String> {
        let document = match std::fs::read(&self.path) {
            Ok(document) => document,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", self.path.display())),
        };
        parse(&document).map(Some).map_err(|why| format!("{}: {why}", self.path.display()))
    }

    fn sweep(&self) {
        let Some(folder) = self.path.parent() else { return };
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let ours = name.starts_with(&format!("{stem}."))
                && Path::new(&*name).extension().is_some_and(|e| e == "tmp");
            let is_old = || SystemTime::now().duration_since(entry.metadata().ok()?.modified().ok()?).ok();
            if ours && is_old().is_some_and(|age| age > STALE) {
                // Another process may have been quicker.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

fn parse(document: &[u8]) -> Result<KeptAnswer, String> {
    let end = document.iter().position(|b| *b == b'\n').ok_or("it has no first line")?;
    let (first, body) = document.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let first: FirstLine =
        serde_json::from_slice(first).map_err(|_| "its first line is not understood".to_owned())?;
    if first.version != VERSION {
        return Err(format!("version {} is not {VERSION}", first.version));
    }
    if first.sha256 != sha256(&first.head, body)? {
        return Err("it is damaged".to_owned());
    }
    let reader = StreamReader::try_new(body, None).map_err(|e| e.to_string())?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, ArrowError>>().map_err(|e| e.to_string())?;
    let units = arrow::compute::concat_batches(&schema, &batches).map_err(|e| e.to_string())?;
    Ok(KeptAnswer { head: first.head, units })
}

fn written(units: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &units.schema())?;
    writer.write(units)?;
    writer.into_inner()
}

fn sha256(head: &AnswerHead, body: &[u8]) -> Result<String, String> {
    let head = serde_json::to_vec(head).map_err(|e| e.to_string())?;
    let digest = Sha256::new().chain_update(head).chain_update(body).finalize();
    Ok(digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn batch(coverage: &Coverage) -> Result<RecordBatch, ArrowError> {
    let units = &coverage.units;
    let text = |of: fn(&UnitRecord) -> Option<&str>| -> ArrayRef {
        Arc::new(units.iter().map(of).collect::<StringArray>())
    };
    let owned = |of: fn(&UnitRecord) -> Option<String>| -> ArrayRef {
        Arc::new(units.iter().map(of).collect::<StringArray>())
    };
    let count = |of: fn(&UnitRecord) -> u64| -> ArrayRef {
        Arc::new(units.iter().map(|unit| i64::try_from(of(unit)).ok()).collect::<Int64Array>())
    };
    let as_of = units.iter().map(|unit| unit.as_of.map(|at| at.timestamp_micros()));
    let columns: [(&str, ArrayRef); 21] = [
        ("table_name", text(|u| Some(&u.key.table))),
        ("account_id", text(|u| Some(u.key.account_id.as_str()))),
        ("account_name", text(|u| Some(&u.account_name))),
        ("ou_path", text(|u| u.ou_path.as_deref())),
        ("region", text(|u| Some(u.key.region.as_str()))),
        ("status", text(|u| Some(u.status.as_str()))),
        ("reason", text(reason)),
        ("fault", text(|u| u.fault().map(|f| f.kind.as_str()))),
        ("operation", text(|u| u.fault()?.operation.as_deref())),
        ("code", text(|u| u.fault()?.code.as_deref())),
        ("message", text(|u| u.fault().map(|f| f.message.as_str()))),
        ("unknown_columns", owned(unknown_columns)),
        ("known_gap", text(|u| u.known_gap.as_ref().map(|gap| gap.reason.as_str()))),
        ("known_gap_expires", owned(|u| u.known_gap.as_ref().map(|gap| gap.expires.to_string()))),
        ("calls", count(|u| u.calls)),
        ("rows", count(|u| u.rows)),
        ("bytes", count(|u| u.bytes)),
        ("duration_ms", count(|u| u.duration_ms)),
        ("source", text(|u| Some(&*u.source).filter(|source| !source.is_empty()))),
        ("because", text(|u| u.because.as_deref())),
        ("as_of", Arc::new(as_of.collect::<TimestampMicrosecondArray>().with_timezone("+00:00"))),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn reason(unit: &UnitRecord) -> Option<&str> {
    match unit.status {
        UnitStatus::NotAsked { reason } => Some(reason.as_str()),
        _ => None,
    }
}

fn unknown_columns(unit: &UnitRecord) -> Option<String> {
    if unit.unknown.is_empty() {
        return None;
    }
    let text = serde_json::to_string(&unit.unknown).ok()?;
    Json::parse(&text).ok().map(|json| json.to_jsonb())
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;

    use super::*;
    use crate::model::{Fault, FaultKind, NotAsked, Region, UnitKey, UnknownColumns};

    fn last(folder: &Path) -> LastAnswer {
        LastAnswer { path: folder.join("state").join("coverage.arrow") }
    }

    fn head() -> AnswerHead {
        AnswerHead {
            plan_id: "abc".into(),
            statement: "select 1\nfrom x".into(),
            started_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        }
    }

    fn unit(n: usize, status: UnitStatus) -> UnitRecord {
        UnitRecord {
            key: UnitKey {
                account_id: format!("{:012}", n / 17).parse().unwrap(),
                region: Region::new(["eu-west-1", "us-east-1"][n % 2]),
                table: "aws_vpc".into(),
            },
            account_name: format!("account-{}", n / 17).into(),
            ou_path: Some("Root/Prod".into()),
            status,
            unknown: Vec::new(),
            calls: 3,
            rows: 2,
            bytes: 1,
            duration_ms: n as u64,
            source: "api".into(),
            because: None,
            as_of: None,
            known_gap: None,
        }
    }

    fn denied() -> UnitStatus {
        let fault = Fault::new(FaultKind::ScpDenied, "with an explicit deny in a service control policy")
            .in_operation("ec2:DescribeVpcs")
            .with_code("UnauthorizedOperation");
        UnitStatus::Failed { fault }
    }

    fn cell(kept: &KeptAnswer, column: &str, row: usize) -> String {
        array_value_to_string(kept.units.column_by_name(column).unwrap(), row).unwrap()
    }

    #[test]
    fn what_was_kept_is_read_by_another_process() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last(folder.path()).read(), Ok(None));
        let mut partly = unit(2, UnitStatus::Answered);
        partly.as_of = Some("2026-02-28T00:00:00Z".parse().unwrap());
        partly.unknown = vec![UnknownColumns {
            columns: vec!["tags".into()],
            rows: 2,
            fault: Fault::new(FaultKind::IamDenied, "no"),
        }];
        let units = vec![
            unit(0, UnitStatus::Empty),
            unit(1, denied()),
            partly,
            unit(3, UnitStatus::NotAsked { reason: NotAsked::NotNeeded }),
        ];
        last(folder.path()).keep(head(), &Coverage { units }).unwrap();
        let kept = last(folder.path()).read().unwrap().unwrap();
        assert_eq!((&kept.head, kept.units.num_rows()), (&head(), 4));
        let row = |row| ["status", "reason", "fault", "operation"].map(|column| cell(&kept, column, row));
        assert_eq!(row(0), ["empty", "", "", ""]);
        assert_eq!(row(1), ["failed", "", "scp_denied", "ec2:DescribeVpcs"]);
        assert_eq!(row(3), ["not_asked", "not_needed", "", ""]);
        assert_eq!(cell(&kept, "as_of", 2), "2026-02-28T00:00:00Z");
        let unknown = cell(&kept, "unknown_columns", 2);
        assert!(unknown.starts_with(r#"[{"rows": 2, "fault": {"#), "{unknown}");
    }

    #[test]
    fn the_last_one_counts_and_nothing_half_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..3 {
            let units = (0..n).map(|n| unit(n, UnitStatus::Answered)).collect();
            last(folder.path()).keep(head(), &Coverage { units }).unwrap();
        }
        assert_eq!(last(folder.path()).read().unwrap().unwrap().units.num_rows(), 2);
        assert_eq!(std::fs::read_dir(folder.path().join("state")).unwrap().count(), 1);
    }

    #[test]
    fn whoever_reads_while_others_write_reads_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |n| {
            last(folder.path()).keep(head(), &Coverage { units: (0..n).map(|n| unit(n, denied())).collect() })
        };
        keep(1).unwrap();
        std::thread::scope(|scope| {
            for writer in 1..4 {
                scope.spawn(move || (0..20).for_each(|n| keep(writer * 100 + n).unwrap()));
            }
            for _ in 0..50 {
                assert!(last(folder.path()).read().unwrap().unwrap().units.num_rows() > 0);
            }
        });
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_swept_away_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        for (name, age) in [("coverage.77-0.tmp", 3600), ("coverage.78-0.tmp", 1), ("other.tmp", 3600)] {
            let file = std::fs::File::create(state.join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        last(folder.path()).keep(head(), &Coverage::default()).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(&state)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["coverage.78-0.tmp", "coverage.arrow", "other.tmp"]);
    }

    #[test]
    fn a_damaged_ledger_is_told_in_words_wherever_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let last = last(folder.path());
        last.keep(head(), &Coverage { units: vec![unit(0, denied())] }).unwrap();
        let whole = std::fs::read(&last.path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut broken = whole.clone();
            broken[at] ^= 0x11;
            std::fs::write(&last.path, &broken).unwrap();
            assert!(last.read().is_err(), "byte {at}");
            std::fs::write(&last.path, &whole[..at]).unwrap();
            assert!(last.read().is_err(), "cut at {at}");
        }
        std::fs::write(&last.path, "{\"version\":99}\n").unwrap();
        assert!(last.read().unwrap_err().contains("coverage.arrow"));
        last.keep(head(), &Coverage::default()).unwrap();
        assert_eq!(last.read().unwrap().unwrap().units.num_rows(), 0, "and it is replaced");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_in_words() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("state"), "a file").unwrap();
        assert!(last(folder.path()).keep(head(), &Coverage::default()).is_err());
    }

    #[test]
    fn tens_of_thousands_of_units_are_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let units = (0..34_000).map(|n| unit(n, if n % 3 == 0 { denied() } else { UnitStatus::Answered }));
        last(folder.path()).keep(head(), &Coverage { units: units.collect() }).unwrap();
        let kept = last(folder.path()).read().unwrap().unwrap();
        assert_eq!(kept.units.num_rows(), 34_000);
        assert_eq!(cell(&kept, "duration_ms", 33_999), "33999");
    }
}
