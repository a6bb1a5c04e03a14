//! The operations canvass may call, compiled in. Only this file mints a [`ReadOperation`].

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use super::pace::{self, Quota};
use crate::catalog::Catalog;
use crate::catalog::shape::Operation;

/// `service:Operation<TAB>iam:Action[,iam:Action][<TAB>data]` a line; `#` begins a comment.
const READS: &str = include_str!("reads.txt");

/// What hands out the contents of things. No table file can ask for them: only sources made by hand do,
/// which say what of it they want and confine their sessions to it.
const CONTENTS: &str = "s3:GetObject\ts3:GetObject\tcontents of objects";

/// What a line says of an operation.
struct Line {
    actions: Vec<&'static str>,
    /// What people keep that it reads, where it reads more than how that is kept.
    data: Option<&'static str>,
}

static ALLOWED: LazyLock<HashMap<&'static str, Line>> =
    LazyLock::new(|| lines(READS).chain(lines(CONTENTS)).collect());

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, Line)> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut parts = line.split('\t');
        let (operation, actions) = (parts.next().unwrap_or(line), parts.next().unwrap_or_default());
        let actions = actions.split(',').map(str::trim).filter(|action| !action.is_empty()).collect();
        (operation, Line { actions, data: parts.next() })
    })
}

/// An operation the compiled allow-list lets through. Nothing else can make or change one.
#[derive(Clone, Debug)]
pub struct ReadOperation(Arc<Allowed>);

#[derive(Debug)]
pub struct Allowed {
    pub operation: Arc<Operation>,
    /// IAM actions it needs: `ListBuckets` needs `s3:ListAllMyBuckets`.
    pub actions: Vec<String>,
    /// What its calls draw on.
    pub quota: Quota,
}

impl Deref for ReadOperation {
    type Target = Allowed;

    fn deref(&self) -> &Allowed {
        &self.0
    }
}

/// `None` where the list does not have the operation, whatever the catalog says.
pub fn read_operation(catalog: &Catalog, id: &str) -> Option<ReadOperation> {
    let line = ALLOWED.get(id)?;
    let operation = catalog.operation(id)?;
    let actions = line.actions.iter().map(|&action| action.to_owned()).collect();
    let quota = pace::quota(&operation.service.id, &operation.name);
    Some(ReadOperation(Arc::new(Allowed { operation, actions, quota })))
}

/// Whether only sources made by hand may call it.
pub fn is_contents(id: &str) -> bool {
    lines(CONTENTS).any(|(listed, _)| listed == id)
}

/// The IAM actions that an operation needs; none where it may not be called.
pub fn actions_of(id: &str) -> &'static [&'static str] {
    ALLOWED.get(id).map(|line| line.actions.as_slice()).unwrap_or_default()
}

/// What people keep that an operation reads: log lines, values of parameters, environment variables.
pub fn data_read_by(id: &str) -> Option<&'static str> {
    ALLOWED.get(id)?.data
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBS: [&str; 10] =
        ["BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Query", "Search", "Select"];

    /// Reads whose names do not begin like one. The credential report is a copy that IAM makes for whoever
    /// asks and keeps for hours; the service's own reference gives the action the access level Read.
    const EXCEPTIONS: [&str; 4] =
        ["iam:GenerateCredentialReport", "iam:SimulatePrincipalPolicy", "logs:StartQuery", "logs:StopQuery"];

    /// Reads by name that hand out credentials or contents, or start something.
    const NEVER: [&str; 10] = [
        "sts:AssumeRole",
        "sts:GetFederationToken",
        "sts:GetSessionToken",
        "s3:GetObject",
        "secretsmanager:GetSecretValue",
        "sso:GetRoleCredentials",
        "ecr:GetAuthorizationToken",
        "ssm:GetParametersByPath",
        "codeartifact:GetAuthorizationToken",
        "cognito-identity:GetCredentialsForIdentity",
    ];

    #[test]
    fn only_reads_are_allowed() {
        for (id, Line { actions, .. }) in lines(READS) {
            let name = id.split(':').nth(1).unwrap();
            let read = VERBS.iter().any(|verb| {
                name.strip_prefix(verb)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_uppercase))
            });
            assert!(read || EXCEPTIONS.contains(&id), "{id} does not read by its name");
            assert!(!actions.is_empty(), "{id} names no action");
            for action in actions {
                assert!(action.contains(':') && !action.contains('*'), "{id}: {action}");
            }
        }
    }

    #[test]
    fn what_reads_data_says_so() {
        for id in ["logs:FilterLogEvents", "ssm:GetParameter", "lambda:GetFunction", "s3:HeadObject"] {
            assert!(data_read_by(id).is_some(), "{id}");
        }
        assert_eq!(data_read_by("ec2:DescribeSubnets"), None);
        // Actions that AWS's own reference lists as reading content.
        const DATA: [&str; 6] = [
            "s3:GetObject",
            "ssm:GetParameter",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "lambda:GetFunction",
            "cloudformation:GetTemplate",
        ];
        for (id, Line { actions, data }) in lines(READS) {
            let reads = actions.iter().any(|action| DATA.contains(action));
            assert!(!reads || data.is_some(), "{id} does not say what data it reads");
        }
    }

    #[test]
    fn every_line_is_an_operation_of_the_models_and_stands_once() {
        let catalog = Catalog::builtin().unwrap();
        let mut seen = std::collections::HashSet::new();
        for (id, _) in lines(READS) {
            assert!(catalog.operation(id).is_some(), "{id} is in no model");
            assert!(seen.insert(id), "{id} stands twice");
        }
    }

    #[test]
    fn what_hands_out_secrets_is_not_a_read() {
        for never in NEVER {
            assert!(
                !lines(READS).any(|(id, _)| id == never || (never.ends_with(':') && id.starts_with(never))),
                "{never}"
            );
        }
        let catalog = Catalog::builtin().unwrap();
        assert!(read_operation(&catalog, "ec2:TerminateInstances").is_none());
        let buckets = read_operation(&catalog, "s3:ListBuckets").unwrap();
        assert_eq!(buckets.actions, ["s3:ListAllMyBuckets"]);
    }
}
