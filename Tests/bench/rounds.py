"""Measured rounds: wrk for some seconds against one server after the other, in turn."""

import json
import statistics
import subprocess
from dataclasses import dataclass

import processes

TARGETS = ["postern", "null", "php", "uwsgi"]


@dataclass(frozen=True)
class Round:
    """One server in one round. Times in milliseconds, CPU in microseconds a request."""

    rate: float
    p50: float
    p99: float
    slowest: float
    cpu: float
    nginx_cpu: float


class Failed(Exception):
    pass


class Rounds:
    """Runs the rounds of a job and keeps what came of them."""

    def __init__(self, servers, state, seconds):
        self.servers = servers
        self.state = state
        self.seconds = seconds
        self.number = 0

    def run(self, job, connections, targets, count, length):
        """A list of rounds for each target. Targets take turns, so that what disturbs one disturbs the others."""
        # The first second pays for what is done once, and counts for nothing.
        self.one(job, connections, "postern", 1, length)
        found = {target: [] for target in targets}
        for _ in range(count):
            for target in targets:
                found[target].append(self.one(job, connections, target, max(self.seconds, job.least_seconds), length))
        return found

    def one(self, job, connections, target, seconds, length):
        self.number += 1
        if job.name == "delete" and target == "postern":
            self.state.add_users(f"old{self.number}-", 14_000 * seconds)
        is_ours = target in ("postern", "limited", "postgresql")
        counted = "postgresql" if target == "postgresql" else "postern"
        before = self.servers.figures(counted) if is_ours else None
        cpu = self.cpu(target)
        answer = self.wrk(job, connections, target, seconds, length)
        cpu = [later - earlier for earlier, later in zip(cpu, self.cpu(target))]
        if answer["failed"]:
            raise Failed(f"{job.title}: {answer['failed']} of {answer['requests']} requests to {target} failed")
        if is_ours:
            self.check(job, connections, answer["requests"], before, counted)
        rate = answer["requests"] / answer["seconds"]
        each = [1e6 * time / max(1, answer["requests"]) for time in cpu]
        return Round(rate, answer["p50"], answer["p99"], answer["max"], *each)

    def cpu(self, target):
        server = "postern" if target == "limited" else target
        return [processes.cpu_seconds(self.servers.running[name].pid) for name in [server, "nginx"]]

    def check(self, job, connections, requests, before, target):
        """wrk saw no refusal, because refusals have status 200 too; Postern counts them, and the database the users."""
        answered, refused = (later - earlier for earlier, later in zip(before, self.servers.figures(target)))
        if refused:
            raise Failed(f"{job.title}: {refused} of {answered} requests were refused")
        if answered < requests:
            raise Failed(f"{job.title}: wrk has {requests} answers, Postern gave {answered}")
        if job.name == "create":
            made = self.state.count_users(f"new{self.number}-*", target)
            if not requests <= made <= requests + connections:
                raise Failed(f"{job.title}: {requests} answers and {made} new users")

    def wrk(self, job, connections, target, seconds, length):
        threads = min(2, connections)
        command = [
            "wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s",
            "-s", f"{self.servers.here}/requests.lua", self.servers.url(target), "--", job.name, str(self.number),
            str(self.state.domains), self.servers.cookie_of(target), str(length) if target == "null" else "-",
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
        return json.loads(next(line for line in output.splitlines() if line.startswith('{"requests"')))


def median(rounds, figure):
    return statistics.median(getattr(round, figure) for round in rounds)


def spread(rounds):
    """Between the fastest and the slowest round, in per cent of the median."""
    rates = [round.rate for round in rounds]
    return 100 * (max(rates) - min(rates)) / statistics.median(rates)


def ratio(rounds, others):
    """The rate as a part of another one's in the same rounds."""
    return statistics.median(ours.rate / theirs.rate for ours, theirs in zip(rounds, others))
