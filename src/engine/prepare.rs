//! From a statement to an answer, in four steps: check, plan, price, run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::execution::FunctionRegistry;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{ObjectName, Statement};

use crate::aws::ReadOperation;
use crate::catalog::table::{Sensitivity, TableScope};
use crate::engine::accounts::Accounts;
use crate::engine::answer::{Answer, AnswerColumn};
use crate::engine::calls::ScanCalls;
use crate::engine::explain::{Counted, FoundScan};
use crate::engine::functions::overloaded::Overloaded;
use crate::engine::names::UnknownFunction;
use crate::engine::parameters::Parameters;
use crate::engine::scan::{Run, limited, quals_of};
use crate::engine::tables::{Listing, SCHEMAS, SourceSet, Tables};
use crate::engine::types::PgType;
use crate::engine::types::calendar::Read;
use crate::engine::{
    calls, dialect, errors, estimate, explain, json, keyed, lateral, names, operators, parameters, plurals,
    reuse, session, sorted_input, validate,
};
use crate::error::{Error, Result};
use crate::model::Scope;
use crate::model::Tally;
use crate::org::{AccountsFrom, Organization, Tags};
use crate::plan::Plan;
use crate::settings::Settings;
use crate::sources::OwnUnit;
use crate::store::LastAnswer;
use crate::store::statistics::Statistics;

/// Looks an operation up in the allow-list, for the IAM actions it needs.
pub type Operations = dyn Fn(&str) -> Option<ReadOperation> + Send + Sync;

pub struct EngineParts {
    pub settings: Arc<Settings>,
    pub catalog: Arc<dyn Tables>,
    pub directory: Arc<dyn Accounts>,
    pub sources: SourceSet,
    pub operations: Arc<Operations>,
    pub last_answer: LastAnswer,
    /// What the run has spent, and may spend.
    pub tally: Arc<Tally>,
    /// What earlier runs saw.
    pub statistics: Statistics,
}

pub struct Engine {
    parts: EngineParts,
}

/// A statement that was checked, planned and priced, and has asked nothing but the list of accounts.
pub struct Prepared {
    plan: Plan,
    scans: Vec<(Counted, ScanCalls)>,
    columns: Vec<AnswerColumn>,
    notes: Vec<String>,
    physical: Arc<dyn ExecutionPlan>,
    state: SessionState,
    run: Arc<Run>,
}

/// Checked and planned; nobody has been asked anything.
struct Planned {
    columns: Vec<AnswerColumn>,
    notes: Vec<String>,
    physical: Arc<dyn ExecutionPlan>,
    state: SessionState,
    run: Arc<Run>,
    /// Sensitive columns that a `*` did not ask for.
    left_out: Vec<String>,
}

impl Engine {
    pub fn new(parts: EngineParts) -> Self {
        Self { parts }
    }

    pub async fn prepare(&self, sql: &str) -> Result<Prepared> {
        self.prepare_with(sql, &Parameters::default()).await
    }

    /// The same with values for `$1`, `$2` ...
    pub async fn prepare_with(&self, sql: &str, parameters: &Parameters) -> Result<Prepared> {
        let Planned { columns, notes, physical, state, run, left_out } =
            self.planned(sql, parameters).await?;
        let (plan, scans) = self.price(sql, &physical, &run, left_out).await?;
        Ok(Prepared { plan, scans, columns, notes, physical, state, run })
    }

    /// Whether the statement can be planned. Asks nobody anything.
    pub async fn check(&self, sql: &str) -> Result<()> {
        self.planned(sql, &Parameters::default()).await.map(drop)
    }

