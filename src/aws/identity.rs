//! Whose answers these are: all that decides what the services let us see.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::Aws;
use crate::error::Result;
use crate::settings::CredentialSettings;

impl Aws {
    /// One text per identity: the base credentials' own, and the roles or profiles they lead to. Two runs
    /// with the same text see the same things.
    pub async fn identity(&self) -> Result<String> {
        let caller = match &self.settings.credentials.identity_center {
            // The permission set's role is the identity, whoever logged in.
            Some(_) => String::new(),
            None => self.caller().await?.arn,
        };
        Ok(identity(&caller, &self.settings.credentials))
    }
}

/// Which credentials are asked for, without asking whose they are: what was learnt with one choice is not
/// taken for another's.
pub fn choice(credentials: &CredentialSettings) -> String {
    const CHOOSE: [&str; 5] = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ];
    let chosen = CHOOSE.map(std::env::var_os);
    hex(Sha256::digest(format!("{}\n{chosen:?}", identity("", credentials))).as_slice())
}

fn identity(caller: &str, credentials: &CredentialSettings) -> String {
    let mut text = format!(
        "{caller}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        credentials.profile,
        credentials.hub_role,
        credentials.member_role,
        credentials.payer_account,
        credentials.payer_role,
        credentials.external_id,
        credentials.session_name,
        credentials.source_identity,
        credentials.account_profiles,
        credentials.identity_center,
    );
    if !credentials.account_profiles.is_empty() {
        // What a profile means stands in these files.
        text.push_str(&digest_of_file("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
    }
    text
}

/// What the AWS environment says of endpoints and profiles beyond our own settings.
pub fn surroundings() -> String {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| {
            name.starts_with("AWS_ENDPOINT_URL") || name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
        })
        .collect();
    format!("{variables:?}{}", digest_of_file("AWS_CONFIG_FILE", "config"))
}

/// An absent file is as good as an empty one.
fn digest_of_file(variable: &str, in_home: &str) -> String {
    let path = std::env::var_os(variable)
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".aws").join(in_home)));
    let bytes = path.and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    hex(Sha256::digest(bytes).as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::settings::{CredentialCache, RoleSetting};

    fn credentials() -> CredentialSettings {
        CredentialSettings {
            profile: None,
            hub_role: RoleSetting::Default("Hub".to_owned()),
            member_role: "Member".to_owned(),
            payer_account: None,
            payer_role: None,
            external_id: None,
            session_name: "canvass".to_owned(),
            source_identity: None,
            session_duration: Duration::from_secs(3600),
            mfa_serial: None,
            account_profiles: BTreeMap::new(),
            identity_center: None,
            cache: CredentialCache::Memory,
        }
    }

    #[test]
    fn another_caller_role_or_external_id_is_another_identity() {
        let mut seen = BTreeSet::from([identity("arn:aws:iam::100000000001:user/dev", &credentials())]);
        let changes: [fn(&mut CredentialSettings); 6] = [
            |_| {},
            |c| c.member_role = "Other".to_owned(),
            |c| c.external_id = Some("x-1".to_owned()),
            |c| c.source_identity = Some("ana".to_owned()),
            |c| c.hub_role = RoleSetting::None,
            |c| c.profile = Some("audit".to_owned()),
        ];
        for change in changes {
            let mut changed = credentials();
            change(&mut changed);
            assert!(seen.insert(identity("arn:aws:iam::100000000001:user/ops", &changed)), "{changed:?}");
        }
    }
}
