"""Tables, and which goals are met."""

from figures import markdown
from rounds import median, ratio, spread

NAMES = {"postern": "Postern", "postgresql": "on PostgreSQL", "null": "C null", "php": "PHP-FPM", "uwsgi": "uwsgi, Python"}


def table(job, found, pss):
    """One job: a line for each server and number of connections."""
    print(f"\n{job.title}")
    print(f"  {'':16}{'clients':>8}{'req/s':>10}{'spread':>8}{'p50 ms':>9}{'p99 ms':>9}{'worst ms':>10}"
          f"{'CPU µs':>8}{'nginx µs':>10}{'of C null':>11}")
    for connections, rounds in found.items():
        for target, ours in rounds.items():
            print(f"  {NAMES[target]:16}{connections:8}{median(ours, 'rate'):10.1f}{spread(ours):7.0f}%"
                  f"{median(ours, 'p50'):9.2f}{median(ours, 'p99'):9.2f}{median(ours, 'slowest'):10.1f}"
                  f"{median(ours, 'cpu'):8.1f}{median(ours, 'nginx_cpu'):10.1f}{ratio(ours, rounds['null']):11.3f}")
    print(f"  Postern's memory afterwards: {pss:.1f} MiB PSS")


class Rates:
    """Of each job, at its first number of connections, the part of C null's rate that each server reached."""

    SERVERS = [name for name in NAMES if name != "null"]

    def __init__(self):
        self.rows = []

    def add(self, job, found):
        connections, rounds = next(iter(found.items()))
        parts = [f"{ratio(rounds[name], rounds['null']):.2f}" if name in rounds else "" for name in self.SERVERS]
        self.rows.append([job.title, str(connections), *parts])

    def markdown(self):
        return markdown(["Job", "Clients", *(NAMES[name] for name in self.SERVERS)], self.rows)


class Goals:
    """Each goal with what was measured."""

    def __init__(self):
        self.all_met = True
        self.lines = []
        self.rows = []

    def add(self, what, value, unit, *, least=None, most=None):
        is_met = value >= least if least is not None else value <= most
        self.all_met = self.all_met and is_met
        bound = f"at least {least:g}" if least is not None else f"at most {most:g}"
        self.lines.append(f"  {'met   ' if is_met else 'MISSED'}  {what}: {value:.3g}{unit} ({bound}{unit})")
        self.rows.append([what, bound + unit, f"{value:.3g}{unit}"])

    def print(self):
        print("\nGoals")
        print("\n".join(self.lines))

    def markdown(self):
        return markdown(["Goal", "Bound", "Found"], self.rows)
