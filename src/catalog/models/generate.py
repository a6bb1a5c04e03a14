#!/usr/bin/env python3
"""Writes the pruned service models beside this file, from botocore's.

    pip install botocore==1.43.127
    generate.py           write models/*.json
    generate.py --check   say whether the committed files are current (exit 1 if not)

What is kept is what the catalog's build script reads: for each operation of operations.txt its HTTP
binding, its paginator and the shapes it reaches, without documentation. Endpoints are botocore's rule
sets, evaluated for every region; only what differs from the usual pattern is written.
"""

import json
import pathlib
import re
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointResolutionError, UnknownServiceError
from botocore.loaders import Loader

BOTOCORE = "1.43.127"
HERE = pathlib.Path(__file__).resolve().parent
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
# In this order: all of them are spoken here, the newer CBOR one is not.
PROTOCOLS = ("json", "query", "ec2", "rest-json", "rest-xml")
METADATA = (
    "apiVersion", "endpointPrefix", "signingName", "serviceId", "jsonVersion", "targetPrefix", "xmlNamespace",
)
SHAPE_TRAITS = ("required", "payload", "document", "flattened", "enum", "timestampFormat", "locationName", "jsonvalue")
MEMBER_TRAITS = (
    "shape", "location", "locationName", "queryName", "flattened", "xmlAttribute", "xmlNamespace",
    "timestampFormat", "idempotencyToken", "hostLabel", "jsonvalue",
)
# Services that page although botocore has no paginator for it; the others are inferred.
PAGES = {
    ("route53", "ListTrafficPolicies"): ["TrafficPolicyIdMarker"],
    ("route53", "ListTrafficPolicyVersions"): ["TrafficPolicyVersionMarker"],
    ("route53", "ListTrafficPolicyInstances"): [
        "HostedZoneIdMarker", "TrafficPolicyInstanceNameMarker", "TrafficPolicyInstanceTypeMarker",
    ],
}
TOKEN = re.compile(r"(next)?(page|continuation)?(token|marker)", re.IGNORECASE)
PAGINATOR = ("input_token", "output_token", "limit_key", "more_results", "result_key")


def operations():
    """Service to its sorted operation names."""
    wanted = {}
    for line in (HERE / "operations.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            service, name = line.split(":")
            wanted.setdefault(service, set()).add(name)
    return {service: sorted(names) for service, names in sorted(wanted.items())}


def keep(source, names):
    return {name: source[name] for name in names if source.get(name) not in (None, False, [])}


def member(ref):
    return keep(ref, MEMBER_TRAITS)


def shape(model):
    """A shape and the names of those it refers to."""
    kept = {"type": model["type"], **keep(model, SHAPE_TRAITS)}
    refs = []
    if model["type"] == "structure":
        members = model.get("members", {})
        kept["members"] = {name: member(ref) for name, ref in members.items()}
        refs = list(members.values())
    elif model["type"] == "list":
        kept["member"] = member(model["member"])
        refs = [model["member"]]
    elif model["type"] == "map":
        kept["key"], kept["value"] = member(model["key"]), member(model["value"])
        refs = [model["key"], model["value"]]
    return kept, [ref["shape"] for ref in refs]


def protocol(metadata):
    offered = metadata.get("protocols") or [metadata["protocol"]]
    for name in PROTOCOLS:
        if name in offered:
            return name
    sys.exit(f"{metadata['serviceId']}: speaks only {offered}")


def next_token(token, given):
    """The output member that the input member `token` is filled from, if it is a page token."""
    names = ("Next" + token, "next" + token[0].upper() + token[1:], token)
    return next((name for name in names if TOKEN.fullmatch(token) and name in given), None)


def inferred_paginator(model, service, name):
    """A page token that goes in as it came out means pages, even where botocore does not say so."""
    operation = model["operations"][name]
    if "input" not in operation or "output" not in operation:
        return None
    taken = model["shapes"][operation["input"]["shape"]].get("members", {})
    given = model["shapes"][operation["output"]["shape"]].get("members", {})
    pairs = [(token, token) for token in PAGES.get((service, name), [])]
    if not pairs:
        pairs = [(token, next_token(token, given)) for token in taken if next_token(token, given)]
    if not pairs:
        return None
    kinds = {name: model["shapes"][ref["shape"]]["type"] for name, ref in given.items()}
    lists = [name for name, kind in kinds.items() if kind == "list"]
    return {
        "input_token": [token for token, _ in pairs],
        "output_token": [token for _, token in pairs],
        "result_key": lists or [name for name, kind in kinds.items() if kind == "map"],
        "more_results": "IsTruncated" if "IsTruncated" in given else None,
    }


def service_model(loader, service, names):
    model = loader.load_service_model(service, "service-2")
    try:
        # The loader merges paginators-1.sdk-extras into it.
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        pages = {}
    out = {"protocol": protocol(model["metadata"]), "metadata": keep(model["metadata"], METADATA)}
    out["operations"], pending = {}, []
    for name in names:
        if name not in model["operations"]:
            sys.exit(f"{service}:{name}: botocore {BOTOCORE} does not have it")
        operation = model["operations"][name]
        kept = keep(operation["http"], ("method", "requestUri"))
        if "hostPrefix" in operation.get("endpoint", {}):
            kept["hostPrefix"] = operation["endpoint"]["hostPrefix"]
        for side in ("input", "output"):
            if side in operation:
                kept[side] = keep(operation[side], ("shape", "resultWrapper"))
                pending.append(operation[side]["shape"])
        paginator = pages.get(name) or inferred_paginator(model, service, name)
        if paginator:
            kept["paginator"] = keep(paginator, PAGINATOR)
        out["operations"][name] = kept
    shapes = {}
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name], refs = shape(model["shapes"][name])
            pending.extend(refs)
    out["shapes"] = dict(sorted(shapes.items()))
    return out


