"""Has schemathesis call every operation of Postern's OpenAPI document, and says what was called and answered."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import requests

from accounts import Keeper, known, log_in, DOMAIN_ADMIN, GLOBAL_ADMIN
from document import each_operation, resolved

HERE = Path(__file__).parent
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# What would leave something untested; that many values are refused is as it should be.
WARNINGS = '"rate_limited", "unresolvable_reference", "unsupported_regex", "missing_deserializer", "unmatched_filter"'
# The admin it works as, the phases, and whether he is refused what is for global admins only: of that he sees little.
ROLES = {
    "global": (GLOBAL_ADMIN, "examples,coverage,fuzzing,stateful", False),
    "domain": (DOMAIN_ADMIN, "examples,coverage,fuzzing,stateful", True),
    "nobody": (None, "examples", False),
}
# Nothing is learnt from answers: the same seed gives the same requests.
SETTINGS = """
color = false
continue-on-failure = true
warnings.display = [{warnings}]
warnings.fail-on = [{warnings}]

[generation]
mode = "all"
max-examples = 12
database = "none"
no-shrink = true

[phases.examples]
fill-missing = true
extra-data-sources.responses = false

[phases.coverage]
extra-data-sources.responses = false
unexpected-methods = []

[phases.fuzzing]
extra-data-sources.responses = false
error-feedback.enabled = false

[phases.stateful]
max-steps = 8
generation.max-examples = 40
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("role", nargs="+", choices=ROLES)
    options = parser.parse_args()
    url, password = os.environ["POSTERN_URL"], os.environ["POSTERN_PASSWORD"]
    document = requests.get(f"{url}/api/openapi.json", timeout=30).json()
    keeper = log_in(url, os.environ["POSTERN_ADMIN"], password)
    Keeper(url, keeper).make_admins(password)
    well = [fuzz(role, url, password, keeper, document, options) for role in options.role]
    sys.exit(0 if all(well) else 1)


def fuzz(role, url, password, keeper, document, options):
    """Whether all is well."""
    admin, phases, is_limited = ROLES[role]
    began = time.monotonic()
    work = options.work / role
    work.mkdir()
    # Without a session nginx would let few requests through. This looks like one, but for Postern it is none.
    session = log_in(url, admin, password) if admin else "0" * 43
    settings = work / "schemathesis.toml"
    settings.touch(0o600)
    settings.write_text(SETTINGS.replace("{warnings}", WARNINGS) + operations(document, session, is_limited), encoding="utf-8")
    counts = work / "answers.json"
    counts.write_text("{}")
    environment = os.environ | {
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
        "POSTERN_FUZZ_KEEPER": keeper,
        "POSTERN_FUZZ_ADMIN": admin or "",
        "POSTERN_FUZZ_SESSION": session,
        "POSTERN_FUZZ_ANSWERS": str(counts),
    }
    command = ["schemathesis", "--config-file", str(settings), "run", f"{url}/api/openapi.json"]
    command += ["--phases", phases, "--checks", ",".join(CHECKS), "--seed", options.seed]
    print(f"--- As {admin or 'nobody'} ---", flush=True)
    status = subprocess.run(command, cwd=work, env=environment).returncode
    answers = json.loads(counts.read_text())
    never = without_success(document, answers, is_limited) if admin else []
    if status != 0:
        print(f"As {admin or 'nobody'}: schemathesis ended with status {status}.")
    if never:
        print(f"As {admin} these operations have never succeeded, so that their answers were not seen:")
        print("".join(f"  {label}: {answers.get(label, {})}\n" for label in never), end="")
    count = sum(sum(words.values()) for words in answers.values())
    print(f"As {admin or 'nobody'}: {count} answers of {len(answers)} operations, {time.monotonic() - began:.0f} s")
    return status == 0 and not never


def operations(document, session, is_limited):
    """Settings: the session, and that most paths name what there is; of random names there would be nothing."""
    schemes = document["components"]["securitySchemes"]
    text = "".join(
        f"\n[auth.openapi.{json.dumps(name)}]\napi_key = {json.dumps(session)}\n"
        for name, scheme in schemes.items()
        if scheme.get("in") == "cookie"
    )
    dictionaries = {}
    for label, item, operation in each_operation(document):
        own = ""
        if is_limited and is_for_global_admins(operation):
            own += "phases.coverage.enabled = false\ngeneration.max-examples = 1\n"
        elif "/login" in label or "/verify_password/" in label:
            own += "generation.max-examples = 4\n"
        for parameter in item.get("parameters", []) + operation.get("parameters", []):
            parameter = resolved(document, parameter)
            values = known(label.partition(" ")[2], parameter)
            if values:
                name = dictionaries.setdefault(json.dumps(values), f"values{len(dictionaries)}")
                key = json.dumps(f"path.{parameter['name']}")
                own += f"parameters.{key} = {{ dictionary = {json.dumps(name)}, probability = 0.7 }}\n"
        if own:
            text += f"\n[[operations]]\ninclude-name = {json.dumps(label)}\n{own}"
    for values, name in dictionaries.items():
        text += f"\n[dictionaries.{name}]\nvalues = {values}\n"
    return text


def is_for_global_admins(operation):
    """Whether others are refused, as a rule."""
    return operation["x-postern-who"].partition(";")[0] == "global admins"


def without_success(document, answers, is_limited):
    """Operations that the admin may use, and that have never succeeded."""
    return [
        label
        for label, _, operation in each_operation(document)
        # The document itself is left out: it was read to begin with.
        if operation["operationId"] != "get_openapi"
        and not (is_limited and is_for_global_admins(operation))
        and not any(answer.endswith(" success") for answer in answers.get(label, {}))
    ]


if __name__ == "__main__":
    main()
