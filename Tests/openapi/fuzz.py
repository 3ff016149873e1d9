"""Has schemathesis call every operation of Postern's OpenAPI document, and says what was called and answered."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from accounts import DOMAIN_ADMIN, GLOBAL_ADMIN, LIMITED_ADMIN, Keeper, log_in, names
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


@dataclass
class Role:
    """Whom requests come from, and how much of them."""

    admin: str | None
    phases: str = "examples"
    # A regular expression of the paths; None for all.
    paths: str | None = None
    # Operations of which a few requests are enough: he is refused anyway, or nginx lets few through and another role
    # has sent many.
    brief: Callable[[str, dict], bool] = lambda label, operation: False
    # Whether every operation that is not brief is to succeed sometimes.
    succeeds: bool = False


def is_for_global_admins(label, operation):
    """Whether others are refused, as a rule."""
    return operation["x-postern-who"].partition(";")[0] == "global admins"


def is_login(label, operation):
    return label.endswith("/login")


ALL = "examples,coverage,fuzzing,stateful"
ROLES = {
    "global": Role(GLOBAL_ADMIN, ALL, brief=is_login, succeeds=True),
    "domain": Role(DOMAIN_ADMIN, ALL, brief=is_for_global_admins, succeeds=True),
    "limited": Role(LIMITED_ADMIN, "examples,coverage", "^/api/(domain|user|alias|maillist)/[^/]*$"),
    "nobody": Role(None),
}
# But for the last phase nothing is learnt from answers, so that the same seed gives the same requests.
SETTINGS = """
color = false
continue-on-failure = true
warnings.display = [{warnings}]
warnings.fail-on = [{warnings}]

[generation]
mode = "all"
max-examples = 25
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
max-steps = 10
generation.max-examples = 150
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
    well = [fuzz(name, url, password, keeper, document, options) for name in options.role]
    sys.exit(0 if all(well) else 1)


def fuzz(name, url, password, keeper, document, options):
    """Whether all is well."""
    role = ROLES[name]
    whom = role.admin or "nobody"
    began = time.monotonic()
    work = options.work / name
    work.mkdir()
    # Without a session nginx would let few requests through. This looks like one, but for Postern it is none.
    session = log_in(url, role.admin, password) if role.admin else "0" * 43
    settings = work / "schemathesis.toml"
    settings.touch(0o600)
    text = SETTINGS.replace("{warnings}", WARNINGS) + operations(document, session, role.brief)
    settings.write_text(text, encoding="utf-8")
    counts = work / "answers.json"
    counts.write_text("{}")
    environment = os.environ | {
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
        "POSTERN_FUZZ_KEEPER": keeper,
        "POSTERN_FUZZ_ADMIN": role.admin or "",
        "POSTERN_FUZZ_SEED": options.seed,
        "POSTERN_FUZZ_SESSION": session,
        "POSTERN_FUZZ_ANSWERS": str(counts),
    }
    command = ["schemathesis", "--config-file", str(settings), "run", f"{url}/api/openapi.json"]
    command += ["--phases", role.phases, "--checks", ",".join(CHECKS), "--seed", options.seed]
    command += ["--include-path-regex", role.paths] if role.paths else []
    print(f"--- As {whom} ---", flush=True)
    status = subprocess.run(command, cwd=work, env=environment).returncode
    answers = json.loads(counts.read_text())
    never = without_success(document, answers, role.brief) if role.succeeds else []
    if status != 0:
        print(f"As {whom}: schemathesis ended with status {status}.")
    if never:
        print(f"As {whom} these operations have never succeeded, so that their answers were not seen:")
        print("".join(f"  {label}: {answers.get(label, {})}\n" for label in never), end="")
    count = sum(sum(words.values()) for words in answers.values())
    print(f"As {whom}: {count} answers of {len(answers)} operations, {time.monotonic() - began:.0f} s")
    return status == 0 and not never


def operations(document, session, brief):
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
        if brief(label, operation):
            own += "phases.coverage.enabled = false\ngeneration.max-examples = 1\n"
        elif is_login(label, operation) or "/verify_password/" in label:
            own += "generation.max-examples = 4\n"
        for parameter in item.get("parameters", []) + operation.get("parameters", []):
            parameter = resolved(document, parameter)
            there, new = names(label.partition(" ")[2], parameter)
            if values := there + new:
                name = dictionaries.setdefault(json.dumps(values), f"values{len(dictionaries)}")
                key = json.dumps(f"path.{parameter['name']}")
                own += f"parameters.{key} = {{ dictionary = {json.dumps(name)}, probability = 0.7 }}\n"
        if own:
            text += f"\n[[operations]]\ninclude-name = {json.dumps(label)}\n{own}"
    for values, name in dictionaries.items():
        text += f"\n[dictionaries.{name}]\nvalues = {values}\n"
    return text


def without_success(document, answers, brief):
    """Operations that the admin may use, and that have never succeeded."""
    return [
        label
        for label, _, operation in each_operation(document)
        # The document itself is left out: it was read to begin with.
        if operation["operationId"] != "get_openapi"
        and not brief(label, operation)
        and not any(answer.endswith(" success") for answer in answers.get(label, {}))
    ]


if __name__ == "__main__":
    main()
