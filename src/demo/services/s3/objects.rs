//! Objects: those of which only the description is declared, and those whose contents are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::find;
use super::invocation_logs::{self, Found};
use crate::demo::declared;
use crate::demo::services::ce::export;
use crate::demo::services::paging::page;
use crate::demo::services::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::model::Json;

/// Members that a list shows of an object.
const LISTED: [&str; 8] = [
    "Key",
    "LastModified",
    "ETag",
    "ChecksumAlgorithm",
    "ChecksumType",
    "Size",
    "StorageClass",
    "RestoreStatus",
];

/// An object with its contents.
pub struct Stored {
    pub key: String,
    pub modified: i64,
    pub bytes: Bytes,
}

impl Stored {
    pub fn new(key: &str, modified: i64, bytes: &Bytes) -> Self {
        Self { key: key.to_owned(), modified, bytes: bytes.clone() }
    }

    fn etag(&self) -> String {
        let mut dice = crate::demo::dice::Dice::new(self.bytes.len() as u64, &["etag", &self.key]);
        format!("\"{}\"", dice.hex(32))
    }

    fn described(&self) -> Json {
        record! {
            "Key" => self.key.as_str(),
            "LastModified" => self.modified,
            "ETag" => self.etag(),
            "Size" => self.bytes.len() as i64,
            "StorageClass" => "STANDARD",
        }
    }
}

/// Objects whose contents are kept, below a prefix; `None` of a bucket that has none.
fn kept(call: &Call<'_>, bucket: &str, prefix: &str, delimiter: &str) -> Option<Vec<Found>> {
    invocation_logs::objects(call, bucket, prefix, delimiter).or_else(|| {
        let exported = export::objects(call, bucket, prefix)?;
        Some(exported.into_iter().map(Found::Object).collect())
    })
}

/// Objects whose contents nobody kept.
fn declared(call: &Call<'_>, bucket: &str) -> Vec<Json> {
    let all = declared::told(call, "s3", "ListObjectsV2");
    all.into_iter().filter(|thing| thing.get("_bucket").and_then(Json::as_str) == Some(bucket)).collect()
}

fn key(object: &Json) -> &str {
    object.get("Key").and_then(Json::as_str).unwrap_or_default()
}

/// Keys in order, a page at a time; what has the delimiter after the prefix is shown as its folder.
pub fn list(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let text = |member: &str| call.text(member).unwrap_or_default();
    let (prefix, delimiter, after) = (text("Prefix"), text("Delimiter"), text("StartAfter"));
    let mut objects: Vec<Json> = Vec::new();
    // One entry an object, and one a folder.
    let mut entries: Vec<(String, Option<Json>)> = Vec::new();
    match kept(call, &bucket.name, prefix, delimiter) {
        Some(found) => {
            for found in found {
                match found {
                    Found::Object(stored) => objects.push(stored.described()),
                    Found::Folder(folder) => entries.push((folder, None)),
                }
            }
        }
        None => objects = declared(call, &bucket.name),
    }
    objects.retain(|object| key(object).starts_with(prefix));
    for object in objects {
        let rest = &key(&object)[prefix.len()..];
        match rest.split_once(delimiter).filter(|_| !delimiter.is_empty()) {
            Some((folder, _)) => {
                entries.push((format!("{prefix}{folder}{delimiter}"), None));
            }
            None => entries.push((key(&object).to_owned(), Some(object))),
        }
    }
    entries.retain(|(name, _)| name.as_str() > after);
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|(a, _), (b, _)| a == b);
    let most = call.int("MaxKeys").map_or(1000, |most| most.clamp(0, 1000)) as usize;
    let page = page(call, entries, call.text("ContinuationToken"), most)
        .ok_or_else(|| ApiError::bad("InvalidArgument", "The continuation token provided is incorrect"))?;
    let mut folders = Vec::new();
    let mut contents = Vec::new();
    let count = page.items.len() as i64;
    for (name, object) in page.items {
        match object {
            None => folders.push(record! { "Prefix" => name }),
            Some(object) => {
                let shown = LISTED.iter().filter_map(|member| Some((*member, object.get(member)?.clone())));
                let owner = object.get("Owner").filter(|_| call.is("FetchOwner")).cloned();
                contents.push(Json::object(shown.chain(owner.map(|owner| ("Owner", owner)))));
            }
        }
    }
    Ok(record! {
        "Name" => bucket.name.as_str(),
        "Prefix" => prefix,
        "Delimiter" => call.text("Delimiter"),
        "StartAfter" => call.text("StartAfter"),
        "MaxKeys" => most as i64,
        "KeyCount" => count,
        "IsTruncated" => page.next.is_some(),
        "ContinuationToken" => call.text("ContinuationToken"),
        "NextContinuationToken" => page.next,
        "Contents" => contents,
        "CommonPrefixes" => folders,
    })
}

