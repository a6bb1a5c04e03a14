//! Which names stand for what: the relations a part of a statement sees, and their columns.
//!
//! Names only, no types: enough to tell a column from the alias of a function. Columns of tables come
//! from outside; those of common table expressions and derived tables follow from their select lists.

use datafusion::sql::sqlparser::ast::{
    Cte, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias,
    TableFactor, TableWithJoins,
};

use crate::engine::dialect::output_names;
use crate::engine::dialect::set_returning::functions::{Outputs, called, column_names, folded, outputs};

/// The columns of a base table, if it is one.
pub type TableColumns<'a> = &'a dyn Fn(&ObjectName) -> Option<Vec<String>>;

#[derive(Clone, Debug)]
pub struct Relation {
    pub name: Option<String>,
    pub columns: Vec<String>,
    /// A function that returns single values: its alias stands for the value itself.
    pub is_scalar: bool,
}

/// What a level of the statement sees.
enum Frame {
    Level(Vec<Relation>),
    /// A derived table that is not lateral does not see the level it stands in.
    Barrier,
    /// What is lateral sees what stands to the left of it.
    LeftOf(Option<String>),
}

pub struct Scope<'a> {
    tables: TableColumns<'a>,
    frames: Vec<Frame>,
    ctes: Vec<(String, Vec<String>)>,
}

/// What a bare name is.
#[derive(Debug)]
pub enum Meaning<'a> {
    Column,
    Relation(&'a Relation),
    Unknown,
}

impl<'a> Scope<'a> {
    pub fn new(tables: TableColumns<'a>) -> Self {
        Self { tables, frames: Vec::new(), ctes: Vec::new() }
    }

    pub fn enter(&mut self, select: &Select) {
        let relations = self.relations(&select.from);
        self.frames.push(Frame::Level(relations));
    }

    pub fn enter_barrier(&mut self) {
        self.frames.push(Frame::Barrier);
    }

    pub fn enter_lateral(&mut self, alias: Option<&TableAlias>) {
        self.frames.push(Frame::LeftOf(alias.map(|a| folded(&a.name))));
    }

    pub fn leave(&mut self) {
        self.frames.pop();
    }

    pub fn known_ctes(&self) -> usize {
        self.ctes.len()
    }

    pub fn add_cte(&mut self, cte: &Cte) {
        let columns = renamed(self.outputs(&cte.query), &cte.alias);
        self.ctes.push((folded(&cte.alias.name), columns));
    }

    pub fn forget_ctes(&mut self, beyond: usize) {
        self.ctes.truncate(beyond);
    }

