//! What a setting may hold, and reading it from text.
//!
//! The same reading serves a file, a variable and a flag, so that a value means the same in all three.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{AccountId, KnownGap, NamePattern, Partition, Scope, Timestamp, Usd, closest};
use crate::settings::{duration, known_gaps, size};

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One line of text.
    Name,
    Choice(&'static [&'static str]),
    Switch,
    /// A switch, or what a switched-on demo organization is like.
    Demo,
    Duration {
        least: Duration,
        most: Duration,
    },
    Count {
        least: u64,
        most: u64,
    },
    /// A number of bytes, with its unit.
    Size {
        least: u64,
        most: u64,
    },
    /// An amount of US dollars.
    Usd,
    /// A part of one, or `off`.
    Share {
        least: f64,
    },
    Partition,
    Region,
    Url,
    Path,
    /// A role's name or ARN, or `none`.
    HubRole,
    /// A role's name, with its IAM path if it has one.
    RoleName,
    /// Text in the characters that an STS or IAM parameter takes besides letters, digits and `_`.
    Characters {
        also: &'static str,
        least: usize,
        most: usize,
    },
    /// Names and globs.
    Patterns,
    /// Folders and files of this machine, and prefixes of buckets.
    Places,
    /// `key=value`, the value a name or glob.
    Tags,
    /// The twelve digits of an account.
    Account,
    /// Account id to profile name.
    Profiles,
    /// Accounts written down.
    Accounts,
    KnownGaps,
    /// 0 is nothing, 1 is all.
    Ratio,
    Instant,
}

/// A value of its [`Kind`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Switch(bool),
    Duration(Duration),
    Count(u64),
    Size(u64),
    Usd(Usd),
    /// `None` is off.
    Share(Option<f64>),
    Partition(Partition),
    Path(PathBuf),
    List(Vec<String>),
    Profiles(BTreeMap<AccountId, String>),
    Accounts(Vec<StaticAccount>),
    KnownGaps(Vec<Arc<KnownGap>>),
    Ratio(f64),
    Instant(Timestamp),
}

/// An account as written down in the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct StaticAccount {
    pub id: AccountId,
    pub name: Option<String>,
    pub ou_path: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// Reached through this profile instead of a role.
    pub profile: Option<String>,
}

/// Why a text is no value of its kind, and what to write instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub text: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What relative paths and `~/` stand for.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a> {
    pub base: &'a Path,
    pub home: Option<&'a Path>,
}

