//! A setting's value in its YAML form: lists and mappings where a variable has commas.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AccountId, closest};
use crate::settings::kind::{Folders, Kind, Problem, StaticAccount, Value, account_id};
use crate::settings::known_gaps;
use crate::settings::yaml::Node;

/// Reads the value that stands at an entry.
pub fn read(kind: Kind, node: &Node, folders: Folders<'_>) -> Result<Value, Problem> {
    match (kind, node) {
        (_, Node::Null) => Err(Problem::new("it has no value").hint("give it one, or remove the line")),
        (Kind::Profiles, Node::Map(map)) => profiles(map).map(Value::Profiles),
        (Kind::KnownGaps, Node::List(items)) => known_gaps::read(items).map(Value::KnownGaps),
        (Kind::Accounts, Node::List(items)) => accounts(items).map(Value::Accounts),
        (Kind::Tags, Node::Map(map)) => {
            let tags = texts(map)?;
            kind.list(tags.into_iter().map(|(tag, value)| format!("{tag}={value}")).collect(), folders)
        }
        (Kind::Tags | Kind::Patterns | Kind::Places, Node::List(items)) => {
            let items = items.iter().map(|item| text(item).map(str::to_owned));
            kind.list(items.collect::<Result<_, _>>()?, folders)
        }
        (kind, node) => kind.read(text(node)?, folders),
    }
}

fn text(node: &Node) -> Result<&str, Problem> {
    match node {
        Node::Text(text) | Node::Plain(text) => Ok(text),
        Node::Null => Err(Problem::new("it has no value")),
        Node::List(_) => Err(Problem::new("it is a list, and one value is wanted")),
        Node::Map(_) => Err(Problem::new("it is a mapping, and one value is wanted")),
    }
}

/// One line, not empty.
pub fn line(node: &Node) -> Result<String, Problem> {
    let text = text(node)?.trim();
    if text.is_empty() {
        return Err(Problem::new("it is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::new(format!("'{}' holds control characters", text.escape_debug())));
    }
    Ok(text.to_owned())
}

fn texts(map: &[(String, Node)]) -> Result<BTreeMap<String, String>, Problem> {
    let mut texts = BTreeMap::new();
    for (name, node) in map {
        if texts.insert(name.clone(), line(node)?).is_some() {
            return Err(Problem::new(format!("'{name}' is there twice")));
        }
    }
    Ok(texts)
}

fn profiles(map: &[(String, Node)]) -> Result<BTreeMap<AccountId, String>, Problem> {
    texts(map)?.into_iter().map(|(id, profile)| Ok((account_id(&id)?, profile))).collect()
}

fn accounts(items: &[Node]) -> Result<Vec<StaticAccount>, Problem> {
    if items.is_empty() {
        return Err(Problem::new("the list is empty"));
    }
    let accounts: Vec<StaticAccount> = items.iter().map(account).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    match accounts.iter().find(|account| !seen.insert(&account.id)) {
        Some(twice) => Err(Problem::new(format!("account {} is there twice", twice.id))),
        None => Ok(accounts),
    }
}

fn account(node: &Node) -> Result<StaticAccount, Problem> {
    const NAMES: [&str; 5] = ["id", "name", "ou_path", "tags", "profile"];
    let Node::Map(map) = node else {
        return Ok(StaticAccount::bare(account_id(text(node)?.trim())?));
    };
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut tags = BTreeMap::new();
    for (name, node) in map {
        let Some(known) = NAMES.into_iter().find(|known| known == name) else {
            let problem = Problem::new(format!("an account has no '{name}'"));
            return Err(match closest(name, NAMES) {
                Some(meant) => problem.hint(format!("did you mean '{meant}'?")),
                None => problem.hint(format!("one of: {}", NAMES.join(", "))),
            });
        };
        match (known, node) {
            ("tags", Node::Map(map)) => tags = texts(map)?,
            ("tags", _) => return Err(Problem::new("an account's tags are a mapping of keys to values")),
            _ => {
                if found.insert(known, line(node)?).is_some() {
                    return Err(Problem::new(format!("an account has '{known}' twice")));
                }
            }
        }
    }
    let Some(id) = found.get("id") else {
        return Err(Problem::new("an account has no 'id'")
            .hint("write it like {id: \"123456789012\", name: payments}"));
    };
    Ok(StaticAccount {
        id: account_id(id)?,
        name: found.remove("name"),
        ou_path: found.remove("ou_path"),
        tags,
        profile: found.remove("profile"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::yaml::Document;

    fn accounts_of(yaml: &str) -> Result<Vec<StaticAccount>, Problem> {
        match Document::parse(yaml.to_owned()).unwrap().root() {
            Node::List(items) => accounts(items),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn accounts_say_as_much_as_is_known() {
        let accounts = accounts_of(
            "- id: 123456789012\n  name: payments\n  ou_path: Root/Prod\n  tags: {env: prod}\n  profile: pay\n- 210987654321\n",
        )
        .unwrap();
        assert_eq!(accounts[0].name.as_deref(), Some("payments"));
        assert_eq!(accounts[0].ou_path.as_deref(), Some("Root/Prod"));
        assert_eq!(accounts[0].tags["env"], "prod");
        assert_eq!(accounts[0].profile.as_deref(), Some("pay"));
        assert_eq!(accounts[1], StaticAccount::bare("210987654321".parse().unwrap()));
    }

    #[test]
    fn accounts_that_are_no_accounts_are_refused() {
        let refused = |yaml: &str| accounts_of(yaml).unwrap_err();
        assert_eq!(refused("[{id: 123456789012, nmae: x}]").hint.as_deref(), Some("did you mean 'name'?"));
        assert!(refused("[{name: x}]").text.contains("no 'id'"));
        assert!(refused("[123]").text.contains("twelve digits"));
        assert!(refused("[123456789012, {id: 123456789012}]").text.contains("twice"));
        assert!(refused("[{id: 123456789012, tags: [a]}]").text.contains("mapping"));
        assert!(refused("[]").text.contains("empty"));
    }
}
