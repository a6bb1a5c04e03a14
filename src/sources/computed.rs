//! Columns that take code: each function by the name the catalog gives it.

use crate::model::{Json, Key};
use crate::sources::unit::Unit;
use crate::sources::{instant, policy, transform};

/// What a function may look at.
pub struct Given<'a> {
    /// The value at the column's path; null where there is none.
    pub value: &'a Json,
    /// The list (or get) row.
    pub row: &'a Json,
    pub unit: &'a Unit<'a>,
    /// The rows that led here, innermost first.
    pub above: &'a [&'a Json],
}

/// A value, or why there is none although there should be.
pub type Function = fn(&Given<'_>) -> Result<Json, String>;

/// Every function and its name, sorted; what each makes of its value stands in the catalog.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("account_title", account_title),
    ("credential_password_status", credential_password_status),
    ("inline_policies", inline_policies),
    ("inline_policies_std", inline_policies_std),
    ("instance_state_transition_time", instance_state_transition_time),
    ("is_not_empty", is_not_empty),
    ("lambda_code", lambda_code),
    ("launch_template_data", launch_template_data),
    ("member_name", member_name),
    ("organization_path", organization_path),
    ("s3_bucket_acl", s3_bucket_acl),
    ("s3_bucket_region", s3_bucket_region),
    ("s3_event_notifications", s3_event_notifications),
    ("wafv2_region", wafv2_region),
];

