//! Chosen values become [`Settings`]: what depends on two settings at once is decided here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{Account, AccountId, Limits, OuPath, Partition, Region, Scope, Timestamp};
use crate::settings::kind::{StaticAccount, Value};
use crate::settings::{
    CacheSettings, ColorChoice, ConfigAggregator, CoverageSettings, CredentialCache, CredentialSettings,
    FanOutSettings, IdentityCenterSettings, InvocationSettings, Layer, NetworkSettings, OrganizationSource,
    Origin, Origins, OutputFormat, OutputSettings, Paths, RoleSetting, RoutingSettings, Settings,
    SourceChoice,
};

/// Fills in what was worked out (the partition, its home region) in `origins` too.
pub(super) fn settings(origins: &mut Origins, paths: Paths, notes: &mut Vec<String>) -> Result<Settings> {
    let (partition, home_region) = place(origins, notes)?;
    let organization = organization(origins)?;
    let values = Values(origins);
    Ok(Settings {
        context: values.text("context"),
        partition,
        scope: Scope::parse(
            values.list("accounts"),
            values.list("ous"),
            values.list("tags"),
            values.list("regions"),
        )?,
        organization,
        credentials: credentials(&values, &home_region),
        network: network(&values)?,
        fan_out: FanOutSettings {
            concurrency: usize::try_from(values.count("concurrency")?).unwrap_or(usize::MAX),
            unit_timeout: values.duration("unit_timeout")?,
            deadline: values.duration("deadline").ok(),
            pace: values.share("pace"),
            byte_budget: usize::try_from(values.size("byte_budget")?).unwrap_or(usize::MAX),
        },
        routing: routing(&values)?,
        coverage: CoverageSettings {
            known_gaps: match values.0.value("known_gaps") {
                Some(Value::KnownGaps(gaps)) => gaps.clone(),
                _ => Vec::new(),
            },
            min_coverage: match values.0.value("min_coverage") {
                Some(Value::Ratio(ratio)) => *ratio,
                _ => return Err(missing("min_coverage")),
            },
        },
        limits: Limits {
            calls: values.count("max_calls").ok(),
            usd: match values.0.value("max_cost") {
                Some(Value::Usd(amount)) => Some(*amount),
                _ => None,
            },
        },
        invocations: InvocationSettings {
            logs: values.list("bedrock_logs").to_vec(),
            prices: values.path("model_prices"),
        },
        cache: CacheSettings {
            rows: values.switch("cache"),
            size: values.size("cache_size")?,
            max_age: values.duration("max_age").ok(),
        },
        output: output(&values),
        cur_path: values.text("cur_path"),
        paths,
        demo: match origins.value("demo") {
            Some(Value::Switch(true)) => Some(String::new()),
            Some(Value::Text(knobs)) => Some(knobs.clone()),
            _ => None,
        },
        now: values.instant("now"),
        home_region,
    })
}

/// Partition and home region say the same thing twice; whichever is given decides the other.
fn place(origins: &mut Origins, notes: &mut Vec<String>) -> Result<(Partition, Region)> {
    let partition = match origins.value("partition") {
        Some(Value::Partition(partition)) => Some(*partition),
        _ => None,
    };
    let region = match origins.value("home_region") {
        Some(Value::Text(code)) => Some(Region::new(code)),
        _ => None,
    };
    let (partition, region) = match (partition, region) {
        (Some(partition), Some(region)) if partition_of(&region) == partition => (partition, region),
        (Some(partition), Some(region)) => {
            let (by, from) = (origin(origins, "partition"), origin(origins, "home_region"));
            // AWS_REGION is exported for many reasons; a partition is only ever set on purpose.
            if !from.starts_with("AWS_") {
                return Err(Error::usage(format!(
                    "region '{region}' ({from}) is not in partition '{partition}' ({by})"
                )));
            }
            notes.push(format!("{from}={region} is not in partition '{partition}' ({by}) and was ignored"));
            reset(origins, "home_region", Value::Text(partition.home_region().to_string()));
            (partition, partition.home_region())
        }
        (Some(partition), None) => (partition, partition.home_region()),
        (None, Some(region)) => (partition_of(&region), region),
        (None, None) => (Partition::default(), Partition::default().home_region()),
    };
    fill(origins, "partition", Value::Partition(partition));
    fill(origins, "home_region", Value::Text(region.to_string()));
    Ok((partition, region))
}

