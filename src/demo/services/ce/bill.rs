//! The bill: every line of it, and what each comes to on a day.
//!
//! Amounts are whole ten-billionths of a dollar, so that whichever way lines are added up they come to the
//! same, and the export says what Cost Explorer says.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};

use super::Call;
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::world::incidents::{COST_SPIKE, SPIKE_DAYS};
use crate::demo::world::organization::{OrgAccount, Purpose};
use crate::model::Json;

/// Of a dollar.
pub const UNIT: i64 = 10_000_000_000;

/// Of what usage is counted in: requests go into the millions a day.
pub const USAGE_UNIT: i64 = 10_000;

const EC2: &str = "Amazon Elastic Compute Cloud - Compute";

/// What things cost: service, usage type, operation, whose things, dollars a day for each, the unit of their
/// usage and how much of it a thing takes a day.
const PRICES: [Price; 14] = [
    Price(EC2, "BoxUsage:m5.large", "RunInstances", "ec2:instance", 3.4, "Hrs", 24.0),
    Price("EC2 - Other", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "ec2:volume", 0.35, "GB-Mo", 4.4),
    Price("EC2 - Other", "NatGateway-Hours", "NatGateway", "ec2:nat_gateway", 1.6, "Hrs", 24.0),
    Price(
        "Amazon Relational Database Service",
        "InstanceUsage:db.m5.large",
        "CreateDBInstance:0002",
        "rds:instance",
        5.2,
        "Hrs",
        24.0,
    ),
    Price(
        "Amazon Relational Database Service",
        "Aurora:ServerlessV2Usage",
        "CreateDBInstance:0021",
        "rds:cluster",
        7.9,
        "ACU-Hr",
        65.8,
    ),
    Price("Amazon Redshift", "Node:ra3.xlplus", "RunComputeNode:0001", "redshift:cluster", 27.0, "Hrs", 24.0),
    Price(
        "Amazon ElastiCache",
        "NodeUsage:cache.r6g.large",
        "CreateCacheCluster:0002",
        "elasticache:cluster",
        4.1,
        "Hrs",
        24.0,
    ),
    Price(
        "Amazon Elastic Load Balancing",
        "LoadBalancerUsage",
        "LoadBalancing:Application",
        "elbv2:application_load_balancer",
        0.6,
        "Hrs",
        24.0,
    ),
    Price("AWS Lambda", "Lambda-GB-Second", "Invoke", "lambda:function", 0.2, "Lambda-GB-Second", 12_000.0),
    Price(
        "Amazon DynamoDB",
        "PayPerRequestThroughput",
        "PayPerRequestThroughput",
        "dynamodb:table",
        0.5,
        "ReadRequestUnits",
        2_000_000.0,
    ),
    Price(
        "Amazon Elastic Container Service",
        "Fargate-vCPU-Hours:perCPU",
        "FargateTask",
        "ecs:service",
        1.2,
        "hours",
        29.6,
    ),
    Price(
        "Amazon Elastic Container Service for Kubernetes",
        "AmazonEKS-Hours:perCluster",
        "CreateOperation",
        "eks:cluster",
        2.4,
        "Hours",
        24.0,
    ),
    Price("AWS Key Management Service", "KMS-Keys", "Unknown", "kms:key", 0.033, "Keys", 0.033),
    Price(
        "AmazonCloudWatch",
        "CW:AlarmMonitorUsage",
        "Unknown",
        "cloudwatch:cpu_alarm",
        0.0033,
        "Alarms",
        0.033,
    ),
];

struct Price(&'static str, &'static str, &'static str, &'static str, f64, &'static str, f64);

/// What every account with anything in a region pays for there: service, usage type, operation, dollars a day,
/// unit, usage a dollar buys.
const FLAT: [(&str, &str, &str, f64, &str, f64); 4] = [
    ("Amazon Simple Storage Service", "TimedStorage-ByteHrs", "StandardStorage", 9.0, "GB-Mo", 43.5),
    ("Amazon Simple Storage Service", "Requests-Tier1", "PutObject", 1.1, "Requests", 200_000.0),
    ("AWS Config", "ConfigurationItemRecorded", "None", 0.4, "ConfigurationItemRecorded", 333.0),
    ("EC2 - Other", "DataTransfer-Regional-Bytes", "InterZone-In", 2.2, "GB", 100.0),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    Usage,
    /// Usage that a Savings Plan pays for, and the line that takes it off again.
    Covered,
    Negation,
    PlanFee,
    Support,
    Tax,
    Credit,
    Refund,
}

impl Record {
    pub fn as_str(self) -> &'static str {
        match self {
            Record::Usage => "Usage",
            Record::Covered => "SavingsPlanCoveredUsage",
            Record::Negation => "SavingsPlanNegation",
            Record::PlanFee => "SavingsPlanRecurringFee",
            Record::Support => "Support",
            Record::Tax => "Tax",
            Record::Credit => "Credit",
            Record::Refund => "Refund",
        }
    }
}

