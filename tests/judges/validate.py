"""Validates JSON documents against JSON Schemas (2020-12), formats included.

Reads {"name": {"schema": ..., "documents": [...]}} on stdin, prints what is wrong as a list of texts.
A member that the schema does not describe is wrong too: readers may meet new members, but the
schema is printed by the same program that printed the document.
"""

import json
import sys

from jsonschema import Draft202012Validator


def closed(schema):
    """The schema, letting no member through that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    # Conditions name some members of an object described elsewhere.
    if schema.get("type") == "object" and "properties" in schema:
        result.setdefault("additionalProperties", False)
    return result


def main():
    wrong = []
    for name, given in json.load(sys.stdin).items():
        Draft202012Validator.check_schema(given["schema"])
        validator = Draft202012Validator(
            closed(given["schema"]), format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for number, document in enumerate(given["documents"]):
            for error in validator.iter_errors(document):
                place = "/".join(map(str, error.absolute_path))
                wrong.append(f"{name} {number} at /{place}: {error.message[:300]}")
    print(json.dumps(wrong))


main()