    async fn planned(&self, sql: &str, parameters: &Parameters) -> Result<Planned> {
        let mut query = validate::parse(sql)?;
        parameters::bind(sql, &mut query, parameters)?;
        let tables = &self.parts.catalog;
        let ctes = names::cte_names(&query);
        let notes = plurals::rewrite(&mut query, tables.as_ref(), &ctes);
        let sensitive = |name: &ObjectName| sensitive_columns(tables.as_ref(), name);
        let columns_of = |name: &ObjectName| column_names(tables.as_ref(), name);
        let rewritten = dialect::rewrite(query, &sensitive, &columns_of);

        let run = Arc::new(Run::new(
            Arc::clone(&self.parts.settings),
            Arc::clone(&self.parts.directory),
            self.parts.last_answer.clone(),
            Arc::clone(&self.parts.tally),
            self.parts.statistics.clone(),
        ));
        let schemas = self.schemas();
        let listing = Listing {
            tables: Arc::clone(tables),
            sources: self.parts.sources.clone(),
            run: Arc::clone(&run),
            schemas: schemas.clone(),
        };
        let now = self.parts.settings.now.unwrap_or_else(chrono::Utc::now);
        let context = Read { now: now.timestamp_micros() };
        let mut state = session::state(listing, now).map_err(|e| errors::planning(sql, e))?;
        for (name, kind) in &rewritten.casts {
            let target = dialect::target(kind).map_err(|e| errors::planning(sql, e))?;
            let cast = operators::conversion::cast_named(name, target, context);
            state.register_udf(Arc::new(cast)).map_err(|e| errors::planning(sql, e))?;
        }
        let unknown = names::check(sql, &rewritten.query, tables.as_ref(), &schemas, &state)?;
        for function in &unknown {
            let function = Overloaded::unknown(function.name.clone(), context);
            state.register_udf(Arc::new(function)).map_err(|e| errors::planning(sql, e))?;
        }

        let statement = DfStatement::Statement(Box::new(Statement::Query(rewritten.query)));
        let logical = state.statement_to_plan(statement).await.map_err(|e| {
            let error = errors::planning(sql, e);
            let named = |f: &&UnknownFunction| error.message().contains(&format!("function {}(", f.name));
            match unknown.iter().find(named).and_then(|f| f.meant.as_ref()) {
                Some(meant) => error.hint(format!("did you mean '{meant}'?")),
                None => error,
            }
        })?;
        let logical = sorted_input::rewrite(logical).map_err(|e| errors::planning(sql, e))?;
        let logical = operators::settle(logical, context).map_err(|e| errors::planning(sql, e))?;
        let logical = lateral::flatten(logical, &state).map_err(|e| errors::planning(sql, e))?;
        let logical = json::settle(logical).map_err(|e| errors::planning(sql, e))?;
        // Subqueries that become functions are planned here, so they must be settled.
        let logical = lateral::flatten(logical, &state).map_err(|e| errors::planning(sql, e))?;
        // Nothing else can come out of a query; this holds even if that were wrong.
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&logical)
            .map_err(|e| errors::planning(sql, e))?;
        let columns = columns(logical.schema().as_arrow(), &rewritten.shown_names);
        let physical = state.create_physical_plan(&logical).await.map_err(|e| errors::planning(sql, e))?;
        let physical = keyed::supply(physical).map_err(|e| errors::planning(sql, e))?;
        limited::mark(&physical);
        Ok(Planned { columns, notes, physical, state, run, left_out: rewritten.left_out })
    }

    /// The names a table may be qualified with.
    fn schemas(&self) -> Vec<String> {
        let mut schemas: Vec<String> = SCHEMAS.iter().map(|s| (*s).to_owned()).collect();
        schemas.extend(self.parts.settings.context.clone());
        schemas
    }

    async fn price(
        &self,
        sql: &str,
        physical: &Arc<dyn ExecutionPlan>,
        run: &Run,
        left_out_of_star: Vec<String>,
    ) -> Result<(Plan, Vec<(Counted, ScanCalls)>)> {
        let found = explain::scans(physical);
        let mut priced = Vec::new();
        for scan in found {
            if let Some(own) = scan.spec.source.own_units(&scan.spec.quals).await? {
                let _ = scan.spec.own.set(in_scope(own, &run.settings.scope)?);
            }
            let calls = calls::of(&scan, run, self.parts.operations.as_ref());
            if let Some(missing) = &calls.missing {
                let table = &scan.spec.table;
                let mut error = missing.error();
                if let Some(join) = keyed::hint(self.parts.catalog.as_ref(), table, missing) {
                    error = error.hint(join);
                }
                return Err(error.hint(format!("'canvass inspect {}' shows its key columns", table.name)));
            }
            let quals = quals_of(&scan.spec, &scan.feeds);
            scan.spec.source.check(
                &scan.spec.table,
                &scan.spec.requested_columns(&run.settings.scope),
                &quals,
            )?;
            priced.push((scan, calls));
        }
        let tags = match priced.iter().any(|(scan, _)| scan.spec.needs_account_tags()) {
            true => Tags::Wanted,
            false => Tags::LeftOut,
        };
        let is_any = |scope: TableScope| priced.iter().any(|(scan, _)| scan.spec.table.scope == scope);
        if is_any(TableScope::Organization) {
            run.set_hub(self.parts.directory.hub(tags).await?);
        }
        let is_own = |scan: &FoundScan| scan.spec.own.get().is_some();
        if is_any(TableScope::Payer) {
            run.set_payer(self.parts.directory.payer(tags).await?);
        }
        let is_of_some = |scan: &FoundScan| !scan.spec.table.scope.is_of_all_accounts() && !is_own(scan);
        if priced.iter().any(|(scan, _)| is_of_some(scan)) {
            run.set_scope(self.parts.directory.in_scope(tags).await?);
        }
        let mut scans = Vec::new();
        for (scan, calls) in priced {
            let counted = explain::count(scan, &calls, run).map_err(|e| errors::planning(sql, e))?;
            scans.push((counted, calls));
        }
        let mut actions: BTreeSet<String> =
            scans.iter().flat_map(|(_, calls)| calls.actions.clone()).collect();
        run.set_actions(Arc::new(actions.clone()));
        actions.extend(scans.iter().flat_map(|(_, calls)| calls.later.clone()));
        let estimate = estimate::estimate(&mut scans, &[], run).await;
        let plan = Plan {
            sql: sql.to_owned(),
            estimate,
            scans: scans
                .iter()
                .map(|(counted, _)| counted.planned.clone())
                .chain(explain::kept(physical))
                .collect(),
            actions,
            operators: explain::operators(physical),
            left_out_of_star,
        };
        Ok((plan, scans))
    }
}

