//! Who we are and where we may go: base credentials, hub, organization, member roles, session policy.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::stream::{self, StreamExt as _};

use super::finding::Finding;
use super::in_time;
use crate::app::App;
use crate::aws::{ActionSet, SessionPolicy};
use crate::model::{Account, AccountId, Fault, FaultKind};
use crate::org::{Tags, role_hint};
use crate::term::sanitize;

/// What a role is entered for; every read-only role may.
const ASKED: &str = "ec2:DescribeRegions";
const SAMPLE: usize = 5;
const AT_ONCE: usize = 32;
const SOON: Duration = Duration::from_secs(15 * 60);

const CREDENTIALS: &str = "credentials";
const HUB: &str = "hub role";
const ORGANIZATION: &str = "organization";
const MEMBERS: &str = "member roles";
const POLICY: &str = "session policy";

/// Everything that takes credentials, in order: where one step fails, those after it cannot be taken.
pub async fn checks(app: &App, all: bool, limit: Duration) -> Vec<Finding> {
    let (mut findings, entered) = credentials(app, limit).await;
    if !entered {
        let rest = [HUB, ORGANIZATION, MEMBERS, POLICY];
        findings.extend(rest.map(|check| Finding::skipped(check, "needs credentials that work")));
        return findings;
    }
    let (hub, inside) = self::hub(app, limit).await;
    findings.push(hub);
    if !inside {
        let rest = [ORGANIZATION, MEMBERS, POLICY];
        findings.extend(rest.map(|check| Finding::skipped(check, "needs the hub role")));
        return findings;
    }
    let selected = match in_time(limit, app.directory.selected(Tags::LeftOut)).await {
        Some(Ok(selected)) => selected,
        failed => {
            findings.push(match failed {
                Some(Err(error)) => Finding::error(ORGANIZATION, &error),
                _ => late(ORGANIZATION, limit),
            });
            findings.extend([MEMBERS, POLICY].map(|check| Finding::skipped(check, "needs the accounts")));
            return findings;
        }
    };
    findings.push(organization(app, selected.asked.len(), selected.suspended.len()));
    let sample = if all { selected.asked } else { spread(selected.asked, SAMPLE) };
    findings.extend(members(app, sample, all, limit).await);
    findings.push(policy(app));
    findings
}

fn late(check: &'static str, limit: Duration) -> Finding {
    let seen = format!("no answer within {} s", limit.as_secs());
    Finding::failed(check, seen, "check the network; see the endpoints above")
}

/// Whether what comes after makes sense.
async fn credentials(app: &App, limit: Duration) -> (Vec<Finding>, bool) {
    if app.settings.credentials.identity_center.is_some() {
        return match in_time(limit, app.aws.identity_center_accounts()).await {
            Some(Ok(accounts)) => {
                let seen = format!("an IAM Identity Center login that sees {} accounts", accounts.len());
                (vec![Finding::ok(CREDENTIALS, seen)], true)
            }
            Some(Err(error)) => (vec![Finding::error(CREDENTIALS, &error)], false),
            None => (vec![late(CREDENTIALS, limit)], false),
        };
    }
    let found = match in_time(limit, app.aws.base_identity()).await {
        Some(Ok(found)) => found,
        Some(Err(error)) => return (vec![Finding::error(CREDENTIALS, &error)], false),
        None => return (vec![late(CREDENTIALS, limit)], false),
    };
    let left = found.ends.map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
    let lasting = match left {
        Some(left) => format!(", for {} more minutes", left.as_secs() / 60),
        None if found.is_long_term => ", with keys that do not end by themselves".to_owned(),
        None => String::new(),
    };
    let seen = format!("{}{lasting}", found.caller.arn);
    let finding = if found.caller.arn.ends_with(":root") {
        Finding::warning(CREDENTIALS, seen, "the root user can assume no role: use a user, a role or a login")
    } else if left.is_some_and(|left| left < SOON) {
        Finding::warning(CREDENTIALS, seen, "log in again before a long run")
    } else {
        Finding::ok(CREDENTIALS, seen)
    };
    (vec![finding], true)
}

async fn hub(app: &App, limit: Duration) -> (Finding, bool) {
    if app.settings.credentials.identity_center.is_some() {
        return (Finding::skipped(HUB, "an IAM Identity Center login enters accounts without one"), true);
    }
    match in_time(limit, app.aws.hub()).await {
        Some(Ok((_, Some(role)))) => (Finding::ok(HUB, format!("{role} can be assumed")), true),
        Some(Ok((account, None))) => {
            let gone_without = app.aws.notes().into_iter().find(|note| note.contains("hub role"));
            let finding = match gone_without {
                Some(note) => Finding::warning(
                    HUB,
                    note,
                    "deploy it, name another (hub_role), or say that there is none (hub_role: none)",
                ),
                None => Finding::ok(HUB, format!("none: {account} is asked as it is")),
            };
            (finding, true)
        }
        Some(Err(error)) => (Finding::error(HUB, &error), false),
        None => (late(HUB, limit), false),
    }
}

