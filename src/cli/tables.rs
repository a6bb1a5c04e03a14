//! `canvass tables`: what can be asked.

use super::{Outcome, Session};
use crate::app;
use crate::error::{Error, Result};
use crate::model::Json;
use crate::term::{Format, TextTable};

/// list the tables, or find those that match
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  canvass tables\n  canvass tables bucket\n  canvass tables 'security group' -o json"
)]
pub struct Args {
    /// words to look for in names, synonyms, descriptions and columns
    #[arg(value_name = "PATTERN")]
    words: Vec<String>,
}

pub fn run(args: &Args, session: &Session) -> Result<Outcome> {
    let Session { settings, term, .. } = session;
    let catalog = app::catalog(settings)?;
    let words = args.words.join(" ");
    let found = if words.is_empty() { catalog.summaries() } else { catalog.search(&words) };
    if found.is_empty() {
        let mut error = Error::failed(format!("no table matches '{words}'"));
        if let Some(near) = catalog.closest_table(&words) {
            error = error.hint(format!("did you mean '{near}'?"));
        }
        return Err(error.hint("'canvass tables' lists them all"));
    }
    match session.format() {
        Format::Json => {
            let rows = found.iter().map(|t| {
                Json::object([
                    ("name", Json::string(&t.name)),
                    ("service", Json::string(&t.service)),
                    ("scope", Json::string(t.scope.as_str())),
                    ("description", Json::string(&t.description)),
                ])
            });
            term.print(&Json::Array(rows.collect()).to_json())?;
        }
        _ => {
            let mut table = TextTable::left(&["table", "scope", "description"]);
            for summary in &found {
                table.row([
                    summary.name.clone(),
                    summary.scope.as_str().to_owned(),
                    summary.description.clone(),
                ]);
            }
            term.print(&table.render(term.width, term.color_out))?;
        }
    }
    Ok(Outcome::Complete)
}
