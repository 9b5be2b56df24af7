"""Files of tests shared out between the processes of pytest-xdist, so that each collects and runs no others.

With ``--dist each`` a process runs whatever it collected. The files are laid in a row, a room's tests beside the
examples of its docstrings, and the row is cut where each piece takes the same time: a room's libraries are imported and
its fixtures made by one process and not by all, and nobody hands out twenty thousand tests one by one.
"""

import csv
from itertools import accumulate
from pathlib import Path

import pytest
from xdist.scheduler import EachScheduling

SECONDS = Path(__file__).with_name("seconds.csv")  # what files took that take long; `--note-seconds` writes it
OTHERS = 0.2  # seconds: what a file takes that is not among them
NOTED = 0.5  # seconds: from here on a file is among them


def in_a_row(paths, root):
    """Find the files below some paths, those of a room side by side."""
    files = {file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))}
    return sorted(files, key=lambda file: file.relative_to(root).parts[1 if root / "tests" in file.parents else 2 :])


def shared_out(files, seconds, processes):
    """Say for each file of a row which process takes it: the one in whose equal part of the time its middle falls."""
    takes = [seconds.get(file, OTHERS) for file in files]
    ends = list(accumulate(takes))
    return {
        file: min(int(processes * (end - taken / 2) / ends[-1]), processes - 1)
        for file, taken, end in zip(files, takes, ends, strict=True)
    }


def noted(root):
    """Read how long files took."""
    with SECONDS.open(newline="") as table:
        return {root / row["file"]: float(row["seconds"]) for row in csv.DictReader(table)}


class OneShare:
    """What one process collects."""

    def __init__(self, config):
        files = in_a_row(
            [config.invocation_params.dir / arg.partition("::")[0] for arg in config.args], config.rootpath
        )
        share = shared_out(files, noted(config.rootpath), config.workerinput["workercount"])
        mine = int(config.workerinput["workerid"].removeprefix("gw"))
        self.others = {file for file, process in share.items() if process != mine}

    def pytest_ignore_collect(self, collection_path):
        """Leave the files of other processes alone."""
        return True if collection_path in self.others else None


class Shares(EachScheduling):
    """Each process runs what it collected, and what all collected is the whole."""

    def schedule(self):
        """Start the processes."""
        self.config.pluginmanager.getplugin("session").testscollected = sum(map(len, self.node2collection.values()))
        super().schedule()


class NotedSeconds:
    """How long each file took, written down at the end of a whole run."""

    def __init__(self):
        self.seconds = {}

    def pytest_runtest_logreport(self, report):
        """Add what a test or its fixtures took."""
        file = report.nodeid.partition("::")[0]
        self.seconds[file] = self.seconds.get(file, 0) + report.duration

    def pytest_sessionfinish(self):
        """Write what took long."""
        with SECONDS.open("w", newline="") as table:
            table.write("file,seconds\n")
            table.writelines(f"{file},{took:.1f}\n" for file, took in sorted(self.seconds.items()) if took >= NOTED)


def pytest_addoption(parser):
    parser.addoption("--note-seconds", action="store_true", help="note how long files take, to share them out by it")


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(OneShare(config))
    elif config.getoption("note_seconds"):
        config.pluginmanager.register(NotedSeconds())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Shares(config, log) if config.getvalue("dist") == "each" else None
