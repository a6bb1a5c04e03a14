//! What is wrong with a statement is named, placed, and followed by what was probably meant.

use super::world::*;
use crate::error::{Error, ErrorKind};

async fn mistake(sql: &str) -> Error {
    let (_, engine) = World::new().engine();
    match engine.prepare(sql).await {
        Ok(_) => panic!("{sql} was planned"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn wrong_names_are_named_with_their_place_and_what_was_meant() {
    for (sql, says, place, hint) in [
        (
            "select id from aws_vn",
            "relation \"aws_vn\" does not exist",
            "line 1, column 16",
            "did you mean 'aws_vm'?",
        ),
        (
            "select id\nfrom aws.aws_vmm",
            "relation \"aws_vmm\" does not exist",
            "line 2",
            "did you mean 'aws_vm'?",
        ),
        (
            "select core from aws_vm",
            "column \"core\" does not exist",
            "line 1, column 8",
            "did you mean 'cores'?",
        ),
        ("select v.core from aws_vm v", "column v.core does not exist", "column 8", "did you mean 'cores'?"),
        (
            "select id from aws_vm where stat = 'x'",
            "column \"stat\" does not exist",
            "column 29",
            "did you mean 'state'?",
        ),
        ("select x.id from aws_vm v", "missing FROM-clause entry for table \"x\"", "column 8", ""),
        (
            "select lowr(id) from aws_vm",
            "function lowr(text) does not exist",
            "column 8",
            "did you mean 'lower'?",
        ),
        (
            "select id from other.aws_vm",
            "relation \"other.aws_vm\" does not exist",
            "column 16",
            "aws, public, acme",
        ),
        (
            "select * from generate_serie(1, 2)",
            "function generate_serie does not exist",
            "column 15",
            "'generate_series'",
        ),
        (
            "select id from aws_vm order by cors",
            "column \"cors\" does not exist",
            "column 32",
            "did you mean 'cores'?",
        ),
        (
            "select id from aws_vm group by regon",
            "column \"regon\" does not exist",
            "",
            "did you mean 'region'?",
        ),
    ] {
        let error = mistake(sql).await;
        assert_eq!(error.kind(), ErrorKind::Usage, "{sql}");
        assert!(error.message().contains(says), "{sql}: {error}");
        assert!(error.message().contains(place), "{sql}: {error}");
        assert!(error.hints().join("\n").contains(hint), "{sql}: {:?}", error.hints());
    }
}

#[tokio::test]
async fn what_does_not_fit_is_a_usage_error_in_plain_words() {
    for (sql, says) in [
        ("select a.id from aws_vm a, aws_vm b where id = 'x'", "column reference \"id\" is ambiguous"),
        ("select id ->> 'a' from aws_vm", "operator does not exist: text ->>"),
        ("select cores -> 'a' from aws_vm", "operator does not exist: bigint ->"),
        ("select tags @> 'not json' from aws_vm", "invalid input syntax for type json"),
        ("select lower(id) -> 'a' from aws_vm", "operator does not exist: text -> unknown"),
        ("select max(tags) from aws_vm", "function max(jsonb) does not exist"),
        (
            "select id, count(*) from aws_vm",
            "column \"aws_vm.id\" must appear in the group by clause or be used in an aggregate function",
        ),
        ("select id from aws_vm union select id, cores from aws_vm", "columns"),
        ("select sum(id) from aws_vm", "function sum(text) does not exist"),
        ("select * from information_schema.tables", "relation \"information_schema.tables\" does not exist"),
        ("select id from aws_vm where cores = 'many'", "invalid input syntax for type bigint: \"many\""),
        ("with recursive x as (select 1) select * from y", "relation \"y\" does not exist"),
    ] {
        let error = mistake(sql).await;
        assert_eq!(error.kind(), ErrorKind::Usage, "{sql}: {error}");
        assert!(error.to_string().to_lowercase().contains(says), "{sql}: {error}");
        assert!(
            !error.to_string().contains("DataFusion") && !error.to_string().contains("Error during"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn required_key_columns_are_taught() {
    let error = mistake("select id from aws_log where region = 'eu-west-1'").await;
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().contains("aws_log cannot be listed without id"), "{error}");
    assert!(error.hints().join("\n").contains("add where id = '...'"), "{:?}", error.hints());
    let (_, engine) = World::new().engine();
    assert_eq!(ask(&engine, "select id from aws_log where id in ('a', 'b')").await.0.len(), 0);
}

#[tokio::test]
async fn what_nobody_could_read_does_not_select_accounts() {
    let mut world = World::new();
    world.tags_unknown.insert("100000000003".parse().unwrap());
    let (_, engine) = world.engine();
    let sql = "select id from aws_vm where account_tags ->> 'env' = 'dev'";
    let error = engine.prepare(sql).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "accounts cannot be selected by account_tags: the tags of 1 accounts could not be read"
    );
    assert!(engine.prepare("select id from aws_vm where account_name = 'x'").await.is_ok());
}

#[tokio::test]
async fn a_statement_that_would_write_is_refused_before_anything_is_looked_at() {
    for sql in ["insert into aws_vm values (1)", "create table x as select * from aws_vm", "set a = 1"] {
        assert_eq!(mistake(sql).await.kind(), ErrorKind::Refused, "{sql}");
    }
}

#[tokio::test]
async fn the_longest_statement_allowed_is_planned_in_good_time() {
    let (_, engine) = World::new().scope(&["payments-dev"], &["eu-*"]).engine();
    let list = (0..5_000).map(|n| format!("'vm-{n}'")).collect::<Vec<_>>().join(", ");
    let (rows, _) = ask(&engine, &format!("select id from aws_vm where id in ({list})")).await;
    assert!(rows.is_empty());
    let chain = (0..300).map(|n| format!("id = 'vm-{n}'")).collect::<Vec<_>>().join(" or ");
    let (rows, _) = ask(&engine, &format!("select id from aws_vm where {chain}")).await;
    assert!(rows.is_empty());
    let nested = format!("select {}1{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(ask(&engine, &nested).await.0, ["1"]);
}