    /// PostgreSQL's order: a column of any level first, only then a relation of that name.
    pub fn meaning(&self, name: &str) -> Meaning<'_> {
        let has = |r: &Relation| r.columns.iter().any(|c| c == name);
        if self.visible().any(|level| level.iter().any(has)) {
            return Meaning::Column;
        }
        let called = |r: &&Relation| r.name.as_deref() == Some(name);
        match self.visible().find_map(|level| level.iter().find(called)) {
            Some(relation) => Meaning::Relation(relation),
            None => Meaning::Unknown,
        }
    }

    /// Among the arguments of a function in FROM: the only relation to its left that has the column.
    pub fn left_owner(&self, column: &str) -> Option<&str> {
        let Some(Frame::LeftOf(_)) = self.frames.last() else { return None };
        let level = self.visible().next()?;
        let mut owners = level.iter().filter(|r| r.columns.iter().any(|c| c == column));
        match (owners.next(), owners.next()) {
            (Some(owner), None) => owner.name.as_deref(),
            _ => None,
        }
    }

    /// A column of the innermost level.
    pub fn is_own_column(&self, name: &str) -> bool {
        self.visible().next().is_some_and(|level| level.iter().any(|r| r.columns.iter().any(|c| c == name)))
    }

    /// The levels that can be seen, innermost first.
    fn visible(&self) -> impl Iterator<Item = &[Relation]> {
        let mut in_from: Option<&Frame> = None;
        self.frames.iter().rev().filter_map(move |frame| match frame {
            Frame::Level(relations) => match in_from.take() {
                None => Some(relations.as_slice()),
                Some(Frame::LeftOf(Some(name))) => {
                    let end = relations.iter().rposition(|r| r.name.as_ref() == Some(name));
                    relations.get(..end.unwrap_or(relations.len()))
                }
                Some(Frame::LeftOf(None)) => Some(relations.as_slice()),
                Some(_) => None,
            },
            within => {
                in_from = Some(within);
                None
            }
        })
    }

    fn relations(&self, from: &[TableWithJoins]) -> Vec<Relation> {
        let mut found = Vec::new();
        for item in from {
            self.collect(item, &mut found);
        }
        found
    }

    fn collect(&self, from: &TableWithJoins, into: &mut Vec<Relation>) {
        self.factor(&from.relation, into);
        for join in &from.joins {
            self.factor(&join.relation, into);
        }
    }

    fn factor(&self, factor: &TableFactor, into: &mut Vec<Relation>) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let columns = self.table(name);
                let own = name.0.last().and_then(|p| p.as_ident());
                into.push(relation(columns, alias.as_ref(), own, false));
            }
            TableFactor::Function { name, args, with_ordinality, alias, .. } => {
                into.push(function(name, args.len(), *with_ordinality, alias.as_ref()));
            }
            TableFactor::Derived { subquery, alias, .. } => {
                into.push(relation(self.outputs(subquery), alias.as_ref(), None, false));
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.collect(table_with_joins, into),
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let mut inner = Vec::new();
                self.collect(table_with_joins, &mut inner);
                let columns = inner.into_iter().flat_map(|r| r.columns).collect();
                into.push(relation(columns, alias.as_ref(), None, false));
            }
            _ => {}
        }
    }

    pub fn table(&self, name: &ObjectName) -> Vec<String> {
        if let [part] = name.0.as_slice()
            && let Some(bare) = part.as_ident().map(folded)
            && let Some((_, columns)) = self.ctes.iter().rev().find(|(cte, _)| *cte == bare)
        {
            return columns.clone();
        }
        (self.tables)(name).unwrap_or_default()
    }

    /// The names of a query's output columns; those of a star over something unknown are missing.
    pub fn outputs(&self, query: &Query) -> Vec<String> {
        match &query.with {
            None => self.body_outputs(&query.body),
            Some(with) => {
                let mut inner = Scope { tables: self.tables, frames: Vec::new(), ctes: self.ctes.clone() };
                for cte in &with.cte_tables {
                    inner.add_cte(cte);
                }
                inner.body_outputs(&query.body)
            }
        }
    }

    fn body_outputs(&self, body: &SetExpr) -> Vec<String> {
        match body {
            SetExpr::Select(select) => self.select_outputs(select),
            SetExpr::Query(query) => self.outputs(query),
            SetExpr::SetOperation { left, .. } => self.body_outputs(left),
            SetExpr::Values(values) => {
                let width = values.rows.first().map_or(0, |row| row.content.len());
                (1..=width).map(|n| format!("column{n}")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn select_outputs(&self, select: &Select) -> Vec<String> {
        let mut names = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => names.extend(output_names::named(expr)),
                SelectItem::ExprWithAlias { alias, .. } => names.push(folded(alias)),
                SelectItem::Wildcard(_) => {
                    names.extend(self.relations(&select.from).into_iter().flat_map(|r| r.columns));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let wanted = name.0.last().and_then(|p| p.as_ident()).map(folded);
                    let relations = self.relations(&select.from).into_iter();
                    names.extend(relations.filter(|r| r.name == wanted).flat_map(|r| r.columns));
                }
                _ => {}
            }
        }
        names
    }
}

fn relation(
    columns: Vec<String>,
    alias: Option<&TableAlias>,
    own: Option<&Ident>,
    is_scalar: bool,
) -> Relation {
    let columns = match alias {
        Some(alias) => renamed(columns, alias),
        None => columns,
    };
    let ident = alias.map(|a| &a.name).or(own);
    Relation { name: ident.map(folded), columns, is_scalar }
}

fn function(name: &ObjectName, arguments: usize, ordinality: bool, alias: Option<&TableAlias>) -> Relation {
    let function = called(name);
    let known_as = alias.map_or_else(|| function.clone(), |a| folded(&a.name));
    let mut columns = column_names(&function, arguments, &known_as);
    let is_scalar = !ordinality && columns.len() == 1;
    if ordinality {
        columns.push("ordinality".to_owned());
    }
    if outputs(&function) == Some(Outputs::Defined) {
        columns = alias.iter().flat_map(|a| &a.columns).map(|c| folded(&c.name)).collect();
    }
    relation(columns, alias, None, is_scalar)
}

/// `as t(a, b)` renames from the left; what it does not name keeps its name.
fn renamed(mut columns: Vec<String>, alias: &TableAlias) -> Vec<String> {
    for (column, new) in columns.iter_mut().zip(&alias.columns) {
        *column = folded(&new.name);
    }
    columns.extend(alias.columns.iter().skip(columns.len()).map(|c| folded(&c.name)));
    columns
}
