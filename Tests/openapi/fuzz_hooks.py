"""What happens around each request of schemathesis; fuzz.py tells the rest in the environment.

The accounts that the document's examples name are there again when an operation has changed some; nginx' limit of
password checks is kept; and the answers of each operation are counted.
"""

import atexit
import json
import os
import random
import sys
import time
from collections import Counter

import schemathesis
from schemathesis.generation.meta import TestPhase

from accounts import ACCOUNTS, ADMINS, COOKIE, DOMAINS, PASSWORD, Keeper, log_in, names
from document import each_operation, resolved

NAMES = {*DOMAINS, *ADMINS, *(address for _, address, _ in ACCOUNTS)}
KINDS = ("domain", "user", "alias", "maillist", "ml", "admin")

url = os.environ["POSTERN_URL"]
admin = os.environ["POSTERN_FUZZ_ADMIN"]
session = os.environ["POSTERN_FUZZ_SESSION"]
keeper = Keeper(url, os.environ["POSTERN_FUZZ_KEEPER"])


class State:
    """Which accounts are as they were, and what was answered."""

    label = None
    # Something was changed, which is put back before another operation is called; and an account came or went, which
    # is put back at once.
    changed = True
    moved = True
    calls = 0
    creations = 0
    checks = 0
    logouts = 0
    ended_session = ""
    random = random.Random(int(os.environ["POSTERN_FUZZ_SEED"]))
    answers = {}


class Limit:
    """A limit of nginx: so many requests at once, and then so many a second."""

    def __init__(self, burst, rate):
        self.burst = self.left = burst
        self.rate = rate
        self.at = time.monotonic()

    def wait(self):
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.rate) - 1
        self.at = now
        if self.left < 0:
            time.sleep(-self.left / self.rate)


# Less than nginx has, because fuzz.py has logged in before.
password_checks = Limit(50, 0.95)
strangers = Limit(30, 18)


def parts(path):
    """The path's segments behind /api/."""
    segments = path.strip("/").split("/")
    return segments[1:] if segments[0] == "api" else segments


def creates(case):
    """Whether it makes a domain or an account."""
    path = parts(case.operation.path)
    return case.operation.method.upper() == "POST" and len(path) == 2 and path[0] in KINDS


def phase(case):
    return case.meta.phase.name if case.meta else None


def is_walk(case):
    """Whether it is a step of several that belong together."""
    return phase(case) is TestPhase.STATEFUL


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Tells what no document says: which accounts there are, and that operations on one path are about the same.

    One address may be the example for accounts of all kinds: each operation gets one that it can be about. And each
    operation of an account leads to the others of that account.
    """
    for label, item, operation in each_operation(raw_schema):
        parameters = [resolved(raw_schema, it) for it in item.get("parameters", []) + operation.get("parameters", [])]
        for place, parameter in enumerate(parameters):
            addresses, _ = names(label.partition(" ")[2], parameter)
            if addresses:
                parameter = {name: it for name, it in parameter.items() if name != "examples"}
                parameter["schema"] = {
                    name: it
                    for name, it in resolved(raw_schema, parameter["schema"]).items()
                    if name not in ("example", "examples")
                }
                parameters[place] = parameter | {"example": addresses[0]}
        operation["parameters"] = parameters
    for item in raw_schema["paths"].values():
        item.pop("parameters", None)
    for label, _, operation in each_operation(raw_schema):
        path = label.partition(" ")[2]
        if parts(path)[0] not in KINDS or path.count("{") != 1:
            continue
        name = path.partition("{")[2].partition("}")[0]
        links = operation["responses"]["200"]["links"] = {}
        for other, _, follower in each_operation(raw_schema):
            if other != label and other.partition(" ")[2].startswith(path):
                links[follower["operationId"]] = {
                    "operationId": follower["operationId"],
                    "parameters": {f"path.{name}": f"$request.path.{name}"},
                }


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    State.calls += 1
    if is_walk(case):
        # What one step has changed the next ones are to find; each walk is a few steps.
        is_due = State.calls % 20 == 0
    else:
        is_due = State.moved or State.changed and label != State.label
    if admin and is_due:
        keeper.renew()
        State.moved = State.changed = False
    State.label = label
    if phase(case) is TestPhase.COVERAGE and State.random.random() < 0.5:
        # That phase would have nearly all handled strictly.
        case.headers.pop("Prefer", None)
    path = parts(case.operation.path)
    if path[0] in ("login", "verify_password"):
        password_checks.wait()
        # Every third password is right.
        State.checks += 1
        if State.checks % 3 == 1 and isinstance(case.body, dict) and case.body.get("password"):
            case.body["password"] = PASSWORD
            if path[0] == "login":
                case.body["username"] = ADMINS[0]
    elif path[0] == "logout" and admin:
        # Not the session that the other operations need: some of its own, and then one that is over.
        State.logouts += 1
        if State.logouts <= 5:
            password_checks.wait()
            State.ended_session = log_in(url, admin, os.environ["POSTERN_PASSWORD"])
        case.cookies[COOKIE] = State.ended_session
    elif creates(case) and admin and not is_walk(case):
        # Every other time what is to be made is there already.
        State.creations += 1
        if State.creations % 2:
            keeper.call("DELETE", case.formatted_path)
            State.changed = True
    elif case.cookies.get(COOKIE) != session:
        strangers.wait()


@schemathesis.hook
def after_call(context, case, response):
    try:
        answer = response.json()
    except ValueError:
        answer = None
    envelope = answer if isinstance(answer, dict) else {}
    succeeded = envelope.get("_success", response.status_code == 200) is True
    word = "success" if succeeded else str(envelope.get("_msg"))
    State.answers.setdefault(case.operation.label, Counter())[f"{response.status_code} {word}"] += 1
    path = parts(case.operation.path)
    if succeeded and case.method.upper() != "GET" and path[0] not in ("login", "logout", "verify_password"):
        State.changed = True
        if creates(case) and not is_walk(case) and not NAMES.intersection(case.path_parameters.values()):
            # Accounts of random names would make the lists long.
            keeper.call("DELETE", case.formatted_path)
        elif path[0] in KINDS and (case.method.upper() == "DELETE" or "change_email" in path or "admins" in path):
            State.moved = True
    if word == "LOGIN_REQUIRED" and admin and case.cookies.get(COOKIE) == session:
        print("fuzz_hooks.py: the session has ended; what follows would say nothing.", file=sys.stderr)
        tell()
        os._exit(3)


@atexit.register
def tell():
    with open(os.environ["POSTERN_FUZZ_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(State.answers, file)
