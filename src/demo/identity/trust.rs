//! Who may assume a role.

use super::policy::{Question, Verdict};
use super::{Caller, Policy};
use crate::demo::world::{World, identities};

/// Why not. STS words all of these alike, so that nobody learns which roles exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NoSuchRole,
    NotTrusted,
    SuspendedAccount,
}

/// The role, where its trust policy lets the caller do each of the STS actions.
pub fn may_assume(
    world: &World,
    caller: &Caller,
    role_arn: &str,
    actions: &[&str],
    external_id: Option<&str>,
) -> Result<identities::Role, Refused> {
    let mut parts = role_arn.splitn(6, ':');
    let id = parts.nth(4).unwrap_or_default();
    let name = parts.next().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
    let account = world.organization.account(id).ok_or(Refused::NoSuchRole)?;
    if !account.is_active() {
        return Err(Refused::SuspendedAccount);
    }
    let role =
        identities::roles(world, account).into_iter().find(|r| r.name == name).ok_or(Refused::NoSuchRole)?;
    let trust = Policy::parse(&role.trust).ok_or(Refused::NotTrusted)?;
    let mut context = vec![("aws:multifactorauthpresent", caller.with_mfa.to_string())];
    if let Some(given) = external_id {
        context.push(("sts:externalid", given.to_owned()));
    }
    let principal = caller.principal_arn();
    let trusted = actions.iter().all(|action| {
        trust.verdict(&Question {
            action,
            resource: role_arn,
            principal: Some(&principal),
            context: &context,
        }) == Verdict::Allow
    });
    if trusted { Ok(role) } else { Err(Refused::NotTrusted) }
}
