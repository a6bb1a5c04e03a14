//! `canvass history`: what was asked on this machine, how much of it answered, and what it cost.

use super::{Outcome, Session};
use crate::error::{Error, Result};
use crate::model::Json;
use crate::store::history::{Entry, History};
use crate::term::{Align, Format, Listing, Term, TextTable, only, sanitize};

/// show what was asked, how much answered, and what it cost
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass history\n  \
    canvass history list --last 5 -o json\n  \
    canvass history show 12")]
pub struct Args {
    #[command(subcommand)]
    command: Option<HistoryCommand>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum HistoryCommand {
    /// list the statements asked last
    #[command(before_help = "Examples:\n  canvass history list\n  canvass history list --last 5 -o csv")]
    List {
        /// how many
        #[arg(long, value_name = "N", default_value_t = LAST, value_parser = clap::value_parser!(u32).range(1..))]
        last: u32,
    },
    /// show one statement whole
    #[command(before_help = "Examples:\n  canvass history show 12\n  canvass history show 12 -o json")]
    Show {
        /// its number in the list
        #[arg(value_name = "ID")]
        id: i64,
    },
}

const LAST: u32 = 20;

pub fn run(args: &Args, session: &Session) -> Result<Outcome> {
    let history = History::of(&session.settings.paths);
    let failed = |why: String| {
        Error::failed("the history cannot be read").cause(why).hint("move the file away: a new one is begun")
    };
    match &args.command {
        Some(HistoryCommand::Show { id }) => {
            let entry = history.get(*id).map_err(failed)?.ok_or_else(|| {
                Error::usage(format!("nothing in the history has the number {id}"))
                    .hint("'canvass history' lists what was asked last")
            })?;
            show(&entry, session.format(), &session.term)?;
        }
        command => {
            let last = match command {
                Some(HistoryCommand::List { last }) => *last,
                _ => LAST,
            };
            let entries = history.latest(last as usize).map_err(failed)?;
            listing(&entries).print(session.format(), &session.term)?;
        }
    }
    Ok(Outcome::Complete)
}

fn record(entry: &Entry) -> Json {
    let text = serde_json::to_string(entry).unwrap_or_default();
    let mut members = vec![("id".to_owned(), Json::from(entry.id.unsigned_abs()))];
    members.push(("statement".to_owned(), Json::string(&entry.statement)));
    if let Ok(Json::Object(rest)) = Json::parse(&text) {
        members.extend(rest.into_iter().map(|(name, value)| (name.to_string(), value)));
    }
    Json::object(members.into_iter().map(|(name, value)| match name.as_str() {
        "usd" => (name, Json::from(entry.usd.as_f64())),
        _ => (name, value),
    }))
}

fn listing(entries: &[Entry]) -> Listing<'static> {
    let columns = [
        ("id", Align::Right),
        ("at", Align::Left),
        ("answered", Align::Right),
        ("rows", Align::Right),
        ("calls", Align::Right),
        ("cost", Align::Right),
        ("statement", Align::Left),
    ];
    let mut table = TextTable::new(columns.map(|(name, align)| (name.to_owned(), align)));
    for entry in entries {
        table.row([
            entry.id.to_string(),
            entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            format!("{}/{}", entry.answered, entry.asked),
            entry.rows.to_string(),
            entry.spend.total_calls().to_string(),
            entry.usd.to_string(),
            entry.statement.split_whitespace().collect::<Vec<_>>().join(" "),
        ]);
    }
    let fields = &["id", "at", "asked", "answered", "complete", "rows", "usd", "statement"];
    Listing { fields, records: entries.iter().map(record).collect(), table }
}

fn show(entry: &Entry, format: Format, term: &Term) -> Result<()> {
    match only(&[Format::Table, Format::Json], format, "one statement of the history")? {
        Format::Json => term.print_json(&(record(entry).to_json() + "\n")),
        _ => {
            let mut lines = vec![
                format!("{} of {}, plan {}", entry.id, entry.at.format("%Y-%m-%d %H:%M:%S"), entry.plan_id),
                format!("asked of {}", entry.asked_of),
                String::new(),
                entry.statement.clone(),
                String::new(),
            ];
            let values = entry.values.iter().enumerate();
            lines.extend(values.map(|(at, value)| format!("${} = {value}", at + 1)));
            let complete = if entry.complete { "complete" } else { "incomplete" };
            lines.push(format!(
                "{} rows, {complete}: {} of {} units answered, {:.1} s",
                entry.rows,
                entry.answered,
                entry.asked,
                entry.duration_ms as f64 / 1000.0
            ));
            lines.push(format!("{} calls, {}", entry.spend.total_calls(), entry.usd));
            lines.extend(entry.spend.calls.iter().map(|(operation, times)| format!("  {operation} {times}")));
            let measures = entry.spend.measures.iter();
            lines.extend(measures.map(|(measure, amount)| format!("  {} {amount}", measure.as_str())));
            lines.extend(entry.error.iter().map(|why| format!("failed: {why}")));
            let text: String = lines.iter().map(|line| format!("{}\n", sanitize(line).trim_end())).collect();
            term.show(&text)
        }
    }
}
