//! The demo's bill adds up whichever way it is asked for; what cannot be asked is refused before it costs.

use super::{rows, text};
use crate::support::canvass::{Canvass, Run};
use crate::support::demo_server::DemoServer;

const MONTH: &str = "period_start >= '2026-10-01' and period_start < '2026-11-01'";

fn ask(sql: &str) -> Run {
    Canvass::new().demo(&["query", "-o", "json", sql])
}

fn one(sql: &str) -> String {
    let run = ask(sql);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let row = rows(&run).remove(0);
    text(row.as_object().unwrap().values().next().unwrap())
}

#[test]
fn a_month_comes_to_the_same_by_day_by_month_and_by_whatever_it_is_broken_down() {
    let total = |granularity: &str, by: &str| {
        one(&format!(
            "select sum(amount) as cost from (select {by}, amount from aws_cost_and_usage where granularity = '{granularity}' and {MONTH}) as c"
        ))
    };
    let whole = total("MONTHLY", "period_start");
    assert_eq!(whole.split_once('.').unwrap().1.len(), 10, "{whole}");
    for (granularity, by) in [
        ("DAILY", "period_start"),
        ("DAILY", "service, account_id"),
        ("MONTHLY", "usage_type, region"),
        ("MONTHLY", "record_type, account_name"),
    ] {
        assert_eq!(total(granularity, by), whole, "{granularity} by {by}");
    }
    let tagged = one(&format!(
        "select sum(amount) from aws_cost_and_usage where granularity = 'MONTHLY' and tag_key = 'team' and {MONTH}"
    ));
    assert_eq!(tagged, whole);
    // The published tables keep doubles, which agree as far as doubles go.
    let published = one(&format!(
        "select round(sum(unblended_cost_amount)::numeric, 6) from aws_cost_by_service_monthly where {MONTH}"
    ));
    let rounded = one(&format!(
        "select round(sum(amount), 6) from aws_cost_and_usage where granularity = 'MONTHLY' and {MONTH}"
    ));
    assert_eq!(published, rounded);
}

#[test]
fn hours_come_to_their_day() {
    let of = |granularity: &str| {
        one(&format!(
            "select sum(amount) from aws_cost_and_usage where granularity = '{granularity}' and period_start >= '2026-11-18' and period_start < '2026-11-19'"
        ))
    };
    assert_eq!(of("HOURLY"), of("DAILY"));
}

#[test]
fn pages_are_followed_counted_and_paid_for() {
    let sql = format!("select sum(amount) from aws_cost_and_usage where granularity = 'DAILY' and {MONTH}");
    let small = Canvass::new().run(&["--demo=page_size=10", "query", "-o", "json", &sql]);
    let metadata = small.json()["metadata"].clone();
    assert_eq!(text(&rows(&small)[0]["sum"]), one(&sql));
    assert_eq!(metadata["coverage"]["units"], serde_json::json!([]), "{metadata}");
    let shown = small.json()["metadata"].to_string();
    assert!(shown.contains("ce:GetCostAndUsage"), "{shown}");
    let text = Canvass::new().run(&["--demo=page_size=10", "query", &sql]).snapshot();
    assert!(text.contains("4 calls · $0.04"), "{text}");
}

#[test]
fn a_value_that_is_fixed_takes_no_place_and_its_filter_is_not_grouped_by() {
    let by_two = format!(
        "select usage_type, account_name, region, service, amount from aws_cost_and_usage where granularity = 'MONTHLY' and region = 'eu-west-1' and service = 'EC2 - Other' and {MONTH}"
    );
    let run = ask(&by_two);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let found = rows(&run);
    assert!(found.len() > 3);
    assert!(found.iter().all(|row| row["region"] == "eu-west-1" && row["service"] == "EC2 - Other"));
    // Of four dimensions that are only filtered by, none has to be grouped by.
    let filtered = format!(
        "select sum(amount) from aws_cost_and_usage where granularity = 'MONTHLY' and {MONTH} and service in ('EC2 - Other', 'AWS Lambda') and region <> 'us-east-1' and record_type = 'Usage' and account_id <> '100000000006'"
    );
    assert_eq!(ask(&filtered).code, 0);
    let plan = Canvass::new().demo(&["query", "--explain", &filtered]).snapshot();
    assert!(plan.contains("aws_cost_and_usage [amount]"), "{plan}");
}