impl Prepared {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Leaves out of the estimate what earlier runs answer: for a plan that is shown, or has a limit to keep.
    pub async fn count_kept(&mut self) -> Result<()> {
        let mut kept = Vec::new();
        for scan in &explain::scans(&self.physical) {
            kept.push(reuse::kept(scan, &self.run).await.map_err(errors::execution)?);
        }
        self.plan.estimate = estimate::estimate(&mut self.scans, &kept, &self.run).await;
        for ((planned, (counted, _)), kept) in self.plan.scans.iter_mut().zip(&self.scans).zip(&kept) {
            planned.kept_units = Some(kept.len());
            planned.calls.clone_from(&counted.planned.calls);
        }
        Ok(())
    }

    /// Refuses what is expected to pass a limit of the operator's.
    pub fn check_limits(&self) -> Result<()> {
        let (limits, estimate) = (&self.run.settings.limits, &self.plan.estimate);
        let about = if estimate.units_are_at_most { "at most" } else { "about" };
        let (expected, limit, flag) = match (limits.calls, limits.usd) {
            (Some(most), _) if estimate.total_calls > most => {
                (format!("{about} {} calls", estimate.total_calls), most.to_string(), "--max-calls")
            }
            (_, Some(most)) if estimate.usd > most => {
                (format!("{about} {}", estimate.usd), most.to_string(), "--max-cost")
            }
            _ => return Ok(()),
        };
        let error =
            Error::refused(format!("the statement would take {expected}: the limit is {limit} ({flag})"))
                .hint(format!(
                    "--explain shows what for; ask fewer accounts, regions or columns, or raise {flag}"
                ));
        Err(match estimate.guessed.as_slice() {
            [] => error,
            tables => error.hint(format!(
                "how many rows {} has in an account and region was guessed: no run has seen it yet",
                tables.join(", ")
            )),
        })
    }

    pub fn columns(&self) -> &[AnswerColumn] {
        &self.columns
    }

    /// What the operator should know of how the statement was read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Starts the answer. Calls are made as its batches are read.
    pub async fn run(self) -> Result<Answer> {
        self.run.begin_spending();
        let rows = execute_stream(self.physical, self.state.task_ctx()).map_err(errors::execution)?;
        Ok(Answer::new(self.columns, rows, self.run, self.plan.estimate))
    }
}

/// The units of the operator's scope. A pattern that selects none of them is a mistake, as it is for accounts.
fn in_scope(own: Vec<OwnUnit>, scope: &Scope) -> Result<Vec<OwnUnit>> {
    if own.is_empty() || scope.accounts.is_empty() && scope.ous.is_empty() && scope.tags.is_empty() {
        return Ok(own);
    }
    let accounts = own.iter().map(|unit| (*unit.account).clone()).collect();
    let selected = Organization::flat(accounts, AccountsFrom::Settings).select(scope)?;
    let is_selected = |unit: &OwnUnit| selected.asked.iter().any(|account| account.id == unit.account.id);
    Ok(own.into_iter().filter(is_selected).collect())
}

fn sensitive_columns(tables: &dyn Tables, name: &ObjectName) -> Vec<String> {
    let Some(table) = names::table_name(name).and_then(|name| tables.table(&name)) else { return Vec::new() };
    let hidden = table.columns.iter().filter(|c| c.sensitivity == Sensitivity::Sensitive);
    hidden.map(|c| c.name.clone()).collect()
}

fn column_names(tables: &dyn Tables, name: &ObjectName) -> Option<Vec<String>> {
    let table = names::table_name(name).and_then(|name| tables.table(&name))?;
    Some(table.columns.iter().map(|c| c.name.clone()).collect())
}

fn columns(schema: &arrow::datatypes::Schema, shown: &BTreeMap<String, String>) -> Vec<AnswerColumn> {
    let fields = schema.fields().iter();
    fields
        .map(|field| AnswerColumn {
            name: shown.get(field.name()).unwrap_or(field.name()).clone(),
            // What nothing gave a type is text, as in PostgreSQL.
            pg_type: match PgType::of(field) {
                PgType::Unknown => PgType::Text.name(),
                kind => kind.name(),
            },
        })
        .collect()
}