class Endpoints:
    """Evaluates one service's rule set."""

    def __init__(self, loader, service, partitions):
        self.rules = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        self.parameters = self.rules.ruleset.parameters
        self.fixed = fixed_parameters(loader, service, self.parameters)

    def resolve(self, region, fips, dual_stack):
        """Host and signing region, or None where the rules say that there is no such endpoint."""
        inputs = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, **self.fixed}
        inputs = {k: v for k, v in inputs.items() if k in self.parameters}
        try:
            endpoint = self.rules.resolve_endpoint(**inputs)
        except EndpointResolutionError:
            return None
        host = endpoint.url.removeprefix("https://")
        schemes = endpoint.properties.get("authSchemes", [])
        signing = next((s["signingRegion"] for s in schemes if s.get("signingRegion")), None)
        return host, signing or region


def fixed_parameters(loader, service, parameters):
    """What the rules demand beside region and variants: our operations must all say the same."""
    model, fixed = loader.load_service_model(service, "service-2"), {}
    for name, parameter in parameters.items():
        if parameter.required and not parameter.builtin:
            said = [model["operations"][o].get("staticContextParams", {}).get(name) for o in operations()[service]]
            if None in said or any(value != said[0] for value in said):
                sys.exit(f"{service}: its endpoints depend on {name}")
            fixed[name] = said[0]["value"]
    return fixed


VARIANTS = {
    "hostname": (False, False, "{prefix}.{region}.{suffix}"),
    "fips_hostname": (True, False, "{prefix}-fips.{region}.{suffix}"),
    "dual_stack_hostname": (False, True, "{prefix}.{region}.{dual}"),
    "fips_dual_stack_hostname": (True, True, "{prefix}-fips.{region}.{dual}"),
}


def shared_region(found, regions):
    """The region a global service signs for: it answers at one host wherever it is asked from."""
    answers = {found.resolve(region, False, False) for region in regions}
    if len(regions) > 1 and len(answers) == 1 and None not in answers:
        return answers.pop()[1]
    return None


