//! JSON operators against PostgreSQL: each expected value is what psql 15 printed for the expression.

use super::world::*;

async fn one(sql: &str) -> String {
    let (_, engine) = World::new().engine();
    ask(&engine, sql).await.0.join("\n")
}

#[tokio::test]
async fn members_as_json_and_as_text() {
    for (expression, value) in [
        (r#"'{"a": {"b": 1}}'::jsonb -> 'a'"#, r#"{"b": 1}"#),
        (r#"'{"a": {"b": 1}}'::jsonb -> 'a' -> 'b'"#, "1"),
        (r#"'{"a": {"b": "x"}}'::jsonb -> 'a' ->> 'b'"#, "x"),
        (r#"'{"a": 1}'::jsonb -> 'b'"#, "∅"),
        (r#"'{"a": 1}'::jsonb ->> 'b'"#, "∅"),
        (r#"'{"a": null}'::jsonb -> 'a'"#, "null"),
        (r#"'{"a": null}'::jsonb ->> 'a'"#, "∅"),
        (r#"'{"a": "x\ny\u00e9"}'::jsonb ->> 'a'"#, "x\nyé"),
        (r#"'{"a": "x"}'::jsonb -> 'a'"#, "\"x\""),
        ("'[1, 2]'::jsonb -> 0", "1"),
        ("'[1, 2]'::jsonb -> -1", "2"),
        ("'[1, 2]'::jsonb -> -3", "∅"),
        ("'[1, 2]'::jsonb -> '0'", "∅"),
        (r#"'{"a": 1}'::jsonb -> 0"#, "∅"),
        (r#"'"a"'::jsonb -> 0"#, "\"a\""),
        (r#"'"a"'::jsonb ->> 0"#, "a"),
        ("'5'::jsonb -> -1", "5"),
        ("'[null]'::jsonb ->> 0", "∅"),
        ("'[null]'::jsonb -> 0", "null"),
        (r#"'{"a": 1}'::jsonb -> null::text"#, "∅"),
        ("null::jsonb -> 'a'", "∅"),
        (r#"'{"b":1,  "a" : [1,2 ]}'::jsonb"#, r#"{"a": [1, 2], "b": 1}"#),
        ("jsonb '[1]' -> 0", "1"),
        (r#"'{"a": true}'::jsonb ->> 'a' = 'true'"#, "true"),
        (r#"('{"a": true}'::jsonb ->> 'a')::bool"#, "true"),
        (r#"('{"a": true}'::jsonb -> 'a')::bool"#, "true"),
        (r#"('{"a": 5}'::jsonb ->> 'a')::int + 1"#, "6"),
        (r#"('{"a": "x"}'::jsonb -> 'a')::text"#, "\"x\""),
    ] {
        assert_eq!(one(&format!("select {expression}")).await, value, "{expression}");
    }
}

#[tokio::test]
async fn paths() {
    let nested = r#"'{"a": {"b": [1, {"c": "x"}]}}'::jsonb"#;
    for (expression, value) in [
        (format!("{nested} #> '{{a,b,1,c}}'"), "\"x\""),
        (format!("{nested} #>> '{{a,b,-1,c}}'"), "x"),
        (format!("{nested} #>> array['a', 'b', '0']"), "1"),
        (r#"'{"a": 1}'::jsonb #> '{}'"#.to_owned(), r#"{"a": 1}"#),
        (r#"'"x"'::jsonb #>> '{}'"#.to_owned(), "x"),
        (r#"'"x"'::jsonb #> '{0}'"#.to_owned(), "∅"),
        ("'[1]'::jsonb #> '{x}'".to_owned(), "∅"),
        ("'null'::jsonb #>> '{}'".to_owned(), "∅"),
        ("'[1, 2]'::jsonb #> array['1', null]".to_owned(), "∅"),
        (format!("jsonb_extract_path({nested}, 'a', 'b', '0')"), "1"),
        (format!("jsonb_extract_path_text({nested}, 'a', 'b', '1', 'c')"), "x"),
    ] {
        assert_eq!(one(&format!("select {expression}")).await, value, "{expression}");
    }
}

#[tokio::test]
async fn containment() {
    for (outer, inner, held) in [
        ("[1, 2, [1, 3]]", "[[1]]", true),
        ("[1, 2]", "[2, 2, 1]", true),
        ("[1, 2]", "1", true),
        ("1", "[1]", false),
        (r#"{"a": 1, "b": [1, {"c": 2, "d": 3}]}"#, r#"{"b": [{"c": 2}]}"#, true),
        (r#"{"a": 1}"#, "{}", true),
        ("[]", "{}", false),
        ("{}", "[]", false),
        ("1", "1", true),
        ("1.0", "1", true),
        (r#""a""#, r#"["a"]"#, false),
        (r#"["a"]"#, r#""a""#, true),
        (r#"[["a"]]"#, r#"["a"]"#, false),
        (r#"[["a"]]"#, r#""a""#, false),
        (r#"{"a": ["x"]}"#, r#"{"a": "x"}"#, false),
    ] {
        let sql = format!("select '{outer}'::jsonb @> '{inner}', '{inner}'::jsonb <@ '{outer}'");
        assert_eq!(one(&sql).await, format!("{held}|{held}"), "{sql}");
    }
}

#[tokio::test]
async fn keys_and_elements_that_exist() {
    for (expression, value) in [
        (r#"'"foo"'::jsonb ? 'foo'"#, "true"),
        (r#"'["foo", 1]'::jsonb ? 'foo'"#, "true"),
        (r#"'["foo", 1]'::jsonb ? '1'"#, "false"),
        (r#"'{"foo": 1}'::jsonb ? 'foo'"#, "true"),
        ("'5'::jsonb ? '5'", "false"),
        (r#"'{"a": 1}'::jsonb ?| array['b', 'a']"#, "true"),
        (r#"'{"a": 1}'::jsonb ?& array['b', 'a']"#, "false"),
        (r#"'{"a": 1}'::jsonb ?& '{}'"#, "true"),
        (r#"'{"a": 1}'::jsonb ?| '{}'"#, "false"),
        (r#"'["a", "b"]'::jsonb ?& '{a,b}'"#, "true"),
        (r#"'{"a": 1}'::jsonb ?| array['b', null]"#, "false"),
        (r#"'{"a": 1}'::jsonb ?& array['a', null]"#, "true"),
    ] {
        assert_eq!(one(&format!("select {expression}")).await, value, "{expression}");
    }
}

#[tokio::test]
async fn functions_of_shape() {
    for (expression, value) in [
        ("jsonb_typeof('1')", "number"),
        ("jsonb_typeof('null')", "null"),
        ("jsonb_typeof(null)", "∅"),
        ("jsonb_array_length('[1, 2]')", "2"),
        ("jsonb_array_length(null)", "∅"),
        ("json_array_length('[]')", "0"),
    ] {
        assert_eq!(one(&format!("select {expression}")).await, value, "{expression}");
    }
}

#[tokio::test]
async fn values_compare_as_json() {
    for (expression, value) in [
        (r#"'{"a": "x"}'::jsonb -> 'a' = '"x"'"#, "true"),
        (r#"'{"a": {"c":1,"b":2}}'::jsonb -> 'a' = '{"b":2, "c":1}'"#, "true"),
        (r#"'{"a": true}'::jsonb -> 'a' = 'true'"#, "true"),
        (r#"'{"a": []}'::jsonb -> 'a' <> '[]'"#, "false"),
        (r#"'{"a":1}'::jsonb = '{"a": 1}'::jsonb"#, "true"),
        // As text again, it compares as text.
        (r#"('{"a": "x"}'::jsonb -> 'a')::text = 'x'"#, "false"),
    ] {
        assert_eq!(one(&format!("select {expression}")).await, value, "{expression}");
    }
}

#[tokio::test]
async fn operators_work_over_columns_in_every_clause() {
    let (_, engine) = World::new().every_unit(Behaviour::Rows(2)).scope(&[], &["eu-*"]).engine();
    let rows = async |sql: &str| ask(&engine, sql).await.0;
    assert_eq!(
        rows("select tags ->> 'env', count(*) from aws_vm group by tags ->> 'env'").await,
        ["dev|2", "none|2", "production|4"]
    );
    assert_eq!(
        rows("select id from aws_vm where tags -> 'n' = '1' and tags ->> 'env' = 'dev'").await.len(),
        1
    );
    assert_eq!(rows("select distinct tags -> 'env' from aws_vm order by 1").await.len(), 3);
    let join = "select a.id from aws_vm a join aws_vm b on a.tags ->> 'missing' = b.tags ->> 'missing'";
    assert!(rows(join).await.is_empty(), "NULL is equal to nothing");
    assert_eq!(
        rows("select coalesce(tags -> 'missing', tags) ->> 'env' from aws_vm where cores = 0").await.len(),
        4
    );
    assert_eq!(
        rows("select x ->> 'env' from (select tags as x from aws_vm union all select account_tags from aws_vm) q where x ? 'n'")
            .await
            .len(),
        8
    );
    assert_eq!(
        rows("with t as (select tags -> 'env' as e from aws_vm) select e, max(e ->> 0) from t where e is not null group by e")
            .await
            .len(),
        3
    );
    assert_eq!(
        rows("select case when cores = 0 then tags else account_tags end ->> 'env' from aws_vm").await.len(),
        8
    );
}

#[tokio::test]
async fn text_that_is_not_json_is_an_error_not_a_null() {
    let (_, engine) = World::new().engine();
    for sql in [
        "select id::jsonb from aws_vm",
        "select jsonb_array_length('{}')",
        "select jsonb_array_length(tags) from aws_vm",
    ] {
        let failed = match engine.prepare(sql).await {
            Err(error) => error,
            Ok(prepared) => try_rows(&mut prepared.run().await.unwrap()).await.expect_err(sql),
        };
        let text = failed.to_string();
        assert!(text.contains("type json") || text.contains("array length"), "{sql}: {text}");
    }
}
