//! The organization's policies, and what they are attached to.

use super::{insider, invalid, paged};
use crate::demo::services::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::model::Json;

/// Types that are switched on.
pub const TYPES: [&str; 2] = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"];

struct Policy {
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    description: &'static str,
    aws_managed: bool,
    content: &'static str,
    /// Accounts, or units by the last part of their path; `Root` is all.
    targets: &'static [&'static str],
}

const POLICIES: [Policy; 4] = [
    Policy {
        id: "p-FullAWSAccess",
        name: "FullAWSAccess",
        kind: "SERVICE_CONTROL_POLICY",
        description: "Allows access to every operation",
        aws_managed: true,
        content: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        targets: &["Root"],
    },
    Policy {
        id: "p-baseline1",
        name: "protect-security-baseline",
        kind: "SERVICE_CONTROL_POLICY",
        description: "trails, detectors and recorders are not switched off",
        aws_managed: false,
        content: r#"{"Version":"2012-10-17","Statement":[{"Sid":"Baseline","Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail","guardduty:DeleteDetector","config:StopConfigurationRecorder"],"Resource":"*"}]}"#,
        targets: &["Workloads", "Infrastructure"],
    },
    Policy {
        id: "p-region001",
        name: "deny-ap-southeast-2",
        kind: "SERVICE_CONTROL_POLICY",
        description: "nothing runs in ap-southeast-2",
        aws_managed: false,
        content: r#"{"Version":"2012-10-17","Statement":[{"Sid":"Region","Effect":"Deny","NotAction":["iam:*","organizations:*","sts:*","s3:GetBucketLocation"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"ap-southeast-2"}}}]}"#,
        targets: &["mobile-staging"],
    },
    Policy {
        id: "p-tags00001",
        name: "tag-values",
        kind: "TAG_POLICY",
        description: "how env and team are written",
        aws_managed: false,
        content: r#"{"tags":{"env":{"tag_key":{"@@assign":"env"},"tag_value":{"@@assign":["production","staging","development","sandbox","shared"]}}}}"#,
        targets: &["Root"],
    },
];

impl Policy {
    fn summary(&self, call: &Call<'_>) -> Json {
        let organization = &call.world.organization;
        let folder = self.kind.to_lowercase();
        let arn = match self.aws_managed {
            true => format!("arn:aws:organizations::aws:policy/{folder}/{}", self.id),
            false => format!(
                "arn:aws:organizations::{}:policy/{}/{folder}/{}",
                organization.management().id,
                organization.id,
                self.id
            ),
        };
        record! {
            "Id" => self.id,
            "Arn" => arn,
            "Name" => self.name,
            "Description" => self.description,
            "Type" => self.kind,
            "AwsManaged" => self.aws_managed,
        }
    }

    fn targets(&self, call: &Call<'_>) -> Vec<Json> {
        let organization = &call.world.organization;
        let mut all = Vec::new();
        for unit in organization.units.iter().filter(|unit| self.targets.contains(&unit.name.as_str())) {
            let kind = if unit.parent.is_none() { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
            all.push(record! {
                "TargetId" => unit.id.as_str(),
                "Arn" => organization.unit_arn(unit),
                "Name" => unit.name.as_str(),
                "Type" => kind,
            });
        }
        for account in organization.accounts.iter().filter(|a| self.targets.contains(&a.name.as_str())) {
            all.push(record! {
                "TargetId" => account.id.as_str(),
                "Arn" => organization.account_arn(account),
                "Name" => account.name.as_str(),
                "Type" => "ACCOUNT",
            });
        }
        all
    }
}

fn find(call: &Call<'_>) -> Result<&'static Policy, ApiError> {
    POLICIES.iter().find(|policy| policy.id == call.required("PolicyId")).ok_or_else(|| {
        ApiError::bad(
            "PolicyNotFoundException",
            "We can't find a policy with the PolicyId that you specified.",
        )
    })
}

fn of_type<'p>(call: &Call<'_>) -> Result<impl Iterator<Item = &'p Policy>, ApiError> {
    let filter = call.required("Filter").to_owned();
    if !filter.ends_with("POLICY") && !filter.contains("POLICY_") {
        return Err(invalid("You specified an invalid value for Filter."));
    }
    Ok(POLICIES.iter().filter(move |policy| policy.kind == filter))
}

pub fn list_policies(call: &Call<'_>) -> Answer {
    insider(call)?;
    let page = paged(call, of_type(call)?.collect())?;
    let shown: Vec<Json> = page.items.iter().map(|policy| policy.summary(call)).collect();
    Ok(record! { "Policies" => shown, "NextToken" => page.next })
}

pub fn list_policies_for_target(call: &Call<'_>) -> Answer {
    insider(call)?;
    let target = call.required("TargetId");
    let is_on = |policy: &&Policy| {
        policy.targets(call).iter().any(|t| t.get("TargetId").and_then(Json::as_str) == Some(target))
    };
    let page = paged(call, of_type(call)?.filter(is_on).collect())?;
    let shown: Vec<Json> = page.items.iter().map(|policy| policy.summary(call)).collect();
    Ok(record! { "Policies" => shown, "NextToken" => page.next })
}

pub fn describe_policy(call: &Call<'_>) -> Answer {
    insider(call)?;
    let policy = find(call)?;
    Ok(
        record! { "Policy" => record! { "PolicySummary" => policy.summary(call), "Content" => policy.content } },
    )
}

pub fn list_targets_for_policy(call: &Call<'_>) -> Answer {
    insider(call)?;
    let page = paged(call, find(call)?.targets(call))?;
    Ok(record! { "Targets" => page.items, "NextToken" => page.next })
}