impl Kind {
    /// Reads one scalar; lists and maps in the form a variable holds them (`a,b`; `id=name,id=name`).
    pub fn read(&self, text: &str, folders: Folders<'_>) -> Result<Value, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::new("it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(Problem::new(format!("'{}' holds control characters", text.escape_debug())));
        }
        match *self {
            Kind::Name => Ok(Value::Text(text.to_owned())),
            Kind::Choice(words) => choice(text, words),
            Kind::Switch => switch(text)
                .map(Value::Switch)
                .ok_or_else(|| Problem::new(format!("'{text}' is neither true nor false"))),
            Kind::Demo => Ok(match switch(text) {
                Some(on) => Value::Switch(on),
                None => Value::Text(text.to_owned()),
            }),
            Kind::Duration { least, most } => read_duration(text, least, most),
            Kind::Count { least, most } => text
                .parse()
                .ok()
                .filter(|n| (least..=most).contains(n))
                .map(Value::Count)
                .ok_or_else(|| Problem::new(format!("'{text}' is not a number from {least} to {most}"))),
            Kind::Size { least, most } => read_size(text, least, most),
            Kind::Usd => text.parse().map(Value::Usd).map_err(Problem::new),
            Kind::Share { least } => share(text, least),
            Kind::Partition => text.parse().map(Value::Partition).map_err(|_| {
                Problem::new(format!("'{text}' is not a partition"))
                    .hint(format!("one of: {}", Partition::ALL.map(Partition::as_str).join(", ")))
            }),
            Kind::Region if is_region(text) => Ok(Value::Text(text.to_owned())),
            Kind::Region => {
                Err(Problem::new(format!("'{text}' is not a region")).hint("write it like eu-west-1"))
            }
            Kind::Url => url(text),
            Kind::Path => path(text, folders),
            Kind::HubRole if text == "none" => Ok(Value::Text(text.to_owned())),
            Kind::HubRole if is_role_arn(text) || is_role_name(text) => Ok(Value::Text(text.to_owned())),
            Kind::HubRole => Err(Problem::new(format!("'{text}' is neither a role name nor a role's ARN"))
                .hint("write a name, an arn:aws:iam::123456789012:role/NAME, or none")),
            Kind::RoleName if is_role_name(text) => Ok(Value::Text(text.to_owned())),
            Kind::RoleName => Err(Problem::new(format!("'{text}' is not a role name"))
                .hint("write the name alone: the same role is assumed in every account")),
            Kind::Characters { also, least, most } => characters(text, also, least, most),
            Kind::Patterns | Kind::Tags | Kind::Places => {
                self.list(text.split(',').map(str::to_owned).collect(), folders)
            }
            Kind::Account => account_id(text).map(|id| Value::Text(id.to_string())),
            Kind::Profiles => pairs(text)?
                .into_iter()
                .map(|(id, profile)| match profile {
                    Some(profile) => Ok((id, profile)),
                    None => Err(Problem::new(format!("'{id}' has no profile"))
                        .hint("write it like 123456789012=my-profile")),
                })
                .collect::<Result<_, _>>()
                .map(Value::Profiles),
            Kind::Accounts => Ok(Value::Accounts(
                pairs(text)?
                    .into_iter()
                    .map(|(id, name)| StaticAccount { name, ..StaticAccount::bare(id) })
                    .collect(),
            )),
            Kind::KnownGaps => known_gaps::parse(text).map(Value::KnownGaps),
            Kind::Ratio => ratio(text),
            Kind::Instant => chrono::DateTime::parse_from_rfc3339(text)
                .map(|instant| Value::Instant(instant.to_utc()))
                .map_err(|_| {
                    Problem::new(format!("'{text}' is not an instant"))
                        .hint("write it like 2026-03-01T12:00:00Z")
                }),
        }
    }

    /// A pattern costs kilobytes once it is compiled, and the list may be a stranger's.
    const MOST_ITEMS: usize = 1000;

    /// Reads items that were given one by one: a YAML list, a repeated flag.
    pub fn list(&self, items: Vec<String>, folders: Folders<'_>) -> Result<Value, Problem> {
        let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
        if items.is_empty() {
            return Err(Problem::new("the list is empty").hint("leave the setting out to select everything"));
        }
        if items.len() > Self::MOST_ITEMS {
            return Err(Problem::new(format!("the list is longer than {}", Self::MOST_ITEMS)));
        }
        for item in &items {
            if item.chars().any(char::is_control) {
                return Err(Problem::new(format!("'{}' holds control characters", item.escape_debug())));
            }
            let checked = match self {
                Kind::Places => continue,
                Kind::Tags => Scope::parse(&[], &[], std::slice::from_ref(item), &[]).map(|_| ()),
                _ => NamePattern::parse(item).map(|_| ()),
            };
            checked.map_err(|error| {
                let problem = Problem::new(error.message());
                match error.hints().first() {
                    // The model's hint speaks of the flag; the setting has the same form.
                    Some(hint) => problem.hint(hint.replace("--tag ", "")),
                    None => problem,
                }
            })?;
        }
        if *self == Kind::Places {
            return items.iter().map(|item| place(item, folders)).collect::<Result<_, _>>().map(Value::List);
        }
        Ok(Value::List(items))
    }

    pub fn is_list(&self) -> bool {
        matches!(self, Kind::Patterns | Kind::Tags | Kind::Places)
    }

    /// For the file that `config init` writes.
    pub fn describe(&self) -> String {
        match self {
            Kind::Name | Kind::Characters { .. } => "text".to_owned(),
            Kind::Choice(words) => words.join(" | "),
            Kind::Switch => "true | false".to_owned(),
            Kind::Demo => "true | false | knobs".to_owned(),
            Kind::Duration { least, most } => {
                format!("duration, {} to {}", duration::text(*least), duration::text(*most))
            }
            Kind::Count { least, most } => format!("number, {least} to {most}"),
            Kind::Size { least, most } => format!("size, {} to {}", size::text(*least), size::text(*most)),
            Kind::Usd => "dollars".to_owned(),
            Kind::Share { least } => format!("number, {least} to 1, or off"),
            Kind::Partition => Partition::ALL.map(Partition::as_str).join(" | "),
            Kind::Region => "region".to_owned(),
            Kind::Url => "URL".to_owned(),
            Kind::Path => "path".to_owned(),
            Kind::HubRole => "role name, role ARN, or none".to_owned(),
            Kind::RoleName => "role name".to_owned(),
            Kind::Patterns => "list of names or globs, !name excludes".to_owned(),
            Kind::Places => "list of folders, files or s3://[account@]bucket/prefix".to_owned(),
            Kind::Tags => "list of key=value".to_owned(),
            Kind::Account => "account id".to_owned(),
            Kind::Profiles => "account id: profile".to_owned(),
            Kind::Accounts => "list of accounts".to_owned(),
            Kind::KnownGaps => "list of account, region, table, reason, expires".to_owned(),
            Kind::Ratio => "number, 0 to 1".to_owned(),
            Kind::Instant => "instant".to_owned(),
        }
    }
}

