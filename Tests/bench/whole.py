"""Do others wait while all of a large domain changes, and is what was promised true after a crash? Tests/bench/whole
calls it."""

import argparse
import http.client
import os
import shutil
import signal
import socket
import statistics
import threading
import time

from bench_settings import write_settings
from servers import Servers
from state import PASSWORD, State

MEDIAN, WORST = 0.25, 1.0
"""Seconds that anybody else's request may take."""
WATCHDOG = 60


class Watchdog:
    """Takes the place of systemd: notes when Postern gives a sign of life."""

    def __init__(self, work):
        self.path = f"{work}/notify.sock"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        if os.geteuid() == 0:
            os.chmod(self.path, 0o666)
        self.last = time.monotonic()
        self.longest = 0.0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            message = self.socket.recv(4096)
            now = time.monotonic()
            if b"READY=1" in message:
                self.last = now
            elif b"WATCHDOG=1" in message:
                self.longest = max(self.longest, now - self.last)
                self.last = now


class Whole:
    def __init__(self, options):
        self.options = options
        self.state = State(options.postern, options.state, f"{options.work}/settings.py")
        self.servers = Servers(options.work, options.here, options.postern, self.state, options.port)
        self.watchdog = Watchdog(options.work)
        self.missed = 0
        self.number = 0

    # --- The stage ---

    def make(self, users):
        self.users = users
        self.state.make()
        self.state.add_domain("large.example", users)
        self.state.add_domain("leaving.example", users // 4)
        self.state.add_domain("other.example", 10)
        self.state.settle()

    def start(self):
        os.environ["NOTIFY_SOCKET"] = self.watchdog.path
        os.environ["WATCHDOG_USEC"] = str(WATCHDOG * 1_000_000)
        self.servers.start_postern()

    def sql(self, query):
        import sqlite3
        with sqlite3.connect(f"file:{self.state.vmail}?mode=ro", uri=True, timeout=30) as database:
            return database.execute(query).fetchone()[0]

    # --- One long change, and others meanwhile ---

    def ask_long(self, method, path, body, answer):
        """In a thread of its own: status, body and seconds of the answer."""
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.options.port, timeout=70)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.servers.cookie}
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            answer[:] = [reply.status, reply.read(), time.monotonic() - start]
        except OSError as error:
            answer[:] = [0, str(error).encode(), time.monotonic() - start]

    def begin(self, method, path, body=None):
        answer = []
        thread = threading.Thread(target=self.ask_long, args=(method, path, body, answer))
        thread.start()
        return thread, answer

    def others(self):
        """One request of each kind; the seconds each took."""
        self.number += 1
        login = ("POST", "/api/login", f"username=fast@admin.example&password={PASSWORD}")
        asks = [
            login, ("GET", "/api/health", None),
            ("POST", f"/api/user/new{self.number}@other.example", "password=Secret-1234"),
        ]
        times = []
        for ask in asks:
            start = time.monotonic()
            status, body = self.servers.ask(*ask)
            times.append(time.monotonic() - start)
            if not body.startswith(b'{"_success": true'):
                raise SystemExit(f"whole: {ask[0]} {ask[1]} was answered with {status} {body[:200]!r}")
        return times

    def measure(self, name, method, path, body=None):
        thread, answer = self.begin(method, path, body)
        times = []
        begun = time.monotonic()
        while thread.is_alive() or self.sql("SELECT COUNT(*) FROM long_changes"):
            times += self.others()
        lasted = time.monotonic() - begun
        status, reply, seconds = answer
        median, worst = statistics.median(times), max(times)
        isGood = reply.startswith(b'{"_success": true') and median <= MEDIAN and worst <= WORST
        self.missed += not isGood
        print(f"{name}: answered {status} after {seconds:.1f} s, done after {lasted:.1f} s; meanwhile {len(times)} requests"
              f" of others: median {1000 * median:.0f} ms, worst {1000 * worst:.0f} ms"
              f" ({'met' if isGood else 'MISSED'}: {1000 * MEDIAN:.0f} and {1000 * WORST:.0f} ms)", flush=True)

    def crash(self, name, method, path, body, is_true):
        """Killed in the middle, it must be done after the next start."""
        thread, answer = self.begin(method, path, body)
        end = time.monotonic() + 20
        while not self.sql("SELECT COUNT(*) FROM long_changes") and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.5)
        was_unfinished = self.sql("SELECT COUNT(*) FROM long_changes") > 0
        os.kill(self.servers.postern_process(), signal.SIGKILL)
        self.servers.stop_one("postern")
        thread.join()
        os.remove(f"{self.options.work}/postern.sock")
        self.start()
        end = time.monotonic() + 300
        while self.sql("SELECT COUNT(*) FROM long_changes") and time.monotonic() < end:
            time.sleep(0.2)
        isGood = was_unfinished and is_true()
        self.missed += not isGood
        print(f"{name}, killed in the middle: {'all done after the next start' if isGood else 'MISSED'}", flush=True)

    # --- All of it ---

    def run(self, users):
        start = time.monotonic()
        self.make(users)
        print(f"{users} users made in {time.monotonic() - start:.1f} s", flush=True)
        try:
            self.start()
            self.servers.start_nginx(["postern"])
            self.servers.log_in("bench@admin.example", PASSWORD)
            self.measure("A password for all", "PUT", "/api/users/large.example", "password=Other-5678&language=de_DE")
            self.servers.log_in("bench@admin.example", PASSWORD)
            self.measure("All off", "PUT", "/api/users/large.example", "accountStatus=disabled")
            self.servers.log_in("bench@admin.example", PASSWORD)
            self.crash(
                "All on again", "PUT", "/api/users/large.example", "accountStatus=active",
                lambda: self.sql("SELECT COUNT(*) FROM mailbox WHERE domain = 'large.example' AND active = 0") == 0
                and self.sql("SELECT COUNT(*) FROM forwardings WHERE domain = 'large.example' AND active = 0") == 0)
            self.servers.log_in("bench@admin.example", PASSWORD)
            self.measure("The domain deleted", "DELETE", "/api/domain/large.example")
            self.servers.log_in("bench@admin.example", PASSWORD)
            gone = " + ".join(
                f"(SELECT COUNT(*) FROM {table} WHERE domain = 'leaving.example')"
                for table in ["domain", "mailbox", "forwardings", "domain_totals"])
            self.crash(
                "Another deleted", "DELETE", "/api/domain/leaving.example", None, lambda: self.sql(f"SELECT {gone}") == 0)
        finally:
            self.servers.stop()
            shutil.rmtree(self.state.directory)
        print(f"longest time without a sign of life: {self.watchdog.longest:.1f} s of {WATCHDOG}", flush=True)
        self.missed += self.watchdog.longest >= WATCHDOG
        return self.missed


def main():
    parser = argparse.ArgumentParser()
    for name in ["work", "state", "here", "postern"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    signal.signal(signal.SIGINT, lambda *_: exit(130))
    write_settings(options.work)
    exit(1 if Whole(options).run(options.users) else 0)


main()
