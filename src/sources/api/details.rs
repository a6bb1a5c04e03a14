//! Calls made per row, each once for all the columns that need it.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::catalog::path::Path;
use crate::catalog::table::Detail;
use crate::model::{Fault, Json, Region};
use crate::sources::api::batches;
use crate::sources::api::call::{CompiledBatch, CompiledCall, Given, Input};
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::AT_ONCE;
use crate::sources::project::DetailValue;
use crate::sources::reader::{Asker, Reader};
use crate::sources::row::{Asked, Response, Row};

/// Answers remembered at once within a unit.
const REMEMBERED: usize = 256;

pub struct CompiledDetail {
    id: String,
    pub(super) calls: Vec<CompiledCall>,
    /// Positions of the details whose values this one's calls are made from.
    needs: Vec<usize>,
    unless: Option<Path>,
    /// Where the row names the region to ask.
    region: Option<Path>,
}

impl CompiledDetail {
    /// The details of a scan, in an order in which each stands after those it needs.
    pub fn all(details: &[&Detail], reader: &dyn Reader) -> Result<Vec<CompiledDetail>, String> {
        let ids: Vec<&str> = details.iter().map(|detail| detail.id.as_str()).collect();
        details
            .iter()
            .enumerate()
            .map(|(at, detail)| Self::new(detail, ids.get(..at).unwrap_or_default(), reader))
            .collect()
    }

    fn new(detail: &Detail, before: &[&str], reader: &dyn Reader) -> Result<CompiledDetail, String> {
        let path =
            |text: &Option<String>| text.as_deref().map(Path::parse).transpose().map_err(|e| e.to_string());
        let needs = detail.needs().map(|id| {
            let position = before.iter().position(|known| *known == id);
            position
                .ok_or_else(|| format!("detail '{}' needs '{id}', which does not come before it", detail.id))
        });
        Ok(CompiledDetail {
            id: detail.id.clone(),
            calls: detail
                .calls
                .iter()
                .map(|call| CompiledCall::new(call, reader))
                .collect::<Result<_, _>>()?,
            needs: needs.collect::<Result<_, _>>()?,
            unless: path(&detail.unless)?,
            region: path(&detail.region)?,
        })
    }

    /// Its only call, where that asks about many rows at once.
    pub fn batched(&self) -> Option<(&CompiledCall, &CompiledBatch)> {
        match self.calls.as_slice() {
            [call] => Some((call, call.batch.as_ref()?)),
            _ => None,
        }
    }

    /// Whether the row says already what the detail would.
    pub fn is_spared(&self, row: &Row) -> bool {
        self.unless.as_ref().is_some_and(|path| row.find(path).first().is_some())
    }

    /// The region to ask about a row.
    pub fn region_of(&self, row: &Row, given: Given<'_>) -> Region {
        let named = self.region.as_ref().and_then(|path| row.find(path).first()?.as_str().map(str::to_owned));
        match named.filter(|name| !name.is_empty()) {
            Some(name) => Region::new(&name),
            None => given.unit.asked.clone(),
        }
    }
}

/// What the details of one row have been found to say already, in their order.
type Ahead = Vec<Option<DetailValue>>;

/// Asks details, and asks each thing only once: instances of one class share its options.
pub struct Details<'a> {
    asker: &'a Asker,
    details: &'a [CompiledDetail],
    answers: Mutex<Remembered>,
}

/// The answers used last: those of now, and those before them. What one of the latest rows asked for is
/// not asked for again.
#[derive(Default)]
struct Remembered {
    now: HashMap<Asked, Arc<OnceCell<DetailValue>>>,
    before: HashMap<Asked, Arc<OnceCell<DetailValue>>>,
}

impl Remembered {
    fn cell(&mut self, key: Asked) -> Arc<OnceCell<DetailValue>> {
        if let Some(known) = self.now.get(&key) {
            return Arc::clone(known);
        }
        if self.now.len() >= REMEMBERED {
            self.before = std::mem::take(&mut self.now);
        }
        let cell = self.before.get(&key).cloned().unwrap_or_default();
        self.now.insert(key, Arc::clone(&cell));
        cell
    }
}

impl<'a> Details<'a> {
    pub fn new(asker: &'a Asker, details: &'a [CompiledDetail]) -> Self {
        Self { asker, details, answers: Mutex::default() }
    }

