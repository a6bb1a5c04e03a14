//! The rows of a table: page by page, and through chains of calls.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{self, BoxStream, StreamExt as _};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::model::{Fault, FaultKind, Json};
use crate::sources::ScanRequest;
use crate::sources::api::call::{CompiledCall, CompiledMaker, Given, Input};
use crate::sources::api::csv_lines;
use crate::sources::api::leads::Leads;
use crate::sources::api::pages::{Listed, Pages};
use crate::sources::reader::Asker;
use crate::sources::row::{Asked, Response, Row};

/// Chains and details of one unit have at most this many calls waiting at once; permits above decide
/// how many are really made.
pub const AT_ONCE: usize = 8;

/// How often, and how long after another, it is looked whether something has been made: IAM takes seconds for
/// a credential report.
const MOST_LOOKS: usize = 30;
const BETWEEN_LOOKS: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 2_000 });
const FIRST_LOOK: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 250 });

/// What a stream of rows needs besides the calls.
#[derive(Clone, Copy)]
pub struct Walk<'a> {
    pub asker: &'a Asker,
    pub given: Given<'a>,
    /// What the whole scan is asked.
    pub request: &'a ScanRequest,
    /// Rows wanted at most, where nothing drops rows afterwards.
    pub page_size: Option<usize>,
    /// Which rows of earlier calls are worth following.
    pub leads: &'a Leads,
    /// Where other rounds may begin with the same call.
    pub firsts: Option<&'a Firsts>,
    /// The next page may be fetched while this one is read: nothing says that it will not be needed.
    pub ahead: bool,
    /// That there is no such thing is told as the fault it came as, not as no rows.
    pub tells_absence: bool,
}

/// The pages of first calls that several rounds of a unit have in common: a parent is listed once, however
/// many values its children are asked for.
#[derive(Default)]
pub struct Firsts(Mutex<HashMap<(usize, Asked), FirstPages>>);

type FirstPages = Arc<OnceCell<Vec<Page>>>;

/// One page of rows, or a fault. A fault leaves the other branches of a chain running only if it is
/// about that branch alone.
pub type Page = Result<Vec<Row>, Fault>;

/// The rows of a table's calls, chain after chain.
pub fn of_table<'a>(walk: Walk<'a>, calls: &'a [CompiledCall]) -> BoxStream<'a, Page> {
    let ends = calls.iter().skip(1).position(|call| call.also).map_or(calls.len(), |at| at + 1);
    let (chain, others) = calls.split_at(ends);
    let asked = walk.given.unit.asked;
    let here = chain.iter().all(|call| call.region.as_ref().is_none_or(|only| only == asked));
    let rows = if here { below(walk, chain, None) } else { stream::empty().boxed() };
    if others.is_empty() { rows } else { rows.chain(of_table(walk, others)).boxed() }
}

/// The rows of the last call; each call runs once per row of the one before.
fn below<'a>(walk: Walk<'a>, calls: &'a [CompiledCall], parent: Option<Row>) -> BoxStream<'a, Page> {
    let Some((call, later)) = calls.split_first() else { return stream::empty().boxed() };
    let own = match walk.firsts.filter(|_| parent.is_none() && !later.is_empty()) {
        Some(firsts) => first_call(walk, call, firsts),
        None => one_call(walk, call, parent, later.is_empty()),
    };
    if call.recursive && later.is_empty() {
        return tree(walk, call, own);
    }
    if later.is_empty() {
        return own;
    }
    // Where nothing leads to a call, the service that it asks may be off.
    let next = later.first().filter(|next| next.off.is_some());
    let led = Arc::new(AtomicBool::new(false));
    let leads = {
        let led = Arc::clone(&led);
        move |page: &Page| {
            let Some(next) = next else { return };
            let leads = |row: &Row| {
                let given = Given { row: Some(row), led_by: Some(row), ..walk.given };
                matches!(next.input(given), Ok(Input::Ready(_)))
            };
            if page.as_ref().map_or(true, |rows| rows.iter().any(leads)) {
                led.store(true, Ordering::Relaxed);
            }
        }
    };
    let off = async move {
        let reason = next?.off.clone().filter(|_| !led.load(Ordering::Relaxed))?;
        let operation = next?.read.operation.id();
        Some(Err(Fault::new(FaultKind::NotEnabled, reason).in_operation(operation)))
    };
    let own = own.inspect(leads).chain(stream::once(off).filter_map(std::future::ready)).boxed();
    own.map(move |page| match page {
        Err(fault) => stream::once(std::future::ready(Err(fault))).boxed(),
        Ok(found) => {
            let followed = stream::iter(found)
                .filter(move |row| std::future::ready(walk.leads.follows(walk.given.unit, row)));
            followed.map(move |row| below(walk, later, Some(row))).flatten().boxed()
        }
    })
    .flatten_unordered(AT_ONCE)
    .boxed()
}

/// The call that a chain begins with, made once for all rounds that begin alike.
fn first_call<'a>(walk: Walk<'a>, call: &'a CompiledCall, firsts: &'a Firsts) -> BoxStream<'a, Page> {
    let Ok(Input::Ready(input)) = call.input(walk.given) else { return one_call(walk, call, None, false) };
    let asked = Asked::new(&call.read.operation.id(), walk.given.unit.asked, &input);
    // Two chains may begin with one operation and take other rows of it.
    let place = std::ptr::from_ref(call).addr();
    let cell = Arc::clone(firsts.0.lock().entry((place, asked)).or_default());
    let pages = async move {
        let pages = cell.get_or_init(|| one_call(walk, call, None, false).collect::<Vec<Page>>()).await;
        stream::iter(pages.clone())
    };
    pages.flatten_stream().boxed()
}

