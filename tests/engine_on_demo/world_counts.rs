//! What a statement counts is what the world holds, for the tables that are asked most: the world counts
//! its things itself, without a request.

use std::collections::BTreeSet;

use canvass::catalog::Catalog;
use canvass::demo::World;

use super::{ask, demo};
use crate::support::demo_tables::answered_tables;

/// Rows in the accounts and regions that can be asked.
fn truth(world: &World, table: &str) -> usize {
    let management = world.active_accounts().next().unwrap().to_owned();
    let accounts = world.active_accounts().filter(|a| **a == *management || world.has_member_role(a));
    accounts
        .flat_map(|account| {
            let rows = world.rows(table, account).into_iter();
            let asked =
                rows.filter(|(region, _)| !region.is_some_and(|r| world.is_denied_by_policy(account, r)));
            asked.map(|(_, count)| count).collect::<Vec<_>>()
        })
        .sum()
}

#[tokio::test]
async fn every_count_is_the_worlds() {
    let demo = demo("", |_| {});
    let catalog = Catalog::builtin().unwrap();
    let counted: BTreeSet<&str> = World::counted_tables().into_iter().collect();
    let mut wrong = Vec::new();
    for table in &counted {
        let tier = catalog.table(table).unwrap().tier;
        assert!(answered_tables(&catalog).contains(table), "{table} has no rows to be asked for");
        if tier > 1 {
            continue;
        }
        let expected = truth(&demo.world, table);
        let (rows, _) = ask(&demo, &format!("select count(*) from {table}")).await;
        if rows != [expected.to_string()] || expected == 0 {
            wrong.push(format!("{table}: {rows:?} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
