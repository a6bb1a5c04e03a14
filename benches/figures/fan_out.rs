//! One call to each of thousands of accounts and regions.

use std::sync::Arc;

use canvass::catalog::Catalog;
use canvass::demo::World;
use serde_json::Value;

use crate::Result;
use crate::figure::Figure;
use crate::program::Program;
use crate::server::Server;

const SQL: &str = "select count(*) as n, count(distinct account_id) as a from aws_vpc";
const CALL: &str = "ec2.DescribeVpcs";
const CONCURRENCY: f64 = 256.0;
const LATENCY: f64 = 0.05;

/// What AWS lets a region's STS take.
const ASSUME_ROLE_A_SECOND: f64 = 600.0;

const QUERY: [&str; 6] = ["--pace", "off", "--concurrency", "256", "query", SQL];

fn program(server: &Server) -> Result<Program> {
    Ok(Program::new(&server.env)?.with("CANVASS_CACHE", "false"))
}

/// What latency alone takes.
fn ideal(calls: u64, latency: f64) -> f64 {
    calls as f64 * latency / CONCURRENCY
}

pub fn warm() -> Result<Vec<Figure>> {
    let server = Server::start("accounts=1000,regions=4,latency=50ms")?;
    let program = program(&server)?;
    program.run(&QUERY)?;
    server.reset()?;
    program.run(&QUERY)?;
    let calls = server.asked()?.calls(CALL);
    let run = program.median(5, &QUERY)?;
    let ideal = ideal(calls, LATENCY);
    let figure = Figure::at_most(
        "warm",
        "1,000 accounts x 4 regions, 50 ms, warm: wall/ideal",
        run.wall.as_secs_f64() / ideal,
        1.15,
        "x",
    );
    Ok(vec![figure.of(&run, format!("{calls} calls, ideal {ideal:.2} s"))])
}

pub fn cold() -> Result<Vec<Figure>> {
    let server = Server::start("accounts=1000,regions=4,latency=50ms")?;
    let run = program(&server)?.run(&QUERY)?;
    let asked = server.asked()?;
    let (calls, assumed) = (asked.total(), asked.calls("sts.AssumeRole"));
    let ideal = ideal(calls, LATENCY).max(assumed as f64 / ASSUME_ROLE_A_SECOND);
    let figure =
        Figure::at_most("cold", "the same, cold: wall/ideal", run.wall.as_secs_f64() / ideal, 1.15, "x");
    let tags = asked.calls("organizations.ListTagsForResource");
    let more =
        format!("{calls} calls, {assumed} AssumeRole, {tags} of tags; ideal with STS's quota {ideal:.2} s");
    Ok(vec![figure.of(&run, more)])
}

pub fn throttled() -> Result<Vec<Figure>> {
    let server = Server::start("accounts=1000,regions=4,latency=50ms,throttle=0.05")?;
    let program = program(&server)?;
    program.run(&QUERY)?;
    server.reset()?;
    program.run(&QUERY)?;
    let asked = server.asked()?;
    let (calls, throttled) = (asked.calls(CALL), asked.throttled());
    let run = program.median(5, &QUERY)?;
    let ideal = ideal(calls - throttled.min(calls), LATENCY);
    let figure = Figure::at_most(
        "throttled",
        "warm, 5% throttled: wall - 1.15 x ideal",
        run.wall.as_secs_f64() - 1.15 * ideal,
        3.0,
        "s",
    );
    Ok(vec![figure.of(&run, format!("{calls} calls, {throttled} throttled, ideal {ideal:.2} s"))])
}

/// 2,000 accounts x 17 regions.
pub fn units() -> Result<Vec<Figure>> {
    const KNOBS: &str = "accounts=2000,regions=17,latency=20ms";
    let server = Server::start(KNOBS)?;
    let program = program(&server)?;
    let query = [["-o", "json"].as_slice(), &QUERY].concat();
    let cold = program.run(&query)?;
    let warm = program.run(&query)?;
    let peak = cold.peak_mb().max(warm.peak_mb());
    let memory = Figure::at_most("units", "2,000 accounts x 17 regions: peak memory", peak, 300.0, "MB");
    let forgotten = Figure::at_most(
        "units",
        "the same: units that coverage does not account for",
        unaccounted(KNOBS, &warm.stdout)?,
        0.0,
        "units",
    );
    Ok(vec![memory.of(&warm, format!("cold {:.2} s", cold.wall.as_secs_f64())), forgotten])
}

/// Units of the world that are neither answered nor named with what befell them.
fn unaccounted(knobs: &str, answer: &str) -> Result<f64> {
    let world = World::new(&knobs.parse()?, chrono::Utc::now(), Arc::new(Catalog::builtin()?))?;
    let all: usize = world.active_accounts().map(|account| world.enabled_regions(account).count()).sum();
    let answer: Value = serde_json::from_str(answer)?;
    let coverage = &answer["metadata"]["coverage"];
    let answered = coverage["answered"].as_u64().ok_or("the answer has no coverage")?;
    let told = coverage["units"].as_array().map(Vec::as_slice).unwrap_or_default();
    let beside = ["suspended", "region_disabled"].map(Some);
    let failed = told.iter().filter(|unit| !beside.contains(&unit["fault"]["kind"].as_str())).count();
    Ok((all as f64 - answered as f64 - failed as f64).abs())
}