fn no_such_key(call: &Call<'_>) -> ApiError {
    ApiError::new(404, "NoSuchKey", "The specified key does not exist.").detail("Key", call.required("Key"))
}

fn stored(call: &Call<'_>, bucket: &str) -> Option<Result<Stored, ApiError>> {
    let asked = call.required("Key");
    let found = kept(call, bucket, asked, "")?;
    let is_it = |found: Found| match found {
        Found::Object(object) => Some(object).filter(|object| object.key == asked),
        Found::Folder(_) => None,
    };
    Some(found.into_iter().find_map(is_it).ok_or_else(|| no_such_key(call)))
}

pub fn head(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    if let Some(object) = stored(call, &bucket.name) {
        let object = object?;
        return Ok(record! {
            "LastModified" => object.modified,
            "ETag" => object.etag(),
            "ContentLength" => object.bytes.len() as i64,
            "ContentType" => "application/json",
            "AcceptRanges" => "bytes",
        });
    }
    let asked = call.required("Key");
    let object = declared(call, &bucket.name).into_iter().find(|object| key(object) == asked);
    let object = object.ok_or_else(|| no_such_key(call))?;
    let shown = call.shapes.into_iter().flat_map(|shapes| shapes.output_members());
    Ok(Json::object(
        shown.filter_map(|member| Some((member.name.clone(), object.get(&member.name)?.clone()))),
    ))
}

/// The contents, or the part that a range asks for.
pub fn get(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let Some(object) = stored(call, &bucket.name) else {
        let asked = call.required("Key");
        let is_known = declared(call, &bucket.name).iter().any(|object| key(object) == asked);
        return Err(match is_known {
            true => ApiError::new(501, "NotImplemented", "The demo keeps no contents of this object."),
            false => no_such_key(call),
        });
    };
    let object = object?;
    if call.text("IfMatch").is_some_and(|etag| etag != object.etag()) {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(ApiError::new(412, "PreconditionFailed", message).detail("Condition", "If-Match"));
    }
    let length = object.bytes.len();
    let (from, until) = match call.text("Range").map(|text| range(text, length)) {
        None => (0, length),
        Some(Some(part)) => part,
        Some(None) => {
            return Err(ApiError::new(416, "InvalidRange", "The requested range is not satisfiable"));
        }
    };
    let part = object.bytes.slice(from..until);
    let is_part = call.text("Range").is_some();
    Ok(record! {
        "Body" => STANDARD.encode(&part),
        "LastModified" => object.modified,
        "ETag" => object.etag(),
        "ContentLength" => part.len() as i64,
        "ContentType" => "application/json",
        "ContentRange" => is_part.then(|| format!("bytes {from}-{}/{length}", until - 1)),
        "AcceptRanges" => "bytes",
    })
}

/// From and until, as indices; nothing where the range holds no byte.
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (from, until) = match (from, to) {
        ("", last) => (length.saturating_sub(last.parse().ok()?), length),
        (from, "") => (from.parse().ok()?, length),
        (from, to) => (from.parse().ok()?, to.parse::<usize>().ok()?.saturating_add(1).min(length)),
    };
    (from < until).then_some((from, until))
}
