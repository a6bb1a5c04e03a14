//! The commands: one file each, `Args` and a thin `run`; this file lists and dispatches.

mod accounts;
mod cache;
mod completion;
pub mod config;
mod demo;
mod doctor;
mod explain;
mod global;
mod history;
mod inspect;
mod interrupt;
mod mistake;
mod query;
mod schema;
mod session;
mod tables;
pub mod trust;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, ErrorKind, Result};
use crate::settings::{ColorChoice, LoadInputs};
use crate::term::{Format, Observers, Term, only};

pub use completion::script as completion_script;
use global::GlobalArgs;
use interrupt::Signal;
use session::Session;

/// Exit code of an answer that is right as far as it goes, and incomplete.
const INCOMPLETE: u8 = 3;
/// Something that was checked is not as it has to be.
const CHECKS_FAILED: u8 = 5;

/// ask every account of an AWS Organization, in SQL, and see what the answer left out
#[derive(Debug, Parser)]
#[command(
    name = "canvass",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    after_help = "Exit codes: 0 complete · 1 failed · 2 usage or configuration\n            \
        3 answered, coverage incomplete · 4 refused · 5 checks failed · 130 interrupted\n            \
        143 terminated",
    before_help = "Examples, on a simulated organization (no AWS account needed):\n  \
        canvass --demo accounts\n  \
        canvass --demo query \"select account_name, count(*) from aws_ec2_instance group by 1\"\n  \
        canvass --demo --tag env=production query \"select name, region from aws_s3_bucket where not block_public_acls\"\n  \
        canvass inspect aws_s3_bucket"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,

    /// print help; --help says more than -h
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,

    /// print the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Query(query::Args),
    Tables(tables::Args),
    Inspect(inspect::Args),
    Accounts(accounts::Args),
    Cache(cache::Args),
    History(history::Args),
    Doctor(doctor::Args),
    Config(config::ConfigArgs),
    Trust(trust::TrustArgs),
    Demo(demo::Args),
    Schema(schema::Args),
    Completion(completion::Args),
}

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Complete,
    Incomplete,
    ChecksFailed,
    Interrupted(Signal),
}

impl Outcome {
    /// `reached`: of what was asked, as much answered as the operator wants. Being interrupted comes first.
    pub fn of(reached: bool, interrupted: Option<Signal>) -> Self {
        match interrupted {
            Some(signal) => Outcome::Interrupted(signal),
            None if reached => Outcome::Complete,
            None => Outcome::Incomplete,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => ExitCode::SUCCESS,
            Outcome::Incomplete => ExitCode::from(INCOMPLETE),
            Outcome::ChecksFailed => ExitCode::from(CHECKS_FAILED),
            Outcome::Interrupted(signal) => ExitCode::from(signal.kind().exit_code()),
        }
    }
}

/// The whole program but for `fn main`.
pub fn main() -> ExitCode {
    let arguments = global::join_demo_knobs(std::env::args_os());
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let term = early_term(&cli.global);
    let GlobalArgs { verbose, trace, timing, .. } = &cli.global;
    let observers = match Observers::start(*verbose, trace.as_deref(), *timing, &term) {
        Ok(observers) => observers,
        Err(error) => return failed(&error, &term),
    };
    let code = match run(cli, &term, &observers) {
        Ok(outcome) => outcome.into(),
        Err(error) => failed(&error, &term),
    };
    observers.finish(&term);
    code
}

fn failed(error: &Error, term: &Term) -> ExitCode {
    if error.kind() != ErrorKind::BrokenPipe {
        term.error(error);
    }
    ExitCode::from(error.kind().exit_code())
}

/// Where errors go before (and whether or not) the settings can be read.
fn early_term(global: &GlobalArgs) -> Term {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let color = match global.color_asked() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ if no_color => ColorChoice::Never,
        _ => ColorChoice::Auto,
    };
    Term::detect(color, Some("none"))
}

/// The command line as clap knows it; completions and man pages are made from this.
pub fn command() -> clap::Command {
    Cli::command()
}

fn parse(arguments: Vec<std::ffi::OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(arguments)?)
}

/// Help and version are data, on stdout and a success; everything else clap says is a usage error.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        return match mistake::said(error) {
            Some(error) => failed(&error, &early_term(&GlobalArgs::default())),
            // A command that does nothing by itself shows what it can do.
            None => {
                let _ = error.print();
                ExitCode::from(ErrorKind::Usage.exit_code())
            }
        };
    }
    // A closed pipe is quiet here as well; a full disk is not.
    match error.print().and_then(|()| std::io::Write::flush(&mut std::io::stdout())) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(ErrorKind::Failed.exit_code()),
        _ => ExitCode::SUCCESS,
    }
}

fn run(cli: Cli, early: &Term, observers: &Observers) -> Result<Outcome> {
    let inputs = LoadInputs::from_process(cli.global.flags())?;
    let asked = cli.global.format_asked();
    let session = || Session::load(&inputs, &cli.global, early, observers);
    match cli.command {
        // These work without settings that load, or are how they get to.
        Command::Completion(args) => {
            no_format(asked, "a completion script")?;
            completion::run(&args, early)
        }
        Command::Schema(args) => {
            if let Some(format) = asked {
                only(&[Format::Json], format, "a schema")?;
            }
            schema::run(&args, early)
        }
        Command::Config(args) => say(early, &config::run(&args, &inputs, asked, early)?),
        Command::Trust(args) => say(early, &trust::run(&args, &inputs, asked)?),
        Command::Query(args) => on_runtime(query::run(args, session()?)),
        Command::Tables(args) => on_runtime(async { tables::run(&args, &inputs, &session()?).await }),
        Command::Inspect(args) => inspect::run(&args, &session()?),
        Command::Accounts(args) => on_runtime(accounts::run(args, session()?)),
        Command::Cache(args) => cache::run(&args, &session()?),
        Command::History(args) => history::run(&args, &session()?),
        Command::Doctor(args) => on_runtime(doctor::run(args, &inputs, session(), asked, early)),
        Command::Demo(args) => {
            no_format(asked, "'demo serve'")?;
            on_runtime(demo::run(args, session()?))
        }
    }
}

/// For what has one form only.
fn no_format(asked: Option<Format>, what: &str) -> Result<()> {
    asked.map_or(Ok(()), |format| only(&[], format, what).map(drop))
}

fn say(term: &Term, text: &str) -> Result<Outcome> {
    term.print(text)?;
    Ok(Outcome::Complete)
}

/// Only commands that ask AWS pay for threads.
fn on_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::failed("cannot start the asynchronous runtime").because(&e))?;
    let done = runtime.block_on(work);
    // What had to be written has been waited for; a prompt that nobody answers must not be.
    runtime.shutdown_background();
    done
}
