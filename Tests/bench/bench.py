"""The benchmark: makes a state, starts everything, measures, prints. Tests/bench/run calls it; it tells the options."""

import argparse
import glob
import os
import re
import signal
import shutil
import subprocess
import time

import fairness
import processes
from bench_settings import write_settings
from figures import Page, origin
from jobs import JOBS
from report import Goals, Rates, table
from rounds import Failed, Rounds, median, ratio
from servers import Servers
from state import PASSWORD, State

class Bench:
    def __init__(self, options):
        self.options = options
        self.page = Page(options.write) if options.write else None
        self.rates = Rates()
        self.goals = Goals()
        self.rounds_count, self.seconds = (2, 1) if options.quick else (5, 3)
        self.seconds = options.seconds or self.seconds
        work = options.work
        self.settings = f"{work}/settings.py"
        self.state = State(options.postern, options.state, self.settings)
        self.servers = Servers(work, options.here, options.postern, self.state, options.port)
        self.rounds = Rounds(self.servers, self.state, self.seconds)

    # --- The stage ---

    def prepare(self):
        work = self.options.work
        write_settings(work)
        start = time.monotonic()
        self.state.make()
        self.state.fill(self.options.users)
        self.state.copy_accounts(f"{work}/peer.db")
        if os.geteuid() == 0:
            shutil.chown(f"{work}/peer.db", "www-data", "www-data")
        took = time.monotonic() - start
        print(f"{self.options.users} users in {self.state.domains + 2} domains, made in {took:.1f} s")
        if self.options.engine:
            start = time.monotonic()
            self.server_settings = self.state.copy_to_server(os.environ["POSTERN_POSTGRESQL"])
            print(f"moved to a PostgreSQL server in {time.monotonic() - start:.1f} s")

    def start(self):
        self.servers.start_postern()
        self.servers.start_null()
        if self.options.engine:
            self.servers.start_postern_at_server(self.server_settings)
            self.servers.start_nginx(["postern", "null", "postgresql"])
            for target in ["postern", "postgresql"]:
                self.servers.log_in("bench@admin.example", PASSWORD, target)
            return
        self.servers.start_php()
        self.servers.start_uwsgi(f"{self.options.work}/peer.db")
        self.servers.start_nginx(["postern", "null", "php", "uwsgi", "limited"])
        self.servers.log_in("bench@admin.example", PASSWORD)

    # --- The jobs ---

    def job(self, job):
        if job.name == "login_fast":
            shutil.copy(self.settings + ".fast", self.settings)
            os.kill(self.servers.postern_process(), signal.SIGHUP)
            self.servers.wait_for("the other settings", lambda: "settings read again" in self.servers.tail("postern"))
        length = self.sample(job)
        found = {}
        is_short = self.options.quick and job.name not in ("user", "create")
        connections = job.connections[:1] if is_short or self.options.engine else job.connections
        for number in connections:
            targets = ["postern", "null"] + (["php", "uwsgi"] if job.has_peers and number == 32 else [])
            if self.options.engine:
                targets = ["postern", "postgresql", "null"]
            found[number] = self.rounds.run(job, number, targets, self.rounds_count, length)
        table(job, found, processes.pss(self.servers.postern_process()))
        self.rates.add(job, found)
        if self.options.engine:
            self.judge_engine(job, found[job.connections[0]])
        else:
            self.judge(job, found)

    def judge_engine(self, job, rounds):
        part = ratio(rounds["postgresql"], rounds["postern"])
        if job.name == "user":
            self.goals.add("GET user on PostgreSQL, part of the rate on SQLite", part, "", least=0.4)
            print(f"  pgbench reads one mailbox {self.server_ceiling():.0f} times a second")
        elif job.name == "create":
            self.goals.add("Create on PostgreSQL, part of the rate on SQLite", part, "", least=0.5)

    def server_ceiling(self):
        """How often the server itself is asked for one mailbox, by 32 clients of its own program."""
        script = f"{self.options.work}/mailbox.sql"
        with open(script, "w") as file:
            file.write(
                f"\\set n random(0, {self.state.domains * 100 - 1})\n\\set d :n / 100\n"
                "SELECT * FROM mailbox WHERE username ="
                " 'user' || lpad(CAST(:n AS text), 7, '0') || '@d' || lpad(CAST(:d AS text), 5, '0') || '.example';\n")
        program = max(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))
        output = subprocess.run(
            [program, "-n", "-M", "prepared", "-c", "32", "-j", "2", "-T", str(self.seconds), "-f", script,
             f"{self.state.host} user=postern dbname=vmail"], check=True, capture_output=True, text=True).stdout
        return float(re.search(r"tps = ([0-9.]+)", output)[1])

    def sample(self, job):
        """One request of the job succeeds; how long its answer is."""
        kept = self.servers.cookie
        if job.name.startswith("login"):
            self.servers.cookie = ""  # a login ends the session it is sent with
        status, body = self.servers.ask(job.method, job.path, job.body)
        self.servers.cookie = kept
        if status != 200 or not body.startswith(b'{"_success": true'):
            raise Failed(f"{job.title}: answered with {status} {body[:200]!r}")
        return len(body)

    def judge(self, job, found):
        ours, null = (found[job.connections[0]][target] for target in ["postern", "null"])
        if job.name == "user":
            self.goals.add("GET user, part of C null's rate", ratio(ours, null), "", least=0.75)
            self.goals.add("GET user, CPU of Postern", median(ours, "cpu"), " µs", most=40)
        elif job.name == "list_100":
            self.goals.add("List 100, part of C null's rate", ratio(ours, null), "", least=0.40)
        elif job.name == "list_10000":
            self.goals.add("List 10 000, time", median(ours, "p50"), " ms", most=60)
        elif job.name == "create":
            self.goals.add("Create, part of C null's rate", ratio(ours, null), "", least=0.40)
            self.goals.add("Create, p99", median(ours, "p99"), " ms", most=8)

    # --- What is no job ---

    def list_memory(self):
        peak = processes.PeakMemory(self.servers.postern_process())
        for _ in range(5):
            self.servers.ask("GET", "/api/users/ten-thousand.example")
        self.goals.add("List 10 000, memory", peak.growth(), " MiB", most=8)

    def fairness(self):
        print("\nEvery client served, each with a kept connection and one request at a time")
        path = "/api/user/user0000001@d00000.example"
        for clients in [64, 256]:
            fewest, most, longest = fairness.measure(
                self.options.port, path, self.servers.cookie, clients, max(2, self.seconds))
            print(f"  {clients} clients: {fewest} to {most} answers each, longest wait {longest:.1f} ms")
            self.goals.add(f"{clients} clients, fewest answers of one", fewest, "", least=1)
            self.goals.add(f"{clients} clients, longest wait", longest, " ms", most=100)

    def limits(self):
        """Creations with the installed limits in turns with creations without: a refused one fails the round."""
        print("\nCreate user, with the installed limits")
        create = next(job for job in JOBS if job.name == "create")
        for clients in [1, 16, 64]:
            found = self.rounds.run(create, clients, ["postern", "limited"], self.rounds_count, 0)
            rates = {target: median(rounds, "rate") for target, rounds in found.items()}
            print(f"  {clients} clients: {rates['limited']:.0f} a second, {rates['postern']:.0f} without limits")
            # More is what the limit is there to hold back.
            if clients <= 16:
                part = ratio(found["limited"], found["postern"])
                self.goals.add(f"Create with limits, {clients} clients, part of the rate without", part, "", least=0.9)

    def start_time(self):
        """From the start of the program to its first answer through nginx: the middle one of five."""
        times = []
        for _ in range(5):
            self.servers.stop_one("postern")
            start = time.monotonic()
            self.servers.start_postern()
            while self.servers.ask("GET", "/api/health")[0] != 200:
                if time.monotonic() - start > 5:
                    raise Failed("no answer after the start")
            times.append(1000 * (time.monotonic() - start))
        self.goals.add("Start to first answer", sorted(times)[2], " ms", most=30)

    def syncs(self):
        """Counted by the kernel, in a round of its own: being watched costs time."""
        output = f"{self.options.work}/strace"
        self.servers.stop_one("postern")
        self.servers.start_postern(
            "strace", "-f", "--seccomp-bpf", "-c", "-e", "trace=fsync,fdatasync", "-o", output)
        create = next(job for job in JOBS if job.name == "create")
        found = self.rounds.one(create, 32, "postern", max(2, self.seconds), 0)
        os.kill(self.servers.postern_process(), signal.SIGTERM)
        self.servers.stop_one("postern")
        with open(output) as file:
            calls = sum(int(line.split()[3]) for line in file if re.search(r" (fsync|fdatasync)$", line.rstrip()))
        made = found.rate * max(2, self.seconds)
        print(f"\nSyncs: {calls} for {made:.0f} creations")
        self.goals.add("Create, syncs for each", calls / made, "", most=0.1)

    def run(self):
        self.prepare()
        self.start()
        # The housekeeping of the start is done then.
        time.sleep(4)
        idle = processes.pss(self.servers.postern_process())
        parts = {job.name: lambda job=job: self.job(job) for job in JOBS}
        parts |= {
            "list_memory": self.list_memory, "fairness": self.fairness, "limits": self.limits,
            "memory": lambda: self.memory(idle), "start": self.start_time, "syncs": self.syncs,
        }
        if self.options.engine:
            parts = {name: parts[name] for name in ["user", "list_100", "create"]}
        chosen = self.options.jobs or list(parts)
        unknown = [name for name in chosen if name not in parts]
        if unknown:
            raise Failed(f"no job is named {unknown[0]}; there are {', '.join(parts)}")
        for name in parts:
            if name in chosen:
                parts[name]()
        self.goals.print()
        if self.page:
            self.write()

    def write(self):
        """Into the page: what was measured, and nothing of what was not."""
        lines = [origin(), f"Rounds: {self.rounds_count}, each of {self.seconds} s."]
        for part in [self.rates, self.goals]:
            if part.rows:
                lines += ["", *part.markdown()]
        beside = ", beside PostgreSQL" if self.options.engine else ""
        self.page.write(f"Tests/bench/run, {self.options.users} users{beside}", lines)

    def memory(self, idle):
        answered = self.servers.figures()[0]
        # What only many changes at a time need is given back when there are none.
        time.sleep(2)
        after = processes.pss(self.servers.postern_process())
        print(f"\nMemory: {idle:.1f} MiB PSS idle, {after:.1f} MiB after {answered} requests")
        self.goals.add("Memory, PSS idle", idle, " MiB", most=24)
        self.goals.add(f"Memory, PSS after {answered} requests", after, " MiB", most=24)


def main():
    parser = argparse.ArgumentParser()
    for name in ["work", "state", "here", "postern"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--goals", action="store_true")
    parser.add_argument("--jobs", type=lambda text: text.split(","), default=[])
    parser.add_argument("--write")
    parser.add_argument("--engine", choices=["postgresql"])
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    signal.signal(signal.SIGINT, lambda *_: exit(130))
    bench = Bench(options)
    try:
        bench.run()
    except Failed as failure:
        raise SystemExit(f"bench: {failure}") from None
    finally:
        bench.servers.stop()
    if options.goals and not bench.goals.all_met:
        raise SystemExit(1)


main()
