//! Joins that supply keys, over the demo organization: the rows that constants give, from fewer calls.

use std::collections::BTreeSet;

use canvass::model::Coverage;

use super::{ask, demo, scope};

/// Calls to one table, and the accounts that it was asked in.
fn of_table<'c>(coverage: &'c Coverage, table: &str) -> (u64, BTreeSet<&'c str>) {
    let units: Vec<_> =
        coverage.units.iter().filter(|unit| &*unit.key.table == table && unit.calls > 0).collect();
    (units.iter().map(|unit| unit.calls).sum(), units.iter().map(|unit| &*unit.account_name).collect())
}

#[tokio::test]
async fn the_roles_of_some_functions_are_got_one_by_one_where_they_are() {
    let demo = demo("", |settings| settings.scope = scope(&["*-prod", "*-dev"], &[]));
    let functions = "select distinct account_id, split_part(role, '/', 2) as role from aws_lambda_function \
                     where runtime like 'python%' and region = 'us-east-1'";
    let (wanted, _) = ask(&demo, functions).await;
    assert!(wanted.len() > 1, "{wanted:?}");
    let joined = format!(
        "select r.account_id, r.name, r.attached_policy_arns from ({functions}) f \
         join aws_iam_role r on r.name = f.role and r.account_id = f.account_id"
    );
    let planned = demo.engine.prepare(&joined).await.unwrap().plan().clone();
    let role = planned.scans.iter().find(|scan| scan.table == "aws_iam_role").unwrap();
    assert_eq!(role.keys.len(), 2, "{role:?}");
    let (mut rows, coverage) = ask(&demo, &joined).await;
    rows.sort();
    let mut by_constants = Vec::new();
    for row in &wanted {
        let (account, name) = row.split_once('|').unwrap();
        let sql = format!(
            "select account_id, name, attached_policy_arns from aws_iam_role where name = '{name}' and account_id = '{account}'"
        );
        by_constants.extend(ask(&demo, &sql).await.0);
    }
    by_constants.sort();
    assert!(!rows.is_empty());
    assert_eq!(rows, by_constants);
    // One get and one list of policies for each, in its own account.
    let (calls, accounts) = of_table(&coverage, "aws_iam_role");
    let own: BTreeSet<&str> = wanted.iter().filter_map(|row| row.split('|').next()).collect();
    assert_eq!((calls as usize, accounts.len()), (2 * wanted.len(), own.len()));
}

#[tokio::test]
async fn a_list_of_names_from_elsewhere_finds_its_tables_everywhere() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-*"], &["us-east-1", "eu-west-1"]));
    let (all, _) =
        ask(&demo, "select name, account_id, region, billing_mode from aws_dynamodb_table order by 1, 2, 3")
            .await;
    let name = all[0].split('|').next().unwrap();
    let expected: Vec<&String> = all.iter().filter(|row| row.starts_with(&format!("{name}|"))).collect();
    for sql in [
        format!(
            "select t.name, t.account_id, t.region, t.billing_mode from (values ('{name}'), ('none')) v(n) \
                 join aws_dynamodb_table t on t.name = v.n order by 1, 2, 3"
        ),
        format!(
            "select name, account_id, region, billing_mode from aws_dynamodb_table \
                 where name in (select '{name}') order by 1, 2, 3"
        ),
    ] {
        let (rows, coverage) = ask(&demo, &sql).await;
        assert_eq!(rows.iter().collect::<Vec<_>>(), expected, "{sql}");
        assert!(coverage.is_complete(), "{sql}");
    }
}

#[tokio::test]
async fn the_organizations_own_accounts_choose_who_is_asked() {
    let demo = demo("", |settings| settings.scope = scope(&[], &["us-east-1"]));
    let sql = "select v.account_name, v.vpc_id from aws_organizations_account a \
               join aws_vpc v on v.account_id = a.id where a.name like 'payments-%'";
    let (rows, coverage) = ask(&demo, sql).await;
    let (calls, accounts) = of_table(&coverage, "aws_vpc");
    assert!(!rows.is_empty());
    assert!(accounts.iter().all(|name| name.starts_with("payments-")), "{accounts:?}");
    assert_eq!(calls as usize, accounts.len());
}