/// By the regions' names, as AWS gives them.
fn partition_of(region: &Region) -> Partition {
    let code = region.as_str();
    [("cn-", Partition::AwsCn), ("us-gov-", Partition::AwsUsGov), ("eusc-", Partition::AwsEusc)]
        .into_iter()
        .find(|(prefix, _)| code.starts_with(prefix))
        .map_or(Partition::Aws, |(_, partition)| partition)
}

fn organization(origins: &mut Origins) -> Result<OrganizationSource> {
    let accounts = match origins.value("static_accounts") {
        Some(Value::Accounts(accounts)) => Some(accounts.iter().map(account).collect::<Vec<_>>()),
        _ => None,
    };
    let named = match origins.value("organization") {
        Some(Value::Text(name)) if origins.layer("organization") != Layer::Default => Some(name.as_str()),
        _ => None,
    };
    match (named, accounts) {
        (Some("static") | None, Some(accounts)) => {
            if named.is_none() {
                reset(origins, "organization", Value::Text("static".to_owned()));
            }
            Ok(OrganizationSource::Static(accounts))
        }
        (Some("static"), None) => Err(Error::usage(format!(
            "{}: organization is 'static', but no accounts are written down",
            origin(origins, "organization")
        ))
        .hint("list them under 'static_accounts:'")),
        (Some("organizations"), _) => Ok(OrganizationSource::Organizations),
        (Some("identity_center"), _) => Ok(OrganizationSource::IdentityCenter),
        (Some("current"), _) => Ok(OrganizationSource::Current),
        _ => Ok(OrganizationSource::Auto),
    }
}

fn account(written: &StaticAccount) -> Account {
    let mut account = Account::bare(written.id.clone());
    if let Some(name) = &written.name {
        account.name.clone_from(name);
    }
    account.ou_path = written.ou_path.as_deref().map(OuPath::new);
    account.tags.clone_from(&written.tags);
    account
}

fn credentials(values: &Values<'_>, home_region: &Region) -> CredentialSettings {
    let mut account_profiles: BTreeMap<AccountId, String> = match values.0.value("static_accounts") {
        Some(Value::Accounts(accounts)) => {
            accounts.iter().filter_map(|a| Some((a.id.clone(), a.profile.clone()?))).collect()
        }
        _ => BTreeMap::new(),
    };
    if let Some(Value::Profiles(profiles)) = values.0.value("account_profiles") {
        account_profiles.extend(profiles.clone());
    }
    CredentialSettings {
        profile: values.text("profile"),
        hub_role: match (values.text("hub_role"), values.0.layer("hub_role")) {
            (Some(role), _) if role == "none" => RoleSetting::None,
            (Some(role), Layer::Default) => RoleSetting::Default(role),
            (Some(role), _) => RoleSetting::Required(role),
            (None, _) => RoleSetting::None,
        },
        member_role: values.text("member_role").unwrap_or_default(),
        payer_account: values.text("payer_account").and_then(|id| id.parse().ok()),
        payer_role: values.text("payer_role"),
        external_id: values.text("external_id"),
        session_name: values.text("session_name").unwrap_or_default(),
        source_identity: values.text("source_identity"),
        session_duration: values.duration("session_duration").unwrap_or(Duration::from_secs(3600)),
        mfa_serial: values.text("mfa_serial"),
        cache: match values.text("credential_cache").as_deref() {
            Some("memory") => CredentialCache::Memory,
            _ => CredentialCache::Disk,
        },
        account_profiles,
        identity_center: identity_center(values, home_region),
    }
}

fn identity_center(values: &Values<'_>, home_region: &Region) -> Option<IdentityCenterSettings> {
    let sso_session = values.text("identity_center.sso_session");
    let start_url = values.text("identity_center.start_url");
    let region = values.text("identity_center.region");
    let role_name = values.text("identity_center.role_name");
    let is_set = sso_session.is_some() || start_url.is_some() || region.is_some() || role_name.is_some();
    is_set.then(|| IdentityCenterSettings {
        sso_session,
        start_url,
        region: region.map_or_else(|| home_region.clone(), |code| Region::new(&code)),
        role_name,
    })
}

