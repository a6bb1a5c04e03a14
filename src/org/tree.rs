//! The organization as lines of a tree.

use std::sync::Arc;

use crate::model::{Account, OuPath};
use crate::org::Organization;

/// An organizational unit and what is below it: units first, then accounts.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// Empty for accounts that stand in no known unit.
    pub name: String,
    /// Empty where only the name is known.
    pub id: String,
    pub branches: Vec<Branch>,
    pub leaves: Vec<Leaf>,
}

#[derive(Clone, Debug)]
pub struct Leaf {
    pub account: Arc<Account>,
    pub is_management: bool,
}

impl Branch {
    /// Accounts in this unit and below it.
    pub fn accounts(&self) -> usize {
        self.leaves.len() + self.branches.iter().map(Branch::accounts).sum::<usize>()
    }

    fn below(&mut self, path: &OuPath) -> &mut Branch {
        path.segments().fold(self, |branch, name| {
            let at = branch.branches.iter().position(|b| b.name == name).unwrap_or_else(|| {
                branch.branches.push(Branch { name: name.to_owned(), ..Branch::default() });
                branch.branches.len() - 1
            });
            &mut branch.branches[at]
        })
    }

    fn sort(&mut self) {
        self.branches.sort_by(|a, b| a.name.cmp(&b.name));
        self.leaves.sort_by(|a, b| (&a.account.name, &a.account.id).cmp(&(&b.account.name, &b.account.id)));
        self.branches.iter_mut().for_each(Branch::sort);
    }
}

impl Organization {
    /// The tree from above the root: its branches are the roots, its leaves the accounts whose place
    /// is not known.
    pub fn tree(&self) -> Branch {
        let mut top = Branch::default();
        for unit in &self.units {
            top.below(&unit.path).id.clone_from(&unit.id);
        }
        for account in &self.accounts {
            let leaf = Leaf {
                account: account.clone(),
                is_management: self.management_account.as_ref() == Some(&account.id),
            };
            match &account.ou_path {
                Some(path) => top.below(path).leaves.push(leaf),
                None => top.leaves.push(leaf),
            }
        }
        top.sort();
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::tests::organization;

    fn lines(branch: &Branch, depth: usize, into: &mut Vec<String>) {
        for leaf in &branch.leaves {
            let mark = if leaf.is_management { " *" } else { "" };
            into.push(format!("{}{}{mark}", "  ".repeat(depth), leaf.account.name));
        }
        for below in &branch.branches {
            into.push(format!("{}{} [{}] {}", "  ".repeat(depth), below.name, below.id, below.accounts()));
            lines(below, depth + 1, into);
        }
    }

    #[test]
    fn units_hold_accounts_and_empty_units_show() {
        let mut shown = Vec::new();
        lines(&organization().tree(), 0, &mut shown);
        assert_eq!(
            shown,
            [
                "Root [r-1] 4",
                "  management *",
                "  Workloads [ou-1] 3",
                "    old",
                "    payments-dev",
                "    Empty [ou-3] 0",
                "    Prod [ou-2] 1",
                "      payments-prod",
            ]
        );
    }

    #[test]
    fn accounts_without_a_place_stand_at_the_top() {
        let account = Account::bare("100000000009".parse().unwrap());
        let flat = Organization::flat(vec![account], crate::org::AccountsFrom::Caller);
        assert_eq!(flat.tree().leaves.len(), 1);
    }
}
