"""Reads a dump of the catalog from stdin and prints, as JSON, everything in which botocore disagrees.

Operations and shapes are compared through botocore's own readers and writers of each protocol, tables by
walking their paths over its shapes and validating their parameters with its validator, endpoints by asking
its clients where they would call.
"""

import collections
import json
import re
import sys

import botocore.config
import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import DataNotFoundError, EndpointProviderError
from botocore.validate import ParamValidator

SESSION = botocore.session.Session()
LOADER = SESSION.get_component("data_loader")
WRONG = []
COUNTS = collections.Counter()
PROTOCOLS = {
    "Ec2": "ec2", "Query": "query", "Json10": "json", "Json11": "json", "RestJson": "rest-json", "RestXml": "rest-xml",
}
TYPES = {
    "string": "String", "character": "String", "integer": "Integer", "long": "Long", "float": "Float",
    "double": "Double", "boolean": "Boolean", "blob": "Blob", "timestamp": "Timestamp", "structure": "Structure",
    "list": "List", "map": "Map",
}
LOCATIONS = {
    None: "Body", "uri": "Uri", "querystring": "QueryString", "header": "Header", "headers": "Headers",
    "statusCode": "StatusCode",
}
TIMES = {None: None, "iso8601": "Iso8601", "unixTimestamp": "UnixTimestamp", "rfc822": "Rfc822"}


def same(where, ours, theirs):
    COUNTS["facts"] += 1
    if ours != theirs:
        WRONG.append(f"{where}: we say {ours!r}, botocore {theirs!r}")


def capital(name):
    """The Go SDK's names: every member with a capital."""
    return ".".join(part[:1].upper() + part[1:] for part in name.split("."))


def kind_of(shape):
    return shape if isinstance(shape, str) else next(iter(shape))


class Graph:
    """Our closure of one operation beside botocore's shapes."""

    def __init__(self, operation, protocol):
        self.shapes = operation["shapes"]
        self.protocol = protocol
        self.seen = set()
        self.parser = botocore.parsers.PROTOCOL_PARSERS[protocol]()
        self.serializer = botocore.serialize.SERIALIZERS[protocol]()

    def compare(self, where, ours, theirs):
        if (ours, theirs.name) in self.seen:
            return
        self.seen.add((ours, theirs.name))
        shape = self.shapes[ours]
        kind = kind_of(shape)
        same(f"{where} type", kind, TYPES[theirs.type_name])
        if kind != TYPES[theirs.type_name]:
            return
        if kind == "Structure":
            self.structure(where, shape["Structure"], theirs)
        elif kind == "List":
            self.list(where, shape["List"], theirs)
        elif kind == "Map":
            self.map(where, shape["Map"], theirs)
        elif kind == "Timestamp":
            # A format said of a member stands with the member.
            raw = theirs._shape_resolver._shape_map[theirs.name].get("timestampFormat")
            same(f"{where} timestamp", shape["Timestamp"], TIMES[raw])

    def structure(self, where, ours, theirs):
        members = {member["name"]: member for member in ours["members"]}
        same(f"{where} members", sorted(members), sorted(map(capital, theirs.members)))
        payload = theirs.serialization.get("payload")
        same(f"{where} payload", ours["payload"], payload and capital(payload))
        same(f"{where} document", ours["document"], bool(getattr(theirs, "is_document_type", False)))
        for name, shape in theirs.members.items():
            if capital(name) in members:
                self.member(f"{where}.{name}", members[capital(name)], name, shape, theirs)

    def member(self, where, ours, name, shape, parent):
        traits = shape.serialization
        same(f"{where} wire name", ours["wire_name"], self.wire_name(name, shape))
        if self.protocol == "ec2":
            sent = ours["query_name"] or ours["wire_name"][:1].upper() + ours["wire_name"][1:]
            same(f"{where} query name", sent, self.serializer._get_serialized_name(shape, name))
        same(f"{where} location", ours["location"], LOCATIONS[traits.get("location")])
        same(f"{where} flattened", ours["flattened"], bool(traits.get("flattened")))
        same(f"{where} attribute", ours["xml_attribute"], bool(traits.get("xmlAttribute")))
        same(f"{where} required", ours["required"], name in parent.required_members)
        same(f"{where} token", ours["idempotency_token"], bool(shape.metadata.get("idempotencyToken")))
        same(f"{where} host label", ours["host_label"], bool(traits.get("hostLabel")))
        if shape.type_name == "timestamp":
            known = ours["timestamp_format"] or self.shapes[ours["shape"]]["Timestamp"]
            same(f"{where} timestamp", known, TIMES[traits.get("timestampFormat")])
        if shape.type_name == "string":
            same(f"{where} json", self.shapes[ours["shape"]]["String"]["json"], bool(traits.get("jsonvalue")))
        self.compare(where, ours["shape"], shape)

    def wire_name(self, name, shape):
        if "location" not in shape.serialization and hasattr(self.parser, "_member_key_name"):
            return self.parser._member_key_name(shape, name)
        return shape.serialization.get("name", name)

    def list(self, where, ours, theirs):
        default = "item" if self.protocol == "ec2" else "member"
        same(f"{where} element", ours["element_name"], theirs.member.serialization.get("name", default))
        self.compare(f"{where}[]", ours["element"], theirs.member)

    def map(self, where, ours, theirs):
        same(f"{where} key", ours["key_name"], theirs.key.serialization.get("name", "key"))
        same(f"{where} value", ours["value_name"], theirs.value.serialization.get("name", "value"))
        self.compare(f"{where} key", ours["key"], theirs.key)
        self.compare(f"{where}.*", ours["value"], theirs.value)


