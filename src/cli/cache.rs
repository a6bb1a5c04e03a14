//! `canvass cache`: the rows kept of earlier runs.

use std::time::Duration;

use super::{Outcome, Session};
use crate::app;
use crate::error::{Error, Result};
use crate::model::{Json, Timestamp};
use crate::settings::{duration_of, size_text};
use crate::store::Store;
use crate::store::cache::{Stats, TableRows};
use crate::term::{Align, Listing, TextTable, in_words};

/// show and clear the rows kept of earlier runs
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass cache ls\n  \
    canvass cache stats -o json\n  \
    canvass cache clear aws_ec2_instance\n  \
    canvass cache clear --older-than 1h\n  \
    canvass cache clear --all")]
pub struct Args {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum CacheCommand {
    /// list what is kept of each table, and how old it is
    #[command(before_help = "Examples:\n  canvass cache ls\n  canvass cache ls -o json")]
    Ls,
    /// let go of kept rows: of all tables, or of those named
    #[command(
        before_help = "Examples:\n  canvass cache clear\n  canvass cache clear aws_vpc aws_ec2_instance\n  canvass cache clear --older-than 1h\n  canvass cache clear --all"
    )]
    Clear {
        /// tables whose rows go; all where none is named
        #[arg(value_name = "TABLE")]
        tables: Vec<String>,
        /// only rows fetched longer ago than this
        #[arg(long, value_name = "DURATION", value_parser = duration_of)]
        older_than: Option<Duration>,
        /// also forget accounts, regions, sessions and the last statement
        #[arg(long, conflicts_with_all = ["tables", "older_than"])]
        all: bool,
    },
    /// show how large the cache is and how often it helped
    #[command(before_help = "Examples:\n  canvass cache stats\n  canvass cache stats -o json")]
    Stats,
}

pub fn run(args: &Args, session: &Session) -> Result<Outcome> {
    let cache = app::row_cache(&session.settings);
    match &args.command {
        CacheCommand::Ls => tables(&cache.tables()?),
        CacheCommand::Clear { tables, older_than, all } => {
            let units = cache.clear(tables, *older_than)?;
            cleared(units, if *all { Some(forget(session)?) } else { None })
        }
        CacheCommand::Stats => stats(&cache.stats()?),
    }
    .print(session.format(), &session.term)?;
    for note in cache.notes() {
        session.term.warn(&note);
    }
    Ok(Outcome::Complete)
}

fn tables(kept: &[TableRows]) -> Listing<'static> {
    // Ages are real: a frozen clock makes no row young.
    let now = chrono::Utc::now();
    let age = |then: Timestamp| in_words((now - then).to_std().unwrap_or_default());
    let instant = |then: Timestamp| Json::string(then.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let right = ["units", "fresh", "rows", "bytes", "oldest", "newest", "lifetime"];
    let columns = [("table".to_owned(), Align::Left)].into_iter();
    let mut table = TextTable::new(columns.chain(right.map(|name| (name.to_owned(), Align::Right))));
    let mut records = Vec::new();
    for kept in kept {
        table.row([
            kept.table.clone(),
            kept.units.to_string(),
            kept.fresh.to_string(),
            kept.rows.to_string(),
            kept.bytes.to_string(),
            age(kept.oldest),
            age(kept.newest),
            in_words(kept.lifetime),
        ]);
        records.push(Json::object([
            ("table", Json::string(&kept.table)),
            ("units", Json::from(kept.units)),
            ("fresh", Json::from(kept.fresh)),
            ("rows", Json::from(kept.rows)),
            ("bytes", Json::from(kept.bytes)),
            ("oldest", instant(kept.oldest)),
            ("newest", instant(kept.newest)),
            ("lifetime_s", Json::from(kept.lifetime.as_secs())),
        ]));
    }
    let fields = &["table", "units", "fresh", "rows", "bytes", "oldest", "newest", "lifetime_s"];
    Listing { fields, records, table }
}

/// Everything but the rows.
fn forget(session: &Session) -> Result<u64> {
    let paths = &session.settings.paths;
    Store::open(paths).clear().map_err(|error| {
        Error::failed(format!("cannot clear {}", paths.cache.display()))
            .because(&error)
            .hint("make the folder writable, or remove it by hand")
    })
}

fn cleared(units: u64, files: Option<u64>) -> Listing<'static> {
    let mut columns = vec![("cleared units".to_owned(), Align::Right)];
    let mut cells = vec![units.to_string()];
    let mut record = vec![("cleared", Json::from(units))];
    if let Some(files) = files {
        columns.push(("other files".to_owned(), Align::Right));
        cells.push(files.to_string());
        record.push(("other_files", Json::from(files)));
    }
    let mut table = TextTable::new(columns);
    table.row(cells);
    let fields: &[&str] = if files.is_some() { &["cleared", "other_files"] } else { &["cleared"] };
    Listing { fields, records: vec![Json::object(record)], table }
}

fn stats(stats: &Stats) -> Listing<'static> {
    const FIELDS: [&str; 8] = [
        "segment_bytes",
        "index_bytes",
        "limit_bytes",
        "units",
        "segments",
        "orphaned_segments",
        "hits",
        "misses",
    ];
    let values = [
        stats.segment_bytes,
        stats.index_bytes,
        stats.limit,
        stats.units,
        stats.segments,
        stats.orphaned,
        stats.hits,
        stats.misses,
    ];
    let mut table = TextTable::left(&["what", "value"]);
    let asked = stats.hits + stats.misses;
    let share = stats.hits.saturating_mul(100).checked_div(asked).unwrap_or(0);
    let most = size_text(stats.limit);
    for (what, value) in [
        ("rows", format!("{} bytes in {} segments, of at most {most}", stats.segment_bytes, stats.segments)),
        ("index", format!("{} bytes, {} units", stats.index_bytes, stats.units)),
        ("orphaned", format!("{} segments, collected by the next run that keeps rows", stats.orphaned)),
        ("served", format!("{} of {asked} units ({share}%)", stats.hits)),
    ] {
        table.row([what.to_owned(), value]);
    }
    let record = Json::object(FIELDS.into_iter().zip(values.map(Json::from)));
    Listing { fields: &FIELDS, records: vec![record], table }
}
