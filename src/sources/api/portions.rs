//! The rows of a unit in portions: what becomes columns together, and has its details asked together.
//!
//! Where the first rows may be enough, portions begin small, one at a time. Else several are under way at
//! once, so that rows whose calls wait for their turn under a quota keep no others waiting; and where one call
//! asks about many rows, a portion waits until it is full.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, BoxStream, Stream, StreamExt as _};

use crate::model::Fault;
use crate::sources::ScanRequest;
use crate::sources::api::call::Given;
use crate::sources::api::details::Details;
use crate::sources::api::rows::{self, AT_ONCE, Page};
use crate::sources::api::scan::Scan;
use crate::sources::project::FetchedRow;
use crate::sources::row::Row;
use crate::sources::unit::{Assignment, Unit};

/// Rows per portion where none costs a call.
const WITHOUT_DETAILS: usize = 1024;

/// Rows per portion where each costs calls: the first should not wait for a thousand.
const WITH_DETAILS: usize = 16;

/// The first portion, where the first rows may be enough.
const FEWEST: usize = 4;

impl Scan {
    /// Portions whose details are asked at once.
    pub fn portions_at_once(&self, request: &ScanRequest) -> usize {
        match self.most_in_batch() {
            _ if self.details.is_empty() || request.first_rows => 1,
            Some(_) => 2,
            None => AT_ONCE,
        }
    }
}

pub struct Portions<'a> {
    scan: &'a Scan,
    unit: &'a Unit<'a>,
    request: &'a ScanRequest,
    pages: BoxStream<'a, (&'a Arc<Assignment>, Page)>,
    waiting: VecDeque<FetchedRow>,
    /// A fault behind the rows that wait.
    fault: Option<Fault>,
    ended: bool,
    taken: usize,
    size: usize,
}

impl<'a> Portions<'a> {
    pub fn new(
        scan: &'a Scan,
        unit: &'a Unit<'a>,
        request: &'a ScanRequest,
        pages: BoxStream<'a, (&'a Arc<Assignment>, Page)>,
    ) -> Self {
        let full = match scan.most_in_batch() {
            _ if scan.details.is_empty() => WITHOUT_DETAILS,
            Some(most) => WITH_DETAILS.div_ceil(most) * most,
            None => WITH_DETAILS,
        };
        let begins_small = request.first_rows && !scan.details.is_empty();
        let size = if begins_small { FEWEST.min(full) } else { full };
        let (waiting, fault) = (VecDeque::new(), None);
        Self { scan, unit, request, pages, waiting, fault, ended: false, taken: 0, size }
    }

    pub fn stream(self) -> impl Stream<Item = Result<Vec<FetchedRow>, Fault>> + Send + 'a {
        stream::unfold(self, |mut portions| async move {
            let next = portions.next().await?;
            Some((next, portions))
        })
    }

    async fn next(&mut self) -> Option<Result<Vec<FetchedRow>, Fault>> {
        let fills = self.scan.most_in_batch().is_some() && !self.request.first_rows;
        while !self.ended && self.fault.is_none() {
            let enough = if fills { self.size } else { 1 };
            if self.waiting.len() >= enough || self.is_enough() {
                break;
            }
            match self.pages.next().await {
                None => self.ended = true,
                Some((assignment, Ok(found))) => self.waiting.extend(
                    found
                        .into_iter()
                        .map(|row| FetchedRow { row, quals: Arc::clone(assignment), details: Vec::new() })
                        .filter(|row| self.scan.keeps(self.unit, row)),
                ),
                Some((_, Err(fault))) => {
                    self.ended = !rows::is_local(&fault);
                    self.fault = Some(fault);
                }
            }
        }
        if self.waiting.is_empty() || self.is_enough() {
            return self.fault.take().map(Err);
        }
        let mut size = self.size.min(self.waiting.len());
        if let Some(left) = self.limit().map(|limit| limit - self.taken) {
            size = size.min(left);
        }
        self.taken += size;
        if self.request.first_rows {
            self.size *= 2;
        }
        Some(Ok(self.waiting.drain(..size).collect()))
    }

    /// Rows that are enough, where all that are taken are wanted.
    fn limit(&self) -> Option<usize> {
        self.request.limit.filter(|_| self.scan.placed.is_none())
    }

    fn is_enough(&self) -> bool {
        self.limit().is_some_and(|limit| self.taken >= limit)
    }
}

impl Details<'_> {
    /// The rows that are wanted, with what every detail says of them.
    pub async fn complete(
        &self,
        scan: &Scan,
        unit: &Unit<'_>,
        request: &ScanRequest,
        mut rows: Vec<FetchedRow>,
    ) -> Vec<FetchedRow> {
        // Held apart from the rows, which change while they are asked about.
        let quals_of =
            |rows: &[FetchedRow]| rows.iter().map(|row| Arc::clone(&row.quals)).collect::<Vec<_>>();
        if let Some(placed) = &scan.placed {
            let quals = quals_of(&rows);
            let asked = asked(unit, request, &rows, &quals);
            for (row, details) in rows.iter_mut().zip(self.some(&asked, &placed.details).await) {
                row.details = details;
            }
            rows.retain(|row| placed.keeps(unit, row, &request.left_out));
        }
        let quals = quals_of(&rows);
        let asked = asked(unit, request, &rows, &quals);
        let known: Vec<_> = rows.iter_mut().map(|row| std::mem::take(&mut row.details)).collect();
        for (row, details) in rows.iter_mut().zip(self.of(&asked, known).await) {
            row.details = details;
        }
        rows
    }
}

fn asked<'g>(
    unit: &'g Unit<'g>,
    request: &'g ScanRequest,
    rows: &[FetchedRow],
    quals: &'g [Arc<Assignment>],
) -> Vec<(Row, Given<'g>)> {
    let given = |(row, quals): (&FetchedRow, &'g Arc<Assignment>)| {
        (row.row.clone(), Given::of_scan(unit, &request.quals, quals))
    };
    rows.iter().zip(quals).map(given).collect()
}
