//! Accounts and organizational units: those written down, and as many more as were asked for.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::demo::dice::Dice;
use crate::error::{Error, Result};

const WRITTEN_DOWN: &str = include_str!("organization.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accounts: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    ou_path: String,
    status: String,
    tags: BTreeMap<String, String>,
}

/// What an account is for; it decides how much runs there and how well it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Shared,
    Production,
    Staging,
    Development,
    Sandbox,
}

#[derive(Clone, Debug)]
pub struct OrgAccount {
    pub id: String,
    pub name: String,
    pub email: String,
    /// Index into [`Organization::units`].
    pub unit: usize,
    /// `ACTIVE` or `SUSPENDED`.
    pub status: String,
    /// Epoch seconds.
    pub joined: i64,
    pub created_here: bool,
    pub tags: BTreeMap<String, String>,
    pub purpose: Purpose,
}

impl OrgAccount {
    pub fn team(&self) -> &str {
        self.tags.get("team").map_or("platform", String::as_str)
    }

    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// The root (no parent) or an organizational unit.
#[derive(Clone, Debug)]
pub struct Unit {
    pub id: String,
    pub name: String,
    pub path: String,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    pub accounts: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct Organization {
    pub id: String,
    pub accounts: Vec<OrgAccount>,
    pub units: Vec<Unit>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

const TEAMS: [&str; 36] = [
    "payments",
    "checkout",
    "data-platform",
    "ml",
    "mobile",
    "web",
    "search",
    "identity",
    "catalog",
    "orders",
    "inventory",
    "pricing",
    "shipping",
    "returns",
    "loyalty",
    "notifications",
    "fraud",
    "ledger",
    "billing",
    "analytics",
    "recommendations",
    "media",
    "support",
    "partners",
    "reporting",
    "compliance",
    "observability",
    "messaging",
    "profiles",
    "maps",
    "subscriptions",
    "marketing",
    "tax",
    "vendor",
    "warehouse",
    "experiments",
];

impl Organization {
    /// `size` accounts, the first of which are those of `organization.yaml`; joined before `today` (epoch seconds).
    pub fn new(seed: u64, size: usize, today: i64) -> Result<Self> {
        let file: File = serde_yaml::from_str(WRITTEN_DOWN)
            .map_err(|e| Error::failed("the demo's organization cannot be read").because(&e))?;
        let mut dice = Dice::new(seed, &["organization"]);
        let id = format!("o-{}", dice.lowercase(10));
        let root = format!("r-{}", dice.lowercase(4));
        let mut organization = Self {
            id,
            accounts: Vec::with_capacity(size),
            units: vec![Unit {
                id: root,
                name: "Root".to_owned(),
                path: "Root".to_owned(),
                parent: None,
                children: Vec::new(),
                accounts: Vec::new(),
            }],
            by_id: HashMap::with_capacity(size),
            by_name: HashMap::with_capacity(size),
        };
        for entry in file.accounts.into_iter().take(size) {
            organization.add(seed, entry, today);
        }
        let written = organization.accounts.len();
        for number in written..size {
            let entry = organization.invent(seed, number);
            organization.add(seed, entry, today);
        }
        Ok(organization)
    }

    pub fn management(&self) -> &OrgAccount {
        &self.accounts[0]
    }

    pub fn account(&self, id: &str) -> Option<&OrgAccount> {
        self.by_id.get(id).map(|i| &self.accounts[*i])
    }

    pub fn account_named(&self, name: &str) -> Option<&OrgAccount> {
        self.by_name.get(name).map(|i| &self.accounts[*i])
    }

    pub fn root(&self) -> &Unit {
        &self.units[0]
    }

    /// The root or an organizational unit.
    pub fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|u| u.id == id)
    }

    pub fn account_arn(&self, account: &OrgAccount) -> String {
        format!("arn:aws:organizations::{}:account/{}/{}", self.management().id, self.id, account.id)
    }

    pub fn unit_arn(&self, unit: &Unit) -> String {
        let kind = if unit.parent.is_none() { "root" } else { "ou" };
        format!("arn:aws:organizations::{}:{kind}/{}/{}", self.management().id, self.id, unit.id)
    }

