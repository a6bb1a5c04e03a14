//! Calls made per row, each once for all the columns that need it.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::aws::ReadOperation;
use crate::catalog::path::Path;
use crate::catalog::table::Detail;
use crate::model::{Fault, Json, Region};
use crate::sources::api::call::{CompiledCall, Given, Input};
use crate::sources::api::pages::Pages;
use crate::sources::api::rows::AT_ONCE;
use crate::sources::project::DetailValue;
use crate::sources::reader::{Asker, Reader};
use crate::sources::row::{Response, Row};

/// Answers remembered at once within a unit.
const REMEMBERED: usize = 256;

pub struct CompiledDetail {
    id: String,
    calls: Vec<CompiledCall>,
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
}

/// Asks details, and asks each thing only once: instances of one class share its options.
pub struct Details<'a> {
    asker: &'a Asker,
    details: &'a [CompiledDetail],
    answers: Mutex<HashMap<String, Arc<OnceCell<DetailValue>>>>,
}

impl<'a> Details<'a> {
    pub fn new(asker: &'a Asker, details: &'a [CompiledDetail]) -> Self {
        Self { asker, details, answers: Mutex::default() }
    }

    /// What every detail says about every row, in order.
    pub async fn of(&self, rows: &[(Row, Given<'_>)]) -> Vec<Vec<DetailValue>> {
        let width = self.details.len();
        if width == 0 {
            return rows.iter().map(|_| Vec::new()).collect();
        }
        let jobs =
            rows.iter().flat_map(|(row, given)| self.details.iter().map(move |detail| (detail, row, *given)));
        let asked: Vec<_> = jobs.map(|(detail, row, given)| self.ask(detail, row, given)).collect();
        let answers: Vec<DetailValue> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.chunks(width).map(<[DetailValue]>::to_vec).collect()
    }

    async fn ask(&self, detail: &CompiledDetail, row: &Row, given: Given<'_>) -> DetailValue {
        match self.value(detail, row, given).await {
            Ok(value) => DetailValue::Known(value),
            Err(fault) => DetailValue::Unknown(fault),
        }
    }

    /// Boxed, for a detail may need another; each stands after those it needs, so this ends.
    fn value<'b>(
        &'b self,
        detail: &'b CompiledDetail,
        row: &'b Row,
        given: Given<'b>,
    ) -> BoxFuture<'b, Result<Arc<Json>, Arc<Fault>>> {
        let asked = async move {
            if detail.unless.as_ref().is_some_and(|path| row.find(path).first().is_some()) {
                return Ok(Arc::default());
            }
            let mut needed = Vec::new();
            for other in detail.needs.iter().filter_map(|position| self.details.get(*position)) {
                needed.push((other.id.clone(), self.value(other, row, given).await?));
            }
            self.asked(detail, row, Given { row: Some(row), led_by: Some(row), details: &needed, ..given })
                .await
        };
        asked.boxed()
    }

    async fn asked(
        &self,
        detail: &CompiledDetail,
        row: &Row,
        given: Given<'_>,
    ) -> Result<Arc<Json>, Arc<Fault>> {
        let named =
            detail.region.as_ref().and_then(|path| row.find(path).first()?.as_str().map(str::to_owned));
        let region = match named.filter(|name| !name.is_empty()) {
            Some(name) => Region::new(&name),
            None => given.unit.asked.clone(),
        };
        self.chain(&detail.calls, row, given, &region).await
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
        let response =
            Response { operation, output: output.clone(), parent: Some(parent.clone()), held: None };
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
        let cell = self.remembered(&call.read, region, &input);
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
        }
    }

    fn remembered(&self, read: &ReadOperation, region: &Region, input: &Json) -> Arc<OnceCell<DetailValue>> {
        let key = format!("{} {region} {}", read.operation.id(), input.to_json());
        let mut answers = self.answers.lock();
        if answers.len() >= REMEMBERED && !answers.contains_key(&key) {
            answers.clear();
        }
        answers.entry(key).or_default().clone()
    }
}
