//! Folders and buckets as they are found in the world.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;

use super::*;
use crate::model::{Json, Partition, Region};
use crate::sources::budget::{ByteBudget, ScanBytes, UnitBytes};
use crate::sources::reader::fake::FakeReader;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A bucket that answers as S3 does, with pages of two.
pub fn bucket(objects: &[(&str, &[u8])]) -> Arc<FakeReader> {
    let objects: BTreeMap<String, Vec<u8>> =
        objects.iter().map(|(k, v)| ((*k).to_owned(), v.to_vec())).collect();
    FakeReader::new(move |operation, _, input| {
        let text = |member: &str| input.get(member).and_then(Json::as_str);
        let refuse = |code: &str| Err(Fault::new(FaultKind::Rejected, "no").with_code(code));
        if text("Bucket") != Some("logs") {
            return refuse("NoSuchBucket");
        }
        if operation == "s3:GetObject" {
            let Some(bytes) = objects.get(text("Key").unwrap()) else { return refuse("NoSuchKey") };
            let whole = (0, bytes.len());
            let (from, to) = text("Range").map_or(whole, |range| {
                let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                (from.parse().unwrap(), (to.parse::<usize>().unwrap() + 1).min(bytes.len()))
            });
            if from >= to {
                return refuse("InvalidRange");
            }
            let body = Json::String(STANDARD.encode(&bytes[from..to]));
            let range = Json::String(format!("bytes {from}-{}/{}", to - 1, bytes.len()));
            return Ok(Json::object([("Body", body), ("ContentRange", range)]));
        }
        let (prefix, after) =
            (text("Prefix").unwrap_or_default(), text("ContinuationToken").unwrap_or_default());
        let mut entries: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (key, bytes) in objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
            match key[prefix.len()..].split_once('/').filter(|_| text("Delimiter").is_some()) {
                Some((folder, _)) => entries.insert(format!("{prefix}{folder}/"), None),
                None => entries.insert(key.clone(), Some(bytes.len())),
            };
        }
        let left: Vec<_> = entries.into_iter().filter(|(key, _)| key.as_str() > after).collect();
        let page = &left[..left.len().min(2)];
        let keys = page.iter().filter_map(|(key, size)| {
            let size = Json::int(i64::try_from((*size)?).unwrap());
            Some(Json::object([("Key", Json::string(key.as_str())), ("Size", size)]))
        });
        let folders = page.iter().filter(|(_, size)| size.is_none());
        let folders = folders.map(|(key, _)| Json::object([("Prefix", Json::string(key.as_str()))]));
        let next = page.last().filter(|_| left.len() > 2).map(|(key, _)| Json::string(key.as_str()));
        Ok(Json::object([
            ("Contents", Json::Array(keys.collect())),
            ("CommonPrefixes", Json::Array(folders.collect())),
            ("IsTruncated", Json::from(next.is_some())),
            ("NextContinuationToken", next.unwrap_or(Json::Null)),
        ]))
    })
}

fn access(reader: &Arc<FakeReader>) -> S3Access {
    S3Access {
        reader: reader.clone(),
        account: "100000000006".parse().unwrap(),
        partition: Partition::Aws,
        region: Region::new("us-east-1"),
        meter: Arc::default(),
        bytes: UnitBytes::new(&ScanBytes::new(&ByteBudget::new(64 << 20))),
    }
}

