//! What was spent, by whatever a statement asks: the table `aws_cost_and_usage` on Cost Explorer.
//!
//! Its rows are made to measure: the columns a statement names decide by what Cost Explorer groups, so
//! that a statement gets a row for each period and group, and one request (a cent a page) answers it.
//! Asked once, in the account that pays, never in the members.

mod breakdown;
mod desk;
mod filter;
mod period;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::aws::Aws;
use crate::catalog::table::Table;
use crate::error::Error;
use crate::model::{Account, AccountId, Fault, FaultKind, Json};
use crate::org::{Directory, Organization, Tags};
use crate::settings::Settings;
use crate::sources::project::{FetchedRow, Projection, Unknowns};
use crate::sources::row::Row;
use crate::sources::unit::Unit;
use crate::sources::{Qual, RowSink, ScanRequest, Source, UnitOutcome, UnitTask, equal_values};
use breakdown::{ACCOUNT, Breakdown, dimension, fixed};
use desk::{Asking, OPERATION, Question};
use filter::Filter;
use period::Granularity;
use rows::Shape;

pub struct CostSource {
    aws: Arc<Aws>,
    directory: Arc<Directory>,
    settings: Arc<Settings>,
}

impl CostSource {
    pub fn new(aws: Arc<Aws>, directory: Arc<Directory>, settings: Arc<Settings>) -> CostSource {
        CostSource { aws, directory, settings }
    }
}

#[async_trait]
impl Source for CostSource {
    fn name(&self) -> &'static str {
        "cost"
    }

    fn check(
        &self,
        table: &Table,
        columns: &[usize],
        quals: &BTreeMap<String, Vec<Qual>>,
    ) -> Result<(), Error> {
        granularities(quals)?;
        filter::conditions(quals)?;
        Breakdown::of(table, columns, quals, |column| fixed(column, quals).is_some()).map(drop)
    }

    fn applies(&self, column: &str, qual: &Qual) -> bool {
        // One span covers the periods: of several single ones, what lies between comes along.
        let is_one = qual.values.len() == 1 || !column.starts_with("period_");
        is_one && filter::is_exact(column, qual.operator)
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let mut rows = 0;
        let fault = self.answer(task, sink, &mut rows).await.err();
        UnitOutcome { fault, rows, ..UnitOutcome::default() }
    }
}

/// The granularities that a statement asks for; a mistyped one would only find nothing.
fn granularities(quals: &BTreeMap<String, Vec<Qual>>) -> Result<Vec<Granularity>, Error> {
    let all = Granularity::ALL.map(Granularity::as_str).join(", ");
    let mut asked = Vec::new();
    for value in equal_values(quals, "granularity").unwrap_or_default() {
        let text = value.to_text().unwrap_or_default();
        let Some(granularity) = Granularity::named(&text) else {
            let error = Error::usage(format!("there is no granularity '{text}', only {all}"));
            return Err(match Granularity::named(&text.to_uppercase()) {
                Some(meant) => error.hint(format!("did you mean '{}'?", meant.as_str())),
                None => error.hint("add where granularity = 'DAILY'"),
            });
        };
        if !asked.contains(&granularity) {
            asked.push(granularity);
        }
    }
    Ok(asked)
}

