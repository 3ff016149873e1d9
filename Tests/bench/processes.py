"""What the kernel knows of a group of processes: time and memory."""

import os

TICK = os.sysconf("SC_CLK_TCK")


def of_session(session):
    """The processes of a session, whoever their parents are by now."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = stat(name)
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found.append(int(name))
    return found


def stat(process):
    """The fields of /proc/PID/stat that follow the name, from the state on; None when the process is gone."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def cpu_seconds(session):
    """User and system time of all of them so far."""
    all_fields = [stat(process) for process in of_session(session)]
    return sum(int(fields[11]) + int(fields[12]) for fields in all_fields if fields) / TICK


def run_seconds(process):
    """What the threads it has now have run so far; finer than the ticks of `stat`."""
    nanoseconds = 0
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/schedstat") as file:
            nanoseconds += int(file.read().split()[0])
    return nanoseconds / 1e9


def pss(process):
    """Proportional set size, MiB."""
    with open(f"/proc/{process}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


class PeakMemory:
    """How far a process' memory grows while something is done, MiB."""

    def __init__(self, process):
        self.process = process
        with open(f"/proc/{process}/clear_refs", "w") as file:
            file.write("5")  # VmHWM begins anew
        self.before = self.read("VmRSS")

    def growth(self):
        return self.read("VmHWM") - self.before

    def read(self, name):
        with open(f"/proc/{self.process}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(name + ":")) / 1024
