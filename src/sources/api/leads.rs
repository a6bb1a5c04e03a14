//! Predicates that decide which rows of an earlier list call are followed: where a cluster is named,
//! the services of the others are not asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::table::{Origin, Value};
use crate::model::Json;
use crate::sources::ScanRequest;
use crate::sources::calls::equal_values;
use crate::sources::project::{Evaluator, FetchedRow};
use crate::sources::row::Row;
use crate::sources::unit::{Assignment, Unit};

#[derive(Default)]
pub struct Leads(Vec<Lead>);

struct Lead {
    /// The call whose rows the column shows.
    operation: String,
    column: Evaluator,
    wanted: BTreeSet<String>,
}

impl Leads {
    pub fn new(request: &ScanRequest) -> Result<Leads, String> {
        let mut leads = Vec::new();
        for column in request.table.columns.iter().filter(|column| column.leads()) {
            let Some(values) = equal_values(&request.quals, &column.name) else { continue };
            if let Value::Path { origin: Origin::Earlier(operation), .. } = &column.value {
                leads.push(Lead {
                    operation: operation.clone(),
                    column: Evaluator::new(column, &[])?,
                    wanted: values.iter().filter_map(Json::to_text).collect(),
                });
            }
        }
        Ok(Leads(leads))
    }

    /// `false` for a row of an earlier call whose column is another than the wanted ones.
    pub fn follows(&self, unit: &Unit<'_>, row: &Row) -> bool {
        self.0.iter().filter(|lead| lead.operation == row.operation()).all(|lead| {
            let fetched =
                FetchedRow { row: row.clone(), quals: Arc::new(Assignment::new()), details: Vec::new() };
            let Ok(value) = lead.column.evaluate(unit, &fetched) else { return true };
            value.to_text().is_some_and(|text| lead.wanted.contains(&text))
        })
    }

    /// Whether some column may only be what lies in other accounts or regions.
    pub fn all_lie_elsewhere(&self, unit: &Unit<'_>) -> bool {
        let place = unit.place();
        self.0
            .iter()
            .any(|lead| !lead.wanted.is_empty() && lead.wanted.iter().all(|text| place.is_not_of(text)))
    }
}
