//! AWS Cost Explorer: what the organization spends, as the bill says it, and what it will.
//!
//! The management account sees all of it, a member its own; sandboxes may not look, and one account never
//! switched Cost Explorer on.

mod anomalies;
mod ask;
mod bill;
mod commitments;
pub mod export;
mod forecast;

use std::collections::BTreeMap;

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::demo::world::incidents::WITHOUT_COST_EXPLORER;
use crate::demo::world::organization::Purpose;
use crate::model::Json;
use ask::{Group, Period, groups, invalid, meets, periods, today};
use bill::{Line, Spent, lines, shown, shown_usage};

pub const SERVICE: Service = Service {
    id: "ce",
    signing_name: "ce",
    operations: &[
        ("GetAnomalies", anomalies::get_anomalies),
        ("GetCostAndUsage", get_cost_and_usage),
        ("GetCostAndUsageWithResources", get_cost_with_resources),
        ("GetCostForecast", forecast::get_cost_forecast),
        ("GetReservationCoverage", commitments::get_reservation_coverage),
        ("GetReservationUtilization", commitments::get_reservation_utilization),
        ("GetSavingsPlansCoverage", commitments::get_savings_plans_coverage),
        ("GetSavingsPlansUtilization", commitments::get_savings_plans_utilization),
        ("GetUsageForecast", forecast::get_usage_forecast),
    ],
};

/// Groups in a page, about.
const GROUPS: usize = 5_000;

/// Whether the account may look at all.
fn may_look(call: &Call<'_>) -> Result<(), ApiError> {
    if call.account.purpose == Purpose::Sandbox {
        return Err(ApiError::bad("AccessDeniedException", "User not enabled for cost explorer access"));
    }
    if call.account.name == WITHOUT_COST_EXPLORER {
        return Err(ApiError::bad(
            "DataUnavailableException",
            "Data is not available. Please try to adjust the time period. If just enabled Cost Explorer, data \
             might not be ingested yet",
        ));
    }
    Ok(())
}

/// The lines that a request's filter lets through.
fn meant<'w>(call: &Call<'w>) -> Result<Vec<Line<'w>>, ApiError> {
    may_look(call)?;
    let filter = call.input.get("Filter").cloned().unwrap_or_default();
    Ok(lines(call).into_iter().filter(|line| meets(&filter, line)).collect())
}

/// What a group came to, and the unit of its usage where all of it has one.
#[derive(Default)]
struct Sum<'l> {
    spent: Spent,
    unit: Option<&'l str>,
    mixed: bool,
}

impl<'l> Sum<'l> {
    fn add(&mut self, spent: Spent, line: &'l Line<'_>) {
        self.spent += spent;
        if spent.usage != 0 {
            self.mixed |= self.unit.is_some_and(|unit| unit != line.unit);
            self.unit = Some(line.unit);
        }
    }

    fn metrics(&self, wanted: &[&str]) -> Json {
        let spent = self.spent;
        let metric = |name: &&str| {
            let amount = match *name {
                "UnblendedCost" | "BlendedCost" => shown(spent.unblended),
                "AmortizedCost" => shown(spent.amortized),
                "NetUnblendedCost" => shown(spent.net),
                "NetAmortizedCost" => shown(spent.net_amortized),
                _ => shown_usage(spent.usage),
            };
            let unit = match *name {
                "UsageQuantity" if !self.mixed => self.unit.unwrap_or("N/A"),
                "UsageQuantity" | "NormalizedUsageAmount" => "N/A",
                _ => "USD",
            };
            ((*name).to_owned(), record! { "Amount" => amount, "Unit" => unit })
        };
        Json::object(wanted.iter().map(metric))
    }
}

/// What a line came to in a period.
fn spent(call: &Call<'_>, line: &Line<'_>, period: Period, hourly: bool) -> Spent {
    let (start, end) = period.days();
    match hourly {
        true => line.on(start, today(call)).hour(ask::hour(period.start)),
        false => bill::total(line, start, end, today(call)),
    }
}

