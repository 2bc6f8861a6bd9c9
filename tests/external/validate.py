"""Validates TOML scenarios against the schema given first. Exits with 1 when one of them does not fit."""

import json
import pathlib
import sys
import tomllib

import jsonschema

schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
faults = 0
for path in sys.argv[2:]:
    for fault in validator.iter_errors(tomllib.loads(pathlib.Path(path).read_text())):
        print(f"{path}: {fault.json_path}: {fault.message}")
        faults += 1
sys.exit(1 if faults else 0)
