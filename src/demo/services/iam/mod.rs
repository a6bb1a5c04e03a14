//! AWS IAM: account aliases, users and roles.

pub mod report;
mod roles;
mod users;

use super::paging::{self, Page};
use super::{Answer, Call, Service, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::identities;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "iam",
    signing_name: "iam",
    operations: &[
        ("GenerateCredentialReport", report::generate_credential_report),
        ("GetCredentialReport", report::get_credential_report),
        ("GetLoginProfile", users::get_login_profile),
        ("GetRole", roles::get_role),
        ("GetRolePolicy", roles::get_role_policy),
        ("GetUser", users::get_user),
        ("GetUserPolicy", users::get_user_policy),
        ("ListAccountAliases", list_account_aliases),
        ("ListAttachedRolePolicies", roles::list_attached_role_policies),
        ("ListAttachedUserPolicies", users::list_attached_user_policies),
        ("ListGroupsForUser", users::list_groups_for_user),
        ("ListInstanceProfilesForRole", roles::list_instance_profiles_for_role),
        ("ListMFADevices", users::list_mfa_devices),
        ("ListRolePolicies", roles::list_role_policies),
        ("ListRoles", roles::list_roles),
        ("ListUserPolicies", users::list_user_policies),
        ("ListUsers", users::list_users),
    ],
};

fn list_account_aliases(call: &Call<'_>) -> Answer {
    let page = paged(call, identities::aliases(call.account))?;
    let truncated = page.is_truncated();
    Ok(record! { "AccountAliases" => page.items, "IsTruncated" => truncated, "Marker" => page.next })
}

fn paged<T>(call: &Call<'_>, items: Vec<T>) -> Result<Page<T>, ApiError> {
    let size = call.int("MaxItems").unwrap_or(100);
    if !(1..=1_000).contains(&size) {
        return Err(ApiError::bad(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000"
            ),
        ));
    }
    paging::page(call, items, call.text("Marker"), size as usize)
        .ok_or_else(|| ApiError::bad("ValidationError", "Invalid Marker"))
}

/// Policy documents travel percent-encoded inside the XML.
fn encoded(document: &str) -> String {
    percent_encoding::utf8_percent_encode(document, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn boundary(arn: Option<&String>) -> Json {
    arn.map(|arn| record! { "PermissionsBoundaryType" => "Policy", "PermissionsBoundaryArn" => arn.as_str() })
        .into()
}

fn attached(call: &Call<'_>, arns: Vec<String>) -> Answer {
    let page = paged(call, arns)?;
    let truncated = page.is_truncated();
    let policies: Vec<Json> = page
        .items
        .iter()
        .map(|arn| record! { "PolicyName" => arn.rsplit('/').next().unwrap_or_default(), "PolicyArn" => arn.as_str() })
        .collect();
    Ok(record! { "AttachedPolicies" => policies, "IsTruncated" => truncated, "Marker" => page.next })
}

fn policy_names(call: &Call<'_>, inline: Vec<(&'static str, String)>) -> Answer {
    let page = paged(call, inline.into_iter().map(|(name, _)| name).collect())?;
    let truncated = page.is_truncated();
    Ok(record! { "PolicyNames" => page.items, "IsTruncated" => truncated, "Marker" => page.next })
}

fn no_such(what: &str) -> ApiError {
    ApiError::new(404, "NoSuchEntity", what)
}
