//! Flags that every command takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::settings::{Flags, OutputFormat, keys};
use crate::sources::cached::Reuse;

#[derive(Clone, Debug, Default, Args)]
pub struct GlobalArgs {
    /// ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow
    #[arg(long, global = true, value_name = "KNOBS", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    demo: Option<String>,

    /// use a named context of the settings
    #[arg(long, global = true, value_name = "NAME", help_heading = "Scope")]
    context: Option<String>,

    /// only these accounts: id, name or glob; '!' excludes
    #[arg(long, global = true, value_name = "PATTERN", help_heading = "Scope")]
    account: Vec<String>,

    /// only accounts under these organizational units: id, name or path
    #[arg(long, global = true, value_name = "OU", help_heading = "Scope")]
    ou: Vec<String>,

    /// only accounts with these tags; the value may be a glob
    #[arg(long, global = true, value_name = "KEY=VALUE", help_heading = "Scope")]
    tag: Vec<String>,

    /// only these regions: name or glob; '!' excludes
    #[arg(long, global = true, value_name = "PATTERN", help_heading = "Scope")]
    region: Vec<String>,

    /// AWS profile that the credentials come from
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    profile: Option<String>,

    /// role assumed first, in the account that manages the organization; 'none' for none
    #[arg(long, global = true, value_name = "ROLE", help_heading = "Settings", hide_short_help = true)]
    hub_role: Option<String>,

    /// role assumed in every other account
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings", hide_short_help = true)]
    member_role: Option<String>,

    /// where the list of accounts comes from
    #[arg(long, global = true, value_name = "SOURCE", value_parser = PossibleValuesParser::new(keys::ORGANIZATION), help_heading = "Settings", hide_short_help = true)]
    organization: Option<String>,

    /// aws, aws-cn, aws-us-gov or aws-eusc
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings", hide_short_help = true)]
    partition: Option<String>,

    /// endpoint for every service instead of AWS's
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings", hide_short_help = true)]
    endpoint_url: Option<String>,

    /// calls in flight at once
    #[arg(long, global = true, value_name = "N", help_heading = "Settings", hide_short_help = true)]
    concurrency: Option<String>,

    /// close an account and region that take longer
    #[arg(long, global = true, value_name = "DURATION", help_heading = "Settings", hide_short_help = true)]
    unit_timeout: Option<String>,

    /// answer with what is there once this time has passed
    #[arg(long, global = true, value_name = "DURATION", help_heading = "Settings", hide_short_help = true)]
    deadline: Option<String>,

    /// part of AWS's request quotas to use at most, 0.01 to 1, or off [default: 0.25]
    #[arg(long, global = true, value_name = "SHARE", help_heading = "Settings", hide_short_help = true)]
    pace: Option<String>,

    /// where rows come from; auto asks AWS Config where it knows enough and saves calls
    #[arg(long, global = true, value_name = "SOURCE", value_parser = PossibleValuesParser::new(keys::SOURCE), help_heading = "Settings")]
    source: Option<String>,

    /// share of the accounts and regions asked that must answer for exit code 0 [default: 1]
    #[arg(long, global = true, value_name = "SHARE", help_heading = "Settings", hide_short_help = true)]
    min_coverage: Option<String>,

    /// refuse a statement that is expected to take more calls, and stop one that takes them
    #[arg(long, global = true, value_name = "N", help_heading = "Settings")]
    max_calls: Option<String>,

    /// refuse a statement that is expected to cost more dollars, and stop one that costs them
    #[arg(long, global = true, value_name = "DOLLARS", help_heading = "Settings")]
    max_cost: Option<String>,

    /// how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]
    #[arg(long, global = true, value_name = "DURATION", help_heading = "Settings", conflicts_with_all = ["fresh", "cached"])]
    max_age: Option<String>,

    /// ask again for what is kept of earlier runs: rows, the accounts, and the regions of each
    #[arg(long, global = true, help_heading = "Settings", conflicts_with = "cached")]
    fresh: bool,

    /// ask nobody: answer from the rows kept of earlier runs, whatever their age
    #[arg(long, global = true, help_heading = "Settings")]
    cached: bool,

    /// settings file to read instead of the user's own
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,

