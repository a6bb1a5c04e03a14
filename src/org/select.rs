//! A scope resolved to accounts. A pattern that selects nothing is a mistake, not an empty answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Account, NamePattern, Scope, closest};
use crate::org::Organization;

#[derive(Clone, Debug, Default)]
pub struct Selected {
    pub asked: Vec<Arc<Account>>,
    /// Selected too, but AWS refuses every call into them.
    pub suspended: Vec<Arc<Account>>,
}

impl Organization {
    /// The accounts of the scope. Fails where a pattern matches nothing, where nothing is left, and
    /// where what the scope asks for could not be found out.
    pub fn select(&self, scope: &Scope) -> Result<Selected> {
        self.check(scope)?;
        let selected = self.accounts.iter().filter(|account| scope.has_account(account)).cloned();
        let (asked, suspended) = selected.partition(|account: &Arc<Account>| account.status.can_be_asked());
        let selected = Selected { asked, suspended };
        if selected.asked.is_empty() && selected.suspended.is_empty() {
            return Err(
                Error::usage("the scope selects no account").hint("list them with 'canvass accounts'")
            );
        }
        Ok(selected)
    }

    fn check(&self, scope: &Scope) -> Result<()> {
        for pattern in &scope.accounts {
            let hit = |a: &Arc<Account>| pattern.matches(a.id.as_str()) || pattern.matches(&a.name);
            if !self.accounts.iter().any(hit) && !is_mere_exclusion(pattern) {
                let names = self.accounts.iter().flat_map(|a| [a.name.as_str(), a.id.as_str()]);
                return Err(nothing("account", pattern, names).hint("list them with 'canvass accounts'"));
            }
        }
        if let (Some(why), false) = (&self.tree_unknown, scope.ous.is_empty()) {
            return Err(Error::failed("organizational units cannot be selected by").cause(why.clone()));
        }
        for pattern in &scope.ous {
            if !self.has_unit(pattern) && !is_mere_exclusion(pattern) {
                return Err(nothing("organizational unit", pattern, self.unit_names())
                    .hint("show them with 'canvass accounts tree'"));
            }
        }
        if !scope.tags.is_empty() && !self.tags_unknown.is_empty() {
            let count = self.tags_unknown.len();
            return Err(Error::failed("accounts cannot be selected by tag")
                .cause(format!("the tags of {count} accounts could not be read"))
                .hint("allow organizations:ListTagsForResource"));
        }
        for (key, value) in &scope.tags {
            let values: BTreeSet<&str> =
                self.accounts.iter().filter_map(|a| a.tags.get(key).map(String::as_str)).collect();
            if values.is_empty() {
                let keys: BTreeSet<&str> =
                    self.accounts.iter().flat_map(|a| a.tags.keys().map(String::as_str)).collect();
                return Err(did_you_mean(
                    Error::usage(format!("no account has the tag '{key}'")),
                    closest(key, keys.iter().copied()),
                )
                .hint(few("tags", &keys)));
            }
            if let Some(value) = value
                && !values.iter().any(|v| value.matches(v))
                && !is_mere_exclusion(value)
            {
                return Err(Error::usage(format!("no account has the tag '{key}={}'", value.as_str()))
                    .hint(few(&format!("values of '{key}'"), &values)));
            }
        }
        Ok(())
    }

    /// An OU exists even where it holds no account yet.
    fn has_unit(&self, pattern: &NamePattern) -> bool {
        let scope = Scope { ous: vec![positive(pattern)], ..Scope::default() };
        self.accounts.iter().any(|account| scope.has_account(account))
            || self.units.iter().any(|unit| {
                pattern.matches(&unit.id)
                    || pattern.matches(unit.path.as_str())
                    || unit.path.segments().any(|name| pattern.matches(name))
            })
    }

    fn unit_names(&self) -> impl Iterator<Item = &str> {
        let of_units = self.units.iter().flat_map(|unit| [unit.path.as_str(), unit.id.as_str()]);
        let paths = self.accounts.iter().filter_map(|a| a.ou_path.as_ref());
        let of_accounts = paths.flat_map(|path| path.segments().chain([path.as_str()]));
        of_units.chain(self.units.iter().filter_map(|unit| unit.path.segments().last())).chain(of_accounts)
    }
}

