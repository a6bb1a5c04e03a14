//! The bill as a CUR 2.0 export: a file of CSV for each of the last months, its amounts those of Cost Explorer.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;
use chrono::{Datelike as _, Months, NaiveDate};
use flate2::Compression;
use flate2::write::GzEncoder;
use parking_lot::Mutex;

use super::ask::today;
use super::bill::{Line, Record, lines, shown, shown_usage};
use super::{Call, Spent};
use crate::demo::services::s3::Stored;

/// What the bucket is called, after its account and before its region.
pub const PURPOSE: &str = "billing-exports";
const EXPORT: &str = "cur2/acme-cur2";
/// Months that the export holds: it was switched on then.
const MONTHS: u32 = 2;

/// The export's objects whose keys may begin so; `None` where the bucket is another.
pub fn objects(call: &Call<'_>, bucket: &str, prefix: &str) -> Option<Vec<Stored>> {
    let payer = call.world.organization.management();
    if bucket != format!("{}-{PURPOSE}-us-east-1", payer.name) {
        return None;
    }
    let today = today(call);
    let first = today.with_day(1).unwrap_or(today);
    let mut found = Vec::new();
    for back in (0..MONTHS).rev() {
        let Some(month) = first.checked_sub_months(Months::new(back)) else { continue };
        let period = format!("BILLING_PERIOD={}", month.format("%Y-%m"));
        let data = format!("{EXPORT}/data/{period}/acme-cur2-00001.csv.gz");
        let manifest = format!("{EXPORT}/metadata/{period}/acme-cur2-Manifest.json");
        let modified = call.world.today;
        if may_begin(&data, prefix) {
            found.push(Stored { bytes: file(call, month), key: data.clone(), modified });
        }
        if may_begin(&manifest, prefix) {
            let text = format!(r#"{{"exportArn":"acme-cur2","dataFiles":["s3://{bucket}/{data}"]}}"#);
            found.push(Stored { key: manifest, modified, bytes: text.into() });
        }
    }
    Some(found)
}

fn may_begin(key: &str, prefix: &str) -> bool {
    key.starts_with(prefix) || prefix.starts_with(key)
}

/// The files made last, by world and month: one is read in several pieces.
static MADE: LazyLock<Mutex<Vec<(String, Bytes)>>> = LazyLock::new(Mutex::default);
const KEPT: usize = 6;

fn file(call: &Call<'_>, month: NaiveDate) -> Bytes {
    let name = format!("{:?} {} {month}", call.world.knobs, call.world.today);
    if let Some((_, bytes)) = MADE.lock().iter().find(|(known, _)| *known == name) {
        return bytes.clone();
    }
    let bytes = Bytes::from(gzip(&csv(call, month)));
    let mut made = MADE.lock();
    if made.len() >= KEPT {
        made.remove(0);
    }
    made.push((name, bytes.clone()));
    bytes
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Memory takes whatever is written.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().unwrap_or_default()
}

const COLUMNS: [&str; 24] = [
    "identity_line_item_id",
    "bill_bill_type",
    "bill_payer_account_id",
    "bill_billing_period_start_date",
    "bill_billing_period_end_date",
    "line_item_usage_account_id",
    "line_item_usage_account_name",
    "line_item_line_item_type",
    "line_item_usage_start_date",
    "line_item_usage_end_date",
    "line_item_product_code",
    "product_servicename",
    "line_item_usage_type",
    "line_item_operation",
    "line_item_resource_id",
    "line_item_usage_amount",
    "pricing_unit",
    "line_item_currency_code",
    "line_item_unblended_cost",
    "line_item_net_unblended_cost",
    "line_item_line_item_description",
    "product_region_code",
    "product_instance_type",
    "resource_tags",
];

fn csv(call: &Call<'_>, month: NaiveDate) -> String {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let (today, payer) = (today(call), call.world.organization.management());
    let asked = Call { account: payer, ..*call };
    let mut text = COLUMNS.join(",");
    text.push('\n');
    let mut number = 0;
    for line in &lines(&asked) {
        for day in month.iter_days().take_while(|day| *day < next && *day <= today) {
            let whole = line.on(day, today);
            if whole == Spent::default() {
                continue;
            }
            for (resource, spent) in shares(line, whole) {
                number += 1;
                row(&mut text, number, &payer.id, line, (month, next), day, &resource, spent);
            }
        }
    }
    text
}

/// What each resource has of a line's day, to the last digit; the last one has what is left.
fn shares(line: &Line<'_>, whole: Spent) -> Vec<(String, Spent)> {
    let names = match line.kind {
        "ec2:instance" | "rds:instance" if line.record != Record::Negation => line.resources(),
        _ => Vec::new(),
    };
    let many = names.len() as i64;
    if many == 0 {
        return vec![(String::new(), whole)];
    }
    let part = |amount: i64, at: i64| amount * (at + 1) / many - amount * at / many;
    let share = |(at, name): (usize, String)| {
        let at = at as i64;
        let spent = Spent {
            unblended: part(whole.unblended, at),
            net: part(whole.net, at),
            usage: part(whole.usage, at),
            ..Spent::default()
        };
        (name, spent)
    };
    names.into_iter().enumerate().map(share).collect()
}

#[allow(clippy::too_many_arguments)]
fn row(
    text: &mut String,
    number: usize,
    payer: &str,
    line: &Line<'_>,
    (month, next): (NaiveDate, NaiveDate),
    day: NaiveDate,
    resource: &str,
    spent: Spent,
) {
    let tags = ["team", "env", "cost_center"].map(|key| (key, line.tag(key)));
    let tags: Vec<String> = tags
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!(r#"""user_{key}"":""{value}"""#))
        .collect();
    let kind = if line.record == Record::Refund { "Refund" } else { "Anniversary" };
    let (record, next_day) = (line.record.as_str(), day.succ_opt().unwrap_or(day));
    let account = line.account;
    // Memory takes whatever is written.
    let _ = writeln!(
        text,
        "{number:012},{kind},{payer},{month}T00:00:00.000Z,{next}T00:00:00.000Z,{},{},{record},\
         {day}T00:00:00.000Z,{next_day}T00:00:00.000Z,{},{},{},{},{resource},{},{},USD,{},{},\
         \"{record} of {}, \"\"{}\"\"\",{},{},\"{{{}}}\"",
        account.id,
        account.name,
        code(line.service),
        line.service,
        line.usage,
        line.operation,
        shown_usage(spent.usage),
        line.unit,
        shown(spent.unblended),
        shown(spent.net),
        line.service,
        line.usage,
        line.region,
        line.instance_type().unwrap_or_default(),
        tags.join(","),
    );
}

/// What bills call a service.
fn code(service: &str) -> String {
    match service {
        "Amazon Elastic Compute Cloud - Compute" | "EC2 - Other" => "AmazonEC2".to_owned(),
        "Amazon Relational Database Service" => "AmazonRDS".to_owned(),
        "Amazon Simple Storage Service" => "AmazonS3".to_owned(),
        "Savings Plans for AWS Compute usage" => "ComputeSavingsPlans".to_owned(),
        other => other.split_whitespace().filter(|word| word.chars().all(char::is_alphanumeric)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bill;
    use super::*;
    use crate::demo::identity::{Caller, Principal};
    use crate::demo::rehearsal::world;
    use crate::model::Json;

    #[test]
    fn a_month_of_the_export_comes_to_what_cost_explorer_says() {
        let world = world("accounts=8,regions=3");
        let payer = world.organization.management();
        let call = Call {
            world: &world,
            account: payer,
            region: "us-east-1",
            caller: &Caller::new(&payer.id, Principal::User("operator".to_owned())),
            operation: "GetObject",
            input: &Json::Null,
            now: world.today,
            shapes: None,
            whole: true,
        };
        let today = today(&call);
        let month = today.with_day(1).unwrap();
        let next = month.checked_add_months(Months::new(1)).unwrap();
        let text = csv(&call, month);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let at = COLUMNS.iter().position(|column| *column == "line_item_unblended_cost").unwrap();
        let digits = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
        let exported: i64 = reader.records().map(|record| digits(&record.unwrap()[at])).sum();
        let told: i64 = lines(&call).iter().map(|line| bill::total(line, month, next, today).unblended).sum();
        assert_eq!(exported, told);
        assert_ne!(told, 0);
    }
}
