//! An organization with bad luck in nearly a third of its units: what is healthy is all there, once, and
//! what is not is named with what befell it. What is right is asked of the world, not of its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use canvass::catalog::Catalog;
use canvass::demo::{Mishap, World};
use canvass::model::{Coverage, FaultKind, UnitRecord};

use crate::engine_on_demo::{ask, demo};
use crate::support::demo_server::DemoServer;

/// Trouble for 30% of the units, the same on every attempt.
const TROUBLE: &str = "sticky=1,throttle=0.03,reset=0.05,truncate=0.03,garble=0.03,error=0.04,hang=0.005,\
                       deny=0.085,skew=10m/0.03";

const SQL: &str = "select account_id, region, vpc_id from aws_vpc";

/// Account and region.
type Unit = (String, String);

/// Kinds of fault that tell the truth about a mishap; none where the answer must come all the same.
fn true_kinds(mishap: Option<Mishap>) -> &'static [FaultKind] {
    match mishap {
        // The clock is put right by what the server says.
        None | Some(Mishap::Skew) => &[],
        Some(Mishap::Deny) => &[FaultKind::IamDenied],
        Some(Mishap::Hang) => &[FaultKind::Timeout],
        Some(Mishap::Throttle) => &[FaultKind::Throttled],
        Some(Mishap::Reset) => &[FaultKind::Unreachable, FaultKind::BadResponse],
        Some(Mishap::Truncate | Mishap::Garble | Mishap::Error) => &[FaultKind::BadResponse],
    }
}

/// What must be said of a unit.
fn expected(world: &World, (account, region): &Unit) -> &'static [FaultKind] {
    let fate = world.fate(account, region, "ec2");
    // The organization is asked before the account's own policies, and after whether it can be asked at all.
    let is_judged = matches!(fate, None | Some(Mishap::Deny | Mishap::Skew));
    if !world.has_member_role(account) {
        &[FaultKind::AssumeDenied]
    } else if world.is_denied_by_policy(account, region) && is_judged {
        &[FaultKind::ScpDenied]
    } else {
        true_kinds(fate)
    }
}

fn units(world: &World) -> BTreeSet<Unit> {
    let regions = |account: &str| {
        let account = account.to_owned();
        let regions: Vec<_> = world.enabled_regions(&account).map(str::to_owned).collect();
        regions.into_iter().map(move |region| (account.clone(), region))
    };
    world.active_accounts().flat_map(regions).collect()
}

/// Compares an answer with the world, unit by unit.
fn judge(world: &World, rows: &[String], ledger: &[(Unit, Option<FaultKind>)]) {
    let mut found: BTreeMap<Unit, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let [account, region, vpc] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}") };
        found.entry((account.to_owned(), region.to_owned())).or_default().push(vpc);
    }
    let all = units(world);
    let mut seen = BTreeSet::new();
    let mut told: BTreeMap<FaultKind, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (unit, fault) in ledger {
        // Suspended accounts and regions that are off have lines too, and nothing to be compared with.
        if !all.contains(unit) {
            assert!(fault.is_some_and(FaultKind::leaves_answer_complete), "{unit:?}: {fault:?}");
            continue;
        }
        assert!(seen.insert(unit.clone()), "{unit:?} has two lines");
        let kinds = expected(world, unit);
        let is_right = match fault {
            None => kinds.is_empty(),
            Some(kind) => kinds.contains(kind),
        };
        if !is_right {
            wrong.push(format!("{unit:?}: {fault:?} for {:?}", world.fate(&unit.0, &unit.1, "ec2")));
        }
        if let Some(kind) = fault {
            *told.entry(*kind).or_default() += 1;
        }
        let mut vpcs = found.remove(unit).unwrap_or_default();
        let mut truth = if fault.is_none() { world.vpc_ids(&unit.0, &unit.1) } else { Vec::new() };
        vpcs.sort_unstable();
        truth.sort_unstable();
        if vpcs != truth {
            wrong.push(format!("{unit:?} ({fault:?}): {vpcs:?} instead of {truth:?}"));
        }
    }
    let missing: Vec<_> = all.difference(&seen).take(5).collect();
    assert!(missing.is_empty(), "without a line: {missing:?}");
    assert!(found.is_empty(), "rows of nobody: {:?}", found.iter().next());
    assert!(wrong.is_empty(), "{} units: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    let unwell: usize = told.values().sum();
    assert!((all.len() / 5..all.len() / 3).contains(&unwell), "{unwell} of {}: {told:?}", all.len());
}

fn ledger(coverage: &Coverage) -> Vec<(Unit, Option<FaultKind>)> {
    let line = |unit: &UnitRecord| {
        let key = (unit.key.account_id.to_string(), unit.key.region.as_str().to_owned());
        assert!(unit.is_answered() || unit.fault().is_some(), "{unit:?}");
        (key, unit.fault().map(|fault| fault.kind))
    };
    coverage.units.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_four_thousand_units_with_trouble_in_a_third_are_all_accounted_for() {
    let demo = demo(&format!("accounts=2000,regions=17,seed=3,{TROUBLE}"), |settings| {
        settings.network.max_attempts = 2;
        settings.network.call_timeout = Duration::from_secs(5);
        settings.fan_out.concurrency = 256;
        settings.fan_out.pace = None;
    });
    // Far more than it takes, on a machine that does other things as well.
    let answer = tokio::time::timeout(Duration::from_secs(900), ask(&demo, SQL)).await;
    let (rows, coverage) = answer.expect("the statement hangs");
    assert_eq!(units(&demo.world).len(), 33_982);
    judge(&demo.world, &rows, &ledger(&coverage));
}

#[test]
fn the_program_itself_survives_the_same_over_tcp() {
    let knobs = format!("accounts=36,regions=17,seed=5,page_size=1,latency=2ms,jitter=2ms,{TROUBLE}");
    let server = DemoServer::start(&knobs);
    let canvass = server.client().env("CANVASS_CALL_TIMEOUT", "5s").env("CANVASS_MAX_ATTEMPTS", "2");
    let run = canvass.run(&["--pace", "off", "-o", "json", "query", SQL]);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let answer = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let cells = |row: &serde_json::Value| ["account_id", "region", "vpc_id"].map(|c| text(&row[c])).join("|");
    let rows: Vec<String> = answer["rows"].as_array().unwrap().iter().map(cells).collect();

    let world =
        World::new(&knobs.parse().unwrap(), chrono::Utc::now(), Arc::new(Catalog::builtin().unwrap()));
    let world = world.unwrap();
    // The JSON names the units that did not plainly answer; the others have.
    let mut ledger: BTreeMap<Unit, Option<FaultKind>> =
        units(&world).into_iter().map(|u| (u, None)).collect();
    for unit in answer["metadata"]["coverage"]["units"].as_array().unwrap() {
        let kind = serde_json::from_value(unit["fault"]["kind"].clone());
        let kind = kind.unwrap_or_else(|e| panic!("{e}: {unit}"));
        ledger.insert((text(&unit["account_id"]), text(&unit["region"])), Some(kind));
    }
    judge(&world, &rows, &ledger.into_iter().collect::<Vec<_>>());
    let asked = answer["metadata"]["coverage"]["asked"].as_u64().unwrap();
    assert_eq!(asked as usize, units(&world).len());
}