/// A pattern that matches nothing, with the name that was probably meant.
pub fn nothing<'a>(what: &str, pattern: &NamePattern, names: impl Iterator<Item = &'a str>) -> Error {
    let text = pattern.as_str().trim_start_matches('!');
    did_you_mean(Error::usage(format!("no {what} matches '{text}'")), closest(text, names))
}

/// A few of the names there are; all of them are in `canvass accounts`.
fn few(what: &str, names: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    let more = if names.len() > SHOWN { " ... ('canvass accounts' shows all)" } else { "" };
    format!("{what}: {}{more}", shown.join(", "))
}

fn did_you_mean(error: Error, near: Option<&str>) -> Error {
    match near {
        Some(near) => error.hint(format!("did you mean '{near}'?")),
        None => error,
    }
}

/// `!sandbox-*` may stand in a settings file where there happens to be no sandbox; a plain name
/// after the `!` that does not exist was meant to keep something out, and would not.
pub fn is_mere_exclusion(pattern: &NamePattern) -> bool {
    pattern.is_negated() && pattern.as_str().contains(['*', '?', '['])
}

fn positive(pattern: &NamePattern) -> NamePattern {
    // What stands after the `!` was parsed before.
    NamePattern::parse(pattern.as_str().trim_start_matches('!')).unwrap_or_else(|_| pattern.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::tests::organization;

    fn scope(accounts: &[&str], ous: &[&str], tags: &[&str]) -> Scope {
        let own = |texts: &[&str]| texts.iter().map(|t| t.to_string()).collect::<Vec<_>>();
        Scope::parse(&own(accounts), &own(ous), &own(tags), &[]).unwrap()
    }

    fn selected(scope: Scope) -> Vec<String> {
        organization().select(&scope).unwrap().asked.iter().map(|a| a.name.clone()).collect()
    }

    fn refused(scope: Scope) -> String {
        let error = organization().select(&scope).unwrap_err();
        format!("{error} | {}", error.hints().first().cloned().unwrap_or_default())
    }

    #[test]
    fn everything_is_asked_except_the_suspended() {
        let selected = organization().select(&Scope::default()).unwrap();
        assert_eq!(selected.asked.len(), 3);
        assert_eq!(selected.suspended[0].name, "old");
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error_with_the_nearest_name() {
        assert_eq!(
            refused(scope(&["payments-prd"], &[], &[])),
            "no account matches 'payments-prd' | did you mean 'payments-prod'?"
        );
        assert_eq!(
            refused(scope(&[], &["Prd"], &[])),
            "no organizational unit matches 'Prd' | did you mean 'Prod'?"
        );
        assert_eq!(
            refused(scope(&[], &[], &["evn=prod"])),
            "no account has the tag 'evn' | did you mean 'env'?"
        );
        assert!(refused(scope(&["!payments-prd"], &[], &[])).contains("did you mean"));
    }

    #[test]
    fn an_exclusion_glob_may_match_nothing() {
        assert_eq!(selected(scope(&["!sandbox-*"], &[], &[])).len(), 3);
    }

    #[test]
    fn units_tags_and_names_select() {
        assert_eq!(selected(scope(&[], &["Prod"], &[])), ["payments-prod"]);
        assert_eq!(selected(scope(&[], &["ou-1"], &["env=prod*"])), ["payments-prod"]);
        assert_eq!(selected(scope(&["pay*"], &["!Prod"], &[])), ["payments-dev"]);
    }

    #[test]
    fn an_empty_unit_is_no_typo_but_selects_nothing() {
        assert!(refused(scope(&[], &["Empty"], &[])).starts_with("the scope selects no account"));
    }

    #[test]
    fn what_is_not_known_cannot_be_selected_by() {
        let mut organization = organization();
        organization.tree_unknown = Some("access denied".into());
        let error = organization.select(&scope(&[], &["Prod"], &[])).unwrap_err();
        assert_eq!(error.to_string(), "organizational units cannot be selected by: access denied");
        organization.tags_unknown.insert("100000000002".parse().unwrap());
        assert!(organization.select(&scope(&[], &[], &["env=prod"])).is_err());
        assert!(organization.select(&Scope::default()).is_ok());
    }
}
