//! IAM policy documents, as far as the demo's own and session policies go.

use crate::demo::wildcard;
use crate::model::Json;

/// A parsed policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    /// In lower case: actions match without it.
    actions: Match,
    resources: Match,
    /// ARNs and account ids of AWS principals; `None` where the statement names no principal.
    principals: Option<Vec<String>>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
struct Match {
    patterns: Vec<String>,
    negated: bool,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// What one policy says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Deny,
    Silent,
}

/// What is asked, and the keys that conditions may look at.
pub struct Question<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    /// ARN of the caller, for policies that name principals.
    pub principal: Option<&'a str>,
    pub context: &'a [(&'a str, String)],
}

impl Policy {
    /// `None` where the text is not a policy document.
    pub fn parse(text: &str) -> Option<Policy> {
        let document = Json::parse(text).ok()?;
        let statements = match document.get("Statement")? {
            Json::Array(all) => all.iter().map(Statement::parse).collect::<Option<_>>()?,
            one @ Json::Object(_) => vec![Statement::parse(one)?],
            _ => return None,
        };
        Some(Policy { statements })
    }

    pub fn verdict(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.statements.iter().filter(|s| s.applies(question)) {
            if !statement.allows {
                return Verdict::Deny;
            }
            verdict = Verdict::Allow;
        }
        verdict
    }
}

impl Statement {
    fn parse(json: &Json) -> Option<Statement> {
        let allows = match json.get("Effect")?.as_str()? {
            "Allow" => true,
            "Deny" => false,
            _ => return None,
        };
        let either = |name: &str, not: &str| match (json.get(name), json.get(not)) {
            (Some(value), None) => Some(Some(Match { patterns: texts(value)?, negated: false })),
            (None, Some(value)) => Some(Some(Match { patterns: texts(value)?, negated: true })),
            (None, None) => Some(None),
            (Some(_), Some(_)) => None,
        };
        let everything = Match { patterns: vec!["*".to_owned()], negated: false };
        let principals = match json.get("Principal") {
            None => None,
            Some(Json::String(all)) if all == "*" => Some(vec!["*".to_owned()]),
            Some(kinds) => Some(kinds.get("AWS").map_or(Some(Vec::new()), texts)?),
        };
        let mut conditions = Vec::new();
        for (operator, keys) in json.get("Condition").and_then(Json::as_object).unwrap_or_default() {
            for (key, values) in keys.as_object()? {
                conditions.push(Condition {
                    operator: operator.to_string(),
                    key: key.to_lowercase(),
                    values: texts(values)?,
                });
            }
        }
        let mut actions = either("Action", "NotAction")??;
        for pattern in &mut actions.patterns {
            pattern.make_ascii_lowercase();
        }
        Some(Statement {
            allows,
            actions,
            resources: either("Resource", "NotResource")?.unwrap_or(everything),
            principals,
            conditions,
        })
    }

    fn applies(&self, question: &Question<'_>) -> bool {
        let principal = match (&self.principals, question.principal) {
            (None, _) => true,
            (Some(named), Some(arn)) => named.iter().any(|n| trusts(n, arn)),
            (Some(_), None) => false,
        };
        principal
            && self.actions.covers(&question.action.to_ascii_lowercase())
            && self.resources.covers(question.resource)
            && self.conditions.iter().all(|c| c.holds(question.context))
    }
}

/// A trusted account's root stands for everyone in it whom their own policies let through.
fn trusts(named: &str, arn: &str) -> bool {
    let account = arn.split(':').nth(4).unwrap_or_default();
    named == "*" || named == arn || named == account || named == format!("arn:aws:iam::{account}:root")
}

impl Match {
    fn covers(&self, text: &str) -> bool {
        self.patterns.iter().any(|p| wildcard::matches(p, text)) != self.negated
    }
}

impl Condition {
    /// An operator that is not known here never holds.
    fn holds(&self, context: &[(&str, String)]) -> bool {
        let value = context.iter().find(|(key, _)| *key == self.key).map(|(_, value)| value.as_str());
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(plain) => (plain, true),
            None => (self.operator.as_str(), false),
        };
        let negative =
            matches!(operator, "StringNotEquals" | "StringNotLike" | "ArnNotEquals" | "ArnNotLike");
        let Some(value) = value else { return if_exists || negative };
        let any = |test: &dyn Fn(&str) -> bool| self.values.iter().any(|v| test(v));
        match operator {
            "StringEquals" | "ArnEquals" => any(&|v| v == value),
            "StringNotEquals" | "ArnNotEquals" => !any(&|v| v == value),
            "StringEqualsIgnoreCase" | "Bool" => any(&|v| v.eq_ignore_ascii_case(value)),
            "StringLike" | "ArnLike" => any(&|v| wildcard::matches(v, value)),
            "StringNotLike" | "ArnNotLike" => !any(&|v| wildcard::matches(v, value)),
            _ => false,
        }
    }
}

fn texts(json: &Json) -> Option<Vec<String>> {
    match json {
        Json::Array(items) => items.iter().map(Json::to_text).collect(),
        Json::Object(_) | Json::Null => None,
        one => Some(vec![one.to_text()?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(policy: &str, action: &str, region: &str) -> Verdict {
        Policy::parse(policy).unwrap().verdict(&Question {
            action,
            resource: "*",
            principal: None,
            context: &[("aws:requestedregion", region.to_owned())],
        })
    }

    #[test]
    fn actions_match_without_case_and_with_wildcards() {
        let policy = r#"{"Statement":{"Effect":"Allow","Action":["ec2:describe*"],"Resource":"*"}}"#;
        assert_eq!(ask(policy, "ec2:DescribeInstances", "x"), Verdict::Allow);
        assert_eq!(ask(policy, "s3:ListAllMyBuckets", "x"), Verdict::Silent);
    }

    #[test]
    fn a_denial_beats_an_allowance_and_looks_at_conditions() {
        let policy = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
            {"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["b"]}}}]}"#;
        assert_eq!(ask(policy, "ec2:DescribeInstances", "a"), Verdict::Allow);
        assert_eq!(ask(policy, "ec2:DescribeInstances", "b"), Verdict::Deny);
        assert_eq!(ask(policy, "iam:ListUsers", "b"), Verdict::Allow);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in ["", "{}", "[1]", r#"{"Statement":[{"Effect":"Maybe","Action":"*"}]}"#] {
            assert!(Policy::parse(text).is_none(), "{text}");
        }
    }
}
