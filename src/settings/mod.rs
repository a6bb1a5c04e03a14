//! Flags > environment > project file > user file > default, resolved once, before any work.
//!
//! One table, [`keys`], says for every setting its name, type, variable, flag, default and whether
//! a project file may set it unasked. The file reader, the environment, `config show` and
//! `config init` walk that table: a setting is added there and in [`assemble`], nowhere else.
//!
//! This room reads files and environment variables; it opens no connection, prints nothing and
//! knows no command line: flags arrive as plain text in [`Flags`].

mod assemble;
mod atomic_file;
pub mod duration;
pub mod env;
mod file;
mod file_value;
pub mod import;
pub mod init;
mod inputs;
pub mod keys;
mod kind;
mod known_gaps;
mod origin;
mod paths;
mod resolve;
pub mod show;
mod size;
pub mod trust;
pub mod yaml;

#[cfg(test)]
mod precedence_tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Account, AccountId, KnownGap, Limits, Partition, Region, Scope, Timestamp};

pub use inputs::{Flags, LoadInputs};
pub use origin::{Layer, Origin, Origins};
pub use paths::{Paths, project_file_above};
pub use resolve::{ProjectFile, Resolved};
pub use size::text as size_text;

/// A length of time as settings write it: `30s`, `5m`, `1h30m`.
pub fn duration_of(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "write it like 30s, 5m or 1h".to_owned())
}

/// Everything that was configured, resolved. Cheap to share, never changed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the context in force, if any was chosen.
    pub context: Option<String>,
    pub partition: Partition,
    /// Where STS, Organizations and other calls without a region of their own are made.
    pub home_region: Region,
    pub scope: Scope,
    pub organization: OrganizationSource,
    pub credentials: CredentialSettings,
    pub network: NetworkSettings,
    pub fan_out: FanOutSettings,
    pub routing: RoutingSettings,
    pub coverage: CoverageSettings,
    /// What a statement may cost.
    pub limits: Limits,
    pub invocations: InvocationSettings,
    pub cache: CacheSettings,
    pub output: OutputSettings,
    /// A folder or an `s3://` prefix: where the cost and usage export lies.
    pub cur_path: Option<String>,
    pub paths: Paths,
    /// The demo organization's knobs (`accounts=50,seed=7`), if `--demo` is on.
    pub demo: Option<String>,
    /// A frozen clock, for tests and repeatable reports.
    pub now: Option<Timestamp>,
}

/// Where the list of accounts comes from.
#[derive(Clone, Debug)]
pub enum OrganizationSource {
    /// AWS Organizations if it answers, else the current account alone.
    Auto,
    /// AWS Organizations, from the management account or a delegated administrator.
    Organizations,
    /// Accounts written down in the settings.
    Static(Vec<Account>),
    /// The accounts an IAM Identity Center login can see.
    IdentityCenter,
    /// The account the credentials belong to.
    Current,
}

#[derive(Clone, Debug)]
pub struct CredentialSettings {
    pub profile: Option<String>,
    /// Role name or ARN assumed first, in the account that manages the organization.
    pub hub_role: RoleSetting,
    /// Role name assumed in every other account.
    pub member_role: String,
    /// The account that pays for the organization, where it is not the one that manages it.
    pub payer_account: Option<AccountId>,
    /// Role name assumed in the payer account, instead of the members'.
    pub payer_role: Option<String>,
    pub external_id: Option<String>,
    pub session_name: String,
    pub source_identity: Option<String>,
    /// At most an hour when roles are chained.
    pub session_duration: Duration,
    pub mfa_serial: Option<String>,
    pub cache: CredentialCache,
    /// Accounts reached through a profile of their own instead of a role.
    pub account_profiles: BTreeMap<AccountId, String>,
    pub identity_center: Option<IdentityCenterSettings>,
}

