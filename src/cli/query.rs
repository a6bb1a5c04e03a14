//! `canvass query`: one SELECT over every account in scope.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt as _};
use tracing::Instrument as _;

use super::interrupt::Interruption;
use super::watch::{self, Watch};
use super::{Outcome, Session, explain};
use crate::app::{self, Ran};
use crate::aws::within;
use crate::engine::Parameters;
use crate::error::{Error, Result};
use crate::model::{Coverage, Stopwatch};
use crate::settings::duration;
use crate::sources::cached::{LastUnits, Reuse};
use crate::store::last_statement::LastStatement;
use crate::term::{AnswerSummary, Phase, Progress, write_answer};

/// run one SELECT over every account in scope
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass --demo query \"select account_name, region, instance_id from aws_ec2_instance where instance_state = 'running'\"\n  \
    canvass --demo --ou Prod query \"select account_name, name from aws_s3_bucket where not block_public_acls\"\n  \
    canvass --demo query -o json \"select count(*) from aws_iam_user where not mfa_enabled\"\n  \
    canvass --demo query --explain \"select title from aws_vpc where region = 'eu-west-1'\"\n  \
    canvass --demo query --retry-failed\n  \
    canvass --demo query --watch 60s \"select name, state_value from aws_cloudwatch_alarm\"\n  \
    echo 'select name from aws_region' | canvass --demo query -\n  \
    canvass --demo query --arg running \"select count(*) from aws_ec2_instance where instance_state = $1\"")]
pub struct Args {
    /// the statement, or - to read it from standard input
    #[arg(value_name = "SQL", required_unless_present_any = ["file", "retry_failed"], conflicts_with = "file")]
    sql: Option<String>,

    /// read the statement from a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// value of a parameter of the statement: the first is $1, the next $2
    #[arg(long = "arg", value_name = "VALUE", allow_hyphen_values = true)]
    values: Vec<String>,

    /// show the plan, its calls and its session policy; ask no account
    #[arg(long)]
    explain: bool,

    /// ask again after this time, and again, and show what changed; tables are asked at the pace of their freshness
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["explain", "retry_failed"])]
    watch: Option<String>,

    /// ring the terminal's bell when something changed
    #[arg(long, requires = "watch")]
    notify_on_change: bool,

    /// ask the last statement again: only what failed is asked, the rest comes from its kept rows
    #[arg(long, conflicts_with_all = ["sql", "file", "values"])]
    retry_failed: bool,
}

