//! Files of this machine.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use globset::{GlobBuilder, GlobMatcher};

use super::{Files, Level, Object, Piece, fault};
use crate::model::{Fault, FaultKind};

const PIECE: u64 = 1 << 20;

pub struct LocalFiles(Arc<Place>);

struct Place {
    /// The folder that paths are relative to, or the file.
    base: PathBuf,
    /// Which files below it are meant, where not all are.
    pattern: Option<GlobMatcher>,
}

impl LocalFiles {
    pub fn new(path: &Path) -> Result<Self, Fault> {
        let is_pattern =
            |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
        // What is there under that very name is no pattern.
        if !path.components().any(|part| is_pattern(&part)) || path.exists() {
            return Ok(Self(Arc::new(Place { base: path.to_owned(), pattern: None })));
        }
        let base: PathBuf = path.components().take_while(|part| !is_pattern(part)).collect();
        let rest: PathBuf = path.components().skip_while(|part| !is_pattern(part)).collect();
        let glob = GlobBuilder::new(&rest.to_string_lossy()).literal_separator(true).build();
        let glob = glob.map_err(|why| fault("InvalidPattern", &path.display().to_string(), why.kind()))?;
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        Ok(Self(Arc::new(Place { base, pattern: Some(glob.compile_matcher()) })))
    }
}

impl Place {
    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.base.clone() } else { self.base.join(path) }
    }

    fn name(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }

    fn failed(&self, path: &str, why: &io::Error) -> Fault {
        let (code, words) = match why.kind() {
            io::ErrorKind::NotFound => ("NotFound", "no such file or folder".to_owned()),
            io::ErrorKind::PermissionDenied => {
                ("PermissionDenied", "may not be read by this user".to_owned())
            }
            _ => ("Unreadable", why.to_string()),
        };
        fault(code, &self.name(path), words)
    }

    /// Folders whose real path is one of these lead back up.
    fn way_to(&self, folder: &str) -> Vec<PathBuf> {
        let mut way = vec![self.base.clone()];
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            way.push(way.last().map_or_else(PathBuf::new, |last| last.join(part)));
        }
        way.iter().filter_map(|path| fs::canonicalize(path).ok()).collect()
    }

    fn level(&self, folder: &str) -> Result<Level, Fault> {
        let path = self.at(folder);
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(why) if why.kind() == io::ErrorKind::NotFound && !folder.is_empty() => {
                return Ok(Level::default());
            }
            Err(why) => return Err(self.failed(folder, &why)),
        };
        if !about.is_dir() {
            return Ok(Level { files: vec![object(folder.to_owned(), &about)], ..Level::default() });
        }
        let way = self.way_to(folder);
        let mut level = Level::default();
        for entry in fs::read_dir(&path).map_err(|why| self.failed(folder, &why))? {
            let entry = entry.map_err(|why| self.failed(folder, &why))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            // Follows links; one that leads nowhere is no file.
            let Ok(about) = fs::metadata(entry.path()) else { continue };
            if about.is_file() && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&path)) {
                level.files.push(object(path, &about));
            } else if about.is_dir() {
                let leads_back = fs::canonicalize(entry.path()).is_ok_and(|real| way.contains(&real));
                if !leads_back {
                    level.folders.push(path);
                }
            }
        }
        level.folders.sort();
        level.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(level)
    }

    fn read(&self, object: &Object, offset: u64, length: u64) -> io::Result<Piece> {
        let mut file = fs::File::open(self.at(&object.path))?;
        let total = file.metadata()?.len();
        file.seek(SeekFrom::Start(offset))?;
        let expected = length.min(total.saturating_sub(offset));
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
        file.take(expected).read_to_end(&mut bytes)?;
        Ok(Piece { bytes: bytes.into(), total, held: None })
    }
}

fn object(path: String, about: &fs::Metadata) -> Object {
    let modified = about.modified().ok().map(Into::into);
    Object { path, size: Some(about.len()), modified, etag: None }
}

/// Runs what waits for a disk beside what waits for the network.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|why| Err(Fault::new(FaultKind::Cancelled, format!("reading was given up: {why}"))))
}

#[async_trait]
impl Files for LocalFiles {
    fn name(&self, path: &str) -> String {
        self.0.name(path)
    }

    async fn level(&self, folder: &str) -> Result<Level, Fault> {
        let (place, folder) = (Arc::clone(&self.0), folder.to_owned());
        beside(move || place.level(&folder)).await
    }

    fn below<'a>(&'a self, folder: &'a str) -> BoxStream<'a, Result<Vec<Object>, Fault>> {
        stream::unfold(vec![folder.to_owned()], move |mut ahead| async move {
            let folder = ahead.pop()?;
            let page = self.level(&folder).await.map(|level| {
                ahead.extend(level.folders.into_iter().rev());
                level.files
            });
            Some((page, ahead))
        })
        .boxed()
    }

    async fn read_range(&self, object: &Object, offset: u64, length: u64) -> Result<Piece, Fault> {
        let (place, object) = (Arc::clone(&self.0), object.clone());
        beside(move || place.read(&object, offset, length).map_err(|why| place.failed(&object.path, &why)))
            .await
    }

    fn piece(&self) -> u64 {
        PIECE
    }
}