/// When a line is charged.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// More on working days, a little more each month.
    Daily,
    /// The same every day.
    Evenly,
    FirstOfMonth,
    /// From one day to before another.
    Between(NaiveDate, NaiveDate),
}

pub struct Line<'w> {
    pub account: &'w OrgAccount,
    /// Empty where the charge has none.
    pub region: &'static str,
    pub service: &'static str,
    pub usage: String,
    pub operation: &'static str,
    pub record: Record,
    pub unit: &'static str,
    /// Whose names resources go by.
    pub things: Vec<Json>,
    pub kind: &'static str,
    /// Dollars a day (or a month, where it is charged monthly).
    dollars: f64,
    /// Of `unit`, for a dollar.
    usage_per_dollar: f64,
    when: When,
    dice: Dice,
}

/// What a question may ask of a line's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub unblended: i64,
    pub amortized: i64,
    pub net: i64,
    pub net_amortized: i64,
    /// Ten-thousandths of the line's unit.
    pub usage: i64,
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Spent) {
        self.unblended += other.unblended;
        self.amortized += other.amortized;
        self.net += other.net;
        self.net_amortized += other.net_amortized;
        self.usage += other.usage;
    }
}

impl Spent {
    /// The part of a day that one of its hours has: the hours add up to the day.
    pub fn hour(self, hour: i64) -> Spent {
        let part = |whole: i64| whole * (hour + 1) / 24 - whole * hour / 24;
        Spent {
            unblended: part(self.unblended),
            amortized: part(self.amortized),
            net: part(self.net),
            net_amortized: part(self.net_amortized),
            usage: part(self.usage),
        }
    }
}

/// `1234.5678901234`
pub fn shown(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}{}.{:010}", amount / UNIT as u64, amount % UNIT as u64)
}

/// `1234.5678`, of usage.
pub fn shown_usage(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}{}.{:04}", amount / USAGE_UNIT as u64, amount % USAGE_UNIT as u64)
}

impl Line<'_> {
    pub fn on(&self, day: NaiveDate, today: NaiveDate) -> Spent {
        let age = (today - day).num_days() as f64;
        let dollars = match self.when {
            When::Between(from, to) if day < from || day >= to => return Spent::default(),
            When::FirstOfMonth if day.day() != 1 => return Spent::default(),
            When::Evenly | When::Between(..) => self.dollars,
            When::FirstOfMonth => self.dollars * (1.0 - age / 1_500.0).max(0.3),
            When::Daily => {
                let mut dice = self.dice.fork("day", day.num_days_from_ce().unsigned_abs() as usize);
                let growth = (1.0 - age / 1_500.0).max(0.3);
                let weekend = if day.weekday().num_days_from_monday() > 4 { 0.8 } else { 1.0 };
                self.dollars * growth * weekend * (0.9 + 0.2 * dice.unit())
            }
        };
        let unblended = (dollars * UNIT as f64).round() as i64;
        let amortized = match self.record {
            Record::Covered => unblended * 72 / 100,
            // The fee is spread over what it covers.
            Record::Negation | Record::PlanFee => 0,
            _ => unblended,
        };
        // An agreed discount of five percent on what is used.
        let less = |amount: i64| if self.record == Record::Usage { amount * 95 / 100 } else { amount };
        Spent {
            unblended,
            amortized,
            net: less(unblended),
            net_amortized: less(amortized),
            usage: (dollars * self.usage_per_dollar * USAGE_UNIT as f64).round() as i64,
        }
    }

    /// `m5.large` of `EUW1-BoxUsage:m5.large`.
    pub fn instance_type(&self) -> Option<&str> {
        let (what, size) = self.usage.rsplit_once(':')?;
        let sized =
            ["BoxUsage", "InstanceUsage", "NodeUsage", "Node"].iter().any(|kind| what.ends_with(kind));
        sized.then_some(size)
    }

    pub fn purchase_type(&self) -> &'static str {
        match self.record {
            Record::Covered | Record::Negation | Record::PlanFee => "Savings Plans",
            _ => "On Demand Instances",
        }
    }

    /// Names of its things, where bills name them.
    pub fn resources(&self) -> Vec<String> {
        self.things.iter().filter_map(|thing| declared::name_of(self.kind, thing)).collect()
    }

    pub fn tag(&self, key: &str) -> &str {
        let tagged = matches!(self.record, Record::Usage | Record::Covered | Record::Negation);
        self.account.tags.get(key).filter(|_| tagged).map_or("", String::as_str)
    }

    /// The only cost category of the demo: what an account is for.
    pub fn category(&self, key: &str) -> &'static str {
        match (key, self.account.purpose) {
            ("Environment", Purpose::Production) => "Production",
            ("Environment", Purpose::Shared) => "Shared",
            ("Environment", _) => "NonProduction",
            _ => "",
        }
    }
}

