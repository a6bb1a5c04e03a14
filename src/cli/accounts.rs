//! `canvass accounts`: who is in the organization, and who can be asked.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;

use super::interrupt::Interruption;
use super::{Outcome, Session};
use crate::app::App;
use crate::error::Result;
use crate::model::{Account, AccountId, Fault, FaultKind, Json, Region, Totals};
use crate::org::{AccountCheck, Branch, Tags, check};
use crate::term::{Align, Format, Listing, Progress, Term, TextTable, only};

/// list accounts and whether they can be asked
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  \
    canvass --demo accounts\n  \
    canvass --demo accounts --ou Prod\n  \
    canvass --demo accounts tree\n  \
    canvass --demo accounts check")]
pub struct Args {
    #[command(subcommand)]
    command: Option<AccountsCommand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
enum AccountsCommand {
    /// list the accounts in scope (the default)
    #[command(before_help = "Examples:\n  canvass --demo accounts list --tag env=production -o json")]
    List,
    /// show the organizational units and the accounts in them
    #[command(before_help = "Examples:\n  canvass --demo accounts tree")]
    Tree,
    /// ask each account in scope: role, regions, AWS Config
    #[command(
        before_help = "Examples:\n  canvass --demo accounts check\n  canvass --demo accounts check --account 'payments-*' -o json"
    )]
    Check,
}

pub async fn run(args: Args, session: Session) -> Result<Outcome> {
    let format = session.format();
    let interruption = Interruption::listen()?;
    let (app, term) = session.open()?;
    let waiting = Progress::waiting(&term, "finding the accounts");
    let command = args.command.unwrap_or(AccountsCommand::List);
    let shows_tags = match command {
        AccountsCommand::List => true,
        AccountsCommand::Tree => format == Format::Json,
        AccountsCommand::Check => false,
    };
    let tags = if shows_tags { Tags::Wanted } else { Tags::LeftOut };
    let selected = interruption.during("finding the accounts", app.directory.selected(tags)).await?;
    drop(waiting);
    let mut accounts = selected.asked;
    accounts.extend(selected.suspended);
    accounts.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let outcome = match command {
        AccountsCommand::List => list(&accounts, format, &term)?,
        AccountsCommand::Tree => tree(&app, &accounts, tags, format, &term).await?,
        AccountsCommand::Check => check_all(&app, accounts, format, &term, &interruption).await?,
    };
    for note in app.notes() {
        term.note(&format!("note: {note}"));
    }
    Ok(outcome)
}

fn list(accounts: &[Arc<Account>], format: Format, term: &Term) -> Result<Outcome> {
    let mut table = TextTable::left(&["account_id", "account_name", "status", "ou_path", "tags"]);
    for account in accounts {
        let tags: Vec<String> = account.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        table.row([
            account.id.to_string(),
            account.name.clone(),
            account.status.as_str().to_owned(),
            account.ou_path.as_ref().map(ToString::to_string).unwrap_or_default(),
            tags.join(" "),
        ]);
    }
    let fields = &["account_id", "account_name", "status", "email", "joined", "ou_path", "tags"];
    let records = accounts.iter().map(|account| account_json(account)).collect();
    Listing { fields, records, table }.print(format, term)?;
    Ok(Outcome::Complete)
}

fn account_json(account: &Account) -> Json {
    let text = |text: Option<String>| text.map_or(Json::Null, Json::String);
    Json::object([
        ("account_id", Json::string(account.id.as_str())),
        ("account_name", Json::string(&account.name)),
        ("status", Json::string(account.status.as_str())),
        ("email", text(account.email.clone())),
        ("joined", text(account.joined.map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)))),
        ("ou_path", text(account.ou_path.as_ref().map(ToString::to_string))),
        ("tags", Json::object(account.tags.iter().map(|(k, v)| (k.as_str(), Json::string(v))))),
    ])
}

async fn tree(app: &App, shown: &[Arc<Account>], tags: Tags, format: Format, term: &Term) -> Result<Outcome> {
    let organization = app.directory.organization(tags).await?;
    let mut top = organization.tree();
    // Units without an account are worth a line, unless the operator asked for less than everything.
    if shown.len() < organization.accounts.len() {
        prune(&mut top, shown);
    }
    if only(&[Format::Table, Format::Json], format, "'accounts tree'")? == Format::Json {
        term.print_json(&branch_json(&top, shown).to_json())?;
        return Ok(Outcome::Complete);
    }
    let mut text = String::new();
    draw(&top, shown, "", &mut text);
    term.show(&text)?;
    Ok(Outcome::Complete)
}

