//! `--selftest`: tables asked in a few accounts, and a report that anybody may see.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array as _, RecordBatch};
use futures::StreamExt as _;

use super::access::spread;
use super::in_time;
use super::report::{Report, TableOutcome, TableReport};
use crate::app::App;
use crate::aws::{ActionSet, is_opt_in};
use crate::catalog::table::{KeyUse, Require, Table};
use crate::catalog::{self, Catalog, price};
use crate::cli::interrupt::Interruption;
use crate::cli::{Outcome, Session};
use crate::error::{Error, Result};
use crate::model::{NamePattern, Region, Scope, closest};
use crate::org::Tags;
use crate::settings::Settings;
use crate::sources::cached::Reuse;
use crate::term::{Format, Progress, Term, TerminalPrompt};

const ACCOUNTS: usize = 3;
const REGIONS: usize = 2;
/// Of one table, over all units.
const ROWS: usize = 200;
/// For one table; a unit's own deadline comes first.
const TABLE_TIMEOUT: Duration = Duration::from_secs(120);
const FILE: &str = "canvass-selftest.json";

pub async fn run(
    tables: &[NamePattern],
    file: Option<&Path>,
    session: Session,
    interruption: &Interruption,
) -> Result<Outcome> {
    let format = session.format();
    let Session { settings, term, .. } = session;
    let builtin = Catalog::builtin()?;
    let chosen = chosen(&builtin, tables)?;
    let waiting = Progress::waiting(&term, "choosing accounts");
    let scope = interruption.during("choosing accounts", sample(&settings)).await?;
    drop(waiting);
    let report = interruption.during("asking the tables", ask_all(settings, scope, &chosen, &term)).await?;
    let text = serde_json::to_string_pretty(&report)
        .map_err(|error| Error::failed("cannot write the report").because(&error))?;
    let path = file.unwrap_or(Path::new(FILE));
    std::fs::write(path, format!("{text}\n"))
        .map_err(|error| Error::failed(format!("cannot write {}", path.display())).because(&error))?;
    let amiss = report.tables.iter().filter(|table| table.is_amiss()).count();
    if format == Format::Json {
        term.print_json(&text)?;
    } else {
        term.print(&summary(&report, amiss))?;
    }
    term.note(&format!(
        "the report is in {}: counts, AWS's error codes and names of canvass's own tables, nothing of yours; \
         it can be attached to an issue",
        path.display()
    ));
    Ok(if amiss > 0 { Outcome::ChecksFailed } else { Outcome::Complete })
}

/// Those that match, or the most used ones that cost nothing.
fn chosen(catalog: &Catalog, patterns: &[NamePattern]) -> Result<Vec<Arc<Table>>> {
    // Names that begin with an underscore are canvass's own ledgers, not AWS's.
    let names = || catalog.table_names().into_iter().filter(|name| !name.starts_with('_'));
    for pattern in patterns {
        if !names().any(|name| pattern.matches(name)) {
            let error = Error::usage(format!("there is no built-in table '{}'", pattern.as_str()));
            return Err(match closest(pattern.as_str(), names()) {
                Some(near) => error.hint(format!("did you mean '{near}'?")),
                None => error.hint("'canvass tables' lists them"),
            });
        }
    }
    let is_chosen = |table: &Table| match patterns {
        [] => table.tier == 1 && !table.list.iter().any(|call| price::is_dear(&call.operation)),
        _ => patterns.iter().any(|pattern| pattern.matches(&table.name)),
    };
    Ok(names().filter_map(|name| catalog.table(name)).filter(|table| is_chosen(table)).collect())
}

/// Where the tables are asked: a few accounts of what is in scope, and a region or two.
struct Sample {
    scope: Scope,
    accounts: usize,
    regions: usize,
}

async fn sample(settings: &Settings) -> Result<Sample> {
    let app = App::new(settings.clone(), Arc::new(TerminalPrompt), Reuse::WithinLifetime)?;
    let accounts = spread(app.directory.selected(Tags::LeftOut).await?.asked, ACCOUNTS);
    if accounts.is_empty() {
        return Err(
            Error::failed("there is no account to ask").hint("'canvass accounts' lists those in scope")
        );
    }
    let ids: Vec<String> = accounts.iter().map(|account| account.id.to_string()).collect();
    let home = settings.home_region.clone();
    let on_in_hub = app.directory.fallback_regions(&ActionSet::default()).await;
    let (opt_in, usual): (Vec<Region>, Vec<Region>) =
        on_in_hub.into_iter().filter(|region| *region != home).partition(is_opt_in);
    let in_scope = |region: &Region| settings.scope.has_region(region);
    let regions: Vec<String> = std::iter::once(home.clone())
        .chain(usual)
        .chain(opt_in)
        .filter(in_scope)
        .take(REGIONS)
        .map(|region| region.to_string())
        .collect();
    // None would mean every one.
    if regions.is_empty() {
        return Err(Error::failed("none of the regions in scope is on in the hub's account")
            .hint("name one that is: --region"));
    }
    Ok(Sample { scope: Scope::parse(&ids, &[], &[], &regions)?, accounts: ids.len(), regions: regions.len() })
}