impl StaticAccount {
    pub fn bare(id: AccountId) -> Self {
        Self { id, name: None, ou_path: None, tags: BTreeMap::new(), profile: None }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Switch(on) => write!(f, "{on}"),
            Value::Duration(length) => f.write_str(&duration::text(*length)),
            Value::Count(n) => write!(f, "{n}"),
            Value::Size(bytes) => f.write_str(&size::text(*bytes)),
            Value::Usd(amount) => write!(f, "{}", amount.to_string().trim_start_matches('$')),
            Value::Share(Some(part)) => write!(f, "{part}"),
            Value::Share(None) => f.write_str("off"),
            Value::Partition(partition) => write!(f, "{partition}"),
            Value::Path(path) => write!(f, "{}", path.display()),
            Value::List(items) => f.write_str(&items.join(",")),
            Value::Profiles(map) => {
                let pairs: Vec<String> = map.iter().map(|(id, profile)| format!("{id}={profile}")).collect();
                f.write_str(&pairs.join(","))
            }
            Value::Accounts(accounts) => {
                let names: Vec<String> = accounts
                    .iter()
                    .map(|a| match &a.name {
                        Some(name) => format!("{}={name}", a.id),
                        None => a.id.to_string(),
                    })
                    .collect();
                f.write_str(&names.join(","))
            }
            Value::KnownGaps(gaps) => f.write_str(&known_gaps::text(gaps)),
            Value::Ratio(ratio) => write!(f, "{ratio}"),
            Value::Instant(instant) => {
                f.write_str(&instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
        }
    }
}

fn choice(text: &str, words: &'static [&'static str]) -> Result<Value, Problem> {
    if words.contains(&text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let problem = Problem::new(format!("'{text}' is not one of {}", words.join(", ")));
    Err(match closest(text, words.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean '{meant}'?")),
        None => problem,
    })
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn read_duration(text: &str, least: Duration, most: Duration) -> Result<Value, Problem> {
    let Some(length) = duration::parse(text) else {
        return Err(Problem::new(format!("'{text}' is not a duration")).hint("write it like 30s, 5m or 1h"));
    };
    if length < least || length > most {
        return Err(Problem::new(format!(
            "'{text}' is not between {} and {}",
            duration::text(least),
            duration::text(most)
        )));
    }
    Ok(Value::Duration(length))
}

fn read_size(text: &str, least: u64, most: u64) -> Result<Value, Problem> {
    let Some(bytes) = size::parse(text) else {
        return Err(Problem::new(format!("'{text}' is not a size")).hint("write it like 64MiB or 1GiB"));
    };
    if !(least..=most).contains(&bytes) {
        let (least, most) = (size::text(least), size::text(most));
        return Err(Problem::new(format!("'{text}' is not between {least} and {most}")));
    }
    Ok(Value::Size(bytes))
}

fn ratio(text: &str) -> Result<Value, Problem> {
    match text.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Value::Ratio(ratio)),
        _ => {
            Err(Problem::new(format!("'{text}' is not a number from 0 to 1")).hint("write a share like 0.98"))
        }
    }
}

