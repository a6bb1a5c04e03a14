//! What a plan will take, before it runs: calls, dollars, events in audit trails, seconds.
//!
//! What earlier runs saw of each unit says how many pages and rows it has; a unit nobody has seen is taken for
//! the average of the others, and where nobody has seen any, a page of [`GUESSED_ROWS`] rows is guessed and
//! said to be one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::aws::{ActionSet, Quota, Sharing, quota};
use crate::catalog::price;
use crate::catalog::table::{Operator, TableScope};
use crate::engine::calls::ScanCalls;
use crate::engine::explain::Counted;
use crate::engine::scan::{Feed, Run, ScanSpec};
use crate::model::{AccountId, Measure, Region, Scope, Spend};
use crate::plan::{Estimate, PlannedCall, PlannedScan};
use crate::settings::FanOutSettings;
use crate::sources::{Expected, rounds};
use crate::store::statistics::{Seen, UnitSeen};

/// Rows of a unit that nobody has seen.
const GUESSED_ROWS: f64 = 10.0;
/// What a call takes where nobody has seen one.
const GUESSED_SECONDS: f64 = 0.1;

/// What a scan sends to its service, in words: what is seen of it is kept under these. Instants of a range
/// are left out: they move from run to run, and mostly together.
pub fn asked(spec: &ScanSpec, feeds: &[Feed], scope: &Scope) -> String {
    let mut words: Vec<String> = Vec::new();
    for (column, quals) in &spec.quals {
        words.extend(quals.iter().map(|qual| match qual.operator {
            Operator::Eq | Operator::NotEq | Operator::Like => {
                let mut values: Vec<String> = qual.values.iter().map(|value| value.to_json()).collect();
                values.sort_unstable();
                format!("{column} {:?} {}", qual.operator, values.join(","))
            }
            _ => format!("{column} {:?}", qual.operator),
        }));
    }
    let fed = feeds.iter().flat_map(|feed| &feed.columns);
    words.extend(fed.map(|column| format!("{} from {}", column.name, column.from)));
    // Rows of other regions are dropped before they are counted.
    words.extend(spec.row_region_predicates.iter().map(|predicate| predicate.text.clone()));
    if spec.row_region_filter(scope).is_some() {
        words.extend(scope.regions.iter().map(|region| format!("region {}", region.as_str())));
    }
    words.sort_unstable();
    words.join(" and ")
}

/// What is expected of one scan.
#[derive(Default)]
struct Load {
    /// Calls of each operation: all, and by account and region for their quotas.
    calls: BTreeMap<String, Calls>,
    measures: BTreeMap<Measure, f64>,
    /// The slowest unit, in seconds.
    longest: f64,
    guessed: bool,
}

#[derive(Default)]
struct Calls {
    all: f64,
    most_in_unit: f64,
    by_account: HashMap<AccountId, f64>,
}

impl Calls {
    fn add(&mut self, account: &AccountId, calls: f64) {
        self.all += calls;
        self.most_in_unit = self.most_in_unit.max(calls);
        match self.by_account.get_mut(account) {
            Some(known) => *known += calls,
            None => drop(self.by_account.insert(account.clone(), calls)),
        }
    }
}

/// One scan with what earlier runs saw of its table.
struct Expecting<'a> {
    counted: &'a Counted,
    calls: &'a [PlannedCall],
    /// Asked in this very way, and asked for everything.
    seen: [Seen; 2],
    /// Times that the first call is made, for each value of its keys.
    rounds: f64,
}

