//! What an aggregator answers for many units at once, kept apart by unit until each is asked.
//!
//! The accounts are asked about in groups, so that their pages come side by side. A group's rows are handed
//! on once all its pages are there: one that breaks off has handed on nothing, and its units can be asked
//! another way without a row coming twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::model::{AccountId, Fault, FaultKind, Json, Region};
use crate::sources::budget::{Held, ScanBytes, UnitBytes};
use crate::sources::config::aggregator::{Aggregator, SELECT, select};
use crate::sources::config::calls::{At, Size, list, pages};
use crate::sources::config::expression::{Condition, Question};
use crate::sources::config::items::Head;
use crate::sources::reader::Reader;

/// Accounts of a group: their ids take less than half of an expression.
pub const ACCOUNTS: usize = 120;

/// More regions than this are not named: the rows of others are dropped.
const REGIONS: usize = 12;

/// Items of one unit by their id, so that one that was captured twice comes once: the latest.
type Rows = BTreeMap<String, (String, Box<str>)>;

pub struct Group {
    /// Empty: every account that the aggregator gathers from.
    accounts: Vec<AccountId>,
    /// Empty: every region.
    regions: Vec<Region>,
    /// Asked instead of the plan's question, in one region.
    by_groups: Option<Question>,
    rows: OnceCell<Result<Mutex<Gathered>, Fault>>,
}

#[derive(Default)]
struct Gathered {
    rows: HashMap<(AccountId, Region), Rows>,
    /// Of the byte budget, until the last rows are handed on.
    held: Vec<Held>,
}

impl Group {
    pub fn new(accounts: Vec<AccountId>, regions: Vec<Region>) -> Group {
        let regions = if regions.len() > REGIONS { Vec::new() } else { regions };
        Group { accounts, regions, by_groups: None, rows: OnceCell::new() }
    }

    /// Everything in one region, in the pages of counts.
    pub fn counted(accounts: Vec<AccountId>, region: Region, question: Question) -> Group {
        Group { accounts, regions: vec![region], by_groups: Some(question), rows: OnceCell::new() }
    }

    pub fn is_counted(&self) -> bool {
        self.by_groups.is_some()
    }

    /// The expressions that ask about the group.
    pub fn expressions(&self, question: &Question) -> Option<Vec<String>> {
        let mut further = Vec::new();
        if !self.accounts.is_empty() {
            further.push(Condition::among("accountId", self.accounts.iter().map(AccountId::as_str)));
        }
        if !self.regions.is_empty() {
            further.push(Condition::among("awsRegion", self.regions.iter().map(Region::as_str)));
        }
        self.by_groups.as_ref().unwrap_or(question).expressions(&further)
    }

    /// The items of a unit, once: the first who asks gathers for all.
    pub async fn take(
        &self,
        key: &(AccountId, Region),
        gathering: Gathering<'_>,
    ) -> Result<Vec<Box<str>>, Fault> {
        let gathered = self.rows.get_or_init(|| gathering.all(self)).await;
        let mut gathered = gathered.as_ref().map_err(Fault::clone)?.lock();
        let rows = gathered.rows.remove(key).unwrap_or_default();
        if gathered.rows.is_empty() {
            gathered.held.clear();
        }
        Ok(rows.into_values().map(|(_, text)| text).collect())
    }
}

/// How the items of a group are asked for.
pub struct Gathering<'a> {
    pub reader: &'a Arc<dyn Reader>,
    pub bytes: &'a Arc<ScanBytes>,
    pub aggregator: &'a Aggregator,
    pub at: At,
    pub question: &'a Question,
    /// Whether a unit is a region, or all of an account.
    pub is_regional: bool,
}

/// What does not fit into the budget is asked live.
pub fn too_much() -> Fault {
    Fault::new(FaultKind::Rejected, "more was recorded than the byte budget may hold").with_code(TOO_MUCH)
}

pub const TOO_MUCH: &str = "TooMuchRecorded";

impl Gathering<'_> {
    async fn all(self, group: &Group) -> Result<Mutex<Gathered>, Fault> {
        let unaskable = || Fault::new(FaultKind::Rejected, "no expression is short enough for AWS Config");
        let mut gathered = Gathered::default();
        let room = UnitBytes::new(self.bytes);
        for expression in group.expressions(self.question).ok_or_else(unaskable)? {
            let input = select(self.aggregator, expression);
            let size = if group.by_groups.is_some() { Size::Usual } else { Size::Largest };
            pages(self.reader, self.bytes, &self.at, SELECT, input, size, |output, held| {
                gathered.held.extend(held);
                self.sort(group, output, &mut gathered)?;
                if room.has_room() { Ok(()) } else { Err(too_much()) }
            })
            .await?;
        }
        Ok(Mutex::new(gathered))
    }

    fn sort(&self, group: &Group, output: &Json, gathered: &mut Gathered) -> Result<(), Fault> {
        for text in list(output, "Results").iter().filter_map(Json::as_str) {
            let region = group.by_groups.as_ref().and_then(|_| group.regions.first());
            let head = Json::parse(text).ok().as_ref().and_then(|item| Head::of(item, region));
            let head = head.ok_or_else(|| {
                let message = "an item does not say which account, region and resource it is of";
                Fault::new(FaultKind::BadResponse, message).in_operation(SELECT)
            })?;
            let Ok(account) = head.account.parse::<AccountId>() else { continue };
            let region = if self.is_regional { Region::new(&head.region) } else { Region::global() };
            add(gathered.rows.entry((account, region)).or_default(), head, text);
        }
        Ok(())
    }
}

/// One more item; of the same thing the latest stays, and what it says last is what counts.
pub fn add(rows: &mut BTreeMap<String, (String, Box<str>)>, head: Head, text: &str) {
    let is_newer = rows.get(&head.id).is_none_or(|(captured, _)| *captured < head.captured);
    if is_newer && !head.is_gone {
        rows.insert(head.id, (head.captured, text.into()));
    }
}
