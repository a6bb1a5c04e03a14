//! Where files are: the XDG folders, and the project file above the current folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A project's settings; every folder may have one.
pub const PROJECT_FILE: &str = ".canvass.yaml";
/// The user's settings, in [`Paths::config`].
pub const USER_FILE: &str = "config.yaml";

/// XDG folders, each with `canvass` appended. The same on macOS, as for most command-line tools.
#[derive(Clone, Debug)]
pub struct Paths {
    pub config: PathBuf,
    pub cache: PathBuf,
    pub data: PathBuf,
    pub state: PathBuf,
}

impl Paths {
    /// The XDG Base Directory Specification: a path that is not absolute is to be ignored.
    pub fn resolve(env: &BTreeMap<String, String>, home: Option<&Path>) -> Result<Self> {
        let folder = |variable: &str, below_home: &str| {
            env.get(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| home.map(|home| home.join(below_home)))
                .map(|path| path.join("canvass"))
                .ok_or_else(|| {
                    Error::usage(format!("cannot tell where {variable} is: there is no home folder"))
                        .hint(format!("set HOME, or {variable} to an absolute path"))
                })
        };
        Ok(Self {
            config: folder("XDG_CONFIG_HOME", ".config")?,
            cache: folder("XDG_CACHE_HOME", ".cache")?,
            data: folder("XDG_DATA_HOME", ".local/share")?,
            state: folder("XDG_STATE_HOME", ".local/state")?,
        })
    }

    pub fn user_file(&self) -> PathBuf {
        self.config.join(USER_FILE)
    }
}

/// The nearest project file, from `cwd` up to the repository's root or the home folder.
///
/// Where neither is above, only `cwd` itself is looked at: nobody should steer canvass by a file
/// in `/tmp`.
pub fn project_file_above(cwd: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let is_top = |folder: &Path| home == Some(folder) || folder.join(".git").exists();
    let height = cwd.ancestors().position(is_top).unwrap_or(0);
    cwd.ancestors().take(height + 1).map(|folder| folder.join(PROJECT_FILE)).find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_relative_xdg_folder_is_ignored() {
        let env = BTreeMap::from([
            ("XDG_CONFIG_HOME".to_owned(), "settings".to_owned()),
            ("XDG_CACHE_HOME".to_owned(), "/var/cache/ana".to_owned()),
        ]);
        let paths = Paths::resolve(&env, Some(Path::new("/home/ana"))).unwrap();
        assert_eq!(paths.config, Path::new("/home/ana/.config/canvass"));
        assert_eq!(paths.cache, Path::new("/var/cache/ana/canvass"));
        assert_eq!(paths.state, Path::new("/home/ana/.local/state/canvass"));
        let error = Paths::resolve(&env, None).unwrap_err();
        assert!(error.message().contains("XDG_CONFIG_HOME"), "{error}");
    }

    #[test]
    fn the_search_ends_at_the_repository_or_at_home() {
        let temp = tempfile::tempdir().unwrap();
        let home = temp.path().join("home");
        let deep = home.join("work/repo/src/deep");
        fs::create_dir_all(&deep).unwrap();
        fs::write(home.join("work").join(PROJECT_FILE), "").unwrap();
        assert_eq!(project_file_above(&deep, Some(&home)), Some(home.join("work").join(PROJECT_FILE)));

        fs::create_dir(home.join("work/repo/.git")).unwrap();
        assert_eq!(project_file_above(&deep, Some(&home)), None, "the repository does not have one");

        fs::write(home.join("work/repo").join(PROJECT_FILE), "").unwrap();
        assert_eq!(project_file_above(&deep, Some(&home)), Some(home.join("work/repo").join(PROJECT_FILE)));
    }

    #[test]
    fn outside_home_and_repositories_only_the_current_folder_counts() {
        let temp = tempfile::tempdir().unwrap();
        let below = temp.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::write(temp.path().join("a").join(PROJECT_FILE), "").unwrap();
        assert_eq!(project_file_above(&below, None), None);
        fs::write(below.join(PROJECT_FILE), "").unwrap();
        assert_eq!(project_file_above(&below, None), Some(below.join(PROJECT_FILE)));
    }
}