impl Expecting<'_> {
    fn of(&self, account: &AccountId, region: &Region) -> Option<(&Seen, &UnitSeen)> {
        self.seen.iter().find_map(|seen| Some((seen, seen.unit(account, region)?)))
    }

    fn average(&self, of: impl Fn(&Seen, &UnitSeen) -> Option<u64>) -> Option<f64> {
        self.seen.iter().find_map(|seen| seen.average(|unit| of(seen, unit)))
    }

    /// Of a unit: what it had, what others have, or a guess, and whether that is one.
    fn rows(&self, account: &AccountId, region: &Region) -> (f64, bool) {
        match self.of(account, region).map(|(_, unit)| unit.rows() as f64) {
            Some(rows) => (rows, false),
            None => match self.average(|_, unit| Some(unit.rows())) {
                Some(rows) => (rows, false),
                None => (GUESSED_ROWS * self.rounds, true),
            },
        }
    }

    fn load(&self) -> Load {
        let mut load = Load::default();
        let is_fed = !self.counted.planned.keys.is_empty();
        let limit = self.counted.planned.limit.map(|limit| limit as f64);
        let (mut delivered, mut wave, mut set_out) = (0.0, 1usize, 0usize);
        for (account, region) in &self.counted.units {
            // Joins lead to some units only: to those of the last time, where there was one.
            if is_fed && !self.seen[0].is_empty() && self.seen[0].unit(account, region).is_none() {
                continue;
            }
            if let Some(limit) = limit {
                // One sets out, then two, then four.
                if set_out == wave {
                    if delivered >= limit {
                        break;
                    }
                    wave = wave * 2 + 1;
                }
                set_out += 1;
            }
            let (rows, guessed) = self.rows(account, region);
            delivered += rows;
            self.add_unit(&mut load, account, region, (rows, guessed));
        }
        load
    }

    fn add_unit(&self, load: &mut Load, account: &AccountId, region: &Region, (rows, guessed): (f64, bool)) {
        let seen = self.of(account, region);
        let mut seconds = 0.0;
        for call in self.calls {
            let name = call.operation.as_str();
            let of_unit = seen.and_then(|(seen, unit)| seen.count(unit, name)).map(|times| times as f64);
            let times = of_unit.or_else(|| match seen {
                Some(_) => None,
                None => self.average(|seen, unit| seen.count(unit, name)),
            });
            let times = times.unwrap_or_else(|| {
                let per_row = rows / call.rows_per_call.unwrap_or(1) as f64;
                load.guessed |= guessed && call.per_row && !call.rarely;
                match call.per_row {
                    // What most rows have without it.
                    true if call.rarely => 0.0,
                    true if call.rows_per_call.is_some() => per_row.ceil(),
                    true => per_row,
                    false => self.rounds,
                }
            });
            load.calls.entry(name.to_owned()).or_default().add(account, times);
            seconds += if call.per_row { GUESSED_SECONDS.min(times) } else { times * GUESSED_SECONDS };
        }
        if let Some((_, unit)) = seen {
            seconds = unit.milliseconds() as f64 / 1000.0;
        }
        load.longest = load.longest.max(seconds);
        for measure in Measure::ALL {
            let name = measure.as_str();
            let amount = seen.and_then(|(seen, unit)| seen.count(unit, name)).map(|n| n as f64);
            let amount = amount.or_else(|| self.average(|seen, unit| seen.count(unit, name)));
            if let Some(amount) = amount {
                *load.measures.entry(measure).or_default() += amount;
            }
        }
    }
}

/// What is asked of each account besides the tables: its role, its regions.
struct Entering {
    assume_role: u64,
    regions: u64,
}

async fn entering(
    scans: &[(Counted, ScanCalls)],
    left: &[Vec<(AccountId, Region)>],
    run: &Run,
    actions: &ActionSet,
    needs: &[Vec<String>],
) -> Entering {
    let mut accounts: BTreeSet<&AccountId> = BTreeSet::new();
    let mut unknown: BTreeSet<&AccountId> = BTreeSet::new();
    for ((counted, _), units) in scans.iter().zip(left).filter(|((counted, _), _)| !counted.is_local) {
        accounts.extend(units.iter().map(|(account, _)| account));
        if counted.scope == TableScope::Regional {
            let is_unknown = |account: &&AccountId| run.accounts.known_regions(account).is_none();
            unknown.extend(units.iter().map(|(account, _)| account).filter(is_unknown));
        }
    }
    let mut entering = Entering { assume_role: 0, regions: unknown.len() as u64 };
    for account in accounts {
        entering.assume_role += run.accounts.sessions_to_open(account, actions, needs).await;
    }
    entering
}