/// Rows, and below each those that it leads to.
fn tree<'a>(walk: Walk<'a>, call: &'a CompiledCall, rows: BoxStream<'a, Page>) -> BoxStream<'a, Page> {
    rows.flat_map(move |page| {
        let branches = page.clone().unwrap_or_default();
        let below =
            branches.into_iter().map(move |row| tree(walk, call, one_call(walk, call, Some(row), true)));
        stream::once(std::future::ready(page)).chain(stream::iter(below).flatten_unordered(AT_ONCE))
    })
    .boxed()
}

/// The rows of one call, page by page; small pages only where it is the last.
pub fn one_call<'a>(
    walk: Walk<'a>,
    call: &'a CompiledCall,
    parent: Option<Row>,
    last: bool,
) -> BoxStream<'a, Page> {
    let given = Given { row: parent.as_ref(), led_by: parent.as_ref(), ..walk.given };
    let input = match call.input(given) {
        Ok(Input::Ready(input)) => call.in_parts(input),
        Ok(Input::Nothing) => return stream::empty().boxed(),
        Err(fault) => return stream::once(std::future::ready(Err(fault))).boxed(),
    };
    let mut parts = input.into_iter().map(|input| one_part(walk, call, parent.clone(), last, input));
    match (parts.next(), parts.next()) {
        (Some(only), None) => only,
        (first, second) => {
            let parts: Vec<_> = first.into_iter().chain(second).chain(parts).collect();
            stream::iter(parts).flatten_unordered(AT_ONCE).boxed()
        }
    }
}

/// The rows of one call with an input of the caller's making.
pub fn pages_of<'a>(walk: Walk<'a>, call: &'a CompiledCall, input: Json) -> BoxStream<'a, Page> {
    one_part(walk, call, None, true, input)
}

fn one_part<'a>(
    walk: Walk<'a>,
    call: &'a CompiledCall,
    parent: Option<Row>,
    last: bool,
    input: Json,
) -> BoxStream<'a, Page> {
    let id = call.read.operation.id();
    let region = walk.given.unit.asked;
    let asked = Asked::new(&id, region, &input);
    let again = input.clone();
    let pages = Pages::new(walk.asker, region, &call.read, input).ahead(walk.ahead);
    let pages = match walk.page_size.filter(|_| last) {
        Some(rows) => pages.at_most(rows),
        None => pages.largest(),
    };
    // Of a text in a member the lines are made members, which the service never said.
    let asked = Some(asked).filter(|_| !call.csv);
    let read = move |Listed { output, held }, asked: Option<Asked>| {
        let output = if call.csv { csv_lines::unfolded(output, &call.rows, &id)? } else { output };
        let response = Response { operation: id.clone(), output, asked, parent: parent.clone(), held };
        Ok(Row::all(Arc::new(response), &call.rows))
    };
    let none = move |fault: Fault| match !walk.tells_absence && call.means_none(&fault, walk.given) {
        true => Ok(Vec::new()),
        false => Err(fault),
    };
    if let Some(maker) = &call.made_by {
        let made = async move {
            let first = pages.joined().await;
            let missing = |fault: &Fault| fault.code.as_ref().is_some_and(|code| maker.when.contains(code));
            let output = match first {
                Err(fault) if missing(&fault) => {
                    made(walk, maker).await?;
                    Pages::new(walk.asker, region, &call.read, again).joined().await
                }
                first => first,
            };
            output.map(Listed::from).and_then(|page| read(page, asked)).or_else(none)
        };
        return stream::once(made).boxed();
    }
    if call.rows.is_identity() && last {
        // The response is the one row, however many pages it came in.
        let joined = async move {
            let joined = pages.joined().await.map(Listed::from);
            joined.and_then(|page| read(page, asked)).or_else(none)
        };
        return stream::once(joined).boxed();
    }
    stream::unfold((pages, read, asked), move |(mut pages, read, mut asked)| async move {
        let page = pages.next().await?;
        // A page among others is not the whole answer.
        let whole = asked.take().filter(|_| pages.are_over());
        let page = page.and_then(|page| read(page, whole)).or_else(none);
        Some((page, (pages, read, asked)))
    })
    .boxed()
}

/// Waits until what is to be read has been made.
async fn made(walk: Walk<'_>, maker: &CompiledMaker) -> Result<(), Fault> {
    let mut wait = FIRST_LOOK;
    for _ in 0..MOST_LOOKS {
        let none = Json::Object(Vec::new());
        let answer = Pages::new(walk.asker, walk.given.unit.asked, &maker.read, none).joined().await?;
        if maker.is_ready(&answer) {
            return Ok(());
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(BETWEEN_LOOKS);
    }
    let message = format!("not ready after {} looks", MOST_LOOKS);
    Err(Fault::new(FaultKind::Timeout, message).in_operation(maker.read.operation.id()))
}

/// Whether a fault in one branch says nothing about the others.
pub fn is_local(fault: &Fault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Rejected | FaultKind::BadResponse | FaultKind::Timeout | FaultKind::NotEnabled
    )
}