    /// What every detail says about every row, in order. `known` holds what [`Details::some`] said of them.
    pub async fn of(&self, rows: &[(Row, Given<'_>)], known: Vec<Vec<DetailValue>>) -> Vec<Vec<DetailValue>> {
        let width = self.details.len();
        if width == 0 {
            return rows.iter().map(|_| Vec::new()).collect();
        }
        let ahead = self.batches(rows, &known).await;
        let jobs = rows.iter().zip(&ahead).flat_map(|((row, given), ahead)| {
            (0..width).map(move |position| self.ask(position, row, *given, ahead))
        });
        let asked: Vec<_> = jobs.collect();
        let answers: Vec<DetailValue> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.chunks(width).map(<[DetailValue]>::to_vec).collect()
    }

    /// What the details at these positions say, the others left for later.
    pub async fn some(&self, rows: &[(Row, Given<'_>)], positions: &[usize]) -> Vec<Vec<DetailValue>> {
        let none: Ahead = vec![None; self.details.len()];
        let jobs = rows.iter().flat_map(|(row, given)| {
            let none = &none;
            (0..self.details.len()).map(move |position| async move {
                match positions.contains(&position) {
                    true => self.ask(position, row, *given, none).await,
                    false => DetailValue::NotAsked,
                }
            })
        });
        let asked: Vec<_> = jobs.collect();
        let answers: Vec<DetailValue> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        match self.details.len() {
            0 => rows.iter().map(|_| Vec::new()).collect(),
            width => answers.chunks(width).map(<[DetailValue]>::to_vec).collect(),
        }
    }

    /// What the details say that are asked for many rows at once.
    async fn batches(&self, rows: &[(Row, Given<'_>)], known: &[Vec<DetailValue>]) -> Vec<Ahead> {
        let known = |row: usize, position: usize| -> Option<DetailValue> {
            let value = known.get(row)?.get(position)?;
            (!matches!(value, DetailValue::NotAsked)).then(|| value.clone())
        };
        let places = 0..self.details.len();
        let of_row = |row: usize| places.clone().map(|position| known(row, position)).collect();
        let mut ahead: Vec<Ahead> = (0..rows.len()).map(of_row).collect();
        for (position, detail) in self.details.iter().enumerate() {
            let Some((call, batch)) = detail.batched() else { continue };
            if ahead.first().and_then(|row| row.get(position)).is_some_and(Option::is_some) {
                continue;
            }
            let values = batches::ask(self.asker, detail, call, batch, rows).await;
            for (row, value) in ahead.iter_mut().zip(values) {
                if let Some(place) = row.get_mut(position) {
                    *place = Some(value);
                }
            }
        }
        ahead
    }

    async fn ask(&self, position: usize, row: &Row, given: Given<'_>, ahead: &Ahead) -> DetailValue {
        match self.value(position, row, given, ahead).await {
            Ok(value) => DetailValue::Known(value),
            Err(fault) => DetailValue::Unknown(fault),
        }
    }

    /// Boxed, for a detail may need another; each stands after those it needs, so this ends.
    fn value<'b>(
        &'b self,
        position: usize,
        row: &'b Row,
        given: Given<'b>,
        ahead: &'b Ahead,
    ) -> BoxFuture<'b, Result<Arc<Json>, Arc<Fault>>> {
        let asked = async move {
            match ahead.get(position) {
                Some(Some(DetailValue::Known(value))) => return Ok(Arc::clone(value)),
                Some(Some(DetailValue::Unknown(fault))) => return Err(Arc::clone(fault)),
                _ => {}
            }
            let Some(detail) = self.details.get(position).filter(|detail| !detail.is_spared(row)) else {
                return Ok(Arc::default());
            };
            let mut needed = Vec::new();
            for position in &detail.needs {
                let Some(other) = self.details.get(*position) else { continue };
                needed.push((other.id.clone(), self.value(*position, row, given, ahead).await?));
            }
            let given = Given { row: Some(row), led_by: Some(row), details: &needed, ..given };
            self.chain(&detail.calls, row, given, &detail.region_of(row, given)).await
        };
        asked.boxed()
    }

    /// One call gives its response; a chain gives the list of its last call's responses. Null where
    /// there is nothing to ask about, or the service says there is none.
    async fn chain(
        &self,
        calls: &[CompiledCall],
        row: &Row,
        given: Given<'_>,
        region: &Region,
    ) -> Result<Arc<Json>, Arc<Fault>> {
        let Some((call, later)) = calls.split_first() else { return Ok(Arc::default()) };
        let output = self.answer(call, row, given, region).await?;
        if later.is_empty() || output.is_null() {
            return Ok(output);
        }
        let mut found = self.next_rows(call, row, &output);
        for (i, call) in later.iter().enumerate() {
            let asked: Vec<_> = found.iter().map(|row| self.answer(call, row, given, region)).collect();
            let outputs: Vec<Arc<Json>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
            if i + 1 == later.len() {
                let present = outputs.iter().filter(|output| !output.is_null());
                return Ok(Arc::new(Json::Array(present.map(|output| Json::clone(output)).collect())));
            }
            found = found
                .iter()
                .zip(&outputs)
                .flat_map(|(row, output)| self.next_rows(call, row, output))
                .collect();
        }
        Ok(output)
    }

    fn next_rows(&self, call: &CompiledCall, parent: &Row, output: &Json) -> Vec<Row> {
        let operation = call.read.operation.id();
        let response = Response {
            operation,
            output: output.clone(),
            asked: None,
            parent: Some(parent.clone()),
            held: None,
        };
        Row::all(Arc::new(response), &call.rows)
    }

    /// The whole response of one call, remembered by what was asked.
    async fn answer(
        &self,
        call: &CompiledCall,
        row: &Row,
        given: Given<'_>,
        region: &Region,
    ) -> Result<Arc<Json>, Arc<Fault>> {
        let input = match call.input(Given { led_by: Some(row), ..given }).map_err(Arc::new)? {
            Input::Ready(input) => input,
            Input::Nothing => return Ok(Arc::default()),
        };
        let asked = Asked::new(&call.read.operation.id(), region, &input);
        // A row that was got by its key has its answer with it.
        if let Some(output) = row.answer_of(&asked) {
            return Ok(Arc::new(output.clone()));
        }
        let cell = self.answers.lock().cell(asked);
        let value = cell
            .get_or_init(|| async {
                match Pages::new(self.asker, region, &call.read, input).largest().joined().await {
                    Ok(output) => DetailValue::Known(Arc::new(output)),
                    Err(fault) if call.means_none(&fault, given) => DetailValue::Known(Arc::default()),
                    Err(fault) => DetailValue::Unknown(Arc::new(fault)),
                }
            })
            .await;
        match value {
            DetailValue::Known(output) => Ok(output.clone()),
            DetailValue::Unknown(fault) => Err(fault.clone()),
            DetailValue::NotAsked => Ok(Arc::default()),
        }
    }
}