/// What a request's predicates mean, once the organization is known.
struct Meaning {
    breakdown: Breakdown,
    filter: Filter,
    fixed: Vec<(&'static str, Json)>,
    fixed_account: Option<AccountId>,
    organization: Option<Arc<Organization>>,
}

impl CostSource {
    async fn answer(
        &self,
        task: &UnitTask,
        sink: &mut dyn RowSink,
        delivered: &mut u64,
    ) -> Result<(), Fault> {
        let request = &task.request;
        let refused = |error: Error| Fault::new(FaultKind::Rejected, error.to_string());
        let granularities = granularities(&request.quals).map_err(refused)?;
        let meaning = self.meaning(request).await.map_err(refused)?;
        let filter = match &meaning.filter {
            Filter::Nothing => return Ok(()),
            Filter::Everything => None,
            Filter::Only(expression) => Some((**expression).clone()),
        };
        let asked = request.columns.iter().filter_map(|at| request.table.columns.get(*at));
        let names: Vec<&str> = asked.map(|column| column.name.as_str()).collect();
        let projection = Projection::new(&request.table, &request.columns, &[])
            .map_err(|why| Fault::new(FaultKind::Rejected, why))?;
        let now = self.settings.now.unwrap_or_else(chrono::Utc::now);
        let unit = Unit {
            account: &task.account,
            asked: &self.settings.home_region,
            shown: &task.region,
            partition: self.settings.partition,
            source: self.name(),
            as_of: now,
        };
        let organization = meaning.organization.clone();
        let account = move |id: &str| -> Option<Account> {
            let known = organization.as_ref()?.account(&id.parse().ok()?)?;
            Some((**known).clone())
        };
        let mut unknown = Unknowns::default();
        for granularity in granularities {
            let Some(span) = period::span(granularity, &request.quals, now) else { continue };
            let question = Question {
                granularity,
                span,
                metrics: rows::metrics(&names),
                groups: meaning.breakdown.groups(),
                filter: filter.clone(),
            };
            let fixed = meaning.fixed.clone();
            let shape = Shape { granularity, breakdown: &meaning.breakdown, fixed, account: &account };
            let of_fixed = meaning.fixed_account.as_ref().map(|id| {
                let id = id.as_str();
                rows::of_account(id, account(id).as_ref(), None)
            });
            let mut asking =
                Asking::new(&self.aws, &task.account, &request.actions, Arc::clone(&task.meter), question);
            while let Some(page) = asking.next().await {
                let page = page?;
                let mut found = Vec::new();
                for result in page.results {
                    found.extend(shape.rows(result, &page.names));
                }
                let mut rows: Vec<FetchedRow> =
                    found.into_iter().map(|row| fetched(row, of_fixed.as_ref())).collect();
                if let Some(limit) = request.limit {
                    rows.truncate(limit.saturating_sub(usize::try_from(*delivered).unwrap_or(usize::MAX)));
                }
                if !rows.is_empty() {
                    let batch = projection.batch(&unit, &rows, &mut unknown)?;
                    task.meter.set_unknown(unknown.list());
                    *delivered += rows.len() as u64;
                    if sink.send(batch).await.is_break() {
                        return Ok(());
                    }
                }
                if request.limit.is_some_and(|limit| *delivered >= limit as u64) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn meaning(&self, request: &ScanRequest) -> Result<Meaning, Error> {
        let (table, quals) = (&request.table, &request.quals);
        let names: Vec<&str> =
            request.columns.iter().filter_map(|at| table.columns.get(*at)).map(|c| c.name.as_str()).collect();
        let of_account = |name: &&str| dimension(name) == Some(ACCOUNT);
        let scope = &self.settings.scope;
        let is_scoped = !scope.accounts.is_empty() || !scope.ous.is_empty() || !scope.tags.is_empty();
        let named = equal_values(quals, "account_name").filter(|names| !names.is_empty());
        let tags = if names.contains(&"account_tags") { Tags::Wanted } else { Tags::LeftOut };
        let organization = match is_scoped || named.is_some() || names.iter().any(of_account) {
            true => Some(self.directory.organization(tags).await?),
            false => None,
        };
        let mut conditions = filter::conditions(quals)?;
        if is_scoped {
            let selected = self.directory.selected(tags).await?;
            conditions
                .push(filter::of_accounts(selected.asked.iter().chain(&selected.suspended).map(|a| &a.id)));
        }
        let mut fixed_account =
            fixed("account_id", quals).and_then(|id| id.as_str()?.parse::<AccountId>().ok());
        let mut is_named = false;
        if let (Some(names), Some(organization)) = (named, &organization) {
            let is_meant =
                |account: &&Arc<Account>| names.iter().any(|name| name.as_str() == Some(&account.name));
            let meant: Vec<&AccountId> =
                organization.accounts.iter().filter(is_meant).map(|a| &a.id).collect();
            // A name that nobody here has may be one that Cost Explorer remembers.
            if !meant.is_empty() && names.len() <= meant.len() {
                is_named = meant.len() == 1;
                fixed_account =
                    fixed_account.or_else(|| meant.first().filter(|_| is_named).map(|id| (*id).clone()));
                conditions.push(filter::of_accounts(meant));
            }
        }
        let is_fixed = |column: &str| match dimension(column) {
            Some(ACCOUNT) => fixed_account.is_some() || is_named,
            _ => column != "account_name" && fixed(column, quals).is_some(),
        };
        let breakdown = Breakdown::of(table, &request.columns, quals, is_fixed)?;
        let mut known = Vec::new();
        for name in names {
            if let (Some(value), Some(member)) = (fixed(name, quals), member(name)) {
                known.push((member, value.clone()));
            }
        }
        Ok(Meaning {
            breakdown,
            filter: filter::all_of(conditions),
            fixed: known,
            fixed_account,
            organization,
        })
    }
}

/// The member of a row that a column shows, where a predicate alone can say what it is.
fn member(column: &str) -> Option<&'static str> {
    match column {
        "tag_key" => Some("tag_key"),
        "tag_value" => Some("tag_value"),
        "cost_category" => Some("cost_category"),
        "cost_category_value" => Some("cost_category_value"),
        _ => dimension(column).filter(|dimension| *dimension != ACCOUNT),
    }
}

fn fetched(row: Json, of_account: Option<&Vec<(crate::model::Key, Json)>>) -> FetchedRow {
    let row = match (row, of_account) {
        (Json::Object(mut members), Some(of_account)) => {
            members.extend(of_account.iter().cloned());
            Json::Object(members)
        }
        (row, _) => row,
    };
    FetchedRow { row: Row::whole(OPERATION, row, None), quals: Arc::default(), details: Vec::new() }
}
