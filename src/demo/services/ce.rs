//! AWS Cost Explorer: what the accounts' things cost, day by day or month by month.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};

use super::{Answer, Call, Service};
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::demo::world::organization::OrgAccount;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "ce",
    signing_name: "ce",
    operations: &[
        ("GetCostAndUsage", get_cost_and_usage),
        ("GetCostAndUsageWithResources", get_cost_with_resources),
        ("GetCostForecast", get_cost_forecast),
    ],
};

/// A service, its usage type, whose things it charges for, and dollars a day for each.
const PRICES: [(&str, &str, &str, f64); 14] = [
    ("Amazon Elastic Compute Cloud - Compute", "BoxUsage:m5.large", "ec2:instance", 3.4),
    ("EC2 - Other", "EBS:VolumeUsage.gp3", "ec2:volume", 0.35),
    ("EC2 - Other", "NatGateway-Hours", "ec2:nat_gateway", 1.6),
    ("Amazon Relational Database Service", "InstanceUsage:db.m5.large", "rds:instance", 5.2),
    ("Amazon Relational Database Service", "Aurora:ServerlessV2Usage", "rds:cluster", 7.9),
    ("Amazon Redshift", "Node:ra3.xlplus", "redshift:cluster", 27.0),
    ("Amazon ElastiCache", "NodeUsage:cache.r6g.large", "elasticache:cluster", 4.1),
    ("Amazon Elastic Load Balancing", "LoadBalancerUsage", "elbv2:application_load_balancer", 0.6),
    ("AWS Lambda", "Lambda-GB-Second", "lambda:function", 0.2),
    ("Amazon DynamoDB", "PayPerRequestThroughput", "dynamodb:table", 0.5),
    ("Amazon Elastic Container Service", "Fargate-vCPU-Hours:perCPU", "ecs:service", 1.2),
    ("Amazon Elastic Container Service for Kubernetes", "AmazonEKS-Hours:perCluster", "eks:cluster", 2.4),
    ("AWS Key Management Service", "KMS-Keys", "kms:key", 0.033),
    ("AmazonCloudWatch", "CW:AlarmMonitorUsage", "cloudwatch:cpu_alarm", 0.0033),
];

/// What is charged every day: to whom, where, for what.
struct Charge<'w> {
    account: &'w OrgAccount,
    region: &'static str,
    service: &'static str,
    usage: &'static str,
    things: Vec<Json>,
    kind: &'static str,
    dollars: f64,
}

/// The management account is charged for all, others for themselves.
fn charges<'w>(call: &Call<'w>) -> Vec<Charge<'w>> {
    let world = call.world;
    let all = call.account.id == world.organization.management().id;
    let mut charges = Vec::new();
    for account in &world.organization.accounts {
        if !account.is_active() || !(all || account.id == call.account.id) {
            continue;
        }
        for region in world.home_regions(account) {
            let asked = Call { account, region, whole: true, ..*call };
            let scene = declared::Things::of(&asked);
            for (service, usage, kind, price) in PRICES {
                let things = scene.all(kind);
                if !things.is_empty() {
                    let dollars = price * things.len() as f64;
                    charges.push(Charge { account, region, service, usage, things, kind, dollars });
                }
            }
        }
    }
    charges
}

impl Charge<'_> {
    /// Dollars of one day: a little more each month, less at weekends.
    fn on(&self, call: &Call<'_>, day: NaiveDate) -> f64 {
        let seed = call.world.knobs.seed;
        let words = [self.account.id.as_str(), self.region, self.usage];
        let mut dice = Dice::new(seed, &words).fork("day", day.num_days_from_ce() as usize);
        let age = (today(call) - day).num_days() as f64;
        let growth = (1.0 - age / 1_500.0).max(0.3);
        let weekend = if day.weekday().num_days_from_monday() > 4 { 0.8 } else { 1.0 };
        self.dollars * growth * weekend * (0.9 + 0.2 * dice.unit())
    }

    /// The value by which a question groups.
    fn key(&self, group: &Json) -> String {
        let text = |member: &str| group.get(member).and_then(Json::as_str).unwrap_or_default();
        match (text("Type"), text("Key")) {
            ("TAG", key) => {
                format!("{key}${}", self.account.tags.get(key).map_or("", String::as_str))
            }
            (_, "LINKED_ACCOUNT") => self.account.id.clone(),
            (_, "REGION") => self.region.to_owned(),
            (_, "USAGE_TYPE") => self.usage.to_owned(),
            (_, "RECORD_TYPE") => "Usage".to_owned(),
            (_, "SERVICE") => self.service.to_owned(),
            (_, other) => format!("No {other}"),
        }
    }

    fn is_meant(&self, call: &Call<'_>) -> bool {
        let Some(filter) = call.input.get("Filter").and_then(|f| f.get("Dimensions")) else { return true };
        let values = filter.get("Values").and_then(Json::as_array).unwrap_or_default();
        let key = record! { "Type" => "DIMENSION", "Key" => filter.get("Key").cloned().unwrap_or_default() };
        values.is_empty() || values.iter().any(|v| v.as_str() == Some(self.key(&key).as_str()))
    }
}

