//! What a statement counts is what the world holds: the world counts its things itself, without a request.

use std::collections::BTreeSet;

use canvass::catalog::Catalog;
use canvass::demo::World;
use futures::StreamExt as _;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_count_is_the_worlds() {
    let demo = demo("", |_| {});
    let catalog = Catalog::builtin().unwrap();
    let answered = answered_tables(&catalog);
    let counted: BTreeSet<&str> = World::counted_tables().into_iter().collect();
    let compared = futures::stream::iter(counted).map(async |table| {
        if !answered.contains(&table) {
            return Some(format!("{table} has no rows to be asked for"));
        }
        let expected = truth(&demo.world, table);
        let (rows, _) = ask(&demo, &format!("select count(*) from {table}")).await;
        let right = rows == [expected.to_string()] && expected > 0;
        (!right).then(|| format!("{table}: {rows:?} instead of {expected}"))
    });
    let wrong: Vec<String> =
        compared.buffer_unordered(8).collect::<Vec<_>>().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
