"""The figures that stand in Performance.md: what --write writes there, between two marks."""

import datetime
import os
import re

BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"


class Page:
    """The page. Its figures are in parts, one for each tool and number of users; each begins with its name as heading."""

    def __init__(self, path):
        self.path = path
        # A page without the marks is noticed before anything is measured.
        self.take_apart()

    def take_apart(self):
        """What stands before the figures, the figures, and what stands behind them."""
        with open(self.path, encoding="utf-8") as file:
            before, begin, rest = file.read().partition(BEGIN)
        figures, end, after = rest.partition(END)
        if not begin or not end:
            raise SystemExit(f"bench: {self.path} lacks the lines {BEGIN.strip()} and {END.strip()}")
        return before, figures, after

    def write(self, name, lines):
        """Puts the lines in the place of the part of that name, or behind the last part."""
        # Read anew: a measurement takes minutes.
        before, figures, after = self.take_apart()
        parts = [part.strip() for part in re.split(r"(?m)^(?=### )", figures) if part.strip()]
        new = "\n".join([f"### {name}", "", *lines])
        is_same = [part.split("\n", 1)[0] == f"### {name}" for part in parts]
        if any(is_same):
            parts[is_same.index(True)] = new
        else:
            parts.append(new)
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + "\n" + "\n\n".join(parts) + "\n\n" + END + after)
        print(f"\nWritten to {self.path}")


def markdown(heads, rows):
    """The lines of a table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [heads, *rows]]
    return [lines[0], "|" + "---|" * len(heads), *lines[1:]]


def origin():
    """When and where something is measured."""
    return f"{datetime.date.today()}, {processor()} with {os.cpu_count()} cores, {release()}."


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else os.uname().machine


def release():
    with open("/etc/os-release") as file:
        names = [line.partition("=")[2].strip().strip('"') for line in file if line.startswith("PRETTY_NAME=")]
    return names[0] if names else "an unknown system"
