//! Which accounts and regions a question is about.

use crate::error::Error;
use crate::model::{Account, NamePattern, Region};

/// Selections as the operator gave them; empty means everything.
///
/// Accounts match by id, name or glob; an OU by id, by name, or by path (`Root/Workloads/Prod`,
/// `Workloads/*`) and covers the OUs below it; tags must all match (`key=value`, value may be a
/// glob; a bare `key` asks that the tag exists).
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub accounts: Vec<NamePattern>,
    pub ous: Vec<NamePattern>,
    pub tags: Vec<(String, Option<NamePattern>)>,
    pub regions: Vec<NamePattern>,
}

impl Scope {
    pub fn parse(
        accounts: &[String],
        ous: &[String],
        tags: &[String],
        regions: &[String],
    ) -> Result<Self, Error> {
        let patterns = |texts: &[String]| -> Result<Vec<NamePattern>, Error> {
            // Commas separate, so that an environment variable can hold several.
            texts.iter().flat_map(|t| t.split(',')).map(|t| NamePattern::parse(t.trim())).collect()
        };
        let tags = tags
            .iter()
            .map(|text| match text.split_once('=') {
                Some(("", _)) => {
                    Err(Error::usage(format!("'{text}' has no tag key")).hint("write --tag key=value"))
                }
                Some((key, value)) => Ok((key.to_owned(), Some(NamePattern::parse(value)?))),
                None if text.is_empty() => {
                    Err(Error::usage("a tag needs a key").hint("write --tag key=value"))
                }
                None => Ok((text.clone(), None)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { accounts: patterns(accounts)?, ous: patterns(ous)?, tags, regions: patterns(regions)? })
    }

    pub fn has_account(&self, account: &Account) -> bool {
        self.account_selected(account) && self.ou_selected(account) && self.tags_selected(account)
    }

    pub fn has_region(&self, region: &Region) -> bool {
        NamePattern::selects(&self.regions, region.as_str())
    }

    fn account_selected(&self, account: &Account) -> bool {
        let hit = |p: &NamePattern| p.matches(account.id.as_str()) || p.matches(&account.name);
        any_and_none(&self.accounts, hit)
    }

    fn ou_selected(&self, account: &Account) -> bool {
        any_and_none(&self.ous, |p| {
            account.ou_ids.iter().any(|id| p.matches(id))
                || account.ou_path.as_ref().is_some_and(|path| path_is_under(path.as_str(), p))
        })
    }

    fn tags_selected(&self, account: &Account) -> bool {
        self.tags.iter().all(|(key, pattern)| match (account.tags.get(key), pattern) {
            (Some(value), Some(pattern)) => pattern.matches(value) != pattern.is_negated(),
            (Some(_), None) => true,
            (None, Some(pattern)) => pattern.is_negated(),
            (None, None) => false,
        })
    }
}

/// `true` if some run of whole segments that ends anywhere in `path` matches: `Prod`,
/// `Workloads/Prod` and `Root/Workloads` all cover `Root/Workloads/Prod`.
fn path_is_under(path: &str, pattern: &NamePattern) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    (0..segments.len())
        .any(|from| (from + 1..=segments.len()).any(|to| pattern.matches(&segments[from..to].join("/"))))
}

fn any_and_none(patterns: &[NamePattern], hit: impl Fn(&NamePattern) -> bool) -> bool {
    let mut positive = patterns.iter().filter(|p| !p.is_negated()).peekable();
    let wanted = positive.peek().is_none() || positive.any(&hit);
    wanted && !patterns.iter().any(|p| p.is_negated() && hit(p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OuPath;

    fn account(name: &str, ou: &str, tags: &[(&str, &str)]) -> Account {
        let mut account = Account::bare("100000000006".parse().unwrap());
        account.name = name.to_owned();
        account.ou_path = Some(OuPath::new(ou));
        account.tags = tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        account
    }

    fn scope(accounts: &[&str], ous: &[&str], tags: &[&str]) -> Scope {
        let own = |texts: &[&str]| texts.iter().map(|t| t.to_string()).collect::<Vec<_>>();
        Scope::parse(&own(accounts), &own(ous), &own(tags), &[]).unwrap()
    }

    #[test]
    fn an_account_is_found_by_id_name_and_glob() {
        let payments = account("payments-prod", "Root/Workloads/Prod", &[]);
        for wanted in ["100000000006", "payments-prod", "payments-*"] {
            assert!(scope(&[wanted], &[], &[]).has_account(&payments), "{wanted}");
        }
        assert!(!scope(&["checkout-*"], &[], &[]).has_account(&payments));
        assert!(!scope(&["!payments-*"], &[], &[]).has_account(&payments));
    }

    #[test]
    fn an_ou_covers_the_ous_below_it_in_whole_segments() {
        let payments = account("payments-prod", "Root/Workloads/Prod", &[]);
        for wanted in ["Prod", "Workloads", "Root/Workloads", "Workloads/Prod", "Root"] {
            assert!(scope(&[], &[wanted], &[]).has_account(&payments), "{wanted}");
        }
        assert!(!scope(&[], &["Work"], &[]).has_account(&payments));
    }

    #[test]
    fn every_tag_must_match() {
        let payments = account("payments-prod", "Root", &[("env", "production"), ("team", "payments")]);
        assert!(scope(&[], &[], &["env=prod*", "team=payments"]).has_account(&payments));
        assert!(scope(&[], &[], &["env"]).has_account(&payments));
        assert!(!scope(&[], &[], &["env=prod*", "team=web"]).has_account(&payments));
        assert!(!scope(&[], &[], &["cost_center"]).has_account(&payments));
        assert!(scope(&[], &[], &["env=!staging"]).has_account(&payments));
    }
}
