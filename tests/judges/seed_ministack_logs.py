"""Fills log groups of MiniStack: ENDPOINT GROUP FIRST_MS COUNT STEP_MS. With botocore, which MiniStack brings."""
import sys

import botocore.session

endpoint, group, first, count, step = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
logs = botocore.session.get_session().create_client(
    "logs", "us-east-1", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test",
)
logs.create_log_group(logGroupName=group)
logs.create_log_stream(logGroupName=group, logStreamName="one")
events = [
    {"timestamp": first + n * step, "message": f"{'ERROR' if n % 3 == 0 else 'INFO'} event {n} {'x' * (n % 7)}"}
    for n in range(count)
]
for start in range(0, count, 5_000):
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events[start:start + 5_000])
print("{}")