async fn ask_all(
    mut settings: Settings,
    sample: Sample,
    tables: &[Arc<Table>],
    term: &Term,
) -> Result<Report> {
    settings.scope = sample.scope;
    // What is reported is what was asked, and no row of it stays.
    settings.cache.rows = false;
    let partition = settings.partition.as_str();
    let app = App::new(settings, Arc::new(TerminalPrompt), Reuse::WithinLifetime)?;
    let mut reports = Vec::new();
    let waiting = Progress::waiting(term, "asking every table");
    for table in tables {
        tracing::debug!(table = table.name, "selftest");
        reports.push(ask(&app, table).await);
    }
    drop(waiting);
    Ok(Report {
        schema_version: 1,
        canvass: env!("CARGO_PKG_VERSION"),
        models: catalog::MODELS,
        catalog: Catalog::fingerprint(),
        partition,
        accounts: sample.accounts,
        regions: sample.regions,
        row_limit: ROWS,
        tables: reports,
    })
}

async fn ask(app: &App, table: &Table) -> TableReport {
    let mut report = TableReport { table: table.name.clone(), ..TableReport::default() };
    let required = table
        .key_columns
        .iter()
        .filter(|key| key.used_in == KeyUse::List && key.require != Require::Optional);
    report.needs = required.map(|key| key.column.clone()).collect();
    if !report.needs.is_empty() {
        report.outcome = TableOutcome::NeedsKeyColumns;
        return report;
    }
    let begun = Instant::now();
    report.outcome = match in_time(TABLE_TIMEOUT, fill(app, table, &mut report)).await {
        Some(Ok(())) => TableOutcome::Asked,
        Some(Err(error)) => {
            // The words may hold anything; they stay here.
            tracing::warn!("{}: {error}", table.name);
            TableOutcome::Failed
        }
        None => TableOutcome::TimedOut,
    };
    report.ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

async fn fill(app: &App, table: &Table, report: &mut TableReport) -> Result<()> {
    let sql = format!("select * from {} limit {ROWS}", table.name);
    let mut answer = app.engine.prepare(&sql).await?.run().await?;
    let names: Vec<String> = answer.columns.iter().map(|column| column.name.clone()).collect();
    let mut present = vec![false; names.len()];
    while let Some(batch) = answer.batches.next().await {
        let batch = batch?;
        report.rows += batch.num_rows() as u64;
        see(&batch, &mut present);
    }
    if report.rows > 0 {
        let of_catalog = |name: &&String| table.column(name).is_some();
        let absent = names.iter().zip(&present).filter(|(_, present)| !**present).map(|(name, _)| name);
        report.always_null = absent.filter(of_catalog).cloned().collect();
    }
    report.account(&answer.coverage().await, table, &app.catalog);
    Ok(())
}

fn see(batch: &RecordBatch, present: &mut [bool]) {
    for (column, present) in batch.columns().iter().zip(present) {
        *present |= column.null_count() < column.len();
    }
}

fn summary(report: &Report, amiss: usize) -> String {
    let mut text = format!(
        "{} tables asked in {} accounts and {} regions, {amiss} with something amiss\n",
        report.tables.len(),
        report.accounts,
        report.regions
    );
    for table in &report.tables {
        let state = match table.outcome {
            TableOutcome::NeedsKeyColumns => format!("not asked: needs {}", table.needs.join(", ")),
            TableOutcome::Failed => "the statement failed".to_owned(),
            TableOutcome::TimedOut => format!("no end within {} s", TABLE_TIMEOUT.as_secs()),
            TableOutcome::Asked => {
                let failed = table.units.get("failed").copied().unwrap_or_default();
                let mut state = format!("{} rows, {} calls", table.rows, table.calls);
                for (count, what) in [
                    (failed, "units failed"),
                    (table.not_converted.len() as u64, "columns with values of another type"),
                    (table.unknown.len() as u64, "columns with unknown values"),
                    (table.always_null.len() as u64, "columns always null"),
                ] {
                    if count > 0 {
                        state.push_str(&format!(", {count} {what}"));
                    }
                }
                state
            }
        };
        let mark = if table.is_amiss() { "✗" } else { "✓" };
        text.push_str(&format!("{mark} {}: {state}\n", table.table));
    }
    text
}
