#!/usr/bin/env python3
"""What one call costs, and one row, in instructions: callgrind counts them, whatever else the machine does.

    benches/profile.py [--canvass target/release/canvass]

Two runs against `canvass demo serve` that differ only in how many accounts they ask: the difference, divided by the
difference in calls or rows, leaves out what starting costs. Needs valgrind. Under valgrind the processor has no SHA
instructions, so SHA-256 counts several times of what it is.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benches" / "peers"))
import servers  # noqa: E402

# Inclusive costs: what the functions cost with everything they call. A part is indented under its whole.
PARTS = [
    ("one call, all its attempts", r"canvass::aws::read::Reader::read::\{\{closure\}\}::\{\{closure\}\}"),
    ("  session and credentials", r"canvass::aws::session::Sessions::session::\{\{closure\}\}"),
    ("  the SDK's orchestrator", r"aws_smithy_runtime::client::orchestrator::invoke_with_stop_point::\{\{closure\}\}"),
    ("    signing", r"<aws_runtime::auth::sigv4::SigV4Signer as .*>::sign_http_request"),
    ("      SHA-256", r"sha2::sha256::compress256"),
    ("    handing the request to the pool", r"hyper_util::client::legacy::client::Client<.*>::send_request::\{\{closure\}\}"),
    ("  decoding the answer", r"canvass::aws::protocol::decode"),
    ("the connection: HTTP/1.1 and sockets", r"hyper::proto::h1::dispatch::Dispatcher<.*>::poll_catch"),
    ("rows into columns", r"canvass::sources::project::Projection::batch"),
    ("the ledger's line", r"canvass::engine::scan::state::ScanState::close"),
    ("printing rows", r"<canvass::term::forms::ndjson::NdjsonForm as canvass::term::forms::Form>::rows"),
    ("malloc, realloc and free, wherever", r"malloc|free|realloc|calloc"),
    ("memcpy and memmove, wherever", r"__mem(cpy|move)_\w+"),
]

LINE = re.compile(r"^\s*([\d,]+) \(\s*[\d.]+%\)\s+(?:(?:\?\?\?|[^\s:]+\.\w+):)?(.+?)(?: \[[^]]*\])?$")


def counted(canvass, accounts, knobs, sql, folder):
    """Calls, rows, and instructions by function, of a run that finds accounts, sessions and regions known."""
    home = folder / str(accounts)
    home.mkdir()
    with servers.of_the_demo(canvass, accounts, 0, knobs) as server:
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "CANVASS_CACHE": "false", **server.env}
        query = [canvass, "--pace", "off", "--concurrency", "64", "-o", "ndjson", "query", sql]
        subprocess.run(query, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server.reset()
        out = home / "callgrind.out"
        grind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *query]
        run = subprocess.run(grind, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        asked = server.stats()
    if not out.exists():
        raise SystemExit(f"valgrind: {run.stderr.strip()}")
    told = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", str(out)]
    costs = {}
    for line in subprocess.run(told, capture_output=True, text=True, check=True).stdout.splitlines():
        found = LINE.match(line)
        if found:
            # Lines inlined from other files stand apart, and are part of the function's own.
            name = found.group(2)
            costs[name] = max(costs.get(name, 0), int(found.group(1).replace(",", "")))
    calls = sum(asked["calls"].values())
    return {"calls": calls, "rows": run.stdout.count("\n"), "bytes": asked["bytes"], "costs": costs}


def cost(run, pattern):
    names = [name for name in run["costs"] if re.fullmatch(pattern, name)]
    return sum(run["costs"][name] for name in names)


def profile(canvass, title, per, knobs, sql):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="canvass-profile-"))
    try:
        few, many = (counted(canvass, accounts, knobs, sql, folder) for accounts in (60, 180))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    more = many[per] - few[per]
    whole = (cost(many, "PROGRAM TOTALS") - cost(few, "PROGRAM TOTALS")) / more
    size = (many["bytes"] - few["bytes"]) / more
    calls = (many["calls"] - few["calls"]) / more
    print(f"\n{title}: {sql}")
    print(f"{more} {per} more; each {size:,.0f} bytes of answers, {calls:.3f} calls, {whole:,.0f} instructions\n")
    print(f"| inclusive | instructions of each of the {per} | share |\n|---|---|---|")
    for name, pattern in PARTS:
        each = (cost(many, pattern) - cost(few, pattern)) / more
        shown = name.replace("  ", "&emsp;")
        print(f"| {shown} | {each:,.0f} | {100 * each / whole:.0f}% |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--canvass", type=pathlib.Path, default=ROOT / "target" / "release" / "canvass")
    canvass = parser.parse_args().canvass.resolve()
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is missing (on Debian: apt install valgrind)")
    calls = "select vpc_id from aws_vpc"
    rows = "select account_name, region, volume_id, volume_type, size, state, tags from aws_ebs_volume"
    profile(canvass, "small answers", "calls", "", calls)
    profile(canvass, "large answers", "rows", "resources=20", rows)


if __name__ == "__main__":
    main()