pub async fn run(args: Args, mut session: Session) -> Result<Outcome> {
    let last = if args.retry_failed { Some(retry(&mut session)?) } else { None };
    let (sql, values) = match &last {
        Some(last) => (last.sql.clone(), last.values.clone()),
        None => (statement(&args)?, args.values),
    };
    let format = session.format();
    let started = Instant::now();
    let interruption = Interruption::listen()?;
    let observers = session.observers.clone();
    let (app, term) = session.open()?;
    if let Some(every) = &args.watch {
        let watch = Watch::parse(every, args.notify_on_change)?;
        return watch::run(watch, (&sql, values), (&app, &term), format, &interruption).await;
    }
    let waiting = Progress::waiting(&term, "finding the accounts");
    // A plan can be shown without values.
    let parameters = match args.explain {
        true => Parameters::Open(values.clone()),
        false => Parameters::Given(values.clone()),
    };
    let preparing = app.engine.prepare_with(&sql, &parameters).instrument(Phase::Planning.span());
    let preparing = before(app.settings.fan_out.deadline, preparing);
    let mut prepared = interruption.during("finding the accounts", preparing).await?;
    drop(waiting);
    if args.explain {
        interruption.during("counting what is kept", prepared.count_kept()).await?;
        term.print_as(format, &explain::render(prepared.plan(), format)?)?;
        return Ok(Outcome::Complete);
    }
    if !app.settings.limits.is_none() {
        prepared.count_kept().await?;
        prepared.check_limits()?;
    }
    let read_as = prepared.notes().to_vec();
    let head = app.head(prepared.plan());
    let always_null = app.always_null(prepared.plan());
    let has_limit = prepared.plan().scans.iter().any(|scan| scan.limit.is_some());
    let begun = app.begin(&sql, &values, last.as_ref());
    let mut answer = prepared.run().await?;
    let columns: Vec<_> = answer.columns.iter().map(|c| (c.name.clone(), c.pg_type.clone())).collect();
    let batches = std::mem::replace(&mut answer.batches, futures::stream::empty().boxed());
    let rows = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&rows);
    let batches = batches.inspect_ok(move |batch| {
        counted.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
    });
    let progress = Progress::follow(&term, Arc::clone(&answer.ledger), has_limit);
    let cancel = answer.cancel.clone();
    interruption.stops(move || cancel.cancel());
    let mut interrupted = None;
    let finish = async || {
        // What is pressed later is pressed in the pager.
        interrupted = interruption.happened();
        let coverage = answer.coverage().await;
        app.end(begun, &coverage);
        let mut notes = read_as;
        notes.extend(app.notes());
        notes.extend(app.finish().await);
        notes.extend(answer.notes());
        notes.extend(always_null.iter().cloned());
        notes.extend(app.keep(&head, &answer, &coverage));
        notes.extend(enough(&coverage, app.settings.coverage.min_coverage));
        AnswerSummary {
            bill: answer.bill(),
            coverage,
            plan_id: head.plan_id.clone(),
            duration: started.elapsed(),
            session_policy: app.session_policy(),
            notes,
            timing: observers.timing(),
            now: app.settings.now.unwrap_or_else(chrono::Utc::now),
        }
    };
    match write_answer(&term, format, &columns, batches, progress, finish).await {
        Ok(summary) => {
            let ran = Ran {
                rows: rows.load(Ordering::Relaxed),
                bill: &summary.bill,
                coverage: &summary.coverage,
                duration: started.elapsed(),
                error: None,
            };
            if let Some(note) = app.remember(&head, &values, &ran) {
                term.warn(&note);
            }
            let reached = summary.coverage.reaches(app.settings.coverage.min_coverage);
            Ok(Outcome::of(reached, interrupted))
        }
        // A reader that went away, or a statement that failed midway: what was asked was asked.
        Err(error) => {
            let coverage = answer.coverage().await;
            // What arrived is kept, though nobody is told of it.
            app.finish().await;
            let bill = answer.bill();
            let rows = rows.load(Ordering::Relaxed);
            let ran = Ran {
                rows,
                bill: &bill,
                coverage: &coverage,
                duration: started.elapsed(),
                error: Some(&error),
            };
            let notes = [app.keep(&head, &answer, &coverage), app.remember(&head, &values, &ran)];
            for note in notes.into_iter().flatten() {
                tracing::warn!("{note}");
            }
            Err(error)
        }
    }
}

/// A deadline that passes before the first account is asked leaves nothing to show.
async fn before<T>(deadline: Option<Duration>, preparing: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(deadline) = deadline else { return preparing.await };
    within(deadline, &Stopwatch::default(), preparing).await.unwrap_or_else(|| {
        let text = duration::text(deadline);
        Err(Error::failed(format!("the run's deadline of {text} passed while finding the accounts"))
            .hint("raise --deadline, or run 'canvass accounts' first: what it finds is kept for a day"))
    })
}

/// Says why the exit code is 0 all the same, or what it would have taken.
pub fn enough(coverage: &Coverage, min: f64) -> Option<String> {
    let totals = coverage.totals();
    if coverage.is_complete() || min >= 1.0 {
        return None;
    }
    let verdict = if coverage.reaches(min) { "enough for" } else { "less than" };
    // Rounded down: what is not all must not read as all.
    let share = (totals.ratio() * 10_000.0).floor() / 10_000.0;
    Some(format!(
        "{} of {} units answered wholly ({share}): {verdict} min_coverage {min}",
        totals.whole, totals.asked
    ))
}

/// The last statement, in its own scope, over its own rows.
fn retry(session: &mut Session) -> Result<LastStatement> {
    if session.scope_typed {
        return Err(Error::usage("--retry-failed asks in the scope of the last statement")
            .hint("leave --account, --ou, --tag and --region out, or ask the statement anew"));
    }
    if !matches!(session.reuse, Reuse::WithinLifetime) {
        return Err(Error::usage("--retry-failed goes by what is kept and asks the rest")
            .hint("leave --fresh and --cached out, or ask the statement anew"));
    }
    let last = app::last_statement(&session.settings)?;
    session.settings.scope = last.scope()?;
    let unanswered = last.unanswered.iter().cloned().collect();
    session.reuse = Reuse::Retry(Arc::new(LastUnits { since: last.since, unanswered }));
    Ok(last)
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