fn prune(branch: &mut Branch, shown: &[Arc<Account>]) {
    branch.branches.retain(|below| count(below, shown) > 0);
    branch.branches.iter_mut().for_each(|below| prune(below, shown));
}

/// Branches and leaves below, as `tree` draws folders; accounts are counted as far as they are shown.
fn draw(branch: &Branch, shown: &[Arc<Account>], indent: &str, text: &mut String) {
    let leaves = branch.leaves.iter().filter(|leaf| is_shown(&leaf.account, shown));
    let mut lines: Vec<(String, Option<&Branch>)> = branch
        .branches
        .iter()
        .map(|below| {
            let accounts = match count(below, shown) {
                1 => "1 account".to_owned(),
                n => format!("{n} accounts"),
            };
            (format!("{} ({accounts})", crate::term::sanitize(&below.name)), Some(below))
        })
        .collect();
    lines.extend(leaves.map(|leaf| {
        let account = &leaf.account;
        let role = if leaf.is_management { ", management account" } else { "" };
        let status = if account.status.can_be_asked() {
            String::new()
        } else {
            format!(", {}", account.status.as_str())
        };
        (format!("{} {}{role}{status}", account.id, crate::term::sanitize(&account.name)), None)
    }));
    let last = lines.len().saturating_sub(1);
    for (i, (line, below)) in lines.iter().enumerate() {
        let (elbow, rail) = if i == last { ("└── ", "    ") } else { ("├── ", "│   ") };
        text.push_str(&format!("{indent}{elbow}{line}\n"));
        if let Some(below) = below {
            draw(below, shown, &format!("{indent}{rail}"), text);
        }
    }
}

fn count(branch: &Branch, shown: &[Arc<Account>]) -> usize {
    let here = branch.leaves.iter().filter(|leaf| is_shown(&leaf.account, shown)).count();
    here + branch.branches.iter().map(|below| count(below, shown)).sum::<usize>()
}

fn is_shown(account: &Account, shown: &[Arc<Account>]) -> bool {
    shown.iter().any(|a| a.id == account.id)
}

fn branch_json(branch: &Branch, shown: &[Arc<Account>]) -> Json {
    let leaves = branch.leaves.iter().filter(|leaf| is_shown(&leaf.account, shown));
    Json::object([
        ("id", Json::string(&branch.id)),
        ("name", Json::string(&branch.name)),
        ("units", Json::Array(branch.branches.iter().map(|b| branch_json(b, shown)).collect())),
        ("accounts", Json::Array(leaves.map(|leaf| account_json(&leaf.account)).collect())),
    ])
}

async fn check_all(
    app: &App,
    accounts: Vec<Arc<Account>>,
    format: Format,
    term: &Term,
    interruption: &Interruption,
) -> Result<Outcome> {
    let waiting = Progress::waiting(term, "asking each account");
    let mut checks: Vec<AccountCheck> = Vec::new();
    let mut checking = std::pin::pin!(check(&app.directory, accounts.clone()));
    loop {
        tokio::select! {
            biased;
            _ = interruption.signalled() => break,
            next = checking.next() => match next {
                Some(check) => checks.push(check),
                None => break,
            },
        }
    }
    drop(waiting);
    let interrupted = interruption.happened();
    let cancelled = Fault::new(FaultKind::Cancelled, "interrupted");
    let mut checks: HashMap<AccountId, AccountCheck> =
        checks.into_iter().map(|check| (check.account.id.clone(), check)).collect();
    let in_order = accounts.into_iter().map(|account| {
        checks.remove(&account.id).unwrap_or_else(|| AccountCheck::failed(account, cancelled.clone()))
    });
    let mut checks: Vec<AccountCheck> = in_order.collect();
    let totals = excuse(&mut checks, app);
    let mut table = TextTable::new([
        ("account_id", Align::Left),
        ("account_name", Align::Left),
        ("role", Align::Left),
        ("regions_on", Align::Right),
        ("config_recording", Align::Left),
        ("aggregator", Align::Left),
        ("hint", Align::Left),
    ]);
    for check in &checks {
        table.row(check_cells(check));
    }
    let fields = &["account_id", "account_name", "role", "regions_on", "config", "aggregators", "hint"];
    let records = checks.iter().map(check_json).collect();
    Listing { fields, records, table }.print(format, term)?;
    Ok(Outcome::of(totals.reaches(app.settings.coverage.min_coverage), interrupted))
}

