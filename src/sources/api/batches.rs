//! Details that one call asks about many rows: `DescribeClusters` takes a hundred ARNs.
//!
//! What a row is given is the response as if the row had been asked for alone: of every list the elements
//! that name it. A row that the service does not answer has none. What fails is unknown of just the rows
//! that were asked for together; where the service refuses them together, each half is asked for by itself,
//! so that one that is gone or not ours does not take the others with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};

use crate::catalog::path::Step;
use crate::model::{Fault, FaultKind, Json, Region};
use crate::sources::api::call::{CompiledBatch, CompiledCall, Given, Input};
use crate::sources::api::details::CompiledDetail;
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::AT_ONCE;
use crate::sources::project::DetailValue;
use crate::sources::reader::Asker;
use crate::sources::row::{Row, walk};

/// Things that may be asked about together: in one region, with the same other parameters.
struct Group {
    region: Region,
    rest: Json,
    things: Vec<Json>,
}

/// What becomes of one row.
enum Place {
    Known(DetailValue),
    /// In which group, and as what text.
    Asked(usize, String),
}

/// What the detail says of every row, in order.
pub async fn ask(
    asker: &Asker,
    detail: &CompiledDetail,
    call: &CompiledCall,
    batch: &CompiledBatch,
    rows: &[(Row, Given<'_>)],
) -> Vec<DetailValue> {
    let (groups, places) = grouped(detail, call, batch, rows);
    let Some((_, given)) = rows.first() else { return Vec::new() };
    let parts = groups.iter().enumerate().flat_map(|(at, group)| {
        let parts = group.things.chunks(batch.most);
        parts.map(move |things| (at, Part { asker, call, batch, group, given: *given }, things))
    });
    let asked: Vec<_> =
        parts.map(|(at, part, things)| part.ask(things).map(move |a| (at, a)).boxed()).collect();
    let mut answers: HashMap<(usize, String), DetailValue> = HashMap::new();
    let mut parts = stream::iter(asked).buffer_unordered(AT_ONCE);
    while let Some((at, found)) = parts.next().await {
        answers.extend(found.into_iter().map(|(text, value)| ((at, text), value)));
    }
    let value = |place| match place {
        Place::Known(value) => value,
        Place::Asked(at, text) => {
            answers.get(&(at, text)).cloned().unwrap_or_else(|| DetailValue::Known(Arc::default()))
        }
    };
    places.into_iter().map(value).collect()
}

fn grouped(
    detail: &CompiledDetail,
    call: &CompiledCall,
    batch: &CompiledBatch,
    rows: &[(Row, Given<'_>)],
) -> (Vec<Group>, Vec<Place>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut place = |row: &Row, given: Given<'_>| {
        let none = || Place::Known(DetailValue::Known(Arc::default()));
        if detail.is_spared(row) {
            return none();
        }
        let input = match call.input(Given { row: Some(row), led_by: Some(row), ..given }) {
            Ok(Input::Ready(input)) => input,
            Ok(Input::Nothing) => return none(),
            Err(fault) => return Place::Known(DetailValue::Unknown(Arc::new(fault))),
        };
        let (rest, things) = batch.things(input);
        let Some((thing, text)) = things.into_iter().next().and_then(|t| Some((t.clone(), t.to_text()?)))
        else {
            return none();
        };
        let region = detail.region_of(row, given);
        let at = *known.entry((region.to_string(), rest.to_json())).or_insert_with(|| {
            groups.push(Group { region, rest, things: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at)
            && !group.things.contains(&thing)
        {
            group.things.push(thing);
        }
        Place::Asked(at, text)
    };
    let places = rows.iter().map(|(row, given)| place(row, *given)).collect();
    (groups, places)
}

#[derive(Clone, Copy)]
struct Part<'a> {
    asker: &'a Asker,
    call: &'a CompiledCall,
    batch: &'a CompiledBatch,
    group: &'a Group,
    given: Given<'a>,
}

impl<'a> Part<'a> {
    /// What is said of each thing, by its text.
    fn ask(self, things: &'a [Json]) -> BoxFuture<'a, Vec<(String, DetailValue)>> {
        let all = async move {
            let input = self.batch.input(&self.group.rest, things);
            let pages = Pages::new(self.asker, &self.group.region, &self.call.read, input);
            let fault = match pages.largest().joined().await {
                Ok(output) => return self.told_apart(things, &output),
                Err(fault) => fault,
            };
            if things.len() > 1 && fault.kind == FaultKind::Rejected {
                let (left, right) = things.split_at(things.len() / 2);
                let mut both = self.ask(left).await;
                both.extend(self.ask(right).await);
                return both;
            }
            self.failed(things, fault)
        };
        all.boxed()
    }

    fn failed(self, things: &[Json], fault: Fault) -> Vec<(String, DetailValue)> {
        let value = match self.call.means_none(&fault, self.given) {
            true => DetailValue::Known(Arc::default()),
            false => DetailValue::Unknown(Arc::new(fault)),
        };
        things.iter().filter_map(|thing| Some((thing.to_text()?, value.clone()))).collect()
    }

    fn told_apart(self, things: &[Json], output: &Json) -> Vec<(String, DetailValue)> {
        let Some((rows, by)) = &self.batch.answers else { return Vec::new() };
        let texts = things.iter().filter_map(Json::to_text);
        texts
            .map(|text| {
                let own = only(
                    output,
                    &rows.steps,
                    &|element| {
                        walk(element, &by.steps).first().and_then(Json::to_text).as_ref() == Some(&text)
                    },
                    &text,
                );
                (text, DetailValue::Known(Arc::new(own)))
            })
            .collect()
    }
}

/// The response with the answers that are wanted; of its other lists the elements that name the thing.
fn only(node: &Json, way: &[Step], wanted: &dyn Fn(&Json) -> bool, text: &str) -> Json {
    match (node, way.split_first()) {
        (Json::Array(items), Some((Step::Each, []))) => {
            Json::Array(items.iter().filter(|item| wanted(item)).cloned().collect())
        }
        (Json::Object(members), way) => Json::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let rest = match way {
                        Some((Step::Member(next), rest)) if **next == **name => rest,
                        _ => &[],
                    };
                    (name.clone(), only(value, rest, wanted, text))
                })
                .collect(),
        ),
        (Json::Array(items), _) => {
            Json::Array(items.iter().filter(|item| names(item, text)).cloned().collect())
        }
        (other, _) => other.clone(),
    }
}

fn names(node: &Json, text: &str) -> bool {
    match node {
        Json::Object(members) => members.iter().any(|(_, value)| names(value, text)),
        Json::String(own) => **own == *text,
        _ => false,
    }
}