fn share(text: &str, least: f64) -> Result<Value, Problem> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(Value::Share(None));
    }
    match text.parse::<f64>() {
        Ok(part) if (least..=1.0).contains(&part) => Ok(Value::Share(Some(part))),
        _ => Err(Problem::new(format!("'{text}' is not a number from {least} to 1"))
            .hint("write a part of the quota like 0.25, or off")),
    }
}

/// The form of a region code. It becomes part of a host name, so nothing else may pass; whether
/// the region exists is the catalog's to say.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let words = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, names)) => {
            (2..=4).contains(&names.len())
                && names.iter().all(words)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

fn url(text: &str) -> Result<Value, Problem> {
    let bad = |why: String| Problem::new(why).hint("write it like https://host:port");
    let parsed = url::Url::parse(text).map_err(|error| bad(format!("'{text}' is not a URL: {error}")))?;
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return Err(bad(format!("'{text}' is not an http or https URL")));
    }
    Ok(Value::Text(text.to_owned()))
}

fn path(text: &str, folders: Folders<'_>) -> Result<Value, Problem> {
    if let Some(rest) = text.strip_prefix("~/") {
        return match folders.home {
            Some(home) => Ok(Value::Path(home.join(rest))),
            None => Err(Problem::new(format!("'{text}' needs a home folder, and there is none"))),
        };
    }
    Ok(Value::Path(folders.base.join(text)))
}

/// What lies in S3 stays as it is written; whoever opens it says what is wrong with it.
fn place(text: &str, folders: Folders<'_>) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::new("a place is empty"));
    }
    match text.split_once("://") {
        Some(("s3", _)) => Ok(text.to_owned()),
        Some((scheme, _)) => Err(Problem::new(format!("'{scheme}://' is neither a local path nor s3://"))),
        None => match path(text, folders)? {
            Value::Path(path) => Ok(path.display().to_string()),
            other => Ok(other.to_string()),
        },
    }
}

fn has_only(text: &str, also: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || also.contains(c))
}

fn characters(text: &str, also: &str, least: usize, most: usize) -> Result<Value, Problem> {
    if !has_only(text, also) {
        return Err(Problem::new(format!("'{text}' holds a character that AWS does not take"))
            .hint(format!("letters, digits, _ and {also}")));
    }
    if !(least..=most).contains(&text.len()) {
        return Err(Problem::new(format!("'{text}' is not {least} to {most} characters long")));
    }
    Ok(Value::Text(text.to_owned()))
}

/// IAM: names of at most 64 characters; a path of at most 512 before it.
fn is_role_name(text: &str) -> bool {
    let (path, name) =
        text.trim_start_matches('/').rsplit_once('/').unwrap_or(("", text.trim_start_matches('/')));
    (1..=64).contains(&name.len())
        && has_only(name, "+=,.@-")
        && path.len() <= 510
        && has_only(path, "+=,.@-/")
}

fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.parse::<Partition>().is_ok()
                && account.parse::<AccountId>().is_ok()
                && resource.strip_prefix("role/").is_some_and(is_role_name)
        }
        _ => false,
    }
}

/// `id=text,id=text`, the text optional.
fn pairs(text: &str) -> Result<Vec<(AccountId, Option<String>)>, Problem> {
    let mut read = Vec::new();
    for item in text.split(',').map(str::trim) {
        let (id, name) = match item.split_once('=') {
            Some((id, name)) => (id.trim(), Some(name.trim().to_owned()).filter(|n| !n.is_empty())),
            None => (item, None),
        };
        let id = account_id(id)?;
        if read.iter().any(|(known, _)| *known == id) {
            return Err(Problem::new(format!("account {id} is there twice")));
        }
        read.push((id, name));
    }
    Ok(read)
}

