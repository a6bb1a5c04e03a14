//! Steampipe's `*.spc` files: a connection is a context of one account, an aggregator one of several.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Structure};

use super::profile_file::Profiles;
use super::{Imported, NewAccount, NewContext, Setting, exactly, partition_of_regions, text_of};
use crate::error::{Error, Result};
use crate::model::{AccountId, NamePattern};
use crate::settings::LoadInputs;

/// A connection of the AWS plugin.
struct Connection {
    file: PathBuf,
    line: Option<usize>,
    name: String,
    profile: Option<String>,
    regions: Vec<String>,
    default_region: Option<String>,
    endpoint_url: Option<String>,
    max_attempts: Option<u64>,
    account: Option<AccountId>,
}

struct Aggregator {
    file: PathBuf,
    line: Option<usize>,
    name: String,
    of: Vec<String>,
}

pub fn default_files(inputs: &LoadInputs) -> Vec<PathBuf> {
    let folder = match inputs.env.get("STEAMPIPE_INSTALL_DIR").filter(|path| !path.is_empty()) {
        Some(path) => Some(inputs.cwd.join(path)),
        None => inputs.home.as_ref().map(|home| home.join(".steampipe")),
    };
    folder.map(|folder| spc_files(&folder.join("config"))).unwrap_or_default()
}

fn spc_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "spc")).collect();
    files.sort();
    files
}

pub fn read(inputs: &LoadInputs, path: Option<&Path>, profiles: &Profiles) -> Result<Imported> {
    let files = match path.map(|path| inputs.cwd.join(path)) {
        Some(folder) if folder.is_dir() => spc_files(&folder),
        Some(file) => vec![file],
        None => default_files(inputs),
    };
    if files.is_empty() {
        let error = Error::usage("there is no connection file of Steampipe");
        return Err(
            error.hint("name one: canvass config import --from steampipe ~/.steampipe/config/aws.spc")
        );
    }
    let mut imported = Imported::default();
    let (mut connections, mut aggregators) = (BTreeMap::new(), Vec::new());
    for file in files {
        let text = text_of(&file)?;
        if is_deep(&text) {
            return Err(Error::usage(format!("{}: brackets are nested too deeply", file.display())));
        }
        let body = hcl_edit::parser::parse_body(&text).map_err(|error| {
            let at = error.location();
            let place = format!("{}:{}:{}", file.display(), at.line(), at.column());
            Error::usage(format!("{place}: not a connection file: {}", error.message()))
        })?;
        for structure in body.iter() {
            let block = match structure {
                Structure::Block(block) => block,
                Structure::Attribute(attribute) => {
                    let line = line_of(&text, attribute.span());
                    imported.leave_out(&file, line, attribute.key.as_str(), "it belongs to no connection");
                    continue;
                }
            };
            let line = line_of(&text, block.span());
            let label = block.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
            let what = format!("{} '{label}'", block.ident.as_str());
            if block.ident.as_str() != "connection" {
                imported.leave_out(&file, line, what, "it sets up Steampipe itself");
                continue;
            }
            let reader = Reader { file: &file, text: &text, block, name: &label };
            let plugin = reader.text("plugin").unwrap_or_default();
            if !is_aws(&plugin) {
                imported.leave_out(&file, line, what, format!("the plugin '{plugin}' is not AWS's"));
            } else if reader.text("type").as_deref() == Some("aggregator") {
                reader.rest(&["plugin", "type", "connections"], &mut imported);
                let of = reader.list("connections");
                aggregators.push(Aggregator { file: file.clone(), line, name: label, of });
            } else {
                let connection = reader.connection(line, profiles, &mut imported);
                if let Some(twin) = connections.insert(label, connection) {
                    let why = "there is another connection of this name, which was taken";
                    imported.leave_out(&twin.file, twin.line, what, why);
                }
            }
        }
        imported.files.push(file);
    }
    for connection in connections.values() {
        let context = of_connection(connection, inputs, profiles, &mut imported);
        imported.add(context);
    }
    for aggregator in &aggregators {
        let context = of_aggregator(aggregator, &connections, inputs, profiles, &mut imported);
        imported.contexts.extend(context);
    }
    Ok(imported)
}

/// The parser calls itself for each bracket.
fn is_deep(text: &str) -> bool {
    const MOST: usize = 60;
    let (mut depth, mut signs) = (0_usize, 0_usize);
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])) {
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' | b'(' => depth += 1,
                b']' | b'}' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            signs = if matches!(byte, b'!' | b'-' | b'?' | b'%') { signs + 1 } else { 0 };
            if depth > MOST || signs > MOST {
                return true;
            }
        }
    }
    false
}

