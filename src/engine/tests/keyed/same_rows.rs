//! Every form of join gives the rows that it gives over tables that need no keys.

use super::shelf::{open_shelf, shelf};
use crate::engine::tests::world::ask;

const STATEMENTS: &[&str] = &[
    // Inner joins, in either order.
    "select p.account_name, p.region, p.name, c.id from aws_parent p join aws_child c on c.parent_name = p.name",
    "select c.id from aws_child c join aws_parent p on c.parent_name = p.name where p.kind = 'odd'",
    "select c.id, p.arn from aws_parent p, aws_child c where c.parent_name = p.name \
     and c.account_id = p.account_id and c.region = p.region",
    "select c.id, p.arn from aws_parent p join aws_child c on c.parent_name = p.name \
     and c.account_id = p.account_id and p.region = 'eu-west-1'",
    "select c.id, p.arn from aws_parent p join aws_child c using (account_name, region) where c.parent_name = p.name",
    "select count(*) from aws_parent p join aws_child c on c.parent_name = p.name and c.number < p.size",
    // Outer joins keep what they keep.
    "select p.arn, c.id from aws_parent p left join aws_child c \
     on c.parent_name = p.owner and c.account_id = p.account_id",
    "select p.arn, c.id from aws_parent p left join aws_child c on c.parent_name = p.name and c.number = 7",
    "select p.arn, c.id from aws_parent p left join aws_child c \
     on c.parent_name = p.name and c.account_id = p.account_id and p.kind = 'odd'",
    "select p.arn, c.id from aws_child c right join aws_parent p \
     on c.parent_name = p.name and c.account_id = p.account_id and c.region = p.region",
    // Subqueries.
    "select id from aws_child where parent_name in (select name from aws_parent where kind = 'even')",
    "select p.arn from aws_parent p where exists (select 1 from aws_child c \
     where c.parent_name = p.name and c.account_id = p.account_id and c.number = 1)",
    "select p.arn from aws_parent p where not exists (select 1 from aws_child c \
     where c.parent_name = p.name and c.account_id = p.account_id and c.id like 'data%')",
    "select p.arn, (select count(*) from aws_child c where c.parent_name = p.name and c.account_id = p.account_id) \
     from aws_parent p",
    "select p.arn, (select max(c.id) from aws_child c where c.parent_name = p.owner) from aws_parent p",
    "select p.arn, x.id from aws_parent p, lateral (select id from aws_child c where c.parent_name = p.name \
     and c.region = p.region and c.account_id = p.account_id) x",
    "select p.arn, x.n from aws_parent p left join lateral (select count(*) as n from aws_child c \
     where c.parent_name = p.name) x on true",
    "select p.arn from aws_parent p where p.kind = 'odd' or exists (select 1 from aws_child c \
     where c.parent_name = p.owner)",
    // Values, common table expressions, sets.
    "select v.n, c.id from (values ('p0'), ('px'), (null)) v(n) join aws_child c on c.parent_name = v.n",
    "with wanted as (select name, account_id from aws_parent where size = 1) \
     select c.id from aws_child c join wanted w on w.name = c.parent_name and w.account_id = c.account_id",
    "select x.id from (select id, parent_name from aws_child union all select id, parent_name from aws_child) x \
     join aws_parent p on p.name = x.parent_name where p.kind = 'even'",
    "select p.arn, g.n from aws_parent p join (select parent_name, account_id, count(*) as n from aws_child \
     group by parent_name, account_id) g on g.parent_name = p.name and g.account_id = p.account_id",
    "select c.id from aws_child c join (select name from aws_parent order by arn limit 1) p on p.name = c.parent_name",
    "select c.id from jsonb_array_elements_text('[\"p1\"]') as n join aws_child c on c.parent_name = n",
    // One that is supplied supplies the next.
    "select g.id from aws_parent p join aws_child c on c.parent_name = p.name and c.account_id = p.account_id \
     join aws_grandchild g on g.parent_name = c.parent_name and g.child_id = c.id and g.account_id = c.account_id",
    "select g.id from aws_grandchild g join aws_child c on g.child_id = c.id and g.parent_name = c.parent_name \
     join aws_parent p on c.parent_name = p.name where p.size = 0",
    "select a.id, b.id from aws_child a join aws_child b on a.parent_name = b.parent_name and a.id < b.id \
     join aws_parent p on p.name = a.parent_name and p.arn = a.parent_arn",
    // Keys that two joins supply.
    "select g.id from aws_grandchild g join aws_parent p on g.parent_name = p.name \
     join (values ('data-prod/us-east-1/p1/c0'), ('data-prod/us-east-1/p0/c1')) v(id) on v.id = g.child_id",
    // By ARN, and where a get is possible but nothing needs it.
    "select t.colour, p.arn from aws_parent p join aws_thing t on t.arn = p.arn where p.kind = 'odd'",
    "select t.colour, p.arn from aws_parent p join aws_thing t on t.arn = p.arn",
    "select t.colour, p.arn from aws_parent p join aws_thing t on t.parent_arn = p.arn where p.size = 1",
    "select d.text, p.name from aws_parent p join aws_deed d on d.parent_arn = p.arn",
    "select p.arn from aws_parent p join aws_owner o on o.of_account = p.account_name where o.owner like '%data%'",
    "select count(*) from aws_parent p full join aws_thing t on t.arn = p.arn",
    "select p.arn from aws_parent p where p.arn not in (select arn from aws_thing where colour = 'red')",
];

#[tokio::test]
async fn a_join_with_keys_gives_what_it_gives_without() {
    for sql in STATEMENTS {
        let ((_, keyed), (_, open)) = (shelf(), open_shelf());
        let (rows, coverage) = ask(&keyed, sql).await;
        assert_eq!(rows, ask(&open, sql).await.0, "{sql}");
        assert!(coverage.is_complete(), "{sql}");
        assert!(!rows.is_empty(), "{sql} shows nothing");
    }
}

#[tokio::test]
async fn a_limit_over_a_join_gives_so_many_rows() {
    for sql in [
        "select c.id from aws_parent p join aws_child c on c.parent_name = p.name limit 3",
        "select c.id from aws_child c join aws_parent p on c.parent_name = p.name limit 3",
        "select c.id from aws_parent p left join aws_child c on c.parent_name = p.name limit 3",
    ] {
        let (_, engine) = shelf();
        assert_eq!(ask(&engine, sql).await.0.len(), 3, "{sql}");
    }
    let (_, engine) = shelf();
    let ordered = "select c.id from aws_parent p join aws_child c on c.parent_name = p.name \
                   and c.account_id = p.account_id and c.region = p.region order by c.id limit 2";
    assert_eq!(ask(&engine, ordered).await.0, ["data-prod/eu-west-1/p0/c0", "data-prod/eu-west-1/p0/c1"]);
}
