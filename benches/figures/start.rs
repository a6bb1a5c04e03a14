//! What must be there at once: the help, and an answer that is kept.

use crate::Result;
use crate::figure::Figure;
use crate::program::Program;
use crate::server::Server;

pub fn help() -> Result<Vec<Figure>> {
    let run = Program::new(&[])?.median(21, &["--help"])?;
    let ms = run.wall.as_secs_f64() * 1000.0;
    Ok(vec![Figure::at_most("help", "canvass --help", ms, 20.0, "ms").of(&run, "median of 21")])
}

pub fn cached() -> Result<Vec<Figure>> {
    const CALL: &str = "ec2.DescribeVolumes";
    const QUERY: [&str; 4] = ["-o", "ndjson", "query", "select * from aws_ebs_volume"];
    let server = Server::start("accounts=27,regions=4,resources=2")?;
    let program = Program::new(&server.env)?;
    program.run(&QUERY)?;
    let units = server.asked()?.calls(CALL);
    server.reset()?;
    let run = program.median(21, &QUERY)?;
    // The account whose role is missing is asked again every time.
    let calls = server.asked()?.calls(CALL);
    if calls > 0 {
        return Err(format!("{calls} calls were made for rows that are kept").into());
    }
    let what = format!("cached: {} rows of {units} units", run.lines);
    let ms = run.wall.as_secs_f64() * 1000.0;
    Ok(vec![Figure::at_most("cached", what, ms, 100.0, "ms").of(&run, "no calls for rows, median of 21")])
}
