//! The IAM Identity Center portal: accounts, permission sets and their credentials, for an access token.

use super::paging::{Page, page};
use super::{Answer, Call, Service};
use crate::demo::identity::{PORTAL_TOKEN, Principal, SessionRequest};
use crate::demo::wire::ApiError;
use crate::demo::world::identities::MEMBER_ROLE;
use crate::demo::world::organization::OrgAccount;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "sso",
    // Portal requests are not signed.
    signing_name: "awsssoportal",
    operations: &[
        ("GetRoleCredentials", get_role_credentials),
        ("ListAccountRoles", list_account_roles),
        ("ListAccounts", list_accounts),
    ],
};

pub fn is_portal(path: &str) -> bool {
    ["/assignment/", "/federation/"].iter().any(|p| path.starts_with(p))
}

/// The permission sets assigned in an account.
fn permission_sets(call: &Call<'_>, account: &OrgAccount) -> Vec<&'static str> {
    let mut all = Vec::new();
    if account.id == call.world.organization.management().id {
        all.push(crate::demo::world::identities::HUB_ROLE);
    } else if crate::demo::world::incidents::has_member_role(account) {
        all.push(MEMBER_ROLE);
    }
    all
}

fn signed_in(call: &Call<'_>) -> Result<(), ApiError> {
    if call.text("AccessToken") == Some(PORTAL_TOKEN) {
        return Ok(());
    }
    Err(ApiError::new(401, "UnauthorizedException", "Session token not found or invalid"))
}

fn assigned<'a>(call: &Call<'a>) -> Result<&'a OrgAccount, ApiError> {
    signed_in(call)?;
    let account = call.world.organization.account(call.required("AccountId"));
    account.filter(|a| a.is_active() && !permission_sets(call, a).is_empty()).ok_or_else(forbidden)
}

fn forbidden() -> ApiError {
    ApiError::new(403, "ForbiddenException", "No access")
}

fn paged<T>(call: &Call<'_>, items: Vec<T>) -> Result<Page<T>, ApiError> {
    let size = call.int("MaxResults").unwrap_or(100).clamp(1, 1_000) as usize;
    page(call, items, call.text("NextToken"), size)
        .ok_or_else(|| ApiError::bad("InvalidRequestException", "Invalid next token"))
}

fn list_accounts(call: &Call<'_>) -> Answer {
    signed_in(call)?;
    let accounts: Vec<&OrgAccount> = call
        .world
        .organization
        .accounts
        .iter()
        .filter(|a| a.is_active() && !permission_sets(call, a).is_empty())
        .collect();
    let page = paged(call, accounts)?;
    let list: Vec<Json> = page
        .items
        .iter()
        .map(|a| record! { "AccountId" => a.id.as_str(), "AccountName" => a.name.as_str(), "EmailAddress" => a.email.as_str() })
        .collect();
    Ok(record! { "NextToken" => page.next, "AccountList" => list })
}

fn list_account_roles(call: &Call<'_>) -> Answer {
    let account = assigned(call)?;
    let page = paged(call, permission_sets(call, account))?;
    let list: Vec<Json> = page
        .items
        .iter()
        .map(|role| record! { "RoleName" => *role, "AccountId" => account.id.as_str() })
        .collect();
    Ok(record! { "NextToken" => page.next, "RoleList" => list })
}

fn get_role_credentials(call: &Call<'_>) -> Answer {
    let account = assigned(call)?;
    let role = call.required("RoleName");
    if !permission_sets(call, account).contains(&role) {
        return Err(forbidden());
    }
    let expires = call.now + 3_600;
    let issued = call.world.keyring.issue(SessionRequest {
        account: account.id.clone(),
        principal: Principal::Role { name: role.to_owned(), session: "operator".to_owned() },
        policy: None,
        with_mfa: true,
        expires,
    });
    Ok(record! {
        "RoleCredentials" => record! {
            "AccessKeyId" => issued.access_key,
            "SecretAccessKey" => issued.secret,
            "SessionToken" => issued.token,
            // The one time on the portal's wire, in milliseconds.
            "Expiration" => expires * 1_000,
        },
    })
}