def model_of(name):
    service, operation = name.split(":")
    return SESSION.get_service_model(service).operation_model(operation)


def compare_operation(name, ours):
    try:
        theirs = model_of(name)
    except Exception as error:  # whatever botocore says of what it does not know
        WRONG.append(f"{name}: {error}")
        return
    COUNTS["operations"] += 1
    service, metadata = ours["service"], theirs.service_model.metadata
    protocol = PROTOCOLS[service["protocol"]]
    if protocol not in metadata.get("protocols", [metadata["protocol"]]):
        WRONG.append(f"{name}: botocore does not speak {protocol} to it")
    if protocol == "json":
        same(f"{name} json", service["protocol"], {"1.0": "Json10", "1.1": "Json11"}[metadata["jsonVersion"]])
    same(f"{name} service id", service["service_id"], metadata["serviceId"])
    same(f"{name} prefix", service["endpoint_prefix"], theirs.service_model.endpoint_prefix)
    same(f"{name} signing name", service["signing_name"], theirs.service_model.signing_name)
    same(f"{name} version", service["api_version"], theirs.service_model.api_version)
    same(f"{name} target", service["target_prefix"], metadata.get("targetPrefix"))
    same(f"{name} method", ours["http_method"], theirs.http["method"])
    same(f"{name} uri", ours["uri"], theirs.http["requestUri"])
    same(f"{name} host prefix", ours["host_prefix"], (theirs.endpoint or {}).get("hostPrefix"))
    wrapper = theirs.output_shape and theirs.output_shape.serialization.get("resultWrapper")
    same(f"{name} wrapper", ours["result_wrapper"], wrapper or None)
    graph = Graph(ours, protocol)
    for side, shape in (("input", theirs.input_shape), ("output", theirs.output_shape)):
        same(f"{name} has {side}", ours[side] is not None, shape is not None)
        if ours[side] is not None and shape is not None:
            graph.compare(f"{name} {side}", ours[side], shape)
    compare_paginator(name, ours["paginator"], theirs)


def compare_paginator(name, ours, theirs):
    service, operation = name.split(":")
    try:
        pages = SESSION.get_paginator_model(service)._paginator_config.get(operation)
    except DataNotFoundError:
        pages = None
    if pages is None:
        # Inferred: at least what is said must be there.
        for token in ours["input_token"] if ours else []:
            same(f"{name} takes {token}", token in map(capital, theirs.input_shape.members), True)
        for key in (ours["output_token"] + ours["result_key"]) if ours else []:
            same(f"{name} gives {key}", key in map(capital, theirs.output_shape.members), True)
        return
    several = lambda value: [capital(v) for v in ([value] if isinstance(value, str) else value or [])]
    for key in ("input_token", "output_token", "result_key"):
        same(f"{name} {key}", (ours or {}).get(key), several(pages.get(key)))
    for key in ("limit_key", "more_results"):
        same(f"{name} {key}", (ours or {}).get(key), pages.get(key) and capital(pages[key]))


class Anything:
    """What a free-form document or a text that holds JSON may be."""

    type_name = "anything"


def is_free(shape):
    free = getattr(shape, "is_document_type", False) or shape.serialization.get("jsonvalue")
    return isinstance(shape, Anything) or bool(free)


def walk(shape, path):
    """The shape that a path of ours leads to; raises LookupError where it leads nowhere."""
    for part in [] if path in ("", "@") else path.lstrip("^").split("."):
        if isinstance(shape, Anything) or is_free(shape):
            return Anything()
        name, _, brackets = part.partition("[")
        if name == "*":
            shape = shape.value
        elif name:
            if shape.type_name == "map":
                shape = shape.value
            else:
                found = [s for n, s in getattr(shape, "members", {}).items() if capital(n) == name]
                if not found:
                    raise LookupError(f"'{name}' of '{path}' is not in {shape.name}")
                shape = found[0]
        for _ in range(brackets.count("]")):
            if shape.type_name != "list":
                raise LookupError(f"'{path}' puts [] after {shape.type_name}")
            shape = shape.member
    return shape