#[test]
fn names_and_tags_are_those_of_the_account_that_the_cost_is_of() {
    let found = rows(&ask(&format!(
        "select account_id, account_name, ou_path, account_tags ->> 'team' as team, amount from aws_cost_and_usage where granularity = 'MONTHLY' and account_name = 'payments-prod' and {MONTH}"
    )));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0]["account_id"].as_str(), found[0]["ou_path"].as_str(), found[0]["team"].as_str()),
        (Some("100000000006"), Some("Root/Workloads/Prod"), Some("payments"))
    );
    let scoped = Canvass::new().demo(&[
        "query",
        "-o",
        "json",
        "--account",
        "payments-*",
        &format!(
            "select account_name, amount from aws_cost_and_usage where granularity = 'MONTHLY' and {MONTH}"
        ),
    ]);
    let names: Vec<String> = rows(&scoped).iter().map(|row| text(&row["account_name"])).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_cost_explorer_cannot_do_is_refused_before_it_is_asked() {
    for (sql, said) in [
        (
            "select service, region, usage_type, amount from aws_cost_and_usage where granularity = 'DAILY'",
            "takes 3: service, region, usage_type",
        ),
        (
            "select * from aws_cost_and_usage where granularity = 'DAILY'",
            "can be broken down by 2 columns at once",
        ),
        (
            "select amount from aws_cost_and_usage where granularity = 'WEEKLY'",
            "there is no granularity 'WEEKLY'",
        ),
        ("select amount from aws_cost_and_usage", "cannot be listed without granularity"),
        (
            "select tag_value, amount from aws_cost_and_usage where granularity = 'DAILY'",
            "add where tag_key = '...'",
        ),
    ] {
        let run = Canvass::new().demo(&["query", sql]);
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(run.snapshot().contains(said), "{}", run.snapshot());
    }
}

#[test]
fn a_time_without_periods_asks_nobody() {
    for period in [
        "period_start >= '2027-03-01'",
        "period_start >= '2026-10-01' and period_end <= '2026-09-01'",
        "period_start = '2026-10-10'",
    ] {
        let sql = format!("select amount from aws_cost_and_usage where granularity = 'MONTHLY' and {period}");
        let shown = Canvass::new().demo(&["query", &sql]).snapshot();
        assert!(shown.contains("0 rows · 1/1 account answered · 0 calls"), "{shown}");
    }
}

#[test]
fn whoever_may_not_see_costs_is_told_what_to_do() {
    let server = DemoServer::start("true");
    let sql = "select amount from aws_cost_and_usage where granularity = 'MONTHLY'";
    for (payer, said) in [
        ("100000000002", "switch it on in the Billing console of the payer"),
        ("100000000018", "User not enabled for cost explorer access"),
    ] {
        let run = server.client().env("CANVASS_PAYER_ACCOUNT", payer).run(&["query", sql]);
        assert_eq!(run.code, 3, "{}", run.snapshot());
        assert!(run.snapshot().contains(said), "{}", run.snapshot());
    }
    // A member that may look sees its own costs, and nothing says that they are all.
    let own = server.client().env("CANVASS_PAYER_ACCOUNT", "100000000006").run(&[
        "query",
        "-o",
        "json",
        "select account_name, amount from aws_cost_and_usage where granularity = 'MONTHLY' and period_start = '2026-10-01'",
    ]);
    let names: Vec<String> = rows(&own).iter().map(|row| text(&row["account_name"])).collect();
    assert_eq!(names, ["payments-prod"]);
    let role = server.client().env("CANVASS_PAYER_ROLE", "CostReadOnly").run(&["query", sql]);
    assert_eq!(role.code, 2);
    assert!(role.snapshot().contains("payer_role 'CostReadOnly' is of no account"), "{}", role.snapshot());
    let missing = server
        .client()
        .env("CANVASS_PAYER_ACCOUNT", "100000000006")
        .env("CANVASS_PAYER_ROLE", "CostReadOnly")
        .run(&["query", sql]);
    assert!(missing.snapshot().contains("assume"), "{}", missing.snapshot());
}

#[test]
fn the_spike_is_in_the_bill_and_among_the_anomalies() {
    let anomaly = rows(&ask(
        "select anomaly_start_date, anomaly_end_date, total_impact, root_causes -> 0 ->> 'UsageType' as usage_type from aws_ce_anomaly",
    ));
    assert_eq!(anomaly.len(), 1, "{anomaly:?}");
    let spent = one(
        "select sum(amount) from aws_cost_and_usage where granularity = 'DAILY' and usage_type = 'BoxUsage:p4d.24xlarge' and period_start >= '2026-11-01'",
    );
    let spent: f64 = spent.parse().unwrap();
    let impact: f64 = text(&anomaly[0]["total_impact"]).parse().unwrap();
    assert!((spent - impact).abs() < 0.01, "{spent} {impact}");
    assert_eq!(anomaly[0]["usage_type"], "BoxUsage:p4d.24xlarge");
}
