"""boto3 asks the demo for metrics, and for what happened: limits, pages, expressions and refusals as AWS has them."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone

from demo_clients import MANAGEMENT, check, client, done, everyone, hub, member, pages, refused

names = everyone()
checkout = member(names["checkout-prod"])
cloudwatch = client(checkout, "cloudwatch")
now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
day = {"StartTime": now - timedelta(days=1), "EndTime": now}


def stat(name, metric, statistic="Sum", period=3600, function="order-intake"):
    dimensions = [{"Name": "FunctionName", "Value": function}]
    of = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": of, "Period": period, "Stat": statistic}}


def data(*queries, **more):
    """All pages, joined by id and label."""
    joined, token, count = {}, None, 0
    while True:
        page = cloudwatch.get_metric_data(
            MetricDataQueries=list(queries), **day, **more, **({"NextToken": token} if token else {})
        )
        count += 1
        for result in page["MetricDataResults"]:
            known = joined.setdefault((result["Id"], result["Label"]), {"points": [], "status": None})
            known["points"] += zip(result["Timestamps"], result["Values"])
            known["status"] = result["StatusCode"]
        token = page.get("NextToken")
        if not token:
            return joined, count


# What is listed can be read.
listed = pages(cloudwatch, "list_metrics", "Metrics", Namespace="AWS/Lambda")
functions = {d["Value"] for m in listed for d in m["Dimensions"]}
check("order-intake reports", "order-intake" in functions)
some = pages(
    cloudwatch, "list_metrics", "Metrics", Dimensions=[{"Name": "FunctionName", "Value": "order-intake"}]
)
check("a filter by dimension", {m["MetricName"] for m in some} == {"Invocations", "Errors", "Throttles", "Duration"})

joined, count = data(stat("errors", "Errors"), stat("calls", "Invocations"))
errors = dict(joined[("errors", "Errors")]["points"])
calls = dict(joined[("calls", "Invocations")]["points"])
check("a point an hour, in one page", len(errors) == 24 and count == 1)
check("all of it", all(series["status"] == "Complete" for series in joined.values()))
check("newest first", list(errors) == sorted(errors, reverse=True))
check("no more errors than calls, on the whole", sum(errors.values()) < sum(calls.values()))

figures = cloudwatch.get_metric_statistics(
    Namespace="AWS/Lambda",
    MetricName="Errors",
    Dimensions=[{"Name": "FunctionName", "Value": "order-intake"}],
    Period=3600,
    Statistics=["Sum", "Average", "SampleCount"],
    **day,
)
check("both calls agree", {p["Timestamp"]: p["Sum"] for p in figures["Datapoints"]} == errors)
check("units are told", {p["Unit"] for p in figures["Datapoints"]} == {"Count"})

joined, _ = data(
    {**stat("errors", "Errors"), "ReturnData": False},
    {**stat("calls", "Invocations"), "ReturnData": False},
    {"Id": "share", "Expression": "100 * errors / calls", "Label": "share of errors"},
)
check("only the expression is returned", list(joined) == [("share", "share of errors")])
share = dict(joined[("share", "share of errors")]["points"])
check("metric math", all(abs(v - 100 * errors[t] / calls[t]) < 0.001 for t, v in share.items()))
search = "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 3600)"
joined, _ = data({"Id": "all", "Expression": search})
check("a search finds every function", {label for _, label in joined} == functions)

joined, count = data(*[stat(f"m{n}", "Duration", "Average", 60) for n in range(100)])
points = [p for series in joined.values() for p in series["points"]]
check(f"100,800 points a page: {count} pages", len(points) == 100 * 1440 and count == 2)
check("in the end all is complete", {s["status"] for s in joined.values()} == {"Complete"})

ask = cloudwatch.get_metric_data
many = [stat(f"m{n}", "Errors") for n in range(501)]
refused("more than 500 queries", "ValidationError", ask, MetricDataQueries=many, **day)
reversed_day = {"StartTime": day["EndTime"], "EndTime": day["StartTime"]}
refused("a reversed range", "ValidationError", ask, MetricDataQueries=many[:1], **reversed_day)
message = refused(
    "a bad expression", "ValidationError", ask, MetricDataQueries=[{"Id": "e", "Expression": "m1 +"}], **day
)
check(f"the place of the mistake: {message}", "Error in expression 'e'" in message and "column" in message)
refused("a statistic that is none", "ValidationError", ask, MetricDataQueries=[stat("m", "Errors", "Avg")], **day)

# CloudTrail.
trail = client(member(names["payments-prod"]), "cloudtrail")
events = pages(trail, "lookup_events", "Events")
check("more than a page of events", len(events) > 50)
check("no event twice", len({e["EventId"] for e in events}) == len(events))
strange = [json.loads(e["CloudTrailEvent"]) for e in events]
strange = [e for e in strange if e["sourceIPAddress"] == "203.0.113.7"]
check("who the stranger is", {e["userIdentity"]["userName"] for e in strange} == {"jsmith", "terraform-ci"})
stops = pages(
    trail,
    "lookup_events",
    "Events",
    LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "StopInstances"}],
)
ec2 = client(member(names["payments-prod"]), "ec2")
instances = {i["InstanceId"] for r in pages(ec2, "describe_instances", "Reservations") for i in r["Instances"]}
stopped = {r["ResourceName"] for e in stops for r in e["Resources"]}
check("what was stopped is there", stopped and stopped <= instances)
hour = pages(trail, "lookup_events", "Events", StartTime=datetime.now(timezone.utc) - timedelta(hours=2))
check("a range of time", 0 < len(hour) < len(events))
two = [{"AttributeKey": "EventName", "AttributeValue": name} for name in ("a", "b")]
refused("two attributes", "InvalidLookupAttributesException", trail.lookup_events, LookupAttributes=two)

# A report that nobody has asked for yet.
iam = client(member(names["sandbox-alice"]), "iam")
refused("no report", "ReportNotPresent", iam.get_credential_report)
check("it is started", iam.generate_credential_report()["State"] == "STARTED")
refused("not ready", "ReportInProgress", iam.get_credential_report)
check("it is made", iam.generate_credential_report()["State"] == "COMPLETE")
report = iam.get_credential_report()["Content"].decode()
rows = list(csv.DictReader(io.StringIO(report)))
users = {u["UserName"] for u in pages(iam, "list_users", "Users")}
check("everyone and the root", {r["user"] for r in rows} == users | {"<root_account>"})
for row in rows:
    if row["user"] in users:
        devices = iam.list_mfa_devices(UserName=row["user"])["MFADevices"]
        check(f"{row['user']}: what the report says of MFA", (row["mfa_active"] == "true") == bool(devices))

# Services that are off.
off = client(member(names["sandbox-alice"]), "securityhub")
message = refused("Security Hub is off", "InvalidAccessException", off.get_findings)
check(message, "is not subscribed to AWS Security Hub" in message)
on = client(member(names["web-prod"]), "securityhub")
critical = {"SeverityLabel": [{"Value": "CRITICAL", "Comparison": "EQUALS"}]}
found = pages(on, "get_findings", "Findings", Filters=critical)
check("the open group is a finding", any("port 22" in f["Title"] for f in found))
check("and nothing else is critical", {f["Severity"]["Label"] for f in found} == {"CRITICAL"})

guardduty = client(member(names["data-platform-prod"]), "guardduty")
detector = guardduty.list_detectors()["DetectorIds"][0]
severe = {"Criterion": {"severity": {"GreaterThanOrEqual": 7}}}
ids = pages(guardduty, "list_findings", "FindingIds", DetectorId=detector, FindingCriteria=severe)
found = guardduty.get_findings(DetectorId=detector, FindingIds=ids[:50])["Findings"]
check("severe findings", found and all(f["Severity"] >= 7 for f in found))

# Policies of the organization, told to its management.
organizations = client(hub, "organizations")
policies = pages(organizations, "list_policies", "Policies", Filter="SERVICE_CONTROL_POLICY")
targets = {
    p["Name"]: {t["Name"] for t in pages(organizations, "list_targets_for_policy", "Targets", PolicyId=p["Id"])}
    for p in policies
}
check("who may not use a region", targets.get("deny-ap-southeast-2") == {"mobile-staging"})
content = organizations.describe_policy(PolicyId=policies[0]["Id"])["Policy"]["Content"]
check("a policy is JSON", "Statement" in json.loads(content))
check("management is asked", MANAGEMENT == names["org-management"])
done()
