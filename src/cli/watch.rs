//! `query --watch`: a statement asked again and again, and what changed in its answer.
//!
//! Every look is an answer of its own, from kept rows as far as they are young enough: a table is asked anew at
//! the pace of its freshness class. Looks are compared only where the same units answered: what could not be
//! read this time is not gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use futures::StreamExt;

use super::Outcome;
use super::interrupt::Interruption;
use super::query::enough;
use crate::app::{App, Ran};
use crate::engine::Parameters;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Coverage, Timestamp, UnitKey};
use crate::plan::Plan;
use crate::settings::duration;
use crate::term::{AnswerSummary, Format, Look, Progress, Term, only, write_answer};

pub struct Watch {
    pub every: Duration,
    /// Ring the terminal's bell.
    pub notify: bool,
}

impl Watch {
    pub fn parse(every: &str, notify: bool) -> Result<Watch> {
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(86_400));
        let wrong = || {
            Error::usage(format!("--watch: '{every}' is no time between looks"))
                .hint("write it like 60s or 5m")
        };
        let every =
            duration::parse(every).filter(|every| (least..=most).contains(every)).ok_or_else(wrong)?;
        Ok(Watch { every, notify })
    }
}

/// One look, whole.
struct Looked {
    columns: Vec<(String, String)>,
    batches: Vec<RecordBatch>,
    summary: AnswerSummary,
    /// Units that did not answer, or not with all.
    lacking: BTreeSet<UnitKey>,
}

pub async fn run(
    watch: Watch,
    (sql, values): (&str, Vec<String>),
    (app, term): (&App, &Term),
    format: Format,
    interruption: &Interruption,
) -> Result<Outcome> {
    let format = only(&[Format::Table, Format::Line, Format::Ndjson], format, "what --watch shows")?;
    let parameters = Parameters::Given(values);
    let mut known: Option<(Look, BTreeSet<UnitKey>)> = None;
    loop {
        let looked = look(sql, &parameters, app, term, interruption, known.is_none(), watch.every).await;
        if let Some(signal) = interruption.happened() {
            return Ok(Outcome::Interrupted(signal));
        }
        let at = chrono::Utc::now();
        match (looked, &mut known) {
            (Ok(looked), None) => {
                let Looked { columns, batches, summary, lacking } = looked;
                let look = Look::at(&columns, &batches)?;
                first(&columns, batches, &look, summary, term, format).await?;
                known = Some((look, lacking));
            }
            (Ok(looked), Some((before, lacked))) => {
                let Looked { columns, batches, summary, lacking } = looked;
                let after = Look::at(&columns, &batches)?;
                if lacking == *lacked {
                    let changed = term.print_changes(before, &after, at, format)?;
                    if changed > 0 && watch.notify {
                        term.ring();
                    }
                    term.note(&said(at, changed, &after, &summary));
                    *before = after;
                } else if lacking.is_subset(lacked) {
                    term.note(&format!("{}: more units answer now: compared from here on", clock(at)));
                    (*before, *lacked) = (after, lacking);
                } else {
                    let new = lacking.difference(lacked).count();
                    term.warn(&format!(
                        "{}: not compared: {new} units that answered before did not answer now",
                        clock(at)
                    ));
                }
            }
            (Err(error), Some(_)) if error.kind() == ErrorKind::Failed => term.error(&error),
            (Err(error), _) => return Err(error),
        }
        tokio::select! {
            () = tokio::time::sleep(watch.every) => {}
            signal = interruption.signalled() => return Ok(Outcome::Interrupted(signal)),
        }
    }
}

fn clock(at: Timestamp) -> String {
    at.format("%H:%M:%S").to_string()
}

fn said(at: Timestamp, changed: usize, look: &Look, summary: &AnswerSummary) -> String {
    let plural = |n: u64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let what = if changed == 0 { "no change".to_owned() } else { plural(changed as u64, "change") };
    format!(
        "{}: {what} · {} · {} · {}",
        clock(at),
        plural(look.rows() as u64, "row"),
        plural(summary.bill.total_calls, "call"),
        summary.bill.usd
    )
}

async fn first(
    columns: &[(String, String)],
    batches: Vec<RecordBatch>,
    look: &Look,
    summary: AnswerSummary,
    term: &Term,
    format: Format,
) -> Result<()> {
    if format == Format::Ndjson {
        term.print_first(look, chrono::Utc::now())?;
        for note in &summary.notes {
            term.note(note);
        }
        return Ok(());
    }
    let batches = futures::stream::iter(batches.into_iter().map(Ok));
    write_answer(&term.without_pager(), format, columns, batches, None, async || summary).await.map(drop)
}

async fn look(
    sql: &str,
    parameters: &Parameters,
    app: &App,
    term: &Term,
    interruption: &Interruption,
    is_first: bool,
    every: Duration,
) -> Result<Looked> {
    let started = Instant::now();
    let preparing = app.engine.prepare_with(sql, parameters);
    let mut prepared = interruption.during("finding the accounts", preparing).await?;
    if !app.settings.limits.is_none() {
        prepared.count_kept().await?;
        prepared.check_limits()?;
    }
    if is_first {
        tell_pace(app, prepared.plan(), term, every);
    }
    let head = app.head(prepared.plan());
    let read_as = prepared.notes().to_vec();
    let always_null = app.always_null(prepared.plan());
    let mut answer = prepared.run().await?;
    let columns: Vec<_> = answer.columns.iter().map(|c| (c.name.clone(), c.pg_type.clone())).collect();
    let progress = Progress::follow(term, Arc::clone(&answer.ledger), false);
    let cancel = answer.cancel.clone();
    interruption.stops(move || cancel.cancel());
    let mut batches = Vec::new();
    while let Some(batch) = answer.batches.next().await {
        batches.push(batch?);
    }
    drop(progress);
    let coverage: Coverage = answer.coverage().await;
    let mut notes = read_as;
    notes.extend(app.notes());
    notes.extend(app.finish().await);
    notes.extend(answer.notes());
    notes.extend(always_null);
    notes.extend(app.keep(&head, &answer, &coverage));
    notes.extend(enough(&coverage, app.settings.coverage.min_coverage));
    let bill = answer.bill();
    if is_first || bill.total_calls > 0 {
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let ran = Ran { rows, bill: &bill, coverage: &coverage, duration: started.elapsed(), error: None };
        notes.extend(app.remember(&head, parameters.values(), &ran));
    }
    let lacking =
        coverage.units.iter().filter(|unit| !unit.is_whole()).map(|unit| unit.key.clone()).collect();
    let summary = AnswerSummary {
        bill,
        coverage,
        plan_id: head.plan_id.clone(),
        duration: started.elapsed(),
        session_policy: app.session_policy(),
        notes,
        timing: None,
        now: app.settings.now.unwrap_or_else(chrono::Utc::now),
    };
    Ok(Looked { columns, batches, summary, lacking })
}

/// Tables that change more slowly than the looks come are asked less often than that.
fn tell_pace(app: &App, plan: &Plan, term: &Term, every: Duration) {
    if !app.settings.cache.rows {
        return;
    }
    let mut told = BTreeSet::new();
    for scan in &plan.scans {
        let Some(table) = app.catalog.table(&scan.table) else { continue };
        let lifetime = app.settings.cache.max_age.unwrap_or(table.freshness.lifetime());
        if lifetime > every && told.insert(table.name.clone()) {
            term.note(&format!(
                "{} is asked anew every {}; --max-age {} asks as often as is looked",
                table.name,
                duration::text(lifetime),
                duration::text(every)
            ));
        }
    }
}
