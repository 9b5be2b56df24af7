"""Files of tests shared out between the processes of pytest-xdist, so that each collects and runs no others.

With ``--dist each`` a process runs whatever it collected. The files are laid in a row, a room's tests beside the
examples of its docstrings, and the row is cut where each piece takes the same time: a room's libraries are imported and
its fixtures made by one process and not by all, and nobody hands out twenty thousand tests one by one. Since no process
runs what another was to run, one that does not come to its end fails the run.
"""

import csv
import os
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
        here, named = config.invocation_params.dir, [arg.partition("::")[0] for arg in config.args]
        files = in_a_row([Path(os.path.normpath(here / name)) for name in named], config.rootpath)
        share = shared_out(files, noted(config.rootpath), config.workerinput["workercount"])
        mine = int(config.workerinput["workerid"].removeprefix("gw"))
        self.others = {file for file, process in share.items() if process != mine}

    def pytest_ignore_collect(self, collection_path):
        """Leave the files of other processes alone."""
        return True if collection_path in self.others else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        """Leave those alone that were named one by one: pytest collects them without asking."""
        items[:] = [item for item in items if item.path not in self.others]


class AllShares:
    """Whether every process came to its end."""

    def __init__(self):
        self.begun, self.ended = set(), set()

    def pytest_configure_node(self, node):
        """Tell a process that it has a share."""
        node.workerinput["share"] = True
        self.begun.add(node.gateway.id)

    def pytest_testnodedown(self, node, error):
        """Note one that ran its share: all passed, some failed, or there was nothing in it."""
        if not error and node.workeroutput["exitstatus"] in {0, 1, 5}:
            self.ended.add(node.gateway.id)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        """Fail a run in which a share was left."""
        if self.begun - self.ended and session.exitstatus in {0, 5}:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter):
        """Name those who left theirs."""
        for name in sorted(self.begun - self.ended):
            terminalreporter.write_line(f"{name} did not run its share of the tests", red=True)


class Shares(EachScheduling):
    """Each process runs what it collected, and what all collected is the whole."""

    def schedule(self):
        """Start the processes."""
        self.config.pluginmanager.getplugin("session").testscollected = sum(map(len, self.node2collection.values()))
        super().schedule()


class NotedSeconds:
    """How long each file took, written down at the end of a run; of files that were not run, what was known."""

    def __init__(self, root):
        self.known = {file.relative_to(root).as_posix(): took for file, took in noted(root).items() if file.exists()}
        self.seconds = {}

    def pytest_runtest_logreport(self, report):
        """Add what a test or its fixtures took."""
        file = report.nodeid.partition("::")[0]
        self.seconds[file] = self.seconds.get(file, 0) + report.duration

    def pytest_sessionfinish(self):
        """Write what took long."""
        with SECONDS.open("w", newline="") as table:
            table.write("file,seconds\n")
            both = sorted((self.known | self.seconds).items())
            table.writelines(f"{file},{took:.1f}\n" for file, took in both if took >= NOTED)


def pytest_addoption(parser):
    parser.addoption("--note-seconds", action="store_true", help="note how long files take, to share them out by it")


def pytest_configure(config):
    if "share" in getattr(config, "workerinput", ()):
        config.pluginmanager.register(OneShare(config))
    elif config.getvalue("dist") == "each":
        config.pluginmanager.register(AllShares())
    if config.getoption("note_seconds") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(NotedSeconds(config.rootpath))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Shares(config, log) if config.getvalue("dist") == "each" else None
