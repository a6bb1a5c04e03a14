//! A day of five million log events behind Logs Insights' cap of 10,000 rows.

use serde_json::Value;

use crate::Result;
use crate::figure::Figure;
use crate::program::{Program, Run};
use crate::server::Server;

/// One account has the group; a night lull, crowded minutes, thousands of events in one millisecond.
const DAY: &str = "from aws_cloudwatch_log_insight where log_group_name = '/ecs/checkout' and query = 'fields @timestamp' \
                   and timestamp >= timestamp '2026-03-01 00:00:00Z' and timestamp < timestamp '2026-03-02 00:00:00Z'";

const CAP: u64 = 10_000;

pub fn day() -> Result<Vec<Figure>> {
    let server = Server::start("accounts=8,regions=1,logs=350,now=2026-03-02T12:00:00Z")?;
    let program = Program::new(&server.env)?.with("CANVASS_CACHE", "false");
    let ask = |columns: &str, tail: &str| {
        let sql = format!("select {columns} {DAY} and account_name = 'checkout-prod'{tail}");
        program.run(&["--pace", "off", "--unit-timeout", "1h", "-o", "ndjson", "query", &sql])
    };
    // What there is, told by one query that counts.
    let counted = format!("select fields ->> 'n' as n {DAY} and account_name = 'checkout-prod'");
    let counted = counted.replace("'fields @timestamp'", "'stats count(*) as n'");
    let truth = number(&program.run(&["--pace", "off", "-o", "ndjson", "query", &counted])?, "n")?;
    let once = ask("count(*) as n, count(distinct ptr) as d", "")?;
    if (number(&once, "n")?, number(&once, "d")?) != (truth, truth) {
        return Err(format!("{truth} events, and the answer has {}", once.stdout).into());
    }
    server.reset()?;
    let rows = ask("timestamp, ptr", "")?;
    if rows.lines as u64 != truth {
        return Err(format!("{truth} events, and {} lines", rows.lines).into());
    }
    let asked = server.asked()?;
    let (queries, ideal) = (asked.calls("logs.StartQuery"), truth.div_ceil(CAP));
    let what = format!("{truth} rows of a day: queries by the ideal {ideal}");
    let more = format!(
        "{queries} queries, {} questions after them, latency 0, no pace; every event once",
        asked.calls("logs.GetQueryResults")
    );
    Ok(vec![
        Figure::at_most("insights", what, queries as f64 / ideal as f64, 1.5, "x").of(&rows, more),
        Figure::at_most("insights", "the same to ndjson: peak memory", rows.peak_mb(), 300.0, "MB"),
    ])
}

fn number(run: &Run, name: &str) -> Result<u64> {
    let line: Value = serde_json::from_str(run.stdout.lines().next().ok_or("no answer")?)?;
    let value = line.get(name).ok_or("no such column")?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| format!("{value} is no number").into())
}
