#!/usr/bin/env python3
"""canvass and its peers, side by side: the same question, the same server, one after the other.

    benches/peers/run.py                               50 and 500 accounts, against canvass demo serve
    benches/peers/run.py --accounts 50 --server X.py   against a server that is not ours
    benches/peers/run.py --only canvass,boto3          some of them

A peer that cannot be had or fails says so in its row.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

import contestants
import environment
import measured
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--latency-ms", type=int, default=40)
    parser.add_argument("--server", type=pathlib.Path, help="a server that is not ours; servers.py says what it takes")
    parser.add_argument("--canvass", type=pathlib.Path, default=ROOT / "target" / "release" / "canvass")
    parser.add_argument("--only", help="names of contestants, or parts of names, with commas between")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds after which a peer is stopped")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    return parser.parse_args()


def environment_of(server, home, programs):
    """Nothing of the user's own settings reaches anybody."""
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    quiet = {"C7N_TRACKS": "0", "CANVASS_CACHE": "false", "AWS_CONFIG_FILE": "/dev/null", "AWS_PAGER": ""}
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", **quiet, **server.env}


def figures(contestant, server, programs, missing, timeout):
    """One row of the table, as a dictionary."""
    row = {"who": contestant.name, "about": contestant.about}
    if missing and not contestant.name.startswith("canvass"):
        return {**row, "failed": missing}
    home = pathlib.Path(tempfile.mkdtemp(prefix="canvass-peers-"))
    try:
        env = environment_of(server, home, programs)
        for _ in range(contestant.runs_before):
            measured.run(contestant.command, env, home, timeout)
        server.reset()
        run = measured.run(contestant.command, env, home, timeout)
        asked = server.stats()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    row |= {"wall_s": run.wall, "cpu_s": run.cpu, "memory_mb": run.memory_mb, "rows": run.rows}
    calls = asked["calls"]
    row |= {"calls": sum(calls.values()), "assume_role": calls.get("sts.AssumeRole", 0), "bytes": asked.get("bytes", 0)}
    row |= {"exit_code": run.code}
    return {**row, "failed": run.failed} if run.failed else row


def line(row):
    if "failed" in row and "wall_s" not in row:
        return f"{row['who']:<14} not measured: {row['failed']}"
    text = (
        f"{row['who']:<14} {row['wall_s']:>8.2f} {row['cpu_s']:>8.2f} {1000 * row['cpu_s'] / max(row['calls'], 1):>9.2f} "
        f"{row['memory_mb']:>7.0f} {row['calls']:>7} {row['assume_role']:>7} {row['rows']:>7}"
    )
    return f"{text}   FAILED: {row['failed']}" if "failed" in row else text


def main():
    given = arguments()
    canvass = given.canvass.resolve()
    if not canvass.exists():
        raise SystemExit(f"{canvass} is missing: cargo build --release, or name another with --canvass")
    programs, missing = environment.prepared()
    wanted = [word.strip() for word in (given.only or "").split(",")]
    for accounts in given.accounts:
        if given.server:
            server = servers.outside(given.server, accounts, given.latency_ms)
        else:
            server = servers.of_the_demo(canvass, accounts, given.latency_ms)
        with server:
            if not given.json:
                print(f"\n{accounts} accounts x {len(contestants.REGIONS)} regions, {server.name}", flush=True)
                heads = f"{'':<14} {'wall s':>8} {'CPU s':>8} {'CPU ms':>9} {'peak':>7} {'calls':>7} {'Assume':>7} {'rows':>7}"
                print(f"{heads}\n{'':<14} {'':>8} {'':>8} {'a call':>9} {'MB':>7} {'':>7} {'Role':>7}", flush=True)
            for contestant in contestants.all_of(canvass, server):
                if any(word in contestant.name for word in wanted):
                    row = figures(contestant, server, programs, missing, given.timeout)
                    print(json.dumps({"accounts": accounts, **row}) if given.json else line(row), flush=True)


if __name__ == "__main__":
    sys.exit(main())
