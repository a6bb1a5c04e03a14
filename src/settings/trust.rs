//! Which project files may decide where credentials go.
//!
//! Trust is in a folder together with the bytes of its project file: a file that changed, by a
//! pull for example, has to be looked at again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::settings::atomic_file::{self, Existing};
use crate::settings::file::{SettingsFile, text_of};
use crate::settings::paths::PROJECT_FILE;
use crate::settings::{LoadInputs, Paths, project_file_above};

/// What is known about a project file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    Trusted,
    /// The folder was trusted with another content.
    Changed,
    Unknown,
    /// A trusted folder whose project file is gone (only in lists).
    Missing,
}

/// The folders the user has trusted, in `trusted.json` of the state folder.
#[derive(Debug)]
pub struct TrustStore {
    path: PathBuf,
    folders: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema_version: u32,
    folders: Vec<StoredFolder>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFolder {
    folder: String,
    /// Of the project file's bytes, in hexadecimal.
    sha256: String,
}

impl TrustStore {
    pub fn open(paths: &Paths) -> Result<Self> {
        let path = paths.state.join("trusted.json");
        let Some(text) = text_of(&path)? else { return Ok(Self { path, folders: BTreeMap::new() }) };
        // Damage must not be read as trust, nor silently forgotten by the next write.
        let stored: Stored = serde_json::from_str(&text).map_err(|error| {
            Error::usage(format!("cannot read the list of trusted folders in {}", path.display()))
                .because(&error)
                .hint("remove the file and trust your folders again")
        })?;
        let folders = stored.folders.into_iter().map(|f| (f.folder, f.sha256)).collect();
        Ok(Self { path, folders })
    }

    pub fn of(&self, file: &SettingsFile) -> Result<Trust> {
        Ok(self.known(&folder_of(&file.path)?, &file.text))
    }

    fn known(&self, folder: &str, text: &str) -> Trust {
        match self.folders.get(folder) {
            Some(known) if *known == hash(text) => Trust::Trusted,
            Some(_) => Trust::Changed,
            None => Trust::Unknown,
        }
    }

    fn save(&self) -> Result<()> {
        let folders = self
            .folders
            .iter()
            .map(|(folder, sha256)| StoredFolder { folder: folder.clone(), sha256: sha256.clone() })
            .collect();
        let stored = Stored { schema_version: 1, folders };
        let mut text = serde_json::to_string_pretty(&stored)
            .map_err(|error| Error::failed("cannot write the list of trusted folders").because(&error))?;
        text.push('\n');
        atomic_file::write(&self.path, &text, Existing::Replace).map(|_| ())
    }
}

/// A folder that is or was trusted.
#[derive(Clone, Debug, Serialize)]
pub struct TrustedFolder {
    pub folder: String,
    pub state: Trust,
}

/// What `canvass trust` did.
#[derive(Clone, Debug, Serialize)]
pub struct Granted {
    pub file: PathBuf,
    /// It was trusted with these very bytes before.
    pub already: bool,
    /// What the file may set from now on: key and value, as written.
    pub allows: Vec<(String, String)>,
}

/// Trusts the project file at `path` (the file, or its folder), or the one above the current folder.
///
/// # Errors
/// There is no such file, or it holds mistakes: nobody can judge a file that cannot be read.
pub fn grant(inputs: &LoadInputs, path: Option<&Path>) -> Result<Granted> {
    let path = project_file(inputs, path)?;
    let Some(file) = SettingsFile::read(&path, inputs.home.as_deref())? else {
        return Err(Error::usage(format!("there is no {}", path.display())));
    };
    let mut store = TrustStore::open(&Paths::resolve(&inputs.env, inputs.home.as_deref())?)?;
    let already = store.of(&file)? == Trust::Trusted;
    if !already {
        store.folders.insert(folder_of(&path)?, hash(&file.text));
        store.save()?;
    }
    let allows = file
        .needing_trust()
        .into_iter()
        .map(|(name, entry)| {
            let value = if entry.key.secret { "****".to_owned() } else { entry.value.to_string() };
            (name, value)
        })
        .collect();
    Ok(Granted { file: path, already, allows })
}

/// Takes trust back; the folder need not exist any more. The folder's name, as it was stored.
pub fn revoke(inputs: &LoadInputs, path: &Path) -> Result<String> {
    let mut store = TrustStore::open(&Paths::resolve(&inputs.env, inputs.home.as_deref())?)?;
    let absolute = inputs.cwd.join(path);
    let folder =
        if absolute.ends_with(PROJECT_FILE) { absolute.parent().unwrap_or(&absolute) } else { &absolute };
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = real.to_string_lossy().trim_end_matches('/').to_owned();
    if store.folders.remove(&name).is_none() {
        return Err(
            Error::usage(format!("{name} is not trusted")).hint("'canvass trust --list' shows what is")
        );
    }
    store.save()?;
    Ok(name)
}

pub fn list(inputs: &LoadInputs) -> Result<Vec<TrustedFolder>> {
    let store = TrustStore::open(&Paths::resolve(&inputs.env, inputs.home.as_deref())?)?;
    Ok(store
        .folders
        .keys()
        .map(|folder| {
            let state = match text_of(&Path::new(folder).join(PROJECT_FILE)) {
                Ok(Some(text)) => store.known(folder, &text),
                Ok(None) => Trust::Missing,
                Err(_) => Trust::Changed,
            };
            TrustedFolder { folder: folder.clone(), state }
        })
        .collect())
}

fn project_file(inputs: &LoadInputs, path: Option<&Path>) -> Result<PathBuf> {
    let Some(path) = path else {
        return project_file_above(&inputs.cwd, inputs.home.as_deref()).ok_or_else(|| {
            Error::usage(format!("there is no {PROJECT_FILE} in {} or above it", inputs.cwd.display()))
        });
    };
    let absolute = inputs.cwd.join(path);
    if absolute.is_dir() {
        return Ok(absolute.join(PROJECT_FILE));
    }
    if absolute.file_name().is_some_and(|name| name == PROJECT_FILE) {
        return Ok(absolute);
    }
    Err(Error::usage(format!("{} is neither a folder nor a {PROJECT_FILE}", absolute.display())))
}

/// The real folder, links resolved: a name for trust that nobody can point elsewhere.
fn folder_of(file: &Path) -> Result<String> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let real = fs::canonicalize(folder)
        .map_err(|error| Error::failed(format!("cannot find {}", folder.display())).because(&error))?;
    match real.to_str() {
        Some(name) => Ok(name.to_owned()),
        None => Err(Error::usage(format!("cannot trust {}: its name is not UTF-8", real.display()))),
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    struct Desk {
        _temp: tempfile::TempDir,
        inputs: LoadInputs,
        file: PathBuf,
    }

    fn desk(text: &str) -> Desk {
        let temp = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(temp.path()).unwrap();
        let project = home.join("project");
        fs::create_dir_all(&project).unwrap();
        let file = project.join(PROJECT_FILE);
        fs::write(&file, text).unwrap();
        let inputs =
            LoadInputs { flags: Flags::default(), env: BTreeMap::new(), cwd: project, home: Some(home) };
        Desk { _temp: temp, inputs, file }
    }

    #[test]
    fn an_untrusted_project_may_not_say_which_profile_is_used() {
        let desk = desk("regions: [eu-*]\nprofile: evil\ncontexts: {a: {member_role: Evil}}\n");
        let error = desk.inputs.load().unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Usage);
        for named in ["profile", "contexts.a.member_role", ".canvass.yaml"] {
            assert!(error.message().contains(named), "{error}");
        }
        assert!(error.hints().iter().any(|hint| hint.contains("canvass trust")), "{:?}", error.hints());
    }

