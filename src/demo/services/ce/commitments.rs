//! How well Savings Plans and reservations are used, and how much of what runs they cover.

use std::collections::BTreeMap;

use super::ask::{Period, dimension, invalid, periods, today};
use super::bill::{self, COMMITTED, Line, Record, UNIT, USAGE_UNIT, shown, shown_usage};
use super::{Answer, Call, meant};
use crate::demo::services::paging::page;
use crate::demo::wire::ApiError;
use crate::demo::world::organization::Purpose;
use crate::model::Json;

/// Periods in a page.
const PAGE: usize = 20;

/// Hours of databases that are reserved, a day: two of them.
const RESERVED_HOURS: i64 = 48;
/// What one of those hours costs, and would cost on demand, in ten-thousandths of a dollar.
const RESERVED_PRICE: (i64, i64) = (1_130, 1_780);

fn hours(period: Period, call: &Call<'_>) -> i64 {
    let (start, end) = period.days();
    (end.min(today(call).succ_opt().unwrap_or(end)) - start).num_days().max(0) * 24
}

fn percent(part: i64, whole: i64) -> String {
    if whole == 0 { "0".to_owned() } else { format!("{:.6}", part as f64 / whole as f64 * 100.0) }
}

fn sum(call: &Call<'_>, lines: &[&Line<'_>], period: Period, amount: fn(bill::Spent) -> i64) -> i64 {
    let (start, end) = period.days();
    lines.iter().map(|line| amount(bill::total(line, start, end, today(call)))).sum()
}

/// Only the account that bought something has it to tell of.
fn bought(call: &Call<'_>) -> Result<(), ApiError> {
    let is_payer = call.account.id == call.world.organization.management().id;
    if is_payer {
        return Ok(());
    }
    Err(ApiError::bad(
        "DataUnavailableException",
        "Account has no Savings Plans or reservations in this period",
    ))
}

pub fn get_savings_plans_utilization(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    bought(call)?;
    let covered: Vec<&Line<'_>> = lines.iter().filter(|line| line.record == Record::Covered).collect();
    let asked = periods(call)?;
    let of = |hours: i64, used: i64, equivalent: i64| {
        let total = (COMMITTED * hours as f64 * UNIT as f64).round() as i64;
        let used = used.min(total);
        let upfront = (0.625 * hours as f64 * UNIT as f64).round() as i64;
        [
            (
                "Utilization",
                record! {
                    "TotalCommitment" => shown(total),
                    "UsedCommitment" => shown(used),
                    "UnusedCommitment" => shown(total - used),
                    "UtilizationPercentage" => percent(used, total),
                },
            ),
            (
                "Savings",
                record! { "NetSavings" => shown(equivalent - total), "OnDemandCostEquivalent" => shown(equivalent) },
            ),
            (
                "AmortizedCommitment",
                record! {
                    "AmortizedRecurringCommitment" => shown(total - upfront),
                    "AmortizedUpfrontCommitment" => shown(upfront),
                    "TotalAmortizedCommitment" => shown(total),
                },
            ),
        ]
    };
    let (mut results, mut all) = (Vec::new(), (0, 0, 0));
    for period in asked {
        let hours = hours(period, call);
        let used = sum(call, &covered, period, |spent| spent.amortized);
        let equivalent = sum(call, &covered, period, |spent| spent.unblended);
        all = (all.0 + hours, all.1 + used, all.2 + equivalent);
        let told = [("TimePeriod", period.shown(false))].into_iter().chain(of(hours, used, equivalent));
        results.push(Json::object(told));
    }
    Ok(record! {
        "SavingsPlansUtilizationsByTime" => results,
        "Total" => Json::object(of(all.0, all.1, all.2)),
    })
}

pub fn get_savings_plans_coverage(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    bought(call)?;
    let key = call.input.get("GroupBy").and_then(Json::as_array).and_then(|groups| groups.first());
    let key = key.and_then(|group| group.get("Key")).and_then(Json::as_str);
    if key.is_some_and(|key| !["SERVICE", "REGION", "LINKED_ACCOUNT", "INSTANCE_FAMILY"].contains(&key)) {
        return Err(invalid("GroupBy takes SERVICE, REGION, LINKED_ACCOUNT or INSTANCE_FAMILY"));
    }
    let is_eligible = |line: &&Line<'_>| {
        matches!(line.record, Record::Usage | Record::Covered)
            && line.instance_type().is_some()
            && line.service.contains("Compute")
    };
    let mut groups: BTreeMap<String, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines.iter().filter(is_eligible) {
        let value = match key {
            None => String::new(),
            Some("INSTANCE_FAMILY") => {
                line.instance_type().and_then(|t| t.split('.').next()).unwrap_or_default().to_owned()
            }
            Some(key) => dimension(line, key).unwrap_or_default(),
        };
        groups.entry(value).or_default().push(line);
    }
    let mut coverages = Vec::new();
    for period in periods(call)? {
        for (value, lines) in &groups {
            let of = |record: Record| -> i64 {
                let lines: Vec<&Line<'_>> =
                    lines.iter().copied().filter(|line| line.record == record).collect();
                sum(call, &lines, period, |spent| spent.unblended)
            };
            let (covered, on_demand) = (of(Record::Covered), of(Record::Usage));
            let attributes = key.map(|key| (key.to_owned(), Json::string(value.as_str())));
            coverages.push(record! {
                "Attributes" => Json::object(attributes),
                "Coverage" => record! {
                    "SpendCoveredBySavingsPlans" => shown(covered),
                    "OnDemandCost" => shown(on_demand),
                    "TotalCost" => shown(covered + on_demand),
                    "CoveragePercentage" => percent(covered, covered + on_demand),
                },
                "TimePeriod" => period.shown(false),
            });
        }
    }
    let wrong = || ApiError::bad("InvalidNextTokenException", "The pagination token is invalid");
    let page = page(call, coverages, call.text("NextToken"), PAGE).ok_or_else(wrong)?;
    Ok(record! { "SavingsPlansCoverages" => page.items, "NextToken" => page.next })
}

