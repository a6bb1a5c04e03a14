//! Session policies: exactly the actions of the plan, never a wildcard among them.
//!
//! An action may be confined to what it is about, after a space: `s3:GetObject arn:aws:s3:::logs/2026/*`.
//! Those of a plan are few and share one session.
//!
//! STS takes 2,048 characters of policy text and a packed form of undocumented size (20 tables took
//! 1,676 characters, 40 took 3,081), so a long list becomes several sessions, split by service.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// Characters of policy text that AssumeRole takes (IAM quotas).
pub const LIMIT: usize = 2048;

const HEAD: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["#;
const TAIL: &str = r#"],"Resource":"*"}]}"#;

/// Why no policy can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The call needs an action that the plan did not name.
    NotPlanned(String),
    /// Not one exact `service:Action`, or what follows it is no ARN.
    NotExact(String),
}

/// An action that may only be used on one resource, or on what begins like it (a `*` at the end).
pub fn confined(action: &str, resource: &str) -> String {
    format!("{action} {resource}")
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::NotPlanned(action) => write!(f, "the call needs {action}, which the plan does not name"),
            Refused::NotExact(action) => write!(f, "'{action}' is not one exact IAM action"),
        }
    }
}

/// The policy of the session in which a call that needs `needed` is made, when the plan as a whole
/// needs `actions`. The same arguments always give the same text, so that sessions are shared.
pub fn share(actions: &BTreeSet<String>, needed: &[String], limit: usize) -> Result<Arc<str>, Refused> {
    for action in actions.iter().chain(needed) {
        if !is_exact(action) {
            return Err(Refused::NotExact(action.clone()));
        }
    }
    let about =
        |action: &str| actions.iter().any(|entry| entry.split_once(' ').is_some_and(|e| e.0 == action));
    if let Some(missing) = needed.iter().find(|action| !actions.contains(*action) && !about(action)) {
        return Err(Refused::NotPlanned(missing.clone()));
    }
    if needed.iter().any(|action| !actions.contains(action)) {
        return Ok(confined_text(actions, needed));
    }
    let parts = split(actions, limit);
    let part = parts.iter().find(|part| needed.iter().all(|action| part.contains(&action.as_str())));
    Ok(match part {
        Some(part) => text(part),
        None => text(&needed.iter().map(String::as_str).collect::<Vec<_>>()),
    })
}

/// One exact action, and perhaps the ARN of what it is about: a wildcard only at its end, after a name.
fn is_exact(entry: &str) -> bool {
    let (action, resource) = match entry.split_once(' ') {
        Some((action, resource)) => (action, Some(resource)),
        None => (entry, None),
    };
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let about = |arn: &str| {
        let stem = arn.strip_suffix('*').unwrap_or(arn);
        let quiet =
            stem.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'*' | b'?' | b'$'));
        let name = stem.splitn(6, ':').nth(5).unwrap_or_default();
        quiet && stem.starts_with("arn:") && !name.is_empty()
    };
    action.split_once(':').is_some_and(|(service, name)| plain(service) && plain(name))
        && resource.is_none_or(about)
}

/// All that is confined, and what else the call needs.
fn confined_text(actions: &BTreeSet<String>, needed: &[String]) -> Arc<str> {
    let confined = actions.iter().filter_map(|entry| entry.split_once(' '));
    let plain = needed.iter().filter(|action| actions.contains(*action)).map(|action| (action.as_str(), "*"));
    let statements: Vec<String> = confined
        .chain(plain)
        .map(|(action, on)| format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{on}"}}"#))
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")).into()
}

/// Actions in order, so that those of one service stay together, in parts whose text fits.
fn split(actions: &BTreeSet<String>, limit: usize) -> Vec<Vec<&str>> {
    let service = |action: &str| action.split(':').next().unwrap_or_default().to_owned();
    let all: Vec<&str> = actions.iter().map(String::as_str).filter(|entry| !entry.contains(' ')).collect();
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for group in all.chunk_by(|a, b| service(a) == service(b)) {
        match parts.last_mut() {
            Some(last) if length(last) + length(group) - length(&[]) < limit => last.extend(group),
            _ if length(group) <= limit => parts.push(group.to_vec()),
            _ => {
                for action in group {
                    match parts.last_mut() {
                        Some(last) if length(last) + action.len() + 3 <= limit => last.push(action),
                        _ => parts.push(vec![action]),
                    }
                }
            }
        }
    }
    parts
}

fn length(actions: &[&str]) -> usize {
    let listed: usize = actions.iter().map(|action| action.len() + 3).sum();
    HEAD.len() + TAIL.len() + listed.saturating_sub(1)
}

/// A policy must allow something: who needs nothing gets what needs no permission.
fn text(actions: &[&str]) -> Arc<str> {
    let actions = if actions.is_empty() { &["sts:GetCallerIdentity"][..] } else { actions };
    let mut out = String::with_capacity(length(actions));
    out.push_str(HEAD);
    for (i, action) in actions.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        let _ = write!(out, "{comma}\"{action}\"");
    }
    out.push_str(TAIL);
    out.into()
}

