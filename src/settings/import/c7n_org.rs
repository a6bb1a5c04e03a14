//! c7n-org's `accounts.yml`: accounts with the role to assume in each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::profile_file::Profiles;
use super::{Imported, NewAccount, NewContext, Setting, exactly, role_arn, text_of};
use crate::error::{Error, Result};
use crate::model::AccountId;
use crate::settings::LoadInputs;
use crate::settings::yaml::{Document, Node};

/// What accounts must share to be asked by one context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    partition: String,
    hub_role: Option<String>,
    member_role: Option<String>,
    external_id: Option<String>,
    regions: Vec<String>,
}

pub fn default_file(inputs: &LoadInputs) -> Option<PathBuf> {
    ["accounts.yml", "accounts.yaml"].iter().map(|name| inputs.cwd.join(name)).find(|path| path.is_file())
}

pub fn read(inputs: &LoadInputs, path: Option<&Path>, profiles: &Profiles) -> Result<Imported> {
    let file = path.map(|path| inputs.cwd.join(path)).or_else(|| default_file(inputs)).ok_or_else(|| {
        let error = Error::usage("there is no accounts.yml of c7n-org in this folder");
        error.hint("name it: canvass config import --from c7n-org path/to/accounts.yml")
    })?;
    let document = Document::parse(text_of(&file)?).map_err(|wrong| {
        let place = wrong.place.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        Error::usage(format!("{}{place}: not YAML: {}", file.display(), wrong.message))
    })?;
    let Node::Map(top) = document.root() else {
        return Err(Error::usage(format!("{}: a file of c7n-org begins with 'accounts:'", file.display())));
    };
    let mut reader = Reader { file: &file, document: &document, imported: Imported::default() };
    let mut ways: BTreeMap<Way, Vec<NewAccount>> = BTreeMap::new();
    for (at, (key, node)) in top.iter().enumerate() {
        match (key.as_str(), node) {
            ("accounts", Node::List(accounts)) => {
                for (index, account) in accounts.iter().enumerate() {
                    if let Some((way, account)) = reader.account(account, &[at, index], profiles) {
                        ways.entry(way).or_default().push(account);
                    }
                }
            }
            ("vars", _) => {
                reader.leave_out(&[at], "vars", "they are values for policies, which canvass has none of")
            }
            ("subscriptions" | "projects" | "tenancies", _) => {
                reader.leave_out(&[at], key, "only accounts of AWS are asked");
            }
            _ => reader.leave_out(&[at], key, "c7n-org's files have no such list of accounts"),
        }
    }
    let mut imported = reader.imported;
    let sum: usize = ways.values().map(Vec::len).sum();
    if sum == 0 {
        imported.leave_out(&file, None, "accounts", "no account could be carried over");
    }
    for context in contexts(&ways, &file, &mut imported) {
        imported.add(context);
    }
    imported.files.push(file);
    Ok(imported)
}

struct Reader<'a> {
    file: &'a Path,
    document: &'a Document,
    imported: Imported,
}

impl Reader<'_> {
    fn leave_out(&mut self, at: &[usize], what: impl Into<String>, why: impl Into<String>) {
        let line = self.document.place_of(at).map(|place| place.line);
        self.imported.leave_out(self.file, line, what, why);
    }

    fn account(&mut self, node: &Node, at: &[usize], profiles: &Profiles) -> Option<(Way, NewAccount)> {
        let Node::Map(entries) = node else {
            self.leave_out(at, "an account", "it is no mapping");
            return None;
        };
        let get = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        let label =
            text(get("name")).or_else(|| text(get("account_id"))).unwrap_or_else(|| "an account".to_owned());
        let Some(id) = text(get("account_id")).and_then(|id| id.parse::<AccountId>().ok()) else {
            self.leave_out(at, label, "its account_id is not twelve digits");
            return None;
        };
        let mut tags = BTreeMap::new();
        for (index, (key, node)) in entries.iter().enumerate() {
            let here = [at, &[index]].concat();
            match key.as_str() {
                "account_id" | "name" | "role" | "profile" | "regions" | "external_id" => {}
                "tags" => tags = self.tags(node, &here, &label),
                "display_name" | "email" | "org_id" => {
                    self.leave_out(
                        &here,
                        format!("{key} of {label}"),
                        "an account written down has an id, a name and tags",
                    );
                }
                "vars" => {
                    let why = "they are values for policies, which canvass has none of";
                    self.leave_out(&here, format!("vars of {label}"), why);
                }
                _ => self.leave_out(&here, format!("{key} of {label}"), "nothing here is set by it"),
            }
        }
        let roles = texts(get("role"));
        let mut way = Way {
            partition: "aws".to_owned(),
            hub_role: None,
            member_role: None,
            external_id: text(get("external_id")),
            regions: regions(get("regions")),
        };
        let mut profile = None;
        match roles.as_slice() {
            [] => {
                let Some(name) = text(get("profile")) else {
                    self.leave_out(at, label, "it has neither a role nor a profile");
                    return None;
                };
                if !profiles.profiles.contains_key(&name) {
                    let why = format!("the AWS config files have no profile '{name}'");
                    self.leave_out(at, format!("profile of {label}"), why);
                }
                profile = Some(name);
            }
            [before @ .., last] => {
                let Some(arn) = role_arn(last) else {
                    self.leave_out(at, label, format!("'{last}' is not the ARN of a role"));
                    return None;
                };
                if arn.account != id {
                    let why = format!("its role is one of another account, {}", arn.account);
                    self.leave_out(at, label, why);
                    return None;
                }
                if before.len() > 1 {
                    self.leave_out(
                        at,
                        label,
                        "its chain has more than two roles: canvass assumes a hub role, then a member role",
                    );
                    return None;
                }
                way.partition = arn.partition;
                way.hub_role = before.first().cloned();
                way.member_role = Some(arn.name);
            }
        }
        let name = text(get("name"));
        Some((way, NewAccount { id, name, tags, profile }))
    }

    /// `type:prod` is a tag and its value; c7n-org chooses accounts by the whole text.
    fn tags(&mut self, node: &Node, at: &[usize], label: &str) -> BTreeMap<String, String> {
        let mut tags: BTreeMap<String, String> = BTreeMap::new();
        for tag in texts(Some(node)) {
            let (key, value) = match tag.split_once(':') {
                Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
                    (key.trim(), value.trim())
                }
                _ => (tag.trim_matches([':', ' ']), "true"),
            };
            if key.is_empty() {
                continue;
            }
            if let Some(other) = tags.get(key) {
                let why = format!("an account has one value of a tag, here '{key}: {other}'");
                self.leave_out(at, format!("tag '{tag}' of {label}"), why);
            } else {
                tags.insert(key.to_owned(), value.to_owned());
            }
        }
        tags
    }
}