/// `kept` are the units of each scan that rows of earlier runs answer.
pub async fn estimate(
    scans: &mut [(Counted, ScanCalls)],
    kept: &[HashSet<(AccountId, Region)>],
    run: &Run,
) -> Estimate {
    let none = HashSet::new();
    let mut left: Vec<Vec<(AccountId, Region)>> = Vec::new();
    let mut by_others: Vec<Vec<(AccountId, Region)>> = Vec::new();
    for (at, (counted, _)) in scans.iter_mut().enumerate() {
        let answered: Vec<(AccountId, Region)>;
        let kept = kept.get(at).unwrap_or(&none);
        counted.units.retain(|unit| !kept.contains(unit));
        let spared = std::mem::take(&mut counted.expected.spared);
        let (gone, stays) = std::mem::take(&mut counted.units).into_iter().partition(|u| spared.contains(u));
        (counted.units, answered) = (stays, gone);
        if answered.is_empty() {
            counted.expected = Expected::default();
        }
        by_others.push(answered);
        left.push(counted.units.clone());
    }
    let mut needs: Vec<Vec<String>> = scans.iter().flat_map(|(_, calls)| calls.needs.clone()).collect();
    needs.sort_unstable();
    needs.dedup();
    let entering = entering(scans, &left, run, &run.actions(), &needs).await;
    let mut spend = Spend::default();
    let mut pace = Pace::new(&run.settings.fan_out);
    let mut guessed = BTreeSet::new();
    for ((counted, calls), by_others) in scans.iter_mut().zip(&by_others) {
        let expecting = Expecting {
            seen: [
                run.statistics.of(&counted.planned.table, &counted.asked),
                match counted.asked.as_str() {
                    "" => Seen::default(),
                    _ => run.statistics.of(&counted.planned.table, ""),
                },
            ],
            calls: &calls.calls,
            rounds: counted.rounds as f64,
            counted,
        };
        let load = expecting.load();
        if load.guessed {
            guessed.insert(counted.planned.table.clone());
        }
        for (operation, times) in &counted.expected.calls {
            spend.call(operation, *times);
        }
        if let Some((operation, least, page)) = counted.expected.pages {
            let rows: f64 = by_others.iter().map(|(account, region)| expecting.rows(account, region).0).sum();
            spend.call(operation, least.max((rows / page as f64).ceil() as u64));
        }
        for (operation, expected) in &load.calls {
            spend.call(operation, whole(expected.all));
            pace.add(operation, expected);
        }
        for (measure, amount) in &load.measures {
            spend.measure(*measure, whole(*amount));
        }
        pace.longest = pace.longest.max(load.longest);
        for call in &mut counted.planned.calls {
            call.expected = load.calls.get(&call.operation).map(|calls| whole(calls.all));
        }
    }
    spend.call("sts:AssumeRole", entering.assume_role);
    spend.call("ec2:DescribeRegions", entering.regions);
    let of = |scans: &[(Counted, ScanCalls)], test: fn(&PlannedScan) -> bool| {
        scans.iter().any(|(counted, _)| test(&counted.planned))
    };
    Estimate {
        units: scans.iter().map(|(counted, _)| counted.planned.units).sum(),
        total_calls: spend.total_calls(),
        assume_role_calls: entering.assume_role,
        usd: price::of(&spend),
        prices_as_of: price::as_of(),
        api_events: price::events(&spend),
        seconds: pace.seconds(entering.assume_role, spend.total_calls()),
        units_are_at_most: of(scans, |planned| !planned.keys.is_empty()),
        guessed: guessed.into_iter().collect(),
        spend,
    }
}

fn whole(count: f64) -> u64 {
    // Counts of calls are far below what a float tells apart.
    count.round().max(0.0) as u64
}

/// How long the calls take at the pace that quotas are used at.
struct Pace {
    share: Option<f64>,
    concurrency: f64,
    /// Calls that draw on one bucket: the fullest bucket of each quota decides.
    quotas: HashMap<Arc<str>, (Quota, Calls)>,
    longest: f64,
}

impl Pace {
    fn new(settings: &FanOutSettings) -> Self {
        let concurrency = settings.concurrency.max(1) as f64;
        Self { share: settings.pace, concurrency, quotas: HashMap::new(), longest: 0.0 }
    }

    fn add(&mut self, operation: &str, calls: &Calls) {
        let Some((service, name)) = operation.split_once(':') else { return };
        let quota = quota(service, name);
        let (_, drawn) =
            self.quotas.entry(Arc::clone(&quota.name)).or_insert_with(|| (quota, Calls::default()));
        drawn.all += calls.all;
        drawn.most_in_unit += calls.most_in_unit;
        for (account, times) in &calls.by_account {
            *drawn.by_account.entry(account.clone()).or_default() += times;
        }
    }

    fn seconds(&self, assume_role: u64, calls: u64) -> f64 {
        let paced = |quota: &Quota, drawn: f64| match self.share {
            Some(share) => {
                let share = quota.share(share);
                (drawn - quota.burst * share).max(0.0) / (quota.rate * share)
            }
            None => 0.0,
        };
        let slowest = self.quotas.values().map(|(quota, drawn)| {
            paced(
                quota,
                match quota.sharing {
                    Sharing::Region => drawn.most_in_unit,
                    Sharing::Account => drawn.by_account.values().copied().fold(0.0, f64::max),
                    Sharing::Organization => drawn.all,
                },
            )
        });
        let entering = paced(&quota("sts", "AssumeRole"), assume_role as f64);
        let work = calls as f64 * GUESSED_SECONDS / self.concurrency;
        let first = if assume_role > 0 { GUESSED_SECONDS } else { 0.0 };
        slowest.fold(work.max(self.longest), f64::max).max(entering) + first
    }
}

/// Times that a scan's first call is made in each unit, for the values that its keys must have.
pub fn rounds_of(spec: &ScanSpec, columns: &[usize]) -> usize {
    rounds(&spec.table, columns, &spec.quals).max(1)
}