/// Databases of production, which the reservations are for.
fn databases<'l, 'w>(lines: &'l [Line<'w>]) -> Vec<&'l Line<'w>> {
    let is_one =
        |line: &&Line<'_>| line.kind == "rds:instance" && line.account.purpose == Purpose::Production;
    lines.iter().filter(is_one).collect()
}

fn reserved(hours: i64, running: i64) -> Json {
    let purchased = hours * RESERVED_HOURS / 24 * USAGE_UNIT;
    let used = purchased.min(running);
    let fee = |hours: i64, price: i64| hours * price * 100;
    let (paid, instead) = (fee(purchased, RESERVED_PRICE.0), fee(used, RESERVED_PRICE.1));
    record! {
        "UtilizationPercentage" => percent(used, purchased),
        "PurchasedHours" => shown_usage(purchased),
        "TotalActualHours" => shown_usage(used),
        "UnusedHours" => shown_usage(purchased - used),
        "OnDemandCostOfRIHoursUsed" => shown(instead),
        "NetRISavings" => shown(instead - paid),
        "TotalPotentialRISavings" => shown(fee(purchased, RESERVED_PRICE.1 - RESERVED_PRICE.0)),
        "AmortizedUpfrontFee" => shown(0),
        "AmortizedRecurringFee" => shown(paid),
        "TotalAmortizedFee" => shown(paid),
        "RICostForUnusedHours" => shown(fee(purchased - used, RESERVED_PRICE.0)),
    }
}

pub fn get_reservation_utilization(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    bought(call)?;
    let databases = databases(&lines);
    let (mut results, mut all) = (Vec::new(), (0, 0));
    for period in periods(call)? {
        let (hours, running) = (hours(period, call), sum(call, &databases, period, |spent| spent.usage));
        all = (all.0 + hours, all.1 + running);
        results.push(record! {
            "TimePeriod" => period.shown(false),
            "Groups" => Vec::<Json>::new(),
            "Total" => reserved(hours, running),
        });
    }
    let wrong = || ApiError::bad("InvalidNextTokenException", "The pagination token is invalid");
    let page = page(call, results, call.text("NextPageToken"), PAGE).ok_or_else(wrong)?;
    Ok(record! {
        "UtilizationsByTime" => page.items,
        "Total" => reserved(all.0, all.1),
        "NextPageToken" => page.next,
    })
}

fn covered(hours: i64, running: i64) -> Json {
    let reserved = (hours * RESERVED_HOURS / 24 * USAGE_UNIT).min(running);
    record! {
        "CoverageHours" => record! {
            "OnDemandHours" => shown_usage(running - reserved),
            "ReservedHours" => shown_usage(reserved),
            "TotalRunningHours" => shown_usage(running),
            "CoverageHoursPercentage" => percent(reserved, running),
        },
        "CoverageCost" => record! { "OnDemandCost" => shown((running - reserved) * RESERVED_PRICE.1 * 100) },
    }
}

pub fn get_reservation_coverage(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    bought(call)?;
    let databases = databases(&lines);
    let (mut results, mut all) = (Vec::new(), (0, 0));
    for period in periods(call)? {
        let (hours, running) = (hours(period, call), sum(call, &databases, period, |spent| spent.usage));
        all = (all.0 + hours, all.1 + running);
        results.push(record! {
            "TimePeriod" => period.shown(false),
            "Groups" => Vec::<Json>::new(),
            "Total" => covered(hours, running),
        });
    }
    let wrong = || ApiError::bad("InvalidNextTokenException", "The pagination token is invalid");
    let page = page(call, results, call.text("NextPageToken"), PAGE).ok_or_else(wrong)?;
    Ok(record! {
        "CoveragesByTime" => page.items,
        "Total" => covered(all.0, all.1),
        "NextPageToken" => page.next,
    })
}