/// How many accounts were asked and let us in. Those in a known gap do not count, and are told apart.
fn excuse(checks: &mut [AccountCheck], app: &App) -> Totals {
    let today = app.settings.now.unwrap_or_else(chrono::Utc::now).date_naive();
    let gaps: Vec<_> = app.settings.coverage.known_gaps.iter().filter(|g| !g.has_expired(today)).collect();
    let mut totals = Totals::default();
    for check in checks {
        match &check.role {
            Ok(()) => totals.whole += 1,
            Err(fault) if fault.kind.leaves_answer_complete() => continue,
            Err(fault) if fault.kind != FaultKind::Cancelled => {
                if let Some(gap) = gaps.iter().find(|gap| gap.covers_account(&check.account)) {
                    check.hint = Some(format!("known gap: {} (until {})", gap.reason, gap.expires));
                    continue;
                }
            }
            Err(_) => {}
        }
        totals.asked += 1;
    }
    totals
}

fn check_cells(check: &AccountCheck) -> [String; 7] {
    let fault = |fault: &Fault| fault.kind.to_string();
    let entered = check.role.is_ok();
    let regions = match &check.regions {
        Ok(regions) => regions.len().to_string(),
        Err(f) if entered => fault(f),
        Err(_) => String::new(),
    };
    let aggregators = match &check.aggregators {
        Ok(names) if names.is_empty() => "none".to_owned(),
        Ok(names) => names.join(", "),
        Err(f) if entered => fault(f),
        Err(_) => String::new(),
    };
    [
        check.account.id.to_string(),
        check.account.name.clone(),
        check.role.as_ref().map_or_else(fault, |()| "ok".to_owned()),
        regions,
        if entered { recording(check) } else { String::new() },
        aggregators,
        check.hint.clone().unwrap_or_default(),
    ]
}

/// `6 of 7 regions`, and what is wrong in the rest.
fn recording(check: &AccountCheck) -> String {
    let recorders = &check.recorders;
    let asked = recorders.recording.len()
        + recorders.stopped.len()
        + recorders.absent.len()
        + recorders.unknown.len();
    let mut text = format!("{} of {asked} regions", recorders.recording.len());
    for (label, count) in [
        ("stopped", recorders.stopped.len()),
        ("absent", recorders.absent.len()),
        ("unknown", recorders.unknown.len()),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {label}"));
        }
    }
    text
}

fn check_json(check: &AccountCheck) -> Json {
    let fault = |fault: &Fault| {
        Json::object([
            ("kind", Json::string(fault.kind.as_str())),
            ("message", Json::string(fault.to_string())),
        ])
    };
    let regions =
        |regions: &[Region]| Json::Array(regions.iter().map(|r| Json::string(r.as_str())).collect());
    let recorders = &check.recorders;
    Json::object([
        ("account_id", Json::string(check.account.id.as_str())),
        ("account_name", Json::string(&check.account.name)),
        ("role", check.role.as_ref().map_or_else(fault, |()| Json::string("ok"))),
        ("regions_on", check.regions.as_ref().map_or_else(fault, |r| regions(r))),
        (
            "config",
            Json::object([
                ("recording", regions(&recorders.recording)),
                ("stopped", regions(&recorders.stopped)),
                ("absent", regions(&recorders.absent)),
                (
                    "unknown",
                    Json::object(recorders.unknown.iter().map(|(region, f)| (region.as_str(), fault(f)))),
                ),
            ]),
        ),
        ("aggregators", check.aggregators.as_ref().map_or_else(fault, |names| Json::from(names.clone()))),
        ("hint", check.hint.clone().map_or(Json::Null, Json::String)),
    ])
}
