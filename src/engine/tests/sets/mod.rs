//! Functions that return sets, against an evaluator that knows nothing but nested loops.
//!
//! `CANVASS_TEST_CASES=5000 cargo test sets::` runs more of them; a failure names its seed.

mod generate;
mod naive;

use super::world::*;

/// Made-up statements asked of both, the same ones every time.
#[tokio::test]
async fn made_up_statements_have_the_rows_of_nested_loops() {
    let cases = std::env::var("CANVASS_TEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    let (_, engine) = World::new().engine();
    for seed in 0..cases {
        let statement = generate::statement(seed);
        let sql = statement.to_sql();
        let mut expected = naive::rows(&statement);
        expected.sort();
        let mut answer = match engine.prepare(&sql).await {
            Ok(prepared) => prepared.run().await.unwrap(),
            Err(error) => panic!("seed {seed}: {error}\n{sql}"),
        };
        let mut rows = try_rows(&mut answer).await.unwrap_or_else(|e| panic!("seed {seed}: {e}\n{sql}"));
        rows.sort();
        assert_eq!(rows, expected, "seed {seed}\n{sql}");
    }
}

async fn one(sql: &str) -> Vec<String> {
    let (_, engine) = World::new().engine();
    let mut answer = engine.prepare(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")).run().await.unwrap();
    rows(&mut answer).await
}

async fn failure(sql: &str) -> String {
    let (_, engine) = World::new().engine();
    match engine.prepare(sql).await {
        Err(error) => error.to_string(),
        Ok(prepared) => try_rows(&mut prepared.run().await.unwrap()).await.expect_err(sql).to_string(),
    }
}

// Expected rows here and below are what psql 15 printed.
#[tokio::test]
async fn every_place_a_set_may_stand() {
    let t = "with t(id, a) as (values (1, '[1, 2]'::jsonb), (2, '[]'), (3, null)) ";
    for (sql, expected) in [
        ("select id, x from t, jsonb_array_elements(a) as x", &["1|1", "1|2"][..]),
        ("select id, x from t cross join jsonb_array_elements(a) x", &["1|1", "1|2"]),
        ("select id, x from t join lateral jsonb_array_elements(t.a) x on true", &["1|1", "1|2"]),
        ("select id, x from t left join jsonb_array_elements(t.a) x on true", &["1|1", "1|2", "2|∅", "3|∅"]),
        ("select id, x from t left join jsonb_array_elements(t.a) x on x > '1'", &["1|2", "2|∅", "3|∅"]),
        ("select id, v, n from t, jsonb_array_elements(a) with ordinality as x(v, n)", &["1|1|1", "1|2|2"]),
        ("select id, jsonb_array_elements(a) from t", &["1|1", "1|2"]),
        (
            "select id, jsonb_array_elements(a), unnest(array['p']) from t",
            &["1|1|p", "1|2|∅", "2|∅|p", "3|∅|p"],
        ),
        (
            "select id from t where exists (select from_one.value from jsonb_array_elements(a) from_one)",
            &["1"],
        ),
        ("select id from t where '2' in (select x from jsonb_array_elements(a) x)", &["1"]),
        ("select id, (select count(*) from jsonb_array_elements(a)) from t", &["1|2", "2|0", "3|0"]),
        (
            "select id, array(select x::int from jsonb_array_elements(a) x order by x desc) from t",
            &["1|[2, 1]", "2|[]", "3|[]"],
        ),
        (
            "select s.n from t, lateral (select count(*) as n from jsonb_array_elements(a)) s",
            &["2", "0", "0"],
        ),
        ("select x, count(*) from t, jsonb_array_elements(a) x group by x order by x", &["1|1", "2|1"]),
    ] {
        assert_eq!(one(&format!("{t}{sql}")).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn an_alias_stands_for_its_value_unless_a_column_is_called_so() {
    for (sql, expected) in [
        ("select x ->> 'k' from jsonb_array_elements('[{\"k\": 1}]') as x", &["1"][..]),
        (
            "select tags -> 1 from (values ('[5, 6]'::jsonb)) t(tags), jsonb_array_elements(tags) as tags",
            &["6", "6"],
        ),
        ("select x from jsonb_array_elements_text('[\"b\", \"a\"]') as x order by x", &["a", "b"]),
        ("select x::int as x from jsonb_array_elements('[10, 9]') as x order by x", &["9", "10"]),
        (
            "select s.x from unnest(array[1]) t(n), lateral (select x from unnest(array[n]) as x order by x) s",
            &["1"],
        ),
        ("select e.key, (e).value from jsonb_each('{\"a\": 1}') as e", &["a|1"]),
        ("with x as (select 1 as x) select x from x", &["1"]),
    ] {
        assert_eq!(one(sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn what_is_no_set_and_where_none_may_stand_is_said() {
    for (sql, says) in [
        ("select * from jsonb_array_elements('{}')", "cannot extract elements from an object"),
        ("select * from jsonb_array_elements('5')", "cannot extract elements from a scalar"),
        ("select * from jsonb_each_text('[]')", "cannot call jsonb_each_text on a non-object"),
        ("select jsonb_object_keys('[]')", "cannot call jsonb_object_keys on an array"),
        ("select * from jsonb_array_elements('x')", "invalid input syntax for type json"),
        (
            "select x from aws_vm, jsonb_array_elements(id) x",
            "function jsonb_array_elements(text) does not exist",
        ),
        ("select * from unnest(5)", "function unnest(integer) does not exist"),
        ("select * from generate_series(1, 2, 0)", "step size cannot equal zero"),
        ("select 1 where unnest(array[true])", "set-returning functions are not allowed here"),
        (
            "select (select x from unnest(array[n, n]) x) from unnest(array[1]) n",
            "more than one row returned by a subquery",
        ),
        (
            "select * from unnest(array[1]) as t(a, b)",
            "table 't' has 1 columns available but 2 columns specified",
        ),
    ] {
        let said = failure(sql).await;
        assert!(said.contains(says), "{sql}: {said}");
    }
}

#[tokio::test]
async fn predicates_below_a_set_reach_the_units_and_a_limit_above_it_does_not() {
    let (world, engine) = World::new().every_unit(Behaviour::Rows(3)).engine();
    let sql = "select v.id, e.key from aws_vm v, jsonb_each(v.tags) as e \
        where v.account_name = 'payments-dev' and v.region = 'eu-west-1' and v.state = 'running' and e.key = 'env'";
    let plan = engine.prepare(sql).await.unwrap().plan().clone();
    let [scan] = plan.scans.as_slice() else { panic!("{plan:?}") };
    assert_eq!(scan.unit_predicates, ["account_name = 'payments-dev'", "region = 'eu-west-1'"]);
    assert_eq!(scan.pushed, ["state = 'running'"]);
    assert_eq!(scan.columns, ["id", "tags", "state"]);
    assert_eq!(ask(&engine, sql).await.0, ["payments-dev/eu-west-1/0|env", "payments-dev/eu-west-1/2|env"]);
    assert_eq!(world.asked(), ["payments-dev eu-west-1"]);

    let (world, engine) = World::new().every_unit(Behaviour::Rows(3)).engine();
    let limited = "select e.key from aws_vm v, jsonb_each(v.tags) as e limit 1";
    assert_eq!(ask(&engine, limited).await.0.len(), 1);
    assert!(world.requests.lock().iter().all(|r| r.limit.is_none()));
}

#[tokio::test]
async fn a_subquery_over_a_units_column_selects_units() {
    let (world, engine) = World::new().engine();
    let sql = "select id from aws_vm where exists \
        (select 1 from jsonb_each_text(account_tags) as t where t.key = 'env' and t.value = 'dev')";
    assert_eq!(ask(&engine, sql).await.0.len(), 2);
    assert_eq!(world.asked(), ["payments-dev eu-west-1", "payments-dev us-east-1"]);
}
