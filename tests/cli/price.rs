//! What a statement costs: said before, refused where it is too much, stopped where it becomes too much.

use serde_json::Value;

use crate::support::canvass::Canvass;

const BUCKETS: &str = "select name, versioning_enabled from aws_s3_bucket";
const TWO: [&str; 3] = ["--demo", "--account", "payments-*"];

fn asked<'a>(flags: &[&'a str], sql: &'a str) -> Vec<&'a str> {
    TWO.iter().chain(flags).copied().chain(["query", "-o", "json", sql]).collect()
}

fn cost(value: &Value) -> &Value {
    &value["metadata"]["cost"]
}

#[test]
fn what_was_seen_once_is_predicted_the_next_time() {
    let canvass = Canvass::new();
    let first = canvass.run(&asked(&[], BUCKETS)).json();
    let guessed = &cost(&first)["estimated"]["guessed"];
    assert_eq!(guessed[0], "aws_s3_bucket", "{guessed}");
    let second = canvass.run(&asked(&["--fresh"], BUCKETS)).json();
    let bill = cost(&second);
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(bill["estimated"]["guessed"], Value::Null);
    let expected = number(&bill["estimated"]["total_calls"]) + number(&bill["calls_to_plan"]);
    assert_eq!(expected, number(&bill["total_calls"]), "{bill}");
    assert_eq!(bill["estimated"]["usd"], bill["usd"]);
    assert!(bill["usd"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_is_kept_costs_nothing_and_the_plan_says_so() {
    let canvass = Canvass::new().keeping_rows();
    canvass.run(&asked(&[], BUCKETS)).json();
    let arguments: Vec<&str> = TWO.into_iter().chain(["query", "--explain", "-o", "json", BUCKETS]).collect();
    let plan = canvass.run(&arguments).json();
    assert_eq!(plan["estimate"]["total_calls"], 0, "{plan}");
    let again = canvass.run(&asked(&["--max-calls", "1"], BUCKETS));
    assert_eq!(again.code, 0, "{}", again.stderr);
}

#[test]
fn more_than_the_limit_is_refused_before_anything_is_asked() {
    let canvass = Canvass::new();
    let run = canvass.run(&asked(&["--max-calls", "5"], BUCKETS));
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("the limit is 5 (--max-calls)"), "{}", run.stderr);
    assert!(run.stderr.contains("was guessed: no run has seen it yet"), "{}", run.stderr);
    let run = canvass.run(&asked(&["--max-cost", "0.000001"], BUCKETS));
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("(--max-cost)"), "{}", run.stderr);
    let run = canvass.run(&asked(&["--max-cost", "a lot"], BUCKETS));
    assert_eq!(run.code, 2, "{}", run.stderr);
}

/// What a first look cannot know: these accounts have more buckets than is guessed.
#[test]
fn what_becomes_more_than_the_limit_is_stopped_and_answered_in_part() {
    let canvass = Canvass::new();
    let own = |value: &Value| {
        let number = |name: &str| cost(value)[name].as_u64().unwrap();
        number("total_calls") - number("calls_to_plan")
    };
    let whole = canvass.run(&asked(&[], BUCKETS)).json();
    let expected = cost(&whole)["estimated"]["total_calls"].as_u64().unwrap();
    assert!(expected < own(&whole), "{expected} calls were expected of {}", cost(&whole));
    let limit = expected.to_string();
    let run = Canvass::new().run(&asked(&["--max-calls", &limit], BUCKETS));
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(own(&run.json()) <= expected, "{} under a limit of {limit}", cost(&run.json()));
    let told = format!("the limit of {limit} calls (--max-calls) was reached");
    assert!(run.stdout.contains(&told), "{}", run.stdout);
}
