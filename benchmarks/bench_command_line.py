"""What the command line costs where it has little to do: processor seconds of whole commands, caches warm.

Run ``python benchmarks/bench_command_line.py [SOURCES] [--runs N]``; the figures go to
``benchmarks/results/command_line.csv``.
``SOURCES`` is the ``src`` folder of another version of the package, measured on the same machine in turns with this one,
so that what else the machine does falls on both. Processor seconds count every process that a command starts; of
several turns the least is told, since whatever else goes on only adds. The limits are 0.5 s for ``list``, 0.6 s for a
run that is there, and 0.5 s for each of 200 tiny runs of a grid. Without bytecode means that Python finds nothing compiled
before and keeps nothing, as in an image that forbids it.
"""

import argparse
import csv
import ctypes
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "command_line.csv"
STUDY = "home-office-2018-cost"
REPEATS = 5
RUNS = 200
BEFORE = 40  # runs of the other version's grid, which are as many as its figure needs
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: what our children leave behind comes to us, and its CPU seconds are counted
COMMAND = [sys.executable, "-c", "from ctresearch.cli import main; main()"]
MANIFEST = """title = "A grid of tiny runs"
notebook = "tiny"
seed = 1
[parameters]
n = {{ type = "int", value = 1 }}
[grid]
n = {values}
[outputs]
t = {{ kind = "file", level = "public" }}
"""
CELLS = (
    "from pathlib import Path\nfrom ctresearch.studies import current_run\nrun = current_run()",
    "Path('t.txt').write_text(str(run.parameters['n']))\nrun.save('t', 't.txt', counts=[20])",
)


def measure(sources, cwd, *words, **more):
    """Return the CPU seconds of a command and all that it starts, and the most memory that one process held."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=cwd,
        env=variables | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(sources)} | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{words} ended with code {done.returncode}")
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def project(folder):
    """Write a project of our studies' manifests and notebooks, whose runs are nobody else's."""
    for name in ("studies", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("releases"))
    (folder / "pyproject.toml").write_text("[tool.ctresearch]\n")
    return folder


def grid(folder, runs):
    """Write a project with a grid of tiny runs."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "studies" / "grid").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.ctresearch]\n")
    (folder / "studies" / "grid" / "study.toml").write_text(MANIFEST.format(values=list(range(1, runs + 1))))
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for i, source in enumerate(CELLS)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebooks" / "tiny.ipynb").write_text(json.dumps(content))
    return folder


def commands(work, sides):
    """Measure what is asked most often, each version in turn."""
    for name, sources in sides.items():
        measure(sources, project(work / name), "run", STUDY)
    asked = {
        f"list, {len(list(ROOT.glob('studies/*/study.toml')))} studies": (("list",), "at most 0.5"),
        "run that is there": (("run", STUDY), "at most 0.6"),
        "check of a study that is there": (("check", STUDY), ""),
    }
    bare = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(work / "nothing")}
    turns = [(what, words, limit, REPEATS, {}) for what, (words, limit) in asked.items()]
    turns += [(f"{what}, without bytecode", words, "", 2, bare) for what, (words, _) in asked.items()]
    for what, words, limit, repeats, more in turns:
        found = {name: [] for name in sides}
        for _ in range(repeats):
            for name, sources in sides.items():
                found[name].append(measure(sources, work / name, *words, **more))
        yield what, {name: min(all_of_them) for name, all_of_them in found.items()}, limit


def grids(work, sides, most):
    """Measure a grid of tiny runs, for each run."""
    each = {}
    for name, sources in sides.items():
        runs = most if name == "now" else min(most, BEFORE)
        each[name] = measure(sources, grid(work / f"grid-{name}", runs), "run", "grid", "--jobs", "2") / runs
    yield f"each of {most} tiny runs of a grid", each, "at most 0.5"


def main():
    """Measure, print and write the table."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    words = argparse.ArgumentParser()
    words.add_argument("sources", nargs="?", type=Path)
    words.add_argument("--runs", type=int, default=RUNS)
    given = words.parse_args()
    sides = {"now": ROOT / "src"} | ({"before": given.sources.resolve()} if given.sources else {})
    stamp = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        **{name: version(name) for name in ("ctresearch", "click", "pydantic", "papermill")},
    }
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-command-line-") as folder:
        place = Path(folder)
        for figures in (commands(place, sides), grids(place, sides, given.runs)):
            for what, seconds, limit in figures:
                row = {"what": what, "before": "", "now": "", "unit": "CPU s", "limit": limit}
                row |= {name: round(value, 3) for name, value in seconds.items()}
                print(row, flush=True)
                rows.append(row | stamp)
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
