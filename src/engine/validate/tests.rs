use super::*;
use crate::error::ErrorKind;

fn kind_of(sql: &str) -> Option<ErrorKind> {
    parse(sql).err().map(|e| e.kind())
}

#[test]
fn queries_of_every_form_get_through() {
    for sql in [
        "select 1",
        "SELECT 1;",
        "(select 1)",
        "with x as (select 1) select * from x",
        "values (1), (2)",
        "select 1 union all select 2 except select 3",
        "/* insert */ select 'drop table x; delete' as \"update\" -- ;",
        "select a from t where b = 'set' and \"delete\" = 1",
        "select a -> 'b' ->> 'c', d ? 'e', f @> '{}'::jsonb from t",
        ";select 1;;",
    ] {
        assert!(parse(sql).is_ok(), "{sql}: {:?}", parse(sql).err());
    }
}

#[test]
fn whatever_is_not_one_query_is_refused_by_name() {
    for (sql, named) in [
        ("insert into t values (1)", "INSERT"),
        ("  -- hello\n  update t set a = 1", "UPDATE"),
        ("DELETE FROM t", "DELETE"),
        ("merge into t using s on a = b when matched then delete", "MERGE"),
        ("create table t (a int)", "CREATE"),
        ("create external table t stored as csv location '/etc/passwd'", "CREATE"),
        ("create view v as select 1", "CREATE"),
        ("drop table t", "DROP"),
        ("alter table t add column b int", "ALTER"),
        ("truncate t", "TRUNCATE"),
        ("copy t to '/tmp/x'", "COPY"),
        ("copy (select 1) to program 'sh'", "COPY"),
        ("set datafusion.execution.batch_size = 1", "SET"),
        ("reset all", "RESET"),
        ("show tables", "SHOW"),
        ("describe t", "DESCRIBE"),
        ("explain analyze select 1", "EXPLAIN"),
        ("begin", "BEGIN"),
        ("call f()", "CALL"),
        ("do $$ begin end $$", "DO"),
        ("grant all on t to u", "GRANT"),
        ("vacuum full", "VACUUM"),
        ("prepare p as select 1", "PREPARE"),
        ("select 1; drop table t", "2 statements"),
        ("select 1; select 2; select 3", "3 statements"),
        ("select * into t from u", "SELECT INTO"),
        ("select * from t for update", "FOR UPDATE"),
        ("select * from (select * from t for share) x", "FOR SHARE"),
        ("with d as (delete from t returning *) select * from d", "DELETE"),
        ("with d as (insert into t values (1) returning *) select * from d", "INSERT"),
        ("with d as (update t set a = 1 returning *) select * from d", "UPDATE"),
        ("with d as (select 1) insert into t select * from d", "INSERT"),
        ("select * from read_csv('/etc/passwd')", "read_csv"),
        ("select * from a, lateral read_parquet(a.x)", "read_parquet"),
        ("select pg_read_file('/etc/passwd')", "pg_read_file"),
        ("select * from 'file.csv'", "file"),
        ("select * from \"s3://bucket/x.parquet\"", "file"),
    ] {
        let error = parse(sql).expect_err(sql);
        assert_eq!(error.kind(), ErrorKind::Refused, "{sql}: {error}");
        assert!(error.message().contains(named), "{sql}: {error}");
    }
}

#[test]
fn what_is_merely_wrong_is_a_usage_error() {
    for sql in [
        "",
        "   ",
        ";",
        "-- nothing",
        "select",
        "selct 1",
        "select from where",
        "table aws_vpc",
        "select * from (table aws_vpc) x",
        "select * frm t",
        "select 'unclosed",
        "select (1",
        "select 1 2 3",
        "select a from t tablesample bernoulli (1)",
        "select * from a.b.c.d",
        "\u{0}",
        "🦀",
        "select \u{0}",
    ] {
        assert_eq!(kind_of(sql), Some(ErrorKind::Usage), "{sql}: {:?}", parse(sql));
    }
}

#[test]
fn a_syntax_error_shows_its_place() {
    let error = parse("select a\nfrom t wher b = 1").unwrap_err();
    assert!(error.message().contains("line 2, column"), "{error}");
    assert!(error.message().contains("^"), "{error}");
    let error = parse("selct 1").unwrap_err();
    assert_eq!(error.hints(), ["did you mean 'select'?"]);
}

#[test]
fn a_deep_or_huge_statement_is_an_error_not_a_crash() {
    let deep = format!("select {}1{}", "(".repeat(50_000), ")".repeat(50_000));
    let long = format!("select 1 where {}", vec!["a = 1"; 100_000].join(" or "));
    let unions = vec!["select 1"; 50_000].join(" union all ");
    let minus = format!("select {}1", "- ".repeat(200_000));
    let huge = format!("select '{}'", "x".repeat(MAX_SQL_BYTES));
    let cases = format!("select {} 1 {}", "case when ".repeat(5_000), "end".repeat(5_000));
    let selects = format!("{}1{}", "select (".repeat(5_000), ")".repeat(5_000));
    let arrays = format!("select {}", "[".repeat(50_000));
    for sql in [deep, long, unions, minus, huge, cases, selects, arrays] {
        assert_eq!(kind_of(&sql), Some(ErrorKind::Usage));
    }
}

#[test]
fn as_many_operators_as_are_allowed_still_fit_the_stack() {
    let sql = format!("select 1 where {}", vec!["a = 1"; MAX_OPERATORS / 2].join(" or "));
    assert!(parse(&sql).is_ok());
}
