"""boto3 judges who the demo lets do what: the organization, roles, signatures, policies, regions, the portal."""

import json
import os

from demo_clients import (
    MANAGEMENT,
    base,
    check,
    client,
    done,
    hub,
    hub_credentials,
    hub_sts,
    keys,
    member,
    pages,
    refused,
    session,
    sts,
)

# The organization.
organizations = client(hub, "organizations")
organization = organizations.describe_organization()["Organization"]
check("the organization's management", organization["MasterAccountId"] == MANAGEMENT)
accounts = pages(organizations, "list_accounts", "Accounts")
check("twenty accounts", len(accounts) == 20)
names = {a["Name"]: a["Id"] for a in accounts}
status = {a["Name"]: a["Status"] for a in accounts}
check("one is suspended", [n for n, s in status.items() if s != "ACTIVE"] == ["legacy-erp"])
tree = {}


def walk(parent, path):
    for account in pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent):
        tree[account["Id"]] = path
        upward = organizations.list_parents(ChildId=account["Id"])["Parents"]
        check(f"{account['Name']}'s parent", [p["Id"] for p in upward] == [parent])
    for unit in pages(
        organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
    ):
        described = organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])
        check(f"{unit['Name']} is itself", described["OrganizationalUnit"] == unit)
        walk(unit["Id"], f"{path}/{unit['Name']}")


root = pages(organizations, "list_roots", "Roots")[0]
walk(root["Id"], "Root")
check("every account is in the tree", set(tree) == {a["Id"] for a in accounts})
check("sandbox-bob's unit", tree[names["sandbox-bob"]] == "Root/Sandbox/Experiments")
tags = {
    t["Key"]: t["Value"]
    for t in pages(organizations, "list_tags_for_resource", "Tags", ResourceId="100000000006")
}
check(
    "payments-prod's tags",
    tags == {"env": "production", "team": "payments", "cost_center": "CC-200", "compliance": "pci"},
)
check(
    "one account described",
    organizations.describe_account(AccountId="100000000006")["Account"]["Name"] == "payments-prod",
)
delegates = pages(organizations, "list_delegated_administrators", "DelegatedAdministrators")
check("the delegate", [d["Name"] for d in delegates] == ["security-tooling"])
check(
    "the delegate may list",
    len(pages(client(member("100000000003"), "organizations"), "list_accounts", "Accounts")) == 20,
)
refused(
    "members may not list",
    "AccessDeniedException",
    client(member("100000000006"), "organizations").list_accounts,
)
refused(
    "an account that is not there",
    "AccountNotFoundException",
    organizations.describe_account,
    AccountId="999999999999",
)
refused(
    "a parent that is not there",
    "ParentNotFoundException",
    organizations.list_accounts_for_parent,
    ParentId="r-none",
)
refused("a broken token", "InvalidInputException", organizations.list_accounts, NextToken="broken")

# Who may become whom.
for account in ("sandbox-bob", "legacy-erp"):
    message = refused(f"no role in {account}", "AccessDenied", member, account=names[account])
    check(
        "STS names the action",
        "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::" in message,
    )
refused("no such account", "AccessDenied", member, account="999999999999")
refused(
    "a service's role",
    "AccessDenied",
    hub_sts.assume_role,
    RoleArn="arn:aws:iam::100000000006:role/lambda-execution-role",
    RoleSessionName="judge",
)
refused(
    "a member has no way on",
    "AccessDenied",
    client(member("100000000006"), "sts").assume_role,
    RoleArn="arn:aws:iam::100000000007:role/ReadOnlyQueryRole",
    RoleSessionName="judge",
)
refused(
    "chained sessions last an hour", "ValidationError", member, account="100000000006", DurationSeconds=7200
)
refused("a policy that is none", "MalformedPolicyDocument", member, account="100000000006", Policy="{}")
refused("a policy too long", "ValidationError", member, account="100000000006", Policy=" " * 2049)
check(
    "the base identity may go straight in",
    sts.assume_role(
        RoleArn="arn:aws:iam::100000000006:role/ReadOnlyQueryRole",
        RoleSessionName="judge",
        SourceIdentity="someone",
    )["SourceIdentity"]
    == "someone",
)
refused(
    "a wrong MFA code",
    "AccessDenied",
    sts.get_session_token,
    SerialNumber=f"arn:aws:iam::{MANAGEMENT}:mfa/operator",
    TokenCode="000000",
)
with_mfa = sts.get_session_token(
    SerialNumber=f"arn:aws:iam::{MANAGEMENT}:mfa/operator", TokenCode=os.environ["DEMO_MFA_CODE"]
)
check(
    "a session with MFA is still the operator",
    client(session(with_mfa["Credentials"]), "sts").get_caller_identity()["Arn"].endswith(":user/operator"),
)

