//! Three detail columns of a thousand buckets: calls, time at the pacing limit, rows under throttling.

use std::collections::HashMap;

use serde_json::Value;

use crate::Result;
use crate::figure::Figure;
use crate::program::Program;
use crate::server::Server;

/// One account with somewhat more than a thousand buckets, in several regions.
const KNOBS: &str = "resources=56,latency=20ms";
const ACCOUNT: &str = "data-platform-prod";
const COUNT: &str = "select region, count(*) as n from aws_s3_bucket group by region";
const SQL: &str = "select name, versioning_enabled, block_public_acls, server_side_encryption_configuration \
                   from aws_s3_bucket";
const DETAILS: u64 = 3;

/// Of S3's, by which buckets are asked: see `src/aws/pace/quotas.txt`.
const QUOTA: &str = include_str!("../../src/aws/pace/quotas.txt");
/// What canvass takes of a quota unless it is told otherwise.
const PACE: f64 = 0.25;
const LATENCY: f64 = 0.02;

fn query<'a>(sql: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--account", ACCOUNT, "-o", "json"], more, &["query", sql]].concat()
}

/// Buckets by region.
fn buckets(program: &Program) -> Result<HashMap<String, u64>> {
    let answer: Value = serde_json::from_str(&program.run(&query(COUNT, &["--pace", "off"]))?.stdout)?;
    let rows = answer["rows"].as_array().ok_or("no rows")?;
    let row = |row: &Value| Some((row["region"].as_str()?.to_owned(), row["n"].as_u64()?));
    Ok(rows.iter().filter_map(row).collect())
}

/// Requests a second and burst of one account and region.
fn quota() -> Result<(f64, f64)> {
    let line = QUOTA.lines().find(|line| line.starts_with("s3:*\t")).ok_or("no quota of s3")?;
    let mut numbers = line.split('\t').filter_map(|part| part.parse::<f64>().ok());
    Ok((numbers.next().ok_or("no rate")? * PACE, numbers.next().ok_or("no burst")? * PACE))
}

pub fn buckets_at_the_pace() -> Result<Vec<Figure>> {
    let server = Server::start(KNOBS)?;
    let program = Program::new(&server.env)?.with("CANVASS_CACHE", "false");
    let by_region = buckets(&program)?;
    let all: u64 = by_region.values().sum();
    let needed = all.div_ceil(1000) + DETAILS * all;
    server.reset()?;
    let run = program.run(&query(SQL, &[]))?;
    let asked = server.asked()?;
    let of_buckets: u64 =
        ["s3.ListBuckets", "s3.GetBucketVersioning", "s3.GetPublicAccessBlock", "s3.GetBucketEncryption"]
            .iter()
            .map(|operation| asked.calls(operation))
            .sum();
    let calls = Figure::at_most(
        "details",
        "1,000 buckets, three detail columns: calls too many",
        asked.total_of("s3") as f64 - needed as f64,
        0.0,
        "units",
    );
    if of_buckets < needed {
        return Err(format!("{of_buckets} calls answered what takes {needed}").into());
    }
    let (rate, burst) = quota()?;
    // Regions are paced apart: the one with most buckets takes longest.
    let most = by_region.values().max().copied().unwrap_or_default() * DETAILS;
    let ideal = (most as f64 - burst).max(0.0) / rate + 2.0 * LATENCY;
    let wall = Figure::at_most(
        "details",
        "the same at the pace: wall/ideal",
        run.wall.as_secs_f64() / ideal,
        1.2,
        "x",
    );
    let about = format!("{all} buckets in {} regions, {needed} calls, ideal {ideal:.2} s", by_region.len());
    Ok(vec![calls.about(about.clone()), wall.of(&run, about), lost()?])
}

/// Rows and details that throttling costs.
fn lost() -> Result<Figure> {
    let server = Server::start(&format!("{KNOBS},throttle=0.05"))?;
    let program = Program::new(&server.env)?.with("CANVASS_CACHE", "false");
    let all: u64 = buckets(&program)?.values().sum();
    server.reset()?;
    let run = program.run(&query(SQL, &["--pace", "off"]))?;
    let answer: Value = serde_json::from_str(&run.stdout)?;
    let rows = answer["rows"].as_array().ok_or("no rows")?;
    let whole =
        rows.iter().filter(|row| !row["versioning_enabled"].is_null() && !row["block_public_acls"].is_null());
    let whole = whole.count() as u64;
    let lost = all.abs_diff(rows.len() as u64).max(all - whole.min(all));
    let figure = Figure::at_most(
        "details",
        "the same, 5% throttled: rows lost or not whole",
        lost as f64,
        0.0,
        "units",
    );
    Ok(figure.of(&run, format!("{all} rows, {} attempts throttled", server.asked()?.throttled())))
}
