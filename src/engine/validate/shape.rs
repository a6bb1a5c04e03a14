//! Clauses that parse but that nothing here would honour. Left alone, the planner would ignore some
//! of them and answer another question.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Query, Select, SelectFlavor, SetExpr, Spanned, TableFactor, Visit, Visitor,
};

use crate::engine::validate::{Place, error_at};
use crate::error::Result;

struct Unhonoured {
    what: String,
    place: Option<Place>,
}

pub fn check(sql: &str, query: &Query) -> Result<()> {
    match query.visit(&mut Shape) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(found) => {
            Err(error_at(sql, found.place, &format!("{} is not supported", found.what)))
        }
    }
}

struct Shape;

fn stop(what: impl Into<String>, place: Option<Place>) -> ControlFlow<Box<Unhonoured>> {
    ControlFlow::Break(Box::new(Unhonoured { what: what.into(), place }))
}

impl Visitor for Shape {
    type Break = Box<Unhonoured>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let clause = [
            (query.for_clause.is_some(), "the FOR clause"),
            (query.settings.is_some(), "SETTINGS"),
            (query.format_clause.is_some(), "FORMAT"),
            (!query.pipe_operators.is_empty(), "the pipe operator |>"),
            (matches!(*query.body, SetExpr::Table(_)), "TABLE name (write select * from name)"),
        ];
        match clause.iter().find(|(present, _)| *present) {
            Some((_, what)) => stop(*what, None),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let clause = [
            (select.projection.is_empty(), "a SELECT without columns"),
            (select.top.is_some(), "TOP"),
            (select.exclude.is_some(), "EXCLUDE"),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.connect_by.is_empty(), "CONNECT BY"),
            (select.value_table_mode.is_some(), "SELECT AS STRUCT"),
            (select.flavor != SelectFlavor::Standard, "FROM before SELECT"),
        ];
        match clause.iter().find(|(present, _)| *present) {
            Some((_, what)) => stop(*what, Place::new(select.select_token.0.span.start, 6)),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let place = Place::new(factor.span().start, 1);
        match factor {
            TableFactor::Table {
                name,
                with_hints,
                version,
                partitions,
                json_path,
                sample,
                index_hints,
                ..
            } => {
                let clause = [
                    (sample.is_some(), "TABLESAMPLE"),
                    (version.is_some(), "a table's AS OF"),
                    (!with_hints.is_empty() || !index_hints.is_empty(), "a table hint"),
                    (!partitions.is_empty(), "PARTITION"),
                    (json_path.is_some(), "a path after a table's name"),
                    (name.0.len() > 2, "a table name of more than two parts"),
                ];
                match clause.iter().find(|(present, _)| *present) {
                    Some((_, what)) => stop(*what, place),
                    None => ControlFlow::Continue(()),
                }
            }
            TableFactor::Derived { sample: Some(_), .. } => stop("TABLESAMPLE", place),
            TableFactor::Derived { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::Function { .. }
            | TableFactor::TableFunction { .. }
            | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            TableFactor::JsonTable { .. } | TableFactor::OpenJsonTable { .. } => stop("JSON_TABLE", place),
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => stop("PIVOT", place),
            TableFactor::MatchRecognize { .. } => stop("MATCH_RECOGNIZE", place),
            TableFactor::XmlTable { .. } => stop("XMLTABLE", place),
            _ => stop("this form of FROM", place),
        }
    }
}
