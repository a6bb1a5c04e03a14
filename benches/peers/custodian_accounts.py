"""The accounts of an organization as c7n-org wants them, found as its own documentation's script does.

    custodian_accounts.py ROLE > accounts.yml
"""
import sys

import boto3

role = sys.argv[1]
print("accounts:")
for page in boto3.client("organizations").get_paginator("list_accounts").paginate():
    for account in page["Accounts"]:
        if account["Status"] == "ACTIVE":
            print(f"- account_id: '{account['Id']}'")
            print(f"  name: {account['Name']}")
            print(f"  role: arn:aws:iam::{account['Id']}:role/{role}")
