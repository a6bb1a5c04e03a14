"""Prints, as JSON, the packages whose version is not the pinned one."""
import importlib.metadata
import json
import pathlib

lines = pathlib.Path(__file__).with_name("requirements.txt").read_text().splitlines()
pins = [line.split("==") for line in lines if line and not line.startswith("#")]
wrong = {}
for name, pinned in pins:
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found != pinned:
        wrong[name] = found
print(json.dumps(wrong))