/// The prefix of usage types outside us-east-1, which has none.
fn prefix(region: &str) -> &'static str {
    match region {
        "us-east-2" => "USE2-",
        "us-west-1" => "USW1-",
        "us-west-2" => "USW2-",
        "eu-west-1" => "EU-",
        "eu-west-2" => "EUW2-",
        "eu-west-3" => "EUW3-",
        "eu-central-1" => "EUC1-",
        "eu-north-1" => "EUN1-",
        "ap-southeast-1" => "APS1-",
        "ap-southeast-2" => "APS2-",
        "ap-northeast-1" => "APN1-",
        "ap-south-1" => "APS3-",
        "ca-central-1" => "CAN1-",
        "sa-east-1" => "SAE1-",
        _ => "",
    }
}

/// The days on which the spike's instances ran: from one to before another.
pub fn spike(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    (back(SPIKE_DAYS.0), back(SPIKE_DAYS.1))
}

/// The lines that an account sees: the management account all of them, others their own.
pub fn lines<'w>(call: &Call<'w>) -> Vec<Line<'w>> {
    let organization = &call.world.organization;
    let payer = organization.management();
    let is_payer = call.account.id == payer.id;
    let mut lines = Vec::new();
    for account in &organization.accounts {
        if account.is_active() && (is_payer || account.id == call.account.id) {
            of_account(call, account, account.id == payer.id, &mut lines);
        }
    }
    lines
}

fn of_account<'w>(call: &Call<'w>, account: &'w OrgAccount, is_payer: bool, lines: &mut Vec<Line<'w>>) {
    let world = call.world;
    let today = super::ask::today(call);
    let line = |region: &'static str, service, usage: String, record, dollars, when| Line {
        dice: Dice::new(world.knobs.seed, &[&account.id, region, &usage]),
        account,
        region,
        service,
        usage,
        operation: "None",
        record,
        unit: "Quantity",
        things: Vec::new(),
        kind: "",
        dollars,
        usage_per_dollar: 0.0,
        when,
    };
    let first = lines.len();
    for region in world.home_regions(account) {
        let asked = Call { account, region, whole: true, ..*call };
        let scene = declared::Things::of(&asked);
        for Price(service, usage, operation, kind, price, unit, amount) in PRICES {
            let things = scene.all(kind);
            if things.is_empty() {
                continue;
            }
            let dollars = price * things.len() as f64;
            let whole = Line {
                operation,
                unit,
                kind,
                things,
                usage_per_dollar: amount / price,
                ..line(
                    region,
                    service,
                    format!("{}{usage}", prefix(region)),
                    Record::Usage,
                    dollars,
                    When::Daily,
                )
            };
            if service == EC2 && account.purpose == Purpose::Production {
                cover(whole, lines);
            } else {
                lines.push(whole);
            }
        }
        let size = match account.purpose {
            Purpose::Production => 1.0,
            Purpose::Shared => 0.8,
            Purpose::Staging | Purpose::Development => 0.3,
            Purpose::Sandbox => 0.05,
        };
        for (service, usage, operation, price, unit, per_dollar) in FLAT {
            lines.push(Line {
                operation,
                unit,
                usage_per_dollar: per_dollar,
                ..line(
                    region,
                    service,
                    format!("{}{usage}", prefix(region)),
                    Record::Usage,
                    price * size,
                    When::Daily,
                )
            });
        }
    }
    if account.name == COST_SPIKE.0 {
        let (from, to) = spike(today);
        let usage = format!("{}BoxUsage:{}", prefix(COST_SPIKE.1), COST_SPIKE.2);
        lines.push(Line {
            operation: "RunInstances",
            unit: "Hrs",
            usage_per_dollar: 72.0 / SPIKE_DOLLARS,
            ..line(COST_SPIKE.1, EC2, usage, Record::Usage, SPIKE_DOLLARS, When::Between(from, to))
        });
    }
    let is_regular = |line: &&Line<'_>| line.record == Record::Usage && line.when == When::Daily;
    let a_month: f64 = lines.iter().skip(first).filter(is_regular).map(|line| line.dollars * 30.4).sum();
    if account.purpose != Purpose::Sandbox {
        lines.push(line("", "Tax", String::new(), Record::Tax, a_month * 0.08, When::FirstOfMonth));
    } else {
        lines.push(line(
            "us-east-1",
            EC2,
            "BoxUsage:m5.large".to_owned(),
            Record::Credit,
            -a_month * 0.1,
            When::FirstOfMonth,
        ));
    }
    if account.purpose == Purpose::Production {
        let month = |back: u32| {
            let first = today.with_day(1).unwrap_or(today);
            first.checked_sub_months(chrono::Months::new(back)).unwrap_or(first)
        };
        let day = month(2).checked_add_days(Days::new(11)).unwrap_or(today);
        let next = day.succ_opt().unwrap_or(day);
        let usage = "BoxUsage:m5.large".to_owned();
        lines.push(line("us-east-1", EC2, usage, Record::Refund, -42.5, When::Between(day, next)));
    }
    if is_payer {
        for (usage, an_hour) in PLANS {
            let service = "Savings Plans for AWS Compute usage";
            lines.push(line("", service, usage.to_owned(), Record::PlanFee, an_hour * 24.0, When::Evenly));
        }
        lines.push(line(
            "",
            "AWS Support (Business)",
            "Dollar".to_owned(),
            Record::Support,
            2_350.0,
            When::FirstOfMonth,
        ));
    }
}