fn text(node: Option<&Node>) -> Option<String> {
    match node? {
        Node::Text(text) | Node::Plain(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node {
        Some(Node::List(items)) => items.iter().filter_map(|item| text(Some(item))).collect(),
        node => text(node).into_iter().collect(),
    }
}

/// Without regions c7n-org asks two; `all` is every region of the account.
fn regions(node: Option<&Node>) -> Vec<String> {
    let given = texts(node);
    if given.iter().any(|region| region == "all") {
        return vec!["*".to_owned()];
    }
    if given.is_empty() {
        return vec!["us-east-1".to_owned(), "us-west-2".to_owned()];
    }
    let mut regions: Vec<String> =
        given.iter().flat_map(|text| text.split(',')).map(|region| region.trim().to_owned()).collect();
    regions.retain(|region| !region.is_empty());
    regions.sort();
    regions.dedup();
    regions
}

/// A context for each way of asking; where only regions tell them apart, one more that asks all of them.
fn contexts(ways: &BTreeMap<Way, Vec<NewAccount>>, file: &Path, imported: &mut Imported) -> Vec<NewContext> {
    let mut made = Vec::new();
    let single = ways.len() == 1;
    for (at, (way, accounts)) in ways.iter().enumerate() {
        let name = if single { "c7n-org".to_owned() } else { format!("c7n-org-{}", at + 1) };
        made.push(context(name, way, accounts.clone(), file));
    }
    if single || ways.is_empty() {
        return made;
    }
    let bare = |way: &Way| Way { regions: Vec::new(), ..way.clone() };
    let mut bares: Vec<Way> = ways.keys().map(bare).collect();
    bares.dedup();
    if let [one] = bares.as_slice() {
        let mut regions: Vec<String> = ways.keys().flat_map(|way| way.regions.clone()).collect();
        regions.sort();
        regions.dedup();
        if regions.iter().any(|region| region == "*") {
            regions = vec!["*".to_owned()];
        }
        let accounts = ways.values().flatten().cloned().collect();
        let all = Way { regions, ..one.clone() };
        made.insert(0, context("c7n-org".to_owned(), &all, accounts, file));
        let why = "accounts have different regions: the context c7n-org asks all of them in every account, \
                   c7n-org-1 and those after it ask what each has";
        imported.leave_out(file, None, "regions of c7n-org", why);
    } else {
        let why = "accounts have different roles, external ids or partitions: there is a context for each way in, \
                   and none that asks all accounts at once";
        imported.leave_out(file, None, "one context of all accounts", why);
    }
    made
}

fn context(name: String, way: &Way, accounts: Vec<NewAccount>, file: &Path) -> NewContext {
    let text = |text: &str| Setting::Text(text.to_owned());
    let count = accounts.len();
    let profile = accounts.iter().find_map(|account| account.profile.clone());
    let mut settings = exactly(accounts);
    settings.extend(
        profile.filter(|_| way.member_role.is_none()).map(|profile| ("profile", Setting::Text(profile))),
    );
    settings.push(("hub_role", text(way.hub_role.as_deref().unwrap_or("none"))));
    settings.extend(way.member_role.as_deref().map(|role| ("member_role", text(role))));
    settings.extend(way.external_id.as_deref().map(|id| ("external_id", text(id))));
    if way.partition != "aws" {
        settings.push(("partition", text(&way.partition)));
    }
    settings.push(("regions", Setting::List(way.regions.clone())));
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let accounts = if count == 1 { "one account".to_owned() } else { format!("{count} accounts") };
    NewContext { name, about: format!("{accounts} of c7n-org's {file}"), settings }
}
