//! AWS Organizations: the tree of accounts, told to the management account and its delegate.

mod policies;

use super::paging::{Page, page};
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::demo::world::organization::{OrgAccount, Unit};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "organizations",
    signing_name: "organizations",
    operations: &[
        ("DescribeAccount", describe_account),
        ("DescribeOrganization", describe_organization),
        ("DescribeOrganizationalUnit", describe_unit),
        ("DescribePolicy", policies::describe_policy),
        ("ListAccounts", list_accounts),
        ("ListAccountsForParent", list_accounts_for_parent),
        ("ListDelegatedAdministrators", list_delegated_administrators),
        ("ListOrganizationalUnitsForParent", list_units_for_parent),
        ("ListParents", list_parents),
        ("ListPolicies", policies::list_policies),
        ("ListPoliciesForTarget", policies::list_policies_for_target),
        ("ListRoots", list_roots),
        ("ListTagsForResource", list_tags_for_resource),
        ("ListTargetsForPolicy", policies::list_targets_for_policy),
    ],
};

/// The account that may ask about the organization beside the management account.
const DELEGATE: &str = "security-tooling";
/// AWS gives at most this many a page.
const LARGEST_PAGE: i64 = 20;

fn insider(call: &Call<'_>) -> Result<(), ApiError> {
    let management = &call.world.organization.management().id;
    if call.account.id == *management || call.account.name == DELEGATE {
        return Ok(());
    }
    Err(ApiError::bad("AccessDeniedException", "You don't have permissions to access this resource."))
}

fn paged<T>(call: &Call<'_>, items: Vec<T>) -> Result<Page<T>, ApiError> {
    let size = call.int("MaxResults").unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(invalid("You specified an invalid value for MaxResults."));
    }
    page(call, items, call.text("NextToken"), size as usize)
        .ok_or_else(|| invalid("You specified an invalid value for nextToken. You must get the value from the response to a previous call to the API."))
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad("InvalidInputException", message)
}

fn account_json(call: &Call<'_>, account: &OrgAccount) -> Json {
    record! {
        "Id" => account.id.as_str(),
        "Arn" => call.world.organization.account_arn(account),
        "Email" => account.email.as_str(),
        "Name" => account.name.as_str(),
        "Status" => account.status.as_str(),
        "State" => account.status.as_str(),
        "JoinedMethod" => if account.created_here { "CREATED" } else { "INVITED" },
        "JoinedTimestamp" => account.joined,
    }
}

fn unit_json(call: &Call<'_>, unit: &Unit) -> Json {
    record! {
        "Id" => unit.id.as_str(),
        "Arn" => call.world.organization.unit_arn(unit),
        "Name" => unit.name.as_str(),
    }
}

/// Members may ask what organization they are in.
fn describe_organization(call: &Call<'_>) -> Answer {
    let organization = &call.world.organization;
    let management = organization.management();
    let arn = format!("arn:aws:organizations::{}:organization/{}", management.id, organization.id);
    Ok(record! {
        "Organization" => record! {
            "Id" => organization.id.as_str(),
            "Arn" => arn,
            "FeatureSet" => "ALL",
            "MasterAccountArn" => organization.account_arn(management),
            "MasterAccountId" => management.id.as_str(),
            "MasterAccountEmail" => management.email.as_str(),
            "AvailablePolicyTypes" => policy_types(),
        },
    })
}

fn describe_account(call: &Call<'_>) -> Answer {
    insider(call)?;
    let account = call.world.organization.account(call.required("AccountId")).ok_or_else(no_account)?;
    Ok(record! { "Account" => account_json(call, account) })
}

fn no_account() -> ApiError {
    ApiError::bad("AccountNotFoundException", "You specified an account that doesn't exist.")
}

fn describe_unit(call: &Call<'_>) -> Answer {
    insider(call)?;
    let unit =
        call.world.organization.unit(call.required("OrganizationalUnitId")).filter(|u| u.parent.is_some());
    let unit = unit.ok_or_else(|| {
        ApiError::bad(
            "OrganizationalUnitNotFoundException",
            "You specified an organizational unit that doesn't exist.",
        )
    })?;
    Ok(record! { "OrganizationalUnit" => unit_json(call, unit) })
}

