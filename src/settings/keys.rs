//! Every setting: the one table that files, variables, flags, `config show` and `config init` walk.

use std::time::Duration;

use crate::settings::kind::Kind;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written in a file; a dot stands for a nested mapping.
    pub name: &'static str,
    pub kind: Kind,
    /// One line, in lower case.
    pub about: &'static str,
    /// What holds when nobody sets it; `None` is "not set", or worked out from other settings.
    pub default: Option<&'static str>,
    /// A value worth showing, in the form of a variable; never the default.
    pub example: &'static str,
    /// The flag's name without dashes, for settings that have one.
    pub flag: Option<&'static str>,
    /// Variables of other tools that are understood, after `CANVASS_...`, the first set one wins.
    pub foreign: &'static [Foreign],
    /// A project file may set it only after `canvass trust`: it decides whose credentials go
    /// where, or which accounts are asked.
    pub needs_trust: bool,
    /// Shown as `****`.
    pub secret: bool,
    /// Files cannot set it.
    pub not_in_files: bool,
}

/// A variable that is not ours.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    pub name: &'static str,
    pub meaning: Meaning,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// Holds the value.
    Value,
    /// Set to anything, it means this.
    Present(&'static str),
    /// The HTTP client reads it itself, together with others (`NO_PROXY`): shown, not taken.
    ReadBelow,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Self {
        Self {
            name,
            kind,
            about,
            default: None,
            example,
            flag: None,
            foreign: &[],
            needs_trust: false,
            secret: false,
            not_in_files: false,
        }
    }

    const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    const fn flag(mut self, name: &'static str) -> Self {
        self.flag = Some(name);
        self
    }

    const fn foreign(mut self, variables: &'static [Foreign]) -> Self {
        self.foreign = variables;
        self
    }

    const fn needs_trust(mut self) -> Self {
        self.needs_trust = true;
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn not_in_files(mut self) -> Self {
        self.not_in_files = true;
        self
    }

    /// Our own variable for it: `identity_center.role_name` is `CANVASS_IDENTITY_CENTER_ROLE_NAME`.
    pub fn variable(&self) -> String {
        format!("CANVASS_{}", self.name.replace('.', "_").to_uppercase())
    }
}

const fn value(name: &'static str) -> Foreign {
    Foreign { name, meaning: Meaning::Value }
}

const fn between(least: Duration, most: Duration) -> Kind {
    Kind::Duration { least, most }
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A group of settings, in the order they are shown.
#[derive(Debug)]
pub struct Section {
    pub title: &'static str,
    pub keys: &'static [Key],
}

pub const SECTIONS: &[Section] = &[
    Section {
        title: "Which organization",
        keys: &[
            Key::new(
                "context",
                Kind::Name,
                "prod",
                "context in force: its settings come before those beside it",
            )
            .flag("context"),
            Key::new(
                "organization",
                Kind::Choice(ORGANIZATION),
                "organizations",
                "where the list of accounts comes from",
            )
            .default("auto")
            .flag("organization")
            .needs_trust(),
            Key::new(
                "static_accounts",
                Kind::Accounts,
                "123456789012=payments-prod",
                "accounts written down; given alone, it means organization: static",
            )
            .needs_trust(),
            Key::new(
                "partition",
                Kind::Partition,
                "aws-us-gov",
                "partition; without it, that of home_region",
            )
            .flag("partition")
            .needs_trust(),
            Key::new(
                "home_region",
                Kind::Region,
                "eu-central-1",
                "region for STS, Organizations and other calls without one; without it, the partition's",
            )
            .foreign(&[value("AWS_REGION"), value("AWS_DEFAULT_REGION")])
            .needs_trust(),
            Key::new("demo", Kind::Demo, "accounts=50,seed=7", "ask a simulated organization instead of AWS")
                .default("false")
                .flag("demo")
                .needs_trust(),
        ],
    },
    Section {
        title: "Default scope",
        keys: &[
            Key::new("accounts", Kind::Patterns, "payments-*", "accounts to ask: id, name or glob")
                .flag("account"),
            Key::new(
                "ous",
                Kind::Patterns,
                "Workloads/Prod",
                "organizational units to ask: id, name or path",
            )
            .flag("ou"),
            Key::new("tags", Kind::Tags, "env=prod", "account tags that must all match").flag("tag"),
            Key::new("regions", Kind::Patterns, "eu-*,!eu-west-3", "regions to ask").flag("region"),
        ],
    },
    Section {
        title: "Credentials",
        keys: &[
            Key::new("profile", Kind::Name, "audit", "profile of the AWS config files to start from")
                .flag("profile")
                .foreign(&[value("AWS_PROFILE")])
                .needs_trust(),
            Key::new(
                "hub_role",
                Kind::HubRole,
                "arn:aws:iam::123456789012:role/QueryHub",
                "role assumed first, in the account that manages the organization; once set, it must work",
            )
            .default("OrganizationQueryRole")
            .flag("hub-role")
            .needs_trust(),
            Key::new("member_role", Kind::RoleName, "AuditReadOnly", "role assumed in every other account")
                .default("ReadOnlyQueryRole")
                .flag("member-role")
                .needs_trust(),
            Key::new(
                "payer_account",
                Kind::Account,
                "123456789012",
                "account that is asked what things cost; without it, the management account",
            )
            .needs_trust(),
            Key::new(
                "payer_role",
                Kind::RoleName,
                "CostReadOnly",
                "role assumed in payer_account instead of member_role",
            )
            .needs_trust(),
            Key::new(
                "cur_path",
                Kind::Characters { also: "/:.,=+@~ -", least: 1, most: 1024 },
                "s3://acme-billing/exports/cur2",
                "where the cost and usage export lies, for aws_cur; the payer's role reads a bucket",
            )
            .needs_trust(),
            Key::new(
                "external_id",
                Kind::Characters { also: "+=,.@:/-", least: 2, most: 1224 },
                "example-external-id",
                "external id that the roles' trust policies ask for",
            )
            .needs_trust()
            .secret(),
            Key::new(
                "session_name",
                Kind::Characters { also: "+=,.@-", least: 2, most: 64 },
                "ana-laptop",
                "role session name, as CloudTrail shows it",
            )
            .default("canvass")
            .needs_trust(),
            Key::new(
                "source_identity",
                Kind::Characters { also: "+=,.@-", least: 2, most: 64 },
                "ana",
                "source identity kept through the role chain",
            )
            .needs_trust(),
            Key::new(
                "session_duration",
                between(seconds(900), seconds(43_200)),
                "30m",
                "life of a role session; AWS allows chained roles an hour at most",
            )
            .default("1h")
            .needs_trust(),
            Key::new(
                "mfa_serial",
                Kind::Characters { also: "+=/:,.@-", least: 9, most: 256 },
                "arn:aws:iam::123456789012:mfa/ana",
                "MFA device whose code is asked for before the first role",
            )
            .needs_trust(),
            Key::new(
                "credential_cache",
                Kind::Choice(CREDENTIAL_CACHE),
                "memory",
                "where role sessions are kept: disk serves later runs too, readable by you alone",
            )
            .default("disk")
            .needs_trust(),
            Key::new(
                "account_profiles",
                Kind::Profiles,
                "123456789012=payments",
                "accounts reached through a profile of their own instead of a role",
            )
            .needs_trust(),
            Key::new(
                "identity_center.sso_session",
                Kind::Name,
                "corp",
                "sso-session of the AWS config file whose login is used",
            )
            .needs_trust(),
            Key::new(
                "identity_center.start_url",
                Kind::Url,
                "https://corp.awsapps.com/start",
                "start URL, where no sso-session is named",
            )
            .needs_trust(),
            Key::new(
                "identity_center.region",
                Kind::Region,
                "eu-west-1",
                "region of the Identity Center; without it, home_region",
            )
            .needs_trust(),
            Key::new(
                "identity_center.role_name",
                Kind::RoleName,
                "ReadOnlyAccess",
                "permission set to use in every account",
            )
            .needs_trust(),
        ],
    },
    Section {
        title: "Network",
        keys: &[
            Key::new(
                "endpoint_url",
                Kind::Url,
                "http://127.0.0.1:5000",
                "endpoint for every service instead of AWS's",
            )
            .flag("endpoint-url")
            .foreign(&[value("AWS_ENDPOINT_URL")])
            .needs_trust(),
            Key::new(
                "ca_bundle",
                Kind::Path,
                "/etc/ssl/corp.pem",
                "PEM file of certificate authorities to trust",
            )
            .foreign(&[value("AWS_CA_BUNDLE")])
            .needs_trust(),
            Key::new("proxy", Kind::Url, "http://proxy.corp.example:3128", "proxy for every call")
                .foreign(&[
                    Foreign { name: "HTTPS_PROXY", meaning: Meaning::ReadBelow },
                    Foreign { name: "https_proxy", meaning: Meaning::ReadBelow },
                ])
                .needs_trust(),
            Key::new("use_fips", Kind::Switch, "true", "use FIPS endpoints")
                .default("false")
                .foreign(&[value("AWS_USE_FIPS_ENDPOINT")])
                .needs_trust(),
            Key::new("use_dual_stack", Kind::Switch, "true", "use dual-stack (IPv6) endpoints")
                .default("false")
                .foreign(&[value("AWS_USE_DUALSTACK_ENDPOINT")])
                .needs_trust(),
            Key::new(
                "connect_timeout",
                between(Duration::from_millis(10), seconds(300)),
                "3s",
                "for opening a connection",
            )
            .default("5s"),
            Key::new(
                "call_timeout",
                between(Duration::from_millis(10), seconds(3600)),
                "10s",
                "for one attempt of one call",
            )
            .default("20s"),
            Key::new(
                "max_attempts",
                Kind::Count { least: 1, most: 100 },
                "6",
                "attempts of one call, the first included",
            )
            .default("4")
            .foreign(&[value("AWS_MAX_ATTEMPTS")]),
        ],
    },
    Section {
        title: "Fan-out",
        keys: &[
            Key::new("concurrency", Kind::Count { least: 1, most: 4096 }, "256", "calls in flight at once")
                .default("64")
                .flag("concurrency"),
            Key::new(
                "unit_timeout",
                between(Duration::from_millis(100), seconds(86_400)),
                "5m",
                "an account and region that take longer are closed as timed out",
            )
            .default("2m")
            .flag("unit-timeout"),
            Key::new(
                "deadline",
                between(Duration::from_millis(100), seconds(86_400)),
                "10m",
                "for a whole statement: what has not answered by then is closed as timed out",
            )
            .flag("deadline"),
            Key::new(
                "pace",
                Kind::Share { least: 0.01 },
                "0.5",
                "part of AWS's request quotas to use at most; production shares them",
            )
            .default("0.25")
            .flag("pace"),
            Key::new(
                "byte_budget",
                Kind::Size { least: 1 << 20, most: 1 << 40 },
                "256MiB",
                "bytes of responses received and not yet handed on",
            )
            .default("64MiB"),
        ],
    },
    Section {
        title: "Price",
        keys: &[
            Key::new(
                "max_calls",
                Kind::Count { least: 1, most: 1_000_000_000 },
                "5000",
                "calls that a statement may make: refused beforehand where more are expected",
            )
            .flag("max-calls")
            .needs_trust(),
            Key::new(
                "max_cost",
                Kind::Usd,
                "0.50",
                "dollars that a statement may cost: refused beforehand where more are expected",
            )
            .flag("max-cost")
            .needs_trust(),
        ],
    },
    Section {
        title: "Sources",
        keys: &[
            Key::new(
                "source",
                Kind::Choice(SOURCE),
                "api",
                "where rows come from: auto asks AWS Config where it knows enough and saves calls; api asks the services",
            )
            .default("auto")
            .flag("source"),
            Key::new(
                "config_aggregator.name",
                Kind::Name,
                "organization",
                "AWS Config aggregator to ask; without it, the hub and the delegated administrators are searched",
            )
            .needs_trust(),
            Key::new(
                "config_aggregator.account",
                Kind::Account,
                "123456789012",
                "account the aggregator is in",
            )
            .needs_trust(),
            Key::new(
                "config_aggregator.region",
                Kind::Region,
                "eu-west-1",
                "region the aggregator is in; without it, home_region",
            )
            .needs_trust(),
        ],
    },
    Section {
        title: "Coverage",
        keys: &[
            Key::new(
                "known_gaps",
                Kind::KnownGaps,
                "[{account: \"legacy-*\", reason: \"role not rolled out\", expires: 2026-12-31}]",
                "what is known to be missing: listed, but no reason to call an answer incomplete",
            )
            .needs_trust(),
            Key::new(
                "min_coverage",
                Kind::Ratio,
                "0.98",
                "share of the units asked that must answer for exit code 0; known gaps do not count",
            )
            .default("1")
            .flag("min-coverage")
            .needs_trust(),
        ],
    },
    Section {
        title: "Generative AI",
        keys: &[
            Key::new(
                "bedrock_logs",
                Kind::Places,
                "s3://123456789012@org-bedrock-logs/logs",
                "where model invocation logs lie, and whose role reads the bucket; not set: where each account logs to",
            )
            .needs_trust(),
            Key::new(
                "model_prices",
                Kind::Path,
                "/etc/canvass/model-prices.yaml",
                "prices of models and names of inference profiles, merged over the built-in ones",
            )
            .needs_trust(),
        ],
    },
    Section {
        title: "Cache",
        keys: &[
            Key::new(
                "cache",
                Kind::Switch,
                "false",
                "keep rows between runs, and answer from them while they are young enough",
            )
            .default("true"),
            Key::new(
                "cache_size",
                Kind::Size { least: 1 << 20, most: 1 << 40 },
                "4GiB",
                "bytes of rows kept on disk; those longest out of use go first",
            )
            .default("1GiB"),
            Key::new(
                "max_age",
                between(seconds(1), seconds(30 * 86_400)),
                "15m",
                "how old what an answer shows may be; without it each table's freshness class says",
            )
            .flag("max-age"),
        ],
    },
    Section {
        title: "Output",
        keys: &[
            Key::new("output", Kind::Choice(OUTPUT), "json", "form of an answer on stdout")
                .default("table")
                .flag("output"),
            Key::new("color", Kind::Choice(COLOR), "never", "colour on the terminal")
                .default("auto")
                .flag("color")
                .foreign(&[Foreign { name: "NO_COLOR", meaning: Meaning::Present("never") }]),
            Key::new(
                "pager",
                Kind::Name,
                "less -R",
                "program for output taller than the screen, or none; not set: $PAGER, else less",
            )
            .flag("no-pager")
            .needs_trust(),
            Key::new("now", Kind::Instant, "2026-03-01T12:00:00Z", "a frozen clock, for repeatable runs")
                .not_in_files(),
        ],
    },
];

pub const ORGANIZATION: &[&str] = &["auto", "organizations", "static", "identity_center", "current"];
pub const OUTPUT: &[&str] = &["table", "json", "ndjson", "csv", "markdown", "line"];
pub const SOURCE: &[&str] = &["auto", "api", "config"];

pub const CREDENTIAL_CACHE: &[&str] = &["disk", "memory"];
pub const COLOR: &[&str] = &["auto", "always", "never"];

/// The mappings that are no settings themselves.
pub const CONTEXTS: &str = "contexts";

pub fn all() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

pub fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// Names before the dot of nested settings: `identity_center`.
pub fn is_group(name: &str) -> bool {
    all().any(|key| key.name.split_once('.').is_some_and(|(group, _)| group == name))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