fn organization(app: &App, asked: usize, suspended: usize) -> Finding {
    let Some(organization) = app.directory.known_organization() else {
        return Finding::ok(ORGANIZATION, format!("{asked} accounts"));
    };
    let mut seen = format!(
        "{asked} accounts in scope of {} ({})",
        organization.accounts.len(),
        organization.source.as_str()
    );
    if suspended > 0 {
        seen.push_str(&format!(", {suspended} suspended"));
    }
    match organization.notes.as_slice() {
        [] => Finding::ok(ORGANIZATION, seen),
        notes => Finding::warning(
            ORGANIZATION,
            format!("{seen}; {}", notes.join("; ")),
            "allow the hub the Organizations reads of the README, or list the accounts (organization: static)",
        ),
    }
}

/// A few accounts, from as many organizational units as there are.
pub fn spread(accounts: Vec<Arc<Account>>, most: usize) -> Vec<Arc<Account>> {
    let mut by_unit: BTreeMap<String, VecDeque<Arc<Account>>> = BTreeMap::new();
    for account in accounts {
        let unit = account.ou_path.as_ref().map(ToString::to_string).unwrap_or_default();
        by_unit.entry(unit).or_default().push_back(account);
    }
    let mut units: VecDeque<VecDeque<Arc<Account>>> = by_unit.into_values().collect();
    let mut sample = Vec::new();
    while sample.len() < most {
        let Some(mut unit) = units.pop_front() else { break };
        sample.extend(unit.pop_front());
        if !unit.is_empty() {
            units.push_back(unit);
        }
    }
    sample
}

async fn members(app: &App, sample: Vec<Arc<Account>>, all: bool, limit: Duration) -> Vec<Finding> {
    let actions: ActionSet = Arc::new([ASKED.to_owned()].into());
    let asked = sample.len();
    let outcomes: Vec<(Arc<Account>, Result<(), Fault>)> = stream::iter(sample)
        .map(|account| async {
            let entering = in_time(limit, app.aws.assume(&account.id, &actions)).await;
            let late = || Fault::new(FaultKind::Timeout, format!("no answer within {} s", limit.as_secs()));
            (account, entering.unwrap_or_else(|| Err(late())))
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<_> =
        outcomes.iter().filter_map(|(account, outcome)| Some((account, outcome.as_ref().err()?))).collect();
    let role = &app.settings.credentials.member_role;
    let how = if all { "all" } else { "a sample, --all asks every one" };
    let seen = format!("{} of {asked} accounts can be entered ({how})", asked - failed.len());
    if failed.is_empty() {
        return vec![Finding::ok(MEMBERS, seen)];
    }
    let mut findings = vec![Finding::failed(MEMBERS, seen, "see each below")];
    for (account, fault) in failed {
        let mut finding = Finding::fault("member role", fault, role_hint(fault, role));
        finding.seen = format!("{}: {}", named(&account.id, &account.name), finding.seen);
        findings.push(finding);
    }
    findings
}

fn named(id: &AccountId, name: &str) -> String {
    format!("{} ({id})", sanitize(name))
}

fn policy(app: &App) -> Finding {
    match app.aws.session_policy() {
        SessionPolicy::Attached => Finding::ok(POLICY, "sessions are confined to the actions of the plan"),
        SessionPolicy::Partly { why } => Finding::warning(
            POLICY,
            format!("in some accounts none can be attached: {why}"),
            "a hub role makes one possible in the base identity's own account",
        ),
        SessionPolicy::None { why } => Finding::warning(
            POLICY,
            format!("none can be attached: {why}"),
            "what is asked may do what its role may: give it a read-only one",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OuPath;

    #[test]
    fn a_sample_is_from_every_unit_before_it_is_twice_from_one() {
        let account = |id: u64, unit: &str| {
            let mut account = Account::bare(format!("{id:012}").parse().unwrap());
            account.ou_path = Some(OuPath::new(unit));
            Arc::new(account)
        };
        let accounts: Vec<_> = (1..=4)
            .map(|id| account(id, "Root/A"))
            .chain([account(5, "Root/B"), account(6, "Root/C")])
            .collect();
        let ids = |most| -> Vec<String> {
            let sample = spread(accounts.clone(), most);
            sample.iter().map(|a| a.id.as_str().trim_start_matches('0').to_owned()).collect()
        };
        assert_eq!(ids(3), ["1", "5", "6"]);
        assert_eq!(ids(5), ["1", "5", "6", "2", "3"]);
        assert_eq!(ids(50).len(), 6);
    }
}
