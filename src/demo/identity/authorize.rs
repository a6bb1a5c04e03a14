//! Whether an identity may do what it asks: service control policies, the identity's own, the session's.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::policy::{Question, Verdict};
use super::{Caller, Policy, Principal, actions};
use crate::demo::mishaps::{self, Mishap};
use crate::demo::wire::Refusal;
use crate::demo::world::organization::OrgAccount;
use crate::demo::world::{World, identities, incidents};
use crate::model::Json;

/// Denies everything regional, as an organization that allows few regions does.
const REGION_DENIED: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyRegion","Effect":"Deny",
    "NotAction":["iam:*","sts:*","organizations:*","account:*","s3:ListAllMyBuckets","ec2:DescribeRegions"],"Resource":"*"}]}"#;

pub fn authorize(
    world: &World,
    account: &OrgAccount,
    caller: &Caller,
    service: &str,
    operation: &str,
    region: &str,
    input: &Json,
) -> Result<(), Refusal> {
    if actions::is_free(service, operation) {
        return Ok(());
    }
    let action = actions::action(service, operation);
    let resource = actions::resource(service, &account.id, region, input);
    let context = [
        ("aws:requestedregion", region.to_owned()),
        ("aws:multifactorauthpresent", caller.with_mfa.to_string()),
    ];
    let question = Question { action: &action, resource: &resource, principal: None, context: &context };
    let refuse = |because: String| {
        // EC2 and lists name no resource.
        let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
        Err(Refusal::Denied(format!(
            "User: {} is not authorized to perform: {action}{on} {because}",
            caller.arn()
        )))
    };
    if incidents::region_is_denied(account, region)
        && Policy::parse(REGION_DENIED).is_some_and(|p| p.verdict(&question) == Verdict::Deny)
    {
        return refuse("with an explicit deny in a service control policy".to_owned());
    }
    let own = own_policies(world, account, caller);
    let verdicts: Vec<Verdict> = own.iter().map(|p| p.verdict(&question)).collect();
    if verdicts.contains(&Verdict::Deny) {
        return refuse("with an explicit deny in an identity-based policy".to_owned());
    }
    if !verdicts.contains(&Verdict::Allow) || is_unlucky(world, account, service, region) {
        return refuse(format!("because no identity-based policy allows the {action} action"));
    }
    match caller.session_policy.as_ref().map(|p| p.verdict(&question)) {
        Some(Verdict::Deny) => refuse("with an explicit deny in a session policy".to_owned()),
        Some(Verdict::Silent) => refuse(format!("because no session policy allows the {action} action")),
        Some(Verdict::Allow) | None => Ok(()),
    }
}

/// Policies of the principals that asked so far, by the principal's ARN.
#[derive(Debug, Default)]
pub struct OwnPolicies(RwLock<HashMap<String, Arc<Vec<Policy>>>>);

fn own_policies(world: &World, account: &OrgAccount, caller: &Caller) -> Arc<Vec<Policy>> {
    let arn = caller.principal_arn();
    if let Some(found) = world.policies.0.read().get(&arn) {
        return found.clone();
    }
    let (attached, inline) = match &caller.principal {
        Principal::User(name) => {
            let user = identities::users(world, account).into_iter().find(|u| u.name == *name);
            user.map_or_else(Default::default, |u| (u.attached, u.inline))
        }
        Principal::Role { name, .. } => {
            let role = identities::roles(world, account).into_iter().find(|r| r.name == *name);
            role.map_or_else(Default::default, |r| (r.attached, r.inline))
        }
    };
    let managed = attached.iter().filter_map(|arn| identities::managed_policy(arn));
    let texts = managed.chain(inline.iter().map(|(_, text)| text.as_str()));
    let policies = Arc::new(texts.filter_map(Policy::parse).collect::<Vec<_>>());
    world.policies.0.write().insert(arn, policies.clone());
    policies
}

/// Whether the `deny` knob hit this service in this region of this account.
fn is_unlucky(world: &World, account: &OrgAccount, service: &str, region: &str) -> bool {
    mishaps::fate(&world.knobs, &account.id, region, service) == Some(Mishap::Deny)
}
