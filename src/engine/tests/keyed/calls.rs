//! Which units are asked for which values.

use super::shelf::{asked, shelf};
use crate::engine::tests::world::{ACCOUNTS, ask};
use crate::model::{NotAsked, UnitStatus};

const UNITS: usize = 8;

#[tokio::test]
async fn where_the_join_equates_units_each_is_asked_for_its_own_values() {
    let (world, engine) = shelf();
    let sql = "select c.id from aws_parent p join aws_child c on c.parent_name = p.name \
               and c.account_id = p.account_id and c.region = p.region \
               where p.arn like '%p1' and (p.account_name = 'data-prod' or p.region = 'eu-west-1')";
    ask(&engine, sql).await;
    assert_eq!(
        asked(&world, "aws_child"),
        [
            "data-prod eu-west-1: p1",
            "data-prod us-east-1: p1",
            "management eu-west-1: p1",
            "payments-dev eu-west-1: p1",
            "payments-prod eu-west-1: p1",
        ]
    );
}

#[tokio::test]
async fn an_account_that_no_value_leads_to_is_not_even_looked_up() {
    let (world, engine) = shelf();
    let sql = "select c.id from aws_parent p join aws_child c on c.parent_name = p.name \
               and c.account_id = p.account_id where p.account_name = 'data-prod'";
    let (rows, coverage) = ask(&engine, sql).await;
    assert_eq!(rows.len(), 16);
    assert_eq!(asked(&world, "aws_child"), ["data-prod eu-west-1: p0, p1", "data-prod us-east-1: p0, p1"]);
    assert_eq!(*world.looked_up.lock(), ["data-prod", "data-prod"]);
    assert!(coverage.is_complete());
    let not_needed = coverage.units.iter().filter(|unit| {
        matches!(unit.status, UnitStatus::NotAsked { reason: NotAsked::NotNeeded })
            && &*unit.key.table == "aws_child"
    });
    assert_eq!(not_needed.count(), 6, "three accounts in two regions are accounted for");
}

#[tokio::test]
async fn an_arn_is_asked_for_where_it_lies() {
    let (world, engine) = shelf();
    ask(&engine, "select t.colour from aws_parent p join aws_thing t on t.arn = p.arn where p.kind = 'odd'")
        .await;
    let things = asked(&world, "aws_thing");
    assert_eq!(things.len(), UNITS);
    for (account, name, ..) in ACCOUNTS {
        for region in ["eu-west-1", "us-east-1"] {
            assert!(
                things.contains(&format!("{name} {region}: arn:aws:shelf:{region}:{account}:parent/p1")),
                "{things:?}"
            );
        }
    }
    // A table without regions is asked for what lies in any region of the account.
    let (world, engine) = shelf();
    ask(&engine, "select d.text from aws_parent p join aws_deed d on d.parent_arn = p.arn").await;
    let deeds = asked(&world, "aws_deed");
    assert_eq!(deeds.len(), ACCOUNTS.len());
    assert!(deeds.iter().all(|deed| deed.split(", ").count() == 4), "{deeds:?}");
}

#[tokio::test]
async fn a_plain_name_is_asked_for_everywhere_and_the_operator_is_told_how_to_say_more() {
    let (world, engine) = shelf();
    let sql =
        "select c.id from (values ('p1'), ('nobody'), ('p1')) v(n) join aws_child c on c.parent_name = v.n";
    let mut answer = engine.prepare(sql).await.unwrap().run().await.unwrap();
    crate::engine::tests::world::rows(&mut answer).await;
    answer.coverage().await;
    let children = asked(&world, "aws_child");
    assert_eq!(children.len(), UNITS);
    assert!(children.iter().all(|unit| unit.ends_with(": nobody, p1")), "{children:?}");
    assert_eq!(
        answer.notes(),
        [
            "aws_child was asked for 2 values of parent_name in every account: join account_id too, and each is \
          asked for only where it belongs"
        ]
    );
}

