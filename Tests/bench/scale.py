"""Does anything grow with the database? The same requests on states of different sizes; Tests/bench/scale calls it."""

import argparse
import itertools
import random
import shutil
import signal
import statistics
import time

import processes
from bench_settings import write_settings
from figures import Page, markdown, origin
from servers import Servers
from state import PASSWORD, SERIES, State

DOMAINS = 10_000
NEW_USER = "name=New+User&password=Secret-1234&quota=1"


class ScaledState(State):
    """Many users in one domain, or over ten thousand domains; and beside them, in every state, the same few.

    probe.example    100 users
    leaving.example  10,000 users
    """

    def fill_scaled(self, users, is_one):
        if is_one:
            self.add_domain("large.example", users)
            # What a creation in it is checked against.
            self.sql("UPDATE domain SET maxquota = 2000000000, mailboxes = 2000000 WHERE domain = 'large.example';")
        else:
            self.sql(
                f"INSERT INTO domain (domain, description, created) {SERIES.format(count=DOMAINS)}"
                " SELECT printf('d%05d.example', n), 'Bench', '2026-01-31 23:59:59' FROM series;",
                self.users(users, "printf('user%07d', n)", f"printf('d%05d.example', n % {DOMAINS})"))
        self.add_domain("probe.example", 100)
        self.add_domain("leaving.example", 10_000)
        self.settle()


class Scale:
    """The costs of one state."""

    def __init__(self, options, users, is_one):
        self.users = users
        self.is_one = is_one
        self.state = ScaledState(options.postern, options.state, f"{options.work}/settings.py")
        self.servers = Servers(options.work, options.here, options.postern, self.state, options.port)
        self.numbers = itertools.count()

    def measure(self):
        start = time.monotonic()
        self.state.make()
        self.state.fill_scaled(self.users, self.is_one)
        print(f"{self.users} users in {'one domain' if self.is_one else f'{DOMAINS} domains'},"
              f" made in {time.monotonic() - start:.1f} s", flush=True)
        try:
            self.servers.start_postern()
            self.servers.start_nginx(["postern"])
            self.servers.log_in("bench@admin.example", PASSWORD)
            print(f"  Postern's own work after the start took {self.rest():.1f} s", flush=True)
            return {name: self.cost(count, ask) for name, count, ask in self.requests()}
        finally:
            self.servers.stop()
            shutil.rmtree(self.state.directory)

    def rest(self):
        """Waits until the housekeeping of the start is done, which would count as the requests'; how long it took."""
        start = time.monotonic()
        process = self.servers.postern_process()
        # It begins a second after the start.
        time.sleep(2)
        before = 0
        while processes.run_seconds(process) - before > 0.01:
            if time.monotonic() - start > 120:
                raise SystemExit("scale: Postern does not come to rest")
            before = processes.run_seconds(process)
            time.sleep(0.5)
        return time.monotonic() - start

    def requests(self):
        """Name, how often, and a function that gives one request."""
        new = lambda domain: lambda: ("POST", f"/api/user/new{next(self.numbers)}@{domain}", NEW_USER)
        requests = [
            ("GET user", 400, lambda: ("GET", f"/api/user/{self.any_user()}", None)),
            ("List 100 users", 20, lambda: ("GET", "/api/users/probe.example", None)),
            ("First 100 domains", 20, lambda: ("GET", "/api/domains?name_only=yes&limit=100", None)),
            ("Create user", 200, new("probe.example")),
            ("Rename user", 100, self.rename),
            ("Delete user", 100, lambda: ("DELETE", f"/api/user/renamed{next(self.gone)}@probe.example", None)),
            ("Domain profile", 20, lambda: ("GET", "/api/domain/probe.example", None)),
            ("Create domain", 20, lambda: ("POST", f"/api/domain/new{next(self.numbers)}.example", "name=New")),
            ("Delete a domain of 10 000 users", 1, lambda: ("DELETE", "/api/domain/leaving.example", None)),
        ]
        if self.is_one:
            requests += [
                ("Of the one domain: 100 users", 20, lambda: ("GET", "/api/users/large.example?limit=100", None)),
                ("Of the one domain: create user, with limits", 10, new("large.example")),
                ("Of the one domain: profile", 5, lambda: ("GET", "/api/domain/large.example", None)),
            ]
        return requests

    def any_user(self):
        number = random.randrange(self.users)
        return f"user{number:07d}@" + ("large.example" if self.is_one else f"d{number % DOMAINS:05d}.example")

    renamed = gone = None

    def rename(self):
        if self.renamed is None:
            self.renamed, self.gone = itertools.count(), itertools.count()
        number = next(self.renamed)
        return ("POST", f"/api/user/user{number:07d}@probe.example/change_email/renamed{number}@probe.example", "")

    def cost(self, count, ask):
        """Milliseconds of Postern's CPU for each, and the median of the times.

        What is asked for the first time costs more, in every state alike.
        """
        process = self.servers.postern_process()
        before = processes.run_seconds(process)
        times = []
        for _ in range(count):
            start = time.monotonic()
            self.answer(*ask())
            times.append(time.monotonic() - start)
        return 1000 * (processes.run_seconds(process) - before) / len(times), 1000 * statistics.median(times)

    def answer(self, method, path, body):
        status, answer = self.servers.ask(method, path, body)
        if not answer.startswith(b'{"_success": true'):
            raise SystemExit(f"scale: {method} {path} was answered with {status} {answer[:200]!r}")


def main():
    parser = argparse.ArgumentParser()
    for name in ["work", "state", "here", "postern"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=lambda text: [int(number) for number in text.split()], required=True)
    parser.add_argument("--write")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    signal.signal(signal.SIGINT, lambda *_: exit(130))
    page = Page(options.write) if options.write else None
    write_settings(options.work)
    growth = {}
    for is_one in [True, False]:
        found = {users: Scale(options, users, is_one).measure() for users in options.users}
        layout = "one domain" if is_one else f"{DOMAINS} domains"
        table(found, layout)
        growth[layout] = compare(found[options.users[0]], found[options.users[-1]])
    if page:
        name = f"Tests/bench/scale, from {options.users[0]} to {options.users[-1]} users"
        how = "The processor time of a request in the largest state, that in the smallest being 1."
        page.write(name, [origin(), how, "", *growth_table(growth)])


def compare(smallest, largest):
    """Each request with how many times the CPU it costs in the largest state."""
    return {name: largest[name][0] / costs[0] for name, costs in smallest.items()}


def growth_table(growth):
    """A line for each request, a column for each layout; nothing where a layout does not have that request."""
    names = list(dict.fromkeys(name for factors in growth.values() for name in factors))
    rows = [[name, *(f"{factors[name]:.1f}" if name in factors else "" for factors in growth.values())]
            for name in names]
    return markdown(["Request", *(f"Users in {layout}" for layout in growth)], rows)


def table(found, layout):
    """Each request with its cost, and how that compares with the smallest state's."""
    smallest = next(iter(found.values()))
    print(f"\nUsers in {layout}: Postern's CPU for a request and median time, ms; in brackets the CPU, the smallest 1")
    print(f"  {'':46}" + "".join(f"{users:>30}" for users in found))
    for name in smallest:
        cells = [f"{costs[name][0]:10.2f} {costs[name][1]:9.2f} ({costs[name][0] / smallest[name][0]:6.2f})"
                 for costs in found.values()]
        print(f"  {name:46}" + "".join(f"{cell:>30}" for cell in cells))
    print(flush=True)


main()
