//! Objects of one bucket, through the generic read call.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::stream::{self, BoxStream, StreamExt as _};
use parking_lot::Mutex;

use super::{Files, Level, Object, Piece, fault};
use crate::aws::{ActionSet, ReadOperation, confined};
use crate::model::{AccountId, Fault, FaultKind, Json, Meter, Partition, Region};
use crate::sources::budget::UnitBytes;
use crate::sources::instant;
use crate::sources::reader::{Asker, Reader};

/// Large enough that its request costs less than its bytes, small enough that many units hold one each.
const PIECE: u64 = 4 << 20;

/// Who reads a bucket, and on whose meter.
#[derive(Clone)]
pub struct S3Access {
    pub reader: Arc<dyn Reader>,
    /// Whose role reads it, which need not be its owner's.
    pub account: AccountId,
    pub partition: Partition,
    /// Where the bucket is looked for first; S3 says where it is.
    pub region: Region,
    pub meter: Arc<Meter>,
    pub bytes: UnitBytes,
}

pub struct S3Files {
    access: S3Access,
    bucket: String,
    prefix: String,
    list: ReadOperation,
    get: ReadOperation,
    /// What the session may do. Grows by the key that the objects turn out to be encrypted with.
    actions: Mutex<ActionSet>,
}

impl S3Files {
    pub fn new(access: S3Access, bucket: &str, prefix: &str) -> Result<Self, Fault> {
        let operation = |id: &str| {
            access.reader.read_operation(id).ok_or_else(|| {
                Fault::new(FaultKind::Rejected, format!("{id} is not among the read operations"))
            })
        };
        Ok(Self {
            list: operation("s3:ListObjectsV2")?,
            get: operation("s3:GetObject")?,
            actions: Mutex::new(Arc::new(Self::actions(access.partition, bucket, prefix))),
            access,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The exact actions that reading a prefix takes, confined to it.
    pub fn actions(partition: Partition, bucket: &str, prefix: &str) -> BTreeSet<String> {
        let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\\' | '*' | '?' | '$');
        let stem = prefix.split(odd).next().unwrap_or_default();
        let bucket = format!("arn:{partition}:s3:::{bucket}");
        let objects = format!("{bucket}/{stem}*");
        BTreeSet::from([confined("s3:ListBucket", &bucket), confined("s3:GetObject", &objects)])
    }

    fn key(&self, path: &str) -> String {
        match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        }
    }

    /// The path of a key, where it lies below the prefix.
    fn path<'k>(&self, key: &'k str) -> Option<&'k str> {
        match key.strip_prefix(&self.prefix)? {
            rest if self.prefix.is_empty() || rest.is_empty() => Some(rest),
            rest => rest.strip_prefix('/'),
        }
    }

    async fn ask(&self, operation: &ReadOperation, input: Json) -> Result<(Json, u64), Fault> {
        loop {
            let actions = Arc::clone(&*self.actions.lock());
            let access = &self.access;
            let asker = Asker::new(
                Arc::clone(&access.reader),
                access.account.clone(),
                Arc::clone(&actions),
                Arc::clone(&access.meter),
                access.bytes.clone(),
            );
            asker.room().await;
            match asker.finish(asker.start(&access.region, operation, input.clone())).await {
                Err(fault) if self.may_decrypt(&fault, &actions) => {}
                answer => return answer,
            }
        }
    }

    /// Whether the objects are encrypted with a key that the session was not allowed to use, and now is.
    fn may_decrypt(&self, fault: &Fault, asked_with: &ActionSet) -> bool {
        const DENIED: &str = "kms:Decrypt on resource: ";
        let Some((_, rest)) = fault.message.split_once(DENIED).filter(|_| fault.kind == FaultKind::IamDenied)
        else {
            return false;
        };
        let key = rest.split_whitespace().next().unwrap_or_default();
        let is_key =
            key.starts_with("arn:") && key.contains(":kms:") && key.contains(":key/") && !key.contains('*');
        let action = confined("kms:Decrypt", key);
        if !is_key || asked_with.contains(&action) {
            return false;
        }
        Arc::make_mut(&mut *self.actions.lock()).insert(action);
        true
    }

