//! `canvass doctor`: whether everything that a run needs is there, and what to do where it is not.

mod access;
mod finding;
mod machine;
mod network;
mod report;
mod selftest;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::finding::{Finding, Verdict};
use super::interrupt::Interruption;
use super::{Outcome, Session};
use crate::app::App;
use crate::aws::within;
use crate::error::Result;
use crate::model::{NamePattern, Stopwatch};
use crate::settings::{CredentialCache, LoadInputs, Settings};
use crate::sources::cached::Reuse;
use crate::term::{Format, Progress, Term, TerminalPrompt};

/// check credentials, roles, network, clock and cache, and say what to do
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass --demo doctor\n  \
    canvass --demo doctor --all -o json\n  \
    canvass --demo doctor --selftest --table aws_vpc --report selftest.json")]
pub struct Args {
    /// enter every account in scope, not a sample
    #[arg(long)]
    all: bool,

    /// ask the most used tables in a few accounts, and write a report without anything of yours in it
    #[arg(long, conflicts_with = "all")]
    selftest: bool,

    /// these tables instead, by name or glob; '*' is every one, those that cost money too
    #[arg(long, value_name = "NAME", requires = "selftest", value_parser = NamePattern::parse)]
    table: Vec<NamePattern>,

    /// where the report goes [default: canvass-selftest.json]
    #[arg(long, value_name = "FILE", requires = "selftest")]
    report: Option<PathBuf>,
}

/// `session` is an error where the settings cannot be read: that is a finding too.
pub async fn run(
    args: Args,
    inputs: &LoadInputs,
    session: Result<Session>,
    asked: Option<Format>,
    early: &Term,
) -> Result<Outcome> {
    let interruption = Interruption::listen()?;
    if args.selftest {
        return selftest::run(&args.table, args.report.as_deref(), session?, &interruption).await;
    }
    let (findings, format, term) = match session {
        Ok(session) => {
            let format = session.format();
            let Session { mut settings, term, .. } = session;
            // What is asked about is now, not what an earlier run was let in with.
            settings.credentials.cache = CredentialCache::Memory;
            let waiting = Progress::waiting(&term, "looking at everything a run needs");
            let looking = async { Ok(findings(settings, inputs, args.all).await) };
            let findings = interruption.during("looking around", looking).await?;
            drop(waiting);
            (findings, format, term)
        }
        Err(error) => {
            let findings = vec![machine::versions(), Finding::error("settings", &error)];
            (findings, asked.unwrap_or_default(), early.clone())
        }
    };
    match format {
        Format::Table => term.show(&finding::lines(&findings))?,
        _ => finding::listing(&findings).print(format, &term)?,
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (failed, warnings) = (count(Verdict::Failed), count(Verdict::Warning));
    if format != Format::Json {
        term.note(&format!("{} checks: {failed} failed, {warnings} warnings", findings.len()));
    }
    Ok(if failed > 0 { Outcome::ChecksFailed } else { Outcome::Complete })
}

async fn findings(settings: Settings, inputs: &LoadInputs, all: bool) -> Vec<Finding> {
    let limit = patience(&settings);
    let mut findings = vec![
        machine::versions(),
        machine::settings_files(inputs),
        machine::tables(&settings),
        machine::cache(&settings),
        network::certificates(inputs, &settings),
        network::proxy(&settings),
    ];
    let app = match App::new(settings, Arc::new(TerminalPrompt), Reuse::WithinLifetime) {
        Ok(app) => app,
        Err(error) => {
            // Said already by the check of whatever is wrong, unless nothing looked at it.
            if !findings.iter().any(|finding| finding.verdict == Verdict::Failed) {
                findings.push(Finding::error("start", &error));
            }
            let rest = ["endpoint", "clock", "credentials", "hub role", "organization", "member roles"];
            findings.extend(rest.map(|check| Finding::skipped(check, "canvass cannot start")));
            return findings;
        }
    };
    let (endpoints, access) =
        futures::join!(in_time(limit, network::endpoints(&app.aws)), access::checks(&app, all, limit));
    findings.extend(endpoints.unwrap_or_else(|| {
        let seen = format!("no answer within {} s", limit.as_secs());
        vec![Finding::failed("endpoint", seen, "check the network, HTTPS_PROXY and endpoint_url")]
    }));
    findings.extend(access);
    findings.push(machine::pace(&app.aws, &app.settings));
    findings
}

/// For one check: as long as all attempts of a call may take.
fn patience(settings: &Settings) -> Duration {
    let network = &settings.network;
    let all = network.call_timeout.saturating_mul(network.max_attempts);
    all.clamp(Duration::from_secs(5), Duration::from_secs(60)) + Duration::from_secs(1)
}

/// Without time that this machine slept.
async fn in_time<F: Future>(limit: Duration, work: F) -> Option<F::Output> {
    within(limit, &Stopwatch::default(), work).await
}