fn today(call: &Call<'_>) -> NaiveDate {
    DateTime::<Utc>::from_timestamp(call.now, 0).unwrap_or_default().date_naive()
}

/// Days of each period that is asked for.
fn periods(call: &Call<'_>) -> Result<Vec<(NaiveDate, NaiveDate)>, ApiError> {
    let wrong = || ApiError::bad("ValidationException", "Start date (and hour) should be before end date");
    let day = |member: &str| {
        let text = call.input.get("TimePeriod").and_then(|p| p.get(member)).and_then(Json::as_str);
        text.and_then(|t| t.get(..10)).and_then(|t| t.parse::<NaiveDate>().ok())
    };
    let (Some(start), Some(end)) = (day("Start"), day("End")) else { return Err(wrong()) };
    if start >= end {
        return Err(wrong());
    }
    let monthly = call.text("Granularity") == Some("MONTHLY");
    let mut periods = Vec::new();
    let mut at = start;
    while at < end && periods.len() < 800 {
        let next = match monthly {
            true => at.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))),
            false => at.succ_opt(),
        };
        let next = next.map_or(end, |n| n.min(end));
        periods.push((at, next));
        at = next;
    }
    Ok(periods)
}

fn amounts(call: &Call<'_>, dollars: f64, usage: f64) -> Json {
    let wanted = call.texts("Metrics");
    let amount = |name: &'_ str| {
        let (value, unit) = match name {
            "UsageQuantity" | "NormalizedUsageAmount" => (usage, "N/A"),
            _ => (dollars, "USD"),
        };
        (name.to_owned(), record! { "Amount" => format!("{value:.10}"), "Unit" => unit })
    };
    Json::object(wanted.into_iter().map(amount))
}

fn spent(call: &Call<'_>, charge: &Charge<'_>, (start, end): (NaiveDate, NaiveDate)) -> f64 {
    let now = today(call);
    start.iter_days().take_while(|day| *day < end && *day <= now).map(|day| charge.on(call, day)).sum()
}

fn told(call: &Call<'_>, period: (NaiveDate, NaiveDate), groups: Vec<(Vec<String>, f64)>) -> Json {
    let group = |(keys, dollars): &(Vec<String>, f64)| {
        record! { "Keys" => keys.clone(), "Metrics" => amounts(call, *dollars, (dollars * 24.0).round()) }
    };
    record! {
        "TimePeriod" => record! { "Start" => period.0.to_string(), "End" => period.1.to_string() },
        "Total" => Json::Object(Vec::new()),
        "Groups" => groups.iter().map(group).collect::<Vec<Json>>(),
        "Estimated" => period.1 > today(call),
    }
}

fn get_cost_and_usage(call: &Call<'_>) -> Answer {
    let grouped = call.input.get("GroupBy").and_then(Json::as_array).unwrap_or_default();
    let charges: Vec<_> = charges(call).into_iter().filter(|c| c.is_meant(call)).collect();
    let mut results = Vec::new();
    for period in periods(call)? {
        let mut groups: std::collections::BTreeMap<Vec<String>, f64> = std::collections::BTreeMap::new();
        for charge in &charges {
            let keys = grouped.iter().map(|group| charge.key(group)).collect();
            *groups.entry(keys).or_default() += spent(call, charge, period);
        }
        results.push(told(call, period, groups.into_iter().collect()));
    }
    Ok(record! { "GroupDefinitions" => grouped.to_vec(), "ResultsByTime" => results })
}

fn get_cost_with_resources(call: &Call<'_>) -> Answer {
    let charges: Vec<_> = charges(call).into_iter().filter(|c| c.is_meant(call)).collect();
    let mut results = Vec::new();
    for period in periods(call)? {
        let mut groups = Vec::new();
        for charge in &charges {
            let each = spent(call, charge, period) / charge.things.len() as f64;
            let name = |thing: &Json| declared::name_of(charge.kind, thing);
            groups.extend(charge.things.iter().filter_map(name).map(|name| (vec![name], each)));
        }
        results.push(told(call, period, groups));
    }
    let grouped = call.input.get("GroupBy").and_then(Json::as_array).unwrap_or_default();
    Ok(record! { "GroupDefinitions" => grouped.to_vec(), "ResultsByTime" => results })
}

fn get_cost_forecast(call: &Call<'_>) -> Answer {
    let charges = charges(call);
    let a_day: f64 = charges.iter().map(|c| c.on(call, today(call))).sum();
    let (mut results, mut total) = (Vec::new(), 0.0);
    for (start, end) in periods(call)? {
        let ahead = (start - today(call)).num_days() as f64;
        let mean = a_day * (end - start).num_days() as f64 * (1.0 + ahead / 1_500.0);
        total += mean;
        results.push(record! {
            "TimePeriod" => record! { "Start" => start.to_string(), "End" => end.to_string() },
            "MeanValue" => format!("{mean:.10}"),
        });
    }
    Ok(record! {
        "Total" => record! { "Amount" => format!("{total:.10}"), "Unit" => "USD" },
        "ForecastResultsByTime" => results,
    })
}
