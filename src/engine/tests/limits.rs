//! LIMIT asks as little as it can.

use super::world::*;

#[tokio::test]
async fn a_bare_limit_that_the_first_unit_satisfies_asks_one_unit_and_one_account() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(50)).engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm limit 10").await;
    assert_eq!(rows.len(), 10);
    assert_eq!(world.asked(), ["management eu-west-1"]);
    assert_eq!(*world.looked_up.lock(), ["management"]);
    let statuses = statuses(&coverage);
    assert_eq!(statuses.len(), 8, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| s.ends_with("not asked")).count(), 7);
    assert!(coverage.is_complete());
    let totals = coverage.totals();
    assert_eq!((totals.asked, totals.calls), (1, 1));
}

#[tokio::test]
async fn a_limit_ramps_up_until_it_is_satisfied() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(1)).engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm limit 3").await;
    assert_eq!(rows.len(), 3);
    let asked = world.asked().len();
    // One, then two; the first of those that answers makes room for two more.
    assert!((3..=5).contains(&asked), "{asked}");
    assert!(coverage.is_complete());
}

#[tokio::test]
async fn a_limit_over_empty_units_asks_on() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(0)).engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm limit 3").await;
    assert!(rows.is_empty());
    assert_eq!(world.asked().len(), 8);
    assert_eq!(coverage.totals().answered, 8);
}

#[tokio::test]
async fn a_limit_with_an_offset_and_unit_predicates_is_still_bare() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(50)).engine();
    let sql = "select id from aws_vm where account_name like 'payments%' limit 5 offset 20";
    let (rows, _) = ask(&engine, sql).await;
    assert_eq!(rows.len(), 5);
    assert_eq!(world.asked().len(), 1);
    assert_eq!(world.requests.lock()[0].limit, Some(25));
}

#[tokio::test]
async fn a_filter_on_rows_or_an_order_needs_every_row() {
    for sql in [
        "select id from aws_vm where cores > 0 limit 1",
        "select id from aws_vm where state = 'running' limit 1",
        "select id from aws_vm order by id limit 1",
        "select count(*) from aws_vm limit 1",
        "select distinct id from aws_vm limit 100",
    ] {
        let (world, engine) = World::new().every_unit(Behaviour::Rows(3)).engine();
        let (rows, coverage) = ask(&engine, sql).await;
        assert!(!rows.is_empty(), "{sql}");
        assert!(world.requests.lock().iter().all(|r| r.limit.is_none()), "{sql}");
        assert!(coverage.is_complete(), "{sql}");
    }
}

#[tokio::test]
async fn a_limit_above_a_filter_begins_with_few_units_all_the_same() {
    for sql in [
        "select id from aws_vm where state = 'running' limit 3",
        "select upper(id) from aws_vm where cores > 0 limit 3",
        "select * from (select id, cores from aws_vm where cores > 0) as vm where cores < 40 limit 3",
    ] {
        let (world, engine) = World::new().every_unit(Behaviour::Rows(50)).engine();
        let (rows, coverage) = ask(&engine, sql).await;
        assert_eq!(rows.len(), 3, "{sql}");
        assert!(world.asked().len() <= 4, "{sql}: {:?}", world.asked());
        assert!(coverage.is_complete(), "{sql}");
    }
    for sql in
        ["select id from aws_vm where cores > 0 order by id limit 3", "select max(id) from aws_vm limit 1"]
    {
        let (world, engine) = World::new().every_unit(Behaviour::Rows(50)).delay(50).engine();
        ask(&engine, sql).await;
        assert_eq!(world.in_flight.lock().1, 8, "{sql} needs every unit");
    }
}

#[tokio::test]
async fn units_that_a_limit_cuts_short_have_cost_their_calls() {
    let world = World::new()
        .every_unit(Behaviour::Hang)
        .unit("management", "eu-west-1", Behaviour::Rows(1))
        .unit("management", "us-east-1", Behaviour::Rows(1))
        .unit("data-prod", "eu-west-1", Behaviour::Rows(50));
    let (world, engine) = world.engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm limit 20").await;
    assert_eq!(rows.len(), 20);
    assert_eq!(coverage.totals().calls as usize, world.asked().len());
    assert!(world.asked().len() > 3, "{:?}", world.asked());
}

#[tokio::test]
async fn units_cut_short_by_an_outer_limit_leave_the_answer_complete() {
    let (_, engine) = World::new().every_unit(Behaviour::Endless).engine();
    let (rows, coverage) = ask(&engine, "select id from aws_vm where cores % 2 = 1 limit 5").await;
    assert_eq!(rows.len(), 5);
    assert!(coverage.is_complete(), "{:?}", statuses(&coverage));
    assert_eq!(coverage.units.len(), 8);
}

#[tokio::test]
async fn a_limit_on_rows_filtered_by_region_is_not_given_to_the_source() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(3)).scope(&[], &["us-*"]).engine();
    let (rows, _) = ask(&engine, "select id from aws_bucket limit 2").await;
    assert_eq!(rows.len(), 2);
    assert!(world.requests.lock().iter().all(|r| r.limit.is_none()));
}