def check(where, shape, path):
    COUNTS["paths"] += 1
    try:
        return walk(shape, path)
    except LookupError as error:
        WRONG.append(f"{where}: {error}")
        return None


def sample(shape, source):
    """Something of the kind that the parameter's source gives, or its constant."""
    if isinstance(source, dict) and "Const" in source:
        value = json.loads(source["Const"])
        if shape.type_name in ("integer", "long"):
            value = int(value)
    elif shape.type_name == "structure":
        return {name: sample(shape.members[name], source) for name in shape.required_members}
    elif shape.type_name == "list":
        return [sample(shape.member, source)]
    else:
        value = {"boolean": True, "integer": 7, "long": 7, "timestamp": 0}.get(shape.type_name, "12345678-sample")
        value = (getattr(shape, "enum", None) or [value])[0]
        if isinstance(value, int) and not isinstance(value, bool):
            value = max(value, shape.metadata.get("min", 0))
        if isinstance(value, str):
            value = value.ljust(shape.metadata.get("min", 0), "0")
    return [value] if shape.type_name == "list" and not isinstance(value, list) else value


def put(place, parent, steps, value):
    """Sets a member below: names in structures, positions in lists."""
    step, *rest = steps
    if parent.type_name == "list":
        while len(place) <= int(step):
            place.append(None)
        key, shape = int(step), parent.member
    elif parent.type_name == "map":
        key, shape = step, parent.value
    else:
        key = next(n for n in parent.members if capital(n) == step)
        shape = parent.members[key]
    if not rest:
        place[key] = value
        return
    if parent.type_name != "list":
        place.setdefault(key, [] if shape.type_name == "list" else {})
    elif place[key] is None:
        place[key] = [] if shape.type_name == "list" else {}
    put(place[key], shape, rest, value)


def check_call(where, call):
    operation = model_of(call["operation"])
    request = {}
    for param in call["params"]:
        shape = operation.input_shape and check(f"{where} {param['member']}", operation.input_shape, param["member"])
        if shape:
            steps = re.findall(r"[^.\[\]]+", param["member"])
            put(request, operation.input_shape, steps, sample(shape, param["sources"][0]))
    if operation.input_shape:
        report = ParamValidator().validate(request, operation.input_shape)
        if report.has_errors():
            WRONG.append(f"{where}: {report.generate_report()}")
    COUNTS["calls"] += 1
    return operation.output_shape


# What a hand-made source puts into its rows besides what the service answers.
ADDED = {
    "api": (),
    "organizations": ("ParentId", "OuPath"),
    "metrics": (
        *("Average", "Maximum", "Minimum", "SampleCount", "Sum", "Timestamp", "Unit", "Stat", "Period", "Id"),
        *("Namespace", "MetricName", "Dimensions", "Expression", "MetricStat", "ScanBy", "Timezone"),
        "SourceAccountId",
    ),
    "logs": ("Fields", "LogGroup", "LogStream", "Message", "Ptr", "Query", "StartedAt", "Timestamp", "Whole"),
    "invocations": ("Record", "Output", "Input", "Price"),
}


def check_table(table):
    if table["source"] in ("cost", "cur"):
        # It makes its requests and rows itself.
        return
    name, added = table["name"], ADDED[table["source"]]
    rows, responses = [], {}
    for kind in ("list", "get"):
        for call in table[kind]:
            output = responses[call["operation"]] = check_call(f"{name} {kind} {call['operation']}", call)
            if call["also"]:
                rows.append((output, row))
            row = check(f"{name} {kind} rows", output, call["rows"])
            # What the source makes of objects' contents is in no model.
            if call["csv"] or table["source"] == "invocations":
                row = Anything()
        if table[kind] and row:
            rows.append((output, row))
    details = {}
    for detail in table["details"]:
        for call in detail["calls"]:
            responses[call["operation"]] = check_call(f"{name} {detail['id']}", call)
        details[detail["id"]] = responses[detail["calls"][-1]["operation"]]
        for path in filter(None, (detail["region"], detail["unless"])):
            if path.lstrip("^").split(".")[0] in added:
                continue
            for _, row in rows:
                check(f"{name} {detail['id']}", row, path)
    for column in table["columns"]:
        if not isinstance(column["value"], dict):
            continue
        [(how, value)] = column["value"].items()
        where = f"{name}.{column['name']}"
        if how == "NameTagOr":
            value = {"origin": "Row", **value}
        if how not in ("Path", "TagsMap", "Computed", "NameTagOr") or value["path"].lstrip("^").split(".")[0] in added:
            continue
        COUNTS["columns"] += 1
        chain = how == "Computed" and value["path"] == "@"
        if value["origin"] == "Row":
            shapes = [output if value["path"].startswith("^") else row for output, row in rows]
        elif "Detail" in value["origin"]:
            shapes = [details[value["origin"]["Detail"]]]
        else:
            shapes = [responses[value["origin"]["Earlier"]]]
        for shape in shapes:
            found = None if chain else check(where, shape, value["path"])
            if found is not None and how == "TagsMap" and not isinstance(found, Anything):
                check(where, found, f"[].{value['key']}")
                check(where, found, f"[].{value['value']}")


