//! Each expected value is what psql 15 printed for `jsonb_path_query_array(value, path)`.

use super::*;

fn found(value: &str, path: &str) -> std::result::Result<String, String> {
    let path = parse::parse(path).map_err(|e| e.strip_backtrace())?;
    let value = Json::parse(value).unwrap();
    let items = eval::items(&path, &value, None)?;
    Ok(Json::Array(items.into_iter().map(std::borrow::Cow::into_owned).collect()).to_jsonb())
}

#[test]
fn paths_that_people_use() {
    let value = r#"{"a": {"b": [{"x": "y", "n": 1}, {"x": "z", "n": 2.50}, {"n": null}]}, "c": "d", "e": [1, [2, 3]]}"#;
    for (path, items) in [
        ("$", &format!("[{}]", Json::parse(value).unwrap().to_jsonb())[..]),
        ("$.c", r#"["d"]"#),
        ("$.missing", "[]"),
        ("$.a.b[*].x", r#"["y", "z"]"#),
        ("$.a.b.x", r#"["y", "z"]"#),
        (r#"$.a.b[*] ? (@.x == "y")"#, r#"[{"n": 1, "x": "y"}]"#),
        (r#"$.a.b ? (@.x == "y").n"#, "[1]"),
        (r#"$.a.b[*] ? (@.x == "y" || @.n > 2).n"#, "[1, 2.50]"),
        (r#"$.a.b[*] ? (exists(@.x) && !(@.n < 2)).x"#, r#"["z"]"#),
        (r#"$.a.b[*] ? (@.x like_regex "^Y$" flag "i").n"#, "[1]"),
        (r#"$.a.b[*] ? (@.x starts with "z").n"#, "[2.50]"),
        ("$.a.b[*] ? (@.n == null)", r#"[{"n": null}]"#),
        ("$.a.b[0]", r#"[{"n": 1, "x": "y"}]"#),
        ("$.a.b[last].n", "[null]"),
        ("$.a.b[0 to 1].n", "[1, 2.50]"),
        ("$.e[0, 1]", "[1, [2, 3]]"),
        ("$.e[last - 1]", "[1]"),
        ("$.a.b.size()", "[3]"),
        ("$.c.size()", "[1]"),
        ("$.*.type()", r#"["object", "string", "array"]"#),
        ("$.e.type()", r#"["array"]"#),
        ("$.**.x", r#"["y", "z", "y", "z"]"#),
        ("$.e[*] ? (@ > 1)", "[2, 3]"),
        (r#"$."a"."b"[0]."x""#, r#"["y"]"#),
        ("$.a.b[*].n ? (@ != 1)", "[2.50, null]"),
        ("$.c == \"d\"", "[true]"),
        ("$.a.b[*].n + 1", "error"),
        ("$.e[0] + 1.5", "[2.5]"),
        ("-$.e[0]", "[-1]"),
        ("$.a.b[1].n.floor()", "[2]"),
        ("strict $.a.b[*].x", "error"),
        ("lax $.c[*]", r#"["d"]"#),
        ("strict $.c[*]", "error"),
    ] {
        assert_eq!(found(value, path).unwrap_or_else(|_| "error".to_owned()), items, "{path}");
    }
}

#[test]
fn what_is_not_a_path_or_not_supported_is_an_error() {
    for path in [
        "",
        "a",
        "$.",
        "$.a[",
        "$.a ? @.b",
        "$.a ?(@.b)",
        "$.a.b()",
        "1 / 2",
        "$.a.datetime()",
        "$[\"a\"] = 1",
        "$.a == ",
    ] {
        assert!(parse::parse(path).is_err(), "{path}");
    }
    assert!(parse::parse(&"(".repeat(10_000)).is_err());
    assert!(parse::parse(&format!("{}$", "-".repeat(10_000))).is_err());
}