def hosts(found, region, prefix, outputs, explicit):
    """The endpoint of one region, as far as it differs from the pattern (or all of it)."""
    names = {"prefix": prefix, "region": region, "suffix": outputs["dnsSuffix"], "dual": outputs["dualStackDnsSuffix"]}
    entry = {}
    for key, (fips, dual_stack, pattern) in VARIANTS.items():
        endpoint = found.resolve(region, fips, dual_stack)
        if endpoint is None:
            continue
        host, signing = endpoint
        if explicit or host != pattern.format(**names):
            entry[key] = host
        if key == "hostname" and (explicit or signing != region):
            entry["signing_region"] = signing
    return entry


def service_endpoints(found, prefix, regions, partition):
    home = shared_region(found, regions)
    if home:
        shared = partition["id"] + "-global"
        entry = hosts(found, home, prefix, partition["outputs"], explicit=True)
        return {"partition_endpoint": shared, "endpoints": {shared: entry}}
    entries = {region: hosts(found, region, prefix, partition["outputs"], explicit=False) for region in regions}
    entries = {region: entry for region, entry in entries.items() if entry}
    return {"endpoints": entries} if entries else {}


def regions_of(partition):
    return {
        code: about.get("description", code)
        for code, about in sorted(partition["regions"].items())
        if not code.endswith("-global")
    }


def endpoints(loader, prefixes):
    """By partition; services by endpoint prefix, those that follow the pattern everywhere left out."""
    data = loader.load_data("partitions")
    rules = {service: Endpoints(loader, service, data) for service in prefixes}
    out = {}
    for partition in data["partitions"]:
        if partition["id"] not in PARTITIONS:
            continue
        regions, services = regions_of(partition), {}
        for service, prefix in prefixes.items():
            kept = service_endpoints(rules[service], prefix, regions, partition)
            if services.setdefault(prefix, kept) != kept:
                sys.exit(f"{partition['id']}: {service} answers elsewhere than others of the prefix '{prefix}'")
        out[partition["id"]] = {
            "dns_suffix": partition["outputs"]["dnsSuffix"],
            "dual_stack_dns_suffix": partition["outputs"]["dualStackDnsSuffix"],
            "regions": regions,
            "services": {k: v for k, v in sorted(services.items()) if v},
        }
    return out


def render(value):
    """One operation or shape a line: small files whose changes can be read."""
    lines = []
    for key, part in value.items():
        if isinstance(part, dict) and key in ("operations", "shapes", "regions", "services"):
            inner = ",\n".join(f"{json.dumps(k)}:{dump(v)}" for k, v in part.items())
            lines.append(f"{json.dumps(key)}:{{\n{inner}\n}}")
        else:
            lines.append(f"{json.dumps(key)}:{dump(part)}")
    return "{" + ",\n".join(lines) + "}"


def dump(value):
    return json.dumps(value, separators=(",", ":"))


def files():
    loader = Loader()
    models = {service: service_model(loader, service, names) for service, names in operations().items()}
    prefixes = {service: model["metadata"]["endpointPrefix"] for service, model in models.items()}
    where = endpoints(loader, prefixes)
    for service, prefix in prefixes.items():
        models[service]["global"] = "partition_endpoint" in where["aws"]["services"].get(prefix, {})
    made = {f"{service}.json": render(model) + "\n" for service, model in models.items()}
    made["endpoints.json"] = "{\n" + ",\n".join(f"{dump(k)}:{render(v)}" for k, v in where.items()) + "\n}\n"
    return made


def main():
    if botocore.__version__ != BOTOCORE:
        sys.exit(f"this needs botocore {BOTOCORE}, not {botocore.__version__}")
    made = files()
    there = {p.name: p.read_text() for p in HERE.glob("*.json")}
    stale = sorted(n for n in made.keys() | there.keys() if made.get(n) != there.get(n))
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit("stale, run generate.py: " + ", ".join(stale))
        print(f"{len(made)} models are current")
        return
    for name in stale:
        if name in made:
            (HERE / name).write_text(made[name])
        else:
            (HERE / name).unlink()
    print(f"{len(made)} models, {sum(map(len, made.values()))} bytes, {len(stale)} changed")


if __name__ == "__main__":
    main()