    /// One page of keys that begin so, and the token of the next.
    async fn page(
        &self,
        begin: &str,
        level: bool,
        token: Option<String>,
    ) -> Result<(Level, Option<String>), Fault> {
        let mut input = vec![("Bucket", Json::string(self.bucket.as_str())), ("Prefix", Json::string(begin))];
        if level {
            input.push(("Delimiter", Json::string("/")));
        }
        if let Some(token) = &token {
            input.push(("ContinuationToken", Json::string(token.as_str())));
        }
        let told =
            |fault: Fault| Fault { message: format!("s3://{}: {}", self.bucket, fault.message), ..fault };
        let (page, _) = self.ask(&self.list, Json::object(input)).await.map_err(told)?;
        let items = |member: &str| page.get(member).and_then(Json::as_array).unwrap_or_default();
        let text = |item: &'_ Json, member: &str| item.get(member).and_then(Json::as_str).map(str::to_owned);
        let folders = items("CommonPrefixes").iter().filter_map(|item| text(item, "Prefix"));
        let folders = folders.filter_map(|key| Some(self.path(key.trim_end_matches('/'))?.to_owned()));
        let files = items("Contents").iter().filter_map(|item| {
            let key = text(item, "Key")?;
            // What consoles make so that a folder is there.
            let path = self.path(&key).filter(|_| !key.ends_with('/'))?;
            Some(Object {
                path: path.to_owned(),
                size: item.get("Size").and_then(Json::as_i64).and_then(|size| u64::try_from(size).ok()),
                modified: item.get("LastModified").and_then(instant::parse),
                etag: text(item, "ETag"),
            })
        });
        let found = Level { folders: folders.collect(), files: files.collect() };
        let more = page.get("IsTruncated").and_then(Json::as_bool) == Some(true);
        let next = text(&page, "NextContinuationToken").filter(|_| more);
        if more && (next.is_none() || next == token) {
            let message =
                format!("s3://{}: the list of objects goes on, but not from a new place", self.bucket);
            return Err(Fault::new(FaultKind::BadResponse, message).in_operation("s3:ListObjectsV2"));
        }
        Ok((found, next))
    }

    /// How the keys of what lies in a folder begin.
    fn begin(&self, folder: &str) -> String {
        match self.key(folder) {
            whole if whole.is_empty() => whole,
            // The prefix may be an object itself.
            key if folder.is_empty() => key,
            key => format!("{key}/"),
        }
    }
}

#[async_trait]
impl Files for S3Files {
    fn name(&self, path: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.key(path))
    }

    async fn level(&self, folder: &str) -> Result<Level, Fault> {
        let begin = match self.key(folder) {
            key if key.is_empty() => key,
            key => format!("{key}/"),
        };
        let mut all = Level::default();
        let mut token = None;
        loop {
            let (page, next) = self.page(&begin, true, token).await?;
            all.folders.extend(page.folders);
            all.files.extend(page.files);
            token = next;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    fn below<'a>(&'a self, folder: &'a str) -> BoxStream<'a, Result<Vec<Object>, Fault>> {
        stream::unfold(Some(None), move |token: Option<Option<String>>| async move {
            match self.page(&self.begin(folder), false, token?).await {
                Ok((page, next)) => Some((Ok(page.files), next.map(Some))),
                Err(fault) => Some((Err(fault), None)),
            }
        })
        .boxed()
    }

    async fn read_range(&self, object: &Object, offset: u64, length: u64) -> Result<Piece, Fault> {
        let name = self.name(&object.path);
        let length = length.min(object.size.map_or(length, |size| size.saturating_sub(offset)));
        if length == 0 {
            return Ok(Piece { bytes: Default::default(), total: object.size.unwrap_or(offset), held: None });
        }
        let mut input = vec![
            ("Bucket", Json::string(self.bucket.as_str())),
            ("Key", Json::string(self.key(&object.path))),
        ];
        if let Some(etag) = &object.etag {
            input.push(("IfMatch", Json::string(etag.as_str())));
        }
        let is_part = offset > 0 || object.size.is_none_or(|size| length < size);
        if is_part {
            input.push(("Range", Json::String(format!("bytes={offset}-{}", offset + length - 1))));
        }
        let (output, size) = match self.ask(&self.get, Json::object(input)).await {
            // An object of no bytes has no range.
            Err(fault)
                if fault.code.as_deref() == Some("InvalidRange") && offset == 0 && object.size.is_none() =>
            {
                return Ok(Piece { bytes: Default::default(), total: 0, held: None });
            }
            Err(fault) => return Err(told(fault, &name)),
            Ok(answer) => answer,
        };
        let held = Some(self.access.bytes.hold(size));
        let body = output.get("Body").and_then(Json::as_str).unwrap_or_default();
        let bytes = STANDARD.decode(body).map_err(|why| fault("InvalidBody", &name, why))?;
        let total = output.get("ContentRange").and_then(Json::as_str);
        let total = total.and_then(|range| range.rsplit('/').next()?.parse().ok());
        Ok(Piece { total: total.unwrap_or(bytes.len() as u64), bytes: bytes.into(), held })
    }

    fn piece(&self) -> u64 {
        PIECE
    }
}

fn told(fault: Fault, name: &str) -> Fault {
    let words = match fault.code.as_deref() {
        Some("NoSuchKey") => "it is not there any more".to_owned(),
        Some("PreconditionFailed") => "it was replaced while it was read".to_owned(),
        Some("InvalidObjectState") => "it is archived: restore it first".to_owned(),
        _ => fault.message.clone(),
    };
    Fault { message: format!("{name}: {words}"), ..fault }
}
