//! Which of the offers are taken.
//!
//! A join supplies in one direction only, so that no two sides wait for each other: of two scans that wait
//! for one another, the topmost join between them would have to supply in both.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;

use crate::engine::keyed::offers::{Offer, Way};
use crate::engine::scan::{ScanExec, ScanSpec, unit_column};
use crate::model::Json;
use crate::sources::{MissingKeys, PlannedCalls, Qual, planned_calls};

/// The offers that are taken.
pub fn choose(plan: &Arc<dyn ExecutionPlan>, offers: Vec<Offer>) -> Vec<Offer> {
    let mut choice = Choice { plan, taken: Vec::new(), directions: HashMap::new() };
    let mut open = offers;
    // A scan that is supplied can supply another.
    loop {
        let before = open.len();
        let mut left = Vec::new();
        for offer in open {
            if choice.is_needed(&offer) { choice.take(offer) } else { left.push(offer) }
        }
        open = left;
        if open.len() == before {
            break;
        }
    }
    for offer in open {
        if choice.saves_calls(&offer) {
            choice.take(offer);
        }
    }
    choice.taken
}

struct Choice<'p> {
    plan: &'p Arc<dyn ExecutionPlan>,
    taken: Vec<Offer>,
    /// Which side of a join is supplied.
    directions: HashMap<Way, usize>,
}

impl Choice<'_> {
    fn take(&mut self, offer: Offer) {
        self.directions.insert(offer.join.clone(), offer.into);
        self.taken.push(offer);
    }

    fn may(&self, offer: &Offer) -> bool {
        let direction = self.directions.get(&offer.join).is_none_or(|into| *into == offer.into);
        // The other side must be something that can be read.
        let readable =
            |other: &Arc<dyn ExecutionPlan>| scans(other).iter().all(|scan| self.missing(scan).is_none());
        direction && self.other_side(offer).is_some_and(readable)
    }

    /// Whether the scan cannot be asked without it.
    fn is_needed(&self, offer: &Offer) -> bool {
        let Some(missing) = self.missing(&offer.scan) else { return false };
        let names = |column: &String| offer.columns.iter().any(|offered| offered.fed.name == *column);
        missing.all_of.iter().chain(&missing.any_of).any(names) && self.may(offer)
    }

    fn saves_calls(&self, offer: &Offer) -> bool {
        let Some(scan) = offer.scan() else { return false };
        let planned = self.planned(scan.spec(), &offer.scan);
        let Some(other) = self.other_side(offer).filter(|_| planned.missing.is_none()) else { return false };
        let table = &scan.spec().table;
        let per_row = !planned.details.is_empty() || table.list.len() > 1;
        let few = scans(other).iter().all(|scan| {
            let spec = scan.downcast_ref::<ScanExec>().map(ScanExec::spec);
            spec.is_some_and(|spec| spec.table.scope.is_of_all_accounts())
        });
        let units = |name: &str| unit_column(table, name).is_some();
        let keyed = offer.columns.iter().any(|offered| !units(&offered.fed.name));
        is_narrowed(other) && ((keyed && per_row) || few) && self.may(offer)
    }

    /// What the scan's calls would be with what has been taken for it.
    fn planned(&self, spec: &ScanSpec, scan: &Arc<dyn ExecutionPlan>) -> PlannedCalls {
        let mut quals = spec.quals.clone();
        let fed = self.taken.iter().filter(|offer| Arc::ptr_eq(&offer.scan, scan));
        for offered in fed.flat_map(|offer| &offer.columns) {
            let unknown = Qual { operator: crate::catalog::table::Operator::Eq, values: Vec::<Json>::new() };
            quals.entry(offered.fed.name.clone()).or_default().push(unknown);
        }
        planned_calls(&spec.table, &spec.columns, &quals, &[])
    }

    fn missing(&self, scan: &Arc<dyn ExecutionPlan>) -> Option<MissingKeys> {
        let spec = scan.downcast_ref::<ScanExec>()?.spec();
        self.planned(spec, scan).missing
    }

    fn other_side(&self, offer: &Offer) -> Option<&Arc<dyn ExecutionPlan>> {
        let mut plan = self.plan;
        for at in &offer.join {
            plan = plan.children().into_iter().nth(*at)?;
        }
        plan.children().into_iter().nth(1 - offer.into)
    }
}

fn scans(plan: &Arc<dyn ExecutionPlan>) -> Vec<&Arc<dyn ExecutionPlan>> {
    let (mut found, mut open) = (Vec::new(), vec![plan]);
    while let Some(plan) = open.pop() {
        if plan.downcast_ref::<ScanExec>().is_some() {
            found.push(plan);
        }
        open.extend(plan.children());
    }
    found
}

/// Whether something makes the rows fewer than all there are.
fn is_narrowed(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let own = match plan.downcast_ref::<ScanExec>() {
        Some(scan) => {
            let spec = scan.spec();
            let predicates = spec.account_predicates.len() + spec.region_predicates.len() + spec.quals.len();
            predicates > 0 || spec.limit.is_some()
        }
        // Constants, rows that are kept here.
        None if plan.children().is_empty() => true,
        None => plan.downcast_ref::<FilterExec>().is_some() || plan.fetch().is_some(),
    };
    own || plan.children().into_iter().any(is_narrowed)
}
