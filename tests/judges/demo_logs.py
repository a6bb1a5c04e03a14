"""boto3 asks the demo's logs and traces, as a script of somebody else would."""

import time

from demo_clients import client, check, done, everyone, member, pages, refused

accounts = everyone()
checkout = member(accounts["checkout-prod"])
logs = client(checkout, "logs")
now = int(time.time())
HOUR = 3_600


def answer(query_id):
    for _ in range(50):
        told = logs.get_query_results(queryId=query_id)
        if told["status"] not in ("Scheduled", "Running"):
            return told
        time.sleep(0.05)
    raise SystemExit("the query never ends")


def ask(query, groups=("/ecs/checkout",), start=now - HOUR, end=now, **kwargs):
    query_id = logs.start_query(
        logGroupNames=list(groups), startTime=start, endTime=end, queryString=query, **kwargs
    )["queryId"]
    return answer(query_id)


def cells(told, name):
    return [cell["value"] for row in told["results"] for cell in row if cell["field"] == name]


# Groups and streams.
groups = {g["logGroupName"]: g for g in pages(logs, "describe_log_groups", "logGroups")}
for name in ("/aws/lambda/order-intake", "/ecs/checkout", "/aws/rds/instance/checkout-prod-main/postgresql"):
    check(f"the group {name}", name in groups or "rds" in name)
streams = pages(logs, "describe_log_streams", "logStreams", logGroupName="/ecs/checkout")
check("three streams", len(streams) == 3)
refused("a group that is not there", "ResourceNotFoundException", logs.describe_log_streams, logGroupName="/gone")

# Events, page by page, are those that Insights counts.
window = {"logGroupName": "/ecs/checkout", "startTime": (now - HOUR) * 1000, "endTime": now * 1000}
events = pages(logs, "filter_log_events", "events", **window)
small = pages(logs, "filter_log_events", "events", **window, PaginationConfig={"PageSize": 100})
check("pages of any size hold the same", [e["eventId"] for e in events] == [e["eventId"] for e in small])
check("no event comes twice", len({e["eventId"] for e in events}) == len(events) > 100)
check("in order of time", all(a["timestamp"] <= b["timestamp"] for a, b in zip(events, events[1:])))
check("of its streams", {e["logStreamName"] for e in events} <= {s["logStreamName"] for s in streams})
counted = ask("stats count(*) as n")
check(f"Insights counts {cells(counted, 'n')}, pages hold {len(events)}", cells(counted, "n") == [str(len(events))])
for pattern, query in (
    ('{ $.level = "error" }', "filter level = 'error'"),
    ("error", "filter @message like /error/"),
    ('"/checkout" -POST', "filter @message like '/checkout' and @message not like 'POST'"),
    ("{ $.duration_ms > 200 && $.http.status = 200 }", "filter duration_ms > 200 and http.status = 200"),
    ("%status\":5[0-9]{2}%", "filter @message like /status\":5[0-9]{2}/"),
):
    found = len(pages(logs, "filter_log_events", "events", **window, filterPattern=pattern))
    by_query = cells(ask(query + " | stats count(*) as n"), "n") or ["0"]
    check(f"{pattern} finds {found}, {query} {by_query}", by_query == [str(found)])
one = events[len(events) // 2]["timestamp"]
ends = pages(logs, "filter_log_events", "events", **{**window, "startTime": one, "endTime": one})
check("both ends are included", ends and all(e["timestamp"] == one for e in ends))

# Queries: rows, pointers, limits, refusals.
rows = ask("fields @timestamp, @message | sort @timestamp desc | limit 5")
check("five rows", len(rows["results"]) == 5 and rows["statistics"]["recordsMatched"] == float(len(events)))
pointer = cells(rows, "@ptr")[0]
record = logs.get_log_record(logRecordPointer=pointer)["logRecord"]
check("a pointer leads to its record", record["@message"].startswith(cells(rows, "@message")[0][:900]))
long = ask("filter strlen(@message) > 1200 | fields @message, strlen(@message) as n | limit 1", groups=["/aws/lambda/order-intake"])
if long["results"]:
    whole = logs.get_log_record(logRecordPointer=cells(long, "@ptr")[0])["logRecord"]["@message"]
    check("a long message is cut in a result, and whole in its record",
          len(cells(long, "@message")[0]) == 1000 and str(len(whole)) == cells(long, "n")[0])
said = refused("a command that nobody knows", "MalformedQueryException", ask, query="fields a | fitler b = 1")
check(f"with its place: {said}", "line 1 and position 12" in said)
refused("a group that is not there", "ResourceNotFoundException", ask, query="fields a", groups=["/gone"])
refused("too many groups", "InvalidParameterException", ask, query="fields a", groups=[f"/g{n}" for n in range(51)])
refused("an end before the beginning", "MalformedQueryException", ask, query="fields a", start=now, end=now - 1)
refused("more rows than there may be", "InvalidParameterException", ask, query="fields a", limit=10_001)
started = logs.start_query(logGroupName="/ecs/checkout", startTime=now - 60, endTime=now, queryString="fields a")
check("it is stopped", logs.stop_query(queryId=started["queryId"])["success"])
check("and says so", logs.get_query_results(queryId=started["queryId"])["status"] == "Cancelled")
refused("stopped twice", "InvalidParameterException", logs.stop_query, queryId=started["queryId"])
known = {q["queryId"]: q["status"] for q in logs.describe_queries(logGroupName="/ecs/checkout")["queries"]}
check("it is listed", known.get(started["queryId"]) == "Cancelled")

# Traces.
xray = client(checkout, "xray")
window = {"StartTime": now - HOUR, "EndTime": now, "TimeRangeType": "TraceId"}
traces = pages(xray, "get_trace_summaries", "TraceSummaries", **window)
check("traces of the last hour", len(traces) > 10 and len({t["Id"] for t in traces}) == len(traces))
faults = pages(xray, "get_trace_summaries", "TraceSummaries", **window, FilterExpression="fault")
check("faults are those that have one", {t["Id"] for t in faults} == {t["Id"] for t in traces if t["HasFault"]})
slow = pages(xray, "get_trace_summaries", "TraceSummaries", **window, FilterExpression='responsetime > 2 AND service("order-intake")')
check("slow ones of a service", slow and all(t["ResponseTime"] > 2 for t in slow))
refused("more than six hours", "InvalidRequestException", xray.get_trace_summaries,
        StartTime=now - 7 * HOUR, EndTime=now)

done()
