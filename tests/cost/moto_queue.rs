//! moto answers Cost Explorer from a queue: what a third party's server sends is what is shown.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{rows, text};
use crate::support::canvass::Canvass;
use crate::support::moto::Moto;

/// Puts answers to GetCostAndUsage into moto's queue.
fn answer_with(moto: &Moto, results: &serde_json::Value) {
    let body = serde_json::json!({ "results": results }).to_string();
    let host = moto.endpoint();
    let host = host.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /moto-api/static/ce/cost-and-usage-results HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains(" 201 ") || said.contains(" 200 "), "{said}");
}

fn page(day: u32, amount: &str, token: Option<&str>) -> serde_json::Value {
    let group = |service: &str| serde_json::json!({"Keys": [service], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}});
    serde_json::json!({
        "NextPageToken": token,
        "ResultsByTime": [{
            "TimePeriod": {"Start": format!("2026-11-{day:02}"), "End": format!("2026-11-{:02}", day + 1)},
            "Total": {},
            "Groups": [group("Amazon Simple Storage Service"), group("AWS Lambda")],
            "Estimated": day > 19,
        }],
    })
}

const SQL: &str = "select period_start, service, amount, unit, estimated from aws_cost_and_usage where granularity = 'DAILY' order by period_start, service";

fn program(moto: &Moto) -> Canvass {
    Canvass::new()
        .env("AWS_ENDPOINT_URL", &moto.endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("CANVASS_HUB_ROLE", "none")
        .env("CANVASS_ORGANIZATION", "current")
        .env("CANVASS_MAX_ATTEMPTS", "1")
}

#[test]
fn pages_of_another_server_are_shown_to_the_last_digit_and_a_circle_of_them_ends() {
    let Some(moto) = Moto::own("cost explorer") else { return };
    let small = "0.1000000000000000055511151231257827";
    answer_with(&moto, &serde_json::json!([page(18, small, Some("two")), page(19, "-12.5", None)]));
    let run = program(&moto).run(&["query", "-o", "json", SQL]);
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let found = rows(&run);
    assert_eq!(found.len(), 4, "{}", run.snapshot());
    assert_eq!(text(&found[0]["service"]), "AWS Lambda");
    assert!(run.snapshot().contains(small), "{}", run.snapshot());

    let looping: Vec<_> = (0..9).map(|_| page(18, "1", Some("again"))).collect();
    answer_with(&moto, &serde_json::Value::Array(looping));
    // moto gives the same answer to the same question for ever.
    let other = SQL.replace("'DAILY'", "'MONTHLY'");
    let run = program(&moto).run(&["query", &other]);
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(run.snapshot().contains("the same page token came twice"), "{}", run.snapshot());
    assert!(run.snapshot().contains("2 calls"), "{}", run.snapshot());
}