    /// form of the answer on stdout [default: table]
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = PossibleValuesParser::new(keys::OUTPUT), help_heading = "Output")]
    output: Option<String>,

    /// colour on the terminal [default: auto]
    #[arg(long, global = true, value_name = "WHEN", value_parser = PossibleValuesParser::new(keys::COLOR), help_heading = "Output")]
    color: Option<String>,

    /// never show output that is taller than the screen in a pager
    #[arg(long, global = true, help_heading = "Output")]
    no_pager: bool,

    /// write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output", hide_short_help = true)]
    pub trace: Option<PathBuf>,

    /// say where the time went, on stderr and in the JSON
    #[arg(long, global = true, help_heading = "Output")]
    pub timing: bool,

    /// say more of what is going on, on stderr; twice for every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

impl GlobalArgs {
    /// The format that was typed, whatever the settings say.
    pub fn format_asked(&self) -> Option<OutputFormat> {
        self.output.as_deref().and_then(OutputFormat::named)
    }

    /// What of earlier runs may be used.
    pub fn reuse(&self) -> Reuse {
        match (self.fresh, self.cached) {
            (true, _) => Reuse::Never,
            (false, true) => Reuse::Only,
            (false, false) => Reuse::default(),
        }
    }

    /// Whether a part of the scope was typed.
    pub fn scope_typed(&self) -> bool {
        [&self.account, &self.ou, &self.tag, &self.region].iter().any(|given| !given.is_empty())
    }

    pub fn color_asked(&self) -> Option<&str> {
        self.color.as_deref()
    }

    pub fn flags(&self) -> Flags {
        let given = self.clone();
        let mut flags = Flags::default();
        flags.config = given.config;
        flags
            .with("demo", given.demo)
            .with("context", given.context)
            .with("accounts", given.account)
            .with("ous", given.ou)
            .with("tags", given.tag)
            .with("regions", given.region)
            .with("profile", given.profile)
            .with("hub_role", given.hub_role)
            .with("member_role", given.member_role)
            .with("organization", given.organization)
            .with("partition", given.partition)
            .with("endpoint_url", given.endpoint_url)
            .with("concurrency", given.concurrency)
            .with("unit_timeout", given.unit_timeout)
            .with("deadline", given.deadline)
            .with("pace", given.pace)
            .with("source", given.source)
            .with("min_coverage", given.min_coverage)
            .with("max_calls", given.max_calls)
            .with("max_cost", given.max_cost)
            .with("max_age", given.max_age)
            .with("output", given.output)
            .with("color", given.color)
            .with("pager", given.no_pager.then(|| "none".to_owned()))
    }
}

/// `--demo accounts=50` means `--demo=accounts=50`: a flag whose value is optional would otherwise
/// leave the knobs to be taken for a command. No command holds a `=`.
pub fn join_demo_knobs(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_knobs =
            argument.to_str().is_some_and(|a| !a.starts_with('-') && a.contains('=') && !a.contains(' '));
        match joined.last_mut() {
            Some(last) if last == "--demo" && is_knobs => {
                last.push("=");
                last.push(&argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(arguments: &[&str]) -> Vec<String> {
        join_demo_knobs(arguments.iter().map(OsString::from))
            .into_iter()
            .map(|a| a.into_string().unwrap())
            .collect()
    }

    #[test]
    fn knobs_after_demo_belong_to_it() {
        assert_eq!(
            joined(&["canvass", "--demo", "accounts=5", "accounts"]),
            ["canvass", "--demo=accounts=5", "accounts"]
        );
    }

    #[test]
    fn a_command_after_demo_stays_a_command() {
        let plain = ["canvass", "--demo", "query", "select 1 = 1"];
        assert_eq!(joined(&plain), plain);
    }

    #[test]
    fn every_setting_with_a_flag_has_that_flag_and_no_other_flag_sets_a_setting() {
        use clap::{Args as _, Command};

        let command = GlobalArgs::augment_args(Command::new("canvass"));
        let flags: Vec<&str> = command.get_arguments().filter_map(|a| a.get_long()).collect();
        for key in keys::all() {
            if let Some(flag) = key.flag {
                assert!(flags.contains(&flag), "--{flag} of '{}' is missing", key.name);
            }
        }
        for flag in
            flags.iter().filter(|f| !["cached", "config", "fresh", "trace", "timing", "verbose"].contains(f))
        {
            assert!(keys::all().any(|key| key.flag == Some(flag)), "--{flag} sets nothing");
        }
    }
}
