//! A million rows: printed, added up, and the largest of them.

use serde_json::Value;

use crate::Result;
use crate::figure::Figure;
use crate::program::{Program, Run};
use crate::server::Server;

const ALL: &str =
    "select account_name, region, volume_id, volume_type, size, state, tags from aws_ebs_volume";
const GROUPS: &str = "select volume_type, state, count(*) as n, sum(size) from aws_ebs_volume group by 1, 2";
const TOP: &str =
    "select volume_id, account_name, size, tags from aws_ebs_volume order by size desc, volume_id limit 5";

pub fn million() -> Result<Vec<Figure>> {
    let server = Server::start("accounts=1000,regions=4,resources=72")?;
    let program = Program::new(&server.env)?.with("CANVASS_CACHE", "false");
    let ask = |sql| program.run(&["--pace", "off", "--concurrency", "64", "-o", "ndjson", "query", sql]);
    // The first to ask finds accounts, roles and regions.
    let groups = ask(GROUPS)?;
    let (rows, groups, top) = (ask(ALL)?, counted(&groups.stdout).map(|n| (n, groups))?, ask(TOP)?);
    if groups.0 != rows.lines as u64 || top.lines != 5 {
        return Err(
            format!("{} rows are printed, {} counted, {} on top", rows.lines, groups.0, top.lines).into()
        );
    }
    let figure = |what: &str, run: &Run, target| {
        let what = format!("{} rows, {what}: peak memory", rows.lines);
        Figure::at_most("rows", what, run.peak_mb(), target, "MB").of(run, "latency 0, concurrency 64")
    };
    Ok(vec![
        figure("ndjson", &rows, 150.0),
        figure("group by", &groups.1, 200.0),
        figure("top 5", &top, 250.0),
    ])
}

/// The sum of `n` over all lines.
fn counted(lines: &str) -> Result<u64> {
    let mut all = 0;
    for line in lines.lines() {
        all += serde_json::from_str::<Value>(line)?["n"].as_u64().ok_or("a group has no count")?;
    }
    Ok(all)
}
