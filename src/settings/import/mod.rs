//! Contexts made from what other tools were configured with: Steampipe's connections, c7n-org's
//! accounts, profiles of the AWS config file. Reads files and nothing else; nobody is asked.
//!
//! What cannot be carried over is listed with its reason, never dropped.

mod aws_profiles;
mod c7n_org;
mod merge;
mod profile_file;
mod steampipe;
mod yaml_text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::AccountId;
use crate::settings::LoadInputs;

pub use merge::{Merged, merge, write};
pub use yaml_text::contexts as to_yaml;

/// Where settings are imported from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Steampipe,
    C7nOrg,
    Aws,
}

impl Origin {
    pub const ALL: [Self; 3] = [Self::Steampipe, Self::C7nOrg, Self::Aws];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Steampipe => "steampipe",
            Self::C7nOrg => "c7n-org",
            Self::Aws => "aws",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }
}

/// A context that does what something did elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct NewContext {
    pub name: String,
    /// What it was made from, for the comment above it.
    pub about: String,
    /// Settings in the order they are written, by their names in [`crate::settings::keys`].
    pub settings: Vec<(&'static str, Setting)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    Text(String),
    Count(u64),
    List(Vec<String>),
    Accounts(Vec<NewAccount>),
}

/// An entry of `static_accounts`.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAccount {
    pub id: AccountId,
    pub name: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub profile: Option<String>,
}

/// What could not be carried over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    pub file: PathBuf,
    pub line: Option<usize>,
    pub what: String,
    pub why: String,
}

/// What was found in the files of one tool.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    pub files: Vec<PathBuf>,
    pub contexts: Vec<NewContext>,
    pub left_out: Vec<LeftOut>,
}

impl Imported {
    fn leave_out(
        &mut self,
        file: &Path,
        line: Option<usize>,
        what: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.left_out.push(LeftOut { file: file.to_owned(), line, what: what.into(), why: why.into() });
    }

    fn add(&mut self, context: NewContext) {
        self.contexts.push(context);
    }
}

/// Reads one tool's files: those at `path`, or where the tool keeps them.
///
/// # Errors
/// There is no such file, or it is not what it should be.
pub fn read(inputs: &LoadInputs, origin: Origin, path: Option<&Path>) -> Result<Imported> {
    let profiles = profile_file::read(inputs, path.filter(|_| origin == Origin::Aws))?;
    match origin {
        Origin::Steampipe => steampipe::read(inputs, path, &profiles),
        Origin::C7nOrg => c7n_org::read(inputs, path, &profiles),
        Origin::Aws => aws_profiles::read(inputs, path, &profiles),
    }
}

/// The tools whose files are where they keep them.
pub fn found(inputs: &LoadInputs) -> Vec<Origin> {
    let is_there = |origin: &Origin| match origin {
        Origin::Steampipe => !steampipe::default_files(inputs).is_empty(),
        Origin::C7nOrg => c7n_org::default_file(inputs).is_some(),
        Origin::Aws => profile_file::config_path(inputs).is_some_and(|path| path.is_file()),
    };
    Origin::ALL.into_iter().filter(is_there).collect()
}

/// The settings of a context that asks exactly these accounts, each through a profile of its own where it
/// has one. The scope says it too, so that it also holds where the list of accounts comes from elsewhere.
fn exactly(accounts: Vec<NewAccount>) -> Vec<(&'static str, Setting)> {
    let ids: BTreeSet<String> = accounts.iter().map(|account| account.id.as_str().to_owned()).collect();
    vec![
        ("organization", Setting::Text("static".to_owned())),
        ("static_accounts", Setting::Accounts(accounts)),
        ("accounts", Setting::List(ids.into_iter().collect())),
    ]
}

/// `aws-us-gov` of `us-gov-*`, nothing for the regions of everybody.
fn partition_of_regions(regions: &[String]) -> Option<&'static str> {
    let all = |start: &str| !regions.is_empty() && regions.iter().all(|region| region.starts_with(start));
    if all("us-gov") {
        Some("aws-us-gov")
    } else if all("cn-") {
        Some("aws-cn")
    } else if all("eusc-") {
        Some("aws-eusc")
    } else {
        None
    }
}

/// A role's ARN taken apart.
struct RoleArn {
    partition: String,
    account: AccountId,
    /// With its path, if it has one.
    name: String,
}

fn role_arn(text: &str) -> Option<RoleArn> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, account, role) = (parts.next()?, parts.next()?, parts.next()?);
    let name = role.strip_prefix("role/")?;
    let right = arn == "arn" && service == "iam" && !name.is_empty();
    let account = account.parse().ok()?;
    right.then(|| RoleArn { partition: partition.to_owned(), account, name: name.to_owned() })
}

fn text_of(path: &Path) -> Result<String> {
    crate::settings::file::text_of(path)?
        .ok_or_else(|| Error::usage(format!("there is no file {}", path.display())))
}
