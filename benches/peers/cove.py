"""Every EC2 instance of an organization, by botocove, which assumes the role and makes the sessions.

    cove.py ROLE REGION...
"""
import sys

from botocove import cove

role, *regions = sys.argv[1:]


@cove(rolename=role, regions=regions)
def instances(session):
    pages = session.client("ec2").get_paginator("describe_instances").paginate()
    found = (i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"])
    return [(i["InstanceId"], i["InstanceType"], i["State"]["Name"]) for i in found]


output = instances()
for result in output["Results"]:
    for row in result["Result"]:
        print(result["Id"], result["Region"], *row, sep="\t")
for kind in ("Exceptions", "FailedAssumeRole"):
    for failure in output.get(kind) or []:
        print(kind, failure.get("Id"), failure.get("ExceptionDetails"), file=sys.stderr)
