"""How long does it take to move a large server in, and in how much memory? Tests/bench/import calls it."""

import argparse
import filecmp
import os
import shutil
import signal
import subprocess
import time

from bench_settings import write_settings
from figures import Page, markdown, origin
from sources import SOURCES
from state import PASSWORD

LONGEST, LARGEST = 300, 64
"""Seconds and MiB that a command may take."""


class Move:
    """One source, taken over, exported, and taken over again."""

    def __init__(self, options, name):
        self.options = options
        self.title = SOURCES[name].title
        self.figures = {}
        self.missed = 0

    def run(self, source):
        start = time.monotonic()
        try:
            source.start()
            source.fill(self.options.accounts)
            print(f"{self.title}: {self.options.accounts} accounts made in {time.monotonic() - start:.1f} s", flush=True)
            first, second = (f"{self.options.state}/{name}" for name in ["first", "second"])
            exports = [f"{self.options.state}/{name}.jsonl" for name in ["first", "second"]]
            everything = ["export", "--all", "--with-passwords", "--with-usage", "--output"]
            self.make(first)
            self.measure("import iredmail", first, "import", "iredmail", *source.options, "--apply")
            self.measure("export --all", first, *everything, exports[0])
            self.make(second)
            self.measure("import FILE", second, "import", exports[0], "--replace")
            self.postern(second, *everything, exports[1])
            is_same = filecmp.cmp(*exports, shallow=False)
            self.missed += not is_same
            print(f"  the second state gives {'the same file' if is_same else 'ANOTHER FILE'},"
                  f" {os.path.getsize(exports[0]) / 1e6:.0f} MB", flush=True)
        finally:
            source.stop()
            shutil.rmtree(self.options.state, ignore_errors=True)

    def command(self, state, *arguments):
        return [self.options.postern, *arguments, "--state", state, "--settings", f"{self.options.work}/settings.py"]

    def postern(self, state, *arguments, **options):
        subprocess.run(
            self.command(state, *arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)

    def make(self, state):
        os.makedirs(self.options.state, exist_ok=True)
        self.postern(state, "init", "--admin", "bench@admin.example", "--password-stdin", input=f"{PASSWORD}\n".encode())

    def measure(self, name, state, *arguments):
        """The time of a command, and how much memory Postern itself had at most."""
        log = f"{self.options.work}/postern.log"
        start = time.monotonic()
        with open(log, "w") as output:
            child = subprocess.Popen(
                self.command(state, *arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        peak = 0.0
        try:
            while child.poll() is None:
                peak = max(peak, self.peak_memory(child.pid))
                time.sleep(0.01)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        seconds = time.monotonic() - start
        if child.returncode:
            with open(log) as output:
                raise SystemExit(f"import: {name} ended with {child.returncode}:\n{output.read()[-2000:]}")
        is_good = seconds <= LONGEST and peak <= LARGEST
        self.missed += not is_good
        self.figures[name] = f"{seconds:.1f} s, {peak:.0f} MiB"
        print(f"  postern {name}: {seconds:.1f} s, at most {peak:.1f} MiB"
              f" ({'met' if is_good else 'MISSED'}: {LONGEST} s, {LARGEST} MiB)", flush=True)

    @staticmethod
    def peak_memory(process):
        """MiB; 0 when it is gone, or has not begun."""
        try:
            with open(f"/proc/{process}/status") as file:
                return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:")), 0)
        except OSError:
            return 0


def main():
    parser = argparse.ArgumentParser()
    for name in ["work", "state", "here", "postern", "tables"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--accounts", type=int, required=True)
    parser.add_argument("--sources", type=str.split, required=True)
    parser.add_argument("--write")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: exit(143))
    signal.signal(signal.SIGINT, lambda *_: exit(130))
    page = Page(options.write) if options.write else None
    write_settings(options.work)
    moves = [Move(options, name) for name in options.sources]
    for move, name in zip(moves, options.sources):
        move.run(SOURCES[name](options.tables))
    if page:
        rows = [[move.title, *move.figures.values()] for move in moves]
        how = "Time and greatest memory (VmHWM) of each command of postern."
        page.write(
            f"Tests/bench/import, {options.accounts} accounts",
            [origin(), how, "", *markdown(["From", *moves[0].figures], rows)])
    exit(1 if any(move.missed for move in moves) else 0)


main()
