//! Are the tables and functions a statement names there? Checked before planning, where their place
//! in the text is still known.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, Query, Spanned, TableFactor, Visit, Visitor};

use crate::engine::dialect::set_returning;
use crate::engine::functions;
use crate::engine::tables::Tables;
use crate::engine::validate::{Place, error_at};
use crate::error::{Error, Result};
use crate::model::closest;

pub fn check(
    sql: &str,
    query: &Query,
    tables: &dyn Tables,
    schemas: &[String],
    state: &SessionState,
) -> Result<Vec<UnknownFunction>> {
    let mut names =
        Names { sql, tables, schemas, state, ctes: cte_names(query), side_by_side: 0, unknown: Vec::new() };
    match query.visit(&mut names) {
        ControlFlow::Continue(()) => Ok(names.unknown),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// A function nobody has. It is an error once the types of its arguments can be told.
pub struct UnknownFunction {
    pub name: String,
    /// The name that was probably meant.
    pub meant: Option<String>,
}

pub fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// The table's own name, without a schema.
pub fn table_name(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(folded)
}

/// The names a statement gives its own tables.
pub fn cte_names(query: &Query) -> BTreeSet<String> {
    let mut ctes = CteNames::default();
    let _ = query.visit(&mut ctes);
    ctes.0
}

#[derive(Default)]
struct CteNames(BTreeSet<String>);

impl Visitor for CteNames {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.extend(ctes.map(|cte| folded(&cte.alias.name)));
        ControlFlow::Continue(())
    }
}

struct Names<'a> {
    sql: &'a str,
    tables: &'a dyn Tables,
    schemas: &'a [String],
    state: &'a SessionState,
    ctes: BTreeSet<String>,
    /// Functions still to come that were moved from the SELECT list into FROM.
    side_by_side: usize,
    unknown: Vec<UnknownFunction>,
}

fn stop(error: Error) -> ControlFlow<Box<Error>> {
    ControlFlow::Break(Box::new(error))
}

impl Visitor for Names<'_> {
    type Break = Box<Error>;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { name, args: None, .. } => self.table(name),
            TableFactor::Function { name, args, .. }
                if table_name(name).as_deref() == Some(set_returning::ROWS_FROM) =>
            {
                self.side_by_side += args.len();
                ControlFlow::Continue(())
            }
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                self.function(name, true)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Function(function) => self.function(&function.name, false),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Names<'_> {
    fn place(&self, name: &ObjectName) -> Option<Place> {
        let span = name.span();
        let width = span.end.column.saturating_sub(span.start.column);
        Place::new(span.start, usize::try_from(width).unwrap_or(1))
    }

    fn table(&self, name: &ObjectName) -> ControlFlow<Box<Error>> {
        let Some(table) = table_name(name) else { return ControlFlow::Continue(()) };
        if let [schema, _] = name.0.as_slice() {
            let schema = schema.as_ident().map(folded).unwrap_or_default();
            if !self.schemas.contains(&schema) {
                let error = error_at(
                    self.sql,
                    self.place(name),
                    &format!("relation \"{schema}.{table}\" does not exist"),
                );
                return stop(
                    error.hint(format!("a table may be qualified with: {}", self.schemas.join(", "))),
                );
            }
        } else if self.ctes.contains(&table) {
            return ControlFlow::Continue(());
        }
        if self.tables.table(&table).is_some() {
            return ControlFlow::Continue(());
        }
        let error = error_at(self.sql, self.place(name), &format!("relation \"{table}\" does not exist"));
        let names = self.tables.table_names();
        let candidates = names.iter().map(String::as_str).chain(self.ctes.iter().map(String::as_str));
        stop(match closest(&table, candidates) {
            Some(meant) => error.hint(format!("did you mean '{meant}'?")),
            None => error.hint("'canvass tables' lists what there is, 'canvass tables WORD' searches it"),
        })
    }

    fn function(&mut self, name: &ObjectName, in_from: bool) -> ControlFlow<Box<Error>> {
        let called = table_name(name).unwrap_or_default();
        if called == set_returning::FIELDS && self.side_by_side > 0 {
            return ControlFlow::Continue(());
        }
        if set_returning::is_set_returning(&called) || called == set_returning::ROWS_FROM {
            if in_from || self.side_by_side > 0 {
                self.side_by_side -= usize::from(!in_from);
                return ControlFlow::Continue(());
            }
            let message = format!("set-returning functions are not allowed here: {called}");
            let error = error_at(self.sql, self.place(name), &message);
            return stop(error.hint("they stand in FROM or in the SELECT list, not in CASE or COALESCE"));
        }
        if self.is_known(&called) || (in_from && self.state.table_functions().contains_key(&called)) {
            return ControlFlow::Continue(());
        }
        let all: BTreeSet<String> =
            [self.state.udfs(), self.state.udafs(), self.state.udwfs()].into_iter().flatten().collect();
        let names = all.iter().map(String::as_str).filter(|name| is_typed(name));
        let meant = closest(&called, names.chain(set_returning::NAMES));
        let meant = meant.map(str::to_owned);
        if !in_from {
            if !self.unknown.iter().any(|known| known.name == called) {
                self.unknown.push(UnknownFunction { name: called, meant });
            }
            return ControlFlow::Continue(());
        }
        let error = error_at(self.sql, self.place(name), &format!("function {called} does not exist"));
        stop(match meant {
            Some(meant) => error.hint(format!("did you mean '{meant}'?")),
            None => error,
        })
    }

    fn is_known(&self, name: &str) -> bool {
        self.state.scalar_functions().contains_key(name)
            || self.state.aggregate_functions().contains_key(name)
            || self.state.window_functions().contains_key(name)
            || self.state.higher_order_functions().contains_key(name)
            // Planned by the planner itself.
            || matches!(name, "unnest" | "grouping" | "struct")
    }
}

/// A name people write; the others stand for operators and syntax.
fn is_typed(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !functions::INTERNAL.contains(&name)
}
