//! Statements that are wrong, and statements that are refused.

use super::assert_statements;
use crate::support::canvass::Canvass;

const REFUSED: &[&str] = &[
    "insert into aws_vpc values (1)",
    "update aws_vpc set title = 'x'",
    "delete from aws_vpc",
    "merge into aws_vpc using aws_region on true when matched then delete",
    "truncate aws_vpc",
    "create table x (a int)",
    "create external table x stored as csv location '/etc/passwd'",
    "create view x as select 1",
    "drop table aws_vpc",
    "alter table aws_vpc add column x int",
    "copy aws_vpc to '/tmp/x'",
    "copy (select 1) to '/tmp/x'",
    "set x = 1",
    "show tables",
    "begin",
    "grant all on aws_vpc to bob",
    "call something()",
    "do $$ begin end $$",
    "explain select 1",
    "select 1; select 2",
    "select 1; drop table aws_vpc",
    "select 1 into x",
    "with gone as (delete from aws_vpc returning *) select * from gone",
    "select * from '/etc/passwd'",
    "select * from read_csv('/etc/passwd')",
    "select pg_read_file('/etc/passwd')",
    "select pg_sleep(10)",
    "select title from aws_vpc for update",
];

#[test]
fn anything_but_one_select_is_refused() {
    assert_statements("refused_statements", REFUSED);
}

#[test]
fn a_refusal_ends_with_4_and_prints_nothing() {
    let canvass = Canvass::new();
    for sql in REFUSED {
        let run = canvass.demo(&["query", sql]);
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{sql}: {}", run.stderr);
    }
}

#[test]
fn a_mistake_is_named_with_its_place_and_what_was_meant() {
    assert_statements(
        "mistaken_statements",
        &[
            "select nme from aws_s3_bucket",
            "select b.nme from aws_s3_bucket b",
            "select title,\n       regin\nfrom aws_vpc",
            "select * from aws_s3_buckt",
            "select * from information_schema.tables",
            "select lowr(name) from aws_s3_bucket",
            "select *, nope.x from aws_vpc",
            "select account_id from aws_vpc, aws_region",
            "select account_name from aws_vpc group by region",
            "select sum(name) from aws_s3_bucket",
            "select size + 'x' from aws_ebs_volume",
            "select cast('abc' as int)",
            "select 1/0",
            "selec 1",
            "select 'abc",
            "select ((1)",
            "select 1 from aws_vpc where",
            "select \u{1b}[31mred",
        ],
    );
}

#[test]
fn a_statement_too_long_or_too_deep_is_told_in_no_time() {
    let canvass = Canvass::new();
    let long = format!("select {}", vec!["1"; 20_000].join("+"));
    let deep = format!("select {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    let huge = "a".repeat(2_000_000);
    for (sql, words) in [(long, "operators"), (deep, "nested"), (huge, "bytes long")] {
        let run = canvass.told(&["--demo", "query", "-"], sql.as_bytes());
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(words) && run.stderr.len() < 500, "{}", run.stderr);
    }
}
