//! What a catalog column may do to its value before it becomes its type.

use std::borrow::Cow;

use base64::Engine as _;
use percent_encoding::percent_decode_str;

use crate::catalog::path::Path;
use crate::catalog::table::Transform;
use crate::model::{Json, Key, Timestamp};
use crate::sources::row::walk;
use crate::sources::{instant, policy};

/// Applies one transform. Null stays null; an error says why the value does not fit.
pub fn apply<'a>(transform: &Transform, value: Cow<'a, Json>) -> Result<Cow<'a, Json>, String> {
    if value.is_null() {
        return Ok(value);
    }
    let made = match (transform, &*value) {
        (Transform::ToArray, Json::Array(_)) => return Ok(value),
        (Transform::ToArray, single) => Json::Array(vec![single.clone()]),
        (Transform::ToBool, value) => Json::Bool(to_bool(value).ok_or_else(|| misfit(value, "a boolean"))?),
        (Transform::ToText, Json::Number(_) | Json::Bool(_)) => {
            value.to_text().map_or(Json::Null, Json::String)
        }
        (Transform::ParseJson, Json::String(text)) => parse_json(text)?,
        (Transform::PolicyCanonical, Json::String(text)) => match parse_json(text)? {
            Json::Null => Json::Null,
            document => policy::canonical(&document)?,
        },
        (Transform::PolicyCanonical, document) => policy::canonical(document)?,
        (Transform::UrlDecode, Json::String(text)) => Json::String(url_decode(text)),
        (Transform::Base64Decode, Json::String(text)) => Json::String(base64_decode(text)),
        (Transform::EpochMs, value) => epoch(value, 1e3)?,
        (Transform::EpochS, value) => epoch(value, 1.0)?,
        (Transform::NullIfZero, value) if is_zero(value) => Json::Null,
        (Transform::NullIfEmpty, value) if is_empty(value) => Json::Null,
        (Transform::ArnLastPart, Json::String(text)) => Json::string(last_part(text)),
        (Transform::Lower, Json::String(text)) => Json::String(text.to_lowercase()),
        (Transform::First, Json::Array(items)) => items.first().cloned().unwrap_or_default(),
        (Transform::Trim, Json::String(text)) => Json::string(text.trim()),
        (Transform::After(mark), Json::String(text)) => {
            Json::string(text.rsplit_once(mark.as_str()).map_or(text.as_str(), |(_, rest)| rest))
        }
        (Transform::Before(mark), Json::String(text)) => {
            Json::string(text.split_once(mark.as_str()).map_or(text.as_str(), |(rest, _)| rest))
        }
        (Transform::Word(n), Json::String(text)) => {
            text.split_whitespace().nth(*n).filter(|word| *word != "-").into()
        }
        (Transform::Part(separator, n), Json::String(text)) => text.split(separator.as_str()).nth(*n).into(),
        (Transform::Replace(this, that), Json::String(text)) => Json::String(text.replacen(this, that, 1)),
        (Transform::TryJson, Json::String(text)) => Json::parse(text).unwrap_or_default(),
        (Transform::At(path), value) => {
            let path = Path::parse(path).map_err(|e| e.to_string())?;
            walk(value, &path.steps).into_json().into_owned()
        }
        (Transform::PriceFilters, Json::Object(members)) => {
            let filter = |(field, value): &(Key, Json)| {
                let field = Json::string(&**field);
                Json::object([
                    ("Field", field),
                    ("Type", Json::string("TERM_MATCH")),
                    ("Value", value.clone()),
                ])
            };
            Json::Array(members.iter().map(filter).collect())
        }
        (Transform::EqualsFilters, Json::Array(texts)) => {
            Json::Array(texts.iter().map(equals_filter).collect())
        }
        (Transform::EqualsFilters, text) => Json::Array(vec![equals_filter(text)]),
        (Transform::Floor, Json::Number(number)) => match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Json::int(number.floor() as i64),
            _ => Json::Null,
        },
        (Transform::NullIf(word), value) if value.to_text().as_ref() == Some(word) => Json::Null,
        (Transform::If(part), Json::String(text)) if !text.contains(part.as_str()) => Json::Null,
        (Transform::Contains(part), Json::String(text)) => Json::Bool(text.contains(part.as_str())),
        (Transform::Either(yes, no), Json::Bool(value)) => Json::string(if *value { yes } else { no }),
        (Transform::ToEpochMs, value) => Json::int(instant_of(value)?.timestamp_millis()),
        (Transform::ToEpochS, value) => Json::int(instant_of(value)?.timestamp()),
        (Transform::ToMonth, value) => Json::String(instant_of(value)?.format("%Y-%m-01").to_string()),
        (Transform::ToHour, value) => {
            Json::String(instant_of(value)?.format("%Y-%m-%dT%H:00:00Z").to_string())
        }
        (Transform::ToDay, value) => Json::String(instant_of(value)?.format("%Y-%m-%d").to_string()),
        (Transform::SqlLiteral, Json::String(text)) => match text.contains(['\'', '"', '\\', '\n', '\r']) {
            true => Json::Null,
            false => Json::String(format!("'{text}'")),
        },
        (Transform::LikePrefix, Json::String(pattern)) => {
            Json::from(Some(like_prefix(pattern)).filter(|prefix| !prefix.is_empty()))
        }
        (Transform::LikePart, Json::String(pattern)) => like_part(pattern).into(),
        (Transform::Pairs(key, value), Json::Array(items)) => {
            let pair = |item: &Json| Some((item.get(key)?.to_text()?, item.get(value)?.clone()));
            Json::object(items.iter().filter_map(pair))
        }
        _ => return Ok(value),
    };
    Ok(Cow::Owned(made))
}

