//! `canvass query`: one SELECT over every account in scope.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use tracing::Instrument as _;

use super::{Outcome, Session, explain, interrupt};
use crate::error::{Error, Result};
use crate::term::{AnswerSummary, Phase, Progress, write_answer};

/// run one SELECT over every account in scope
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass --demo query \"select account_name, region, instance_id from aws_ec2_instance where instance_state = 'running'\"\n  \
    canvass --demo --ou Prod query \"select account_name, name from aws_s3_bucket where not block_public_acls\"\n  \
    canvass --demo query -o json \"select count(*) from aws_iam_user where not mfa_enabled\"\n  \
    canvass --demo query --explain \"select title from aws_vpc where region = 'eu-west-1'\"\n  \
    echo 'select name from aws_region' | canvass --demo query -")]
pub struct Args {
    /// the statement, or - to read it from standard input
    #[arg(value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    sql: Option<String>,

    /// read the statement from a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// show the plan, its calls and its session policy; ask no account
    #[arg(long)]
    explain: bool,
}

pub async fn run(args: Args, session: Session) -> Result<Outcome> {
    let sql = statement(&args)?;
    let format = session.format();
    let started = Instant::now();
    let observers = session.observers.clone();
    let (app, term) = session.open()?;
    let waiting = Progress::waiting(&term, "finding the accounts");
    let prepared = app.engine.prepare(&sql).instrument(Phase::Planning.span()).await?;
    drop(waiting);
    if args.explain {
        term.print_as(format, &explain::render(prepared.plan(), format)?)?;
        return Ok(Outcome::Complete);
    }
    let plan_id = prepared.plan().id();
    let has_limit = prepared.plan().scans.iter().any(|scan| scan.limit.is_some());
    let mut answer = prepared.run().await?;
    let columns: Vec<_> = answer.columns.iter().map(|c| (c.name.clone(), c.pg_type.clone())).collect();
    let batches = std::mem::replace(&mut answer.batches, futures::stream::empty().boxed());
    let progress = Progress::follow(&term, Arc::clone(&answer.ledger), has_limit);
    let cancel = answer.cancel.clone();
    let pressed = interrupt::on_ctrl_c(move || cancel.cancel());
    let mut interrupted = false;
    let finish = async || {
        // What is pressed later is pressed in the pager.
        interrupted = pressed.happened();
        let coverage = answer.coverage().await;
        AnswerSummary {
            cost_usd: app.cost(&coverage),
            coverage,
            plan_id,
            duration: started.elapsed(),
            session_policy: app.session_policy(),
            notes: app.notes().await,
            timing: observers.timing(),
        }
    };
    let written = write_answer(&term, format, &columns, batches, progress, finish);
    let summary = tokio::select! {
        biased;
        summary = written => summary?,
        again = pressed.pressed_again() => return Err(again),
    };
    Ok(match (interrupted, summary.coverage.is_complete()) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Complete,
        (false, false) => Outcome::Incomplete,
    })
}

fn statement(args: &Args) -> Result<String> {
    match (&args.sql, &args.file) {
        (Some(text), _) if text == "-" => read_stdin(),
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) if path.as_os_str() == "-" => read_stdin(),
        (None, Some(path)) => std::fs::read_to_string(path).map(without_mark).map_err(|e| {
            Error::usage(format!("cannot read the statement from {}", path.display())).because(&e)
        }),
        (None, None) => Err(Error::usage("a statement is needed")),
    }
}

/// Some editors begin a file with a byte order mark, which nobody sees.
fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|e| Error::usage("cannot read the statement from standard input").because(&e))?;
    Ok(without_mark(text))
}