fn routing(values: &Values<'_>) -> Result<RoutingSettings> {
    let name = values.text("config_aggregator.name");
    let account = values.text("config_aggregator.account");
    let region = values.text("config_aggregator.region");
    if name.is_none() && (account.is_some() || region.is_some()) {
        return Err(Error::usage("config_aggregator says where the aggregator is, but not its name")
            .hint("add config_aggregator.name"));
    }
    Ok(RoutingSettings {
        source: match values.text("source").as_deref() {
            Some("api") => SourceChoice::Api,
            Some("config") => SourceChoice::Config,
            _ => SourceChoice::Auto,
        },
        aggregator: name
            .map(|name| {
                Ok::<_, Error>(ConfigAggregator {
                    name,
                    account: account.map(|id| id.parse()).transpose()?,
                    region: region.map(|code| Region::new(&code)),
                })
            })
            .transpose()?,
    })
}

fn network(values: &Values<'_>) -> Result<NetworkSettings> {
    Ok(NetworkSettings {
        endpoint_url: values.text("endpoint_url"),
        ca_bundle: values.path("ca_bundle"),
        proxy: values.text("proxy"),
        use_fips: values.switch("use_fips"),
        use_dual_stack: values.switch("use_dual_stack"),
        connect_timeout: values.duration("connect_timeout")?,
        call_timeout: values.duration("call_timeout")?,
        max_attempts: u32::try_from(values.count("max_attempts")?).unwrap_or(u32::MAX),
    })
}

fn output(values: &Values<'_>) -> OutputSettings {
    OutputSettings {
        format: values.text("output").and_then(|name| OutputFormat::named(&name)).unwrap_or_default(),
        color: match values.text("color").as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => ColorChoice::Auto,
        },
        pager: values.text("pager"),
    }
}

fn origin(origins: &Origins, name: &str) -> String {
    origins.get(name).map_or_else(|| name.to_owned(), |chosen| chosen.origin.to_string())
}

/// What was worked out is shown as a default.
fn fill(origins: &mut Origins, name: &str, value: Value) {
    if origins.get(name).is_some_and(|chosen| chosen.value.is_none()) {
        reset(origins, name, value);
    }
}

fn reset(origins: &mut Origins, name: &str, value: Value) {
    if let Some(chosen) = origins.chosen.iter_mut().find(|chosen| chosen.key.name == name) {
        chosen.value = Some(value);
        chosen.origin = Origin::Default;
    }
}

/// The chosen values by type. Kinds make the types certain; a wrong name here is caught by the
/// test that sets every key and looks for a difference.
struct Values<'a>(&'a Origins);

impl Values<'_> {
    fn text(&self, name: &str) -> Option<String> {
        match self.0.value(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> &[String] {
        match self.0.value(name) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        match self.0.value(name) {
            Some(Value::Path(path)) => Some(path.clone()),
            _ => None,
        }
    }

    fn switch(&self, name: &str) -> bool {
        matches!(self.0.value(name), Some(Value::Switch(true)))
    }

    fn count(&self, name: &str) -> Result<u64> {
        match self.0.value(name) {
            Some(Value::Count(count)) => Ok(*count),
            _ => Err(missing(name)),
        }
    }

    fn size(&self, name: &str) -> Result<u64> {
        match self.0.value(name) {
            Some(Value::Size(bytes)) => Ok(*bytes),
            _ => Err(missing(name)),
        }
    }

    /// `None` is off.
    fn share(&self, name: &str) -> Option<f64> {
        match self.0.value(name) {
            Some(Value::Share(part)) => *part,
            _ => None,
        }
    }

    fn duration(&self, name: &str) -> Result<Duration> {
        match self.0.value(name) {
            Some(Value::Duration(length)) => Ok(*length),
            _ => Err(missing(name)),
        }
    }

    fn instant(&self, name: &str) -> Option<Timestamp> {
        match self.0.value(name) {
            Some(Value::Instant(instant)) => Some(*instant),
            _ => None,
        }
    }
}

fn missing(name: &str) -> Error {
    Error::failed(format!("the setting '{name}' has neither a value nor a default"))
}
