//! Files that are there whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::error::{Error, Result};

/// What to do where the file exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Replace,
    Keep,
}

/// Writes beside the file, then moves into place; folders are made. Only the user may read it.
///
/// `Ok(false)`: it exists and was kept.
pub fn write(path: &Path, text: &str, existing: Existing) -> Result<bool> {
    let cannot =
        |error: &std::io::Error| Error::failed(format!("cannot write {}", path.display())).because(error);
    // A link stays a link: people keep their settings in a repository of dotfiles.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(Error::failed(format!("cannot write {}: it is no file name", path.display())));
    };
    fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    let beside = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let moved = fill(&beside, text).and_then(|()| match existing {
        Existing::Replace => fs::rename(&beside, &target).map(|()| true),
        Existing::Keep => link(&beside, &target),
    });
    if !matches!((&moved, existing), (Ok(true), Existing::Replace)) {
        // Nothing depends on it any more; what matters is reported below.
        let _ = fs::remove_file(&beside);
    }
    moved.map_err(|error| cannot(&error))
}

fn fill(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A hard link fails where the name is taken, which a rename does not.
fn link(from: &Path, to: &Path) -> std::io::Result<bool> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // Not every file system has hard links.
        Err(_) if !to.exists() => fs::rename(from, to).map(|()| true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_kept_or_replaced_as_told_and_nothing_is_left_beside_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("new/config.yaml");
        assert!(write(&path, "one", Existing::Keep).unwrap());
        assert!(!write(&path, "two", Existing::Keep).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert!(write(&path, "two", Existing::Replace).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let temp = tempfile::tempdir().unwrap();
        let (real, link) = (temp.path().join("real.yaml"), temp.path().join("link.yaml"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, "new", Existing::Replace).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
