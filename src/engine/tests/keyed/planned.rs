//! What a plan says of keys before it runs.

use super::shelf::shelf;
use crate::engine::tests::world::ask;
use crate::error::Error;
use crate::plan::Plan;

async fn plan(sql: &str) -> Result<Plan, Error> {
    let (world, engine) = shelf();
    let plan = engine.prepare(sql).await.map(|prepared| prepared.plan().clone());
    assert!(world.asked().is_empty(), "planning asks nobody");
    plan
}

#[tokio::test]
async fn the_plan_says_where_keys_come_from() {
    let plan = plan(
        "select c.id from aws_parent p join aws_child c on c.parent_name = p.name and c.account_id = p.account_id",
    )
    .await
    .unwrap();
    let child = plan.scans.iter().find(|scan| scan.table == "aws_child").unwrap();
    assert_eq!(child.keys, ["parent_name from aws_parent.name", "account_id from aws_parent.account_id"]);
    assert!(child.calls[0].per_key);
    assert!(plan.estimate.units_are_at_most);
    let operators = plan.operators.join("\n");
    assert!(operators.contains("KeysExec: read first, for aws_parent.name"), "{operators}");
    let parent = plan.scans.iter().find(|scan| scan.table == "aws_parent").unwrap();
    assert!(parent.keys.is_empty() && !parent.calls[0].per_key);
}

#[tokio::test]
async fn a_key_that_is_neither_given_nor_joined_is_taught_both_ways() {
    let error = plan("select id from aws_child").await.unwrap_err();
    assert_eq!(error.message(), "aws_child cannot be listed without parent_name");
    let hints = error.hints().join("\n");
    assert!(hints.contains("add where parent_name = '...'"), "{hints}");
    assert!(hints.contains("join aws_parent k on k.name = aws_child.parent_name"), "{hints}");
    for sql in [
        // Rows of the keyed side must all be there.
        "select c.id from aws_child c left join aws_parent p on c.parent_name = p.name",
        "select c.id from aws_parent p full join aws_child c on c.parent_name = p.name",
        "select id from aws_child where parent_name not in (select name from aws_parent)",
        // A limit below the join counts other rows.
        "select c.id from aws_parent p join (select * from aws_child limit 5) c on c.parent_name = p.name",
        // No equality, or one that no column is a side of.
        "select c.id from aws_parent p join aws_child c on c.parent_name > p.name",
        "select c.id from aws_parent p join aws_child c on upper(c.parent_name) = p.name",
        // Two that wait for each other.
        "select a.id from aws_child a join aws_child b on a.parent_name = b.parent_name",
        // Half of the keys.
        "select g.id from aws_parent p join aws_grandchild g on g.parent_name = p.name",
    ] {
        let error = plan(sql).await.map(|plan| plan.scans).unwrap_err();
        assert!(error.message().contains("cannot be listed without"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_constant_is_better_than_a_join() {
    let (_, engine) = shelf();
    let sql =
        "select c.id from aws_parent p join aws_child c on c.parent_name = p.name where c.parent_name = 'p1'";
    let plan = engine.prepare(sql).await.unwrap().plan().clone();
    assert!(plan.scans.iter().all(|scan| scan.keys.is_empty()), "{:?}", plan.scans);
    assert!(!ask(&engine, sql).await.0.is_empty());
}
