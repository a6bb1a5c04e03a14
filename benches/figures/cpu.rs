//! CPU per call beside boto3, as `benches/peers` measures it: the same question, the same server.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::figure::Figure;
use crate::program::EXECUTABLE;

pub fn beside_boto3() -> Result<Vec<Figure>> {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/run.py");
    let mut command = Command::new("python3");
    command.arg(runner).args([
        "--canvass",
        EXECUTABLE,
        "--accounts",
        "100",
        "--only",
        "warm,boto3",
        "--json",
    ]);
    let output = command.output().map_err(|e| format!("python3: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let rows = String::from_utf8(output.stdout)?;
    let rows = rows.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let [canvass, boto3] = rows.as_slice() else { return Err("two rows were expected".into()) };
    let (ours, theirs) = (per_call(canvass)?, per_call(boto3)?);
    let what = "CPU per call / that of a tuned boto3 script";
    let about = format!(
        "{:.2} ms and {:.1} ms; {} and {} calls, {:.0} bytes a call; 100 accounts x 2 regions",
        ours * 1e3,
        theirs * 1e3,
        canvass["calls"],
        boto3["calls"],
        number(canvass, "bytes")? / number(canvass, "calls")?
    );
    Ok(vec![Figure::at_most("cpu", what, ours / theirs, 0.02, "x").about(about)])
}

fn per_call(row: &Value) -> Result<f64> {
    Ok(number(row, "cpu_s")? / number(row, "calls")?)
}

fn number(row: &Value, name: &str) -> Result<f64> {
    row[name].as_f64().ok_or_else(|| format!("{}: {}", row["who"], row["failed"]).into())
}