fn equals_filter(text: &Json) -> Json {
    Json::object([("Value", text.clone()), ("Comparison", Json::string("EQUALS"))])
}

/// What everything that is LIKE a pattern begins with.
pub fn like_prefix(pattern: &str) -> String {
    let mut prefix = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' | '_' => break,
            '\\' => prefix.extend(chars.next()),
            c => prefix.push(c),
        }
    }
    prefix
}

/// The text in `%TEXT%`, of the characters that names of log groups have.
fn like_part(pattern: &str) -> Option<&str> {
    let part = pattern.strip_prefix('%')?.strip_suffix('%')?;
    // An underscore stands for any character here.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '#');
    (!part.is_empty() && part.chars().all(plain)).then_some(part)
}

/// `true`, `Enabled`, `yes`, `1` and their opposites; services spell switches in many ways.
pub fn to_bool(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::Number(text) => text.parse().ok().map(|number: f64| number != 0.0),
        Json::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "enabled" | "enable" | "yes" | "on" | "1" => Some(true),
            "false" | "disabled" | "disable" | "suspended" | "no" | "off" | "0" | "" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// IAM sends documents percent-encoded, other services plain; both are read.
pub fn parse_json(text: &str) -> Result<Json, String> {
    if text.trim().is_empty() {
        return Ok(Json::Null);
    }
    Json::parse(&url_decode(text)).map_err(|e| format!("not JSON: {e}"))
}

/// Leaves plain JSON alone: a `%` inside it is only a percent sign.
fn url_decode(text: &str) -> String {
    if text.trim_start().starts_with(['{', '[']) {
        return text.to_owned();
    }
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// User data may be compressed; what is not text stays encoded, so that nothing is lost.
pub fn base64_decode(text: &str) -> String {
    let compact: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(&compact)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

fn epoch(value: &Json, per_second: f64) -> Result<Json, String> {
    let number = match value {
        Json::Number(text) => text.parse::<f64>().ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    };
    number
        .and_then(|number| instant::parse(&Json::from(number / per_second)))
        .map(|time| Json::String(instant::to_text(time)))
        .ok_or_else(|| misfit(value, "an instant"))
}

fn instant_of(value: &Json) -> Result<Timestamp, String> {
    instant::parse(value).ok_or_else(|| misfit(value, "an instant"))
}

fn is_zero(value: &Json) -> bool {
    match value {
        Json::Number(text) => text.parse() == Ok(0.0),
        Json::String(text) => text == "0",
        _ => false,
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// The name at the end of an ARN or URL: after the last `/`, else after the last `:`.
fn last_part(text: &str) -> &str {
    let separator = if text.contains('/') { '/' } else { ':' };
    text.rsplit(separator).next().unwrap_or(text)
}

/// Says what a value is not, showing only its beginning.
pub fn misfit(value: &Json, wanted: &str) -> String {
    let text = value.to_text().unwrap_or_else(|| "null".to_owned());
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    format!("'{shown}' is not {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(transform: Transform, value: &str) -> String {
        apply(&transform, Cow::Owned(Json::parse(value).unwrap())).unwrap().to_json()
    }

    #[test]
    fn each_transform_does_what_its_name_says() {
        use Transform::*;
        for (transform, given, made) in [
            (ToArray, r#""arn""#, r#"["arn"]"#),
            (ToArray, r#"["arn"]"#, r#"["arn"]"#),
            (ToBool, r#""Enabled""#, "true"),
            (ToBool, r#""Suspended""#, "false"),
            (ToText, "7", r#""7""#),
            (ParseJson, r#""{\"a\": 1}""#, r#"{"a":1}"#),
            (ParseJson, r#""%7B%22a%22%3A%20%22x%2By%22%7D""#, r#"{"a":"x+y"}"#),
            (ParseJson, r#""{\"a\": \"100%25\"}""#, r#"{"a":"100%25"}"#),
            (ParseJson, r#""""#, "null"),
            (UrlDecode, r#""a%20b+c""#, r#""a b+c""#),
            (Base64Decode, r#""aGVs\nbG8=""#, r#""hello""#),
            (Base64Decode, r#""H4sIAAAAAAAA/w==""#, r#""H4sIAAAAAAAA/w==""#),
            (EpochMs, "1767323045000", r#""2026-01-02T03:04:05Z""#),
            (EpochS, r#""1767323045""#, r#""2026-01-02T03:04:05Z""#),
            (NullIfZero, "0", "null"),
            (NullIfZero, "7", "7"),
            (NullIfEmpty, r#""""#, "null"),
            (NullIfEmpty, "[]", "null"),
            (ArnLastPart, r#""arn:aws:iam::1:role/path/name""#, r#""name""#),
            (ArnLastPart, r#""arn:aws:sqs:eu-west-1:1:jobs""#, r#""jobs""#),
            (Lower, r#""ABC""#, r#""abc""#),
            (First, r#"["a", "b"]"#, r#""a""#),
            (First, "[]", "null"),
            (SqlLiteral, r#""a b""#, r#""'a b'""#),
            (SqlLiteral, r#""it's""#, "null"),
            (Pairs("k".into(), "v".into()), r#"[{"k": "a", "v": "1"}, {"k": "b"}]"#, r#"{"a":"1"}"#),
        ] {
            assert_eq!(applied(transform.clone(), given), made, "{transform:?} {given}");
        }
    }

    #[test]
    fn transforms_that_take_a_word_are_written_with_it() {
        for (written, given, made) in [
            ("trim", r#"" a ""#, r#""a""#),
            ("after:hostedzone/", r#""/hostedzone/Z1""#, r#""Z1""#),
            ("after:hostedzone/", r#""Z1""#, r#""Z1""#),
            ("before:/", r#""a/b/c""#, r#""a""#),
            ("word:1", r#""2 123 eni-1""#, r#""123""#),
            ("word:1", r#""2 - eni-1""#, "null"),
            ("word:7", r#""2""#, "null"),
            ("null_if:N/A", r#""N/A""#, "null"),
            ("null_if:N/A", r#""x""#, r#""x""#),
            ("if::standards/", r#""arn:x:standards/y""#, r#""arn:x:standards/y""#),
            ("if::standards/", r#""arn:x""#, "null"),
            ("contains::iam::aws:", r#""arn:aws:iam::aws:policy/x""#, "true"),
            ("either:egress:ingress", "false", r#""ingress""#),
            ("part:/:2", r#""l/app/web/1/2""#, r#""web""#),
            ("part:::3", r#""arn:aws:wafv2:eu-west-1:1:x""#, r#""eu-west-1""#),
            ("replace:subscription:control", r#""a/subscription/b""#, r#""a/control/b""#),
            ("try_json", r#""{\"a\": 1}""#, r#"{"a":1}"#),
            ("try_json", r#""Resources: {}""#, "null"),
            ("at:a.b[]", r#"{"a": {"b": [1, 2]}}"#, "[1,2]"),
            (
                "price_filters",
                r#"{"instanceType": "m5.large"}"#,
                r#"[{"Field":"instanceType","Type":"TERM_MATCH","Value":"m5.large"}]"#,
            ),
            (
                "equals_filters",
                r#"["a", "b"]"#,
                r#"[{"Value":"a","Comparison":"EQUALS"},{"Value":"b","Comparison":"EQUALS"}]"#,
            ),
            ("floor", "6.9", "6"),
            ("to_epoch_ms", r#""2026-01-02T03:04:05Z""#, "1767323045000"),
            ("to_epoch_s", r#""2026-01-02T03:04:05Z""#, "1767323045"),
            ("to_month", r#""2026-01-02T03:04:05Z""#, r#""2026-01-01""#),
            ("to_hour", r#""2026-01-02T03:04:05Z""#, r#""2026-01-02T03:00:00Z""#),
            ("to_day", r#""2026-01-02T03:04:05Z""#, r#""2026-01-02""#),
        ] {
            assert_eq!(applied(Transform::parse(written).unwrap(), given), made, "{written} {given}");
        }
        for wrong in ["after:", "after", "word:x", "either:a", "lowercase", "lower:x"] {
            assert_eq!(Transform::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn null_stays_null() {
        for transform in [Transform::ToArray, Transform::ToBool, Transform::PolicyCanonical] {
            assert_eq!(applied(transform, "null"), "null");
        }
    }

    #[test]
    fn a_policy_is_read_plain_and_encoded() {
        let plain = applied(Transform::PolicyCanonical, r#""{\"Statement\": []}""#);
        let encoded = applied(Transform::PolicyCanonical, r#""%7B%22Statement%22%3A%5B%5D%7D""#);
        assert_eq!(plain, encoded);
    }

    #[test]
    fn what_cannot_be_transformed_says_why() {
        let failed = |t: Transform, v: &str| apply(&t, Cow::Owned(Json::parse(v).unwrap())).unwrap_err();
        assert_eq!(failed(Transform::ToBool, r#""maybe""#), "'maybe' is not a boolean");
        assert!(failed(Transform::ParseJson, r#""{""#).starts_with("not JSON"));
        assert!(failed(Transform::PolicyCanonical, r#""[]""#).contains("must be an object"));
    }
}