fn metrics<'c>(call: &Call<'c>) -> Result<Vec<&'c str>, ApiError> {
    const ALL: [&str; 7] = [
        "AmortizedCost",
        "BlendedCost",
        "NetAmortizedCost",
        "NetUnblendedCost",
        "NormalizedUsageAmount",
        "UnblendedCost",
        "UsageQuantity",
    ];
    let wanted = call.texts("Metrics");
    match wanted.iter().find(|metric| !ALL.contains(metric)) {
        _ if wanted.is_empty() => Err(invalid("At least one metric is required")),
        Some(unknown) => Err(invalid(format!("Metric {unknown} is invalid"))),
        None => Ok(wanted),
    }
}

fn get_cost_and_usage(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    let by = groups(call, lines.first())?;
    answered(call, &lines, &by, |line| vec![(by.iter().map(|group| group.key(line)).collect(), 1)])
}

fn get_cost_with_resources(call: &Call<'_>) -> Answer {
    let lines = meant(call)?;
    let by = groups(call, lines.first())?;
    if call.input.get("Filter").is_none() {
        return Err(invalid("Filter is required"));
    }
    let named = |line: &Line<'_>| {
        let names = line.resources();
        let many = names.len().max(1) as i64;
        let key = |name: &str| -> Vec<String> {
            let key = |group: &Group| match group {
                Group::Dimension(key) if key == "RESOURCE_ID" => name.to_owned(),
                group => group.key(line),
            };
            by.iter().map(key).collect()
        };
        names.iter().map(|name| (key(name), many)).collect()
    };
    answered(call, &lines, &by, named)
}

/// Results by time; `keys` says into which groups a line's cost goes, and by how many it is divided.
fn answered<'w>(
    call: &Call<'w>,
    lines: &[Line<'w>],
    by: &[Group],
    keys: impl Fn(&Line<'w>) -> Vec<(Vec<String>, i64)>,
) -> Answer {
    let (wanted, hourly) = (metrics(call)?, call.text("Granularity") == Some("HOURLY"));
    let keyed: Vec<_> = lines.iter().map(|line| (line, keys(line))).collect();
    let distinct: std::collections::BTreeSet<&Vec<String>> =
        keyed.iter().flat_map(|(_, keys)| keys).map(|(key, _)| key).collect();
    let size = (GROUPS / distinct.len().max(1)).max(1);
    let wrong = || invalid("The next page token is not valid");
    let page = page(call, periods(call)?, call.text("NextPageToken"), size).ok_or_else(wrong)?;
    let mut results = Vec::new();
    for period in page.items {
        let mut groups: BTreeMap<&[String], Sum<'_>> = BTreeMap::new();
        for (line, keys) in &keyed {
            let whole = spent(call, line, period, hourly);
            if whole == Spent::default() {
                continue;
            }
            for (key, many) in keys {
                let part = if *many == 1 { whole } else { divided(whole, *many) };
                groups.entry(key).or_default().add(part, line);
            }
        }
        let is_whole = by.is_empty();
        let total = if is_whole {
            groups.remove(&[][..]).unwrap_or_default().metrics(&wanted)
        } else {
            Json::object::<String>([])
        };
        let groups: Vec<Json> = groups
            .iter()
            .map(|(keys, sum)| record! { "Keys" => keys.to_vec(), "Metrics" => sum.metrics(&wanted) })
            .collect();
        results.push(record! {
            "TimePeriod" => period.shown(hourly),
            "Total" => total,
            "Groups" => groups,
            "Estimated" => period.end.date() > today(call),
        });
    }
    Ok(record! {
        "NextPageToken" => page.next,
        "GroupDefinitions" => call.input.get("GroupBy").cloned().unwrap_or_default(),
        "ResultsByTime" => results,
        "DimensionValueAttributes" => named(lines, by),
    })
}

fn divided(whole: Spent, many: i64) -> Spent {
    Spent {
        unblended: whole.unblended / many,
        amortized: whole.amortized / many,
        net: whole.net / many,
        net_amortized: whole.net_amortized / many,
        usage: whole.usage / many,
    }
}

/// The names of the accounts among the groups.
fn named(lines: &[Line<'_>], by: &[Group]) -> Vec<Json> {
    if !by.iter().any(|group| matches!(group, Group::Dimension(key) if key == "LINKED_ACCOUNT")) {
        return Vec::new();
    }
    let names: BTreeMap<&str, &str> =
        lines.iter().map(|line| (line.account.id.as_str(), line.account.name.as_str())).collect();
    let named = |(id, name): (&str, &str)| {
        record! { "Value" => id, "Attributes" => record! { "description" => name } }
    };
    names.into_iter().map(named).collect()
}