/// Three machines with eight accelerators each, a day.
pub const SPIKE_DOLLARS: f64 = 2_359.58;

/// What the active Savings Plans charge by the hour.
const PLANS: [(&str, f64); 3] =
    [("ComputeSP:1yrNoUpfront", 4.5), ("EC2SP:m5.1yrPartialUpfront", 0.625), ("ComputeSP:3yrNoUpfront", 4.0)];

/// What the plans commit to by the hour, upfront payments spread over the term.
pub const COMMITTED: f64 = 4.5 + 1.25 + 4.0;

/// Most of what production runs is paid for by the plans: charged, and taken off again.
fn cover<'w>(mut whole: Line<'w>, lines: &mut Vec<Line<'w>>) {
    let covered = whole.dollars * 0.72;
    whole.dollars -= covered;
    for (record, dollars) in [(Record::Covered, covered), (Record::Negation, -covered)] {
        lines.push(Line {
            record,
            dollars,
            // What is taken off is no usage.
            usage_per_dollar: if record == Record::Covered { whole.usage_per_dollar } else { 0.0 },
            usage: whole.usage.clone(),
            dice: whole.dice.clone(),
            things: whole.things.clone(),
            ..whole
        });
    }
    lines.push(whole);
}

/// What each line came to in a span of days.
pub fn total(line: &Line<'_>, start: NaiveDate, end: NaiveDate, today: NaiveDate) -> Spent {
    let mut sum = Spent::default();
    for day in start.iter_days().take_while(|day| *day < end && *day <= today) {
        sum += line.on(day, today);
    }
    sum
}

/// By the day, all lines together.
pub fn by_day(
    lines: &[Line<'_>],
    start: NaiveDate,
    end: NaiveDate,
    today: NaiveDate,
) -> BTreeMap<NaiveDate, Spent> {
    let mut days: BTreeMap<NaiveDate, Spent> = BTreeMap::new();
    for day in start.iter_days().take_while(|day| *day < end && *day <= today) {
        let sum = days.entry(day).or_default();
        lines.iter().for_each(|line| *sum += line.on(day, today));
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_add_up_to_their_day() {
        let day = Spent { unblended: 1_234_567_890_123, usage: -7, ..Spent::default() };
        let mut sum = Spent::default();
        (0..24).for_each(|hour| sum += day.hour(hour));
        assert_eq!(sum, day);
    }

    #[test]
    fn amounts_keep_ten_digits() {
        assert_eq!(shown(12_345_678_901_234), "1234.5678901234");
        assert_eq!(shown(-5), "-0.0000000005");
        assert_eq!(shown(0), "0.0000000000");
    }
}
