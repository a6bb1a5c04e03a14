//! IAM users.

use super::{Answer, Call, attached, boundary, encoded, no_such, paged, policy_names, tag_list};
use crate::demo::dice::Dice;
use crate::demo::identity::Principal;
use crate::demo::wire::ApiError;
use crate::demo::world::identities::{self, User};
use crate::model::Json;

fn find(call: &Call<'_>) -> Result<User, ApiError> {
    let own = match &call.caller.principal {
        Principal::User(name) => Some(name.as_str()),
        Principal::Role { .. } => None,
    };
    let name = call.text("UserName").or(own).ok_or_else(|| {
        ApiError::bad("ValidationError", "Must specify userName when calling with non-User credentials")
    })?;
    identities::users(call.world, call.account)
        .into_iter()
        .find(|u| u.name == name)
        .ok_or_else(|| no_such(&format!("The user with name {name} cannot be found.")))
}

/// Lists leave out what `GetUser` tells: tags and the boundary.
fn shown(call: &Call<'_>, user: &User, whole: bool) -> Json {
    record! {
        "Path" => user.path,
        "UserName" => user.name.as_str(),
        "UserId" => user.id.as_str(),
        "Arn" => format!("arn:aws:iam::{}:user{}{}", call.account.id, user.path, user.name),
        "CreateDate" => user.created,
        "PasswordLastUsed" => user.password_used,
        "PermissionsBoundary" => if whole { boundary(user.boundary.as_ref()) } else { Json::Null },
        "Tags" => if whole && !user.tags.is_empty() { tag_list(&user.tags) } else { Json::Null },
    }
}

pub fn list_users(call: &Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let users = identities::users(call.world, call.account);
    let page = paged(call, users.into_iter().filter(|u| u.path.starts_with(prefix)).collect())?;
    let truncated = page.is_truncated();
    let users: Vec<Json> = page.items.iter().map(|u| shown(call, u, false)).collect();
    Ok(record! { "Users" => users, "IsTruncated" => truncated, "Marker" => page.next })
}

pub fn get_user(call: &Call<'_>) -> Answer {
    Ok(record! { "User" => shown(call, &find(call)?, true) })
}

pub fn list_mfa_devices(call: &Call<'_>) -> Answer {
    let user = find(call)?;
    let devices: Vec<Json> = user
        .mfa
        .map(|enabled| {
            record! {
                "UserName" => user.name.as_str(),
                "SerialNumber" => format!("arn:aws:iam::{}:mfa/{}", call.account.id, user.name),
                "EnableDate" => enabled,
            }
        })
        .into_iter()
        .collect();
    let page = paged(call, devices)?;
    let truncated = page.is_truncated();
    Ok(record! { "MFADevices" => page.items, "IsTruncated" => truncated, "Marker" => page.next })
}

pub fn get_login_profile(call: &Call<'_>) -> Answer {
    let user = find(call)?;
    let set = user
        .login
        .ok_or_else(|| no_such(&format!("Login Profile for User {} cannot be found.", user.name)))?;
    Ok(record! {
        "LoginProfile" => record! {
            "UserName" => user.name.as_str(),
            "CreateDate" => set,
            "PasswordResetRequired" => false,
        },
    })
}

pub fn list_groups_for_user(call: &Call<'_>) -> Answer {
    let page = paged(call, find(call)?.groups)?;
    let truncated = page.is_truncated();
    let groups: Vec<Json> = page
        .items
        .iter()
        .map(|name| {
            let mut dice = Dice::new(call.world.knobs.seed, &["group", &call.account.id, name]);
            record! {
                "Path" => "/",
                "GroupName" => *name,
                "GroupId" => dice.unique_id("AGPA"),
                "Arn" => format!("arn:aws:iam::{}:group/{name}", call.account.id),
                "CreateDate" => call.account.joined + 86_400,
            }
        })
        .collect();
    Ok(record! { "Groups" => groups, "IsTruncated" => truncated, "Marker" => page.next })
}

pub fn list_user_policies(call: &Call<'_>) -> Answer {
    policy_names(call, find(call)?.inline)
}

pub fn get_user_policy(call: &Call<'_>) -> Answer {
    let user = find(call)?;
    let name = call.required("PolicyName");
    let (_, document) = user
        .inline
        .iter()
        .find(|(n, _)| *n == name)
        .ok_or_else(|| no_such(&format!("The user policy with name {name} cannot be found.")))?;
    Ok(
        record! { "UserName" => user.name.as_str(), "PolicyName" => name, "PolicyDocument" => encoded(document) },
    )
}

pub fn list_attached_user_policies(call: &Call<'_>) -> Answer {
    attached(call, find(call)?.attached)
}