/// A smaller limit after STS called a policy of this length too large.
pub fn smaller(policy: &str) -> usize {
    length(&[]).max(policy.len().saturating_mul(2) / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(actions: &[&str]) -> BTreeSet<String> {
        actions.iter().map(|&a| a.to_owned()).collect()
    }

    fn many() -> BTreeSet<String> {
        (0..120).map(|i| format!("service{:02}:DescribeSomethingLong{i}", i / 6)).collect()
    }

    #[test]
    fn a_policy_names_exactly_the_plans_actions() {
        let actions = set(&["s3:GetBucketPolicy", "ec2:DescribeInstances"]);
        let policy = share(&actions, &["ec2:DescribeInstances".into()], LIMIT).unwrap();
        assert_eq!(
            &*policy,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeInstances","s3:GetBucketPolicy"],"Resource":"*"}]}"#
        );
    }

    #[test]
    fn long_lists_are_split_and_every_action_keeps_one_session() {
        let actions = many();
        let mut sessions = BTreeSet::new();
        for action in &actions {
            let policy = share(&actions, std::slice::from_ref(action), LIMIT).unwrap();
            assert!(policy.len() <= LIMIT, "{}", policy.len());
            assert!(policy.contains(&format!("\"{action}\"")));
            sessions.insert(policy);
        }
        assert!((2..=4).contains(&sessions.len()), "{}", sessions.len());
        let mentions: usize = sessions.iter().map(|policy| policy.matches("Describe").count()).sum();
        assert_eq!(mentions, actions.len());
    }

    #[test]
    fn a_service_too_large_for_one_session_is_split_within() {
        let actions: BTreeSet<String> = (0..200).map(|i| format!("ec2:DescribeSomething{i:03}")).collect();
        for action in &actions {
            let policy = share(&actions, std::slice::from_ref(action), LIMIT).unwrap();
            assert!(policy.len() <= LIMIT && policy.contains(action.as_str()));
        }
    }

    #[test]
    fn needs_that_fall_into_two_parts_get_a_session_of_their_own() {
        let actions = many();
        let needed = [actions.first().unwrap().clone(), actions.last().unwrap().clone()];
        let policy = share(&actions, &needed, LIMIT).unwrap();
        assert_eq!(policy.matches("Describe").count(), 2);
    }

    #[test]
    fn wildcards_and_unplanned_actions_are_refused() {
        for wild in ["s3:*", "*", "s3:Get*", "s3:Get?", "s3", "s3:A\",\"s3:B"] {
            assert!(matches!(share(&set(&[wild]), &[], LIMIT), Err(Refused::NotExact(_))), "{wild}");
        }
        let refused = share(&set(&["s3:GetBucketAcl"]), &["s3:PutBucketAcl".into()], LIMIT);
        assert_eq!(refused, Err(Refused::NotPlanned("s3:PutBucketAcl".into())));
    }

    #[test]
    fn an_action_can_be_confined_to_what_it_is_about() {
        let get = confined("s3:GetObject", "arn:aws:s3:::logs/2026/*");
        let actions = set(&[&get, &confined("s3:ListBucket", "arn:aws:s3:::logs"), "ec2:DescribeInstances"]);
        let policy = share(&actions, &["s3:GetObject".into()], LIMIT).unwrap();
        assert_eq!(
            &*policy,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/2026/*"},{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::logs"}]}"#
        );
        assert_eq!(
            policy,
            share(&actions, &["s3:ListBucket".into()], LIMIT).unwrap(),
            "one session for both"
        );
        let other = share(&actions, &["ec2:DescribeInstances".into()], LIMIT).unwrap();
        assert!(other.contains("ec2:DescribeInstances") && !other.contains("s3:"), "{other}");
        for wild in
            ["*", "arn:aws:s3:::*", "arn:aws:s3:::a*b", "arn:aws:s3:::a\",\"*", "logs", "arn:aws:s3:::${x}"]
        {
            let refused = share(&set(&[&confined("s3:GetObject", wild)]), &[], LIMIT);
            assert!(matches!(refused, Err(Refused::NotExact(_))), "{wild}");
        }
    }

    #[test]
    fn shrinking_always_ends_in_single_actions() {
        let actions = set(&["a:One", "a:Two", "b:Three"]);
        let mut limit = LIMIT;
        for _ in 0..20 {
            limit = smaller(&share(&actions, &["a:Two".into()], limit).unwrap());
        }
        let policy = share(&actions, &["a:Two".into()], limit).unwrap();
        assert_eq!(policy.matches(':').count(), text(&["a:Two"]).matches(':').count());
    }
}