pub fn function(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// The first alias, else the account id.
fn account_title(given: &Given<'_>) -> Result<Json, String> {
    let alias = given.value.as_array().and_then(|aliases| aliases.first()).cloned();
    Ok(alias.unwrap_or_else(|| Json::string(given.unit.account.id.as_str())))
}

/// `[{PolicyName, PolicyDocument}]` with each document parsed; the value is a list of responses.
fn inline_policies(given: &Given<'_>) -> Result<Json, String> {
    each_policy(given.value, Ok)
}

fn inline_policies_std(given: &Given<'_>) -> Result<Json, String> {
    each_policy(given.value, |document| policy::canonical(&document))
}

fn each_policy(responses: &Json, form: fn(Json) -> Result<Json, String>) -> Result<Json, String> {
    let Some(responses) = responses.as_array() else { return Ok(Json::Null) };
    let policies = responses.iter().map(|response| {
        let document = response.get("PolicyDocument").and_then(Json::as_str).unwrap_or_default();
        let document = transform::parse_json(document)?;
        let name = response.get("PolicyName").cloned().unwrap_or_default();
        Ok(Json::object([("PolicyDocument", form(document)?), ("PolicyName", name)]))
    });
    policies.collect::<Result<_, String>>().map(Json::Array)
}

/// EC2 hides the instant in a sentence: `User initiated (2026-01-02 03:04:05 GMT)`. An instance that
/// was never stopped came to its state when it was launched.
fn instance_state_transition_time(given: &Given<'_>) -> Result<Json, String> {
    let state = given.row.get("State").and_then(|state| state.get("Name")).and_then(Json::as_str);
    if !matches!(state, Some("shutting-down" | "stopped" | "stopping" | "terminated")) {
        return Ok(given.row.get("LaunchTime").cloned().unwrap_or_default());
    }
    let reason = given.row.get("StateTransitionReason").and_then(Json::as_str).unwrap_or_default();
    let inside = reason.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let time = inside.and_then(|text| instant::parse(&Json::string(text)));
    Ok(time.map_or(Json::Null, |time| Json::String(instant::to_text(time))))
}

/// The report writes an instant, or why there is none.
fn credential_password_status(given: &Given<'_>) -> Result<Json, String> {
    Ok(match given.value.as_str() {
        Some("N/A") => Json::string("never"),
        Some(_) if instant::parse(given.value).is_some() => Json::string("used"),
        _ => given.value.clone(),
    })
}

/// An ltree's labels have no hyphens: `r_ab12.ou_ab12_11111111`.
fn organization_path(given: &Given<'_>) -> Result<Json, String> {
    let ids = given.above.iter().rev().copied().chain([given.row]);
    let labels = ids.filter_map(|row| Some(row.get("Id")?.as_str()?.replace('-', "_")));
    Ok(Json::String(labels.collect::<Vec<_>>().join(".")))
}

/// `arn:aws:wafv2:us-east-1:111:global/webacl/...` protects CloudFront, which is in no region.
fn wafv2_region(given: &Given<'_>) -> Result<Json, String> {
    let global = given.value.as_str().is_some_and(|arn| arn.contains(":global/"));
    Ok(Json::string(if global { "global" } else { given.unit.asked.as_str() }))
}

fn is_not_empty(given: &Given<'_>) -> Result<Json, String> {
    Ok(Json::Bool(given.value.as_array().is_some_and(|items| !items.is_empty())))
}

/// `Location` is a presigned URL: whoever holds it downloads the code.
fn lambda_code(given: &Given<'_>) -> Result<Json, String> {
    Ok(match given.value {
        Json::Object(members) => {
            Json::Object(members.iter().filter(|(key, _)| &**key != "Location").cloned().collect())
        }
        other => other.clone(),
    })
}

fn launch_template_data(given: &Given<'_>) -> Result<Json, String> {
    let decoded = |(key, value): &(Key, Json)| match value.as_str() {
        Some(text) if &**key == "UserData" => (key.clone(), Json::String(transform::base64_decode(text))),
        _ => (key.clone(), value.clone()),
    };
    Ok(match given.value {
        Json::Object(members) => Json::Object(members.iter().map(decoded).collect()),
        other => other.clone(),
    })
}

/// A price is `{"USD": "0.0960000000"}`.
fn member_name(given: &Given<'_>) -> Result<Json, String> {
    Ok(match given.value {
        Json::Object(members) if members.len() == 1 => Json::string(&*members[0].0),
        _ => Json::Null,
    })
}

fn s3_bucket_acl(given: &Given<'_>) -> Result<Json, String> {
    Ok(pick(given.value, &["Grants", "Owner"]))
}

/// `GetBucketLocation` says nothing for the oldest region and `EU` for the second oldest.
fn s3_bucket_region(given: &Given<'_>) -> Result<Json, String> {
    let listed = given.row.get("BucketRegion").and_then(Json::as_str);
    let located = given.value.as_str().or_else(|| given.value.get("LocationConstraint")?.as_str());
    Ok(match listed.or(located) {
        Some("EU") => Json::string("eu-west-1"),
        Some(region) if !region.is_empty() => Json::string(region),
        _ => Json::string("us-east-1"),
    })
}

fn s3_event_notifications(given: &Given<'_>) -> Result<Json, String> {
    Ok(pick(
        given.value,
        &[
            "EventBridgeConfiguration",
            "LambdaFunctionConfigurations",
            "QueueConfigurations",
            "TopicConfigurations",
        ],
    ))
}

/// Just these members, null where absent; null where there is no object.
fn pick(value: &Json, members: &[&str]) -> Json {
    match value {
        Json::Object(_) => {
            Json::object(members.iter().map(|name| (*name, value.get(name).cloned().unwrap_or_default())))
        }
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::unit::tests::with_unit;

    fn computed(name: &str, value: &str, row: &str) -> Result<String, String> {
        let (value, row) = (Json::parse(value).unwrap(), Json::parse(row).unwrap());
        let above = [&Json::parse(r#"{"Id": "ou-1"}"#).unwrap(), &Json::parse(r#"{"Id": "r-1"}"#).unwrap()];
        with_unit(|unit| function(name).unwrap()(&Given { value: &value, row: &row, unit, above: &above }))
            .map(|v| v.to_json())
    }

    #[test]
    fn every_function_of_the_catalog_is_here_and_no_other() {
        let names: Vec<_> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
        let promised: Vec<_> = crate::catalog::table::COMPUTED.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, promised);
    }

    #[test]
    fn an_account_is_titled_by_its_alias_or_its_id() {
        assert_eq!(computed("account_title", r#"["pay"]"#, "{}").unwrap(), "\"pay\"");
        assert_eq!(computed("account_title", "[]", "{}").unwrap(), "\"100000000006\"");
    }

    #[test]
    fn inline_policies_are_decoded_and_canonical() {
        let responses = r#"[{"RoleName": "r", "PolicyName": "p", "PolicyDocument": "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22S3%3A%2A%22%7D%7D"}]"#;
        assert_eq!(
            computed("inline_policies", responses, "{}").unwrap(),
            r#"[{"PolicyDocument":{"Statement":{"Effect":"Allow","Action":"S3:*"}},"PolicyName":"p"}]"#
        );
        assert_eq!(
            computed("inline_policies_std", responses, "{}").unwrap(),
            r#"[{"PolicyDocument":{"Statement":[{"Action":["s3:*"],"Effect":"Allow"}],"Version":""},"PolicyName":"p"}]"#
        );
        assert!(computed("inline_policies", r#"[{"PolicyDocument": "%7B"}]"#, "{}").is_err());
    }

    #[test]
    fn a_stopped_instance_says_when_and_a_running_one_since_launch() {
        let stopped = r#"{"State": {"Name": "stopped"}, "StateTransitionReason": "User initiated (2026-01-02 03:04:05 GMT)", "LaunchTime": "2025-01-01T00:00:00Z"}"#;
        assert_eq!(
            computed("instance_state_transition_time", "null", stopped).unwrap(),
            "\"2026-01-02T03:04:05Z\""
        );
        let running = r#"{"State": {"Name": "running"}, "LaunchTime": "2025-01-01T00:00:00Z"}"#;
        assert_eq!(
            computed("instance_state_transition_time", "null", running).unwrap(),
            "\"2025-01-01T00:00:00Z\""
        );
        let odd = r#"{"State": {"Name": "stopped"}, "StateTransitionReason": ""}"#;
        assert_eq!(computed("instance_state_transition_time", "null", odd).unwrap(), "null");
    }

    #[test]
    fn the_report_says_why_there_is_no_instant() {
        for (text, status) in
            [("2026-01-02T03:04:05+00:00", "used"), ("N/A", "never"), ("no_information", "no_information")]
        {
            let shown = computed("credential_password_status", &format!("\"{text}\""), "{}").unwrap();
            assert_eq!(shown, format!("\"{status}\""));
        }
    }

    #[test]
    fn an_organizational_units_path_begins_at_the_root() {
        let path = computed("organization_path", "null", r#"{"Id": "ou-2"}"#).unwrap();
        assert_eq!(path, "\"r_1.ou_1.ou_2\"");
    }

    #[test]
    fn user_data_of_a_launch_template_can_be_read() {
        let data = r#"{"ImageId": "ami-1", "UserData": "ZWNobyBoaQ=="}"#;
        let read = r#"{"ImageId":"ami-1","UserData":"echo hi"}"#;
        assert_eq!(computed("launch_template_data", data, "{}").unwrap(), read);
        assert_eq!(computed("launch_template_data", "null", "{}").unwrap(), "null");
    }

    #[test]
    fn a_currency_is_the_name_of_the_only_price() {
        assert_eq!(computed("member_name", r#"{"CNY": "0.6"}"#, "{}").unwrap(), "\"CNY\"");
        assert_eq!(computed("member_name", "{}", "{}").unwrap(), "null");
    }

    #[test]
    fn what_protects_cloudfront_is_global() {
        let region = |arn: &str| computed("wafv2_region", &format!("\"{arn}\""), "{}").unwrap();
        assert_eq!(region("arn:aws:wafv2:us-east-1:1:global/webacl/a/b"), "\"global\"");
        assert_eq!(region("arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b"), "\"eu-west-1\"");
    }

    #[test]
    fn a_buckets_region_is_listed_or_located() {
        assert_eq!(
            computed("s3_bucket_region", "null", r#"{"BucketRegion": "eu-north-1"}"#).unwrap(),
            "\"eu-north-1\""
        );
        assert_eq!(
            computed("s3_bucket_region", r#"{"LocationConstraint": "EU"}"#, "{}").unwrap(),
            "\"eu-west-1\""
        );
        assert_eq!(computed("s3_bucket_region", "{}", "{}").unwrap(), "\"us-east-1\"");
    }

    #[test]
    fn the_link_to_a_functions_code_is_left_out() {
        assert_eq!(
            computed("lambda_code", r#"{"RepositoryType": "S3", "Location": "https://signed"}"#, "{}")
                .unwrap(),
            r#"{"RepositoryType":"S3"}"#
        );
    }

    #[test]
    fn responses_are_cut_to_what_the_column_promises() {
        assert_eq!(
            computed("s3_bucket_acl", r#"{"Owner": {"ID": "o"}, "Grants": [], "X": 1}"#, "{}").unwrap(),
            r#"{"Grants":[],"Owner":{"ID":"o"}}"#
        );
        assert_eq!(computed("is_not_empty", "[1]", "{}").unwrap(), "true");
        assert_eq!(computed("is_not_empty", "[]", "{}").unwrap(), "false");
    }
}