/// Where the sessions of roles are kept while they live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialCache {
    /// In the cache folder, for later runs.
    #[default]
    Disk,
    /// For this run alone.
    Memory,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleSetting {
    /// Not configured: tried, and gone without (visibly) where it does not exist.
    Default(String),
    /// Configured: must work.
    Required(String),
    /// `none`: the base credentials are used as they are.
    None,
}

#[derive(Clone, Debug)]
pub struct IdentityCenterSettings {
    /// `[sso-session NAME]` of the AWS config file whose login is used.
    pub sso_session: Option<String>,
    pub start_url: Option<String>,
    pub region: Region,
    /// Permission set to ask for; without it, the only one there is, else an error that lists them.
    pub role_name: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct NetworkSettings {
    pub endpoint_url: Option<String>,
    pub ca_bundle: Option<PathBuf>,
    /// `HTTPS_PROXY`; the SDK reads the environment itself when this is absent.
    pub proxy: Option<String>,
    pub use_fips: bool,
    pub use_dual_stack: bool,
    pub connect_timeout: Duration,
    /// For one attempt of one call.
    pub call_timeout: Duration,
    pub max_attempts: u32,
}

#[derive(Clone, Debug)]
pub struct FanOutSettings {
    /// Calls in flight at once.
    pub concurrency: usize,
    /// A unit that takes longer is closed as timed out.
    pub unit_timeout: Duration,
    /// A statement that takes longer is answered with what is there.
    pub deadline: Option<Duration>,
    /// Share of AWS's request quotas that may be used; `None` is no pace at all.
    pub pace: Option<f64>,
    /// Bytes of responses received and not yet handed on.
    pub byte_budget: usize,
}

/// Which source is asked where several know.
#[derive(Clone, Debug, Default)]
pub struct RoutingSettings {
    pub source: SourceChoice,
    /// The AWS Config aggregator to ask; without it, one is looked for.
    pub aggregator: Option<ConfigAggregator>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceChoice {
    /// The cheapest that knows enough and is fresh enough.
    #[default]
    Auto,
    /// The services themselves.
    Api,
    /// AWS Config, and nothing where it does not know.
    Config,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigAggregator {
    pub name: String,
    /// The account that it lies in; without it, the hub and the delegated administrators are searched.
    pub account: Option<AccountId>,
    /// Without it, the home region.
    pub region: Option<Region>,
}

/// What an answer may leave out and still be good enough.
#[derive(Clone, Debug)]
pub struct CoverageSettings {
    /// What is missing in them is listed, but does not make an answer incomplete.
    pub known_gaps: Vec<Arc<KnownGap>>,
    /// The share of what was asked that must have answered wholly for exit code 0.
    pub min_coverage: f64,
}

impl Default for CoverageSettings {
    fn default() -> Self {
        Self { known_gaps: Vec::new(), min_coverage: 1.0 }
    }
}

/// Where calls of models are logged, and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationSettings {
    /// Folders, files, `s3://[account@]bucket/prefix`; none where each account's own logging is asked.
    pub logs: Vec<String>,
    /// Prices that come before ours.
    pub prices: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Whether rows are kept between runs, and served while they are young enough.
    pub rows: bool,
    /// Bytes of kept rows on disk.
    pub size: u64,
    /// How old what an answer shows may be; where nothing is said, each table's freshness class says.
    pub max_age: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputSettings {
    pub format: OutputFormat,
    pub color: ColorChoice,
    /// Command line of the pager, or `none`; absent, `$PAGER` or `less`.
    pub pager: Option<String>,
}

/// How an answer is written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    #[default]
    Table,
    Json,
    /// One JSON object per row and line.
    Ndjson,
    Csv,
    /// A table of GitHub's Markdown.
    Markdown,
    /// One `column | value` line each.
    Line,
}

impl OutputFormat {
    pub const ALL: [Self; 6] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv, Self::Markdown, Self::Line];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Line => "line",
        }
    }

    /// The others are for programs: never paged, never wrapped.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Markdown | Self::Line)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Colour on a terminal only.
    #[default]
    Auto,
    Always,
    Never,
}
