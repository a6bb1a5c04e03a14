//! IAM policy documents in the canonical form of the `*_std` columns.
//!
//! Two policies that mean the same look the same, so that SQL can compare them: statements are a
//! list; actions are lower case (IAM ignores their case); actions, resources and principals are
//! sorted lists without duplicates; `"Principal": "*"` is `{"AWS": ["*"]}`; condition keys are lower
//! case and their values sorted lists of text. Steampipe's users write their queries against this form.

use std::collections::BTreeSet;

use crate::model::{Json, Key};

/// Elements of a statement, and what becomes of each. Others are not part of the policy grammar.
const ELEMENTS: [(&str, Element); 9] = [
    ("Action", Element::Names),
    ("Condition", Element::Conditions),
    ("Effect", Element::Text),
    ("NotAction", Element::Names),
    ("NotPrincipal", Element::Principals),
    ("NotResource", Element::Texts),
    ("Principal", Element::Principals),
    ("Resource", Element::Texts),
    ("Sid", Element::Text),
];

enum Element {
    Text,
    /// Text or list of text; case counts.
    Texts,
    /// Text or list of text; case does not count.
    Names,
    Principals,
    Conditions,
}

/// The canonical form, or why the document is not a policy.
pub fn canonical(policy: &Json) -> Result<Json, String> {
    let members = policy.as_object().ok_or("a policy must be an object")?;
    let statements = match policy.get("Statement") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(statements)) => statements.iter().map(statement).collect::<Result<_, _>>()?,
        Some(single) => vec![statement(single)?],
    };
    let mut canonical = vec![
        (Key::from("Statement"), Json::Array(statements)),
        (Key::from("Version"), policy.get("Version").cloned().unwrap_or_else(|| Json::string(""))),
    ];
    if let Some((key, id)) = members.iter().find(|(key, _)| &**key == "Id") {
        canonical.push((key.clone(), id.clone()));
    }
    Ok(Json::Object(canonical))
}

fn statement(statement: &Json) -> Result<Json, String> {
    if statement.as_object().is_none() {
        return Err("a statement must be an object".to_owned());
    }
    let mut canonical = Vec::new();
    for (name, element) in &ELEMENTS {
        let Some(value) = statement.get(name).filter(|v| !v.is_null()) else { continue };
        let value = match element {
            Element::Text => value.clone(),
            Element::Texts => texts(value, str::to_owned)?,
            Element::Names => texts(value, str::to_lowercase)?,
            Element::Principals => principals(value)?,
            Element::Conditions => conditions(value)?,
        };
        canonical.push((Key::from(*name), value));
    }
    Ok(Json::Object(canonical))
}

fn principals(value: &Json) -> Result<Json, String> {
    match value {
        Json::String(_) => Ok(Json::object([("AWS", texts(value, str::to_owned)?)])),
        Json::Object(kinds) => kinds
            .iter()
            .map(|(kind, who)| Ok((kind.clone(), texts(who, str::to_owned)?)))
            .collect::<Result<_, _>>()
            .map(Json::Object),
        _ => Err("a principal must be text or an object".to_owned()),
    }
}

fn conditions(value: &Json) -> Result<Json, String> {
    let operators = value.as_object().ok_or("a condition must be an object")?;
    operators
        .iter()
        .map(|(operator, keys)| {
            let keys = keys.as_object().ok_or_else(|| format!("condition {operator} must be an object"))?;
            let keys = keys
                .iter()
                .map(|(key, values)| Ok((Key::from(key.to_lowercase()), texts(values, str::to_owned)?)))
                .collect::<Result<_, String>>()?;
            Ok((operator.clone(), Json::Object(keys)))
        })
        .collect::<Result<_, _>>()
        .map(Json::Object)
}

/// One scalar or a list of them, as a sorted list of text without duplicates.
fn texts(value: &Json, form: fn(&str) -> String) -> Result<Json, String> {
    let values = match value {
        Json::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut all = BTreeSet::new();
    for value in values {
        match value {
            Json::Array(_) | Json::Object(_) => {
                return Err("a policy element holds a nested value".to_owned());
            }
            scalar => all.extend(scalar.to_text().map(|text| form(&text))),
        }
    }
    Ok(Json::Array(all.into_iter().map(Json::String).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_text(policy: &str) -> String {
        canonical(&Json::parse(policy).unwrap()).unwrap().to_jsonb()
    }

    #[test]
    fn a_single_statement_becomes_a_list_and_scalars_become_sorted_lists() {
        assert_eq!(
            canonical_text(
                r#"{"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "A", "Effect": "Allow", "Principal": "*",
                    "Action": ["s3:PutObject", "S3:GetObject", "s3:getobject"], "Resource": "arn:aws:s3:::B/*"}}"#
            ),
            r#"{"Id": "x", "Version": "2012-10-17", "Statement": [{"Sid": "A", "Action": ["s3:getobject", "s3:putobject"], "Effect": "Allow", "Resource": ["arn:aws:s3:::B/*"], "Principal": {"AWS": ["*"]}}]}"#
        );
    }

    #[test]
    fn principals_keep_their_kinds_and_their_case() {
        assert_eq!(
            canonical_text(
                r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com",
                    "AWS": ["arn:aws:iam::2:root", "arn:aws:iam::1:role/Ops", "arn:aws:iam::2:root"]}}]}"#
            ),
            r#"{"Version": "", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::1:role/Ops", "arn:aws:iam::2:root"], "Service": ["lambda.amazonaws.com"]}}]}"#
        );
    }

    #[test]
    fn condition_keys_are_lower_case_and_values_are_text() {
        assert_eq!(
            canonical_text(
                r#"{"Version": "v", "Statement": [{"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["b", "a"],
                    "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"aws:MultiFactorAuthAge": [300, "10"]}}}]}"#
            ),
            r#"{"Version": "v", "Statement": [{"Effect": "Deny", "Condition": {"Bool": {"aws:securetransport": ["false"]}, "NumericLessThan": {"aws:multifactorauthage": ["10", "300"]}}, "NotAction": ["iam:*"], "NotResource": ["a", "b"]}]}"#
        );
    }

    #[test]
    fn a_canonical_policy_is_its_own_canonical_form() {
        let once = canonical_text(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
        assert_eq!(canonical_text(&once), once);
    }

    #[test]
    fn what_is_not_a_policy_is_an_error() {
        for text in [
            "[]",
            "1",
            r#"{"Statement": "x"}"#,
            r#"{"Statement": [{"Action": [["x"]]}]}"#,
            r#"{"Statement": [{"Condition": {"Bool": 1}}]}"#,
        ] {
            assert!(canonical(&Json::parse(text).unwrap()).is_err(), "{text}");
        }
    }
}
