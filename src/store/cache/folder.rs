//! The folder of the cache: ours alone, or not used.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::file::make_folder;

/// `rows/index.db`, `rows/<random>.rows`
pub const INDEX: &str = "index.db";
const SEGMENT: &str = "rows";

#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// Who we are, told by a file that we made; `None` where files have no owners.
    owner: Option<u32>,
}

impl Folder {
    /// Makes the folder, and a file in it, so that nobody finds out later that nothing can be written.
    pub fn open(path: &Path) -> io::Result<Folder> {
        make_folder(path)?;
        let probe = path.join(format!(".probe-{}-{:08x}", std::process::id(), random()));
        let made = private().write(true).create_new(true).open(&probe)?;
        let owner = owner(&made.metadata()?);
        fs::remove_file(&probe)?;
        let folder = Folder { path: path.to_owned(), owner };
        folder.check(&fs::metadata(path)?)?;
        Ok(folder)
    }

    pub fn index(&self) -> PathBuf {
        self.path.join(INDEX)
    }

    pub fn segment(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Segments as they lie there, whether the index knows them or not.
    pub fn segments(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string()
                && is_segment(&name)
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Makes the index's file before SQLite does: nobody else may look into it.
    pub fn prepare_index(&self) -> io::Result<()> {
        self.check(&private().append(true).create(true).open(self.index())?.metadata()?)
    }

    pub fn create_segment(&self, name: &str) -> io::Result<File> {
        private().append(true).create_new(true).open(self.segment(name))
    }

    pub fn append_segment(&self, name: &str) -> io::Result<File> {
        self.checked(OpenOptions::new().append(true).open(self.segment(name))?)
    }

    pub fn read_segment(&self, name: &str) -> io::Result<File> {
        if !is_segment(name) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.checked(File::open(self.segment(name))?)
    }

    fn checked(&self, file: File) -> io::Result<File> {
        self.check(&file.metadata()?)?;
        Ok(file)
    }

    /// Rows that somebody else put there are theirs, not ours.
    fn check(&self, found: &fs::Metadata) -> io::Result<()> {
        if owner(found) == self.owner {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"))
    }

    /// Everything that is kept goes; whoever still works with it finds it gone. In one step, so that
    /// nobody meets half of it.
    pub fn discard(&self) -> io::Result<()> {
        let aside = self.path.with_extension(format!("{}-{:08x}.old", std::process::id(), random()));
        match fs::rename(&self.path, &aside) {
            Ok(()) => {}
            // Another process was first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let _ = fs::remove_dir_all(aside);
        make_folder(&self.path)
    }
}

pub fn new_segment_name() -> String {
    format!("{:08x}{:08x}.{SEGMENT}", random(), random())
}

/// Names come from the index too, and must not lead out of the folder.
fn is_segment(name: &str) -> bool {
    name.strip_suffix(SEGMENT)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|stem| stem.len() == 16 && stem.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn owner(metadata: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(metadata))
}

#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Enough to keep names of several processes apart; nothing depends on its being unforeseeable.
fn random() -> u32 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    (hasher.finish() >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_give_are_segments() {
        assert!(is_segment(&new_segment_name()));
        for bad in ["../0123456789abcde.rows", "index.db", "0123456789abcdef", "/etc/passwd", ".rows", ""] {
            assert!(!is_segment(bad), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temp.path().join("rows")).unwrap();
        folder.prepare_index().unwrap();
        folder.create_segment(&new_segment_name()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&temp.path().join("rows")), 0o700);
        for entry in fs::read_dir(temp.path().join("rows")).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_belongs_to_another_user_is_not_used() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temp.path().join("rows")).unwrap();
        let other = Folder { owner: folder.owner.map(|uid| uid + 1), ..folder };
        let error = other.prepare_index().unwrap_err();
        assert_eq!(error.to_string(), "it belongs to another user");
    }

    #[test]
    fn what_is_discarded_is_gone_and_the_folder_is_there_again() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temp.path().join("rows")).unwrap();
        folder.create_segment(&new_segment_name()).unwrap();
        folder.discard().unwrap();
        assert_eq!(folder.segments().unwrap(), Vec::<String>::new());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
