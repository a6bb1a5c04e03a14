//! Calls and dollars as they were expected and as they were, for fifty statements over the demo organization.

use std::collections::BTreeSet;

use futures::StreamExt as _;

use super::{Demo, demo_routed as demo};
use crate::support::canvass::NOW;

const STATEMENTS: &str = include_str!("predicted.sql");

/// Calls and dollars: expected, and real.
struct Compared {
    sql: &'static str,
    calls: (u64, u64),
    usd: (f64, f64),
}

impl Compared {
    /// How far off the expectation was, as a share of what was real: less is under.
    fn off(expected: f64, real: f64) -> f64 {
        if real == 0.0 { expected } else { (expected - real) / real }
    }

    fn calls_off(&self) -> f64 {
        Self::off(self.calls.0 as f64, self.calls.1 as f64)
    }

    fn worst(&self) -> f64 {
        self.calls_off().abs().max(Self::off(self.usd.0, self.usd.1).abs())
    }
}

async fn compare(demo: &Demo, sql: &'static str) -> Compared {
    let prepared = demo.engine.prepare(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let expected = prepared.plan().estimate.clone();
    let mut answer = prepared.run().await.unwrap();
    while let Some(batch) = answer.batches.next().await {
        batch.unwrap();
    }
    answer.coverage().await;
    let bill = answer.bill();
    Compared {
        sql,
        calls: (expected.total_calls, bill.total_calls - bill.calls_to_plan),
        usd: (expected.usd.as_f64(), bill.usd.as_f64()),
    }
}

fn tables() -> BTreeSet<&'static str> {
    let words = STATEMENTS.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("aws_")).collect()
}

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for by hand")]
fn report(of: &str, compared: &[Compared]) -> (usize, usize) {
    for one in compared.iter().filter(|one| one.worst() > 0.1) {
        let (calls, usd) = (one.calls, one.usd);
        println!("{of}: {calls:?} calls, {usd:?} dollars: {}", one.sql);
    }
    let within = compared.iter().filter(|one| one.worst() <= 0.1).count();
    let far_under = compared.iter().filter(|one| one.calls_off() < -0.2).count();
    println!("{of}: {within} of {} within 10%, {far_under} more than 20% under", compared.len());
    (within, far_under)
}

/// Where each table was listed once before, with none of the columns that are asked for now.
#[tokio::test]
async fn what_a_statement_takes_is_known_before() {
    let demo = demo("", |settings| settings.now = Some(NOW.parse().unwrap()));
    for table in tables() {
        let columns = demo.engine.prepare(&format!("select account_id from {table}")).await.unwrap();
        let mut answer = columns.run().await.unwrap();
        while let Some(batch) = answer.batches.next().await {
            batch.unwrap();
        }
        answer.coverage().await;
    }
    let mut compared = Vec::new();
    for sql in STATEMENTS.lines() {
        compared.push(compare(&demo, sql).await);
    }
    let (within, far_under) = report("seen", &compared);
    assert_eq!(compared.len(), 50);
    assert!(within >= 45 && far_under == 0, "{within} within 10%, {far_under} more than 20% under");
}

/// The first statement of an operator's first day, for the figure only: `CANVASS_TEST_FIRST_LOOK=1`.
#[tokio::test]
async fn what_nobody_has_seen_is_guessed() {
    if std::env::var_os("CANVASS_TEST_FIRST_LOOK").is_none() {
        return;
    }
    let mut compared = Vec::new();
    for sql in STATEMENTS.lines() {
        let demo = demo("", |settings| settings.now = Some(NOW.parse().unwrap()));
        compared.push(compare(&demo, sql).await);
    }
    report("first", &compared);
}
