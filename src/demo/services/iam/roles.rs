//! IAM roles.

use super::{Answer, Call, attached, boundary, encoded, no_such, paged, policy_names, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::identities::{self, Role};
use crate::model::Json;

fn find(call: &Call<'_>) -> Result<Role, ApiError> {
    let name = call.required("RoleName");
    identities::roles(call.world, call.account)
        .into_iter()
        .find(|r| r.name == name)
        .ok_or_else(|| no_such(&format!("The role with name {name} cannot be found.")))
}

/// Lists leave out what `GetRole` tells: tags, the boundary and the last use.
fn shown(call: &Call<'_>, role: &Role, whole: bool) -> Json {
    let used = role.used.as_ref().map_or_else(
        || Json::Object(Vec::new()),
        |(at, region)| record! { "LastUsedDate" => *at, "Region" => region.as_str() },
    );
    record! {
        "Path" => role.path,
        "RoleName" => role.name.as_str(),
        "RoleId" => role.id.as_str(),
        "Arn" => format!("arn:aws:iam::{}:role{}{}", call.account.id, role.path, role.name),
        "CreateDate" => role.created,
        "AssumeRolePolicyDocument" => encoded(&role.trust),
        "Description" => (!role.description.is_empty()).then_some(role.description),
        "MaxSessionDuration" => role.max_session,
        "PermissionsBoundary" => if whole { boundary(role.boundary.as_ref()) } else { Json::Null },
        "Tags" => if whole && !role.tags.is_empty() { tag_list(&role.tags) } else { Json::Null },
        "RoleLastUsed" => if whole { used } else { Json::Null },
    }
}

pub fn list_roles(call: &Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let roles = identities::roles(call.world, call.account);
    let page = paged(call, roles.into_iter().filter(|r| r.path.starts_with(prefix)).collect())?;
    let truncated = page.is_truncated();
    let roles: Vec<Json> = page.items.iter().map(|r| shown(call, r, false)).collect();
    Ok(record! { "Roles" => roles, "IsTruncated" => truncated, "Marker" => page.next })
}

pub fn get_role(call: &Call<'_>) -> Answer {
    Ok(record! { "Role" => shown(call, &find(call)?, true) })
}

pub fn list_instance_profiles_for_role(call: &Call<'_>) -> Answer {
    let role = find(call)?;
    let place = call.world.place(call.account, call.region);
    let profiles: Vec<Json> = role
        .profile
        .map(|name| {
            record! {
                "Path" => "/",
                "InstanceProfileName" => name,
                "InstanceProfileId" => place.profile_id(),
                "Arn" => format!("arn:aws:iam::{}:instance-profile/{name}", call.account.id),
                "CreateDate" => role.created,
                "Roles" => vec![shown(call, &role, false)],
            }
        })
        .into_iter()
        .collect();
    let page = paged(call, profiles)?;
    let truncated = page.is_truncated();
    Ok(record! { "InstanceProfiles" => page.items, "IsTruncated" => truncated, "Marker" => page.next })
}

pub fn list_role_policies(call: &Call<'_>) -> Answer {
    policy_names(call, find(call)?.inline)
}

pub fn get_role_policy(call: &Call<'_>) -> Answer {
    let role = find(call)?;
    let name = call.required("PolicyName");
    let (_, document) = role
        .inline
        .iter()
        .find(|(n, _)| *n == name)
        .ok_or_else(|| no_such(&format!("The role policy with name {name} cannot be found.")))?;
    Ok(
        record! { "RoleName" => role.name.as_str(), "PolicyName" => name, "PolicyDocument" => encoded(document) },
    )
}

pub fn list_attached_role_policies(call: &Call<'_>) -> Answer {
    attached(call, find(call)?.attached)
}
