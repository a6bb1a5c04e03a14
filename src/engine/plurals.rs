//! `aws_ec2_instances` is read as `aws_ec2_instance`, and the answer says so.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Ident, ObjectNamePart, Query, TableAlias, TableFactor, VisitMut, VisitorMut,
};

use crate::engine::names::folded;
use crate::engine::tables::Tables;

/// Answers a note for each name that was read as another. `ctes`: names that are the statement's own.
pub fn rewrite(query: &mut Query, tables: &dyn Tables, ctes: &BTreeSet<String>) -> Vec<String> {
    let mut pass = Plurals { tables, ctes, notes: BTreeSet::new() };
    let _ = VisitMut::visit(query, &mut pass);
    pass.notes.into_iter().collect()
}

struct Plurals<'a> {
    tables: &'a dyn Tables,
    ctes: &'a BTreeSet<String>,
    notes: BTreeSet<String>,
}

impl VisitorMut for Plurals<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, args: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let Some(ObjectNamePart::Identifier(last)) = name.0.last_mut() else {
            return ControlFlow::Continue(());
        };
        let written = folded(last);
        if self.tables.table(&written).is_some() || self.ctes.contains(&written) {
            return ControlFlow::Continue(());
        }
        let Some(meant) = singulars(&written).into_iter().find(|name| self.tables.table(name).is_some())
        else {
            return ControlFlow::Continue(());
        };
        self.notes.insert(format!("{written} is read as {meant}"));
        // Its columns may be qualified with the name as it was written.
        if alias.is_none() {
            *alias = Some(TableAlias {
                explicit: true,
                name: Ident::with_quote('"', written),
                columns: Vec::new(),
                at: None,
            });
        }
        last.value = meant;
        ControlFlow::Continue(())
    }
}

fn singulars(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(stem) = name.strip_suffix("ies") {
        found.push(format!("{stem}y"));
    }
    found.extend(name.strip_suffix('s').map(str::to_owned));
    found.extend(name.strip_suffix("es").map(str::to_owned));
    found
}
