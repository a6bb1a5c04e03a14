//! Config's SELECT, as AWS documents it.

use super::*;

fn item(text: &str) -> Json {
    Json::parse(text).unwrap()
}

const GROUP: &str = r#"{"accountId": "1", "resourceType": "AWS::EC2::SecurityGroup", "arn": "arn:aws:x",
    "configuration": {"ipPermissions": [
        {"fromPort": 22, "ipRanges": ["10.0.0.0/8"]}, {"fromPort": 443, "ipRanges": ["0.0.0.0/0"]}]},
    "tags": [{"key": "a", "value": "1", "tag": "a=1"}]}"#;

#[test]
fn conditions_are_evaluated_and_lists_match_across_their_elements() {
    for (condition, holds) in [
        ("accountId = '1'", true),
        ("accountId IN ('2', '3')", false),
        ("resourceType = 'aws::ec2::securitygroup'", true),
        ("arn LIKE 'arn:%' AND NOT accountId = '2'", true),
        ("accountId = '2' OR (accountId = '1' AND tags.tag = 'a=1')", true),
        ("configuration.ipPermissions.fromPort BETWEEN 20 AND 30", true),
        ("configuration.ipPermissions.fromPort > 443", false),
        // No rule opens port 22 to the world; Config says one does.
        (
            "configuration.ipPermissions.fromPort = 22 AND configuration.ipPermissions.ipRanges = '0.0.0.0/0'",
            true,
        ),
        ("configuration.missing = 'x'", false),
    ] {
        let query = Query::parse(&format!("SELECT arn WHERE {condition}")).unwrap();
        assert_eq!(query.takes(&item(GROUP)), holds, "{condition}");
    }
}

#[test]
fn what_the_guide_refuses_is_refused() {
    let long = format!("SELECT arn WHERE arn = '{}'", "x".repeat(LONGEST));
    for wrong in [
        "",
        "DELETE x",
        "SELECT",
        "SELECT a FROM b",
        "SELECT DISTINCT a",
        "SELECT a AS b",
        "SELECT a WHERE b = NULL",
        "SELECT a WHERE b IS NULL",
        "SELECT a WHERE b <> 'c'",
        "SELECT a WHERE b = 'c",
        "SELECT a WHERE b LIKE '%c'",
        "SELECT a WHERE b LIKE 'ab%'",
        "SELECT a WHERE b LIKE 'a_cd%'",
        "SELECT a WHERE b IN ('c'",
        "SELECT a, COUNT(*)",
        "SELECT COUNT(*) GROUP BY a, b, c, d",
        "SELECT a, COUNT(*) GROUP BY a, b ORDER BY COUNT(*)",
        "SELECT a; SELECT b",
        &long,
    ] {
        assert!(Query::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn members_are_shown_where_they_stand() {
    let query = Query::parse("SELECT accountId, configuration.ipPermissions.fromPort, tags").unwrap();
    assert_eq!(
        query.results(&[item(GROUP)])[0].to_json(),
        r#"{"accountId":"1","configuration":{"ipPermissions":[{"fromPort":22},{"fromPort":443}]},"tags":[{"key":"a","value":"1","tag":"a=1"}]}"#
    );
    let all = Query::parse("SELECT *").unwrap().results(&[item(GROUP)]);
    assert_eq!(
        all[0].to_json(),
        r#"{"accountId":"1","resourceType":"AWS::EC2::SecurityGroup","arn":"arn:aws:x"}"#
    );
}

#[test]
fn groups_are_counted_and_what_lacks_the_property_is_in_none() {
    let items = [item(r#"{"a": "x"}"#), item(r#"{"a": "x"}"#), item("{}"), item(r#"{"a": "y"}"#)];
    let query = Query::parse("SELECT a, COUNT(*) GROUP BY a").unwrap();
    let shown: Vec<String> = query.results(&items).iter().map(Json::to_json).collect();
    assert_eq!(shown, [r#"{"a":"x","COUNT(*)":2}"#, r#"{"a":"y","COUNT(*)":1}"#]);
}

#[test]
fn an_account_that_cannot_be_meant_is_left_out_before_it_is_looked_at() {
    let query = Query::parse("SELECT arn WHERE accountId IN ('1') AND arn = 'x'").unwrap();
    assert!(query.may_take(&item(r#"{"accountId": "1"}"#)));
    assert!(!query.may_take(&item(r#"{"accountId": "2"}"#)));
}
