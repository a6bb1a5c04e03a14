//! `canvass tables`: what can be asked.

mod check;
mod grouped;

use super::{Outcome, Session};
use crate::app;
use crate::error::{Error, Result};
use crate::model::Json;
use crate::settings::LoadInputs;
use crate::term::{Format, Listing, TextTable};

/// list the tables, or find those that match
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  canvass tables\n  canvass tables bucket\n  canvass tables 'security group' -o json\n  canvass tables check team_subnet.yaml",
    args_conflicts_with_subcommands = true
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<TablesCommand>,

    /// words to look for in names, synonyms, descriptions and columns
    #[arg(value_name = "PATTERN")]
    words: Vec<String>,
}

#[derive(Debug, clap::Subcommand)]
enum TablesCommand {
    Check(check::Args),
}

pub async fn run(args: &Args, inputs: &LoadInputs, session: &Session) -> Result<Outcome> {
    match &args.command {
        Some(TablesCommand::Check(args)) => check::run(args, inputs, session).await,
        None => list(args, session),
    }
}

fn list(args: &Args, session: &Session) -> Result<Outcome> {
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
    if words.is_empty() && session.format() == Format::Table {
        term.show(&grouped::text(&found, term.width))?;
        return Ok(Outcome::Complete);
    }
    let mut table = TextTable::left(&["table", "scope", "description"]);
    let mut records = Vec::new();
    for summary in &found {
        let (name, scope) = (summary.name.clone(), summary.scope.as_str());
        records.push(Json::object([
            ("name", Json::string(&name)),
            ("service", Json::string(&summary.service)),
            ("scope", Json::string(scope)),
            ("description", Json::string(&summary.description)),
        ]));
        table.row([name, scope.to_owned(), summary.description.clone()]);
    }
    let fields = &["name", "service", "scope", "description"];
    Listing { fields, records, table }.print(session.format(), term)?;
    Ok(Outcome::Complete)
}