fn open(place: &str, reader: &Arc<FakeReader>) -> Arc<dyn Files> {
    Location::parse(place).unwrap().open(|| access(reader)).unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn local(path: &Path) -> Arc<dyn Files> {
    Arc::new(LocalFiles::new(path).unwrap())
}

async fn all(files: &Arc<dyn Files>, folder: &str) -> Vec<String> {
    let pages: Vec<_> = files.below(folder).collect().await;
    pages.into_iter().flat_map(Result::unwrap).map(|object| object.path).collect()
}

async fn read(files: &Arc<dyn Files>, path: &str) -> (Vec<u8>, Option<Fault>) {
    let mut body = Body::new(Arc::clone(files), Object::named(path));
    let mut read = Vec::new();
    while let Some(bytes) = body.next().await {
        match bytes {
            Ok(bytes) => read.extend_from_slice(&bytes),
            Err(fault) => return (read, Some(fault)),
        }
    }
    (read, None)
}

const TREE: [(&str, &[u8]); 5] = [
    ("a/1.txt", b"one"),
    ("a/b/2.txt", b"two"),
    ("a/b/3.csv", b"three"),
    ("c/4.txt", b"four"),
    ("5.txt", b"five"),
];

#[tokio::test]
async fn a_bucket_and_a_folder_with_the_same_files_are_alike() {
    let reader = bucket(&TREE);
    let on_disk = folder(&TREE);
    for files in [open("s3://logs", &reader), local(on_disk.path())] {
        let mut found = all(&files, "").await;
        found.sort();
        assert_eq!(found, ["5.txt", "a/1.txt", "a/b/2.txt", "a/b/3.csv", "c/4.txt"]);
        let top = files.level("").await.unwrap();
        assert_eq!(
            (top.folders.as_slice(), top.files[0].path.as_str()),
            (&["a".to_owned(), "c".to_owned()][..], "5.txt")
        );
        let below = files.level("a").await.unwrap();
        assert_eq!((below.folders[0].as_str(), below.files[0].size), ("a/b", Some(3)));
        assert_eq!(all(&files, "a/b").await, ["a/b/2.txt", "a/b/3.csv"]);
        assert_eq!(files.level("nowhere").await.unwrap(), Level::default());
        assert_eq!(read(&files, "a/b/3.csv").await.0, b"three");
        let piece = files.read_range(&Object::named("a/b/3.csv"), 2, 2).await.unwrap();
        assert_eq!((&piece.bytes[..], piece.total), (&b"re"[..], 5));
    }
}

#[tokio::test]
async fn a_place_can_be_a_single_file_a_prefix_or_a_pattern() {
    let reader = bucket(&TREE);
    let on_disk = folder(&TREE);
    let prefix = open("s3://logs/a/", &reader);
    assert_eq!(all(&prefix, "").await, ["1.txt", "b/2.txt", "b/3.csv"]);
    assert_eq!(prefix.name("b/2.txt"), "s3://logs/a/b/2.txt");
    for file in [open("s3://logs/a/1.txt", &reader), local(&on_disk.path().join("a/1.txt"))] {
        assert_eq!(all(&file, "").await, [""]);
        assert_eq!(read(&file, "").await.0, b"one");
    }
    assert_eq!(all(&local(&on_disk.path().join("a/**/*.txt")), "").await, ["1.txt", "b/2.txt"]);
    assert_eq!(all(&local(&on_disk.path().join("*.txt")), "").await, ["5.txt"]);
}

#[tokio::test]
async fn gzip_is_undone_by_what_it_is_and_not_by_its_name() {
    let text = "a line\n".repeat(400_000);
    let packed = gzip(text.as_bytes());
    let cut = &packed[..packed.len() - 9];
    let reader = bucket(&[("x.json", &packed), ("cut.gz", cut), ("plain.gz", b"plain"), ("empty", b"")]);
    let files = open("s3://logs", &reader);
    assert!(read(&files, "x.json").await.0 == text.as_bytes());
    assert_eq!(read(&files, "plain.gz").await.0, b"plain");
    assert_eq!(read(&files, "empty").await, (Vec::new(), None));
    let (kept, fault) = read(&files, "cut.gz").await;
    let fault = fault.unwrap();
    assert!(text.as_bytes().starts_with(&kept) && kept.len() > 1_000_000);
    assert!(fault.message.starts_with("s3://logs/cut.gz: the gzip file is cut short"), "{fault}");
}

#[tokio::test]
async fn lines_end_where_they_end_and_long_ones_are_dropped_and_told() {
    let on_disk = folder(&[("x", b"one\r\ntwo\n\n0123456789\nlast")]);
    let body = Body::new(local(on_disk.path()), Object::named("x"));
    let mut lines = Lines::new(body, 8);
    let mut found = Vec::new();
    while let Some(line) = lines.next().await {
        found.push(line.unwrap());
    }
    let text = |text: &'static str| Line::Text(Bytes::from_static(text.as_bytes()));
    assert_eq!(found, [text("one"), text("two"), text(""), Line::TooLong(10), text("last")]);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let reader = bucket(&TREE);
    let fault = open("s3://other-bucket/x", &reader).level("").await.unwrap_err();
    assert_eq!(fault.code.as_deref(), Some("NoSuchBucket"));
    assert!(fault.message.contains("s3://other-bucket"), "{fault}");
    let (_, fault) = read(&open("s3://logs", &reader), "gone").await;
    assert_eq!(fault.unwrap().message, "s3://logs/gone: it is not there any more");
    let on_disk = folder(&[]);
    let nowhere = local(&on_disk.path().join("nowhere"));
    assert_eq!(nowhere.level("").await.unwrap_err().code.as_deref(), Some("NotFound"));
    assert_eq!(read(&nowhere, "").await.1.unwrap().code.as_deref(), Some("NotFound"));
    assert!(all(&local(on_disk.path()), "").await.is_empty());
    for wrong in ["", "s3://", "s3://a/b", "https://x", "s3://a b/c"] {
        assert!(Location::parse(wrong).is_err(), "{wrong}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_back_are_not_followed() {
    let on_disk = folder(&[("a/1", b"one"), ("b/2", b"two")]);
    let link = |from: &str, to: &str| std::os::unix::fs::symlink(to, on_disk.path().join(from)).unwrap();
    link("a/up", "..");
    link("a/self", ".");
    link("a/to-b", "../b");
    link("b/to-a", "../a");
    link("a/nowhere", "missing");
    let mut found = all(&local(on_disk.path()), "").await;
    found.sort();
    assert_eq!(found, ["a/1", "a/to-b/2", "b/2", "b/to-a/1"]);
}

#[tokio::test]
async fn a_session_is_confined_to_the_bucket_and_the_prefix() {
    let actions: Vec<_> = S3Files::actions(Partition::Aws, "logs", "aws/x y").into_iter().collect();
    assert_eq!(actions, ["s3:GetObject arn:aws:s3:::logs/aws/x*", "s3:ListBucket arn:aws:s3:::logs"]);
}

#[tokio::test]
async fn a_list_that_turns_in_circles_ends() {
    let reader = FakeReader::fixed(&[(
        "s3:ListObjectsV2",
        r#"{"Contents": [{"Key": "a", "Size": 1}], "IsTruncated": true, "NextContinuationToken": "t"}"#,
    )]);
    let files = open("s3://logs", &reader);
    let pages: Vec<_> = files.below("").collect().await;
    assert!(pages.len() == 2 && pages[1].is_err());
    assert_eq!(files.level("").await.unwrap_err().kind, FaultKind::BadResponse);
}

#[tokio::test]
async fn the_key_that_objects_are_encrypted_with_is_allowed_once_it_is_known() {
    const KEY: &str = "arn:aws:kms:eu-west-1:100000000006:key/1-2";
    let reader = FakeReader::new(|_, _, _| {
        let message = format!(
            "User: x is not authorized to perform: kms:Decrypt on resource: {KEY} because no session policy allows it"
        );
        Err(Fault::new(FaultKind::IamDenied, message))
    });
    let (_, fault) = read(&open("s3://logs", &reader), "x").await;
    assert_eq!(fault.unwrap().kind, FaultKind::IamDenied);
    assert_eq!(reader.asked.lock().len(), 2, "once with the key, and no more");
}