#[tokio::test]
async fn values_that_belong_together_are_asked_for_together() {
    let (world, engine) = shelf();
    let sql = "select g.id from aws_child c join aws_grandchild g on g.parent_name = c.parent_name \
               and g.child_id = c.id and g.account_id = c.account_id and g.region = c.region \
               where c.parent_name = 'p1' and c.number = 0";
    assert_eq!(ask(&engine, sql).await.0.len(), UNITS);
    let units = asked(&world, "aws_grandchild");
    assert_eq!(units.len(), UNITS);
    // The parent's name is a constant by then, and no value of the join.
    assert!(units.contains(&"data-prod us-east-1: data-prod/us-east-1/p1/c0".to_owned()), "{units:?}");

    let (world, engine) = shelf();
    let sql = "select g.id from aws_parent p join aws_child c on c.parent_name = p.name \
               and c.account_id = p.account_id and c.region = p.region join aws_grandchild g \
               on g.parent_name = c.parent_name and g.child_id = c.id and g.account_id = c.account_id \
               and g.region = c.region where c.number = 1 and p.account_name = 'data-prod'";
    ask(&engine, sql).await;
    assert_eq!(
        asked(&world, "aws_grandchild")[0],
        "data-prod eu-west-1: data-prod/eu-west-1/p0/c1+p0, data-prod/eu-west-1/p1/c1+p1"
    );
}

#[tokio::test]
async fn without_values_nobody_is_asked() {
    let (world, engine) = shelf();
    let sql =
        "select c.id from aws_parent p join aws_child c on c.parent_name = p.owner where p.kind = 'odd'";
    let (rows, coverage) = ask(&engine, sql).await;
    assert!(rows.is_empty() && coverage.is_complete());
    assert_eq!(asked(&world, "aws_child"), [""; 0], "NULL is no value");
}

#[tokio::test]
async fn a_key_that_is_not_needed_is_used_where_it_saves_calls() {
    let things = async |sql: &str| {
        let (world, engine) = shelf();
        ask(&engine, sql).await;
        asked(&world, "aws_thing")
    };
    // All parents have things: both sides are listed at once.
    let all = things("select t.colour from aws_parent p join aws_thing t on t.parent_arn = p.arn").await;
    assert!(all.len() == UNITS && all.iter().all(|unit| unit.ends_with(": ")), "{all:?}");
    let some = things(
        "select t.colour from aws_parent p join aws_thing t on t.arn = p.arn \
         where p.account_name = 'data-prod' and p.kind = 'odd'",
    )
    .await;
    assert_eq!(some.len(), 2, "{some:?}");
    assert!(some.iter().all(|unit| unit.ends_with("parent/p1")), "{some:?}");
    // What a filter names may lie anywhere.
    let filtered = things(
        "select t.colour from aws_parent p join aws_thing t on t.parent_arn = p.arn \
         where p.account_name = 'data-prod' and p.kind = 'odd'",
    )
    .await;
    assert_eq!(filtered.len(), UNITS, "{filtered:?}");
}

#[tokio::test]
async fn the_organization_can_say_which_accounts_are_asked() {
    let (world, engine) = shelf();
    let sql = "select p.arn from aws_parent p join aws_owner o on o.of_account = p.account_name \
               where o.owner = 'owner of data-prod'";
    assert_eq!(ask(&engine, sql).await.0.len(), 4);
    assert_eq!(asked(&world, "aws_parent"), ["data-prod eu-west-1: ", "data-prod us-east-1: "]);
}

#[tokio::test]
async fn too_many_values_are_an_error_that_says_so() {
    let (world, engine) = shelf();
    let sql = "select c.id from generate_series(1, 20000) as n join aws_child c on c.parent_name = n::text";
    let mut answer = engine.prepare(sql).await.unwrap().run().await.unwrap();
    let error = crate::engine::tests::world::try_rows(&mut answer).await.unwrap_err();
    assert!(
        error.message().starts_with("aws_child is asked for each value of parent_name, and")
            && error.message().ends_with("has more than 10000"),
        "{error}"
    );
    assert!(!answer.coverage().await.is_complete());
    assert!(asked(&world, "aws_child").is_empty());
}

#[tokio::test]
async fn an_interrupted_run_accounts_for_what_it_did_not_ask() {
    let (world, engine) = shelf();
    let sql = "select c.id from aws_parent p join aws_child c on c.parent_name = p.name";
    let mut answer = engine.prepare(sql).await.unwrap().run().await.unwrap();
    answer.cancel.cancel();
    crate::engine::tests::world::rows(&mut answer).await;
    let coverage = answer.coverage().await;
    assert!(!coverage.is_complete() && asked(&world, "aws_child").is_empty());
    assert_eq!(coverage.units.len(), 2 * UNITS);
}