    #[test]
    fn harmless_keys_of_an_untrusted_project_count() {
        let desk = desk("regions: [eu-*]\noutput: json\n");
        let resolved = desk.inputs.load().unwrap();
        assert_eq!(resolved.settings.scope.regions[0].as_str(), "eu-*");
    }

    #[test]
    fn trust_holds_until_the_file_changes_or_trust_is_taken_back() {
        let desk = desk("profile: mine\n");
        let granted = grant(&desk.inputs, None).unwrap();
        assert_eq!(granted.allows, [("profile".to_owned(), "mine".to_owned())]);
        assert!(!granted.already);
        assert!(grant(&desk.inputs, Some(Path::new("."))).unwrap().already);
        assert_eq!(desk.inputs.load().unwrap().settings.credentials.profile.as_deref(), Some("mine"));

        fs::write(&desk.file, "profile: other\n").unwrap();
        let error = desk.inputs.load().unwrap_err();
        assert!(error.message().contains("changed since"), "{error}");
        assert_eq!(list(&desk.inputs).unwrap()[0].state, Trust::Changed);

        grant(&desk.inputs, Some(&desk.file)).unwrap();
        assert_eq!(list(&desk.inputs).unwrap()[0].state, Trust::Trusted);
        revoke(&desk.inputs, Path::new(".")).unwrap();
        assert!(desk.inputs.load().is_err());
        assert!(revoke(&desk.inputs, Path::new(".")).is_err());
    }

    #[test]
    fn the_same_bytes_in_another_folder_are_not_trusted() {
        let one = desk("profile: mine\n");
        grant(&one.inputs, None).unwrap();
        let other = one.inputs.home.as_ref().unwrap().join("other");
        fs::create_dir(&other).unwrap();
        fs::copy(&one.file, other.join(PROJECT_FILE)).unwrap();
        let inputs = LoadInputs { cwd: other, ..one.inputs.clone() };
        assert!(inputs.load().is_err());
    }

    #[test]
    fn a_damaged_list_is_an_error_and_never_trust() {
        let desk = desk("profile: mine\n");
        grant(&desk.inputs, None).unwrap();
        let store = desk.inputs.home.as_ref().unwrap().join(".local/state/canvass/trusted.json");
        fs::write(&store, "{").unwrap();
        assert!(desk.inputs.load().unwrap_err().message().contains("trusted.json"));
        assert!(grant(&desk.inputs, None).is_err());
    }

    #[test]
    fn a_file_with_mistakes_cannot_be_trusted() {
        let desk = desk("profil: mine\n");
        assert!(grant(&desk.inputs, None).is_err());
        assert!(list(&desk.inputs).unwrap().is_empty());
    }

    #[test]
    fn secrets_are_not_shown_when_trust_is_given() {
        let desk = desk("external_id: hush-hush\n");
        assert_eq!(grant(&desk.inputs, None).unwrap().allows[0].1, "****");
    }
}
