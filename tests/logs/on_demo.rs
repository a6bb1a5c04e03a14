//! Statements about logs on the demo organization.

use std::collections::BTreeSet;

use canvass::model::{NotAsked, UnitStatus};

use crate::engine_on_demo::{Demo, ask, demo, scope};

const NOW: &str = "2026-03-10T12:00:00Z";

fn checkout(knobs: &str) -> Demo {
    demo(&format!("accounts=8,regions=1,now={NOW},{knobs}"), |settings| {
        settings.scope = scope(&["checkout-prod"], &["us-east-1"]);
        settings.now = Some(NOW.parse().unwrap());
        settings.fan_out.pace = None;
    })
}

fn insight(columns: &str, group: &str, query: &str, since: &str) -> String {
    format!(
        "select {columns} from aws_cloudwatch_log_insight where {group} and query = $q${query}$q$ and timestamp > {since}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_insights_tells_behind_its_cap_is_what_the_events_are() {
    // 30,000 events in an hour and a half, at the busiest time of the day.
    let demo = checkout("logs=22");
    let (since, until) = ("timestamp '2026-03-10 10:30:00.500Z'", "timestamp '2026-03-10 12:00:00Z'");
    let group = "log_group_name = '/ecs/checkout'";
    let events = format!(
        "select log_stream_name, timestamp::text from aws_cloudwatch_log_event where {group} and timestamp > {since} and timestamp < {until}"
    );
    let told = insight("log_stream_name, timestamp::text", group, "fields @timestamp", since);
    let told = format!("{told} and timestamp < {until}");
    let (mut events, coverage) = ask(&demo, &events).await;
    assert!(coverage.is_complete() && events.len() > 25_000, "{} {coverage:?}", events.len());
    let (mut rows, coverage) = ask(&demo, &told).await;
    assert!(coverage.is_complete(), "{coverage:?}");
    events.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows.len(), events.len());
    assert!(rows == events, "the same events, and each as often");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_incident_of_a_function_is_found_with_its_messages_whole() {
    let demo = checkout("");
    let group = "log_group_name = '/aws/lambda/order-intake'";
    let since = "timestamp '2026-03-10 11:15:00Z'";
    let sql = insight(
        "timestamp, (fields ->> 'errors')::int as errors",
        group,
        "filter level = 'ERROR' | stats count(*) as errors by bin(5m)",
        since,
    );
    let (rows, _) = ask(&demo, &format!("{sql} order by errors desc limit 1")).await;
    assert!(rows[0].starts_with("2026-03-10T11:2") || rows[0].starts_with("2026-03-10T11:3"), "{rows:?}");
    let cut = insight(
        "length(message) as whole, length(fields ->> '@message') as shown, message::jsonb ->> 'errorType' as kind",
        group,
        "fields @message | filter level = 'ERROR' and strlen(@message) > 1200 | limit 4",
        since,
    );
    let (rows, coverage) = ask(&demo, &cut).await;
    assert!(coverage.is_complete() && rows.len() == 4, "{rows:?}");
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        assert!(cells[0].parse::<usize>().unwrap() > 1_200 && cells[1] == "1000" && cells[2] != "∅", "{row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_group_is_absent_where_it_is_not_and_that_makes_no_answer_incomplete() {
    let demo = demo("", |settings| {
        settings.scope = scope(&["checkout-prod", "web-prod"], &["us-east-1", "us-east-2"])
    });
    for table in ["aws_cloudwatch_log_event", "aws_cloudwatch_log_insight"] {
        let query = if table.ends_with("insight") { " and query = 'fields @message'" } else { "" };
        let sql = format!(
            "select distinct account_name from {table} where log_group_name = '/ecs/web' and timestamp > now() - interval '20 minutes'{query}"
        );
        let (rows, coverage) = ask(&demo, &sql).await;
        assert_eq!(rows, ["web-prod"], "{table}");
        assert!(coverage.is_complete(), "{table}: {coverage:?}");
        let absent =
            coverage.units.iter().filter(|u| u.status == UnitStatus::NotAsked { reason: NotAsked::Absent });
        assert!(absent.count() >= 2, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_counted_together_are_one_answer_and_by_name_each_its_own() {
    let demo = demo("", |settings| settings.scope = scope(&["checkout-prod"], &["us-east-1"]));
    let since = "now() - interval '30 minutes'";
    let count = "stats count(*) as n";
    let together =
        insight("(fields ->> 'n')::int", "log_groups = '/ecs/*, /aws/lambda/order-intake'", count, since);
    let (rows, _) = ask(&demo, &together).await;
    assert_eq!(rows.len(), 1);
    let apart = insight(
        "log_group_name, (fields ->> 'n')::int",
        "log_group_name in ('/ecs/checkout', '/aws/lambda/order-intake')",
        count,
        since,
    );
    let (apart, _) = ask(&demo, &apart).await;
    let names: BTreeSet<&str> = apart.iter().map(|row| row.split('|').next().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["/aws/lambda/order-intake", "/ecs/checkout"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_query_says_where_and_no_query_says_what_to_write() {
    let demo = demo("", |settings| settings.scope = scope(&["checkout-prod"], &["us-east-1"]));
    let sql = insight(
        "message",
        "log_group_name = '/ecs/checkout'",
        "fields @message | fitler a = 1",
        "now() - interval '5 minutes'",
    );
    let (rows, coverage) = ask(&demo, &sql).await;
    let fault = coverage.units[0].fault().unwrap();
    assert!(rows.is_empty() && fault.code.as_deref() == Some("MalformedQueryException"), "{fault}");
    assert!(fault.message.contains("line 1 and position"), "{fault}");
    let without = "select message from aws_cloudwatch_log_insight where log_group_name = '/ecs/checkout'";
    let error = demo.engine.prepare(without).await.err().unwrap();
    assert_eq!(error.message(), "aws_cloudwatch_log_insight cannot be listed without query and timestamp");
    let hints = error.hints().join("\n");
    assert!(
        hints.contains("query = '...' and timestamp > now() - interval '1 hour', such as: select"),
        "{hints}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_of_a_day_come_once_though_a_call_covers_six_hours() {
    let demo = checkout("");
    let sql = "select count(*), count(distinct id), min(start_time) >= timestamp '2026-03-09 12:00:00Z' from aws_xray_trace_summary \
               where start_time >= timestamp '2026-03-09 12:00:00Z' and start_time < timestamp '2026-03-10 12:00:00Z'";
    let (rows, coverage) = ask(&demo, sql).await;
    let cells: Vec<&str> = rows[0].split('|').collect();
    assert!(
        cells[0] == cells[1] && cells[0].parse::<usize>().unwrap() > 500 && cells[2] == "true",
        "{rows:?}"
    );
    assert!(coverage.units[0].calls >= 4, "{:?}", coverage.units[0]);
    let slow = "select bool_and(response_time > 2), count(*) > 0 from aws_xray_trace_summary \
                where start_time > timestamp '2026-03-10 11:00:00Z' and filter_expression = 'responsetime > 2'";
    assert_eq!(ask(&demo, slow).await.0, ["true|true"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_groups_and_streams_are_narrowed_at_the_service() {
    let demo = demo("", |settings| settings.scope = scope(&["checkout-prod"], &["us-east-1"]));
    let (all, _) =
        ask(&demo, "select name from aws_cloudwatch_log_group where name like '/aws/lambda/%' order by name")
            .await;
    assert!(all.len() > 1 && all.iter().all(|name| name.starts_with("/aws/lambda/")), "{all:?}");
    let (part, _) =
        ask(&demo, "select name from aws_cloudwatch_log_group where name like '%lambda%' order by name")
            .await;
    assert_eq!(all, part);
    let events = "select distinct left(log_stream_name, 9) from aws_cloudwatch_log_event where log_group_name = '/ecs/checkout' \
                  and log_stream_name like 'checkout/%' and timestamp > now() - interval '10 minutes'";
    assert_eq!(ask(&demo, events).await.0, ["checkout/"]);
}