/// A twelve-digit id, or why not.
pub fn account_id(text: &str) -> Result<AccountId, Problem> {
    text.parse().map_err(|error: crate::error::Error| Problem::new(error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Folders<'static> {
        Folders { base: Path::new("/etc/canvass"), home: None }
    }

    fn hub(text: &str) -> bool {
        Kind::HubRole.read(text, here()).is_ok()
    }

    #[test]
    fn a_region_that_could_leave_its_host_name_is_refused() {
        for good in ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1"] {
            assert!(Kind::Region.read(good, here()).is_ok(), "{good}");
        }
        for bad in
            ["useast1", "us-east-1.evil.example/", "us-east", "US-EAST-1", "us-east-1#", "--1", "a-b-c-d-e-1"]
        {
            assert!(Kind::Region.read(bad, here()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hub_role_is_a_name_an_arn_or_none() {
        for good in ["none", "Query", "/ops/Query", "arn:aws:iam::123456789012:role/ops/Query"] {
            assert!(hub(good), "{good}");
        }
        for bad in [
            "arn:aws:iam::123:role/Q",
            "arn:aws:sts::123456789012:role/Q",
            "a b",
            "ops/",
            "arn:aws:iam::123456789012:user/Q",
        ] {
            assert!(!hub(bad), "{bad}");
        }
    }

    #[test]
    fn a_member_role_is_never_an_arn() {
        let problem = Kind::RoleName.read("arn:aws:iam::123456789012:role/Q", here()).unwrap_err();
        assert!(problem.hint.unwrap().contains("name alone"));
    }

    #[test]
    fn relative_paths_start_at_the_file_that_holds_them() {
        let home = Path::new("/home/ana");
        let folders = Folders { base: Path::new("/etc/canvass"), home: Some(home) };
        assert_eq!(Kind::Path.read("ca.pem", folders), Ok(Value::Path("/etc/canvass/ca.pem".into())));
        assert_eq!(Kind::Path.read("/ca.pem", folders), Ok(Value::Path("/ca.pem".into())));
        assert_eq!(Kind::Path.read("~/ca.pem", folders), Ok(Value::Path("/home/ana/ca.pem".into())));
        assert!(Kind::Path.read("~/ca.pem", here()).is_err());
    }

    #[test]
    fn maps_and_lists_have_a_form_for_variables() {
        let profiles = Kind::Profiles.read("123456789012=a, 210987654321=b", here()).unwrap();
        assert_eq!(profiles.to_string(), "123456789012=a,210987654321=b");
        assert!(Kind::Profiles.read("123456789012", here()).is_err());
        assert!(Kind::Profiles.read("123456789012=a,123456789012=b", here()).is_err());
        let accounts = Kind::Accounts.read("123456789012=payments,210987654321", here()).unwrap();
        assert_eq!(accounts.to_string(), "123456789012=payments,210987654321");
        assert_eq!(
            Kind::Patterns.read("eu-*, !eu-west-3", here()),
            Ok(Value::List(vec!["eu-*".to_owned(), "!eu-west-3".to_owned()]))
        );
        assert!(Kind::Patterns.read("eu-*,,", here()).is_err());
        assert!(Kind::Tags.read("=x", here()).is_err());
    }

    #[test]
    fn control_characters_never_get_in() {
        let problem = Kind::Name.read("prod\u{1b}[2J", here()).unwrap_err();
        assert!(!problem.text.contains('\u{1b}'), "{problem:?}");
    }

    #[test]
    fn a_misspelt_choice_is_offered_its_word() {
        let problem = Kind::Choice(&["table", "json"]).read("jsno", here()).unwrap_err();
        assert_eq!(problem.hint.as_deref(), Some("did you mean 'json'?"));
    }
}