    fn add(&mut self, seed: u64, entry: Entry, today: i64) {
        let mut dice = Dice::new(seed, &["account", &entry.id]);
        let unit = self.unit_at(seed, &entry.ou_path);
        let purpose = match entry.tags.get("env").map(String::as_str) {
            Some("production") => Purpose::Production,
            Some("staging") => Purpose::Staging,
            Some("development") => Purpose::Development,
            Some("sandbox") => Purpose::Sandbox,
            _ => Purpose::Shared,
        };
        let index = self.accounts.len();
        self.units[unit].accounts.push(index);
        self.by_id.insert(entry.id.clone(), index);
        self.by_name.insert(entry.name.clone(), index);
        // The management account is older than any it created.
        let age_days = if index == 0 { 2_400 } else { dice.between(90, 2_200) };
        self.accounts.push(OrgAccount {
            email: format!("aws+{}@example.com", entry.name),
            id: entry.id,
            name: entry.name,
            unit,
            status: entry.status,
            joined: today - age_days as i64 * 86_400 + dice.below(86_400) as i64,
            created_here: index > 0 && dice.chance(0.9),
            tags: entry.tags,
            purpose,
        });
    }

    fn invent(&self, seed: u64, number: usize) -> Entry {
        let id = format!("{:012}", 100_000_000_001_u64 + number as u64);
        let mut dice = Dice::new(seed, &["invented account", &id]);
        let team = dice.pick(&TEAMS);
        let (suffix, env, ou) = dice.pick(&[
            ("prod", "production", "Root/Workloads/Prod"),
            ("prod", "production", "Root/Workloads/Prod"),
            ("staging", "staging", "Root/Workloads/Staging"),
            ("dev", "development", "Root/Workloads/Dev"),
            ("dev", "development", "Root/Workloads/Dev"),
            ("sandbox", "sandbox", "Root/Sandbox"),
        ]);
        let plain = format!("{team}-{suffix}");
        let name = if self.by_name.contains_key(&plain) { format!("{plain}-{}", number + 1) } else { plain };
        let mut tags = BTreeMap::from([("env".to_owned(), env.to_owned())]);
        if dice.chance(0.95) {
            tags.insert("team".to_owned(), team.to_owned());
        }
        if dice.chance(0.8) {
            tags.insert("cost_center".to_owned(), format!("CC-{}", 200 + 10 * dice.below(60)));
        }
        Entry { id, name, ou_path: ou.to_owned(), status: "ACTIVE".to_owned(), tags }
    }

    /// The unit at a path such as `Root/Workloads/Prod`, made with its parents where it is new.
    fn unit_at(&mut self, seed: u64, path: &str) -> usize {
        let mut at = 0;
        for name in path.split('/').skip(1) {
            let full = format!("{}/{name}", self.units[at].path);
            at = match self.units.iter().position(|u| u.path == full) {
                Some(found) => found,
                None => {
                    let suffix = self.root().id.trim_start_matches("r-").to_owned();
                    let id = format!("ou-{suffix}-{}", Dice::new(seed, &["unit", &full]).lowercase(8));
                    let index = self.units.len();
                    self.units.push(Unit {
                        id,
                        name: name.to_owned(),
                        path: full,
                        parent: Some(at),
                        children: Vec::new(),
                        accounts: Vec::new(),
                    });
                    self.units[at].children.push(index);
                    index
                }
            };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_written_down_come_first_and_unchanged() {
        let small = Organization::new(1, 20, 1_772_323_200).unwrap();
        let large = Organization::new(99, 400, 1_772_323_200).unwrap();
        let facts = |o: &Organization| -> Vec<_> {
            o.accounts
                .iter()
                .take(20)
                .map(|a| (a.id.clone(), a.name.clone(), o.units[a.unit].path.clone(), a.tags.clone()))
                .collect()
        };
        assert_eq!(facts(&small), facts(&large));
        assert_eq!(small.accounts[5].name, "payments-prod");
        assert_eq!(small.units[small.accounts[18].unit].path, "Root/Sandbox/Experiments");
        assert_eq!(small.accounts[19].status, "SUSPENDED");
    }

    #[test]
    fn invented_accounts_have_names_of_their_own() {
        let organization = Organization::new(1, 2_000, 1_772_323_200).unwrap();
        assert_eq!(organization.accounts.len(), 2_000);
        assert_eq!(organization.by_name.len(), 2_000);
        assert_eq!(organization.by_id.len(), 2_000);
    }
}