# Signatures and keys.
forged = keys(os.environ["AWS_ACCESS_KEY_ID"], "forged")
for service, operation, code in (
    ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
    ("ec2", "describe_regions", "AuthFailure"),
    ("dynamodb", "list_tables", "InvalidSignatureException"),
    ("lambda", "list_functions", "InvalidSignatureException"),
    ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ("sqs", "list_queues", "InvalidSignatureException"),
):
    refused(f"{service} knows a forged signature", code, getattr(client(forged, service), operation))
stranger = keys("AKIASTRANGER00000000", "x")
for service, operation, code in (
    ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ("ec2", "describe_regions", "AuthFailure"),
    ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ("s3", "list_buckets", "InvalidAccessKeyId"),
):
    refused(f"{service} knows no stranger", code, getattr(client(stranger, service), operation))
tampered = dict(hub_credentials, SessionToken=hub_credentials["SessionToken"][:-8] + "AAAAAAA=")
refused(
    "a tampered session token", "InvalidClientTokenId", client(session(tampered), "sts").get_caller_identity
)

# Session policies.
only = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["ec2:DescribeInstances", "s3:ListAllMyBuckets", "s3:GetEncryptionConfiguration"],
                "Resource": "*",
            }
        ],
    }
)
narrow = member("100000000006", Policy=only)
client(narrow, "ec2").describe_instances()
encrypted = [
    b["Name"] for b in client(narrow, "s3").list_buckets()["Buckets"] if b["Name"].endswith("-us-east-1")
]
client(narrow, "s3").get_bucket_encryption(Bucket=encrypted[0])
message = refused(
    "EC2 beyond the session policy", "UnauthorizedOperation", client(narrow, "ec2").describe_volumes
)
check(
    "EC2's words: " + message,
    "is not authorized to perform: ec2:DescribeVolumes because no session policy allows the ec2:DescribeVolumes action"
    in message,
)
for service, operation, code, kwargs in (
    ("dynamodb", "list_tables", "AccessDeniedException", {}),
    ("lambda", "list_functions", "AccessDeniedException", {}),
    ("iam", "list_users", "AccessDenied", {}),
    ("rds", "describe_db_instances", "AccessDenied", {}),
    ("sqs", "list_queues", "AccessDenied", {}),
    ("ecs", "list_clusters", "AccessDeniedException", {}),
    ("s3", "get_bucket_tagging", "AccessDenied", {"Bucket": encrypted[0]}),
):
    message = refused(
        f"{service} beyond the session policy", code, getattr(client(narrow, service), operation), **kwargs
    )
    check(f"{service} says why: {message}", "because no session policy allows" in message)

# Regions.
regions = [r["RegionName"] for r in client(hub, "ec2").describe_regions()["Regions"]]
check(
    "seven regions",
    regions
    == ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "eu-north-1", "ap-southeast-2"],
)
alice = member(names["sandbox-alice"])
opt = {
    r["RegionName"]: r["OptInStatus"]
    for r in client(alice, "ec2").describe_regions(AllRegions=True)["Regions"]
}
check("alice's region is off", [r for r, s in opt.items() if s == "not-opted-in"] == ["eu-north-1"])
check("and left out by default", len(client(alice, "ec2").describe_regions()["Regions"]) == 6)
listed = {
    r["RegionName"]: r["RegionOptStatus"] for r in pages(client(alice, "account"), "list_regions", "Regions")
}
check(
    "Account Management agrees",
    listed["eu-north-1"] == "DISABLED" and listed["us-east-1"] == "ENABLED_BY_DEFAULT",
)
refused("EC2 where the region is off", "AuthFailure", client(alice, "ec2", "eu-north-1").describe_instances)
refused(
    "DynamoDB where the region is off",
    "UnrecognizedClientException",
    client(alice, "dynamodb", "eu-north-1").list_tables,
)
staging = member(names["mobile-staging"])
message = refused(
    "a region the organization denies",
    "UnauthorizedOperation",
    client(staging, "ec2", "ap-southeast-2").describe_instances,
)
check(
    "by a service control policy: " + message, "with an explicit deny in a service control policy" in message
)
refused(
    "for every regional service",
    "AccessDenied",
    client(staging, "rds", "ap-southeast-2").describe_db_instances,
)

# The Identity Center portal.
portal = client(base, "sso")
token = os.environ["DEMO_PORTAL_TOKEN"]
assigned = pages(portal, "list_accounts", "accountList", accessToken=token)
check(
    "the portal's accounts",
    {a["accountName"] for a in assigned} == set(names) - {"sandbox-bob", "legacy-erp"},
)
roles = pages(portal, "list_account_roles", "roleList", accessToken=token, accountId="100000000006")
check("the portal's roles", [r["roleName"] for r in roles] == ["ReadOnlyQueryRole"])
given = portal.get_role_credentials(
    accessToken=token, accountId="100000000006", roleName="ReadOnlyQueryRole"
)["roleCredentials"]
through = keys(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])
check(
    "credentials of the portal work",
    client(through, "sts").get_caller_identity()["Account"] == "100000000006",
)
refused("an access token of nobody", "UnauthorizedException", portal.list_accounts, accessToken="stale")

done()
