"""Judges tables whose declarations and rows are on stdin: boto3 makes the declared calls at ENDPOINT, an own
reading of the declared paths takes the values out of its responses, and rows are compared with them.

{"endpoint": URL, "tables": {NAME: {"table": DECLARATION, "columns": [NAME], "rows": [{COLUMN: VALUE}]}}}

Prints {"compared": {NAME: [rows, columns]}, "skipped": {NAME: why}, "wrong": [TEXT]}."""
import base64
import datetime
import json
import re
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

asked = json.load(sys.stdin)
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
CONFIG = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
clients = {}


class Skip(Exception):
    pass


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service, endpoint_url=asked["endpoint"], config=CONFIG, **KEYS)
    return clients[service]


def member(value, name):
    """The API's name, which may begin with a small letter where the table's does not."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    lowered = name.lower()
    return next((v for k, v in value.items() if k.lower() == lowered), None)


def walk(value, path):
    if path.startswith("^") or "[@]" in path:
        raise Skip("paths around the row")
    many = False
    values = [value]
    for name, bracket in re.findall(r"([^.\[\]]+)|(\[[^\]]*\])", path if path != "@" else ""):
        if name == "*":
            many, values = True, [v for one in values if isinstance(one, dict) for v in one.values()]
        elif name:
            values = [member(one, name) for one in values]
        elif bracket == "[]":
            many, values = True, [v for one in values if isinstance(one, list) for v in one]
        elif "=" in bracket:
            key, wanted = bracket[1:-1].split("=", 1)
            lists = [one for one in values if isinstance(one, list)]
            many, values = True, [v for one in lists for v in one if member(v, key) == wanted]
        else:
            at = int(bracket[1:-1])
            values = [one[at] if isinstance(one, list) and len(one) > at else None for one in values]
    if many:
        return [v for v in values if v is not None]
    return values[0]


def source(param, row):
    if param.get("when") or param.get("transforms") or "." in param["member"] or "[" in param["member"]:
        raise Skip("parameters of parameters")
    for one in param["sources"]:
        if "Const" in one:
            return json.loads(one["Const"])
        if "Row" in one:
            found = walk(row, one["Row"])
            if found is not None:
                return found
        elif "Qual" not in one and "Bound" not in one and "Ago" not in one:
            raise Skip("parameters made of several parts")
    return None


def members(operation):
    return operation.input_shape.members if operation.input_shape else {}


def call(declared, row):
    if declared["csv"] or declared["also"] or declared["recursive"] or declared["region"]:
        raise Skip("an unusual call")
    service, name = declared["operation"].split(":")
    it = client(service)
    shapes = members(it.meta.service_model.operation_model(name))
    arguments = {}
    for param in declared["params"]:
        value = source(param, row)
        if value is not None:
            wanted = next(k for k in shapes if k.lower() == param["member"].lower())
            is_list = shapes[wanted].type_name == "list"
            arguments[wanted] = [value] if is_list and not isinstance(value, list) else value
    operation = xform_name(name)
    if it.can_paginate(operation):
        return list(it.get_paginator(operation).paginate(**arguments))
    return [getattr(it, operation)(**arguments)]


def rows_of(table):
    rows = [None]
    for declared in table["list"]:
        below = []
        for row in rows:
            for page in call(declared, row):
                page.pop("ResponseMetadata", None)
                found = walk(page, declared["rows"])
                below += found if isinstance(found, list) else [found]
        rows = below
    return rows


def detail(table, name, row):
    declared = next(d for d in table["details"] if d["id"] == name)
    if len(declared["calls"]) > 1 or declared["unless"] or declared["region"]:
        raise Skip("a chain of details")
    one = declared["calls"][0]
    try:
        pages = call(one, row)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in one["not_found"] or re.search("NotFound|NoSuch|DoesNotExist|NonExistent", code):
            return None
        raise
    whole = pages[0]
    for page in pages:
        page.pop("ResponseMetadata", None)
    for page in pages[1:]:
        for key, value in page.items():
            if isinstance(value, list):
                whole[key] = whole.get(key, []) + value
    return whole


def value_of(table, column, row, known):
    kind, value = next(iter(column["value"].items()))
    origin = value["origin"]
    if isinstance(origin, dict):
        name = origin["Detail"]
        if name not in known:
            known[name] = detail(table, name, row)
        row = known[name]
        if row is None:
            return None
    found = walk(row, value["path"])
    if kind == "TagsMap" and found is not None:
        return {member(tag, value["key"]): member(tag, value["value"]) for tag in found}
    return found


def absent(value):
    return value is None or value == "" or value == [] or value == {}


def same(ours, theirs):
    if isinstance(theirs, datetime.datetime):
        if not isinstance(ours, str):
            return False
        then = datetime.datetime.fromisoformat(ours.replace("Z", "+00:00"))
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=datetime.timezone.utc)
        return abs((then - theirs).total_seconds()) < 0.002
    if absent(ours) and absent(theirs):
        return True
    if isinstance(theirs, bytes):
        return ours == base64.b64encode(theirs).decode() or ours == theirs.decode(errors="replace")
    if isinstance(ours, dict) and isinstance(theirs, dict):
        mine = {k.lower(): v for k, v in ours.items()}
        other = {str(k).lower(): v for k, v in theirs.items()}
        return all(same(mine.get(k), other.get(k)) for k in {*mine, *other})
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(theirs) == 1 and isinstance(theirs[0], list) and same(ours, theirs[0]):
            return True
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return str(ours).lower() == str(theirs).lower()
    if isinstance(theirs, str) and not isinstance(ours, str):
        try:
            return same(ours, json.loads(theirs))
        except ValueError:
            return False
    if isinstance(ours, str) and isinstance(theirs, (int, float, dict, list)):
        try:
            return same(json.loads(ours), theirs)
        except ValueError:
            return False
    return ours == theirs or same_instant(ours, theirs)


def same_instant(ours, theirs):
    """A service may write more digits than a column keeps."""
    if not (isinstance(ours, str) and isinstance(theirs, str)):
        return False
    digits = re.compile(r"(\.\d{6})\d+")
    try:
        parsed = [datetime.datetime.fromisoformat(digits.sub(r"\1", text)) for text in (ours, theirs)]
    except ValueError:
        return False
    return parsed[0] == parsed[1]


def judge(name, given):
    table = given["table"]
    columns = [column for column in table["columns"] if column["name"] in given["columns"]]
    expected, skipped = [], set()
    for row in rows_of(table):
        known, values = {}, {}
        for column in columns:
            try:
                values[column["name"]] = value_of(table, column, row, known)
            except Skip:
                skipped.add(column["name"])
        expected.append(values)
    left = list(given["rows"])
    wrong = []
    if len(left) != len(expected):
        wrong.append(f"{name}: {len(left)} rows, should be {len(expected)}")
    for values in expected:
        alike = [sum(same(row.get(c), v) for c, v in values.items()) for row in left]
        if not alike:
            break
        best = left.pop(alike.index(max(alike)))
        for column, value in values.items():
            if not same(best.get(column), value):
                wrong.append(f"{name}.{column}: {best.get(column)!r}, should be {value!r}"[:400])
    return [len(expected), len(columns) - len(skipped)], wrong


verdict = {"compared": {}, "skipped": {}, "wrong": []}
for name, given in asked["tables"].items():
    try:
        compared, wrong = judge(name, given)
        verdict["compared"][name] = compared
        verdict["wrong"] += wrong
    except Skip as why:
        verdict["skipped"][name] = str(why)
    except (ClientError, BotoCoreError, ValueError) as error:
        verdict["skipped"][name] = f"boto3: {error}"[:200]
json.dump(verdict, sys.stdout, default=str)