fn list_accounts(call: &Call<'_>) -> Answer {
    insider(call)?;
    let page = paged(call, call.world.organization.accounts.iter().collect())?;
    let accounts: Vec<Json> = page.items.iter().map(|a| account_json(call, a)).collect();
    Ok(record! { "Accounts" => accounts, "NextToken" => page.next })
}

fn parent<'a>(call: &Call<'a>) -> Result<&'a Unit, ApiError> {
    call.world
        .organization
        .unit(call.required("ParentId"))
        .ok_or_else(|| ApiError::bad("ParentNotFoundException", "You specified a parent that doesn't exist."))
}

fn list_accounts_for_parent(call: &Call<'_>) -> Answer {
    insider(call)?;
    let organization = &call.world.organization;
    let accounts: Vec<&OrgAccount> =
        parent(call)?.accounts.iter().filter_map(|i| organization.accounts.get(*i)).collect();
    let page = paged(call, accounts)?;
    let accounts: Vec<Json> = page.items.iter().map(|a| account_json(call, a)).collect();
    Ok(record! { "Accounts" => accounts, "NextToken" => page.next })
}

fn list_units_for_parent(call: &Call<'_>) -> Answer {
    insider(call)?;
    let organization = &call.world.organization;
    let units: Vec<&Unit> =
        parent(call)?.children.iter().filter_map(|i| organization.units.get(*i)).collect();
    let page = paged(call, units)?;
    let units: Vec<Json> = page.items.iter().map(|u| unit_json(call, u)).collect();
    Ok(record! { "OrganizationalUnits" => units, "NextToken" => page.next })
}

fn list_parents(call: &Call<'_>) -> Answer {
    insider(call)?;
    let organization = &call.world.organization;
    let child = call.required("ChildId");
    let parent = match organization.account(child) {
        Some(account) => organization.units.get(account.unit),
        None => organization.unit(child).and_then(|u| u.parent).and_then(|p| organization.units.get(p)),
    };
    let parent = parent.ok_or_else(|| {
        ApiError::bad("ChildNotFoundException", "You specified a child that doesn't exist.")
    })?;
    let kind = if parent.parent.is_none() { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(record! { "Parents" => vec![record! { "Id" => parent.id.as_str(), "Type" => kind }] })
}

fn policy_types() -> Vec<Json> {
    policies::TYPES.iter().map(|kind| record! { "Type" => *kind, "Status" => "ENABLED" }).collect()
}

fn list_roots(call: &Call<'_>) -> Answer {
    insider(call)?;
    let root = call.world.organization.root();
    Ok(record! {
        "Roots" => vec![record! {
            "Id" => root.id.as_str(),
            "Arn" => call.world.organization.unit_arn(root),
            "Name" => root.name.as_str(),
            "PolicyTypes" => policy_types(),
        }],
    })
}

fn list_tags_for_resource(call: &Call<'_>) -> Answer {
    insider(call)?;
    let organization = &call.world.organization;
    let id = call.required("ResourceId");
    let tags: Vec<(String, String)> = match (organization.account(id), organization.unit(id)) {
        (Some(account), _) => account.tags.clone().into_iter().collect(),
        (None, Some(_)) => Vec::new(),
        (None, None) => {
            return Err(ApiError::bad(
                "TargetNotFoundException",
                "You specified a target that doesn't exist.",
            ));
        }
    };
    let page = paged(call, tags)?;
    Ok(record! { "Tags" => super::tag_list(&page.items), "NextToken" => page.next })
}

fn list_delegated_administrators(call: &Call<'_>) -> Answer {
    insider(call)?;
    let delegates: Vec<Json> = call
        .world
        .organization
        .account_named(DELEGATE)
        .map(|account| {
            let Json::Object(mut members) = account_json(call, account) else { return Json::Null };
            members.push(("DelegationEnabledDate".into(), Json::int(account.joined + 86_400)));
            Json::Object(members)
        })
        .into_iter()
        .collect();
    Ok(record! { "DelegatedAdministrators" => delegates })
}