def our_endpoint(partition, prefix, region, fips, dual_stack):
    service = partition["services"].get(prefix, {})
    shared = service.get("partition_endpoint")
    entry = service.get("endpoints", {}).get(shared or region, {})
    key = {
        (False, False): "hostname", (True, False): "fips_hostname",
        (False, True): "dual_stack_hostname", (True, True): "fips_dual_stack_hostname",
    }[fips, dual_stack]
    suffix = partition["dual_stack_dns_suffix"] if dual_stack else partition["dns_suffix"]
    host = entry.get(key) or f"{prefix}{'-fips' if fips else ''}.{region}.{suffix}"
    return host, entry.get("signing_region") or region


def their_endpoint(rules, fixed, region, fips, dual_stack):
    inputs = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, **fixed}
    inputs = {k: v for k, v in inputs.items() if k in rules.ruleset.parameters}
    try:
        endpoint = rules.resolve_endpoint(**inputs)
    except EndpointProviderError:
        return None
    schemes = endpoint.properties.get("authSchemes", [])
    signing = next((s["signingRegion"] for s in schemes if s.get("signingRegion")), region)
    return endpoint.url.removeprefix("https://"), signing


def clients_endpoint(service, region, fips, dual_stack, operation):
    """Where a client would really call."""
    config = botocore.config.Config(
        use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack, s3={"us_east_1_regional_endpoint": "regional"}
    )
    client = SESSION.create_client(service, region, config=config)
    model = client.meta.service_model.operation_model(operation)
    context = {"client_config": client.meta.config}
    members = model.input_shape.members if model.input_shape else {}
    account = {"AccountId": "123456789012"} if "AccountId" in members else {}
    endpoint = client._ruleset_resolver.construct_endpoint(model, account, context)
    return endpoint.url.removeprefix("https://").removeprefix("123456789012.")


def check_endpoints(dump):
    services = {op["service"]["id"]: op["service"] for op in dump["operations"].values()}
    partitions_data = LOADER.load_data("partitions")
    asked = {}
    for table in dump["tables"]:
        for call in table["list"]:
            service, operation = call["operation"].split(":")
            asked[service] = operation
    for name, service in services.items():
        operation = next(o for o in dump["operations"] if o.startswith(name + ":"))
        static = model_of(operation).static_context_parameters
        fixed = {p.name: p.value for p in static if p.name == "ServiceType"}
        rules = EndpointProvider(LOADER.load_service_model(name, "endpoint-rule-set-1"), partitions_data)
        for partition in dump["endpoints"]:
            shared = partition["services"].get(service["endpoint_prefix"], {}).get("partition_endpoint")
            regions = sorted(partition["regions"])
            if partition["partition"] == "aws":
                anywhere = {their_endpoint(rules, fixed, region, False, False) for region in regions}
                same(f"{name} has endpoints", None in anywhere, False)
                same(f"{name} is global", service["is_global"], len(anywhere) == 1)
            for region in regions:
                for fips, dual_stack in ((False, False), (True, False), (False, True), (True, True)):
                    where = f"{name} in {region} fips={fips} dual-stack={dual_stack}"
                    ours = our_endpoint(partition, service["endpoint_prefix"], region, fips, dual_stack)
                    # A global service is asked in its own region only.
                    if shared and (fips or dual_stack) and region != ours[1]:
                        continue
                    theirs = their_endpoint(rules, fixed, region, fips, dual_stack)
                    if theirs is not None:
                        COUNTS["endpoints"] += 1
                        same(where, ours[0], theirs[0])
                        if not fips and not dual_stack:
                            same(f"{where}, signed for", ours[1], theirs[1])
            if name in asked:
                for region in {regions[0], regions[-1]} | ({"us-east-1"} & set(regions)):
                    ours = our_endpoint(partition, service["endpoint_prefix"], region, False, False)
                    same(f"a client of {name} in {region}", ours[0], clients_endpoint(name, region, False, False, asked[name]))


def main():
    dump = json.load(sys.stdin)
    for name, operation in dump["operations"].items():
        compare_operation(name, operation)
    for table in dump["tables"]:
        COUNTS["tables"] += 1
        check_table(table)
    check_endpoints(dump)
    print(json.dumps({"counts": COUNTS, "wrong": WRONG[:200]}))


if __name__ == "__main__":
    main()