/// `aws`, `turbot/aws@0.100`, `hub.steampipe.io/plugins/turbot/aws@latest`
fn is_aws(plugin: &str) -> bool {
    let name = plugin.split('@').next().unwrap_or_default();
    matches!(name, "aws" | "turbot/aws" | "hub.steampipe.io/plugins/turbot/aws")
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> Option<usize> {
    let before = text.get(..span?.start)?;
    Some(before.matches('\n').count() + 1)
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    block: &'a Block,
    name: &'a str,
}

impl Reader<'_> {
    fn value(&self, key: &str) -> Option<&Expression> {
        self.block.body.get_attribute(key).map(|attribute| &attribute.value)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key)?.as_str().map(str::to_owned).filter(|text| !text.is_empty())
    }

    fn list(&self, key: &str) -> Vec<String> {
        match self.value(key) {
            Some(Expression::Array(array)) => {
                array.iter().filter_map(Expression::as_str).map(str::to_owned).collect()
            }
            Some(value) => value.as_str().map(str::to_owned).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Lists what stands in the block besides `known`.
    fn rest(&self, known: &[&str], imported: &mut Imported) {
        for structure in self.block.body.iter() {
            let (key, span) = match structure {
                Structure::Attribute(attribute) => (attribute.key.as_str(), attribute.span()),
                Structure::Block(block) => (block.ident.as_str(), block.span()),
            };
            let is_plain = match structure {
                Structure::Attribute(attribute) => is_plain(&attribute.value),
                Structure::Block(_) => true,
            };
            let why = match key {
                _ if known.contains(&key) && is_plain => continue,
                _ if known.contains(&key) => "its value is computed: write out what it stands for",
                "access_key" | "secret_key" | "session_token" => {
                    "keys do not belong into settings: put them into a profile of ~/.aws/credentials, and name it"
                }
                "ignore_error_codes" | "ignore_error_messages" => {
                    "a call that is denied is never taken for an empty answer: the coverage lists it; \
                     known_gaps and min_coverage say what may be missing"
                }
                "min_error_retry_delay" => "retries wait as long as the pace and the service ask",
                "s3_force_path_style" => "buckets are asked by path wherever an endpoint_url is set",
                "import_schema" => "tables are found by name, schemas are not imported",
                "options" => "it sets up Steampipe's cache: see cache and cache_size",
                _ => "nothing here is set by it",
            };
            imported.leave_out(self.file, line_of(self.text, span), format!("{key} of {}", self.name), why);
        }
    }

    fn connection(&self, line: Option<usize>, profiles: &Profiles, imported: &mut Imported) -> Connection {
        let known = [
            "plugin",
            "type",
            "profile",
            "regions",
            "default_region",
            "endpoint_url",
            "max_error_retry_attempts",
        ];
        self.rest(&known, imported);
        let profile = self.text("profile");
        if let Some(name) = profile.as_ref().filter(|name| !profiles.profiles.contains_key(*name)) {
            let what = format!("account of {}", self.name);
            imported.leave_out(
                self.file,
                line,
                what,
                format!("the AWS config files have no profile '{name}'"),
            );
        }
        let whole = |value: &Expression| value.as_number().and_then(|number| number.as_u64());
        Connection {
            file: self.file.to_owned(),
            line,
            name: self.name.to_owned(),
            regions: self.list("regions"),
            default_region: self.text("default_region"),
            endpoint_url: self.text("endpoint_url"),
            max_attempts: self.value("max_error_retry_attempts").and_then(whole),
            account: profile.as_deref().and_then(|profile| profiles.account(profile)),
            profile,
        }
    }
}

fn is_plain(value: &Expression) -> bool {
    match value {
        Expression::Array(array) => array.iter().all(is_plain),
        Expression::String(_) | Expression::Number(_) | Expression::Bool(_) | Expression::Null(_) => true,
        _ => false,
    }
}

/// Without regions Steampipe asks one: that of the variables, of the profile, of the partition.
fn regions(connection: &Connection, inputs: &LoadInputs, profiles: &Profiles) -> Vec<String> {
    if !connection.regions.is_empty() {
        return connection.regions.clone();
    }
    let variable = |name: &str| inputs.env.get(name).filter(|value| !value.is_empty()).cloned();
    let of_profile = || {
        let profile = connection.profile.as_deref().unwrap_or("default");
        profiles.region(profile).map(str::to_owned)
    };
    let region = connection.default_region.clone().or_else(|| variable("AWS_REGION"));
    let region = region.or_else(|| variable("AWS_DEFAULT_REGION")).or_else(of_profile);
    vec![region.unwrap_or_else(|| "us-east-1".to_owned())]
}

fn of_connection(
    connection: &Connection,
    inputs: &LoadInputs,
    profiles: &Profiles,
    imported: &mut Imported,
) -> NewContext {
    let regions = regions(connection, inputs, profiles);
    let mut settings = Vec::new();
    if let Some(profile) = &connection.profile {
        settings.push(("profile", Setting::Text(profile.clone())));
    }
    // The account that the credentials belong to, and no role on top of them.
    settings.push(("organization", Setting::Text("current".to_owned())));
    settings.push(("hub_role", Setting::Text("none".to_owned())));
    if let Some(account) = &connection.account {
        settings.push(("accounts", Setting::List(vec![account.as_str().to_owned()])));
    }
    settings.push(("regions", Setting::List(regions.clone())));
    settings.extend(common(connection, &regions, imported));
    let about = format!("Steampipe's connection {}", connection.name);
    NewContext { name: connection.name.clone(), about, settings }
}

fn common(
    connection: &Connection,
    regions: &[String],
    imported: &mut Imported,
) -> Vec<(&'static str, Setting)> {
    let mut settings = Vec::new();
    let text = |text: &str| Setting::Text(text.to_owned());
    settings.extend(partition_of_regions(regions).map(|partition| ("partition", text(partition))));
    settings.extend(connection.default_region.as_deref().map(|region| ("home_region", text(region))));
    settings.extend(connection.endpoint_url.as_deref().map(|url| ("endpoint_url", text(url))));
    match connection.max_attempts {
        Some(attempts @ 1..=20) => settings.push(("max_attempts", Setting::Count(attempts))),
        Some(attempts) => {
            let what = format!("max_error_retry_attempts of {}", connection.name);
            let why = format!("{attempts} is not one of 1 to 20");
            imported.leave_out(&connection.file, connection.line, what, why);
        }
        None => {}
    }
    settings
}

fn of_aggregator(
    aggregator: &Aggregator,
    connections: &BTreeMap<String, Connection>,
    inputs: &LoadInputs,
    profiles: &Profiles,
    imported: &mut Imported,
) -> Option<NewContext> {
    let Aggregator { file, line, name, of } = aggregator;
    let mut patterns = Vec::new();
    for text in of {
        match NamePattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => imported.leave_out(file, *line, format!("'{text}' of {name}"), error.to_string()),
        }
    }
    let matches = |connection: &&Connection| patterns.iter().any(|p| p.matches(&connection.name));
    let members: Vec<&Connection> = connections.values().filter(matches).collect();
    let mut accounts: Vec<NewAccount> = Vec::new();
    let mut union: BTreeSet<String> = BTreeSet::new();
    let mut differ: BTreeSet<Vec<String>> = BTreeSet::new();
    for member in &members {
        let what = format!("{} in {name}", member.name);
        let Some(id) = &member.account else {
            let profile = member.profile.as_deref().unwrap_or("default");
            let why = format!(
                "the AWS config files do not tell the account of the profile '{profile}': ask \
                 'aws sts get-caller-identity --profile {profile}', and add it to static_accounts"
            );
            imported.leave_out(&member.file, member.line, what, why);
            continue;
        };
        let regions = regions(member, inputs, profiles);
        union.extend(regions.iter().cloned());
        differ.insert(regions);
        if let Some(known) = accounts.iter().find(|account| account.id == *id) {
            let other = known.profile.as_deref().unwrap_or_default();
            let why = format!("its account {id} is asked through the profile '{other}' already");
            imported.leave_out(&member.file, member.line, what, why);
            continue;
        }
        let (name, profile) = (Some(member.name.clone()), member.profile.clone());
        accounts.push(NewAccount { id: id.clone(), name, tags: BTreeMap::new(), profile });
    }
    if accounts.is_empty() {
        imported.leave_out(
            file,
            *line,
            format!("aggregator {name}"),
            "none of its connections has a known account",
        );
        return None;
    }
    if differ.len() > 1 {
        let why = "its connections have different regions: this context asks all of them in every account, \
                   the contexts of the connections ask what each has";
        imported.leave_out(file, *line, format!("regions of {name}"), why);
    }
    let first = members.iter().find(|member| member.profile.is_some());
    let mut settings = exactly(accounts);
    // Whoever starts needs credentials to start from; each account then has its own.
    settings.extend(first.and_then(|m| m.profile.clone()).map(|profile| ("profile", Setting::Text(profile))));
    settings.push(("hub_role", Setting::Text("none".to_owned())));
    let union: Vec<String> =
        if union.contains("*") { vec!["*".to_owned()] } else { union.into_iter().collect() };
    settings.push(("regions", Setting::List(union.clone())));
    settings.extend(partition_of_regions(&union).map(|p| ("partition", Setting::Text(p.to_owned()))));
    let about = format!("Steampipe's aggregator {name} of {} connections", members.len());
    Some(NewContext { name: name.clone(), about, settings })
}
