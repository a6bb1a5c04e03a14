//! Profiles of the AWS config and credentials files: which there are, and which account each leads to.
//! Secrets are not read: a profile is named, and the SDK reads it when it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::role_arn;
use crate::error::Result;
use crate::model::AccountId;
use crate::settings::LoadInputs;

#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub file: PathBuf,
    pub line: usize,
    /// Without secrets.
    pub keys: BTreeMap<String, String>,
}

impl Profile {
    pub fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    /// The account it leads to, where the file says so.
    pub fn account(&self) -> Option<AccountId> {
        let by_role = self.get("role_arn").and_then(role_arn).map(|role| role.account);
        let named = ["sso_account_id", "aws_account_id"].iter().find_map(|key| self.get(key)?.parse().ok());
        by_role.or(named)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// The config file, where there is one.
    pub files: Vec<PathBuf>,
    pub profiles: BTreeMap<String, Profile>,
    pub sso_sessions: BTreeMap<String, Profile>,
}

impl Profiles {
    /// The account of a profile, its source profiles' keys apart.
    pub fn account(&self, name: &str) -> Option<AccountId> {
        self.profiles.get(name)?.account()
    }

    pub fn region(&self, name: &str) -> Option<&str> {
        self.profiles.get(name)?.get("region")
    }
}

pub fn config_path(inputs: &LoadInputs) -> Option<PathBuf> {
    path_of(inputs, "AWS_CONFIG_FILE", ".aws/config")
}

fn path_of(inputs: &LoadInputs, variable: &str, below_home: &str) -> Option<PathBuf> {
    match inputs.env.get(variable).filter(|path| !path.is_empty()) {
        Some(path) => Some(inputs.cwd.join(path)),
        None => inputs.home.as_ref().map(|home| home.join(below_home)),
    }
}

/// The config file (or the one at `path`) and the credentials file, where they exist.
pub fn read(inputs: &LoadInputs, path: Option<&Path>) -> Result<Profiles> {
    let mut profiles = Profiles::default();
    let config = path.map(|path| inputs.cwd.join(path)).or_else(|| config_path(inputs));
    let credentials = path_of(inputs, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    for (file, is_config) in [(config, true), (credentials, false)] {
        let Some(file) = file.filter(|file| file.is_file()) else { continue };
        let text = super::text_of(&file)?;
        add(&mut profiles, &file, &text, is_config);
        if is_config {
            profiles.files.push(file);
        }
    }
    Ok(profiles)
}

fn add(into: &mut Profiles, file: &Path, text: &str, is_config: bool) {
    const SECRETS: [&str; 3] = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];
    let mut section: Option<(bool, String)> = None;
    let mut seen = BTreeSet::new();
    for (at, raw) in text.lines().enumerate() {
        let line = raw.trim_end();
        if line.trim_start().starts_with(['#', ';']) || line.trim().is_empty() {
            continue;
        }
        if let Some(head) = line.strip_prefix('[') {
            let head = head.split(']').next().unwrap_or_default().trim();
            section = named(head, is_config);
            if let Some((is_session, name)) = &section {
                let group = if *is_session { &mut into.sso_sessions } else { &mut into.profiles };
                let profile = group.entry(name.clone()).or_default();
                if seen.insert((*is_session, name.clone())) && profile.line == 0 {
                    *profile = Profile { file: file.to_owned(), line: at + 1, ..Profile::default() };
                }
            }
            continue;
        }
        // What is indented belongs to the key above: 's3 =' has settings of its own.
        let (Some((is_session, name)), false) = (&section, raw.starts_with([' ', '\t'])) else { continue };
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().to_lowercase(), value.trim());
        let group = if *is_session { &mut into.sso_sessions } else { &mut into.profiles };
        if let Some(profile) = group.get_mut(name).filter(|_| !SECRETS.contains(&key.as_str())) {
            profile.keys.insert(key, value.split(" #").next().unwrap_or(value).trim().to_owned());
        }
    }
}

/// Whether it is an sso-session, and its name; nothing for other sections.
fn named(head: &str, is_config: bool) -> Option<(bool, String)> {
    let clean = |name: &str| name.trim().trim_matches(['"', '\'']).to_owned();
    match head.split_once([' ', '\t']) {
        Some(("profile", name)) if is_config => Some((false, clean(name))),
        Some(("sso-session", name)) if is_config => Some((true, clean(name))),
        None if !is_config || head == "default" => Some((false, clean(head))),
        Some(_) if !is_config => Some((false, clean(head))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_say_their_accounts_and_no_secret_is_kept() {
        let mut profiles = Profiles::default();
        let config = "[default]\nregion = eu-west-1 # home\n\n[profile 'pay']\nrole_arn = arn:aws:iam::111122223333:role/x/Read\nsource_profile=default\ns3 =\n  max_concurrent_requests = 20\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n[services x]\nec2 =\n  endpoint_url = http://x\n[nonsense]\na = b\n";
        add(&mut profiles, Path::new("/c"), config, true);
        add(
            &mut profiles,
            Path::new("/k"),
            "[pay]\naws_secret_access_key = s3cret\n[keys]\naws_access_key_id = AKIA\naws_account_id=444455556666\n",
            false,
        );
        assert_eq!(profiles.profiles.keys().collect::<Vec<_>>(), ["default", "keys", "pay"]);
        assert_eq!(profiles.account("pay").unwrap().as_str(), "111122223333");
        assert_eq!(profiles.account("keys").unwrap().as_str(), "444455556666");
        assert_eq!((profiles.account("default"), profiles.region("default")), (None, Some("eu-west-1")));
        assert_eq!(profiles.sso_sessions["corp"].line, 9);
        assert!(!format!("{profiles:?}").contains("s3cret"));
        assert!(!profiles.profiles["pay"].keys.contains_key("max_concurrent_requests"));
    }
}
