//! What one check saw, and what to do about it.

use crate::error::Error;
use crate::model::{Fault, Json};
use crate::term::{Listing, TextTable, sanitize};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// Works, but not as well as it could.
    Warning,
    Failed,
    /// Could not be checked: something before it failed, or there is nothing to check.
    Skipped,
}

impl Verdict {
    fn mark(self) -> &'static str {
        match self {
            Verdict::Ok => "✓",
            Verdict::Warning => "!",
            Verdict::Failed => "✗",
            Verdict::Skipped => "-",
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
            Verdict::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Finding {
    pub check: &'static str,
    pub verdict: Verdict,
    pub seen: String,
    pub todo: Option<String>,
}

impl Finding {
    pub fn ok(check: &'static str, seen: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, seen: seen.into(), todo: None }
    }

    pub fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Skipped, seen: why.into(), todo: None }
    }

    pub fn warning(check: &'static str, seen: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, seen: seen.into(), todo: Some(todo.into()) }
    }

    pub fn failed(check: &'static str, seen: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, seen: seen.into(), todo: Some(todo.into()) }
    }

    /// The error's words, and its hints as what to do.
    pub fn error(check: &'static str, error: &Error) -> Self {
        let todo = (!error.hints().is_empty()).then(|| error.hints().join("; "));
        Self { check, verdict: Verdict::Failed, seen: error.to_string(), todo }
    }

    pub fn fault(check: &'static str, fault: &Fault, todo: Option<String>) -> Self {
        Self { check, verdict: Verdict::Failed, seen: fault.to_string(), todo }
    }
}

/// For a person: what is to be done stands under what was seen.
pub fn lines(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        let (mark, check) = (finding.verdict.mark(), finding.check);
        text.push_str(&format!("{mark} {check:widest$}  {}\n", sanitize(&finding.seen)));
        if let Some(todo) = &finding.todo {
            text.push_str(&format!("  {:widest$}  → {}\n", "", sanitize(todo)));
        }
    }
    text
}

pub fn listing(findings: &[Finding]) -> Listing<'static> {
    let mut table = TextTable::left(&["check", "result", "seen", "what_to_do"]);
    let mut records = Vec::new();
    for finding in findings {
        table.row([
            finding.check.to_owned(),
            finding.verdict.as_str().to_owned(),
            finding.seen.clone(),
            finding.todo.clone().unwrap_or_default(),
        ]);
        records.push(Json::object([
            ("check", Json::string(finding.check)),
            ("result", Json::string(finding.verdict.as_str())),
            ("seen", Json::string(&finding.seen)),
            ("what_to_do", finding.todo.clone().map_or(Json::Null, Json::String)),
        ]));
    }
    Listing { fields: &["check", "result", "seen", "what_to_do"], records, table }
}
